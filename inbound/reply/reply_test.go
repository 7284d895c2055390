package reply_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/inbound/reply"
)

const fresh = "Two boxes, please.\nThe blue ones."

// attributions are first lines of quotes as clients write them, by language.
var attributions = map[string]string{
	"English":              "On Tue, May 3, 2022 at 10:11 AM Maja Lind <maja@lind.example> wrote:",
	"English, wrapped":     "On Tue, May 3, 2022 at 10:11 AM Maja Lind\n<maja@lind.example>\nwrote:",
	"English, Apple":       "On 3 May 2022, at 10:11, Maja Lind <maja@lind.example> wrote:",
	"Swedish":              "Den tis 3 maj 2022 kl 10:11 skrev Maja Lind <maja@lind.example>:",
	"Swedish, Apple":       "3 maj 2022 kl. 10:11 skrev Maja Lind <maja@lind.example>:",
	"German":               "Am Di., 3. Mai 2022 um 10:11 Uhr schrieb Maja Lind <maja@lind.example>:",
	"German, name first":   "Maja Lind <maja@lind.example> schrieb am Di., 3.\nMai 2022 um 10:11 Uhr:",
	"French":               "Le mar. 3 mai 2022 à 10:11, Maja Lind <maja@lind.example> a écrit :",
	"Spanish":              "El mar, 3 may 2022 a las 10:11, Maja Lind (<maja@lind.example>) escribió:",
	"Italian":              "Il giorno mar 3 mag 2022 alle ore 10:11 Maja Lind <maja@lind.example> ha scritto:",
	"Dutch":                "Op di 3 mei 2022 om 10:11 schreef Maja Lind <maja@lind.example>:",
	"Dutch, Apple":         "Op 3 mei 2022, om 10:11 heeft Maja Lind <maja@lind.example> het volgende geschreven:",
	"Danish":               "Den tir. 3. maj 2022 kl. 10.11 skrev Maja Lind <maja@lind.example>:",
	"Norwegian":            "tir. 3. mai 2022 kl. 10:11 skrev Maja Lind <maja@lind.example>:",
	"Finnish":              "ti 3. toukok. 2022 klo 10.11 Maja Lind (maja@lind.example) kirjoitti:",
	"Polish":               "wt., 3 maj 2022 o 10:11 Maja Lind <maja@lind.example> napisał(a):",
	"Portuguese":           "Em ter., 3 de mai. de 2022 às 10:11, Maja Lind <maja@lind.example> escreveu:",
	"Russian":              "вт, 3 мая 2022 г. в 10:11, Maja Lind <maja@lind.example>:",
	"Russian, with a verb": "3 мая 2022 г., в 10:11, Maja Lind <maja@lind.example> написал(а):",
	"Ukrainian":            "вт, 3 трав. 2022 р. о 10:11 Maja Lind <maja@lind.example> пише:",
	"Japanese":             "2022年5月3日(火) 10:11 Maja Lind <maja@lind.example>:",
	"Japanese, Apple":      "2022/05/03 10:11、Maja Lind <maja@lind.example>のメール:",
	"Chinese":              "Maja Lind <maja@lind.example> 于2022年5月3日周二 10:11写道：",
	"Chinese, traditional": "Maja Lind <maja@lind.example> 於 2022年5月3日 週二 上午10:11寫道：",
	"Korean":               "2022년 5월 3일 (화) 오전 10:11, Maja Lind <maja@lind.example>님이 작성:",
	"Czech":                "út 3. 5. 2022 v 10:11 odesílatel Maja Lind <maja@lind.example> napsal:",
	"Hungarian":            "Maja Lind <maja@lind.example> ezt írta (időpont: 2022. máj. 3., K, 10:11):",
	"Turkish":              "Maja Lind <maja@lind.example>, 3 May 2022 Sal, 10:11 tarihinde şunu yazdı:",
	"Greek":                "Στις Τρί 3 Μαΐ 2022 στις 10:11 π.μ., ο χρήστης Maja Lind <maja@lind.example> έγραψε:",
	"Romanian":             "În mar., 3 mai 2022 la 10:11, Maja Lind <maja@lind.example> a scris:",
	"Hebrew":               "\u200fבתאריך יום ג׳, 3 במאי 2022 ב-10:11 מאת \u202aMaja Lind\u202c <\u202amaja@lind.example\u202c>:",
	"Arabic":               "في الثلاثاء، ٣ مايو ٢٠٢٢ في ١٠:١١ ص تمت كتابة ما يلي بواسطة Maja Lind <maja@lind.example>:",
	"Vietnamese":           "Vào Th 3, 3 thg 5, 2022 vào lúc 10:11 Maja Lind <maja@lind.example> đã viết:",
}

func TestAttributions(t *testing.T) {
	for language, line := range attributions {
		for _, c := range []struct{ what, quoted string }{
			{"marked", line + "\n> How many boxes?\n> Maja"},
			{"unmarked", line + "\n\nHow many boxes?\nMaja"},
		} {
			r := reply.Text(fresh+"\n\n"+c.quoted+"\n", reply.Hints{})
			if r.Text != fresh {
				t.Errorf("%s, %s: %q", language, c.what, r.Text)
			}
			if r.Quoted != c.quoted {
				t.Errorf("%s, %s: cut %q", language, c.what, r.Quoted)
			}
			if len(r.Cuts) == 0 {
				t.Errorf("%s, %s: no reason given", language, c.what)
			}
		}
	}
}

func TestHeaderBlocks(t *testing.T) {
	for name, block := range map[string]string{
		"English":    "From: Maja Lind <maja@lind.example>\nSent: Tuesday, May 3, 2022 10:11 AM\nTo: Desk\nSubject: Boxes",
		"bold":       "*From:* Maja Lind [mailto:maja@lind.example]\n*Sent:* Tuesday, May 3, 2022 10:11 AM\n*To:* Desk\n*Subject:* Boxes",
		"ruled":      "________________________________\nFrom: Maja Lind\nSent: Tuesday, May 3, 2022 10:11 AM\nTo: Desk\nSubject: Boxes",
		"announced":  "-----Original Message-----\nFrom: Maja Lind\nSubject: Boxes",
		"Swedish":    "Från: Maja Lind\nSkickat: den 3 maj 2022 10:11\nTill: Desk\nÄmne: Lådor",
		"German":     "Von: Maja Lind\nGesendet: Dienstag, 3. Mai 2022 10:11\nAn: Desk\nBetreff: Kisten",
		"French":     "De : Maja Lind\nEnvoyé : mardi 3 mai 2022 10:11\nÀ : Desk\nObjet : Boîtes",
		"Spanish":    "De: Maja Lind\nEnviado el: martes, 3 de mayo de 2022 10:11\nPara: Desk\nAsunto: Cajas",
		"Italian":    "Da: Maja Lind\nInviato: martedì 3 maggio 2022 10:11\nA: Desk\nOggetto: Scatole",
		"Dutch":      "Van: Maja Lind\nVerzonden: dinsdag 3 mei 2022 10:11\nAan: Desk\nOnderwerp: Dozen",
		"Danish":     "Fra: Maja Lind\nSendt: 3. maj 2022 10:11\nTil: Desk\nEmne: Kasser",
		"Finnish":    "Lähettäjä: Maja Lind\nLähetetty: tiistai 3. toukokuuta 2022 10.11\nVastaanottaja: Desk\nAihe: Laatikot",
		"Polish":     "Od: Maja Lind\nWysłano: wtorek, 3 maja 2022 10:11\nDo: Desk\nTemat: Pudełka",
		"Portuguese": "De: Maja Lind\nEnviada em: terça-feira, 3 de maio de 2022 10:11\nPara: Desk\nAssunto: Caixas",
		"Russian":    "От: Maja Lind\nОтправлено: 3 мая 2022 г. 10:11\nКому: Desk\nТема: Коробки",
		"Japanese":   "差出人: Maja Lind\n送信日時: 2022年5月3日 10:11\n宛先: Desk\n件名: 箱",
		"Chinese":    "发件人： Maja Lind\n发送时间： 2022年5月3日 10:11\n收件人： Desk\n主题： 箱子",
		"Korean":     "보낸 사람: Maja Lind\n보낸 날짜: 2022년 5월 3일 10:11\n받는 사람: Desk\n제목: 상자",
	} {
		quoted := block + "\n\nHow many boxes?"
		r := reply.Text(fresh+"\n\n"+quoted, reply.Hints{})
		if r.Text != fresh || r.Quoted != quoted {
			t.Errorf("%s: %q, cut %q", name, r.Text, r.Quoted)
		}
	}
}

// TestStays holds what looks like a mark and isn't.
func TestStays(t *testing.T) {
	for _, s := range []string{
		"On Tuesday I am offline.\nOn Wednesday I am back:\nask me then.",
		"On Monday Maja wrote:\nshe wants two boxes.",
		"As I wrote on 3 May 2022:\nit takes a week.",
		"From: the warehouse\nwe ship on Mondays.",
		"Subject: to change.\nTo: be decided.",
		"Sent from the warehouse yesterday, it should be with you by Friday.",
		"The steps:\n1. open it\n2. close it\n\n10:15 is fine.",
		"a -- b\n--- \nc",
		"Send the original message to me.",
		"Price: 12 EUR\nDate: 3 May 2022\nPlace: Lund",
	} {
		if r := reply.Text(s, reply.Hints{}); r.Text != s || len(r.Cuts) != 0 {
			t.Errorf("%q became %q because of %v", s, r.Text, r.Cuts)
		}
	}
}

func TestSignatures(t *testing.T) {
	for name, s := range map[string]string{
		"delimiter":          "-- \nMaja Lind\nLind AB",
		"no space":           "--\nMaja Lind",
		"iPhone":             "Sent from my iPhone",
		"Outlook":            "Get Outlook for iOS<https://aka.ms/o0ukef>",
		"Swedish":            "Skickat från min iPhone",
		"German":             "Von meinem iPad gesendet",
		"French":             "Envoyé de mon iPhone",
		"Spanish":            "Enviado desde mi iPhone",
		"Italian":            "Inviato da iPhone",
		"Dutch":              "Verstuurd vanaf mijn iPhone",
		"Portuguese":         "Enviado do meu iPhone",
		"Danish":             "Sendt fra min iPhone",
		"Japanese":           "iPhoneから送信",
		"Chinese":            "发自我的iPhone",
		"above a quote":      "-- \nMaja\n\nOn 3 May 2022, at 10:11, Maja <maja@lind.example> wrote:\n> How many?",
		"under a quote":      "On 3 May 2022, at 10:11, Maja <maja@lind.example> wrote:\n> How many?\n\n-- \nMaja",
		"both, and a footer": "Sent from my iPhone\n\n> How many?\n\n-- \nMaja",
	} {
		r := reply.Text(fresh+"\n\n"+s+"\n", reply.Hints{})
		if r.Text != fresh || r.Quoted != s {
			t.Errorf("%s: %q, cut %q", name, r.Text, r.Quoted)
		}
	}
	if r := reply.Text(fresh+"\n\nBest regards\nMaja", reply.Hints{}); !strings.HasSuffix(r.Text, "Maja") {
		t.Errorf("sign-off and name went: %q", r.Text)
	}
}

func TestInterleaved(t *testing.T) {
	in := "On 3 May 2022, at 10:11, Maja <maja@lind.example> wrote:\n> How many boxes?\n\nTwo.\n\n> Which colour?\n\nBlue.\n\n> Regards\n> Maja\n"
	r := reply.Text(in, reply.Hints{})
	if want := "> How many boxes?\n\nTwo.\n\n> Which colour?\n\nBlue."; r.Text != want {
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
	for _, s := range []string{"", "\n \n", "> only\n> a quote", "On 3 May 2022, at 10:11, Maja <maja@lind.example> wrote:\n\nHow many?", "From: Maja <maja@lind.example>\nSent: 3 May 2022\nSubject: Boxes\n\nHow many?"} {
		if r := reply.Text(s, reply.Hints{}); r.Text != "" || r.Quoted != strings.TrimSpace(s) {
			t.Errorf("%q: %q and %q", s, r.Text, r.Quoted)
		}
	}
}

func TestHints(t *testing.T) {
	h := reply.Hints{Separators: []string{"Reply to this mail: the merchant gets it without your address."}, Names: []string{"Maja Lind"}}
	for _, in := range []string{
		fresh + "\n\nReply to this mail: the merchant gets it without your address.\nOpen the conversation: https://market.example/1",
		fresh + "\n\nReply to this mail: the merchant gets it\nwithout your address.\nMore.",
		fresh + "\n\nMaja Lind wrote:\n\nHow many?",
	} {
		if r := reply.Text(in, h); r.Text != fresh {
			t.Errorf("%q", r.Text)
		}
		if r := reply.Text(in, reply.Hints{}); r.Text == fresh {
			t.Errorf("cut without the hint: %q", in)
		}
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

func TestHTMLAsText(t *testing.T) {
	for in, want := range map[string]string{
		`<p>one <b>two</b> <i>three</i></p><p>four</p>`:                                 "one **two** *three*\n\nfour",
		`<b><div>a</div><div>b</div></b>c<b></b>`:                                       "**a**\n**b**\nc",
		`<ul><li>a<li>b</ul><ol><li>c</li><li>d</li></ol>`:                              "- a\n- b\n\n1. c\n2. d",
		`see <a href="https://x.example/1">the page</a>.`:                               "see the page <https://x.example/1>.",
		`<a href="https://x.example/">https://x.example</a>`:                            "https://x.example",
		`<a href="javascript:alert(1)">x</a>`:                                           "x",
		`a<br>b<br><br>c`:                                                               "a\nb\n\nc",
		"<pre>a\n  b</pre>":                                                             "a\n  b",
		`<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>`:               "a b\nc",
		`x<blockquote style="margin:0 0 0 40px;border:none;padding:0px">y</blockquote>`: "x\n\ny",
		`</div></b>a &amp; b`:                                                           "a & b",
	} {
		if r := reply.HTML(in, reply.Hints{}); r.Text != want {
			t.Errorf("%s: %q, want %q", in, r.Text, want)
		}
	}
}

func TestFromMessage(t *testing.T) {
	m := message.Parse([]byte("Content-Type: text/html\n\n<p>Yes.</p><div class=gmail_quote>No?</div>"), message.Limits{})
	if r := reply.FromMessage(m, reply.Hints{}); r.Text != "Yes." {
		t.Errorf("%q", r.Text)
	}
	m = message.Parse([]byte("Content-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64\n\nAAAA"), message.Limits{})
	if r := reply.FromMessage(m, reply.Hints{}); r.Text != "" || r.Quoted != "" || r.Cuts != nil {
		t.Errorf("an attachment alone: %+v", r)
	}
}

func ExampleText() {
	r := reply.Text("Yes, two.\n\nOn 3 May 2022, at 10:11, Maja <maja@lind.example> wrote:\n> How many boxes?\n", reply.Hints{})
	fmt.Println(r.Text)
	fmt.Println(r.Cuts[0].Kind, r.Cuts[0].Evidence)
	// Output:
	// Yes, two.
	// attribution "On 3 May 2022, at 10:11, Maja <maja@lind.example> wrote:"
}
