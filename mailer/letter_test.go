package mailer_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"flag"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tradepost-mail/tradepost/mailer"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func written(t testing.TB, l *mailer.Letter) []byte {
	t.Helper()
	var b bytes.Buffer
	n, err := l.WriteTo(&b)
	if err != nil {
		t.Fatal(err)
	}
	if n != int64(b.Len()) {
		t.Fatalf("WriteTo says %d octets, wrote %d", n, b.Len())
	}
	return b.Bytes()
}

// full is a letter with every field and awkward content.
func full() *mailer.Letter {
	return &mailer.Letter{
		From:            mailer.Address{Name: `Nadia "N" Rahman, Atelier \ Nord via MARKET`, Addr: "alerts@market.example"},
		To:              mailer.Address{Name: "山田 太郎", Addr: "taro@studio.example"},
		ReplyTo:         mailer.Address{Name: "Nadia Rahman", Addr: "reply+abcdefghijklmnopqrstuvwxyz0123456789@market.example"},
		EnvelopeFrom:    "bounce+7@market.example",
		Subject:         "Réponse à Nadia Rahman, Atelier Nord: Store migration before Christmas, 4,200 products",
		MessageID:       "<01HXYZ.k3v9@market.example>",
		InReplyTo:       "first@studio.example",
		References:      []string{"first@studio.example", "<second@studio.example>", "third.with.a.rather.long.identifier@studio.example"},
		Date:            time.Date(2026, 11, 23, 14, 12, 0, 0, time.FixedZone("", 3600)),
		AutoSubmitted:   "auto-generated",
		ListID:          "digest.market.example",
		ListUnsubscribe: []string{"https://market.example/u/abc", "mailto:stop@market.example?subject=stop"},

		ListUnsubscribeOneClick: true,
		Extra:                   []mailer.Header{{Name: "X-Tradepost-Kind", Value: "alert"}, {Name: "Feedback-ID", Value: "alert:märket"}},

		Text: "Nadia Rahman\nAtelier Nord - Service: Store migration\n\nHej, vi vill flytta 4 200 produkter före jul.\n" + strings.Repeat("lång rad ", 15) + "\n.\n-- \nStudio Lind",
		HTML: "<!doctype html>\n<html lang=\"sv\"><body><p>" + strings.Repeat("こんにちは、", 15) + "</p></body></html>\n",
		Attachments: []mailer.Attachment{
			{Filename: "products.csv", ContentType: "text/csv; charset=utf-8", Data: []byte("id;name\n1;stol\n")},
			{Filename: "商品一覧.pdf", ContentType: "application/pdf", Data: []byte("%PDF-1.7\n\x00\xff")},
		},
	}
}

func TestGolden(t *testing.T) {
	got := written(t, full())
	file := filepath.Join("testdata", "letter.eml")
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the letter differs from %s (-update rewrites it):\n%s", file, got)
	}
}

func TestFullLetterReadsBack(t *testing.T) {
	l := full()
	b := written(t, l)
	checkWire(t, b)
	m := readBack(t, b, l)
	for name, want := range map[string]string{
		"Message-ID":            "<01HXYZ.k3v9@market.example>",
		"In-Reply-To":           "<first@studio.example>",
		"References":            "<first@studio.example> <second@studio.example> <third.with.a.rather.long.identifier@studio.example>",
		"Auto-Submitted":        "auto-generated",
		"List-ID":               "<digest.market.example>",
		"List-Unsubscribe":      "<https://market.example/u/abc>, <mailto:stop@market.example?subject=stop>",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
		"X-Tradepost-Kind":      "alert",
		"Date":                  "Mon, 23 Nov 2026 14:12:00 +0100",
		"User-Agent":            "",
		"X-Mailer":              "",
	} {
		if got := m.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	parts := leaves(t, m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body)
	if len(parts) != 4 {
		t.Fatalf("%d parts, want text, html and 2 files", len(parts))
	}
	crlf := func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
	for i, want := range []leaf{
		{"text/plain", "", crlf(l.Text)},
		{"text/html", "", crlf(l.HTML)},
		{"text/csv", "products.csv", string(l.Attachments[0].Data)},
		{"application/pdf", "商品一覧.pdf", string(l.Attachments[1].Data)},
	} {
		if parts[i] != want {
			t.Errorf("part %d: %q\nwant %q", i, parts[i], want)
		}
	}
}

func TestSameLetterSameBytes(t *testing.T) {
	first := written(t, full())
	for range 20 {
		if !bytes.Equal(first, written(t, full())) {
			t.Fatal("the same letter gave other bytes")
		}
	}
	other := full()
	other.MessageID = "another@market.example"
	if !bytes.Contains(first, []byte(`boundary="=_`)) || boundaryOf(first) == boundaryOf(written(t, other)) {
		t.Error("the boundary doesn't come from the Message-ID")
	}
}

func boundaryOf(b []byte) string {
	_, after, _ := bytes.Cut(b, []byte("boundary="))
	before, _, _ := bytes.Cut(after, []byte("\r\n"))
	return string(before)
}

func TestShapes(t *testing.T) {
	for _, html := range []string{"", "<p>x</p>"} {
		for _, files := range [][]mailer.Attachment{nil, {{Filename: "a", Data: []byte("a")}}} {
			l := letter("x")
			l.HTML, l.Attachments = html, files
			b := written(t, l)
			checkWire(t, b)
			m := readBack(t, b, l)
			want := 1 + len(files)
			if html != "" {
				want++
			}
			if parts := leaves(t, m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body); len(parts) != want || parts[0].kind != "text/plain" {
				t.Errorf("html %q, %d files: %+v", html, len(files), parts)
			}
		}
	}
}

// TestNamesAndSubjectsReadBackLiterally covers what go-mail and net/mail alone
// would leave for the reader to decode, fold or lose.
func TestNamesAndSubjectsReadBackLiterally(t *testing.T) {
	for _, s := range []string{
		"", " ", "  two  spaces  ", "Anna", `O'Brien, "Bob" \o/ <x@y.example>`, `\`, `"`, `a\"b`, "(comment)", "a@b.example",
		"=?utf-8?q?decode_me?=", "x =?utf-8?b?aGVq?= y", "=?", "?=", "山田 太郎", "Ångström", "مرحبا بالعالم", "👩‍👩‍👧‍👦 family",
		"tab\tbell\x07del\x7f", strings.Repeat("x", 2000), strings.Repeat("x ", 500), strings.Repeat("é", 700), strings.Repeat("山", 700),
		"a \u202e b", "multipart/mixed; boundary=abc", strings.Repeat("word ", 12) + "boundary=evil", "_ = ?", "a;b:c",
		"   " + strings.Repeat("y", 80) + "   ",
	} {
		l := letter("x")
		l.HTML = "<p>multipart</p>"
		l.Subject, l.From.Name, l.To.Name = s, s, s
		l.ReplyTo = mailer.Address{Name: s, Addr: "reply@market.example"}
		b := written(t, l)
		checkWire(t, b)
		readBack(t, b, l)
		// Nothing outside an encoded word may look like one.
		if len(s) > 2 && strings.Contains(s, "=?") && bytes.Contains(b, []byte(s)) {
			t.Errorf("%q stands in the header as it is", s)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		field  string
		change func(*mailer.Letter)
	}{
		{"From.Name", func(l *mailer.Letter) { l.From.Name = "a\r\nBcc: x@y.example" }},
		{"From.Addr", func(l *mailer.Letter) { l.From.Addr = "" }},
		{"To.Name", func(l *mailer.Letter) { l.To.Name = "a\x00" }},
		{"To.Name", func(l *mailer.Letter) { l.To.Name = "\xff" }},
		{"To.Addr", func(l *mailer.Letter) { l.To.Addr = "Maja <maja@x.example>" }},
		{"ReplyTo.Addr", func(l *mailer.Letter) { l.ReplyTo.Name = "only a name" }},
		{"EnvelopeFrom", func(l *mailer.Letter) { l.EnvelopeFrom = "a@b.example> SIZE=1" }},
		{"Subject", func(l *mailer.Letter) { l.Subject = "a\nb" }},
		{"MessageID", func(l *mailer.Letter) { l.MessageID = "" }},
		{"MessageID", func(l *mailer.Letter) { l.MessageID = "a b@c" }},
		{"InReplyTo", func(l *mailer.Letter) { l.InReplyTo = "<a@b>\r\nX: y" }},
		{"References[1]", func(l *mailer.Letter) { l.References = []string{"a@b", "a@b> <c@d"} }},
		{"Date", func(l *mailer.Letter) { l.Date = time.Time{} }},
		{"AutoSubmitted", func(l *mailer.Letter) { l.AutoSubmitted = "yes" }},
		{"ListID", func(l *mailer.Letter) { l.ListID = "a>\r\nb" }},
		{"ListUnsubscribe", func(l *mailer.Letter) { l.ListUnsubscribe = []string{"javascript:1"} }},
		{"ListUnsubscribe", func(l *mailer.Letter) { l.ListUnsubscribe = []string{"https://x.example/>,<mailto:a@b"} }},
		{"ListUnsubscribeOneClick", func(l *mailer.Letter) { l.ListUnsubscribeOneClick = true }},
		{"Extra[0].Name", func(l *mailer.Letter) { l.Extra = []mailer.Header{{Name: "X\r\nBcc", Value: "v"}} }},
		{"Extra[0].Name", func(l *mailer.Letter) { l.Extra = []mailer.Header{{Name: "X Y", Value: "v"}} }},
		{"Extra[0].Name", func(l *mailer.Letter) { l.Extra = []mailer.Header{{Name: "bcc", Value: "x@y.example"}} }},
		{"Extra[0].Name", func(l *mailer.Letter) { l.Extra = []mailer.Header{{Name: "content-type", Value: "v"}} }},
		{"Extra[1].Name", func(l *mailer.Letter) {
			l.Extra = []mailer.Header{{Name: "X-A", Value: "v"}, {Name: "x-a", Value: "w"}}
		}},
		{"Extra[0].Value", func(l *mailer.Letter) { l.Extra = []mailer.Header{{Name: "X-A", Value: "v\nw"}} }},
		{"Text", func(l *mailer.Letter) { l.Text = "" }},
		{"Attachments[0].Filename", func(l *mailer.Letter) { l.Attachments = []mailer.Attachment{{Filename: "a\r\nb"}} }},
		{"Attachments[0].ContentType", func(l *mailer.Letter) { l.Attachments = []mailer.Attachment{{ContentType: "text/x\r\nA: b"}} }},
	} {
		l := letter("x")
		tt.change(l)
		n, err := l.WriteTo(io.Discard)
		if !errors.Is(err, mailer.ErrLetter) || !strings.Contains(err.Error(), tt.field+" ") || n != 0 {
			t.Errorf("%s: %d octets, %v", tt.field, n, err)
		}
	}
	l := letter("x")
	l.Subject, l.Text, l.To.Addr = "\r", "", "nobody"
	_, err := l.WriteTo(io.Discard)
	for _, field := range []string{"Subject", "Text", "To.Addr"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("the error doesn't name %s: %v", field, err)
		}
	}
}

func TestNormalizeAddr(t *testing.T) {
	label := strings.Repeat("d", 60)
	for addr, want := range map[string]string{
		"a@b.example":                          "a@b.example",
		"Maja.Lind+x@Studio.EXAMPLE":           "Maja.Lind+x@studio.example",
		"bounce+123=a=x.test@ex.test":          "bounce+123=a=x.test@ex.test",
		"root@localhost":                       "root@localhost",
		"o'neil!#$%&*/=?^_`{|}~@x.example":     "o'neil!#$%&*/=?^_`{|}~@x.example",
		`"a..b"@x.example`:                     `"a..b"@x.example`,
		"märta@möbel.example":                  "märta@xn--mbel-5qa.example",
		"a@[192.0.2.1]":                        "a@[192.0.2.1]",
		strings.Repeat("a", 64) + "@x.example": strings.Repeat("a", 64) + "@x.example",

		"": "", "a": "", "@x.example": "", "a@": "", "a@b@c.example": "", "<a@b.example>": "", "A <a@b.example>": "",
		"a@b.example ": "", " a@b.example": "", "a b@c.example": "", `"a b"@c.example`: "", `"a@x> SIZE=1"@c.example`: "",
		`"a\"b"@c.example`: "", `""@c.example`: "", `"a@c.example`: "", ".a@c.example": "", "a..b@c.example": "", "a.@c.example": "",
		"a@c..example": "", "a@-c.example": "", "a@c_d.example": "", "a@c.example.": "", "a@b.example\r\nRCPT TO:<x@y>": "",
		"a@b.example\x00": "", "a\u00a0b@c.example": "", "a\u200b@c.example": "", "a@[1.2.3]": "", "a@[fe80::1]": "", "a@[x": "", "a,b@c.example": "",
		"a(c)@c.example": "", "\xff@c.example": "",
		strings.Repeat("a", 65) + "@x.example":                      "",
		"a@" + strings.Repeat("d", 64) + ".example":                 "",
		"a@" + strings.Repeat(label+".", 4) + "example.example.com": "",
	} {
		got, err := mailer.NormalizeAddr(addr)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v; want %q", addr, got, err, want)
		}
	}
}

// TestAnyNameReadsBack is the property behind the table above.
func TestAnyNameReadsBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.StringN(0, 200, -1).Filter(clean).Draw(rt, "name")
		subject := rapid.StringOf(rapid.SampledFrom([]rune(` "\,=?_é山👍ab`))).Draw(rt, "subject")
		l := letter("x")
		l.From.Name, l.To.Name, l.Subject = name, name, subject
		b := written(t, l)
		checkWire(t, b)
		readBack(t, b, l)
	})
}

func clean(s string) bool { return !strings.ContainsAny(s, "\r\n\x00") }

// FuzzLetter: any strings either are refused or come back as they were, with
// no header field that wasn't asked for.
func FuzzLetter(f *testing.F) {
	f.Add("Maja", "maja@studio.example", "Hello", "id@x", "body", "<p>x</p>", "X-A", "value", "file.txt", "text/plain")
	f.Add(`a "b" \ c`, `"a..b"@x.example`, "=?utf-8?q?x?=", "<i@d>", ".\r\n.", "", "Feedback-ID", "=?", "a;b/..\\c", "message/rfc822")
	f.Add("x\r\nBcc: y@z", "a@b.example> SIZE=1", "s\nBcc: y@z", "a@b>\r\nX: y", "\r", "\x00", "Bcc", "v\r\nw: x", "f\r\n", "text/plain\r\nX: y")
	f.Add("山田 太郎", "märta@möbel.example", strings.Repeat("語", 300), "a@b", "--=_x\n\n--", "--=_x", "x-ö", "ö", strings.Repeat("é", 300)+".tar.gz", "text/plain; charset=\"x y\"")
	f.Fuzz(func(t *testing.T, name, addr, subject, id, text, html, header, value, filename, kind string) {
		l := letter("x")
		l.From.Name, l.To, l.Subject, l.MessageID, l.Text, l.HTML = name, mailer.Address{Name: name, Addr: addr}, subject, id, text, html
		l.ReplyTo, l.InReplyTo, l.References = mailer.Address{Name: subject, Addr: addr}, id, []string{id, "b@c"}
		l.Extra = []mailer.Header{{Name: header, Value: value}}
		l.Attachments = []mailer.Attachment{{Filename: filename, ContentType: kind, Data: []byte(text)}}
		var out bytes.Buffer
		if _, err := l.WriteTo(&out); err != nil {
			if !errors.Is(err, mailer.ErrLetter) || out.Len() > 0 {
				t.Fatalf("%d octets and %v", out.Len(), err)
			}
			return
		}
		b := out.Bytes()
		checkWire(t, b)
		m := readBack(t, b, l)
		parts := leaves(t, m.Header.Get("Content-Type"), "", m.Body)
		if want := 2 + min(1, len(html)); len(parts) != want || parts[want-1].body != text {
			t.Fatalf("%d parts, want %d: %q", len(parts), want, parts)
		}
	})
}

// checkWire checks what RFC 5322 2.1.1 and 2.3 ask of every line, and that no
// line of the header consists of spaces.
func checkWire(t testing.TB, b []byte) {
	t.Helper()
	if !bytes.HasSuffix(b, []byte("\r\n")) {
		t.Fatal("the last line isn't ended")
	}
	header := true
	for line := range bytes.SplitSeq(bytes.TrimSuffix(b, []byte("\r\n")), []byte("\r\n")) {
		if len(line) > 998 {
			t.Fatalf("a line of %d octets: %.80q", len(line), line)
		}
		if i := bytes.IndexAny(line, "\r\n\x00"); i >= 0 {
			t.Fatalf("%q within a line: %.80q", line[i], line)
		}
		if len(line) == 0 {
			header = false
		} else if header && len(bytes.TrimSpace(line)) == 0 {
			t.Fatalf("a header line of spaces in:\n%.2000s", b)
		}
	}
}

// readBack parses by net/mail and compares with the letter.
func readBack(t testing.TB, b []byte, l *mailer.Letter) *mail.Message {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("net/mail: %v\n%.2000s", err, b)
	}
	allowed := []string{"Content-Transfer-Encoding", "Content-Type", "Mime-Version"}
	expect := func(name string, there bool) {
		if there {
			allowed = append(allowed, name)
		}
	}
	expect("From", true)
	expect("To", true)
	expect("Date", true)
	expect("Message-Id", true)
	expect("Subject", l.Subject != "")
	expect("Reply-To", !l.ReplyTo.IsZero())
	expect("In-Reply-To", l.InReplyTo != "")
	expect("References", len(l.References) > 0)
	expect("Auto-Submitted", l.AutoSubmitted != "")
	expect("List-Id", l.ListID != "")
	expect("List-Unsubscribe", len(l.ListUnsubscribe) > 0)
	expect("List-Unsubscribe-Post", l.ListUnsubscribeOneClick)
	for _, h := range l.Extra {
		expect(headerKey(h.Name), h.Value != "")
	}
	for name, values := range m.Header {
		if !slices.Contains(allowed, name) || len(values) != 1 {
			t.Fatalf("unexpected field %s: %q", name, values)
		}
	}
	decode := new(mime.WordDecoder).DecodeHeader
	if got, err := decode(m.Header.Get("Subject")); err != nil || got != l.Subject {
		t.Fatalf("Subject came back as %q (%v), was %q", got, err, l.Subject)
	}
	for _, h := range l.Extra {
		if got, err := decode(m.Header.Get(h.Name)); err != nil || got != h.Value {
			t.Fatalf("%s came back as %q (%v), was %q", h.Name, got, err, h.Value)
		}
	}
	for name, want := range map[string]mailer.Address{"From": l.From, "To": l.To, "Reply-To": l.ReplyTo} {
		if want.IsZero() {
			continue
		}
		list, err := m.Header.AddressList(name)
		if err != nil || len(list) != 1 {
			t.Fatalf("%s: %v, %v in\n%.2000s", name, list, err, b)
		}
		addr, err := mailer.NormalizeAddr(want.Addr)
		if err != nil {
			t.Fatal(err)
		}
		// net/mail gives a quoted local part without its quotes.
		if got := list[0]; got.Name != want.Name || got.Address != strings.ReplaceAll(addr, `"`, "") {
			t.Fatalf("%s came back as %q, was %q", name, got, want)
		}
	}
	return m
}

// headerKey is how net/mail's map spells the name.
func headerKey(name string) string {
	m, err := mail.ReadMessage(strings.NewReader(name + ": x\r\n\r\n"))
	if err != nil {
		return name
	}
	for key := range m.Header {
		return key
	}
	return name
}

type leaf struct{ kind, filename, body string }

// leaves are the parts that hold content, decoded.
func leaves(t testing.TB, contentType, encoding string, body io.Reader) []leaf {
	t.Helper()
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatalf("Content-Type %q: %v", contentType, err)
	}
	if !strings.HasPrefix(kind, "multipart/") {
		b, err := io.ReadAll(decoded(t, encoding, body))
		if err != nil {
			t.Fatal(err)
		}
		return []leaf{{kind: kind, body: string(b)}}
	}
	var all []leaf
	for r := multipart.NewReader(body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		below := leaves(t, p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p)
		if d := p.Header.Get("Content-Disposition"); d != "" {
			_, params, err := mime.ParseMediaType(d)
			if err != nil {
				t.Fatalf("Content-Disposition %q: %v", d, err)
			}
			below[0].filename = params["filename"]
		}
		all = append(all, below...)
	}
}

func decoded(t testing.TB, encoding string, r io.Reader) io.Reader {
	t.Helper()
	switch encoding {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, r)
	case "quoted-printable":
		return quotedprintable.NewReader(r)
	}
	t.Fatalf("Content-Transfer-Encoding %q", encoding)
	return nil
}
