package reply_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tradepost-mail/tradepost/inbound/reply"
)

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
	lines := []string{"", "", "Hello", "Two boxes, please.", "> How many?", "> > Before", "-- ", "Maja", "Sent from my iPhone", "________________________________",
		"On 3 May 2022, at 10:11, Maja <maja@lind.example> wrote:", "On Tuesday I am offline:", "From: Maja <maja@lind.example>", "Sent: 3 May 2022 10:11",
		"To: Desk", "Subject: Boxes", "-----Original Message-----", "Am 3. Mai 2022 um 10:11", "schrieb Maja:", "\u00a0", "1. one"}
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(lines), 0, 25).Draw(t, "lines"), "\n")
})

func TestLinesComeFromTheInput(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := mails.Draw(t, "mail")
		r := reply.Text(in, reply.Hints{})
		if r.Text != "" && !subsequence(r.Text, in) {
			t.Fatalf("text %q isn't of %q", r.Text, in)
		}
		if r.Quoted != "" && !subsequence(r.Quoted, in) {
			t.Fatalf("quoted %q isn't of %q", r.Quoted, in)
		}
		count := func(s string) int { return len(strings.Fields(s)) }
		if count(r.Text)+count(r.Quoted) != count(in) {
			t.Fatalf("words were lost: %q + %q of %q", r.Text, r.Quoted, in)
		}
		if count(r.Quoted) > 0 && len(r.Cuts) == 0 {
			t.Fatalf("%q was cut without a reason", r.Quoted)
		}
	})
}

// TestNewTextAboveStays writes above a mail, as most people answer: whatever
// the mail is, what was written is kept.
func TestNewTextAboveStays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := mails.Draw(t, "mail")
		r := reply.Text(fresh+"\n\n"+in, reply.Hints{})
		if !strings.HasPrefix(r.Text, fresh) {
			t.Fatalf("%q of %q", r.Text, in)
		}
	})
}

// TestLinear gives each rule long mails of what it looks for. Each takes some
// tens of milliseconds; the bound leaves room for the race detector, and what
// isn't linear still breaks it.
func TestLinear(t *testing.T) {
	const size = 256 << 10
	for _, unit := range []string{
		"on 1\n", "on 1:\n", "from:\n", "from: 1\nto:\n", "> a\nb\n", "--\n", "Sent from my iPhone\n", "Sent from my iPhone\n\n> a\n", "a@b.cc 1\n", "wrote:\n",
		"On 3 May 2022 a@b.example wrote:\n> a\n", strings.Repeat("1 ", 490) + "\n", strings.Repeat("on 1. ", 60) + "wrote:\n", "_____\n", "\n", ">", "a",
	} {
		start := time.Now()
		reply.Text(strings.Repeat(unit, size/len(unit)), reply.Hints{Names: []string{"Maja Lind"}})
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("text of %.20q: %v", unit, took)
		} else {
			t.Logf("text of %.20q: %v", unit, took)
		}
	}
	for _, unit := range []string{
		"<div>", "<b>", "<b></b>", "a<i></i>", "<blockquote>a", "<table><tr><td>", "</p>", "<p>a", "<a href=http://x>a", "<li>", "&amp;", "<div class='a b c d'>a</div>", "<br>", "<!--", "<![", "<a b=", "<div><b>a</div>",
	} {
		start := time.Now()
		reply.HTML(strings.Repeat(unit, size/len(unit)), reply.Hints{})
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
	f.Fuzz(func(t *testing.T, s string) {
		r := reply.Text(s, reply.Hints{})
		if r.Text != "" && !subsequence(r.Text, s) || r.Quoted != "" && !subsequence(r.Quoted, s) {
			t.Fatalf("%q gave %+v", s, r)
		}
	})
}

func FuzzHTML(f *testing.F) {
	for _, s := range []string{"<div class=gmail_quote>a</div>b", "<p>a<b>b<i>c</b>d</p>", "<ol><li>a<li>b", "<a href=http://x>y</a>", "<pre>a\n b</pre>", "<blockquote>a<br>b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := reply.HTML(s, reply.Hints{})
		if len(r.Text)+len(r.Quoted) > 40*len(s)+100 {
			t.Fatalf("%d bytes became %d", len(s), len(r.Text)+len(r.Quoted))
		}
	})
}
