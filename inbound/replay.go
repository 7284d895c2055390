package inbound

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// Replay reads mail of the ledger again with today's reader and brings what
// became of it up to date. Make one with [NewReplay].
//
// A mail is judged as of when it was received: that is when its reply address
// had to be good. Who may write where is asked as of now. What a person can see
// or was told is never taken back: no message disappears, no mail is sent twice,
// and nobody but the author of a released mail is answered.
//
// It may run beside pollers and other replays, and be killed at any time: each
// mail is one transaction, which asks whether the mail is still as it was read.
type Replay struct {
	ingest *ingester
	store  *store.Store
	log    *slog.Logger
	// hook is called at the named points of a mail; tests break things there.
	hook func(at string)
}

// NewReplay checks the options and returns a Replay. Of o it uses neither
// Mailbox nor OnRound; the rest should be as the poller has it.
func NewReplay(o Options) (*Replay, error) {
	o, err := o.withReaderDefaults()
	if err != nil {
		return nil, err
	}
	return &Replay{ingest: newIngester(o, o.Log), store: o.Store, log: o.Log, hook: func(string) {}}, nil
}

// Change is what a replay does to a mail, or would do.
type Change string

// The changes. Left, Skipped and Failed leave the mail as it is.
const (
	Unchanged Change = "unchanged" // it is read as before
	Posted    Change = "posted"    // it becomes a message
	Reworded  Change = "reworded"  // its message gets another text
	Rejudged  Change = "rejudged"  // it isn't posted, for another reason or in another state
	Left      Change = "left"      // it would be judged otherwise, but that is for a person to decide
	Skipped   Change = "skipped"   // there is nothing to read, or not yet
	Failed    Change = "failed"    // it could not be read
)

// Judged is what was understood of a mail and what became of it, or would.
type Judged struct {
	State          store.InboundState `json:"state"`
	Reason         string             `json:"reason,omitempty"` // for all states but posted
	Class          string             `json:"class,omitempty"`
	Rule           string             `json:"rule,omitempty"`
	ConversationID int64              `json:"conversation_id,omitempty"`
	// Text is what was newly written, of a mail that is posted; Fold is how many
	// of its characters stand before what is shown folded, 0 if nothing is.
	Text  string   `json:"text,omitempty"`
	Fold  int      `json:"fold,omitempty"`
	Files []string `json:"files,omitempty"` // names
	Error string   `json:"error,omitempty"` // of a quarantined mail
}

// Replayed is what a replay found of one mail.
type Replayed struct {
	ID         int64     `json:"id"`
	ReceivedAt time.Time `json:"received_at"`
	MailID     string    `json:"mail_id,omitempty"`
	From       string    `json:"from,omitempty"`
	Change     Change    `json:"change"`
	Why        string    `json:"why,omitempty"` // of Left, Skipped and Failed
	Was        Judged    `json:"was"`
	Is         Judged    `json:"is"` // zero where nothing was read
}

// replayPage is how many mails are looked up at a time; one is in memory.
const replayPage = 100

// Run replays what f selects, the oldest month first, and gives each mail to
// each. With dryRun it only says what it would do and writes nothing. An error
// ends it; to run it again goes on, as what is done is then unchanged.
func (p *Replay) Run(ctx context.Context, f store.ReplayFilter, dryRun bool, each func(Replayed) error) error {
	if f.StoredUntil.IsZero() {
		now, err := p.store.Now(ctx)
		if err != nil {
			return err
		}
		f.StoredUntil = now // what comes in meanwhile is read by today's reader anyway
	}
	missing := slices.Clone(f.IDs)
	for after, more := (store.Ref{}), true; more; {
		page, err := p.store.ReplayPage(ctx, f, after, replayPage)
		if err != nil {
			return err
		}
		for _, after = range page {
			m, err := p.one(ctx, after, dryRun)
			if err != nil {
				return fmt.Errorf("replay inbound mail %d: %w", after.ID, err)
			}
			if err := each(m); err != nil {
				return err
			}
			missing = slices.DeleteFunc(missing, func(id int64) bool { return id == after.ID })
		}
		more = len(page) == replayPage
	}
	for _, id := range missing {
		if err := each(Replayed{ID: id, Change: Failed, Why: "there is no such mail among those selected"}); err != nil {
			return err
		}
	}
	return nil
}

// one replays one mail.
func (p *Replay) one(ctx context.Context, ref store.Ref, dryRun bool) (Replayed, error) {
	was, err := p.store.Replayable(ctx, ref)
	out := Replayed{ID: was.ID, ReceivedAt: was.ReceivedAt, MailID: was.MailID, From: was.From, Was: judged(was)}
	leave := func(c Change, why string) (Replayed, error) {
		out.Change, out.Why = c, why
		return out, nil
	}
	switch {
	case errors.Is(err, store.ErrRawGone):
		return leave(Failed, err.Error())
	case err != nil:
		return Replayed{}, err
	case !was.ShreddedAt.IsZero():
		return leave(Skipped, "its raw mail was shredded on "+was.ShreddedAt.UTC().Format(time.DateOnly))
	case was.State == store.InboundStored:
		return leave(Skipped, "it was not read yet: the poller will")
	}
	p.hook("loaded")
	var pl plan
	err = blaming(func() (err error) {
		pl, err = p.plan(ctx, was)
		return err
	})
	if f := faultOf(err); f != nil {
		out.Is = Judged{State: store.InboundQuarantined, Reason: f.reason, Class: pl.reading.Class, Rule: pl.reading.Rule, Error: f.text()}
		return p.failed(ctx, was, out, pl, f, dryRun)
	}
	if err != nil {
		return Replayed{}, err
	}
	out.Is, out.Change, out.Why = pl.would, pl.change, pl.why
	p.hook("judged")
	if dryRun || out.Change == Left {
		return out, nil
	}
	var state store.InboundState
	var reason string
	err = blaming(func() (err error) {
		state, reason, err = p.carryOut(ctx, was, pl)
		return err
	})
	p.hook("written")
	switch f := faultOf(err); {
	case f != nil:
		return p.failed(ctx, was, out, pl, f, dryRun)
	case errors.Is(err, store.ErrOvertaken):
		return leave(Skipped, "somebody else has dealt with it meanwhile")
	case err != nil:
		return Replayed{}, err
	}
	if state != out.Is.State {
		// Another copy was posted, or the person blocked, a moment ago.
		out.Change, out.Is = Rejudged, Judged{State: state, Reason: reason, Class: out.Is.Class, Rule: out.Is.Rule, ConversationID: out.Is.ConversationID}
	}
	if out.Change != Unchanged { // of which there may be a million
		p.log.Info("mail replayed", "inbound_id", was.ID, "change", out.Change, "was", was.State, "state", state, "reason", reason,
			"message_id", was.Message.ID)
	}
	return out, nil
}

// failed leaves a mail that could not be read as it is. One in quarantine stays
// there, with the error of this time.
func (p *Replay) failed(ctx context.Context, was store.Replayable, out Replayed, pl plan, f *fault, dryRun bool) (Replayed, error) {
	out.Change, out.Why = Failed, f.reason+": "+firstLine(f.detail)
	if dryRun || was.State != store.InboundQuarantined {
		return out, nil
	}
	err := p.ingest.quarantine(ctx, was.Inbound, pl.reading, f)
	if errors.Is(err, store.ErrOvertaken) {
		err = nil
	}
	return out, err
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return line(s, 300)
}

// judged is what the ledger says of a mail.
func judged(m store.Replayable) Judged {
	return Judged{
		State: m.State, Reason: m.Reason, Class: m.Class, Rule: m.Rule, ConversationID: m.ConversationID,
		Text: m.Message.Body, Fold: m.Message.Fold, Files: m.Message.Filenames, Error: m.Error,
	}
}

// plan is what is to become of a mail.
type plan struct {
	change  Change
	why     string
	would   Judged
	judge   *judgement
	reading store.Reading
}

// plan reads a mail again and writes nothing.
func (p *Replay) plan(ctx context.Context, was store.Replayable) (pl plan, err error) {
	pl.reading.AuthservID = p.ingest.authservID
	j, err := p.ingest.judge(ctx, was.Inbound, &pl.reading)
	if err != nil {
		return pl, err
	}
	pl.judge = j
	pl.would = Judged{State: j.verdict.State, Reason: j.verdict.Reason, Class: pl.reading.Class, Rule: pl.reading.Rule, ConversationID: j.verdict.ConversationID}
	if j.post != nil {
		pl.would.State, pl.would.Reason = store.InboundPosted, ""
		for i, r := range j.post.Replies {
			if i == 0 {
				pl.would.ConversationID, pl.would.Text, pl.would.Fold = r.ConversationID, r.Body, r.Fold
			}
			for _, f := range r.Files {
				pl.would.Files = append(pl.would.Files, f.Filename)
			}
		}
		if was.State != store.InboundPosted {
			copied, err := p.store.PostedBefore(ctx, j.post.Fingerprint)
			if err != nil {
				return pl, err
			}
			// By what a duplicate was a copy of, the reader of that time knew.
			if copied || was.State == store.InboundDuplicate {
				pl.would.State = store.InboundDuplicate
				pl.would.Text, pl.would.Fold, pl.would.Files = "", 0, nil
			}
		}
	}
	pl.change, pl.why = changeOf(was, pl.would, j, p.ingest.authservID)
	return pl, nil
}

// changeOf decides what may be done about a mail that was judged before.
func changeOf(was store.Replayable, would Judged, j *judgement, authservID string) (Change, string) {
	same := would.State == was.State && would.Reason == was.Reason
	switch was.State {
	case store.InboundPosted:
		if was.Message.Deleted {
			return Left, "its message was deleted"
		}
		if j.post == nil {
			return Left, "its message stays: to take it back is for a person to decide"
		}
		if len(was.Messages) > 1 || len(j.post.Replies) != 1 || was.Release != nil {
			return Left, "it became several messages, or a person decided where it belongs"
		}
		post := j.post.Replies[0]
		switch {
		case post.ConversationID != was.Message.ConversationID || post.Role != was.Message.Author || post.Person != was.Message.Person:
			return Left, "it would be another person's, or in another conversation"
		case post.Body != was.Message.Body || post.FullText != was.Message.FullText || post.Fold != was.Message.Fold:
			return Reworded, ""
		}
		return Unchanged, ""
	case store.InboundActed:
		return Left, "its commands were carried out"
	case store.InboundDuplicate:
		if would.State != store.InboundDuplicate {
			return Left, "it was recognised as a copy of a mail that was posted"
		}
		return Unchanged, ""
	default:
	}
	switch {
	case !same && was.Authentication == nil && asksLess(was, authservID):
		return Left, fmt.Sprintf("its authentication was asked about with authserv-id %q, and is now with %q", was.AuthservID, authservID)
	case j.answer != nil, j.post != nil && slices.ContainsFunc(j.post.Replies, func(r store.Reply) bool { return len(r.Commands) > 0 }):
		return Left, "it asks for something to be done, which may not be wanted any more"
	case would.State == store.InboundPosted:
		return Posted, ""
	case same && would.Class == was.Class && would.Rule == was.Rule:
		return Unchanged, ""
	}
	return Rejudged, ""
}

// asksLess reports whether a mail's authentication was asked about before, and
// wouldn't be now: who asks nobody, or a server that the mail never saw, hears
// nothing against its sender.
func asksLess(was store.Replayable, authservID string) bool {
	if was.AuthservID == "" { // or not noted, by a reader of before
		return authservID == "" && was.Reason == string(tradepost.ReasonAuthentication)
	}
	return !strings.EqualFold(was.AuthservID, authservID)
}

// carryOut writes down what was planned.
func (p *Replay) carryOut(ctx context.Context, was store.Replayable, pl plan) (state store.InboundState, reason string, err error) {
	switch was.State {
	case store.InboundPosted:
		return was.State, "", p.store.Reread(ctx, was, pl.reading, pl.judge.post.Replies[0], pl.judge.post.Fingerprint)
	case store.InboundDuplicate:
		v := store.Verdict{State: was.State, Reason: was.Reason, ConversationID: was.ConversationID}
		return was.State, was.Reason, p.store.Settle(ctx, was.Inbound, pl.reading, v)
	default:
	}
	// Whoever sent a mail that was finished has been told, if anybody was to be.
	if was.State != store.InboundQuarantined {
		pl.judge.verdict.AnswerTo = ""
		if pl.judge.post != nil {
			pl.judge.post.Tell = false
		}
	}
	return p.ingest.write(ctx, was.Inbound, pl.reading, pl.judge)
}
