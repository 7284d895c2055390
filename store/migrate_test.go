package store_test

import (
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/store/storetest"
)

// TestUpgradeBesideTheOlderVersion brings a ledger with mail in every state from
// schema 1 to 2, lets the statements of the version before work on, as a process
// of it does until it is restarted, and goes back.
func TestUpgradeBesideTheOlderVersion(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	conv := m.open("nadia")
	db := stdlib.OpenDBFromPool(storetest.Pool(t, m.url))
	defer db.Close()
	schema, err := goose.NewProvider(goose.DialectPostgres, db, os.DirFS("migrations"))
	if err != nil {
		t.Fatal(err)
	}
	box, _, err := m.LeaseMailbox(t.Context(), "replies@host/INBOX", m.owner, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	// What version 1 does, as it did it.
	uid := 0
	arrive := func() {
		t.Helper()
		uid++
		m.exec(`insert into inbound (period, mailbox_id, uidvalidity, uid, received_at, size, raw, blob_key, sha256)
			values ('2026-03-01', $1, 7, $2, '2026-03-10', 3, 'a:b', null, '')`, box.ID, uid)
	}
	judge := func(state string) {
		t.Helper()
		m.exec(`update inbound set attempts = attempts + 1
			where (period, id) = (select period, id from inbound where mailbox_id = $1 and state = 'stored' order by id limit 1)`, box.ID)
		m.exec(`update inbound set state = $1, reason = 'old', error = '', conversation_id = $2,
			message_period = case when $1 = 'posted' then '2026-03-01'::date end, message_id = case when $1 = 'posted' then 1 end,
			class = 'reply', mail_id = '', from_address = '', finished_at = now() where state = 'stored'`, state, conv)
	}
	states := []string{"posted", "duplicate", "held", "refused", "ignored", "oversize", "quarantined"}
	if _, err := schema.DownTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	for _, s := range states {
		arrive()
		judge(s)
	}
	arrive() // and not judged
	if err := m.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := m.value(`select count(*)::text from inbound where reader = 0 and rule = '' and raw_shredded_at is null and raw is not null`); n != "8" {
		t.Errorf("%s mails are as they were of 8", n)
	}
	judge("held")
	for _, s := range states {
		arrive()
		judge(s)
	}
	page, err := m.ReplayPage(t.Context(), store.ReplayFilter{ReadBefore: 1}, store.Ref{}, 100)
	if err != nil || len(page) != uid {
		t.Errorf("%d mails to replay of %d, %v", len(page), uid, err)
	}
	for _, ref := range page {
		if _, err := m.Replayable(t.Context(), ref); err != nil {
			t.Error(err)
		}
	}
	arrive()
	m.age(400 * day)
	if n := m.shred(90, 3); n != uid-1 {
		t.Errorf("%d mails were shredded of %d", n, uid-1)
	}
	if _, err := schema.DownTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	judge("ignored")
	if err := m.Migrate(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestDowngrade goes back to schema 2 with all that schema 3 knows, and up again.
func TestDowngrade(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	one, two := m.open("nadia"), m.open("bo")
	posted := m.arrived()
	m.post(posted, mail(1, m.part(one, "to nadia", "tag hot"), m.part(two, "to bo")))
	acted := m.arrived()
	m.post(acted, mail(2, m.part(one, "", "done")))
	m.held(one)
	if got := m.act(one, m.maja(), "delete"); got != string(tradepost.CommandAsked) {
		t.Fatal(got)
	}
	if err := m.Revoke(t.Context(), two, "ops"); err != nil {
		t.Fatal(err)
	}
	m.write(one, "for the digest")
	if n := len(m.digests(time.Now().Add(time.Hour))); n != 2 {
		t.Fatal(n)
	}
	db := stdlib.OpenDBFromPool(m.pool)
	defer db.Close()
	schema, err := goose.NewProvider(goose.DialectPostgres, db, os.DirFS("migrations"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := schema.DownTo(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if err := m.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := m.ledger(posted.Ref); got != "posted 1" {
		t.Errorf("%s: of several messages the first is known", got)
	}
	if got := m.ledger(acted.Ref); got != "refused 0" {
		t.Error(got)
	}
	if got := m.ledger(m.held(two).Ref); got != "held wrong_sender 0" {
		t.Error(got)
	}
}
