package class

import (
	"strings"

	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/inbound/report"
)

// isFromDaemon takes mail of a mail server's address for a bounce even if
// package report can't make out what it says.
func isFromDaemon(m *message.Message, _ Options) bool { return report.IsDaemon(m) }

// isNullSenderFailure takes mail without an envelope sender for a bounce if it
// speaks of addresses and deliveries, and returns a mail or wants no answer.
func isNullSenderFailure(m *message.Message, _ Options) bool {
	if !report.HasNullSender(m) || isAnswer(m) {
		return false
	}
	returns := isNoReply(m)
	m.Root.Walk(func(p *message.Part) { returns = returns || p.Nested != nil || p.MediaType == "text/rfc822-headers" })
	text := strings.ToLower(m.Subject + "\n" + words(m))
	return returns && containsAny(text, "deliver", "recipient", "no such user", "user unknown", "unknown user", "mailbox", "undeliver", "bounce", "returned mail",
		"zustell", "empfänger", "destinataire", "destinatario", "mottagare", "получател", "доставк", "доставлен", "配信", "送信", "宛先", "收件人")
}
