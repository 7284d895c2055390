package inbound

import (
	"io"
	"strings"
	"unicode/utf8"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/inbound/reply"
	"github.com/tradepost-mail/tradepost/store"
)

// written is what a mail says, as a message keeps it.
type written struct {
	body     string
	fold     int    // characters of body before what is shown folded; 0 = nothing is
	fullText string // "" where it is the body
	files    []tradepost.Attachment
	tooBig   bool   // the files are more, or larger, than a message may have
	refused  string // the name of a file of a kind that isn't taken
}

// hints gathers what is known of a conversation that helps to find where its
// quotes begin.
func hints(access store.Access, to route, separators []string) reply.Hints {
	h := reply.Hints{Separators: separators, Addresses: []string{to.address}}
	c := access.Conversation
	for _, name := range append([]string{c.Partner, c.Merchant.Name, access.Person.Name}, access.People...) {
		if name != "" {
			h.Names = append(h.Names, name)
		}
	}
	h.Addresses = append(h.Addresses, access.Addresses...)
	if c.Merchant.PublicEmail != "" {
		h.Addresses = append(h.Addresses, c.Merchant.PublicEmail)
	}
	return h
}

// overflowName is the file that a text too long for a message goes into.
const overflowName = "message.txt"

// write makes the content of a message from a mail and what was cut from it: the
// newly written text, all of the text, and the files.
func write(m *message.Message, cut reply.Result, h reply.Hints, hopHeader string) written {
	w := writeText(cut)
	full := m.Text
	if strings.TrimSpace(full) == "" {
		full = cut.Text + "\n" + cut.Quoted // HTML alone: its text
	}
	w.fullText = tradepost.NormalBody(tradepost.StripTokens(full))
	if w.fullText == w.body {
		w.fullText = ""
	}
	w.attach(m, h, hopHeader, w.body == "")
	return w
}

// writeText makes the text of a message. Reply addresses are taken out of all
// text, since the other side will read it. What is too long for a message goes
// into a file.
func writeText(cut reply.Result) (w written) {
	w.body = tradepost.NormalBody(tradepost.StripTokens(cut.Text))
	if utf8.RuneCountInString(w.body) > tradepost.MaxBody {
		whole := w.body
		w.body = tradepost.NormalBody(beginning(whole, tradepost.MaxBody))
		w.files = append(w.files, tradepost.NewAttachment(overflowName, "text/plain", []byte(whole)))
	}
	w.fold = foldAt(w.body, cut)
	return w
}

// attach adds the files of a mail. Those that only adorn it are left out, unless
// there is nothing else: rather a logo than nothing. A letter of ours that came
// back attached, as some clients quote, is no file: it shows whom it was sent to.
func (w *written) attach(m *message.Message, h reply.Hints, hopHeader string, alone bool) {
	var total int64
	add := func(without map[int]bool) {
		for i, a := range m.Attachments {
			if without[i] || !isFile(a) || isOwnLetter(a, hopHeader) {
				continue
			}
			total += a.Body.Size()
			f := file(a)
			if f.Refused() {
				w.refused = f.Filename
			}
			w.files = append(w.files, f)
		}
	}
	add(ornaments(m, h))
	if alone && len(w.files) == 0 {
		add(nil)
	}
	for _, d := range m.Defects {
		// A bound of the reader that cost content, not only understanding.
		w.tooBig = w.tooBig || d.Kind == message.LimitDecodedBytes || d.Kind == message.LimitParts
	}
	w.tooBig = w.tooBig || len(w.files) > tradepost.MaxAttachments || total > tradepost.MaxAttachmentBytes
}

// beginning cuts s at the end of a line, or where none ends soon enough at the
// limit, in characters.
func beginning(s string, limit int) string {
	n := 0
	for i := range s {
		if n == limit {
			s = s[:i]
			break
		}
		n++
	}
	if i := strings.LastIndexByte(s, '\n'); i > 0 {
		return s[:i]
	}
	return s
}

// isFile decides which attachments a message keeps: all, except the signatures
// of S/MIME and PGP, which vouch for a form of the mail that isn't kept. For
// pictures see ornaments.
func isFile(a message.Attachment) bool {
	switch a.ContentType {
	case "application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature":
		return false
	}
	return true
}

// isOwnLetter knows an attached mail of ours by the field that all of them
// carry, near the top.
func isOwnLetter(a message.Attachment, hopHeader string) bool {
	if hopHeader == "" || !strings.HasPrefix(a.ContentType, "message/") {
		return false
	}
	top := make([]byte, min(a.Body.Size(), headerMax))
	n, _ := io.ReadFull(a.Body.Open(), top) // what can be read of it counts
	return message.Parse(header(top[:n]), message.Limits{}).Header.Has(hopHeader)
}

// file names an attachment and its type in forms that are safe to keep. The
// content stays where it is until the store asks for it.
func file(a message.Attachment) tradepost.Attachment {
	f := tradepost.Attachment{Filename: a.Filename, ContentType: a.ContentType, Size: a.Body.Size()}
	if f.Filename == "" {
		kind, form, _ := strings.Cut(a.ContentType, "/")
		switch {
		case a.ContentType == "message/rfc822":
			f.Filename = "message.eml"
		case kind == "image" && len(form) <= 5:
			f.Filename = "image." + form
		}
	}
	f.Filename = tradepost.SafeFilename(tradepost.StripTokens(f.Filename))
	if tradepost.MediaTypeProblem(f.ContentType) != "" {
		f.ContentType = "application/octet-stream"
	}
	// A letter of ours, attached as it came, holds the address to answer it.
	hasText := strings.HasPrefix(f.ContentType, "message/") || strings.HasPrefix(f.ContentType, "text/")
	f.Open = func() (io.ReadCloser, error) {
		content := a.Body.Open()
		if hasText {
			content = tradepost.StripTokensFrom(content)
		}
		return io.NopCloser(content), nil
	}
	return f
}
