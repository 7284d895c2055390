package reply_test

import (
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost/inbound/reply"
)

// headerBlocks are headers above unmarked quotes, as Outlook writes them unless
// another client is named.
var headerBlocks = map[string]string{
	"Arabic":               "من: Maja Lind\nتم الإرسال: الثلاثاء، ٣ مايو ٢٠٢٢ ١٠:١١\nإلى: Desk\nالموضوع: صناديق",
	"Bulgarian":            "От: Maja Lind\nИзпратено: вторник, 3 май 2022 г. 10:11\nДо: Desk\nОтносно: Кутии",
	"Catalan":              "De: Maja Lind\nEnviat el: dimarts, 3 de maig de 2022 10:11\nPer a: Desk\nAssumpte: Caixes",
	"Chinese":              "发件人： Maja Lind\n发送时间： 2022年5月3日 10:11\n收件人： Desk\n主题： 箱子",
	"Chinese, traditional": "寄件者: Maja Lind\n寄件日期: 2022年5月3日 10:11\n收件者: Desk\n主旨: 箱子",
	"Croatian":             "Od: Maja Lind\nPoslano: 3. svibnja 2022. 10:11\nPrima: Desk\nPredmet: Kutije",
	"Czech":                "Od: Maja Lind\nOdesláno: úterý 3. května 2022 10:11\nKomu: Desk\nPředmět: Krabice",
	"Danish":               "Fra: Maja Lind\nSendt: 3. maj 2022 10:11\nTil: Desk\nEmne: Kasser",
	"Dutch":                "Van: Maja Lind\nVerzonden: dinsdag 3 mei 2022 10:11\nAan: Desk\nOnderwerp: Dozen",
	"English":              "From: Maja Lind <maja@lind.example>\nSent: Tuesday, May 3, 2022 10:11 AM\nTo: Desk\nSubject: Boxes",
	"Estonian":             "Saatja: Maja Lind\nSaadetud: teisipäev, 3. mai 2022 10:11\nAdressaat: Desk\nTeema: Kastid",
	"Finnish":              "Lähettäjä: Maja Lind\nLähetetty: tiistai 3. toukokuuta 2022 10.11\nVastaanottaja: Desk\nAihe: Laatikot",
	"French":               "De : Maja Lind\nEnvoyé : mardi 3 mai 2022 10:11\nÀ : Desk\nObjet : Boîtes",
	"German":               "Von: Maja Lind\nGesendet: Dienstag, 3. Mai 2022 10:11\nAn: Desk\nBetreff: Kisten",
	"Greek":                "Από: Maja Lind\nΣτάλθηκε: Τρίτη, 3 Μαΐου 2022 10:11\nΠρος: Desk\nΘέμα: Κουτιά",
	"Hebrew":               "מאת: Maja Lind\nנשלח: יום שלישי 3 מאי 2022 10:11\nאל: Desk\nנושא: קופסאות",
	"Hungarian":            "Feladó: Maja Lind\nElküldve: 2022. május 3., kedd 10:11\nCímzett: Desk\nTárgy: Dobozok",
	"Icelandic":            "Frá: Maja Lind <maja@lind.example>\nSent: þriðjudagur, 3. maí 2022 10:11\nTil: Desk\nEfni: Kassar",
	"Indonesian":           "Dari: Maja Lind\nDikirim: Selasa, 3 Mei 2022 10.11\nKepada: Desk\nSubjek: Kotak",
	"Italian":              "Da: Maja Lind\nInviato: martedì 3 maggio 2022 10:11\nA: Desk\nOggetto: Scatole",
	"Japanese":             "差出人: Maja Lind\n送信日時: 2022年5月3日 10:11\n宛先: Desk\n件名: 箱",
	"Korean":               "보낸 사람: Maja Lind\n보낸 날짜: 2022년 5월 3일 10:11\n받는 사람: Desk\n제목: 상자",
	"Polish":               "Od: Maja Lind\nWysłano: wtorek, 3 maja 2022 10:11\nDo: Desk\nTemat: Pudełka",
	"Portuguese":           "De: Maja Lind\nEnviada em: terça-feira, 3 de maio de 2022 10:11\nPara: Desk\nAssunto: Caixas",
	"Romanian":             "De la: Maja Lind\nTrimis: marți, 3 mai 2022 10:11\nCătre: Desk\nSubiect: Cutii",
	"Russian":              "От: Maja Lind\nОтправлено: 3 мая 2022 г. 10:11\nКому: Desk\nТема: Коробки",
	"Spanish":              "De: Maja Lind\nEnviado el: martes, 3 de mayo de 2022 10:11\nPara: Desk\nAsunto: Cajas",
	"Swedish":              "Från: Maja Lind\nSkickat: den 3 maj 2022 10:11\nTill: Desk\nÄmne: Lådor",
	"Thai":                 "จาก: Maja Lind\nส่ง: 3 พฤษภาคม 2022 10:11\nถึง: Desk\nเรื่อง: กล่อง",
	"Turkish":              "Kimden: Maja Lind\nGönderildi: 3 Mayıs 2022 Salı 10:11\nKime: Desk\nKonu: Kutular",
	"Ukrainian":            "Від: Maja Lind\nНадіслано: 3 травня 2022 р. 10:11\nКому: Desk\nТема: Коробки",
	"Vietnamese":           "Từ: Maja Lind\nĐã gửi: 3 tháng 5 2022 10:11\nĐến: Desk\nChủ đề: Hộp",

	"Apple":               "From: Maja Lind <maja@lind.example>\nSubject: Boxes\nDate: 3 May 2022 at 10:11:12 CEST\nTo: Desk",
	"bold":                "*From:* Maja Lind [mailto:maja@lind.example]\n*Sent:* Tuesday, May 3, 2022 10:11 AM\n*To:* Desk\n*Subject:* Boxes",
	"Markdown":            "**From:** Maja Lind\n**Sent:** Tuesday, May 3, 2022 10:11 AM\n**To:** Desk\n**Subject:** Boxes",
	"ruled":               "________________________________\nFrom: Maja Lind\nSent: Tuesday, May 3, 2022 10:11 AM\nTo: Desk\nSubject: Boxes",
	"no subject":          "________________________________\nFrom: Maja Lind\nSent: Tuesday, May 3, 2022 10:11 AM\nTo: Desk",
	"QQ in English":       "------------------ Original ------------------\nFrom: \"Maja\" <maja@lind.example>;\nDate: Tue, May 3, 2022 10:11 AM\nTo: \"Desk\" <desk@market.example>;\nSubject: Boxes",
	"Proton before 2021":  "‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐\nOn Tuesday, May 3rd, 2022 at 10:11 AM, Maja <maja@lind.example> wrote:",
	"announced":           "-----Original Message-----\nFrom: Maja Lind\nSubject: Boxes",
	"folded":              "From: Maja Lind\nSent: Tuesday, May 3, 2022 10:11 AM\nTo: Desk <desk@market.example>;\n  Nils <nils@lind.example>;\n  Bo <bo@lind.example>\nSubject: Boxes",
	"empty lines between": "From: Maja Lind <maja@lind.example>\n\nSent: Tuesday, May 3, 2022 10:11 AM\n\nTo: Desk\n\nSubject: Boxes",
	"table":               "| From: | Maja Lind |\n| Sent: | Tuesday, May 3, 2022 10:11 AM |\n| To: | Desk |\n| Subject: | Boxes |",
	"one line":            "From: Maja Lind <maja@lind.example> Sent: Tuesday, May 3, 2022 10:11 AM To: Desk Subject: Boxes",
	"Zimbra":              "De: \"Maja Lind\" <maja@lind.example>\nÀ: \"Desk\" <desk@market.example>\nEnvoyé: Mardi 3 Mai 2022 10:11:12\nObjet: Boîtes",
}

func TestHeaderBlocks(t *testing.T) {
	for name, block := range headerBlocks {
		quoted := block + "\n\nHow many boxes?"
		r := reply.Text(fresh+"\n\n"+quoted, reply.Hints{})
		if r.Text != fresh || r.Quoted != quoted {
			t.Errorf("%s: %q, cut %q", name, r.Text, r.Quoted)
		}
	}
}

// TestOriginals holds lines that announce a quoted mail.
func TestOriginals(t *testing.T) {
	for _, line := range []string{
		"-----Original Message-----", "----- Original Message -----", "________ Original Message ________", "-------- Original message --------",
		"-----Ursprüngliche Nachricht-----", "-------- Original-Nachricht --------", "-----Ursprungligt meddelande-----", "-----Message d'origine-----", "----- Mail original -----",
		"-----Mensaje original-----", "-----Messaggio originale-----", "-----Oorspronkelijk bericht-----", "-----Oprindelig meddelelse-----", "-----Opprinnelig melding-----",
		"-----Alkuperäinen viesti-----", "-----Oryginalna wiadomość-----", "-----Mensagem original-----", "-----Исходное сообщение-----", "-----Вихідне повідомлення-----",
		"-----Původní zpráva-----", "-----Eredeti üzenet-----", "-----Orijinal İleti-----", "-----Αρχικό μήνυμα-----", "-----Mesaj original-----", "-----הודעה מקורית-----",
		"-----الرسالة الأصلية-----", "----- 元のメッセージ -----", "-----原始邮件-----", "-----원본 메시지-----", "-----Thư gốc-----", "-----Pesan Asli-----",
		"---------- Forwarded message ---------", "---------- Weitergeleitete Nachricht ----------", "---------- Vidarebefordrat meddelande ----------", "-------- Weitergeleitete Nachricht --------",
		"------ Nachricht von Maja ------", // a phrase of no client that is known here
		"-------- Ursprüngliche Nachricht --------Von: Maja Lind Datum: 03.05.22 10:11 An: Desk Betreff: Kisten",
	} {
		r := reply.Text(fresh+"\n\n"+line+"\nHow many boxes?\n", reply.Hints{})
		if r.Text != fresh || !strings.HasPrefix(r.Quoted, line) {
			t.Errorf("%s: %q", line, r.Text)
		}
	}
	// Without dashes a header must follow.
	for _, line := range []string{"Begin forwarded message:", "Anfang der weitergeleiteten Nachricht:", "Vidarebefordrat brev:", "Début du message transféré :", "Original Message:"} {
		r := reply.Text(fresh+"\n\n"+line+"\n\nFrom: Maja Lind <maja@lind.example>\nSubject: Boxes\n\nHow many?", reply.Hints{})
		if r.Text != fresh {
			t.Errorf("%s: %q", line, r.Text)
		}
	}
}

func TestMarkers(t *testing.T) {
	for _, line := range []string{
		"##- Please type your reply above this line -##", "-- Reply above this line --", "--- Reply ABOVE THIS LINE to post a comment ---", "Reply above this line.",
		"##- Bitte geben Sie Ihre Antwort über dieser Zeile ein. -##", "##- Veuillez entrer votre réponse au-dessus de cette ligne -##", "##- Escriba su respuesta por encima de esta línea -##",
		"##- Scrivi la tua risposta sopra questa riga -##", "##- Typ uw antwoord boven deze regel -##", "##- Digite sua resposta acima desta linha -##", "##- Skriv ditt svar ovanför denna rad -##",
		"##- Skriv dit svar over denne linje -##", "##- Kirjoita vastauksesi tämän rivin yläpuolelle -##", "##- Wpisz odpowiedź powyżej tej linii -##", "##- Napište odpověď nad tento řádek -##",
		"##- Введите ответ выше этой строки -##", "##- Введіть відповідь вище цього рядка -##", "##- この行より上に返信を入力してください -##", "##- 请在此行上方输入回复 -##", "##- 이 줄 위에 답장을 입력하세요 -##",
		"##- Lütfen yanıtınızı bu satırın üstüne yazın -##", "##- Írja válaszát e vonal fölé -##", "##- Scrieți răspunsul deasupra acestei linii -##",
		"##- Γράψτε την απάντησή σας πάνω από αυτή τη γραμμή -##", "##- נא להשיב מעל שורה זו, השב כאן -##", "##- اكتب ردك فوق هذا السطر -##", "##- Vui lòng trả lời phía trên dòng này -##",
	} {
		r := reply.Text(fresh+"\n\n"+line+"\n\nHow many boxes?", reply.Hints{})
		if r.Text != fresh || len(r.Cuts) == 0 || r.Cuts[0].Kind != reply.Marker {
			t.Errorf("%s: %q, %+v", line, r.Text, r.Cuts)
		}
	}
}

// TestForwarded keeps a forwarded mail where that is asked for, and only then.
func TestForwarded(t *testing.T) {
	for _, forwarded := range []string{
		"---------- Forwarded message ---------\nFrom: Maja Lind <maja@lind.example>\nDate: Tue, May 3, 2022 at 10:11 AM\nSubject: Boxes\nTo: Desk\n\nHow many?\n\n-- \nMaja",
		"Begin forwarded message:\n\nFrom: Maja Lind <maja@lind.example>\nSubject: Boxes\nDate: 3 May 2022 at 10:11\nTo: Desk\n\nHow many?",
		"________________________________\nFrom: Maja Lind\nSent: Tuesday, May 3, 2022 10:11 AM\nTo: Desk\nSubject: Boxes\n\nHow many?",
	} {
		in := "Please see below.\n\n" + forwarded
		if r := reply.Text(in, reply.Hints{KeepForwarded: true}); r.Text != in || r.Quoted != "" {
			t.Errorf("kept: %q, cut %q", r.Text, r.Quoted)
		}
		if r := reply.Text(in, reply.Hints{}); r.Text != "Please see below." || r.Quoted != forwarded {
			t.Errorf("cut: %q, cut %q", r.Text, r.Quoted)
		}
		if r := reply.Text("Please see below.\n\n-- \nNils\n\n"+forwarded, reply.Hints{KeepForwarded: true}); r.Quoted != "-- \nNils" && !strings.HasSuffix(r.Text, forwarded) {
			t.Errorf("under a signature: %q, cut %q", r.Text, r.Quoted)
		}
	}
}
