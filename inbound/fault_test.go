package inbound

import (
	"bytes"
	"encoding/base64"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/google/go-cmp/cmp"
)

// wire stands between a Poller and a server, and breaks the connection.
type wire struct {
	net.Listener
	server string
	freeze chan struct{} // closed at the end of the test
	work   sync.WaitGroup

	mu sync.Mutex
	// allow is how many octets of each connection, one after the other, reach
	// the Poller; those beyond the list are whole.
	allow []int64
	// silent says that a connection which is used up hangs instead of closing.
	silent bool
	seen   int // connections
}

func newWire(t *testing.T, s *server, silent bool, allow ...int64) *wire {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{Listener: ln, server: s.addr, freeze: make(chan struct{}), allow: allow, silent: silent}
	w.work.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			w.work.Go(func() { w.carry(c) })
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		close(w.freeze)
		w.work.Wait()
	})
	s.addr = ln.Addr().String()
	return w
}

func (w *wire) carry(c net.Conn) {
	defer c.Close()
	up, err := net.Dial("tcp", w.server)
	if err != nil {
		return
	}
	defer up.Close()
	w.mu.Lock()
	limit := int64(-1)
	if len(w.allow) > 0 {
		limit, w.allow = w.allow[0], w.allow[1:]
	}
	w.seen++
	w.mu.Unlock()
	var there sync.WaitGroup
	there.Go(func() {
		_, _ = io.Copy(up, c)
		_ = up.Close()
	})
	if limit < 0 {
		_, _ = io.Copy(c, up)
	} else {
		_, _ = io.CopyN(c, up, limit)
		if w.silent {
			// The client must give up by itself.
			gone := make(chan struct{})
			there.Go(func() {
				defer close(gone)
				one := make([]byte, 1)
				for {
					if _, err := up.Read(one); err != nil {
						return
					}
				}
			})
			select {
			case <-gone:
			case <-w.freeze:
			}
		}
	}
	_ = c.Close()
	_ = up.Close()
	there.Wait()
}

func (w *wire) connections() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen
}

// bigReply is a reply with an attachment that doesn't compress.
func bigReply(m *market, to string, size int) (raw string, data []byte) {
	data = make([]byte, size)
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(data) // never fails
	var lines strings.Builder
	for text := base64.StdEncoding.EncodeToString(data); text != ""; {
		n := min(76, len(text))
		lines.WriteString(text[:n] + "\r\n")
		text = text[n:]
	}
	body := "--b\nContent-Type: text/plain\n\nHere it is.\n--b\nContent-Type: application/zip; name=offer.zip\n" +
		"Content-Disposition: attachment; filename=offer.zip\nContent-Transfer-Encoding: base64\n\n"
	return m.reply("maja@lind.example", to, body, "Content-Type: multipart/mixed; boundary=b") + lines.String() + "--b--\r\n", data
}

// TestConnectionBreaks cuts the connection, or freezes the server, at many
// places from the greeting to the middle of a mail.
func TestConnectionBreaks(t *testing.T) {
	t.Parallel()
	for how, silent := range map[string]bool{"closed": false, "frozen": true} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			onEachServer(t, func(t *testing.T, s server) {
				direct := s
				w := newWire(t, &s, silent, 0, 20, 100, 400, 800, 1200, 1600, 2000, 3000, 50_000, 200_000, 400_000)
				m := newMarket(t, s)
				to := m.address(m.maja)
				raw, data := bigReply(m, to, 300_000)
				m.send("Before")
				s.deliver(t, to, raw)
				m.send("After")
				r := m.start(withOptions(func(o *Options) {
					o.Mailbox.CommandTimeout = 300 * time.Millisecond
					o.Mailbox.Retry = time.Millisecond
				}))
				// Rounds without effect break too: wake it until all breaks are used up.
				r.until("all are filed", func() bool { r.Poll(); return m.settled(3)() && w.connections() > 3 })
				got := m.messages()
				if len(got) != 3 {
					t.Fatalf("messages: %s", show(got))
				}
				for _, message := range got {
					if message.Body != "Here it is." {
						continue
					}
					if len(message.Files) != 1 {
						t.Fatalf("files: %s", show(message.Files))
					}
					if kept := m.file(message.Files[0]); !bytes.Equal(kept, data) {
						t.Errorf("the file isn't what was sent: %d bytes", len(kept))
					}
				}
				if in, done := len(direct.folder(t, "INBOX")), len(direct.folder(t, "Processed")); in != 0 || done != 3 {
					t.Errorf("INBOX has %d mails, Processed %d; want 0 and 3", in, done)
				}
			})
		})
	}
}

// TestForeignDeletedMailSurvives lets somebody mark a mail as deleted while ours
// are filed at a server where EXPUNGE takes all that is marked.
func TestForeignDeletedMailSurvives(t *testing.T) {
	t.Parallel()
	s := dovecotServer(t, "IDLE", "MOVE", "UIDPLUS")
	m := newMarket(t, s)
	m.send("Ours")
	to := m.address(m.oskar)
	foreign := m.reply("oskar@lind.example", to, "Marked by somebody")
	c := s.login(t)
	var once sync.Once
	r := m.start(withPoller(func(p *Poller) {
		p.hook = func(at string) {
			if at != "judged" {
				return
			}
			once.Do(func() {
				cmd := c.Append("INBOX", int64(len(foreign)), &imap.AppendOptions{Flags: []imap.Flag{imap.FlagDeleted}})
				if _, err := cmd.Write([]byte(foreign)); err != nil {
					t.Error(err)
				}
				if err := cmd.Close(); err != nil {
					t.Error(err)
				}
				if _, err := cmd.Wait(); err != nil {
					t.Error(err)
				}
			})
		}
	}))
	r.until("both are filed", m.settled(2))
	if d := cmp.Diff([]string{"Ours", "Marked by somebody"}, m.bodies()); d != "" {
		t.Errorf("messages (-want +got):\n%s", d)
	}
	if in, done := len(s.folder(t, "INBOX")), len(s.folder(t, "Processed")); in != 0 || done != 1 {
		// Whoever marked the other has not copied it: that is theirs to know.
		t.Errorf("INBOX has %d mails, Processed %d; want 0 and 1", in, done)
	}
}

// TestDatabaseFaultIsNotTheMails lets the blob store fail under a mail that needs it.
func TestDatabaseFaultIsNotTheMails(t *testing.T) {
	t.Parallel()
	s := memoryServer(t)
	m := newMarket(t, s)
	to := m.address(m.maja)
	raw, _ := bigReply(m, to, 1000)
	s.deliver(t, to, raw)
	m.exec(`alter table posted_replies rename to away`)
	r := m.start(withOptions(func(o *Options) { o.Mailbox.Retry = time.Millisecond }))
	failures := 0
	r.until("it fails often", func() bool {
		r.Poll()
		failures++
		return failures > 10
	})
	if e := m.only(); e.State != "stored" || e.Attempts > 1 {
		t.Errorf("ledger: %+v", e)
	}
	m.exec(`alter table away rename to posted_replies`)
	r.until("it is filed", func() bool { r.Poll(); return m.settled(1)() })
	if d := cmp.Diff([]string{"Here it is."}, m.bodies()); d != "" {
		t.Errorf("messages (-want +got):\n%s", d)
	}
}

// TestMissingBlobIsQuarantined loses the bytes of a mail between storing and
// reading it: it must not hide those behind it.
func TestMissingBlobIsQuarantined(t *testing.T) {
	t.Parallel()
	s := memoryServer(t)
	m := newMarket(t, s)
	to := m.address(m.maja)
	raw, _ := bigReply(m, to, 300_000) // too large for its row
	s.deliver(t, to, raw)
	m.send("After")
	var once sync.Once
	r := m.start(withPoller(func(p *Poller) {
		p.hook = func(at string) {
			if at == "stored" {
				once.Do(func() { m.exec(`update inbound set blob_key = 'inbound/gone' where blob_key is not null`) })
			}
		}
	}))
	r.until("both are filed", m.settled(2))
	if d := cmp.Diff([]string{"After"}, m.bodies()); d != "" {
		t.Errorf("messages (-want +got):\n%s", d)
	}
	if e := m.ledger()[0]; e.State != "quarantined" || e.Reason != "raw_gone" || !strings.Contains(e.Error, "inbound/gone") || e.Attempts != 1 {
		t.Errorf("ledger: %+v", e)
	}
	if n := len(s.folder(t, "Failed")); n != 1 {
		t.Errorf("Failed has %d mails, want 1", n)
	}
}
