package templates

import (
	"strings"
	"testing"
)

// TestMessageDirections: each paragraph runs as its own script does, and what holds
// no script from right to left says nothing of directions.
func TestMessageDirections(t *testing.T) {
	const rtl = "מחיר 42"
	for _, c := range []struct{ name, body, want string }{
		{"Latin", "Hello\n\n山田", `<p>Hello<br> <br> 山田</p>`},
		{"Hebrew", rtl + "\n" + rtl, `<p auto>` + rtl + `<br> ` + rtl + `</p>`},
		{"Latin first", "Hello\n" + rtl, `<p auto>Hello</p> <p auto>` + rtl + `</p>`},
		{"Hebrew first", rtl + "\n\nHello\nthere", `<p auto>` + rtl + `</p> <p>&nbsp;</p> <p auto>Hello<br> there</p>`},
		{"no letter", "42\n" + rtl + "\n- 7\nHello", `<p auto>42<br> ` + rtl + `<br> - 7</p> <p auto>Hello</p>`},
	} {
		l := letters(t)
		m := markup{s: l.sheet}
		m.body(l.languages[0].newBody(cleanText(c.body), 1_000, ""), false)
		got := strings.NewReplacer(` dir="auto"`, " auto", ` style="margin:0"`, "", "\n", " ").Replace(strings.TrimSpace(string(m.b)))
		if got != c.want {
			t.Errorf("%s: %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestNamesAreIsolated: a name from right to left turns nothing around it, in
// either part; others cost nothing.
func TestNamesAreIsolated(t *testing.T) {
	l := letters(t)
	const maya, studio, file = "מאיה", "סטודיו", "מחירון.pdf"
	p, err := l.Proposal(Proposal{Locale: "en", Author: maya, Partner: studio, Work: "x", Price: Price{100, "EUR"}})
	if err != nil {
		t.Fatal(err)
	}
	if want := "\n\u2068" + maya + "\u2069, \u2068" + studio + "\u2069\n"; !strings.Contains(p.Text, want) {
		t.Errorf("no %q in\n%s", want, p.Text)
	}
	if want := `<span dir="auto">` + maya + `</span>, <span dir="auto">` + studio + `</span></p>`; !strings.Contains(p.HTML, want) {
		t.Errorf("no %q in\n%s", want, p.HTML)
	}
	a, err := l.Alert(Alert{Locale: "en", Member: maya, Partner: studio, Merchant: Merchant{Name: maya}, Body: "x", Files: []File{{Filename: file, Size: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\u2068" + file + "\u2069, 1 byte", "as \u2068" + maya + "\u2069 at \u2068" + studio + "\u2069."} {
		if !strings.Contains(a.Text, want) {
			t.Errorf("no %q in\n%s", want, a.Text)
		}
	}
	for _, header := range []string{p.Subject, p.FromName, a.Subject, a.FromName} {
		if strings.ContainsAny(header, "\u2068\u2069") {
			t.Errorf("a header holds an isolate: %q", header)
		}
	}
	d := digestOf(2) // of Latin and Japanese names
	r, err := l.Digest(d)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(r.HTML, "dir=") || strings.ContainsAny(r.Text, "\u2068\u2069") {
		t.Error("a letter without scripts from right to left says something of directions")
	}
}
