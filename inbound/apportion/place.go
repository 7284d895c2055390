package apportion

import (
	"slices"
	"strings"

	"github.com/tradepost-mail/tradepost/inbound/reply"
)

// run is a stretch of the answer between two quoted words, or before the first or
// after the last of them, with something new in it.
type run struct {
	from, to   int // words of the answer
	prev, next int // the quoted words around it; -1 and len(words) if there are none
}

// Where a run belongs, apart from items.
const (
	above   = -1 // the first item
	nowhere = -2 // for certain
	beneath = -3 // the last line of the digest
)

// placing decides whose each run is.
type placing struct {
	a *answer
	h reply.Hints
	// down and up say of each quoted word whether its place is certain: it stands
	// with others as nowhere else in the digest, or nothing was deleted between it
	// and such words above it, or below.
	down, up []bool
	// framed says of each item that its heading, or the lines below its messages,
	// are quoted.
	framed []bool
	// doubtful says that an item's mark stands twice, at another place than its
	// words, or that another digest's stands in its place.
	doubtful []bool
}

func newPlacing(a *answer, h reply.Hints) *placing {
	h.KeepForwarded = false
	n := a.d.items
	p := &placing{a: a, h: h, framed: make([]bool, n), doubtful: make([]bool, n)}
	p.weighMarks()
	p.pin()
	for i := range a.end {
		if a.state[i] != quoted {
			continue
		}
		if x := a.region(i); x >= 0 && x < n {
			p.framed[x] = p.framed[x] || a.d.words[a.at[i]].frame
		}
	}
	return p
}

// pin finds which quoted words have a certain place.
func (p *placing) pin() {
	a := p.a
	certain := make([]bool, a.end)
	for i := range a.end {
		if a.state[i] != quoted {
			continue
		}
		certain[i] = certain[i] || a.isMark(i)
		if p.only(i) {
			certain[i], certain[i+1], certain[i+2] = true, true, true
		}
	}
	p.down, p.up = slices.Clone(certain), certain
	for i, prev := 0, -1; i < a.end; i++ {
		if a.state[i] == quoted {
			p.down[i] = p.down[i] || prev >= 0 && p.down[prev] && a.unbroken(prev, i)
			prev = i
		}
	}
	for i, next := a.end-1, -1; i >= 0; i-- {
		if a.state[i] == quoted {
			p.up[i] = p.up[i] || next >= 0 && p.up[next] && a.unbroken(i, next)
			next = i
		}
	}
}

// unbroken reports whether nothing but links is missing between two quoted words.
func (a *answer) unbroken(i, k int) bool {
	for j := int(a.at[i]) + 1; j < int(a.at[k]); j++ {
		if !a.d.words[j].link {
			return false
		}
	}
	return true
}

// only reports whether three quoted words from i on stand once in the digest.
func (p *placing) only(i int) bool {
	a := p.a
	if i+gram > a.end || a.state[i+1] != quoted || a.state[i+2] != quoted || a.at[i+2] != a.at[i]+2 || a.region(i+2) != a.region(i) {
		return false
	}
	return len(a.gram(i)) == 1
}

// weighMarks looks at the marks that don't fit.
func (p *placing) weighMarks() {
	a := p.a
	seen := make([]bool, a.d.items)
	for i := range a.end {
		w := &a.words[i]
		switch {
		case a.isMark(i) && a.state[i] != dropped:
			x := int(-2 - a.ids[i])
			p.doubtful[x] = p.doubtful[x] || seen[x] || a.state[i] == fresh
			seen[x] = true
		case a.state[i] == fresh && w.bracket && i > 0 && a.state[i-1] == quoted && foldMark(w.norm) != "":
			// Another digest's, if it stands where ours would.
			j := int(a.at[i-1]) + 1
			if x := a.region(i - 1); j < len(a.d.words) && a.d.words[j].mark && x >= 0 && x < a.d.items {
				p.doubtful[x] = true
				a.state[i] = dropped
			}
		}
	}
}

// runs lists what is new. What a program wrote in between parts two runs, so that
// a signature above it doesn't swallow what stands below.
func (p *placing) runs() []run {
	a := p.a
	var all []run
	for i, prev := 0, -1; i < a.end; {
		if a.state[i] != fresh {
			if a.state[i] == quoted {
				prev = i
			}
			i++
			continue
		}
		r := run{from: i, prev: prev}
		written := 0
		for ; i < a.end && a.state[i] == fresh; i++ {
			if !a.words[i].faint {
				written++
			}
		}
		r.to, r.next = i, i
		for r.next < a.end && a.state[r.next] != quoted {
			r.next++
		}
		if r.next == a.end {
			r.next = len(a.words)
		}
		if written > 0 && !p.slip(r) {
			all = append(all, r)
		}
	}
	return all
}

// slip reports whether a run is what a program made of a word or a smiley within
// a quoted line: one or two letters.
func (p *placing) slip(r run) bool {
	a := p.a
	return r.to-r.from == 1 && !a.starts(r.from) && !a.ends(r.from) && len(a.words[r.from].norm) <= 2 && !a.words[r.from].single
}

// where says which item a run is under.
func (p *placing) where(r run) int {
	a := p.a
	before, after := -1, a.d.items
	if r.prev >= 0 {
		before = a.region(r.prev)
	}
	if r.next < len(a.words) {
		after = a.region(r.next)
	}
	switch {
	case before == a.d.items:
		return beneath
	case before < 0:
		return above
	case a.nested || p.doubtful[before]:
		return nowhere
	case !p.down[r.prev] && !(r.next < len(a.words) && p.up[r.next] && a.unbroken(r.prev, r.next)):
		return nowhere // what is quoted above it may be another item's
	case after != before && after < a.d.items && (int(a.at[r.next]) != a.d.first[after] || a.d.faceless[after]):
		return nowhere // the next item's name isn't there: it may stand under that
	case !p.framed[before] && !p.shallow(r):
		return nowhere
	case p.foreign(r, before):
		return nowhere
	}
	return before
}

// shallow reports whether a run is less deep than the quotes: then what stands
// around it is quoted for certain.
func (p *placing) shallow(r run) bool {
	for i := r.from; i < r.to; i++ {
		if p.a.state[i] == fresh && p.a.depth(i) >= p.a.base {
			return false
		}
	}
	return true
}

// marked reports whether a run has the mark of an item in it: then it has quotes
// that found no place, too.
func (p *placing) marked(r run) bool {
	for i := r.from; i < r.to; i++ {
		if p.a.state[i] == fresh && p.a.isMark(i) {
			return true
		}
	}
	return false
}

// names reports whether a line of a run is one of an item below, and nothing else,
// where the quote lacks it: it may be what is left of that item. So may the name of
// the run's own item, of which then something else was quoted above.
func (p *placing) names(r run, item int) bool {
	a := p.a
	hi := len(a.d.words)
	if r.next < len(a.words) {
		hi = int(a.at[r.next])
	}
	for n := a.words[r.from].line; n <= a.words[r.to-1].line; n++ {
		l := &a.lines[n]
		from, to := max(l.first, r.from), min(l.last, r.to)
		if from >= to {
			continue
		}
		if p.holds(from, to, item, hi) {
			return true
		}
		if l.first < r.from || l.last > r.to {
			continue
		}
		for _, s := range a.d.lines[key(a.ids[l.first:l.last])] {
			x := a.d.words[s.from].region
			if x > item && x < a.d.items && s.to <= hi || x == item && s.from == a.d.first[x] {
				return true
			}
		}
	}
	return false
}

// holds reports whether the words [from, to) of a line begin or end with a line of
// an item below, which the quote lacks.
func (p *placing) holds(from, to, item, hi int) bool {
	a := p.a
	words := a.d.words
	below := func(j int) bool { return j < hi && words[j].region > item && words[j].region < a.d.items }
	for _, j := range a.gram(from) {
		if !below(int(j)) || !words[j].starts {
			continue
		}
		for i, j := from, int(j); i < to && j < hi && words[j].id == a.ids[i]; i, j = i+1, j+1 {
			if words[j].ends {
				return true
			}
		}
	}
	if to-from <= gram {
		return false
	}
	for _, k := range a.gram(to - gram) {
		j := int(k) + gram - 1
		if !below(j) || !words[j].ends {
			continue
		}
		for i := to - 1; i >= from && j >= 0 && words[j].id == a.ids[i]; i, j = i-1, j-1 {
			if words[j].starts {
				return true
			}
		}
	}
	return false
}

// foreign reports whether a run has a mark in it, or a long piece of another item.
func (p *placing) foreign(r run, item int) bool {
	a := p.a
	var gain int32
	if p.marked(r) || p.names(r, item) {
		return true
	}
	for i := r.from; i < r.to; i++ {
		others := false
		for _, j := range a.gram(i) {
			others = true
			if a.d.words[j].region == item {
				others = false
				break
			}
		}
		if !others {
			gain = 0
		} else if gain += a.gain(i); gain >= surely {
			return true
		}
	}
	return false
}

// result puts the runs together.
func (p *placing) result() Result {
	a := p.a
	shares := make([][]string, a.d.items)
	folds := make([]int, a.d.items) // of the last text; -1 if it has none
	var top, rest, bottom []string
	var head, tail []string    // top and bottom with the delimiters of signatures
	topFold, doubt := 0, false // doubt: perhaps nothing above is new
	if a.firstQuoted() >= a.end {
		return Result{}
	}
	for _, r := range p.runs() {
		switch x := p.where(r); x {
		case above:
			c := reply.Text(p.text(r, false), p.h)
			head = append(head, p.typed(r, false, true))
			doubt = doubt || c.Fold == 0 && c.Text != ""
			if c.Text != "" {
				top, topFold = append(top, c.Text), c.Fold
			}
		case beneath:
			bottom, tail = append(bottom, p.text(r, true)), append(tail, p.typed(r, true, true))
		case nowhere:
			if s, _ := p.cleaned(p.text(r, p.marked(r)), r); s != "" {
				rest = append(rest, s)
			}
		default:
			if s, fold := p.cleaned(p.text(r, false), r); s != "" {
				shares[x], folds[x] = append(shares[x], s), fold
			}
		}
	}
	res := Result{Quoted: true}
	if len(top) > 0 && a.d.items == 1 && !a.nested && !p.doubtful[0] {
		if len(shares[0]) == 0 {
			folds[0] = topFold
		}
		shares[0] = append(top, shares[0]...)
		top = nil
	}
	for x, texts := range shares {
		if len(texts) == 0 {
			continue
		}
		s := Share{Item: x, Text: strings.Join(texts, "\n\n")}
		if last := len(texts[len(texts)-1]); folds[x] < last {
			s.Fold = len(s.Text) - last + folds[x]
		}
		res.Shares = append(res.Shares, s)
	}
	if first := strings.Join(top, "\n\n"); first != "" && !(len(res.Shares) > 0 && (doubt && len(top) == 1 || p.courtesy(first) || p.farewell(strings.Join(head, "\n\n")))) {
		rest = append(top, rest...)
	}
	if last := reply.Text(strings.Join(bottom, "\n\n"), p.h); last.Text != "" && last.Fold > 0 && !p.courtesy(last.Text) &&
		!(len(res.Shares) > 0 && (p.farewell(last.Text) || p.farewell(strings.Join(tail, "\n\n")))) {
		rest = append(rest, last.Text)
	}
	res.Unplaced = strings.Join(rest, "\n\n")
	return res
}

// cleaned takes signatures and footers off what was written at one place.
func (p *placing) cleaned(s string, r run) (text string, fold int) {
	cut := reply.Text(s, p.h)
	for _, c := range cut.Cuts {
		switch c.Kind {
		case reply.Footer, reply.Disclaimer, reply.Banner:
		case reply.Signature:
			if r.next < len(p.a.words) {
				return s, len(s) // a quote follows
			}
		default:
			return s, len(s)
		}
	}
	if cut.Fold == 0 {
		if r.next == len(p.a.words) {
			return "", 0 // a signature at the end of the mail
		}
		return s, len(s)
	}
	return cut.Text, cut.Fold
}
