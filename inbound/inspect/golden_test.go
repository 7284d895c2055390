package inspect_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tradepost-mail/tradepost/inbound/class"
	"github.com/tradepost-mail/tradepost/inbound/inspect"
	"github.com/tradepost-mail/tradepost/inbound/reply"
)

var update = flag.Bool("update", false, "write the golden files of testdata")

// TestGolden shows, for each mail of testdata, what a person and what a program
// would see of it.
func TestGolden(t *testing.T) {
	mails, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(mails) == 0 {
		t.Fatal("no mails in testdata", err)
	}
	for _, name := range mails {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".eml"), func(t *testing.T) {
			raw, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			d := document(raw)
			var text, json bytes.Buffer
			if err := d.WriteText(&text, inspect.Style{Width: 80}); err != nil {
				t.Fatal(err)
			}
			if err := inspect.EncodeJSON(&json, d); err != nil {
				t.Fatal(err)
			}
			base := strings.TrimSuffix(name, ".eml")
			golden(t, base+".txt", text.Bytes())
			golden(t, base+".json", json.Bytes())
		})
	}
}

// document reads a mail as the program would, but for the time it takes.
func document(raw []byte) *inspect.Document {
	r := inspect.Read(raw, inspect.Options{
		Class: class.Options{HopHeader: "X-Hop"},
		Hints: reply.Hints{Names: []string{"Ada's Bikes"}},
	})
	r.Took = 0
	return r.Document(redact)
}

// token is a reply address, or the beginning of one that a reader shortened.
var token = regexp.MustCompile(`reply\+[a-z]{8,}(?:@[a-z.]+)?`)

func redact(s string) string { return token.ReplaceAllString(s, "(reply address)") }

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, got, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs; -update writes it anew (-want +got):\n%s", name, diff)
	}
}
