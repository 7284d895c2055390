package mailer

import (
	"io"
	"mime/quotedprintable"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// words draws text that is interesting to fold and to encode.
func words(t *rapid.T, label string, most int) string {
	parts := rapid.SliceOfN(rapid.SampledFrom([]string{
		"a", "linen", "=", "=3D", ".", " ", "  ", "\t", "é", "漁", "🙂", "-", "\n", "\r\n", "\n\n", " \n", "\t\n", ".\n", "=\n", "\x7f",
		strings.Repeat("x", 73), strings.Repeat("y", 74), strings.Repeat("z ", 40), strings.Repeat("ö", 26), "reply+abcdefghijklmnopqrstuvwxyz@market.example",
	}), 0, most).Draw(t, label)
	return strings.Join(parts, "")
}

// line is one without line breaks.
func line(t *rapid.T, label string, most int) string {
	return strings.NewReplacer("\r", "", "\n", "").Replace(words(t, label, most))
}

func drawLetter(t *rapid.T) *Letter {
	l := &Letter{
		From: Address{Name: line(t, "from", 6), Addr: "inbox@market.example"}, To: Address{Name: line(t, "to", 6), Addr: "måns@café.example"},
		Subject: line(t, "subject", 12), MessageID: "id" + rapid.StringMatching(`[a-z]{1,90}`).Draw(t, "id") + "@market.example",
		Date: time.Unix(rapid.Int64Range(0, 1<<32).Draw(t, "date"), 0).UTC(),
		Text: "x" + words(t, "text", 30), HTML: words(t, "html", 30),
	}
	if rapid.Bool().Draw(t, "answers") {
		l.ReplyTo = Address{Name: line(t, "reply-to", 6), Addr: "reply+abc@market.example"}
		l.InReplyTo = "first@shop.example"
		l.References = rapid.SliceOfN(rapid.StringMatching(`[a-z]{1,60}@[a-z]{1,30}\.example`), 0, 8).Draw(t, "references")
	}
	if rapid.Bool().Draw(t, "list") {
		l.AutoSubmitted, l.ListID = "auto-generated", "digest.market.example"
		l.ListUnsubscribe = []string{"https://market.example/u/" + strings.Repeat("k", rapid.IntRange(0, 90).Draw(t, "link")), "mailto:stop@market.example"}
		l.ListUnsubscribeOneClick = true
		l.Extra = []Header{{"X-Tradepost-Hop", "1"}, {"Feedback-ID", line(t, "feedback", 5)}, {"A-First", ""}}
	}
	return l
}

// TestComposePlain holds our own writer against go-mail's.
func TestComposePlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, err := drawLetter(t).checked()
		if err != nil {
			t.Fatal(err)
		}
		want, err := l.composeByGoMail()
		if err != nil {
			t.Fatal(err)
		}
		got, ok := l.composePlain()
		if ok != (readable(l.Text) && readable(l.HTML)) {
			t.Fatalf("composePlain took the letter: %v", ok)
		}
		if diff := cmp.Diff(string(want), string(got)); ok && diff != "" {
			t.Fatalf("not what go-mail writes (-go-mail +ours):\n%s", diff)
		}
	})
}

func TestComposePlainLeaves(t *testing.T) {
	for name, l := range map[string]*Letter{
		"attachment":       {Text: "x", Attachments: []Attachment{{Filename: "a.txt"}}},
		"text in base64":   {Text: "漁港"},
		"markup in base64": {Text: "x", HTML: "漁港"},
	} {
		if _, ok := l.composePlain(); ok {
			t.Errorf("%s: is for go-mail to write", name)
		}
	}
}

// TestQuotedPrintable reads back what was written, by package mime: the same but
// for line breaks, which all are CRLF.
func TestQuotedPrintable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.Custom(func(t *rapid.T) string { return words(t, "text", 40) })).Draw(t, "s")
		encoded := string(appendQuotedPrintable([]byte("before: "), s)[len("before: "):])
		for l := range strings.SplitSeq(encoded, "\r\n") {
			if len(l) > qpLine || strings.HasSuffix(l, " ") || strings.HasSuffix(l, "\t") || strings.ContainsAny(l, "\r\n") {
				t.Fatalf("line %q of %q", l, s)
			}
		}
		got, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(encoded)))
		want := strings.NewReplacer("\r\n", "\r\n", "\r", "\r\n", "\n", "\r\n").Replace(s)
		if err != nil || string(got) != want {
			t.Fatalf("%q is read back as %q, %v", s, got, err)
		}
	})
}

func BenchmarkCompose(b *testing.B) {
	l := &Letter{
		From: Address{Name: "Nadia Rahman via MARKET", Addr: "inbox@market.example"}, To: Address{Name: "Taro Yamada", Addr: "taro@studio.example"},
		ReplyTo: Address{Name: "Nadia Rahman", Addr: "reply+abcdefghijklmnopqrstuvwxyz0123456789@market.example"},
		Subject: "2 unread: Nadia Rahman", MessageID: "0123456789abcdef@market.example", Date: time.Unix(1e9, 0).UTC(),
		AutoSubmitted: "auto-generated", ListID: "digest.market.example", ListUnsubscribe: []string{"https://market.example/u/abc"}, ListUnsubscribeOneClick: true,
		Text: strings.Repeat("We run a small shop by the canal, \"Blåbär & Co\".\n", 20), HTML: strings.Repeat(`<p class="m" style="margin:4px 0 0 0">We run a small shop</p>`+"\n", 60),
	}
	for name, f := range map[string]func() ([]byte, error){
		"go-mail": l.composeByGoMail, "plain": func() ([]byte, error) { out, _ := l.composePlain(); return out, nil },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
