package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

func TestRelaysWaiting(t *testing.T) {
	m := newMarket(t, func(o *store.Options) { o.RelayDelay = 30 * time.Second })
	maja := m.partner.Members[0].ID
	conv, other := m.open("nadia"), m.open("taro")
	m.answer(other, maja, "elsewhere")
	kept, marked, deleted := m.answer(conv, maja, "we can do that"), m.answer(conv, maja, "or not"), m.answer(conv, maja, "oh")
	if err := errors.Join(m.Mark(t.Context(), conv, marked, maja, "✅"), m.DeleteMessage(t.Context(), conv, deleted)); err != nil {
		t.Fatal(err)
	}
	waiting, err := m.RelaysWaiting(t.Context(), conv)
	if err != nil {
		t.Fatal(err)
	}
	due, ok := waiting[kept]
	if left := time.Until(due); len(waiting) != 2 || !ok || left <= 0 || left > 31*time.Second {
		t.Errorf("%v, left %v", waiting, left)
	}
	if at, ok := waiting[marked]; !ok || !at.IsZero() {
		t.Errorf("what a mark holds back is due at %v, %v", at, ok)
	}
	m.passTime(31 * time.Second)
	letters := m.relays()
	if len(letters) == 0 {
		t.Fatal("no relay was claimed")
	}
	if waiting, err = m.RelaysWaiting(t.Context(), conv); err != nil || len(waiting) != 1 {
		t.Errorf("claimed, and still waiting: %v, %v", waiting, err)
	}
	// A letter that was tried and refused for now is on its way.
	for _, l := range letters {
		m.record(l.Claimed, tradepost.Temporary)
	}
	if waiting, err = m.RelaysWaiting(t.Context(), conv); err != nil || len(waiting) != 1 {
		t.Errorf("tried, and still waiting: %v, %v", waiting, err)
	}
}

func TestLocale(t *testing.T) {
	m := newMarket(t)
	m.open("nadia")
	maja := m.partner.Members[0].ID
	m.exec(`update members set locale = 'sv'`)
	m.exec(`update merchants set locale = 'de'`)
	if err := m.RemoveMember(t.Context(), maja); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		role   tradepost.AuthorRole
		person int64
		want   string
	}{{tradepost.AuthorMember, maja, "sv"}, {tradepost.AuthorMerchant, 1, "de"}} {
		if got, err := m.Locale(t.Context(), c.role, c.person); err != nil || got != c.want {
			t.Errorf("%s: %q, %v", c.role, got, err)
		}
		if _, err := m.Locale(t.Context(), c.role, 999); !errors.Is(err, tradepost.ErrNotFound) {
			t.Errorf("%s that isn't: %v", c.role, err)
		}
	}
}
