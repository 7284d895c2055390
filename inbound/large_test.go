package inbound

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/message"
)

// mailWithFiles is a reply with attachments of the given sizes, which don't
// compress.
func mailWithFiles(m *market, to string, sizes ...int) (raw string, files [][]byte) {
	random := rand.NewChaCha8([32]byte{2})
	var body strings.Builder
	body.WriteString("--b\r\nContent-Type: text/plain\r\n\r\nHere they are.\r\n")
	for i, size := range sizes {
		data := make([]byte, size)
		_, _ = random.Read(data) // never fails
		files = append(files, data)
		fmt.Fprintf(&body, "--b\r\nContent-Type: application/zip\r\nContent-Disposition: attachment; filename=%d.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n", i)
		for part := range slices.Chunk(data, 57) { // 76 characters, RFC 2045 6.8
			body.WriteString(base64.StdEncoding.EncodeToString(part) + "\r\n")
		}
	}
	raw = m.reply("maja@lind.example", to, "", "Content-Type: multipart/mixed; boundary=b")
	return strings.TrimSuffix(raw, "\r\n") + body.String() + "--b--\r\n", files
}

// TestFilesArriveWhole posts mails with files of every size that a message may
// have.
func TestFilesArriveWhole(t *testing.T) {
	t.Parallel()
	for name, sizes := range map[string][]int{
		"empty":        {0},
		"one octet":    {1},
		"all there is": {tradepost.MaxAttachmentBytes},
		"many":         {0, 1, 2, 3, 1000, 56, 57, 58, 100_000, 0, 300_000, 9, 10, 11, 12, 13, 14, 15, 16, 1 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := memoryServer(t)
			m := newMarket(t, s)
			to := m.address(m.maja)
			raw, want := mailWithFiles(m, to, sizes...)
			s.deliver(t, to, raw)
			r := m.start()
			r.until("it is filed", m.settled(1))
			got := m.messages()
			if len(got) != 1 || len(got[0].Files) != len(want) {
				t.Fatalf("messages: %s", show(got))
			}
			for i, f := range got[0].Files {
				if !bytes.Equal(m.file(f), want[i]) {
					t.Errorf("file %d of %d octets isn't what was sent", i, len(want[i]))
				}
			}
		})
	}
}

// TestTooManyOctets refuses before a file is written.
func TestTooManyOctets(t *testing.T) {
	t.Parallel()
	s := memoryServer(t)
	m := newMarket(t, s)
	to := m.address(m.maja)
	raw, _ := mailWithFiles(m, to, tradepost.MaxAttachmentBytes-10, 11)
	s.deliver(t, to, raw)
	r := m.start()
	r.until("it is filed", m.settled(1))
	if e := m.only(); e.State != "refused" || e.Reason != string(tradepost.ReasonTooBig) {
		t.Errorf("ledger: %+v", e)
	}
	if kept := m.kept(); len(kept) != 1 || !strings.HasPrefix(kept[0], "/inbound/") {
		t.Errorf("kept: %q", kept)
	}
}

// TestBrokenMailLeavesNothing cuts the connection within large mails.
func TestBrokenMailLeavesNothing(t *testing.T) {
	t.Parallel()
	onEachServer(t, func(t *testing.T, s server) {
		w := newWire(t, &s, false, 20_000, 2_000_000)
		m := newMarket(t, s)
		to := m.address(m.maja)
		raw, data := mailWithFiles(m, to, 3<<20)
		s.deliver(t, to, raw)
		r := m.start(withOptions(func(o *Options) {
			o.Mailbox.Retry = time.Millisecond
			o.Mailbox.PollEvery = time.Hour
			next := o.OnRound
			o.OnRound = func(round Round) {
				if kept := m.kept(); round.Err != nil && (len(kept) != 0 || len(m.ledger()) != 0) {
					t.Errorf("after %v the blob store has %q, the ledger %+v", round.Err, kept, m.ledger())
				}
				next(round)
			}
		}))
		r.until("it is filed", func() bool { r.Poll(); return m.settled(1)() })
		if n := w.connections(); n < 3 {
			t.Errorf("only %d connections were broken", n-1)
		}
		if got := m.messages(); len(got) != 1 || !bytes.Equal(m.file(got[0].Files[0]), data[0]) {
			t.Errorf("messages: %s", show(got))
		}
	})
}

// TestBlobWithoutRow fails between blob and row, and finds the blob damaged when
// it comes again: it is replaced.
func TestBlobWithoutRow(t *testing.T) {
	t.Parallel()
	s := memoryServer(t)
	m := newMarket(t, s)
	to := m.address(m.maja)
	raw, data := mailWithFiles(m, to, 300_000)
	s.deliver(t, to, raw)
	m.exec(`create function no_row() returns trigger language plpgsql as $$ begin raise 'no row today'; end $$`)
	m.exec(`create trigger no_row before insert on inbound for each row execute function no_row()`)
	r := m.start(withOptions(func(o *Options) { o.Mailbox.Retry = time.Hour }))
	r.until("the blob is there", func() bool { return len(m.kept()) == 1 })
	r.stop()
	kept := m.kept()
	if len(kept) != 1 || len(m.ledger()) != 0 {
		t.Fatalf("kept %q, ledger %+v", kept, m.ledger())
	}
	if n := len(s.folder(t, "INBOX")); n != 1 {
		t.Errorf("INBOX has %d mails", n)
	}
	if err := os.WriteFile(filepath.Join(m.blobs, kept[0]), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	m.exec(`drop trigger no_row on inbound`)
	r = m.start()
	r.until("it is filed", m.settled(1))
	if got := m.messages(); len(got) != 1 || !bytes.Equal(m.file(got[0].Files[0]), data[0]) {
		t.Errorf("messages: %s", show(got))
	}
}

// TestBlobStoreFails lets the blob store refuse a mail of which most is still to
// come: the session ends, and the mail isn't blamed.
func TestBlobStoreFails(t *testing.T) {
	t.Parallel()
	onEachServer(t, func(t *testing.T, s server) {
		m := newMarket(t, s)
		to := m.address(m.maja)
		raw, _ := mailWithFiles(m, to, 8<<20)
		s.deliver(t, to, raw)
		m.send("After")
		inTheWay := filepath.Join(m.blobs, "inbound")
		if err := os.WriteFile(inTheWay, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		failed := 0
		r := m.start(withOptions(func(o *Options) {
			o.Mailbox.Retry = time.Millisecond
			next := o.OnRound
			o.OnRound = func(round Round) {
				if round.Err != nil {
					failed++ // read below after Run has returned
				}
				next(round)
			}
		}))
		rounds := 0
		r.until("it fails often", func() bool { r.Poll(); rounds++; return rounds > 5 })
		r.stop()
		if failed == 0 || len(r.trouble) != 0 || len(m.ledger()) != 0 {
			t.Errorf("%d rounds failed, %d mails are in trouble, ledger: %+v", failed, len(r.trouble), m.ledger())
		}
		if err := os.Remove(inTheWay); err != nil {
			t.Fatal(err)
		}
		r = m.start()
		r.until("both are filed", m.settled(2))
		bodies := m.bodies()
		slices.Sort(bodies)
		if d := cmp.Diff([]string{"After", "Here they are."}, bodies); d != "" {
			t.Errorf("messages (-want +got):\n%s", d)
		}
	})
}

// TestLargeOwnLetter knows a letter of ours by its top, and takes reply
// addresses out of a long text.
func TestLargeOwnLetter(t *testing.T) {
	t.Parallel()
	to, err := testTokens(t).Address(tradepost.Token{Purpose: tradepost.ReplyToken, Role: tradepost.AuthorMember, Person: 1, Subject: 1, Expires: time.Now().Add(48 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("Reply-To: "+to+"\r\n", 4000) + "The end."
	m := parse("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nYes.\r\n" +
		"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: ours\r\nX-Hop: 1\r\n\r\n" + long + "\r\n" +
		"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: theirs\r\n\r\nX-Hop: 1\r\n" + long + "\r\n" +
		"--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment\r\n\r\n" + long + "\r\n--b--\r\n")
	w := writeAll(m)
	if len(w.files) != 2 {
		t.Fatalf("%d files", len(w.files))
	}
	if d := cmp.Diff("Subject: theirs\r\n\r\nX-Hop: 1\r\n"+strings.Repeat("Reply-To: (reply address)\r\n", 4000)+"The end.", strings.TrimRight(string(content(t, w.files[0])), "\r\n")); d != "" {
		t.Errorf("the letter (-want +got):\n%.500s", d)
	}
	if got := string(content(t, w.files[1])); got != long {
		t.Errorf("octets that are no text were changed: %d of %d", len(got), len(long))
	}
}

// BenchmarkLargeMail reads a mail with 25 MB attached and then its file: what
// it allocates is what that takes beside the mail itself. How much memory the
// process takes is tested in cmd/tradepost.
func BenchmarkLargeMail(b *testing.B) {
	text, _ := mailWithFiles(&market{}, "reply@reply.test", tradepost.MaxAttachmentBytes)
	raw := []byte(text)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		w := writeAll(message.Parse(raw, message.Limits{}))
		r, err := w.files[0].Open()
		if err != nil {
			b.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, r); n != tradepost.MaxAttachmentBytes || err != nil {
			b.Fatalf("the file has %d octets, %v", n, err)
		}
	}
}
