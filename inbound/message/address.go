package message

import (
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
// at most limit addresses; it reports too what it couldn't read.
//
// QUIRK: also taken are semicolons between addresses, commas in unquoted names
// ("Lind, Maja <m@example.se>"), names in apostrophes, doubled angle brackets,
// "mailto:" before an address, quotes and comments that never end.
func ParseAddresses(value string, limit int) (list []Address, bad []string) {
	var (
		item     mailbox
		previous string // a bare phrase before a comma: perhaps half a name
	)
	end := func(separator byte) bool {
		addr, name, ok := item.finish()
		text := item.phrase()
		item = mailbox{}
		switch {
		case ok:
			if previous != "" {
				if strings.Contains(previous, "@") || name == "" {
					bad = append(bad, previous)
				} else {
					name = previous + ", " + name
				}
				previous = ""
			}
			if len(list) >= limit {
				return false
			}
			list = append(list, Address{name, addr})
		case text != "":
			if previous != "" {
				bad = append(bad, previous)
			}
			previous = text
			if separator == ':' || separator == ';' {
				bad = append(bad, previous)
				previous = ""
			}
		}
		return true
	}
	noQuote, noComment := false, false
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == '"' && !noQuote && !item.inAngle:
			text, next := quoted(value, i)
			if next < 0 {
				noQuote = true // from here on no quote ends: read on without
				continue
			}
			item.word(text, true)
			i = next - 1
		case c == '(' && !noComment:
			text, next := comment(value, i)
			if next < 0 {
				noComment = true
				continue
			}
			item.comment = text
			item.space = true
			i = next - 1
		case c == '<':
			item.inAngle, item.hadAngle = true, true
		case c == '>':
			item.inAngle = false
		case c == ',' || c == ';':
			if item.inAngle && !strings.ContainsAny(item.angle.String(), "@") && c == ',' {
				continue // an obsolete route (RFC 5322 4.4) or a stray "<"
			}
			if !end(c) {
				return list, bad
			}
		case c == ':' && !item.inAngle && item.isGroupName():
			item = mailbox{} // "group: a, b;"
			previous = ""
		default:
			item.put(c)
		}
	}
	if end(0) && previous != "" {
		bad = append(bad, previous)
	}
	return list, bad
}

// mailbox gathers one list item while it is read.
type mailbox struct {
	name              strings.Builder // outside of angle brackets
	angle             strings.Builder // inside
	comment           string
	inAngle, hadAngle bool
	space, wasQuoted  bool
}

func (m *mailbox) put(c byte) {
	if m.inAngle {
		if c > ' ' {
			m.angle.WriteByte(c)
		}
		return
	}
	if c <= ' ' {
		m.space = true
		return
	}
	if m.space && m.name.Len() > 0 {
		m.name.WriteByte(' ')
	}
	m.space = false
	m.name.WriteByte(c)
}

func (m *mailbox) word(s string, isQuoted bool) {
	if m.space && m.name.Len() > 0 {
		m.name.WriteByte(' ')
	}
	m.space = false
	m.wasQuoted = m.wasQuoted || isQuoted
	m.name.WriteString(s)
}

func (m *mailbox) phrase() string { return cleanName(m.name.String()) }

// isGroupName reports whether what stands before a colon can name a group. A
// scheme ("mailto:") goes the same way and is dropped with it.
func (m *mailbox) isGroupName() bool {
	return !m.hadAngle && !strings.Contains(m.name.String(), "@")
}

// finish returns the address read, and the name beside it.
func (m *mailbox) finish() (addr, name string, ok bool) {
	if m.hadAngle {
		addr = m.angle.String()
		// An obsolete route: "<@relay:local@domain>" (RFC 5322 4.4).
		if strings.HasPrefix(addr, "@") {
			if i := strings.IndexByte(addr, ':'); i > 0 {
				addr = addr[i+1:]
			}
		}
		addr = strings.TrimPrefix(addr, "mailto:")
		name = m.phrase()
		if addr == "" && strings.Contains(name, "@") && !strings.Contains(name, " ") {
			addr, name = name, "" // "a@example.com <>"
		}
		if name == "" {
			name = cleanName(m.comment)
		}
		return addr, name, addr != ""
	}
	text := m.name.String()
	if !strings.Contains(text, "@") || strings.HasPrefix(text, "=?") {
		return "", "", false
	}
	if i := strings.LastIndexByte(text, ' '); i >= 0 {
		// "Maja Lind m@example.se" without brackets.
		last := strings.Trim(text[i+1:], "'[]")
		if !strings.Contains(last, "@") {
			return "", "", false
		}
		return last, cleanName(text[:i]), true
	}
	return strings.Trim(text, "'"), cleanName(m.comment), true
}

func cleanName(s string) string {
	s = decodeHeader(s)
	if len(s) >= 2 && (s[0] == '\'' || s[0] == '"') && s[len(s)-1] == s[0] {
		s = s[1 : len(s)-1]
	}
	return strings.TrimSpace(s)
}

// quoted reads the quoted string that begins at i; next is -1 if it never ends.
func quoted(s string, i int) (text string, next int) {
	var b strings.Builder
	for j := i + 1; j < len(s); j++ {
		switch s[j] {
		case '"':
			return b.String(), j + 1
		case '\\':
			if j+1 < len(s) {
				j++
			}
			b.WriteByte(s[j])
		default:
			b.WriteByte(s[j])
		}
	}
	return "", -1
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
