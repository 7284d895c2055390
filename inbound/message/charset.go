package message

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"
)

// decodeCharset turns b into valid UTF-8. The kind is "" when the charset was
// known and fitted, else UnknownCharset or BadCharset and the text a guess.
func decodeCharset(b []byte, label string) (string, DefectKind) {
	return decodeText(b, label, math.MaxInt)
}

// decodeText is decodeCharset for a text of which at most most bytes of UTF-8
// are wanted. What is declared counts, unless the bytes say plainly otherwise:
//
//   - by a byte order mark or the escapes of ISO-2022;
//   - by being UTF-8 of several bytes a character where a charset of one byte a
//     character is declared, which no text in one is by chance;
//   - by not being what is declared at all.
func decodeText(b []byte, label string, most int) (string, DefectKind) {
	cs, known := lookup(label)
	var kind DefectKind
	if !known {
		kind = UnknownCharset
	}
	if marked, ok := byMark(b); ok {
		if cs.form != wide && cs.form != utf8Form && label != "" {
			kind = BadCharset
		}
		return marked.decode(b, most), kind
	}
	if !known {
		return guess(b, most), kind
	}
	switch cs.form {
	case undeclared:
		return guess(b, most), ""
	case utf8Form:
		if utf8.Valid(b) {
			return cut(b, most), ""
		}
		if good, bad := multibyte(b); good < bad {
			// QUIRK: called UTF-8 without being it.
			return guess(b, most), BadCharset
		}
		return strings.ToValidUTF8(cut(b, most), "\uFFFD"), BadCharset
	case oneByte:
		if ascii(b) {
			if bytes.Contains(b, []byte("\x1b$")) {
				return guess(b, most), BadCharset
			}
			return cut(b, most), ""
		}
		if utf8.Valid(b) {
			return cut(b, most), BadCharset
		}
		if other, ok := misdeclared(b, cs); ok {
			return other.decode(b, most), BadCharset
		}
	case severalBytes:
		if ascii(b) && !bytes.ContainsAny(b, "\x1b\x0e~") {
			return cut(b, most), ""
		}
		if !ascii(b) && utf8.Valid(b) {
			if text := cs.decode(b, most); !strings.Contains(text, "\uFFFD") {
				return text, ""
			}
			return cut(b, most), BadCharset
		}
	case sevenBits:
		if !ascii(b) {
			// QUIRK: called ISO-2022 or HZ, or UTF-7, with 8-bit characters.
			return guess(b, most), BadCharset
		}
	case wide:
		if len(b) > 1 && !bytes.Contains(b, []byte{0}) && utf8.Valid(b) && !wideText(b, cs) {
			return cut(b, most), BadCharset
		}
	}
	return cs.decode(b, most), ""
}

// wideText reports whether bytes without a NUL make sense as UTF-16: text in
// Chinese has none.
func wideText(b []byte, cs charset) bool {
	if len(b)%2 != 0 || ascii(b) {
		return false
	}
	return !strings.Contains(cs.decode(b[:min(len(b), 2048)&^1], 8192), "\uFFFD")
}

// cut makes a string of at most most bytes of b.
func cut(b []byte, most int) string {
	if len(b) > most {
		b = trimRune(b[:most])
	}
	return string(b)
}

// trimRune drops a character of UTF-8 that was cut through at the end.
func trimRune(b []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
		c := b[len(b)-i]
		if utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

// decode turns b into valid UTF-8 and stops when it has most bytes. What doesn't
// fit becomes U+FFFD.
func (cs charset) decode(b []byte, most int) string {
	if cs.prepare != nil {
		b = cs.prepare(b)
	}
	if cs.enc == nil {
		return strings.TrimPrefix(strings.ToValidUTF8(cut(b, most), "\uFFFD"), "\uFEFF")
	}
	t := cs.enc.NewDecoder().Transformer
	size := len(b) + len(b)/4 + 16
	if cs.form == oneByte && len(b) > 256 {
		// What a sample grows to tells of the rest.
		high, sample := 0, b[:256]
		for _, c := range sample {
			high += int(c >> 7)
		}
		size = len(b) + len(b)*high/100 + 64
	}
	out := make([]byte, min(size, most))
	n := 0
	for {
		nDst, nSrc, err := t.Transform(out[n:], b, true)
		n, b = n+nDst, b[nSrc:]
		if !errors.Is(err, transform.ErrShortDst) || len(out) >= most {
			break
		}
		longer := make([]byte, min(2*len(out)+16, most))
		copy(longer, out[:n])
		out = longer
	}
	return strings.TrimPrefix(strings.ToValidUTF8(string(trimRune(out[:n])), "\uFFFD"), "\uFEFF")
}

// byMark knows a charset by its byte order mark.
func byMark(b []byte) (charset, bool) {
	if len(b) < 2 || b[0] != 0xef && b[0] != 0xfe && b[0] != 0xff && b[0] != 0 {
		return charset{}, false
	}
	for _, m := range [...]struct{ mark, label string }{
		{"\xef\xbb\xbf", "utf-8"},
		{"\xff\xfe\x00\x00", "utf-32"},
		{"\x00\x00\xfe\xff", "utf-32"},
		{"\xff\xfe", "utf-16"},
		{"\xfe\xff", "utf-16"},
	} {
		// An even number: in windows-1252 the mark is "ÿþ", an odd thing to
		// begin a text with.
		if bytes.HasPrefix(b, []byte(m.mark)) && (m.label == "utf-8" || len(b)%2 == 0) {
			return lookup(m.label)
		}
	}
	return charset{}, false
}

// multibyte counts the valid characters of UTF-8 beyond ASCII, and the bytes
// beyond ASCII that are none.
func multibyte(b []byte) (good, bad int) {
	for len(b) > 0 {
		if b[0] < utf8.RuneSelf {
			b = b[1:]
			continue
		}
		_, n := utf8.DecodeRune(b)
		if n > 1 {
			good++
		} else {
			bad++
		}
		b = b[n:]
	}
	return good, bad
}

// misdeclared finds the charset of a text in one byte a character that isn't in
// the one declared.
func misdeclared(b []byte, cs charset) (charset, bool) {
	// QUIRK: Windows' superset is called by the standard's name. What it has more
	// are control characters there.
	if sibling, ok := windowsSibling[cs.enc]; ok {
		for _, c := range b {
			if c >= 0x80 && c < 0xa0 && c != 0x85 {
				return charset{form: oneByte, enc: sibling}, true
			}
		}
	}
	if cs.enc == charmap.Windows1252 && mostlyBeyondASCII(b) {
		// QUIRK: Latin by name, while no Latin text has that many accents.
		if other := detect(b); other.enc != charmap.Windows1252 && !latin(other.enc) {
			return other, true
		}
	}
	return charset{}, false
}

var windowsSibling = map[encoding.Encoding]encoding.Encoding{
	charmap.ISO8859_2:  charmap.Windows1250,
	charmap.ISO8859_5:  charmap.Windows1251,
	charmap.ISO8859_6:  charmap.Windows1256,
	charmap.ISO8859_7:  charmap.Windows1253,
	charmap.ISO8859_8:  charmap.Windows1255,
	charmap.ISO8859_13: charmap.Windows1257,
	charmap.ISO8859_15: charmap.Windows1252,
}

// mostlyBeyondASCII reports whether more than half of the letters are.
func mostlyBeyondASCII(b []byte) bool {
	high, letters := 0, 0
	for _, c := range b[:min(len(b), detectBytes)] {
		switch {
		case c >= 0xa0:
			high++
		case 'a' <= c|0x20 && c|0x20 <= 'z':
			letters++
		}
	}
	return high >= 6 && high > letters
}

// guess decodes bytes of which no charset is known: by the escapes of ISO-2022
// and HZ, as UTF-8 if they are valid as that, else by what their letters would
// make in each charset.
func guess(b []byte, most int) string {
	if cs, ok := byMark(b); ok {
		return cs.decode(b, most)
	}
	if _, tail, ok := bytes.Cut(b, []byte{0x1b}); ok {
		switch {
		case bytes.HasPrefix(tail, []byte("$)C")):
			return charset{enc: korean.EUCKR, prepare: shiftedHigh}.decode(b, most)
		case bytes.HasPrefix(tail, []byte("$)A")), bytes.HasPrefix(tail, []byte("$)G")):
			return charset{enc: simplifiedchinese.GBK, prepare: shiftedHigh}.decode(b, most)
		case bytes.HasPrefix(tail, []byte("$")), bytes.HasPrefix(tail, []byte("(J")), bytes.HasPrefix(tail, []byte("(I")):
			return charset{enc: japanese.ISO2022JP}.decode(b, most)
		}
	}
	if cs, ok := wideWithoutMark(b); ok {
		return cs.decode(b, most)
	}
	if utf8.Valid(b) {
		if isHZ(b) {
			return charset{enc: simplifiedchinese.HZGB2312}.decode(b, most)
		}
		return cut(b, most)
	}
	switch good, bad := multibyte(b); {
	case good > 3*bad:
		return strings.ToValidUTF8(cut(b, most), "\uFFFD") // UTF-8 that was cut or damaged
	case good > 2 && good >= bad:
		return mixed(b, most)
	}
	return detect(b).decode(b, most)
}

// mixed decodes a text in UTF-8 into which one in windows-1252 was pasted. QUIRK:
// programs that put texts together without asking.
func mixed(b []byte, most int) string {
	var out strings.Builder
	for len(b) > 0 && out.Len() < most {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			r = charmap.Windows1252.DecodeByte(b[0])
		}
		if out.Len()+utf8.RuneLen(r) > most {
			break
		}
		out.WriteRune(r)
		b = b[n:]
	}
	return out.String()
}

// wideWithoutMark knows UTF-16 in a Latin script by its NULs, which stand in
// every other place and in no other charset.
func wideWithoutMark(b []byte) (charset, bool) {
	b = b[:min(len(b), 512)&^1]
	if len(b) < 4 || bytes.IndexByte(b, 0) < 0 {
		return charset{}, false
	}
	even, odd := 0, 0
	for i := 0; i < len(b); i += 2 {
		if b[i] == 0 {
			even++
		}
		if b[i+1] == 0 {
			odd++
		}
	}
	switch half := len(b) / 2; {
	case even*10 >= half*7 && odd*10 < half:
		return lookup("utf-16be")
	case odd*10 >= half*7 && even*10 < half:
		return lookup("utf-16le")
	}
	return charset{}, false
}
