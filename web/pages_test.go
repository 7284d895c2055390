package web_test

import (
	"bytes"
	"encoding/base64"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost/web"
)

func newPages(t *testing.T) *site {
	t.Helper()
	return newSite(t, func(o *web.Options) { o.Pages = true })
}

// page gets a page that must be there and checks what all pages have in common.
func (s *site) page(path string) string {
	s.t.Helper()
	a := s.do("GET", path, nil, "Authorization", "")
	a.into(s.t, http.StatusOK, nil)
	s.checkPage(path, a)
	return string(a.raw)
}

func (s *site) checkPage(path string, a answer) {
	s.t.Helper()
	csp := a.header.Get("Content-Security-Policy")
	if !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || a.header.Get("Content-Type") != "text/html; charset=utf-8" {
		s.t.Errorf("%s: headers %v", path, a.header)
	}
	html := string(a.raw)
	if regexp.MustCompile(`(?i)<script[^>]*>[^<]|<style|\sstyle=|\son[a-z]+=|(src|href)="(https?:)?//(?:[^"]*\.(css|js|woff2?|png))`).MatchString(html) {
		s.t.Errorf("%s: inline script or style, or something from elsewhere:\n%s", path, html)
	}
	if strings.Contains(html, "ZgotmplZ") || strings.Contains(html, "&lt;no value") {
		s.t.Errorf("%s: a template gave up:\n%s", path, html)
	}
	ids := make(map[string]bool)
	for _, m := range regexp.MustCompile(`\sid="([^"]*)"`).FindAllStringSubmatch(html, -1) {
		if ids[m[1]] {
			s.t.Errorf("%s: id %q twice", path, m[1])
		}
		ids[m[1]] = true
	}
}

// form posts fields as a browser does from the page itself.
func (s *site) form(path string, fields url.Values, headers ...string) answer {
	s.t.Helper()
	return s.do("POST", path, fields.Encode(), append([]string{
		"Authorization", "", "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin",
	}, headers...)...)
}

func TestPagesShowAndAnswer(t *testing.T) {
	s := newPages(t)
	body := s.opening()
	merchant := body["merchant"].(map[string]any)
	merchant["name"] = `山田 <b>太郎</b>`
	merchant["public_email"] = "shop@atelier.example"
	body["body"] = "First line\n\n<script>alert(1)</script>"
	file(body)["filename"] = "products & more.csv"
	id := s.open(body)
	path := "/conversations/" + id

	maja := "?as=" + s.mbr(0)
	list := s.page("/" + maja)
	for _, want := range []string{"Studio Lind", "1 unread", `山田 &lt;b&gt;太郎&lt;/b&gt;`, "Atelier Nord", "Store migration", path + maja} {
		if !strings.Contains(list, want) {
			t.Errorf("the list lacks %q:\n%s", want, list)
		}
	}
	html := s.page(path + maja)
	for _, want := range []string{"First line\n\n&lt;script&gt;", "products &amp; more.csv", "shop@atelier.example", "Mark as read", `name="body"`, "Mark as done"} {
		if !strings.Contains(html, want) {
			t.Errorf("the conversation lacks %q:\n%s", want, html)
		}
	}
	for _, as := range []string{maja, "", "?as=merchant"} {
		if html := s.page(path + as); strings.Contains(html, "nadia@atelier.example") || strings.Contains(html, "@lind.example") {
			t.Errorf("as %q the page holds a private address", as)
		}
	}

	stranger := s.opening()
	stranger["merchant"].(map[string]any)["email"] = "other@shop.example"
	other := "/conversations/" + s.open(stranger)
	if html := s.page(path + "?as=merchant"); strings.Contains(html, other) {
		t.Error("a merchant sees another's conversation")
	}
	if html := s.page(path + maja); !strings.Contains(html, other) {
		t.Error("a member does not see their partner's other conversation")
	}
	if a := s.form(other+"/read", url.Values{"as": {s.mbr(0)}, "through": {"msg_2"}}); a.status != http.StatusSeeOther {
		t.Errorf("read the other: %d", a.status)
	}

	// Reading is a member's and asked for; looking marks nothing.
	if html := s.page(path + "?as=merchant"); strings.Contains(html, "Mark as read") {
		t.Error("a merchant is offered to mark as read")
	}
	msg := s.get(id).Messages[0]
	if a := s.form(path+"/read", url.Values{"as": {"merchant"}, "through": {msg.ID}}); a.status != http.StatusForbidden {
		t.Errorf("read as merchant: %d", a.status)
	}
	read := s.form(path+"/read", url.Values{"as": {s.mbr(0)}, "through": {msg.ID}})
	if read.status != http.StatusSeeOther || read.header.Get("Location") != path+maja {
		t.Errorf("read: %d %v", read.status, read.header)
	}
	if html := s.page("/" + maja); !strings.Contains(html, "Nothing new") {
		t.Error("still unread after reading")
	}

	// Answering as a member with a file, and as the merchant without.
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range [][2]string{{"as", s.mbr(0)}, {"body", "Gärna!\r\nMaja"}} {
		if err := w.WriteField(f[0], f[1]); err != nil {
			t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("files", "offert å.pdf")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write([]byte("%PDF")); err != nil {
		t.Fatal(err)
	}
	// A browser sends a file field that was left empty like this.
	if _, err := w.CreateFormFile("files", ""); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	sent := s.do("POST", path+"/messages", b.String(), "Authorization", "", "Content-Type", w.FormDataContentType(), "Sec-Fetch-Site", "same-origin")
	if sent.status != http.StatusSeeOther {
		t.Fatalf("answer: %d %s", sent.status, sent.raw)
	}
	if a := s.form(path+"/messages", url.Values{"as": {"merchant"}, "body": {"Thanks"}}); a.status != http.StatusSeeOther {
		t.Fatalf("the merchant's answer: %d %s", a.status, a.raw)
	}
	messages := s.get(id).Messages
	if len(messages) != 3 || messages[1].Body != "Gärna!\nMaja" || messages[1].Via != "web" || messages[1].Author.Name != "Maja Lind" || messages[2].Author.Role != "merchant" {
		t.Fatalf("messages: %+v", messages)
	}
	if f := messages[1].Files; len(f) != 1 || f[0].Filename != "offert å.pdf" {
		t.Fatalf("files: %+v", f)
	}
	got := s.do("GET", path+"/attachments/"+messages[1].Files[0].ID, nil, "Authorization", "")
	if string(got.raw) != "%PDF" || !strings.Contains(got.header.Get("Content-Disposition"), "filename*=UTF-8''offert%20%C3%A5.pdf") ||
		!strings.HasPrefix(got.header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("download: %v %s", got.header, got.raw)
	}

	// Marks.
	for _, emoji := range []string{"✅", ""} {
		if a := s.form(path+"/mark", url.Values{"as": {s.mbr(1)}, "message": {messages[1].ID}, "emoji": {emoji}}); a.status != http.StatusSeeOther {
			t.Errorf("mark %q: %d %s", emoji, a.status, a.raw)
		}
		if got := s.get(id).Messages[1].Mark; got != emoji {
			t.Errorf("mark is %q, want %q", got, emoji)
		}
	}
	if a := s.form(path+"/mark", url.Values{"as": {s.mbr(1)}, "message": {messages[1].ID}, "emoji": {"<b>"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("mark of markup: %d", a.status)
	}
}

// TestTypedTextSurvives: what is refused is shown again as it was typed.
func TestTypedTextSurvives(t *testing.T) {
	s := newPages(t)
	id := s.open(s.opening())
	typed := "\nstarts with a line break </textarea><b>\x01"
	a := s.form("/conversations/"+id+"/messages", url.Values{"as": {s.mbr(0)}, "body": {typed}})
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(string(a.raw), "\n\nstarts with a line break &lt;/textarea&gt;&lt;b&gt;\x01</textarea>") ||
		!strings.Contains(string(a.raw), "Your message holds a control character") {
		t.Errorf("%d\n%s", a.status, a.raw)
	}
	s.checkPage("refused", a)
	if a := s.form("/conversations/"+id+"/messages", url.Values{"as": {s.mbr(0)}, "body": {" \n "}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("an empty message: %d", a.status)
	}
	if a := s.form("/conversations/"+id+"/messages", url.Values{"body": {"Hi"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(string(a.raw), ">\nHi</textarea>") && !strings.Contains(string(a.raw), "Choose first") {
		t.Errorf("as nobody: %d", a.status)
	}
	if err := s.store.Block(t.Context(), s.partner.ID, 1, s.partner.Members[0].ID); err != nil {
		t.Fatal(err)
	}
	a = s.form("/conversations/"+id+"/messages", url.Values{"as": {"merchant"}, "body": {"Hello?"}})
	if a.status != http.StatusConflict || !strings.Contains(string(a.raw), "Hello?</textarea>") || !strings.Contains(string(a.raw), "does not take messages") {
		t.Errorf("refused: %d\n%s", a.status, a.raw)
	}
	if n := s.count("select count(*) from messages"); n != 1 {
		t.Errorf("%d messages", n)
	}
}

func TestPagesKeepStrangersOut(t *testing.T) {
	s := newPages(t)
	id := s.open(s.opening())
	path := "/conversations/" + id
	for _, headers := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Sec-Fetch-Site", "", "Origin", "https://evil.example"}, {"Sec-Fetch-Site", "", "Origin", "null"},
	} {
		if a := s.form(path+"/messages", url.Values{"as": {s.mbr(0)}, "body": {"x"}}, headers...); a.status != http.StatusForbidden {
			t.Errorf("%v: %d", headers, a.status)
		}
	}
	req, _ := http.NewRequest(http.MethodGet, s.URL+path, http.NoBody)
	req.Host = "rebound.example:80"
	if a := s.send(req); a.status != http.StatusMisdirectedRequest || strings.Contains(string(a.raw), "Nadia") {
		t.Errorf("under another name: %d", a.status)
	}
	for _, host := range []string{"localhost:8080", "[::1]:8080", "127.0.0.1"} {
		req.Host = host
		if a := s.send(req); a.status != http.StatusOK {
			t.Errorf("under %s: %d", host, a.status)
		}
	}
	// A member of another partner, of nobody, and things of another conversation.
	other := s.open(s.opening())
	withFile := s.opening()
	file(withFile)["content_base64"] = base64.StdEncoding.EncodeToString([]byte("secret"))
	third := s.open(withFile)
	att := s.get(third).Messages[0].Files[0].ID
	for _, p := range []string{
		path + "?as=mbr_3", path + "?as=mbr_999", path + "?as=x", "/?as=mbr_999", "/conversations/con_999", "/conversations/par_1",
		path + "/attachments/" + att, "/conversations/" + third + "/attachments/" + att + "?as=mbr_3", "/conversations/" + third + "/attachments/x", "/static/nothing.css", "/nowhere",
	} {
		if a := s.do("GET", p, nil); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", p, a.status)
		}
	}
	if a := s.form(path+"/mark", url.Values{"as": {s.mbr(0)}, "message": {s.get(other).Messages[0].ID}, "emoji": {"✅"}}); a.status != http.StatusNotFound {
		t.Errorf("marking a message of another conversation: %d", a.status)
	}
	if a := s.form(path+"/read", url.Values{"as": {s.mbr(0)}, "through": {s.get(other).Messages[0].ID}}); a.status != http.StatusNotFound {
		t.Errorf("reading through a message of another conversation: %d", a.status)
	}
}

func TestStatic(t *testing.T) {
	s := newPages(t)
	err := fs.WalkDir(os.DirFS("static"), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		a := s.do("GET", "/static/"+path, nil)
		if a.status != http.StatusOK || strings.HasPrefix(a.header.Get("Content-Type"), "text/plain") || a.header.Get("ETag") == "" {
			t.Errorf("%s: %d %v", path, a.status, a.header)
		}
		if again := s.do("GET", "/static/"+path, nil, "If-None-Match", a.header.Get("ETag")); again.status != http.StatusNotModified {
			t.Errorf("%s again: %d", path, again.status)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestRestIsFolded: what its author probably didn't write is there for who asks.
func TestRestIsFolded(t *testing.T) {
	s := newPages(t)
	id := s.open(s.opening())
	s.exec(`update messages set body = $1, fold_at = 6, via = 'email'`, "Gärna!\n\nOn Monday <somebody> wrote:\nHello")
	html := s.page("/conversations/" + id)
	want := regexp.MustCompile(`<div class="text" dir="auto">Gärna!</div>\s*<details class="rest"><summary>Show more.*</summary>\s*<div class="text" dir="auto">On Monday &lt;somebody&gt; wrote:\nHello</div>\s*</details>`)
	if !want.MatchString(html) {
		t.Errorf("page:\n%s", html)
	}
	if m := s.get(id).Messages[0]; m.FoldAt != 6 || !strings.HasSuffix(m.Body, "Hello") {
		t.Errorf("message: %+v", m)
	}
	s.exec(`update messages set fold_at = null`)
	if html := s.page("/conversations/" + id); strings.Contains(html, "Show more") {
		t.Error("there is more to show of a message without a fold")
	}
}
