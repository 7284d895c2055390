package store_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// claimDigests has every member opt out of alerts, a merchant write, and the
// digests claimed.
func claimDigests(t *testing.T, m *market) []store.DigestLetter {
	t.Helper()
	m.exec(`update members set alert = 'never'`)
	m.open("nadia")
	letters := m.digests(time.Now().Add(2 * time.Hour))
	if len(letters) == 0 {
		t.Fatal("no digests")
	}
	return letters
}

// TestLapsedRowInHand lets a lease lapse while somebody has one of its rows in hand:
// that is taken back by the next call, and the others don't wait for it.
func TestLapsedRowInHand(t *testing.T) {
	m := newMarket(t)
	letters := claimDigests(t, m)
	m.exec(`update leases set until = now() - interval '1 second'`)
	writing := m.hold(`select from notifications where id = ` + m.value(`select min(id) from notifications where state = 'sending'`) + ` for update`)
	if held, err := m.Renew(t.Context(), []uuid.UUID{m.owner}, 10*time.Second); err != nil || len(held) != 0 {
		t.Errorf("renewed %v after it lapsed, %v", held, err)
	}
	if n, err := m.RecoverLapsed(t.Context(), 10); err != nil || n != len(letters)-1 {
		t.Errorf("took %d of %d rows back, %v; want all but the one in hand", n, len(letters), err)
	}
	writing.letGo()
	if n, err := m.RecoverLapsed(t.Context(), 10); err != nil || n != 1 {
		t.Errorf("took %d rows back, %v; want the last", n, err)
	}
	if got := m.value(`select count(*) from leases`); got != "0" {
		t.Errorf("%s leases are left", got)
	}
}

// TestOutcomesTogether records, at once, what was delivered, what was refused and
// what somebody else has taken over.
func TestOutcomesTogether(t *testing.T) {
	m := newMarket(t)
	m.open("nadia")
	refs := m.offered()[tradepost.Alert]
	letters, err := m.ClaimAlerts(t.Context(), m.lease(), refs)
	if err != nil || len(letters) != 2 {
		t.Fatalf("claimed %d alerts, %v", len(letters), err)
	}
	at := time.Now()
	attempt := func(i int, v tradepost.Verdict, code int) store.Attempt {
		c := letters[i].Claimed
		return store.Attempt{Ref: c.Ref, Number: c.Attempt, Address: letters[i].To.Address, Started: at, Ended: at, Verdict: v, Code: code, Reply: "so it is", Stage: "dot"}
	}
	m.exec(`update notifications set lease_owner = gen_random_uuid() where id = $1`, letters[1].ID)
	all := []store.Attempt{attempt(0, tradepost.Delivered, 250), attempt(1, tradepost.Delivered, 250)}
	if err := m.Record(t.Context(), m.owner, all); err != nil {
		t.Fatal(err)
	}
	// The second is being sent by another owner, who decides; what was done is on
	// record all the same.
	if got := m.value(`select string_agg(state || ':' || coalesce(smtp_code::text, ''), ' ' order by id) from notifications where kind = 'alert'`); got != "sent:250 sending:" {
		t.Errorf("states: %s", got)
	}
	if got := m.value(`select count(*) from attempts where verdict = 'delivered' and smtp_reply = 'so it is'`); got != "2" {
		t.Errorf("%s attempts are on record, want 2", got)
	}
	if got := m.value(`select string_agg(coalesce(outcome, '-'), ' ' order by member_id) from recipients where member_id is not null`); got != "alerted -" {
		t.Errorf("outcomes: %s", got)
	}
	if err := m.Record(t.Context(), m.owner, all); err != nil { // the answer to the first was lost
		t.Fatal(err)
	}
	if got := m.value(`select count(*) from attempts`); got != "2" {
		t.Errorf("recorded twice, %s attempts", got)
	}
}

// TestPutOff gives a row back that was not tried.
func TestPutOff(t *testing.T) {
	m := newMarket(t)
	m.open("nadia")
	letters, err := m.ClaimAlerts(t.Context(), m.lease(), m.offered()[tradepost.Alert])
	if err != nil || len(letters) == 0 {
		t.Fatalf("claimed %d alerts, %v", len(letters), err)
	}
	if err := m.PutOff(t.Context(), m.owner, []store.Ref{letters[0].Ref}, time.Hour); err != nil {
		t.Fatal(err)
	}
	const row = `select state || ' ' || attempts || ' ' || (due_at > now() + interval '59 minutes') from notifications where id = $1`
	if got := m.value(row, letters[0].ID); got != "pending 0 true" {
		t.Errorf("put off: %s", got)
	}
	if err := m.PutOff(t.Context(), uuid.New(), []store.Ref{letters[1].Ref}, time.Hour); err != nil {
		t.Fatal(err)
	}
	if got := m.value(`select state from notifications where id = $1`, letters[1].ID); got != "sending" {
		t.Errorf("put off by somebody else: %s", got)
	}
}

// TestOfferNew leaves out what waits in the queue, for a minute.
func TestOfferNew(t *testing.T) {
	m := newMarket(t)
	m.open("nadia")
	offer := func(f func() ([]store.Offered, error), want int) {
		t.Helper()
		got, err := f()
		if err != nil || len(got) != want {
			t.Errorf("offered %d, %v; want %d", len(got), err, want)
		}
	}
	fresh := func() ([]store.Offered, error) { return m.OfferNew(t.Context(), tradepost.Alert, 0, 10) }
	offer(fresh, 2)
	offer(fresh, 0)
	offer(func() ([]store.Offered, error) { return m.Offer(t.Context(), tradepost.Alert, 0, 10) }, 2)
	m.exec(`update notifications set offer_at = now() - interval '61 seconds'`)
	offer(fresh, 2)
	offered, err := m.Offer(t.Context(), tradepost.Alert, time.Hour, 10)
	if err != nil || len(offered) != 2 {
		t.Fatalf("offered %d, %v", len(offered), err)
	}
	if err := m.Unoffer(t.Context(), []store.Ref{offered[0].Ref}); err != nil {
		t.Fatal(err)
	}
	offer(fresh, 1)
}

// TestDigestTellsWhatWasReadMeanwhile, and names on the recipients the letter that
// told them.
func TestDigestTellsWhatWasReadMeanwhile(t *testing.T) {
	m := newMarket(t)
	letters := claimDigests(t, m)
	l := letters[0]
	if err := m.Read(t.Context(), l.Items[0].ConversationID, l.To.ID, l.Items[0].Messages[0].ID); err != nil {
		t.Fatal(err)
	}
	m.record(l.Claimed, tradepost.Delivered)
	if got := m.value(`select outcome || ' ' || (notification_id = $2) from recipients where member_id = $1`, l.To.ID, l.ID); got != "digested true" {
		t.Errorf("read while the digest was on its way: %s", got)
	}
	// The other is lost: its message is free for the next.
	m.record(letters[1].Claimed, tradepost.NoAnswer)
	if got := m.value(`select coalesce(outcome, '-') || ' ' || (notification_id is null) from recipients where member_id = $1`, letters[1].To.ID); got != "- true" {
		t.Errorf("after a digest of unknown fate: %s", got)
	}
}
