package embedded

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/smtp"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

func startTestMail(t *testing.T, o MailOptions) *Mail {
	t.Helper()
	m, err := StartMail(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func login(t *testing.T, addr, user, password string) *imapclient.Client {
	t.Helper()
	c, err := imapclient.DialInsecure(addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.Login(user, password).Wait(); err != nil {
		t.Fatal(err)
	}
	return c
}

func fetchBody(t *testing.T, c *imapclient.Client, uid imap.UID) string {
	t.Helper()
	section := &imap.FetchItemBodySection{Peek: true}
	got, err := c.Fetch(imap.UIDSetNum(uid), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}}).Collect()
	if err != nil || len(got) != 1 {
		t.Fatalf("FETCH of UID %d: %d messages, %v", uid, len(got), err)
	}
	return string(got[0].FindBodySection(section))
}

// dialogue sends lines to the SMTP port and returns the reply to each, only
// the last line of it.
func dialogue(t *testing.T, addr string, lines ...string) []string {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	text := textproto.NewConn(conn)
	reply := func() string {
		for {
			line, err := text.ReadLine()
			if err != nil {
				return err.Error()
			}
			if len(line) < 4 || line[3] != '-' {
				return line
			}
		}
	}
	if got := reply(); !strings.HasPrefix(got, "220 ") {
		t.Fatalf("greeting %q", got)
	}
	var replies []string
	for _, line := range lines {
		if _, err := io.WriteString(conn, line+"\r\n"); err != nil {
			t.Fatal(err)
		}
		replies = append(replies, reply())
	}
	return replies
}

func TestMailFromSMTPToIMAP(t *testing.T) {
	m := startTestMail(t, MailOptions{Hostname: "mx.example.test"})
	deliveries, stop := m.Watch()
	defer stop()
	body := "Subject: =?utf-8?q?r=C3=A4ksm=C3=B6rg=C3=A5s?=\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhej\r\n.leading dot\r\n..two\r\n日本語\r\n"
	err := smtp.SendMail(m.SMTPAddr(), smtp.PlainAuth("", "any", "thing", "127.0.0.1"), "From@A.test", []string{"Anna@Example.test", "bo@example.test"}, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	if first, second := <-deliveries, <-deliveries; first != "anna@example.test" || second != "bo@example.test" {
		t.Errorf("deliveries to %s and %s", first, second)
	}
	if got := m.Mailboxes(); !slices.Equal(got, []string{"anna@example.test", "bo@example.test"}) {
		t.Errorf("mailboxes %q", got)
	}
	c := login(t, m.IMAPAddr(), "ANNA@example.TEST", "demo")
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	got := fetchBody(t, c, 1)
	trace, rest, found := strings.Cut(got, "Subject:")
	if !found || "Subject:"+rest != body {
		t.Errorf("mail was changed: %q", got)
	}
	for _, want := range []string{
		"Return-Path: <From@A.test>\r\n", "\r\nDelivered-To: Anna@Example.test\r\n",
		"by mx.example.test with UTF8SMTPA id ", "for <Anna@Example.test>;", "Authentication-Results: mx.example.test; auth=none\r\n",
	} {
		if !strings.Contains("\r\n"+trace, want) {
			t.Errorf("%q is not in the trace fields\n%s", want, trace)
		}
	}
	stored := m.Messages("Anna@example.test")
	if len(stored) != 1 || string(stored[0].Raw) != got || stored[0].Seen || stored[0].Received.IsZero() {
		t.Errorf("Messages: %+v", stored)
	}
	if err := c.Store(imap.UIDSetNum(1), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagSeen}}, nil).Close(); err != nil {
		t.Fatal(err)
	}
	if !m.Messages("anna@example.test")[0].Seen {
		t.Error("not seen")
	}
}

func TestMailRoutesRepliesAndBounces(t *testing.T) {
	m := startTestMail(t, MailOptions{Domain: "reply.test", ReplyMailbox: "replies@reply.test"})
	to := []string{"Reply+Abc.9@REPLY.test", "bounce+x@reply.test", "reply@reply.test", "reply+abc@elsewhere.test", "reply+abc.9@reply.TEST"}
	if err := m.Deliver("", to, []byte("Subject: x\n\nbare line ends\n")); err != nil {
		t.Fatal(err)
	}
	got := m.Messages("replies@reply.test")
	if len(got) != 2 {
		t.Fatalf("%d mails in the reply mailbox", len(got))
	}
	for i, want := range []string{"Delivered-To: Reply+Abc.9@REPLY.test\r\n", "Delivered-To: bounce+x@reply.test\r\n"} {
		if raw := string(got[i].Raw); !strings.Contains(raw, want) || !strings.HasPrefix(raw, "Return-Path: <>\r\n") || !strings.HasSuffix(raw, "\n\nbare line ends\n") {
			t.Errorf("mail %d: %q", i, raw)
		}
	}
	if len(m.Messages("reply@reply.test")) != 1 || len(m.Messages("reply+abc@elsewhere.test")) != 1 {
		t.Errorf("mailboxes: %q", m.Mailboxes())
	}
}

func TestSMTPReplies(t *testing.T) {
	m := startTestMail(t, MailOptions{MaxMessage: 1000})
	long := strings.Repeat("x", 70)
	for _, c := range []struct {
		name  string
		lines []string
		want  string // beginning of the last reply
	}{
		{"too large by SIZE", []string{"EHLO c", "MAIL FROM:<a@b.test> SIZE=1001"}, "552 5.3.4 "},
		{"too large", []string{"EHLO c", "MAIL FROM:<a@b.test>", "RCPT TO:<c@d.test>", "DATA", strings.Repeat(long+"\r\n", 30) + "."}, "552 5.3.4 "},
		{"fits", []string{"EHLO c", "MAIL FROM:<a@b.test> SIZE=10 BODY=8BITMIME", "RCPT TO:<c@d.test>", "DATA", "hello\r\n."}, "250 2.0.0 "},
		{"no at sign", []string{"EHLO c", "MAIL FROM:<a@b.test>", "RCPT TO:<nobody>"}, "501 5."},
		{"bad domain", []string{"EHLO c", "MAIL FROM:<a@b.test>", "RCPT TO:<a@b..test>"}, "553 5.1.3 "},
		{"bad sender domain", []string{"EHLO c", "MAIL FROM:<a@-b.test>"}, "553 5.1.7 "},
		{"UTF-8 without SMTPUTF8", []string{"EHLO c", "MAIL FROM:<a@b.test>", "RCPT TO:<räksmörgås@b.test>"}, "553 5.6.7 "},
		{"UTF-8", []string{"EHLO c", "MAIL FROM:<å@b.test> SMTPUTF8", "RCPT TO:<räksmörgås@exempel.test>", "DATA", "hello\r\n."}, "250 2.0.0 "},
		{"DATA too early", []string{"EHLO c", "DATA"}, "502 5.5.1 "},
		{"null sender", []string{"HELO c", "MAIL FROM:<>", "RCPT TO:<c@d.test>", "DATA", "."}, "250 2.0.0 "},
		{"quoted local part", []string{"EHLO c", `MAIL FROM:<"a b"@c.test>`, `RCPT TO:<"odd one"@d.test>`, "DATA", "."}, "250 2.0.0 "},
		{"unknown command", []string{"EHLO c", "FROB me"}, "500 5.5.2 "},
	} {
		replies := dialogue(t, m.SMTPAddr(), c.lines...)
		if got := replies[len(replies)-1]; !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %q", c.name, replies)
		}
	}
	if got := m.Messages("odd one@d.test"); len(got) != 1 || !bytes.HasPrefix(got[0].Raw, []byte("Return-Path: <\"a b\"@c.test>\r\nDelivered-To: \"odd one\"@d.test\r\n")) {
		t.Errorf("quoted local part: %+v", got)
	}
	if n := len(m.Messages("räksmörgås@exempel.test")); n != 1 {
		t.Errorf("%d mails for the UTF-8 address", n)
	}
}

func TestSMTPOffers(t *testing.T) {
	m := startTestMail(t, MailOptions{})
	c, err := smtp.Dial(m.SMTPAddr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for extension, param := range map[string]string{"8BITMIME": "", "SMTPUTF8": "", "SIZE": "52428800", "AUTH": "PLAIN", "ENHANCEDSTATUSCODES": "", "PIPELINING": ""} {
		if ok, got := c.Extension(extension); !ok || got != param {
			t.Errorf("%s: %v %q", extension, ok, got)
		}
	}
}

func TestLongLinesAreTaken(t *testing.T) {
	m := startTestMail(t, MailOptions{})
	line := strings.Repeat("å", 50_000)
	if err := smtp.SendMail(m.SMTPAddr(), nil, "a@b.test", []string{"c@d.test"}, []byte("Subject: x\r\n\r\n"+line+"\r\n")); err != nil {
		t.Fatal(err)
	}
	if got := m.Messages("c@d.test"); len(got) != 1 || !bytes.Contains(got[0].Raw, []byte(line)) {
		t.Errorf("%d mails", len(got))
	}
}

func TestBdat(t *testing.T) {
	m := startTestMail(t, MailOptions{})
	replies := dialogue(t, m.SMTPAddr(), "EHLO c", "MAIL FROM:<a@b.test>", "RCPT TO:<c@d.test>", "BDAT 12\r\nSubject: x", "BDAT 5 LAST\r\n\r\n.")
	if got := replies[len(replies)-1]; !strings.HasPrefix(got, "250 2.0.0 OK") {
		t.Errorf("%q", replies)
	}
	if got := m.Messages("c@d.test"); len(got) != 1 || !bytes.HasSuffix(got[0].Raw, []byte("\r\nSubject: x\r\n\r\n.\r\n")) {
		t.Errorf("%+v", got)
	}
}

func TestDeliverRefuses(t *testing.T) {
	m := startTestMail(t, MailOptions{MaxMessage: 10})
	for _, c := range []struct {
		from, to string
		raw      string
	}{
		{"", "no address", "x"}, {"bad", "a@b.test", "x"}, {"", "a@b.test\r\nX: y", "x"}, {"", "a@b.test", "0123456789"},
	} {
		if err := m.Deliver(c.from, []string{c.to}, []byte(c.raw)); err == nil {
			t.Errorf("%q to %q was taken", c.from, c.to)
		}
	}
	if got := m.Mailboxes(); len(got) != 0 {
		t.Errorf("mailboxes %q", got)
	}
}

func TestMailLogin(t *testing.T) {
	m := startTestMail(t, MailOptions{Password: "s3cret"})
	for _, c := range []struct {
		user, password string
		ok             bool
	}{
		{"New@Example.test", "s3cret", true}, {"new@example.test", "demo", false}, {"new@example.test", "", false}, {"nobody", "s3cret", false},
	} {
		client, err := imapclient.DialInsecure(m.IMAPAddr(), nil)
		if err != nil {
			t.Fatal(err)
		}
		err = client.Login(c.user, c.password).Wait()
		if (err == nil) != c.ok {
			t.Errorf("%s with %q: %v", c.user, c.password, err)
		}
		if imapErr, ok := errors.AsType[*imap.Error](err); !c.ok && (!ok || imapErr.Code != imap.ResponseCodeAuthenticationFailed) {
			t.Errorf("%s: %v", c.user, err)
		}
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	}
	if got := m.Mailboxes(); !slices.Equal(got, []string{"new@example.test"}) {
		t.Errorf("mailboxes %q", got)
	}
}

func TestMailComesBackWithOtherUIDValidity(t *testing.T) {
	o := MailOptions{Dir: filepath.Join(t.TempDir(), "mail"), Domain: "reply.test", ReplyMailbox: "replies@reply.test"}
	seen := map[uint32]bool{}
	m := startTestMail(t, o)
	for i := range 3 {
		if err := m.Deliver("a@b.test", []string{"c@d.test", "reply+x@reply.test"}, fmt.Appendf(nil, "Subject: %d\r\n\r\n", i)); err != nil {
			t.Fatal(err)
		}
	}
	before := m.Messages("c@d.test")
	c := login(t, m.IMAPAddr(), "replies@reply.test", "demo")
	if err := c.Create("Processed/ärenden..", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Move(imap.UIDSetNum(1), "Processed/ärenden..").Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := StartMail(o); err == nil {
		t.Error("two servers on one folder")
	}
	for run := range 3 {
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		m = startTestMail(t, o)
		after := m.Messages("c@d.test")
		if len(after) != len(before) {
			t.Fatalf("run %d: %d mails", run, len(after))
		}
		for i := range after {
			if !bytes.Equal(after[i].Raw, before[i].Raw) || !after[i].Received.Equal(before[i].Received) {
				t.Errorf("run %d: mail %d is now %+v", run, i, after[i])
			}
		}
		c := login(t, m.IMAPAddr(), "replies@reply.test", "demo")
		selected, err := c.Select("INBOX", nil).Wait()
		if err != nil {
			t.Fatal(err)
		}
		if seen[selected.UIDValidity] || selected.UIDValidity == 0 || selected.NumMessages != 2 {
			t.Errorf("run %d: %+v after UIDVALIDITYs %v", run, selected, seen)
		}
		seen[selected.UIDValidity] = true
		if status, err := c.Status("Processed/ärenden..", &imap.StatusOptions{NumMessages: true}).Wait(); err != nil || *status.NumMessages != 1 {
			t.Errorf("run %d: moved mail: %+v, %v", run, status, err)
		}
	}
	files, err := filepath.Glob(filepath.Join(o.Dir, "mailboxes", "*", "*", "*.eml"))
	if err != nil || len(files) != 6 {
		t.Errorf("files: %q, %v", files, err)
	}
}

func TestExpungedMailLosesItsFile(t *testing.T) {
	dir := t.TempDir()
	m := startTestMail(t, MailOptions{Dir: dir})
	if err := m.Deliver("", []string{"a@b.test"}, []byte("x")); err != nil {
		t.Fatal(err)
	}
	c := login(t, m.IMAPAddr(), "a@b.test", "demo")
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	if err := c.Store(imap.UIDSetNum(1), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.UIDExpunge(imap.UIDSetNum(1)).Close(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Join(dir, "mailboxes", "a@b.test", "INBOX"))
	if err != nil || len(entries) != 0 {
		t.Errorf("left: %v, %v", entries, err)
	}
}

func TestUIDValidityDiffersBetweenRunsInMemory(t *testing.T) {
	seen := map[uint32]bool{}
	for range 5 {
		m := startTestMail(t, MailOptions{})
		c := login(t, m.IMAPAddr(), "a@b.test", "demo")
		selected, err := c.Select("INBOX", nil).Wait()
		if err != nil || seen[selected.UIDValidity] {
			t.Errorf("%+v, %v", selected, err)
		}
		seen[selected.UIDValidity] = true
	}
}

func TestMailCloseWithClients(t *testing.T) {
	m, err := StartMail(MailOptions{})
	if err != nil {
		t.Fatal(err)
	}
	deliveries, stop := m.Watch()
	idler := login(t, m.IMAPAddr(), "a@b.test", "demo")
	if _, err := idler.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	idle, err := idler.Idle()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", m.SMTPAddr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "EHLO c\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\nhalf a mail"); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if address, open := <-deliveries; open {
		t.Errorf("delivery to %s", address)
	}
	stop()
	if err := idle.Wait(); err == nil {
		t.Error("IDLE ended without an error")
	}
	if err := m.Deliver("", []string{"a@b.test"}, nil); !errors.Is(err, errMailClosed) {
		t.Errorf("Deliver after Close: %v", err)
	}
	if got := m.Messages("c@d.test"); len(got) != 0 {
		t.Errorf("half a mail was delivered: %+v", got)
	}
}

func TestWatchNeverBlocks(t *testing.T) {
	m := startTestMail(t, MailOptions{})
	deliveries, stop := m.Watch()
	for range watchBuffer + 10 {
		m.announce("a@b.test")
	}
	stop()
	stop()
	n := 0
	for range deliveries {
		n++
	}
	if n != watchBuffer {
		t.Errorf("%d signals", n)
	}
}
