package store_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

func TestFirstContactAlertsEveryMemberOnce(t *testing.T) {
	m := newMarket(t)
	conv := m.open("nadia")
	if got := m.alertAll(); got != 2 {
		t.Fatalf("%d alerts, want one for each of two members", got)
	}
	m.write(conv, "one more thing")
	m.open("nadia") // another conversation of the same merchant is no first contact
	if got := m.alertAll(); got != 0 {
		t.Fatalf("%d alerts for follow-ups, want none", got)
	}
	want := []string{"alerted", "alerted", "-", "-", "-", "-"}
	if got := m.outcomes(); !slices.Equal(got, want) {
		t.Fatalf("outcomes %v, want %v", got, want)
	}
}

func TestSameRequestAgainDoesNothing(t *testing.T) {
	m := newMarket(t)
	key, err := m.AddAPIKey(t.Context(), "test", "secret")
	if err != nil {
		t.Fatal(err)
	}
	req := store.Request{APIKeyID: key, Key: "k", Fingerprint: [32]byte{1}}
	var wg sync.WaitGroup
	ids := make([]int64, 20)
	for i := range ids {
		wg.Go(func() {
			var err error
			if ids[i], err = m.OpenConversation(t.Context(), opening(m.partner.ID, "nadia"), req); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if slices.Max(ids) != slices.Min(ids) {
		t.Fatalf("the same request made conversations %v", ids)
	}
	if got := m.alertAll(); got != 2 {
		t.Fatalf("%d alerts, want 2", got)
	}
	req.Fingerprint = [32]byte{2}
	if _, err := m.OpenConversation(t.Context(), opening(m.partner.ID, "nadia"), req); !errors.Is(err, tradepost.ErrKeyReused) {
		t.Fatalf("other request, same key: %v", err)
	}
}

func TestClaimIsExclusive(t *testing.T) {
	m := newMarket(t)
	for range 20 {
		m.open("nadia" + uuid.NewString())
	}
	refs := m.offered()[tradepost.Alert]
	var wg sync.WaitGroup
	var mu sync.Mutex
	got := make(map[int64]int)
	for range 8 {
		wg.Go(func() {
			letters, err := m.ClaimAlerts(t.Context(), store.Lease{Owner: uuid.New(), For: time.Minute}, refs)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, l := range letters {
				got[l.ID]++
			}
		})
	}
	wg.Wait()
	if len(got) != 40 {
		t.Fatalf("%d alerts claimed, want 40", len(got))
	}
	for id, n := range got {
		if n != 1 {
			t.Errorf("notification %d claimed %d times", id, n)
		}
	}
}

func TestWhatIsNoLongerWorthSendingIsSkipped(t *testing.T) {
	for _, tc := range []struct {
		name string
		do   func(m *market, conv, msg int64)
		want []string // outcomes of maja and oskar
	}{
		{"read", func(m *market, conv, msg int64) {
			if err := m.Read(m.t.Context(), conv, m.partner.Members[0].ID, msg); err != nil {
				m.t.Fatal(err)
			}
		}, []string{"read_first", "-"}},
		{"answered by a colleague", func(m *market, conv, msg int64) {
			m.answer(conv, m.partner.Members[1].ID, "we can do that")
		}, []string{"answered", "read_first"}},
		{"marked", func(m *market, conv, msg int64) {
			if err := m.Mark(m.t.Context(), conv, msg, m.partner.Members[0].ID, "✅"); err != nil {
				m.t.Fatal(err)
			}
		}, []string{"skipped:marked", "skipped:marked"}},
		{"deleted", func(m *market, conv, msg int64) {
			if err := m.DeleteMessage(m.t.Context(), conv, msg); err != nil {
				m.t.Fatal(err)
			}
		}, []string{"skipped:deleted", "skipped:deleted"}},
		{"blocked", func(m *market, conv, msg int64) {
			c, _, err := m.Conversation(m.t.Context(), conv)
			if err != nil {
				m.t.Fatal(err)
			}
			if err := m.Block(m.t.Context(), m.partner.ID, c.Merchant.ID, m.partner.Members[0].ID); err != nil {
				m.t.Fatal(err)
			}
		}, []string{"skipped:blocked", "skipped:blocked"}},
		{"member gone", func(m *market, conv, msg int64) {
			if err := m.RemoveMember(m.t.Context(), m.partner.Members[0].ID); err != nil {
				m.t.Fatal(err)
			}
		}, []string{"skipped:member_gone", "-"}},
		{"opted out", func(m *market, conv, msg int64) {
			if err := m.SetSettings(m.t.Context(), m.partner.Members[0].ID, tradepost.Settings{Alert: tradepost.AlertNever, Digest: tradepost.DigestOff}); err != nil {
				m.t.Fatal(err)
			}
		}, []string{"skipped:opted_out", "-"}},
		{"muted", func(m *market, conv, msg int64) {
			if err := m.Mute(m.t.Context(), m.partner.Members[0].ID, conv); err != nil {
				m.t.Fatal(err)
			}
		}, []string{"skipped:muted", "-"}},
		{"suppressed", func(m *market, conv, msg int64) {
			if err := m.Suppress(m.t.Context(), m.partner.Members[0].Email, "bounce", ""); err != nil {
				m.t.Fatal(err)
			}
		}, []string{"suppressed:suppressed", "-"}},
	} {
		t.Run("alert/"+tc.name, func(t *testing.T) {
			m := newMarket(t)
			conv := m.open("nadia")
			_, msgs, err := m.Conversation(t.Context(), conv)
			if err != nil {
				t.Fatal(err)
			}
			tc.do(m, conv, msgs[0].ID)
			m.alertAll()
			m.check(tc.want, "alerted")
		})
		t.Run("digest/"+tc.name, func(t *testing.T) {
			m := newMarket(t)
			conv := m.open("nadia")
			m.alertAll()
			msg := m.write(conv, "a follow-up")
			if _, err := m.OpenWindows(t.Context(), time.Now().Add(time.Hour), 0); err != nil {
				t.Fatal(err)
			}
			tc.do(m, conv, msg) // between the window and the sending
			for _, l := range m.digests(time.Now().Add(time.Hour)) {
				m.record(l.Claimed, tradepost.Delivered)
			}
			got := m.outcomes()
			if !slices.Equal(got[:2], []string{"alerted", "alerted"}) {
				t.Fatalf("outcomes of the first message changed to %v", got[:2])
			}
			m.checkThese(got[2:4], tc.want, "digested")
		})
	}
}

func (m *market) check(want []string, told string) {
	m.t.Helper()
	m.checkThese(m.outcomes()[:2], want, told)
}

// checkThese compares outcomes; "-" in want stands for having been told.
func (m *market) checkThese(got, want []string, told string) {
	m.t.Helper()
	for i := range want {
		w := want[i]
		if w == "-" {
			w = told
		}
		if g := got[i]; g != w && g != w+":"+w {
			m.t.Errorf("member %d: outcome %q, want %q", i, g, w)
		}
	}
}

func TestVerdicts(t *testing.T) {
	m := newMarket(t)
	m.open("nadia")
	refs := m.offered()[tradepost.Alert]
	letters, err := m.ClaimAlerts(t.Context(), m.lease(), refs)
	if err != nil || len(letters) != 2 {
		t.Fatal(letters, err)
	}
	mailID := letters[0].MailID
	m.record(letters[0].Claimed, tradepost.Temporary)
	m.record(letters[1].Claimed, tradepost.Permanent)
	if got := m.outcomes(); !slices.Equal(got, []string{"-", "failed"}) {
		t.Fatalf("outcomes %v", got)
	}
	if due := m.offered(); len(due) != 0 {
		t.Fatalf("offered at once after a temporary refusal: %v", due)
	}
	m.passTime(time.Minute)
	letters, err = m.ClaimAlerts(t.Context(), m.lease(), m.offered()[tradepost.Alert])
	if err != nil || len(letters) != 1 || letters[0].Attempt != 2 || letters[0].MailID != mailID {
		t.Fatalf("second attempt %+v, %v", letters, err)
	}
	m.record(letters[0].Claimed, tradepost.NoAnswer)
	m.passTime(30 * time.Second)
	if due := m.offered(); len(due) != 0 {
		t.Fatalf("offered before the unknown delay was over: %v", due)
	}
	m.passTime(time.Minute)
	letters, err = m.ClaimAlerts(t.Context(), m.lease(), m.offered()[tradepost.Alert])
	if err != nil || len(letters) != 1 || letters[0].MailID != mailID {
		t.Fatalf("third attempt %+v, %v", letters, err)
	}
	m.record(letters[0].Claimed, tradepost.Delivered)
	if got := m.outcomes(); !slices.Equal(got, []string{"alerted", "failed"}) {
		t.Fatalf("outcomes %v", got)
	}
}

// passTime makes everything that waits be d older.
func (m *market) passTime(d time.Duration) {
	m.t.Helper()
	for _, q := range []string{
		`update notifications set due_at = due_at - $1::interval,
			finished_at = finished_at - $1::interval, claimed_at = claimed_at - $1::interval, created_at = created_at - $1::interval`,
		`update leases set until = until - $1::interval`,
		`update attempts set started_at = started_at - $1::interval, ended_at = ended_at - $1::interval`,
		`update recipients set created_at = created_at - $1::interval`,
	} {
		if _, err := m.pool.Exec(m.t.Context(), q, d); err != nil {
			m.t.Fatal(err)
		}
	}
}

func TestVanishedOwner(t *testing.T) {
	m := newMarket(t)
	m.open("nadia")
	first, err := m.ClaimAlerts(t.Context(), m.lease(), m.offered()[tradepost.Alert])
	if err != nil || len(first) != 2 {
		t.Fatal(first, err)
	}
	if n, err := m.RecoverLapsed(t.Context(), 100); err != nil || n != 0 {
		t.Fatalf("recovered %d leases that are good, %v", n, err)
	}
	m.passTime(11 * time.Second)
	if n, err := m.RecoverLapsed(t.Context(), 100); err != nil || n != 2 {
		t.Fatalf("recovered %d, %v", n, err)
	}
	second, err := m.ClaimAlerts(t.Context(), store.Lease{Owner: uuid.New(), For: time.Minute}, m.offered()[tradepost.Alert])
	if err != nil || len(second) != 2 || second[0].MailID != first[0].MailID {
		t.Fatalf("claimed again: %+v, %v", second, err)
	}
	// The first owner was only slow: its report comes in while another sends.
	m.record(first[0].Claimed, tradepost.Delivered)
	if got := m.outcomes(); got[0] != "-" {
		t.Fatalf("a late report took over a row that another owner sends: %v", got)
	}

	// A digest whose sender vanished isn't sent again; its messages join the next.
	m2 := newMarket(t)
	conv := m2.open("nadia")
	m2.alertAll()
	m2.write(conv, "a follow-up")
	hour := time.Now().Add(time.Hour)
	if got := m2.digests(hour); len(got) != 2 {
		t.Fatalf("%d digests", len(got))
	}
	m2.passTime(11 * time.Second)
	if n, err := m2.RecoverLapsed(t.Context(), 100); err != nil || n != 2 {
		t.Fatalf("recovered %d, %v", n, err)
	}
	if got := m2.digests(hour); len(got) != 0 {
		t.Fatalf("%d digests in the same window", len(got))
	}
	if got := m2.digests(hour.Add(time.Hour)); len(got) != 2 || len(got[0].Items) != 1 {
		t.Fatalf("the next window's digests: %+v", got)
	}
}

func TestAKilledSenderAndASilenceAreNotTwoSilences(t *testing.T) {
	m := newMarket(t)
	m.open("nadia")
	claim := func() []store.MessageLetter {
		letters, err := m.ClaimAlerts(t.Context(), m.lease(), m.offered()[tradepost.Alert])
		if err != nil {
			t.Fatal(err)
		}
		return letters
	}
	claim()
	m.passTime(11 * time.Second)
	if n, err := m.RecoverLapsed(t.Context(), 100); err != nil || n != 2 {
		t.Fatalf("recovered %d, %v", n, err)
	}
	for silence, want := range []int{2, 2, 0} { // the number of alerts that go again
		letters := claim()
		if len(letters) != want {
			t.Fatalf("%d alerts after %d silences, want %d", len(letters), silence, want)
		}
		for _, l := range letters {
			m.record(l.Claimed, tradepost.NoAnswer)
		}
		m.passTime(2 * tradepost.UnknownDelay)
	}
	if got := m.outcomes(); !slices.Equal(got, []string{"failed:unknown_twice", "failed:unknown_twice"}) {
		t.Fatalf("outcomes %v", got)
	}
}

func TestLateReportOfDeliveryPreventsASecondMail(t *testing.T) {
	m := newMarket(t)
	m.open("nadia")
	letters, err := m.ClaimAlerts(t.Context(), m.lease(), m.offered()[tradepost.Alert])
	if err != nil {
		t.Fatal(err)
	}
	m.passTime(11 * time.Second)
	if _, err := m.RecoverLapsed(t.Context(), 100); err != nil {
		t.Fatal(err)
	}
	m.record(letters[0].Claimed, tradepost.Delivered)
	if again := m.offered()[tradepost.Alert]; len(again) != 1 || again[0] == letters[0].Ref {
		t.Fatalf("offered again: %v", again)
	}
}

func TestRelayWaitsAndIsHeldByAMark(t *testing.T) {
	m := newMarket(t, func(o *store.Options) { o.RelayDelay = 30 * time.Second })
	maja := m.partner.Members[0].ID
	conv := m.open("nadia")
	msg := m.answer(conv, maja, "we can do that")
	if due := m.offered()[tradepost.Relay]; len(due) != 0 {
		t.Fatal("offered before the delay was over")
	}
	if err := m.Mark(t.Context(), conv, msg, maja, "✅"); err != nil {
		t.Fatal(err)
	}
	m.passTime(31 * time.Second)
	letters, err := m.ClaimRelays(t.Context(), m.lease(), m.offered()[tradepost.Relay])
	if err != nil || len(letters) != 0 {
		t.Fatalf("a marked message was claimed: %+v, %v", letters, err)
	}
	if err := m.Unmark(t.Context(), conv, msg, maja); err != nil {
		t.Fatal(err)
	}
	if due := m.offered()[tradepost.Relay]; len(due) != 0 {
		t.Fatal("unmarking did not start a fresh delay")
	}
	m.passTime(31 * time.Second)
	letters, err = m.ClaimRelays(t.Context(), m.lease(), m.offered()[tradepost.Relay])
	if err != nil || len(letters) != 1 {
		t.Fatalf("%+v, %v", letters, err)
	}
	if l := letters[0]; l.To.Address != "nadia@shop.example" || l.Message.AuthorName != "maja" || l.Message.Body != "we can do that" {
		t.Fatalf("letter %+v", l)
	}
}

func TestCapsSendTheRestToTheDigest(t *testing.T) {
	m := newMarket(t, func(o *store.Options) { o.Caps = tradepost.Caps{AlertsPerPartner: 3, PartnersPerMerchant: 2} })
	for i := range 5 {
		m.open("merchant" + string(rune('a'+i)))
	}
	if got := m.alertAll(); got != 6 {
		t.Fatalf("%d alerts, want 3 messages to 2 members", got)
	}
	if got := m.outcomes()[6:]; !slices.Equal(got, slices.Repeat([]string{"alert_capped"}, 4)) {
		t.Fatalf("outcomes over the cap: %v", got)
	}
	m2 := newMarket(t, func(o *store.Options) { o.Caps = tradepost.Caps{PartnersPerMerchant: 2} })
	alerts := 0
	for _, name := range []string{"A", "BB", "CCC"} {
		p := m2.addPartner(name, "x")
		if _, err := m2.OpenConversation(t.Context(), opening(p.ID, "nadia"), store.Request{}); err != nil {
			t.Fatal(err)
		}
		alerts += m2.alertAll()
	}
	if alerts != 2 {
		t.Fatalf("one merchant alerted %d partners, want 2", alerts)
	}
}
