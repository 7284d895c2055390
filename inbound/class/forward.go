package class

import (
	"strings"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

// forwardPrefixes begin the subject of a forwarded mail in the mail programs'
// languages, in lower case.
var forwardPrefixes = [...]string{
	"fwd:", "fw:", "fwd :", "fw :", "[fwd:", "(fwd)", "wg:", "vb:", "vs:", "vl:", "tr:", "tr :", "rv:", "enc:", "res:", "rif:", "i:", "doorst:", "doorsturen:", "pd:", "fs:", "továbbítás:", "ilt:", "i̇lt:", "yml:", "πρθ:", "προωθ:", "пересл:", "перенаправлено:", "转发:", "转发：", "轉寄:", "轉寄：", "转寄:", "전달:", "[전달]", "הועבר:", "إعادة توجيه:", "trs:", "videresendt:", "videresend:", "vidarebefordrat:", "weitergeleitet:", "transféré:", "reenviado:", "inoltrato:", "inoltro:", "przekazane:", "předáno:", "転送:",
}

// forwardMarks stand above a forwarded mail and never above an answered one, in
// lower case.
var forwardMarks = [...]string{
	"forwarded message", "begin forwarded message", "weitergeleitete nachricht", "anfang der weitergeleiteten", "message transféré", "message réexpédié", "début du message", "mensaje reenviado", "inicio del mensaje reenviado", "messaggio inoltrato", "inizio messaggio inoltrato", "doorgestuurd bericht", "begin doorgestuurd bericht", "mensagem encaminhada", "início da mensagem", "vidarebefordrat", "vidarebefordrat brev", "videresendt meddelelse", "videresendt melding", "välitetty viesti", "edelleenlähetetty", "przekazana wiadomość", "wiadomość przekazana", "přeposlaná zpráva", "továbbított üzenet", "пересылаемое сообщение", "пересланное сообщение", "переслане повідомлення", "转发邮件", "转发的邮件", "轉寄郵件", "転送メッセージ", "转发信息", "iletilmiş mesaj", "iletilen ileti", "mesaj redirecționat", "προωθημένο μήνυμα", "הודעה שהועברה", "رسالة معاد توجيهها",
}

// isForwarded asks for two signs: the subject, and a mail below it or attached
// to it. The subject alone stays when a forwarded mail is answered.
func isForwarded(m *message.Message, _ Options) bool {
	if !hasPrefixOf(strings.ToLower(strings.TrimSpace(m.Subject)), forwardPrefixes[:]...) {
		return false
	}
	attached := false
	m.Root.Walk(func(p *message.Part) { attached = attached || p.Nested != nil })
	return attached || hasForwardBlock(m.Text) || m.Text == "" && hasForwardBlock(m.HTML)
}

// hasForwardBlock looks for a forwarding mark, or for three lines in a row that
// look like "Label: value", in the first lines of a text.
func hasForwardBlock(text string) bool {
	text = text[:min(len(text), 32<<10)]
	labels, lines := 0, 0
	for line := range strings.SplitSeq(text, "\n") {
		if lines++; lines > 400 {
			break
		}
		line = strings.TrimSpace(line)
		if len(line) > 200 {
			line = line[:200]
		}
		lower := strings.ToLower(line)
		for _, w := range forwardMarks {
			if strings.Contains(lower, w) {
				return true
			}
		}
		line = strings.TrimLeft(line, "*> ")
		if i := strings.IndexAny(line, ":："); i > 0 && i < 30 && len(line) > i+2 && !strings.HasPrefix(line[i:], "://") {
			if labels++; labels == 3 {
				return true
			}
		} else if line != "" {
			labels = 0
		}
	}
	return false
}
