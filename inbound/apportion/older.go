package apportion

import "github.com/tradepost-mail/tradepost/inbound/reply"

// older finds where, below the digest, an older mail begins: an introduction with
// nothing of this digest below that another digest couldn't have, which is its
// marks and its messages. Names and our own sentences stand in every digest.
func (a *answer) older(h reply.Hints) {
	last := -1 // the last word that only this digest has
	for _, b := range a.blocks() {
		var gain int32
		for i := b.from; i < b.to; i++ {
			if a.isMark(i) {
				last = i
			}
			if !a.d.words[a.at[i]].frame {
				if gain += a.gain(i); gain >= likely {
					last = i
				}
			}
		}
	}
	if last < 0 {
		return
	}
	if n := a.introduction(a.words[last].line+1, h); n >= 0 {
		a.end = a.lines[n].first
	}
}

// introduction returns the first line from begin on that introduces a mail, among
// those without anything quoted; -1 if there is none.
func (a *answer) introduction(begin int, h reply.Hints) int {
	for from := begin; from < len(a.lines); {
		if !a.written(from) {
			from++
			continue
		}
		to := from
		for to < len(a.lines) && (a.lines[to].first == a.lines[to].last || a.written(to)) {
			to++
		}
		texts := make([]string, to-from)
		for n := range texts {
			texts[n] = a.lines[from+n].text
		}
		for n, is := range reply.Introductions(texts, h) {
			if is || a.lines[from+n].introduces {
				return from + n
			}
		}
		from = to
	}
	return -1
}

// written reports whether all of a line is new.
func (a *answer) written(n int) bool {
	l := &a.lines[n]
	for i := l.first; i < l.last; i++ {
		if a.state[i] == quoted {
			return false
		}
	}
	return l.last > l.first
}
