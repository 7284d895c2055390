package htmltext

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// writing is the line being written: what stands in the renderer's text behind
// from.
type writing struct {
	from   int
	begun  bool
	spaces int   // due before the next word
	folded bool  // the last of them is white space, which collapses with more
	marks  style // open on the line
	// nesting holds the places of these in emphases, the outer ones first.
	nesting [len(emphases)]uint8
	nested  int
	ticks   int   // the longest run of the sender's own backticks
	marked  int   // where the last of them ends, or anything else that holds no emphasis
	opened  style // the marks that end there
	opener  int   // where they begin
	code    int   // where a span of code begins; -1 if there is none
	coded   bool  // it has ended, but one that follows at once continues it
	every   style // what all words of the line have
	any     style // what one of them has
	dot     bool  // it begins with a dot that may be a bullet
}

func (w *writing) reset(from int) {
	*w = writing{from: from, code: -1, every: ^style(0)}
}

// begins is where the text of a line begins.
func (r *renderer) begins(i int) int {
	if i == 0 {
		return 0
	}
	return r.ends[i-1]
}

// newline is a <br> or a line end that counts. On an empty line it makes one.
func (r *renderer) newline() {
	if r.style&(unseen|invisible) != 0 {
		return
	}
	if !r.flush() {
		r.gap = true
	}
}

// flush ends the line being written and reports whether there was one.
func (r *renderer) flush() bool {
	if !r.line.begun {
		if r.line.dot {
			r.putDot()
			return r.flush()
		}
		// <div>&nbsp;</div> is how many editors write an empty line.
		r.gap = r.gap || r.line.spaces > 0 && r.style&pre == 0
		r.line.reset(len(r.text))
		return false
	}
	r.finishLink()
	r.endCode()
	r.closeMarks(0, 0)
	r.text = trimRight(r.text, r.line.from)
	if blank(r.text[r.line.from:]) {
		r.text = r.text[:r.line.from]
		r.line.reset(r.line.from)
		return false
	}
	r.emit()
	return true
}

// literal writes a line that isn't the sender's words.
func (r *renderer) literal(s string) {
	r.line.reset(len(r.text))
	r.line.every = r.style
	r.text = append(r.text, s...)
	r.emit()
}

// emit makes a line of what has been written.
func (r *renderer) emit() {
	l := Line{
		Depth:       r.depth,
		Attribution: r.line.any&attribution != 0 && r.depth > 0,
		Signature:   r.line.every&signature != 0,
	}
	if r.depth > 0 {
		l.Quote = r.quoted()
	}
	if r.note.mark != "" {
		if !r.note.headed || headerField(r.text[r.line.from:]) {
			l.Mark = r.note.mark
		}
		r.note = note{}
	}
	if r.gap && len(r.out) > 0 {
		r.append(between(r.out[len(r.out)-1], l), r.line.from)
	}
	r.gap = false
	r.append(l, len(r.text))
	r.line.reset(len(r.text))
	if len(r.text) > r.limits.Bytes {
		r.limit(LimitBytes)
		r.ended = true
	}
}

func (r *renderer) append(l Line, end int) {
	if len(r.out) >= r.limits.Lines {
		r.limit(LimitLines)
		r.ended = true
		return
	}
	r.out = append(r.out, l)
	r.ends = append(r.ends, end)
}

// quoted names the innermost quote that counts.
func (r *renderer) quoted() string {
	for at := r.quote; at >= 0; at = r.open[at].quote {
		if r.open[at].quotes {
			return r.open[at].by
		}
	}
	return ""
}

// between is the empty line that stands between two others. It belongs to the
// outer one of them.
func between(above, below Line) Line {
	l := Line{Depth: above.Depth, Quote: above.Quote, Signature: above.Signature && below.Signature}
	if below.Depth < above.Depth {
		l.Depth, l.Quote = below.Depth, below.Quote
	}
	return l
}

// headerField reports whether a line begins with a label in bold, as Outlook
// writes "From:" in any language.
func headerField(s []byte) bool {
	if !bytes.HasPrefix(s, []byte("**")) {
		return false
	}
	s = s[:min(len(s), 60)]
	return bytes.IndexByte(s, ':') >= 0 || bytes.Contains(s, []byte("："))
}

// lines returns what was written.
func (r *renderer) lines() []Line {
	all := string(r.text)
	if len(all) > r.limits.Bytes {
		at := r.limits.Bytes
		for at > 0 && !utf8.RuneStart(all[at]) {
			at--
		}
		all = strings.TrimRight(all[:at], " ")
	}
	from := 0
	for i := range r.out {
		from = min(from, len(all))
		to := min(r.ends[i], len(all))
		r.out[i].Text = all[from:to]
		from = to
	}
	for n := len(r.out); n > 0 && r.out[n-1].Text == ""; n-- {
		r.out = r.out[:n-1]
	}
	return r.out
}

// ignorable reports whether a rune takes no room: zero-width spaces and joiners,
// and what preheaders are padded with.
func ignorable(c rune) bool {
	switch c {
	case '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff', '\u034f', '\u00ad', '\u180e', '\u2800':
		return true
	}
	return false
}

// directional reports whether a rune only sets the direction of text.
func directional(c rune) bool {
	return c == '\u200e' || c == '\u200f' || c == '\u061c' || c >= '\u202a' && c <= '\u202e' || c >= '\u2066' && c <= '\u2069'
}

// trimRight cuts off what takes no room at the end, back to from.
func trimRight(text []byte, from int) []byte {
	for len(text) > from {
		c, n := utf8.DecodeLastRune(text[from:])
		if c != ' ' && !ignorable(c) {
			break
		}
		text = text[:len(text)-n]
	}
	return text
}

// blank reports whether nothing in a line can be seen.
func blank(text []byte) bool {
	for len(text) > 0 {
		c, n := utf8.DecodeRune(text)
		if c != ' ' && !ignorable(c) && !directional(c) {
			return false
		}
		text = text[n:]
	}
	return true
}
