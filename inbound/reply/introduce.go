package reply

import "strings"

// Introductions reports which of some lines only introduce an answered letter:
// attributions, quoted headers and announcements such as "-----Original
// Message-----", the mark itself and nothing below it. It is for callers who know
// that the letter follows the last line, as they found it by its words, and gives
// one value a line. The lines come without quote marks.
func Introductions(lines []string, h Hints) []bool {
	all := make([]line, 0, len(lines)+1)
	for _, s := range lines {
		all = append(all, newLine(s))
	}
	all = append(all, newLine(">"))
	c := newCutter(all, "", h)
	marks := make([]bool, len(lines))
	for i := 0; i < len(lines); i++ {
		l := &c.lines[i]
		if l.kind != written || l.norm == "" {
			continue
		}
		for _, look := range [...]func(int) *candidate{c.original, c.header, c.attribution, c.notes} {
			f := look(i)
			if f == nil || f.confidence < c.threshold {
				continue
			}
			end := min(f.to, len(lines))
			for j := i; j < end; j++ {
				marks[j] = true
			}
			i = max(i, end-1)
			break
		}
	}
	return marks
}

// PointsBelow reports whether a line says that answers stand further below, in
// what is quoted: "See my comments inline".
func PointsBelow(line string) bool {
	return len(line) <= longest && below.in(strings.ToLower(normal(line)))
}

// SignsOff reports whether a line is how a letter ends: "Kind regards, Maja".
func SignsOff(line string) bool { return len(line) <= longest && isSignOff(normal(line)) }
