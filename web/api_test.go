package web_test

import (
	"encoding/base64"
	"mime"
	"net/http"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost/web"
)

func TestContract(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.BaseURL = "http://127.0.0.1:8080/" })
	var partners struct {
		Items []struct {
			ID, Name  string
			Published bool
			Services  []struct{ ID, Name string }
			Members   []struct{ ID, Name, Email string }
		}
	}
	s.do("GET", "/v1/partners", nil).into(t, http.StatusOK, &partners)
	if len(partners.Items) != 2 || !partners.Items[0].Published || len(partners.Items[0].Services) != 2 || partners.Items[0].Members[1].Email != "olu@lind.example" {
		t.Fatalf("partners: %+v", partners)
	}

	body := s.opening()
	body["service"] = partners.Items[0].Services[1].ID
	body["attachments"] = []any{map[string]any{
		"filename": "価格表 \"2026\".pdf", "content_type": "application/pdf", "content_base64": base64.StdEncoding.EncodeToString([]byte("%PDF")),
	}}
	first := s.do("POST", "/v1/conversations", body)
	var opened struct {
		ID, Partner, Kind, Service, Message string
		Merchant                            map[string]string
	}
	first.into(t, http.StatusCreated, &opened)
	if opened.Partner != s.par() || opened.Service != "Theme design" || opened.Message == "" || first.header.Get("Location") != "/v1/conversations/"+opened.ID {
		t.Errorf("opened: %s %v", first.raw, first.header)
	}

	var second struct{ ID string }
	s.do("POST", "/v1/conversations/"+opened.ID+"/messages", map[string]any{"from": s.mbr(0), "body": "Gladly.\r\n"}).into(t, http.StatusCreated, &second)
	s.do("POST", "/v1/conversations/"+opened.ID+"/messages", map[string]any{"from": "merchant", "body": "When?"}).into(t, http.StatusCreated, nil)

	c := s.get(opened.ID)
	if len(c.Messages) != 3 || c.Messages[0].ID != opened.Message || c.Messages[1].ID != second.ID {
		t.Fatalf("messages: %+v", c.Messages)
	}
	if a := c.Messages[0].Author; a.Role != "merchant" || a.Name != "Nadia Rahman" || c.Messages[0].Via != "api" {
		t.Errorf("first message: %+v", c.Messages[0])
	}
	if a := c.Messages[1].Author; a.Role != "member" || a.Name != "Maja Lind" || a.ID != s.mbr(0) || c.Messages[1].Body != "Gladly." {
		t.Errorf("second message: %+v", c.Messages[1])
	}
	if c.Merchant["email"] != "nadia@atelier.example" || c.Merchant["store_url"] != "https://atelier.example" {
		t.Errorf("merchant: %v", c.Merchant)
	}
	raw := string(s.do("GET", "/v1/conversations/"+opened.ID, nil).raw)
	if _, messages, _ := strings.Cut(raw, `"messages"`); strings.Contains(messages, "@") {
		t.Errorf("an address in the messages: %s", messages)
	}

	file := c.Messages[0].Files[0]
	path, ok := strings.CutPrefix(file.URL, "http://127.0.0.1:8080")
	if !ok || file.Size != 4 || file.ContentType != "application/pdf" {
		t.Fatalf("file: %+v", file)
	}
	got := s.do("GET", path, nil)
	_, params, err := mime.ParseMediaType(got.header.Get("Content-Disposition"))
	if err != nil || params["filename"] != `価格表 "2026".pdf` || string(got.raw) != "%PDF" {
		t.Errorf("download: %v %v %s", err, got.header, got.raw)
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Content-Type": "application/pdf", "Content-Length": "4"} {
		if got.header.Get(name) != want {
			t.Errorf("%s: %q", name, got.header.Get(name))
		}
	}
	if !strings.HasPrefix(got.header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("policy: %q", got.header.Get("Content-Security-Policy"))
	}

	unread := func(member string) int {
		var list struct{ Items []struct{ ID string } }
		s.do("GET", "/v1/conversations?partner="+s.par()+"&unread_by="+member, nil).into(t, http.StatusOK, &list)
		return len(list.Items)
	}
	if unread(s.mbr(0)) != 1 || unread(s.mbr(1)) != 1 {
		t.Error("the merchant's last message is not unread")
	}
	read := s.do("POST", "/v1/conversations/"+opened.ID+"/read", map[string]any{"member": s.mbr(1), "through": c.Messages[2].ID})
	if read.status != http.StatusNoContent || len(read.raw) != 0 {
		t.Errorf("read: %d %s", read.status, read.raw)
	}
	if unread(s.mbr(0)) != 1 || unread(s.mbr(1)) != 0 {
		t.Error("reading did not show for the reader alone")
	}

	mark := "/v1/conversations/" + opened.ID + "/messages/" + second.ID + "/mark"
	if a := s.do("PUT", mark, map[string]any{"member": s.mbr(0), "emoji": "👍🏽"}); a.status != http.StatusNoContent {
		t.Errorf("mark: %d %s", a.status, a.raw)
	}
	if got := s.get(opened.ID).Messages[1].Mark; got != "👍🏽" {
		t.Errorf("mark: %q", got)
	}
	for _, unmark := range []answer{s.do("DELETE", mark+"?member="+s.mbr(1), nil), s.do("DELETE", mark, map[string]any{"member": s.mbr(1)})} {
		if unmark.status != http.StatusNoContent {
			t.Errorf("unmark: %d %s", unmark.status, unmark.raw)
		}
	}
	if got := s.get(opened.ID).Messages[1].Mark; got != "" {
		t.Errorf("still marked: %q", got)
	}
}

func TestKeys(t *testing.T) {
	s := newSite(t, nil)
	id := s.open(s.opening())
	for _, path := range []string{"/v1/partners", "/v1/conversations", "/v1/conversations/" + id, "/v1/attachments/att_1"} {
		for _, given := range []string{"", "Bearer wrong", "Basic dGVzdDp0ZXN0", "Bearer", "bearer  "} {
			a := s.do("GET", path, nil, "Authorization", given)
			a.problem(t, http.StatusUnauthorized)
			if !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer") {
				t.Errorf("%s with %q: WWW-Authenticate %q", path, given, a.header.Get("WWW-Authenticate"))
			}
		}
	}
	s.do("POST", "/v1/conversations", s.opening(), "Authorization", "").problem(t, http.StatusUnauthorized)
	s.do("GET", "/v1/partners", nil, "Authorization", "bearer "+key).into(t, http.StatusOK, nil)
	s.exec("update api_keys set revoked_at = now()")
	s.do("GET", "/v1/partners", nil).problem(t, http.StatusUnauthorized)
	if _, err := s.store.AddAPIKey(t.Context(), "again", key); err != nil {
		t.Fatal(err)
	}
	s.do("GET", "/v1/partners", nil).problem(t, http.StatusUnauthorized)
}

func TestPublicReads(t *testing.T) {
	s := newSite(t, func(o *web.Options) { o.PublicReads = true })
	id := s.open(s.opening())
	var c conversationJSON
	s.do("GET", "/v1/conversations/"+id, nil, "Authorization", "").into(t, http.StatusOK, &c)
	if c.Merchant["name"] != "Nadia Rahman" || c.Merchant["email"] != "" {
		t.Errorf("merchant without a key: %v", c.Merchant)
	}
	s.do("GET", "/v1/conversations/"+id, nil, "Authorization", "Bearer wrong").problem(t, http.StatusUnauthorized)
	s.do("POST", "/v1/conversations", s.opening(), "Authorization", "").problem(t, http.StatusUnauthorized)
	s.do("POST", "/v1/conversations/"+id+"/read", `{}`, "Authorization", "").problem(t, http.StatusUnauthorized)

	req, _ := http.NewRequest(http.MethodGet, s.URL+"/v1/partners", http.NoBody)
	req.Host = "rebound.example"
	s.send(req).problem(t, http.StatusMisdirectedRequest)
	req.Header.Set("Authorization", "Bearer "+key)
	s.send(req).into(t, http.StatusOK, nil)
}

// TestNotThere asks for ids of no row, of another noun and of no shape: 404
// where the path has them, 422 with the place where a body has them.
func TestNotThere(t *testing.T) {
	s := newSite(t, nil)
	id := s.open(s.opening())
	msg := s.get(id).Messages[0].ID
	sam := "mbr_3" // of the other partner
	for _, bad := range []string{"con_999", "par_1", "1", "con_", "con_01", "con_99999999999999999999", "con_-1", "x%00y", "%2e%2e"} {
		s.do("GET", "/v1/conversations/"+bad, nil).problem(t, http.StatusNotFound)
		s.do("POST", "/v1/conversations/"+bad+"/messages", map[string]any{"from": "merchant", "body": "x"}).problem(t, http.StatusNotFound)
		s.do("POST", "/v1/conversations/"+bad+"/messages", map[string]any{"from": s.mbr(0), "body": "x"}).problem(t, http.StatusNotFound)
		s.do("POST", "/v1/conversations/"+bad+"/read", map[string]any{"member": s.mbr(0), "through": msg}).problem(t, http.StatusNotFound)
		s.do("PUT", "/v1/conversations/"+bad+"/messages/"+msg+"/mark", map[string]any{"member": s.mbr(0), "emoji": "✅"}).problem(t, http.StatusNotFound)
	}
	for _, bad := range []string{"att_999", "con_1", "x"} {
		s.do("GET", "/v1/attachments/"+bad, nil).problem(t, http.StatusNotFound)
	}
	for _, c := range []struct {
		method, path string
		body         map[string]any
		at           string
	}{
		{"POST", "/v1/conversations/" + id + "/messages", map[string]any{"from": "mbr_999", "body": "x"}, "body.from"},
		{"POST", "/v1/conversations/" + id + "/messages", map[string]any{"from": sam, "body": "x"}, "body.from"},
		{"POST", "/v1/conversations/" + id + "/messages", map[string]any{"from": "par_1", "body": "x"}, "body.from"},
		{"POST", "/v1/conversations/" + id + "/messages", map[string]any{"body": "x"}, "body.from"},
		{"POST", "/v1/conversations/" + id + "/messages", map[string]any{"from": "merchant"}, "body.body"},
		{"POST", "/v1/conversations/" + id + "/read", map[string]any{"member": s.mbr(0), "through": "msg_999"}, "body.through"},
		{"POST", "/v1/conversations/" + id + "/read", map[string]any{"member": sam, "through": msg}, "body.member"},
		{"POST", "/v1/conversations/" + id + "/read", map[string]any{"through": msg}, "body.member"},
		{"PUT", "/v1/conversations/" + id + "/messages/" + msg + "/mark", map[string]any{"member": sam, "emoji": "✅"}, "body.member"},
		{"PUT", "/v1/conversations/" + id + "/messages/" + msg + "/mark", map[string]any{"member": s.mbr(0), "emoji": "<b>"}, "body.emoji"},
		{"PUT", "/v1/conversations/" + id + "/messages/" + msg + "/mark", map[string]any{"member": s.mbr(0), "emoji": "12"}, "body.emoji"},
		{"PUT", "/v1/conversations/" + id + "/messages/" + msg + "/mark", map[string]any{"member": s.mbr(0)}, "body.emoji"},
	} {
		if at := s.do(c.method, c.path, c.body).problem(t, http.StatusUnprocessableEntity); at[c.at] == "" || len(at) != 1 {
			t.Errorf("%s %s %v: %v, want %s", c.method, c.path, c.body, at, c.at)
		}
	}
	s.do("PUT", "/v1/conversations/"+id+"/messages/msg_999/mark", map[string]any{"member": s.mbr(0), "emoji": "✅"}).problem(t, http.StatusNotFound)
	for _, q := range []string{"partner=1", "unread_by=par_1", "partner=con_1&unread_by=mbr_1"} {
		s.do("GET", "/v1/conversations?"+q, nil).problem(t, http.StatusUnprocessableEntity)
	}
}

func TestRefused(t *testing.T) {
	s := newSite(t, nil)
	ctx := t.Context()
	body := s.opening()
	body["partner"], body["service"] = "par_2", "Audit"
	s.do("POST", "/v1/conversations", body).problem(t, http.StatusConflict)

	id := s.open(s.opening())
	if err := s.store.RemoveMember(ctx, s.partner.Members[1].ID); err != nil {
		t.Fatal(err)
	}
	s.do("POST", "/v1/conversations/"+id+"/messages", map[string]any{"from": s.mbr(1), "body": "x"}).problem(t, http.StatusConflict)
	if err := s.store.Block(ctx, s.partner.ID, 1, s.partner.Members[0].ID); err != nil {
		t.Fatal(err)
	}
	a := s.do("POST", "/v1/conversations/"+id+"/messages", map[string]any{"from": "merchant", "body": "x"})
	a.problem(t, http.StatusConflict)
	if want := `"detail":"The partner does not take messages from this merchant."`; !strings.Contains(string(a.raw), want) {
		t.Errorf("%s lacks %s", a.raw, want)
	}
}

func TestWrongAddressOrMethod(t *testing.T) {
	s := newSite(t, nil)
	s.do("GET", "/v1/nothing", nil).problem(t, http.StatusNotFound)
	a := s.do("DELETE", "/v1/conversations", nil)
	a.problem(t, http.StatusMethodNotAllowed)
	if a.header.Get("Allow") != "GET, POST" {
		t.Errorf("Allow: %q", a.header.Get("Allow"))
	}
	if a := s.do("GET", "/", nil); a.status != http.StatusNotFound {
		t.Errorf("pages without Options.Pages: %d", a.status)
	}
	for _, path := range []string{"/livez", "/readyz"} {
		if a := s.do("GET", path, nil, "Authorization", ""); a.status != http.StatusOK {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	s.store.Close()
	if a := s.do("GET", "/livez", nil); a.status != http.StatusOK {
		t.Errorf("livez without a database: %d", a.status)
	}
	if a := s.do("GET", "/readyz", nil); a.status != http.StatusServiceUnavailable {
		t.Errorf("readyz without a database: %d", a.status)
	}
	failed := s.do("GET", "/v1/conversations", nil)
	failed.problem(t, http.StatusInternalServerError)
	if !strings.Contains(string(failed.raw), failed.header.Get("X-Request-Id")) || strings.Contains(string(failed.raw), "pool") {
		t.Errorf("%s", failed.raw)
	}
}

func TestLogKeepsSecrets(t *testing.T) {
	s := newSite(t, nil)
	id := s.open(s.opening(), "Idempotency-Key", "very-secret-key")
	s.do("GET", "/v1/conversations/"+id+"?x=query-secret", nil, "X-Request-Id", "proxy-id-12345")
	s.do("POST", "/v1/conversations", "{")
	log := s.log.String()
	for _, secret := range []string{key, "4,200", "nadia", "Nadia", "query-secret", "very-secret-key"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q:\n%s", secret, log)
		}
	}
	for _, want := range []string{`"route":"POST /v1/conversations"`, `"status":201`, `"status":400`, `"request_id":"proxy-id-12345"`, `"api_key_id":1`} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
	}
}
