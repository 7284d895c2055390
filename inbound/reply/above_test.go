package reply_test

import (
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost/inbound/reply"
)

// replies are paragraphs that people write, chosen for what rules look at: times,
// dates, addresses, colons, names, words that begin attributions and labels.
var replies = []string{
	"Yes",
	"Thanks, that will do!",
	"10:15",
	"At 10:15.",
	"At 10:15, by gate two",
	"Let's say 10:15 instead.",
	"7 June 2023, 10:15",
	"2023-06-07",
	"It is at 10:15 on 7 June 2023",
	"We can come on 7 June,\nor on 8 June at 10:15",
	"The van leaves on 7 June 2023 at 10:15 and is here by noon.",
	"On Monday",
	"On Monday it is shut.",
	"On 7 June it is shut, on 8 June it isn't",
	"In June, then.",
	"Am Montag um 10:15 Uhr",
	"Am Montag ist zu.",
	"Am 7. Juni um 10:15 passt es",
	"Le mercredi nous sommes là.",
	"Le 7 juin à 10:15",
	"El lunes a las 10:15",
	"El viernes no abrimos.",
	"Op maandag zijn we dicht.",
	"Op 7 juni om 10:15 uur",
	"Den kommer på fredag.",
	"Den 7 juni kl 10:15 går bra",
	"Il lunedì siamo chiusi.",
	"Em junho, sim.",
	"W poniedziałek o 10:15",
	"В понедельник в 10:15",
	"6月7日 10:15でお願いします",
	"我星期一10:15有空",
	"Two questions:\n- how many\n- which colour",
	"One question:",
	"Price: 40 EUR",
	"Gate: 2",
	"To: Grandmother\nFrom: all of us",
	"From: Lund\nTo: Malmö",
	"Subject: to change without notice",
	"Date: to be decided",
	"Re: the boxes, yes.",
	"Please write to desk@market.example",
	"desk@market.example",
	"Karin Dahl <karin@dahl.example>",
	"Ask Karin Dahl (karin@dahl.example), she knows.",
	"I asked Karin. She wrote:\nno boxes.",
	"I agree with what he wrote:",
	"Karin wrote that on 7 June at 10:15 nobody was there.",
	"Was steht in dem Brief, den er schrieb?",
	"Comme je vous l'ai écrit.",
	"Karin Dahl",
	"Maja",
	"Karin",
	"Regards\nKarin Dahl\n+46 70 123 45 67",
	"Hälsningar,\nKarin",
	"See https://market.example/boxes",
	"\"as it is\"",
	"a > b, I think",
	"(see the list)",
	"*all of them*",
	"…",
	"=> take two",
	"Sent on Monday.",
	"Caution: the boxes are heavy.",
	"Confidential!",
	"I sent it from my phone.",
	"Ja\n\nKarin",
	"Our street is Storgatan 1, 222 22 Lund.",
	"1. two\n2. blue",
	"- two\n- blue",
	"No.\n\nAt 10:15 we are shut.",
}

// TestReplyAbove writes each of them above every beginning of a quote, with
// none to two empty lines between: it comes back whole, and nothing of the quote
// with it.
func TestReplyAbove(t *testing.T) {
	tails := make(map[string]string)
	for name, line := range attributions {
		tails[name+", marked"] = line + "\n\n> How many boxes?\n> Maja"
		tails[name+", unmarked"] = line + "\n\nHow many boxes?\nMaja"
	}
	for name, block := range headerBlocks {
		tails[name+", header"] = block + "\n\nHow many boxes?\nMaja"
	}
	// A date with a time directly above "Maja <…> writes:" can't be told from an
	// attribution in two lines: documented at Cut.
	bare := map[string]bool{"Gnus, marked": true, "Gnus, unmarked": true, "Horde, French, marked": true, "Horde, French, unmarked": true}
	for name, tail := range tails {
		for _, written := range replies {
			for gap := range 3 {
				if gap == 0 && written == "7 June 2023, 10:15" && bare[name] {
					continue
				}
				in := written + strings.Repeat("\n", gap+1) + tail + "\n"
				r := reply.Text(in, reply.Hints{})
				if got := strings.TrimSpace(r.Text); got != written {
					t.Errorf("%q above %s, %d lines between: %q", written, name, gap, got)
				}
			}
		}
	}
}

// TestReplyAboveInHTML is the same above the markup of clients.
func TestReplyAboveInHTML(t *testing.T) {
	for name, tail := range map[string]string{
		"Gmail":           `<div class="gmail_quote"><div class="gmail_attr">On Tue, May 3, 2022 at 10:11 AM Maja &lt;maja@lind.example&gt; wrote:<br></div><blockquote class="gmail_quote">How many?</blockquote></div>`,
		"Apple":           `<div><br><blockquote type="cite"><div>On 3 May 2022, at 10:11, Maja wrote:</div><br><div>How many?</div></blockquote></div>`,
		"Thunderbird":     `<div class="moz-cite-prefix">Am 3.5.22 um 10:11 schrieb Maja:<br></div><blockquote type="cite">How many?</blockquote>`,
		"Outlook web":     `<hr><div id="divRplyFwdMsg"><b>From:</b> Maja<br><b>Sent:</b> Tuesday</div><p>How many?</p>`,
		"Outlook desktop": `<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p><b>From:</b> Maja &lt;maja@lind.example&gt;<br><b>Sent:</b> Tuesday, May 3, 2022 10:11 AM<br><b>To:</b> Desk<br><b>Subject:</b> Boxes</p></div><p>How many?</p>`,
		"no markup":       `<p>On Tue, May 3, 2022 at 10:11 AM Maja &lt;maja@lind.example&gt; wrote:</p><p>How many?</p>`,
	} {
		for _, written := range replies {
			if strings.ContainsAny(written, "*<\n>") || strings.HasPrefix(written, "1") || strings.Contains(written, "://") {
				continue // what Markdown writes in another way
			}
			r := reply.HTML("<div>"+written+"</div>"+tail, reply.Hints{})
			if got := strings.TrimSpace(r.Text); got != written {
				t.Errorf("%q above %s: %q", written, name, got)
			}
		}
	}
}
