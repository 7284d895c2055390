package apportion

import "slices"

// The answer is laid along the digest by chaining: places where three words in a
// row are the same in both are the points of a plane, and the best path through
// points that rise in both directions says which words are quoted. A path gains
// by each word and loses by each interruption, and more by one in the middle of a
// line, since most people write on lines of their own.
const (
	gainWord   = 3
	gainSingle = 1  // a character of a script without spaces
	gainMark   = 60 // what proves most
	lossBreak  = 8  // of an interruption
	lossBehind = 2  // more, if it begins in the middle of a line
	lossBefore = 3  // more, if it ends there: people write behind rather than before
)

// maxRow bounds the points of one word. Where a word that is everywhere in the
// digest is repeated a million times, the best are kept.
const maxRow = 24

// point says that three words of the answer from i on are those of the digest
// from j on.
type point struct {
	i, j  int32
	prev  int32 // the point before it on the best path to it; -1
	score int32
}

// align finds the words that are quoted.
func (a *answer) align() {
	best := newPeaks(len(a.d.words) + 1)
	var points []point
	rows := [gram + 1][2]int{} // where the points of the last words stand in points
	top := int32(-1)
	var row []int32
	for i := range len(a.words) - gram + 1 {
		// Points of three words before can now be built upon.
		done := rows[(i+1)%(gram+1)]
		for p := done[0]; p < done[1]; p++ {
			q := points[p]
			score := q.score
			if !a.ends(int(q.i) + gram - 1) {
				score -= lossBehind
			}
			best.raise(int(q.j)+gram, score, int32(p))
		}
		from := len(points)
		before := points[rows[(i+gram)%(gram+1)][0]:rows[(i+gram)%(gram+1)][1]]
		row = a.row(row[:0], i, before)
		first := rows[(i+gram)%(gram+1)][0]
		k := 0
		for _, j := range row {
			p := point{i: int32(i), j: j, prev: -1}
			gain := a.gain(i) + a.gain(i+1) + a.gain(i+2)
			loss := int32(lossBreak)
			if !a.starts(i) {
				loss += lossBefore
			}
			p.score = gain - loss
			if score, at := best.below(int(j)); at >= 0 && score > 0 {
				p.score, p.prev = p.score+score, at
			}
			for k < len(before) && before[k].j < j-1 {
				k++
			}
			if k < len(before) && before[k].j == j-1 {
				if score := before[k].score + a.gain(i+gram-1); score > p.score || score == p.score && !a.starts(i) {
					p.score, p.prev = score, int32(first+k)
				}
			}
			points = append(points, p)
			if p.score > 0 && (top < 0 || p.score > points[top].score) {
				top = int32(len(points) - 1)
			}
		}
		rows[i%(gram+1)] = [2]int{from, len(points)}
	}
	a.score = 0
	if top >= 0 {
		a.score = points[top].score
	}
	for p := top; p >= 0; p = points[p].prev {
		for n := range int32(gram) {
			a.state[points[p].i+n], a.at[points[p].i+n] = quoted, points[p].j+n
		}
	}
	a.extend()
	a.alone()
}

// gain is what a word adds to a path.
func (a *answer) gain(i int) int32 {
	switch {
	case a.isMark(i):
		return gainMark
	case a.words[i].single:
		return gainSingle
	}
	return gainWord
}

// row lists the places of the digest with the three words from i on, rising: all
// of them if they are few, else those that go on with a point before, and at the
// beginning of a line some more.
func (a *answer) row(row []int32, i int, before []point) []int32 {
	if !a.eligible(i) || !a.eligible(i+1) || !a.eligible(i+2) {
		return row
	}
	places := a.gram(i)
	if len(places) <= maxPlaces {
		return append(row, places...)
	}
	words := a.d.words
	for _, p := range before {
		j := int(p.j) + 1
		if j+gram <= len(words) && words[j].id == a.ids[i] && words[j+1].id == a.ids[i+1] && words[j+2].id == a.ids[i+2] {
			if row = append(row, int32(j)); len(row) == maxRow {
				break
			}
		}
	}
	if a.starts(i) {
		row = append(row, places...)
		slices.Sort(row)
		row = slices.Compact(row)
	}
	return row
}

// eligible reports whether a word can be quoted.
func (a *answer) eligible(i int) bool {
	return a.state[i] != dropped && !a.own[i] && a.depth(i) >= a.base
}

// extend makes quoted what directly goes on with quoted words in a line of the
// digest, and what exactly fills the room between two: the end of a line that a program wrapped without
// giving it quote marks.
func (a *answer) extend() {
	words := a.d.words
	for i := 0; i < len(a.words); {
		if a.state[i] == quoted {
			i++
			continue
		}
		from := i
		for i < len(a.words) && a.state[i] != quoted {
			i++
		}
		lo, hi := -1, len(words) // of the digest, exclusive
		if from > 0 {
			lo = int(a.at[from-1])
		}
		if i < len(a.words) {
			hi = int(a.at[i])
		}
		to := i
		wrapped := a.depth(from) < a.base || !a.starts(from)
		if from > 0 && i < len(a.words) && wrapped && hi-lo == to-from+1 && a.same(from, lo+1, to-from) {
			a.quote(from, lo+1, to-from)
			continue
		}
		for ; from > 0 && from < to && lo+1 < hi && a.eligible(from) && words[lo+1].id == a.ids[from] && !words[lo+1].starts; from++ {
			lo++
			a.quote(from, lo, 1)
		}
		for ; i < len(a.words) && to > from && hi-1 > lo && a.eligible(to-1) && words[hi-1].id == a.ids[to-1] && !words[hi-1].ends; to-- {
			hi--
			a.quote(to-1, hi, 1)
		}
	}
}

// same reports whether n words of the answer are those of the digest.
func (a *answer) same(i, j, n int) bool {
	for k := range n {
		if a.state[i+k] == dropped || a.own[i+k] || a.d.words[j+k].id != a.ids[i+k] {
			return false
		}
	}
	return true
}

func (a *answer) quote(i, j, n int) {
	for k := range n {
		a.state[i+k], a.at[i+k] = quoted, int32(j+k)
	}
}

// alone finds what is too short for a path and is ours all the same: marks, short
// lines of the frame that stand alone and, where what was typed is told from what
// is quoted, any short lines.
func (a *answer) alone() {
	lo := -1
	next := a.nextPlaces()
	a.told = a.tellsApart()
	for n := range a.lines {
		l := &a.lines[n]
		if l.first == l.last {
			continue
		}
		if a.untouched(l) && l.last-l.first <= 12 && a.eligible(l.first) {
			s, ok := a.frameWithin(l, lo, next[l.last-1])
			if !ok && a.told {
				s, ok = a.within(l, lo, next[l.last-1])
			}
			if ok {
				a.quote(l.first, s.from, s.to-s.from)
			}
		}
		for i := l.first; i < l.last; i++ {
			if a.state[i] == fresh && a.isMark(i) && a.eligible(i) {
				if at := a.d.markAt[-2-a.ids[i]]; at > lo && at < next[i] {
					a.quote(i, at, 1)
				}
			}
			if a.state[i] == quoted {
				lo = int(a.at[i])
			}
		}
	}
}

func (a *answer) untouched(l *line) bool {
	for i := l.first; i < l.last; i++ {
		if a.state[i] != fresh {
			return false
		}
	}
	return true
}

// nextPlaces is, for each word, the place of the next quoted one after it.
func (a *answer) nextPlaces() []int {
	next := make([]int, len(a.words))
	hi := len(a.d.words)
	for i := len(a.words) - 1; i >= 0; i-- {
		next[i] = hi
		if a.state[i] == quoted {
			hi = int(a.at[i])
		}
	}
	return next
}

// frameWithin finds a line among those of the frame between two places of the
// digest: in the item that lo is of, or else the only one there, if it is of more
// than one word or its item goes on at hi. One word is a name that somebody may
// have signed with.
func (a *answer) frameWithin(l *line, lo, hi int) (span, bool) {
	var found span
	n := 0
	for _, s := range a.d.frames[key(a.ids[l.first:l.last])] {
		if s.from <= lo || s.to > hi {
			continue
		}
		if lo >= 0 && a.d.words[s.from].region == a.d.words[lo].region {
			return s, true
		}
		found = s
		n++
	}
	if n != 1 {
		return found, false
	}
	goesOn := hi < len(a.d.words) && a.d.words[hi].region == a.d.words[found.from].region
	return found, goesOn || found.to-found.from > 1
}

// tellsApart reports whether something new stands less deep than the quote, between
// quoted words: whoever wrote that hasn't written into the quote.
func (a *answer) tellsApart() bool {
	begun, shallow := false, false
	for i, s := range a.state {
		if s == quoted {
			if shallow {
				return true
			}
			begun = true
		}
		shallow = shallow || begun && s == fresh && a.depth(i) < a.base
	}
	return false
}

// within finds the words of a line between two places of the digest, as
// frameWithin does.
func (a *answer) within(l *line, lo, hi int) (span, bool) {
	n := l.last - l.first
	places := a.d.spots[a.ids[l.first]]
	if n >= gram {
		places = a.gram(l.first)
	}
	var found span
	several := 0
	for _, j := range places {
		s := span{int(j), int(j) + n}
		if s.from <= lo || s.to > hi || !a.same(l.first, s.from, n) {
			continue
		}
		if lo >= 0 && a.d.words[s.from].region == a.d.words[lo].region {
			return s, true
		}
		found = s
		several++
	}
	return found, several == 1 && n > 1
}

// peaks answers "what is the best score at a place below j": a Fenwick tree of
// maxima.
type peaks struct {
	score []int32
	point []int32
}

func newPeaks(n int) *peaks {
	p := &peaks{make([]int32, n+1), make([]int32, n+1)}
	for i := range p.point {
		p.point[i] = -1
	}
	return p
}

// raise notes a score at place j.
func (p *peaks) raise(j int, score, point int32) {
	for i := j + 1; i < len(p.score); i += i & -i {
		if p.point[i] < 0 || score > p.score[i] {
			p.score[i], p.point[i] = score, point
		}
	}
}

// below returns the best score at places up to j; at is -1 if there is none.
func (p *peaks) below(j int) (score, at int32) {
	at = -1
	for i := j + 1; i > 0; i -= i & -i {
		if p.point[i] >= 0 && (at < 0 || p.score[i] > score) {
			score, at = p.score[i], p.point[i]
		}
	}
	return score, at
}
