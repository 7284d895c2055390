package class

import (
	"slices"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

// isCalendarReply looks for a calendar with METHOD:REPLY or METHOD:COUNTER
// (RFC 5546 3.2.3 and 3.2.7). Words beside it are a person's, as Outlook lets one
// add them, unless a program says that it sent the mail (Google's calendar).
func isCalendarReply(m *message.Message, o Options) bool {
	if words(m) != "" && !isAutoSubmitted(m, o) {
		return false
	}
	return slices.ContainsFunc(m.Calendars(), func(c message.Calendar) bool { return c.Method == "REPLY" || c.Method == "COUNTER" })
}
