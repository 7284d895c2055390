package reply

import (
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longestHeader is how many lines a quoted header may have; the recipients of a
// large round fold over many.
const longestHeader = 14

// header looks for a quoted header that begins at line i: labels of at least two
// roles, of one language, in lines that follow one another, or all in one line.
// A value may be folded over two further lines or stand below its label.
func (c *cutter) header(i int) *candidate {
	if !c.lines[i].label.any() || c.judged >= maxJudged {
		return nil
	}
	c.judged++
	end := i + 1
	found := labelsWithin(c.lines[i].norm)
	if len(found) < 3 {
		found = nil
		between := 0
		for j := i; j < len(c.lines) && j < i+longestHeader; j++ {
			l := &c.lines[j]
			if l.kind == quote {
				break
			}
			if l.norm == "" {
				// Some clients write an empty line after each field. Two end it.
				if between++; between > 2 {
					break
				}
				continue
			}
			if !l.label.any() {
				if between++; between > 2 || strings.HasPrefix(l.norm, "---") || isRuler(l.norm) {
					break // a ruler or an announcement begins something else
				}
				continue
			}
			if j > i && c.restarts(found, j) {
				return nil
			}
			between = 0
			found = append(found, l.label)
			end = j + 1
		}
	}
	f := c.judgeHeader(i, end, found)
	if f != nil {
		f.from, f.to = i, end
	}
	return f
}

// restarts reports whether another header begins at line j, below labels that
// were found, so that these aren't of it: "Subject to change: …" above
// Outlook's block. It does where a sender is named, or where an empty line stands
// above, and has a label again that a header has once.
func (c *cutter) restarts(found []labelWord, j int) bool {
	l := &c.lines[j]
	apart := c.lines[j-1].kind == blank
	sender := l.label[fromRole] != 0 && !strings.HasPrefix(strings.ToLower(l.norm), "reply-to")
	if !sender && !apart || c.judged >= maxJudged {
		return false
	}
	c.judged++
	if len(labelsWithin(l.norm)) >= 3 {
		return true // all of it in one line
	}
	var rest []labelWord
	to := j
	for k := j; k < len(c.lines) && k < j+longestHeader; k++ {
		if c.lines[k].kind == quote || k > j && c.lines[k].kind == blank && c.lines[k-1].kind == blank {
			break
		}
		if c.lines[k].label.any() {
			rest, to = append(rest, c.lines[k].label), k+1
		}
	}
	language, n := bestLanguage(rest)
	bit := uint64(1) << language
	if n < 3 && !(n == 2 && apart && sender) {
		return false
	}
	again := false
	for r := range roles {
		above, below := false, false
		for _, w := range found {
			above = above || w[r] != 0
		}
		for _, w := range rest {
			below = below || w[r]&bit != 0
		}
		again = again || above && below && (r != toRole || sender)
	}
	if !again {
		return false
	}
	f := c.judgeHeader(j, to, rest)
	return f != nil && f.confidence >= c.threshold
}

// judgeHeader weighs the labels of the lines [from, to).
func (c *cutter) judgeHeader(from, to int, found []labelWord) *candidate {
	language, n := bestLanguage(found)
	if n < 2 {
		return nil
	}
	bit := uint64(1) << language
	var has [roles]bool
	for _, w := range found {
		for r := range has {
			has[r] = has[r] || w[r]&bit != 0
		}
	}
	var dated, address, known bool
	for j := from; j < to; j++ {
		l := &c.lines[j]
		e := c.of(l)
		if l.label[fromRole]&bit != 0 && (e.date || e.clock) && !e.address && len(found) <= to-from {
			return nil // "From: 3 May, to: 5 May": a stretch of time
		}
		dated = dated || (e.date || e.clock) && (l.label[dateRole]&bit != 0 || !l.label.any() || len(found) > to-from)
		address = address || e.address
		known = known || e.known
	}
	ruler := from > 0 && c.rulerAbove(from)
	if n == 2 && !address && !known && !ruler {
		return nil // "From: Lund", "Date: 3 May": people fill in forms
	}
	var w weighed
	w.add(has[fromRole], 0.3, "a sender's label")
	w.add(has[dateRole], 0.25, "a date's label")
	w.add(has[toRole], 0.2, "a recipient's label")
	w.add(has[subjectRole], 0.3, "a subject's label")
	w.add(dated && has[dateRole], 0.25, "a date")
	w.add(address, 0.4, "an address")
	w.add(known, 0.4, "a name of the conversation")
	w.add(ruler, 0.3, "a ruler")
	f := &candidate{kind: HeaderBlock, confidence: w.confidence(), evidence: w.of(c.lines[from].norm)}
	if first, _ := utf8.DecodeRuneInString(strings.TrimLeft(c.lines[from].norm, "*_| ")); unicode.IsLower(first) && !ruler {
		// Programs write labels with a capital; people paste settings.
		f.confidence = min(f.confidence, asSentence)
		f.evidence += "; but in lower case"
	}
	return f
}

// rulerAbove reports whether a ruler stands directly above line i.
func (c *cutter) rulerAbove(i int) bool {
	for j := i - 1; j >= 0 && j >= i-2; j-- {
		if c.lines[j].kind != blank {
			return isRuler(c.lines[j].norm)
		}
	}
	return false
}

// bestLanguage returns the language in which the labels have the most roles,
// and how many. "A: yes" and "Data: none" aren't a header, though in Italian the
// one names a recipient and in Polish the other a date.
func bestLanguage(found []labelWord) (language, most int) {
	var all labelWord
	for _, w := range found {
		for r := range w {
			all[r] |= w[r]
		}
	}
	for rest := all[0] | all[1] | all[2] | all[3]; rest != 0; rest &= rest - 1 {
		l := bits.TrailingZeros64(rest)
		n := 0
		for _, mask := range all {
			n += int(mask >> l & 1)
		}
		if n > most {
			language, most = l, n
		}
	}
	return language, most
}

// originals stand between dashes, or alone with a colon, above a quoted mail.
var originals = set(
	"original message", "original appointment", "reply message", "original email", "original mail", "quoted message",
	"ursprungligt meddelande", "originalmeddelande", "originalmeddelandet", "ursprüngliche nachricht", "originalnachricht", "original-nachricht", "original-mail",
	"ursprüngliche mail", "originalmail", "antwort nachricht", "ursprünglicher termin", "message d'origine", "message d’origine", "message original", "mail original", "courriel original",
	"message initial", "message précédent", "mensaje original", "correo original", "messaggio originale", "messaggio originario", "oorspronkelijk bericht", "oorspronkelijke bericht",
	"origineel bericht", "oprindelig meddelelse", "original meddelelse", "oprindelig besked", "opprinnelig melding", "original melding", "alkuperäinen viesti", "alkuperäinen sähköposti",
	"oryginalna wiadomość", "wiadomość oryginalna", "wiadomość pierwotna", "mensagem original", "исходное сообщение", "оригинальное сообщение", "первоначальное сообщение",
	"оригінальне повідомлення", "вихідне повідомлення", "оригинално съобщение", "元のメッセージ", "元のメール", "オリジナルメッセージ", "原始邮件", "原始郵件", "原邮件", "原始信件", "원본 메시지", "원본 메일",
	"původní zpráva", "pôvodná správa", "eredeti üzenet", "orijinal ileti", "özgün ileti", "orijinal mesaj", "αρχικό μήνυμα", "mesaj original", "mesajul original", "izvorna poruka",
	"originalna poruka", "izvirno sporočilo", "הודעה מקורית", "الرسالة الأصلية", "رسالة أصلية", "thư gốc", "tin nhắn gốc", "pesan asli", "missatge original", "algne kiri", "originalus laiškas", "ข้อความต้นฉบับ")

// forwards are what stands above a forwarded one.
var forwards = set(
	"forwarded message", "begin forwarded message", "forwarded by", "start of forwarded message", "vidarebefordrat meddelande", "vidarebefordrat brev", "weitergeleitete nachricht",
	"anfang der weitergeleiteten nachricht", "anfang der weitergeleiteten e-mail", "message transféré", "début du message transféré", "début du message réexpédié", "message réexpédié",
	"mensaje reenviado", "inicio del mensaje reenviado", "messaggio inoltrato", "inizio messaggio inoltrato", "doorgestuurd bericht", "begin doorgestuurd bericht", "videresendt meddelelse",
	"start på videresendt besked", "videresendt besked", "videresendt melding", "välitetty viesti", "edelleenlähetetty viesti", "välitetty viesti alkaa", "wiadomość przekazana", "przekazana wiadomość",
	"początek przekazywanej wiadomości", "mensagem encaminhada", "início da mensagem encaminhada", "início da mensagem reencaminhada", "пересылаемое сообщение", "пересланное сообщение",
	"начало переадресованного сообщения", "пересилене повідомлення", "переслане повідомлення", "转发邮件", "转发的邮件", "轉寄郵件", "轉寄的郵件", "転送メッセージ", "転送されたメッセージ", "전달된 메시지",
	"přeposlaná zpráva", "preposlaná správa", "továbbított levél", "továbbított üzenet", "iletilen mesaj", "yönlendirilen ileti", "προωθημένο μήνυμα", "mesaj redirecționat", "proslijeđena poruka",
	"posredovano sporočilo", "הודעה שהועברה", "رسالة معاد توجيهها", "thư đã chuyển tiếp", "pesan terusan", "missatge reenviat")

// messageWords are words for a message. Between rows of dashes they announce one,
// whatever else the client says there.
var messageWords = [...]string{"message", "nachricht", "meddelande", "meddelelse", "melding", "besked", "mensaje", "messaggio", "bericht", "viesti", "wiadomość", "mensagem", "сообщени", "повідомлен",
	"съобщени", "メッセージ", "メール", "邮件", "郵件", "메시지", "메일", "zpráva", "správa", "üzenet", "levél", "ileti", "mesaj", "μήνυμα", "poruka", "sporočilo", "הודעה", "رسالة", "thư", "pesan", "missatge", "e-mail", "courriel"}

// original looks for an announcement of the quoted mail in line i.
func (c *cutter) original(i int) *candidate {
	s := c.lines[i].norm
	if len(s) < 8 || len(s) > 300 || c.judged >= maxJudged {
		return nil
	}
	if !c.lines[i].colon && strings.IndexAny(s[:3], "-_=*–—") != 0 {
		return nil
	}
	head := strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune("-_=*–— ", r) })
	colon := strings.HasSuffix(strings.TrimRight(s, "-_=*–— "), ":")
	if head < 0 || head < 2 && !colon {
		return nil
	}
	c.judged++
	phrase, rest := s[head:], ""
	if at := strings.Index(phrase, "--"); at >= 0 {
		phrase, rest = phrase[:at], strings.TrimLeft(phrase[at:], "-_=* ")
	}
	tail := strings.TrimRight(phrase, "-_=*–—: ")
	dashesAfter := rest != "" || strings.HasSuffix(s, "--") || strings.HasSuffix(s, "==") || strings.HasSuffix(s, "__") || strings.HasSuffix(s, "—")
	phrase = strings.ToLower(tail)
	forward := forwards[phrase] || strings.HasPrefix(phrase, "forwarded by ") // Notes adds the name and the time
	is := originals[phrase] || forward
	named := is
	for _, w := range messageWords {
		named = named || head >= 4 && dashesAfter && len(phrase) <= 60 && strings.Contains(phrase, w)
	}
	named = named || head >= 8 && dashesAfter && phrase == "original" // QQ in English
	if strings.HasPrefix(phrase, "begin pgp") || strings.HasPrefix(phrase, "end pgp") {
		return nil
	}
	if !named || rest != "" && !labelOf(rest).any() && !is {
		return nil
	}
	next := c.nextText(i + 1)
	follows := rest != "" || next >= 0 && next <= i+3 && (c.lines[next].label.any() || c.lines[next].kind == quote || leads(c.lines[next].norm) && c.of(&c.lines[next]).any())
	var w weighed
	w.add(is, 0.5, "a client's phrase")
	w.add(!is, 0.3, "a word for a message")
	w.add(head >= 2 && dashesAfter, 0.6, "dashes on both sides")
	w.add(head >= 2 && !dashesAfter, 0.3, "dashes before it")
	w.add(colon, 0.2, "a colon")
	w.add(follows, 0.6, "a header or a quote below")
	return &candidate{kind: Original, from: i, to: i + 1, confidence: w.confidence(), evidence: w.of(s), forwarded: forward}
}
