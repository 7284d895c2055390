package message

import (
	"bytes"
	"strings"
)

// render returns the text of a text part, as it counts for the message, and
// remembers it. Files that are uuencoded within it go to the attachments.
func (p *parser) render(m *Message, t *Part) string {
	if p.late() {
		return ""
	}
	most := min(p.lim.TextBytes, p.budget.text)
	if most <= 0 {
		if t.Body.Size() > 0 {
			p.defects.add(LimitTextBytes, "")
		}
		return ""
	}
	raw, isCut := t.encoded(most)
	if t.MediaType == "text/plain" {
		whole := raw
		if t.Body.code == asIs {
			whole = t.Body.Bytes() // costs nothing, and a file may be long
		}
		if rest, ok := p.takeUU(m, t, whole); ok {
			raw, isCut = t.beginning(rest, most)
		}
	}
	label := t.label(raw)
	s, kind := t.render(raw, label, most+1)
	if kind != "" {
		p.defects.add(kind, label)
	}
	if len(s) > most || isCut {
		p.defects.add(LimitTextBytes, "")
		s = cut([]byte(s), most)
	}
	p.budget.text -= len(s)
	t.text = s
	return s
}

// decode returns the text of a part in at most most bytes.
func (p *Part) decode(most int) (string, DefectKind) {
	raw, _ := p.encoded(most)
	return p.render(raw, p.label(raw), most)
}

// encoded returns as much of the body as can make most bytes of text, and
// whether that isn't all.
func (p *Part) encoded(most int) (raw []byte, isCut bool) {
	want := p.enough(most)
	if p.Body.Size() <= want {
		return p.Body.Bytes(), false
	}
	return trimRune(p.Body.first(want)), true
}

// beginning cuts the bytes of a text to what can make most bytes of UTF-8.
func (p *Part) beginning(b []byte, most int) (raw []byte, isCut bool) {
	if want := p.enough(most); int64(len(b)) > want {
		return trimRune(b[:want]), true
	}
	return b, false
}

// enough is how many bytes the part's charset needs at most for a number of
// bytes of UTF-8, escapes aside.
func (p *Part) enough(utf8Bytes int) int64 {
	n := int64(utf8Bytes)
	switch cs, _ := lookup(p.Charset); cs.form {
	case undeclared, wide, sevenBits:
		n *= 4
	case utf8Form, oneByte, severalBytes:
	}
	return n + 64
}

// label is the charset declared, by the part or else by the page that it is.
func (p *Part) label(raw []byte) string {
	if p.Charset == "" && p.MediaType == "text/html" && !ascii(raw) {
		return metaCharset(raw)
	}
	return p.Charset
}

// render decodes the charset of a text into UTF-8 with LF line ends and without
// NUL, and undoes format=flowed and markup of RFC 1896.
func (p *Part) render(raw []byte, label string, most int) (string, DefectKind) {
	s, kind := decodeText(raw, label, most)
	if strings.Contains(s, "\r") {
		s = strings.ReplaceAll(s, "\r\n", "\n")
		s = strings.ReplaceAll(s, "\r", "\n")
	}
	if strings.Contains(s, "\x00") {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	switch {
	case p.MediaType == "text/plain" && strings.EqualFold(p.Params["format"], "flowed"):
		s = unflow(s, strings.EqualFold(p.Params["delsp"], "yes"))
	case p.MediaType == "text/enriched", p.MediaType == "text/richtext":
		s = plainEnriched(s, p.MediaType == "text/richtext")
	}
	return s, kind
}

// takeUU cuts uuencoded files out of a text and adds them to the attachments;
// false if there are none. QUIRK: the way of before MIME, and of some mailers and
// gateways since.
func (p *parser) takeUU(m *Message, t *Part, raw []byte) (rest []byte, ok bool) {
	if !bytes.Contains(raw, []byte("begin ")) {
		return raw, false
	}
	files := findUU(raw, max(p.budget.parts, 0)+1)
	if len(files) == 0 {
		return raw, false
	}
	most := int(t.enough(p.lim.TextBytes)) + 1
	keep := func(b []byte) { rest = append(rest, b[:min(len(b), most-len(rest))]...) }
	at := 0
	for _, f := range files {
		if p.budget.parts <= 0 {
			p.defects.add(LimitParts, "")
			break
		}
		p.budget.parts--
		keep(raw[at:f.start])
		at = f.end
		b := Body{src: raw[f.start:f.end:f.end], code: uuencode}
		var bad bool
		b.size, bad = decodedSize(b.src, uuencode)
		if bad || !f.complete {
			p.defects.add(BadEncoding, "uuencode")
		}
		p.charge(&b)
		name, _ := decodeText([]byte(f.name), t.Charset, 4*maxLabel)
		m.Attachments = append(m.Attachments, Attachment{
			Filename: baseName(cleanHeader(name)), ContentType: "application/octet-stream", Body: b,
		})
	}
	keep(raw[at:])
	return rest, true
}

// looksHTML reports whether a text begins as a page does.
func looksHTML(b []byte) bool {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	b = bytes.TrimLeft(b, " \t\r\n")
	for _, tag := range [...]string{"<html", "<!doctype html", "<head>", "<body"} {
		if len(b) > len(tag) && strings.EqualFold(string(b[:len(tag)]), tag) {
			return true
		}
	}
	return false
}

// metaCharset finds the charset that a page names within its first 2 KiB, as
// browsers do where the transport names none; "" if it doesn't.
func metaCharset(page []byte) string {
	head := strings.ToLower(string(page[:min(len(page), 2048)]))
	for {
		i := strings.Index(head, "<meta")
		if i < 0 {
			return ""
		}
		tag, rest, _ := strings.Cut(head[i:], ">")
		head = rest
		if _, label, ok := strings.Cut(tag, "charset="); ok {
			label = strings.TrimLeft(label, " \"'")
			if j := strings.IndexAny(label, " \"'/;>"); j >= 0 {
				label = label[:j]
			}
			// A page that can be read as far as here isn't UTF-16.
			if cs, ok := lookup(label); ok && cs.form != wide {
				return label
			}
		}
	}
}
