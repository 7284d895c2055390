package class

import (
	"strings"

	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/inbound/report"
)

// isFromDaemon takes mail of a mail server's address for a bounce even if
// package report can't make out what it says.
func isFromDaemon(m *message.Message, _ Options) bool { return report.IsDaemon(m) }

func hasNullSender(m *message.Message, _ Options) bool { return report.HasNullSender(m) }

// isNullSenderFailure takes mail without an envelope sender for a bounce if it
// speaks of addresses and deliveries at all.
func isNullSenderFailure(m *message.Message, _ Options) bool {
	if !report.HasNullSender(m) {
		return false
	}
	text := strings.ToLower(m.Subject + "\n" + m.Text[:min(len(m.Text), 2000)])
	for _, w := range [...]string{
		"deliver", "recipient", "no such user", "user unknown", "unknown user", "mailbox", "undeliver", "bounce", "returned mail",
		"zustell", "empfänger", "destinataire", "destinatario", "mottagare", "получател", "доставк", "доставлен", "配信", "送信", "宛先", "收件人",
	} {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}
