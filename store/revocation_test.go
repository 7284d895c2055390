package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

func TestRevokeByAnswer(t *testing.T) {
	m := newMarket(t)
	one, two := m.open("nadia"), m.open("bo")
	in := m.held(0, func(a *store.Ask) { a.Choices = []store.Choice{{ConversationID: one}, {ConversationID: two}} })
	through := m.number(`select max(id) from messages`)
	if err := m.reply(m.question(), tradepost.AnswerRevoke); err != nil {
		t.Fatal(err)
	}
	if got := m.ledger(in.Ref); got != "refused revoked 0" {
		t.Error(got)
	}
	for _, conv := range []int64{one, two} {
		for member, want := range map[int64]bool{m.maja(): true, m.partner.Members[1].ID: false} {
			if got, err := m.Revoked(t.Context(), tradepost.AuthorMember, member, conv, through); err != nil || got != want {
				t.Errorf("member %d, conversation %d: revoked %v, %v", member, conv, got, err)
			}
		}
	}
	// A letter about an older message carries an address that is good again.
	letters, err := m.ClaimAlerts(t.Context(), m.lease(), m.offered()[tradepost.Alert])
	if err != nil || len(letters) != 4 {
		t.Fatal(len(letters), err)
	}
	for _, l := range letters {
		through := max(l.Message.ID, l.RevokedThrough)
		if got, err := m.Revoked(t.Context(), tradepost.AuthorMember, l.To.ID, l.ConversationID, through); err != nil || got {
			t.Errorf("an address of now is revoked, %v", err)
		}
		if (l.RevokedThrough != 0) != (l.To.ID == m.maja()) {
			t.Errorf("member %d: revoked through %d", l.To.ID, l.RevokedThrough)
		}
	}
}

func TestRevokeByOperator(t *testing.T) {
	m := newMarket(t)
	conv, other := m.open("nadia"), m.open("bo")
	c, _, err := m.Conversation(t.Context(), conv)
	if err != nil {
		t.Fatal(err)
	}
	before := m.write(conv, "before")
	if err := m.Revoke(t.Context(), conv, "ops"); err != nil {
		t.Fatal(err)
	}
	after := m.write(conv, "after")
	for _, x := range []struct {
		role         tradepost.AuthorRole
		person, conv int64
		through      int64
		want         bool
	}{
		{tradepost.AuthorMember, m.maja(), conv, before, true},
		{tradepost.AuthorMerchant, c.Merchant.ID, conv, before, true},
		{tradepost.AuthorMember, m.maja(), conv, after, false},
		{tradepost.AuthorMember, m.maja(), other, before, false},
	} {
		if got, err := m.Revoked(t.Context(), x.role, x.person, x.conv, x.through); err != nil || got != x.want {
			t.Errorf("%+v: %v, %v", x, got, err)
		}
	}
	letters := m.digests(time.Now().Add(time.Hour))
	for _, l := range letters {
		for _, item := range l.Items {
			if (item.RevokedThrough > before) != (item.ConversationID == conv) {
				t.Errorf("conversation %d: revoked through %d", item.ConversationID, item.RevokedThrough)
			}
		}
	}
	if len(letters) != 2 {
		t.Errorf("%d digests", len(letters))
	}
	if err := m.Revoke(t.Context(), 999_999, "ops"); !errors.Is(err, tradepost.ErrNotFound) {
		t.Error(err)
	}
}
