package inbound

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/inbound/reply"
)

func parse(raw string) *message.Message { return message.Parse([]byte(raw), message.Limits{}) }

// writeAll makes content of a mail of which nothing else is known.
func writeAll(m *message.Message) written {
	return write(m, reply.FromMessage(m, reply.Hints{}), reply.Hints{}, "X-Hop")
}

func testTokens(t interface{ Fatal(...any) }) *tradepost.Tokens {
	tokens, err := tradepost.NewTokens(replyDomain, tradepost.TokenKey{ID: 1, Secret: []byte("a secret of the tests, long enough")})
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

func TestFindRoute(t *testing.T) {
	t.Parallel()
	tokens := testTokens(t)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	address := func(person int64, expires time.Time) string {
		a, err := tokens.Address(tradepost.Token{Purpose: tradepost.ReplyToken, Role: tradepost.AuthorMember, Person: person, Subject: 7, Expires: expires})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	soon, past := now.Add(48*time.Hour), now.Add(-48*time.Hour)
	a, b, c, old := address(1, soon), address(2, soon), address(3, soon), address(4, past)
	headers := []string{"Delivered-To", "X-Original-To"}
	tests := []struct {
		name, raw string
		person    int64 // 0 = none
		expired   bool
	}{
		{"To", "To: Ada <" + a + ">", 1, false},
		{"Cc", "To: x@y.example\r\nCc: z@y.example, " + a, 1, false},
		{"To before Cc", "Cc: " + a + "\r\nTo: " + b, 2, false},
		{"delivery before To", "To: " + a + "\r\nDelivered-To: " + b, 2, false},
		{"topmost delivery", "X-Original-To: " + c + "\r\nDelivered-To: " + b + "\r\nTo: " + a, 3, false},
		{"delivery in brackets", "Delivered-To: <" + a + ">", 1, false},
		{"delivery that isn't ours", "Delivered-To: replies@reply.test\r\nTo: " + a, 1, false},
		{"forged delivery", "Delivered-To: reply+" + strings.Repeat("a", 56) + "@reply.test\r\nTo: " + a, 1, false},
		{"field not configured", "X-Envelope-To: " + b + "\r\nTo: " + a, 1, false},
		{"expired", "To: " + old, 4, true},
		{"capitals", "To: " + strings.ToUpper(a), 1, false},
		{"a quoted name", `To: "` + a + `" <x@y.example>`, 0, false},
		{"Reply-To, Bcc, References", "Reply-To: " + a + "\r\nBcc: " + a + "\r\nReferences: <" + a + ">", 0, false},
		{"another domain", "To: " + strings.Replace(a, "reply.test", "evil.example", 1), 0, false},
		{"nothing", "", 0, false},
	}
	for _, tt := range tests {
		got := findRoute(parse(tt.raw+"\r\n\r\nbody"), tokens, headers, now)
		if tt.person == 0 {
			if got.standing != tradepost.TokenAbsent {
				t.Errorf("%s: found %+v", tt.name, got)
			}
			continue
		}
		want := tradepost.TokenGood
		if tt.expired {
			want = tradepost.TokenExpired
		}
		if got.token.Person != tt.person || got.standing != want || got.address != strings.ToLower(got.address) {
			t.Errorf("%s: got %+v; want person %d, %s", tt.name, got, tt.person, want)
		}
	}
}

// TestNoForgedRoute: whatever stands in a header, only what we signed is found.
func TestNoForgedRoute(t *testing.T) {
	t.Parallel()
	tokens := testTokens(t)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		good, err := tokens.Address(tradepost.Token{Purpose: tradepost.ReplyToken, Role: tradepost.AuthorMember,
			Person: rapid.Int64Range(1, 1<<40).Draw(t, "person"), Subject: 1, Expires: now.Add(72 * time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		at := rapid.IntRange(len(tradepost.ReplyPrefix), strings.IndexByte(good, '@')-1).Draw(t, "at")
		letter := rapid.SampledFrom(strings.Split("abcdefghijklmnopqrstuvwxyz234567", "")).Draw(t, "letter")
		forged := good[:at] + letter + good[at+1:]
		field := rapid.SampledFrom([]string{"Delivered-To", "To", "Cc"}).Draw(t, "field")
		r := findRoute(parse(field+": "+forged+"\r\n\r\n"), tokens, []string{"Delivered-To"}, now)
		if (r.standing == tradepost.TokenGood) != (forged == good) {
			t.Fatalf("%s: %s", forged, r.standing)
		}
	})
}

func TestAuthor(t *testing.T) {
	t.Parallel()
	tests := []struct {
		head, want string // "" = nobody
	}{
		{"From: maja@lind.example", "maja@lind.example"},
		{"From: Maja Lind <MAJA@Lind.Example>", "maja@lind.example"},
		{`From: "Lind, Maja" <maja@lind.example>`, "maja@lind.example"},
		{`From: "maja@lind.example" <maja@lind.example>`, "maja@lind.example"},
		{"From: maja@lind.example (Maja)", "maja@lind.example"},
		{"From: =?utf-8?q?M=C3=A1ja?= <maja@lind.example>", "maja@lind.example"},
		{`From: "maja@lind.example" <eve@evil.example>`, "eve@evil.example"},
		{"From: maja@lind.example, eve@evil.example", ""},
		{"From: maja@lind.example; eve@evil.example", ""},
		{"From: eve@evil.example\r\nFrom: maja@lind.example", ""},
		{"From: eve@evil.example maja@lind.example", ""},
		{"From: eve@evil.example (x) maja@lind.example", ""},
		{"From: <eve@evil.example> <maja@lind.example>", ""},
		{"From: eve@evil.example@lind.example", ""},
		{"From: Team: maja@lind.example, eve@evil.example;", ""},
		{"From: Maja", ""},
		{"From:", ""},
		{"X-From: maja@lind.example", ""},
		{"Sender: maja@lind.example\r\nReply-To: maja@lind.example", ""},
	}
	for _, tt := range tests {
		got, ok := author(parse(tt.head + "\r\n\r\nbody"))
		if !ok {
			got = ""
		}
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%q: got %q, %v; want %q", tt.head, got, ok, tt.want)
		}
	}
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	of := func(address, raw string) [32]byte { return fingerprint(address, parse(raw), []byte(raw)) }
	const base = "Message-ID: <1@x>\r\nFrom: a@x\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\nbody\r\n"
	same := []string{
		"Received: by y\r\nDelivered-To: z\r\n" + base,
		strings.Replace(base, "From: a@x", "From: b@x", 1), // the Message-ID speaks for it
		"\r\n" + base,
	}
	for _, raw := range same {
		if of("r@x", raw) != of("r@x", base) {
			t.Errorf("not taken for a copy: %q", raw)
		}
	}
	const anonymous = "From: a@x\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\nbody\r\n"
	prints := map[[32]byte]string{of("r@x", base): base}
	for _, other := range []struct{ address, raw string }{
		{"s@x", base},
		{"r@x", strings.Replace(base, "<1@x>", "<2@x>", 1)},
		{"r@x", strings.Replace(base, "body", "text", 1)},
		{"r@x", base + "more\r\n"},
		{"r@x", anonymous},
		{"r@x", strings.Replace(anonymous, "a@x", "b@x", 1)},
		{"r@x", strings.Replace(anonymous, "10:00", "10:01", 1)},
		{"r@x", strings.TrimSuffix(base, "\r\nbody\r\n")},
	} {
		p := of(other.address, other.raw)
		if was, ok := prints[p]; ok {
			t.Errorf("%q is taken for a copy of %q", other.raw, was)
		}
		prints[p] = other.raw
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("A line of some length, with åäö and more.\n", 4000)
	w := writeAll(parse("Content-Type: text/plain; charset=utf-8\r\n\r\n" + long))
	if n := utf8.RuneCountInString(w.body); n > tradepost.MaxBody || n < tradepost.MaxBody-100 || !strings.HasSuffix(w.body, "more.") {
		t.Errorf("a long body has %d characters and ends in %q", n, w.body[len(w.body)-10:])
	}
	if len(w.files) != 1 || w.files[0].Filename != "message.txt" || string(content(t, w.files[0])) != strings.TrimRight(long, "\n") {
		t.Errorf("files: %d", len(w.files))
	}
	if err := tradepost.ValidateMessage(w.body, w.files); err != nil {
		t.Error(err)
	}

	w = writeAll(parse("Content-Type: multipart/mixed; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: multipart/related; boundary=c\r\n\r\n" +
		"--c\r\nContent-Type: text/html\r\n\r\n<p>Hello</p><img src=\"cid:photo\"><div class=\"gmail_signature\">-- <br><img src=\"cid:logo\"></div>\r\n" +
		"--c\r\nContent-Type: image/png\r\nContent-ID: <logo>\r\n\r\nsmall\r\n" +
		"--c\r\nContent-Type: image/jpeg\r\nContent-ID: <photo>\r\n\r\n" + strings.Repeat("large", 4000) + "\r\n" +
		"--c--\r\n" +
		"--b\r\nContent-Type: application/pdf; name=\"../../etc/offer\u202efdp.doc\"\r\nContent-Disposition: inline\r\n\r\nPDF\r\n" +
		"--b\r\nContent-Type: bad type\r\nContent-Disposition: attachment; filename=x.bin\r\n\r\nX\r\n" +
		"--b\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nS\r\n" +
		"--b--\r\n"))
	var names []string
	for _, f := range w.files {
		names = append(names, f.Filename+" "+f.ContentType)
	}
	if err := tradepost.ValidateMessage(w.body, w.files); err != nil {
		t.Error(err)
	}
	if len(names) != 3 || names[0] != "image.jpeg image/jpeg" || !strings.HasPrefix(names[1], "offer") || strings.ContainsRune(names[1], '\u202e') ||
		!strings.HasPrefix(names[2], "x.bin ") {
		t.Errorf("files: %q", names)
	}
	if w.body != "Hello" {
		t.Errorf("body: %q", w.body)
	}
}

// content is all that a file on its way to the store gives.
func content(t testing.TB, f tradepost.Attachment) []byte {
	t.Helper()
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil || int64(len(data)) > f.Size {
		t.Errorf("%s: %d octets of %d, %v", f.Filename, len(data), f.Size, err)
	}
	return data
}

// FuzzMail: whatever bytes come, the pure steps end, and what they make of them
// may be stored and shown.
func FuzzMail(f *testing.F) {
	tokens := testTokens(f)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	to, err := tokens.Address(tradepost.Token{Purpose: tradepost.ReplyToken, Role: tradepost.AuthorMember, Person: 1, Subject: 1, Expires: now.Add(48 * time.Hour)})
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("From: a@x\r\nTo: " + to + "\r\n\r\n" + quotingReply))
	f.Add([]byte("Authentication-Results: mx.reply.test (a(b)\\)c; dmarc=fail\r\nFrom: \"a\r\n\r\n" + to))
	f.Add([]byte("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nReply-To: " + to + "\r\n\r\nx\r\n--b--"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := message.Parse(raw, message.Limits{})
		if r := findRoute(m, tokens, []string{"Delivered-To"}, now); r.standing != tradepost.TokenAbsent {
			if _, err := tokens.Parse(r.address, now); err != nil && !errors.Is(err, tradepost.ErrTokenExpired) {
				t.Errorf("route %q is not ours", r.address)
			}
		}
		if from, ok := author(m); ok && (strings.Count(from, "@") != 1 || from != tradepost.FoldAddress(from)) {
			t.Errorf("author %q", from)
		}
		if at := bodyStart(raw); at < 0 || at > len(raw) || at > 0 && raw[at-1] != '\n' {
			t.Errorf("body starts at %d", at)
		}
		w := writeAll(m)
		if w.tooBig || w.body == "" && len(w.files) == 0 {
			return
		}
		if err := tradepost.ValidateMessage(w.body, w.files); err != nil {
			t.Error(err)
		}
		if bytes.Contains([]byte(w.body+w.fullText), []byte(strings.TrimSuffix(to, "@"+replyDomain))) {
			t.Error("a token is kept in text")
		}
		for _, f := range w.files {
			isText := strings.HasPrefix(f.ContentType, "text/") || strings.HasPrefix(f.ContentType, "message/")
			if kept := string(content(t, f)); isText && tradepost.StripTokens(kept) != kept {
				t.Error("a token is kept in a file")
			}
		}
		if !utf8.ValidString(w.fullText) || strings.Contains(w.fullText, "\x00") {
			t.Error("full text can't be stored")
		}
	})
}

// Some clients quote by attaching the letter that is answered. It names whom it
// went to, which the other side must not learn.
func TestOwnLetterAttachedIsNoFile(t *testing.T) {
	t.Parallel()
	m := parse("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nYes.\r\n" +
		"--b\r\nContent-Type: message/rfc822\r\n\r\nTo: maja@lind.example\r\nX-Hop: 1\r\nSubject: ours\r\n\r\nHello\r\n" +
		"--b\r\nContent-Type: message/rfc822\r\n\r\nTo: nadia@shop.example\r\nSubject: theirs\r\n\r\nAn order\r\n--b--\r\n")
	w := writeAll(m)
	if len(w.files) != 1 || !bytes.Contains(content(t, w.files[0]), []byte("An order")) || w.body != "Yes." {
		t.Errorf("body %q with %d files", w.body, len(w.files))
	}
}

func TestBounded(t *testing.T) {
	t.Parallel()
	v, err := bounded(deadline, func() string { return "done" })
	if v != "done" || err != nil {
		t.Errorf("got %q, %v", v, err)
	}
	_, err = bounded(deadline, func() int { return []int{}[len(t.Name())] })
	var f *fault
	if !errors.As(err, &f) || f.reason != faultPanic || !strings.Contains(f.detail, "rules_test.go") {
		t.Errorf("got %v", err)
	}
	release := make(chan struct{})
	defer close(release)
	_, err = bounded(time.Millisecond, func() int { <-release; return 0 })
	if !errors.As(err, &f) || f.reason != faultTimeout {
		t.Errorf("got %v", err)
	}
}
