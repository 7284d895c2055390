package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// relays claims the relays that are due.
func (m *market) relays() []store.MessageLetter {
	m.t.Helper()
	letters, err := m.ClaimRelays(m.t.Context(), m.lease(), m.offered()[tradepost.Relay])
	if err != nil {
		m.t.Fatal(err)
	}
	return letters
}

func TestUnmarkStartsAFreshDelay(t *testing.T) {
	m := newMarket(t, func(o *store.Options) { o.RelayDelay = 30 * time.Second })
	maja := m.partner.Members[0].ID
	conv := m.open("nadia")
	msg := m.answer(conv, maja, "we can do that")
	if err := m.Mark(t.Context(), conv, msg, maja, "✅"); err != nil {
		t.Fatal(err)
	}
	m.passTime(29 * time.Second)
	if err := m.Unmark(t.Context(), conv, msg, maja); err != nil {
		t.Fatal(err)
	}
	m.passTime(20 * time.Second)
	if got := m.relays(); len(got) != 0 {
		t.Fatal("the relay went by the delay that had begun before the mark")
	}
	if err := m.Unmark(t.Context(), conv, msg, maja); err != nil {
		t.Fatal(err)
	}
	m.passTime(11 * time.Second)
	if got := m.relays(); len(got) != 1 {
		t.Fatalf("%d relays after the delay: unmarking what has no mark put it off", len(got))
	}
}

func TestRefusalsAreCountedFromTheFirstAttempt(t *testing.T) {
	m := newMarket(t)
	maja := m.partner.Members[0].ID
	conv := m.open("nadia")
	msg := m.answer(conv, maja, "we can do that")
	if err := m.Mark(t.Context(), conv, msg, maja, "✅"); err != nil {
		t.Fatal(err)
	}
	if got := m.relays(); len(got) != 0 {
		t.Fatal("a marked message was claimed")
	}
	m.passTime(tradepost.GiveUpAfter + 24*time.Hour)
	if err := m.Unmark(t.Context(), conv, msg, maja); err != nil {
		t.Fatal(err)
	}
	state := func() string {
		return m.value(`select concat_ws(':', n.state, nullif(n.reason, ''), r.outcome) from notifications n
			join recipients r on (r.notification_period, r.notification_id) = (n.period, n.id) where n.kind = 'relay'`)
	}
	for _, want := range []string{"pending", "pending", "failed:gave_up:failed"} {
		letters := m.relays()
		if len(letters) != 1 {
			t.Fatalf("%d relays, want one; state %s", len(letters), state())
		}
		m.record(letters[0].Claimed, tradepost.Temporary)
		if got := state(); got != want {
			t.Fatalf("state %s after attempt %d, want %s", got, letters[0].Attempt, want)
		}
		m.passTime(tradepost.GiveUpAfter/2 + time.Minute)
	}
}

func TestAnswerDoesNotCancelADeferredRelay(t *testing.T) {
	m := newMarket(t)
	conv := m.open("nadia")
	m.alertAll()
	maja := m.partner.Members[0].ID
	first := m.answer(conv, maja, "first")
	second := m.answer(conv, maja, "second")
	letters := m.relays()
	if len(letters) != 2 {
		t.Fatalf("%d relays, want 2", len(letters))
	}
	m.record(letters[0].Claimed, tradepost.Temporary) // the first is greylisted
	m.record(letters[1].Claimed, tradepost.Delivered)

	box, _, err := m.LeaseMailbox(t.Context(), "replies", m.owner, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.StoreRaw(t.Context(), store.Raw{MailboxID: box.ID, UIDValidity: 1, UID: 1, ReceivedAt: time.Now(), Content: strings.NewReader("raw"), Length: 3}); err != nil {
		t.Fatal(err)
	}
	in, err := m.NextInbound(t.Context(), box.ID)
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := m.Conversation(t.Context(), conv)
	if err != nil {
		t.Fatal(err)
	}
	posted, err := m.PostReply(t.Context(), in, store.Reading{}, store.Posting{Replies: []store.Reply{{ConversationID: conv, Role: tradepost.AuthorMerchant,
		Person: c.Merchant.ID, Through: second, Body: "thank you for the second"}}})
	if err != nil || posted.State != store.InboundPosted {
		t.Fatal(posted, err)
	}
	m.passTime(time.Minute)
	letters = m.relays()
	if len(letters) != 1 || letters[0].Message.ID != first {
		t.Fatalf("relays %+v, want the first message, which the merchant has not had", letters)
	}
	m.record(letters[0].Claimed, tradepost.Delivered)
	if got := m.value(`select string_agg(outcome, ' ') from recipients where merchant_id is not null`); got != "relayed relayed" {
		t.Fatalf("outcomes %s", got)
	}
}
