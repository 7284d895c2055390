package main

import (
	"fmt"
	"slices"
	"strings"
)

// Bounds of a diff: what is compared line by line, in cells of its table, and
// what is shown.
const (
	diffCells   = 1 << 20 // about a thousand lines on either side that differ
	diffLines   = 200
	diffContext = 3
)

// edit is a line of a diff: kept (' '), taken out ('-') or put in ('+').
type edit struct {
	kind byte
	text string
}

// unifiedDiff shows how text a becomes b, in the unified format; "" if they are
// the same. Texts that differ in too many lines are shown as replaced.
func unifiedDiff(a, b string) string {
	if a == b {
		return ""
	}
	edits := diff(lines(a), lines(b))
	var out strings.Builder
	shown := 0
	for at, inA, inB := 0, 1, 1; at < len(edits); {
		// From the next change, with what is around it, to the last one that is
		// no more than twice the context further on.
		first := at
		for first < len(edits) && edits[first].kind == ' ' {
			first++
		}
		if first == len(edits) {
			break
		}
		end, kept := first, 0
		for i := first; i < len(edits) && kept <= 2*diffContext; i++ {
			if kept++; edits[i].kind != ' ' {
				end, kept = i+1, 0
			}
		}
		start := max(at, first-diffContext)
		inA, inB = inA+start-at, inB+start-at // kept lines, on both sides
		end = min(end+diffContext, len(edits))
		hunk := edits[start:end]
		n, m := 0, 0
		for _, e := range hunk {
			if e.kind != '+' {
				n++
			}
			if e.kind != '-' {
				m++
			}
		}
		fmt.Fprintf(&out, "@@ -%s +%s @@\n", span(inA, n), span(inB, m))
		for i, e := range hunk {
			if shown++; shown > diffLines {
				fmt.Fprintf(&out, "… %d lines and what follows are not shown\n", len(hunk)-i)
				return out.String()
			}
			fmt.Fprintf(&out, "%c%s\n", e.kind, e.text)
		}
		at, inA, inB = end, inA+n, inB+m
	}
	return out.String()
}

// span is a hunk's place: an empty one begins after the line before it.
func span(from, n int) string {
	if n == 0 {
		from--
	}
	if n == 1 {
		return fmt.Sprint(from)
	}
	return fmt.Sprintf("%d,%d", from, n)
}

func lines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

// diff finds the shortest way from a to b by the table of longest common
// subsequences.
func diff(a, b []string) []edit {
	var edits []edit
	keep := func(kind byte, lines []string) {
		for _, l := range lines {
			edits = append(edits, edit{kind, l})
		}
	}
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	keep(' ', a[:head])
	end := a[len(a)-tail:]
	a, b = a[head:len(a)-tail], b[head:len(b)-tail]
	if len(a)*len(b) > diffCells {
		keep('-', a)
		keep('+', b)
		keep(' ', end)
		return edits
	}
	// common[i*w+j] is the length of the longest common subsequence of a[i:] and b[j:].
	w := len(b) + 1
	common := make([]int32, (len(a)+1)*w)
	for i, lineA := range slices.Backward(a) {
		for j, lineB := range slices.Backward(b) {
			if lineA == lineB {
				common[i*w+j] = common[(i+1)*w+j+1] + 1
			} else {
				common[i*w+j] = max(common[(i+1)*w+j], common[i*w+j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			edits = append(edits, edit{' ', a[i]})
			i++
			j++
		case common[(i+1)*w+j] >= common[i*w+j+1]:
			edits = append(edits, edit{'-', a[i]})
			i++
		default:
			edits = append(edits, edit{'+', b[j]})
			j++
		}
	}
	keep('-', a[i:])
	keep('+', b[j:])
	keep(' ', end)
	return edits
}
