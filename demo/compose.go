package demo

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/mailer"
)

// Bounds of what the form takes: a form in bytes, files included, and how much
// of it is kept in memory while it is read.
const (
	maxForm    = 26 << 20
	formMemory = 4 << 20
)

// composePage is the form's data.
type composePage struct {
	frame
	Box    Box
	BoxURL string
	Action string
	Re     uint32 // the UID of the mail that is answered; 0 = none
	Draft  draft
	Quote  string
	Fault  string
}

func (c *mailClient) composePage(b Box, re uint32, d draft, quote, fault string) composePage {
	title := "New mail"
	if re != 0 {
		title = "Reply"
	}
	return composePage{
		frame: c.frame(title), Box: b, BoxURL: c.boxURL(b.Address), Action: c.boxURL(b.Address) + "/compose",
		Re: re, Draft: d, Quote: quote, Fault: fault,
	}
}

func (c *mailClient) showForm(w http.ResponseWriter, r *http.Request) {
	b, ok := c.box(w, r)
	if !ok {
		return
	}
	d := draft{To: oneLine(r.FormValue("to")), Subject: oneLine(r.FormValue("subject")), Body: r.FormValue("body")}
	re := parseUID(r.FormValue("re"))
	quote := ""
	if re != 0 {
		stored, ok := c.find(b.Address, re)
		if !ok {
			c.problem(w, r, http.StatusNotFound, "The mail you want to answer isn't in this mailbox any more.")
			return
		}
		a := answerTo(stored)
		d.To, d.Subject, quote = a.To, a.Subject, a.Quote
	}
	c.pages.render(w, r, http.StatusOK, "compose", c.composePage(b, re, d, quote, ""))
}

// send takes the form. What is wrong is said above the form, which keeps what
// was typed; files must be chosen again, browsers want it so.
func (c *mailClient) send(w http.ResponseWriter, r *http.Request) {
	b, ok := c.box(w, r)
	if !ok {
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	err := r.ParseMultipartForm(formMemory) //nolint:gosec // G120: bounded by the line above
	if err != nil && !errors.Is(err, http.ErrNotMultipart) {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			c.problem(w, r, http.StatusRequestEntityTooLarge, fmt.Sprintf("Not sent: the mail with its files is larger than %d MiB.", maxForm>>20))
			return
		}
		c.problem(w, r, http.StatusBadRequest, "Not sent: the form couldn't be read.")
		return
	}
	if r.MultipartForm != nil {
		defer r.MultipartForm.RemoveAll()
	}
	d := draft{To: oneLine(r.PostFormValue("to")), Subject: oneLine(r.PostFormValue("subject")), Body: typed(r.PostFormValue("body"))}
	re, quote := parseUID(r.PostFormValue("re")), typed(r.PostFormValue("quote"))
	var a answer
	if re != 0 {
		// A mail that went meanwhile costs the reply its threading alone.
		if stored, ok := c.find(b.Address, re); ok {
			a = answerTo(stored)
		}
	}
	to, err := c.post(b, d, a, quote, r.MultipartForm)
	if err != nil {
		c.log.InfoContext(r.Context(), "mail not sent", "error", err)
		c.pages.render(w, r, http.StatusUnprocessableEntity, "compose", c.composePage(b, re, d, quote, "Not sent: "+err.Error()))
		return
	}
	http.Redirect(w, r, c.boxURL(b.Address)+"?"+url.Values{"sent": {to}}.Encode(), http.StatusSeeOther)
}

// typed undoes the CRLF of forms (HTML, "normalize newlines").
func typed(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
}

// post makes a mail of the form and delivers it. It returns the recipient's
// address.
func (c *mailClient) post(b Box, d draft, a answer, quote string, form *multipart.Form) (string, error) {
	to, err := recipient(d.To)
	if err != nil {
		return "", err
	}
	_, domain, _ := strings.Cut(b.Address, "@")
	l := mailer.Letter{
		From: mailer.Address{Name: b.Name, Addr: b.Address}, To: to, EnvelopeFrom: b.Address, Subject: d.Subject,
		MessageID: rand.Text() + "@" + domain, InReplyTo: a.InReplyTo, References: a.References, Date: time.Now(),
	}
	l.Text, l.HTML = a.bodies(d.Body, quote)
	if l.Attachments, err = uploads(form); err != nil {
		return "", err
	}
	var raw bytes.Buffer
	if _, err := l.WriteTo(&raw); err != nil {
		return "", err
	}
	// In process rather than over the SMTP port, to the same effect, so that no
	// connection can fail between the form and the mailbox.
	if err := c.mail.Deliver(b.Address, []string{to.Addr}, raw.Bytes()); err != nil {
		return "", err
	}
	c.log.Info("mail sent", "from", b.Address, "bytes", raw.Len(), "attachments", len(l.Attachments))
	return to.Addr, nil
}

func recipient(s string) (mailer.Address, error) {
	list, bad := message.ParseAddresses(s, 2)
	if len(list) != 1 || len(bad) > 0 {
		return mailer.Address{}, errors.New("write to one address, like name@example.com")
	}
	addr, err := mailer.NormalizeAddr(list[0].Addr)
	if err != nil {
		return mailer.Address{}, fmt.Errorf("the recipient's address %w", err)
	}
	return mailer.Address{Name: oneLine(list[0].Name), Addr: addr}, nil
}

func uploads(form *multipart.Form) ([]mailer.Attachment, error) {
	if form == nil {
		return nil, nil
	}
	var out []mailer.Attachment
	for _, h := range form.File["files"] {
		if h.Filename == "" {
			continue // a field that was left empty
		}
		data, err := readUpload(h)
		if err != nil {
			return nil, fmt.Errorf("the file %q couldn't be read: %w", h.Filename, err)
		}
		out = append(out, mailer.Attachment{Filename: oneLine(h.Filename), ContentType: oneLine(h.Header.Get("Content-Type")), Data: data})
	}
	return out, nil
}

func readUpload(h *multipart.FileHeader) ([]byte, error) {
	f, err := h.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}
