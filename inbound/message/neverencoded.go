package message

import (
	"bytes"
	"unicode/utf8"
)

// writtenBytes is how much of a text is looked at to see whether it is encoded.
const writtenBytes = 4 << 10

// longestWord is above what any language writes without a space, and below the
// lines of base64.
const longestWord = 30

// neverEncoded reports whether what is called base64 is words as they stand. It
// is if three quarters of it are in words, a quarter of the first line too, and it
// doesn't decode to UTF-8: base64 mixes capitals and small letters within its
// lines, however they are broken or strewn with spaces.
func neverEncoded(raw []byte) bool {
	sample := raw[:min(len(raw), writtenBytes)]
	first := true        // no line with anything in it was passed
	all, inWords := 0, 0 // letters and digits
	other := false       // something that can't be base64
	for i := 0; i < len(sample); {
		c := sample[i]
		switch {
		case c >= utf8.RuneSelf: // base64 has none
			all++
			inWords++
			i++
		case letterOrDigit(c):
			n := 1
			for i+n < len(sample) && letterOrDigit(sample[i+n]) {
				n++
			}
			all += n
			if isWord(sample[i : i+n]) {
				inWords += n
			}
			i += n
		case c == '\n' && all > 0 && first:
			if 4*inWords < all {
				return false
			}
			first = false
			i++
		case c == '=' || c == '_' && isRule(sample[i:]):
			rest, more := sample[i:], false
			if c == '=' {
				rest, more = afterPadding(rest)
			}
			if !more { // the decoder stops here, too
				sample = sample[:i]
				continue
			}
			i = len(sample) - len(rest)
		default:
			other = other || base64Kind[c] == isJunk
			i++
		}
	}
	if all == 0 {
		return other
	}
	if inWords == 0 || 4*inWords < 3*all {
		return false
	}
	if inWords%4 != 0 && inWords == len(bytes.TrimSpace(raw)) {
		return true // one word, and no whole groups: "OK" would be an "8"
	}
	return !decodesToUTF8(raw)
}

// decodesToUTF8 looks at the beginning of what base64 decodes to.
func decodesToUTF8(raw []byte) bool {
	d := decoder{src: raw, code: base64Code}
	var buf [512]byte
	n := d.decode(buf[:])
	text := buf[:n]
	if n > len(buf)-3 {
		text = trimRune(text)
	}
	for _, c := range text {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != '\f' || c == 0x7f {
			return false
		}
	}
	return n > 0 && utf8.Valid(text)
}

func letterOrDigit(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// isWord reports whether letters and digits are of one kind, but for a capital
// at the beginning.
func isWord(run []byte) bool {
	if len(run) > longestWord {
		return false
	}
	last := run[len(run)-1]
	for i, c := range run {
		// 0x60 are the bits that tell digits, capitals and small letters apart.
		if c&0x60 != last&0x60 && (i > 0 || c&0x60 != 0x40 || last&0x60 != 0x60) {
			return false
		}
	}
	return true
}
