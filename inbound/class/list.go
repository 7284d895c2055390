package class

import (
	"strings"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

// hasListHeader looks for what a list adds to every mail it distributes
// (RFC 2919, RFC 2369), List-Unsubscribe excepted: some providers put it into any
// mail. An answer counts only if the list is who it was sent to: a team that
// shares an address under Google Groups or Mailman answers with the list's
// fields, too, but answers us.
func hasListHeader(m *message.Message, _ Options) bool {
	for _, h := range [...]string{"List-Id", "List-Post", "X-Mailing-List", "Mailing-List", "X-Mailman-Version", "X-BeenThere"} {
		if m.Header.Has(h) {
			return !isAnswer(m) || isToList(m)
		}
	}
	return false
}

// isToList reports whether a list's own address stands in To. The name in List-Id
// is that address with a dot for the "@" (RFC 2919 3).
func isToList(m *message.Message) bool {
	var named strings.Builder
	for _, h := range [...]string{"List-Post", "X-Mailing-List", "Mailing-List", "X-BeenThere", "List-Id"} {
		for _, v := range m.Header.Values(h) {
			named.WriteString(strings.ToLower(v[:min(len(v), 1000)]) + "\n")
		}
	}
	for _, to := range m.To {
		addr := strings.ToLower(to.Addr)
		if addr != "" && containsAny(named.String(), addr, "<"+strings.Replace(addr, "@", ".", 1)+">") {
			return true
		}
	}
	return false
}

// hasListPrecedence looks for bulk mail. Gateways and shared inboxes mark all they
// send as bulk, so that an answer isn't taken for it.
func hasListPrecedence(m *message.Message, _ Options) bool {
	switch keyword(m, "Precedence") {
	case "list", "bulk", "junk":
		return !isAnswer(m)
	}
	return false
}
