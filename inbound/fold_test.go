package inbound

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/reply"
)

func TestFoldAt(t *testing.T) {
	t.Parallel()
	token := "reply+" + strings.Repeat("a", 56) + "@reply.test"
	for _, tt := range []struct {
		name, shown, folded string
		want                int
	}{
		{"nothing folded", "Yes", "", 0},
		{"all folded", "", "On Monday\nHello", 0},
		{"empty lines alone", "\n\n", "On Monday", 0},
		{"plain", "Yes\n", "On Monday\nHello", 3},
		{"characters, not bytes", "Gärna ✅\n\n", "On Monday", 7},
		{"CRLF and trailing blanks", "\r\nYes  \r\nMaja\t\r\n\r\n", "On Monday\r\n", 8},
		{"a reply address before it", "Write to " + token + " please\n", "On Monday", len("Write to (reply address) please")},
		{"only blanks behind it", "Yes\n", " \n\t\n", 0},
		{"controls", "Y\x01es\n", "On Monday", 3},
	} {
		cut := reply.Result{Text: tt.shown + tt.folded, Fold: len(tt.shown)}
		body := tradepost.NormalBody(tradepost.StripTokens(cut.Text))
		if got := foldAt(body, cut); got != tt.want {
			t.Errorf("%s: fold at %d, want %d", tt.name, got, tt.want)
		}
	}
	cut := reply.Result{Text: "Yes\n" + strings.Repeat("line\n", 10), Fold: 4}
	if got := foldAt("Yes", cut); got != 0 {
		t.Errorf("a body that ends before its fold is folded at %d", got)
	}
}

// TestFoldKeepsSides: nothing of what is to be folded is shown, whatever becomes
// of the text on its way.
func TestFoldKeepsSides(t *testing.T) {
	t.Parallel()
	line := rapid.StringMatching(`[a-zé \t\x01]{0,8}(\r\n|\n)`)
	rapid.Check(t, func(t *rapid.T) {
		shown := strings.Join(rapid.SliceOfN(line, 0, 6).Draw(t, "shown"), "")
		folded := strings.Join(rapid.SliceOfN(line, 0, 6).Draw(t, "folded"), "")
		cut := reply.Result{Text: shown + folded, Fold: len(shown)}
		body := tradepost.NormalBody(cut.Text)
		at := foldAt(body, cut)
		if at == 0 {
			if strings.TrimSpace(tradepost.NormalBody(shown)) != "" && strings.TrimSpace(tradepost.NormalBody(folded)) != "" {
				t.Fatalf("%q is not folded at %q", body, folded)
			}
			return
		}
		if at > utf8.RuneCountInString(body) || string([]rune(body)[:at]) != tradepost.NormalBody(shown) {
			t.Fatalf("%q is folded at %d", body, at)
		}
	})
}
