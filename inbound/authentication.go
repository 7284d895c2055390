package inbound

import (
	"strings"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

// authenticationFailed reports whether the receiving server, known by its
// authserv-id, noted that the mail isn't from whom it says: DMARC failed, or
// both DKIM and SPF did. Only its topmost Authentication-Results counts
// (RFC 8601 5): what stands further below a sender may have written. Without a
// result, or without an authserv-id, nothing is known and nothing has failed.
func authenticationFailed(m *message.Message, authservID string) bool {
	if authservID == "" {
		return false
	}
	for name, value := range m.Header.All() {
		if !strings.EqualFold(name, "Authentication-Results") {
			continue
		}
		parts := strings.Split(withoutComments(value), ";")
		id := strings.Fields(parts[0]) // perhaps with a version
		if len(id) == 0 || !strings.EqualFold(strings.Trim(id[0], `"`), authservID) {
			continue
		}
		return resultsFail(parts[1:])
	}
	return false
}

// resultsFail reads "method=result …" items (RFC 8601 2.2). Several signatures
// give several results; one that passes is enough.
func resultsFail(items []string) bool {
	failed := make(map[string]bool)
	for _, item := range items {
		words := strings.Fields(strings.ReplaceAll(strings.ReplaceAll(item, " =", "="), "= ", "="))
		if len(words) == 0 {
			continue
		}
		method, result, ok := strings.Cut(strings.ToLower(words[0]), "=")
		method, _, _ = strings.Cut(method, "/") // a version
		if !ok {
			continue
		}
		switch result {
		case "fail":
			if _, seen := failed[method]; !seen {
				failed[method] = true
			}
		case "pass":
			failed[method] = false
		}
	}
	return failed["dmarc"] || failed["dkim"] && failed["spf"]
}

// withoutComments removes comments in parentheses, nested ones too, outside of
// quoted strings (RFC 5322 3.2.2).
func withoutComments(s string) string {
	var b strings.Builder
	depth, quoted := 0, false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && i+1 < len(s):
			if depth == 0 {
				b.WriteString(s[i : i+2])
			}
			i++
			continue
		case c == '"' && depth == 0:
			quoted = !quoted
		case c == '(' && !quoted:
			depth++
			continue
		case c == ')' && depth > 0:
			if depth--; depth == 0 {
				b.WriteByte(' ')
			}
			continue
		}
		if depth == 0 {
			b.WriteByte(c)
		}
	}
	return b.String()
}
