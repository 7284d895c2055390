package store_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

func TestStopDigests(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	conv := m.open("nadia")
	m.alertAll()
	m.write(conv, "Are you there?")
	digests := m.digests(time.Now().Add(2 * time.Hour))
	if len(digests) != 2 {
		t.Fatalf("%d digests", len(digests))
	}
	maja := digests[0].To.ID
	for _, d := range digests {
		m.record(d.Claimed, tradepost.Delivered)
	}
	stop := func(want bool) {
		t.Helper()
		if got, err := m.StopDigests(t.Context(), maja, digests[0].Ref, tradepost.StoppedByOneClick); err != nil || got != want {
			t.Errorf("stopped: %v, %v, want %v", got, err, want)
		}
	}
	resume := func(want bool) {
		t.Helper()
		if got, err := m.ResumeDigests(t.Context(), maja); err != nil || got != want {
			t.Errorf("resumed: %v, %v, want %v", got, err, want)
		}
	}
	is := func(wantOn, wantByLink bool) {
		t.Helper()
		if on, byLink, err := m.DigestsOf(t.Context(), maja); err != nil || on != wantOn || byLink != wantByLink {
			t.Errorf("digests: %v %v, %v, want %v %v", on, byLink, err, wantOn, wantByLink)
		}
	}
	is(true, false)
	resume(false)
	stop(true)
	stop(false)
	is(false, true)
	if got := m.value(`select notification_id || ' ' || one_click || ' ' || digest from digest_stops`); got != m.value(`select $1::bigint || ' true hourly'`, digests[0].ID) {
		t.Errorf("recorded: %s", got)
	}

	// The next digest goes to the colleague, and why says who stopped hers.
	through := m.write(conv, "Hello?")
	m.exec(`update notifications set finished_at = finished_at - interval '1 day'`)
	next := m.digests(time.Now().Add(3 * time.Hour))
	if len(next) != 1 || next[0].To.ID == maja {
		t.Errorf("%d digests", len(next))
	}
	told, err := m.Why(t.Context(), conv, maja, through)
	if err != nil || len(told) != 3 {
		t.Fatalf("%+v, %v", told, err)
	}
	last := told[2]
	if last.Outcome != tradepost.OutcomeSkipped || last.Reason != tradepost.ReasonOptedOut || last.StoppedBy != tradepost.StoppedByOneClick ||
		last.StoppedAt == "" || last.StoppedLetterAt == "" || told[1].StoppedAt != "" {
		t.Errorf("why: %+v", told)
	}
	// A first contact still alerts.
	m.open("taro")
	if n := m.alertAll(); n != 2 {
		t.Errorf("%d alerts of a first contact, want 2", n)
	}

	resume(true)
	resume(false)
	is(true, false)
	stop(true)
	// Her own choice since is not undone by the link.
	m.exec(`update members set digest = 'hourly' where id = $1`, maja)
	resume(false)
	stop(true)
	m.exec(`update members set digest = 'hourly' where id = $1`, maja)
	stop(true)
	if n := m.number(`select count(*) from digest_stops where resumed_at is null`); n != 1 {
		t.Errorf("%d stops in force", n)
	}
	resume(true)
	m.exec(`update members set digest = 'off' where id = $1`, maja)
	stop(false)
	is(false, false)

	if err := m.RemoveMember(t.Context(), maja); err != nil {
		t.Fatal(err)
	}
	if _, err := m.StopDigests(t.Context(), maja, digests[0].Ref, tradepost.StoppedByPage); !errors.Is(err, tradepost.ErrRefused) {
		t.Errorf("of one who left: %v", err)
	}
	if _, err := m.StopDigests(t.Context(), 1<<40, digests[0].Ref, tradepost.StoppedByPage); !errors.Is(err, tradepost.ErrNotFound) {
		t.Errorf("of nobody: %v", err)
	}
}

// TestStopDigestsAtOnce: mail programs press the button as often as they like.
func TestStopDigestsAtOnce(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	maja := m.partner.Members[0].ID
	var stopped sync.Map
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			did, err := m.StopDigests(t.Context(), maja, store.Ref{Period: tradepost.Period(time.Now()), ID: 1 << 30}, tradepost.StoppedByPage)
			if err != nil {
				t.Error(err)
			}
			if did {
				stopped.Store(i, true)
			}
		})
	}
	all.Wait()
	count := 0
	stopped.Range(func(any, any) bool { count++; return true })
	if rows := m.number(`select count(*) from digest_stops where notification_id is null`); count != 1 || rows != 1 {
		t.Errorf("%d stopped them, %d rows", count, rows)
	}
}
