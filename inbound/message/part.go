package message

import (
	"strings"
	"time"
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
	// Children are the parts of a multipart, in order; of an S/MIME part that is
	// signed as a whole, the one that was signed.
	Children []*Part
	// Body is a leaf's content; of a nested message it is the message as sent.
	Body Body
	// Nested is the message in a message/rfc822 part; nil beyond Limits.Depth.
	Nested *Message

	text string // of a part that is text of the message
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

// Text returns a leaf's content as text in UTF-8 with LF line ends, at most most
// bytes of it, whatever its media type says. It is for the machine-readable
// parts of reports and for calendars; a message's own text is [Message.Text].
func (p *Part) Text(most int) string {
	most = max(most, 0)
	switch {
	case p.text == "":
		s, _ := p.decode(most)
		return s
	case len(p.text) > most:
		return string(trimRune([]byte(p.text[:most])))
	}
	return p.text
}

// budget is what is left of the bounds that a message shares with the messages
// nested in it.
type budget struct {
	parts     int
	decoded   int64
	addresses int
	text      int
	deadline  time.Time
	late      bool
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

	spans []span // memory that one header block leaves to the next
	fold  []byte
}

// sub reads bytes decoded from a part of p with the same budget.
func (p *parser) sub(raw []byte) *parser {
	return &parser{raw: raw, lim: p.lim, budget: p.budget, defects: p.defects}
}

// late reports whether Limits.Time is over. It is asked between parts and every
// few hundred lines, never within a step whose length another bound keeps short.
func (p *parser) late() bool {
	if !p.budget.late && time.Now().After(p.budget.deadline) {
		p.budget.late = true
		p.defects.add(LimitTime, "")
	}
	return p.budget.late
}

// part reads the body that belongs to a header, up to the next boundary line of
// an open multipart; the cursor stays at that line.
func (p *parser) part(h Header, depth int, defaultType string) *Part {
	p.budget.parts--
	t, f := p.describe(h, defaultType)
	if p.late() {
		return t
	}
	switch {
	case strings.HasPrefix(t.MediaType, "multipart/"):
		if depth >= p.lim.Depth {
			p.defects.add(LimitDepth, t.MediaType)
			break
		}
		p.multipart(t, f.encoding, depth)
		return t
	case t.MediaType == "message/rfc822" || t.MediaType == "message/global" || t.MediaType == "message/news":
		if depth >= p.lim.Depth {
			p.defects.add(LimitDepth, t.MediaType)
			break
		}
		p.nested(t, f.encoding, depth)
		return t
	}
	t.Body = p.leaf(p.skip(), f.encoding, strings.HasPrefix(t.MediaType, "text/"))
	if t.MediaType == "application/pkcs7-mime" || t.MediaType == "application/x-pkcs7-mime" {
		p.signed(t, depth)
	}
	if f.contentType == "" && t.MediaType == "text/plain" && t.Filename == "" && looksHTML(t.Body.first(512)) {
		t.MediaType = "text/html" // QUIRK: no type, but a page
	}
	return t
}

// signed reads what an S/MIME part wraps in its signature as the one part of it.
func (p *parser) signed(t *Part, depth int) {
	if depth >= p.lim.Depth || p.budget.parts <= 0 || strings.HasPrefix(t.Params["smime-type"], "enveloped") {
		return
	}
	content, ok := signedContent(t.Body.Bytes())
	if !ok {
		return
	}
	b := NewBody(content)
	p.charge(&b)
	in := p.sub(b.Bytes())
	t.Children = []*Part{in.part(in.header(), depth+1, "text/plain")}
}

// content are the fields of RFC 2045 and RFC 2183 that describe a part, as
// written.
type content struct{ contentType, encoding, disposition, id string }

func contentFields(h Header) (c content) {
	for i := range h.fields {
		f := &h.fields[i]
		if len(f.name) < len("Content-ID") || f.name[0]|0x20 != 'c' {
			continue
		}
		set := func(to *string, name string) {
			if *to == "" && strings.EqualFold(f.name, name) {
				*to = f.value
			}
		}
		switch len(f.name) {
		case len("Content-ID"):
			set(&c.id, "Content-ID")
		case len("Content-Type"):
			if strings.IndexByte(c.contentType, '/') < 0 {
				c.contentType = strings.TrimSpace(c.contentType)
				if strings.EqualFold(f.name, "Content-Type") && (c.contentType == "" || strings.Contains(f.value, "/")) {
					c.contentType = f.value // QUIRK: of two, the one that is one
				}
			}
		case len("Content-Disposition"):
			set(&c.disposition, "Content-Disposition")
		case len("Content-Transfer-Encoding"):
			set(&c.encoding, "Content-Transfer-Encoding")
		}
	}
	return c
}

// describe reads the Content fields of a header.
func (p *parser) describe(h Header, defaultType string) (*Part, content) {
	t := &Part{Header: h, MediaType: defaultType}
	f := contentFields(h)
	if f.contentType != "" {
		t.MediaType, t.Params = p.mediaType(f, h.charset)
	}
	t.Charset = strings.ToLower(t.Params["charset"])
	var name string
	if f.disposition != "" {
		disposition, params := p.parseValue(f.disposition, h.charset)
		t.Disposition = disposition
		name = params["filename"]
		if name == "" {
			name = params["name"] // QUIRK: the other field's word for it
		}
	}
	if name == "" {
		name = t.Params["name"]
	}
	if name == "" {
		name = t.Params["filename"]
	}
	if name != "" {
		t.Filename = baseName(name)
	}
	if f.id != "" {
		t.ContentID = cleanHeader(strings.Trim(f.id, "<> \t"))
	}
	return t, f
}

// mediaType reads a Content-Type field.
func (p *parser) mediaType(f content, charset string) (string, map[string]string) {
	value, params := p.parseValue(f.contentType, charset)
	major, minor, ok := strings.Cut(value, "/")
	if ok && token(major) && token(minor) {
		return value, params
	}
	p.defects.add(BadContentType, f.contentType)
	switch {
	case major == "multipart" || params["boundary"] != "" && major != "text" && major != "message":
		return "multipart/mixed", params
	case major == "html" || major == "text" && strings.HasPrefix(minor, "html"):
		return "text/html", params
	case major != "text" && f.disposition != "":
		return "application/octet-stream", params
	}
	return "text/plain", params
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
	if code, _ := transferOf(encoding); code == asIs || isField(firstLine(p.raw[p.pos:])) {
		start := p.pos
		t.Nested = p.message(depth + 1)
		p.pos = max(p.pos, start)
		t.Body = NewBody(p.untilBoundary(start))
		return
	}
	// QUIRK: an encoded message, which RFC 2046 5.2.1 forbids.
	t.Body = p.leaf(p.skip(), encoding, false)
	t.Nested = p.sub(t.Body.Bytes()).message(depth + 1)
}

func firstLine(b []byte) []byte {
	line, _ := nextLine(b[:min(len(b), 300)])
	return line
}
