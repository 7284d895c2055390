package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/store/storetest"
)

// market is a store with one partner of two members, for tests to act on.
type market struct {
	*store.Store
	t       *testing.T
	url     string
	partner store.Partner
	owner   uuid.UUID // of leases
	pool    *pgxpool.Pool
}

func newMarket(t *testing.T, change ...func(*store.Options)) *market {
	t.Helper()
	o := storetest.Options(t)
	for _, f := range change {
		f(&o)
	}
	m := &market{t: t, url: storetest.URL(t), owner: uuid.New()}
	m.Store = storetest.OpenURL(t, m.url, o)
	m.pool = storetest.Pool(t, m.url)
	m.partner = m.addPartner("Studio Lind", "maja", "oskar")
	return m
}

func (m *market) addPartner(name string, members ...string) store.Partner {
	m.t.Helper()
	p := store.Partner{Name: name, Published: true, Services: []store.Service{{Name: "Store migration"}}}
	for _, n := range members {
		p.Members = append(p.Members, store.Member{Name: n, Email: n + "@" + fmt.Sprint(len(name)) + ".example"})
	}
	p, err := m.AddPartner(m.t.Context(), p)
	if err != nil {
		m.t.Fatal(err)
	}
	return p
}

func opening(partner int64, merchant string) tradepost.Opening {
	return tradepost.Opening{
		PartnerID: partner, Kind: tradepost.KindService, Service: "Store migration", Body: "Hello from " + merchant,
		Merchant: tradepost.Merchant{Name: merchant, Email: merchant + "@shop.example", Role: tradepost.MerchantOwner,
			StoreName: merchant + " store", StoreURL: "https://" + merchant + ".example"},
	}
}

func (m *market) open(merchant string) int64 {
	m.t.Helper()
	id, err := m.OpenConversation(m.t.Context(), opening(m.partner.ID, merchant), store.Request{})
	if err != nil {
		m.t.Fatal(err)
	}
	return id
}

func (m *market) write(conversation int64, body string) int64 {
	m.t.Helper()
	id, err := m.AddMessage(m.t.Context(), conversation, store.Author{Role: tradepost.AuthorMerchant}, tradepost.ViaAPI, body, nil, store.Request{})
	if err != nil {
		m.t.Fatal(err)
	}
	return id
}

func (m *market) answer(conversation, member int64, body string) int64 {
	m.t.Helper()
	id, err := m.AddMessage(m.t.Context(), conversation, store.Author{Role: tradepost.AuthorMember, MemberID: member}, tradepost.ViaAPI, body, nil, store.Request{})
	if err != nil {
		m.t.Fatal(err)
	}
	return id
}

func (m *market) lease() store.Lease { return store.Lease{Owner: m.owner, For: 10 * time.Second} }

// offered returns what is due now, by kind.
func (m *market) offered() map[tradepost.NotificationKind][]store.Ref {
	m.t.Helper()
	byKind := make(map[tradepost.NotificationKind][]store.Ref)
	for _, kind := range []tradepost.NotificationKind{tradepost.Alert, tradepost.Relay, tradepost.Digest, tradepost.Answer} {
		list, err := m.Offer(m.t.Context(), kind, 0, 10_000)
		if err != nil {
			m.t.Fatal(err)
		}
		for _, o := range list {
			byKind[kind] = append(byKind[kind], o.Ref)
		}
	}
	return byKind
}

// record ends an attempt with a verdict.
func (m *market) record(c store.Claimed, v tradepost.Verdict) {
	m.t.Helper()
	err := m.Record(m.t.Context(), m.owner, []store.Attempt{{Ref: c.Ref, Number: c.Attempt, Address: "a@b.example",
		Started: time.Now(), Ended: time.Now(), Verdict: v, Code: 250, Reply: "ok"}})
	if err != nil {
		m.t.Fatal(err)
	}
}

// alertAll sends every alert that is due and returns to how many.
func (m *market) alertAll() int {
	m.t.Helper()
	letters, err := m.ClaimAlerts(m.t.Context(), m.lease(), m.offered()[tradepost.Alert])
	if err != nil {
		m.t.Fatal(err)
	}
	for _, l := range letters {
		m.record(l.Claimed, tradepost.Delivered)
	}
	return len(letters)
}

// digests opens the windows of the hour after now and claims the digests.
func (m *market) digests(at time.Time) []store.DigestLetter {
	m.t.Helper()
	if _, err := m.OpenWindows(m.t.Context(), at, 0); err != nil {
		m.t.Fatal(err)
	}
	letters, err := m.ClaimDigests(m.t.Context(), m.lease(), m.offered()[tradepost.Digest])
	if err != nil {
		m.t.Fatal(err)
	}
	return letters
}

// outcomes lists, in order of message and member, how members were told.
func (m *market) outcomes() []string {
	m.t.Helper()
	rows, err := m.pool.Query(context.Background(), `
		select coalesce(nullif(concat_ws(':', outcome, nullif(reason, '')), ''), '-') from recipients
		where member_id is not null order by message_id, member_id`)
	if err != nil {
		m.t.Fatal(err)
	}
	var list []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			m.t.Fatal(err)
		}
		list = append(list, s)
	}
	return list
}

// exec changes what no method of the store changes.
func (m *market) exec(sql string, args ...any) {
	m.t.Helper()
	if _, err := m.pool.Exec(context.Background(), sql, args...); err != nil {
		m.t.Fatal(err)
	}
}

// value is the one text that a query returns.
func (m *market) value(sql string, args ...any) (text string) {
	m.t.Helper()
	if err := m.pool.QueryRow(context.Background(), sql, args...).Scan(&text); err != nil {
		m.t.Fatal(err)
	}
	return text
}
