package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost"
)

// waiting opens a conversation that Maja has answered, and lets her answer wait
// for a number of seconds.
func (s *site) waiting(seconds int) (conversation, message string) {
	s.t.Helper()
	conversation = s.open(s.opening())
	var got struct{ ID string }
	s.do("POST", "/v1/conversations/"+conversation+"/messages", map[string]any{"from": s.mbr(0), "body": "Gladly."}).into(s.t, http.StatusCreated, &got)
	s.exec(fmt.Sprintf(`update notifications set due_at = now() + interval '%d seconds' where kind = 'relay' and state = 'pending'`, seconds))
	return conversation, got.ID
}

// claim is what a worker does when a relay's delay is over.
func (s *site) claim() {
	s.t.Helper()
	s.exec(`update notifications set state = 'sending', lease_owner = gen_random_uuid(), attempts = 1 where kind = 'relay' and state = 'pending'`)
}

func TestUndoByAPI(t *testing.T) {
	s := newSite(t, nil)
	con, msg := s.waiting(60)
	path := "/v1/conversations/" + con + "/messages/" + msg + "/undo"
	maja := map[string]any{"member": s.mbr(0)}
	if a := s.do("POST", path, map[string]any{"member": s.mbr(1)}); a.status != http.StatusConflict {
		t.Errorf("a colleague: %d %s", a.status, a.raw)
	}
	for name, c := range map[string]struct {
		path string
		body any
		want int
		at   string
	}{
		"no member":           {path, map[string]any{}, http.StatusUnprocessableEntity, "body.member"},
		"no id":               {path, map[string]any{"member": "x"}, http.StatusUnprocessableEntity, "body.member"},
		"elsewhere":           {path, map[string]any{"member": "mbr_3"}, http.StatusUnprocessableEntity, "body.member"},
		"no conversation":     {"/v1/conversations/con_999/messages/" + msg + "/undo", maja, http.StatusNotFound, ""},
		"no message":          {"/v1/conversations/" + con + "/messages/msg_999/undo", maja, http.StatusNotFound, ""},
		"neither":             {"/v1/conversations/x/messages/y/undo", maja, http.StatusNotFound, ""},
		"another's message":   {"/v1/conversations/" + con + "/messages/" + s.get(con).Messages[0].ID + "/undo", maja, http.StatusConflict, ""},
		"another field":       {path, map[string]any{"member": s.mbr(0), "force": "yes"}, http.StatusUnprocessableEntity, "body.force"},
		"another's, no field": {path, "", http.StatusBadRequest, ""},
	} {
		at := s.do("POST", c.path, c.body).problem(t, c.want)
		if c.at != "" && at[c.at] == "" {
			t.Errorf("%s: %v", name, at)
		}
	}
	if n := len(s.get(con).Messages); n != 2 {
		t.Fatalf("%d messages", n)
	}
	var got struct{ State string }
	s.do("POST", path, maja).into(t, http.StatusOK, &got)
	if got.State != "done" || len(s.get(con).Messages) != 1 {
		t.Errorf("%+v, %d messages", got, len(s.get(con).Messages))
	}
	if a := s.do("POST", path, maja); a.status == http.StatusInternalServerError || len(s.get(con).Messages) != 1 {
		t.Errorf("again: %d %s", a.status, a.raw)
	}

	con, msg = s.waiting(60)
	s.claim()
	a := s.do("POST", "/v1/conversations/"+con+"/messages/"+msg+"/undo", maja)
	a.problem(t, http.StatusConflict)
	if !strings.Contains(string(a.raw), "on its way") || len(s.get(con).Messages) != 2 {
		t.Errorf("too late: %s", a.raw)
	}
}

func TestUndoOnThePage(t *testing.T) {
	s := newPages(t)
	con, msg := s.waiting(22)
	path := "/conversations/" + con
	maja := "?as=" + s.mbr(0)
	html := s.page(path + maja)
	sends := regexp.MustCompile(`Sends in <span data-seconds>(\d+)</span> s`).FindStringSubmatch(html)
	if sends == nil {
		t.Fatalf("no countdown:\n%s", html)
	}
	if n, _ := strconv.Atoi(sends[1]); n < 1 || n > 22 {
		t.Errorf("sends in %d s", n)
	}
	for _, as := range []string{"", "?as=merchant", "?as=" + s.mbr(1)} {
		html := s.page(path + as)
		if strings.Contains(html, "Sends in") || strings.Contains(html, "/undo") {
			t.Errorf("as %q there is something to undo", as)
		}
		if strings.Contains(html, "Gladly.") == (as == "?as=merchant") {
			t.Errorf("as %q: what waits is for the partner's eyes only", as)
		}
	}
	fields := url.Values{"as": {s.mbr(0)}, "message": {msg}}
	for name, c := range map[string]struct {
		fields  url.Values
		headers []string
		want    int
	}{
		"the merchant":   {url.Values{"as": {"merchant"}, "message": {msg}}, nil, http.StatusForbidden},
		"a colleague":    {url.Values{"as": {s.mbr(1)}, "message": {msg}}, nil, http.StatusConflict},
		"no message":     {url.Values{"as": {s.mbr(0)}, "message": {"msg_999"}}, nil, http.StatusNotFound},
		"no id":          {url.Values{"as": {s.mbr(0)}}, nil, http.StatusNotFound},
		"from elsewhere": {fields, []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
	} {
		if a := s.form(path+"/undo", c.fields, c.headers...); a.status != c.want {
			t.Errorf("%s: %d, want %d", name, a.status, c.want)
		}
	}
	if a := s.form(path+"/undo", fields); a.status != http.StatusSeeOther || a.header.Get("Location") != path+maja+"#answer" {
		t.Errorf("undo: %d %v", a.status, a.header)
	}
	if html := s.page(path + maja); strings.Contains(html, "Gladly.") || strings.Contains(html, "Sends in") {
		t.Errorf("still there:\n%s", html)
	}

	con, msg = s.waiting(22)
	s.claim()
	path = "/conversations/" + con
	if html := s.page(path + maja); strings.Contains(html, "Sends in") {
		t.Error("what is on its way is said to wait")
	}
	if html := s.page(path + "?as=merchant"); !strings.Contains(html, "Gladly.") {
		t.Error("the merchant's page lacks what is on its way")
	}
	if a := s.form(path+"/undo", url.Values{"as": {s.mbr(0)}, "message": {msg}}); a.status != http.StatusConflict || !strings.Contains(string(a.raw), "on its way") {
		t.Errorf("too late: %d %s", a.status, a.raw)
	}
}

// TestMarkedIsNotSaid: what its author marked before it went is no message to the
// merchant.
func TestMarkedIsNotSaid(t *testing.T) {
	s := newPages(t)
	con, msg := s.waiting(22)
	path := "/conversations/" + con
	if a := s.form(path+"/mark", url.Values{"as": {s.mbr(0)}, "message": {msg}, "emoji": {"✅"}}); a.status != http.StatusSeeOther {
		t.Fatalf("mark: %d", a.status)
	}
	html := s.page(path + "?as=" + s.mbr(0))
	if strings.Contains(html, "Sends in") || !strings.Contains(html, "Gladly.") {
		t.Errorf("what a mark holds back is said to go:\n%s", html)
	}
	if html := s.page(path + "?as=merchant"); strings.Contains(html, "Gladly.") {
		t.Error("the merchant sees what is not for them")
	}
}

// TestTeamsOwn: notes, tags and qualification are for the partner's members, and
// on no other page.
func TestTeamsOwn(t *testing.T) {
	s := newPages(t)
	con := s.open(s.opening())
	id, err := tradepost.ParseID(tradepost.ConversationPrefix, con)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []tradepost.Command{
		{Verb: tradepost.VerbNote, Text: "Ask <Olu> about the price"},
		{Verb: tradepost.VerbTag, Tags: []string{"Christmas rush"}},
		{Verb: tradepost.VerbQualify, Text: "PLATIN"},
	} {
		if r, err := s.store.Act(t.Context(), id, s.partner.Members[0].ID, c, 0, tradepost.ViaWeb); err != nil || r.State != tradepost.CommandDone {
			t.Fatalf("%s: %+v, %v", c.Verb, r, err)
		}
	}
	own := []string{"Ask &lt;Olu&gt; about the price", "The merchant never sees this", "Christmas rush", "PLATIN"}
	for _, as := range []string{s.mbr(0), s.mbr(1)} {
		html := s.page("/conversations/" + con + "?as=" + as)
		for _, want := range own {
			if !strings.Contains(html, want) {
				t.Errorf("as %s the page lacks %q:\n%s", as, want, html)
			}
		}
	}
	for _, path := range []string{"/conversations/" + con + "?as=merchant", "/conversations/" + con, "/?as=merchant", "/"} {
		html := s.page(path)
		for _, secret := range append(own, "Ask <Olu>", "qualified", "note") {
			if strings.Contains(html, secret) {
				t.Errorf("%s holds %q:\n%s", path, secret, html)
			}
		}
	}
	if a := s.do("GET", "/v1/conversations/"+con, nil); strings.Contains(string(a.raw), "Olu") || strings.Contains(string(a.raw), "PLATIN") {
		t.Errorf("the API gives away what is the team's: %s", a.raw)
	}
}
