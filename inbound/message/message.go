package message

import (
	"bytes"
	"net/url"
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
	// Text is the best plain text in UTF-8 with LF line ends and format=flowed
	// undone (RFC 3676); "" if there is none. Several texts that stand one after
	// another are joined.
	Text string
	// HTML is the best text/html body in UTF-8, as the sender wrote it: unsafe
	// to show; "" if there is none.
	HTML string
	// Attachments are all other leaves, in order of appearance, except the
	// machine-readable parts of a multipart/report. Files in a winmail.dat or
	// uuencoded within a text stand here too.
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
	lim = lim.WithDefaults()
	d := &defects{max: lim.Defects}
	if int64(len(raw)) > lim.Size {
		d.add(LimitSize, "")
		raw = raw[:lim.Size]
	}
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")) // QUIRK: saved by an editor
	p := &parser{
		raw: lineEnds(raw), lim: lim, defects: d,
		budget: &budget{
			parts: lim.Parts, decoded: lim.DecodedBytes, addresses: lim.Addresses, text: 8 * lim.TextBytes,
			deadline: time.Now().Add(lim.Time),
		},
	}
	m := p.message(0)
	m.Defects = d.all()
	return m
}

// lineEnds makes LF of every CR that stands alone, in a message whose header has
// such line ends. QUIRK: old Macs, and gateways that convert twice.
func lineEnds(raw []byte) []byte {
	first := len(raw)
	if i := bytes.IndexByte(raw, '\n'); i >= 0 {
		first = i
	}
	line := bytes.TrimRight(raw[:first], "\r")
	i := bytes.IndexByte(line, '\r')
	if i >= 0 && first < len(raw) && !isField(line[i+1:]) || i < 0 && (first < len(raw) || len(line) == first) {
		return raw
	}
	out := bytes.Clone(raw)
	for i, c := range out {
		if c == '\r' && (i+1 == len(out) || out[i+1] != '\n') {
			out[i] = '\n'
		}
	}
	return out
}

// Walk calls f for every part of m and of the messages nested in it, in order
// of appearance, with the message that the part belongs to. Where f returns
// false it doesn't go into the part.
func (m *Message) Walk(f func(in *Message, p *Part) bool) {
	if m.Root != nil {
		m.walk(m.Root, f)
	}
}

func (m *Message) walk(p *Part, f func(*Message, *Part) bool) {
	if !f(m, p) {
		return
	}
	for _, c := range p.Children {
		m.walk(c, f)
	}
	if p.Nested != nil {
		p.Nested.Walk(f)
	}
}

// Part returns the first part of a media type, in lower case, outside of nested
// messages; nil if there is none. It finds the parts of a report, such as
// "message/delivery-status" (RFC 3464).
func (m *Message) Part(mediaType string) *Part {
	var found *Part
	m.Walk(func(_ *Message, p *Part) bool {
		if found == nil && p.MediaType == mediaType {
			found = p
		}
		return found == nil && p.Nested == nil
	})
	return found
}

// ByContentID returns the attachment that a "cid:" link names (RFC 2392). The id
// may come as a link, in angle brackets or bare.
func (m *Message) ByContentID(id string) (Attachment, bool) {
	if len(id) > 4 && strings.EqualFold(id[:4], "cid:") {
		id = id[4:]
		if plain, err := url.PathUnescape(id); err == nil {
			id = plain
		}
	}
	id = strings.Trim(id, "<> \t")
	if id == "" {
		return Attachment{}, false
	}
	for _, a := range m.Attachments {
		if strings.EqualFold(a.ContentID, id) {
			return a, true
		}
	}
	return Attachment{}, false
}

// message reads a message at the cursor: the whole input, or one that stands in
// another up to the next boundary.
func (p *parser) message(depth int) *Message {
	// QUIRK: empty lines before the header.
	at := p.pos
	for at < len(p.raw) && (p.raw[at] == '\n' || p.raw[at] == '\r') {
		at++
	}
	if at > p.pos {
		if line, _ := nextLine(p.raw[at:]); isField(line) {
			p.pos = at
		}
	}
	m := &Message{Header: p.header()}
	p.restOfHeader(m)
	p.fields(m)
	m.Root = p.part(m.Header, depth, "text/plain")
	p.bodies(m)
	return m
}

// restOfHeader reads on where an empty line stands within the header. QUIRK:
// programs that put one line end too many before the MIME fields.
func (p *parser) restOfHeader(m *Message) {
	if m.Header.Has("Content-Type") || m.Header.Has("MIME-Version") {
		return
	}
	at := p.pos
	for at < len(p.raw) && at < p.pos+8 && (p.raw[at] == '\n' || p.raw[at] == '\r') {
		at++
	}
	line, _ := nextLine(p.raw[at:min(len(p.raw), at+200)])
	name, _, ok := fieldName(line)
	if !ok || !bytes.EqualFold(line[:name], []byte("MIME-Version")) && !bytes.EqualFold(line[:name], []byte("Content-Type")) {
		return
	}
	p.defects.add(SplitHeader, string(line[:name]))
	p.pos = at
	more := p.header()
	m.Header.fields = append(m.Header.fields, more.fields...)
}

// fields reads the fields of the header that every reader of mail asks for.
func (p *parser) fields(m *Message) {
	var id, inReplyTo, references, date, subject bool // the first of each counts
	for i := range m.Header.fields {
		f := &m.Header.fields[i]
		is := func(name string) bool { return len(name) == len(f.name) && strings.EqualFold(name, f.name) }
		switch f.name[0] | 0x20 {
		case 'f':
			if is("From") {
				m.From = p.addresses(m.From, m.Header, f)
			}
		case 't':
			if is("To") {
				m.To = p.addresses(m.To, m.Header, f)
			}
		case 'c':
			if is("Cc") {
				m.Cc = p.addresses(m.Cc, m.Header, f)
			}
		case 's':
			if is("Subject") && !subject {
				m.Subject, subject = decodeHeader(f.value, m.Header.charset), true
			} else if is("Sender") {
				m.Sender = p.addresses(m.Sender, m.Header, f)
			}
		case 'r':
			if is("References") && !references {
				m.References, references = p.references(f.value), true
			} else if is("Reply-To") {
				m.ReplyTo = p.addresses(m.ReplyTo, m.Header, f)
			}
		case 'm':
			if is("Message-ID") && !id {
				m.MessageID, id = firstID(f.value), true
			}
		case 'i':
			if is("In-Reply-To") && !inReplyTo {
				m.InReplyTo, inReplyTo = firstID(f.value), true
			}
		case 'd':
			if is("Date") && !date && f.value != "" {
				date = true
				var ok bool
				if m.Date, ok = parseDate(f.value); !ok {
					p.defects.add(BadDate, f.value)
				}
			}
		}
	}
}

func (p *parser) addresses(all []Address, h Header, f *field) []Address {
	if f.value == "" {
		return all
	}
	list, bad := parseAddresses(f.value, p.budget.addresses+1, h.charset)
	if len(list) > p.budget.addresses {
		p.defects.add(LimitAddresses, f.name)
		list = list[:p.budget.addresses]
	}
	p.budget.addresses -= len(list)
	for i, b := range bad {
		if i < 5 {
			p.defects.add(BadAddress, b)
		}
	}
	if all == nil {
		return list
	}
	return append(all, list...)
}

func firstID(raw string) string {
	if ids := messageIDs(raw, 1); len(ids) > 0 {
		return ids[0]
	}
	return ""
}

func (p *parser) references(raw string) []string {
	ids := messageIDs(raw, -1)
	if n := len(ids); n > p.lim.References {
		p.defects.add(LimitReferences, "")
		ids = ids[n-p.lim.References:]
	}
	return ids
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
		j := strings.IndexByte(rest[i:], '>')
		if j < 0 {
			break
		}
		if id := rest[i+1 : i+j]; plainID(id) {
			ids = append(ids, rest[i:i+j+1])
		} else if id = strings.Join(strings.Fields(id), ""); id != "" {
			// A fold inside an id leaves white space in it.
			ids = append(ids, "<"+cleanHeader(strings.TrimLeft(id, "<"))+">")
		}
		rest = rest[i+j+1:]
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

// plainID reports whether an id can be kept as it stands.
func plainID(id string) bool {
	for i := range len(id) {
		if id[i] <= ' ' || id[i] >= 0x7f || id[i] == '<' {
			return false
		}
	}
	return id != ""
}
