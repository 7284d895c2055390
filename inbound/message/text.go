package message

import (
	"html"
	"strings"
)

// bodies fills Text, HTML and Attachments from the tree.
func (p *parser) bodies(m *Message) {
	b := p.body(m, m.Root, "")
	m.Text, m.HTML = b.plain, b.html
	if n := m.Root.Nested; n != nil {
		// The whole body is another message: its text is all there is to read.
		m.Text, m.HTML = n.Text, n.HTML
	}
	if strings.TrimSpace(m.Text) == "" && strings.TrimSpace(m.HTML) == "" {
		// QUIRK: text that was sent as an unnamed attachment or with a name is
		// better than none.
		m.Root.Walk(func(t *Part) {
			if m.Text == "" && t.MediaType == "text/plain" && t.Disposition != "attachment" && t.Body.Size() > 0 {
				m.Text = p.text(t)
			}
		})
	}
}

// body is what a part contributes to the text of a message, in both forms.
type body struct{ plain, html string }

func (b body) empty() bool { return b.plain == "" && b.html == "" }

// body gathers the text below t and puts all else into the attachments.
func (p *parser) body(m *Message, t *Part, parent string) body {
	switch {
	case t.IsMultipart() && t.MediaType == "multipart/alternative":
		// The same in several forms, best last (RFC 2046 5.1.4). Of each form
		// the last that has content wins.
		var best body
		for _, c := range t.Children {
			b := p.body(m, c, t.MediaType)
			if strings.TrimSpace(b.plain) != "" {
				best.plain = b.plain
			}
			if b.html != "" {
				best.html = b.html
			}
		}
		return best
	case t.IsMultipart():
		var all []body
		for _, c := range t.Children {
			if b := p.body(m, c, t.MediaType); !b.empty() {
				all = append(all, b)
			}
		}
		return p.join(all)
	case t.Nested != nil:
		m.Attachments = append(m.Attachments, attachment(t, parent))
		return body{}
	}
	if t.Disposition != "attachment" && t.Filename == "" {
		switch t.MediaType {
		case "text/plain":
			return body{plain: p.text(t)}
		case "text/html":
			return body{html: p.text(t)}
		}
	}
	switch t.MediaType {
	case "message/delivery-status", "message/global-delivery-status", "message/feedback-report",
		"message/disposition-notification", "text/rfc822-headers", "message/global-headers":
		return body{}
	}
	if t.Body.Size() > 0 || t.Filename != "" {
		m.Attachments = append(m.Attachments, attachment(t, parent))
	}
	return body{}
}

func attachment(t *Part, parent string) Attachment {
	return Attachment{
		Filename:    t.Filename,
		ContentType: t.MediaType,
		ContentID:   t.ContentID,
		Inline:      t.Disposition == "inline" || t.Disposition == "" && parent == "multipart/related" && t.ContentID != "",
		Body:        t.Body,
	}
}

// join puts the texts of several parts after one another. When the first has no
// plain form the others' don't stand for the whole (a list's footer under an
// HTML letter), so they join the HTML alone.
func (p *parser) join(all []body) body {
	if len(all) == 1 {
		return all[0]
	}
	var plain, rich strings.Builder
	anyHTML := false
	for _, b := range all {
		anyHTML = anyHTML || b.html != ""
	}
	for i, b := range all {
		if b.plain != "" && all[0].plain != "" {
			if i > 0 {
				plain.WriteString("\n")
			}
			plain.WriteString(b.plain)
		}
		if anyHTML {
			if b.html != "" {
				rich.WriteString(b.html)
			} else {
				rich.WriteString("<pre>" + html.EscapeString(b.plain) + "</pre>")
			}
			rich.WriteString("\n")
		}
	}
	return body{plain: p.bound(plain.String()), html: p.bound(rich.String())}
}

func (p *parser) bound(s string) string {
	if len(s) <= p.lim.TextBytes {
		return s
	}
	p.defects.add(LimitTextBytes, "")
	return strings.ToValidUTF8(s[:p.lim.TextBytes], "")
}

// text decodes the charset of a text part into UTF-8 with LF line ends and
// without NUL, and undoes format=flowed.
func (p *parser) text(t *Part) string {
	raw := t.Body.Bytes()
	// No charset needs more than 4 bytes for what takes one in UTF-8.
	if most := p.lim.TextBytes; len(raw)/4 > most {
		p.defects.add(LimitTextBytes, "")
		raw = raw[:4*most]
	}
	s, kind := decodeCharset(raw, t.Charset)
	if kind != "" {
		p.defects.add(kind, t.Charset)
	}
	if strings.Contains(s, "\r") {
		s = strings.ReplaceAll(s, "\r\n", "\n")
		s = strings.ReplaceAll(s, "\r", "\n")
	}
	if strings.Contains(s, "\x00") {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	if t.MediaType == "text/plain" && strings.EqualFold(t.Params["format"], "flowed") {
		s = unflow(s, strings.EqualFold(t.Params["delsp"], "yes"))
	}
	return p.bound(s)
}
