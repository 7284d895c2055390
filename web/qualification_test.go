package web_test

import (
	"net/http"
	"testing"
)

// TestRestrictedPartner: only merchants whom it has qualified can contact it; the
// others ask for that, and are told what has become of it.
func TestRestrictedPartner(t *testing.T) {
	s := newSite(t, nil)
	s.do("PUT", "/v1/partners/"+s.par(), map[string]any{"name": "Studio Lind", "published": true, "access": "restricted", "default_code": "GOLD"}).into(t, http.StatusOK, nil)
	before := s.count(`select count(*) from conversations`)
	s.do("POST", "/v1/conversations", s.opening()).problem(t, http.StatusConflict)
	request := map[string]any{"service": "Store migration", "body": "Who can?", "merchant": s.opening()["merchant"]}
	s.do("POST", "/v1/requests", request).problem(t, http.StatusConflict)
	if n := s.count(`select count(*) from conversations`); n != before {
		t.Fatalf("%d conversations", n)
	}
	ask := s.opening()
	ask["kind"], ask["body"] = "qualification", "May we sell your lamps?"
	delete(ask, "service")
	con := s.open(ask)
	state := func(want string) {
		t.Helper()
		var c struct {
			State string `json:"qualification_request"`
		}
		s.do("GET", "/v1/conversations/"+con, nil).into(t, http.StatusOK, &c)
		if c.State != want {
			t.Errorf("state %q, want %q", c.State, want)
		}
	}
	do := func(action string) {
		t.Helper()
		s.act(con, map[string]any{"action": action}).into(t, http.StatusOK, nil)
	}
	state("requested")
	do("decline")
	state("refused")
	s.do("POST", "/v1/conversations", s.opening()).problem(t, http.StatusConflict)
	do("qualify")
	state("qualified")
	s.open(s.opening())
	s.do("POST", "/v1/requests", request).into(t, http.StatusCreated, nil)
	do("unqualify")
	state("refused")
	s.do("POST", "/v1/conversations", s.opening()).problem(t, http.StatusConflict)
}
