package message

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

// What a character is to one who counts base64.
const (
	isSpace = 0
	isDatum = 1
	isJunk  = 2 // to be passed over
	isStop  = 4 // padding, and what may be a line drawn under the data
)

// base64Kind says what each character is; isDatum is 1 so that it can be summed.
var base64Kind = func() (t [256]byte) {
	for i, v := range base64Value {
		t[i] = isDatum
		if v == 0xff {
			t[i] = isJunk
		}
	}
	t['\r'], t['\n'], t[' '], t['\t'] = isSpace, isSpace, isSpace, isSpace
	t['='], t['_'] = isStop, isStop
	return t
}()

// base64Size counts what src decodes to, as the decoder would do it but without
// the bits.
func base64Size(src []byte) (size int64, bad bool) {
	n := int64(0) // characters since the last padding
	group := func() {
		size += n / 4 * 3
		switch n % 4 {
		case 1:
			bad = true
		case 2, 3:
			size += n%4 - 1
		}
		n = 0
	}
	for {
		read, chars, junk := base64Run(src)
		src = src[read:]
		n += int64(chars)
		bad = bad || junk
		switch {
		case len(src) == 0:
			group()
			return size, bad
		case src[0] == '=':
			group()
			var more bool
			if src, more = afterPadding(src); !more {
				return size, true
			}
		default: // a rule
			group()
			return size, true
		}
	}
}

// base64Run counts the characters of base64 at the beginning of src, up to
// padding or a rule.
func base64Run(src []byte) (read, chars int, junk bool) {
	t := &base64Kind
	seen := byte(0)
	for len(src)-read >= 8 {
		s := src[read : read+8]
		a, b, c, d := t[s[0]], t[s[1]], t[s[2]], t[s[3]]
		e, f, g, h := t[s[4]], t[s[5]], t[s[6]], t[s[7]]
		all := a | b | c | d | e | f | g | h
		if all&isStop != 0 {
			break
		}
		seen |= all
		chars += int(a&1 + b&1 + c&1 + d&1 + e&1 + f&1 + g&1 + h&1)
		read += 8
	}
	for ; read < len(src); read++ {
		k := t[src[read]]
		if k == isStop {
			if src[read] == '=' || isRule(src[read:]) {
				break
			}
			k = isDatum
		}
		seen |= k
		chars += int(k & 1)
	}
	return read, chars, seen&isJunk != 0
}

// base64 passes over characters outside the alphabet, as RFC 2045 6.8 asks, and
// does without padding. QUIRK: it goes on after padding in the middle, where
// some mailers join two encodings; but what a mailing list put under the last
// line isn't taken for data.
func (d *decoder) base64(dst []byte) int {
	t, kind := &base64Value, &base64Kind
	src, n := d.src, 0
	for n+3 <= len(dst) {
		if d.n == 0 {
			for len(src) >= 4 && n+3 <= len(dst) {
				if (kind[src[0]]|kind[src[1]]|kind[src[2]]|kind[src[3]]) != isDatum ||
					kind[src[0]]&kind[src[1]]&kind[src[2]]&kind[src[3]] != isDatum {
					break
				}
				v := uint32(t[src[0]])<<18 | uint32(t[src[1]])<<12 | uint32(t[src[2]])<<6 | uint32(t[src[3]])
				dst[n], dst[n+1], dst[n+2] = byte(v>>16), byte(v>>8), byte(v)
				n += 3
				src = src[4:]
			}
			if n+3 > len(dst) {
				break
			}
		}
		if len(src) == 0 {
			n += d.group(dst[n:])
			break
		}
		c := src[0]
		switch kind[c] {
		case isDatum:
		case isStop:
			if c == '=' {
				n += d.group(dst[n:])
				src, _ = afterPadding(src)
				continue
			}
			if isRule(src) {
				src = nil
				continue
			}
		default: // white space or junk
			src = src[1:]
			for len(src) > 0 && kind[src[0]]&^isJunk == 0 {
				src = src[1:]
			}
			continue
		}
		d.acc = d.acc<<6 | uint32(t[c])
		if d.n++; d.n == 4 {
			n += d.group(dst[n:])
		}
		src = src[1:]
	}
	d.src = src
	return n
}

// group writes the bytes of a group of characters, complete or not.
func (d *decoder) group(dst []byte) int {
	n := 0
	switch d.n {
	case 2:
		dst[0], n = byte(d.acc>>4), 1
	case 3:
		dst[0], dst[1], n = byte(d.acc>>10), byte(d.acc>>2), 2
	case 4:
		dst[0], dst[1], dst[2], n = byte(d.acc>>16), byte(d.acc>>8), byte(d.acc), 3
	}
	d.acc, d.n = 0, 0
	return n
}

// afterPadding returns what follows padding; nothing, and false, if that is
// other text.
func afterPadding(src []byte) (rest []byte, ok bool) {
	newLine := false
	n := 0
	for n < len(src) && (src[n] == '=' || base64Kind[src[n]] == isSpace) {
		newLine = newLine || src[n] == '\n'
		n++
	}
	if newLine && n < len(src) && !base64Line(src[n:]) {
		return nil, false
	}
	return src[n:], true
}

// isRule knows the line that Mailman draws over a list's footer.
func isRule(src []byte) bool {
	return len(src) >= 20 && src[1] == '_' && string(src[:20]) == "____________________"
}

// base64Line reports whether the line that src begins with can be base64.
func base64Line(src []byte) bool {
	for _, c := range src[:min(len(src), 100)] {
		switch {
		case c == '\n' || c == '=':
			return true
		case base64Value[c] > 63 && base64Kind[c] != isSpace || c == '-' || c == '_':
			return false
		}
	}
	return true
}
