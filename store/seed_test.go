package store_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/seed"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/store/storetest"
)

func sampleMarket(t testing.TB, partners, conversations, messages int, number uint64) *seed.Market {
	t.Helper()
	m, err := seed.New(seed.Options{Partners: partners, Conversations: conversations, Messages: messages, Seed: number,
		Now: time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// seeded is a market on a database of its own.
func seeded(t *testing.T, m *seed.Market) *market {
	t.Helper()
	mk := &market{t: t, url: storetest.URL(t)}
	mk.Store = storetest.OpenURL(t, mk.url, storetest.Options(t))
	mk.pool = storetest.Pool(t, mk.url)
	if err := mk.Seed(t.Context(), m, nil); err != nil {
		t.Fatal(err)
	}
	return mk
}

// lists of rows, as text, in an order that doesn't depend on how they were written.
const everything = `
	select md5(string_agg(part, '|' order by part)) from (
		select 'partners' || md5(string_agg(t::text, '|' order by t::text)) from partners t
		union all select 'members' || md5(string_agg(t::text, '|' order by t::text)) from members t
		union all select 'services' || md5(string_agg(t::text, '|' order by t::text)) from services t
		union all select 'tags' || md5(string_agg((t.id, t.partner_id, t.name)::text, '|' order by t.id)) from tags t
		union all select 'merchants' || md5(string_agg(t::text, '|' order by t::text)) from merchants t
		union all select 'conversations' || md5(string_agg(t::text, '|' order by t::text)) from conversations t
		union all select 'messages' || md5(string_agg(t::text, '|' order by t::text)) from messages t
		union all select 'marks' || md5(string_agg(t::text, '|' order by t::text)) from marks t
		union all select 'recipients' || md5(string_agg(t::text, '|' order by t::text)) from recipients t
		union all select 'unread' || md5(string_agg(t::text, '|' order by t::text)) from unread t
		union all select 'tagged' || md5(string_agg(t::text, '|' order by t::text)) from conversation_tags t
		union all select 'qualified' || md5(string_agg(t::text, '|' order by t::text)) from qualifications t
		union all select 'proposals' || md5(string_agg(t::text, '|' order by t::text)) from proposals t
		union all select 'jobs' || md5(string_agg(t::text, '|' order by t::text)) from jobs t
		union all select 'contacts' || md5(string_agg(t::text, '|' order by t::text)) from first_contacts t) s (part)`

// schema is all constraints and indexes.
const schema = `select string_agg(d, E'\n' order by d) from (
	select indexdef d from pg_indexes where schemaname = 'public'
	union all select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) || ' ' || convalidated from pg_constraint where connamespace = 'public'::regnamespace) s`

func TestSeedIsTheSameByItsNumber(t *testing.T) {
	t.Parallel()
	digest := func(number uint64) string {
		return seeded(t, sampleMarket(t, 20, 150, 900, number)).value(everything)
	}
	one := digest(1)
	if again := digest(1); again != one {
		t.Error("the same number gave another market")
	}
	if digest(2) == one {
		t.Error("another number gave the same market")
	}
}

// notKept are queries that find what lists keep and what it derives from to differ.
var notKept = map[string]string{
	"mark": `select c.id from conversations c where mark is distinct from (
		select k.emoji from messages m left join marks k on (k.period, k.message_id) = (m.period, m.id)
		where m.conversation_id = c.id and m.author = 'merchant' and m.deleted_at is null order by m.id desc limit 1)`,
	"last_at": `select c.id from conversations c where last_at <> (select max(created_at) from messages m where m.conversation_id = c.id)`,
	"unread": `
		select coalesce(u.conversation_id, n.conversation_id) from unread u full join (
			select r.member_id, r.conversation_id, count(*) messages, c.last_at from recipients r
			join messages m on (m.period, m.id) = (r.period, r.message_id) join conversations c on c.id = r.conversation_id
			where r.member_id is not null and r.read_at is null and m.deleted_at is null and c.deleted_at is null group by 1, 2, 4) n
		on (n.member_id, n.conversation_id) = (u.member_id, u.conversation_id)
		where (u.messages, u.last_at) is distinct from (n.messages, n.last_at)`,
	"tag":    `select c.id from conversation_tags t join conversations c on c.id = t.conversation_id where t.last_at <> c.last_at`,
	"search": `select f.merchant_id from first_contacts f join merchants m on m.id = f.merchant_id where f.search <> m.search`,
}

func TestSeedKeepsTheRules(t *testing.T) {
	t.Parallel()
	before := newMarket(t).value(schema)
	m := seeded(t, sampleMarket(t, 60, 600, 6000, 7))
	if after := m.value(schema); after != before {
		t.Errorf("the schema has changed: %s", after)
	}
	for what, sql := range notKept {
		if n := m.value(`select count(*)::text from (` + sql + `) s`); n != "0" {
			t.Errorf("%s: %s differ", what, n)
		}
	}
	for what, sql := range map[string]string{
		"recipient without an outcome": `select from recipients where outcome is null`,
		"mail":                         `select from notifications`,
		"reminder to come":             `select from first_contacts where reminded_at is null`,
		"conversation without contact": `select from conversations c where not exists (select from first_contacts f where (f.partner_id, f.merchant_id) = (c.partner_id, c.merchant_id))`,
		"contact of another message":   `select from first_contacts f join messages m on m.id = f.message_id join conversations c on c.id = m.conversation_id where (c.partner_id, c.merchant_id, m.created_at) is distinct from (f.partner_id, f.merchant_id, f.created_at) or exists (select from conversations o join messages x on x.conversation_id = o.id where (o.partner_id, o.merchant_id) = (f.partner_id, f.merchant_id) and x.id < f.message_id)`,
		"reader of another partner":    `select from recipients r join conversations c on c.id = r.conversation_id join members m on m.id = r.member_id where m.partner_id <> c.partner_id`,
		"message without a recipient":  `select from messages m where not exists (select from recipients r where (r.period, r.message_id) = (m.period, m.id))`,
		"own message unread":           `select from messages m join recipients r on r.conversation_id = m.conversation_id and r.member_id = m.member_id and r.message_id < m.id where r.read_at is null`,
		"time to come":                 `select from messages where created_at > '2026-11-20 09:30Z' or deleted_at > '2026-11-20 09:30Z' union all select from recipients where read_at > '2026-11-20 09:30Z'`,
		"order of ids":                 `select from messages m join messages n on n.conversation_id = m.conversation_id and n.id > m.id and n.created_at < m.created_at`,
		"author who had left":          `select from messages m join members b on b.id = m.member_id where m.created_at > b.removed_at`,
	} {
		if n := m.value(`select count(*)::text from (` + sql + `) s`); n != "0" {
			t.Errorf("%s: %s", what, n)
		}
	}
	// What a market is made for: everything that lists tell apart is there.
	for what, sql := range map[string]string{
		"unread": `select from unread`, "read": `select from recipients where read_at is not null`, "new": `select from conversations where mark is null`,
		"marked": `select from conversations where mark is not null`, "tagged": `select from conversation_tags`, "qualified": `select from qualifications`,
		"deleted": `select from messages where deleted_at is not null`, "proposal": `select from proposals`, "job": `select from jobs where state = 'open'`,
		"answered": `select from recipients where outcome = 'answered'`, "gone": `select from members where removed_at is not null`,
		"other script": `select from merchants where name !~ '[A-Za-z]'`, "second contact": `select from conversations c where exists (select from conversations o where (o.partner_id, o.merchant_id) = (c.partner_id, c.merchant_id) and o.id < c.id)`,
	} {
		if n := m.value(`select count(*)::text from (` + sql + `) s`); n == "0" {
			t.Errorf("there is none %s", what)
		}
	}
	if n := m.value(`select count(*) || ' ' || count(distinct kind) || ' ' || (select count(*) from messages) from conversations`); n != "600 6 6000" {
		t.Errorf("%s", n)
	}
	if n, err := m.OpenWindows(t.Context(), time.Now().Add(time.Hour), 0); err != nil || len(n) != 0 {
		t.Errorf("%d digests are due: %v", len(n), err)
	}
	for kind, refs := range m.offered() {
		t.Errorf("%d %ss are due", len(refs), kind)
	}
	// The market goes on.
	conversation, err := m.OpenConversation(t.Context(), tradepost.Opening{PartnerID: 1, Kind: tradepost.KindProduct, Body: "Hello.",
		Merchant: tradepost.Merchant{Name: "Bo", Email: "bo@shop.example", Role: tradepost.MerchantNoStore}}, store.Request{})
	if err != nil || conversation != 601 {
		t.Errorf("conversation %d: %v", conversation, err)
	}
	if err := m.Seed(t.Context(), sampleMarket(t, 1, 1, 1, 1), nil); !errors.Is(err, store.ErrNotEmpty) {
		t.Errorf("%v", err)
	}
}

func TestSeedRefusesSizes(t *testing.T) {
	for _, o := range []seed.Options{{Conversations: 1, Messages: 1}, {Partners: 1, Messages: 1}, {Partners: 1, Conversations: 2, Messages: 1}, {Partners: 1, Conversations: 1 << 40, Messages: 1 << 40}} {
		if _, err := seed.New(o); err == nil || strings.Contains(err.Error(), "panic") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// TestListsAreBroughtUpToDate takes what lists keep away, as from a database of the
// version before, and migrates.
func TestListsAreBroughtUpToDate(t *testing.T) {
	t.Parallel()
	m := seeded(t, sampleMarket(t, 10, 200, 1200, 11))
	before, schemaBefore := m.value(everything), m.value(schema)
	file, err := os.ReadFile("migrations/00014_lists.sql")
	if err != nil {
		t.Fatal(err)
	}
	up, down, ok := strings.Cut(string(file), "-- +goose Down")
	if !ok {
		t.Fatal("the migration has no way back")
	}
	m.exec(down)
	m.exec(up)
	m.agree(t.Errorf)
	if m.value(everything) != before || m.value(schema) != schemaBefore {
		t.Error("what was migrated differs from what was written")
	}
}
