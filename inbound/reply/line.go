package reply

import (
	"strings"
	"unicode"
)

// kind says what a line is, once that is known.
type kind int

const (
	written kind = iota // by the sender, until something proves otherwise
	blank
	quote       // begins with ">"
	attribution // "On … wrote:" above a quote
	dropped     // cut by itself, with text after it
)

// line is a line of the mail with what rules match against.
type line struct {
	raw  string // as it goes to the result
	norm string // see normal; "" for lines too long to be a mark
	kind kind
	// label says which header labels the line begins with.
	label labelWord
	// evidence is what speaks for a mail program: found once, as rules look at a
	// line from several others.
	evidence evidence
	// contacts and footer are kept for the same reason.
	contacts                 [contactTypes]bool
	footer                   float64
	contactsRead, footerRead bool
	// colon and verb say whether the line can end an attribution.
	colon, verb bool
	// mark is set by HTML structure: the quoted mail begins at this line.
	mark string
	// kept says that the line stays though it was cut; see keep.
	kept bool
	// container is set by HTML structure: the quote that the line stands in.
	container string
	// signature is set by HTML structure: the line is part of one.
	signature bool
}

// longest is the length in bytes beyond which a line is no mark of any sort, so
// that patterns only ever see short strings.
const longest = 1000

// maxLines is how many lines of a mail are looked at; the rest counts as
// quoted. A person's mail has a few hundred, with years of quotes some thousand.
const maxLines = 50_000

// split makes lines of a text; rest is what lies beyond maxLines.
func split(s string) (lines []line, rest string) {
	n := min(strings.Count(s, "\n")+1, maxLines)
	lines = make([]line, n)
	for i := range lines {
		row, after, _ := strings.Cut(s, "\n")
		lines[i] = newLine(strings.TrimSuffix(row, "\r"))
		rest, s = after, after
	}
	return lines, rest
}

func newLine(raw string) line {
	l := line{raw: raw}
	if len(raw) <= longest {
		l.norm = normal(raw)
		l.label = labelOf(l.norm)
		l.colon, l.verb = concludes(l.norm)
	}
	switch {
	case len(raw) > longest && strings.TrimSpace(raw) != "":
		if strings.HasPrefix(strings.TrimLeft(raw[:100], " \t"), ">") {
			l.kind = quote
		}
	case l.norm == "":
		l.kind = blank
	case isQuote(l.norm):
		l.kind = quote
	}
	return l
}

// isQuote reports whether a line is quoted. An arrow, a tag or a fish isn't.
func isQuote(s string) bool {
	return strings.HasPrefix(s, ">") && !strings.HasPrefix(s, "><") || strings.HasPrefix(s, "|>") || strings.HasPrefix(s, "＞")
}

// unquoted is a line without its quote marks.
func unquoted(s string) string {
	return strings.TrimLeft(s, ">|＞ ")
}

// normal brings a line into the form that patterns expect: invisible and
// direction characters away (Arabic and Hebrew clients wrap names in them), any
// space a plain one, runs of spaces single, digits of any script ASCII, no space
// at the ends.
func normal(s string) string {
	if plain(s) {
		return strings.Trim(s, " ")
	}
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for _, r := range s {
		switch {
		case r < 0x80 && r > ' ':
		case unicode.IsSpace(r) || r == '\u2060' || r == '\u3000':
			space = true
			continue
		case r == '\u200b' || r == '\ufeff' || r >= '\u200c' && r <= '\u200f' ||
			r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r == '\u061c':
			continue
		case r >= '\u0660' && r <= '\u0669':
			r = '0' + r - '\u0660'
		case r >= '\u06f0' && r <= '\u06f9':
			r = '0' + r - '\u06f0'
		case r >= '\uff10' && r <= '\uff19':
			r = '0' + r - '\uff10'
		case r == '：':
			r = ':'
		case r >= '\u2010' && r <= '\u2012':
			r = '-' // Proton's dividers before 2021
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
	}
	return b.String()
}

// readMark is a small dot that Streak, an extension of Gmail, leaves on a line
// of its own under each mail. It means as little as a ruler.
const readMark = "ᐧ"

// plain reports whether a line is ASCII without tabs and without two spaces in a
// row: most lines are, and need no rewriting.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x80 || s[i] == ' ' && i > 0 && s[i-1] == ' ' {
			return false
		}
	}
	return true
}

// plainMarks drops the emphasis that clients leave around header labels when they
// turn HTML into text: "*From:*", "**Sent:**", "| From: |".
func plainMarks(s string) string {
	if !strings.ContainsAny(s, "*_|") {
		return s
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == '*' || r == '_' || r == '|' {
			return -1
		}
		return r
	}, s))
}

// isRuler reports whether a line is nothing but dashes and the like.
func isRuler(s string) bool {
	if len(s) < 3 || s == readMark {
		return s == readMark
	}
	marks := 0
	for _, r := range s {
		switch {
		case strings.ContainsRune("-_=*~#+─━—–", r):
			marks++
		case r != ' ':
			return false
		}
	}
	return marks >= 3
}

// shorten quotes a line for the evidence of a cut.
func shorten(s string) string {
	if len(s) > 80 {
		s = strings.ToValidUTF8(s[:80], "") + "…"
	}
	return `"` + s + `"`
}
