package inspect

import (
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost/inbound/class"
	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/inbound/reply"
)

// Document is a [Reading] in the form that is shown and stored: its JSON is
// stable. Fields may be added; none changes its meaning. All text is UTF-8; it
// is what strangers wrote and may hold control characters, which [EncodeJSON]
// and [Document.WriteText] escape.
type Document struct {
	// File is where the mail came from, as the caller named it.
	File string `json:"file,omitempty"`
	Kind Kind   `json:"kind"`
	// Size is the number of bytes of the whole mail, read or not.
	Size int64 `json:"size"`

	// The header of a mail; nothing of it for a bare body.
	From       []Address `json:"from,omitempty"`
	Sender     []Address `json:"sender,omitempty"`
	ReplyTo    []Address `json:"reply_to,omitempty"`
	To         []Address `json:"to,omitempty"`
	Cc         []Address `json:"cc,omitempty"`
	Subject    string    `json:"subject,omitempty"`
	Date       string    `json:"date,omitempty"` // RFC 3339, in the sender's zone
	MessageID  string    `json:"message_id,omitempty"`
	InReplyTo  string    `json:"in_reply_to,omitempty"`
	References []string  `json:"references,omitempty"`

	// Class and Rule say what kind of mail it is and which rule decided; Why
	// says the rule in words.
	Class class.Class `json:"class,omitempty"`
	Rule  string      `json:"rule,omitempty"`
	Why   string      `json:"why,omitempty"`

	Parts *Part `json:"parts,omitempty"`
	// TextBytes and HTMLBytes are the lengths of the plain and the HTML text
	// found, decoded.
	TextBytes int `json:"text_bytes"`
	HTMLBytes int `json:"html_bytes"`
	// Attachments are all files, inline images and those within a winmail.dat or
	// a text (uuencode) included, of which Parts knows nothing.
	Attachments []Attachment `json:"attachments,omitempty"`
	Calendars   []Calendar   `json:"calendars,omitempty"`
	Defects     []Defect     `json:"defects,omitempty"`

	// What a report says, of whatever class the mail is.
	Delivery    *Delivery    `json:"delivery,omitempty"`
	Feedback    *Feedback    `json:"feedback,omitempty"`
	Disposition *Disposition `json:"disposition,omitempty"`

	// Trust is what the trust table says of the sender; nil where it wasn't asked.
	Trust *Trust `json:"trust,omitempty"`

	New New `json:"new"`
	// Ms is the time that reading took, in milliseconds.
	Ms float64 `json:"ms"`
}

// Trust is how far a mail's sender may be believed, in words that are shown.
type Trust struct {
	// From is the one address that counts; "" if there is none.
	From string `json:"from"`
	// Authentication is pass, none, fail or temporary, and By who found it out:
	// "authserv" the receiving server, "own" a check of ours, "" nobody.
	Authentication string `json:"authentication"`
	By             string `json:"by,omitempty"`
	Detail         string `json:"detail,omitempty"`
	// Address says what the reply address is that the mail was sent to.
	Address string `json:"address"`
	// IfOwn says what would become of the mail if From is an address of the
	// person to whom the reply address was given, IfOther if it isn't.
	IfOwn   string `json:"if_own"`
	IfOther string `json:"if_other"`
}

// Address is one mailbox of a header field.
type Address struct {
	Name    string `json:"name,omitempty"`
	Address string `json:"address"`
}

// Part is one node of the MIME tree.
type Part struct {
	MediaType   string `json:"media_type"`
	Charset     string `json:"charset,omitempty"`
	Encoding    string `json:"encoding,omitempty"` // Content-Transfer-Encoding, in lower case
	Disposition string `json:"disposition,omitempty"`
	Filename    string `json:"filename,omitempty"`
	ContentID   string `json:"content_id,omitempty"`
	// Size is the number of decoded bytes of a leaf or a nested message.
	Size int64 `json:"size"`
	// Subject is that of a nested message.
	Subject string `json:"subject,omitempty"`
	// Parts are the parts of a multipart, or the one body of a nested message.
	Parts []*Part `json:"parts,omitempty"`
}

// Attachment is one file of the mail.
type Attachment struct {
	Filename  string `json:"filename,omitempty"`
	MediaType string `json:"media_type"`
	ContentID string `json:"content_id,omitempty"`
	Inline    bool   `json:"inline"` // the sender wanted it shown within the text
	Size      int64  `json:"size"`   // decoded
}

// Calendar is a calendar part: an invitation or an answer to one (RFC 5546).
type Calendar struct {
	Method string `json:"method,omitempty"`
	UID    string `json:"uid,omitempty"`
}

// Defect is one thing that was wrong with the mail.
type Defect struct {
	Kind   message.DefectKind `json:"kind"`
	Detail string             `json:"detail,omitempty"`
	// Means says the kind in words, and what was done about it.
	Means string `json:"means"`
}

// New is the newly written text, and what was cut to find it.
type New struct {
	// From is the body that was read: "text/plain", "text/html" or "".
	From string `json:"from,omitempty"`
	Text string `json:"text"`
	// Markdown says that Text is Markdown (CommonMark).
	Markdown bool `json:"markdown"`
	// Fold is the offset in Text, in bytes of UTF-8, from which on it is probably
	// not new; its length if there is nothing to fold.
	Fold        int    `json:"fold"`
	Quoted      string `json:"quoted"`
	QuotedLines int    `json:"quoted_lines"`
	Cuts        []Cut  `json:"cuts,omitempty"`
}

// Cut is one stretch that was taken out or folded.
type Cut struct {
	Kind       reply.CutKind `json:"kind"`
	Evidence   string        `json:"evidence"`
	Confidence float64       `json:"confidence"` // 0 to 1
	Folded     bool          `json:"folded"`
}

// shortest is how much is kept of a value that a sender may repeat in each part:
// a hostile mail has a thousand.
const shortest = 200

// Document returns the reading in the form to show. All text of the mail goes
// through redact, which takes out what nobody may see, such as secret addresses;
// nil keeps everything.
func (r Reading) Document(redact func(string) string) *Document {
	c := cleaner{redact}
	d := &Document{
		Kind: r.Kind, Size: r.Size, Class: r.Class, Rule: r.Rule, Why: Why(r.Class, r.Rule),
		Ms: float64(r.Took.Microseconds()) / 1000,
	}
	if m := r.Message; m != nil {
		c.header(d, m)
		d.Parts = c.part(m.Root)
		d.TextBytes, d.HTMLBytes = len(m.Text), len(m.HTML)
		for _, a := range m.Attachments {
			d.Attachments = append(d.Attachments, Attachment{
				c.short(a.Filename), c.short(a.ContentType), c.short(a.ContentID), a.Inline, a.Body.Size(),
			})
		}
		for _, e := range m.Calendars() {
			d.Calendars = append(d.Calendars, Calendar{c.short(e.Method), c.short(e.UID)})
		}
		for _, e := range r.Defects() {
			d.Defects = append(d.Defects, Defect{e.Kind, c.text(e.Detail), Means(e.Kind)})
		}
	}
	d.Delivery, d.Feedback, d.Disposition = c.delivery(r.Delivery), c.feedback(r.Feedback), c.disposition(r.Disposition)
	d.New = c.written(r)
	return d
}

// cleaner makes text of a mail fit to show.
type cleaner struct{ redact func(string) string }

func (c cleaner) text(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if c.redact != nil {
		s = c.redact(s)
	}
	return s
}

// short cuts after redacting: half a secret wouldn't be recognised.
func (c cleaner) short(s string) string {
	s = c.text(s)
	if len(s) <= shortest {
		return s
	}
	return strings.ToValidUTF8(s[:shortest], "") + "…"
}

func (c cleaner) header(d *Document, m *message.Message) {
	d.From, d.Sender, d.ReplyTo = c.addresses(m.From), c.addresses(m.Sender), c.addresses(m.ReplyTo)
	d.To, d.Cc = c.addresses(m.To), c.addresses(m.Cc)
	d.Subject, d.MessageID, d.InReplyTo = c.text(m.Subject), c.text(m.MessageID), c.text(m.InReplyTo)
	for _, id := range m.References {
		d.References = append(d.References, c.text(id))
	}
	if !m.Date.IsZero() {
		d.Date = m.Date.Format(time.RFC3339)
	}
}

func (c cleaner) addresses(list []message.Address) []Address {
	var all []Address
	for _, a := range list {
		all = append(all, Address{c.text(a.Name), c.text(a.Addr)})
	}
	return all
}

func (c cleaner) part(p *message.Part) *Part {
	t := &Part{
		MediaType: c.short(p.MediaType), Charset: c.short(p.Charset), Disposition: c.short(p.Disposition),
		Encoding: c.short(strings.ToLower(p.Header.Get("Content-Transfer-Encoding"))),
		Filename: c.short(p.Filename), ContentID: c.short(p.ContentID), Size: p.Body.Size(),
	}
	for _, child := range p.Children {
		t.Parts = append(t.Parts, c.part(child))
	}
	if p.Nested != nil {
		t.Subject = c.short(p.Nested.Subject)
		t.Parts = append(t.Parts, c.part(p.Nested.Root))
	}
	return t
}

func (c cleaner) written(r Reading) New {
	cut := r.Reply
	// Both halves are redacted by themselves so that the fold stays between
	// them.
	head := c.text(cut.Text[:cut.Fold])
	n := New{
		Text: head + c.text(cut.Text[cut.Fold:]), Fold: len(head),
		Markdown: cut.Markdown, Quoted: c.text(cut.Quoted),
	}
	switch {
	case cut.Markdown:
		n.From = "text/html"
	case r.Kind == PlainBody || r.Message != nil && strings.TrimSpace(r.Message.Text) != "":
		n.From = "text/plain"
	}
	if n.Quoted != "" {
		n.QuotedLines = strings.Count(n.Quoted, "\n") + 1
	}
	for _, why := range cut.Cuts {
		n.Cuts = append(n.Cuts, Cut{why.Kind, c.text(why.Evidence), why.Confidence, why.Folded})
	}
	return n
}
