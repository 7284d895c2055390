package message

import (
	"html"
	"strings"
)

// bodies fills Text, HTML and Attachments from the tree.
func (p *parser) bodies(m *Message) {
	b := p.body(m, m.Root, nil)
	m.Text, m.HTML = b.plain, b.html
	if !m.mute() {
		return
	}
	// QUIRK: text that has a name is better than none.
	p.firstText(m, func(t *Part) bool { return t.Disposition != "attachment" || t == m.Root && t.Filename == "" })
	if !m.mute() {
		return
	}
	if t := m.Part("message/delivery-status"); t != nil && t.Body.Size() > 0 {
		m.Text = p.render(m, t)
		return
	}
	// The body is messages and nothing else, as in a digest: their texts are all
	// there is to read.
	var all []body
	m.Root.Walk(func(t *Part) {
		if n := t.Nested; n != nil && !n.mute() {
			all = append(all, body{n.Text, n.HTML})
		}
	})
	b = p.concat(all)
	m.Text, m.HTML = b.plain, b.html
}

// mute reports whether there is nothing to read.
func (m *Message) mute() bool {
	return strings.TrimSpace(m.Text) == "" && strings.TrimSpace(m.HTML) == ""
}

func (p *parser) firstText(m *Message, fits func(*Part) bool) {
	m.Root.Walk(func(t *Part) {
		if !m.mute() || t.Body.Size() == 0 || t.Nested != nil || !fits(t) {
			return
		}
		switch t.MediaType {
		case "text/plain":
			m.Text = p.render(m, t)
		case "text/html":
			m.HTML = p.render(m, t)
		}
	})
}

// body is what a part contributes to the text of a message, in both forms.
type body struct{ plain, html string }

func (b body) empty() bool { return b.plain == "" && b.html == "" }

// body gathers the text below t and puts all else into the attachments.
func (p *parser) body(m *Message, t, parent *Part) body {
	switch {
	case t.IsMultipart() && t.MediaType == "multipart/alternative":
		// The same in several forms, best last (RFC 2046 5.1.4). Of each form
		// the last that has content wins.
		var best body
		for _, c := range t.Children {
			b := p.body(m, c, t)
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
			if b := p.body(m, c, t); !b.empty() {
				all = append(all, b)
			}
		}
		return p.concat(all)
	case t.Nested != nil:
		m.Attachments = append(m.Attachments, attachment(t, parent))
		return body{}
	}
	if t.Disposition != "attachment" && t.Filename == "" {
		switch t.MediaType {
		case "text/plain", "text/enriched", "text/richtext", "text/markdown", "text/x-markdown":
			return body{plain: p.render(m, t)}
		case "text/html":
			return body{html: p.render(m, t)}
		}
	}
	return p.leafBody(m, t, parent)
}

// leafBody adds a leaf that isn't text to the attachments, unless it is there
// for programs.
func (p *parser) leafBody(m *Message, t, parent *Part) body {
	switch t.MediaType {
	case "message/delivery-status", "message/global-delivery-status", "message/feedback-report",
		"message/disposition-notification", "text/rfc822-headers", "message/global-headers":
		return body{}
	case "text/x-amp-html", "text/watch-html":
		if parent != nil && parent.MediaType == "multipart/alternative" {
			return body{} // the text once more (AMP for Email, Apple Watch)
		}
	case "application/applefile":
		if parent != nil && parent.MediaType == "multipart/appledouble" {
			return body{} // the Finder's half of a file (RFC 1740)
		}
	case "application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted":
		p.defects.add(OpaqueBody, t.MediaType)
	case "application/ms-tnef", "application/vnd.ms-tnef":
		if b, ok := p.tnef(m, t); ok {
			return b
		}
	}
	if t.Body.Size() > 0 || t.Filename != "" {
		m.Attachments = append(m.Attachments, attachment(t, parent))
	}
	return body{}
}

func attachment(t, parent *Part) Attachment {
	return Attachment{
		Filename:    t.Filename,
		ContentType: t.MediaType,
		ContentID:   t.ContentID,
		Inline: t.Disposition == "inline" ||
			t.Disposition == "" && parent != nil && parent.MediaType == "multipart/related" && t.ContentID != "",
		Body: t.Body,
	}
}

// concat puts the texts of several parts after one another. When the first has
// no plain form the others' don't stand for the whole (a list's footer under an
// HTML letter), so they join the HTML alone.
func (p *parser) concat(all []body) body {
	switch len(all) {
	case 0:
		return body{}
	case 1:
		return all[0]
	}
	var plain, rich strings.Builder
	anyHTML := false
	for _, b := range all {
		anyHTML = anyHTML || b.html != ""
	}
	for i, b := range all {
		if b.plain != "" && all[0].plain != "" && plain.Len() <= p.lim.TextBytes {
			if i > 0 {
				plain.WriteString("\n")
			}
			plain.WriteString(b.plain)
		}
		if anyHTML && rich.Len() <= p.lim.TextBytes {
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
	return string(trimRune([]byte(s[:p.lim.TextBytes])))
}
