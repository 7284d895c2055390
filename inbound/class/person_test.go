package class_test

import (
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost/inbound/class"
	"github.com/tradepost-mail/tradepost/inbound/message"
)

// answer makes a mail of a person from header lines, which may replace the usual
// ones, and a body. A body that begins with "--b" is a multipart.
func answer(header, body string) *message.Message {
	var b strings.Builder
	for _, l := range [...]string{"From: Maja Lind <maja@ferry.example>", "To: reply+k7m2q4@market.example", "Date: Tue, 3 Mar 2026 10:00:00 +0100", "Message-ID: <a-1@ferry.example>", "Subject: Re: the boat", "In-Reply-To: <n-100@market.example>"} {
		name, _, _ := strings.Cut(l, ":")
		if !strings.Contains("\n"+header, "\n"+name+":") {
			b.WriteString(l + "\n")
		}
	}
	b.WriteString(header)
	if strings.HasPrefix(body, "--b") {
		b.WriteString("Content-Type: multipart/mixed; boundary=b\n")
	} else if !strings.Contains(header, "Content-Type:") {
		b.WriteString("Content-Type: text/plain; charset=utf-8\n")
	}
	return message.Parse([]byte(b.String()+"\n"+body), message.Limits{})
}

// first is the header of a mail that answers nothing.
func first(subject string) string { return "Subject: " + subject + "\nIn-Reply-To: \n" }

const (
	yes    = "Yes, Tuesday suits us.\n\nMaja\n"
	quoted = "Yes, Tuesday suits us.\n\nOn 2 March 2026 Sven wrote:\n> Does Tuesday suit you?\n"
	// returned is a mail server's report as a person sees it.
	returned = "This is the mail system at host mx.ferry.example.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients.\n\n<sven@market.example>: host mx.market.example said: 550 5.1.1\n    User unknown (in reply to RCPT TO command)\n"
	status   = "Reporting-MTA: dns; mx.ferry.example\n\nFinal-Recipient: rfc822; sven@market.example\nAction: failed\nStatus: 5.1.1\n"
)

// attached is a text with one more part.
func attached(text, mediaType, body string) string {
	return "--b\nContent-Type: text/plain\n\n" + text + "\n--b\nContent-Type: " + mediaType + "\n\n" + body + "\n--b--\n"
}

// TestPersons holds mails of persons that look like something else. Whatever
// isn't taken for a person's is ignored without a word, so that none of these
// may be lost.
func TestPersons(t *testing.T) {
	for _, c := range []struct{ name, header, body string }{
		// Subjects, of an answer and of a first letter.
		{"goods", first("Undeliverable goods"), yes},
		{"goods answered", "Subject: Re: Undeliverable goods\n", yes},
		{"asks about a bounce", "Subject: Re: Undelivered Mail Returned to Sender\n", "What is this about?\n"},
		{"asks about a bounce, quoting it", "Subject: Re: Undelivered Mail Returned to Sender\n", "What is this about?\n\n> " + strings.ReplaceAll(returned, "\n", "\n> ") + "\n"},
		{"asks about a bounce, pasting it", first("problem with your address"), "Hello, I got this from you:\n\n" + returned},
		{"asks about a bounce under its subject", first("Undelivered Mail Returned to Sender"), "Your address doesn't work?\n\n" + returned},
		{"asks about a bounce with its fields", first("Undelivered Mail Returned to Sender"), "Your address doesn't work?\n\n" + returned + "\n" + status},
		{"asks about fields, in an answer", "Subject: AW: Zustellung\n", "What is this?\n\n" + status},
		{"forwards a bounce", "Subject: Fwd: Undelivered Mail Returned to Sender\n", "What is this?\n\n---------- Forwarded message ----------\nFrom: MAILER-DAEMON@mx.ferry.example\nSubject: Undelivered Mail Returned to Sender\n\n" + returned},
		{"forwards a bounce as an attachment", "Subject: Fwd: Undelivered Mail Returned to Sender\n", attached("What is this?", "message/rfc822", "From: MAILER-DAEMON@mx.ferry.example\nSubject: Undelivered Mail\n\n"+returned)},
		{"forwards the parts of a bounce", "Subject: Fwd: Undelivered Mail Returned to Sender\n", attached("What is this?", "message/delivery-status", status)},
		{"answers with the parts of a bounce", "", attached("Your mail came back to you, it seems.", "message/delivery-status", status)},
		{"encloses the parts of a bounce", first("mail problem"), attached("Your mail came back to you, it seems.", "message/delivery-status", status)},
		{"forwards the parts of a receipt", "Subject: WG: Gelesen: Boot\n", attached("Was ist das?", "message/disposition-notification", "Final-Recipient: rfc822; sven@market.example\nDisposition: manual-action/MDN-sent-manually; displayed")},
		{"delivery", first("Delivery failed again - where is my chair?"), "The courier rang nobody's bell.\n"},
		{"delivery status", first("Delivery status of order 5512"), "Has it left yet?\n"},
		{"delivery report", first("Delivery report please"), "We need it for the customs.\n"},
		{"returned", first("Returned to sender: parcel 99"), "It came back today.\n"},
		{"failure notice", first("Failure notice for the engine"), "It stopped. Who can deliver a new one?\n"},
		{"message you sent", first("Message you sent on Monday"), "I couldn't open the file.\n"},
		{"warning", first("Warning: message in a bottle, crate 2, is broken"), "Two of twelve.\n"},
		{"not delivered", first("Not delivered"), "The lamps haven't come. Could you look into it?\n\nMaja\nmaja@ferry.example\n"},
		{"unzustellbar", first("Unzustellbar: Paket 12"), "Das Paket kam zurück.\n"},
		{"returned in Japanese", first("返送された荷物について"), "荷物が戻ってきました。\n"},
		{"not delivered in Russian", first("Не доставлен заказ 12"), "Где мой заказ?\n"},
		{"doors", first("Automatic doors – offer"), yes},
		{"response", first("Automatic response unit for the winch"), yes},
		{"auto", first("Auto generated invoices: which format?"), yes},
		{"automated", first("Automated message boards - price?"), yes},
		{"furniture", first("Out of office furniture"), "Three desks and a lamp.\n"},
		{"office hours", first("Out of the office: delivery to my home instead?"), "Is this possible?\n"},
		{"stock", first("I'm out of boxes"), "Send twenty more.\n"},
		{"ideas", first("I am out of ideas for the window"), "Please help.\n"},
		{"rental", first("Vacation rental"), yes},
		{"vacation", first("Vacation message boards"), yes},
		{"vacation", "Subject: Re: Vacation notice\n", yes},
		{"leave", first("On leave until Monday, then I can fetch it"), yes},
		{"away", first("Away from the office next week, can we meet today?"), yes},
		{"absence", first("Abwesenheit am Freitag"), "Am Freitag bin ich nicht da, Montag geht.\n"},
		{"absent", first("Abwesend am Freitag - Treffen am Montag?"), "Passt das?\n"},
		{"absence in Swedish", first("Frånvaro på fredag"), "Kan vi ses på måndag i stället?\n"},
		{"absence in Danish", first("Fravær på fredag"), "Kan vi mødes mandag?\n"},
		{"absence in Portuguese", first("Ausência na reunião"), "Podemos marcar outra data?\n"},
		{"absence in Italian", first("Assente venerdì"), "Possiamo vederci lunedì?\n"},
		{"absence in French", first("Absence : livraison de vendredi"), "Pouvez-vous livrer lundi ?\n"},
		{"leave in French", first("En congé vendredi, livraison lundi ?"), "Merci.\n"},
		{"absence in Dutch", first("Afwezig op vrijdag, maandag goed?"), "Groet, Maja\n"},
		{"absence in Finnish", first("Poissa perjantaina"), "Käykö maanantai?\n"},
		{"absence in Polish", first("Nieobecność w piątek"), "Czy pasuje poniedziałek?\n"},
		{"absence in Czech", first("Nepřítomnost v pátek"), "Hodí se pondělí?\n"},
		{"absence in Spanish", first("Fuera de la oficina del puerto hay un paquete"), "Es suyo?\n"},
		{"outing in Chinese", first("外出家具报价"), "请报价。\n"},
		{"meals in Chinese", first("外出就餐的桌椅"), "还有吗?\n"},
		{"absence in Korean", first("부재중 배송에 대하여"), "언제 다시 오나요?\n"},
		{"absence in Japanese", first("不在通知が届きました"), "再配達をお願いします。\n"},
		{"answers an absence note", "Subject: Re: Automatic reply: the boat\n", "Are you back?\n"},
		{"answers an absence note in German", "Subject: AW: Automatische Antwort: Boot\n", "Sind Sie zurück?\n"},
		{"answers an absence note in Norwegian", "Subject: SV: Automatisk svar: båt\n", "Er du tilbake?\n"},
		{"answers an absence note in Polish", "Subject: Odp: Maja is out of the office\n", "Jestem.\n"},
		{"answers an absence note in Spanish", "Subject: RV: Maja is out of office\n", "Ya estoy.\n"},
		{"answers an absence note in Chinese", "Subject: 回复: [auto-reply] 船\n", "我回来了。\n"},
		{"asks about an absence note", first("Your \"Automatic reply\" to me"), "When are you back?\n"},
		{"a colleague is away", first("Sven is on vacation, please write to me"), "I have taken over his work.\n"},
		{"a colleague is away", "Subject: Sven is out of the office - boat\n", quoted},
		{"a car", first("AUTO: returned the keys"), "They are in the letter box.\n"},
		{"complaint", "Subject: Complaint about message from your shop\nIn-Reply-To: \n", attached("This one was rude.", "message/rfc822", "Subject: boat\n\nHello")},
		{"complaint of a customer", first("Complaint: the boat leaks"), "It leaks.\n"},
		// Addresses and names.
		{"a postmaster", "From: postmaster@ferry.example\n", yes},
		{"a postmaster's first letter", "From: postmaster@ferry.example\n" + first("Undeliverable goods"), "The lamps could not be delivered.\n\nMaja\nmaja@ferry.example\n"},
		{"a postmaster with signature", "From: Maja Lind <postmaster@ferry.example>\n" + first("the lamps"), "You have not delivered the lamps; we failed to find them.\n\nMaja\n\nmaja@ferry.example\n+47 55 01 02 03\n"},
		{"a sysadmin", "From: sysadmin@ferry.example\n" + first("Message could not be read"), "The file you sent was rejected by our system.\n"},
		{"an administrator by name", "From: System Administrator <it@ferry.example>\n", yes},
		{"a courier", "From: Snail Mail Delivery Service <maja@snail.example>\n", yes},
		{"a courier's first letter", "From: Mail Delivery Services Ltd <maja@snail.example>\n" + first("your parcel"), "We will deliver it on Friday.\n"},
		{"noreply by name", "From: noreply <noreply@ferry.example>\n", yes},
		{"a bounce house", "From: Bounce House Hire <bounce@party.example>\n", yes},
		// Fields that servers, gateways and mail programs add.
		{"Auto-Submitted", "Auto-Submitted: no\n", yes},
		{"Auto-Submitted with a comment", "Auto-Submitted: No (by hand)\n", yes},
		{"suppression", "X-Auto-Response-Suppress: All\n", yes},
		{"suppression of some", "X-Auto-Response-Suppress: DR, OOF, AutoReply\n", yes},
		{"suppression and a gateway's precedence", "X-Auto-Response-Suppress: DR, OOF, AutoReply\nPrecedence: bulk\n", quoted},
		{"Exchange", "X-MS-Exchange-Organization-SCL: -1\nX-MS-Exchange-Organization-AuthAs: Internal\nX-MS-Has-Attach:\nX-MS-TNEF-Correlator:\nThread-Topic: boat\nX-MS-Exchange-Inbox-Rules-Loop: sven@market.example\n", yes},
		{"redirected by Exchange", "X-MS-Exchange-Inbox-Rules-Loop: anna@ferry.example\nX-MS-Exchange-Generated-Message-Source: Transport\n", yes},
		{"redirected by Exchange, suppressed", "X-Auto-Response-Suppress: DR, OOF\nX-MS-Exchange-Inbox-Rules-Loop: anna@ferry.example\n", yes},
		{"redirected to us, suppressed", "X-Auto-Response-Suppress: All\nX-MS-Exchange-Inbox-Rules-Loop: inbox@market.example\n", yes},
		{"forwarded automatically", "X-MS-Exchange-Organization-AutoForwarded: true\n", yes},
		{"no automatic reply was sent", "X-Autoreply: none\nX-Autorespond: 0\n", yes},
		{"automatic replies are on", "X-AutoReply-Enabled: yes\n", yes},
		{"automatic replies are allowed", "X-Autoresponder-Allow: yes\n", yes},
		{"precedence of a gateway", "Precedence: bulk\n", quoted},
		{"precedence of a team inbox", "Precedence: list\n", quoted},
		{"precedence of a gateway without a thread", "In-Reply-To: \nPrecedence: bulk\n", quoted},
		{"normal precedence", "Precedence: normal\n", yes},
		{"first class", "Precedence: first-class\n", yes},
		{"unsubscribe", "List-Unsubscribe: <https://ferry.example/u>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n", yes},
		{"a group", "From: 'Maja Lind' via Sales <sales@ferry.example>\nX-Original-Sender: maja@ferry.example\nMailing-list: list sales@ferry.example; contact sales+owners@ferry.example\nList-ID: <sales.ferry.example>\nX-Google-Group-Id: 123\nList-Post: <https://groups.google.example/a/sales/post>, <mailto:sales@ferry.example>\nList-Unsubscribe: <mailto:u@ferry.example>\nPrecedence: list\n", quoted},
		{"a group without a thread", "From: Sales <sales@ferry.example>\nIn-Reply-To: \nList-ID: <sales.ferry.example>\nPrecedence: list\n", quoted},
		{"a group with References", "From: Sales <sales@ferry.example>\nIn-Reply-To: \nReferences: <n-100@market.example>\nSubject: the boat\nList-ID: <sales.ferry.example>\nX-BeenThere: sales@ferry.example\n", quoted},
		{"null sender", "Return-Path: <>\n", yes},
		{"null sender of local delivery", "Return-Path: <>\nUser-Agent: Mozilla Thunderbird\n", "Can you deliver the boat on Tuesday?\n"},
		{"null sender, first letter", "Return-Path: <>\n" + first("the boat"), "Can you deliver it to my mailbox, No. 12?\n\nMaja\n\nmaja@ferry.example\n"},
		{"null sender, quoting", "Return-Path: <>\n", quoted},
		{"null sender in German", "Return-Path: <>\nSubject: AW: Boot\n", "Der Empfänger ist meine Mutter. Wann wird zugestellt?\n"},
		{"receipt wanted", "Disposition-Notification-To: <maja@ferry.example>\nReturn-Receipt-To: <maja@ferry.example>\nX-Confirm-Reading-To: <maja@ferry.example>\n", yes},
		{"ill-named field", "X-Autogenerated-Subject: no\nX-Away: no\n", yes},
		{"feedback id", "Feedback-ID: 1:2:3:x\nX-Report-Abuse: please\nX-Failed: no\n", yes},
		{"spam filter", "X-Spam-Status: No, score=0\nX-Spam-Flag: NO\nX-Bulk: no\n", yes},
		{"a loop", "X-Loop: maja@ferry.example\nX-Sieve: CMU Sieve 3.0\n", yes},
		{"resent", "Resent-From: anna@ferry.example\nResent-To: reply+k7m2q4@market.example\n", yes},
		{"low importance", "Importance: low\nX-Priority: 5\n", yes},
		// Parts.
		{"a calendar file", "", attached("Here are the dates.", "text/calendar; name=dates.ics", "BEGIN:VCALENDAR\nMETHOD:PUBLISH\nEND:VCALENDAR")},
		{"an invitation with words", "", attached("Shall we meet then?", "text/calendar; method=REQUEST", "BEGIN:VCALENDAR\nMETHOD:REQUEST\nEND:VCALENDAR")},
		{"an invitation cancelled with words", "", attached("Sorry, my boat sank.", "text/calendar; method=CANCEL", "BEGIN:VCALENDAR\nMETHOD:CANCEL\nEND:VCALENDAR")},
		{"an invitation accepted with words", "Subject: Accepted: viewing of the boat\n", attached("Yes, and please bring the papers.", "text/calendar; method=REPLY", "BEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR")},
		{"another time proposed with words", "Subject: New Time Proposed: viewing\n", attached("Could it be at four?", "text/calendar; method=COUNTER", "BEGIN:VCALENDAR\nMETHOD:COUNTER\nEND:VCALENDAR")},
		{"an invitation accepted with words in HTML", "", "--b\nContent-Type: text/html\n\n<html><style>p{}</style><!-- x --><p>Yes, and please bring the papers.</p></html>\n--b\nContent-Type: text/calendar; method=REPLY\n\nBEGIN:VCALENDAR\n--b--\n"},
		{"a gateway's precedence and suppression, HTML", "Content-Type: text/html\nX-Auto-Response-Suppress: All\nPrecedence: bulk\n", "<p>Yes.</p><div class=gmail_quote>Does Tuesday suit you?</div>"},
		{"an attachment alone", "", "--b\nContent-Type: image/png; name=boat.png\nContent-Disposition: attachment; filename=boat.png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--b--\n"},
		{"signed", "", attached("Yes, Tuesday suits us.", "application/pgp-signature; name=signature.asc", "-----BEGIN PGP SIGNATURE-----\n-----END PGP SIGNATURE-----")},
		{"our mail attached", "", attached("This one?", "message/rfc822", "X-Tradepost-Hop: 1\nAuto-Submitted: auto-generated\nSubject: boat\n\nHello")},
		{"a report's type on a text", "", attached("The log you wanted.", "text/rfc822-headers", "Subject: boat\nReceived: by mx.market.example")},
		{"a log file of addresses", "", attached("The log you wanted.", "text/plain; name=log.txt", returned)},
		{"JSON", "", "{\"bounce\": 1, \"complaint\": 2}\n"},
		// What is said.
		{"says that mail bounces", "", "Your mail to sven@market.example bounced:\nsven@market.example: 550 5.1.1 user unknown\n"},
		{"begins with an address", "", "<sven@market.example>:\nis that the right address?\n"},
		{"is out of office, in person", "", "I am out of the office until Monday, but yes.\n\nMaja\n"},
		{"is on vacation, in person", "", "This is an automatic reply :) no, really: yes.\n"},
		{"in German", "Subject: AW: Boot\n", "Ja, Dienstag passt.\n"}, {"in French", "Subject: RE : bateau\n", "Oui, mardi.\n"},
		{"in Spanish", "Subject: RE: barco\n", "Sí, el martes.\n"}, {"in Italian", "Subject: R: barca\n", "Sì, martedì.\n"},
		{"in Portuguese", "Subject: RES: barco\n", "Sim, terça.\n"}, {"in Dutch", "Subject: Antw: boot\n", "Ja, dinsdag.\n"},
		{"in Swedish", "Subject: SV: båt\n", "Ja, tisdag.\n"}, {"in Finnish", "Subject: VS: vene\n", "Kyllä, tiistai.\n"},
		{"in Polish", "Subject: Odp: łódź\n", "Tak, wtorek.\n"}, {"in Turkish", "Subject: Ynt: tekne\n", "Evet, salı.\n"},
		{"in Russian", "Subject: Re: лодка\n", "Да, вторник.\n"}, {"in Greek", "Subject: Απ: βάρκα\n", "Ναι.\n"},
		{"in Japanese", "Subject: 返信: 船\n", "はい、火曜日で。\n"}, {"in Chinese", "Subject: 答复: 船\n", "好的，星期二。\n"},
		{"in Korean", "Subject: 답장: 배\n", "네, 화요일.\n"}, {"in Arabic", "Subject: رد: القارب\n", "نعم.\n"},
	} {
		got, rule := class.Of(answer(c.header, c.body), class.Options{HopHeader: "X-Tradepost-Hop"})
		if got != class.Reply && got != class.Forwarded {
			t.Errorf("%s: %q: %s by %s", c.name, c.header, got, rule)
		}
	}
}

// TestPrograms holds mails of programs that don't say so in a field that is made
// for it, beside those that persons write with one sign fewer.
func TestPrograms(t *testing.T) {
	const away = "I am out of the office until Monday.\n"
	for _, c := range []struct {
		name, header, body string
		want               class.Class
	}{
		{"a formula alone", first("Automatic reply: the boat"), away, class.AutoReply},
		{"a formula in Chinese", first("自动回复：船"), "我不在。\n", class.AutoReply},
		{"absence, suppressed", first("Abwesend: Boot") + "X-Auto-Response-Suppress: All\n", away, class.AutoReply},
		{"absence, bulk", first("Frånvaro") + "Precedence: bulk\n", away, class.AutoReply},
		{"absence, no sender", first("Out of office") + "Return-Path: <>\n", away, class.AutoReply},
		{"absence in Japanese, no sender", first("不在通知") + "Return-Path: <>\n", "不在です。\n", class.AutoReply},
		{"absence as an answer that quotes nothing", "Subject: Out of Office: the boat\n", away, class.AutoReply},
		{"absence as an answer that quotes", "Subject: Out of Office: the boat\n", quoted, class.Reply},
		{"absence alone", first("Out of office"), away, class.Reply},
		{"absence in the text, no sender", "Return-Path: <>\n", away, class.AutoReply},
		{"absence in the text", "", away, class.Reply},
		{"no sender and no answer wanted", "Return-Path: <>\nFrom: no-reply@ferry.example\n", "We have your letter.\n", class.AutoReply},
		{"no sender, suppressed", "Return-Path: <>\nX-Auto-Response-Suppress: All\n", "We have your letter.\n", class.AutoReply},
		{"a template of Exchange's", "X-Auto-Response-Suppress: All\nX-MS-Exchange-Inbox-Rules-Loop: Maja@Ferry.example\n", "We have your letter.\n", class.AutoReply},
		{"a template's mark, quoting", "X-Auto-Response-Suppress: All\nX-MS-Exchange-Inbox-Rules-Loop: Maja@Ferry.example\n", quoted, class.Reply},
		{"an invitation accepted, HTML without words", "", "--b\nContent-Type: text/html\n\n<html><head><title>x</title><style>p{}</style></head><p>&nbsp;</p><!-- x --></html>\n--b\nContent-Type: text/calendar; method=REPLY\n\nBEGIN:VCALENDAR\n--b--\n", class.Calendar},
		{"absence in HTML, no sender", "Content-Type: text/html\nReturn-Path: <>\n", "<style>p{}</style><p>I\u2019m out of <b>town</b>.</p>", class.AutoReply},
		{"a list's mail", "To: sales@ferry.example\nList-Id: <sales.ferry.example>\n", quoted, class.List},
		{"a list's mail, by its address to post to", "To: sales@ferry.example\nList-Id: <1.x>\nList-Post: <mailto:sales@ferry.example>\n", quoted, class.List},
		{"a newsletter", first("spring boats") + "Precedence: bulk\n", "Buy.\n", class.List},
		{"a report from a postmaster", "From: postmaster@ferry.example\nReturn-Path: <>\n" + first("Nicht zustellbar"), "sven@market.example ist unbekannt.\n", class.Bounce},
		{"a report with a reason", "From: postmaster@ferry.example\n" + first("sorry"), "It could not be delivered:\n\nsven@market.example\nmailbox is full\n", class.Bounce},
		{"a report that begins at once", "From: support@ferry.example\n" + first("sorry"), returned, class.Bounce},
		{"a report of a server by name", "From: Mail Delivery System <x@ferry.example>\n" + first("sorry"), "No such user.\n", class.Bounce},
	} {
		if got, rule := class.Of(answer(c.header, c.body), class.Options{}); got != c.want {
			t.Errorf("%s: %s by %s, want %s", c.name, got, rule, c.want)
		}
	}
}
