package htmltext

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// emphases are the marks of Markdown, in the order in which they are opened.
var emphases = [...]struct {
	style style
	mark  string
}{{bold, "**"}, {italic, "*"}, {strike, "~~"}}

// closeMarks closes what isn't wanted, and what was opened within it. next is the
// rune that will follow; a space if one will, 0 at the end of a line.
func (r *renderer) closeMarks(want style, next rune) {
	w := &r.line
	first := 0
	for first < w.nested && want&emphases[w.nesting[first]].style != 0 {
		first++
	}
	if first == w.nested {
		return
	}
	was := w.marks
	var closing [8]byte
	n := 0
	for ; w.nested > first; w.nested-- {
		m := emphases[w.nesting[w.nested-1]]
		n += copy(closing[n:], m.mark)
		w.marks &^= m.style
	}
	r.seal()
	// A mark behind punctuation and before a letter can't close (CommonMark 6.2,
	// right-flanking): <b>Date:</b>May becomes **Date**:May.
	at := len(r.text)
	if isWord(next) {
		for at > w.marked {
			c, size := utf8.DecodeLastRune(r.text[w.marked:at])
			if isWord(c) || c == ' ' {
				break
			}
			at -= size
		}
		switch {
		case at == w.marked && was&^w.marks == w.opened && w.opened != 0:
			// Nothing but punctuation: it goes without.
			r.text = slices.Delete(r.text, w.opener, w.marked)
			w.marked, w.opened = w.opener, 0
			return
		case at == w.marked || r.text[at-1] == ' ':
			at = len(r.text) // nothing else helps
		}
	}
	r.text = slices.Insert(r.text, at, closing[:n]...)
	w.marked, w.opened = at+n, 0
}

// seal doubles a backslash at the end, which would take a mark behind it for the
// sender's.
func (r *renderer) seal() {
	n := 0
	for at := len(r.text); at > r.line.from && r.text[at-1] == '\\'; at-- {
		n++
	}
	if n%2 == 1 {
		r.text = append(r.text, '\\')
	}
}

// openMarks opens what is wanted before a word and returns what of the word is
// left to write. A mark behind a letter and before punctuation can't open
// (left-flanking): a<b>(b)</b> becomes a(**b)**.
func (r *renderer) openMarks(want style, s string) string {
	w := &r.line
	if want&^w.marks == 0 {
		return s
	}
	if at := len(r.text); at > w.from {
		if before, _ := utf8.DecodeLastRune(r.text[w.from:at]); isWord(before) {
			n := 0
			for n < len(s) {
				c, size := utf8.DecodeRuneInString(s[n:])
				if isWord(c) {
					break
				}
				n += size
			}
			r.text = append(r.text, s[:n]...)
			if s = s[n:]; s == "" {
				return s
			}
		}
	}
	r.seal()
	w.opener, w.opened = len(r.text), want&^w.marks
	for i, m := range emphases {
		if want&m.style != 0 && w.marks&m.style == 0 {
			r.text = append(r.text, m.mark...)
			w.marks |= m.style
			w.nesting[w.nested] = uint8(i)
			w.nested++
		}
	}
	w.marked = len(r.text)
	return s
}

// isWord reports whether a rune is neither space nor punctuation to CommonMark.
func isWord(c rune) bool {
	if c < utf8.RuneSelf {
		return c > ' ' && wordByte(byte(c))
	}
	return !unicode.IsPunct(c) && !unicode.IsSymbol(c) && !unicode.IsSpace(c)
}
