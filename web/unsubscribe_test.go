package web_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/web"
)

// stopLink is Maja's link that stops her digests.
func (l *linkSite) stopLink() tradepost.Action {
	return tradepost.Action{Verb: tradepost.StopDigests, Role: tradepost.AuthorMember, Person: l.partner.Members[0].ID,
		Subject: 1, Object: tradepost.PeriodNumber(time.Now()), Expires: time.Now().Add(time.Hour)}
}

// digests are the members' choices.
func (l *linkSite) digests() (off int) {
	l.t.Helper()
	return l.count(`select count(*) from members where digest = 'off'`)
}

// program posts as a mail program does by RFC 8058: a form and nothing else.
func (l *linkSite) program(path, contentType, body string) (status int, text string, header http.Header) {
	l.t.Helper()
	r, err := http.NewRequestWithContext(l.t.Context(), http.MethodPost, l.URL+path, strings.NewReader(body))
	if err != nil {
		l.t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	answer, err := l.Client().Do(r)
	if err != nil {
		l.t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		l.t.Fatal(err)
	}
	return answer.StatusCode, string(b), answer.Header
}

const formType = "application/x-www-form-urlencoded"

func TestOneClick(t *testing.T) {
	l := newLinkSite(t)
	path := l.path(l.stopLink())
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	if err := parts.WriteField("List-Unsubscribe", "One-Click"); err != nil {
		t.Fatal(err)
	}
	if err := parts.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, contentType, body string }{
		{"form", formType, "List-Unsubscribe=One-Click"},
		{"form with a charset", formType + "; charset=UTF-8", "List-Unsubscribe=One-Click"},
		{"multipart", parts.FormDataContentType(), form.String()},
	} {
		l.exec(`update members set digest = 'hourly'`)
		for range 2 { // the second time is as good as the first
			status, text, header := l.program(path, c.contentType, c.body)
			if status != http.StatusOK || len(text) > 100 || header.Get("Set-Cookie") != "" || header.Get("Location") != "" {
				t.Errorf("%s: %d %s", c.name, status, text)
			}
		}
		if l.digests() != 1 {
			t.Errorf("%s: %d members get no digests", c.name, l.digests())
		}
	}
	if n := l.count(`select count(*) from digest_stops where one_click and resumed_at is null`); n != 1 {
		t.Errorf("%d stops in force", n)
	}
	if n := l.count(`select count(*) from members where alert <> 'first_contact'`); n != 0 {
		t.Error("alerts were changed, too")
	}
}

func TestOneClickRefuses(t *testing.T) {
	l := newLinkSite(t)
	old, merchant, mute := l.stopLink(), l.stopLink(), l.command("mute")
	old.Expires = time.Now().Add(-time.Hour)
	merchant.Role = tradepost.AuthorMerchant
	good := l.path(l.stopLink())
	const click = "List-Unsubscribe=One-Click"
	for _, c := range []struct {
		name, path, contentType, body string
		status                        int
	}{
		{"expired", l.path(old), formType, click, http.StatusGone},
		{"forged", good[:len(good)-3] + "aaa", formType, click, http.StatusNotFound},
		{"a merchant's, who has no digests", l.path(merchant), formType, click, http.StatusNotFound},
		{"broken multipart", good, "multipart/form-data; boundary=x", "--y", http.StatusBadRequest},
		{"huge", good, formType, strings.Repeat("x", 1<<20), http.StatusBadRequest},
		{"a command's link", l.path(mute), formType, click, http.StatusOK}, // its own page, which does its own thing
	} {
		if status, text, _ := l.program(c.path, c.contentType, c.body); status != c.status {
			t.Errorf("%s: %d, want %d: %s", c.name, status, c.status, text)
		}
		if l.digests() != 0 {
			t.Errorf("%s: digests were stopped", c.name)
		}
	}
}

// TestStopDigestsPage: it asks, does, and has a way back.
func TestStopDigestsPage(t *testing.T) {
	l := newLinkSite(t)
	path := l.path(l.stopLink())
	before := l.count(`select count(*) from digest_stops`)
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions} {
		for range 2 {
			l.visit(method, path)
		}
	}
	if l.digests() != 0 || l.count(`select count(*) from digest_stops`) != before {
		t.Fatal("looking at the link stopped digests")
	}
	forms := func(a answer) int { return strings.Count(string(a.raw), "<form") }
	if a := l.visit("GET", path); a.status != http.StatusOK || forms(a) != 1 || strings.Contains(string(a.raw), `value="again"`) {
		t.Errorf("it asks: %d\n%s", a.status, a.raw)
	}
	if a := l.press(path); a.status != http.StatusOK || l.digests() != 1 || forms(a) != 1 || !strings.Contains(string(a.raw), `value="again"`) {
		t.Errorf("it does: %d, %d off\n%s", a.status, l.digests(), a.raw)
	}
	if n := l.count(`select count(*) from digest_stops where not one_click`); n != 1 {
		t.Errorf("%d stops by the page", n)
	}
	if a := l.press(path); a.status != http.StatusOK || !strings.Contains(string(a.raw), `value="again"`) {
		t.Errorf("pressed again: %d\n%s", a.status, a.raw)
	}
	again := url.Values{"digests": {"again"}}
	if a := l.form(path, again, "Origin", "null"); a.status != http.StatusOK || l.digests() != 0 || forms(a) != 0 {
		t.Errorf("the way back: %d, %d off\n%s", a.status, l.digests(), a.raw)
	}
	if a := l.form(path, again, "Origin", "null"); a.status != http.StatusOK || l.digests() != 0 {
		t.Errorf("the way back twice: %d", a.status)
	}
	if a := l.form(path, nil, "Sec-Fetch-Site", "cross-site"); a.status != http.StatusForbidden || l.digests() != 0 {
		t.Errorf("from another site: %d", a.status)
	}
	if err := l.store.RemoveMember(t.Context(), l.partner.Members[0].ID); err != nil {
		t.Fatal(err)
	}
	if a := l.press(path); a.status != http.StatusConflict || l.count(`select count(*) from digest_stops where resumed_at is null`) != 0 {
		t.Errorf("of one who left: %d", a.status)
	}
	if status, text, _ := l.program(path, formType, "List-Unsubscribe=One-Click"); status != http.StatusOK {
		t.Errorf("one-click of one who left: %d %s", status, text)
	}
}

// TestSuppressedMemberIsShown to the platform, and to the member on their page.
func TestSuppressedMemberIsShown(t *testing.T) {
	l := newLinkSite(t)
	pages := newSite(t, func(o *web.Options) { o.Pages = true })
	for _, s := range []*site{l.site, pages} {
		if err := s.store.Suppress(t.Context(), "maja@lind.example", "anna", "asked for it"); err != nil {
			t.Fatal(err)
		}
	}
	maja := l.partner.Members[0]
	var list struct {
		Items []struct {
			Members []struct {
				Email      string
				Suppressed *struct {
					Reason string
					Since  time.Time
				}
			}
		}
	}
	l.do("GET", "/v1/partners", nil).into(t, http.StatusOK, &list)
	for _, p := range list.Items {
		for _, m := range p.Members {
			if (m.Suppressed != nil) != (m.Email == maja.Email) || m.Suppressed != nil && (m.Suppressed.Reason != "operator" || m.Suppressed.Since.IsZero()) {
				t.Errorf("%s: %+v", m.Email, m.Suppressed)
			}
		}
	}
	for i, m := range pages.partner.Members {
		a := pages.do("GET", "/?as="+tradepost.FormatID(tradepost.MemberPrefix, m.ID), nil)
		if got := strings.Contains(string(a.raw), "No mail goes to maja@lind.example"); a.status != http.StatusOK || got != (i == 0) {
			t.Errorf("the page of %s: %d, %v", m.Name, a.status, got)
		}
	}
}
