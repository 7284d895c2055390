package report

import (
	"bytes"
	"io"
	"strings"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

// maxText bounds the text of a report that is looked at, in bytes. The reports
// of mail servers take a few thousand; what follows is the mail returned.
const maxText = 64 << 10

// parts are the leaves of a report that tell something. They are opened when
// they are asked for: ordinary mail has attachments that are dear to decode.
type parts struct {
	status   []*message.Part  // delivery-status
	header   *message.Part    // the header of the mail reported on
	nested   *message.Message // the mail reported on
	named    []*message.Part  // texts that were sent as files
	feedback *message.Part
	receipt  *message.Part
}

// findParts looks at every leaf outside of nested messages. QUIRK: report-type
// isn't asked, as it is often missing or wrong, and the parts are sent in
// multipart/mixed too (McAfee, OpenSMTPD).
func findParts(m *message.Message) parts {
	var p parts
	m.Root.Walk(func(l *message.Part) {
		switch l.MediaType {
		case "message/delivery-status", "message/global-delivery-status":
			p.status = append(p.status, l)
		case "text/rfc822-headers", "text/rfc822-header", "message/global-headers", "message/rfc822-headers":
			if p.header == nil {
				p.header = l
			}
		case "message/rfc822", "message/global":
			if p.nested == nil {
				p.nested = l.Nested
			}
		case "message/feedback-report":
			p.feedback = l
		case "message/disposition-notification", "message/global-disposition-notification":
			p.receipt = l
		case "text/plain":
			if l.Filename != "" && p.nested == nil && len(p.named) < 8 {
				p.named = append(p.named, l)
			}
		}
	})
	return p
}

// open returns the beginning of each part's content, an empty line after each,
// at most 4*maxText bytes in all.
func open(list ...*message.Part) []byte {
	var b []byte
	for _, l := range list {
		if l == nil {
			continue
		}
		// What is read never fails: what can't be decoded is dropped.
		data, _ := io.ReadAll(io.LimitReader(l.Body.Open(), int64(max(0, 4*maxText-len(b)))))
		b = append(b, bytes.ReplaceAll(data, []byte("\r"), nil)...)
		b = append(b, '\n', '\n')
	}
	return b
}

// original returns what a report returns of the mail it is about: its header
// and its Message-ID.
func original(p parts, t *text) (message.Header, string) {
	switch {
	case p.nested != nil && p.nested.Header.Len() > 0:
		return p.nested.Header, p.nested.MessageID
	case p.header != nil:
		o := message.Parse(open(p.header), message.Limits{})
		return o.Header, o.MessageID
	case t != nil && strings.TrimSpace(t.returned) != "":
		o := message.Parse([]byte(strings.TrimLeft(t.returned, "\n\t ")), message.Limits{Parts: 1})
		return o.Header, o.MessageID
	}
	return message.Header{}, ""
}

// htmlText returns the text of an HTML report, a line for each block. It is
// for finding addresses and codes, not for showing.
func htmlText(s string) string {
	s = s[:min(len(s), 4*maxText)]
	var b strings.Builder
	for s != "" && b.Len() < maxText {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			b.WriteString(s)
			break
		}
		b.WriteString(s[:i])
		s = s[i+1:]
		end := strings.IndexByte(s, '>')
		if end < 0 {
			break
		}
		name := strings.ToLower(strings.TrimLeft(s[:min(end, 12)], "/"))
		if j := strings.IndexAny(name, " \t\n/"); j >= 0 {
			name = name[:j]
		}
		s = s[end+1:]
		switch name {
		case "style", "script", "title":
			j := strings.Index(s, "</")
			if j < 0 {
				return unescape(b.String())
			}
			s = s[j:]
		case "br", "p", "div", "tr", "li", "ul", "table", "pre", "blockquote", "hr", "h1", "h2", "h3", "h4", "body":
			b.WriteByte('\n')
		case "td":
			b.WriteByte(' ')
		}
	}
	return unescape(b.String())
}
