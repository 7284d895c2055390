package reply_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"github.com/tradepost-mail/tradepost/inbound/reply"
)

// sameCharacters reports whether two results hold the characters of the input
// that can be seen, each as often.
func sameCharacters(in string, r reply.Result) bool {
	have := make(map[rune]int)
	count := func(s string, n int) {
		for _, c := range s {
			if unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.IsPunct(c) || unicode.IsSymbol(c) {
				have[c] += n
			}
		}
	}
	count(in, 1)
	count(r.Text, -1)
	count(r.Quoted, -1)
	for _, n := range have {
		if n != 0 {
			return false
		}
	}
	return true
}

// subsequence reports whether every line of part is a line of whole, in order.
func subsequence(part, whole string) bool {
	rows := strings.Split(strings.ReplaceAll(whole, "\r\n", "\n"), "\n")
	for l := range strings.SplitSeq(part, "\n") {
		for {
			if len(rows) == 0 {
				return false
			}
			r := rows[0]
			rows = rows[1:]
			if r == l {
				break
			}
		}
	}
	return true
}

// mails are drawn from lines that rules look for and lines they must not touch.
var mails = rapid.Custom(func(t *rapid.T) string {
	lines := []string{"", "", "Hello", "Two boxes, please.", "> How many?", "> > Before", "-- ", "--", "Maja", "Sent from my iPhone", "________________________________", "* * *",
		"On 3 May 2022, at 10:11, Maja <maja@lind.example> wrote:", "On Tuesday I am offline:", "From: Maja <maja@lind.example>", "Sent: 3 May 2022 10:11",
		"To: Desk", "Subject: Boxes", "-----Original Message-----", "---------- Forwarded message ---------", "Am 3. Mai 2022 um 10:11", "schrieb Maja:", "\u00a0", "1. one", "Maja wrote:", "On 3 May 2022 Maja wrote:",
		"On Tue, May 3, 2022 at 10:11 AM Maja Lind", "> <maja@lind.example> wrote:", "<maja@lind.example", ">:", ">>> Maja 03.05.22 10:11 >>>", "Best regards", "Tel: +46 70 123 45 67", "www.lind.example",
		"##- Reply above this line -##", "[EXTERNAL]", "This e-mail is confidential and intended solely for the addressee. Copying is prohibited.", "Virus-free. www.avast.com", "The log says:",
		"> a long line of the quoted mail, which went over the end of the", "line", "Answer this mail: it goes to the desk.", "ᐧ", "PS: one more"}
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(lines), 0, 25).Draw(t, "lines"), "\n")
})

// hints are drawn for them.
var hints = rapid.Custom(func(t *rapid.T) reply.Hints {
	return reply.Hints{
		Separators:    rapid.SliceOfN(rapid.SampledFrom([]string{"Answer this mail: it goes", "You get this "}), 0, 2).Draw(t, "separators"),
		Names:         rapid.SliceOfN(rapid.SampledFrom([]string{"Maja Lind", "Maja"}), 0, 2).Draw(t, "names"),
		Threshold:     rapid.SampledFrom([]float64{0, 0.3, 0.6, 0.9}).Draw(t, "threshold"),
		KeepForwarded: rapid.Bool().Draw(t, "forwarded"),
	}
})

func TestNothingIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, h := mails.Draw(t, "mail"), hints.Draw(t, "hints")
		r := reply.Text(in, h)
		if r.Text != "" && !subsequence(r.Text, in) {
			t.Fatalf("text %q isn't of %q", r.Text, in)
		}
		if r.Quoted != "" && !subsequence(r.Quoted, in) {
			t.Fatalf("quoted %q isn't of %q", r.Quoted, in)
		}
		if !sameCharacters(in, r) {
			t.Fatalf("words were lost: %q + %q of %q", r.Text, r.Quoted, in)
		}
		if len(strings.Fields(r.Quoted)) > 0 && len(r.Cuts) == 0 {
			t.Fatalf("%q was cut without a reason", r.Quoted)
		}
		checkResult(t, r)
	})
}

// checkResult holds what is true of every result.
func checkResult(t interface{ Fatalf(string, ...any) }, r reply.Result) {
	if r.Fold < 0 || r.Fold > len(r.Text) || r.Fold > 0 && r.Fold < len(r.Text) && r.Text[r.Fold-1] != '\n' {
		t.Fatalf("%q is folded at %d", r.Text, r.Fold)
	}
	folded := false
	for _, c := range r.Cuts {
		if c.Confidence <= 0 || c.Confidence > 1 || c.Evidence == "" || c.Kind == "" {
			t.Fatalf("%+v", c)
		}
		folded = folded || c.Folded
	}
	if r.Fold < len(r.Text) && !folded {
		t.Fatalf("%q is folded at %d without a reason: %+v", r.Text, r.Fold, r.Cuts)
	}
}

// TestCertaintyCutsNothing: nothing in a text is certain.
func TestCertaintyCutsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, h := mails.Draw(t, "mail"), hints.Draw(t, "hints")
		h.Threshold = 1
		r := reply.Text(in, h)
		if !sameCharacters(in, reply.Result{Text: r.Text}) {
			t.Fatalf("%q of %q was cut: %+v", r.Quoted, in, r.Cuts)
		}
	})
}

// TestNewTextAboveStays writes above a mail, as most people answer: whatever
// the mail is, what was written is kept.
func TestNewTextAboveStays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := mails.Draw(t, "mail")
		r := reply.Text(fresh+"\n\n"+in, reply.Hints{})
		if !strings.HasPrefix(r.Text, fresh) || r.Fold < len(fresh) {
			t.Fatalf("%q, folded at %d, of %q", r.Text, r.Fold, in)
		}
	})
}

// TestMoreEvidenceIsMoreConfidence adds evidence to an attribution, piece by
// piece.
func TestMoreEvidenceIsMoreConfidence(t *testing.T) {
	confidence := func(has [6]bool) float64 {
		part := func(i int, s string) string {
			if has[i] {
				return s
			}
			return ""
		}
		line := "On" + part(0, " Tue,") + part(1, " 3 May 2022") + part(2, " at 10:11") + " Maja Lind" + part(3, " <maja@lind.example>") + " wrote:"
		below := "\n\nHow many?"
		if has[4] {
			below = "\n\n> How many?"
		}
		h := reply.Hints{}
		if has[5] {
			h.Names = []string{"Maja Lind"}
		}
		for _, c := range reply.Text(fresh+"\n\n"+line+below, h).Cuts {
			if c.Kind == reply.Attribution {
				return c.Confidence
			}
		}
		return 0
	}
	rapid.Check(t, func(t *rapid.T) {
		var less, more [6]bool
		for i := range more {
			more[i] = rapid.Bool().Draw(t, fmt.Sprint("more", i))
			less[i] = more[i] && rapid.Bool().Draw(t, fmt.Sprint("less", i))
		}
		if confidence(less) > confidence(more) {
			t.Fatalf("%v gave %v, and %v gave %v", less, confidence(less), more, confidence(more))
		}
	})
}

// TestLinear gives each rule long mails of what it looks for. Each takes some
// tens of milliseconds; the bound leaves room for the race detector, and what
// isn't linear still breaks it.
func TestLinear(t *testing.T) {
	const size = 1 << 20
	const marks = "Date: 2 Mar 2026 09:01\nSent: Monday, March 2, 2026 9:01 AM\n| q\n*From:* Maja\nwrote:\n"
	h := reply.Hints{Names: []string{"Maja Lind"}, Separators: []string{"Answer this mail: it goes", "on 1 on 1 on 1"}}
	for _, unit := range []string{
		"on 1\n", "on 1:\n", "from:\n", "from: 1\nto:\n", "> a\nb\n", "> a\n\n\n\n", "--\n", "Sent from my iPhone\n", "Sent from my iPhone\n\n> a\n", "Sent from my iPhone\n\n", "a@b.cc 1\n", "wrote:\n",
		"On 3 May 2022 a@b.example wrote:\n> a\n", "On 3 May 2022 a@b.example\n", "I wrote: On 3 May 2022 wrote:\n> a\n", "2022-05-03 10:11 <\n", "On 3 May 2022 10:11 <a@b.example\n> c\n", strings.Repeat("1 ", 490) + "\n", strings.Repeat("on 1. ", 60) + "wrote:\n",
		"_____\n", "_____\nPS\n", "\n", ">", "a", "-- message --\n", "this email is confidential, in error, prohibited\n", "this email is confidential, in error, prohibited ", "confidential\n\n",
		"Answer this mail: it goes\n", "on 1\non 1\n", "Tel: +46 70 123 45 67\n\n", "www.a.example | b\n", "above this line reply\n", "[external]\n\n", "iphone ", "Regards\nMaja\n", "<a@b.example ", marks, marks + "\n",
		"-----Original Message-----\n", "---------- Forwarded message ---------\n", "On 3 May 2022, at 10:11, Maja <maja@lind.example> wrote:\n",
		"From: a@b.example\nSent: Monday\nTo: x\n", "On Mon, 2 May 2022\nhello\nOn Mon, 2 May 2022 at 10:11 Maja wrote:\n\n", "> " + strings.Repeat("a ", 30) + "\nb\n",
	} {
		start := time.Now()
		reply.Text(strings.Repeat(unit, size/len(unit)), h)
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("text of %.20q: %v", unit, took)
		} else {
			t.Logf("text of %.20q: %v", unit, took)
		}
	}
	for _, unit := range []string{"<div>", "<b></b>", "<blockquote>a", "<p>a", "<p>wrote:<blockquote>a</blockquote>", "<div class=gmail_quote>a</div>b", "<div class=gmail_signature>a</div>"} {
		start := time.Now()
		reply.HTML(strings.Repeat(unit, size/len(unit)), h)
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("HTML of %.20q: %v", unit, took)
		} else {
			t.Logf("HTML of %.20q: %v", unit, took)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, line := range attributions {
		f.Add(fresh + "\n\n" + line + "\n> a\n")
	}
	for _, block := range headerBlocks {
		f.Add(fresh + "\n\n" + block + "\n\na\n")
	}
	for _, lines := range footers {
		f.Add(fresh + "\n\n" + strings.Join(lines, "\n") + "\n-- \na")
	}
	h := reply.Hints{Separators: []string{"Answer this mail: it goes"}, Names: []string{"Maja Lind"}, Addresses: []string{"maja@lind.example"}}
	f.Fuzz(func(t *testing.T, s string) {
		r := reply.Text(s, h)
		if !sameCharacters(s, r) {
			t.Fatalf("%q gave %+v", s, r)
		}
		checkResult(t, r)
		h := h
		h.KeepForwarded = true
		checkResult(t, reply.Text(s, h))
	})
}

func FuzzHTML(f *testing.F) {
	for _, s := range []string{"<div class=gmail_quote>a</div>b", "<p>a<b>b<i>c</b>d</p>", "<ol><li>a<li>b", "<a href=http://x>y</a>", "<pre>a\n b</pre>", "<blockquote>a<br>b", "<p>On 3 May 2022, at 10:11, Maja wrote:</p><blockquote type=cite>a</blockquote>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := reply.HTML(s, reply.Hints{})
		if len(r.Text)+len(r.Quoted) > 40*len(s)+100 {
			t.Fatalf("%d bytes became %d", len(s), len(r.Text)+len(r.Quoted))
		}
		checkResult(t, r)
	})
}
