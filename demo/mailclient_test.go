package demo_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/tradepost-mail/tradepost/demo"
	"github.com/tradepost-mail/tradepost/embedded"
	"github.com/tradepost-mail/tradepost/inbound/message"
)

const maja, nadia = "maja@studio-lind.example", "nadia@atelier-nord.example"

// post office of a test: a real mail server and the client before it.
type office struct {
	t    *testing.T
	mail *embedded.Mail
	web  *httptest.Server
}

func newOffice(t *testing.T) *office {
	t.Helper()
	mail, err := embedded.StartMail(embedded.MailOptions{Domain: "reply.market.example", ReplyMailbox: "replies@market.example"})
	if err != nil {
		t.Fatal(err)
	}
	h, err := demo.NewMailClient(demo.MailClientOptions{
		Mail: mail, Path: "/mail", Log: slog.New(slog.DiscardHandler),
		Mailboxes: func(context.Context) []demo.Box {
			return []demo.Box{
				{Address: maja, Name: "Maja Lind", Role: "member of Studio Lind"},
				{Address: nadia, Name: "Nadia Rahman", Role: "merchant"},
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, mail: mail, web: httptest.NewServer(h)}
	t.Cleanup(func() {
		if err := mail.Close(); err != nil { // ends the streams of news too
			t.Error(err)
		}
		o.web.Close()
	})
	return o
}

func (o *office) deliver(to, raw string) {
	o.t.Helper()
	if err := o.mail.Deliver("bounce@market.example", []string{to}, []byte(strings.ReplaceAll(raw, "\n", "\r\n"))); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) get(path string, status int) (http.Header, string) {
	o.t.Helper()
	res, err := o.web.Client().Get(o.web.URL + path)
	if err != nil {
		o.t.Fatal(err)
	}
	return o.read(res, status)
}

func (o *office) read(res *http.Response, status int) (http.Header, string) {
	o.t.Helper()
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		o.t.Fatal(err)
	}
	if res.StatusCode != status {
		o.t.Fatalf("%s %s: status %d, want %d\n%s", res.Request.Method, res.Request.URL, res.StatusCode, status, body)
	}
	return res.Header, string(body)
}

type file struct {
	name, kind string
	data       []byte
}

// fill posts a page's form as a browser does: the fields as they stand in it,
// but for those in change, and files.
func (o *office) fill(page, action string, status int, change map[string]string, files ...file) string {
	o.t.Helper()
	_, body := o.get(page, http.StatusOK)
	fields := formFields(o.t, body)
	for name, value := range change {
		if _, ok := fields[name]; !ok {
			o.t.Fatalf("the form has no field %q", name)
		}
		fields[name] = value
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, value := range fields {
		// HTML, "multipart/form-data encoding algorithm": line breaks are CRLF.
		value = strings.ReplaceAll(strings.ReplaceAll(value, "\r\n", "\n"), "\n", "\r\n")
		if err := w.WriteField(name, value); err != nil {
			o.t.Fatal(err)
		}
	}
	for _, f := range files {
		h := make(map[string][]string)
		h["Content-Disposition"] = []string{fmt.Sprintf(`form-data; name="files"; filename=%q`, f.name)}
		h["Content-Type"] = []string{f.kind}
		part, err := w.CreatePart(h)
		if err != nil {
			o.t.Fatal(err)
		}
		if _, err := part.Write(f.data); err != nil {
			o.t.Fatal(err)
		}
	}
	w.Close()
	res, err := o.web.Client().Post(o.web.URL+action, w.FormDataContentType(), &b)
	if err != nil {
		o.t.Fatal(err)
	}
	_, answer := o.read(res, status)
	return answer
}

// formFields are the names and values of a page's inputs and text areas.
func formFields(t *testing.T, page string) map[string]string {
	t.Helper()
	fields := make(map[string]string)
	for n := range parse(t, page).Descendants() {
		name := attribute(n, "name")
		switch {
		case name == "" || attribute(n, "type") == "file":
		case n.Data == "input":
			fields[name] = attribute(n, "value")
		case n.Data == "textarea":
			fields[name] = ""
			if n.FirstChild != nil {
				fields[name] = n.FirstChild.Data
			}
		}
	}
	return fields
}

func parse(t *testing.T, page string) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func elements(doc *html.Node, name string) []*html.Node {
	var found []*html.Node
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == name {
			found = append(found, n)
		}
	}
	return found
}

// only returns the single mail of a mailbox, read.
func (o *office) only(address string) *message.Message {
	o.t.Helper()
	mails := o.mail.Messages(address)
	if len(mails) != 1 {
		o.t.Fatalf("%s has %d mails, want 1", address, len(mails))
	}
	m := message.Parse(mails[0].Raw, message.Limits{})
	if len(m.Defects) > 0 {
		o.t.Errorf("the mail to %s has defects: %v", address, m.Defects)
	}
	return m
}

const alert = `From: =?utf-8?q?Nadia_Rahman_via_MARKET?= <inbox@market.example>
To: Maja Lind <maja@studio-lind.example>
Reply-To: Nadia Rahman <reply+k3f9@reply.market.example>
Subject: Nadia Rahman, Atelier Nord: Store migration
Message-ID: <alert.1@market.example>
References: <root@market.example>
Date: Mon, 23 Nov 2026 12:00:00 +0000
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain; charset=utf-8

Hej Maja, vi vill flytta 4 200 varor.

Reply to Nadia Rahman: <reply+k3f9@reply.market.example>
Open: https://market.example/c/1.
--b
Content-Type: text/html; charset=utf-8

<html><head><style>p{color:red}</style></head><body><p id="first">Hej Maja, vi vill flytta 4&nbsp;200 varor.</p>
<p><a href="mailto:reply%2Bk3f9@reply.market.example?subject=Re%3A%20Store%20migration">Reply</a>
<a href="https://market.example/c/1">Open</a></p></body></html>
--b--
`

func TestReplyIsARealMail(t *testing.T) {
	o := newOffice(t)
	o.deliver(maja, alert)
	uid := o.mail.Messages(maja)[0].UID
	own := "Hej Nadia,\n\n見積もりを送ります。Räksmörgås & <b>not bold</b>\n\n/Maja"
	data := []byte("%PDF-1.4\x00\xff\r\n\n\rend")
	form := fmt.Sprintf("/mail/%s/compose?re=%d", maja, uid)
	page := o.fill(form, "/mail/"+maja+"/compose", http.StatusOK, map[string]string{"body": own},
		file{"見積もり.pdf", "application/pdf", data}, file{"", "application/octet-stream", nil})
	if !strings.Contains(html.UnescapeString(page), "Sent to <bdi>reply+k3f9@reply.market.example") {
		t.Errorf("after sending, the page doesn't say so:\n%s", page)
	}

	m := o.only("replies@market.example")
	if len(m.From) != 1 || m.From[0] != (message.Address{Name: "Maja Lind", Addr: maja}) {
		t.Errorf("From is %v", m.From)
	}
	if len(m.To) != 1 || m.To[0] != (message.Address{Name: "Nadia Rahman", Addr: "reply+k3f9@reply.market.example"}) {
		t.Errorf("To is %v", m.To)
	}
	if want := "Re: Nadia Rahman, Atelier Nord: Store migration"; m.Subject != want {
		t.Errorf("Subject is %q, want %q", m.Subject, want)
	}
	if m.InReplyTo != "<alert.1@market.example>" || strings.Join(m.References, " ") != "<root@market.example> <alert.1@market.example>" {
		t.Errorf("In-Reply-To %q, References %q", m.InReplyTo, m.References)
	}
	wantText := own + "\n\nOn Mon, 23 Nov 2026 at 12:00, Nadia Rahman via MARKET <inbox@market.example> wrote:\n" +
		"> Hej Maja, vi vill flytta 4 200 varor.\n>\n> Reply to Nadia Rahman: <reply+k3f9@reply.market.example>\n> Open: https://market.example/c/1.\n"
	if m.Text != wantText {
		t.Errorf("text is\n%q, want\n%q", m.Text, wantText)
	}
	if m.Root.MediaType != "multipart/mixed" || m.Root.Children[0].MediaType != "multipart/alternative" {
		t.Errorf("the mail is %s of %s", m.Root.MediaType, m.Root.Children[0].MediaType)
	}
	doc := parse(t, m.HTML)
	if b := elements(doc, "b"); len(b) != 0 {
		t.Error("what was typed became markup")
	}
	quotes := elements(doc, "blockquote")
	if len(quotes) != 1 || attribute(quotes[0], "type") != "cite" {
		t.Fatalf("no single cited quote in\n%s", m.HTML)
	}
	if links := elements(quotes[0], "a"); len(links) != 2 || attribute(links[0], "href") != "mailto:reply%2Bk3f9@reply.market.example?subject=Re%3A%20Store%20migration" {
		t.Errorf("the quote lost its links:\n%s", m.HTML)
	}
	if ps := elements(quotes[0], "p"); len(ps) != 2 || attribute(ps[0], "id") != "first" || len(elements(doc, "style")) != 0 {
		t.Errorf("the quote isn't the letter's markup without its styles:\n%s", m.HTML)
	}
	if before, _, _ := strings.Cut(m.HTML, "<blockquote"); !strings.Contains(before, "見積もりを送ります。Räksmörgås &amp; &lt;b&gt;not bold&lt;/b&gt;") ||
		!strings.Contains(before, "&lt;inbox@market.example&gt; wrote:") {
		t.Errorf("before the quote stands\n%s", before)
	}
	if len(m.Attachments) != 1 || m.Attachments[0].Filename != "見積もり.pdf" || m.Attachments[0].ContentType != "application/pdf" ||
		!bytes.Equal(m.Attachments[0].Body.Bytes(), data) {
		t.Errorf("attachments: %+v", m.Attachments)
	}
}

func TestReplyBetweenTheLines(t *testing.T) {
	o := newOffice(t)
	o.deliver(maja, alert)
	quote := "On Monday, Nadia wrote:\n> Hej Maja, vi vill\n> > flytta\n\nJa, <gärna>!\n\n> Open\n"
	o.fill(fmt.Sprintf("/mail/%s/compose?re=%d", maja, o.mail.Messages(maja)[0].UID), "/mail/"+maja+"/compose", http.StatusOK,
		map[string]string{"body": "", "quote": quote})
	m := o.only("replies@market.example")
	if !strings.HasSuffix(m.Text, quote) {
		t.Errorf("text is %q", m.Text)
	}
	_, body, _ := strings.Cut(m.HTML, "<body>")
	want := `
<div dir="auto"></div>
<br>
<div dir="auto">On Monday, Nadia wrote:</div>
<blockquote type="cite">
<div dir="auto">Hej Maja, vi vill</div>
<blockquote type="cite">
<div dir="auto">flytta</div>
</blockquote>
</blockquote>
<div dir="auto"><br>
Ja, &lt;gärna&gt;!<br>
</div>
<blockquote type="cite">
<div dir="auto">Open</div>
</blockquote>
</body></html>
`
	if body != want {
		t.Errorf("HTML is\n%s\nwant\n%s", body, want)
	}
}

func TestComposeFromAMailtoLink(t *testing.T) {
	o := newOffice(t)
	o.deliver(maja, alert)
	letter := fmt.Sprintf("/mail/%s/%d", maja, o.mail.Messages(maja)[0].UID)
	_, body := o.get(letter+"/html", http.StatusOK)
	links := elements(parse(t, body), "a")
	if len(links) != 2 || attribute(links[0], "target") != "_top" || attribute(links[1], "target") != "_blank" ||
		attribute(links[1], "href") != "https://market.example/c/1" {
		t.Fatalf("links of the HTML view:\n%s", body)
	}
	_, form := o.get(attribute(links[0], "href"), http.StatusOK)
	if f := formFields(t, form); f["to"] != "reply+k3f9@reply.market.example" || f["subject"] != "Re: Store migration" {
		t.Errorf("the form holds %q", f)
	}
	_, text := o.get(letter+"?view=text", http.StatusOK)
	var composes, outside []string
	for _, a := range elements(parse(t, text), "a") {
		switch href := attribute(a, "href"); {
		case strings.Contains(href, "/compose?to="):
			composes = append(composes, href)
		case strings.HasPrefix(href, "https:"):
			outside = append(outside, href+" "+attribute(a, "target"))
		}
	}
	if len(composes) != 1 || strings.Join(outside, ",") != "https://market.example/c/1 _blank" {
		t.Fatalf("links of the text view: %q and %q", composes, outside)
	}
	if _, form = o.get(composes[0], http.StatusOK); formFields(t, form)["to"] != "reply+k3f9@reply.market.example" {
		t.Errorf("the form holds %q", formFields(t, form))
	}
	o.fill(attribute(links[0], "href"), "/mail/"+maja+"/compose", http.StatusOK, map[string]string{"body": "Ja"})
	if m := o.only("replies@market.example"); m.Text != "Ja\n" || m.InReplyTo != "" {
		t.Errorf("text %q, In-Reply-To %q", m.Text, m.InReplyTo)
	}
}

const hostile = `From: "<script>alert(1)</script>" <x@evil.example>
To: maja@studio-lind.example
Subject: <img src=x onerror=alert(2)>
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/html

<html><head><base href="https://evil.example/" target="_top"><meta http-equiv="refresh" content="0;url=https://evil.example/">
<link rel="stylesheet" href="https://evil.example/x.css"><script>document.title='owned'</script></head>
<body onload="alert(3)"><img src="https://evil.example/pixel.png" srcset="https://evil.example/2.png 2x" onerror="alert(4)">
<form action="https://evil.example/" method="post"><input name="a" autofocus><button formaction="https://evil.example/2">Go</button></form>
<a href="javascript:alert(5)">js</a> <a href="https://evil.example/" target="_top" ping="https://evil.example/p">out</a>
<a href="/mail/nadia@atelier-nord.example">own</a> <iframe src="https://evil.example/"></iframe>
<svg><script>alert(6)</script><a xlink:href="javascript:alert(7)">s</a></svg><object data="https://evil.example/o"></object>
<noscript><p title="</noscript><img src=x onerror=alert(8)>"></noscript><div style="background:url(https://evil.example/b)">b</div>
</body></html>
--b
Content-Type: text/html
Content-Disposition: attachment; filename="../evil.html"

<script>alert(9)</script>
--b--
`

func TestHostileLetterIsHarmless(t *testing.T) {
	o := newOffice(t)
	o.deliver(maja, hostile)
	letter := fmt.Sprintf("/mail/%s/%d", maja, o.mail.Messages(maja)[0].UID)

	header, page := o.get(letter, http.StatusOK)
	doc := parse(t, page)
	if n := len(elements(doc, "script")) + len(elements(doc, "img")); n != 0 {
		t.Errorf("%d elements of the letter's header stand in the page", n)
	}
	frames := elements(doc, "iframe")
	if len(frames) != 1 || attribute(frames[0], "src") != letter+"/html" {
		t.Fatalf("no frame in\n%s", page)
	}
	const sandbox = "allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
	if got := attribute(frames[0], "sandbox"); got != sandbox {
		t.Errorf("the frame's sandbox is %q", got)
	}
	if got := header.Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'none'; style-src 'self'; script-src 'self'") || strings.Contains(got, "unsafe") {
		t.Errorf("the page's policy is %q", got)
	}

	header, body := o.get(letter+"/html", http.StatusOK)
	want := "sandbox " + sandbox + "; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
	if got := header.Get("Content-Security-Policy"); got != want {
		t.Errorf("the letter's policy is %q", got)
	}
	for _, name := range []string{"script", "base", "meta", "link", "iframe", "object", "svg", "noscript"} {
		if len(elements(parse(t, body), name)) > 0 {
			t.Errorf("a %s stands in the letter:\n%s", name, body)
		}
	}
	if !strings.Contains(body, ">b</div>") {
		t.Errorf("what is harmless isn't shown:\n%s", body)
	}
	for n := range parse(t, body).Descendants() {
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "ping" || a.Key == "srcset" || a.Key == "action" || a.Key == "formaction" ||
				a.Key == "src" || a.Key == "href" && a.Val != "https://evil.example/" || a.Key == "target" && a.Val != "_blank" {
				t.Errorf("<%s %s=%q> stands in the letter", n.Data, a.Key, a.Val)
			}
		}
	}

	header, body = o.get(letter+"/attachments/1", http.StatusOK)
	if got := header.Get("Content-Disposition"); got != "attachment; filename=evil.html" {
		t.Errorf("Content-Disposition of the file is %q", got)
	}
	if got := header.Get("Content-Security-Policy"); got != "sandbox; default-src 'none'" || header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("the file's policy is %q", got)
	}
	if strings.TrimSpace(body) != "<script>alert(9)</script>" {
		t.Errorf("the file is %q", body)
	}
	header, body = o.get(letter+"/source", http.StatusOK)
	if string(o.mail.Messages(maja)[0].Raw) != body || !strings.HasPrefix(header.Get("Content-Disposition"), "attachment;") {
		t.Error("the download isn't the mail as delivered")
	}

	// Quoted in a reply it may not come alive in somebody else's mail program.
	o.fill(fmt.Sprintf("/mail/%s/compose?re=%d", maja, o.mail.Messages(maja)[0].UID), "/mail/"+maja+"/compose", http.StatusOK, map[string]string{"body": "No"})
	reply := o.only("x@evil.example")
	for n := range parse(t, reply.HTML).Descendants() {
		switch n.Data {
		case "script", "base", "iframe", "object", "link", "svg":
			t.Errorf("the reply quotes <%s>:\n%s", n.Data, reply.HTML)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "http-equiv" || a.Key == "action" || strings.HasPrefix(a.Val, "javascript:") || a.Key == "src" {
				t.Errorf("the reply quotes <%s %s=%q>", n.Data, a.Key, a.Val)
			}
		}
	}
}

func TestMailboxes(t *testing.T) {
	o := newOffice(t)
	o.deliver(maja, alert)
	o.deliver(maja, alert)
	o.deliver("stranger@else.example", alert)
	_, page := o.get("/mail/", http.StatusOK)
	for _, want := range []string{"2 unread", "1 unread", "no mail", "member of Studio Lind", "stranger@else.example", "replies@market.example"} {
		if !strings.Contains(page, want) {
			t.Errorf("the list of mailboxes lacks %q", want)
		}
	}
	o.get(fmt.Sprintf("/mail/%s/%d", maja, o.mail.Messages(maja)[0].UID), http.StatusOK)
	if _, page = o.get("/mail", http.StatusOK); strings.Contains(page, "2 unread") {
		t.Error("a mail that was opened still counts as unread")
	}
	_, page = o.get("/mail/"+maja, http.StatusOK)
	for _, want := range []string{"Nadia Rahman via MARKET", "Nadia Rahman, Atelier Nord: Store migration", "Hej Maja, vi vill flytta 4 200 varor."} {
		if !strings.Contains(page, want) {
			t.Errorf("the list of mails lacks %q", want)
		}
	}
	for _, path := range []string{"/mail/nobody@nowhere.example", "/mail/" + maja + "/999", "/mail/" + maja + "/x", "/mail/" + maja + "/1/attachments/1", "/mail/a/b/c/d"} {
		o.get(path, http.StatusNotFound)
	}
}

func TestLongMailboxHasPages(t *testing.T) {
	o := newOffice(t)
	for i := range 60 {
		o.deliver(maja, fmt.Sprintf("From: a@b.example\nSubject: Number %02d.\n\nText\n", i))
	}
	_, first := o.get("/mail/"+maja, http.StatusOK)
	older := ""
	for _, a := range elements(parse(t, first), "a") {
		if strings.Contains(attribute(a, "href"), "below=") {
			older = attribute(a, "href")
		}
	}
	_, second := o.get(older, http.StatusOK)
	for i := range 60 {
		subject := fmt.Sprintf("Number %02d.", i)
		if strings.Contains(first, subject) == strings.Contains(second, subject) {
			t.Errorf("%q is not on exactly one page", subject)
		}
	}
}

func TestFaultKeepsWhatWasTyped(t *testing.T) {
	o := newOffice(t)
	form := "/mail/" + maja + "/compose"
	for _, to := range []string{"", "nobody", "a@b.example, c@d.example", "a@b_.example"} {
		page := o.fill(form, form, http.StatusUnprocessableEntity, map[string]string{"to": to, "subject": "S & T", "body": "\nTyped <text>\n"})
		if !strings.Contains(page, "Not sent: ") {
			t.Errorf("to %q: no fault is shown", to)
		}
		if f := formFields(t, page); f["to"] != to || f["subject"] != "S & T" || f["body"] != "\nTyped <text>\n" {
			t.Errorf("to %q: the form holds %q", to, f)
		}
	}
	if n := len(o.mail.Mailboxes()); n != 1 {
		t.Errorf("%d mailboxes exist, want that of the replies only", n)
	}
}

func TestAnotherSiteCannotSend(t *testing.T) {
	o := newOffice(t)
	for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, o.web.URL+"/mail/"+maja+"/compose",
			strings.NewReader(url.Values{"to": {nadia}, "body": {"forged"}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set(name, value)
		res, err := o.web.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		o.read(res, http.StatusForbidden)
	}
	if n := len(o.mail.Messages(nadia)); n != 0 {
		t.Errorf("%d mails were sent", n)
	}
}

func TestNews(t *testing.T) {
	o := newOffice(t)
	o.deliver(maja, alert)
	for _, path := range []string{"/mail/" + maja, "/mail/"} {
		_, page := o.get(path, http.StatusOK)
		stream := ""
		for _, p := range elements(parse(t, page), "p") {
			if u := attribute(p, "data-news"); u != "" {
				stream = u
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, o.web.URL+stream, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := o.web.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(res.Body)
		expect := func(want string) {
			t.Helper()
			for lines.Scan() {
				if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
					if data != want {
						t.Fatalf("%s: news are %q, want %q", path, data, want)
					}
					return
				}
			}
			t.Fatalf("%s: the stream ended: %v", path, lines.Err())
		}
		expect("0")
		if path != "/mail/" {
			o.deliver(nadia, alert) // is none of this mailbox's business
		}
		o.deliver(maja, alert)
		expect("1")
		o.deliver(maja, alert)
		expect("2")
		res.Body.Close()
		cancel()
	}
	o.get("/mail/news?after=x", http.StatusBadRequest)
}
