package htmltext

import (
	"unicode/utf8"
)

// sort is what a byte of text is.
type sort uint8

const (
	plain   sort = iota
	white        // white space that collapses
	special      // may need a backslash
	control      // not shown
	c2           // may begin a no-break space or a soft hyphen
)

// sorts are those of all bytes; the ones not named are plain.
var sorts = func() (t [256]sort) {
	for c := range 0x20 {
		t[c] = control
	}
	t[0x7f] = control
	for _, c := range " \t\n\r\f" {
		t[c] = white
	}
	for _, c := range "<*\\#`" {
		t[c] = special
	}
	t[0xc2] = c2
	return t
}()

// write writes a run of text with white space collapsed as browsers do. A
// no-break space is a space that doesn't collapse; soft hyphens go.
func (r *renderer) write(s string) {
	if r.style&wordMarker != 0 {
		r.word.mark(s)
		return
	}
	escape := false
	for i := 0; i < len(s); {
		switch sorts[s[i]] {
		case white:
			r.white(s, i)
			i++
			continue
		case control:
			i++
			continue
		case c2:
			if n := r.noBreak(s[i:]); n > 0 {
				i += n
				continue
			}
		case plain, special:
		}
		from := i
	word:
		for ; i < len(s); i++ {
			switch sorts[s[i]] {
			case white, control:
				break word
			case special:
				escape = true
			case c2:
				if i+1 < len(s) && (s[i+1] == 0xa0 || s[i+1] == 0xad) {
					break word
				}
			case plain:
			}
		}
		r.put(s[from:i], escape)
		escape = false
	}
}

// white is one byte of white space. Where spaces count, a tab is four of them.
func (r *renderer) white(s string, i int) {
	w := &r.line
	switch c := s[i]; {
	case r.style&(pre|preLine) != 0 && (c == '\n' || c == '\r'):
		if c != '\r' || i+1 == len(s) || s[i+1] != '\n' {
			r.newline()
		}
	case r.style&pre != 0:
		w.spaces++
		if c == '\t' {
			w.spaces += 3
		}
		w.folded = false
	case (w.begun || w.dot) && !w.folded:
		w.spaces++
		w.folded = true
	}
}

// noBreak reads a no-break space or a soft hyphen.
func (r *renderer) noBreak(s string) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case 0xa0:
		r.line.spaces++
		r.line.folded = false
		return 2
	case 0xad:
		return 2
	}
	return 0
}

// most is the number of spaces that a line may begin with outside of <pre>: four
// would make it code.
const most = 3

// put writes a word with the spaces and the marks due before it.
func (r *renderer) put(s string, escape bool) {
	w := &r.line
	if !w.begun {
		for len(s) > 0 {
			c, n := utf8.DecodeRuneInString(s)
			if !ignorable(c) {
				break
			}
			s = s[n:]
		}
		if s == "" || r.bulletDot(s) {
			return
		}
		r.beginLine()
	}
	if w.code >= 0 && (r.style&code == 0 || w.coded && w.spaces > 0) {
		r.endCode()
	}
	w.coded = false
	want := r.style & marked
	if r.style&heading != 0 {
		want &^= bold
	}
	if r.style&verbatim != 0 {
		want = 0
	} else if w.code >= 0 {
		want = w.marks
	}
	first, _ := utf8.DecodeRuneInString(s)
	if w.spaces > 0 {
		first = ' '
	}
	linked := r.link.waits
	if linked {
		r.closeMarks(0, first)
	} else {
		r.closeMarks(want, first)
	}
	for ; w.spaces > 0; w.spaces-- {
		r.text = append(r.text, ' ')
	}
	w.folded = false
	if linked {
		r.seal()
		r.link.waits, r.link.from = false, len(r.text)
	}
	s = r.openMarks(want, s)
	if r.style&code != 0 && w.code < 0 {
		r.seal()
		w.code = len(r.text)
	}
	w.every &= r.style
	w.any |= r.style
	switch {
	case r.style&raised != 0 && superscript(s):
		for i := range len(s) {
			r.text = utf8.AppendRune(r.text, superscripts[s[i]-'0'])
		}
	case escape && r.style&(code|verbatim) == 0:
		r.escaped(s)
	default:
		r.text = append(r.text, s...)
	}
}

// beginLine writes what stands before the first word of a line.
func (r *renderer) beginLine() {
	w := &r.line
	w.begun = true
	if r.word.marker != "" && len(r.lead) == 0 {
		r.lead = r.word.bullet(r.lead)
		r.word.marker = ""
		w.spaces = 0
	}
	for range min(r.indent, deepest) {
		r.text = append(r.text, ' ')
	}
	if len(r.lead) > 0 {
		if n := len(r.lead); r.lead[n-1] == ' ' && r.lead[0] != '#' && r.indent > 0 {
			// The indentation is that of the lines below it.
			r.text = r.text[:max(r.line.from, len(r.text)-n)]
		}
		r.text = append(r.text, r.lead...)
		r.lead = r.lead[:0]
		w.spaces = 0
	}
	if r.style&pre == 0 {
		w.spaces = min(w.spaces, most)
	}
}

var superscripts = [10]rune{'⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'}

// superscript reports whether a raised word is a number: an exponent, or the mark
// of a footnote. The raised letters of "3rd" stay as they are.
func superscript(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// escaped writes a word with backslashes where it needs them, see the package
// comment.
func (r *renderer) escaped(s string) {
	start := len(r.text) == r.line.from
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '<' && tagLike(s[i+1:]),
			c == '*' && (r.line.marks != 0 || i > 0 && i+1 < len(s) && wordByte(s[i-1]) && wordByte(s[i+1])),
			c == '\\' && i+1 < len(s) && punctuation(s[i+1]),
			c == '`' && (r.line.marks != 0 || r.link.target != ""),
			c == '#' && start && i == 0 && onlyHashes(s):
			r.text = append(r.text, '\\')
		case c == '`' && (i == 0 || s[i-1] != '`'):
			r.line.ticks = max(r.line.ticks, leading(s[i:], '`'))
		}
		r.text = append(r.text, c)
	}
}

func onlyHashes(s string) bool {
	for i := range len(s) {
		if s[i] != '#' || i >= 6 {
			return false
		}
	}
	return true
}

// tagLike reports whether what follows "<" makes it a tag (CommonMark 6.6). An
// address in angle brackets is a link and stays.
func tagLike(s string) bool {
	if s == "" {
		return false
	}
	if s[0] == '!' || s[0] == '?' {
		return len(s) > 1
	}
	if s[0] == '/' {
		s = s[1:]
	}
	if s == "" || !isLetter(s[0]) {
		return false
	}
	n := 1
	for n < len(s) && n < 64 && (isLetter(s[n]) || s[n] >= '0' && s[n] <= '9' || s[n] == '-') {
		n++
	}
	return n == len(s) || s[n] == '>' || s[n] == '/'
}

func wordByte(c byte) bool { return isLetter(c) || c >= '0' && c <= '9' || c >= 0x80 }

// punctuation is what a backslash escapes (CommonMark 2.4).
func punctuation(c byte) bool {
	return c > ' ' && c < 0x7f && !wordByte(c)
}
