package apportion

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/inbound/reply"
)

// quoted is the digest with what somebody wrote below the line with a mark, or in
// place of a text, as a program without quote marks sends it.
func (s Sent) quoted(replace ...string) string {
	all := s.Head
	for _, it := range s.Items {
		all += it.Text
	}
	return strings.NewReplacer(replace...).Replace(all + s.Foot)
}

func TestWhereItStands(t *testing.T) {
	sent, h := market(t)
	one := Sent{Head: sent.Head, Items: sent.Items[:1], Foot: sent.Foot}
	heading := "山田 太郎\nさくら商店 - Integration\n"
	foreign := "To answer Nadia Rahman here, write under this line. [9QW4RT]"
	for name, c := range map[string]struct {
		sent     Sent
		text     string
		shares   map[int]string
		unplaced string
	}{
		"directly behind a mark":          {sent, sent.quoted("[K7QF3M]", "[K7QF3M]Yes."), map[int]string{0: "Yes."}, ""},
		"before quoted words":             {sent, sent.quoted("Hello, we would", "Yes. Hello, we would"), map[int]string{0: "Yes."}, ""},
		"between a heading and the facts": {sent, sent.quoted(heading, "山田 太郎\nYes.\nさくら商店 - Integration\n"), map[int]string{1: "Yes."}, ""},
		"under a message":                 {sent, sent.quoted("variants.\n", "variants.\n\nFour days.\n"), map[int]string{0: "Four days."}, ""},
		"twice under one item":            {sent, sent.quoted("variants.\n", "variants.\nOne.\n", "[K7QF3M]\n", "[K7QF3M]\nTwo.\n"), map[int]string{0: "One.\n\nTwo."}, ""},
		"a mark retyped":                  {sent, sent.quoted("[0T9XBW]\n", "[ot9xbw]\nYes.\n"), map[int]string{1: "Yes."}, ""},
		"above, of several":               {sent, "Yes, gladly.\n\n" + sent.quoted(), nil, "Yes, gladly."},
		"above, of one":                   {one, "Yes, gladly.\n\n" + one.quoted(), map[int]string{0: "Yes, gladly."}, ""},
		"a greeting above":                {sent, "Hi Nadia,\n\n" + sent.quoted("[PA5HN2]", "[PA5HN2]\nJa."), map[int]string{2: "Ja."}, ""},
		"answers announced above":         {sent, "Hej!\nSvaren står nedan.\n/Maja\n" + sent.quoted("[PA5HN2]", "[PA5HN2]\nJa."), map[int]string{2: "Ja."}, ""},
		"more than a greeting above":      {sent, "Hi, yes please.\n\n" + sent.quoted("[PA5HN2]", "[PA5HN2]\nJa."), map[int]string{2: "Ja."}, "Hi, yes please."},
		"below the footer":                {sent, sent.quoted() + "\nPlease call me tomorrow.\n", nil, "Please call me tomorrow."},
		"a signature below the footer":    {sent, sent.quoted("[K7QF3M]", "[K7QF3M]\nYes.") + "\n-- \nMaja Lind\nStudio Lind\n", map[int]string{0: "Yes."}, ""},
		"nothing of the digest":           {sent, "Yes, gladly.\n\nMaja", nil, "Yes, gladly.\n\nMaja"},
		"nothing written":                 {sent, sent.quoted(), nil, ""},
		"a mark quoted twice":             {sent, sent.quoted("[K7QF3M]\n", "[K7QF3M]\nYes.\n", "[PA5HN2]\n", "[PA5HN2]\nTo answer Nadia Rahman here, write under this line. [K7QF3M]\nNo.\n"), nil, "Yes.\n\nNo."},
		"another digest's mark":           {sent, sent.quoted("To answer Nadia Rahman here, write under this line. [K7QF3M]", foreign+"\nYes."), nil, "Yes."},
		"the next heading deleted":        {sent, sent.quoted("[K7QF3M]\n", "[K7QF3M]\nYes.\n", heading, "", "https://sakura.example/shop\n", ""), nil, "Yes."},
		"a mark alone":                    {sent, "[PA5HN2]\nJa, gärna.", map[int]string{2: "Ja, gärna."}, ""},
		"only one item left": {sent, "> Åsa Öberg-Ström\n> No store yet - Job request: Furniture shop\n> Hej! Vi vill öppna en butik för handgjorda möbler.\nJa, gärna.\n",
			map[int]string{2: "Ja, gärna."}, ""},
		"words of the digest": {sent, sent.quoted("[K7QF3M]\n", "[K7QF3M]\nWe would like to move them before Christmas, and the pictures.\n"),
			map[int]string{0: "We would like to move them before Christmas, and the pictures."}, ""},
		"words of another item": {sent, sent.quoted("[PA5HN2]\n", "[PA5HN2]\nJa.\nHello, we would like to move 4,200 products before Christmas. Half of them have variants.\n"),
			nil, "Ja.\nHello, we would like to move 4,200 products before Christmas. Half of them have variants."},
		"a smiley, and one mark": {sent, sent.quoted("[K7QF3M]\n", "[K7QF3M]\n:-)\n", "[PA5HN2]\n", "[PA5HN2]\n?\n"), map[int]string{0: ":-)", 2: "?"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := FromMessage(&message.Message{Text: c.text}, c.sent, h)
			got := make(map[int]string)
			for _, s := range r.Shares {
				got[s.Item] = s.Text
			}
			if fmt.Sprint(got) != fmt.Sprint(c.shares) && len(got)+len(c.shares) > 0 {
				t.Errorf("shares\n got %v\nwant %v", got, c.shares)
			}
			if r.Unplaced != c.unplaced {
				t.Errorf("unplaced\n got %q\nwant %q", r.Unplaced, c.unplaced)
			}
		})
	}
}

// TestHostile: what is made to be slow isn't. The bound is many times what it takes.
// Each input has over 200,000 bytes, whose square would take longer.
func TestHostile(t *testing.T) {
	sent, h := market(t)
	same := Sent{Items: []Item{{Marks: []string{"K7QF3M"}, Text: "Bo\nShop\n\n" + strings.Repeat("ok ", 10_000)}, {Text: strings.Repeat("a b ", 5_000)}}}
	for name, text := range map[string]string{
		"one word":      strings.Repeat("ok ", 200_000),
		"two words":     strings.Repeat("a b\n", 100_000),
		"quote marks":   strings.Repeat(">", 600_000),
		"the digest":    strings.Repeat(sent.quoted(), 300),
		"links":         strings.Repeat("<https://market.example/c/1 ", 20_000),
		"brackets":      strings.Repeat("](http://", 50_000),
		"marks":         strings.Repeat("[K7QF3M] ", 40_000),
		"introductions": strings.Repeat("On Mon, Nov 23, 2026 at 02:48, Market wrote:\n", 6_000),
	} {
		t.Run(name, func(t *testing.T) {
			for _, s := range []Sent{sent, same} {
				begun := time.Now()
				FromMessage(&message.Message{Text: text}, s, h)
				FromMessage(&message.Message{HTML: "<p>" + strings.ReplaceAll(text, "<", "&lt;")}, s, h)
				if d := time.Since(begun); d > 20*time.Second {
					t.Errorf("took %v", d)
				}
			}
		})
	}
}

func FuzzText(f *testing.F) {
	sent, h := market(f)
	f.Add(sent.quoted("[K7QF3M]", "[K7QF3M]\nYes."), true)
	f.Add("> [0T9XBW]Yes <https://x", false)
	f.Add("](mailto:a@b)[K7QF3M](https://market.example/c/1)\n\\[PA5HN2\\]", true)
	f.Fuzz(func(t *testing.T, s string, html bool) {
		m := &message.Message{Text: s}
		if html {
			m = &message.Message{HTML: s}
		}
		r := FromMessage(m, sent, h)
		for i, share := range r.Shares {
			if share.Text == "" || share.Fold < 0 || share.Fold > len(share.Text) || share.Item < 0 || share.Item >= len(sent.Items) || i > 0 && share.Item <= r.Shares[i-1].Item {
				t.Fatalf("share %+v", share)
			}
		}
	})
}

func BenchmarkFromMessage(b *testing.B) {
	sent, h := market(b)
	for _, name := range []string{"gmail-inline", "outlook-windows", "mutt"} {
		m := parse(b, name)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(m.Text) + len(m.HTML)))
			for b.Loop() {
				FromMessage(m, sent, h)
			}
		})
	}
}

func ExampleFromMessage() {
	sent := Sent{
		Head: "2 unread messages in 2 conversations\n",
		Items: []Item{
			{Marks: []string{"K7QF3M"}, Text: "Nadia Rahman\n\nHow many boxes?\n\nTo answer Nadia Rahman here, write under this line. [K7QF3M]\n"},
			{Marks: []string{"0T9XBW"}, Text: "Bo Ek\n\nWhen can you come?\n\nTo answer Bo Ek here, write under this line. [0T9XBW]\n"},
		},
		Foot: "You get this because these messages were unread.\n",
	}
	m := &message.Message{Text: "> How many boxes?\n>\n> To answer Nadia Rahman here, write under this line. [K7QF3M]\nTwelve.\n" +
		"> Bo Ek\n> When can you come?\nOn Monday.\n"}
	for _, s := range FromMessage(m, sent, reply.Hints{}).Shares {
		fmt.Println(s.Item, s.Text)
	}
	// Output:
	// 0 Twelve.
	// 1 On Monday.
}
