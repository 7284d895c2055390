package reply

import (
	"strings"
)

// labelKind is the role of a header label in a quoted header block.
type labelKind int

const (
	noLabel labelKind = iota
	fromLabel
	dateLabel
	toLabel
	subjectLabel
)

// labels are the words that Outlook, Apple Mail and others put before the fields
// of the mail they quote, by role and language.
var labels = map[labelKind][]string{
	fromLabel: {"from", "från", "von", "de", "da", "van", "fra", "lähettäjä", "od", "от", "від", "差出人", "送信者", "发件人", "寄件者", "寄件人",
		"보낸 사람", "보낸사람", "feladó", "kimden", "gönderen", "από", "de la", "מאת", "من", "từ", "người gửi", "expéditeur", "remitente", "mittente", "afzender",
		"avsändare", "absender", "nadawca", "отправитель", "reply-to"},
	dateLabel: {"sent", "date", "skickat", "datum", "gesendet", "envoyé", "envoyé le", "enviado", "enviado el", "enviada em", "enviado em", "enviada", "fecha", "inviato",
		"data", "verzonden", "sendt", "dato", "lähetetty", "päivämäärä", "pvm", "wysłano", "wysłane", "отправлено", "дата", "надіслано", "送信日時", "日時", "日付",
		"发送时间", "发送日期", "日期", "寄件日期", "傳送時間", "보낸 날짜", "날짜", "odesláno", "elküldve", "dátum", "gönderildi", "tarih", "gönderme tarihi", "στάλθηκε",
		"ημερομηνία", "trimis", "dată", "נשלח", "תאריך", "تم الإرسال", "أرسلت", "تاريخ", "التاريخ", "đã gửi", "ngày", "gửi", "sent on", "sent at"},
	toLabel: {"to", "till", "an", "à", "a", "para", "aan", "til", "vastaanottaja", "do", "кому", "宛先", "收件人", "收件者", "받는 사람", "받는사람", "komu", "címzett",
		"kime", "alıcı", "προς", "către", "אל", "إلى", "đến", "người nhận", "cc", "kopia", "kopie", "destinataire", "adresat"},
	subjectLabel: {"subject", "ämne", "betreff", "objet", "asunto", "oggetto", "onderwerp", "emne", "aihe", "temat", "assunto", "тема", "件名", "主题", "主旨",
		"제목", "předmět", "tárgy", "konu", "θέμα", "subiect", "נושא", "الموضوع", "chủ đề", "vedr", "sujet"},
}

// labelOf returns the role of the label that a line begins with.
func labelOf(s string) labelKind {
	if !strings.Contains(s, ":") {
		return noLabel
	}
	s = plainMarks(s)
	i := strings.IndexByte(s, ':')
	if i <= 0 || i > 40 {
		return noLabel
	}
	return labelKinds[strings.ToLower(strings.TrimSpace(s[:i]))]
}

// labelKinds is labels turned round.
var labelKinds = func() map[string]labelKind {
	m := make(map[string]labelKind)
	for kind, words := range labels {
		for _, w := range words {
			m[w] = kind
		}
	}
	return m
}()

// headerBlock reports whether a quoted header begins at line i: labels of at
// least two roles in the next lines, one of them the sender's, with an address
// or a date beside them; or three roles without a sender.
func (c *cutter) headerBlock(i int) bool {
	if c.lines[i].label == noLabel || c.judged >= maxJudged {
		return false
	}
	c.judged++
	var roles [subjectLabel + 1]bool
	n, others := 0, 0
	proof := false
	for j := i; j < len(c.lines) && j < i+10; j++ {
		if c.lines[j].norm == "" {
			continue
		}
		k := c.lines[j].label
		if k == noLabel {
			// A field may be folded over a line or two.
			if others++; others > 2 {
				break
			}
			continue
		}
		others = 0
		if !roles[k] {
			n++
		}
		roles[k] = true
		proof = proof || c.of(&c.lines[j]).any()
	}
	if roles[fromLabel] {
		return n >= 3 || n == 2 && proof
	}
	return n >= 3 && proof
}

// originals stand between dashes above a quoted or forwarded mail.
var originals = func() map[string]bool {
	m := make(map[string]bool)
	for _, w := range [...]string{
		"original message", "original appointment", "forwarded message", "reply message", "begin forwarded message",
		"ursprungligt meddelande", "originalmeddelande", "vidarebefordrat meddelande", "ursprüngliche nachricht", "originalnachricht",
		"original-nachricht", "original-mail", "weitergeleitete nachricht", "message d'origine", "message d’origine",
		"message original", "message transféré", "mensaje original", "mensaje reenviado", "messaggio originale",
		"messaggio inoltrato", "oorspronkelijk bericht", "oorspronkelijke bericht", "doorgestuurd bericht", "oprindelig meddelelse",
		"original meddelelse", "opprinnelig melding", "alkuperäinen viesti", "oryginalna wiadomość", "wiadomość oryginalna",
		"mensagem original", "mensagem encaminhada", "исходное сообщение", "пересылаемое сообщение", "оригінальне повідомлення",
		"пересилене повідомлення", "元のメッセージ", "転送メッセージ", "原始邮件", "原始郵件",
		"转发邮件", "轉寄郵件", "원본 메시지", "původní zpráva", "eredeti üzenet",
		"orijinal ileti", "özgün ileti", "αρχικό μήνυμα", "mesaj original", "mesajul original",
		"הודעה מקורית", "الرسالة الأصلية", "رسالة أصلية", "thư gốc",
	} {
		m[w] = true
	}
	return m
}()

// isOriginal reports whether a line announces the original message: the phrase
// between dashes, or alone with a colon.
func isOriginal(s string) bool {
	if len(s) > 200 {
		return false
	}
	phrase := strings.Trim(s, "-_=* :>")
	marked := strings.HasSuffix(s, ":")
	for _, dashes := range [...]string{"--", "__", "==", "**"} {
		marked = marked || strings.HasPrefix(s, dashes)
	}
	return marked && originals[strings.ToLower(phrase)]
}
