package message

import "bytes"

// quotedPrintable undoes RFC 2045 6.7. An equals sign that begins no escape
// stays as it is.
func (d *decoder) quotedPrintable(dst []byte) int {
	n := 0
	for {
		for len(d.line) > 0 {
			if n == len(dst) {
				return n
			}
			if d.line[0] == '=' {
				if c, ok := escape(d.line); ok {
					dst[n] = c
					d.line = d.line[3:]
				} else {
					dst[n] = '='
					d.line = d.line[1:]
				}
				n++
				continue
			}
			run := bytes.IndexByte(d.line, '=')
			if run < 0 {
				run = len(d.line)
			}
			k := copy(dst[n:], d.line[:run])
			d.line = d.line[k:]
			n += k
		}
		if d.eol {
			if n+2 > len(dst) {
				return n
			}
			dst[n], dst[n+1] = '\r', '\n'
			n += 2
			d.eol = false
		}
		if len(d.src) == 0 {
			return n
		}
		d.line, d.eol, d.src = quotedPrintableLine(d.src)
	}
}

// quotedPrintableLine cuts off the first line: without the white space that was
// added on the way, and whether a line end follows that isn't a soft one.
func quotedPrintableLine(src []byte) (line []byte, eol bool, rest []byte) {
	line, rest, eol = bytes.Cut(src, []byte{'\n'})
	end := len(line)
	for end > 0 && (line[end-1] == '\r' || line[end-1] == ' ' || line[end-1] == '\t') {
		end--
	}
	if end > 0 && line[end-1] == '=' {
		end--
		eol = false
	}
	return line[:end], eol, rest
}

// quotedPrintableSize counts what src decodes to.
func quotedPrintableSize(src []byte) (size int64, bad bool) {
	for len(src) > 0 {
		var line []byte
		var eol bool
		line, eol, src = quotedPrintableLine(src)
		size += int64(len(line))
		if eol {
			size += 2
		}
		for {
			i := bytes.IndexByte(line, '=')
			if i < 0 {
				break
			}
			if _, ok := escape(line[i:]); ok {
				size -= 2
				line = line[i+3:]
			} else {
				bad = true
				line = line[i+1:]
			}
		}
	}
	return size, bad
}

// escape reads "=C3" at the beginning of s.
func escape[T string | []byte](s T) (byte, bool) {
	if len(s) < 3 {
		return 0, false
	}
	hi, lo := hexValue[s[1]], hexValue[s[2]]
	return hi<<4 | lo&15, hi|lo < 16
}

// hexValue gives the value of a hexadecimal digit of either case; 0xff is none.
var hexValue = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xff
	}
	for i, c := range []byte("0123456789abcdef") {
		t[c] = byte(i)
		if c >= 'a' {
			t[c-'a'+'A'] = byte(i)
		}
	}
	return t
}()
