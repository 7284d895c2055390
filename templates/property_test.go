package templates

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// hostile draws what strangers send: any text, mixed with what has broken
// letters elsewhere.
func hostile() *rapid.Generator[string] {
	tricks := rapid.SampledFrom([]string{
		"", " ", "\n", "\r\n", "\x00", "\u202e", "\u2066", "\u200d", "=?", "?=", "=", "-- \n", "@", "a@b.example", "://",
		"<script>alert(1)</script>", "</style>", "<!--", "-->", "{{.}}", "{name}", "{partner}", "'", `"`, "&amp;", "&#0;",
		"javascript:alert(1)", "https://nord.example/x", "山田 太郎", "ليلى حداد", "अरुण शर्मा", "👨‍👩‍👧‍👦", "🇸🇪", "e\u0301", "\u0600",
		"Tradepost", "\xff\xfe", "\u2028", "\ufeff", "\u3000", "\t", "…",
	})
	part := rapid.OneOf(tricks, rapid.String(), rapid.StringN(0, 60, -1), rapid.StringMatching(`[a-z ]{0,120}`))
	return rapid.Custom(func(t *rapid.T) string {
		s := strings.Join(rapid.SliceOfN(part, 0, 6).Draw(t, "parts"), "")
		if rapid.IntRange(0, 9).Draw(t, "often") == 0 {
			s = strings.Repeat(s, rapid.IntRange(1, 300).Draw(t, "times"))
		}
		return s
	})
}

func drawMerchant(t *rapid.T) Merchant {
	return Merchant{
		Name: hostile().Draw(t, "name"), StoreName: hostile().Draw(t, "store"), StoreURL: drawURL(t, "storeURL"),
		PublicEmail: hostile().Draw(t, "email"), NoStore: rapid.Bool().Draw(t, "noStore"),
	}
}

func drawMatter(t *rapid.T) Matter {
	return Matter{
		Kind:    rapid.OneOf(rapid.SampledFrom([]string{"service", "opportunity", "product"}), hostile()).Draw(t, "kind"),
		Service: hostile().Draw(t, "service"),
	}
}

func drawURL(t *rapid.T, label string) string {
	return rapid.OneOf(rapid.Just(openURL), hostile(), rapid.Custom(func(t *rapid.T) string {
		return "https://nord.example/" + hostile().Draw(t, "path")
	})).Draw(t, label)
}

func drawFiles(t *rapid.T) []File {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) File {
		return File{Filename: hostile().Draw(t, "filename"), Size: rapid.Int64().Draw(t, "size")}
	}), 0, 25).Draw(t, "files")
}

// TestAnythingIsALetter holds checkLetter for whatever strangers write.
func TestAnythingIsALetter(t *testing.T) {
	l := letters(t)
	try := func(t *rapid.T, r Rendered, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		checkLetter(t, r)
	}
	t.Run("alert", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			r, err := l.Alert(Alert{
				Locale: hostile().Draw(t, "locale"), Member: hostile().Draw(t, "member"), Partner: hostile().Draw(t, "partner"),
				Role: hostile().Draw(t, "role"), Merchant: drawMerchant(t), Matter: drawMatter(t), Body: hostile().Draw(t, "body"),
				Files: drawFiles(t), FilesAttached: rapid.Bool().Draw(t, "attached"), OpenURL: drawURL(t, "openURL"), Reason: hostile().Draw(t, "reason"),
			})
			try(t, r, err)
		})
	})
	t.Run("relay", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			r, err := l.Relay(Relay{
				Author: hostile().Draw(t, "author"), Partner: hostile().Draw(t, "partner"), MerchantName: hostile().Draw(t, "merchant"),
				Matter: drawMatter(t), Subject: hostile().Draw(t, "subject"), Body: hostile().Draw(t, "body"), Files: drawFiles(t),
				OpenURL: drawURL(t, "openURL"),
			})
			try(t, r, err)
		})
	})
	t.Run("answer", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			r, err := l.Answer(Answer{
				Reason:                rapid.SampledFrom([]string{"too_big", "not_a_member", "unsupported", "closed"}).Draw(t, "reason"),
				MerchantOrPartnerName: hostile().Draw(t, "name"), Detail: hostile().Draw(t, "detail"), Limit: rapid.Int64().Draw(t, "limit"),
			})
			try(t, r, err)
		})
	})
	t.Run("digest", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			d := Digest{
				Member: hostile().Draw(t, "member"), Partner: hostile().Draw(t, "partner"), MoreURL: drawURL(t, "moreURL"),
				More: rapid.IntRange(-1, 50).Draw(t, "more"), Unread: rapid.IntRange(-1, 200).Draw(t, "unread"),
				ReplyGoesToItem: rapid.Bool().Draw(t, "replyGoesToItem"),
			}
			messages := 0
			d.Items = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) DigestItem {
				return DigestItem{
					Merchant: drawMerchant(t), Matter: drawMatter(t), More: rapid.IntRange(-1, 20).Draw(t, "itemMore"), OpenURL: drawURL(t, "openURL"),
					ReplyAddress: rapid.OneOf(hostile(), rapid.Just("reply+a@b.example")).Draw(t, "address"), ReplySubject: hostile().Draw(t, "subject"),
					Messages: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) DigestMessage {
						return DigestMessage{At: clock(0, 0).Add(time.Duration(rapid.IntRange(0, 90_000).Draw(t, "at")) * time.Second),
							Body: hostile().Draw(t, "body"), Files: drawFiles(t)}
					}), 0, 5).Draw(t, "messages"),
				}
			}), 1, 15).Draw(t, "items")
			for _, it := range d.Items {
				messages += len(it.Messages)
			}
			r, err := l.Digest(d)
			if messages == 0 {
				if err == nil {
					t.Fatal("a digest of nothing was rendered")
				}
				return
			}
			try(t, r, err)
			if r.MoreConversations < 0 || r.MoreMessages < 0 {
				t.Errorf("left out %d and %d", r.MoreConversations, r.MoreMessages)
			}
		})
	})
}

// TestTextKeepsEveryWord: wrapping moves words, it never loses or adds any.
func TestTextKeepsEveryWord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := cleanText(hostile().Draw(t, "text"))
		var p plain
		p.lines(strings.Split(text, "\n"))
		squeeze := func(s string) string {
			return strings.Map(func(r rune) rune {
				if r == ' ' || r == '\n' {
					return -1
				}
				return r
			}, s)
		}
		if got := p.text(); squeeze(got) != squeeze(text) {
			t.Errorf("%q became %q", text, got)
		}
	})
}

func FuzzDigest(f *testing.F) {
	l, err := New(Options{Market: "Tradepost"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("Nadia", "Nord", "https://nord.example", "Hello", "a.csv", uint8(1))
	f.Add("\u202e=?x?=", "<b>", "javascript:x", "</p><script>\x00", "\u202egpj.exe", uint8(14))
	f.Add("ליאת", "متجر", "https://nord.example", "42\nمرحبا\n \nHello\n\u2069\u2068שלום", "صور.zip", uint8(2))
	f.Add("a@b", "{name}", "https://a@b", strings.Repeat("&\n", 900), "", uint8(40))
	f.Fuzz(func(t *testing.T, name, store, link, text, file string, n uint8) {
		d := Digest{Member: store, Partner: name, MoreURL: link}
		for i := range int(n%40) + 1 {
			d.Items = append(d.Items, DigestItem{
				Merchant: Merchant{Name: name, StoreName: store, StoreURL: link, PublicEmail: store}, Matter: Matter{Service: store},
				ReplyAddress: file, ReplySubject: text, OpenURL: link,
				Messages: []DigestMessage{{At: clock(1, i), Body: text, Files: []File{{Filename: file}}}, {Body: name}},
			})
		}
		r, err := l.Digest(d)
		if err != nil {
			t.Fatal(err)
		}
		checkLetter(t, r)
	})
}
