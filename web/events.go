package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

const (
	// beat is how long a stream is silent at most, so that proxies keep it open and
	// a client that is gone is noticed.
	beat = 15 * time.Second
	// streamFor is how long a stream lasts: the client comes back by itself, and
	// shows again who it is. Whoever was signed out hears nothing after that.
	streamFor = 5 * time.Minute
	// writeFor is how long one write may take.
	writeFor = 10 * time.Second
	// caughtUp is how many changes are told to one who was away. Of more they are
	// told to begin anew.
	caughtUp = 1000
)

type eventsInput struct {
	Partner      string `query:"partner" example:"par_1" doc:"Only what is of this partner; your own, if you speak for one"`
	Conversation string `query:"conversation" example:"con_1" doc:"Only what is of this conversation"`
	LastEventID  string `header:"Last-Event-ID" doc:"The last id that was received: the stream begins with what came after it"`
}

// changeView is the data of an event named change.
type changeView struct {
	Kind         string `json:"kind" enum:"message,mark,read,team,work,conversation,tags" doc:"What to look at again"`
	Partner      string `json:"partner" example:"par_1"`
	Conversation string `json:"conversation,omitempty" example:"con_1" doc:"Absent for tags"`
	Message      string `json:"message,omitempty" example:"msg_1"`
	Member       string `json:"member,omitempty" example:"mbr_1" doc:"Who has read; others don't hear of it"`
}

// audience is what one who listens may hear, and asked to.
type audience struct {
	partner, conversation int64 // 0 = of all
	member                int64 // who listens; 0 = a key
}

func (a audience) hears(c store.Change) bool {
	return (a.partner == 0 || a.partner == c.PartnerID) && (a.conversation == 0 || a.conversation == c.ConversationID) &&
		(a.member == 0 || c.MemberID == 0 || a.member == c.MemberID)
}

// audienceOf reads the query. Who speaks for a partner hears of that partner alone.
func (s *server) audienceOf(ctx context.Context, in *eventsInput) (audience, error) {
	var faults tradepost.Invalid
	c := callerOf(ctx)
	a := audience{partner: c.partner, member: c.member}
	if in.Partner != "" {
		a.partner = parseID(&faults, tradepost.PartnerPrefix, "query.partner", in.Partner)
	}
	if in.Conversation != "" {
		a.conversation = parseID(&faults, tradepost.ConversationPrefix, "query.conversation", in.Conversation)
	}
	if faults != nil {
		return audience{}, faults
	}
	if c.partner != 0 && a.partner != c.partner {
		return audience{}, noSuch("partner")
	}
	if a.conversation != 0 {
		owner, err := s.store.PartnerOf(ctx, in.Conversation)
		if err == nil && a.partner != 0 && owner != a.partner {
			err = noSuch("conversation")
		}
		if err != nil {
			return audience{}, err
		}
		a.partner = owner
	}
	return a, nil
}

// events is the stream of what changes (HTML standard 9.2). It names ids only; what
// there is to see is asked for as ever. An id comes with each batch and each beat:
// with the last one a client goes on where it was, at whichever process it comes to.
func (s *server) events(ctx context.Context, in *eventsInput) (*huma.StreamResponse, error) {
	who, err := s.audienceOf(ctx, in)
	if err != nil {
		return nil, err
	}
	join, cancel := context.WithTimeout(ctx, writeFor)
	defer cancel()
	to, from, err := s.live.join(join, who.partner)
	if err != nil {
		return nil, problem(http.StatusServiceUnavailable, "Live updates have not begun yet; try again.")
	}
	first, err := s.missed(ctx, in.LastEventID, from, who)
	if err != nil {
		s.live.leave(to)
		return nil, err
	}
	return &huma.StreamResponse{Body: func(h huma.Context) {
		defer s.live.leave(to)
		h.SetHeader("Content-Type", "text/event-stream")
		r, w := humago.Unwrap(h)
		st := stream{w: w, control: http.NewResponseController(w)}
		if st.write(first) {
			s.tell(r.Context(), st, to, who)
		}
	}}, nil
}

// missed is what a client is sent first: what it missed, or that it must begin anew.
func (s *server) missed(ctx context.Context, lastID string, until store.Moment, who audience) ([]byte, error) {
	if lastID == "" {
		return eventID(nil, until), nil
	}
	reset := eventID([]byte("event: reset\ndata: {}\n"), until)
	since, ok := store.ParseMoment(lastID)
	if !ok {
		return reset, nil
	}
	list, err := s.store.ChangesBetween(ctx, since, until, who.partner, caughtUp)
	switch {
	case errors.Is(err, store.ErrMomentGone):
		return reset, nil
	case err != nil:
		return nil, err
	}
	return who.events(batch{list, until}), nil
}

// tell writes what happens until the client is gone, is too slow, or its time is up.
func (s *server) tell(ctx context.Context, st stream, to *listener, who audience) {
	beats, end := time.NewTicker(beat), time.NewTimer(streamFor)
	defer beats.Stop()
	defer end.Stop()
	for ok := true; ok; {
		select {
		case b := <-to.batches:
			ok = st.write(who.events(b))
		case <-beats.C:
			if until, none := s.live.told(to); none {
				ok = st.write(eventID(nil, until))
			}
		case <-to.gone:
			return
		case <-end.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// events writes a batch as events. The id stands with the last of them: who hears
// but half of a batch asks for all of it again.
func (a audience) events(b batch) (text []byte) {
	heard := slices.DeleteFunc(slices.Clone(b.changes), func(c store.Change) bool { return !a.hears(c) })
	for i, c := range heard {
		data, err := json.Marshal(viewChange(c))
		if err != nil {
			panic(err) // of strings
		}
		text = append(append(append(text, "event: change\ndata: "...), data...), '\n')
		if i < len(heard)-1 {
			text = append(text, '\n')
		}
	}
	return eventID(text, b.until)
}

// eventID ends an event with its id. Of itself it is an id without an event, which
// clients keep and show nobody.
func eventID(event []byte, m store.Moment) []byte {
	return append(append(append(event, "id: "...), m.String()...), "\n\n"...)
}

func viewChange(c store.Change) changeView {
	id := func(prefix string, n int64) string {
		if n == 0 {
			return ""
		}
		return tradepost.FormatID(prefix, n)
	}
	return changeView{Kind: string(c.Kind), Partner: id(tradepost.PartnerPrefix, c.PartnerID), Conversation: id(tradepost.ConversationPrefix, c.ConversationID),
		Message: id(tradepost.MessagePrefix, c.MessageID), Member: id(tradepost.MemberPrefix, c.MemberID)}
}

// stream is a client that listens.
type stream struct {
	w       io.Writer
	control *http.ResponseController
}

// write sends an event, and returns whether the client took it. A server without
// deadlines of its own for writing has one here.
func (st stream) write(event []byte) bool {
	if err := st.control.SetWriteDeadline(time.Now().Add(writeFor)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return false
	}
	if _, err := st.w.Write(event); err != nil {
		return false
	}
	return st.control.Flush() == nil
}

// describeEvents says of the answer what huma can't know of a stream.
func describeEvents(path *huma.PathItem) {
	path.Get.Description = "Each event named change carries the JSON of one change: ids, and where to look. An event named reset says that too much has happened " +
		"since Last-Event-ID, or too long ago (a day): read anew what you show. A stream ends after five minutes, and the client comes back."
	path.Get.Responses["200"] = &huma.Response{Description: "A stream of events", Content: map[string]*huma.MediaType{"text/event-stream": {}}}
}
