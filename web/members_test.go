package web_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tradepost-mail/tradepost"
)

func TestMembersByAPI(t *testing.T) {
	s := newSite(t, nil)
	var m memberJSON
	ida := map[string]any{"name": "Ida Ek", "email": "ida@lind.example"}
	members := "/v1/partners/" + s.par() + "/members"
	made := s.do("POST", members, ida)
	made.into(t, http.StatusCreated, &m)
	if m.Role != "member" || m.Locale != "en" || m.Zone != "UTC" || len(m.Addresses) != 0 {
		t.Fatalf("%+v", m)
	}
	path := "/v1/members/" + m.ID
	if at := s.do("POST", members, map[string]any{"name": "x", "email": "IDA@lind.example"}).problem(t, http.StatusUnprocessableEntity); at["body.email"] == "" {
		t.Error(at)
	}
	at := s.do("PUT", path, map[string]any{"name": " ", "email": "no address", "role": "boss", "locale": "svenska språket"}).problem(t, http.StatusUnprocessableEntity)
	for _, field := range []string{"name", "email", "role", "locale"} {
		if at["body."+field] == "" {
			t.Errorf("%s isn't blamed: %v", field, at)
		}
	}
	for _, zone := range []string{"Mars/Olympus", "Local", "../../etc/passwd"} {
		if at := s.do("PUT", path, map[string]any{"name": "Ida", "email": "ida@lind.example", "zone": zone}).problem(t, http.StatusUnprocessableEntity); at["body.zone"] == "" {
			t.Errorf("%s: %v", zone, at)
		}
	}

	// An alias is hers; nobody else of the team can have it, and it may become primary.
	for range 2 {
		s.do("POST", path+"/addresses", map[string]any{"address": "ida@home.example"}).into(t, http.StatusCreated, &m)
	}
	if !slices.Equal(m.Addresses, []string{"ida@home.example"}) {
		t.Errorf("%+v", m)
	}
	s.do("POST", "/v1/members/"+s.mbr(0)+"/addresses", map[string]any{"address": "ida@HOME.example"}).problem(t, http.StatusUnprocessableEntity)
	s.do("DELETE", path+"/addresses/ida@lind.example", nil).problem(t, http.StatusConflict)
	s.do("DELETE", path+"/addresses/nobody@home.example", nil).problem(t, http.StatusNotFound)
	ida["email"], ida["locale"], ida["zone"] = "ida@home.example", "sv", "Europe/Stockholm"
	s.do("PUT", path, ida).into(t, http.StatusOK, &m)
	if m.Email != "ida@home.example" || len(m.Addresses) != 0 || m.Locale != "sv" {
		t.Errorf("%+v", m)
	}
	s.do("POST", path+"/addresses", map[string]any{"address": "ida@lind.example"}).into(t, http.StatusCreated, &m)
	s.do("DELETE", path+"/addresses/ida%40lind.example", nil).gone(t)

	s.do("DELETE", path, nil).gone(t)
	s.do("GET", path, nil).problem(t, http.StatusNotFound)
	s.do("PUT", path, ida).problem(t, http.StatusNotFound)
	// Whoever left takes no address along.
	s.do("POST", members, ida).into(t, http.StatusCreated, nil)
}

// TestLastOwner races two owners who make each other mere members, or throw each
// other out: one stays.
func TestLastOwner(t *testing.T) {
	s := newSite(t, nil)
	path := func(i int) string { return "/v1/members/" + s.mbr(i) }
	// A team that has no owner yet loses none.
	s.do("PUT", path(0), map[string]any{"name": "Maja Lind", "email": "maja@lind.example"}).into(t, http.StatusOK, nil)
	for round := range 10 {
		s.exec(`update members set role = 'owner', removed_at = null`)
		answers := make([]answer, 2)
		var both sync.WaitGroup
		for i := range answers {
			both.Go(func() {
				if round%2 == 0 {
					m := s.partner.Members[i]
					answers[i] = s.do("PUT", path(i), map[string]any{"name": m.Name, "email": m.Email, "role": "member"})
				} else {
					answers[i] = s.do("DELETE", path(i), nil)
				}
			})
		}
		both.Wait()
		slices.SortFunc(answers, func(a, b answer) int { return a.status - b.status })
		if answers[0].status/100 != 2 {
			t.Fatalf("%d %s", answers[0].status, answers[0].raw)
		}
		answers[1].problem(t, http.StatusConflict)
		if !strings.Contains(string(answers[1].raw), "last owner") {
			t.Errorf("%s", answers[1].raw)
		}
	}
}

// TestRemovedMembersAreSignedOut, and may not leave others' teams without owners.
func TestRemovedMembersAreSignedOut(t *testing.T) {
	l := newLinkSite(t)
	l.exec(`update members set role = case name when 'Maja Lind' then 'owner' else 'member' end`)
	maja, olu := l.signedIn("maja@lind.example"), l.signedIn("olu@lind.example")
	asJSON := []string{"Content-Type", "application/json"}
	me := `{"name": "Olu", "email": "olu@lind.example", "zone": "Africa/Lagos"}`
	olu.ask("POST", "/v1/partners/"+l.par()+"/members", `{"name": "x", "email": "x@lind.example"}`, asJSON...).problem(t, http.StatusForbidden)
	olu.ask("PUT", "/v1/partners/"+l.par(), `{"name": "Studio Lind", "published": true}`, asJSON...).problem(t, http.StatusForbidden)
	olu.ask("PUT", "/v1/members/"+l.mbr(0), me, asJSON...).problem(t, http.StatusForbidden)
	olu.ask("DELETE", "/v1/members/"+l.mbr(0), "").problem(t, http.StatusForbidden)
	olu.ask("PUT", "/v1/members/"+l.mbr(1), strings.Replace(me, `{`, `{"role": "owner", `, 1), asJSON...).problem(t, http.StatusUnprocessableEntity)
	var m memberJSON
	olu.ask("PUT", "/v1/members/"+l.mbr(1), me, asJSON...).into(t, http.StatusOK, &m)
	if m.Zone != "Africa/Lagos" {
		t.Errorf("%+v", m)
	}
	maja.ask("DELETE", "/v1/members/"+l.mbr(1), "").gone(t)
	if n := l.count(`select count(*) from sessions where member_id = $1`, l.partner.Members[1].ID); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
	if a := olu.ask("GET", "/v1/session", ""); a.status != http.StatusUnauthorized {
		t.Errorf("%d %s", a.status, a.raw)
	}
	maja.ask("DELETE", "/v1/members/"+l.mbr(0), "").problem(t, http.StatusConflict)
	if l.count(`select count(*) from members where id = $1 and removed_at is null`, l.partner.Members[0].ID) != 1 {
		t.Errorf("%s is gone", tradepost.FormatID("mbr", l.partner.Members[0].ID))
	}
}
