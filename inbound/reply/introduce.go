package reply

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

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

// Closing returns what stands behind the words with which a line ends a letter,
// " Maja" of "Kind regards Maja", and whether there are such words. Of a word that
// is only known by its beginning the end is left out.
func Closing(line string) (rest string, ok bool) {
	if len(line) > longest || !isSignOff(normal(line)) {
		return "", false
	}
	line = strings.TrimLeft(plainMarks(normal(line)), "-–—~ ")
	words := 0 // of the longest sign-off that the line begins with
	for _, p := range signOffs {
		after, found := strings.CutPrefix(strings.ToLower(line), p)
		if !found || ok && len(p) <= words {
			continue
		}
		words, ok = len(p), true
		// Lower case may have other lengths: what is left is counted in letters.
		rest = lastRunes(line, utf8.RuneCountInString(after))
		if first, _ := utf8.DecodeRuneInString(rest); unicode.IsLetter(first) && first < 0x2e80 {
			rest = strings.TrimLeftFunc(rest, unicode.IsLetter)
		}
	}
	return rest, ok
}

// lastRunes is the end of a text, n letters long.
func lastRunes(s string, n int) string {
	at := len(s)
	for ; n > 0 && at > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(s[:at])
		at -= size
	}
	return s[at:]
}
