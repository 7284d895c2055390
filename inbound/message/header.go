package message

import (
	"bytes"
	"iter"
	"strings"
)

// Header holds the fields of one header block in order of appearance. Names
// are compared without regard to case (RFC 5322 1.2.2). The zero Header is
// empty.
type Header struct {
	fields []field
}

type field struct {
	name  string // as written, without trailing space
	value string // unfolded and trimmed, otherwise as written
}

// Get returns the first field of that name with encoded words decoded
// (RFC 2047), as valid UTF-8 without control characters; "" if there is none.
func (h Header) Get(name string) string { return decodeHeader(h.Raw(name)) }

// Raw returns the first field of that name unfolded and trimmed but otherwise
// as written, perhaps with 8-bit bytes that aren't UTF-8; "" if there is none.
func (h Header) Raw(name string) string {
	for i := range h.fields {
		if strings.EqualFold(h.fields[i].name, name) {
			return h.fields[i].value
		}
	}
	return ""
}

// Has reports whether there is a field of that name, empty or not.
func (h Header) Has(name string) bool {
	for i := range h.fields {
		if strings.EqualFold(h.fields[i].name, name) {
			return true
		}
	}
	return false
}

// Values returns all fields of that name, each decoded as by [Header.Get].
func (h Header) Values(name string) []string {
	var vs []string
	for n, v := range h.All() {
		if strings.EqualFold(n, name) {
			vs = append(vs, decodeHeader(v))
		}
	}
	return vs
}

// All yields every field as written: its name, and its value as [Header.Raw]
// would give it.
func (h Header) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, f := range h.fields {
			if !yield(f.name, f.value) {
				return
			}
		}
	}
}

// Len returns the number of fields.
func (h Header) Len() int { return len(h.fields) }

// fieldName returns the name before the colon of a header line, and whether the
// line is one: printable ASCII but the colon, perhaps white space after it
// (RFC 5322 2.2 and 4.5).
func fieldName(line []byte) (string, bool) {
	i := bytes.IndexByte(line, ':')
	if i <= 0 {
		return "", false
	}
	name := bytes.TrimRight(line[:i], " \t")
	if len(name) == 0 || len(name) > 200 {
		return "", false
	}
	for _, c := range name {
		if c <= ' ' || c >= 0x7f {
			return "", false
		}
	}
	return string(name), true
}

func isWSP(c byte) bool { return c == ' ' || c == '\t' }

// nextLine cuts the first line off b: the line without its end, and what
// follows. Line ends are LF with any number of CR before it.
func nextLine(b []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(b, []byte{'\n'})
	return bytes.TrimRight(line, "\r"), rest
}

// header reads a header block at the cursor and leaves the cursor at the body.
// It stops before a boundary line of an enclosing multipart too, since a part
// may end within its header.
func (p *parser) header() Header {
	var h Header
	var value []byte // of the field being read
	name := ""
	full := false
	flush := func() {
		if name != "" {
			h.fields = append(h.fields, field{name, string(bytes.TrimSpace(value))})
		}
		name, value, full = "", value[:0], false
	}
	add := func(b []byte) {
		if room := p.lim.FieldBytes - len(value); len(b) > room {
			if !full {
				p.defects.add(LimitFieldBytes, name)
				full = true
			}
			b = b[:max(room, 0)]
		}
		value = append(value, b...)
	}
	start, lines, over := p.pos, 0, false
	for p.pos < len(p.raw) {
		at := p.pos
		line, rest := nextLine(p.raw[at:])
		if len(line) == 0 {
			p.pos = len(p.raw) - len(rest)
			break
		}
		if _, _, ok := p.boundary(line); ok {
			break
		}
		if blank := len(bytes.TrimSpace(line)) == 0; blank {
			// QUIRK: a line of white space alone is an empty line to some
			// mailers and a fold to others; what follows tells.
			next, _ := nextLine(rest)
			if _, ok := fieldName(next); !ok && (len(next) == 0 || !isWSP(next[0])) {
				p.pos = len(p.raw) - len(rest)
				break
			}
		}
		lines++
		if !over && lines > p.lim.HeaderLines {
			p.defects.add(LimitHeaderLines, "")
			over = true
		}
		if !over && at-start+len(line) > p.lim.HeaderBytes {
			if _, ok := fieldName(line); !ok && !isWSP(line[0]) {
				// No line of a header is that long without being a field.
				p.defects.add(MissingBlankLine, "")
				break
			}
			if at-start < p.lim.HeaderBytes && len(line) > p.lim.FieldBytes {
				// One overlong field: its beginning is still of use.
				if n, ok := fieldName(line); ok {
					flush()
					name = n
					add(bytes.TrimLeft(line[bytes.IndexByte(line, ':')+1:], " \t"))
				}
			}
			p.defects.add(LimitHeaderBytes, "")
			over = true
		}
		if over {
			// The rest of the block is passed over to find the body.
			p.pos = len(p.raw) - len(rest)
			continue
		}
		n, ok := fieldName(line)
		switch {
		case isWSP(line[0]) && name != "":
			add([]byte{' '})
			add(bytes.TrimLeft(line, " \t"))
		case ok:
			flush()
			name = n
			add(line[bytes.IndexByte(line, ':')+1:])
		case bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From ")):
			// QUIRK: the line that begins a message in an mbox file.
		default:
			// QUIRK: a line without a colon is a broken fold as long as the
			// header goes on after it, else the body has begun.
			next, _ := nextLine(rest)
			_, more := fieldName(next)
			if !more && len(next) > 0 && !isWSP(next[0]) || name == "" && !more {
				p.defects.add(MissingBlankLine, string(line))
				flush()
				return h
			}
			p.defects.add(BadHeaderLine, string(line))
			if name != "" {
				add([]byte{' '})
				add(line)
			}
		}
		p.pos = len(p.raw) - len(rest)
	}
	flush()
	return h
}
