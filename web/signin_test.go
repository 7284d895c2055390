package web_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// browser is one with its cookies.
type browser struct {
	*linkSite
	client http.Client
}

func (l *linkSite) browser() *browser {
	l.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		l.t.Fatal(err)
	}
	return &browser{l, http.Client{Jar: jar}}
}

func (b *browser) ask(method, path, body string, headers ...string) answer {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.URL+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	req.Header.Set("User-Agent", "Firefox\xff on\t Linux")
	for _, c := range b.client.Jar.Cookies(req.URL) {
		req.AddCookie(c)
	}
	a := b.send(req)
	b.client.Jar.SetCookies(req.URL, (&http.Response{Header: a.header}).Cookies())
	return a
}

// post asks for a link to an address.
func (b *browser) post(address string) answer {
	b.t.Helper()
	return b.ask("POST", "/sign-in", url.Values{"address": {address}}.Encode())
}

// mailed is the page that the newest link leads to.
func (l *linkSite) mailed() string {
	l.t.Helper()
	id := l.count(`select coalesce(max(sign_in_id), 0) from notifications where kind = 'answer' and reason = 'sign_in'`)
	token, err := l.tokens.ActionToken(tradepost.Action{Verb: tradepost.SignIn, Role: tradepost.AuthorMember,
		Person: l.partner.Members[0].ID, Subject: int64(id), Expires: time.Now().Add(16 * time.Minute)})
	if err != nil {
		l.t.Fatal(err)
	}
	return tradepost.SignInPath + token
}

func TestSignIn(t *testing.T) {
	l := newLinkSite(t)
	b := l.browser()
	if a := b.ask("GET", "/sign-in", "", "Accept-Language", "sv"); a.status != http.StatusOK || !strings.Contains(string(a.raw), "Logga in på Nordmarkt") {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	if a := b.post(" Maja@LIND.example"); a.status != http.StatusOK || !strings.Contains(string(a.raw), "Look into your mail") {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	if n := l.count(`select count(*) from notifications where sign_in_id is not null and address = 'maja@lind.example'`); n != 1 {
		t.Fatalf("%d letters", n)
	}
	page := l.mailed()
	before := l.snapshot()
	for range 2 { // as a scanner does, and then the person
		a := b.ask("GET", page, "")
		if a.status != http.StatusOK || !strings.Contains(string(a.raw), "Sign in as Maja Lind, Studio Lind") {
			t.Fatalf("%d %s", a.status, a.raw)
		}
	}
	if l.snapshot() != before {
		t.Error("looking at the page changed something")
	}
	if a := b.ask("GET", "/v1/session", ""); a.status != http.StatusUnauthorized {
		t.Errorf("signed in by looking: %d", a.status)
	}
	a := b.ask("POST", page, "")
	if a.status != http.StatusOK || !strings.Contains(string(a.raw), "You are signed in") {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	for _, want := range []string{"HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(a.header.Get("Set-Cookie"), want) {
			t.Errorf("cookie: %s", a.header.Get("Set-Cookie"))
		}
	}
	cookie, _, _ := strings.Cut(strings.TrimPrefix(a.header.Get("Set-Cookie"), "tradepost="), ";")
	if strings.Contains(l.snapshot(), cookie) {
		t.Error("the cookie itself is kept")
	}
	var who struct{ Member, Partner, Role string }
	b.ask("GET", "/v1/session", "").into(t, http.StatusOK, &who)
	if who.Member != l.mbr(0) || who.Partner != l.par() {
		t.Errorf("%+v", who)
	}
	if a := b.ask("POST", page, ""); a.status != http.StatusGone {
		t.Errorf("the link twice: %d", a.status)
	}
	if log := l.log.String(); strings.Contains(log, strings.TrimPrefix(page, tradepost.SignInPath)) || strings.Contains(log, cookie) {
		t.Error("the log has the link or the cookie")
	}
	if a := b.ask("DELETE", "/v1/session", ""); a.status != http.StatusNoContent {
		t.Errorf("sign out: %d %s", a.status, a.raw)
	}
	if a := b.ask("GET", "/v1/session", ""); a.status != http.StatusUnauthorized {
		t.Errorf("still signed in: %d", a.status)
	}
}

// TestSignInLinkIsOneBrowsers: who forwards the letter, or steals it, gets nowhere.
func TestSignInLinkIsOneBrowsers(t *testing.T) {
	l := newLinkSite(t)
	b, thief := l.browser(), l.browser()
	b.post("maja@lind.example")
	page := l.mailed()
	thief.post("stranger@elsewhere.example")
	for _, method := range []string{"GET", "POST"} {
		if a := thief.ask(method, page, ""); a.status != http.StatusForbidden || strings.Contains(string(a.raw), "Maja") {
			t.Errorf("%s in another browser: %d %s", method, a.status, a.raw)
		}
		if a := thief.ask(method, page[:30]+flip(page[30:31])+page[31:], ""); a.status != http.StatusNotFound {
			t.Errorf("%s of a forged link: %d", method, a.status)
		}
		if a := b.ask(method, l.path(l.command("done")), ""); method == "GET" && a.status != http.StatusOK {
			t.Errorf("an action link: %d", a.status)
		}
		if a := b.ask(method, tradepost.SignInPath+strings.TrimPrefix(l.path(l.command("mute")), "/a/"), ""); a.status != http.StatusNotFound {
			t.Errorf("%s of an action link as one to sign in: %d", method, a.status)
		}
		if a := b.ask(method, "/a/"+strings.TrimPrefix(page, tradepost.SignInPath), ""); a.status != http.StatusNotFound {
			t.Errorf("%s of the link as an action: %d", method, a.status)
		}
	}
	if a := b.ask("POST", page, "member="+tradepost.FormatID("mbr", l.unpublished.Members[0].ID)); a.status != http.StatusNotFound {
		t.Errorf("as somebody else: %d", a.status)
	}
	l.exec(`update sign_ins set expires_at = now()`)
	if a := b.ask("POST", page, ""); a.status != http.StatusGone {
		t.Errorf("too late: %d %s", a.status, a.raw)
	}
	if n := l.count(`select count(*) from sessions`); n != 0 {
		t.Errorf("%d sessions", n)
	}
}

// flip is another character of base32.
func flip(c string) string {
	if c == "a" {
		return "b"
	}
	return "a"
}

// TestSignInTellsNobodyWhoIsAMember, nor floods a mailbox.
func TestSignInTellsNobodyWhoIsAMember(t *testing.T) {
	l := newLinkSite(t)
	b := l.browser()
	known, unknown := b.post("maja@lind.example"), b.post("nobody@lind.example")
	if known.status != unknown.status || !bytes.Equal(known.raw, unknown.raw) {
		t.Error("the answers differ")
	}
	for range 10 {
		b.post("maja@lind.example")
	}
	if n := l.count(`select count(*) from notifications where sign_in_id is not null`); n != 5 {
		t.Errorf("%d letters within the hour", n)
	}
	for _, bad := range []string{"", "maja", "a@b\r\nBcc: x@y.example", strings.Repeat("a", 5000) + "@x.example"} {
		if a := b.post(bad); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%.20q: %d", bad, a.status)
		}
	}
	if a := b.ask("POST", "/sign-in", "address=olu@lind.example", "Sec-Fetch-Site", "cross-site"); a.status != http.StatusForbidden {
		t.Errorf("from another site: %d", a.status)
	}
	if err := l.store.RemoveMember(t.Context(), l.partner.Members[1].ID); err != nil {
		t.Fatal(err)
	}
	b.post("olu@lind.example")
	if n := l.count(`select count(*) from notifications where sign_in_id is not null`); n != 5 {
		t.Error("a letter to somebody who left")
	}
}

// signedIn is a browser in which a member is signed in.
func (l *linkSite) signedIn(address string) *browser {
	l.t.Helper()
	b := l.browser()
	b.post(address)
	if a := b.ask("POST", l.mailed(), ""); a.status != http.StatusOK {
		l.t.Fatalf("%d %s", a.status, a.raw)
	}
	return b
}

// TestSessionsAct: who is signed in acts as themselves, in their own team.
func TestSessionsAct(t *testing.T) {
	l := newLinkSite(t)
	l.exec(`update members set role = 'member'`)
	maja, sam := l.signedIn("maja@lind.example"), l.signedIn("sam@draft.example")
	con := "/v1/conversations/" + tradepost.FormatID("con", l.conversation)
	say := func(b *browser, body string, headers ...string) answer {
		return b.ask("POST", con+"/messages", body, append([]string{"Content-Type", "application/json"}, headers...)...)
	}
	var first, again struct{ ID string }
	say(maja, `{"body": "Hello."}`, "Idempotency-Key", "k").into(t, http.StatusCreated, &first)
	say(maja, `{"body": "Hello."}`, "Idempotency-Key", "k").into(t, http.StatusCreated, &again)
	if m := l.get(tradepost.FormatID("con", l.conversation)).Messages[1]; first != again || m.Author.ID != l.mbr(0) || m.Via != "web" {
		t.Errorf("%+v", m)
	}
	say(maja, `{"from": "merchant", "body": "Agreed."}`).problem(t, http.StatusUnprocessableEntity)
	say(maja, `{"from": "`+l.mbr(1)+`", "body": "Agreed."}`).problem(t, http.StatusUnprocessableEntity)
	say(maja, `{"body": "Evil."}`, "Sec-Fetch-Site", "cross-site").problem(t, http.StatusForbidden)
	say(maja, `{"body": "Evil."}`, "Origin", "https://evil.example", "Sec-Fetch-Site", "").problem(t, http.StatusForbidden)
	say(sam, `{"body": "Hello."}`).problem(t, http.StatusNotFound)
	operations, _ := l.operations()
	things := l.things()
	things["keys"], things["merchants"], things["requests"] = "key_1", "mrc_1", "req_1"
	for _, o := range operations {
		if !strings.Contains(o.path, "{id}") {
			continue
		}
		want, body := http.StatusNotFound, ""
		if o.platform {
			want = http.StatusForbidden
		}
		if o.body != nil {
			body = "{}"
		}
		if a := sam.ask(o.method, o.filled(t, things), body, "Content-Type", "application/json"); a.status != want {
			t.Errorf("%s as another partner's member: %d %s", o.id, a.status, a.raw)
		}
	}
	for _, path := range []string{"/v1/webhooks", "/v1/webhooks/" + things["webhooks"]} {
		maja.ask("GET", path, "").problem(t, http.StatusForbidden) // they are for programs
	}
	colleague := "/v1/members/" + l.mbr(1)
	maja.ask("PUT", colleague+"/settings", "{}", "Content-Type", "application/json").problem(t, http.StatusForbidden)
	maja.ask("DELETE", colleague+"/sessions", "").problem(t, http.StatusForbidden)
	l.exec(`update members set role = 'owner'`)
	if a := maja.ask("PUT", colleague+"/settings", "{}", "Content-Type", "application/json"); a.status != http.StatusOK {
		t.Errorf("an owner: %d %s", a.status, a.raw)
	}
	if n := l.count(`select count(*) from messages where body = 'Evil.'`); n != 0 {
		t.Error("another site wrote in her name")
	}
}

func TestSignOutEverywhere(t *testing.T) {
	l := newLinkSite(t)
	desk, phone, other := l.signedIn("maja@lind.example"), l.signedIn("maja@lind.example"), l.signedIn("olu@lind.example")
	var list struct{ Items []struct{ ID, Agent string } }
	mine := "/v1/members/" + l.mbr(0) + "/sessions"
	desk.ask("GET", mine, "").into(t, http.StatusOK, &list)
	if len(list.Items) != 2 || list.Items[0].Agent != "Firefox on Linux" {
		t.Errorf("%+v", list)
	}
	if a := desk.ask("DELETE", mine, ""); a.status != http.StatusNoContent {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	for b, want := range map[*browser]int{desk: 401, phone: 401, other: 200} {
		if a := b.ask("GET", "/v1/session", ""); a.status != want {
			t.Errorf("%d, want %d", a.status, want)
		}
	}
	if err := l.store.RemoveMember(t.Context(), l.partner.Members[1].ID); err != nil {
		t.Fatal(err)
	}
	if a := other.ask("GET", "/v1/session", ""); a.status != http.StatusUnauthorized {
		t.Errorf("who left is still in: %d", a.status)
	}
}

// TestSignInOfSeveralTeams lets somebody choose who has one address in two teams.
func TestSignInOfSeveralTeams(t *testing.T) {
	l := newLinkSite(t)
	p, err := l.store.AddPartner(t.Context(), store.Partner{Name: "<b>Zwei</b>", Members: []store.Member{{Name: "Maja L.", Email: "maja@lind.example"}}})
	if err != nil {
		t.Fatal(err)
	}
	b := l.browser()
	b.post("maja@lind.example")
	page := l.mailed()
	a := b.ask("GET", page, "")
	buttons := regexp.MustCompile(`name="member" value="([^"]+)"[^>]*>([^<]*)<`).FindAllStringSubmatch(string(a.raw), -1)
	if len(buttons) != 2 || strings.Contains(string(a.raw), "<b>") {
		t.Fatalf("%s", a.raw)
	}
	if a := b.ask("POST", page, "member="+buttons[1][1]); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	var who struct{ Member, Partner string }
	b.ask("GET", "/v1/session", "").into(t, http.StatusOK, &who)
	if who.Member != fmt.Sprintf("mbr_%d", p.Members[0].ID) {
		t.Errorf("%+v", who)
	}
}
