package mailer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// ErrLetter is wrapped by every error that comes from the content of a
// [Letter]: the same Letter fails again, nothing was said to any server.
var ErrLetter = errors.New("letter can't be written")

// Letter is one mail to one recipient. The same Letter always gives the same
// bytes, so that a second attempt repeats the first one exactly. No field may
// hold CR, LF or NUL, except Text, HTML and attachment data.
type Letter struct {
	From    Address
	To      Address
	ReplyTo Address // zero: none

	// EnvelopeFrom is the bare address of MAIL FROM, where bounces go. "" is
	// the null sender <>, which RFC 3834 wants of automatic answers.
	EnvelopeFrom string

	Subject string

	// MessageID, InReplyTo and References are identifiers with or without
	// angle brackets; see [ValidMessageID]. MessageID is required.
	MessageID  string
	InReplyTo  string   // "": none
	References []string // oldest first

	Date time.Time // required; its zone is written

	// AutoSubmitted is "", "no", "auto-generated" or "auto-replied"
	// (RFC 3834 5); "" leaves the field out.
	AutoSubmitted string

	// ListID is the identifier of RFC 2919 without angle brackets, for example
	// "digest.market.example"; "": none.
	ListID string
	// ListUnsubscribe holds URIs (https: or mailto:) without angle brackets,
	// preferred first (RFC 2369 3.2).
	ListUnsubscribe []string
	// ListUnsubscribeOneClick adds List-Unsubscribe-Post (RFC 8058 3.1); it
	// needs an https URI in ListUnsubscribe.
	ListUnsubscribeOneClick bool

	Extra []Header

	Text string // the text/plain part, required; any line breaks
	HTML string // "": none

	Attachments []Attachment
}

// WriteTo writes the letter as RFC 5322 bytes: CRLF line ends, the last line
// ended, no line over 998 octets, no dot-stuffing, no Bcc, no User-Agent. ASCII
// only, unless an address has a local part outside ASCII. The error wraps
// [ErrLetter] and names every field that is wrong.
func (l *Letter) WriteTo(w io.Writer) (int64, error) {
	r, err := l.render()
	if err != nil {
		return 0, err
	}
	n, err := w.Write(r.bytes)
	return int64(n), err
}

// rendered is a letter ready for the dialogue.
type rendered struct {
	from, to string // envelope; from is "" for <>
	id       string // Message-ID without angle brackets
	bytes    []byte
	utf8     bool // an address needs SMTPUTF8
}

func (l *Letter) render() (*rendered, error) {
	c, err := l.checked()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLetter, err)
	}
	b, err := c.compose()
	if err != nil {
		return nil, fmt.Errorf("%w: compose <%s>: %w", ErrLetter, c.MessageID, err)
	}
	r := &rendered{from: c.EnvelopeFrom, to: c.To.Addr, id: c.MessageID, bytes: b}
	r.utf8 = !isASCII(c.From.Addr + c.To.Addr + c.ReplyTo.Addr + c.EnvelopeFrom)
	return r, nil
}

// checked returns a copy with normalised addresses and bare identifiers, or
// all that is wrong.
func (l *Letter) checked() (*Letter, error) {
	c := *l
	var errs []error
	bad := func(field string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s %w", field, err))
		}
	}
	address := func(field string, a *Address) {
		bad(field+".Name", checkText(a.Name))
		n, err := NormalizeAddr(a.Addr)
		bad(field+".Addr", err)
		a.Addr = n
	}
	address("From", &c.From)
	address("To", &c.To)
	if !c.ReplyTo.IsZero() {
		address("ReplyTo", &c.ReplyTo)
	}
	if c.EnvelopeFrom != "" {
		n, err := NormalizeAddr(c.EnvelopeFrom)
		bad("EnvelopeFrom", err)
		c.EnvelopeFrom = n
	}
	bad("Subject", checkText(c.Subject))

	id := func(field, s string) string {
		if !ValidMessageID(s) {
			bad(field, fmt.Errorf("%.60q isn't a message identifier; write left@right in printable ASCII", s))
		}
		return bareID(s)
	}
	c.MessageID = id("MessageID", c.MessageID)
	if c.InReplyTo != "" {
		c.InReplyTo = id("InReplyTo", c.InReplyTo)
	}
	c.References = make([]string, len(l.References))
	for i, s := range l.References {
		c.References[i] = id(fmt.Sprintf("References[%d]", i), s)
	}

	if y := c.Date.Year(); y < 1900 || y > 9999 {
		bad("Date", fmt.Errorf("has the year %d; set the time the letter was made", y))
	} else if _, offset := c.Date.Zone(); offset <= -100*3600 || offset >= 100*3600 {
		bad("Date", errors.New("has a zone that four digits can't express"))
	}
	switch c.AutoSubmitted {
	case "", "no", "auto-generated", "auto-replied":
	default:
		bad("AutoSubmitted", fmt.Errorf(`is %q; use "no", "auto-generated" or "auto-replied"`, c.AutoSubmitted))
	}
	bad("list fields", c.checkList())

	seen := map[string]bool{}
	for i, h := range c.Extra {
		field := fmt.Sprintf("Extra[%d]", i)
		bad(field+".Name", checkHeaderName(h.Name))
		bad(field+".Value", checkText(h.Value))
		if key := strings.ToLower(h.Name); seen[key] {
			bad(field+".Name", fmt.Errorf("%q stands there twice", h.Name))
		} else {
			seen[key] = true
		}
	}
	if c.Text == "" {
		bad("Text", errors.New("is empty; every letter has a plain text part"))
	}
	for i, a := range c.Attachments {
		bad(fmt.Sprintf("Attachments[%d].Filename", i), checkText(a.Filename))
		bad(fmt.Sprintf("Attachments[%d].ContentType", i), checkText(a.ContentType))
	}
	return &c, errors.Join(errs...)
}

func (l *Letter) checkList() error {
	if l.ListID != "" {
		if d, err := asciiDomain(l.ListID); err != nil || d != strings.ToLower(l.ListID) {
			return fmt.Errorf("ListID %.60q isn't a name of dotted labels (RFC 2919 2)", l.ListID)
		}
	}
	https := false
	for _, s := range l.ListUnsubscribe {
		u, err := url.Parse(s)
		if err != nil || !isASCII(s) || strings.ContainsAny(s, "<>, \t\r\n\x00") || len(s) > 900 ||
			(u.Scheme != "https" && u.Scheme != "mailto") {
			return fmt.Errorf("ListUnsubscribe %.60q isn't an https or mailto URI of at most 900 ASCII characters, spaces and commas percent-encoded", s)
		}
		https = https || u.Scheme == "https"
	}
	if l.ListUnsubscribeOneClick && !https {
		return errors.New("ListUnsubscribeOneClick needs an https URI in ListUnsubscribe (RFC 8058 3.1)")
	}
	return nil
}

// compose writes a checked letter.
func (l *Letter) compose() ([]byte, error) {
	if b, ok := l.composePlain(); ok {
		return b, nil
	}
	return l.composeByGoMail()
}

// composeByGoMail is compose for every letter.
func (l *Letter) composeByGoMail() ([]byte, error) {
	m := mail.NewMsg(mail.WithCharset(mail.CharsetUTF8), mail.WithEncoding(mail.EncodingQP), mail.WithNoDefaultUserAgent())
	for _, f := range l.fields() {
		m.SetGenHeader(mail.Header(f.name), f.value)
	}
	// The three address fields go in as one preformatted block: go-mail's own
	// leave a literal "=?utf-8?…?=" for the reader to decode, its generic
	// ones encode a UTF-8 address away, and several preformatted fields come
	// out in random order.
	m.SetGenHeaderPreformatted("From", strings.TrimPrefix(l.addresses(), "From: "))

	text, encoding := transferEncoding(l.Text)
	m.SetBodyString(mail.TypeTextPlain, text, mail.WithPartEncoding(encoding))
	if l.HTML != "" {
		html, encoding := transferEncoding(l.HTML)
		m.AddAlternativeString(mail.TypeTextHTML, html, mail.WithPartEncoding(encoding))
	}
	for _, a := range l.Attachments {
		m.AttachReadSeeker(a.name(), bytes.NewReader(a.Data), a.fields)
	}

	var buf bytes.Buffer
	buf.Grow(2048 + 3*(len(l.Text)+len(l.HTML))/2)
	if _, err := m.WriteTo(&buf); err != nil {
		return nil, err
	}
	b := buf.Bytes()
	if l.HTML != "" || len(l.Attachments) > 0 {
		var err error
		if b, err = settleBoundaries(b, l.MessageID); err != nil {
			return nil, err
		}
	}
	if !bytes.HasSuffix(b, []byte("\r\n")) {
		b = append(b, "\r\n"...)
	}
	return b, nil
}

// transferEncoding picks quoted-printable, which stays readable, until a third
// of the octets would need escapes: then base64 is shorter. Base64 carries line
// breaks as they are, so they are made CRLF first (RFC 2045 6.8).
func transferEncoding(s string) (string, mail.Encoding) {
	high := 0
	for i := range len(s) {
		if s[i] >= 0x80 {
			high++
		}
	}
	if 3*high <= len(s) {
		return s, mail.EncodingQP
	}
	s = strings.NewReplacer("\r\n", "\r\n", "\r", "\r\n", "\n", "\r\n").Replace(s)
	return s, mail.EncodingB64
}
