package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tradepost-mail/tradepost/embedded"
	"github.com/tradepost-mail/tradepost/inbound/message"
)

// MailClientOptions are what a mail client needs. Mail and Log are required.
type MailClientOptions struct {
	// Mail has the mailboxes, and takes what is sent.
	Mail *embedded.Mail
	// Mailboxes names the mailboxes that are listed first, whether or not they
	// exist yet; it is asked anew for each page. Nil: none.
	Mailboxes func(context.Context) []Box
	// Path is where the handler is mounted, without a slash at its end.
	// Default "/mail".
	Path string
	// Links stand in every page's navigation, after the mailboxes.
	Links []Link
	// Log gets a line per mail sent and per failure, without bodies.
	Log *slog.Logger
}

// Box is a mailbox and whose it is.
type Box struct {
	Address string
	Name    string // "" if nothing but the address is known
	Role    string // in words, as in "member of Studio Lind"
}

type mailClient struct {
	mail  *embedded.Mail
	boxes func(context.Context) []Box
	path  string
	links []Link
	log   *slog.Logger
	pages *pages

	// embedded.Mail tells what was read over IMAP; what was read here is
	// remembered here.
	mu   sync.Mutex
	read map[letterKey]bool
}

// letterKey names a mail while the mail server runs.
type letterKey struct {
	address string // in lower case
	uid     uint32
}

// NewMailClient returns the handler of the mail client's pages, for requests
// whose path begins with o.Path. An error means that the options make no sense
// or that an embedded template is broken.
func NewMailClient(o MailClientOptions) (http.Handler, error) {
	if o.Mail == nil || o.Log == nil {
		return nil, errors.New("demo mail client: MailClientOptions.Mail and Log are required")
	}
	if o.Path == "" {
		o.Path = "/mail"
	}
	if !strings.HasPrefix(o.Path, "/") || strings.HasSuffix(o.Path, "/") {
		return nil, fmt.Errorf("demo mail client: path %q is not like /mail", o.Path)
	}
	if o.Mailboxes == nil {
		o.Mailboxes = func(context.Context) []Box { return nil }
	}
	p, err := parsePages(o.Log, "boxes", "box", "letter", "compose")
	if err != nil {
		return nil, fmt.Errorf("demo mail client: %w", err)
	}
	c := &mailClient{mail: o.Mail, boxes: o.Mailboxes, path: o.Path, log: o.Log, pages: p, read: make(map[letterKey]bool)}
	c.links = append([]Link{{"Mailboxes", o.Path + "/"}}, o.Links...)
	mux := http.NewServeMux()
	for pattern, h := range map[string]http.HandlerFunc{
		"GET /{$}":                              c.showBoxes,
		"GET /demo.css":                         static("text/css; charset=utf-8", p.style),
		"GET /news.js":                          static("text/javascript; charset=utf-8", newsScript),
		"GET /news":                             c.news,
		"GET /{box}":                            c.showBox,
		"GET /{box}/compose":                    c.showForm,
		"POST /{box}/compose":                   c.send,
		"GET /{box}/{uid}":                      c.showLetter,
		"GET /{box}/{uid}/html":                 c.showHTML,
		"GET /{box}/{uid}/source":               c.download,
		"GET /{box}/{uid}/attachments/{number}": c.attachment,
	} {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" "+o.Path+path, h)
	}
	mux.HandleFunc("GET "+o.Path, c.showBoxes)
	mux.HandleFunc("GET "+o.Path+"/", func(w http.ResponseWriter, r *http.Request) {
		c.problem(w, r, http.StatusNotFound, "There is no such page.")
	})
	return secured(mux), nil
}

func (c *mailClient) frame(title string) frame {
	return frame{Title: title, Assets: c.path, Links: c.links}
}

func (c *mailClient) problem(w http.ResponseWriter, r *http.Request, status int, text string) {
	c.pages.render(w, r, status, "problem", problem{c.frame("Not here"), text, Link{"All mailboxes", c.path + "/"}})
}

// boxURL is the address of a mailbox's page.
func (c *mailClient) boxURL(address string) string { return c.path + "/" + url.PathEscape(address) }

func (c *mailClient) letterURL(address string, uid uint32) string {
	return fmt.Sprintf("%s/%d", c.boxURL(address), uid)
}

// composeURL is the address of a form for a new mail.
func (c *mailClient) composeURL(address string, d draft) string {
	q := make(url.Values)
	for _, f := range []struct{ name, value string }{{"to", d.To}, {"subject", d.Subject}, {"body", d.Body}} {
		if f.value != "" {
			q.Set(f.name, f.value)
		}
	}
	if len(q) == 0 {
		return c.boxURL(address) + "/compose"
	}
	return c.boxURL(address) + "/compose?" + q.Encode()
}

// known finds a mailbox that is listed or exists.
func (c *mailClient) known(r *http.Request) (Box, bool) {
	address := strings.ToLower(r.PathValue("box"))
	for _, b := range c.boxes(r.Context()) {
		if strings.EqualFold(b.Address, address) {
			return b, true
		}
	}
	return Box{Address: address}, slices.Contains(c.mail.Mailboxes(), address)
}

// box finds the mailbox a request is about, or answers that there is none.
func (c *mailClient) box(w http.ResponseWriter, r *http.Request) (Box, bool) {
	b, ok := c.known(r)
	if !ok {
		c.problem(w, r, http.StatusNotFound, "Nothing was ever delivered to this address.")
	}
	return b, ok
}

func (c *mailClient) isUnread(address string, m embedded.StoredMail) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !m.Seen && !c.read[letterKey{strings.ToLower(address), m.UID}]
}

func (c *mailClient) markRead(address string, uid uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read[letterKey{strings.ToLower(address), uid}] = true
}

// boxRow is a mailbox in the list of them.
type boxRow struct {
	Box
	URL           string
	Unread, Total int
}

// Label is what to call the mailbox by.
func (b Box) Label() string {
	if b.Name != "" {
		return b.Name
	}
	return b.Address
}

func (c *mailClient) showBoxes(w http.ResponseWriter, r *http.Request) {
	var listed, others []boxRow
	var newest time.Time
	row := func(b Box) boxRow {
		out := boxRow{Box: b, URL: c.boxURL(b.Address)}
		for _, m := range c.mail.Messages(b.Address) {
			out.Total++
			if c.isUnread(b.Address, m) {
				out.Unread++
			}
			newest = later(newest, m.Received)
		}
		return out
	}
	seen := make(map[string]bool)
	for _, b := range c.boxes(r.Context()) {
		if key := strings.ToLower(b.Address); !seen[key] {
			seen[key] = true
			listed = append(listed, row(b))
		}
	}
	for _, address := range c.mail.Mailboxes() {
		if !seen[address] {
			others = append(others, row(Box{Address: address}))
		}
	}
	c.pages.render(w, r, http.StatusOK, "boxes", struct {
		frame
		Listed, Others []boxRow
		News           string
	}{c.frame("Mailboxes"), listed, others, c.newsURL("", newest)})
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// perPage is how many mails a list shows at once.
const perPage = 50

// mailRow is a mail in a list.
type mailRow struct {
	URL, From, Subject, Preview string
	At, Now                     time.Time
	Unread                      bool
	Attachments                 int
}

func (c *mailClient) showBox(w http.ResponseWriter, r *http.Request) {
	b, ok := c.box(w, r)
	if !ok {
		return
	}
	mails := c.mail.Messages(b.Address)
	slices.Reverse(mails)
	var newest time.Time
	if len(mails) > 0 {
		newest = mails[0].Received
	}
	unread := 0
	for _, m := range mails {
		if c.isUnread(b.Address, m) {
			unread++
		}
	}
	// A page begins below a UID, so that mail which arrives meanwhile doesn't
	// shift it.
	if below := parseUID(r.FormValue("below")); below > 0 {
		if i := slices.IndexFunc(mails, func(m embedded.StoredMail) bool { return m.UID < below }); i >= 0 {
			mails = mails[i:]
		} else {
			mails = nil
		}
	}
	older := ""
	if len(mails) > perPage {
		mails = mails[:perPage]
		older = fmt.Sprintf("%s?below=%d", c.boxURL(b.Address), mails[perPage-1].UID)
	}
	rows := make([]mailRow, len(mails))
	now := time.Now()
	for i, m := range mails {
		parsed := message.Parse(m.Raw, message.Limits{})
		rows[i] = mailRow{
			URL: c.letterURL(b.Address, m.UID), From: senderName(parsed), Subject: subjectOf(parsed), Preview: preview(parsed),
			At: m.Received, Now: now, Unread: c.isUnread(b.Address, m), Attachments: len(parsed.Attachments),
		}
	}
	title := b.Label()
	if unread > 0 {
		title = fmt.Sprintf("(%d) %s", unread, title)
	}
	c.pages.render(w, r, http.StatusOK, "box", struct {
		frame
		Box                         Box
		URL, Compose, Older, SentTo string
		News                        string
		Unread                      int
		Mails                       []mailRow
	}{c.frame(title), b, c.boxURL(b.Address), c.composeURL(b.Address, draft{}), older, r.FormValue("sent"), c.newsURL(b.Address, newest), unread, rows})
}
