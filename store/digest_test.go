package store_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

func TestDigestOncePerWindow(t *testing.T) {
	m := newMarket(t)
	first := m.open("nadia")
	second := m.open("taro")
	m.alertAll()
	m.write(first, "one")
	m.write(second, "two")
	last := m.write(second, "three")
	hour := time.Now().Add(time.Hour)
	var wg sync.WaitGroup
	for range 10 { // any number of schedulers
		wg.Go(func() {
			if _, err := m.OpenWindows(t.Context(), hour, 0); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	letters := m.digests(hour)
	if len(letters) != 2 {
		t.Fatalf("%d digests, want one for each of two members", len(letters))
	}
	for _, l := range letters {
		if len(l.Items) != 2 || l.Items[0].ConversationID != second || l.Items[1].ConversationID != first {
			t.Fatalf("items %+v, want the newest conversation first", l.Items)
		}
		if msgs := l.Items[0].Messages; len(msgs) != 2 || msgs[0].Body != "two" || msgs[1].ID != last {
			t.Fatalf("messages %+v, want the oldest first", msgs)
		}
		m.record(l.Claimed, tradepost.Delivered)
	}
	if again := m.digests(hour.Add(time.Hour)); len(again) != 0 {
		t.Fatalf("%d digests with nothing unread", len(again))
	}
}

func TestMessagesOfTheRunningWindowWait(t *testing.T) {
	m := newMarket(t)
	conv := m.open("nadia")
	m.alertAll()
	m.write(conv, "just now")
	if got := m.digests(time.Now()); len(got) != 0 {
		t.Fatalf("%d digests for a window that began before the message", len(got))
	}
}

func TestADigestOnItsWayTakesInWhatComesLater(t *testing.T) {
	m := newMarket(t)
	conv := m.open("nadia")
	m.alertAll()
	m.write(conv, "one")
	hour := time.Now().Add(time.Hour)
	letters := m.digests(hour)
	for _, l := range letters {
		m.record(l.Claimed, tradepost.Temporary) // the mail server is down
	}
	m.write(conv, "two")
	m.passTime(time.Minute)
	letters = m.digests(hour.Add(time.Hour))
	if len(letters) != 2 {
		t.Fatalf("%d digests, want the same two again", len(letters))
	}
	for _, l := range letters {
		if l.Attempt != 2 || len(l.Items[0].Messages) != 2 {
			t.Fatalf("attempt %d with %+v, want both messages in the second attempt", l.Attempt, l.Items)
		}
	}
}

func TestALateDigestUsesUpTheNextWindow(t *testing.T) {
	m := newMarket(t)
	// One member, whose minute the test goes by.
	if err := m.SetSettings(t.Context(), m.partner.Members[1].ID, tradepost.Settings{Alert: tradepost.AlertNever, Digest: tradepost.DigestOff}); err != nil {
		t.Fatal(err)
	}
	conv := m.open("nadia")
	m.alertAll()
	m.write(conv, "one")
	now := time.Now()
	window := tradepost.Clock{Hour: time.Hour}.Window(now.Add(time.Hour), tradepost.DigestMinute(m.partner.Members[0].ID))
	letters := m.digests(window)
	if len(letters) != 1 {
		t.Fatalf("%d digests", len(letters))
	}
	m.record(letters[0].Claimed, tradepost.Delivered) // finished now, before the window even began
	m.write(conv, "two")
	// As if it had been sent three quarters of an hour late.
	m.passTime(-(window.Sub(now) + 50*time.Minute))
	if opened, err := m.OpenWindows(t.Context(), window.Add(time.Hour), 0); err != nil || len(opened) != 0 {
		t.Fatalf("%d digests ten minutes after the last, %v", len(opened), err)
	}
}

func TestUnknownDigestUsesUpTheHour(t *testing.T) {
	m := newMarket(t)
	conv := m.open("nadia")
	m.alertAll()
	m.write(conv, "one")
	hour := time.Now().Add(time.Hour)
	for _, l := range m.digests(hour) {
		m.record(l.Claimed, tradepost.NoAnswer) // it may be in the mailbox
	}
	// As if it had gone out a minute before the next window.
	m.exec(`update notifications set finished_at = window_at + interval '59 minutes' where kind = 'digest'`)
	if got := m.digests(hour.Add(time.Hour)); len(got) != 0 {
		t.Fatalf("%d digests a minute after one that may have been taken", len(got))
	}
	if got := m.digests(hour.Add(2 * time.Hour)); len(got) != 2 || len(got[0].Items) != 1 {
		t.Fatalf("digests of the window after that: %+v", got)
	}
}

func TestLeaversAndOptedOutGetAnOutcome(t *testing.T) {
	m := newMarket(t)
	conv := m.open("nadia")
	m.alertAll()
	m.write(conv, "a follow-up")
	if err := m.RemoveMember(t.Context(), m.partner.Members[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := m.SetSettings(t.Context(), m.partner.Members[1].ID, tradepost.Settings{Alert: tradepost.AlertFirstContact, Digest: tradepost.DigestOff}); err != nil {
		t.Fatal(err)
	}
	if got := m.digests(time.Now().Add(time.Hour)); len(got) != 0 {
		t.Fatalf("%d digests to people who want none", len(got))
	}
	want := []string{"alerted", "alerted", "skipped:member_gone", "skipped:opted_out"}
	if got := m.outcomes(); !slices.Equal(got, want) {
		t.Fatalf("outcomes %v, want %v", got, want)
	}
	if n, err := m.Unfinished(t.Context()); err != nil || n != 0 {
		t.Fatalf("%d notifications are left, %v", n, err)
	}
}

func TestCappedReasonSurvivesTheDigest(t *testing.T) {
	m := newMarket(t, func(o *store.Options) { o.Caps = tradepost.Caps{AlertsPerPartner: 1} })
	m.open("nadia")
	m.open("taro")
	m.alertAll()
	letters := m.digests(time.Now().Add(time.Hour))
	for _, l := range letters {
		m.record(l.Claimed, tradepost.Delivered)
	}
	want := []string{"alerted", "alerted", "digested:alert_capped", "digested:alert_capped"}
	if got := m.outcomes(); !slices.Equal(got, want) {
		t.Fatalf("outcomes %v after %d digests, want %v", got, len(letters), want)
	}
}
