package message

import (
	"bytes"
	"slices"
	"strings"
)

// maxBoundary is above the 70 of RFC 2046 5.1.1, which some mailers exceed.
const maxBoundary = 250

// nearBytes is how far behind the header of a multipart its first boundary is
// looked for where something speaks against what is declared.
const nearBytes = 64 << 10

// boundary reports whether a line is a boundary of an open multipart: its level
// on the stack, and whether it is the end boundary. QUIRK: text after white
// space, or after the dashes of an end boundary, is passed over.
func (p *parser) boundary(line []byte) (level int, end, ok bool) {
	if !p.mayBound(line) {
		return 0, false, false
	}
	rest := line[2:]
	loose, looseEnd := -1, false
	for i, b := range slices.Backward(p.open) {
		if len(rest) < len(b) || string(rest[:len(b)]) != b {
			continue
		}
		tail := rest[len(b):]
		dashes := len(tail) >= 2 && tail[0] == '-' && tail[1] == '-'
		switch {
		case blank(tail):
			return i, false, true
		case dashes && blank(tail[2:]):
			return i, true, true
		case strings.Trim(b, "-") == "":
			// A line drawn with dashes, of another length than the boundary.
		case !dashes:
			if isWSP(tail[0]) && loose < 0 {
				// White space that the boundary ends in gets lost from the field.
				loose, looseEnd = i, string(bytes.Trim(tail, " \t\r")) == "--"
			}
		case loose < 0:
			loose, looseEnd = i, true
		}
	}
	return max(loose, 0), looseEnd, loose >= 0
}

// mayBound reports whether a line, or what begins with one, begins like a
// boundary.
func (p *parser) mayBound(line []byte) bool {
	if len(line) < 2 || line[0] != '-' || line[1] != '-' {
		return false
	}
	rest := line[2:]
	for _, b := range p.open {
		if len(rest) >= len(b) && string(rest[:len(b)]) == b {
			return true
		}
	}
	return false
}

func blank(b []byte) bool {
	for _, c := range b {
		if c != ' ' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}

// skip moves the cursor to the next boundary line, or to the end, and returns
// what it passed, without the line end that belongs to the boundary.
func (p *parser) skip() []byte {
	start := p.pos
	if len(p.open) == 0 {
		p.pos = len(p.raw)
		return p.raw[start:]
	}
	for p.pos < len(p.raw) {
		rest := p.raw[p.pos:]
		if p.mayBound(rest) {
			// No boundary line is longer, so that a long line costs nothing.
			line, _ := nextLine(rest[:min(len(rest), 2*maxBoundary)])
			if _, _, ok := p.boundary(line); ok {
				break
			}
		}
		// Only a line that begins with "--" can be a boundary.
		i := bytes.Index(rest, []byte("\n--"))
		if i < 0 {
			p.pos = len(p.raw)
			break
		}
		p.pos += i + 1
	}
	return p.untilBoundary(start)
}

// untilBoundary returns what stands between start and the boundary line at the
// cursor, without the line end that belongs to the boundary.
func (p *parser) untilBoundary(start int) []byte {
	body := p.raw[start:p.pos:p.pos]
	if p.pos < len(p.raw) {
		body = bytes.TrimSuffix(body, []byte("\n"))
		body = bytes.TrimSuffix(body, []byte("\r"))
	}
	return body
}

// near looks for a boundary within the next 64 KiB and stays where it is. It
// returns what stands before it, or before that of a multipart further out, and
// whether there can be one after that.
func (p *parser) near(boundary string) (before []byte, found, more bool) {
	q := *p
	q.raw = p.raw[:min(len(p.raw), p.pos+nearBytes)]
	if boundary != "" {
		q.open = append(slices.Clip(p.open), boundary)
	}
	before = q.skip()
	if q.pos < len(q.raw) {
		level, _, _ := q.boundary(firstLine(q.raw[q.pos:]))
		return before, boundary != "" && level == len(p.open), false
	}
	return before, false, boundary != "" && len(q.raw) < len(p.raw)
}

// multipart reads the parts of a multipart (RFC 2046 5.1).
func (p *parser) multipart(t *Part, encoding string, depth int) {
	boundary := strings.TrimRight(t.Params["boundary"], " \t")
	if len(boundary) > maxBoundary {
		boundary = ""
	}
	start := p.pos
	before, found, more := p.near(boundary)
	if code, _ := transferOf(encoding); code != asIs && !found {
		// QUIRK: a multipart encoded as a whole, which RFC 2045 6.4 forbids.
		p.defects.add(BadEncoding, encoding)
		t.Body = p.leaf(p.skip(), encoding, false)
		in := p.sub(t.Body.Bytes())
		if in.divide(t, boundary, depth) {
			t.Body = Body{}
			return
		}
		p.undivided(t)
		return
	}
	divided := false
	if found {
		divided = p.children(t, boundary, depth)
	} else if guessed, ok := guessBoundary(before); ok {
		p.defects.add(MissingBoundary, boundary)
		divided = p.children(t, guessed, depth)
	} else if more {
		divided = p.children(t, boundary, depth)
	}
	if divided {
		return
	}
	p.pos = start
	t.Body = p.leaf(p.skip(), "", false)
	p.undivided(t)
}

// divide reads the parts of a multipart whose boundary stands near its
// beginning, as declared or not.
func (p *parser) divide(t *Part, boundary string, depth int) bool {
	before, found, _ := p.near(boundary)
	if !found {
		guessed, ok := guessBoundary(before)
		if !ok {
			return false
		}
		p.defects.add(MissingBoundary, boundary)
		boundary = guessed
	}
	return p.children(t, boundary, depth)
}

// undivided takes a multipart without parts for a text: what is there can still
// be read.
func (p *parser) undivided(t *Part) {
	p.defects.add(MissingBoundary, t.Params["boundary"])
	t.Params = nil
	t.MediaType = "text/plain"
	if looksHTML(t.Body.first(512)) {
		t.MediaType = "text/html"
	}
}

// children reads the parts between the boundary lines and moves to the end of
// the multipart; false if there is no boundary line, or if all there is to read
// stands outside of the parts.
func (p *parser) children(t *Part, boundary string, depth int) bool {
	defaultType := "text/plain"
	if t.MediaType == "multipart/digest" {
		defaultType = "message/rfc822" // RFC 2046 5.1.5
	}
	level := len(p.open)
	p.open = append(p.open, boundary)
	preamble := p.skip()
	found, closed := false, false
	for p.pos < len(p.raw) {
		line, rest := nextLine(p.raw[p.pos:])
		at, end, ok := p.boundary(line)
		if !ok || at < level {
			break // a boundary further out: ours was never closed
		}
		found = true
		p.pos = len(p.raw) - len(rest)
		if end {
			closed = true
			break
		}
		if p.budget.parts <= 0 {
			p.defects.add(LimitParts, "")
		}
		if p.budget.parts <= 0 || p.late() {
			p.open = p.open[:level]
			p.skip() // to where the multipart around it goes on
			return true
		}
		t.Children = append(t.Children, p.part(p.header(), depth+1, defaultType))
	}
	p.open = p.open[:level]
	if !found {
		return false
	}
	epilogue := p.skip()
	if !t.hasContent() && (written(preamble) || len(preamble) == 0 && len(t.Children) == 0 && !blank(bytes.TrimSpace(epilogue))) {
		t.Children = nil
		return false
	}
	if !closed {
		p.defects.add(MissingEndBoundary, boundary)
	}
	return true
}

// hasContent reports whether there is anything in a part or in those below it.
func (p *Part) hasContent() bool {
	if p.Nested != nil || p.Filename != "" || slices.ContainsFunc(p.Children, (*Part).hasContent) {
		return true
	}
	size := p.Body.Size()
	return size > 100 || size > 0 && len(bytes.TrimSpace(p.Body.Bytes())) > 0
}

// written reports whether a preamble is more than the note to programs before
// MIME, which in every language names MIME or multi-part.
func written(preamble []byte) bool {
	preamble = bytes.TrimSpace(preamble)
	note := bytes.ToLower(preamble[:min(len(preamble), 500)])
	return len(note) > 0 && !bytes.Contains(note, []byte("mime")) && !bytes.Contains(note, []byte("multipart")) &&
		!bytes.Contains(note, []byte("multi-part"))
}

// guessBoundary finds a boundary that wasn't declared: a line that begins with
// "--" and is followed by a Content field.
func guessBoundary(body []byte) (string, bool) {
	for len(body) > 0 {
		line, rest := nextLine(body)
		body = rest
		if len(line) < 2 || line[0] != '-' || line[1] != '-' || len(line) > maxBoundary+2 {
			continue
		}
		next := firstLine(rest)
		if len(next) > 8 && strings.EqualFold(string(next[:8]), "content-") && isField(next) {
			return strings.TrimRight(string(line[2:]), " \t"), true
		}
	}
	return "", false
}
