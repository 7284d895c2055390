package htmltext

// This file holds the stack of open elements.

// push opens an element.
func (r *renderer) push(e element) {
	at := len(r.open)
	e.was, e.before, e.outer, e.block, e.quote = r.style, r.last[e.tag], r.outer, r.block, r.quote
	r.last[e.tag] = at
	if e.tag.is(scope) {
		r.outer = at
	}
	if e.tag.is(block) || e.quotes {
		r.block = at
	}
	if e.quotes {
		r.quote = at
		r.depth++
	}
	r.indent += e.indent
	r.style = e.change.of(r.style)
	r.open = append(r.open, e)
}

// pop closes the innermost element.
func (r *renderer) pop() {
	at := len(r.open) - 1
	e := &r.open[at]
	if e.tag == tagQ && r.style&hiding == 0 {
		r.write("\u201d")
	}
	if e.tag == tagCode && e.was&code == 0 {
		r.line.coded = true
	}
	if e.tag.is(block) || r.block == at {
		r.flush()
		switch e.tag {
		case tagTable:
			e.spaced = e.tabular // known from its cells, too
		case tagTd, tagTh:
			r.endCell()
		case tagTr:
			r.endRow(&r.rows[len(r.rows)-1])
			r.rows = r.rows[:len(r.rows)-1]
		case tagPre:
			r.endFence(e)
		case tagP:
			r.word = wordList{}
		case tagH1, tagH2, tagH3, tagH4, tagH5, tagH6, tagLi:
			r.lead = r.lead[:0] // it had no words
		default:
		}
		r.gap = r.gap || e.spaced && len(r.out) > e.lines
	}
	if e.quotes {
		r.depth--
	}
	r.indent -= e.indent
	r.style, r.last[e.tag], r.outer, r.block, r.quote = e.was, e.before, e.outer, e.block, e.quote
	r.open = r.open[:at]
}

// end closes the innermost element of a tag and all that stand open in it; an
// end tag without a beginning is ignored, and so is one whose beginning stands
// outside the table or the cell that the end stands in.
func (r *renderer) end(t tag) {
	switch t {
	case tagA:
		r.endLink()
	case tagBr:
		r.newline()
	default:
	}
	if r.excess > 0 {
		r.excess--
		if t.is(block) {
			r.flush()
		}
		return
	}
	at := r.last[t]
	if at < 0 || at < r.reach(t) {
		if t == tagP {
			r.flush()
		}
		return
	}
	if !t.is(block) && at < r.block {
		r.cancel(at)
		return
	}
	for len(r.open) > at {
		r.pop()
	}
}

// reach is the place on the stack that an end tag doesn't reach beyond.
func (r *renderer) reach(t tag) int {
	switch t {
	case tagTable:
		return -1
	case tagTd, tagTh, tagTr, tagRows:
		return r.last[tagTable]
	case tagLi:
		return max(r.outer, r.last[tagUl], r.last[tagOl])
	default:
	}
	return r.outer
}

// longestCancel is how far up the stack the end of an inline element is heeded
// when blocks stand open in it, since all styles above change with it.
const longestCancel = 64

// cancel ends what an inline element does, which stays open as blocks stand in
// it: <b><div>bold</b> not bold</div>.
func (r *renderer) cancel(at int) {
	if len(r.open)-at > longestCancel {
		return
	}
	e := &r.open[at]
	if e.quotes {
		r.flush()
		r.depth--
		e.quotes = false
	}
	e.change = change{}
	s := e.was
	for i := at; i < len(r.open); i++ {
		r.open[i].was = s
		s = r.open[i].change.of(s)
	}
	r.style = s
}

// implied closes what the beginning of an element ends without an end tag
// (HTML 13.1.2.4).
func (r *renderer) implied(t tag) {
	if p := r.last[tagP]; p >= 0 && p == r.block && (t == tagP || (t.is(block) || t == tagHr) && (p == len(r.open)-1 || r.open[p].change.set&hiding != 0)) {
		r.end(tagP)
	}
	switch t {
	case tagLi:
		if r.last[tagLi] > r.reach(tagLi) {
			r.end(tagLi)
		}
	case tagDd, tagDt:
		for _, other := range [...]tag{tagDd, tagDt} {
			if at := r.last[other]; at >= 0 && at == r.block {
				r.end(other)
			}
		}
	case tagTd, tagTh:
		for _, other := range [...]tag{tagTd, tagTh} {
			if r.last[other] > r.last[tagTable] {
				r.end(other)
			}
		}
	case tagTr, tagRows:
		if r.last[tagTr] > r.last[tagTable] {
			r.end(tagTr)
		}
	default:
	}
}
