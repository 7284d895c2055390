package report_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/inbound/report"
)

// FuzzReadDelivery reads any mail and holds what callers rely on: bounded,
// complete and on one line.
func FuzzReadDelivery(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.eml"))
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
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := message.Parse(raw, message.Limits{Size: 1 << 16})
		d, ok := report.ReadDelivery(m)
		if ok == (d.Dialect == "") {
			t.Errorf("%v with dialect %q", ok, d.Dialect)
		}
		seen := make(map[string]bool)
		for _, r := range d.Recipients {
			key := strings.ToLower(r.Address)
			if !strings.Contains(r.Address, "@") || seen[key] {
				t.Errorf("address %q", r.Address)
			}
			seen[key] = true
			switch r.Action {
			case "failed", "delayed", "delivered", "relayed", "expanded":
			default:
				t.Errorf("action %q", r.Action)
			}
			if len(r.Status) < 5 || strings.Count(r.Status, ".") != 2 {
				t.Errorf("status %q", r.Status)
			}
			if said := r.Address + r.Original + r.RemoteMTA + r.Diagnostic; !utf8.ValidString(said) || strings.ContainsFunc(said, unicode.IsControl) {
				t.Errorf("%q isn't clean", said)
			}
			if len(r.Diagnostic) > 1000 || strings.ContainsAny(r.Diagnostic, "\r\n") {
				t.Errorf("diagnostic %q", r.Diagnostic)
			}
		}
		if f, ok := report.ReadFeedback(m); ok && (f.Dialect == "" || f.Type == "") {
			t.Errorf("%+v", f)
		}
		report.ReadDisposition(m)
	})
}

// BenchmarkReadDelivery measures a bounce, and an answer, which is what most
// mail is.
func BenchmarkReadDelivery(b *testing.B) {
	for name, m := range map[string]*message.Message{
		"answer":  parse("From: maja@ferry.example\nSubject: Re: the boat\nIn-Reply-To: <n-100@market.example>\n\n" + strings.Repeat("It is a fine boat, and I would like to see it on Tuesday.\n", 20)),
		"letter":  parse("From: maja@ferry.example\nSubject: the boat\n\n" + strings.Repeat("It is a fine boat, and I would like to see it on Tuesday.\n", 20)),
		"rfc3464": open(b, filepath.Join("testdata", "rfc3464.eml")),
		"qmail":   open(b, filepath.Join("testdata", "qmail.eml")),
		"exim":    open(b, filepath.Join("testdata", "exim.eml")),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				report.ReadDelivery(m)
			}
		})
	}
}
