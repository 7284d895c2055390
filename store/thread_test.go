package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

func TestFindThread(t *testing.T) {
	m := newMarket(t)
	conv := m.open("nadia")
	alerts, err := m.ClaimAlerts(t.Context(), m.lease(), m.offered()[tradepost.Alert])
	if err != nil || len(alerts) != 2 {
		t.Fatal(len(alerts), err)
	}
	a := alerts[0]
	m.record(a.Claimed, tradepost.Delivered)
	m.answer(conv, m.maja(), "hello")
	unsent := m.value(`select mail_id from notifications where kind = 'relay'`)
	if _, err := m.FindThread(t.Context(), []string{unsent}); !errors.Is(err, tradepost.ErrNotFound) {
		t.Errorf("a letter that nobody can have had: %v", err)
	}
	relay := m.relays()[0]
	m.write(conv, "and a question")
	digest := m.digests(time.Now().Add(time.Hour))[0]
	m.record(digest.Claimed, tradepost.NoAnswer)
	c, _, err := m.Conversation(t.Context(), conv)
	if err != nil {
		t.Fatal(err)
	}
	member := store.Thread{Kind: tradepost.Alert, Notification: a.Ref, Role: tradepost.AuthorMember, Person: a.To.ID, ConversationID: conv, Through: a.Message.ID}
	merchant := store.Thread{Kind: tradepost.Relay, Notification: relay.Ref, Role: tradepost.AuthorMerchant, Person: c.Merchant.ID, ConversationID: conv, Through: relay.Message.ID}
	hourly := store.Thread{Kind: tradepost.Digest, Notification: digest.Ref, Role: tradepost.AuthorMember, Person: digest.To.ID}
	for _, x := range []struct {
		name string
		ids  []string
		want store.Thread
	}{
		{"an alert", []string{a.MailID}, member},
		{"a relay on its way", []string{relay.MailID}, merchant},
		{"a digest of unknown fate", []string{digest.MailID}, hourly},
		{"the first counts", []string{"<else@x.example>", relay.MailID, a.MailID}, merchant},
		{"what is no text", []string{"<\xff@x.example>", "<\x00>", a.MailID}, member},
	} {
		if got, err := m.FindThread(t.Context(), x.ids); err != nil || got != x.want {
			t.Errorf("%s: %+v, %v", x.name, got, err)
		}
	}
	many := append(slices.Repeat([]string{"<else@x.example>"}, 50), a.MailID)
	for _, ids := range [][]string{nil, {""}, {"<else@x.example>"}, many} {
		if _, err := m.FindThread(t.Context(), ids); !errors.Is(err, tradepost.ErrNotFound) {
			t.Errorf("%d ids: %v", len(ids), err)
		}
	}
}

// letter is what a digest says, without what its claimer alone knows.
func letter(l store.DigestLetter) store.DigestLetter {
	l.Claimed = store.Claimed{Ref: l.Ref, MailID: l.MailID, Attempt: l.Attempt, Reason: l.Reason}
	return l
}

func TestSentDigest(t *testing.T) {
	m := newMarket(t)
	one, two, three := m.open("nadia"), m.open("bo"), m.open("chen")
	m.alertAll()
	m.write(one, "one a")
	deleted := m.write(two, "two a")
	m.write(two, "two b")
	m.write(three, "three a")
	last := m.write(one, "one b")
	letters := m.digests(time.Now().Add(time.Hour))
	if len(letters) != 2 {
		t.Fatal(len(letters))
	}
	sent := letters[0]
	compare := func(when string, want store.DigestLetter) {
		t.Helper()
		got, err := m.SentDigest(t.Context(), sent.ID, sent.To.ID)
		if err != nil {
			t.Fatal(when, err)
		}
		if d := cmp.Diff(letter(want), letter(got), cmp.AllowUnexported(store.Claimed{})); d != "" {
			t.Errorf("%s: %s", when, d)
		}
	}
	compare("while it is sent", sent)
	m.record(sent.Claimed, tradepost.NoAnswer)
	compare("of unknown fate", sent)
	if err := m.DeleteMessage(t.Context(), two, deleted); err != nil {
		t.Fatal(err)
	}
	if err := m.Read(t.Context(), one, sent.To.ID, last); err != nil {
		t.Fatal(err)
	}
	m.write(three, "three b")
	compare("after messages were read, deleted and written", sent)

	m.passTime(time.Hour)
	next := m.digests(time.Now().Add(2 * time.Hour))
	i := slices.IndexFunc(next, func(l store.DigestLetter) bool { return l.To.ID == sent.To.ID })
	if i < 0 || next[i].ID == sent.ID {
		t.Fatal("what a digest of unknown fate told is not told again")
	}
	compare("after the next", sent)

	if err := m.Revoke(t.Context(), three, "ops"); err != nil {
		t.Fatal(err)
	}
	m.exec(`update conversations set deleted_at = now() where id = $1`, two)
	want := sent
	want.Items = slices.Clone(sent.Items)
	for i := range want.Items {
		switch item := &want.Items[i]; item.ConversationID {
		case two:
			item.Messages, item.Deleted = nil, true
		case three:
			item.RevokedThrough = m.number(`select through from revocations`)
		}
	}
	compare("after a conversation was deleted", want)

	for id, member := range map[int64]int64{sent.ID: m.partner.Members[1].ID, 999_999: sent.To.ID} {
		if sent.To.ID == member && id == sent.ID {
			continue
		}
		if _, err := m.SentDigest(t.Context(), id, member); !errors.Is(err, tradepost.ErrNotFound) {
			t.Errorf("digest %d of member %d: %v", id, member, err)
		}
	}
}

func TestAnUnsentDigestIsNone(t *testing.T) {
	m := newMarket(t)
	conv := m.open("nadia")
	m.alertAll()
	m.write(conv, "more")
	l := m.digests(time.Now().Add(time.Hour))[0]
	m.record(l.Claimed, tradepost.Temporary)
	if _, err := m.SentDigest(t.Context(), l.ID, l.To.ID); !errors.Is(err, tradepost.ErrNotFound) {
		t.Error(err)
	}
	m.passTime(time.Hour)
	// The next attempt tells what has come since, too.
	m.write(conv, "and more")
	again := m.digests(time.Now())
	i := slices.IndexFunc(again, func(a store.DigestLetter) bool { return a.ID == l.ID })
	if i < 0 {
		t.Fatal("it is not tried again")
	}
	got, err := m.SentDigest(t.Context(), l.ID, l.To.ID)
	if err != nil || len(got.Items[0].Messages) != len(again[i].Items[0].Messages) {
		t.Errorf("%+v, %v", got, err)
	}
}
