package templates

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden letters of testdata")

// letters are made once a test, with the name that the golden files show.
func letters(t testing.TB) *Letters {
	t.Helper()
	l, err := New(Options{Market: "Tradepost"})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func clock(hour, minute int) time.Time {
	return time.Date(2026, time.November, 23, hour, minute, 0, 0, time.UTC)
}

var stockholm = time.FixedZone("CET", 3600)

const openURL = "https://market.example/c/7Hq2vN4kTz"

var (
	nadia = Merchant{Name: "Nadia Rahman", StoreName: "Atelier Nord", StoreURL: "https://atelier-nord.example/", PublicEmail: "hello@atelier-nord.example"}
	taro  = Merchant{Name: "山田 太郎", StoreName: "さくら商店", StoreURL: "https://sakura.example/shop"}
	layla = Merchant{Name: "ليلى حداد", StoreName: "متجر الياسمين", StoreURL: "https://yasmin.example"}
	asa   = Merchant{Name: "Åsa Öberg-Ström", NoStore: true}
	arun  = Merchant{Name: "अरुण शर्मा", StoreName: "हस्तशिल्प", StoreURL: "http://hast.example"}
	long  = Merchant{Name: "Maximiliana Alexandrovna Featherstonehaugh-Cholmondeley von und zu Hohenlohe-Langenburg",
		StoreName: "The Extraordinarily Comprehensive Emporium of Handmade Household Necessities"}

	migration = Matter{Kind: "service", Service: "Store migration"}

	arabicText   = "مرحبا، نود نقل 4200 منتج إلى متجر جديد قبل نهاية السنة.\nهل يمكنكم إرسال عرض سعر؟"
	japaneseText = "はじめまして。さくら商店の山田と申します。年末までに商品四千二百点を新しいストアへ移行したいと考えております。お見積もりをお願いできますでしょうか。\n\nどうぞよろしくお願いいたします。"
	hindiText    = "नमस्ते, हम क्रिसमस से पहले अपने 4,200 उत्पाद नई दुकान में ले जाना चाहते हैं। क्या आप हमें इसकी लागत और समय बता सकते हैं?"
	swedishText  = "Hej! Vi vill öppna en butik för handgjorda möbler och behöver hjälp med allt från början: sortiment, frakt, betalning och utseende.\n\nVår budget är ungefär 40 000 kr.\n\nVänliga hälsningar\nÅsa"
)

func firstContact() Alert {
	return Alert{
		Locale: "en", Member: "Maja Lind", Partner: "Studio Lind", Role: "owner", Merchant: nadia, Matter: migration,
		Body:    "Hello, we would like to move 4,200 products before Christmas. Half of them have variants, and the pictures are in three different places.\n\nCould you tell us what that costs?\n\nNadia",
		Files:   []File{{Filename: "products.csv", Size: 1_204_000}, {Filename: "pictures of the old store.zip", Size: 18_300_000}},
		OpenURL: openURL, Reason: "first_contact",
	}
}

func digestOf(n int) Digest {
	d := Digest{
		Locale: "en", Member: "Maja Lind", Partner: "Studio Lind", Zone: stockholm,
		From: clock(12, 47), Until: clock(13, 47), MoreURL: "https://market.example/inbox",
	}
	merchants := []Merchant{nadia, taro, layla, asa, arun, long}
	texts := []string{
		"Hello, we would like to move 4,200 products before Christmas.", japaneseText, arabicText, swedishText, hindiText,
		strings.Repeat("We sell brooms, brushes, baskets and bowls. ", 40),
	}
	matters := []Matter{migration, {Kind: "integration"}, {Kind: "opportunity", Service: "Arabic storefront"}, {Kind: "qualification"},
		{Kind: "inventory"}, {Kind: "product", Service: "Catalogue clean-up"}}
	for i := range n {
		k := i % len(merchants)
		it := DigestItem{
			Merchant: merchants[k], Matter: matters[k],
			ReplyAddress: fmt.Sprintf("reply+k3f9a2c7d1e8b4065kq%07d@in.market.example", i),
			ReplySubject: "Re: Store migration",
			OpenURL:      fmt.Sprintf("https://market.example/c/%d", i+1),
			Mark:         []string{"K7QF3M", "0T9XBW", "PA5HN2", "CD61YZ", "V8REJ4", "3GSMQK"}[k],
			Messages:     []DigestMessage{{At: clock(13, 40).Add(-time.Duration(i) * time.Minute), Body: texts[k]}},
		}
		if i == 0 {
			it.Messages = append(it.Messages, DigestMessage{At: clock(13, 41), Body: "And one thing more: the pictures.",
				Files: []File{{Filename: "pictures.zip", Size: 18_300_000}}})
		}
		d.Items = append(d.Items, it)
	}
	return d
}

// TestGolden compares every letter with the one a reviewer has seen. Run with
// -update to write them anew, and look at the difference.
func TestGolden(t *testing.T) {
	l := letters(t)
	alert := func(change func(*Alert)) func() (Rendered, error) {
		return func() (Rendered, error) {
			a := firstContact()
			change(&a)
			return l.Alert(a)
		}
	}
	digest := func(n int, change func(*Digest)) func() (Rendered, error) {
		return func() (Rendered, error) {
			d := digestOf(n)
			change(&d)
			return l.Digest(d)
		}
	}
	relay := Relay{
		Locale: "en", Author: "Maja Lind", Partner: "Studio Lind", MerchantName: "Nadia Rahman", Matter: migration,
		Body:  "Hi Nadia,\n\nthat can be done before Christmas. It is about four days of work; the pictures take most of it:\n\n  1. export and check, one day\n  2. pictures, two days\n  3. import and test, one day\n\nShall I send a proposal?\n\nMaja",
		Files: []File{{Filename: "offer.pdf", Size: 88_400}}, FilesAttached: true, OpenURL: openURL,
	}
	cases := map[string]func() (Rendered, error){
		"alert-first-contact": alert(func(*Alert) {}),
		"alert-japanese": alert(func(a *Alert) {
			a.Merchant, a.Body, a.Files, a.Matter = taro, japaneseText, nil, Matter{Kind: "opportunity"}
			a.Reason = "new_conversation"
		}),
		"alert-arabic": alert(func(a *Alert) {
			a.Merchant, a.Body, a.Files = layla, arabicText, []File{{Filename: "منتجات.csv", Size: 812}}
			a.FilesAttached = true
		}),
		"alert-devanagari": alert(func(a *Alert) { a.Merchant, a.Body, a.Files = arun, hindiText, nil }),
		"alert-no-store": alert(func(a *Alert) {
			a.Merchant, a.Body, a.Files, a.Role, a.Reason = asa, swedishText, nil, "member", "every_message"
		}),
		"alert-no-page": alert(func(a *Alert) { a.OpenURL, a.Files = "", nil }),
		"alert-long-names": alert(func(a *Alert) {
			a.Merchant, a.Matter.Service = long, "Store migration with everything that belongs to it"
		}),
		"alert-long-body": alert(func(a *Alert) {
			a.Body = strings.Repeat("A line of text that goes on and on & on <forever>. ", 420)
		}),
		"alert-hostile": alert(func(a *Alert) {
			a.Merchant = Merchant{Name: "\u202etropeda\x00rT\u202c <script>alert(1)</script>\r\nBcc: x", StoreName: "=?utf-8?q?bank?=",
				StoreURL: "javascript:alert(1)", PublicEmail: "a@b.example\r\nBcc: x@y.example"}
			a.Body = "</p></td><script>alert(document.domain)</script>\x00\u202efdp.exe\r\n<img src=x onerror=alert(1)>\r-- \r{{.Name}}\n" + strings.Repeat("W", 200)
			a.Matter = Matter{Kind: "no such kind"}
			a.Files = []File{{Filename: "\u202etxt.exe<b>\n.csv", Size: -1}}
		}),
		"alert-deceiving": alert(func(a *Alert) {
			a.Merchant.Name, a.Merchant.StoreName = "TRADE-POST support", "help@bank.example"
			a.Merchant.StoreURL = "https://market.example@evil.example/"
		}),
		"relay":         func() (Rendered, error) { return l.Relay(relay) },
		"relay-no-page": func() (Rendered, error) { r := relay; r.OpenURL, r.Files = "", nil; return l.Relay(r) },
		"relay-swedish": func() (Rendered, error) {
			r := relay
			r.Author, r.Body, r.Subject = "Åsa Öberg", "Hej Nadia!\n\n"+swedishText, "RE: re: Flytt av butik"
			return l.Relay(r)
		},
		"digest-1":       digest(1, func(*Digest) {}),
		"digest-1-reply": digest(1, func(d *Digest) { d.ReplyGoesToItem = true }),
		"digest-3":       digest(3, func(d *Digest) { d.Items[1].Messages[0].At = clock(13, 30).AddDate(0, 0, -2) }),
		"digest-6":       digest(6, func(*Digest) {}),
		"digest-no-mark": digest(2, func(d *Digest) { d.Items[0].Mark, d.Items[1].Mark = "", "[K7QF]" }),
		"digest-30":      digest(30, func(*Digest) {}),
		"digest-many-messages": digest(2, func(d *Digest) {
			for i := range 6 {
				d.Items[0].Messages = append(d.Items[0].Messages, DigestMessage{At: clock(13, i), Body: fmt.Sprintf("Message %d", i+1)})
			}
			d.Items[1].More, d.Items[1].OpenURL, d.MoreURL, d.More = 2, "", "", 1
		}),
	}
	maps.Copy(cases, replyCases(l, "en"))
	maps.Copy(cases, noticeCases(l, "en"))
	maps.Copy(cases, hostileCases(l))
	for _, tag := range []string{"sv", "fr", "de"} {
		for name, render := range replyCases(l, tag) {
			cases[tag+"/"+name] = render
		}
		for name, render := range noticeCases(l, tag) {
			cases[tag+"/"+name] = render
		}
		cases[tag+"/alert"] = alert(func(a *Alert) { a.Locale = tag })
		cases[tag+"/relay"] = func() (Rendered, error) { r := relay; r.Locale = tag; return l.Relay(r) }
		cases[tag+"/digest-3"] = digest(3, func(d *Digest) {
			d.Locale, d.Items[1].Messages[0].At, d.More = tag, clock(13, 30).AddDate(0, 0, -2), 1
		})
	}
	for name, render := range cases {
		t.Run(name, func(t *testing.T) {
			r, err := render()
			if err != nil {
				t.Fatal(err)
			}
			checkLetter(t, r)
			golden(t, name+".txt", fmt.Sprintf("From: %s\nSubject: %s\n\n%s", r.FromName, r.Subject, r.Text))
			sameWords(t, r)
			if !strings.Contains(name, "/") { // the markup is that of English
				golden(t, name+".html", r.HTML)
			}
		})
	}
	found, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	translated, err := filepath.Glob("testdata/??/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	found = append(found, translated...)
	if len(found) != len(cases) {
		t.Errorf("testdata has %d letters, the test %d: remove what is no longer rendered", len(found), len(cases))
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run with -update to write it)", err)
	}
	if got != string(want) {
		t.Errorf("%s differs from the golden letter; if that is meant, run with -update\n%s", name, firstDifference(string(want), got))
	}
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("line %d\n want %q\n  got %q", i+1, w[i], g[i])
		}
	}
	return fmt.Sprintf("want %d lines, got %d", len(w), len(g))
}
