package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tradepost-mail/tradepost"
)

// aside is what the API shows a team beside a conversation's messages.
type aside struct {
	Qualification struct{ Code, Member string }
	Tags          []string
	Notes         []struct{ ID, Member, Name, Body string }
	Records       []struct {
		Action, Member, Text, Via, Undone string
		Tags                              []string
		UndoneAt                          string `json:"undone_at"`
	}
}

func (s *site) aside(conversation string) (a aside) {
	s.t.Helper()
	s.do("GET", "/v1/conversations/"+conversation+"/team", nil).into(s.t, http.StatusOK, &a)
	return a
}

func (s *site) act(conversation string, body map[string]any, headers ...string) answer {
	s.t.Helper()
	if body["member"] == nil {
		body["member"] = s.mbr(0)
	}
	return s.do("POST", "/v1/conversations/"+conversation+"/actions", body, headers...)
}

// did acts, and wants it to have changed something.
func (s *site) did(conversation, action string, body map[string]any) {
	s.t.Helper()
	body["action"] = action
	var a struct{ State string }
	if s.act(conversation, body).into(s.t, http.StatusOK, &a); a.State != "done" {
		s.t.Errorf("%s: %s", action, a.State)
	}
}

func TestActions(t *testing.T) {
	s := newSite(t, nil)
	con := s.open(s.opening())
	second := s.opening()
	second["body"] = "And another thing."
	other := s.open(second) // of the same merchant
	s.did(con, "note", map[string]any{"text": "Ask Olu about the price."})
	s.did(con, "tag", map[string]any{"tags": []any{"Big  shop", "spring"}})
	s.did(con, "qualify", map[string]any{"text": "GOLD"})
	s.did(con, "done", map[string]any{})
	s.did(con, "mute", map[string]any{})
	a := s.aside(con)
	if len(a.Notes) != 1 || a.Notes[0].Body != "Ask Olu about the price." || a.Notes[0].Name != "Maja Lind" ||
		!slices.Equal(a.Tags, []string{"Big shop", "spring"}) || a.Qualification.Code != "GOLD" || len(a.Records) != 5 {
		t.Errorf("%+v", a)
	}
	if q := s.aside(other).Qualification; q.Code != "GOLD" || q.Member != s.mbr(0) {
		t.Errorf("in the merchant's other conversation: %+v", q)
	}
	if s.get(con).Messages[0].Mark != "✅" || s.get(other).Messages[0].Mark != "" {
		t.Error("done marks the newest message of its conversation")
	}
	if n := s.count(`select count(*) from mutes`); n != 1 {
		t.Errorf("%d mutes", n)
	}
	s.did(con, "unmute", map[string]any{})
	s.did(con, "unmark", map[string]any{})
	s.did(con, "untag", map[string]any{"tags": []any{"SPRING"}})
	s.did(con, "unqualify", map[string]any{})
	s.did(con, "mark", map[string]any{"text": "👍"})
	if a := s.aside(con); !slices.Equal(a.Tags, []string{"Big shop"}) || a.Qualification.Code != "" || s.get(con).Messages[0].Mark != "👍" || s.count(`select count(*) from mutes`) != 0 {
		t.Errorf("%+v", a)
	}
	for range 2 {
		s.act(con, map[string]any{"action": "note", "text": "Once."}, "Idempotency-Key", "n").into(t, http.StatusOK, nil)
	}
	if n := len(s.aside(con).Notes); n != 2 {
		t.Errorf("%d notes", n)
	}
	before := s.snapshot()
	for field, bad := range map[string]map[string]any{
		"member":  {"action": "done", "member": tradepost.FormatID("mbr", s.unpublished.Members[0].ID)},
		"action":  {"action": "why"},
		"text":    {"action": "note", "text": " "},
		"tags":    {"action": "tag", "tags": []any{"a\nb"}},
		"confirm": {"action": "block"},
	} {
		if p := s.act(con, bad).problem(t, http.StatusUnprocessableEntity); len(p) != 1 || p["body."+field] == "" {
			t.Errorf("%v: %+v", bad, p)
		}
	}
	s.act(con, map[string]any{"action": "mark", "text": "no emoji"}).problem(t, http.StatusUnprocessableEntity)
	s.act(con, map[string]any{"action": "qualify"}).problem(t, http.StatusConflict) // there is no default code
	s.act(con, map[string]any{"action": "delete", "confirm": false}).problem(t, http.StatusUnprocessableEntity)
	s.act("con_99", map[string]any{"action": "done"}).problem(t, http.StatusNotFound)
	if s.snapshot() != before {
		t.Error("what was refused changed something")
	}
}

func TestUndoAndDeclineByAPI(t *testing.T) {
	s := newSite(t, nil)
	o := s.opening()
	o["kind"] = "opportunity"
	delete(o, "service")
	con := s.open(o)
	s.did(con, "decline", map[string]any{})
	if w := s.work(con); w.Jobs[0].State != "declined" {
		t.Errorf("%+v", w)
	}
	if n := s.count(`select count(*) from recipients where outcome = 'answered'`); n == 0 {
		t.Error("a declined request is still told of")
	}
	s.act(con, map[string]any{"action": "undo"}).problem(t, http.StatusConflict) // this server's delay is none
}

// TestBlockAndDelete can't be undone, and say so before.
func TestBlockAndDelete(t *testing.T) {
	s := newSite(t, nil)
	body := s.opening()
	body["body"] = "Zugspitze"
	body["attachments"] = []any{map[string]any{"filename": "Watzmann.txt", "content_base64": "YQ=="}}
	con := s.open(body)
	var p struct{ ID string }
	s.do("POST", "/v1/conversations/"+con+"/proposals", s.offer()).into(t, http.StatusCreated, &p)
	s.did(con, "note", map[string]any{"text": "Karwendel"})
	s.did(con, "block", map[string]any{"confirm": true})
	s.do("POST", "/v1/conversations/"+con+"/messages", map[string]any{"from": "merchant", "body": "x"}).problem(t, http.StatusConflict)
	s.do("POST", "/v1/conversations", body).problem(t, http.StatusConflict)
	if w := s.work(con); w.Proposals[0].State != "closed" {
		t.Errorf("%+v", w)
	}
	s.act(con, map[string]any{"action": "undo"}).problem(t, http.StatusConflict)
	s.did(con, "delete", map[string]any{"confirm": true})
	s.do("GET", "/v1/conversations/"+con, nil).problem(t, http.StatusNotFound)
	for _, word := range []string{"Zugspitze", "Watzmann", "Karwendel", "4,200"} {
		if strings.Contains(s.snapshot(), word) {
			t.Errorf("%q is still in the tables", word)
		}
	}
}

func TestTags(t *testing.T) {
	s := newSite(t, nil)
	one := s.open(s.opening())
	two := s.open(s.opening())
	for _, con := range []string{one, two} {
		s.did(con, "tag", map[string]any{"tags": []any{"spring"}})
	}
	s.did(one, "tag", map[string]any{"tags": []any{"big"}})
	path := "/v1/partners/" + s.par() + "/tags"
	var list struct {
		Items []struct {
			ID, Name      string
			Conversations int
		}
	}
	s.do("GET", path, nil).into(t, http.StatusOK, &list)
	if len(list.Items) != 2 || list.Items[1].Name != "spring" || list.Items[1].Conversations != 2 {
		t.Fatalf("%+v", list)
	}
	big, spring := "/v1/tags/"+list.Items[0].ID, "/v1/tags/"+list.Items[1].ID
	var made struct{ ID, Name string }
	s.do("POST", path, map[string]any{"name": "SPRING"}).into(t, http.StatusCreated, &made)
	if "/v1/tags/"+made.ID != spring || made.Name != "spring" {
		t.Errorf("%+v", made)
	}
	s.do("PUT", spring, map[string]any{"name": "BIG"}).problem(t, http.StatusConflict)
	if a := s.do("PUT", spring, map[string]any{"name": "Vår"}); a.status != http.StatusNoContent {
		t.Errorf("rename: %d %s", a.status, a.raw)
	}
	if !slices.Equal(s.aside(one).Tags, []string{"big", "Vår"}) || !slices.Equal(s.aside(two).Tags, []string{"Vår"}) {
		t.Errorf("%v %v", s.aside(one).Tags, s.aside(two).Tags)
	}
	if a := s.do("DELETE", big, nil); a.status != http.StatusNoContent {
		t.Errorf("delete: %d %s", a.status, a.raw)
	}
	if !slices.Equal(s.aside(one).Tags, []string{"Vår"}) {
		t.Errorf("%v", s.aside(one).Tags)
	}
	s.do("DELETE", big, nil).problem(t, http.StatusNotFound)
	s.do("PUT", big, map[string]any{"name": "x"}).problem(t, http.StatusNotFound)
	for _, bad := range []string{"", "  ", "a\nb", strings.Repeat("a", 5000)} {
		s.do("POST", path, map[string]any{"name": bad}).problem(t, http.StatusUnprocessableEntity)
	}
	s.do("POST", "/v1/partners/par_99/tags", map[string]any{"name": "x"}).problem(t, http.StatusNotFound)
}

func TestDeleteMessageByAPI(t *testing.T) {
	s := newSite(t, nil)
	con := s.open(s.opening())
	path := "/v1/conversations/" + con + "/messages/" + s.get(con).Messages[0].ID
	if a := s.do("DELETE", path, nil); a.status != http.StatusNoContent {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	if len(s.get(con).Messages) != 0 {
		t.Error("it is still there")
	}
	s.do("DELETE", path, nil).problem(t, http.StatusNotFound)
}

// TestTwoMembersAtOnce: whatever two people do to one conversation at the same
// time happens in one order, and nothing that was accepted is lost.
func TestTwoMembersAtOnce(t *testing.T) {
	s := newSite(t, nil)
	for round := range 50 {
		con := s.open(s.opening())
		var wg sync.WaitGroup
		var mu sync.Mutex
		done := make(map[string]int)
		for i := range 2 {
			wg.Go(func() {
				for _, step := range []map[string]any{
					{"action": "mark", "text": "👍"}, {"action": "tag", "tags": []any{"a", fmt.Sprint(i)}}, {"action": "note", "text": fmt.Sprint("note ", i)},
					{"action": "qualify", "text": fmt.Sprint("CODE", i)}, {"action": "unmark"}, {"action": "untag", "tags": []any{"a"}}, {"action": "decline"},
				} {
					step["member"] = s.mbr(i)
					a := s.act(con, step)
					mu.Lock()
					if a.status == http.StatusOK && strings.Contains(string(a.raw), `"done"`) {
						done[fmt.Sprint(i, step["action"])]++
					} else if a.status != http.StatusOK && a.status != http.StatusConflict {
						t.Errorf("%v: %d %s", step, a.status, a.raw)
					}
					mu.Unlock()
				}
				if a := s.do("POST", "/v1/conversations/"+con+"/messages", map[string]any{"from": s.mbr(i), "body": fmt.Sprint("reply ", i)}); a.status != http.StatusCreated {
					t.Errorf("reply: %d %s", a.status, a.raw)
				}
			})
		}
		wg.Wait()
		a := s.aside(con)
		recorded := make(map[string]int)
		var code string
		tags := make(map[string]bool)
		for _, r := range a.Records {
			i := slices.Index([]string{s.mbr(0), s.mbr(1)}, r.Member)
			recorded[fmt.Sprint(i, r.Action)]++
			switch r.Action {
			case "qualify":
				code = r.Text
			case "tag":
				for _, name := range r.Tags {
					tags[name] = true
				}
			case "untag":
				for _, name := range r.Tags {
					delete(tags, name)
				}
			}
		}
		if fmt.Sprint(recorded) != fmt.Sprint(done) {
			t.Errorf("round %d: recorded %v, answered %v", round, recorded, done)
		}
		if len(a.Notes) != 2 || len(s.get(con).Messages) != 3 || a.Qualification.Code != code || len(a.Tags) != len(tags) {
			t.Errorf("round %d: the records end in code %s and tags %v, the conversation has %+v", round, code, tags, a)
		}
	}
}
