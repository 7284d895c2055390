package apportion

import (
	"strings"

	"github.com/tradepost-mail/tradepost/inbound/htmltext"
)

// line is one line of the answer without its quote marks.
type line struct {
	text  string
	depth int // how deep it is quoted
	// program says that the markup calls the line an introduction, or part of a
	// signature: no person's words.
	introduces, signs bool
	lead              int // where a link target ends that belongs to the line above
	first, last       int // its words [first, last) in answer.words
}

// maxLines is how many lines of an answer are looked at, as in package reply.
const maxLines = 50_000

// maxDepth is where depths of quoting end to differ.
const maxDepth = 9

func plainLines(s string) []line {
	lines := make([]line, 0, min(strings.Count(s, "\n")+1, maxLines))
	for row := range strings.SplitSeq(s, "\n") {
		if len(lines) == maxLines {
			break
		}
		text, depth := unquote(strings.TrimSuffix(row, "\r"))
		lines = append(lines, line{text: text, depth: depth})
	}
	return lines
}

// unquote takes the quote marks of plain text off a line.
func unquote(s string) (rest string, depth int) {
	for {
		t := s
		if depth > 0 {
			t = strings.TrimPrefix(t, " ")
		}
		switch {
		case strings.HasPrefix(t, ">"):
			s = t[1:]
		case strings.HasPrefix(t, "＞"):
			s = t[len("＞"):]
		default:
			if depth > 0 {
				s = t
			}
			return s, min(depth, maxDepth)
		}
		depth++
	}
}

func htmlLines(rows []htmltext.Line) []line {
	lines := make([]line, len(rows))
	for i, r := range rows {
		lines[i] = line{text: r.Text, depth: min(r.Depth, maxDepth), introduces: r.Attribution, signs: r.Signature}
	}
	return lines
}
