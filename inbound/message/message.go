package message

import (
	"bytes"
	"strings"
	"time"
)

// Message is one mail as far as it could be read. Its slices may share memory
// with the bytes given to [Parse]: neither may be changed while the other is
// in use.
type Message struct {
	Header Header

	// From, Sender, To, Cc and ReplyTo are the address fields of RFC 5322 3.6.2
	// and 3.6.3, in order, all fields of a name together.
	From, Sender, To, Cc, ReplyTo []Address
	// Subject is decoded, on one line.
	Subject string
	// MessageID and InReplyTo are ids in angle brackets (RFC 5322 3.6.4), without
	// white space; of several in In-Reply-To the first.
	MessageID, InReplyTo string
	// References are ids in angle brackets, oldest first.
	References []string
	// Date is what the sender's clock said, in the zone it named; zero if the
	// field is missing or unreadable.
	Date time.Time

	// Root is the body as a tree; never nil in a Message from [Parse].
	Root *Part
	// Text is the best text/plain body in UTF-8 with LF line ends and
	// format=flowed undone (RFC 3676); "" if there is none.
	Text string
	// HTML is the best text/html body in UTF-8, as the sender wrote it: unsafe
	// to show; "" if there is none.
	HTML string
	// Attachments are all other leaves, in order of appearance, except the
	// machine-readable parts of a multipart/report.
	Attachments []Attachment
	// Defects lists what had to be guessed, dropped or bounded.
	Defects []Defect
}

// Attachment is a leaf of the message that isn't its text.
type Attachment struct {
	// Filename has no path; "" if the sender gave none.
	Filename string
	// ContentType is the media type claimed, such as "image/png".
	ContentType string
	// ContentID is without angle brackets: what "cid:" links in HTML name
	// (RFC 2392); "" if there is none.
	ContentID string
	// Inline says that the sender wanted it shown within the text: by its
	// disposition, or by a Content-ID inside multipart/related.
	Inline bool
	Body   Body
}

// Parse reads a message. It always returns one: of bytes that aren't mail,
// nothing but a text. Time and memory are linear in len(raw) and bounded by
// lim, whose zero value is sensible.
func Parse(raw []byte, lim Limits) *Message {
	lim = lim.withDefaults()
	d := &defects{max: lim.Defects}
	if int64(len(raw)) > lim.Size {
		d.add(LimitSize, "")
		raw = raw[:lim.Size]
	}
	if bytes.IndexByte(raw, '\n') < 0 && bytes.IndexByte(raw, '\r') >= 0 {
		// QUIRK: line ends of CR alone.
		raw = bytes.ReplaceAll(raw, []byte("\r"), []byte("\n"))
	}
	p := &parser{
		raw: raw, lim: lim, defects: d,
		budget: &budget{parts: lim.Parts, decoded: lim.DecodedBytes, addresses: lim.Addresses},
	}
	m := p.message(0)
	m.Defects = d.all()
	return m
}

// message reads a message at the cursor: the whole input, or one that stands in
// another up to the next boundary.
func (p *parser) message(depth int) *Message {
	// QUIRK: empty lines before the header.
	at := p.pos
	for at < len(p.raw) && (p.raw[at] == '\n' || p.raw[at] == '\r') {
		at++
	}
	if line, _ := nextLine(p.raw[at:]); at > p.pos {
		if _, ok := fieldName(line); ok {
			p.pos = at
		}
	}
	m := &Message{}
	m.Header = p.header()
	p.fields(m)
	m.Root = p.part(m.Header, depth, "text/plain")
	p.bodies(m)
	return m
}

func (p *parser) fields(m *Message) {
	h := m.Header
	m.From = p.addresses(h, "From")
	m.Sender = p.addresses(h, "Sender")
	m.ReplyTo = p.addresses(h, "Reply-To")
	m.To = p.addresses(h, "To")
	m.Cc = p.addresses(h, "Cc")
	m.Subject = h.Get("Subject")
	if ids := messageIDs(h.Raw("Message-ID"), 1); len(ids) > 0 {
		m.MessageID = ids[0]
	}
	if ids := messageIDs(h.Raw("In-Reply-To"), 1); len(ids) > 0 {
		m.InReplyTo = ids[0]
	}
	m.References = messageIDs(h.Raw("References"), -1)
	if n := len(m.References); n > p.lim.References {
		p.defects.add(LimitReferences, "")
		m.References = m.References[n-p.lim.References:]
	}
	if raw := h.Raw("Date"); raw != "" {
		t, ok := parseDate(raw)
		if !ok {
			p.defects.add(BadDate, raw)
		}
		m.Date = t
	}
}

func (p *parser) addresses(h Header, name string) []Address {
	var all []Address
	for n, v := range h.All() {
		if !strings.EqualFold(n, name) || v == "" {
			continue
		}
		list, bad := ParseAddresses(v, p.budget.addresses+1)
		if len(list) > p.budget.addresses {
			p.defects.add(LimitAddresses, name)
			list = list[:p.budget.addresses]
		}
		p.budget.addresses -= len(list)
		for i, b := range bad {
			if i < 5 {
				p.defects.add(BadAddress, b)
			}
		}
		all = append(all, list...)
	}
	return all
}

// messageIDs returns at most limit ids (all if negative) of a field, in
// brackets. QUIRK: ids without brackets are taken when none has any.
func messageIDs(raw string, limit int) []string {
	var ids []string
	rest := raw
	for limit < 0 || len(ids) < limit {
		i := strings.IndexByte(rest, '<')
		if i < 0 {
			break
		}
		rest = rest[i+1:]
		j := strings.IndexByte(rest, '>')
		if j < 0 {
			break
		}
		// A fold inside an id leaves white space in it.
		if id := strings.Join(strings.Fields(rest[:j]), ""); id != "" {
			ids = append(ids, "<"+cleanHeader(id)+">")
		}
		rest = rest[j+1:]
	}
	if len(ids) == 0 {
		for w := range strings.FieldsSeq(raw) {
			if w = strings.Trim(w, "<>,;"); strings.Contains(w, "@") && (limit < 0 || len(ids) < limit) {
				ids = append(ids, "<"+cleanHeader(w)+">")
			}
		}
	}
	return ids
}
