package message

import (
	"strings"
	"unicode/utf8"
)

// decodeHeader decodes the encoded words of an unstructured field or a phrase
// (RFC 2047) and returns valid UTF-8 without control characters.
//
// QUIRK: also taken are words with spaces inside, a missing final "?=", words
// that stand in quotes or touch other text, a language suffix (RFC 2231 5), and
// characters split over two words, which section 5 forbids and many write.
func decodeHeader(s string) string {
	if !strings.Contains(s, "=?") {
		return cleanHeader(guess([]byte(s)))
	}
	var out strings.Builder
	var pending []byte // decoded bytes of adjacent words in the same charset
	pendingCharset := ""
	flush := func() {
		if len(pending) > 0 {
			text, _ := decodeCharset(pending, pendingCharset)
			out.WriteString(text)
		}
		pending, pendingCharset = nil, ""
	}
	end := 0 // the first "?=" at or after the point last asked; only moves forward
	lastEnd := func(from int) int {
		if end >= 0 && end < from {
			i := strings.Index(s[from:], "?=")
			if i < 0 {
				end = -1
			} else {
				end = from + i
			}
		}
		return end
	}
	pos := 0
	afterWord := false
	for pos < len(s) {
		i := strings.Index(s[pos:], "=?")
		if i < 0 {
			break
		}
		start := pos + i
		charset, enc, textAt, ok := wordStart(s, start)
		if !ok {
			flush()
			out.WriteString(guess([]byte(s[pos : start+2])))
			pos, afterWord = start+2, false
			continue
		}
		stop, next := lastEnd(textAt), 0
		if stop < 0 {
			stop = textAt + strings.IndexAny(s[textAt:]+" ", " \t")
			next = stop
		} else {
			next = stop + 2
		}
		// White space between two encoded words isn't shown (RFC 2047 6.2).
		if between := s[pos:start]; !afterWord || strings.TrimSpace(between) != "" {
			flush()
			out.WriteString(guess([]byte(between)))
		}
		if pendingCharset != charset {
			flush()
			pendingCharset = charset
		}
		pending = append(pending, decodeWord(s[textAt:stop], enc)...)
		pos, afterWord = next, true
	}
	flush()
	out.WriteString(guess([]byte(s[pos:])))
	return cleanHeader(out.String())
}

// wordStart reads "=?charset?Q?" at start and says where the text begins.
func wordStart(s string, start int) (charset string, enc byte, textAt int, ok bool) {
	rest := s[start+2:]
	i := strings.IndexByte(rest[:min(len(rest), 64)], '?')
	if i <= 0 || i+2 >= len(rest) || rest[i+2] != '?' {
		return "", 0, 0, false
	}
	enc = rest[i+1] | 0x20
	if enc != 'q' && enc != 'b' {
		return "", 0, 0, false
	}
	charset, _, _ = strings.Cut(rest[:i], "*")
	if strings.ContainsAny(charset, " \t\"<>") {
		return "", 0, 0, false
	}
	return strings.ToLower(charset), enc, start + 2 + i + 3, true
}

func decodeWord(text string, enc byte) []byte {
	if enc == 'b' {
		b, _, _ := decodeBase64([]byte(text), len(text))
		return b
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '_':
			out = append(out, ' ')
		case c == '=' && i+2 < len(text) && unhex(text[i+1]) >= 0 && unhex(text[i+2]) >= 0:
			out = append(out, byte(unhex(text[i+1])<<4|unhex(text[i+2])))
			i += 2
		default:
			out = append(out, c)
		}
	}
	return out
}

// cleanHeader makes valid UTF-8 and replaces control characters by spaces: a
// decoded word may hold line ends, which must not reach a header or a log.
func cleanHeader(s string) string {
	clean := true
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] == 0x7f {
			clean = false
			break
		}
	}
	if !clean {
		s = strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f {
				return ' '
			}
			return r
		}, s)
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return strings.TrimSpace(s)
}
