package embedded

import (
	"bytes"
	"net/mail"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"pgregory.net/rapid"
)

func TestDropOwnResults(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"ours", "A: 1\r\nAuthentication-Results: mx.test; spf=pass\r\nB: 2\r\n\r\nbody", "A: 1\r\nB: 2\r\n\r\nbody"},
		{"another's", "Authentication-Results: other.test; spf=pass\r\n\r\n", "Authentication-Results: other.test; spf=pass\r\n\r\n"},
		{"other case, folded", "AUTHENTICATION-results:\r\n\tMX.test;\r\n  spf=pass\r\nB: 2\r\n\r\n", "B: 2\r\n\r\n"},
		{"comments, version, dot", "Authentication-Results : (a (b\\)) c) mx.TEST. 1 ; none\n\nx", "\nx"},
		{"quoted", "Authentication-Results: \"mx.te\\st\"; none\r\n\r\n", "\r\n"},
		{"no end of the comment", "Authentication-Results: (mx.test; none\r\n\r\n", "\r\n"},
		{"no id", "Authentication-Results: ; none\r\n\r\n", "\r\n"},
		{"longer id", "Authentication-Results: mx.test.evil; none\r\n\r\n", "Authentication-Results: mx.test.evil; none\r\n\r\n"},
		{"behind a bare CR", "A: 1\rAuthentication-Results: mx.test; none\r\n\r\n", "A: 1\r\r\n"},
		{"behind two CR", "A: 1\r\r\nAuthentication-Results: mx.test; none\r\n\r\n", "A: 1\r\r\n\r\n"},
		{"control character at the name", "Authentication-Results\x00: mx.test; none\r\n\r\n", "\r\n"},
		{"in the body", "A: 1\r\n\r\nAuthentication-Results: mx.test; none\r\n", "A: 1\r\n\r\nAuthentication-Results: mx.test; none\r\n"},
		{"last line", "Authentication-Results: mx.test; none", ""},
		{"another field", "X-Authentication-Results: mx.test; none\r\n\r\n", "X-Authentication-Results: mx.test; none\r\n\r\n"},
	} {
		if got := string(dropOwnResults([]byte(c.in), "mx.test")); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func FuzzDropOwnResults(f *testing.F) {
	f.Add([]byte("A: 1\r\nAuthentication-Results: (c) \"mx.test\"; x\r\n y\r\n\r\nbody"))
	f.Add([]byte("A\r\r\nAuthentication-Results\t: mx.test\n\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := bytes.Clone(raw)
		got := dropOwnResults(raw, "mx.test")
		if !bytes.Equal(raw, before) {
			t.Fatal("input was changed")
		}
		if again := dropOwnResults(got, "mx.test"); !bytes.Equal(again, got) {
			t.Fatalf("not idempotent: %q, then %q", got, again)
		}
		// Another reader must not find one either.
		msg, err := mail.ReadMessage(bytes.NewReader(got))
		if err != nil {
			return
		}
		for _, value := range msg.Header["Authentication-Results"] {
			if id, ok := readAuthservID([]byte(value)); !ok || strings.EqualFold(id, "mx.test") {
				t.Fatalf("net/mail still finds %q in %q", value, got)
			}
		}
	})
}

func FuzzFetch(f *testing.F) {
	f.Add([]byte("Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n"))
	f.Add([]byte("\r\n\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		header, body := splitMessage(raw)
		if string(header)+string(body) != string(raw) {
			t.Fatalf("%q and %q", header, body)
		}
		var joined []byte
		for field := range headerFields(header) {
			joined = append(joined, field...)
		}
		if !bytes.Equal(joined, header) {
			t.Fatalf("fields are not the header: %q", joined)
		}
		m := &message{raw: raw}
		m.envelope()
		m.bodyContains("needle")
		m.header("Subject")
		writable(imapserver.ExtractBodyStructure(wellFormed(raw)))
		bodySection(raw, &imap.FetchItemBodySection{Part: []int{1, 2}})
	})
}

func TestHeaderSurvivesDrop(t *testing.T) {
	field := rapid.Custom(func(t *rapid.T) string {
		name := rapid.SampledFrom([]string{"Subject", "Received", "X-Y", "Authentication-Results", "DKIM-Signature"}).Draw(t, "name")
		value := rapid.SampledFrom([]string{" other.test; none", " text", "\r\n\tfolded", " mx.test.other; none"}).Draw(t, "value")
		end := rapid.SampledFrom([]string{"\r\n", "\n"}).Draw(t, "end")
		if name == "Authentication-Results" && (value == " text" || value == "\r\n\tfolded") {
			value = " third.test; none"
		}
		return name + ":" + value + end
	})
	rapid.Check(t, func(t *rapid.T) {
		fields := rapid.SliceOf(field).Draw(t, "fields")
		body := rapid.String().Draw(t, "body")
		at := rapid.IntRange(0, len(fields)).Draw(t, "at")
		clean := strings.Join(fields, "") + "\r\n" + body
		forged := strings.Join(fields[:at], "") + "authentication-results:\r\n mx.TEST (x);\r\n\tdkim=pass\r\n" + strings.Join(fields[at:], "") + "\r\n" + body
		if got := string(dropOwnResults([]byte(forged), "mx.test")); got != clean {
			t.Fatalf("got %q, want %q", got, clean)
		}
	})
}

func TestCheckAddress(t *testing.T) {
	for address, ok := range map[string]bool{
		"a@b.test": true, "a@localhost": true, "a b@c.test": true, "a@[127.0.0.1]": true, "a@[IPv6:::1]": true, "å@exempel.test": true, "a@under_score.test": true,
		"": false, "a": false, "@b.test": false, "a@": false, "a@b..test": false, "a@-b.test": false, "a@b.test\r\n": false, "a\x00@b.test": false,
		"a@b c.test": false, "a@[300.0.0.1]": false, "\xff@b.test": false, "a@b.test>": false, strings.Repeat("x", 250) + "@b.test": false,
	} {
		if err := checkAddress(address); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestPathReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		local := rapid.StringMatching(`[ -~]{1,30}`).Draw(t, "local")
		written := path(local + "@b.test")
		parsed, err := mail.ParseAddress(written)
		if err != nil || parsed.Address != local+"@b.test" {
			t.Fatalf("%q was written as %q and read as %+v, %v", local, written, parsed, err)
		}
	})
}
