package reply

import "strings"

// role is what a header label names in a quoted header block.
type role int

const (
	fromRole role = iota
	dateRole
	toRole
	subjectRole
	roles
)

// labels are the words that Outlook, Apple Mail, Thunderbird, Zimbra and others
// put before the fields of the mail they quote, by language: sender, date,
// recipients, subject. Alternatives are of other clients or versions.
var labels = [][roles][]string{
	{{"from", "reply-to", "sender"}, {"sent", "date", "sent on", "sent at", "received"}, {"to", "cc", "bcc"}, {"subject", "re"}}, // English
	{{"från", "avsändare"}, {"skickat", "datum", "skickades"}, {"till", "kopia", "cc"}, {"ämne"}},                                // Swedish
	{{"von", "absender"}, {"gesendet", "datum", "gesendet am", "date"}, {"an", "cc", "kopie", "empfänger"}, {"betreff", "betrifft", "subject"}},
	{{"de", "expéditeur", "from"}, {"envoyé", "envoyé le", "date", "message du"}, {"à", "a", "cc", "pour", "destinataire", "to"}, {"objet", "sujet"}},
	{{"de", "remitente", "desde"}, {"enviado", "enviado el", "fecha", "enviada", "enviado a las"}, {"para", "cc", "a"}, {"asunto"}},
	{{"da", "mittente"}, {"inviato", "data", "inviato il"}, {"a", "cc", "per", "destinatario"}, {"oggetto"}},
	{{"van", "afzender"}, {"verzonden", "datum", "verstuurd", "verzonden op"}, {"aan", "cc", "naar"}, {"onderwerp", "betreft"}},
	{{"fra", "afsender"}, {"sendt", "dato"}, {"til", "cc", "modtager"}, {"emne", "vedr"}},                 // Danish, Norwegian
	{{"frá", "sendandi"}, {"sent", "dagsetning", "dags"}, {"til", "afrit", "cc", "viðtakandi"}, {"efni"}}, // Icelandic
	{{"lähettäjä"}, {"lähetetty", "päivämäärä", "pvm", "päiväys"}, {"vastaanottaja", "kopio", "cc", "saaja"}, {"aihe"}},
	{{"od", "nadawca", "from"}, {"wysłano", "wysłane", "data", "wysłany", "date"}, {"do", "dw", "adresat", "cc", "to"}, {"temat", "subject"}},
	{{"de", "remetente"}, {"enviado", "enviada em", "enviado em", "enviada", "data"}, {"para", "cc"}, {"assunto"}}, // Portuguese
	{{"от", "отправитель", "от кого"}, {"отправлено", "дата", "послано"}, {"кому", "копия", "cc"}, {"тема"}},
	{{"від", "від кого"}, {"надіслано", "дата", "відправлено"}, {"кому", "копія", "cc"}, {"тема"}},                                                           // Ukrainian
	{{"от", "изпратено от"}, {"изпратено", "дата", "изпратен на"}, {"до", "на", "копие"}, {"относно", "тема"}},                                               // Bulgarian
	{{"od", "odesílatel", "odosielateľ"}, {"odesláno", "datum", "odoslané", "dátum", "odeslané"}, {"komu", "kopie", "kópia", "pro"}, {"předmět", "predmet"}}, // Czech, Slovak
	{{"feladó", "küldő"}, {"elküldve", "dátum", "küldve", "küldés ideje"}, {"címzett", "másolatot kap", "másolat"}, {"tárgy"}},                               // Hungarian
	{{"kimden", "gönderen"}, {"gönderildi", "tarih", "gönderme tarihi", "gönderilen", "gönderim tarihi"}, {"kime", "alıcı", "bilgi"}, {"konu"}},              // Turkish
	{{"από"}, {"στάλθηκε", "ημερομηνία", "απεστάλη"}, {"προς", "κοιν", "κοινοποίηση"}, {"θέμα"}},                                                             // Greek
	{{"de la", "expeditor", "de"}, {"trimis", "dată", "data", "data trimiterii"}, {"către", "catre", "la", "cc"}, {"subiect"}},                               // Romanian
	{{"od", "šalje", "pošiljatelj"}, {"poslano", "datum", "poslato"}, {"za", "prima", "kome", "cc"}, {"predmet", "zadeva", "tema", "naslov"}},                // Croatian, Slovene, Serbian
	{{"שולח", "מאת", "מ"}, {"נשלח", "תאריך", "בתאריך"}, {"אל", "עותק", "לכבוד"}, {"נושא", "הנדון"}},                                                          // Hebrew
	{{"من", "المرسل"}, {"تم الإرسال", "أرسلت", "تاريخ", "التاريخ", "تاريخ الإرسال", "تم إرساله"}, {"إلى", "الى", "نسخة"}, {"الموضوع", "موضوع"}},              // Arabic
	{{"از", "فرستنده"}, {"ارسال شده", "تاریخ"}, {"به", "گیرنده"}, {"موضوع"}},                                                                                 // Persian
	{{"từ", "người gửi"}, {"đã gửi", "ngày", "gửi", "ngày gửi"}, {"đến", "tới", "người nhận"}, {"chủ đề", "tiêu đề"}},                                        // Vietnamese
	{{"dari", "pengirim"}, {"dikirim", "tanggal", "terkirim", "tarikh"}, {"kepada", "ke", "untuk", "cc"}, {"subjek", "perihal", "hal", "judul"}},             // Indonesian, Malay
	{{"de", "remitent"}, {"enviat", "data", "enviat el"}, {"per a", "a", "per", "cc"}, {"assumpte", "tema"}},                                                 // Catalan
	{{"saatja", "kellelt"}, {"saadetud", "kuupäev"}, {"adressaat", "kellele", "koopia"}, {"teema"}},                                                          // Estonian
	{{"no", "sūtītājs"}, {"nosūtīts", "datums"}, {"kam", "kopija"}, {"tēma"}},                                                                                // Latvian
	{{"nuo", "siuntėjas"}, {"išsiųsta", "data"}, {"kam", "kopija", "iki"}, {"tema"}},                                                                         // Lithuanian
	{{"จาก"}, {"ส่ง", "วันที่", "ส่งเมื่อ"}, {"ถึง"}, {"เรื่อง", "หัวข้อ"}},                                                                                  // Thai
	{{"差出人", "送信者", "送信元"}, {"送信日時", "日時", "日付", "送信日"}, {"宛先", "cc"}, {"件名"}},                                                                               // Japanese
	{{"发件人", "寄件者", "寄件人", "發件人"}, {"发送时间", "发送日期", "日期", "寄件日期", "傳送時間", "時間", "时间", "发件日期", "寄件時間", "發送時間", "已傳送"}, // Chinese
		{"收件人", "收件者", "抄送", "副本"}, {"主题", "主旨", "主題"}},
	{{"보낸 사람", "보낸사람", "발신"}, {"보낸 날짜", "날짜", "보낸날짜", "보냄"}, {"받는 사람", "받는사람", "참조", "수신"}, {"제목"}}, // Korean
}

// labelWord says for which languages, as bits in the order of labels, a word is
// the label of each role.
type labelWord [roles]uint64

func (w labelWord) any() bool { return w != labelWord{} }

// labelWords is labels by word. A word may have several roles: "a" is Italian
// for "to", and "de" both French and Spanish for "from".
var labelWords = func() map[string]labelWord {
	m := make(map[string]labelWord)
	for language, byRole := range labels {
		for r, words := range byRole {
			for _, s := range words {
				w := m[s]
				w[r] |= 1 << language
				m[s] = w
			}
		}
	}
	return m
}()

// longestLabel is the length in bytes beyond which nothing is a label.
const longestLabel = 40

// labelOf returns the label that a line begins with.
func labelOf(s string) labelWord {
	i := strings.IndexByte(s, ':')
	if i <= 0 || i > longestLabel+8 {
		return labelWord{}
	}
	s = s[:i]
	if strings.Count(s, " ") > 6 {
		return labelWord{} // a sentence; marks have spaces around them, too
	}
	if strings.ContainsAny(s, "*_|") {
		s = plainMarks(s)
	}
	return labelWords[strings.ToLower(strings.Trim(s, " .-"))]
}

// labelsWithin returns the labels in a line that has the whole header: Windows
// Mail and Samsung's client lose the line breaks. Only lines with three colons
// or more are looked at.
func labelsWithin(s string) []labelWord {
	if strings.Count(s, ":") < 3 {
		return nil
	}
	var found []labelWord
	s = plainMarks(s)
	for {
		i := strings.IndexByte(s, ':')
		if i < 0 {
			return found
		}
		before := strings.Fields(strings.ToLower(s[:i]))
		for n := min(3, len(before)); n > 0; n-- {
			word := strings.Trim(strings.Join(before[len(before)-n:], " "), "-–—.")
			if w := labelWords[word]; w.any() {
				if len(found) == 0 && n != len(before) {
					return nil // the header doesn't begin the line
				}
				found = append(found, w)
				break
			}
		}
		if len(found) == 0 {
			return nil
		}
		s = s[i+1:]
	}
}
