package reply_test

import (
	"testing"

	"github.com/tradepost-mail/tradepost/inbound/reply"
)

// TestFolds holds evidence too weak to cut on: all of the text stays, and a page
// may fold it from where it is probably not new.
func TestFolds(t *testing.T) {
	for name, c := range map[string]struct {
		text, folded string
		kind         reply.CutKind
	}{
		"a date, a verb":      {fresh + "\n\nOn 3 May 2022 Maja wrote:\nHow many?", "On 3 May 2022 Maja wrote:\nHow many?", reply.Attribution},
		"a trip":              {fresh + "\n\nFrom: Lund\nTo: Malmö\nDate: 3 May 2022", "From: Lund\nTo: Malmö\nDate: 3 May 2022", reply.HeaderBlock},
		"a quote introduced":  {fresh + "\n\nThe log says:\n> no boxes", "> no boxes", reply.Quote},
		"text under a footer": {"Sent from my tractor\n\n" + fresh, "", ""},
	} {
		r := reply.Text(c.text, reply.Hints{})
		if r.Text != c.text || r.Text[r.Fold:] != c.folded {
			t.Errorf("%s: %q, folded %q", name, r.Text, r.Text[r.Fold:])
		}
		if c.kind != "" && (len(r.Cuts) != 1 || !r.Cuts[0].Folded || r.Cuts[0].Kind != c.kind || r.Cuts[0].Confidence >= reply.DefaultThreshold) {
			t.Errorf("%s: %+v", name, r.Cuts)
		}
	}
}

// TestThreshold: what is folded at one threshold is cut at a lower one, and what
// is cut is folded at a higher one.
func TestThreshold(t *testing.T) {
	in := fresh + "\n\nOn 3 May 2022 Maja wrote:\nHow many?"
	if r := reply.Text(in, reply.Hints{Threshold: 0.6}); r.Text != fresh {
		t.Errorf("lower: %q", r.Text)
	}
	in = fresh + "\n\nOn 3 May 2022, at 10:11, Maja wrote:\nHow many?"
	if r := reply.Text(in, reply.Hints{}); r.Text != fresh {
		t.Errorf("as it is: %q", r.Text)
	}
	if r := reply.Text(in, reply.Hints{Threshold: 0.95}); r.Text != in || r.Text[:r.Fold] != fresh+"\n\n" {
		t.Errorf("higher: %q, folded at %d", r.Text, r.Fold)
	}
}

// TestNothingAbove: a mark with nothing above it goes alone. Most people who
// send a mail have written something, so what is below it is only folded.
func TestNothingAbove(t *testing.T) {
	for name, c := range map[string]struct{ in, text, folded string }{
		"attribution":           {"On 3 May 2022, at 10:11, Maja <maja@lind.example> wrote:\n\nHow many?\n\nTwo.", "How many?\n\nTwo.", "How many?\n\nTwo."},
		"header block":          {"From: Maja <maja@lind.example>\nSent: 3 May 2022\nSubject: Boxes\n\nHow many?", "How many?", "How many?"},
		"then an attribution":   {"From: Maja <maja@lind.example>\nSent: 3 May 2022\nSubject: Boxes\n\nTwo.\n\nOn 3 May 2022, at 10:11, Nils <nils@berg.example> wrote:\n> How many?", "Two.", "Two."},
		"attribution and quote": {"On 3 May 2022, at 10:11, Maja <maja@lind.example> wrote:\n> How many?\n\nTwo.", "Two.", ""},
	} {
		r := reply.Text(c.in, reply.Hints{})
		if r.Text != c.text || r.Text[r.Fold:] != c.folded {
			t.Errorf("%s: %q, folded %q", name, r.Text, r.Text[r.Fold:])
		}
	}
	// Our own letter below says that nothing is new.
	h := reply.Hints{Separators: []string{"Answer this mail: it goes to the desk."}}
	r := reply.Text("On 3 May 2022, at 10:11, Desk <desk@market.example> wrote:\n\nHow many?\n\nAnswer this mail: it goes to the desk.", h)
	if r.Text != "" {
		t.Errorf("our own letter: %q", r.Text)
	}
}

// TestAnswersBelow: who says that answers stand in an unmarked quote is believed.
func TestAnswersBelow(t *testing.T) {
	const quoted = "From: Maja <maja@lind.example>\nSent: 3 May 2022 10:11\nTo: Nils\nSubject: Boxes\n\nHow many?\nTwo."
	for _, says := range []string{"Please see my comments below.", "My answers are below.", "My answers in red.", "Meine Antworten im Text.", "Mes réponses ci-dessous.", "Mis respuestas en rojo.", "Mina svar nedan.", "Zie mijn antwoorden hieronder."} {
		in := says + "\n\n" + quoted
		if r := reply.Text(in, reply.Hints{}); r.Text != in || r.Text[r.Fold:] != quoted {
			t.Errorf("%q: %q, folded %q", says, r.Text, r.Text[r.Fold:])
		}
	}
	if r := reply.Text("See below.\n\n"+quoted, reply.Hints{}); r.Text != "See below." {
		t.Errorf("%q", r.Text) // it may point at the quote itself
	}
}
