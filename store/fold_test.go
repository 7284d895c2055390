package store_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/tradepost-mail/tradepost/store"
)

func TestFold(t *testing.T) {
	for _, tt := range []struct {
		body          string
		fold          int
		shown, folded string
	}{
		{"Gärna\n\nOn Monday Ada wrote:", 5, "Gärna", "On Monday Ada wrote:"},
		{"Gärna", 0, "Gärna", ""},
		{"Gärna", 5, "Gärna", ""},
		{"Gärna", 9, "Gärna", ""},
		{"", 3, "", ""},
	} {
		m := store.Message{Body: tt.body, Fold: tt.fold}
		if m.Shown() != tt.shown || m.Folded() != tt.folded {
			t.Errorf("%q at %d: %q and %q", tt.body, tt.fold, m.Shown(), m.Folded())
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		m := store.Message{Body: rapid.String().Draw(t, "body"), Fold: rapid.IntRange(0, 20).Draw(t, "fold")}
		if strings.ReplaceAll(m.Shown()+m.Folded(), "\n", "") != strings.ReplaceAll(m.Body, "\n", "") {
			t.Fatalf("%q and %q", m.Shown(), m.Folded())
		}
		if n := utf8.RuneCountInString(m.Shown()); m.Fold > 0 && n > m.Fold {
			t.Fatalf("%d characters are shown", n)
		}
	})
}
