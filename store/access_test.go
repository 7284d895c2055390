package store_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost"
)

func TestStanding(t *testing.T) {
	m := newMarket(t)
	conv := m.open("nadia")
	other := m.addPartner("Elsewhere", "ida")
	c, _, err := m.Conversation(t.Context(), conv)
	if err != nil {
		t.Fatal(err)
	}
	member, merchant, oskar := tradepost.AuthorMember, tradepost.AuthorMerchant, m.partner.Members[1].ID
	check := func(role tradepost.AuthorRole, person, conversation int64, want tradepost.AccessStanding, name string, addresses int) {
		t.Helper()
		a, got, err := m.Standing(t.Context(), role, person, conversation)
		if err != nil || got != want || a.Person.Name != name || len(a.Addresses) != addresses || a.Person.Role != role || a.Blocked != (want == tradepost.AccessBlocked) {
			t.Errorf("%s, %+v, %v", got, a, err)
		}
	}
	m.exec(`insert into merchant_addresses values ($1, 'Nadia@Home.example')`, c.Merchant.ID)
	check(member, m.maja(), conv, tradepost.AccessOpen, "maja", 1)
	check(merchant, c.Merchant.ID, conv, tradepost.AccessOpen, "nadia", 2)
	check(merchant, c.Merchant.ID+1, conv, tradepost.AccessClosed, "", 0)
	check(member, other.Members[0].ID, conv, tradepost.AccessGone, "", 0)
	check(member, m.maja(), 999_999, tradepost.AccessClosed, "", 0)
	m.exec(`update members set removed_at = now() where id = $1`, oskar)
	check(member, oskar, conv, tradepost.AccessGone, "oskar", 1)
	if _, err := m.Access(t.Context(), member, oskar, conv); !errors.Is(err, tradepost.ErrRefused) {
		t.Error(err)
	}
	if list, err := m.PersonAddresses(t.Context(), merchant, c.Merchant.ID); err != nil || !strings.Contains(strings.Join(list, " "), "nadia@home.example") {
		t.Error(list, err)
	}
	m.exec(`insert into blocks (partner_id, merchant_id) select partner_id, merchant_id from conversations where id = $1`, conv)
	check(member, m.maja(), conv, tradepost.AccessBlocked, "maja", 1)
	check(merchant, c.Merchant.ID, conv, tradepost.AccessBlocked, "nadia", 2)
	m.exec(`update conversations set deleted_at = now() where id = $1`, conv)
	check(member, m.maja(), conv, tradepost.AccessClosed, "", 0)
	for _, person := range []int64{m.maja(), oskar} {
		if _, err := m.Access(t.Context(), member, person, conv); !errors.Is(err, tradepost.ErrNotFound) {
			t.Error(err)
		}
	}
}
