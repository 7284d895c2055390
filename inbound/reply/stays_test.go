package reply_test

import (
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost/inbound/reply"
)

// TestStays holds what looks like a mark and was written by a person: nothing
// of it is cut. Where fold is true some of it may be folded.
func TestStays(t *testing.T) {
	for _, c := range []struct {
		text string
		fold bool
	}{
		// Days, dates and times.
		{"On Tuesday I am offline.\nOn Wednesday I am back:\nask me then.", false},
		{"On Tuesday I am offline:", false},
		{"On 3 May 2022 we ship:\ntwo boxes.", false},
		{"On 3 May 2022 at 10:11 we ship:\ntwo boxes.", false},
		{"Am 3. Mai 2022 um 10:11 kommt der Wagen:\nbitte Tor 2.", false},
		{"Le 3 mai 2022 à 10:11 :\nlivraison.", false},
		{"Den 3 maj 2022 kl. 10:11:\nmöte.", false},
		{"El 3 de mayo de 2022 a las 10:11:\nreunión.", false},
		{"The steps:\n1. open it\n2. close it\n\n10:15 is fine.", false},
		{"Times that suit me:\n- 3 May 2022, 10:11\n- 4 May 2022, 12:00\n\nWhich one?", false},
		{"2022-05-03 10:11: Maja opened the door.\n2022-05-03 10:12: Maja closed it.", false},
		{"Tue, 3 May 2022 10:11:\nnothing happened.", false},
		{"10:11 AM\nworks for me:\nsee you.", false},
		{"3/5/2022:\ntwo boxes\n4/5/2022:\nthree boxes", false},
		// Verbs of writing.
		{"On Monday Maja wrote:\nshe wants two boxes.", true},
		{"On 3 May 2022 Maja wrote:\nshe wants two boxes.", true},
		{"As I wrote on 3 May 2022:\nit takes a week.", false},
		{"As I wrote on 3 May 2022 at 10:11:\nit takes a week.", false},
		{"On 3 May 2022, at 10:11, he wrote:\nno.", false},
		{"As the desk wrote on 3 May 2022 at 10:11:\nno boxes.", false},
		{"Wie ich am 3. Mai 2022 um 10:11 schrieb:\nes dauert.", true},
		{"Am 3. Mai 2022 um 10:11 schrieb ich:\nes dauert.", false},
		{"Den 3 maj 2022 kl. 10:11 skrev jag:\ndet tar tid.", false},
		{"Le 3 mai 2022 à 10:11, il a écrit :\nnon.", false},
		{"El 3 de mayo de 2022 a las 10:11 me escribió:\nno.", false},
		{"Maja wrote:\nshe wants two boxes.", false},
		{"I wrote:\nit takes a week.", false},
		{"What I wrote on Monday at 10:11 was wrong.", false},
		{"She wrote a book.\nOn what?", false},
		{"The boxes that on 3 May 2022 10:11 Maja wrote about\nhave come.", false},
		{"Who wrote:\n\"to be or not to be\"?", false},
		{"On Tue, May 3, 2022 the following people wrote:\n- Maja\n- Nils", false},
		{"We wrote to you on 3 May 2022 at 10:11:\n\"please pay\".", false},
		// Addresses in prose.
		{"You can write to a@b.example on 3 May 2022 at 10:11:\nwe will be there.", false},
		{"You can write to Maja <maja@lind.example> on 3 May 2022 at 10:11:\nshe will be there.", false},
		{"Please ask maja@lind.example.", false},
		{"Ask one of these:\nmaja@lind.example\nnils@lind.example", false},
		{"My new address is maja@lind.example:\nplease use it.", false},
		{"Send it to <maja@lind.example>:\nshe waits.", false},
		// Labels.
		{"From: the warehouse\nwe ship on Mondays.", false},
		{"Subject: to change.\nTo: be decided.", false},
		{"Price: 12 EUR\nDate: 3 May 2022\nPlace: Lund", false},
		{"From: 3 May 2022\nTo: 5 May 2022\nRoom: 12", false},
		{"From: 10:00\nTo: 11:00\nSubject: planning", false},
		{"The invoice:\nDate: 3 May 2022\nTo: Lind AB\nFrom: Berg AB\nAmount: 12 EUR", true},
		{"From: Lund\nTo: Malmö\nWhen: 10:11", false},
		{"From: Lund\nTo: Malmö\nDate: 3 May 2022\nPassengers: 2", true},
		{"Von: Lund\nNach: Malmö\nDatum: 3. Mai 2022", false},
		{"De: Lund\nA: Malmö\nFecha: 3 de mayo de 2022", true},
		{"Q: how many?\nA: two.\nQ: which colour?\nA: blue.", false},
		{"To: do\n- boxes\n- tape", false},
		{"Re: your question, yes.", false},
		{"Name: Maja\nE-mail: maja@lind.example\nPhone: 0701234567", false},
		{"Date: 3 May 2022\nTime: 10:11", false},
		{"Please write it so:\nTo: a@b.example\nSubject: Order 5", true},
		{"Subject: the boxes.\nI think two are enough.", false},
		// Announcements.
		{"Send the original message to me.", false},
		{"The original message was lost.", false},
		{"--- note ---\nthe message is below", false},
		{"Please sign above this line.", false},
		{"I will reply above this line of reasoning tomorrow", true},
		{"Forwarded message or not, I need it.", false},
		// Rulers and dashes.
		{"a -- b\n--- \nc", false},
		{"Best,\nAnna -- see you at 10:30", false},
		{"Part one\n\n-----\n\nPart two, which is longer than one would think, and says what matters.", false},
		{"Part one\n\n* * *\n\nPart two", false},
		{"a\n___\nb", false},
		{"Boxes\n=====\n\nTwo, please.", false},
		{"Regards\nMaja\n-----\nPS: two more, please.", false},
		{"| boxes | colour |\n|---|---|\n| 2 | blue |", false},
		{"- two boxes\n- the blue ones\n- by Friday", false},
		{"x --\ny", false},
		// Devices and programs.
		{"Sent from the warehouse yesterday, it should be with you by Friday.", false},
		{"Sent from Lund on Monday.", false},
		{"I sent it from my phone yesterday.", false},
		{"Get two more boxes, please.", false},
		{"My iPhone broke, so I write from the office.", false},
		{"Outlook for the summer is good.", false},
		{"Von Lund bis Malmö sind es 20 km.", false},
		{"Download the list and send it back.", false},
		// Contact data as an answer.
		{"Her number is:\n\nMaja Lind\nTel: +46 70 123 45 67\nmaja@lind.example\nwww.lind.example", false},
		{"Call me:\n+46 70 123 45 67", false},
		{"Deliver to:\nLind AB\nStorgatan 1\n222 22 Lund\nTel: 046 12 34 56", false},
		{"Maja Lind\nStorgatan 1\n222 22 Lund", false},
		{"My new address is\n\nMaja Lind\nStorgatan 1\nTel: +46 70 123 45 67\nFax: +46 70 123 45 68\nmaja@lind.example\nwww.lind.example", false},
		{"It is at www.lind.example.\n\nYou can call 046 12 34 56, too.", false},
		// Legal words.
		{"This is confidential, please.", false},
		{"Please delete this mail, it was sent in error.", true},
		{"The recipient must not copy it: copying is prohibited.", true},
		{"Our liability is limited to 100 EUR.", false},
		{"We scanned it for a virus and found none.", false},
		// Warnings.
		{"Caution: the boxes are heavy.", false},
		{"Attention: external doors stay shut.", false},
		{"The external ones, please.", false},
		{"Attention: external partners must not click links. Do not open attachments.\n\nRegards\nMaja", true},
		// Arrows.
		{"-> two boxes\n=> three", false},
		{"if a > b {\n\treturn\n}", false},
		{"<b>bold</b>", false},
		{"The log says:\n> panic: no boxes", true},
		{"> How many?\n\nTwo.", false},
	} {
		r := reply.Text(c.text, reply.Hints{})
		if r.Text != c.text || r.Quoted != "" {
			t.Errorf("%q became %q because of %+v", c.text, r.Text, r.Cuts)
		}
		if !c.fold && (len(r.Cuts) != 0 || r.Fold != len(r.Text)) {
			t.Errorf("%q is folded at %d because of %+v", c.text, r.Fold, r.Cuts)
		}
		// The same below other text, as most sentences stand.
		in := fresh + "\n\n" + c.text
		if r := reply.Text(in, reply.Hints{}); r.Text != in || !strings.HasPrefix(in, fresh) {
			t.Errorf("below other text: %q became %q because of %+v", c.text, r.Text, r.Cuts)
		}
	}
}
