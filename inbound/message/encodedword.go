package message

import (
	"strings"
	"unicode/utf8"
)

// decodeHeader decodes the encoded words of an unstructured field or a phrase
// (RFC 2047) and returns valid UTF-8 without control characters. Bytes beyond
// ASCII outside of encoded words are read as charset where they aren't UTF-8.
//
// QUIRK: also taken are words with spaces inside, a missing final "?=", words
// that stand in quotes or touch other text, a language suffix (RFC 2231 5), a
// wrong letter for the encoding, and characters and base64 groups split over two
// words, which section 5 forbids and many write.
func decodeHeader(s, charset string) string {
	if !strings.Contains(s, "=?") {
		return cleanHeader(rawText(s, charset))
	}
	d := wordDecoder{raw: charset}
	d.out.Grow(len(s))
	ends := searcher{s: s, what: "?="}
	pos := 0
	afterWord := false
	for pos < len(s) {
		i := strings.Index(s[pos:], "=?")
		if i < 0 {
			break
		}
		start := pos + i
		w, ok := wordStart(s, start)
		if !ok {
			d.plain(s[pos : start+2])
			pos, afterWord = start+2, false
			continue
		}
		// White space between two encoded words isn't shown (RFC 2047 6.2).
		if between := s[pos:start]; !afterWord || strings.TrimSpace(between) != "" {
			d.plain(between)
		}
		text, next := w.text(s, &ends)
		d.word(w, text)
		pos, afterWord = next, true
	}
	d.plain(s[pos:])
	return cleanHeader(d.out.String())
}

// rawText reads bytes that stand in a header without being encoded.
func rawText(s, charset string) string {
	if ascii(s) || utf8.ValidString(s) && !strings.Contains(s, "\x1b") {
		return s
	}
	text, _ := decodeCharset([]byte(s), charset)
	return text
}

// searcher finds a string again and again from places that only move forward,
// and looks at each byte once.
type searcher struct {
	s, what string
	at      int // the first at or after the place last asked for; -1 for none
	asked   bool
}

func (f *searcher) from(i int) int {
	if !f.asked || f.at >= 0 && f.at < i {
		f.asked = true
		f.at = strings.Index(f.s[i:], f.what)
		if f.at >= 0 {
			f.at += i
		}
	}
	return f.at
}

// word is the beginning of an encoded word.
type word struct {
	charset string
	code    byte // 'q' or 'b'
	textAt  int
}

// wordStart reads "=?charset?Q?" at start and says where the text begins.
func wordStart(s string, start int) (w word, ok bool) {
	rest := s[start+2:]
	i := strings.IndexByte(rest[:min(len(rest), 64)], '?')
	if i <= 0 || i+2 >= len(rest) || rest[i+2] != '?' {
		return word{}, false
	}
	w.charset, _, _ = strings.Cut(rest[:i], "*")
	if strings.ContainsAny(w.charset, " \t\"<>") {
		return word{}, false
	}
	w.code = rest[i+1] | 0x20
	w.textAt = start + 2 + i + 3
	if w.code != 'q' && w.code != 'b' {
		if !known(w.charset) {
			return word{}, false
		}
		w.code = 0
	}
	return w, true
}

// text returns the text of a word and where the word ends.
func (w word) text(s string, ends *searcher) (text string, next int) {
	stop := ends.from(w.textAt)
	// A question mark that should have been encoded, before an escape.
	for n := 0; stop >= 0 && w.code == 'q' && n < 8 && escaped(s[stop+1:]) && laterEnd(s[stop+2:]); n++ {
		stop = ends.from(stop + 2)
	}
	next = stop + 2
	if stop < 0 {
		stop = len(s)
		if i := strings.IndexAny(s[w.textAt:], " \t"); i >= 0 {
			stop = w.textAt + i
		}
		next = stop
	}
	for at := w.textAt; ; {
		i := strings.Index(s[at:stop], "=?")
		if i < 0 {
			break
		}
		at += i
		if _, ok := wordStart(s, at); ok {
			next, stop = at, at // another word begins before this one has ended
			break
		}
		at += 2
	}
	text = s[w.textAt:stop]
	if next == stop {
		text = strings.TrimRight(text, " \t?")
	}
	return text, next
}

func escaped(s string) bool {
	_, ok := escape(s)
	return ok
}

// laterEnd reports whether "?=" stands in s before white space.
func laterEnd(s string) bool {
	s = s[:min(len(s), 200)]
	if i := strings.IndexAny(s, " \t"); i >= 0 {
		s = s[:i]
	}
	return strings.Contains(s, "?=") && !strings.Contains(s, "=?")
}

// wordDecoder puts together what words and the text between them decode to.
type wordDecoder struct {
	out     strings.Builder
	raw     string // charset of bytes outside of words
	charset string // of pending
	pending []byte // decoded bytes of adjacent words in the same charset
	half    string // base64 that ended within a group
}

func (d *wordDecoder) plain(s string) {
	d.flush()
	d.out.WriteString(rawText(s, d.raw))
}

func (d *wordDecoder) word(w word, text string) {
	code := w.code
	if code != 'q' && escapes(text) {
		code = 'q' // QUIRK: the wrong letter, or none that is known
	} else if code == 0 {
		code = 'b'
	}
	if !strings.EqualFold(d.charset, w.charset) || code != 'b' {
		d.endGroup()
	}
	if !strings.EqualFold(d.charset, w.charset) {
		d.flush()
		d.charset = w.charset
	}
	if code == 'q' {
		d.pending = appendQ(d.pending, text)
		return
	}
	if d.half != "" {
		text = d.half + text
		d.half = ""
	}
	if len(text)%4 != 0 && len(text) < 512 && !strings.ContainsAny(text, "= \t") {
		d.half = text
		return
	}
	d.pending = appendBase64(d.pending, text)
}

// escapes reports whether text that is said to be base64 is Q encoding.
func escapes(text string) bool {
	for i := 0; i+2 < len(text) && i < 200; i++ {
		if text[i] == '=' && escaped(text[i:]) {
			return true
		}
	}
	return false
}

func (d *wordDecoder) endGroup() {
	if d.half != "" {
		d.pending = appendBase64(d.pending, d.half)
		d.half = ""
	}
}

func (d *wordDecoder) flush() {
	d.endGroup()
	if len(d.pending) > 0 {
		text, _ := decodeCharset(d.pending, d.charset)
		d.out.WriteString(text)
	}
	d.pending, d.charset = d.pending[:0], ""
}

func appendBase64(out []byte, text string) []byte {
	d := decoder{src: []byte(text), code: base64Code}
	at := len(out)
	out = append(out, make([]byte, len(text)/4*3+minRoom)...)
	n := 0
	for {
		k := d.base64(out[at+n:])
		if k == 0 {
			return out[:at+n]
		}
		n += k
	}
}

func appendQ(out []byte, text string) []byte {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '_':
			out = append(out, ' ')
		case '=':
			if e, ok := escape(text[i:]); ok {
				out = append(out, e)
				i += 2
				continue
			}
			out = append(out, c)
		default:
			out = append(out, c)
		}
	}
	return out
}

// cleanHeader makes valid UTF-8 and replaces control characters by spaces: a
// decoded word may hold line ends, which must not reach a header or a log.
func cleanHeader(s string) string {
	clean, plain := true, true
	for i := range len(s) {
		clean = clean && s[i] >= ' ' && s[i] != 0x7f
		plain = plain && s[i] < utf8.RuneSelf
	}
	if !clean {
		s = strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f {
				return ' '
			}
			return r
		}, s)
	}
	if !plain {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return strings.TrimSpace(s)
}
