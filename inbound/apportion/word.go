package apportion

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// word is what is compared: a run of letters and digits, one character in scripts
// without spaces (lines are wrapped anywhere there), a symbol, or a piece of a
// link. Punctuation isn't, as programs exchange quotes, dashes and spaces.
type word struct {
	norm     string
	line     int
	from, to int // bytes of the line; all words of a link have the link's
	// glued is where a link target ends that follows the word, as programs add
	// them: "Open<https://…>", "[Open](https://…)". It shares the word's fate.
	glued   int
	gluedAt int // where that target begins
	link    bool
	single  bool // one character of a script without spaces
	bracket bool // directly in square brackets
	faint   bool // punctuation that is nobody's answer
}

// scanner cuts a line into words.
type scanner struct {
	s     string
	line  int
	words []word // of all lines so far
	begin int    // the first of this line
	clear int    // no link begins before this offset
	open  bool   // the line before ended within a link in angle brackets
	lead  int    // where a link target ends that begins the line
}

// scan appends the words of one line.
func (sc *scanner) scan(s string, number int) {
	sc.s, sc.line, sc.begin, sc.clear, sc.lead = s, number, len(sc.words), 0, 0
	i := 0
	if sc.open {
		i = sc.closing()
	}
	for i < len(s) {
		c := s[i]
		if c <= ' ' {
			i++
			continue
		}
		if i >= sc.clear {
			if end := sc.linkAt(i); end > i {
				i = end
				continue
			}
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case isWordRune(r):
			i = sc.word(i, r, size)
		case isSymbol(r):
			sc.add(s[i:i+size], i, i+size)
			i += size
		default:
			i += size
		}
	}
	if len(sc.words) == sc.begin && !strings.ContainsFunc(s, isWordRune) {
		sc.expression()
	}
}

func (sc *scanner) add(folded string, from, to int) {
	w := word{norm: folded, line: sc.line, from: from, to: to, glued: to, gluedAt: to}
	w.bracket = from > 0 && sc.s[from-1] == '[' && to < len(sc.s) && (sc.s[to] == ']' || strings.HasPrefix(sc.s[to:], `\]`))
	sc.words = append(sc.words, w)
}

// word reads letters, digits and what hangs on them.
func (sc *scanner) word(i int, r rune, size int) int {
	from, alone := i, isUnspaced(r)
	i += size
	for i < len(sc.s) {
		r, size := utf8.DecodeRuneInString(sc.s[i:])
		if !isWordRune(r) && !isIgnorable(r) || !unicode.IsMark(r) && !isIgnorable(r) && (alone || isUnspaced(r)) {
			break
		}
		i += size
	}
	sc.add(fold(sc.s[from:i]), from, i)
	sc.words[len(sc.words)-1].single = alone
	return i
}

// fold brings a word into the form that is compared.
func fold(s string) string {
	ascii := true
	for i := range len(s) {
		if s[i] >= 0x80 {
			ascii = false
			break
		}
	}
	if ascii {
		return strings.ToLower(s)
	}
	s = strings.Map(func(r rune) rune {
		if isIgnorable(r) {
			return -1
		}
		return r
	}, s)
	return strings.ToLower(norm.NFKC.String(s))
}

func isWordRune(r rune) bool {
	if r < 0x80 {
		return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)) && !isIgnorable(r)
}

// isIgnorable reports whether a rune only shapes what stands beside it, and may
// get lost.
func isIgnorable(r rune) bool {
	return r >= 0x80 && (r == '\u00ad' || r == '\u034f' || r == '\u061c' || r >= '\u200b' && r <= '\u200f' || r >= '\u202a' && r <= '\u202e' ||
		r >= '\u2060' && r <= '\u2069' || r == '\ufeff' || r >= '\ufe00' && r <= '\ufe0f')
}

// isUnspaced reports whether a script is written without spaces between words,
// or may be wrapped within them (Hangul, by UAX #14).
func isUnspaced(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao,
		unicode.Khmer, unicode.Myanmar, unicode.Tibetan) || r == 'ー'
}

// isSymbol reports whether a rune says something by itself: "👍", "✓", "€".
func isSymbol(r rune) bool {
	if r < 0x80 {
		return r == '$' || r == '%'
	}
	return r != utf8.RuneError && !isIgnorable(r) && (unicode.Is(unicode.So, r) || unicode.Is(unicode.Sc, r) || unicode.Is(unicode.Sm, r)) && r != 'ᐧ'
}

// expression makes a word of a line without any, unless it is a ruler: "?", ":-)",
// "--" as people name themselves, or sign.
func (sc *scanner) expression() {
	s := strings.Trim(sc.s, " \t\u00a0*#_\\>|")
	if s == "" || len(s) > 40 || len(s) > 2 && strings.Trim(s, "-=~+─━—–.… ") == "" {
		return
	}
	from := strings.Index(sc.s, s)
	sc.add(s, from, from+len(s))
	says := strings.ContainsAny(s, "?!¿") || len(s) <= 3 && strings.ContainsAny(s, ":;") && strings.ContainsAny(s, ")(") || s == "+"
	sc.words[len(sc.words)-1].faint = !says
}

// linkAt reads a link or an address that begins at i, or returns i. Between
// linkAt and clear there is none.
func (sc *scanner) linkAt(i int) int {
	s := sc.s
	end := i
	for end < len(s) && isLinkByte(s[end]) {
		end++
	}
	sc.clear = max(end, i+1)
	if end == i {
		return i
	}
	span := s[i:end]
	at := strings.Index(span, "://")
	if at >= 0 {
		for at > 0 && (span[at-1]|0x20 >= 'a' && span[at-1]|0x20 <= 'z') {
			at--
		}
	} else if at = strings.Index(strings.ToLower(span[:min(len(span), 7)]), "mailto:"); at < 0 {
		if sign := strings.IndexByte(span, '@'); sign <= 0 || sign == len(span)-1 || !strings.Contains(span[sign:], ".") {
			return i
		}
		at = 0
	}
	if at > 0 { // "Open:https://…"
		sc.clear = i + at
		return i
	}
	end = i + len(strings.TrimRight(span, ".,;:!?'*_"))
	from := i
	closing := byte(0)
	if i > 0 && s[i-1] == '<' {
		closing = '>'
	} else if i > 1 && s[i-2:i] == "](" {
		closing = ')'
	}
	if closing != 0 && len(sc.words) > 0 {
		stop := strings.IndexByte(s[end:min(len(s), end+2_000)], closing)
		if stop < 0 && closing == '>' {
			sc.open, stop = true, len(s)-end-1
		}
		if stop >= 0 && !strings.ContainsAny(strings.TrimRight(s[end:end+stop], " "), " \t") {
			sc.glue(from, end+stop+1, closing)
			return end + stop + 1
		}
		sc.open = false
	}
	sc.pieces(s[i:end], i, end)
	return end
}

// glue makes a link target part of the word before it.
func (sc *scanner) glue(from, end int, closing byte) {
	w := &sc.words[len(sc.words)-1]
	if closing == ')' {
		from-- // "]("
	}
	from--
	if w.line != sc.line {
		sc.lead = end // wrapped, so that it begins a line
		return
	}
	if w.glued == w.to {
		w.gluedAt = from
	}
	w.glued = end
}

// closing goes on with a link in angle brackets that was wrapped: it is that
// link's to the bracket, if no space stands before it.
func (sc *scanner) closing() int {
	sc.open = false
	stop := strings.IndexByte(sc.s[:min(len(sc.s), 2_000)], '>')
	if stop < 0 || strings.ContainsAny(sc.s[:stop], " \t") {
		return 0
	}
	sc.lead = stop + 1
	return stop + 1
}

// pieces adds the words of a link. What a filter made of it (Outlook's Safe Links)
// counts as the link within.
func (sc *scanner) pieces(link string, from, to int) {
	first := len(sc.words)
	inner := sc.begin
	for piece := range strings.FieldsFuncSeq(unwrapped(link), func(r rune) bool { return !isWordRune(r) }) {
		sc.add(fold(piece), from, to)
		sc.words[len(sc.words)-1].link = true
	}
	if len(sc.words) == first && inner <= first {
		sc.add(link, from, to)
	}
}

// unwrapped is a link without scheme and query of an address, or the link that
// it carries in its query.
func unwrapped(link string) string {
	if len(link) > 4_000 {
		return link[:4_000]
	}
	if strings.Contains(link, "%") {
		if plain, err := url.PathUnescape(link); err == nil {
			link = plain
		}
	}
	if at := strings.LastIndex(link, "://"); at > 0 {
		link = link[at+3:]
		if query := strings.IndexAny(link, "&"); query >= 0 {
			link = link[:query]
		}
		return strings.TrimPrefix(link, "www.")
	}
	if len(link) > 7 && strings.EqualFold(link[:7], "mailto:") {
		link = link[7:]
		if query := strings.IndexByte(link, '?'); query >= 0 {
			link = link[:query]
		}
	}
	return link
}

func isLinkByte(c byte) bool {
	return c > ' ' && c < 0x7f && strings.IndexByte(`<>()[]{}"|\^`+"`", c) < 0
}
