package store_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/store/storetest"
)

// Two steps of the business at once: each test holds one of them at a certain
// statement by a lock of its own, begins the other, and lets go.

// standstill is a lock that a test holds; those who run into it wait.
type standstill struct {
	m  *market
	tx pgx.Tx
}

// hold takes the locks of a statement until letGo.
func (m *market) hold(statement string) *standstill {
	m.t.Helper()
	tx, err := storetest.Pool(m.t, m.url).Begin(m.t.Context())
	if err != nil {
		m.t.Fatal(err)
	}
	if _, err := tx.Exec(m.t.Context(), statement); err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { _ = tx.Rollback(context.Background()) })
	return &standstill{m: m, tx: tx}
}

func (s *standstill) letGo() {
	s.m.t.Helper()
	if err := s.tx.Rollback(s.m.t.Context()); err != nil {
		s.m.t.Fatal(err)
	}
}

// waiting returns once n connections wait for a lock, and with false when one
// of those that were to wait is done instead.
func (s *standstill) waiting(n int, done <-chan struct{}) bool {
	s.m.t.Helper()
	pool := storetest.Pool(s.m.t, s.m.url)
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for {
		var have int
		err := pool.QueryRow(s.m.t.Context(), `select count(*) from pg_stat_activity
			where datname = current_database() and wait_event_type = 'Lock'`).Scan(&have)
		if err != nil {
			s.m.t.Fatal(err)
		}
		if have >= n {
			return true
		}
		select {
		case <-done:
			return false
		case <-look.C:
		}
	}
}

// start runs f in the background; the channel is closed when it is done.
func start(f func()) <-chan struct{} {
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	return done
}

func TestTwoSchedulersOpenOneWindow(t *testing.T) {
	m := newMarket(t)
	conv := m.open("nadia")
	m.alertAll()
	m.write(conv, "a follow-up")
	// Both are about to commit a digest, one for the window that ends and one
	// for that which begins: they differ by their keys.
	members := m.hold(`select from members for update`)
	hour := time.Now().Add(time.Hour)
	var opened [2][]store.Offered
	var schedulers [2]<-chan struct{}
	for i := range opened {
		schedulers[i] = start(func() {
			var err error
			if opened[i], err = m.OpenWindows(t.Context(), hour.Add(time.Duration(i)*time.Hour), 0); err != nil {
				t.Error(err)
			}
		})
		members.waiting(i+1, schedulers[i])
	}
	members.letGo()
	<-schedulers[0]
	<-schedulers[1]
	if n := len(m.offered()[tradepost.Digest]); n != 2 || len(opened[0])+len(opened[1]) != 2 {
		t.Fatalf("%d digests for two members, %v by each scheduler", n, opened)
	}
}

func TestMarkWaitsForARunningClaim(t *testing.T) {
	m := newMarket(t)
	conv := m.open("nadia")
	m.alertAll()
	maja := m.partner.Members[0].ID
	msg := m.answer(conv, maja, "we can do that")
	refs := m.offered()[tradepost.Relay]
	files := m.hold(`lock table attachments in access exclusive mode`) // what a claim reads last
	var letters []store.MessageLetter
	var err, markErr error
	claimed := start(func() { letters, err = m.ClaimRelays(t.Context(), m.lease(), refs) })
	if !files.waiting(1, claimed) {
		t.Fatalf("the claim did not wait: %v", err)
	}
	marked := start(func() { markErr = m.Mark(t.Context(), conv, msg, maja, "✅") })
	if !files.waiting(2, marked) {
		t.Errorf("marked while a claim that does not know of it goes on (%v)", markErr)
	}
	files.letGo()
	<-claimed
	<-marked
	if err != nil || markErr != nil || len(letters) != 1 {
		t.Fatalf("%d letters, want that of the claim which was first; %v, %v", len(letters), err, markErr)
	}
}

func TestMarkBeforeTheClaimHoldsTheRelay(t *testing.T) {
	m := newMarket(t)
	conv := m.open("nadia")
	m.alertAll()
	maja := m.partner.Members[0].ID
	msg := m.answer(conv, maja, "we can do that")
	refs := m.offered()[tradepost.Relay]
	marks := m.hold(`lock table marks in share row exclusive mode`) // read, don't write
	var err error
	marked := start(func() { err = m.Mark(t.Context(), conv, msg, maja, "✅") })
	if !marks.waiting(1, marked) {
		t.Fatalf("the mark did not wait: %v", err)
	}
	claim := func() int {
		letters, err := m.ClaimRelays(t.Context(), m.lease(), refs)
		if err != nil {
			t.Error(err)
		}
		return len(letters)
	}
	if n := claim(); n != 0 {
		t.Errorf("%d relays claimed while the mark is being written", n)
	}
	marks.letGo()
	<-marked
	if err != nil {
		t.Error(err)
	}
	if n := claim(); n != 0 {
		t.Errorf("%d relays claimed of a marked message", n)
	}
	if got := m.value(`select outcome || ':' || reason from recipients where merchant_id is not null`); got != "skipped:marked" {
		t.Errorf("outcome %s", got)
	}
}

// TestReadDuringAClaim lets a member read while their alert is being claimed:
// whoever is first, what is on record is what happened.
func TestReadDuringAClaim(t *testing.T) {
	m := newMarket(t)
	conv := m.open("nadia")
	_, msgs, err := m.Conversation(t.Context(), conv)
	if err != nil {
		t.Fatal(err)
	}
	maja := m.partner.Members[0].ID
	refs := m.offered()[tradepost.Alert]
	recipients := m.hold(`select from recipients for update`)
	var letters []store.MessageLetter
	var readErr, claimErr error
	read := start(func() { readErr = m.Read(t.Context(), conv, maja, msgs[0].ID) })
	if !recipients.waiting(1, read) {
		t.Fatalf("the reading did not wait: %v", readErr)
	}
	claimed := start(func() { letters, claimErr = m.ClaimAlerts(t.Context(), m.lease(), refs) })
	recipients.waiting(2, claimed)
	recipients.letGo()
	<-read
	<-claimed
	if readErr != nil || claimErr != nil {
		t.Fatal(readErr, claimErr)
	}
	told := "read_first"
	for _, l := range letters {
		m.record(l.Claimed, tradepost.Delivered)
		if l.To.ID == maja {
			told = "alerted"
		}
	}
	if got := m.outcomes(); !strings.HasPrefix(got[0], told) || got[1] != "alerted" {
		t.Fatalf("%d letters, outcomes %v, want %s and alerted", len(letters), got, told)
	}
}

// TestLocksInAnyOrder lets members read, answer, mark and unmark while claims go
// on, as fast as they can: nothing deadlocks, and every pair gets its outcome.
func TestLocksInAnyOrder(t *testing.T) {
	m := newMarket(t)
	var conversations []int64
	for _, name := range []string{"nadia", "taro", "ines", "omar"} {
		conversations = append(conversations, m.open(name))
	}
	maja, oskar := m.partner.Members[0].ID, m.partner.Members[1].ID
	alerts := m.offered()[tradepost.Alert]
	var acts sync.WaitGroup
	do := func(what string, f func(conv int64) error) {
		acts.Go(func() {
			for _, conv := range conversations {
				if err := f(conv); err != nil {
					t.Errorf("%s: %v", what, err)
				}
			}
		})
	}
	for _, member := range []int64{maja, oskar} {
		do("answer", func(conv int64) error {
			id, err := m.AddMessage(t.Context(), conv, store.Author{Role: tradepost.AuthorMember, MemberID: member},
				tradepost.ViaAPI, "an answer", nil, store.Request{})
			if err != nil {
				return err
			}
			if err := m.Mark(t.Context(), conv, id, member, "✅"); err != nil {
				return err
			}
			return m.Unmark(t.Context(), conv, id, member)
		})
	}
	for range 2 {
		do("claim", func(int64) error {
			letters, err := m.ClaimAlerts(t.Context(), m.lease(), alerts)
			for _, l := range letters {
				m.record(l.Claimed, tradepost.Delivered)
			}
			return err
		})
	}
	acts.Wait()
	for i, got := range m.outcomes() {
		if got == "-" {
			t.Errorf("recipient %d has no outcome", i)
		}
	}
	letters, err := m.ClaimRelays(t.Context(), m.lease(), m.offered()[tradepost.Relay])
	if err != nil || len(letters) != 2*len(conversations) {
		t.Errorf("%d relays, want all that were unmarked again, %v", len(letters), err)
	}
}
