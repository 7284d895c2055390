package inbound

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/inbound/reply"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/templates"
)

const (
	asked    = "Hello, we would like to move 1,300 lamps before the winter. Half of them have variants, and the pictures are in *three* places:\n\n  1. the old store\n  2. a disk\n\nWhat would that cost?\n\nAda"
	answered = "Hi Ada,\n\nthat takes about four days.\n\nMaja"
)

// ourLetters are an alert and a relay as they go out.
func ourLetters(t testing.TB) (l *templates.Letters, alert, relay templates.Rendered) {
	t.Helper()
	l, err := templates.New(templates.Options{Market: "Market"})
	if err != nil {
		t.Fatal(err)
	}
	matter := templates.Matter{Kind: "service", Service: "Store migration"}
	files := []templates.File{{Filename: "lamps.csv", Size: 1200}}
	if alert, err = l.Alert(templates.Alert{Member: "Maja Lind", Partner: "Studio Lind", Matter: matter, Body: asked, Files: files,
		Merchant: templates.Merchant{Name: "Ada Berg", StoreName: "Berg Lamps", StoreURL: "https://berg.example", PublicEmail: "hello@berg.example"},
		OpenURL:  "https://market.example/c/1", Reason: "every_message"}); err != nil {
		t.Fatal(err)
	}
	if relay, err = l.Relay(templates.Relay{Author: "Maja Lind", Partner: "Studio Lind", Matter: matter, Body: answered,
		OpenURL: "https://market.example/c/1"}); err != nil {
		t.Fatal(err)
	}
	return l, alert, relay
}

// cutAnswer cuts a mail as compose does.
func cutAnswer(l *templates.Letters, author tradepost.AuthorRole, m *message.Message) reply.Result {
	cut := reply.FromMessage(m, reply.Hints{Separators: l.Separators(), Names: []string{"Ada Berg", "Maja Lind", "Studio Lind"}})
	if !meetsLetter(cut) {
		return cut
	}
	return withoutLetter(cut, author, []store.Message{
		{Author: tradepost.AuthorMerchant, AuthorName: "Ada Berg", Body: asked, Files: []store.File{{Filename: "lamps.csv"}}},
		{Author: tradepost.AuthorMember, AuthorName: "Maja Lind", Body: answered},
		{Author: tradepost.AuthorMerchant, AuthorName: "Ada Berg", Body: "What would that cost?\n\nAda"},
	})
}

// TestLetterWithoutMarks: a letter of ours below an answer, in a mail program that
// marks nothing.
func TestLetterWithoutMarks(t *testing.T) {
	t.Parallel()
	l, alert, relay := ourLetters(t)
	const written = "Gladly. Ada Berg asks about the price: it is the same.\n\nReply when you can"
	for _, letter := range []struct {
		author   tradepost.AuthorRole
		rendered templates.Rendered
		from     string
	}{
		{tradepost.AuthorMember, alert, "Ada Berg via Market"},
		{tradepost.AuthorMerchant, relay, "Maja Lind, Studio Lind"},
	} {
		for _, between := range []string{"", "________________________________", "*NAME*", "Von: NAME", "NAME:"} {
			between = strings.ReplaceAll(between, "NAME", letter.from)
			if between == "*"+letter.from+"*" {
				between = "*" + strings.NewReplacer(" via Market", "", ", Studio Lind", "").Replace(letter.from) + "*"
			}
			for kind, raw := range map[string]string{
				"plain": written + "\n\n" + between + "\n\n" + letter.rendered.Text,
				"html":  "<div>" + strings.ReplaceAll(written, "\n", "<br>") + "</div><div>" + between + "</div>" + letter.rendered.HTML,
			} {
				cut := cutAnswer(l, letter.author, parse(fmt.Sprintf("Content-Type: text/%s; charset=utf-8\r\n\r\n%s", kind, raw)))
				if cut.Text != written || cut.Fold > len(cut.Text) {
					t.Errorf("%s, %s, %q: fold at %d of\n%s", letter.author, kind, between, cut.Fold, cut.Text)
				}
				if !strings.Contains(cut.Quoted, "days") && !strings.Contains(cut.Quoted, "lamps") {
					t.Errorf("%s, %s, %q: the letter is gone from the quoted:\n%s", letter.author, kind, between, cut.Quoted)
				}
			}
		}
	}
}

// TestOwnWordsStay: what a person wrote isn't taken for our letter.
func TestOwnWordsStay(t *testing.T) {
	t.Parallel()
	l, alert, _ := ourLetters(t)
	const mark = "Reply to this mail:"
	_, below, _ := strings.Cut(alert.Text, mark)
	below = mark + below
	for _, test := range []struct{ name, raw, want string }{
		{"no letter", "Ada Berg\nasks: what would that cost?\n\nAda", "Ada Berg\nasks: what would that cost?\n\nAda"},
		{"the message alone", asked, asked},
		{"only the end of our letter", "Four days.\n\n" + below, "Four days."},
		{"an answer within the letter", "Hello.\n\n" + asked + "\n\nAbout four days.\n\n" + below, "Hello.\n\n" + asked + "\n\nAbout four days."},
		{"an answer about the file", "Hello.\n\n" + asked + "\n\nI have lamps.csv now.\n\n" + below, "Hello.\n\n" + asked + "\n\nI have lamps.csv now."},
		{"nothing but the letter's message", asked + "\n\n" + below, asked},
		{"the author's own message", "Again:\n\n" + answered + "\n\n" + below, "Again:\n\n" + answered},
	} {
		if cut := cutAnswer(l, tradepost.AuthorMember, parse("Content-Type: text/plain; charset=utf-8\r\n\r\n"+test.raw)); cut.Text != test.want {
			t.Errorf("%s: %q", test.name, cut.Text)
		}
	}
}

// TestWithoutLetterOnlyShortens: whatever is written and known, what stays is the
// beginning of the text, and not a word of the rest is lost.
func TestWithoutLetterOnlyShortens(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.SampledFrom([]string{"", "Ada", "Yes.", "- Yes", "Ada: Yes", "---", "In it: a.csv, 1 KB"}), 0, 12)
		var messages []store.Message
		for range rapid.IntRange(0, 3).Draw(t, "messages") {
			messages = append(messages, store.Message{Author: tradepost.AuthorMerchant, AuthorName: rapid.SampledFrom([]string{"", "Ada"}).Draw(t, "name"),
				Body: strings.Join(lines.Draw(t, "body"), "\n"), Files: []store.File{{Filename: "a.csv"}}})
		}
		was := reply.Result{Text: strings.Join(lines.Draw(t, "text"), "\n"), Quoted: "below"}
		was.Fold = rapid.IntRange(0, len(was.Text)).Draw(t, "fold")
		is := withoutLetter(was, tradepost.AuthorMember, messages)
		if !strings.HasPrefix(was.Text, is.Text) || is.Fold > len(is.Text) || was.Text != "" && is.Text == "" ||
			squash(is.Text+is.Quoted) != squash(was.Text+was.Quoted) {
			t.Fatalf("%+v became %+v", was, is)
		}
	})
}

// TestLetterWithoutMarksIsNotPosted goes the whole way, with the letter of the
// conversation there is.
func TestLetterWithoutMarksIsNotPosted(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	l, _, _ := ourLetters(t)
	alert, err := l.Alert(templates.Alert{Member: "Maja Lind", Partner: "Studio Lind", Body: "Could you move our store?",
		Merchant: templates.Merchant{Name: "Ada Berg", StoreName: "Berg"}, Matter: templates.Matter{Kind: "service", Service: "Store migration"}})
	if err != nil {
		t.Fatal(err)
	}
	m.send("Yes, gladly.\n\n" + alert.Text)
	r := m.start(withOptions(func(o *Options) { o.Separators = l.Separators() }))
	r.until("the reply is filed", m.settled(1))
	got := m.messages()
	if len(got) != 1 || got[0].Body != "Yes, gladly." || !strings.Contains(got[0].FullText, "Could you move our store?") {
		t.Errorf("messages: %s", show(got))
	}
}
