package reply_test

import (
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost/inbound/reply"
)

// TestKeeps: of a mail of which nothing else is left, what may have been written
// is folded, not cut.
func TestKeeps(t *testing.T) {
	const quoted = "\n\nOn 3 May 2022, at 10:11, Maja <maja@lind.example> wrote:\n> How many?"
	for name, c := range map[string]struct{ in, text string }{
		"paper":                  {"For the environment, we print no more catalogues.", "For the environment, we print no more catalogues."},
		"paper, above a quote":   {"For the environment, we print no more catalogues." + quoted, "For the environment, we print no more catalogues."},
		"legal words":            {"The contents of this email are confidential, please delete it, and notify us of any copying.", "The contents of this email are confidential, please delete it, and notify us of any copying."},
		"a warning":              {"Attention: external partners must not click links. Do not open attachments." + quoted, "Attention: external partners must not click links. Do not open attachments."},
		"a signature alone":      {"-- \nMaja", "-- \nMaja"},
		"a fish":                 {"><> for you", "><> for you"},
		"an arrow":               {"> this way to the boxes", "> this way to the boxes"},
		"a fish above a quote":   {"><> for you" + quoted, "><> for you"},
		"from a device":          {"Sent from my iPhone", ""},
		"a signature on a quote": {"-- \nMaja" + quoted, ""},
		"a quote alone":          {"> How many?\n> Which colour?", ""},
	} {
		r := reply.Text(c.in, reply.Hints{})
		if r.Text != c.text {
			t.Errorf("%s: %q of %+v", name, r.Text, r.Cuts)
		}
		if r.Fold != 0 && !strings.Contains(name, "fish") {
			t.Errorf("%s: folded at %d", name, r.Fold)
		}
		checkResult(t, r)
	}
}

// TestReadsAsSentence: sentences with a date and "wrote" aren't attributions.
func TestReadsAsSentence(t *testing.T) {
	for _, in := range []string{
		"Am Dienstag, 7. Juni 2023 um 10:15 war das Tor zu. Das hat die Kollegin auch geschrieben.",
		"Op dinsdag 7 juni 2023 om 10:15 was de poort dicht, zoals Karin al schreef.",
		"7.6.2023 klo 10.15 portti oli kiinni, kuten Karin kirjoitti.",
		"Den 7 juni 2023 kl. 10:15 var grinden stängd, precis som Karin skrev.",
		"7 июня 2023 г. в 10:15 ворота были закрыты, как Карин и пишет.",
		"Le mercredi 7 juin 2023 à 10:15 le portail était fermé, comme Karine l'a écrit.",
		"W środę 7 czerwca 2023 o 10:15 brama była zamknięta, jak Karin napisała.",
		"Il 7 giugno 2023 alle 10:15 il cancello era chiuso, come Karin ha scritto.",
		"Den 7. juni 2023 kl. 10.15 var porten lukket.\n\nDet har Karin også skrevet.\n\nKan I se på det?",
	} {
		if r := reply.Text(in, reply.Hints{}); r.Text != in {
			t.Errorf("%q became %q", in, r.Text)
		}
		in = fresh + "\n\n" + in + "\n\n" + fresh
		if r := reply.Text(in, reply.Hints{}); r.Text != in {
			t.Errorf("within a letter: %q became %q", in, r.Text)
		}
	}
	// Pasted settings aren't a header block.
	in := "The file says\n\nfrom: desk@market.example\nto: maja@lind.example\nsubject: \"boxes\"\n\nWhat is wrong?"
	if r := reply.Text(in, reply.Hints{}); r.Text != in {
		t.Errorf("settings: %q", r.Text)
	}
}

// TestArmour: of a signed text the text is left.
func TestArmour(t *testing.T) {
	const signature = "-----BEGIN PGP SIGNATURE-----\n\niHUEARYKAB0Wabcdefg\n=Zk1x\n-----END PGP SIGNATURE-----"
	in := "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n" + fresh + "\n\n- -- \nMaja\n" + signature + "\n"
	if r := reply.Text(in, reply.Hints{}); r.Text != fresh {
		t.Errorf("%q", r.Text)
	}
	in = fresh + "\n\n" + strings.TrimSuffix(signature, "-----END PGP SIGNATURE-----")
	if r := reply.Text(in, reply.Hints{}); !strings.HasPrefix(r.Text, fresh) || !strings.Contains(r.Text, "BEGIN PGP") {
		t.Errorf("without an end: %q", r.Text)
	}
}

// TestNotes holds what Notes writes over the mails that it answers.
func TestNotes(t *testing.T) {
	for name, tail := range map[string]string{
		"details":          "Maja Lind ---05/03/2022 10:11:12---How many boxes? And when\n\nFrom: Maja Lind/Lund/Firm\nTo: Desk/Firm@Firm\nDate: 05/03/2022 10:11\nSubject: Boxes\n\nHow many boxes?",
		"inactive details": "[image: Inactive hide details for Maja Lind---03.05.2022 10:11:12---Wie viele]Maja Lind---03.05.2022 10:11:12---Wie viele\n\nVon: Maja Lind/Lund/Firm\nAn: Desk/Firm@Firm\nDatum: 03.05.2022 10:11\nBetreff: Kisten\n\nWie viele?",
		"a form":           "Maja Lind <maja@lind.example>\n05/03/2022 10:11\n\nTo\ndesk@market.example\ncc\n\nSubject\nBoxes\n\nHow many boxes?",
	} {
		if r := reply.Text(fresh+"\n\n"+tail, reply.Hints{}); r.Text != fresh {
			t.Errorf("%s: %q", name, r.Text)
		}
	}
	for _, in := range []string{"The range is 1--2 on 05/03/2022 at 10:11.", "Karin Dahl\n05/03/2022 10:15\n\nTo be there is enough."} {
		if r := reply.Text(in, reply.Hints{}); r.Text != in {
			t.Errorf("%q became %q", in, r.Text)
		}
	}
}

// TestMarkupIsEvidence: what a client calls a quote is named, and surer than
// quote marks alone.
func TestMarkupIsEvidence(t *testing.T) {
	r := reply.HTML(`<p>Two.</p><div class="gmail_quote"><blockquote class="gmail_quote">How many?</blockquote></div>`, reply.Hints{})
	guess := reply.Text("Two.\n\n> How many?", reply.Hints{})
	if r.Text != "Two." || len(r.Cuts) != 1 || !strings.HasPrefix(r.Cuts[0].Evidence, "gmail_quote of Gmail") || r.Cuts[0].Confidence <= guess.Cuts[0].Confidence {
		t.Errorf("%+v, beside %+v", r, guess)
	}
	// An attribution within the quote takes the mark of its line with it.
	r = reply.HTML(`<blockquote type="cite"><div>On 3 May 2022, at 10:11, Maja wrote:</div><br><div>How many?</div></blockquote><p>Two.</p><blockquote type="cite">Which?</blockquote><p>Blue.</p>`, reply.Hints{})
	if strings.HasPrefix(r.Text, ">\n") || !strings.Contains(r.Text, "Blue.") {
		t.Errorf("%q", r.Text)
	}
	// A warning in a box directly above the text.
	r = reply.HTML(`<div style="border:1px solid">Caution: this e-mail comes from outside, from an external sender. Do not click links in it unless you know who sent them.</div><div>Two boxes.</div>`, reply.Hints{})
	if r.Text != "Two boxes." {
		t.Errorf("a box: %q", r.Text)
	}
}
