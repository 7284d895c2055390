package reply

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Addresses as they stand in attributions and headers.
var (
	mailAddress = regexp.MustCompile(`[^\s<>()@:;,"\[\]]+@[^\s<>()@:;,"\[\]]+\.[^\s<>()@:;,"\[\]]`)
	// Some clients write "<mailto:…>", others put a space, a break or a link inside.
	bracketed = regexp.MustCompile(`[<(\[] ?(?:mailto:)?[^\s<>()@:;,"\[\]]+@[^\s<>()@:;,"\[\]]+\.[^\s<>()@:;,"\[\]]`)
)

// evidence is what in a text speaks for a mail program.
type evidence struct {
	date, clock, address bool
	day                  bool // a day with its month; so is a date
	brackets             bool // the address stands in brackets
	known                bool // a name or an address of the conversation
}

func (e evidence) any() bool { return e.date || e.clock || e.address || e.known }

// find gathers the evidence in a text of bounded length.
func (c *cutter) find(s string) evidence {
	var e evidence
	if strings.ContainsAny(s, "0123456789") {
		e.date, e.day, e.clock = dateAndTime(s)
	}
	if strings.Contains(s, "@") {
		e.address = mailAddress.MatchString(s)
		e.brackets = e.address && bracketed.MatchString(s)
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
	if l.evidence == nil {
		e := c.find(l.norm)
		l.evidence = &e
	}
	return *l.evidence
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
