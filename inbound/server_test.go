package inbound

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/tradepost-mail/tradepost/embedded"
)

const (
	replyDomain = "reply.test"
	mailUser    = "replies@reply.test"
	mailSecret  = "demo"
)

// server is an IMAP server with one mailbox that replies come to.
type server struct {
	name, addr, user string
	hasIdle          bool
	// deliver does what the receiving server does with a mail for the address.
	deliver func(t *testing.T, to, raw string)
}

// servers are the server of the demo, Dovecot, and Dovecot without the extensions
// that shorten things: the same tests run on each.
func servers() map[string]func(*testing.T) server {
	return map[string]func(*testing.T) server{
		"memory":  memoryServer,
		"dovecot": func(t *testing.T) server { t.Helper(); return dovecotServer(t) },
		"dovecot without IDLE, MOVE, UIDPLUS": func(t *testing.T) server {
			t.Helper()
			s := dovecotServer(t, "IDLE", "MOVE", "UIDPLUS")
			s.hasIdle = false
			return s
		},
	}
}

// onEachServer runs test on each of the servers, in parallel.
func onEachServer(t *testing.T, test func(t *testing.T, s server)) {
	t.Helper()
	for name, start := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, start(t))
		})
	}
}

func memoryServer(t *testing.T) server {
	t.Helper()
	m, err := embedded.StartMail(embedded.MailOptions{Domain: replyDomain, ReplyMailbox: mailUser, Password: mailSecret})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return server{name: "memory", addr: m.IMAPAddr(), user: mailUser, hasIdle: true, deliver: func(t *testing.T, to, raw string) {
		t.Helper()
		if err := m.Deliver("sender@example.com", []string{to}, []byte(raw)); err != nil {
			t.Fatal(err)
		}
	}}
}

func dovecotServer(t *testing.T, without ...string) server {
	t.Helper()
	dir, err := embedded.TempDir()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	d, err := embedded.StartDovecot(t.Context(), embedded.DovecotOptions{
		Dir: filepath.Join(dir, "d"), Password: mailSecret, Without: without,
	})
	if errors.Is(err, embedded.ErrNoDovecot) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return server{name: "dovecot", addr: d.Addr(), user: mailUser, hasIdle: true, deliver: func(t *testing.T, to, raw string) {
		t.Helper()
		if err := d.Deliver(mailUser, []byte("Delivered-To: "+to+"\r\n"+raw)); err != nil {
			t.Fatal(err)
		}
	}}
}

// login opens a connection of the test's own.
func (s server) login(t *testing.T) *imapclient.Client {
	t.Helper()
	c, err := imapclient.DialInsecure(s.addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Login(s.user, mailSecret).Wait(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// folder returns the raw mails of a folder.
func (s server) folder(t *testing.T, name string) []string {
	t.Helper()
	c := s.login(t)
	defer c.Close()
	if _, err := c.Select(name, &imap.SelectOptions{ReadOnly: true}).Wait(); err != nil {
		t.Fatal(err)
	}
	section := &imap.FetchItemBodySection{Peek: true}
	var all imap.UIDSet
	all.AddRange(1, 0)
	list, err := c.Fetch(all, &imap.FetchOptions{Flags: true, BodySection: []*imap.FetchItemBodySection{section}}).Collect()
	if err != nil {
		t.Fatal(err)
	}
	var mails []string
	for _, m := range list {
		for _, f := range m.Flags {
			if strings.EqualFold(string(f), string(imap.FlagSeen)) {
				t.Errorf("a mail in %s has the flag \\Seen", name)
			}
		}
		mails = append(mails, string(m.FindBodySection(section)))
	}
	return mails
}
