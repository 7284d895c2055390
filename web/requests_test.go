package web_test

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/tradepost-mail/tradepost/store"
)

func (s *site) wanting() map[string]any {
	return map[string]any{"service": "theme design", "language": "sv", "body": "A theme for spring.", "merchant": s.opening()["merchant"]}
}

// TestRequestGoesToSeveral: a conversation and an open job with each partner, once.
func TestRequestGoesToSeveral(t *testing.T) {
	s := newSite(t, nil)
	for _, name := range []string{"Two", "Three", "Four"} {
		p := store.Partner{Name: name, Published: true, Services: []store.Service{{Name: "Theme design", Languages: []string{"sv"}}}}
		if name == "Four" {
			p.Services[0].Languages = []string{"de"}
		}
		if _, err := s.store.AddPartner(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	var r struct {
		ID, Merchant string
		Leads        []struct{ Partner, Name, Conversation, Message string }
	}
	first := s.do("POST", "/v1/requests", s.wanting(), "Idempotency-Key", "k")
	first.into(t, http.StatusCreated, &r)
	again := s.do("POST", "/v1/requests", s.wanting(), "Idempotency-Key", "k")
	if again.status != http.StatusCreated || !bytes.Equal(first.raw, again.raw) || first.header.Get("Location") != "/v1/requests/"+r.ID {
		t.Errorf("%s\n%s", first.raw, again.raw)
	}
	if len(r.Leads) != 3 || r.Leads[0].Name != "Two" || r.Leads[1].Name != "Three" || r.Leads[2].Name != "Studio Lind" {
		t.Fatalf("who names the language comes first: %+v", r.Leads)
	}
	for _, l := range r.Leads {
		c, w := s.get(l.Conversation), s.work(l.Conversation)
		if c.Kind != "opportunity" || c.Service != "Theme design" || c.Messages[0].ID != l.Message || len(w.Jobs) != 1 || w.Jobs[0].State != "open" {
			t.Errorf("%+v %+v", c, w)
		}
	}
	if n := s.count(`select count(*) from first_contacts`); n != 3 {
		t.Errorf("%d first contacts", n)
	}
	s.do("GET", "/v1/requests/"+r.ID, nil).into(t, http.StatusOK, nil)
	s.do("GET", "/v1/requests/req_99", nil).problem(t, http.StatusNotFound)

	before := s.snapshot()
	for field, v := range map[string]any{"service": "Gardening", "language": "fi"} {
		w := s.wanting()
		w["merchant"].(map[string]any)["email"] = "new@shop.example"
		if w[field] = v; field == "language" {
			w["service"] = "Theme design"
			s.exec(`update services set languages = '{sv}' where name = 'Theme design' and languages = '{}'`)
			before = s.snapshot()
		}
		s.do("POST", "/v1/requests", w, "Idempotency-Key", field).problem(t, http.StatusConflict)
	}
	at := s.do("POST", "/v1/requests", map[string]any{"language": "Swedish", "merchant": map[string]any{}}).problem(t, http.StatusUnprocessableEntity)
	for _, field := range []string{"service", "language", "body", "merchant.name", "merchant.email"} {
		if at["body."+field] == "" {
			t.Errorf("%s isn't blamed: %v", field, at)
		}
	}
	if s.snapshot() != before {
		t.Error("a refused request left something")
	}
}
