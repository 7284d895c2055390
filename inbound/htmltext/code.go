package htmltext

import (
	"bytes"
	"slices"
)

// endCode puts the backticks around a span of code: one more than it holds in a
// row, and than stand before it on the line (CommonMark 6.1).
func (r *renderer) endCode() {
	w := &r.line
	if w.code < 0 {
		return
	}
	span := r.text[w.code:]
	if len(span) == 0 {
		w.code = -1
		return
	}
	ticks := slices.Repeat([]byte{'`'}, max(longestRun(span, '`'), w.ticks)+1)
	if span[0] == '`' || span[len(span)-1] == '`' {
		r.text = append(append(r.text, ' '), ticks...)
		r.text = slices.Insert(r.text, w.code, append(ticks, ' ')...)
	} else {
		r.text = append(r.text, ticks...)
		r.text = slices.Insert(r.text, w.code, ticks...)
	}
	w.code, w.marked, w.opened = -1, len(r.text), 0
}

// longestRun returns how often c stands in a row at most.
func longestRun(s []byte, c byte) int {
	longest, n := 0, 0
	for _, b := range s {
		if b == c {
			n++
			longest = max(longest, n)
		} else {
			n = 0
		}
	}
	return longest
}

// beginFence writes the fence above the code of a <pre> that begins with <code>.
func (r *renderer) beginFence() bool {
	if r.fenced || r.block < 0 || r.line.begun || r.style&hiding != 0 {
		return false
	}
	e := &r.open[r.block]
	if e.tag != tagPre || e.lines != len(r.out) {
		return false
	}
	r.literal("```")
	if r.ended {
		return true
	}
	r.fenced = true
	e.fence = len(r.out)
	return true
}

// endFence writes the fence below it. Where the code holds such a line itself,
// both become longer (CommonMark 4.5).
func (r *renderer) endFence(e *element) {
	if e.fence == 0 {
		return
	}
	r.fenced = false
	top := e.fence - 1
	from := r.ends[top]
	fence := slices.Repeat([]byte{'`'}, max(3, longestRun(r.text[min(from, len(r.text)):], '`')+1))
	if more := len(fence) - 3; more > 0 {
		r.text = slices.Insert(r.text, from, bytes.Repeat([]byte{'`'}, more)...)
		for i := top; i < len(r.ends); i++ {
			r.ends[i] += more
		}
	}
	r.gap = false
	r.literal(string(fence))
}

// leading returns how often c stands at the beginning.
func leading(s string, c byte) int {
	n := 0
	for n < len(s) && s[n] == c {
		n++
	}
	return n
}
