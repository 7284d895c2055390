package web_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/web"
)

type webhookJSON struct {
	ID, Partner, URL, Secret string
	Events                   []string
	Enabled                  bool
	Pending, Dead            int
	OldUntil                 string `json:"old_secret_until"`
}

type deliveriesJSON struct {
	Items []struct {
		Event, Type, Payload, State string
		DueAt                       string `json:"due_at"`
	}
	Next string
}

func TestWebhooks(t *testing.T) {
	s := newSite(t, nil)
	var w, same webhookJSON
	a := s.do("POST", "/v1/webhooks", map[string]any{"url": "https://market.example/hook", "events": []string{"message.created", "conversation.opened"}})
	a.into(t, http.StatusCreated, &w)
	path := "/v1/webhooks/" + w.ID
	if _, err := tradepost.ParseWebhookSecret(w.Secret); err != nil || w.Partner != "" || !w.Enabled || a.header.Get("Location") != path {
		t.Errorf("%v %s", err, a.raw)
	}
	for _, again := range []string{path, "/v1/webhooks"} {
		if a := s.do("GET", again, nil); a.status != http.StatusOK || strings.Contains(string(a.raw), w.Secret[8:20]) || !strings.Contains(string(a.raw), w.ID) {
			t.Errorf("%s: %s", again, a.raw)
		}
	}
	for range 2 {
		s.open(s.opening())
	}
	s.do("GET", path, nil).into(t, http.StatusOK, &same)
	if same.Pending != 4 || same.Dead != 0 {
		t.Errorf("%+v", same)
	}

	// Pages of one, the newest first.
	var seen []string
	for next := path + "/deliveries?limit=1&state=pending"; next != ""; {
		var page deliveriesJSON
		a := s.do("GET", next, nil)
		a.into(t, http.StatusOK, &page)
		if len(page.Items) != 1 || page.Items[0].State != "pending" || page.Items[0].DueAt == "" || !strings.Contains(page.Items[0].Payload, `"conversation":"con_`) &&
			!strings.Contains(page.Items[0].Payload, `"conversation": "con_`) {
			t.Fatalf("%s", a.raw)
		}
		seen = append(seen, page.Items[0].Event+" "+page.Items[0].Type)
		link, _, _ := strings.Cut(strings.TrimPrefix(a.header.Get("Link"), "<"), ">")
		if (page.Next == "") != (link == "") {
			t.Errorf("next %q, Link %q", page.Next, link)
		}
		next = link
	}
	if got := strings.Join(seen, ", "); got != "evt_4 message.created, evt_3 conversation.opened, evt_2 message.created, evt_1 conversation.opened" {
		t.Error(got)
	}

	s.exec(`update webhook_deliveries set state = 'dead' where event_id < 3`)
	var replayed struct{ Replayed int }
	s.do("POST", path+"/replays", map[string]any{"dead": true}).into(t, http.StatusOK, &replayed)
	if replayed.Replayed != 2 || s.count(`select count(*) from webhook_deliveries where state = 'pending'`) != 4 {
		t.Errorf("%+v", replayed)
	}
	s.exec(`update webhook_deliveries set state = 'delivered'`)
	s.do("POST", path+"/replays", map[string]any{"event": "evt_2"}).into(t, http.StatusOK, &replayed)
	if replayed.Replayed != 1 || s.count(`select event_id from webhook_deliveries where state = 'pending'`) != 2 {
		t.Errorf("%+v", replayed)
	}

	var rotated webhookJSON
	s.do("POST", path+"/secret", map[string]any{}).into(t, http.StatusCreated, &rotated)
	if rotated.Secret == w.Secret || rotated.OldUntil == "" {
		t.Errorf("%+v", rotated)
	}
	s.do("PUT", path, map[string]any{"url": "https://market.example/other", "enabled": false}).into(t, http.StatusOK, &same)
	if same.Enabled || same.URL != "https://market.example/other" || len(same.Events) != 0 {
		t.Errorf("%+v", same)
	}
	if a := s.do("DELETE", path, nil); a.status != http.StatusNoContent {
		t.Errorf("%d %s", a.status, a.raw)
	}
	for _, gone := range []string{path, path + "/deliveries", "/v1/webhooks/whk_0", "/v1/webhooks/par_1"} {
		s.do("GET", gone, nil).problem(t, http.StatusNotFound)
	}
	s.do("DELETE", path, nil).problem(t, http.StatusNotFound)
	s.do("POST", path+"/secret", map[string]any{}).problem(t, http.StatusNotFound)
	s.do("POST", path+"/replays", map[string]any{"dead": true}).problem(t, http.StatusNotFound)
	s.do("PUT", path, map[string]any{"url": "https://market.example/", "enabled": true}).problem(t, http.StatusNotFound)
}

func TestFaultsOfWebhooksAreNamed(t *testing.T) {
	s := newSite(t, nil)
	var w webhookJSON
	s.do("POST", "/v1/webhooks", map[string]any{"url": "https://market.example/hook"}).into(t, http.StatusCreated, &w)
	path := "/v1/webhooks/" + w.ID
	for _, c := range []struct {
		method, path string
		body         map[string]any
		at           []string
	}{
		{"POST", "/v1/webhooks", map[string]any{}, []string{"body.url"}},
		{"POST", "/v1/webhooks", map[string]any{"url": "http://market.example/", "events": []string{"message.created", "x"}}, []string{"body.url", "body.events[1]"}},
		{"POST", "/v1/webhooks", map[string]any{"url": "https://[::ffff:10.0.0.1]/"}, []string{"body.url"}},
		{"POST", "/v1/webhooks", map[string]any{"url": "https://market.example/", "partner": "par_99"}, []string{"body.partner"}},
		{"POST", "/v1/webhooks", map[string]any{"url": "https://market.example/", "secret": "mine"}, []string{"body.secret"}},
		{"PUT", path, map[string]any{"url": "https://127.0.0.1/"}, []string{"body.url", "body.enabled"}},
		{"POST", path + "/secret", map[string]any{"keep_hours": 169}, []string{"body.keep_hours"}},
		{"POST", path + "/replays", map[string]any{}, []string{"body.event"}},
		{"POST", path + "/replays", map[string]any{"event": "evt_1", "dead": true}, []string{"body.event"}},
		{"POST", path + "/replays", map[string]any{"event": "evt_99"}, []string{"body.event"}},
		{"GET", path + "/deliveries?state=lost&limit=0&cursor=x", nil, []string{"query.state", "query.limit", "query.cursor"}},
	} {
		var body any
		if c.body != nil {
			body = c.body
		}
		got := s.do(c.method, c.path, body).problem(t, http.StatusUnprocessableEntity)
		if len(got) != len(c.at) {
			t.Errorf("%s %s: %v, want %v", c.path, c.body, got, c.at)
		}
		for _, at := range c.at {
			if got[at] == "" {
				t.Errorf("%s %v: no fault at %s: %v", c.path, c.body, at, got)
			}
		}
	}
}

// TestPartnersHaveWebhooksOfTheirOwn, and see no others.
func TestPartnersHaveWebhooksOfTheirOwn(t *testing.T) {
	s := newSite(t, func(o *web.Options) {
		o.Webhooks.AllowNetworks = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	})
	own := s.newKey(store.APIKey{PartnerID: s.partner.ID})
	reader := s.newKey(store.APIKey{PartnerID: s.partner.ID, ReadOnly: true})
	var platform, mine webhookJSON
	s.do("POST", "/v1/webhooks", map[string]any{"url": "https://market.example/"}).into(t, http.StatusCreated, &platform)
	s.do("POST", "/v1/webhooks", map[string]any{"url": "https://lind.example/"}, "Authorization", own).into(t, http.StatusCreated, &mine)
	if mine.Partner != s.par() {
		t.Errorf("%+v", mine)
	}
	s.do("POST", "/v1/webhooks", map[string]any{"url": "https://lind.example/", "partner": tradepost.FormatID("par", s.unpublished.ID)}, "Authorization", own).
		problem(t, http.StatusUnprocessableEntity)
	s.do("POST", "/v1/webhooks", map[string]any{"url": "https://lind.example/"}, "Authorization", reader).problem(t, http.StatusForbidden)
	inside := map[string]any{"url": "https://10.1.2.3/", "enabled": true}
	s.do("PUT", "/v1/webhooks/"+mine.ID, inside).problem(t, http.StatusUnprocessableEntity) // what is open is the platform's
	s.do("PUT", "/v1/webhooks/"+platform.ID, inside).into(t, http.StatusOK, nil)
	for _, path := range []string{"", "/deliveries"} {
		s.do("GET", "/v1/webhooks/"+platform.ID+path, nil, "Authorization", own).problem(t, http.StatusNotFound)
		s.do("GET", "/v1/webhooks/"+mine.ID+path, nil, "Authorization", own).into(t, http.StatusOK, nil)
	}
	s.do("DELETE", "/v1/webhooks/"+platform.ID, nil, "Authorization", own).problem(t, http.StatusNotFound)
	for bearer, want := range map[string]int{own: 1, reader: 1, "Bearer " + key: 2} {
		var list struct{ Items []webhookJSON }
		s.do("GET", "/v1/webhooks", nil, "Authorization", bearer).into(t, http.StatusOK, &list)
		if len(list.Items) != want {
			t.Errorf("%+v, want %d", list, want)
		}
	}
	s.open(s.opening())
	if n := s.count(`select count(*) from webhook_deliveries`); n != 4 {
		t.Errorf("%d deliveries, want two for each", n)
	}
}

// TestPublicReadsAreNotOfKeys: what is the platform's, and what takes a key, is
// nobody's without one.
func TestPublicReadsAreNotOfKeys(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.PublicReads = true })
	var w webhookJSON
	s.do("POST", "/v1/webhooks", map[string]any{"url": "https://market.example/"}).into(t, http.StatusCreated, &w)
	for _, path := range []string{"/v1/keys", "/v1/webhooks", "/v1/webhooks/" + w.ID, "/v1/webhooks/" + w.ID + "/deliveries"} {
		for _, method := range []string{"GET", "HEAD"} {
			if a := s.do(method, path, nil, "Authorization", ""); a.status != http.StatusUnauthorized && a.status != http.StatusMethodNotAllowed ||
				a.status == http.StatusUnauthorized && a.header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s %s without a key: %d %s", method, path, a.status, a.raw)
			}
		}
		s.do("GET", path, nil).into(t, http.StatusOK, nil)
	}
	s.do("GET", "/v1/partners", nil, "Authorization", "").into(t, http.StatusOK, nil)
}
