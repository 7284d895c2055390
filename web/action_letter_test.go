package web_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/templates"
)

// TestScannerFollowsEveryLinkOfALetter: nothing changes when a scanner of mail opens them all.
func TestScannerFollowsEveryLinkOfALetter(t *testing.T) {
	l := newLinkSite(t)
	var links []templates.ActionLink
	for _, verb := range []tradepost.Verb{tradepost.VerbDone, tradepost.VerbDecline, tradepost.VerbMute, tradepost.VerbQualify} {
		links = append(links, templates.ActionLink{Verb: verb, URL: l.URL + l.path(l.command(string(verb)))})
	}
	letter, err := l.letters.Alert(templates.Alert{Locale: "en", Member: "Maja Lind", Partner: "Studio Lind",
		Merchant: templates.Merchant{Name: "Nadia Rahman", StoreName: "Atelier Nord"}, Matter: templates.Matter{Kind: "qualification"},
		Body: "Hello", Reason: "first_contact", Actions: links})
	if err != nil {
		t.Fatal(err)
	}
	before := l.snapshot()
	found := make(map[string]bool)
	for _, m := range regexp.MustCompile(regexp.QuoteMeta(l.URL)+`[^\s"<>]+`).FindAllString(letter.Text+html.UnescapeString(letter.HTML), -1) {
		found[strings.TrimPrefix(m, l.URL)] = true
	}
	if len(found) != len(links) {
		t.Fatalf("%d links in the letter, want %d:\n%s", len(found), len(links), letter.Text)
	}
	for path := range found {
		for _, method := range []string{"HEAD", "GET"} {
			if a := l.visit(method, path); a.status != http.StatusOK {
				t.Errorf("%s: %d", method, a.status)
			}
		}
	}
	if l.snapshot() != before {
		t.Error("following the links changed something")
	}
}
