package message

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// fromUTF7 turns UTF-7 into UTF-8 (RFC 2152): what stands between "+" and "-"
// is UTF-16 in base64 without padding.
func fromUTF7(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '+' {
			if b[i] < utf8.RuneSelf {
				out = append(out, b[i])
			} else {
				out = utf8.AppendRune(out, utf8.RuneError)
			}
			continue
		}
		i++
		if i < len(b) && b[i] == '-' {
			out = append(out, '+')
			continue
		}
		start := i
		var acc uint32
		bits := 0
		var high rune
		for i < len(b) && base64Kind[b[i]] == isDatum && b[i] != '-' {
			acc = acc<<6 | uint32(base64Value[b[i]])
			bits += 6
			i++
			if bits < 16 {
				continue
			}
			bits -= 16
			unit := rune(acc >> bits & 0xffff)
			switch {
			case high != 0:
				out = utf8.AppendRune(out, utf16.DecodeRune(high, unit))
				high = 0
			case utf16.IsSurrogate(unit):
				high = unit
			default:
				out = utf8.AppendRune(out, unit)
			}
		}
		if high != 0 {
			out = utf8.AppendRune(out, utf8.RuneError)
		}
		if i == start {
			out = append(out, '+') // nothing encoded: a plus that stands for itself
		}
		if i >= len(b) || b[i] != '-' {
			i--
		}
	}
	return out
}

// shiftedHigh turns ISO-2022-KR and the GB 2312 part of ISO-2022-CN (RFC 1557,
// RFC 1922) into the EUC form of the same set: bytes between SO and SI get their
// eighth bit, the escapes that name the set go.
func shiftedHigh(b []byte) []byte {
	out := make([]byte, 0, len(b))
	shifted := false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == 0x1b && i+3 < len(b) && b[i+1] == '$' && (b[i+2] == ')' || b[i+2] == '*'):
			i += 3
		case c == 0x0e:
			shifted = true
		case c == 0x0f:
			shifted = false
		case c == '\n':
			shifted = false // both RFCs want lines to end in ASCII
			out = append(out, c)
		case shifted && c > ' ' && c < 0x7f:
			out = append(out, c|0x80)
		default:
			out = append(out, c)
		}
	}
	return out
}

// isHZ knows HZ (RFC 1843) by its opening bracket with pairs of characters of GB
// 2312 behind it, up to the closing one or the end of the line.
func isHZ(b []byte) bool {
	b = b[:min(len(b), detectBytes)]
	i := bytes.Index(b, []byte("~{"))
	if i < 0 {
		return false
	}
	in := b[i+2:]
	in, _ = nextLine(in)
	j := bytes.Index(in, []byte("~}"))
	if j < 0 {
		j = len(in)
	}
	if j < 4 || j%2 != 0 {
		return false
	}
	for k := 0; k < j; k += 2 {
		if in[k] < 0x21 || in[k] > 0x77 || in[k+1] < 0x21 || in[k+1] > 0x7e {
			return false
		}
	}
	return true
}
