package report

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// isAtom reports whether c may stand in the local part of an address in a text
// (RFC 5322 3.2.3). Other than ASCII isn't taken: Chinese and Japanese reports
// write an address into a sentence without a space.
func isAtom(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		strings.IndexByte("!#$%&'*+-/=?^_`{|}~.", c) >= 0
}

func isDomainByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_'
}

// maxLocal is far above the 64 of RFC 5321 4.5.3.1.1: return addresses with a
// token in them are longer.
const maxLocal = 256

// address is one found in a text, and where.
type address struct {
	text       string
	start, end int
}

// addresses finds up to limit addresses in s. An address in a text needs a
// domain with a dot in it, or a literal, or angle brackets around it.
func addresses(s string, limit int) []address {
	var list []address
	for i := 0; i < len(s) && len(list) < limit; {
		at := strings.IndexByte(s[i:], '@')
		if at < 0 {
			break
		}
		at += i
		i = at + 1
		from := 0
		if n := len(list); n > 0 {
			from = list[n-1].end
		}
		start, end := localStart(s, max(from, at-maxLocal), at), domainEnd(s, at+1)
		if start == at || end == at+1 || !strings.ContainsAny(s[at+1:end], ".[") && !inBrackets(s, start, end) {
			continue
		}
		i = end
		if isInert(s[start:end]) {
			list = append(list, address{s[start:end], start, end})
		}
	}
	return list
}

// localStart returns where the local part before s[at] begins, at if there is
// none.
func localStart(s string, from, at int) int {
	if at > from && s[at-1] == '"' {
		for j := at - 2; j >= from; j-- {
			if s[j] == '"' && (j == 0 || s[j-1] != '\\') {
				return j
			}
		}
		return at
	}
	j := at
	for j > from && isAtom(s[j-1]) {
		j--
	}
	if strings.Trim(s[j:at], "*") == "" {
		return j // hidden by the server
	}
	// What quotes or opens isn't part of it: 'a@x', /a@x.
	for j < at && strings.IndexByte("'/`=?.*|{", s[j]) >= 0 {
		j++
	}
	return j
}

// domainEnd returns where the domain that begins at s[i] ends, i if there is
// none.
func domainEnd(s string, i int) int {
	if i < len(s) && s[i] == '[' {
		if n := strings.IndexByte(s[i:min(len(s), i+64)], ']'); n > 1 {
			return i + n + 1
		}
		return i
	}
	j := i
	for j < len(s) && j-i < 256 && isDomainByte(s[j]) {
		j++
	}
	for j > i && strings.IndexByte(".-_", s[j-1]) >= 0 {
		j--
	}
	if j > i && s[i] == '.' || strings.Contains(s[i:j], "..") {
		return i
	}
	return j
}

func inBrackets(s string, start, end int) bool {
	return start > 0 && s[start-1] == '<' && end < len(s) && s[end] == '>'
}

// isInert reports whether an address can be stored, logged and shown as one:
// nothing in it ends a line or turns the direction of writing, and spaces, quotes
// and angle brackets stand in quotes (RFC 5321 4.1.2), or nowhere.
func isInert(addr string) bool {
	if !utf8.ValidString(addr) || strings.ContainsFunc(addr, isControl) {
		return false
	}
	const special = "<>\" "
	at := strings.LastIndexByte(addr, '@')
	if at <= 0 || strings.ContainsAny(addr[at:], special) {
		return false
	}
	local := addr[:at]
	if len(local) > 2 && local[0] == '"' && local[at-1] == '"' {
		local = strings.NewReplacer(`\\`, "", `\"`, "", "<", "", ">", "", " ", "").Replace(local[1 : at-1])
	}
	return !strings.ContainsAny(local, special)
}

// isControl reports whether a character does something instead of standing for
// something: control characters, separators of lines, directions of writing.
func isControl(r rune) bool {
	if r < 0x7f {
		return r < ' ' // nearly all there is
	}
	return unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp)
}
