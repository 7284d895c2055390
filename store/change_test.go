package store_test

import (
	"testing"

	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/store/storetest"
)

// TestChangesOutOfOrder: a transaction that began first and ends last is told of
// last, and not left out.
func TestChangesOutOfOrder(t *testing.T) {
	m := newMarket(t)
	ctx := t.Context()
	pool := storetest.Pool(t, m.url)
	partner := m.partner.ID
	note := `insert into changes (partner_id, conversation_id, kind) values ($1, $2, 'message')`
	begin, err := m.Store.Present(ctx)
	if err != nil {
		t.Fatal(err)
	}
	slow, err := pool.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = slow.Rollback(ctx) }() // of one that is committed below
	if _, err := slow.Exec(ctx, note, partner, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(ctx, note, partner, 2); err != nil {
		t.Fatal(err)
	}
	since := func(from store.Moment, want int64) store.Moment {
		t.Helper()
		list, until, err := m.Store.ChangesSince(ctx, from)
		if err != nil || len(list) != 1 || list[0].ConversationID != want {
			t.Fatalf("%+v %v, want %d", list, err, want)
		}
		// Another process is asked for the same by what a client was given.
		a, okA := store.ParseMoment(from.String())
		b, okB := store.ParseMoment(until.String())
		again, err := m.Store.ChangesBetween(ctx, a, b, partner, 10)
		if err != nil || !okA || !okB || len(again) != 1 || again[0] != list[0] {
			t.Fatalf("%+v %v", again, err)
		}
		return until
	}
	middle := since(begin, 2)
	if err := slow.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	end := since(middle, 1)
	if list, _, err := m.Store.ChangesSince(ctx, end); err != nil || len(list) != 0 {
		t.Errorf("%+v %v", list, err)
	}
}
