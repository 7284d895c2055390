package demo

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/embedded"
	"github.com/tradepost-mail/tradepost/inbound/message"
)

// letterPolicy is the policy of a letter's HTML. Nothing runs, nothing is
// loaded, nothing is posted; what the sandbox allows is that a click opens a
// link in a new tab, and that a mailto link leads this tab to the form. The
// frame around it has the same sandbox, but the letter must be as harmless
// when it is opened without.
const (
	letterSandbox = "allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
	letterPolicy  = "sandbox " + letterSandbox + "; default-src 'none'; style-src 'unsafe-inline'; img-src data:; " +
		"form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)

// filePolicy is that of files out of letters.
const filePolicy = "sandbox; default-src 'none'"

func parseUID(s string) uint32 {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0 // no mail has it (RFC 9051 2.3.1.1)
	}
	return uint32(n)
}

func (c *mailClient) find(address string, uid uint32) (embedded.StoredMail, bool) {
	for _, m := range c.mail.Messages(address) {
		if m.UID == uid {
			return m, true
		}
	}
	return embedded.StoredMail{}, false
}

// letter finds the mail a request is about, or answers that there is none.
func (c *mailClient) letter(w http.ResponseWriter, r *http.Request) (Box, embedded.StoredMail, bool) {
	b, ok := c.box(w, r)
	if !ok {
		return Box{}, embedded.StoredMail{}, false
	}
	m, ok := c.find(b.Address, parseUID(r.PathValue("uid")))
	if !ok {
		c.problem(w, r, http.StatusNotFound, "There is no such mail in this mailbox any more.")
	}
	return b, m, ok
}

// sourceShown is how much of a mail's source the page shows; the rest is in the
// download.
const sourceShown = 256 << 10

// tab is one way to look at a letter.
type tab struct {
	Text, URL string
	Current   bool
}

// attachmentLink is a file of a letter.
type attachmentLink struct{ Name, URL, Size string }

func (c *mailClient) showLetter(w http.ResponseWriter, r *http.Request) {
	b, stored, ok := c.letter(w, r)
	if !ok {
		return
	}
	c.markRead(b.Address, stored.UID)
	m := message.Parse(stored.Raw, message.Limits{})
	own := c.letterURL(b.Address, stored.UID)
	view := r.FormValue("view")
	if view != "html" && view != "text" && view != "source" {
		view = "text"
		if m.HTML != "" {
			view = "html"
		}
	}
	data := struct {
		frame
		Box                                 Box
		URL, BoxURL, Reply, HTMLURL, Source string
		Subject, Sandbox, View              string
		From, To, Cc, ReplyTo               string
		Date, Received                      time.Time
		HasHTML, Cut                        bool
		Tabs                                []tab
		Text                                []piece
		Raw                                 string
		Files                               []attachmentLink
		Defects                             []message.Defect
	}{
		frame: c.frame(subjectOf(m)), Box: b, URL: own, BoxURL: c.boxURL(b.Address),
		Reply: fmt.Sprintf("%s/compose?re=%d", c.boxURL(b.Address), stored.UID), HTMLURL: own + "/html", Source: own + "/source",
		Subject: subjectOf(m), Sandbox: letterSandbox, View: view,
		From: addressList(m.From), To: addressList(m.To), Cc: addressList(m.Cc), ReplyTo: addressList(m.ReplyTo),
		Date: m.Date, Received: stored.Received, HasHTML: m.HTML != "",
	}
	for _, t := range []tab{{Text: "HTML", URL: "html"}, {Text: "Text", URL: "text"}, {Text: "Source", URL: "source"}} {
		t.Current, t.URL = t.URL == view, own+"?view="+t.URL
		data.Tabs = append(data.Tabs, t)
	}
	switch view {
	case "text":
		data.Text = c.linked(m.Text, b.Address)
	case "source":
		raw := stored.Raw
		if data.Cut = len(raw) > sourceShown; data.Cut {
			raw = raw[:sourceShown]
		}
		data.Raw = strings.ToValidUTF8(string(raw), "\uFFFD")
	}
	for i, a := range m.Attachments {
		data.Files = append(data.Files, attachmentLink{attachmentName(a), fmt.Sprintf("%s/attachments/%d", own, i+1), size(int(a.Body.Size()))})
	}
	c.pages.render(w, r, http.StatusOK, "letter", data)
}

// showHTML answers with the letter's HTML alone, for the frame.
func (c *mailClient) showHTML(w http.ResponseWriter, r *http.Request) {
	b, stored, ok := c.letter(w, r)
	if !ok {
		return
	}
	m := message.Parse(stored.Raw, message.Limits{})
	h := w.Header()
	h.Set("Content-Security-Policy", letterPolicy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.Write(viewable(m, func(d draft) string { return c.composeURL(b.Address, d) }))
}

// download answers with the mail as it was delivered.
func (c *mailClient) download(w http.ResponseWriter, r *http.Request) {
	b, stored, ok := c.letter(w, r)
	if !ok {
		return
	}
	serveFile(w, fmt.Sprintf("%s-%d.eml", b.Address, stored.UID), "message/rfc822", message.NewBody(stored.Raw))
}

func (c *mailClient) attachment(w http.ResponseWriter, r *http.Request) {
	_, stored, ok := c.letter(w, r)
	if !ok {
		return
	}
	files := message.Parse(stored.Raw, message.Limits{}).Attachments
	n, err := strconv.Atoi(r.PathValue("number"))
	if err != nil || n < 1 || n > len(files) {
		c.problem(w, r, http.StatusNotFound, "This mail has no such attachment.")
		return
	}
	a := files[n-1]
	serveFile(w, attachmentName(a), a.ContentType, a.Body)
}

// serveFile sends a stranger's file to be saved, never shown.
func serveFile(w http.ResponseWriter, name, contentType string, content message.Body) {
	if tradepost.MediaTypeProblem(contentType) != "" {
		contentType = "application/octet-stream"
	}
	h := w.Header()
	h.Set("Content-Security-Policy", filePolicy)
	h.Set("Content-Type", contentType)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Content-Length", strconv.FormatInt(content.Size(), 10))
	_, _ = io.Copy(w, content.Open()) // an error is a client that is gone
}

func attachmentName(a message.Attachment) string {
	if strings.TrimSpace(a.Filename) == "" {
		return "attachment"
	}
	return a.Filename
}

func subjectOf(m *message.Message) string {
	if strings.TrimSpace(m.Subject) == "" {
		return "(no subject)"
	}
	return m.Subject
}

func senderName(m *message.Message) string {
	if len(m.From) == 0 {
		return "(no sender)"
	}
	if m.From[0].Name != "" {
		return m.From[0].Name
	}
	return m.From[0].Addr
}

// addressList writes addresses as they can be read again.
func addressList(list []message.Address) string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = a.Addr
		switch {
		case a.Name == "":
		case strings.ContainsAny(a.Name, `()<>[]:;@\,."`): // specials, RFC 5322 3.2.3
			out[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(a.Name) + `" <` + a.Addr + ">"
		default:
			out[i] = a.Name + " <" + a.Addr + ">"
		}
	}
	return strings.Join(out, ", ")
}

// previewBytes bounds the text in a row of the list; the style sheet cuts it to
// the row's width.
const previewBytes = 400

// preview is how a letter begins, on one line.
func preview(m *message.Message) string {
	text := m.Text
	if strings.TrimSpace(text) == "" {
		text = plainText(m.HTML)
	}
	text = text[:min(len(text), 4*previewBytes)] // before splitting a letter of megabytes
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "")), " ")
	if len(text) > previewBytes {
		end := previewBytes
		for !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end] + "…"
	}
	return text
}
