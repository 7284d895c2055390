package demo_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/demo"
	"github.com/tradepost-mail/tradepost/embedded"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/store/storetest"
)

// newDemo is a seeded store and all pages of the demo.
func newDemo(t *testing.T) (*store.Store, *httptest.Server) {
	t.Helper()
	st := storetest.New(t)
	if err := demo.Seed(t.Context(), st); err != nil {
		t.Fatal(err)
	}
	mail, err := embedded.StartMail(embedded.MailOptions{})
	if err != nil {
		t.Fatal(err)
	}
	h, err := demo.New(demo.Options{Store: st, Mail: mail, Log: slog.New(slog.DiscardHandler), BaseURL: "http://127.0.0.1:8080", APIKey: "demo"})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(h)
	t.Cleanup(func() {
		if err := mail.Close(); err != nil {
			t.Error(err)
		}
		web.Close()
	})
	return st, web
}

func fetch(t *testing.T, web *httptest.Server, path string, form url.Values, status int) string {
	t.Helper()
	var res *http.Response
	var err error
	if form != nil {
		res, err = web.Client().PostForm(web.URL+path, form)
	} else {
		res, err = web.Client().Get(web.URL + path)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != status {
		t.Fatalf("%s: status %d, want %d\n%s", path, res.StatusCode, status, body)
	}
	return html.UnescapeString(string(body))
}

func TestStartOffersPublishedPartners(t *testing.T) {
	_, web := newDemo(t)
	page := fetch(t, web, "/demo", nil, http.StatusOK)
	for _, p := range demo.Sample() {
		for _, s := range p.Services {
			if strings.Contains(page, p.Name+"\u2069: \u2068"+s.Name+"\u2069<") != p.Published {
				t.Errorf("service %s of %s (published: %v) is offered wrongly", s.Name, p.Name, p.Published)
			}
		}
	}
	for _, want := range []string{`href="/mail/"`, `href="/"`, "curl http://127.0.0.1:8080/v1/conversations", "Authorization: Bearer demo", `"partner": "par_1"`, `"service": "svc_1"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	fetch(t, web, "/demo/demo.css", nil, http.StatusOK)
	fetch(t, web, "/mail/", nil, http.StatusOK)
	fetch(t, web, "/demo?opened=con_999", nil, http.StatusOK)
}

func TestWriteAsMerchant(t *testing.T) {
	st, web := newDemo(t)
	partners, err := st.Partners(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first := partners[0]
	service := tradepost.FormatID("par", first.ID) + ":" + tradepost.FormatID("svc", first.Services[1].ID)
	page := fetch(t, web, "/demo", url.Values{"merchant": {"2"}, "service": {service}, "body": {"नमस्ते\r\n\r\nRad två\r\n"}}, http.StatusOK)
	list, err := st.Conversations(t.Context(), store.Filter{PartnerID: first.ID})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || list[0].Service != first.Services[1].Name || list[0].Merchant.Email != demo.Merchants()[2].Email {
		t.Fatalf("conversations: %+v", list)
	}
	id := tradepost.FormatID("con", list[0].ID)
	for _, want := range []string{
		`href="/mail/maja@studio-lind.example"`, `href="/mail/oskar@studio-lind.example"`, `href="/mail/` + demo.Merchants()[2].Email + `"`,
		`href="/conversations/` + id + `?as=merchant"`, `href="/conversations/` + id + `?as=` + tradepost.FormatID("mbr", first.Members[0].ID) + `"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	_, messages, err := st.Conversation(t.Context(), list[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(messages) != 1 || messages[0].Body != "नमस्ते\n\nRad två" {
		t.Errorf("messages: %+v", messages)
	}
}

func TestWriteWrongly(t *testing.T) {
	st, web := newDemo(t)
	for name, c := range map[string]struct{ merchant, service, body, want string }{
		"no merchant":    {"9", "par_1:svc_1", "Hi", "Choose who writes."},
		"no partner":     {"0", "", "Hi", "Choose a partner's service."},
		"not published":  {"0", "par_4:svc_8", "Hi", "isn't published"},
		"other's":        {"0", "par_1:svc_8", "Hi", "not the id or the name"},
		"empty":          {"0", "par_1:svc_1", " \r\n", "is empty"},
		"control":        {"0", "par_1:svc_1", "a\x00b", "control character"},
		"unknown number": {"0", "par_99:svc_1", "Hi", "no such partner"},
	} {
		page := fetch(t, web, "/demo", url.Values{"merchant": {c.merchant}, "service": {c.service}, "body": {c.body}}, http.StatusUnprocessableEntity)
		if !strings.Contains(page, c.want) {
			t.Errorf("%s: the page doesn't say %q", name, c.want)
		}
	}
	list, err := st.Conversations(t.Context(), store.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 {
		t.Errorf("%d conversations, want that of the seed only", len(list))
	}
}
