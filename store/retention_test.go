package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

const day = 24 * time.Hour

// keep puts a mail of size octets into the ledger, finished as state says.
func (m *market) keep(uid uint32, size int, state store.InboundState, conversation int64) store.Ref {
	m.t.Helper()
	box, _, err := m.LeaseMailbox(m.t.Context(), "replies@host/INBOX", m.owner, time.Minute)
	if err != nil {
		m.t.Fatal(err)
	}
	err = m.StoreRaw(m.t.Context(), store.Raw{MailboxID: box.ID, UIDValidity: 7, UID: uid, ReceivedAt: time.Now(),
		Size: int64(size), Content: bytes.NewReader(make([]byte, size)), Length: int64(size)})
	if err != nil {
		m.t.Fatal(err)
	}
	if state == store.InboundStored {
		return store.Ref{}
	}
	in, err := m.NextInbound(m.t.Context(), box.ID)
	if err != nil {
		m.t.Fatal(err)
	}
	if err := m.Settle(m.t.Context(), in, store.Reading{}, store.Verdict{State: state, Reason: "test", ConversationID: conversation}); err != nil {
		m.t.Fatal(err)
	}
	return in.Ref
}

// shredded lists the UIDs whose bytes are gone.
func (m *market) shredded() string {
	m.t.Helper()
	return m.value(`select coalesce(string_agg(uid::text, ' ' order by uid), '') from inbound where raw is null and blob_key is null and raw_shredded_at is not null`)
}

// age makes all mail have been in the ledger for so long.
func (m *market) age(by time.Duration) {
	m.t.Helper()
	m.exec(`update inbound set created_at = now() - $1::interval`, by)
}

func (m *market) shred(days, batch int) int {
	m.t.Helper()
	n, err := m.ShredRaw(m.t.Context(), days, batch)
	if err != nil {
		m.t.Fatal(err)
	}
	return n
}

func TestShredding(t *testing.T) {
	m := newMarket(t)
	conv := m.open("nadia")
	short, forever := m.addPartner("Short", "ida"), m.addPartner("For ever", "eve")
	m.exec(`update partners set raw_retention_days = 10 where id = $1`, short.ID)
	m.exec(`update partners set raw_retention_days = 0 where id = $1`, forever.ID)
	openAt := func(partner int64) int64 {
		t.Helper()
		id, err := m.OpenConversation(t.Context(), opening(partner, "nadia"), store.Request{})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	shortConv, foreverConv := openAt(short.ID), openAt(forever.ID)
	m.keep(1, 100, store.InboundIgnored, 0)
	m.keep(2, 300<<10, store.InboundRefused, conv)
	m.keep(3, 100, store.InboundHeld, conv)
	m.keep(4, 300<<10, store.InboundQuarantined, 0)
	m.keep(5, 100, store.InboundRefused, shortConv)
	m.keep(6, 100, store.InboundHeld, shortConv)
	m.keep(7, 300<<10, store.InboundRefused, foreverConv)
	m.keep(8, 100, store.InboundStored, 0) // last, as the others pass it by
	for _, tt := range []struct {
		after time.Duration
		days  int
		want  string
	}{
		{9 * day, 90, ""},
		{11 * day, 90, "5"},
		{41 * day, 90, "5 6"},
		{89 * day, 90, "5 6"},
		{1000 * day, 0, "5 6"},
		{91 * day, 90, "1 2 5 6"},
		{359 * day, 90, "1 2 5 6"},
		{361 * day, 90, "1 2 3 4 5 6"},
		{10_000 * day, 90, "1 2 3 4 5 6"},
	} {
		m.age(tt.after)
		m.shred(tt.days, 100)
		if got := m.shredded(); got != tt.want {
			t.Errorf("after %v: shredded are %q, want %q", tt.after, got, tt.want)
		}
	}
	for uid, there := range map[int]bool{2: false, 4: false, 7: true} {
		_, err := m.Blobs().Get(t.Context(), m.value(`select format('inbound/%s/7/%s', mailbox_id, uid) from inbound where uid = $1`, uid))
		if there != (err == nil) || !there && !errors.Is(err, tradepost.ErrNotFound) {
			t.Errorf("blob of mail %d: %v; want it there: %v", uid, err, there)
		}
	}
	// What is known of the mail stays.
	if n := m.value(`select count(*)::text from inbound where sha256 is not null and (state = 'stored') = (reason = '')`); n != "8" {
		t.Errorf("%s rows are whole, want 8", n)
	}
}

// TestShreddingIsTakenUp stops between the row and the blob, and before many.
func TestShreddingIsTakenUp(t *testing.T) {
	m := newMarket(t)
	ref := m.keep(1, 300<<10, store.InboundIgnored, 0)
	m.age(91 * day)
	m.exec(`update inbound set raw = null, raw_shredded_at = now()`) // and killed
	got, err := m.Replayable(t.Context(), ref)
	if err != nil || got.ShreddedAt.IsZero() || got.Raw != nil {
		t.Errorf("a mail on its way out: %v, %d bytes, %v", got.ShreddedAt, len(got.Raw), err)
	}
	if n := m.shred(90, 100); n != 0 {
		t.Errorf("%d mails were shredded once more", n)
	}
	if got := m.shredded(); got != "1" {
		t.Errorf("shredded: %q", got)
	}
	if _, err := m.Blobs().Get(t.Context(), m.value(`select format('inbound/%s/7/1', mailbox_id) from inbound`)); !errors.Is(err, tradepost.ErrNotFound) {
		t.Errorf("the blob: %v", err)
	}
	// Nor does a blob that went without its row being told stop anything.
	for uid := range uint32(5) {
		m.keep(2+uid, 300<<10, store.InboundIgnored, 0)
	}
	if err := m.Blobs().Delete(t.Context(), m.value(`select blob_key from inbound where uid = 3`)); err != nil {
		t.Fatal(err)
	}
	m.age(91 * day)
	if n := m.shred(90, 2); n != 5 {
		t.Errorf("%d mails were shredded of 5, two at a time", n)
	}
	if got := m.shredded(); got != "1 2 3 4 5 6" {
		t.Errorf("shredded: %q", got)
	}
}

// TestShreddersShareTheWork runs several at once.
func TestShreddersShareTheWork(t *testing.T) {
	m := newMarket(t)
	for uid := range uint32(40) {
		m.keep(1+uid, 10+int(uid%2)*(300<<10), store.InboundIgnored, 0)
	}
	m.age(91 * day)
	counts := make([]int, 4)
	var done []<-chan struct{}
	for i := range counts {
		done = append(done, start(func() {
			for {
				n, err := m.ShredRaw(t.Context(), 90, 7)
				if err != nil {
					t.Error(err)
				}
				if counts[i] += n; n == 0 {
					return
				}
			}
		}))
	}
	total := 0
	for i, d := range done {
		<-d
		total += counts[i]
	}
	if total != 40 || len(strings.Fields(m.shredded())) != 40 {
		t.Errorf("%d mails were shredded of 40: %v, %s", total, counts, m.shredded())
	}
}

// TestLockedMailIsShreddedLater: who writes to a mail's row is not waited for.
func TestLockedMailIsShreddedLater(t *testing.T) {
	m := newMarket(t)
	ref := m.keep(1, 100, store.InboundIgnored, 0)
	m.age(91 * day)
	row := m.hold(fmt.Sprintf(`select from inbound where id = %d for update`, ref.ID))
	if n := m.shred(90, 10); n != 0 {
		t.Errorf("%d mails were shredded under a lock", n)
	}
	row.letGo()
	if n := m.shred(90, 10); n != 1 {
		t.Errorf("%d mails were shredded after it", n)
	}
}

// TestShreddingPassesOver what is kept: mail before and between that is due, of
// the same moment too.
func TestShreddingPassesOver(t *testing.T) {
	m := newMarket(t)
	conv := m.open("nadia")
	m.exec(`update partners set raw_retention_days = 0`)
	for uid := range uint32(30) {
		if uid%3 == 0 {
			m.keep(1+uid, 10, store.InboundIgnored, 0)
		} else {
			m.keep(1+uid, 10, store.InboundRefused, conv)
		}
	}
	m.age(91 * day) // all of one moment
	m.exec(`update inbound set created_at = created_at - interval '1 day' where uid <= 10`)
	if n := m.shred(90, 1); n != 10 {
		t.Errorf("%d mails were shredded of 10: %s", n, m.shredded())
	}
}

// TestBlobThatStays can't be deleted, which keeps no other.
func TestBlobThatStays(t *testing.T) {
	m := newMarket(t)
	for uid := range uint32(4) {
		m.keep(1+uid, 300<<10, store.InboundIgnored, 0)
	}
	m.age(91 * day)
	// A folder with something in it isn't removed as a file is.
	if _, _, err := m.Blobs().Put(t.Context(), "inbound/folder/x", strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	m.exec(`update inbound set blob_key = 'inbound/folder' where uid = 1`)
	for range 2 {
		if _, err := m.ShredRaw(t.Context(), 90, 2); err == nil || !strings.Contains(err.Error(), "1 blobs of shredded mail are still there") {
			t.Errorf("it is not said that a blob stays: %v", err)
		}
		if got := m.shredded(); got != "2 3 4" {
			t.Errorf("shredded with their blobs: %q", got)
		}
	}
	if n := m.value(`select count(*)::text from inbound where raw_shredded_at is not null`); n != "4" {
		t.Errorf("%s mails are shredded of 4", n)
	}
}
