package templates

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestNewWantsAMarket(t *testing.T) {
	for _, market := range []string{"", " \n", "\u200b"} {
		if _, err := New(Options{Market: market}); err == nil {
			t.Errorf("Market %q was accepted", market)
		}
	}
}

// TestLanguageCheck takes one thing away from a whole language at a time.
func TestLanguageCheck(t *testing.T) {
	whole := english()
	if err := whole.check(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*language){
		"replyHint":     func(l *language) { l.replyHint = "" },
		"moreTalks":     func(l *language) { l.moreTalks = nil },
		"inventory":     func(l *language) { delete(l.kinds, "inventory") },
		"expired":       func(l *language) { delete(l.answers, "expired") },
		"every_message": func(l *language) { delete(l.whyAlert, "every_message") },
		"breaker":       func(l *language) { l.answers["breaker"] = refusal{what: "Held."} },
		"question.ends": func(l *language) { l.question.ends = nil },
		"muted":         func(l *language) { delete(l.transcript.toldWhy, "muted") },
		"pages.final":   func(l *language) { l.pages.final = "" },
		"approve":       func(l *language) { l.pages.asks["approve"] = asking{title: "Was this you?"} },
	} {
		l := english()
		spoil(&l)
		if err := l.check(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

func TestUnknownLocaleIsEnglish(t *testing.T) {
	l := letters(t)
	want, err := l.Alert(firstContact())
	if err != nil {
		t.Fatal(err)
	}
	for _, locale := range []string{"", "en-GB", "EN_us", "tlh", "x\x00<script>", strings.Repeat("a-", 10_000)} {
		a := firstContact()
		a.Locale = locale
		got, err := l.Alert(a)
		if err != nil || got.Text != want.Text || got.HTML != want.HTML || got.Subject != want.Subject {
			t.Errorf("locale %.20q: another letter (%v)", locale, err)
		}
	}
}

// TestSeparatorsStandInTheLetters: evidence is only worth something where
// every kind of letter carries some, in both parts.
func TestSeparatorsStandInTheLetters(t *testing.T) {
	l := letters(t)
	var all []Rendered
	add := func(r Rendered, err error) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	for _, tag := range l.Locales() {
		a, digest, unmarked := firstContact(), digestOf(3), digestOf(2)
		a.Locale, digest.Locale, unmarked.Locale = tag, tag, tag
		unmarked.Items[0].Mark, unmarked.Items[1].Mark = "", ""
		add(l.Alert(a))
		add(l.Digest(digest))
		add(l.Digest(unmarked))
		add(l.Relay(Relay{Locale: tag, Author: "Maja", Partner: "Lind", Body: "x"}))
		for _, render := range replyCases(l, tag) {
			add(render())
		}
	}
	used := map[string]bool{}
	for _, r := range all {
		n := 0
		html, text := words(t, r.HTML), strings.Join(strings.Fields(r.Text), " ")
		for _, s := range l.Separators() {
			if strings.Contains(text, s) && strings.Contains(html, strings.TrimSpace(s)) {
				used[s] = true
				n++
			}
		}
		if n == 0 {
			t.Errorf("no separator in %q", r.Subject)
		}
	}
	for _, s := range l.Separators() {
		if !used[s] {
			t.Errorf("no letter has the separator %q", s)
		}
	}
}

func TestDigestCaps(t *testing.T) {
	l := letters(t)
	t.Run("conversations and messages", func(t *testing.T) {
		d := digestOf(30)
		for i := range d.Items {
			d.Items[i].Messages = nil
			for k := range 5 {
				d.Items[i].Messages = append(d.Items[i].Messages, DigestMessage{
					At: clock(13, 0).Add(time.Duration(i*10+4-k) * time.Second), Body: fmt.Sprintf("<<%d.%d>>", i, 4-k),
				})
			}
		}
		d.More = 4
		r, err := l.Digest(d)
		if err != nil {
			t.Fatal(err)
		}
		if r.MoreConversations != 30+4-MaxConversations || r.MoreMessages != 30*5-MaxConversations*MaxMessages {
			t.Errorf("left out %d conversations and %d messages", r.MoreConversations, r.MoreMessages)
		}
		// Newest conversation first, its oldest message first.
		var got []string
		for line := range strings.Lines(r.Text) {
			if strings.HasPrefix(line, "<<") {
				got = append(got, strings.TrimSpace(line))
			}
		}
		var want []string
		for i := 29; i > 29-MaxConversations; i-- {
			for k := range MaxMessages {
				want = append(want, fmt.Sprintf("<<%d.%d>>", i, k))
			}
		}
		if strings.Join(got, "") != strings.Join(want, "") {
			t.Errorf("shown %v\nwant %v", got, want)
		}
		if !strings.Contains(r.Text, "And 22 more conversations: ") || strings.Count(r.Text, "And 2 more messages") != MaxConversations {
			t.Errorf("what was left out is not said:\n%s", r.Text)
		}
	})
	t.Run("HTML", func(t *testing.T) {
		d := digestOf(12)
		for i := range d.Items {
			d.Items[i].Messages = nil
			for range 3 {
				d.Items[i].Messages = append(d.Items[i].Messages, DigestMessage{At: clock(13, i), Body: strings.Repeat(`"&`, 2_000)})
			}
		}
		r, err := l.Digest(d)
		if err != nil {
			t.Fatal(err)
		}
		checkLetter(t, r)
		if r.MoreConversations == 0 || r.MoreConversations > 10 || len(r.HTML) < MaxHTML/2 {
			t.Errorf("%d conversations moved, %d bytes", r.MoreConversations, len(r.HTML))
		}
		if want := fmt.Sprintf("And %d more conversations", r.MoreConversations); !strings.Contains(r.Text, want) || !strings.Contains(words(t, r.HTML), want) {
			t.Errorf("%q is not in both parts", want)
		}
	})
	t.Run("nothing", func(t *testing.T) {
		d := digestOf(2)
		d.Items[0].Messages, d.Items[1].Messages = nil, nil
		if _, err := l.Digest(d); err == nil {
			t.Error("a digest of nothing was rendered")
		}
	})
}

func TestDigestLeavesItsArgumentAlone(t *testing.T) {
	d := digestOf(3)
	d.Items[0].Messages[0], d.Items[0].Messages[1] = d.Items[0].Messages[1], d.Items[0].Messages[0]
	want := fmt.Sprint(d)
	if _, err := letters(t).Digest(d); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(d) != want {
		t.Error("the caller's items were sorted in place")
	}
}

func TestDigestSubject(t *testing.T) {
	l := letters(t)
	item := func(name string) DigestItem {
		return DigestItem{Merchant: Merchant{Name: name}, Messages: []DigestMessage{{Body: "x"}}}
	}
	for _, c := range []struct {
		names  []string
		unread int
		more   int
		want   string
	}{
		{[]string{"Nadia Rahman"}, 0, 0, "1 unread: Nadia Rahman"},
		{[]string{"Nadia Rahman", "山田 太郎"}, 0, 0, "2 unread: Nadia Rahman and 山田 太郎"},
		{[]string{"Nadia Rahman", "山田 太郎", "Åsa"}, 4, 0, "4 unread: Nadia Rahman, 山田 太郎 and 1 more"},
		{[]string{"Nadia Rahman", "Nadia Rahman"}, 0, 0, "2 unread: Nadia Rahman"},
		{[]string{"Nadia Rahman", "Nadia Rahman", "Åsa"}, 0, 7, "3 unread: Nadia Rahman, Åsa and 7 more"},
	} {
		d := Digest{Unread: c.unread, More: c.more}
		for _, n := range c.names {
			d.Items = append(d.Items, item(n))
		}
		r, err := l.Digest(d)
		if err != nil {
			t.Fatal(err)
		}
		if r.Subject != c.want {
			t.Errorf("%v: %q, want %q", c.names, r.Subject, c.want)
		}
	}
}

// TestBodyIsWholeWhereNothingElseIs: cutting is only allowed with a link to
// the rest.
func TestBodyIsWholeWhereNothingElseIs(t *testing.T) {
	l := letters(t)
	text := strings.Repeat("Ja visst. ", 5_000) + "The end."
	whole, err := l.Relay(Relay{Author: "Maja", Partner: "Lind", Body: text})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(whole.Text, "The end.") || !strings.Contains(whole.HTML, "The end.") {
		t.Error("a relay without a page was cut")
	}
	short, err := l.Relay(Relay{Author: "Maja", Partner: "Lind", Body: text, OpenURL: openURL})
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{short.Text, words(t, short.HTML)} {
		if strings.Contains(part, "The end.") || !strings.Contains(part, "Read the rest") {
			t.Error("a relay with a page was not cut, or does not say so")
		}
	}
	emoji, err := l.Alert(Alert{Merchant: nadia, Body: strings.Repeat("👩‍🚀", 9_000), OpenURL: openURL})
	if err != nil {
		t.Fatal(err)
	}
	checkLetter(t, emoji)
	if len(emoji.HTML) < MaxHTML*3/4 {
		t.Errorf("cut to %d bytes, far under the cap", len(emoji.HTML))
	}
}

func TestMailto(t *testing.T) {
	for _, c := range []struct{ address, subject, want string }{
		{"reply+k3f@in.market.example", "Re: Store migration", "mailto:reply%2Bk3f@in.market.example?subject=Re%3A%20Store%20migration"},
		{"a@b.example", "", "mailto:a@b.example"},
		{"a@b.example", "50 % & more?&bcc=x@y.example", "mailto:a@b.example?subject=50%20%25%20%26%20more%3F%26bcc%3Dx%40y.example"},
		{"a@b.example", "山", "mailto:a@b.example?subject=%E5%B1%B1"},
		{"a@b.example?bcc=x@y.example", "", ""},
		{"a@b.example\r\nBcc: x", "", ""},
		{"nobody", "", ""},
		{"", "x", ""},
	} {
		got := string(mailto(c.address, c.subject))
		if got != c.want {
			t.Errorf("mailto(%q, %q) = %q, want %q", c.address, c.subject, got, c.want)
		}
		if got == "" {
			continue
		}
		u, err := url.Parse(got)
		if err != nil {
			t.Fatal(err)
		}
		if u.Query().Get("subject") != c.subject || len(u.Query()) > 1 {
			t.Errorf("%s reads as subject %q", got, u.Query())
		}
	}
}

func TestStoreLinks(t *testing.T) {
	for link, shown := range map[string]bool{
		"https://nord.example/":                true,
		"http://nord.example:8080/a?b=c":       true,
		"https://例え.example/":                  true,
		"javascript:alert(1)":                  false,
		"JaVaScRiPt://nord.example/%0aalert()": false,
		"data:text/html,x":                     false,
		"https://bank.example@evil.example/":   false,
		"https:///x":                           false,
		"//nord.example":                       false,
		"nord.example":                         false,
		"https://nord.example/\u202egpj.exe":   false,
		"https://nord.example/a b":             false,
		"https://nord.example/\x00":            false,
		"https://" + strings.Repeat("a", 400):  false,
	} {
		if got, _ := webURL(link); (got != "") != shown {
			t.Errorf("webURL(%q) = %q", link, got)
		}
	}
}

func TestSize(t *testing.T) {
	en := english()
	size := en.size
	for n, want := range map[int64]string{
		-1: "unknown size", 0: "0 bytes", 1: "1 byte", 812: "812 bytes", 999: "999 bytes", 1000: "1 KB", 1500: "1.5 KB", 12_300: "12 KB",
		999_499: "999 KB", 999_600: "1 MB", 1_204_000: "1.2 MB", 25_000_000: "25 MB", 9_960_000: "10 MB", 1 << 62: "4611686 TB",
	} {
		if got := size(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	link := "https://market.example/" + strings.Repeat("x/", 60)
	for _, c := range []struct{ in, want string }{
		{"short", "short"},
		{"  1. kept", "  1. kept"},
		{strings.Repeat("word ", 20), strings.Repeat("word ", 13) + "word\n" + strings.Repeat("word ", 5) + "word"},
		{"see " + link + " now", "see\n" + link + "\nnow"},
		{strings.Repeat("あ", 40), strings.Repeat("あ", 36) + "\n" + strings.Repeat("あ", 4)},
		{strings.Repeat("あ", 35) + "、、あ", strings.Repeat("あ", 34) + "\nあ、、あ"}, // no line begins with a comma
		{strings.Repeat("w", 100), strings.Repeat("w", 100)},
		{strings.Repeat(" ", 90) + "x", "x"},
		{strings.Repeat("あ", 30) + link + strings.Repeat("い", 30), strings.Repeat("あ", 30) + "\n" + link + "\n" + strings.Repeat("い", 30)},
	} {
		if got := strings.Join(wrap(c.in), "\n"); got != c.want {
			t.Errorf("wrap(%q)\n got %q\nwant %q", c.in, got, c.want)
		}
	}
}

func TestCleanText(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"a\r\nb\rc\nd\u2028e", "a\nb\nc\nd\ne"},
		{"\n\n a\t\x00b \n\n", " a    b"},
		{"\u202eabc\u202c", "abc\u202c"},
		{"\xffa", "\ufffda"},
		{"-- ", "--"},
		{"\u200fשלום", "\u200fשלום"},
	} {
		if got := cleanText(c.in); got != c.want {
			t.Errorf("cleanText(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func BenchmarkAlert(b *testing.B) {
	l := letters(b)
	a := firstContact()
	for b.Loop() {
		if _, err := l.Alert(a); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDigest(b *testing.B) {
	l := letters(b)
	for _, n := range []int{1, 3} {
		b.Run(fmt.Sprintf("items=%d", n), func(b *testing.B) {
			d := digestOf(n)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := l.Digest(d); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestHostileLength: a megabyte of anything costs time in proportion, so that
// one message cannot hold up the others.
func TestHostileLength(t *testing.T) {
	l := letters(t)
	for _, unit := range []string{"\n", " ", "a", "a ", "あ", "\u0301", "@ ", "://", "👨\u200d", "\u0600", "<&", "\u200d", "?", " ?", "\x00", "A\u0301 "} {
		text := strings.Repeat(unit, 1_000_000/len(unit))
		start := time.Now()
		a := firstContact()
		a.Body, a.Merchant.Name, a.Member, a.Matter.Service = text, text, text, text
		a.Files = []File{{Filename: text}}
		r, err := l.Alert(a)
		if err != nil {
			t.Fatal(err)
		}
		checkHeader(t, "Subject", r.Subject, MaxSubject)
		// A quadratic step would take minutes.
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%q a million times took %v", unit, took)
		}
	}
}
