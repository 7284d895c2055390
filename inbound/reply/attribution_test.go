package reply_test

import (
	"testing"

	"github.com/tradepost-mail/tradepost/inbound/reply"
)

const fresh = "Two boxes, please.\nThe blue ones."

// attributions are first lines of quotes, by language, as Gmail writes them
// unless another client is named.
var attributions = map[string]string{
	"Arabic":               "في الثلاثاء، ٣ مايو ٢٠٢٢ في ١٠:١١ ص تمت كتابة ما يلي بواسطة Maja Lind <maja@lind.example>:",
	"Bulgarian":            "На вт, 3.05.2022 г. в 10:11 Maja Lind <maja@lind.example> написа:",
	"Catalan":              "Missatge de Maja Lind <maja@lind.example> del dia dt., 3 de maig 2022 a les 10:11:",
	"Catalan, Apple":       "El 3 de maig 2022, a les 10:11, Maja Lind <maja@lind.example> va escriure:",
	"Chinese":              "Maja Lind <maja@lind.example> 于2022年5月3日周二 10:11写道：",
	"Chinese, Apple":       "在 2022年5月3日，10:11，Maja Lind <maja@lind.example> 写道：",
	"Chinese, traditional": "Maja Lind <maja@lind.example> 於 2022年5月3日 週二 上午10:11寫道：",
	"Croatian":             "uto, 3. svi 2022. u 10:11 Maja Lind <maja@lind.example> napisao je:",
	"Czech":                "út 3. 5. 2022 v 10:11 odesílatel Maja Lind <maja@lind.example> napsal:",
	"Czech, Thunderbird":   "Dne 03. 05. 22 v 10:11 Maja Lind napsal(a):",
	"Danish":               "Den tir. 3. maj 2022 kl. 10.11 skrev Maja Lind <maja@lind.example>:",
	"Dutch":                "Op di 3 mei 2022 om 10:11 schreef Maja Lind <maja@lind.example>:",
	"Dutch, Apple":         "Op 3 mei 2022, om 10:11 heeft Maja Lind <maja@lind.example> het volgende geschreven:",
	"English":              "On Tue, May 3, 2022 at 10:11 AM Maja Lind <maja@lind.example> wrote:",
	"English, Apple":       "On 3 May 2022, at 10:11, Maja Lind <maja@lind.example> wrote:",
	"Estonian":             "Kuupäev T, 3. mai 2022 kell 10:11 kirjutas Maja Lind <maja@lind.example>:",
	"Finnish":              "ti 3. toukok. 2022 klo 10.11 Maja Lind (maja@lind.example) kirjoitti:",
	"French":               "Le mar. 3 mai 2022 à 10:11, Maja Lind <maja@lind.example> a écrit :",
	"French, Thunderbird":  "Le 03/05/2022 à 10:11, Maja Lind a écrit :",
	"German":               "Am Di., 3. Mai 2022 um 10:11 Uhr schrieb Maja Lind <maja@lind.example>:",
	"German, name first":   "Maja Lind <maja@lind.example> schrieb am Di., 3.\nMai 2022 um 10:11 Uhr:",
	"German, Outlook":      "Am 03.05.22, 10:11 schrieb \"Maja Lind\" <maja@lind.example>:",
	"Greek":                "Στις Τρί 3 Μαΐ 2022 στις 10:11 π.μ., ο χρήστης Maja Lind <maja@lind.example> έγραψε:",
	"Hebrew":               "\u200fבתאריך יום ג׳, 3 במאי 2022 ב-10:11 מאת \u202aMaja Lind\u202c <\u202amaja@lind.example\u202c>:",
	"Hungarian":            "Maja Lind <maja@lind.example> ezt írta (időpont: 2022. máj. 3., K, 10:11):",
	"Indonesian":           "Pada tanggal Sel, 3 Mei 2022 pukul 10.11 Maja Lind <maja@lind.example> menulis:",
	"Italian":              "Il giorno mar 3 mag 2022 alle ore 10:11 Maja Lind <maja@lind.example> ha scritto:",
	"Japanese":             "2022年5月3日(火) 10:11 Maja Lind <maja@lind.example>:",
	"Japanese, Apple":      "2022/05/03 10:11、Maja Lind <maja@lind.example>のメール:",
	"Korean":               "2022년 5월 3일 (화) 오전 10:11, Maja Lind <maja@lind.example>님이 작성:",
	"Latvian":              "otrd., 2022. g. 3. maijs, plkst. 10:11 — lietotājs Maja Lind (<maja@lind.example>) rakstīja:",
	"Lithuanian":           "2022-05-03, an, 10:11 Maja Lind <maja@lind.example> rašė:",
	"Norwegian":            "tir. 3. mai 2022 kl. 10:11 skrev Maja Lind <maja@lind.example>:",
	"Persian":              "در تاریخ سه\u200cشنبه ۳ مه ۲۰۲۲،\u200f ۱۰:۱۱ Maja Lind <maja@lind.example> نوشت:",
	"Polish":               "wt., 3 maj 2022 o 10:11 Maja Lind <maja@lind.example> napisał(a):",
	"Polish, Thunderbird":  "W dniu 03.05.2022 o 10:11, Maja Lind pisze:",
	"Portuguese":           "Em ter., 3 de mai. de 2022 às 10:11, Maja Lind <maja@lind.example> escreveu:",
	"Romanian":             "În mar., 3 mai 2022 la 10:11, Maja Lind <maja@lind.example> a scris:",
	"Russian":              "вт, 3 мая 2022 г. в 10:11, Maja Lind <maja@lind.example>:",
	"Russian, with a verb": "3 мая 2022 г., в 10:11, Maja Lind <maja@lind.example> написал(а):",
	"Slovak":               "ut 3. 5. 2022 o 10:11 Maja Lind <maja@lind.example> napísal(a):",
	"Slovene":              "V V tor., 3. maj 2022 ob 10:11 je oseba Maja Lind <maja@lind.example> napisala:",
	"Spanish":              "El mar, 3 may 2022 a las 10:11, Maja Lind (<maja@lind.example>) escribió:",
	"Swedish":              "Den tis 3 maj 2022 kl 10:11 skrev Maja Lind <maja@lind.example>:",
	"Swedish, Apple":       "3 maj 2022 kl. 10:11 skrev Maja Lind <maja@lind.example>:",
	"Thai":                 "เมื่อ อ. 3 พ.ค. 2022 เวลา 10:11 Maja Lind <maja@lind.example> เขียนว่า:",
	"Turkish":              "Maja Lind <maja@lind.example>, 3 May 2022 Sal, 10:11 tarihinde şunu yazdı:",
	"Ukrainian":            "вт, 3 трав. 2022 р. о 10:11 Maja Lind <maja@lind.example> пише:",
	"Vietnamese":           "Vào Th 3, 3 thg 5, 2022 vào lúc 10:11 Maja Lind <maja@lind.example> đã viết:",

	"Alpine":                      "On Tue, 3 May 2022, Maja Lind wrote:",
	"Apple, without a year first": "On May 3, 2022, at 10:11 AM, Maja Lind <maja@lind.example> wrote:",
	"Front":                       "On May 3, 2022 at 10:11 AM GMT+2 maja@lind.example wrote:",
	"Gnus":                        "Maja Lind <maja@lind.example> writes:",
	"Google Groups":               "On Tuesday, May 3, 2022 at 10:11:12 AM UTC+2 Maja Lind wrote:",
	"Horde, French":               "Maja Lind <maja@lind.example> a écrit :",
	"Inbox, short date":           "On Tue, May 3 at 10:11 AM, Maja Lind <maja@lind.example> wrote:",
	"K-9":                         "Am 3. Mai 2022 10:11:12 MESZ schrieb Maja Lind <maja@lind.example>:",
	"mailto":                      "On May 3, 2022, at 10:11 AM, Maja Lind <mailto:maja@lind.example> wrote:",
	"Mutt":                        "* Maja Lind <maja@lind.example> [2022-05-03 10:11]:",
	"Mutt, English":               "On Tue, May 03, 2022 at 10:11:12AM +0200, Maja Lind wrote:",
	"Notes":                       "Maja Lind/Lund/Firm wrote on 05/03/2022 10:11:12 AM:",
	"Notes, German":               "Maja Lind/Lund/Firm schrieb am 03.05.2022 10:11:12:",
	"Proton":                      "On Tuesday, May 3rd, 2022 at 10:11 AM, Maja Lind <maja@lind.example> wrote:",
	"Roundcube":                   "On 2022-05-03 10:11, Maja Lind wrote:",
	"Roundcube, German":           "Am 2022-05-03 10:11, schrieb Maja Lind:",
	"Spark":                       "On 3 May 2022, 10:11 +0200, Maja Lind <maja@lind.example>, wrote:",
	"Superhuman":                  "On Tue, May 03, 2022 at 10:11 AM, Maja Lind < maja@lind.example > wrote:",
	"Yahoo":                       "On Tuesday, May 3, 2022, 10:11:12 AM GMT+2, Maja Lind <maja@lind.example> wrote:",
	"Yahoo, dashes":               "--- On Tue, 5/3/22, Maja Lind <maja@lind.example> wrote:",
	"Yahoo, Italian":              "Il martedì 3 maggio 2022, 10:11:12 CEST, Maja Lind <maja@lind.example> ha scritto:",
	"Yandex":                      "03.05.2022, 10:11, \"Maja Lind\" <maja@lind.example>:",
	"Zoho":                        "---- On Tue, 03 May 2022 10:11:12 +0200 Maja Lind <maja@lind.example> wrote ----",

	"broken in the address":   "On Tue, May 3, 2022 at 10:11 AM Maja Lind <\nmaja@lind.example> wrote:",
	"broken before the arrow": "tir. 3. mai 2022 kl. 10:11 skrev Maja Lind <maja@lind.example\n>:",
	"broken after the verb":   "Op di 3 mei 2022 om 10:11 schreef\nMaja Lind <maja@lind.example>:",
	"broken in three":         "On Tue, May 3, 2022 at 10:11 AM Maja Lind\n<maja@lind.example>\nwrote:",
	"broken in five":          "On Tue,\nMay 3, 2022 at 10:11 AM\nMaja Lind\n<maja@lind.example>\nwrote:",
	"broken, an empty line":   "On Tue, May 3, 2022 at 10:11 AM,\n\nMaja Lind <maja@lind.example> wrote:",
	"broken, quoted":          "On Tue, May 3, 2022 at 10:11 AM Maja Lind\n> <maja@lind.example> wrote:",
	"bold":                    "*On Tue, May 3, 2022 at 10:11 AM Maja Lind <maja@lind.example> wrote:*",
	"an address twice":        "On May 3, 2022, at 10:11, Maja Lind <maja@lind.example<\nmailto:maja@lind.example>> wrote:",
}

func TestAttributions(t *testing.T) {
	for language, line := range attributions {
		for _, c := range []struct{ what, quoted string }{
			{"marked", line + "\n> How many boxes?\n> Maja"},
			{"marked, apart", line + "\n\n> How many boxes?\n>\n> Maja"},
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

// TestAttributionsAboveQuotes holds forms that are evidence only above marked
// lines.
func TestAttributionsAboveQuotes(t *testing.T) {
	for name, line := range map[string]string{
		"name":              "Maja Lind wrote:",
		"name, Swedish":     "Maja Lind skrev:",
		"name, German":      "Maja schrieb:",
		"name, French":      "Maja Lind a écrit :",
		"Horde":             "Quoting Maja Lind <maja@lind.example>:",
		"Horde, German":     "Zitat von Maja Lind <maja@lind.example>:",
		"Horde, Spanish":    "Citando a Maja Lind <maja@lind.example>:",
		"Horde, no colon":   "Citeren Maja Lind <maja@lind.example>:",
		"Android":           "---- Maja Lind wrote ----",
		"Gmail before 2014": "2022/5/3 Maja Lind <maja@lind.example>",
		"Gmail, broken":     "2022/5/3 Maja Lind <\nmaja@lind.example>",
		"unknown language":  "Ngày hôm qua 3.5.2022 kell 10:11 keegi Maja <maja@lind.example>:",
	} {
		in := fresh + "\n\n" + line + "\n\n> How many boxes?\n> Maja\n"
		if r := reply.Text(in, reply.Hints{}); r.Text != fresh {
			t.Errorf("%s: %q", name, r.Text)
		}
	}
}

// TestAttributionOfGroupWise has arrows on both sides and unmarked text below.
func TestAttributionOfGroupWise(t *testing.T) {
	r := reply.Text(fresh+"\n\n>>> Maja Lind <maja@lind.example> 03.05.22 10:11 >>>\nHow many boxes?\n", reply.Hints{})
	if r.Text != fresh {
		t.Errorf("%q", r.Text)
	}
}

// TestAttributionInALine stands behind what was written, as a client lost the
// line break.
func TestAttributionInALine(t *testing.T) {
	for _, in := range []string{
		"Two boxes. On Tue, May 3, 2022 at 10:11 AM, maja@lind.example wrote:\n> How many?",
		"Two boxes.--- On Tue, May 3, 2022 at 10:11 AM, maja@lind.example wrote:\n> How many?",
		"Two boxes. Am 3. Mai 2022 um 10:11 schrieb Maja Lind <maja@lind.example>:\n> Wie viele?",
	} {
		if r := reply.Text(in, reply.Hints{}); r.Text != "Two boxes." {
			t.Errorf("%q: %q", in, r.Text)
		}
	}
	for _, in := range []string{ // unmarked below: it may be a sentence
		"He told me that on 3 May 2022 at 10:11 the desk wrote:\nno boxes.",
	} {
		if r := reply.Text(in, reply.Hints{}); r.Text != in {
			t.Errorf("%q: %q", in, r.Text)
		}
	}
}
