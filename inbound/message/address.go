package message

import (
	"bytes"
	"strings"
)

// Address is one mailbox of an address field.
type Address struct {
	// Name is the display name, decoded; "" if there is none. It is what the
	// sender claims: it may hold another address.
	Name string
	// Addr is the address as written, without angle brackets, comments and
	// white space: "local@domain", rarely without a domain.
	Addr string
}

// ParseAddresses reads the value of an address field as written (RFC 5322 3.4),
// at most limit addresses; it reports too what it couldn't read, and what
// another reader might take for a different address: one in a comment or in a
// name that isn't quoted, and all behind a quote or a comment that never ends.
//
// QUIRK: also taken are semicolons between addresses, commas in unquoted names
// ("Lind, Maja <m@example.se>") and in encoded words, names in apostrophes,
// doubled angle brackets, "mailto:" before an address, quotes and comments that
// never end.
func ParseAddresses(value string, limit int) (list []Address, bad []string) {
	return parseAddresses(value, limit, "")
}

// parseAddresses reads names that aren't encoded as charset.
func parseAddresses(value string, limit int, charset string) ([]Address, []string) {
	l := addressList{limit: limit, charset: charset}
	item := &l.item
	noQuote, noComment := false, false
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == '"' && !noQuote && !item.inAngle:
			next := item.quoted(value, i)
			if next < 0 {
				l.refuse(value[i:])
				noQuote = true // from here on no quote ends: read on without
				continue
			}
			i = next - 1
		case c == '(' && !noComment:
			text, next := comment(value, i)
			if next < 0 {
				l.refuse(value[i:])
				noComment = true
				continue
			}
			if strings.Contains(text, "@") {
				l.refuse(text)
			}
			item.comment = text
			item.space = true
			i = next - 1
		case c == '=' && !item.inAngle && strings.HasPrefix(value[i:], "=?"):
			next := atom(value, i)
			for ; i < next-1; i++ {
				item.put(value[i])
			}
			item.put(value[i])
		case c == '<':
			if !item.inAngle && len(item.angle) > 0 {
				l.refuse(value[i:]) // a second address, and nothing between
			}
			item.inAngle, item.hadAngle = true, true
		case c == '>':
			item.inAngle = false
		case c == ',' || c == ';':
			if item.inAngle && c == ',' && !item.angleAt {
				continue // an obsolete route (RFC 5322 4.4) or a stray "<"
			}
			if !l.end(c) {
				return l.list, l.bad
			}
		case c == ':' && !item.inAngle && item.isGroupName():
			item.reset() // "group: a, b;"
			l.previous = ""
		default:
			item.put(c)
		}
	}
	if l.end(0) && l.previous != "" {
		l.refuse(l.previous)
	}
	return l.list, l.bad
}

// atom returns the end of the encoded word at i, so that a comma in it parts
// nothing. A word that holds what looks like an address isn't taken as a whole,
// since others wouldn't either.
func atom(value string, i int) int {
	w, ok := wordStart(value, i)
	if !ok {
		return i + 1
	}
	rest := value[w.textAt:min(len(value), w.textAt+200)]
	end := strings.Index(rest, "?=")
	if end < 0 || strings.ContainsAny(rest[:end], "@<>\"") {
		return i + 1
	}
	return w.textAt + end + 2
}

// addressList is what was read of an address field so far.
type addressList struct {
	list     []Address
	bad      []string
	limit    int
	charset  string
	item     mailbox
	previous string // a bare phrase before a comma: perhaps half a name
}

// refuse notes something unreadable.
func (l *addressList) refuse(s string) {
	if len(l.bad) < 100 {
		l.bad = append(l.bad, strings.ToValidUTF8(s[:min(len(s), 200)], "\uFFFD"))
	}
}

// end takes the list item that a separator ends; false beyond the limit.
func (l *addressList) end(separator byte) bool {
	addr, name, ok := l.item.finish(l.charset)
	text := ""
	if !ok {
		text = l.item.phrase(l.charset)
	} else if l.item.hadAngle && l.item.at && !strings.EqualFold(string(l.item.name), addr) {
		l.refuse(string(l.item.name))
	}
	l.item.reset()
	switch {
	case ok:
		if l.previous != "" {
			if strings.Contains(l.previous, "@") || name == "" {
				l.refuse(l.previous)
			} else {
				name = l.previous + ", " + name
			}
			l.previous = ""
		}
		if len(l.list) >= l.limit {
			return false
		}
		l.list = append(l.list, Address{name, addr})
	case text != "":
		if l.previous != "" {
			l.refuse(l.previous)
		}
		l.previous = text
		if separator == ';' {
			l.refuse(text)
			l.previous = ""
		}
	}
	return true
}

// mailbox gathers one list item while it is read.
type mailbox struct {
	name              []byte // outside of angle brackets
	angle             []byte // inside
	comment           string
	inAngle, hadAngle bool
	space             bool
	// Where an @ was: in the name, there outside of quotes, in the brackets. They
	// are noted since looking for it at each comma wouldn't be linear.
	anyAt, at, angleAt bool
}

func (m *mailbox) reset() { *m = mailbox{name: m.name[:0], angle: m.angle[:0]} }

func (m *mailbox) put(c byte) {
	if m.inAngle {
		if c > ' ' {
			m.angle = append(m.angle, c)
			m.angleAt = m.angleAt || c == '@'
		}
		return
	}
	if c <= ' ' {
		m.space = true
		return
	}
	if c == '@' {
		m.at, m.anyAt = true, true
	}
	m.gap()
	m.name = append(m.name, c)
}

// gap writes the white space that was passed over.
func (m *mailbox) gap() {
	if m.space && len(m.name) > 0 {
		m.name = append(m.name, ' ')
	}
	m.space = false
}

// quoted adds the quoted string that begins at i of s; next is -1 if it never
// ends.
func (m *mailbox) quoted(s string, i int) (next int) {
	end := i + 1
	for end < len(s) && s[end] != '"' {
		if s[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(s) {
		return -1
	}
	m.gap()
	for j := i + 1; j < end; j++ {
		if s[j] == '\\' && j+1 < end {
			j++
		}
		m.name = append(m.name, s[j])
		m.anyAt = m.anyAt || s[j] == '@'
	}
	return end + 1
}

func (m *mailbox) phrase(charset string) string { return cleanName(string(m.name), charset) }

// isGroupName reports whether what stands before a colon can name a group. A
// scheme ("mailto:") goes the same way and is dropped with it.
func (m *mailbox) isGroupName() bool {
	return !m.hadAngle && !m.anyAt
}

// finish returns the address read, and the name beside it.
func (m *mailbox) finish(charset string) (addr, name string, ok bool) {
	if m.hadAngle {
		addr = string(m.angle)
		// An obsolete route: "<@relay:local@domain>" (RFC 5322 4.4).
		if strings.HasPrefix(addr, "@") {
			if i := strings.IndexByte(addr, ':'); i > 0 {
				addr = addr[i+1:]
			}
		}
		addr = strings.TrimPrefix(addr, "mailto:")
		name = m.phrase(charset)
		if addr == "" && strings.Contains(name, "@") && !strings.Contains(name, " ") {
			addr, name = name, "" // "a@example.com <>"
		}
		if name == "" {
			name = cleanName(m.comment, charset)
		}
		return addr, name, addr != ""
	}
	if bytes.IndexByte(m.name, '@') < 0 || bytes.HasPrefix(m.name, []byte("=?")) {
		return "", "", false
	}
	text := string(m.name)
	if i := strings.LastIndexByte(text, ' '); i >= 0 {
		// "Maja Lind m@example.se" without brackets.
		last := strings.Trim(text[i+1:], "'[]")
		if !strings.Contains(last, "@") {
			return "", "", false
		}
		return last, cleanName(text[:i], charset), true
	}
	addr = strings.Trim(text, "'")
	return addr, cleanName(m.comment, charset), addr != ""
}

func cleanName(s, charset string) string {
	if s == "" {
		return ""
	}
	s = decodeHeader(s, charset)
	if len(s) >= 2 && (s[0] == '\'' || s[0] == '"') && s[len(s)-1] == s[0] {
		s = s[1 : len(s)-1]
	}
	return strings.TrimSpace(s)
}

// comment reads the comment that begins at i, nested ones included; next is -1
// if it never ends.
func comment(s string, i int) (text string, next int) {
	depth := 0
	for j := i; j < len(s); j++ {
		switch s[j] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return s[i+1 : j], j + 1
			}
		case '\\':
			j++
		}
	}
	return "", -1
}
