package templates

import (
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost"
)

// TestDigestButton: the one thing to do with a conversation that has a page is the
// family's button; several share the letter as equals.
func TestDigestButton(t *testing.T) {
	l := letters(t)
	for _, c := range []struct {
		items   int
		url     string
		buttons int
	}{{1, openURL, 1}, {1, "", 0}, {1, "javascript:alert(1)", 0}, {2, openURL, 0}} {
		d := digestOf(c.items)
		for i := range d.Items {
			d.Items[i].OpenURL = c.url
		}
		r, err := l.Digest(d)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(r.HTML, "bgcolor="); got != c.buttons {
			t.Errorf("%d items with page %q: %d buttons", c.items, c.url, got)
		}
		if got := strings.Count(r.Text, "Open the conversation: "); got != c.buttons {
			t.Errorf("%d items with page %q: the text says %d times that it can be opened", c.items, c.url, got)
		}
		if coloured := strings.Contains(r.HTML, ".b{"); coloured != (c.buttons > 0) {
			t.Errorf("%d items with page %q: colours of a button: %v", c.items, c.url, coloured)
		}
	}
}

// TestReminderBeginsWithItsNews holds it in both parts.
func TestReminderBeginsWithItsNews(t *testing.T) {
	r, err := letters(t).Reminder(Reminder{Locale: "en", Partner: "Studio Lind", Merchant: nadia, Matter: migration, Body: "Hello"})
	if err != nil {
		t.Fatal(err)
	}
	const news = "No answer from Studio Lind for 1 hour."
	if !strings.HasPrefix(r.Text, news+"\n") || !strings.Contains(r.HTML, ">"+news+"</h1>") || !strings.Contains(r.HTML, ">Nadia Rahman</h2>") {
		t.Errorf("another thing stands first:\n%s", r.Text)
	}
}

// TestNoReplyWhereNoneIsTaken: a transcript offers a reply where one would arrive.
func TestNoReplyWhereNoneIsTaken(t *testing.T) {
	l := letters(t)
	result := func(v tradepost.Verb, s tradepost.CommandState) []tradepost.CommandResult {
		return []tradepost.CommandResult{{Command: tradepost.Command{Verb: v}, State: s}}
	}
	for _, c := range []struct {
		name        string
		part        TranscriptPart
		reply, open bool
	}{
		{"posted", TranscriptPart{Posted: true}, true, true},
		{"done", TranscriptPart{Results: result(tradepost.VerbDone, tradepost.CommandDone)}, true, true},
		{"too big", TranscriptPart{Refused: tradepost.ReasonEmptyMail}, true, true},
		{"closed", TranscriptPart{Refused: tradepost.ReasonClosed}, false, false},
		{"deleted", TranscriptPart{Results: result(tradepost.VerbDelete, tradepost.CommandDone)}, false, false},
		{"not deleted yet", TranscriptPart{Results: result(tradepost.VerbDelete, tradepost.CommandAsked)}, true, true},
		{"blocked", TranscriptPart{Results: result(tradepost.VerbBlock, tradepost.CommandDone)}, false, true},
		{"blocked before", TranscriptPart{Refused: tradepost.ReasonRefusedBlocked}, false, true},
		{"not a member", TranscriptPart{Refused: tradepost.ReasonNotMember}, false, true},
	} {
		c.part.Merchant, c.part.ReplyAddress, c.part.OpenURL = nadia, "reply+a@in.market.example", openURL
		r, err := l.Transcript(Transcript{Locale: "en", Parts: []TranscriptPart{c.part}})
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{r.Text, words(t, r.HTML)} {
			if got := strings.Contains(part, "Reply to Nadia Rahman"); got != c.reply {
				t.Errorf("%s: a reply is offered: %v", c.name, got)
			}
			if got := strings.Contains(part, "Open the conversation"); got != c.open {
				t.Errorf("%s: the page is offered: %v", c.name, got)
			}
		}
		if strings.Contains(r.HTML, "mailto:") != c.reply {
			t.Errorf("%s: the link of a reply", c.name)
		}
	}
}

// TestProposalWithoutPage: one that has nowhere to go on is cut as well, and says so.
func TestProposalWithoutPage(t *testing.T) {
	l := letters(t)
	for _, unit := range []string{`"&`, "あ", "ש ", "a b\n", "\n"} {
		huge := strings.Repeat(unit, 1<<20/len(unit))
		for i := range l.languages {
			lang := &l.languages[i]
			r, err := l.Proposal(Proposal{Locale: lang.tag, Author: huge, Partner: huge, Work: huge, Terms: huge, Price: Price{1, "EUR"}})
			if err != nil {
				t.Fatal(err)
			}
			checkLetter(t, r)
			if says := strings.Count(strings.Join(strings.Fields(r.Text), " "), lang.cutHere); says != 2 && unit != "\n" {
				t.Errorf("%s of %q: it says %d times that it goes on", lang.tag, unit, says)
			}
		}
	}
}
