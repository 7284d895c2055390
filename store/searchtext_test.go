package store

import (
	"testing"

	"github.com/tradepost-mail/tradepost"
)

func TestSearchText(t *testing.T) {
	for typed, want := range map[string]string{
		"":                    "",
		"  Zoë \t Åkesson ":   "zoe akesson",
		"ZOE\u0308":           "zoe", // combining
		"ZOË":                 "zoe",
		"Straße STRASSE":      "strasse strasse",
		"ẞ":                   "ss",
		"Łukasz Øre Đorđe":    "lukasz ore dorde",
		"Æsir œuvre Þór Ðóra": "aesir oeuvre thor dora",
		"Işıl İbrahim":        "isil ibrahim",
		"ﬁne ﬀ ﬆ":             "fine ff st", // ligatures
		"Ｃａｆé　１２３":            "cafe 123",   // full width, ideographic space
		"ｶﾌｪ":                 "カフェ",        // half width
		"カフェ":                 "カフェ",
		"山田 太郎":               "山田 太郎",
		"김민준":                 "김민준", // taken apart and put together again
		"ΑΘΗΝΆ Αθηνά Παππάς ΠΑΠΠΑΣ": "αθηνα αθηνα παππασ παππασ",
		"Йогурт ёлка":               "иогурт елка",
		"كَتَبَ":                    "كتب",  // vowel signs
		"שָׁלוֹם":                   "שלום", // points
		"½ № ²":                     "1⁄2 no 2",
		"a\u00a0b\u2003c\nd":        "a b c d",
		"e\u0301\u0323":             "e",
		"https://CAFÉ.example/Ü":    "https://cafe.example/u",
	} {
		if got := searchText(typed); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
		if got := searchText(searchText(typed)); got != want {
			t.Errorf("%q twice: %q, want %q", typed, got, want)
		}
	}
	if got := merchantSearch(tradepost.Merchant{Name: "Zoë\nX", StoreName: "É", StoreURL: "U"}); got != "zoe x\ne\nu" {
		t.Errorf("%q", got)
	}
}
