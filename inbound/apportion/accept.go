package apportion

import "github.com/tradepost-mail/tradepost/inbound/reply"

// block is a stretch of words as it stands in the digest.
type block struct {
	from, to int // words of the answer
}

func (a *answer) blocks() []block {
	var all []block
	for i := 0; i < len(a.words); {
		if a.state[i] != quoted {
			i++
			continue
		}
		from := i
		i++
		for i < len(a.words) && a.state[i] == quoted && a.at[i] == a.at[i-1]+1 {
			i++
		}
		all = append(all, block{from, i})
	}
	return all
}

// Of what found a place in the digest, short pieces may be a person's own words:
// "before Christmas". Gains of words from which on a piece is quoted for certain,
// and from which on if it is whole lines of both.
const (
	surely = 12 * gainWord
	likely = 4 * gainWord
)

// match finds what is quoted. What turns out to be too little for a quote took the
// place of nothing: then the rest is laid along the digest again without it.
func (a *answer) match() {
	const passes = 4
	for range passes {
		a.align()
		if !a.accept() {
			return
		}
		for i := range a.state {
			if a.state[i] == quoted {
				a.state[i] = fresh
			}
		}
	}
	a.align()
	a.accept()
}

// accept gives back to the writer what is too little to be a quote, and reports
// whether there was any.
func (a *answer) accept() bool {
	rejected := a.edges()
	all := a.blocks()
	keep := make([]bool, len(all))
	for n, b := range all {
		keep[n] = a.stands(b) || n > 0 && a.joins(all[n-1], b) || n+1 < len(all) && a.joins(b, all[n+1])
	}
	for n, b := range all {
		if keep[n] {
			continue
		}
		rejected = true
		for i := b.from; i < b.to; i++ {
			a.reject(i)
		}
	}
	return rejected
}

// reject says that a word is the writer's own.
func (a *answer) reject(i int) { a.state[i], a.own[i] = fresh, true }

// edges gives back the words with which somebody begins or ends a line of their
// own and that the digest happens to have next: up to two, not at an end of its
// lines.
func (a *answer) edges() bool {
	const most = 2
	rejected := false
	for n := range a.lines {
		l := &a.lines[n]
		head := l.first
		for head < l.last && a.state[head] == quoted {
			head++
		}
		if head == l.last {
			continue
		}
		if n := head - l.first; n > 0 && n <= most && !a.d.words[a.at[head-1]].ends && !a.isMark(head-1) {
			for i := l.first; i < head; i++ {
				a.reject(i)
			}
			rejected = true
		}
		tail := l.last
		for tail > head && a.state[tail-1] == quoted {
			tail--
		}
		if n := l.last - tail; n > 0 && n <= most && !a.d.words[a.at[tail]].starts && !a.isMark(tail) {
			for i := tail; i < l.last; i++ {
				a.reject(i)
			}
			rejected = true
		}
	}
	return rejected
}

// stands reports whether a block is a quote by itself.
func (a *answer) stands(b block) bool {
	var gain int32
	frame := true
	for i := b.from; i < b.to; i++ {
		if gain += a.gain(i); a.isMark(i) {
			return true
		}
		frame = frame && a.d.words[a.at[i]].frame
	}
	if gain >= surely {
		return true
	}
	first, last := a.d.words[a.at[b.from]], a.d.words[a.at[b.to-1]]
	whole := first.starts && last.ends
	starts, ends := a.starts(b.from), a.ends(b.to-1)
	if !starts || !ends {
		// Somebody wrote before or behind whole lines of the digest.
		return whole && gain >= 2*likely && (starts || ends || a.words[b.from].line < a.words[b.to-1].line)
	}
	if a.told || a.shallowAround(b) {
		return true
	}
	// Programs that show links as labels leave a line out of which the link is
	// missing.
	next := int(a.at[b.to-1]) + 1
	label := next < len(a.d.words) && a.d.words[next].link
	return whole && gain >= likely || frame && first.starts && (last.ends || label)
}

// shallowAround reports whether a block is deeper than what was written around it.
func (a *answer) shallowAround(b block) bool {
	return a.base > 0 && (b.from == 0 || a.depth(b.from-1) < a.base) && (b.to == len(a.words) || a.depth(b.to) < a.base)
}

// joins reports whether two blocks are one line of the digest into which somebody
// wrote: each begins or ends a line of it, on its outer side, or is long enough.
func (a *answer) joins(b, c block) bool {
	if a.at[b.to-1]+1 != a.at[c.from] || a.d.words[a.at[c.from]].starts || b.to-b.from < 2 || c.to-c.from < 2 {
		return false
	}
	return (a.d.words[a.at[b.from]].starts || a.gains(b) >= likely) && (a.d.words[a.at[c.to-1]].ends || a.gains(c) >= likely)
}

// gains is what the words of a block add to a path.
func (a *answer) gains(b block) int32 {
	var gain int32
	for i := b.from; i < b.to; i++ {
		gain += a.gain(i)
	}
	return gain
}

// introductions drops what mail programs put above the digest that they quote.
// Two of them, apart, say that it stands in a mail that was answered in turn.
func (a *answer) introductions(h reply.Hints) {
	a.clearAbove(h)
	first := a.firstQuoted()
	if first == len(a.words) {
		return
	}
	end := a.words[first].line
	texts := make([]string, end)
	for n := range texts {
		texts[n] = a.lines[n].text
	}
	groups, inside := 0, false
	begin := -1 // the line of the first introduction
	for n, is := range reply.Introductions(texts, h) {
		is = is || a.lines[n].introduces
		l := &a.lines[n]
		if l.first == l.last {
			continue // empty, or a ruler
		}
		if is {
			if !inside {
				groups++
			}
			if begin < 0 {
				begin = n
			}
			a.drop(l)
		}
		inside = is
	}
	if groups < 2 {
		return
	}
	a.nested = true
	for n := begin; n < end; n++ {
		a.drop(&a.lines[n])
	}
}

// clearAbove gives back what was taken for quoted above an introduction, if most
// of the digest stands below: a name with which somebody signed.
func (a *answer) clearAbove(h reply.Hints) {
	total := 0
	for _, s := range a.state {
		if s == quoted {
			total++
		}
	}
	n := a.introduction(0, h)
	if n < 0 {
		return
	}
	before := 0
	for i := range a.lines[n].first {
		if a.state[i] == quoted {
			before++
		}
	}
	if 4*before >= total {
		return
	}
	for i := range a.lines[n].first {
		if a.state[i] == quoted {
			a.reject(i)
		}
	}
}

func (a *answer) drop(l *line) {
	for i := l.first; i < l.last; i++ {
		a.state[i] = dropped
	}
}

func (a *answer) firstQuoted() int {
	for i, s := range a.state {
		if s == quoted {
			return i
		}
	}
	return len(a.state)
}
