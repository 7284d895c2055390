package main

import (
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/message"
)

// TestAttackContent: what strangers write must not become more than text in our
// letters, and not carry anybody's tokens across.
func TestAttackContent(t *testing.T) { //nolint:tparallel // sieges go on side by side; the attacks of one follow each other
	s := besiege(t, nil)
	const victim = "victim@victim.example"

	t.Run("header injection by subject, names and files", func(t *testing.T) {
		st := s.stage(t, stageOptions{})
		crlf := "=?utf-8?q?Re:_x=0D=0ABcc:_" + strings.ReplaceAll(victim, "@", "=40") + "=0D=0A=0D=0ABody?="
		m := st.post(incoming{from: crlf + " <" + st.maja.Email + ">", to: replyTo(t, st.alert), sign: st.domain,
			fields: []string{"X-Subject: x", "Subject: " + crlf, "Comments: " + crlf, `Content-Type: multipart/mixed; boundary="b"`},
			text: "--b\nContent-Type: text/plain\n\n" + text + "\n--b\nContent-Type: text/csv\nContent-Disposition: attachment;\n filename*=utf-8''a%0D%0ABcc%3A%20" + victim + "%0D%0A.csv\n\na,b\n" +
				"--b\nContent-Type: text/csv\nContent-Disposition: attachment; filename=\"" + crlf + ".csv\"\n\na,b\n--b--"})
		st.check(m, want{"posted: good own pass -> post", posted, relay})
		l := st.lastTo(st.nadia)
		for _, name := range []string{"Bcc", "Cc", "Comments"} {
			if l.Header.Has(name) {
				t.Errorf("the relay has a field %s:\n%s", name, l.raw)
			}
		}
		for _, a := range st.api.messages(st.conversation)[1].Attachments {
			if strings.ContainsAny(a.Filename, "\r\n") {
				t.Errorf("a file is called %q", a.Filename)
			}
		}
		for _, r := range s.smtp.Mails() {
			if strings.Join(r.To, " ") == victim {
				t.Error("the victim got a letter")
			}
		}
	})

	t.Run("the API takes no line breaks in names and addresses, and no smuggled parameters", func(t *testing.T) {
		st := s.stage(t, stageOptions{})
		for _, change := range []func(map[string]any){
			func(m map[string]any) { m["name"] = "Nadia\r\nBcc: " + victim },
			func(m map[string]any) { m["email"] = "nadia@shop.example\r\nBcc: " + victim },
			func(m map[string]any) { m["email"] = `"a> SIZE=1 RCPT TO:<` + victim + `"@shop.example` },
			func(m map[string]any) { m["email"] = "a@shop.example, " + victim },
			func(m map[string]any) { m["store_name"] = "Atelier\x00" },
		} {
			body := st.opening("Nadia Rahman", "new@shop.example", "shop.example", "Hello")
			change(body["merchant"].(map[string]any))
			if status := st.try("/v1/conversations", body); status/100 != 4 {
				t.Errorf("%v: status %d", body["merchant"], status)
			}
		}
		st.seen(nil, nil)
	})

	t.Run("a merchant's name is an address, or markup", func(t *testing.T) {
		st := s.stage(t, stageOptions{})
		for _, name := range []string{victim, `"Bank" <` + victim + `>`, "Nordmarkt", "<script>alert(1)</script>", "=?utf-8?q?Nordmarkt?=", "a\u202Eb"} {
			before := len(st.lettersTo(st.maja.Email))
			st.open(name, fmt.Sprintf("m%d@%s", before, st.shop), "Hello <script>alert(2)</script> <img src=x onerror=alert(3)>")
			st.quiet(t)
			list := st.lettersTo(st.maja.Email)
			if len(list) != before+1 {
				t.Fatalf("%q: %d letters", name, len(list)-before)
			}
			l := list[len(list)-1]
			if len(l.From) != 1 || l.From[0].Addr != "inbox@market.example" || strings.Contains(l.From[0].Name, "@") || strings.Contains(l.From[0].Name, "\u202E") {
				t.Errorf("%q: From is %v", name, l.From)
			}
			if strings.HasPrefix(l.From[0].Name, "Nordmarkt") {
				t.Errorf("%q passes for the marketplace: %v", name, l.From)
			}
			if strings.Contains(l.HTML, "<script") || strings.Contains(l.HTML, "<img") {
				t.Errorf("%q: markup in the letter:\n%s", name, l.HTML)
			}
		}
	})

	t.Run("an HTML mail with links to our action pages", func(t *testing.T) {
		st := s.stage(t, stageOptions{alert: tradepost.AlertEveryMessage})
		taken := st.link(st.alert, "decline")
		st.post(incoming{from: st.maja.Email, to: replyTo(t, st.alert), sign: st.domain, fields: []string{"Content-Type: text/html; charset=utf-8"},
			text: `<p>Gladly, <a href="` + taken + `">see our terms</a> or ` + taken + ` or <a href="mailto:` + replyTo(t, st.alert) + `">write</a>.</p><form action="` + taken + `" method="post"><button>Go</button></form>`})
		l := st.lastTo(st.nadia)
		if token := firstToken(l.Text + l.HTML); token != "" {
			t.Errorf("the relay hands on %s:\n%s", token, l.Text)
		}
		if strings.Contains(l.HTML, "<form") {
			t.Errorf("the relay has a form:\n%s", l.HTML)
		}
		st.post(incoming{from: st.nadia, to: replyTo(t, l), sign: st.shop, fields: []string{"Content-Type: text/html; charset=utf-8"},
			text: `<p>See <a href="http://` + s.http + `/a/act-` + strings.Repeat("abcdefgh", 8) + `">this</a>` + `</p>`})
		if l := st.lastTo(st.maja.Email); strings.Contains(l.HTML, strings.Repeat("abcdefgh", 8)) {
			t.Errorf("the alert hands on a link that looks like ours:\n%s", l.HTML)
		}
	})

	t.Run("tokens in quotes, broken lines, files and letters attached", func(t *testing.T) {
		st := s.stage(t, stageOptions{})
		address := replyTo(t, st.alert)
		broken := "> " + address[:30] + "=\n" + address[30:]
		eml := base64.StdEncoding.EncodeToString(st.alert.raw)
		m := st.post(incoming{from: st.maja.Email, to: address, sign: st.domain, fields: []string{`Content-Type: multipart/mixed; boundary="b"`},
			text: "--b\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n" + text + " Write to " + strings.ReplaceAll(address, "+", "=2B") + " or\n" + broken + "\n" +
				st.link(st.alert, "done") + "\n--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=\"" + address + ".txt\"\n\n" + address + "\n" + st.link(st.alert, "mute") +
				"\n--b\nContent-Type: message/rfc822\nContent-Disposition: attachment; filename=letter.eml\nContent-Transfer-Encoding: base64\n\n" + eml + "\n--b--"})
		if m.State != "posted" {
			t.Fatalf("the ledger says %s", verdictOf(m))
		}
		l := st.lastTo(st.nadia)
		for i, a := range l.Attachments {
			if token := firstToken(read(t, a)); token != "" {
				t.Errorf("file %d of the relay has %s", i, token)
			}
		}
		messages := st.api.messages(st.conversation)
		for _, a := range messages[len(messages)-1].Attachments {
			if token := firstToken(a.Filename + string(st.api.get(a.URL))); token != "" {
				t.Errorf("file %s of the API has %s", a.Filename, token)
			}
		}
		if token := firstToken(string(st.api.get("/v1/conversations/" + st.conversation))); token != "" {
			t.Errorf("the API shows %s", token)
		}
	})
	s.aftermath(t)
}

// read is the content of a letter's file.
func read(t *testing.T, a message.Attachment) string {
	t.Helper()
	b, err := io.ReadAll(a.Body.Open())
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
