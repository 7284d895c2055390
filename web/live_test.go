package web_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/web"
)

// liveSite is a site whose Live runs.
type liveSite struct {
	*site
	stop func() // ends Live and waits for it
}

func newLiveSite(t testing.TB) *liveSite {
	t.Helper()
	var live *web.Live
	s := newSite(t, func(o *web.Options) {
		live = web.NewLive(o.Store, slog.New(slog.DiscardHandler))
		o.Live = live
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- live.Run(ctx) }()
	l := &liveSite{s, sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})}
	t.Cleanup(l.stop)
	return l
}

// event is one of a stream; of an id alone Name is "".
type event struct {
	Name, ID string
	Data     struct{ Kind, Partner, Conversation, Message, Member string }
}

// listening is a client of the stream.
type listening struct {
	t      testing.TB
	events chan event // closed when the stream ends
	close  func()
}

func (s *site) listen(query, lastID string, headers ...string) *listening {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/v1/events"+query, http.NoBody)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	l := &listening{s.t, make(chan event, 1000), cancel}
	s.t.Cleanup(cancel)
	go l.read(req)
	return l
}

// read reads the stream to its end.
func (l *listening) read(req *http.Request) {
	defer close(l.events)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		l.t.Error(err)
		return
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
		l.t.Errorf("%d %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
	var e event
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		field, value, _ := strings.Cut(lines.Text(), ": ")
		switch field {
		case "event":
			e.Name = value
		case "id":
			e.ID = value
		case "data":
			if err := json.Unmarshal([]byte(value), &e.Data); err != nil {
				l.t.Error(err)
			}
		case "":
			l.events <- e
			e = event{}
		}
	}
}

// next is the next event, ids alone included.
func (l *listening) next() event {
	l.t.Helper()
	select {
	case e, ok := <-l.events:
		if !ok {
			l.t.Fatal("the stream ended")
		}
		return e
	case <-time.After(20 * time.Second):
		l.t.Fatal("nothing came")
	}
	return event{}
}

// began reads the id that a stream begins with.
func (l *listening) began() string {
	l.t.Helper()
	e := l.next()
	if e.Name != "" || e.ID == "" {
		l.t.Fatalf("the stream begins with %+v", e)
	}
	return e.ID
}

// until reads events up to the first of a message, and returns their kinds and the
// last id.
func (l *listening) until(message string) (kinds []string, id string) {
	l.t.Helper()
	for last := (event{}); ; {
		last = l.next()
		if last.ID != "" {
			id = last.ID
		}
		if last.Name != "" {
			kinds = append(kinds, last.Data.Kind)
		}
		if last.Data.Message == message && last.ID != "" {
			return kinds, id
		}
	}
}

// signedIn signs a member in without the letter, and returns their cookie.
func (s *site) signedIn(m store.Member) string {
	s.t.Helper()
	ctx, browser := s.t.Context(), sha256.Sum256([]byte("browser"))
	if err := s.store.AskSignIn(ctx, m.Email, browser, "Test"); err != nil {
		s.t.Fatal(err)
	}
	cookie := "cookie-of-" + m.Email
	if err := s.store.UseSignIn(ctx, int64(s.count(`select max(id) from sign_ins`)), browser, m.ID, cookie, "Test"); err != nil {
		s.t.Fatal(err)
	}
	return "tradepost=" + cookie
}

func (s *site) say(con, body string) string {
	s.t.Helper()
	var m struct{ ID string }
	s.do("POST", "/v1/conversations/"+con+"/messages", map[string]any{"from": "merchant", "body": body}).into(s.t, http.StatusCreated, &m)
	return m.ID
}

// TestEvents: what is done is told, of every kind, to those whose it is.
func TestEvents(t *testing.T) {
	s := newLiveSite(t)
	con := s.open(s.opening())
	own, stranger := s.newKey(store.APIKey{PartnerID: s.partner.ID}), s.newKey(store.APIKey{PartnerID: s.unpublished.ID})
	all, mine, theirs, one := s.listen("", ""), s.listen("", "", "Authorization", own), s.listen("", "", "Authorization", stranger), s.listen("?conversation="+con, "")
	for _, l := range []*listening{all, mine, theirs, one} {
		l.began()
	}
	fence := s.say(con, "Are you there?") // what was before may still be told
	for _, l := range []*listening{all, mine, one} {
		l.until(fence)
	}
	message := s.get(con).Messages[0].ID
	path := "/v1/conversations/" + con
	act := func(verb string, more map[string]any) {
		body := map[string]any{"action": verb, "member": s.mbr(0)}
		maps.Copy(body, more)
		s.do("POST", path+"/actions", body).into(t, http.StatusOK, nil)
	}
	var made struct{ ID string }
	s.do("POST", path+"/read", map[string]any{"member": s.mbr(1), "through": message}).into(t, http.StatusNoContent, nil)
	s.do("PUT", path+"/messages/"+message+"/mark", map[string]any{"member": s.mbr(0), "emoji": "✅"}).into(t, http.StatusNoContent, nil)
	act("note", map[string]any{"text": "ask Olu"})
	s.do("POST", "/v1/partners/"+s.par()+"/tags", map[string]any{"name": "spring"}).into(t, http.StatusCreated, nil)
	s.do("POST", path+"/proposals", s.offer()).into(t, http.StatusCreated, &made)
	other := s.opening()
	other["body"] = "And another thing."
	second := s.open(other)
	last := s.say(con, "Hello?")
	want := []string{"read", "mark", "team", "tags", "work", "message", "message"}
	for name, l := range map[string]*listening{"platform": all, "partner": mine} {
		if got, _ := l.until(last); !slices.Equal(got, want) {
			t.Errorf("%s heard %v, want %v", name, got, want)
		}
	}
	want = []string{"read", "mark", "team", "work", "message"}
	if got, _ := one.until(last); !slices.Equal(got, want) {
		t.Errorf("of the conversation was heard %v, want %v", got, want)
	}
	act("delete", map[string]any{"confirm": true})
	for e := mine.next(); ; e = mine.next() {
		if e.Data.Kind == "conversation" && e.Data.Conversation == con {
			break
		}
	}
	s.do("POST", "/v1/conversations/"+second+"/actions", map[string]any{"action": "block", "member": s.mbr(0), "confirm": true}).into(t, http.StatusOK, nil)
	for e := mine.next(); ; e = mine.next() {
		if e.Data.Kind == "conversation" && e.Data.Conversation == second {
			break
		}
	}
	select {
	case e := <-theirs.events:
		t.Errorf("another partner heard %+v", e)
	default:
	}
	s.do("GET", "/v1/events?partner="+s.par(), nil, "Authorization", stranger).problem(t, http.StatusNotFound)
	s.do("GET", "/v1/events?conversation="+con, nil, "Authorization", stranger).problem(t, http.StatusNotFound)
	s.do("GET", "/v1/events?conversation=con_99", nil).problem(t, http.StatusNotFound)
	if at := s.do("GET", "/v1/events?conversation=%00&partner=svc_1", nil).problem(t, http.StatusUnprocessableEntity); len(at) != 2 {
		t.Errorf("%v", at)
	}
	s.do("GET", "/v1/events", nil, "Authorization", "").problem(t, http.StatusUnauthorized)
}

// TestEventsReadByOthers: what a member has read is told to them alone.
func TestEventsReadByOthers(t *testing.T) {
	s := newLiveSite(t)
	con := s.open(s.opening())
	first := s.get(con).Messages[0].ID
	cookie := s.signedIn(s.partner.Members[0])
	l := s.listen("", "", "Authorization", "", "Cookie", cookie)
	l.began()
	s.do("POST", "/v1/conversations/"+con+"/read", map[string]any{"member": s.mbr(1), "through": first}).into(t, http.StatusNoContent, nil)
	s.do("POST", "/v1/conversations/"+con+"/read", map[string]any{"member": s.mbr(0), "through": first}).into(t, http.StatusNoContent, nil)
	for e := l.next(); ; e = l.next() {
		if e.Data.Member == s.mbr(1) {
			t.Error("a colleague's reading was told")
		}
		if e.Data.Member == s.mbr(0) {
			break
		}
	}
}

// TestEventsResume: who comes back with the last id hears what came since, whatever
// process told them before, each thing once.
func TestEventsResume(t *testing.T) {
	s := newLiveSite(t)
	con := s.open(s.opening())
	l := s.listen("", "")
	_, id := l.until(s.say(con, "before")) // what was earlier may still be told
	heard := make(map[string]int)
	for i := range 5 {
		var missed []string
		for j := range 4 {
			missed = append(missed, s.say(con, fmt.Sprint(i, j)))
		}
		l.close()
		l = s.listen("", id)
		for len(missed) > 0 {
			e := l.next()
			if e.ID != "" {
				id = e.ID
			}
			if e.Name == "" {
				continue
			}
			if heard[e.Data.Message]++; e.Data.Message != missed[0] {
				t.Fatalf("round %d: heard %s, want %s", i, e.Data.Message, missed[0])
			}
			missed = missed[1:]
		}
	}
	for message, n := range heard {
		if n != 1 {
			t.Errorf("%s was told %d times", message, n)
		}
	}
	for name, last := range map[string]string{
		"nonsense": "x", "another database": "1790000000.900000000:900000000:", "long ago": "1000000000.3:3:", "not a snapshot": "1790000000.9:3:",
		"huge": "1790000000." + strings.Repeat("9", 19) + ":" + strings.Repeat("9", 19) + ":",
	} {
		if e := s.listen("", last).next(); e.Name != "reset" || e.ID == "" {
			t.Errorf("%s: %+v", name, e)
		}
	}
	last := ""
	for i := range 1001 {
		last = s.say(con, fmt.Sprint("many ", i))
	}
	l.until(last)
	if e := s.listen("", id).next(); e.Name != "reset" {
		t.Errorf("after a thousand: %+v", e)
	}
}

// TestEventsConnectionLost: what happens while PostgreSQL has cut the connection
// that listens is told all the same.
func TestEventsConnectionLost(t *testing.T) {
	s := newLiveSite(t)
	con := s.open(s.opening())
	l := s.listen("", "")
	l.began()
	const listeners = `from pg_stat_activity where datname = current_database() and query ilike 'listen %'`
	l.until(s.say(con, "before"))
	if n := s.count(`select count(*) ` + listeners); n != 1 {
		t.Fatalf("%d connections listen", n)
	}
	s.exec(`select pg_terminate_backend(pid) ` + listeners)
	l.until(s.say(con, "after"))
}

// TestManyListeners: a thousand streams, and one connection that listens.
func TestManyListeners(t *testing.T) {
	s := newLiveSite(t)
	con := s.open(s.opening())
	const n = 1000
	streams := make([]*listening, n)
	for i := range streams {
		streams[i] = s.listen("?conversation="+con, "")
		streams[i].began()
	}
	message := s.say(con, "Hello, all.")
	for _, l := range streams {
		l.until(message)
	}
	if n := s.count(`select count(*) from pg_stat_activity where datname = current_database() and query ilike 'listen %'`); n != 1 {
		t.Errorf("%d connections listen", n)
	}
	s.stop()
	for _, l := range streams {
		for range l.events { // until it is closed
		}
	}
}
