package reply_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/inbound/reply"
)

func TestInterleaved(t *testing.T) {
	in := "On 3 May 2022, at 10:11, Maja <maja@lind.example> wrote:\n> How many boxes?\n\nTwo.\n\n> Which colour?\n\nBlue.\n\n> Regards\n> Maja\n"
	r := reply.Text(in, reply.Hints{})
	if want := "> How many boxes?\n\nTwo.\n\n> Which colour?\n\nBlue."; r.Text != want {
		t.Errorf("%q", r.Text)
	}
}

// TestBrokenQuote: a mailer broke a quoted line, and its end isn't an answer.
func TestBrokenQuote(t *testing.T) {
	in := fresh + "\n\nOn 3 May 2022, at 10:11, Maja <maja@lind.example> wrote:\n> We have many boxes, and wonder how many of them you would like\nto have, and which\n> colour.\n"
	if r := reply.Text(in, reply.Hints{}); r.Text != fresh {
		t.Errorf("%q", r.Text)
	}
}

// TestSignOffUnderTheQuote answers nothing, so the quote goes.
func TestSignOffUnderTheQuote(t *testing.T) {
	in := fresh + "\n\nOn 3 May 2022, at 10:11, Maja <maja@lind.example> wrote:\n\n> How many?\n\nBest regards\nNils"
	if r := reply.Text(in, reply.Hints{}); !strings.HasPrefix(r.Text, fresh) || !strings.HasSuffix(r.Text, "\n\nBest regards\nNils") || strings.Contains(r.Text, ">") {
		t.Errorf("%q", r.Text)
	}
}

func TestAnswerUnderTheQuote(t *testing.T) {
	r := reply.Text("On 3 May 2022, at 10:11, Maja <maja@lind.example> wrote:\n> How many boxes?\n> Which colour?\n\n"+fresh+"\n", reply.Hints{})
	if r.Text != fresh {
		t.Errorf("%q", r.Text)
	}
}

func TestNothingNew(t *testing.T) {
	for _, s := range []string{"", "\n \n", "> only\n> a quote", "-----"} {
		if r := reply.Text(s, reply.Hints{}); r.Text != "" || r.Quoted != strings.TrimSpace(s) {
			t.Errorf("%q: %q and %q", s, r.Text, r.Quoted)
		}
	}
}

func TestHints(t *testing.T) {
	const phrase = "Answer this mail: the merchant gets it without your address."
	h := reply.Hints{Separators: []string{phrase, "You get this "}, Names: []string{"Maja Lind"}}
	for name, quoted := range map[string]string{
		"alone":         phrase + "\nOpen the conversation: https://market.example/1",
		"wrapped":       "Answer this mail: the merchant gets it\nwithout your address.\nMore.",
		"wrapped twice": "Answer this mail: the\nmerchant gets it\nwithout your address.\nMore.",
		"bold":          "**Answer this mail:** the merchant gets it without your address.",
		"in a list":     "- " + phrase,
		"in a table":    "| " + phrase + " |",
		"beside a cell": "Market | " + phrase,
		"quoted":        "> How many?\n> " + phrase,
		"two short":     "You get this because of your settings.\n\n" + phrase,
		"a name":        "Maja Lind wrote:\n\nHow many?",
	} {
		in := fresh + "\n\n" + quoted
		if r := reply.Text(in, h); r.Text != fresh {
			t.Errorf("%s: %q, %+v", name, r.Text, r.Cuts)
		}
		if r := reply.Text(in, reply.Hints{}); r.Text == fresh && name != "quoted" {
			t.Errorf("%s is cut without the hint", name)
		}
	}
	// A short phrase alone is what people write, too.
	in := fresh + "\n\nYou get this wrong, I think."
	if r := reply.Text(in, h); r.Text != in {
		t.Errorf("%q, %+v", r.Text, r.Cuts)
	}
	// A quote of ours on top needs no attribution.
	if r := reply.Text("> How many?\n> "+phrase+"\n\n"+fresh, h); r.Text != fresh {
		t.Errorf("on top: %q", r.Text)
	}
}

func TestHTML(t *testing.T) {
	const written = `<div>Two boxes, please.</div><div>The blue ones.</div>`
	const quoted = `<p>How many boxes?</p><p>Maja</p>`
	for name, in := range map[string]string{
		"Gmail":           written + `<br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Tue, May 3, 2022 at 10:11 AM Maja &lt;<a href="mailto:maja@lind.example">maja@lind.example</a>&gt; wrote:<br></div><blockquote class="gmail_quote">` + quoted + `</blockquote></div>`,
		"Outlook web":     written + `<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Maja<br><b>Sent:</b> Tuesday</div>` + quoted,
		"Outlook, twice":  written + `<div id="x_x_divRplyFwdMsg">Frm Maja</div>` + quoted,
		"Outlook desktop": written + `<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'><p><b>Quelque:</b> Maja</p></div>` + quoted,
		"Outlook, header": written + `<p><b>From:</b> Maja<br><b>Sent:</b> Tuesday, May 3, 2022 10:11 AM<br><b>To:</b> Desk<br><b>Subject:</b> Boxes</p>` + quoted,
		"Apple":           written + `<div><br><blockquote type="cite"><div>On 3 May 2022, at 10:11, Maja wrote:</div>` + quoted + `</blockquote></div>`,
		"Apple, outside":  written + `<div>Am 03.05.2022 um 10:11 schrieb Maja &lt;maja@lind.example&gt;:</div><blockquote type="cite">` + quoted + `</blockquote>`,
		"Thunderbird":     written + `<div class="moz-cite-prefix">Am 3.5.22 um 10:11 schrieb Maja:<br></div><blockquote type="cite" cite="mid:1@x">` + quoted + `</blockquote><pre class="moz-signature">-- Nils</pre>`,
		"Yahoo":           written + `<div id="ydp1yahoo_quoted_2" class="ydp1yahoo_quoted yahoo_quoted">` + quoted + `</div>`,
		"Proton":          written + `<div class="protonmail_signature_block">Sent with Proton Mail.</div><div class="protonmail_quote">` + quoted + `</div>`,
		"Zimbra":          written + `<hr id="zwchr" data-marker="__DIVIDER__"><div>` + quoted + `</div>`,
		"unknown words":   written + `<div>Kirjutas 3.5.2022 kell 10:11 keegi Maja &lt;maja@lind.example&gt;:</div><blockquote type="cite">` + quoted + `</blockquote>`,
		"signature":       written + `<div class="gmail_signature">Nils<br>Lind AB</div>`,
		"preheader":       `<head><title>x</title><style>p{}</style></head><div style="display: none">hidden</div>` + written,
	} {
		r := reply.HTML(in, reply.Hints{})
		if r.Text != fresh {
			t.Errorf("%s: %q", name, r.Text)
		}
	}
}

// TestIndented: a blockquote around everything is the sender's own.
func TestIndented(t *testing.T) {
	if r := reply.HTML("<blockquote><p>Two boxes, please.</p></blockquote>", reply.Hints{}); r.Text != "Two boxes, please." || !r.Markdown {
		t.Errorf("%+v", r)
	}
}

// TestFromMessage takes the form that tells more.
func TestFromMessage(t *testing.T) {
	const boundary = "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n%s\n--b\nContent-Type: text/html\n\n%s\n--b--\n"
	for name, c := range map[string]struct {
		text, html, want string
		markdown         bool
	}{
		"structure":         {"Two boxes.\n\nMaja wrote\n\nHow many?", "<p>Two <b>boxes</b>.</p><div class=gmail_quote>How many?</div>", "Two **boxes**.", true},
		"formatting":        {"Two *boxes*.", "<p>Two <b>boxes</b>.</p>", "Two **boxes**.", true},
		"neither":           {"Two boxes.\nThe blue ones.", "<p>Two boxes. The blue ones.</p>", "Two boxes.\nThe blue ones.", false},
		"marks in the text": {"Two boxes.\n\n> How many boxes would you like, and which colour?", "<p>Two <b>boxes</b>.</p><p>How many boxes would you like, and which colour?</p>", "Two boxes.", false},
		"a stub":            {"Two boxes, please, and the blue ones.", "<p><b>Open</b></p>", "Two boxes, please, and the blue ones.", false},
	} {
		m := message.Parse(fmt.Appendf(nil, boundary, c.text, c.html), message.Limits{})
		if r := reply.FromMessage(m, reply.Hints{}); r.Text != c.want || r.Markdown != c.markdown {
			t.Errorf("%s: %q, Markdown %v", name, r.Text, r.Markdown)
		}
	}
	m := message.Parse([]byte("Content-Type: text/html\n\n<p>Yes.</p><div class=gmail_quote>No?</div>"), message.Limits{})
	if r := reply.FromMessage(m, reply.Hints{}); r.Text != "Yes." || !r.Markdown {
		t.Errorf("HTML alone: %q", r.Text)
	}
	m = message.Parse([]byte("Content-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64\n\nAAAA"), message.Limits{})
	if r := reply.FromMessage(m, reply.Hints{}); r.Text != "" || r.Quoted != "" || r.Cuts != nil {
		t.Errorf("an attachment alone: %+v", r)
	}
}

func ExampleText() {
	r := reply.Text("Yes, two.\n\nOn 3 May 2022, at 10:11, Maja <maja@lind.example> wrote:\n> How many boxes?\n", reply.Hints{})
	fmt.Println(r.Text)
	fmt.Println(r.Cuts[0].Kind, r.Cuts[0].Confidence, r.Cuts[0].Evidence)
	// Output:
	// Yes, two.
	// attribution 0.96 "On 3 May 2022, at 10:11, Maja <maja@lind.example> wrote:": a verb of writing, a leading word, a date, a time, an address in brackets, a colon, quote marks below
}

// What is only probably not new stays, and may be folded.
func ExampleText_fold() {
	r := reply.Text("Yes, two.\n\nOn 3 May 2022 Maja wrote:\nHow many boxes?\n", reply.Hints{})
	fmt.Printf("%q\n%q\n", r.Text[:r.Fold], r.Text[r.Fold:])
	// Output:
	// "Yes, two.\n\n"
	// "On 3 May 2022 Maja wrote:\nHow many boxes?"
}

func ExampleHTML() {
	r := reply.HTML(`<p>Yes, <b>two</b>.</p><div class="gmail_quote">How many boxes?</div>`, reply.Hints{})
	fmt.Println(r.Text)
	// Output: Yes, **two**.
}

func ExampleFromMessage() {
	m := message.Parse([]byte("From: maja@lind.example\r\n\r\nYes, two.\r\n-- \r\nMaja\r\n"), message.Limits{})
	fmt.Println(reply.FromMessage(m, reply.Hints{}).Text)
	// Output: Yes, two.
}
