package authenticate

import "strings"

// maxResults are read of one Authentication-Results; mail has some ten.
const maxResults = 100

// results is an Authentication-Results field (RFC 8601 2.2). Our own parser, since
// authres of go-msgauth splits at semicolons within comments and strings and takes
// words of comments for results, and some of these words are the sender's.
type results struct {
	id      string // the authserv-id, unquoted; "" where it is left out
	version string // "1" if it is left out
	list    []result
}

// result is one method's: "dkim=pass header.d=studio.example".
type result struct {
	method, value string // in lower case, without a version
	properties    []property
}

// property is such as "header.d", in lower case, and its value, unquoted.
type property struct{ name, value string }

// values returns those of all properties of a name.
func (r result) values(name string) []string {
	var all []string
	for _, p := range r.properties {
		if p.name == name {
			all = append(all, p.value)
		}
	}
	return all
}

// parseResults reads a field, unfolded. What it can't read it leaves out.
func parseResults(field string) results {
	s := scanner{text: field}
	r := results{version: "1"}
	r.id = s.word("=")
	if s.space(); s.at('=') {
		// QUIRK: Exchange Online leaves the id out and begins with "spf=pass".
		s = scanner{text: field}
		r.id = ""
	} else {
		if v := s.word(""); v != "" {
			r.version = v
		}
		s.skipTo(';')
	}
	for len(r.list) < maxResults && s.pos < len(s.text) {
		var one result
		for first := true; ; first = false {
			name, value, more := s.pair()
			if !more {
				break
			}
			name = strings.ToLower(name)
			switch {
			case !first:
				one.properties = append(one.properties, property{name, value})
			case value != "":
				one.method, _, _ = strings.Cut(name, "/")
				one.value = strings.ToLower(value)
			}
		}
		if one.method != "" {
			r.list = append(r.list, one)
		}
		s.skipTo(';')
	}
	return r
}

// scanner reads the lexical tokens of a structured field (RFC 5322 3.2).
type scanner struct {
	text string
	pos  int
}

func (s *scanner) at(c byte) bool { return s.pos < len(s.text) && s.text[s.pos] == c }

// space passes over white space and comments. A comment that never ends takes the
// rest with it.
func (s *scanner) space() {
	for s.pos < len(s.text) {
		switch s.text[s.pos] {
		case ' ', '\t', '\r', '\n':
			s.pos++
		case '(':
			s.comment()
		default:
			return
		}
	}
}

// comment reads one, nested ones included, and returns what stands in it.
func (s *scanner) comment() string {
	start, depth := s.pos+1, 0
	for ; s.pos < len(s.text); s.pos++ {
		switch s.text[s.pos] {
		case '\\':
			s.pos++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				s.pos++
				return s.text[start : s.pos-1]
			}
		}
	}
	s.pos = len(s.text)
	return s.text[start:]
}

// word passes over space and reads up to the next space, comment, semicolon or
// octet of stop. Strings within it are unquoted: "a b"@studio.example is one word.
func (s *scanner) word(stop string) string {
	s.space()
	var b strings.Builder
	for ; s.pos < len(s.text); s.pos++ {
		c := s.text[s.pos]
		switch {
		case c == '"':
			s.quoted(&b)
		case c <= ' ' || c == '(' || c == ';' || strings.IndexByte(stop, c) >= 0:
			return b.String()
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// quoted reads a string up to its closing quote, on which it stops.
func (s *scanner) quoted(b *strings.Builder) {
	for s.pos++; s.pos < len(s.text) && s.text[s.pos] != '"'; s.pos++ {
		if s.text[s.pos] == '\\' && s.pos+1 < len(s.text) {
			s.pos++
		}
		b.WriteByte(s.text[s.pos])
	}
}

// pair reads "name = value" with space wherever the grammar has it: also around
// the slash of a version and the dot of a property. A word without a value is
// one with "". more is false at a semicolon and at the end.
func (s *scanner) pair() (name, value string, more bool) {
	var b strings.Builder
	for {
		b.WriteString(s.word("=./"))
		s.space()
		switch {
		case s.at('.'), s.at('/'):
			b.WriteByte(s.text[s.pos])
			s.pos++
		case s.at('='):
			s.pos++
			return b.String(), s.word(""), true
		case b.Len() > 0:
			return b.String(), "", true
		case s.pos >= len(s.text), s.at(';'):
			return "", "", false
		default:
			s.pos++ // a control character
		}
	}
}

// skipTo goes behind the next c outside of comments and strings.
func (s *scanner) skipTo(c byte) {
	for s.pos < len(s.text) {
		switch s.space(); {
		case s.at(c):
			s.pos++
			return
		case s.at('"'):
			s.word("")
		default:
			s.pos++
		}
	}
}
