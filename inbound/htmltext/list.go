package htmltext

import (
	"strconv"
	"strings"
	"unicode"
)

// list is an open list.
type list struct {
	ordered bool
	next    int // number of the next item
}

// deepest is the largest indentation of a line, in spaces. It keeps the text in
// proportion to the input, however deep lists nest.
const deepest = 24

// counter reads a number of a list. CommonMark has room for nine digits and no
// sign.
func counter(s string, otherwise int) int {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil {
		return otherwise
	}
	return min(max(n, 0), 999_999_999)
}

// beginItem begins an item of the innermost list.
func (r *renderer) beginItem(e *element, value string) {
	at := max(r.last[tagUl], r.last[tagOl])
	r.lead = append(r.lead[:0], "- "...)
	if at >= 0 && r.open[at].list.ordered {
		l := &r.open[at].list
		n := counter(value, l.next)
		l.next = min(n+1, 999_999_999)
		r.lead = append(strconv.AppendInt(r.lead[:0], int64(n), 10), ". "...)
	}
	e.indent = len(r.lead)
	if at >= 0 && len(r.out) > r.open[at].lines {
		r.gap = false // items stand close together
	}
}

// wordList is the item that a paragraph of Word is. Word writes lists as
// paragraphs with the number or the bullet as text, in a span of its own.
type wordList struct {
	level  int
	marker string
}

// mark keeps the text of that span.
func (w *wordList) mark(s string) {
	if w.marker == "" && len(s) < 20 {
		w.marker = strings.TrimFunc(s, unicode.IsSpace)
	}
}

// bullet appends the item's beginning. What isn't a number in digits is a bullet,
// whatever sign and font it was written in; letters stay, as Markdown has none.
func (w *wordList) bullet(lead []byte) []byte {
	for range min(2*max(w.level-1, 0), deepest) {
		lead = append(lead, ' ')
	}
	number := strings.TrimRight(w.marker, ".)")
	if number != w.marker && number != "" {
		if n, err := strconv.Atoi(number); err == nil {
			return append(strconv.AppendInt(lead, int64(n), 10), ". "...)
		}
		return append(append(lead, w.marker...), ' ')
	}
	return append(lead, "- "...)
}

// bulletDot holds back a dot at the beginning of a line: with spaces that don't
// collapse behind it, it is what is left of Word's bullet when a web mail has
// dropped Word's styles.
func (r *renderer) bulletDot(s string) bool {
	w := &r.line
	if w.dot {
		w.dot = false
		if w.spaces >= 2 {
			r.lead = append(r.lead[:0], "- "...)
			return false
		}
		spaces := w.spaces
		w.spaces = 0
		r.putDot()
		w.spaces = spaces
		return false
	}
	if s == "·" && r.style&pre == 0 && len(r.lead) == 0 {
		w.dot = true
		w.spaces = 0
		return true
	}
	return false
}

// putDot writes the dot that was held back.
func (r *renderer) putDot() {
	r.line.dot = false
	r.beginLine()
	r.text = append(r.text, "·"...)
}

// wordParagraph reports whether a class is one of Word's, whose paragraphs have
// no margins: empty lines are written as paragraphs.
func wordParagraph(class string) bool {
	class, _ = unprefixed(class)
	return strings.HasPrefix(class, "Mso")
}
