package message

import (
	"bytes"
	"slices"
	"strings"
)

// Part is one node of the MIME tree (RFC 2045 2.4).
type Part struct {
	// Header is that of the part; for the root it is the message's.
	Header Header
	// MediaType is in lower case, such as "text/plain"; never empty.
	MediaType string
	// Charset is the label as declared, in lower case; "" if there is none.
	Charset string
	// Disposition is in lower case: "inline", "attachment", another word, or "".
	Disposition string
	// Filename is decoded and without a path; "" if there is none.
	Filename string
	// ContentID is without angle brackets.
	ContentID string
	// Params are the parameters of Content-Type, names in lower case.
	Params map[string]string
	// Children are the parts of a multipart, in order.
	Children []*Part
	// Body is a leaf's content; of a nested message it is the message as sent.
	Body Body
	// Nested is the message in a message/rfc822 part; nil beyond Limits.Depth.
	Nested *Message
}

// Walk calls f for p and for every part below it in order of appearance. It
// doesn't enter nested messages.
func (p *Part) Walk(f func(*Part)) {
	f(p)
	for _, c := range p.Children {
		c.Walk(f)
	}
}

// IsMultipart reports whether the part was divided into others.
func (p *Part) IsMultipart() bool { return len(p.Children) > 0 }

// budget is what is left of the bounds that a message shares with the messages
// nested in it.
type budget struct {
	parts     int
	decoded   int64
	addresses int
}

// parser reads one run of bytes by a cursor that moves forward, line by line.
// The boundaries of all multiparts that are open stand on a stack, so that a
// part ends at the next boundary of any of them (RFC 2046 5.1.2) and each line
// is looked at once.
type parser struct {
	raw     []byte
	pos     int
	open    []string // boundaries, outermost first
	lim     Limits
	budget  *budget
	defects *defects
}

// sub reads bytes decoded from a part of p with the same budget.
func (p *parser) sub(raw []byte) *parser {
	return &parser{raw: raw, lim: p.lim, budget: p.budget, defects: p.defects}
}

// boundary reports whether a line is a boundary of an open multipart: its level
// on the stack, and whether it is the end boundary.
func (p *parser) boundary(line []byte) (level int, end, ok bool) {
	if len(p.open) == 0 || len(line) < 2 || line[0] != '-' || line[1] != '-' {
		return 0, false, false
	}
	rest := bytes.TrimRight(line[2:], " \t\r")
	if len(rest) > maxBoundary+2 {
		return 0, false, false
	}
	for i, b := range slices.Backward(p.open) {
		if len(rest) < len(b) || string(rest[:len(b)]) != b {
			continue
		}
		switch tail := rest[len(b):]; {
		case len(tail) == 0:
			return i, false, true
		case string(tail) == "--":
			return i, true, true
		}
	}
	return 0, false, false
}

// maxBoundary is above the 70 of RFC 2046 5.1.1, which some mailers exceed.
const maxBoundary = 250

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
		if rest[0] == '-' {
			line, _ := nextLine(rest)
			if _, _, ok := p.boundary(line); ok {
				body := p.raw[start:p.pos]
				body = bytes.TrimSuffix(body, []byte("\n"))
				return bytes.TrimSuffix(body, []byte("\r"))
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
	return p.raw[start:p.pos]
}

// part reads the body that belongs to a header, up to the next boundary line of
// an open multipart; the cursor stays at that line.
func (p *parser) part(h Header, depth int, defaultType string) *Part {
	p.budget.parts--
	t := p.describe(h, defaultType)
	encoding := h.Raw("Content-Transfer-Encoding")
	switch {
	case strings.HasPrefix(t.MediaType, "multipart/"):
		if depth >= p.lim.Depth {
			p.defects.add(LimitDepth, t.MediaType)
			break
		}
		p.multipart(t, encoding, depth)
		return t
	case t.MediaType == "message/rfc822" || t.MediaType == "message/global":
		if depth >= p.lim.Depth {
			p.defects.add(LimitDepth, t.MediaType)
			break
		}
		p.nested(t, encoding, depth)
		return t
	}
	t.Body = Body{p.decodeBody(p.skip(), encoding)}
	return t
}

// describe reads the Content fields of a header.
func (p *parser) describe(h Header, defaultType string) *Part {
	t := &Part{Header: h, MediaType: defaultType}
	if raw := h.Raw("Content-Type"); raw != "" {
		mediaType, params := p.parseValue(raw)
		t.Params = params
		if major, minor, ok := strings.Cut(mediaType, "/"); ok && token(major) && token(minor) {
			t.MediaType = mediaType
		} else {
			p.defects.add(BadContentType, raw)
			if mediaType != "text" && h.Has("Content-Disposition") {
				t.MediaType = "application/octet-stream"
			}
		}
	}
	t.Charset = strings.ToLower(t.Params["charset"])
	var name string
	if raw := h.Raw("Content-Disposition"); raw != "" {
		disposition, params := p.parseValue(raw)
		t.Disposition = disposition
		name = params["filename"]
	}
	if name == "" {
		name = t.Params["name"]
	}
	t.Filename = baseName(name)
	t.ContentID = cleanHeader(strings.Trim(h.Raw("Content-ID"), "<> \t"))
	return t
}

func token(s string) bool {
	if s == "" || len(s) > 127 { // RFC 6838 4.2
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] >= 0x7f || strings.IndexByte(`()<>@,;:\"/[]?=`, s[i]) >= 0 {
			return false
		}
	}
	return true
}

// nested reads a message within a message (RFC 2046 5.2.1).
func (p *parser) nested(t *Part, encoding string, depth int) {
	if identity(strings.ToLower(strings.TrimSpace(encoding))) {
		start := p.pos
		t.Nested = p.message(depth + 1)
		p.pos = max(p.pos, start)
		t.Body = Body{p.raw[start:p.pos:p.pos]}
		return
	}
	// QUIRK: an encoded message, which RFC 2046 5.2.1 forbids.
	t.Body = Body{p.decodeBody(p.skip(), encoding)}
	t.Nested = p.sub(t.Body.data).message(depth + 1)
}

// multipart reads the parts of a multipart (RFC 2046 5.1).
func (p *parser) multipart(t *Part, encoding string, depth int) {
	boundary := strings.TrimRight(t.Params["boundary"], " \t")
	if len(boundary) > maxBoundary {
		boundary = ""
	}
	start := p.pos
	body := p.skip() // the preamble, if the boundary is another's; found out below
	after := p.pos

	if !identity(strings.ToLower(strings.TrimSpace(encoding))) && !hasBoundary(body, boundary) {
		// QUIRK: a multipart encoded as a whole, which RFC 2045 6.4 forbids.
		decoded := p.decodeBody(body, encoding)
		if hasBoundary(decoded, boundary) {
			in := p.sub(decoded)
			in.children(t, boundary, depth)
			return
		}
		body = decoded
	}
	if boundary == "" || !hasBoundary(body, boundary) {
		guessed, ok := guessBoundary(body)
		p.defects.add(MissingBoundary, t.Params["boundary"])
		if !ok {
			// Undivided: what is there can still be read as text.
			t.Params = nil
			t.MediaType = "text/plain"
			t.Body = Body{body}
			p.budget.decoded -= int64(len(body))
			return
		}
		boundary = guessed
	}
	p.pos = start
	p.children(t, boundary, depth)
	p.pos = max(p.pos, after)
}

// children reads the parts between the boundary lines and moves to the end of
// the multipart.
func (p *parser) children(t *Part, boundary string, depth int) {
	defaultType := "text/plain"
	if t.MediaType == "multipart/digest" {
		defaultType = "message/rfc822" // RFC 2046 5.1.5
	}
	level := len(p.open)
	p.open = append(p.open, boundary)
	p.skip() // the preamble
	closed := false
	for p.pos < len(p.raw) {
		line, rest := nextLine(p.raw[p.pos:])
		at, end, ok := p.boundary(line)
		if !ok || at < level {
			break // a boundary further out: ours was never closed
		}
		p.pos = len(p.raw) - len(rest)
		if end {
			closed = true
			break
		}
		if p.budget.parts <= 0 {
			p.defects.add(LimitParts, "")
			p.skip()
			continue
		}
		t.Children = append(t.Children, p.part(p.header(), depth+1, defaultType))
	}
	p.open = p.open[:level]
	if !closed {
		p.defects.add(MissingEndBoundary, boundary)
	}
	p.skip() // the epilogue
}

// hasBoundary reports whether a boundary line stands in body.
func hasBoundary(body []byte, boundary string) bool {
	mark := []byte("--" + boundary)
	for len(body) > 0 {
		i := bytes.Index(body, mark)
		if i < 0 {
			return false
		}
		tail := body[i+len(mark):]
		if i == 0 || body[i-1] == '\n' {
			line, _ := nextLine(tail[:min(len(tail), 100)])
			if line = bytes.TrimRight(line, " \t\r"); len(line) == 0 || string(line) == "--" {
				return true
			}
		}
		body = tail
	}
	return false
}

// guessBoundary finds a boundary that wasn't declared: a line that begins with
// "--" and is followed by a Content field, within the first 64 KiB.
func guessBoundary(body []byte) (string, bool) {
	body = body[:min(len(body), 64<<10)]
	for len(body) > 0 {
		line, rest := nextLine(body)
		body = rest
		if !bytes.HasPrefix(line, []byte("--")) || len(line) > maxBoundary+2 {
			continue
		}
		next, _ := nextLine(rest)
		if len(next) > 8 && strings.EqualFold(string(next[:8]), "content-") {
			if _, ok := fieldName(next); ok {
				return strings.TrimRight(string(line[2:]), " \t"), true
			}
		}
	}
	return "", false
}
