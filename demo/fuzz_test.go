package demo

import (
	"bytes"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

// Whatever a letter holds, nothing that acts by itself is left of it when a
// browser reads what the frame gets.
func FuzzViewable(f *testing.F) {
	for _, s := range []string{
		`<p>Hi <a href="mailto:a@b.example?subject=x">reply</a></p>`,
		`<a href="java&#10;script:alert(1)">x</a><img src=x onerror=y>`,
		`<noscript><p title="</noscript><script>alert(1)</script>">`,
		`<svg><style><img src=x onerror=y></style></svg><math><mtext><table><mglyph><style><!--</style><img title="--&gt;<script>x</script>">`,
		`<table><base href=//x><form action=x><input></table><meta http-equiv=refresh content=0>`,
		strings.Repeat("<div>", 600) + "<script>x</script>", `<plaintext><script>`, `<xmp><script>`, `<select><iframe src=x>`, `<img src="cid:a%40b">`, "<!-- --!><script>x</script>",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		m := &message.Message{HTML: source, Attachments: []message.Attachment{{ContentID: "a@b", ContentType: "image/png", Body: message.NewBody([]byte{1})}}}
		out := viewable(m, func(draft) string { return "/compose" })
		check(t, string(out), "_top")
		check(t, "<!doctype html><body>"+quotable(source), "")
	})
}

func check(t *testing.T, page, targets string) {
	t.Helper()
	// As the sandbox has it: without scripting.
	doc, err := html.ParseWithOptions(strings.NewReader(page), html.ParseOptionEnableScripting(false))
	if err != nil {
		return // deeper than any tree; only text in a pre is that long
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "script", "base", "iframe", "object", "embed", "link", "noscript", "svg", "math":
			t.Errorf("<%s> is left in %q", n.Data, page)
		case "meta":
			if attr(n, "name") != "color-scheme" {
				t.Errorf("<meta> is left in %q", page)
			}
		}
		for _, a := range n.Attr {
			key := strings.ToLower(a.Key)
			badTarget := key == "target" && a.Val != "_blank" && a.Val != targets
			if strings.HasPrefix(key, "on") || key == "http-equiv" || key == "action" || badTarget ||
				key == "href" && strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript") {
				t.Errorf("<%s %s=%q> is left in %q", n.Data, a.Key, a.Val, page)
			}
		}
	}
}

// What is linked in a text is the text, whole and in order.
func FuzzLinked(f *testing.F) {
	for _, s := range []string{"see https://a.example/x(1). or <a@b.example>, ok", "http://", "a@b.c@d.e", "mailto:x@y.example", "https://a.example/)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var b bytes.Buffer
		for _, p := range (&mailClient{path: "/mail"}).linked(text, "a@b.example") {
			b.WriteString(p.Text)
			if p.URL != "" && !strings.HasPrefix(p.URL, "/mail/a@b.example/compose?to=") && !strings.HasPrefix(p.URL, "http://") && !strings.HasPrefix(p.URL, "https://") {
				t.Errorf("%q leads to %q", p.Text, p.URL)
			}
		}
		if b.String() != text {
			t.Errorf("%q became %q", text, b.String())
		}
	})
}

func FuzzMailto(f *testing.F) {
	f.Add("mailto:reply%2Bk3f@in.market.example?subject=Re%3A%20Store%20migration&body=a%0D%0Ab")
	f.Add("MAILTO:a@b.example,c@d.example?Subject=%zz&to=x")
	f.Fuzz(func(t *testing.T, s string) {
		d, _ := parseMailto(s)
		if strings.ContainsAny(d.To+d.Subject, "\r\n\x00") {
			t.Errorf("a line break in %+v", d)
		}
	})
}
