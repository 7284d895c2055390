package apportion

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// text is what was newly written in a run, line by line. Where a line is shared
// with the quote, the punctuation of the digest stays with its words. strip takes
// out lines that are the digest's, at another place.
func (p *placing) text(r run, strip bool) string { return p.typed(r, strip, false) }

// typed is the text with or without the delimiters of signatures in it and above
// it, which have no words.
func (p *placing) typed(r run, strip, delimiters bool) string {
	a := p.a
	var out []string
	last := -1 // line
	for i := r.from; i < r.to; {
		n := a.words[i].line
		if a.state[i] != fresh {
			i++
			continue
		}
		from := i
		for i < r.to && a.words[i].line == n && a.state[i] == fresh {
			i++
		}
		if delimiters {
			begin := last + 1
			if last < 0 {
				begin = p.wordless(n)
			}
			for k := begin; k < n; k++ {
				if s := a.lines[k].text; delimits(s) {
					out = append(out, s)
				}
			}
		}
		s := p.piece(from, i)
		if delimiters && delimits(s) {
			out, last = append(out, s), n
			continue
		}
		if strip && p.ours(from, i) || strings.TrimSpace(s) == "" {
			continue
		}
		if l := &a.lines[n]; l.depth > a.base && l.first == from {
			s = strings.Repeat("> ", l.depth-a.base) + s
		}
		if last >= 0 && n > last+1 && p.blankBetween(last, n) {
			out = append(out, "")
		}
		out = append(out, s)
		last = n
	}
	return strings.Join(out, "\n")
}

// wordless is the first of the lines without words above a line, as deep as it.
func (p *placing) wordless(n int) int {
	for n > 0 {
		if l := &p.a.lines[n-1]; l.first < l.last || l.depth != p.a.lines[n].depth {
			break
		}
		n--
	}
	return n
}

// blankBetween reports whether a line without words stands between two.
func (p *placing) blankBetween(from, to int) bool {
	for n := from + 1; n < to; n++ {
		if l := &p.a.lines[n]; l.first == l.last {
			return true
		}
	}
	return false
}

// ours reports whether most words of a line stand in the digest together, or all
// of it is a short line of its frame.
func (p *placing) ours(from, to int) bool {
	a := p.a
	if len(a.d.frames[key(a.ids[from:to])]) > 0 {
		return true
	}
	n := 0
	for i := from; i < to; i++ {
		if a.echo[i] || a.isMark(i) {
			n++
		}
	}
	return n >= gram && 5*n >= 4*(to-from)
}

// piece is the words [from, to) of one line with what stands around them.
func (p *placing) piece(from, to int) string {
	a := p.a
	l := &a.lines[a.words[from].line]
	begin, end := l.lead, len(l.text)
	if from > l.first {
		begin = p.after(from-1, l.text)
	}
	if to < l.last {
		end = max(begin, p.before(to, l.text))
	}
	s := p.unlinked(l, from, to, begin, end)
	if from > l.first || to < l.last {
		s = strings.TrimSpace(s)
	}
	return strings.TrimRight(s, " \t\u00a0")
}

// after is where the writing begins behind a word that isn't new: behind its link
// and the punctuation that it has in the digest.
func (p *placing) after(i int, s string) int {
	w := &p.a.words[i]
	at, left := w.glued, 0
	if p.a.state[i] == quoted {
		left = p.a.d.words[p.a.at[i]].after
	}
	for at < len(s) {
		r, size := utf8.DecodeRuneInString(s[at:])
		switch {
		case r == '*' || r == '_' || r == '~' || r == '\\': // emphasis that ends
		case left > 0 && isPunctuation(r):
			left--
		default:
			return at
		}
		at += size
	}
	return at
}

// before is where it ends in front of a word that isn't new.
func (p *placing) before(i int, s string) int {
	w := &p.a.words[i]
	at, left := w.from, 0
	if p.a.state[i] == quoted {
		left = p.a.d.words[p.a.at[i]].before
	}
	for at > 0 {
		r, size := utf8.DecodeLastRuneInString(s[:at])
		switch {
		case r == '*' || r == '_' || r == '~' || r == '\\' || r == '#':
		case r == '[' && w.glued > w.to:
		case left > 0 && isPunctuation(r):
			left--
		default:
			return at
		}
		at -= size
	}
	return at
}

// unlinked is a piece of a line without the targets of links that are the
// digest's: who types at the end of a link writes into it.
func (p *placing) unlinked(l *line, from, to, begin, end int) string {
	var b strings.Builder
	at := begin
	for i := from; i < to; i++ {
		w := &p.a.words[i]
		if w.glued == w.to || w.gluedAt < at || w.glued > end || !p.digestLink(l.text[w.gluedAt:w.glued]) {
			continue
		}
		label := l.text[at:w.gluedAt]
		if open := strings.LastIndexByte(label, '['); open >= 0 && l.text[w.gluedAt] == ']' {
			label = label[:open] + label[open+1:]
		}
		b.WriteString(label)
		at = w.glued
	}
	b.WriteString(l.text[at:max(at, end)])
	return b.String()
}

// digestLink reports whether a link target is one of the digest.
func (p *placing) digestLink(target string) bool {
	var sc scanner
	sc.scan(strings.TrimFunc(target, func(r rune) bool { return !isWordRune(r) && !unicode.IsDigit(r) }), 0)
	ids := make([]int32, 0, len(sc.words))
	for i := range sc.words {
		id, ok := p.a.d.ids[sc.words[i].norm]
		if !ok {
			return false
		}
		ids = append(ids, id)
	}
	return len(ids) > 0 && p.a.d.links[key(ids)]
}
