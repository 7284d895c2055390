package inspect

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// columns returns how many columns of a terminal a character takes (UAX #11).
func columns(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	}
	if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
		return 2
	}
	return 1
}

func columnsOf(s string) int {
	n := 0
	for _, r := range s {
		n += columns(r)
	}
	return n
}

// wrap breaks one line into rows of at most limit columns, at spaces where there
// are any, and returns at most the first most rows, and whether they are all. It
// looks at no more of the line than it returns.
func wrap(line string, limit, most int) (rows []string, all bool) {
	limit = max(limit, 10)
	for len(rows) < most {
		end := fit(line, limit)
		if end == len(line) {
			return append(rows, line), true
		}
		at := end
		if i := strings.LastIndexByte(line[:end+1], ' '); i > end/2 {
			at = i
		}
		rows = append(rows, strings.TrimRight(line[:at], " "))
		if line = strings.TrimLeft(line[at:], " "); line == "" {
			return rows, true
		}
	}
	return rows, false
}

// fit returns how many bytes of line have room in limit columns. Marks that take
// no column are bounded, since any number of them may stand on a letter.
func fit(line string, limit int) int {
	n, marks := 0, 0
	for i, r := range line {
		c := columns(r)
		if c == 0 {
			marks++
		}
		if n += c; n > limit || marks > 4*limit {
			return i
		}
	}
	return len(line)
}

func pad(s string, n int) string {
	return s + strings.Repeat(" ", max(n-utf8.RuneCountInString(s), 0))
}
