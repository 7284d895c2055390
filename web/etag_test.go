package web_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/tradepost-mail/tradepost"
)

// editable is something that two people may edit at once.
type editable struct {
	read, write string // addresses
	body        func(n int) map[string]any
}

func (s *site) editables() map[string]editable {
	s.t.Helper()
	con := s.open(s.opening())
	var draft struct{ ID string }
	s.do("POST", "/v1/conversations/"+con+"/proposals", s.offer()).into(s.t, http.StatusCreated, &draft)
	var merchant struct{ ID string }
	s.do("PUT", "/v1/merchants", nadia()).into(s.t, http.StatusOK, &merchant)
	named := func(body map[string]any, field string) func(int) map[string]any {
		return func(n int) map[string]any {
			changed := map[string]any{field: fmt.Sprintf("Name %d", n)}
			for k, v := range body {
				if k != field {
					changed[k] = v
				}
			}
			return changed
		}
	}
	same := func(path string, body func(int) map[string]any) editable { return editable{path, path, body} }
	return map[string]editable{
		"partner":  same("/v1/partners/"+s.par(), named(map[string]any{"published": true}, "name")),
		"service":  same("/v1/services/"+tradepost.FormatID("svc", s.partner.Services[0].ID), named(nil, "name")),
		"member":   same("/v1/members/"+s.mbr(1), named(map[string]any{"email": "olu@lind.example"}, "name")),
		"merchant": {"/v1/merchants/" + merchant.ID, "/v1/merchants", named(nadia(), "name")},
		"draft":    same("/v1/proposals/"+draft.ID, named(s.offer(), "work")),
		"settings": same("/v1/members/"+s.mbr(1)+"/settings", func(n int) map[string]any {
			return map[string]any{"digest": "daily", "daily_at": fmt.Sprintf("%02d:%02d", n/60%24, n%60)}
		}),
	}
}

// TestOnlyOneOfTwoChangesWins: two changes of the same version at once, twenty times
// over.
func TestOnlyOneOfTwoChangesWins(t *testing.T) {
	s := newSite(t, nil)
	for name, e := range s.editables() {
		tag := s.do("GET", e.read, nil).header.Get("ETag")
		for round := range 20 {
			answers := make([]answer, 2)
			var both sync.WaitGroup
			for i := range answers {
				both.Go(func() { answers[i] = s.do("PUT", e.write, e.body(2*round+i+1), "If-Match", tag) })
			}
			both.Wait()
			won, lost := answers[0], answers[1]
			if won.status != http.StatusOK {
				won, lost = lost, won
			}
			won.into(t, http.StatusOK, nil)
			lost.problem(t, http.StatusPreconditionFailed)
			now := s.do("GET", e.read, nil)
			if next := won.header.Get("ETag"); next == tag || next != now.header.Get("ETag") {
				t.Fatalf("%s: %s became %s, and is %s", name, tag, next, now.header.Get("ETag"))
			}
			tag = now.header.Get("ETag")
		}
	}
}

func TestIfMatch(t *testing.T) {
	s := newSite(t, nil)
	e := s.editables()["partner"]
	put := func(n int, match string) answer { return s.do("PUT", e.write, e.body(n), "If-Match", match) }
	for n, match := range []string{`"v1"`, "*", "", `"other", "v4"`, ` "v9" ,"v5"`} {
		if a := put(n, match); a.status != http.StatusOK {
			t.Errorf("%s: %d %s", match, a.status, a.raw)
		}
	}
	before := s.snapshot()
	for _, match := range []string{`"v1"`, `"v05"`, `W/"v6"`, `"v+6"`, `"6"`, `"-1"`, `"v-1"`, `""`, `"v99999999999999999999"`} {
		put(99, match).problem(t, http.StatusPreconditionFailed)
	}
	for _, match := range []string{`v6`, `"v6`, `"a"b"`, `,`} {
		if at := put(99, match).problem(t, http.StatusUnprocessableEntity); at["header.If-Match"] == "" {
			t.Errorf("%s: %v", match, at)
		}
	}
	s.do("DELETE", "/v1/members/"+s.mbr(1), nil, "If-Match", `"v77"`).problem(t, http.StatusPreconditionFailed)
	if s.snapshot() != before {
		t.Error("a refused change changed something")
	}
}

// TestVersionsCountEveryChange: not only those of the API.
func TestVersionsCountEveryChange(t *testing.T) {
	s := newSite(t, nil)
	path := "/v1/members/" + s.mbr(0) + "/settings"
	tag := s.do("GET", path, nil).header.Get("ETag")
	s.exec(`update members set digest = 'off' where id = $1`, s.partner.Members[0].ID) // as the link of a letter does
	s.do("PUT", path, map[string]any{}, "If-Match", tag).problem(t, http.StatusPreconditionFailed)
	if n := s.count(`select count(*) from members where digest = 'off'`); n != 1 {
		t.Error("the choice made by link is lost")
	}
}
