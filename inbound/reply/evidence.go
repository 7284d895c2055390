package reply

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// address looks for an address in a text, as it stands in attributions and
// headers. brackets says that it follows "<", "(" or "[", which clients write
// also with a space or "mailto:" behind it.
func address(s string) (is, brackets bool) {
	for from := 0; ; {
		at := strings.IndexByte(s[from:], '@')
		if at < 0 {
			return is, false
		}
		at += from
		from = at + 1
		local := at
		for local > 0 && isAddressByte(s[local-1]) {
			local--
		}
		end := at + 1
		for end < len(s) && isAddressByte(s[end]) {
			end++
		}
		// A dot with something on both sides: "@lind.example".
		dot := strings.IndexByte(s[min(at+2, end):end], '.')
		if local == at || dot < 0 || at+2+dot+1 >= end {
			continue
		}
		is = true
		before := strings.TrimSuffix(strings.TrimSuffix(s[:local], "mailto:"), " ")
		if before != "" && strings.IndexByte("<([", before[len(before)-1]) >= 0 {
			return true, true
		}
	}
}

// isAddressByte reports whether a byte can stand in an address that isn't quoted.
func isAddressByte(c byte) bool {
	return c > ' ' && strings.IndexByte(`<>()@:;,"[]`, c) < 0
}

// evidence is what in a text speaks for a mail program.
type evidence struct {
	date, clock, address bool
	day                  bool // a day with its month; so is a date
	brackets             bool // the address stands in brackets
	known                bool // a name or an address of the conversation
	sought               bool // of a line: whether it was looked for
}

func (e evidence) any() bool { return e.date || e.clock || e.address || e.known }

// find gathers the evidence in a text of bounded length.
func (c *cutter) find(s string) evidence {
	var e evidence
	if strings.ContainsAny(s, "0123456789") {
		e.date, e.day, e.clock = dateAndTime(s)
	}
	if strings.Contains(s, "@") {
		e.address, e.brackets = address(s)
	}
	if len(c.known) > 0 {
		lower := strings.ToLower(s)
		for _, k := range c.known {
			if containsWord(lower, k) {
				e.known = true
				break
			}
		}
	}
	return e
}

// of returns the evidence in one line.
func (c *cutter) of(l *line) evidence {
	if !l.evidence.sought {
		l.evidence = c.find(l.norm)
		l.evidence.sought = true
	}
	return l.evidence
}

// containsWord reports whether s holds the phrase with no letter or digit
// directly before or after it.
func containsWord(s, phrase string) bool {
	for from := 0; ; {
		i := strings.Index(s[from:], phrase)
		if i < 0 {
			return false
		}
		i += from
		before, _ := utf8.DecodeLastRuneInString(s[:i])
		after, _ := utf8.DecodeRuneInString(s[i+len(phrase):])
		if !isWord(before) && !isWord(after) {
			return true
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		from = i + size
	}
}

func isWord(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
