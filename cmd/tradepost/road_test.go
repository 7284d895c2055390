package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/mail"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/mailer"
)

// TestTheWholeRoad walks the main job on real PostgreSQL, Redis and Dovecot: the
// program is asked by HTTP, and people use nothing but their mailboxes.
func TestTheWholeRoad(t *testing.T) {
	w := newTown(t, map[string]string{"TRADEPOST_HOUR": "6s", "TRADEPOST_RELAY_DELAY": "500ms"})
	w.deliver()
	addr := freePort(t)
	server := w.start("serve", "--http", addr)
	c := client{t, "http://" + addr}
	eventually(t, "the API to answer", c.alive)

	maja, taro := w.lind.Members[0], w.lind.Members[1]
	partner := fmt.Sprintf("par_%d", w.lind.ID)
	open := func(body string) string {
		return c.post("/v1/conversations", map[string]any{
			"partner": partner, "kind": "service", "service": "Store migration", "body": body,
			"merchant": map[string]any{"name": "Nadia Rahman", "email": "nadia@atelier.example", "role": "owner", "store_name": "Atelier Nord", "store_url": "https://atelier.example"},
		})["id"].(string)
	}
	conv := open("We would like to move 4,200 products before Christmas.")

	// 1. An alert for each member, which shows the merchant and not their address.
	alert := w.newest(maja.Email, 1)
	w.newest(taro.Email, 1)
	if !strings.Contains(alert.Text, "4,200 products") || strings.Contains(string(alert.raw), "nadia@atelier.example") {
		t.Fatalf("the alert is\n%s", alert.raw)
	}

	// 2. A reply by an ordinary client: only what is new arrives, with its file.
	w.reply(alert, mailer.Address{Name: maja.Name, Addr: maja.Email}, "Det går bra att börja på måndag.\n\n来週の月曜日に始められます。",
		mailer.Attachment{Filename: "offert å.pdf", ContentType: "application/pdf", Data: []byte("%PDF-1.7 offer")})
	var got []apiMessage
	eventually(t, "the reply to be a message", func() bool { got = c.messages(conv); return len(got) == 2 })
	m := got[1]
	if m.Body != "Det går bra att börja på måndag.\n\n来週の月曜日に始められます。" || m.Author.Role != "member" || m.Author.Name != maja.Name || m.Via != "email" {
		t.Errorf("the reply became %+v", m)
	}
	if len(m.Attachments) != 1 || m.Attachments[0].Filename != "offert å.pdf" || string(c.get(m.Attachments[0].URL)) != "%PDF-1.7 offer" {
		t.Errorf("its attachments are %+v", m.Attachments)
	}

	// 3. The merchant gets it from a masked address and answers.
	relay := w.newest("nadia@atelier.example", 1)
	if strings.Contains(string(relay.raw), maja.Email) || !strings.Contains(relay.Text, "来週の月曜日に始められます。") || len(relay.Attachments) != 1 {
		t.Fatalf("the relay is\n%s", relay.raw)
	}
	w.reply(relay, mailer.Address{Name: "Nadia Rahman", Addr: "nadia@atelier.example"}, "Monday is fine.")
	eventually(t, "the merchant's answer to be a message", func() bool { got = c.messages(conv); return len(got) == 3 })
	if m := got[2]; m.Body != "Monday is fine." || m.Author.Role != "merchant" || m.Via != "email" {
		t.Errorf("the answer became %+v", m)
	}

	// 4. Follow-ups wait for the digest; what Taro has read isn't in his.
	other := open("Another matter altogether")
	c.post("/v1/conversations/"+conv+"/messages", map[string]any{"from": "merchant", "body": "Could you start on Friday?"})
	list := c.messages(conv)
	c.post("/v1/conversations/"+conv+"/read", map[string]any{"member": fmt.Sprintf("mbr_%d", taro.ID), "through": list[len(list)-1].ID})
	var told string
	eventually(t, "Maja to be told of all", func() bool {
		told = ""
		for _, m := range w.inbox(maja.Email)[1:] {
			told += m.Text
		}
		return strings.Contains(told, "Friday") && strings.Contains(told, "Another matter")
	})
	if n := strings.Count(told, "Could you start on Friday?"); n != 1 {
		t.Errorf("Maja was told %d times of one message", n)
	}
	w.quiet()
	eventually(t, "Taro's digest", func() bool { return len(w.inbox(taro.Email)) >= 2 })
	for _, m := range w.inbox(taro.Email)[1:] {
		if strings.Contains(m.Text, "Friday") {
			t.Error("Taro's digest tells him of what he has read")
		}
	}

	// 5. A reply by a stranger who got hold of the letter is not posted.
	before := len(c.messages(conv))
	w.reply(alert, mailer.Address{Name: maja.Name, Addr: "mallory@elsewhere.example"}, "Send the money to me.")
	w.reply(alert, mailer.Address{Name: maja.Name, Addr: maja.Email}, "Yes, Friday.")
	eventually(t, "the true reply to be posted", func() bool { return len(c.messages(conv)) > before })
	for _, m := range c.messages(conv) {
		if strings.Contains(m.Body, "money") {
			t.Error("a stranger's reply was posted")
		}
	}
	if len(c.messages(other)) != 1 {
		t.Error("the other conversation has grown")
	}
	server.stop()
}

// client is the platform's back end.
type client struct {
	t    *testing.T
	base string
}

type apiMessage struct {
	ID     string
	Author struct{ Role, Name string }
	Body   string
	Via    string

	Attachments []struct{ Filename, URL string }
}

func (c client) alive() bool {
	resp, err := http.Get(c.base + "/livez")
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

func (c client) do(method, path string, body []byte) (int, []byte) {
	c.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = c.base + path
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, path, bytes.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+townAPIKey)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, answer
}

func (c client) get(path string) []byte {
	c.t.Helper()
	status, answer := c.do("GET", path, nil)
	if status != http.StatusOK {
		c.t.Fatalf("GET %s: %d %s", path, status, answer)
	}
	return answer
}

func (c client) post(path string, body any) (answer map[string]any) {
	c.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	status, raw := c.do("POST", path, b)
	if status/100 != 2 {
		c.t.Fatalf("POST %s: %d %s", path, status, raw)
	}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &answer); err != nil {
			c.t.Fatal(err)
		}
	}
	return answer
}

func (c client) messages(conversation string) []apiMessage {
	c.t.Helper()
	var answer struct{ Messages []apiMessage }
	if err := json.Unmarshal(c.get("/v1/conversations/"+conversation), &answer); err != nil {
		c.t.Fatal(err)
	}
	return answer.Messages
}

// letter is a mail in somebody's inbox.
type letter struct {
	*message.Message
	raw []byte
}

// inbox reads all mail of an address, oldest first.
func (w *town) inbox(address string) []letter {
	w.t.Helper()
	files, err := w.dovecot.Mails(address)
	if err != nil {
		w.t.Fatal(err)
	}
	var list []letter
	for _, raw := range files {
		list = append(list, letter{message.Parse(raw, message.Limits{}), raw})
	}
	return list
}

// newest waits until an inbox has n mails and returns the last.
func (w *town) newest(address string, n int) letter {
	w.t.Helper()
	var list []letter
	eventually(w.t, fmt.Sprintf("mail %d to %s", n, address), func() bool { list = w.inbox(address); return len(list) >= n })
	return list[n-1]
}

// reply answers a letter as mail clients do: on top, with the original quoted
// below in text and in HTML.
func (w *town) reply(to letter, from mailer.Address, text string, files ...mailer.Attachment) {
	w.t.Helper()
	address, err := mail.ParseAddress(to.Header.Get("Reply-To"))
	if err != nil {
		w.t.Fatal(err)
	}
	quoted := "> " + strings.ReplaceAll(to.Text, "\n", "\n> ")
	attribution := "Den mån 2 mars 2026 kl 10:00 skrev Nordmarkt <inbox@market.example>:"
	html := "<div dir=\"ltr\">" + strings.ReplaceAll(text, "\n", "<br>") + "</div><div class=\"gmail_quote\"><div dir=\"ltr\" class=\"gmail_attr\">" +
		strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(attribution) + "</div><blockquote class=\"gmail_quote\">" + to.HTML + "</blockquote></div>"
	l := mailer.Letter{
		From: from, To: mailer.Address{Addr: address.Address}, Subject: "Re: " + to.Subject, Date: time.Now(),
		MessageID: base64.RawURLEncoding.EncodeToString([]byte(text[:min(12, len(text))])) + "@client.example", InReplyTo: to.MessageID, References: []string{to.MessageID},
		Text: text + "\n\n" + attribution + "\n" + quoted, HTML: html, Attachments: files,
	}
	var raw bytes.Buffer
	if _, err := l.WriteTo(&raw); err != nil {
		w.t.Fatal(err)
	}
	if err := smtp.SendMail(w.smtp.Addr(), nil, from.Addr, []string{address.Address}, raw.Bytes()); err != nil {
		w.t.Fatal(err)
	}
}
