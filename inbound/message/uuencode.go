package message

import (
	"bytes"
	"strings"
)

// uuencode undoes the encoding of POSIX uuencode, whose lines begin with their
// length in bytes. What stands before "begin" and after "end" is passed over.
func (d *decoder) uuencode(dst []byte) int {
	n := 0
	for len(d.src) > 0 && n+minRoom <= len(dst) {
		line, rest := nextLine(d.src)
		d.src = rest
		if !d.body {
			if _, ok := uuBegin(line); ok {
				d.body = true
			} else if len(line) > 0 && !bytes.HasPrefix(line, []byte("begin")) && uuLine(line) {
				d.body = true // QUIRK: without a "begin" line
				n += d.uuDecode(dst[n:], line)
			}
			continue
		}
		if string(bytes.TrimSpace(line)) == "end" {
			d.src = nil
			break
		}
		n += d.uuDecode(dst[n:], line)
	}
	return n
}

func (d *decoder) uuDecode(dst, line []byte) int {
	if len(line) == 0 {
		return 0
	}
	want := int((line[0] - ' ') & 0x3f)
	line = line[1:]
	at := func(i int) byte {
		if i >= len(line) {
			return 0 // QUIRK: spaces at the end, which stand for zeros, get lost
		}
		if line[i] < ' ' || line[i] > '`' {
			d.bad = true
		}
		return (line[i] - ' ') & 0x3f
	}
	n := 0
	for i := 0; n < want; i += 4 {
		a, b, c, e := at(i), at(i+1), at(i+2), at(i+3)
		for _, v := range [3]byte{a<<2 | b>>4, b<<4 | c>>2, c<<6 | e} {
			if n < want {
				dst[n] = v
				n++
			}
		}
	}
	return n
}

// uuBegin reads a line "begin 644 name" and returns the name.
func uuBegin(line []byte) (name string, ok bool) {
	if len(line) < 11 || len(line) > 300 || string(line[:6]) != "begin " {
		return "", false
	}
	mode, rest, found := bytes.Cut(line[6:], []byte{' '})
	if !found || len(mode) < 3 || len(mode) > 6 {
		return "", false
	}
	for _, c := range mode {
		if c < '0' || c > '7' {
			return "", false
		}
	}
	name = strings.TrimSpace(string(rest))
	return name, name != ""
}

// uuLine reports whether a line can be one of encoded data: its characters are
// in range, and as many as its length says, give or take what mailers trim and
// the checksum that some add.
func uuLine(line []byte) bool {
	if len(line) == 0 || len(line) > 100 {
		return false
	}
	for _, c := range line {
		if c < ' ' || c > '`' {
			return false
		}
	}
	need := (int((line[0]-' ')&0x3f) + 2) / 3 * 4
	have := len(line) - 1
	return have <= need+2 && (have >= need || have >= need-4 || need > 0 && line[0] != ' ' && have >= need/2)
}

// uuFile is a file found within a text.
type uuFile struct {
	name       string
	start, end int // of the lines from "begin" to "end"
	complete   bool
}

// findUU returns at most limit uuencoded files that stand in a text.
func findUU(text []byte, limit int) (files []uuFile) {
	for pos := 0; pos < len(text) && len(files) < limit; {
		i := bytes.Index(text[pos:], []byte("begin "))
		if i < 0 {
			break
		}
		at := pos + i
		pos = at + len("begin ")
		if at > 0 && text[at-1] != '\n' {
			continue
		}
		line, rest := nextLine(text[at:])
		name, ok := uuBegin(line)
		if !ok {
			continue
		}
		f := uuFile{name: name, start: at}
		lines := 0
		for len(rest) > 0 {
			var next []byte
			line, next = nextLine(rest)
			if string(line) == "end" {
				f.complete = true
				rest = next
				break
			}
			if !uuLine(line) && len(line) > 0 {
				break
			}
			if len(line) > 1 {
				lines++
			}
			rest = next
		}
		f.end = len(text) - len(rest)
		// A sentence that begins so is followed by no line of data.
		if lines > 0 && (f.complete || lines > 2) {
			files = append(files, f)
			pos = f.end
		}
	}
	return files
}

// yEnc undoes yEnc 1.3, in which binary files are posted to newsgroups and now
// and then mailed: each byte is moved by 42, and lines that begin "=y" are about
// the data.
func (d *decoder) yEnc(dst []byte) int {
	n := 0
	for len(d.src) > 0 && n < len(dst) {
		if !d.eol && bytes.HasPrefix(d.src, []byte("=y")) {
			line, rest := nextLine(d.src)
			d.body = d.body || bytes.HasPrefix(line, []byte("=ybegin "))
			if bytes.HasPrefix(line, []byte("=yend")) {
				rest = nil
			}
			d.src = rest
			continue
		}
		c := d.src[0]
		d.src = d.src[1:]
		if c == '\n' {
			d.eol = false
			continue
		}
		d.eol = true // within a line
		if c == '\r' || !d.body {
			continue
		}
		if c == '=' {
			if len(d.src) == 0 {
				d.bad = true
				break
			}
			c = d.src[0] - 64
			d.src = d.src[1:]
		}
		dst[n] = c - 42
		n++
	}
	return n
}
