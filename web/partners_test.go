package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// partnerJSON is a partner in an answer.
type partnerJSON struct {
	ID, Name, Access string
	ExternalID       string `json:"external_id"`
	DefaultCode      string `json:"default_code"`
	RawDays          *int   `json:"raw_retention_days"`
	Published        bool
	Services         []struct {
		ID, Name  string
		Languages []string
	}
	Members []memberJSON
}

type memberJSON struct {
	ID, Name, Email, Role, Locale, Zone string
	Addresses                           []string
}

type partnersPage struct {
	Items []partnerJSON
	Next  string
}

// gone checks that something was deleted.
func (a answer) gone(t *testing.T) {
	t.Helper()
	if a.status != http.StatusNoContent {
		t.Fatalf("%d %s", a.status, a.raw)
	}
}

// TestPartnersByAPI makes a partner until it can be contacted, and goes back.
func TestPartnersByAPI(t *testing.T) {
	s := newSite(t, nil)
	var p, again partnerJSON
	body := map[string]any{"external_id": "p-7", "name": "Zürich Works", "default_code": "GOLD"}
	made := s.do("POST", "/v1/partners", body, "Idempotency-Key", "one")
	made.into(t, http.StatusCreated, &p)
	s.do("POST", "/v1/partners", body, "Idempotency-Key", "one").into(t, http.StatusCreated, &again)
	if p.ID != again.ID || p.Published || p.Access != "open" || made.header.Get("ETag") != `"v1"` || made.header.Get("Location") != "/v1/partners/"+p.ID {
		t.Fatalf("%+v %+v %v", p, again, made.header)
	}
	if at := s.do("POST", "/v1/partners", body).problem(t, http.StatusUnprocessableEntity); at["body.external_id"] == "" {
		t.Errorf("the same id twice: %v", at)
	}
	at := s.do("POST", "/v1/partners", map[string]any{"access": "secret", "default_code": "a b", "raw_retention_days": -1}).problem(t, http.StatusUnprocessableEntity)
	for _, field := range []string{"name", "access", "default_code", "raw_retention_days"} {
		if at["body."+field] == "" {
			t.Errorf("%s isn't blamed: %v", field, at)
		}
	}
	contact := func() answer {
		o := s.opening()
		o["partner"], o["service"] = p.ID, "Audit"
		return s.do("POST", "/v1/conversations", o)
	}
	contact().problem(t, http.StatusConflict)
	var service struct{ ID string }
	s.do("POST", "/v1/partners/"+p.ID+"/services", map[string]any{"name": "Audit", "languages": []string{"de", "fr"}}).into(t, http.StatusCreated, &service)
	if at := s.do("POST", "/v1/partners/"+p.ID+"/services", map[string]any{"name": "Audit"}).problem(t, http.StatusUnprocessableEntity); at["body.name"] == "" {
		t.Error(at)
	}
	contact().problem(t, http.StatusConflict)
	body["published"], body["access"], body["raw_retention_days"] = true, "restricted", 30
	changed := s.do("PUT", "/v1/partners/"+p.ID, body)
	changed.into(t, http.StatusOK, &p)
	if !p.Published || p.Access != "restricted" || p.RawDays == nil || *p.RawDays != 30 || changed.header.Get("ETag") != `"v2"` || len(p.Services) != 1 {
		t.Fatalf("%+v %v", p, changed.header)
	}
	if tag := s.do("PUT", "/v1/partners/"+p.ID, body).header.Get("ETag"); tag != `"v2"` {
		t.Errorf("the same again is version %s", tag)
	}
	contact().problem(t, http.StatusConflict) // they aren't qualified
	body["access"] = "open"
	s.do("PUT", "/v1/partners/"+p.ID, body).into(t, http.StatusOK, nil)
	var opened struct{ ID string }
	contact().into(t, http.StatusCreated, &opened)

	s.do("PUT", "/v1/services/"+service.ID, map[string]any{"name": "Full audit"}).into(t, http.StatusOK, nil)
	s.do("DELETE", "/v1/services/"+service.ID, nil).gone(t)
	s.do("GET", "/v1/services/"+service.ID, nil).problem(t, http.StatusNotFound)
	s.do("DELETE", "/v1/services/"+service.ID, nil).problem(t, http.StatusNotFound)
	contact().problem(t, http.StatusConflict)
	if c := s.get(opened.ID); c.Service != "Full audit" {
		t.Errorf("the conversation's service is %q", c.Service)
	}
	// The name is free again.
	s.do("POST", "/v1/partners/"+p.ID+"/services", map[string]any{"name": "Full audit"}).into(t, http.StatusCreated, nil)
	s.do("GET", "/v1/partners/par_999", nil).problem(t, http.StatusNotFound)
	s.do("PUT", "/v1/partners/par_999", body).problem(t, http.StatusNotFound)
}

func TestListPartners(t *testing.T) {
	s := newSite(t, nil)
	for i := range 5 {
		p := store.Partner{Name: fmt.Sprintf("Ödegård %d", i), Published: i%2 == 0, ExternalID: fmt.Sprint("x-", i)}
		if i < 4 {
			p.Services = []store.Service{{Name: "Theme design", Languages: []string{"sv"}}}
		}
		if _, err := s.store.AddPartner(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	list := func(query string) (names []string) {
		t.Helper()
		for query = "/v1/partners?" + query; query != ""; {
			var page partnersPage
			a := s.do("GET", query, nil)
			a.into(t, http.StatusOK, &page)
			for _, p := range page.Items {
				names = append(names, strings.TrimPrefix(p.Name, "Ödegård "))
			}
			query = ""
			if link := a.header.Get("Link"); link != "" {
				query = strings.TrimSuffix(strings.TrimPrefix(link, "<"), `>; rel="next"`)
			}
			if (page.Next == "") != (query == "") {
				t.Fatalf("next %q, link %q", page.Next, query)
			}
		}
		return names
	}
	for query, want := range map[string]string{
		"limit=2":                                    "Studio Lind, Draft Works, 0, 1, 2, 3, 4",
		"q=odegard&limit=1":                          "0, 1, 2, 3, 4",
		"q=odegard&published=true":                   "0, 2, 4",
		"published=false":                            "Draft Works, 1, 3",
		"contactable=true":                           "Studio Lind, 0, 2",
		"contactable=true&service=theme+DESIGN":      "Studio Lind, 0, 2",
		"service=Theme+design&language=de":           "Studio Lind",
		"service=Theme+design&language=sv&q=odegard": "0, 1, 2, 3",
		"language=sv&published=true":                 "Studio Lind, 0, 2",
		"external_id=x-3":                            "3",
		"q=%25%25%25":                                "",
	} {
		if got := strings.Join(list(query), ", "); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	for _, query := range []string{"q=ab", "published=yes", "language=Swedish", "cursor=x", "limit=0", "service=a%00b"} {
		s.do("GET", "/v1/partners?"+query, nil).problem(t, http.StatusUnprocessableEntity)
	}
}

// TestWhatATeamMayChange: a partner's key changes what is the team's, and nothing of
// what merchants and the platform go by.
func TestWhatATeamMayChange(t *testing.T) {
	s := newSite(t, nil)
	own := s.newKey(store.APIKey{PartnerID: s.partner.ID})
	path := "/v1/partners/" + s.par()
	as := func(method, path string, body any) answer { return s.do(method, path, body, "Authorization", own) }
	var p partnerJSON
	as("PUT", path, map[string]any{"name": "Studio Lind", "published": true, "default_code": "GOLD", "access": "restricted"}).into(t, http.StatusOK, &p)
	if p.DefaultCode != "GOLD" || p.Access != "restricted" {
		t.Errorf("%+v", p)
	}
	at := as("PUT", path, map[string]any{"name": "The Platform", "external_id": "x", "raw_retention_days": 0}).problem(t, http.StatusUnprocessableEntity)
	for _, field := range []string{"name", "external_id", "published", "raw_retention_days"} {
		if at["body."+field] == "" {
			t.Errorf("%s isn't blamed: %v", field, at)
		}
	}
	as("POST", "/v1/partners", map[string]any{"name": "x"}).problem(t, http.StatusForbidden)
	as("POST", path+"/services", map[string]any{"name": "x"}).problem(t, http.StatusForbidden)
	as("PUT", "/v1/services/"+tradepost.FormatID("svc", s.partner.Services[0].ID), map[string]any{"name": "x"}).problem(t, http.StatusForbidden)
	as("POST", "/v1/members/"+s.mbr(0)+"/addresses", map[string]any{"address": "ceo@rival.example"}).problem(t, http.StatusForbidden)
	at = as("PUT", "/v1/members/"+s.mbr(0), map[string]any{"name": "Maja", "email": "ceo@rival.example"}).problem(t, http.StatusUnprocessableEntity)
	if at["body.email"] == "" {
		t.Error(at)
	}
	var m memberJSON
	as("POST", path+"/members", map[string]any{"name": "Ida", "email": "ida@lind.example", "role": "owner"}).into(t, http.StatusCreated, &m)
	as("PUT", "/v1/members/"+m.ID, map[string]any{"name": "Ida Ek", "email": "ida@lind.example", "role": "owner", "zone": "Europe/Berlin"}).into(t, http.StatusOK, &m)
	if m.Zone != "Europe/Berlin" || m.Name != "Ida Ek" {
		t.Errorf("%+v", m)
	}
}
