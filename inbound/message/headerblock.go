package message

import (
	"bytes"
	"strings"
)

// fieldName returns how long the name before the colon of a header line is, and
// where the colon stands; ok is false if the line isn't a field: printable ASCII
// but the colon, perhaps white space after it (RFC 5322 2.2 and 4.5).
func fieldName(line []byte) (name, colon int, ok bool) {
	for i, c := range line[:min(len(line), 250)] {
		switch {
		case c == ':':
			if name == 0 {
				name = i
			}
			return name, i, i > 0
		case isWSP(c):
			if name == 0 {
				name = i
			}
			if i == 0 {
				return 0, 0, false
			}
		case c <= ' ' || c >= 0x7f || name > 0:
			return 0, 0, false
		}
	}
	return 0, 0, false
}

func isField(line []byte) bool {
	_, _, ok := fieldName(line)
	return ok
}

func isWSP(c byte) bool { return c == ' ' || c == '\t' }

// nextLine cuts the first line off b: the line without its end, and what
// follows. Line ends are LF with any number of CR before it.
func nextLine(b []byte) (line, rest []byte) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		i = len(b)
	} else {
		rest = b[i+1:]
	}
	for i > 0 && b[i-1] == '\r' {
		i--
	}
	return b[:i], rest
}

// span is a field while its block is read: where its name and its value stand.
type span struct {
	name, nameEnd   int // in the raw message
	value, valueEnd int // there too or, if folded, in the buffer of unfolded values
	folded, full    bool
}

// block reads one header block. Its fields become strings all at once at the
// end, so that a header costs three allocations however many fields it has.
type block struct {
	p     *parser
	spans []span
	fold  []byte
	eight bool // there are bytes beyond ASCII
}

func (b *block) last() *span {
	if len(b.spans) == 0 {
		return nil
	}
	return &b.spans[len(b.spans)-1]
}

// begin adds a field that begins on the line at offset at.
func (b *block) begin(at int, line []byte, name, colon int) {
	start, end := at+colon+1, at+len(line)
	for start < end && isWSP(b.p.raw[start]) {
		start++
	}
	s := span{name: at, nameEnd: at + name, value: start, valueEnd: end}
	if s.valueEnd-s.value > b.p.lim.FieldBytes {
		b.overlong(&s)
		s.valueEnd = s.value + b.p.lim.FieldBytes
	}
	b.spans = append(b.spans, s)
}

func (b *block) overlong(s *span) {
	if !s.full {
		b.p.defects.add(LimitFieldBytes, string(b.p.raw[s.name:s.nameEnd]))
	}
	s.full = true
}

// fold adds a line to the field that was begun last (RFC 5322 2.2.3).
func (b *block) addFold(line []byte) {
	s := b.last()
	if s == nil || s.full {
		return
	}
	if !s.folded {
		start := len(b.fold)
		b.fold = append(b.fold, b.p.raw[s.value:s.valueEnd]...)
		s.value, s.valueEnd, s.folded = start, len(b.fold), true
	}
	line = bytes.TrimLeft(line, " \t")
	room := b.p.lim.FieldBytes - (s.valueEnd - s.value)
	if 1+len(line) > room {
		b.overlong(s)
		line = line[:max(room-1, 0)]
	}
	if s.valueEnd > s.value {
		b.fold = append(b.fold, ' ')
	}
	b.fold = append(b.fold, line...)
	s.valueEnd = len(b.fold)
}

// header makes the fields.
func (b *block) header() Header {
	if len(b.spans) == 0 {
		return Header{}
	}
	start := b.spans[0].name
	end := start
	for i := range b.spans {
		s := &b.spans[i]
		end = max(end, s.nameEnd)
		if !s.folded {
			end = max(end, s.valueEnd)
		}
	}
	whole, folded := string(b.p.raw[start:end]), string(b.fold)
	h := Header{fields: make([]field, len(b.spans))}
	for i, s := range b.spans {
		f := &h.fields[i]
		f.name = whole[s.name-start : s.nameEnd-start]
		if s.folded {
			f.value = strings.TrimSpace(folded[s.value:s.valueEnd])
		} else {
			f.value = strings.TrimSpace(whole[s.value-start : s.valueEnd-start])
		}
		b.eight = b.eight || !ascii(f.value)
	}
	if b.eight {
		h.charset = rawCharset(h)
	}
	return h
}

// ascii reports whether s is ASCII alone.
func ascii[T string | []byte](s T) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// header reads a header block at the cursor and leaves the cursor at the body.
// It stops before a boundary line of an enclosing multipart too, since a part
// may end within its header.
func (p *parser) header() Header {
	b := block{p: p, spans: p.spans[:0], fold: p.fold[:0]}
	p.block(&b)
	p.spans, p.fold = b.spans, b.fold
	return b.header()
}

func (p *parser) block(b *block) {
	start, lines, over := p.pos, 0, false
	for p.pos < len(p.raw) {
		at := p.pos
		line, rest := nextLine(p.raw[at:])
		if len(line) == 0 {
			p.pos = len(p.raw) - len(rest)
			return
		}
		if line[0] == '-' && len(p.open) > 0 {
			if _, _, ok := p.boundary(line); ok {
				return
			}
		}
		if isWSP(line[0]) && len(bytes.TrimLeft(line, " \t")) == 0 {
			// QUIRK: a line of white space alone is an empty line to some
			// mailers and a fold to others; what follows tells.
			next, _ := nextLine(rest)
			if !isField(next) && (len(next) == 0 || !isWSP(next[0])) {
				p.pos = len(p.raw) - len(rest)
				return
			}
		}
		lines++
		if lines&0xff == 0 && p.late() {
			over = true
		}
		if !over && lines > p.lim.HeaderLines {
			p.defects.add(LimitHeaderLines, "")
			over = true
		}
		if !over && at-start+len(line) > p.lim.HeaderBytes {
			name, colon, ok := fieldName(line)
			if !ok && !isWSP(line[0]) {
				// No line of a header is that long without being a field.
				p.defects.add(MissingBlankLine, "")
				return
			}
			if ok && at-start < p.lim.HeaderBytes && len(line) > p.lim.FieldBytes {
				// One overlong field: its beginning is still of use.
				b.begin(at, line, name, colon)
			}
			p.defects.add(LimitHeaderBytes, "")
			over = true
		}
		if over {
			// The rest of the block is passed over to find the body.
			p.pos = len(p.raw) - len(rest)
			continue
		}
		if !p.headerLine(b, at, line, rest) {
			return
		}
		p.pos = len(p.raw) - len(rest)
	}
}

// headerLine takes one line of a header block; false if it belongs to the body.
func (p *parser) headerLine(b *block, at int, line, rest []byte) bool {
	if isWSP(line[0]) && len(b.spans) > 0 {
		b.addFold(line)
		return true
	}
	if name, colon, ok := fieldName(line); ok {
		b.begin(at, line, name, colon)
		return true
	}
	if bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From ")) {
		return true // QUIRK: the line that begins a message in an mbox file.
	}
	// QUIRK: a line without a colon is a broken fold as long as the header goes
	// on after it, else the body has begun.
	next, _ := nextLine(rest)
	more := isField(next) || len(rest) == 0 && len(p.open) > 0 && beginsContent(line)
	if !more && len(next) > 0 && !isWSP(next[0]) || len(b.spans) == 0 && !more {
		p.defects.add(MissingBlankLine, string(line[:min(len(line), maxDetail)]))
		return false
	}
	p.defects.add(BadHeaderLine, string(line[:min(len(line), maxDetail)]))
	b.addFold(line)
	return true
}

// beginsContent reports whether a line is the beginning of a Content field: all
// there is of it where a mail was cut.
func beginsContent(line []byte) bool {
	const name = "content-"
	n := min(len(line), len(name))
	return strings.EqualFold(string(line[:n]), name[:n])
}

// rawCharset is what the 8-bit bytes of a header are most likely in: the charset
// that its own Content-Type declares (as Thunderbird takes it, too).
func rawCharset(h Header) string {
	_, after, found := cutFold(h.Raw("Content-Type"), "charset=")
	if !found {
		return ""
	}
	after = strings.TrimLeft(after, " \t\"'")
	if i := strings.IndexAny(after, " \t\"';"); i >= 0 {
		after = after[:i]
	}
	return strings.ToLower(after[:min(len(after), 64)])
}

// cutFold is strings.Cut for an ASCII separator in lower case, of any case in s.
func cutFold(s, sep string) (before, after string, found bool) {
	for i := 0; i+len(sep) <= len(s); i++ {
		if s[i]|0x20 == sep[0] && strings.EqualFold(s[i:i+len(sep)], sep) {
			return s[:i], s[i+len(sep):], true
		}
	}
	return s, "", false
}
