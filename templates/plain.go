package templates

import (
	"cmp"
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
)

// columns is the width of the text part, as terminals count: wide East Asian
// characters and emoji take two. (RFC 5322 2.1.1 wants at most 78.)
const columns = 72

// plain writes a text part: paragraphs wrapped by display width, one blank
// line between blocks.
type plain struct {
	b   []byte
	sep string // between a label and its target; empty is ": "
}

func (p *plain) colon() string { return cmp.Or(p.sep, ": ") }

// text is what was written.
func (p *plain) text() string { return string(p.b) }

// rule separates one conversation from the next.
func (p *plain) rule() {
	p.line("----------------------------------------------------------------")
}

// line writes one line of ours, wrapped.
func (p *plain) line(s string) {
	if ascii(s) && p.asciiLine(strings.TrimRight(s, " ")) {
		return
	}
	for _, l := range wrap(s) {
		p.b = append(append(p.b, l...), '\n')
	}
}

// asciiLine is line for what is ASCII and without trailing space, which nearly
// every line is. It writes nothing and returns false for a word that only UAX #14
// can break.
func (p *plain) asciiLine(s string) bool {
	if len(s) <= columns {
		p.b = append(append(p.b, s...), '\n')
		return true
	}
	start, used, space := len(p.b), 0, ""
	for s != "" {
		n := strings.IndexByte(s, ' ')
		if n < 0 {
			n = len(s)
		}
		word, rest := s[:n], strings.TrimLeft(s[n:], " ")
		if n > columns && !isLink(word) {
			p.b = p.b[:start]
			return false
		}
		switch {
		case used > 0 && used+len(space)+n > columns:
			p.b = append(p.b, '\n')
			used, space = 0, ""
		case used == 0 && len(space) > columns/2: // no indentation any more
			space = ""
		}
		if n > 0 {
			p.b = append(append(p.b, space...), word...)
			used += len(space) + n
		}
		space, s = s[n:len(s)-len(rest)], rest
	}
	p.b = append(p.b, '\n')
	return true
}

// gap begins a new block, unless one has just begun.
func (p *plain) gap() {
	if n := len(p.b); n > 0 && (n < 2 || p.b[n-1] != '\n' || p.b[n-2] != '\n') {
		p.b = append(p.b, '\n')
	}
}

// lines writes a stranger's lines as they are where they fit.
func (p *plain) lines(lines []string) {
	for _, l := range lines {
		p.line(l)
	}
}

// link writes "label: target"; a target that would not fit stands alone on
// the next line, so that no client breaks it.
func (p *plain) link(label, target string) {
	sep := p.colon()
	if width(label)+width(sep)+width(target) <= columns {
		p.line(label + sep + target)
		return
	}
	p.line(label + strings.TrimRight(sep, " "))
	p.b = append(append(p.b, target...), '\n')
}

// offers writes the links that lead somewhere, a line each.
func (p *plain) offers(links ...link) {
	for _, o := range links {
		if o.URL != "" {
			p.link(o.Label.text(), string(o.URL))
		}
	}
}

// footer writes the signature separator (RFC 3676 4.3: with its space) and
// what follows.
func (p *plain) footer(of *page) {
	p.gap()
	p.b = append(p.b, "-- \n"...)
	for _, l := range of.Footer {
		p.line(l.text())
	}
	for _, o := range of.Links {
		if o.URL == "" {
			p.line(o.Label.text())
		}
		p.offers(o)
	}
}

// wrap breaks one line into lines of at most [columns]. Lines that fit stay
// as they are but for trailing space. Links and addresses are never broken,
// other words only where UAX #14 allows it: Japanese has no spaces.
func wrap(s string) []string {
	s = strings.TrimRight(s, " ")
	if width(s) <= columns {
		return []string{s}
	}
	var out []string
	var line strings.Builder
	used, space := 0, ""
	for _, c := range chunks(s) {
		switch {
		case used > 0 && used+len(space)+c.width > columns:
			out = append(out, line.String())
			line.Reset()
			used, space = 0, ""
		case used == 0 && len(space) > columns/2: // no indentation any more
			space = ""
		}
		if c.word != "" {
			line.WriteString(space)
			line.WriteString(c.word)
			used += len(space) + c.width
			space = ""
		}
		space += c.space
	}
	return append(out, line.String())
}

// chunk is a part of a line after which the line may end. The space after it
// is dropped where it does.
type chunk struct {
	word, space string
	width       int // of the word
}

func chunks(s string) []chunk {
	if !ascii(s) {
		return joinLinks(breakable(s))
	}
	var out []chunk
	for s != "" {
		word := s
		if i := strings.IndexByte(s, ' '); i >= 0 {
			word = s[:i]
		}
		rest := strings.TrimLeft(s[len(word):], " ")
		c := chunk{word, s[len(word) : len(s)-len(rest)], len(word)}
		if c.width > columns && !isLink(word) {
			parts := breakable(word)
			parts[len(parts)-1].space = c.space
			out = append(out, parts...)
		} else {
			out = append(out, c)
		}
		s = rest
	}
	return out
}

// breakable cuts s wherever UAX #14 lets a line end, never within a grapheme:
// only so do the widths add up.
func breakable(s string) []chunk {
	var out []chunk
	start, end, w, state := 0, 0, 0, -1
	for rest := s; rest != ""; {
		var cluster string
		var bounds int
		cluster, rest, bounds, state = uniseg.StepString(rest, state)
		end += len(cluster)
		w += bounds >> uniseg.ShiftWidth
		if bounds&uniseg.MaskLine == uniseg.LineDontBreak && rest != "" {
			continue
		}
		if w > columns {
			out = append(out, atSpaces(s[start:end])...)
		} else {
			out = append(out, newChunk(s[start:end], w))
		}
		start, w = end, 0
	}
	return out
}

func newChunk(s string, width int) chunk {
	word := strings.TrimRight(s, " ")
	space := s[len(word):]
	return chunk{word, space, max(0, width-len(space))}
}

// atSpaces cuts what is too wide for a line at any space. UAX #14 allows none
// before a question mark, among others, but a line has to end somewhere.
func atSpaces(s string) []chunk {
	var out []chunk
	start, end, w, state, spaced := 0, 0, 0, -1, false
	for rest := s; rest != ""; {
		var cluster string
		var cells int
		cluster, rest, cells, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if spaced && cluster != " " {
			out = append(out, newChunk(s[start:end], w))
			start, w = end, 0
		}
		spaced = cluster == " "
		end += len(cluster)
		w += cells
	}
	return append(out, newChunk(s[start:], w))
}

// joinLinks puts together what UAX #14 would break inside a link: a run of
// ASCII without spaces. Japanese writes on right after it.
func joinLinks(parts []chunk) []chunk {
	var out []chunk
	for i := 0; i < len(parts); {
		run := parts[i]
		n := i + 1
		for n < len(parts) && run.space == "" && asciiEnd(run.word) && asciiStart(parts[n].word) {
			run.word += parts[n].word
			run.width += parts[n].width
			run.space = parts[n].space
			n++
		}
		if n > i+1 && !isLink(run.word) {
			out = append(out, parts[i:n]...)
		} else {
			out = append(out, run)
		}
		i = n
	}
	return out
}

func asciiStart(s string) bool { return s != "" && s[0] < 0x80 }
func asciiEnd(s string) bool   { return s != "" && s[len(s)-1] < 0x80 }

func isLink(word string) bool {
	return strings.Contains(word, "://") || strings.Contains(word, "@") || strings.HasPrefix(word, "www.")
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// width is the number of columns s takes.
func width(s string) int {
	if ascii(s) {
		return len(s)
	}
	return uniseg.StringWidth(s)
}

// cleanText makes a stranger's body fit for both parts: valid UTF-8, LF line
// ends, tabs as four spaces, no other control characters, no bidirectional
// overrides (they turn a line's letters around; isolates and marks, which
// Arabic and Hebrew writers need, end with their line), no blank lines before
// or after. Nothing people can see is altered.
func cleanText(s string) string {
	if cleanASCII(s) {
		return s
	}
	return cleanAnyText(s)
}

// cleanASCII reports whether cleanAnyText would change nothing: the usual case.
func cleanASCII(s string) bool {
	if s == "" {
		return true
	}
	last := byte('\n')
	for i := range len(s) {
		c := s[i]
		if c != '\n' && (c < ' ' || c > '~') || c == '\n' && last == ' ' {
			return false
		}
		last = c
	}
	return s[0] != '\n' && last != '\n' && last != ' '
}

func cleanAnyText(s string) string {
	if !ascii(s) {
		s = strings.ToValidUTF8(s, "\ufffd")
	}
	var b strings.Builder
	b.Grow(len(s))
	cr := false
	for _, r := range s {
		if r == '\n' && cr {
			cr = false
			continue
		}
		cr = r == '\r'
		switch r {
		case '\r', '\n', '\v', '\f', '\u0085', '\u2028', '\u2029':
			b.WriteByte('\n')
		case '\t':
			b.WriteString("    ")
		case '\u202d', '\u202e', '\ufeff', '\u00ad':
		default:
			if !unicode.IsControl(r) {
				b.WriteRune(r)
			}
		}
	}
	lines := strings.Split(b.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \u00a0\u3000")
	}
	first, last := 0, len(lines)
	for first < last && lines[first] == "" {
		first++
	}
	for last > first && lines[last-1] == "" {
		last--
	}
	return strings.Join(lines[first:last], "\n")
}
