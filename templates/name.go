package templates

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

const (
	// nameRunes bounds the work a hostile name causes: what lies beyond is
	// never shown, since no name has more than 40 graphemes.
	nameRunes = 2_000
	// clusterRunes bounds one grapheme. The longest emoji in use (a kiss or
	// a family with four skin tones) has 11 code points; stacked combining
	// marks have no bound of their own.
	clusterRunes = 12
)

// CleanName makes a stranger's name fit for a header, a heading and a line of
// text: one line, no control characters, no bidirectional controls or other
// invisible format characters (ZWJ and ZWNJ stay: Indic and Persian names and
// emoji need them), spaces collapsed, "=?" broken so that no client takes it
// for an encoded-word (RFC 2047), at most [MaxName] graphemes, the last being
// "…" when it was longer. A name is never shortened at its space: 山田 太郎 is
// one name. The result is empty when nothing visible is left.
func CleanName(name string) string {
	return cut(cleanLine(name), MaxName)
}

// SafeName is [CleanName], or fallback where the name could be taken for
// somebody else's: it holds an address ("@" with something on each side), a
// link ("://"), or the market's name in any spelling of case, space and
// punctuation. It is also the fallback where nothing visible is left.
func SafeName(name, market, fallback string) string {
	return safeName(name, fold(market), fallback)
}

// safeName is [SafeName] for a market that is folded already.
func safeName(name, folded, fallback string) string {
	clean := cleanLine(name)
	if visible(clean) == "" || holdsAddress(clean) || holdsMarket(clean, folded) {
		return fallback
	}
	return cut(clean, MaxName)
}

func (l *Letters) safeName(name, fallback string) string { return safeName(name, l.folded, fallback) }

// cleanLine is CleanName without the cut.
func cleanLine(s string) string {
	if plainASCII(s) {
		return s
	}
	var b strings.Builder
	n, space, last := 0, false, rune(0)
	for _, r := range s { // invalid UTF-8 arrives as U+FFFD
		if n++; n > nameRunes {
			break
		}
		// The separators of lines and pages are controls, but they stood
		// between words.
		if unicode.IsSpace(r) {
			space = b.Len() > 0
			continue
		}
		if hidden(r) || unicode.IsControl(r) {
			continue
		}
		if space || (last == '=' && r == '?') {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
		last = r
	}
	return strings.TrimRight(b.String(), " ")
}

// plainASCII reports whether cleanLine would change nothing: the usual case,
// without an allocation.
func plainASCII(s string) bool {
	if len(s) > nameRunes {
		return false
	}
	last := byte(' ')
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c > '~' || (c == ' ' && last == ' ') || (last == '=' && c == '?') {
			return false
		}
		last = c
	}
	return s == "" || last != ' '
}

// hidden reports format characters and other code points that a reader cannot
// see (Unicode's default ignorables) but a filter, a cursor or the order of
// the line would feel.
func hidden(r rune) bool {
	switch r {
	case '\u200c', '\u200d': // ZWNJ, ZWJ
		return false
	}
	return unicode.Is(unicode.Bidi_Control, r) ||
		unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) ||
		(unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r))
}

// visible is s without what has no ink of its own: joiners, combining marks,
// variation selectors, spaces.
func visible(s string) string {
	if s != "" && s[0] > ' ' && s[0] < 0x7f && s[len(s)-1] > ' ' && s[len(s)-1] < 0x7f {
		return s
	}
	return strings.TrimFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsMark(r) || r == '\u200c' || r == '\u200d' || r == '\u2800' // Braille blank
	})
}

// holdsAddress looks for an at sign (ASCII, small or fullwidth) with
// something on each side, spaces or not, and for a link.
func holdsAddress(s string) bool {
	if strings.Contains(s, "://") {
		return true
	}
	for i, r := range s {
		if r != '@' && r != '\ufe6b' && r != '\uff20' {
			continue
		}
		if strings.TrimSpace(s[:i]) != "" && strings.TrimSpace(s[i+utf8.RuneLen(r):]) != "" {
			return true
		}
	}
	return false
}

func holdsMarket(s, folded string) bool {
	if folded == "" {
		return false
	}
	if ascii(s) {
		return foldedASCIIHolds(s, folded)
	}
	return strings.Contains(fold(s), folded)
}

// foldedASCIIHolds is strings.Contains(fold(s), folded) for an s of ASCII,
// without a copy: nearly every name is one.
func foldedASCIIHolds(s, folded string) bool {
	for start := range len(s) {
		if c := foldByte(s[start]); c == folded[0] && foldedASCIIBegins(s[start:], folded) {
			return true
		}
	}
	return false
}

func foldedASCIIBegins(s, folded string) bool {
	matched := 0
	for i := range len(s) {
		switch c := foldByte(s[i]); {
		case c == 0:
		case c != folded[matched]:
			return false
		default:
			if matched++; matched == len(folded) {
				return true
			}
		}
	}
	return false
}

// foldByte is one byte of [fold], 0 where it drops it.
func foldByte(c byte) byte {
	switch {
	case c >= 'A' && c <= 'Z':
		return c + 'a' - 'A'
	case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		return c
	}
	return 0
}

// fold keeps letters and digits, lower-cased, fullwidth forms as ASCII.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '\uff01' && r <= '\uff5e' {
			r -= '\uff01' - '!'
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(unicode.ToUpper(r))
	}, s)
}

// cut returns at most n graphemes of s, the last being "…" when s had more.
func cut(s string, n int) string {
	if len(s) <= n && plainASCII(s) {
		return s
	}
	var b strings.Builder
	rest, state := s, -1
	kept := 0 // bytes of b that a cut would keep
	for i := 0; rest != ""; i++ {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if i == n {
			return strings.TrimRight(b.String()[:kept], " ") + "…"
		}
		b.WriteString(firstRunes(cluster, clusterRunes))
		if i < n-1 {
			kept = b.Len()
		}
	}
	return b.String()
}

// firstRunes returns the first n code points of s.
func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// graphemes counts what a reader calls characters.
func graphemes(s string) int {
	if plainASCII(s) {
		return len(s)
	}
	return uniseg.GraphemeClusterCount(s)
}

// rightToLeft reports a letter of a right-to-left script.
func rightToLeft(s string) bool { return !ascii(s) && strings.ContainsFunc(s, runsLeft) }

// runsLeft reports the blocks that Unicode reserves for scripts from right to left.
func runsLeft(r rune) bool {
	return r >= 0x590 && r <= 0x8ff || r >= 0xfb1d && r <= 0xfdff || r >= 0xfe70 && r <= 0xfefe ||
		r >= 0x10800 && r <= 0x10fff || r >= 0x1e800 && r <= 0x1efff
}

// direction is the way a line runs.
type direction uint8

const (
	noDirection direction = iota // no letter says it
	toRight
	toLeft
)

// directionOf is that of the first letter, as dir=auto sees it (UAX #9, rule P2).
func directionOf(line string) direction {
	for _, r := range line {
		switch {
		case !unicode.IsLetter(r):
		case runsLeft(r):
			return toLeft
		default:
			return toRight
		}
	}
	return noDirection
}

// isolated sets apart what would turn the words around it, in text (UAX #9, 2.6).
func isolated(s string) string {
	const first, pop = "\u2068", "\u2069"
	if !rightToLeft(s) {
		return s
	}
	return first + s + pop
}
