package web_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

type merchantJSON struct {
	ID, Name, Email, Website, Locale string
	StoreName                        string `json:"store_name"`
	PublicEmail                      string `json:"public_email"`
	ProfileURL                       string `json:"profile_url"`
	ResellerType                     string `json:"reseller_type"`
	LastInvoiceOn                    string `json:"last_invoice_on"`
	OpenOrders                       *int   `json:"open_orders"`
}

func nadia() map[string]any {
	return map[string]any{
		"name": "Nadia Rahman", "email": "nadia@atelier.example", "role": "owner", "store_name": "Atelier Nord", "store_url": "https://atelier.example",
		"public_email": "hello@atelier.example", "locale": "fr", "website": "https://atelier.example/about", "profile_url": "https://market.example/atelier",
		"reseller_type": "boutique", "open_orders": 0, "last_invoice_on": "2026-03-31",
	}
}

// TestMerchantFacts pushes facts, shows them in a conversation, and has a later
// request that doesn't carry them leave them alone.
func TestMerchantFacts(t *testing.T) {
	s := newSite(t, nil)
	var m merchantJSON
	first := s.do("PUT", "/v1/merchants", nadia())
	first.into(t, http.StatusCreated, &m)
	again := s.do("PUT", "/v1/merchants", nadia())
	again.into(t, http.StatusOK, nil)
	if first.header.Get("ETag") != again.header.Get("ETag") || again.header.Get("Location") != "/v1/merchants/"+m.ID {
		t.Errorf("%v %v", first.header, again.header)
	}
	con := s.open(s.opening())
	check := func(who string, keys ...string) {
		t.Helper()
		var c struct{ Merchant merchantJSON }
		a := s.do("GET", "/v1/conversations/"+con, nil, keys...)
		a.into(t, http.StatusOK, &c)
		c.Merchant.ID = m.ID
		g := c.Merchant
		if g.Website != m.Website || g.ProfileURL != m.ProfileURL || g.ResellerType != "boutique" || g.LastInvoiceOn != "2026-03-31" ||
			g.OpenOrders == nil || *g.OpenOrders != 0 || g.PublicEmail != "hello@atelier.example" {
			t.Errorf("%s sees %s", who, a.raw)
		}
		if strings.Contains(string(a.raw), "nadia@atelier.example") != (keys == nil) {
			t.Errorf("%s sees %s", who, a.raw)
		}
	}
	check("the platform")
	check("the partner", "Authorization", s.newKey(store.APIKey{PartnerID: s.partner.ID}))
	s.do("GET", "/v1/merchants/"+m.ID, nil).into(t, http.StatusOK, &m)
	if m.Locale != "fr" {
		t.Errorf("the language is %q after a request without one", m.Locale)
	}
	// PUT is whole: what it leaves out is gone.
	less := nadia()
	delete(less, "open_orders")
	delete(less, "public_email")
	m = merchantJSON{}
	s.do("PUT", "/v1/merchants", less).into(t, http.StatusOK, &m)
	if m.OpenOrders != nil || m.PublicEmail != "" || m.ResellerType != "boutique" {
		t.Errorf("%+v", m)
	}
	var found struct{ Items []merchantJSON }
	s.do("GET", "/v1/merchants?email=NADIA@atelier.example", nil).into(t, http.StatusOK, &found)
	if len(found.Items) != 1 || found.Items[0].ID != m.ID {
		t.Errorf("%+v", found)
	}
	s.do("GET", "/v1/merchants?external_id=nobody", nil).into(t, http.StatusOK, &found)
	if len(found.Items) != 0 {
		t.Errorf("%+v", found)
	}
	s.do("GET", "/v1/merchants", nil).problem(t, http.StatusUnprocessableEntity)
	s.do("GET", "/v1/merchants/mrc_99", nil).problem(t, http.StatusNotFound)
	bad := nadia()
	maps.Copy(bad, map[string]any{"open_orders": -1, "last_invoice_on": "2026-02-30", "website": "javascript:alert(1)", "profile_url": "x", "store_url": ""})
	at := s.do("PUT", "/v1/merchants", bad).problem(t, http.StatusUnprocessableEntity)
	if len(at) != 5 || at["body.last_invoice_on"] == "" {
		t.Errorf("%v", at)
	}
}

// TestOtherQualifications: a team sees how many others have qualified a merchant, and
// the platform who.
func TestOtherQualifications(t *testing.T) {
	s := newSite(t, nil)
	con := s.open(s.opening())
	s.exec(`update partners set published = true`)
	o := s.opening()
	o["partner"], o["service"] = tradepost.FormatID("par", s.unpublished.ID), "Audit"
	other := s.open(o)
	s.do("POST", "/v1/conversations/"+other+"/actions", map[string]any{"action": "qualify", "text": "RIVAL-40%",
		"member": tradepost.FormatID("mbr", s.unpublished.Members[0].ID)}).into(t, http.StatusOK, nil)
	type team struct {
		Elsewhere struct {
			Count    int
			Partners []struct{ ID, Name, Code string }
		} `json:"qualified_elsewhere"`
	}
	var platform, partner team
	s.do("GET", "/v1/conversations/"+con+"/team", nil).into(t, http.StatusOK, &platform)
	if e := platform.Elsewhere; e.Count != 1 || len(e.Partners) != 1 || e.Partners[0].Code != "RIVAL-40%" {
		t.Errorf("%+v", e)
	}
	a := s.do("GET", "/v1/conversations/"+con+"/team", nil, "Authorization", s.newKey(store.APIKey{PartnerID: s.partner.ID}))
	a.into(t, http.StatusOK, &partner)
	if partner.Elsewhere.Count != 1 || strings.Contains(string(a.raw), "RIVAL") || strings.Contains(string(a.raw), "Draft Works") {
		t.Errorf("%s", a.raw)
	}
}
