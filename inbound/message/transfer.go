package message

import (
	"bytes"
	"strings"
)

// decodeBody undoes the transfer encoding of a body (RFC 2045 6) into at most
// what is left of Limits.DecodedBytes. A body that needs no decoding is
// returned as it stands, sharing memory with the raw message.
func (p *parser) decodeBody(raw []byte, encoding string) []byte {
	left := int(max(p.budget.decoded, 0))
	var out []byte
	bad, cut := false, false
	switch enc := strings.ToLower(strings.Trim(encoding, " \t\"';")); enc {
	case "base64":
		out, bad, cut = decodeBase64(raw, left)
	case "quoted-printable":
		out, bad, cut = decodeQuotedPrintable(raw, left)
	default:
		if !identity(enc) {
			p.defects.add(UnknownEncoding, enc)
		}
		out = raw[:min(len(raw), left):min(len(raw), left)]
		cut = len(raw) > left
	}
	if bad {
		p.defects.add(BadEncoding, encoding)
	}
	if cut {
		p.defects.add(LimitDecodedBytes, "")
	}
	p.budget.decoded -= int64(len(out))
	return out
}

// identity reports whether a transfer encoding in lower case leaves bytes as
// they are. QUIRK: "7-bit", "8-bit" and a comment after it are written too.
func identity(enc string) bool {
	enc, _, _ = strings.Cut(enc, " ")
	switch enc {
	case "", "7bit", "8bit", "binary", "7-bit", "8-bit", "none":
		return true
	}
	return false
}

// base64Value gives the value of each character of the base64 alphabet and of
// its URL-safe sister; 0xff is none of them.
var base64Value = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xff
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		t[c] = byte(i)
	}
	t['-'], t['_'] = 62, 63
	return t
}()

// decodeBase64 decodes at most limit bytes. It passes over characters outside
// the alphabet, as RFC 2045 6.8 asks, does without padding, and goes on after
// padding in the middle, where some mailers join two encodings.
func decodeBase64(src []byte, limit int) (out []byte, bad, cut bool) {
	out = make([]byte, 0, min(len(src)/4*3+3, limit))
	var acc uint32
	n := 0
	put := func(b byte) bool {
		if len(out) >= limit {
			cut = true
			return false
		}
		out = append(out, b)
		return true
	}
	tail := func() {
		switch n {
		case 2:
			put(byte(acc >> 4))
		case 3:
			if put(byte(acc >> 10)) {
				put(byte(acc >> 2))
			}
		case 1:
			bad = true
		}
		acc, n = 0, 0
	}
	for _, c := range src {
		v := base64Value[c]
		if v == 0xff {
			switch c {
			case '\r', '\n', ' ', '\t':
			case '=':
				tail()
			default:
				bad = true
			}
			continue
		}
		acc = acc<<6 | uint32(v)
		n++
		if n == 4 {
			if !put(byte(acc>>16)) || !put(byte(acc>>8)) || !put(byte(acc)) {
				return out, bad, cut
			}
			acc, n = 0, 0
		}
	}
	tail()
	return out, bad, cut
}

// decodeQuotedPrintable decodes at most limit bytes (RFC 2045 6.7). An equals
// sign that begins no escape stays as it is.
func decodeQuotedPrintable(src []byte, limit int) (out []byte, bad, cut bool) {
	out = make([]byte, 0, min(len(src), limit))
	for len(src) > 0 {
		line, rest := src, []byte(nil)
		eol := false
		if i := bytes.IndexByte(src, '\n'); i >= 0 {
			line, rest, eol = src[:i], src[i+1:], true
		}
		src = rest
		// White space before a line end is padding added on the way.
		line = bytes.TrimRight(line, " \t\r")
		soft := false
		for i := 0; i < len(line); i++ {
			if len(out) >= limit {
				return out, bad, true
			}
			c := line[i]
			if c != '=' {
				out = append(out, c)
				continue
			}
			if i == len(line)-1 {
				soft = true
				break
			}
			if i+2 < len(line) && unhex(line[i+1]) >= 0 && unhex(line[i+2]) >= 0 {
				out = append(out, byte(unhex(line[i+1])<<4|unhex(line[i+2])))
				i += 2
				continue
			}
			bad = true
			out = append(out, c)
		}
		if eol && !soft {
			if len(out)+2 > limit {
				return out, bad, true
			}
			out = append(out, '\r', '\n')
		}
	}
	return out, bad, false
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
