package message_test

import (
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

// FuzzParse holds what callers rely on for any bytes: no panic, bounds kept,
// strings that are valid UTF-8, a tree.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(files) == 0 {
		f.Fatalf("no fixtures: %v", err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	lim := message.Limits{Size: 1 << 16, Parts: 20, Depth: 5, TextBytes: 4096, DecodedBytes: 1 << 15, Addresses: 10, Defects: 20}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := message.Parse(raw, lim)
		if m.Root == nil {
			t.Fatal("no root")
		}
		if len(m.Text) > 4096 || len(m.HTML) > 4096 || len(m.Defects) > 21 {
			t.Fatalf("bounds: text %d, html %d, defects %d", len(m.Text), len(m.HTML), len(m.Defects))
		}
		if n := len(m.From) + len(m.To) + len(m.Cc) + len(m.ReplyTo) + len(m.Sender); n > 10 {
			t.Fatalf("%d addresses", n)
		}
		valid := func(what, s string) {
			if !utf8.ValidString(s) {
				t.Fatalf("%s isn't UTF-8: %q", what, s)
			}
		}
		valid("text", m.Text)
		valid("html", m.HTML)
		valid("subject", m.Subject)
		parts := 0
		m.Root.Walk(func(p *message.Part) {
			parts++
			valid("file name", p.Filename)
			if p.MediaType == "" {
				t.Fatal("a part without a type")
			}
		})
		if parts > 21 {
			t.Fatalf("%d parts", parts)
		}
	})
}

func FuzzParseAddresses(f *testing.F) {
	for _, s := range []string{`"a, b" <a@b.example>, c (d) <e@f>`, `g: a@b;`, `<@r:a@b>`, `((((`, `"\"`, `=?utf-8?q?a?= <b@c>`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		list, _ := message.ParseAddresses(s, 5)
		if len(list) > 5 {
			t.Fatalf("%d addresses", len(list))
		}
		for _, a := range list {
			if a.Addr == "" || !utf8.ValidString(a.Name) {
				t.Fatalf("%+v", a)
			}
		}
	})
}
