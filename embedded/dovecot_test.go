package embedded

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

func TestDovecotDeliversToAnyAddress(t *testing.T) {
	t.Parallel()
	d, err := StartDovecot(t.Context(), DovecotOptions{Dir: filepath.Join(serverDir(t), "d"), Password: "secret", Without: []string{"idle", "MOVE"}})
	need(t, err)
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	raw := "Subject: hej\r\n\r\nbody\r\n"
	if err := d.Deliver("Anna@Example.test", []byte(raw)); err != nil {
		t.Fatal(err)
	}
	c := login(t, d.Addr(), "anna@example.test", "secret")
	if caps := c.Caps(); caps.Has(imap.CapIdle) || caps.Has(imap.CapMove) || !caps.Has(imap.CapUIDPlus) {
		t.Errorf("capabilities: %v", caps)
	}
	selected, err := c.Select("INBOX", nil).Wait()
	if err != nil || selected.NumMessages != 1 {
		t.Fatalf("SELECT: %+v, %v", selected, err)
	}
	if got := fetchBody(t, c, 1); got != raw {
		t.Errorf("got %q", got)
	}
	// A delivery while the client is there.
	if err := d.Deliver("anna@example.test", []byte(raw)); err != nil {
		t.Fatal(err)
	}
	if err := c.Noop().Wait(); err != nil {
		t.Fatal(err)
	}
	if got := c.Mailbox().NumMessages; got != 2 {
		t.Errorf("%d messages after the second delivery", got)
	}
	bad, err := imapclient.DialInsecure(d.Addr(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer bad.Close()
	if err := bad.Login("anna@example.test", "wrong").Wait(); err == nil {
		t.Error("wrong password logs in")
	}
}

func TestDovecotDiesWithItsParent(t *testing.T) {
	t.Parallel()
	needFound(t, "dovecot", ErrNoDovecot)
	said, kill := startRole(t, "dovecot", filepath.Join(serverDir(t), "d"))
	c := login(t, strings.TrimSpace(strings.TrimPrefix(said, "addr ")), "a@b.test", "demo")
	kill()
	<-c.Closed()
}
