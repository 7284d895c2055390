package inbound

import (
	"slices"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost"
)

// TestPictures: what a person put into the text stays, however small; what
// stands only in a signature or a quote goes.
func TestPictures(t *testing.T) {
	t.Parallel()
	const quoted = `<div class="gmail_quote">On Mon, 23 Nov 2026 at 09:12, Ada &lt;ada@shop.example&gt; wrote:<blockquote class="gmail_quote">` +
		`<img src="cid:a@x">How many?</blockquote></div>`
	for _, test := range []struct {
		name, html string
		content    string // of the picture
		body       string
		kept       bool
	}{
		{"in the text", `<p>See <img src="cid:a@x"> above.</p>`, "small", "See above.", true},
		{"with a description", `<p>See <IMG width=20 src='cid:a@x' alt="plan"> above.</p>`, "small", "See [image: plan] above.", true},
		{"escaped", `<p>See <img src="cid:a%40x"> above.</p>` + quoted, "small", "See above.", true},
		{"nothing else", `<img src="cid:a@x">`, "small", "", true},
		{"not shown", `<p>See the picture.</p>`, "small", "See the picture.", true},
		{"in the quote", `<p>Ten.</p>` + quoted, "small", "Ten.", false},
		{"in the quote, large", `<p>Ten.</p>` + quoted, strings.Repeat("large", 4000), "Ten.", true},
		{"in both", `<p>Ten <img src="cid:a@x"></p>` + quoted, "small", "Ten", true},
		{"in the signature", `<p>Ten.</p><div class="gmail_signature">-- <br>Maja<br><img src="cid:a@x"></div>`, "small", "Ten.", false},
		{"in the quote, nothing written", quoted, "small", "", true},
		{"no tag", `<p>Ten cid:a@x`, "small", "Ten cid:a@x", true},
		{"after many others", `<p>Ten.` + strings.Repeat(`<img src="cid:b@x">`, 1000) + `</p>` + quoted, "small", "Ten.", false},
	} {
		w := writeAll(parse("Content-Type: multipart/related; boundary=c\r\n\r\n--c\r\nContent-Type: text/html\r\n\r\n" + test.html +
			"\r\n--c\r\nContent-Type: image/png\r\nContent-ID: <a@x>\r\nContent-Disposition: inline; filename=image001.png\r\n\r\n" + test.content + "\r\n--c--\r\n"))
		kept := slices.ContainsFunc(w.files, func(f tradepost.Attachment) bool { return f.Filename == "image001.png" })
		if kept != test.kept || w.body != test.body {
			t.Errorf("%s: kept %v, body %q", test.name, kept, w.body)
		}
	}
}
