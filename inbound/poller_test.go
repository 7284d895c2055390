package inbound

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const quotingReply = `Yes, gladly.

Maja

On Mon, 23 Nov 2026 at 09:12, Ada Berg via Market <noreply@market.example> wrote:
> Could you move our store?
`

func TestReplyIsPosted(t *testing.T) {
	t.Parallel()
	onEachServer(t, func(t *testing.T, s server) {
		m := newMarket(t, s)
		r := m.start()
		m.send(quotingReply)
		r.until("the reply is filed", m.settled(1))
		got := m.messages()
		if len(got) != 1 {
			t.Fatalf("messages: %s", show(got))
		}
		if got[0].Body != "Yes, gladly.\n\nMaja" || got[0].MemberID != m.maja.ID || got[0].Via != "email" {
			t.Errorf("message: %s", show(got[0]))
		}
		if !strings.Contains(got[0].FullText, "> Could you move our store?") {
			t.Errorf("full text has no quote: %q", got[0].FullText)
		}
		if e := m.only(); e.State != "posted" || e.Attempts != 1 || e.Class != "reply" {
			t.Errorf("ledger: %+v", e)
		}
		if in, done := len(s.folder(t, "INBOX")), len(s.folder(t, "Processed")); in != 0 || done != 1 {
			t.Errorf("INBOX has %d mails, Processed %d; want 0 and 1", in, done)
		}
	})
}

func TestIdleTells(t *testing.T) {
	t.Parallel()
	onEachServer(t, func(t *testing.T, s server) {
		if !s.hasIdle {
			t.Skip("the server has no IDLE")
		}
		m := newMarket(t, s)
		r := m.start(withOptions(func(o *Options) { o.Mailbox.PollEvery = time.Hour }))
		<-r.Ready()
		for i := range 3 {
			start := time.Now()
			m.send(fmt.Sprintf("Answer %d", i))
			r.until("the reply is filed", m.settled(i+1))
			t.Logf("posted and filed after %v", time.Since(start))
		}
	})
}

func TestManyAtOnceWithTwoPollers(t *testing.T) {
	t.Parallel()
	onEachServer(t, func(t *testing.T, s server) {
		m := newMarket(t, s)
		var want []string
		for i := range 15 {
			m.send(fmt.Sprintf("Answer %02d", i))
			want = append(want, fmt.Sprintf("Answer %02d", i))
		}
		a, b := m.start(), m.start()
		for i := 15; i < 30; i++ {
			m.send(fmt.Sprintf("Answer %02d", i))
			want = append(want, fmt.Sprintf("Answer %02d", i))
			if i == 20 {
				// The reader goes; the other must take over.
				if a.count.Load() > 0 {
					a.stop()
				} else {
					b.stop()
					b = a
				}
			}
		}
		b.until("all are filed", m.settled(30))
		got := m.bodies()
		slices.Sort(got)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("messages (-want +got):\n%s", d)
		}
		if n := len(s.folder(t, "Processed")); n != 30 {
			t.Errorf("Processed has %d mails, want 30", n)
		}
	})
}

func TestOneReader(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	a := m.start()
	<-a.Ready()
	b := m.start()
	a.again(5)
	b.until("it looks on", func() bool { return len(b.rounds) >= 2 })
	if n := b.count.Load(); n != 0 {
		t.Errorf("a second poller made %d rounds beside the first", n)
	}
	a.stop()
	b.until("it takes over", func() bool { return b.count.Load() > 0 })
}

// TestKilled ends the process, as far as the Poller can tell, at each point
// between two effects, and lets another go on.
func TestKilled(t *testing.T) {
	t.Parallel()
	for _, point := range []string{"fetched", "stored", "read", "compose", "judged", "moved"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			onEachServer(t, func(t *testing.T, s server) {
				m := newMarket(t, s)
				m.send("First")
				m.send("Second")
				var a *running
				started := make(chan struct{})
				kill := func(at string) {
					if at == point {
						<-started
						a.cancel()
					}
				}
				a = m.start(withPoller(func(p *Poller) {
					p.hook = kill
					p.ingest.hook = func(at string, _ []byte) { kill(at) }
				}))
				close(started)
				a.ended()
				b := m.start()
				b.until("both are filed", m.settled(2))
				b.again(2)
				if d := cmp.Diff([]string{"First", "Second"}, m.bodies()); d != "" {
					t.Errorf("messages (-want +got):\n%s", d)
				}
				if in, done := len(s.folder(t, "INBOX")), len(s.folder(t, "Processed")); in != 0 || done != 2 {
					t.Errorf("INBOX has %d mails, Processed %d; want 0 and 2", in, done)
				}
			})
		})
	}
}

func TestUIDValidityChanges(t *testing.T) {
	t.Parallel()
	onEachServer(t, func(t *testing.T, s server) {
		m := newMarket(t, s)
		folder := withOptions(func(o *Options) { o.Mailbox.Folder = "Replies" })
		c := s.login(t)
		put := func(raw string) {
			t.Helper()
			cmd := c.Append("Replies", int64(len(raw)), nil)
			if _, err := cmd.Write([]byte(raw)); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := cmd.Wait(); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Create("Replies", nil).Wait(); err != nil {
			t.Fatal(err)
		}
		to := m.address(m.maja)
		mails := []string{m.reply("maja@lind.example", to, "One"), m.reply("maja@lind.example", to, "Two")}
		for _, raw := range mails {
			put(raw)
		}
		a := m.start(folder)
		a.until("both are filed", m.settled(2))
		a.stop()
		if err := c.Delete("Replies").Wait(); err != nil {
			t.Fatal(err)
		}
		if err := c.Create("Replies", nil).Wait(); err != nil {
			t.Fatal(err)
		}
		// The same mail in the new folder, with the UIDs of the old one, and a new one.
		put(mails[1])
		put(mails[0])
		put(m.reply("maja@lind.example", to, "Three"))
		b := m.start(folder)
		b.until("all are filed", m.settled(5))
		if d := cmp.Diff([]string{"One", "Two", "Three"}, m.bodies()); d != "" {
			t.Errorf("messages (-want +got):\n%s", d)
		}
	})
}

func TestDuplicates(t *testing.T) {
	t.Parallel()
	onEachServer(t, func(t *testing.T, s server) {
		m := newMarket(t, s)
		to := m.address(m.maja)
		raw := m.reply("maja@lind.example", to, "Once")
		s.deliver(t, to, raw)
		s.deliver(t, to, "Received: from elsewhere.example\r\n"+raw)
		s.deliver(t, to, strings.Replace(raw, "Once", "Another text under the same Message-ID", 1))
		r := m.start()
		r.until("all are filed", m.settled(3))
		if d := cmp.Diff([]string{"Once", "Another text under the same Message-ID"}, m.bodies()); d != "" {
			t.Errorf("messages (-want +got):\n%s", d)
		}
		if got := m.ledger()[1].State; got != "duplicate" {
			t.Errorf("the second copy is %s", got)
		}
	})
}

func TestOversize(t *testing.T) {
	t.Parallel()
	onEachServer(t, func(t *testing.T, s server) {
		m := newMarket(t, s)
		for range 2 {
			m.send(strings.Repeat("A line of a long letter.\n", 4000))
		}
		r := m.start(withOptions(func(o *Options) { o.Mailbox.MaxSize = 20_000 }))
		r.until("both are filed", m.settled(2))
		m.send("A short one")
		r.until("the next is filed", m.settled(3))
		answers := 0
		for i, e := range m.ledger()[:2] {
			answers += e.Answered
			if e.State != "oversize" || e.Reason != "too_big" || e.Size < 100_000 || e.Kept > 5000 || e.Kept < 200 {
				t.Errorf("mail %d: %+v", i, e)
			}
		}
		if answers != 1 {
			t.Errorf("%d answers to one address in a day, want 1", answers)
		}
		if d := cmp.Diff([]string{"A short one"}, m.bodies()); d != "" {
			t.Errorf("messages (-want +got):\n%s", d)
		}
		if n := len(s.folder(t, "Failed")); n != 2 {
			t.Errorf("Failed has %d mails, want 2", n)
		}
	})
}

func TestPoisonIsQuarantined(t *testing.T) {
	t.Parallel()
	onEachServer(t, func(t *testing.T, s server) {
		m := newMarket(t, s)
		m.send("POISON")
		m.send("Wholesome")
		r := m.start(withPoller(func(p *Poller) {
			p.ingest.hook = func(at string, raw []byte) {
				if at == "read" && strings.Contains(string(raw), "POISON") {
					panic("this mail breaks the reader")
				}
			}
		}))
		r.until("both are filed", m.settled(2))
		if d := cmp.Diff([]string{"Wholesome"}, m.bodies()); d != "" {
			t.Errorf("messages (-want +got):\n%s", d)
		}
		e := m.ledger()[0]
		if e.State != "quarantined" || e.Reason != "panic" || !strings.Contains(e.Error, "this mail breaks the reader") ||
			!strings.Contains(e.Error, "judge.go") {
			t.Errorf("ledger: %+v", e)
		}
	})
}

func TestEndlessReadingIsQuarantined(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	m.send("ENDLESS")
	m.send("Wholesome")
	release := make(chan struct{})
	r := m.start(withPoller(func(p *Poller) {
		p.ingest.timeLimit = 300 * time.Millisecond
		p.ingest.hook = func(at string, raw []byte) {
			if at == "compose" && strings.Contains(string(raw), "ENDLESS") {
				<-release
			}
		}
	}))
	r.until("both are filed", m.settled(2))
	close(release)
	if e := m.ledger()[0]; e.State != "quarantined" || e.Reason != "timeout" {
		t.Errorf("ledger: %+v", e)
	}
	if d := cmp.Diff([]string{"Wholesome"}, m.bodies()); d != "" {
		t.Errorf("messages (-want +got):\n%s", d)
	}
}

// TestAttemptsAreCounted starts from the ledger that a process leaves which dies
// of a mail again and again.
func TestAttemptsAreCounted(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	m.send("Deadly")
	m.send("Wholesome")
	var a *running
	started := make(chan struct{})
	a = m.start(withPoller(func(p *Poller) {
		p.hook = func(at string) {
			if at == "stored" {
				<-started // a is set
				a.cancel()
			}
		}
	}))
	close(started)
	a.ended()
	m.exec(`update inbound set attempts = 3`)
	b := m.start()
	b.until("both are filed", m.settled(2))
	if e := m.ledger()[0]; e.State != "quarantined" || e.Reason != "attempts_exhausted" {
		t.Errorf("ledger: %+v", e)
	}
	if d := cmp.Diff([]string{"Wholesome"}, m.bodies()); d != "" {
		t.Errorf("messages (-want +got):\n%s", d)
	}
}

// TestLeaseIsLost takes the lease away from a reader, as happens to a process
// that was stopped for longer than it lasts.
func TestLeaseIsLost(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	r := m.start(withOptions(func(o *Options) { o.Mailbox.PollEvery = time.Hour }))
	<-r.Ready()
	m.exec(`update mailboxes set lease_owner = gen_random_uuid(), lease_until = now() + interval '3 seconds'`)
	lost, onlooker := false, false
	end := time.After(deadline)
	for !onlooker {
		select {
		case round := <-r.rounds:
			lost = lost || errors.Is(round.Err, errLeaseLost)
			onlooker = !round.Reader
		case <-end:
			t.Fatal("the poller goes on as the reader")
		}
	}
	if !lost {
		t.Error("no round says that the lease was lost")
	}
	m.send("For whoever reads next")
	r.until("it is the reader again", m.settled(1))
	if d := cmp.Diff([]string{"For whoever reads next"}, m.bodies()); d != "" {
		t.Errorf("messages (-want +got):\n%s", d)
	}
}

func TestRunOnlyOnce(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	r := m.start()
	<-r.Ready()
	if err := r.Run(t.Context()); err == nil {
		t.Error("a second Run is taken")
	}
	r.stop()
	r.stop()
}
