package store_test

import (
	"sync"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
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
			if _, err := m.OpenWindows(t.Context(), hour); err != nil {
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
	conv := m.open("nadia")
	m.alertAll()
	m.write(conv, "one")
	now := time.Now()
	window := tradepost.Clock{Hour: time.Hour}.Window(now.Add(time.Hour), tradepost.DigestMinute(m.partner.Members[0].ID))
	for _, l := range m.digests(window) {
		m.record(l.Claimed, tradepost.Delivered) // finished now, before the window even began
	}
	m.write(conv, "two")
	// As if it had been sent three quarters of an hour late.
	m.passTime(-(window.Sub(now) + 50*time.Minute))
	if n, err := m.OpenWindows(t.Context(), window.Add(time.Hour)); err != nil || n != 0 {
		t.Fatalf("%d digests ten minutes after the last, %v", n, err)
	}
}
