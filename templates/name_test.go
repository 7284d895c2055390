package templates

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

func TestCleanName(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"Nadia Rahman", "Nadia Rahman"},
		{"  Nadia\t\r\n Rahman ", "Nadia Rahman"},
		{"山田\u3000太郎", "山田 太郎"},
		{"\u202eNadia\u202c\u2066\u2069\u200f\u061c", "Nadia"},
		{"Na\x00d\x1bia\x7f\u0085R", "Nadia R"},
		{"Na\u00ad\u200b\u2060\ufeff\U000e0041dia\u3164", "Nadia"},
		{"अरुण शर्मा", "अरुण शर्मा"},
		{"می\u200cخواهم", "می\u200cخواهم"}, // ZWNJ shapes Persian
		{"👩\u200d🚀 Ada", "👩\u200d🚀 Ada"},
		{"=?utf-8?q?x?=", "= ?utf-8?q?x?="},
		{"=\u200b?utf-8", "= ?utf-8"},
		{"\xff\xfeNadia", "\ufffd\ufffdNadia"},
		{strings.Repeat("a", 40), strings.Repeat("a", 40)},
		{strings.Repeat("a", 41), strings.Repeat("a", 39) + "…"},
		{strings.Repeat("a", 38) + " bcd", strings.Repeat("a", 38) + "…"}, // no space before the ellipsis
		{strings.Repeat("é", 50), strings.Repeat("é", 39) + "…"},
		{"\x00\u200b \n", ""},
		{"", ""},
	} {
		if got := CleanName(c.name); got != c.want {
			t.Errorf("CleanName(%q) = %q, want %q", c.name, got, c.want)
		}
	}
	stacked := CleanName("Z" + strings.Repeat("\u0301", 5_000))
	if n := utf8.RuneCountInString(stacked); n != clusterRunes {
		t.Errorf("a letter with 5,000 accents keeps %d code points", n)
	}
}

func TestSafeName(t *testing.T) {
	for _, c := range []struct {
		name string
		safe bool
	}{
		{"Nadia Rahman", true},
		{"ليلى حداد", true},
		{"Café @", true},
		{"@nadia", true},
		{"Jean-Luc O’Neill", true},
		{"help@bank.example", false},
		{"help @ bank.example", false},
		{"help＠bank.example", false},
		{"help\u200b@\u200bbank.example", false},
		{"see https://bank.example", false},
		{"Tradepost", false},
		{"TRADE POST Support", false},
		{"T r-a.d_e\u200bpost", false},
		{"Ｔｒａｄｅｐｏｓｔ", false},
		{"", false},
		{"\u0301", false},
		{"\u200d\u200d", false},
		{"\u2800", false},
	} {
		got := SafeName(c.name, "Tradepost", "A merchant")
		if c.safe && got != c.name || !c.safe && got != "A merchant" {
			t.Errorf("SafeName(%q) = %q", c.name, got)
		}
	}
}

func FuzzCleanName(f *testing.F) {
	for _, s := range []string{"Nadia Rahman", "山田 太郎", "=\u200d?", "\u202ea@b", "👨🏻\u200d👩🏻\u200d👧🏻", "\xf0\x28", "a\u0600", "\r\n\v\f\u2028", "🇸🇪🇸🇪🇸"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := CleanName(s)
		if n := uniseg.GraphemeClusterCount(got); n > MaxName {
			t.Errorf("%d graphemes", n)
		}
		if len(got) > MaxName*clusterRunes*utf8.UTFMax {
			t.Errorf("%d octets", len(got))
		}
		if !utf8.ValidString(got) || strings.TrimSpace(got) != got || strings.Contains(got, "=?") {
			t.Errorf("CleanName(%q) = %q", s, got)
		}
		for _, r := range got {
			if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || unicode.IsSpace(r) && r != ' ' {
				t.Errorf("CleanName(%q) keeps %U", s, r)
			}
		}
		if again := CleanName(got); again != got {
			t.Errorf("cleaned twice: %q, then %q", got, again)
		}
		safe := SafeName(s, "Tradepost", "")
		if safe != "" && (holdsAddress(safe) || holdsMarket(safe, "Tradepost")) {
			t.Errorf("SafeName(%q) = %q", s, safe)
		}
	})
}
