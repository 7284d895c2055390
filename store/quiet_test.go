package store_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// quietNow is quiet hours, in UTC, that have lasted for half an hour and go on
// for two and a half, with the hours after them and before.
func quietNow(kinds ...tradepost.Kind) tradepost.Schedule {
	return tradepost.Schedule{QuietSpans: []tradepost.QuietSpan{{From: clock(-30 * time.Minute), To: clock(150 * time.Minute), Kinds: kinds}}}
}

func clock(d time.Duration) tradepost.TimeOfDay {
	at := time.Now().UTC().Add(d)
	return tradepost.TimeOfDay(at.Hour()*60 + at.Minute())
}

// alone removes the second member and gives the first these settings.
func (m *market) alone(s tradepost.Settings) {
	m.t.Helper()
	if err := m.RemoveMember(m.t.Context(), m.partner.Members[1].ID); err != nil {
		m.t.Fatal(err)
	}
	if s.Alert == "" {
		s.Alert = tradepost.AlertFirstContact
	}
	if s.Digest == "" {
		s.Digest = tradepost.DigestHourly
	}
	if err := m.SetSettings(m.t.Context(), m.partner.Members[0].ID, s); err != nil {
		m.t.Fatal(err)
	}
}

func (m *market) wantOutcomes(want ...string) {
	m.t.Helper()
	if got := m.outcomes(); !slices.Equal(got, want) {
		m.t.Fatalf("outcomes %v, want %v", got, want)
	}
}

// The night is over: what was quiet by the schedule is not any more.
func (m *market) wake() {
	m.t.Helper()
	m.exec(`update members set schedule = jsonb_set(schedule, '{quiet,0,to}', to_jsonb($1::text))`, clock(-time.Minute).String())
}

func TestInQuietHoursMessagesWait(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	m.alone(tradepost.Settings{Schedule: quietNow()})
	conv := m.open("nadia")
	if m.alertAll() != 0 {
		t.Fatal("an alert in quiet hours")
	}
	m.write(conv, "and more")
	m.wantOutcomes("quiet_hours", "-")
	if got := m.digests(time.Now()); len(got) != 0 {
		t.Fatalf("%d digests in quiet hours", len(got))
	}
	// Two hours on, still in them; then at the first slot after.
	if got := m.digests(time.Now().Add(2 * time.Hour)); len(got) != 0 {
		t.Fatalf("%d digests in quiet hours", len(got))
	}
	m.wake()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, err := m.OpenWindows(t.Context(), time.Now().Add(4*time.Hour), 0); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	letters := m.digests(time.Now().Add(4 * time.Hour))
	if len(letters) != 1 || len(letters[0].Items) != 1 || len(letters[0].Items[0].Messages) != 2 {
		t.Fatalf("catch-up: %+v", letters)
	}
	m.record(letters[0].Claimed, tradepost.Delivered)
	m.wantOutcomes("digested:quiet_hours", "digested")
	if got := m.digests(time.Now().Add(6 * time.Hour)); len(got) != 0 {
		t.Fatalf("%d digests with nothing new", len(got))
	}
}

func TestADigestClaimedInQuietHoursLosesNothing(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	m.alone(tradepost.Settings{Alert: tradepost.AlertNever, Digest: tradepost.DigestEvery2})
	m.write(m.open("nadia"), "more")
	// Due before the quiet hours and claimed in them.
	at := time.Now().Add(3 * time.Hour)
	if opened, err := m.OpenWindows(t.Context(), at, 0); err != nil || len(opened) != 1 {
		t.Fatalf("%d digests, %v", len(opened), err)
	}
	if err := m.SetSettings(t.Context(), m.partner.Members[0].ID, tradepost.Settings{Alert: tradepost.AlertNever,
		Digest: tradepost.DigestHourly, Schedule: quietNow()}); err != nil {
		t.Fatal(err)
	}
	if got := m.digests(at); len(got) != 0 {
		t.Fatalf("sent in quiet hours: %+v", got)
	}
	m.wantOutcomes("-", "-")
	m.wake()
	letters := m.digests(at.Add(2 * time.Hour))
	if len(letters) != 1 || len(letters[0].Items[0].Messages) != 2 {
		t.Fatalf("catch-up: %+v", letters)
	}
	m.record(letters[0].Claimed, tradepost.Delivered)
	m.wantOutcomes("digested", "digested")
}

func TestQuietHoursOfOneKind(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	m.alone(tradepost.Settings{Alert: tradepost.AlertNever, Schedule: quietNow(tradepost.KindInventory)})
	stock := opening(m.partner.ID, "taro")
	stock.Kind, stock.Service = tradepost.KindInventory, ""
	if _, err := m.OpenConversation(t.Context(), stock, store.Request{}); err != nil {
		t.Fatal(err)
	}
	if opened, err := m.OpenWindows(t.Context(), time.Now().Add(time.Hour), 0); err != nil || len(opened) != 0 {
		t.Fatalf("%d digests of nothing but what is kept back, %v", len(opened), err)
	}
	conv := m.open("nadia")
	letters := m.digests(time.Now().Add(2 * time.Hour))
	if len(letters) != 1 || len(letters[0].Items) != 1 || letters[0].Items[0].ConversationID != conv {
		t.Fatalf("digest %+v, want the service alone", letters)
	}
	m.record(letters[0].Claimed, tradepost.Delivered)
	m.wantOutcomes("-", "digested")
}

func TestAlertsByKindAndQuietHours(t *testing.T) {
	t.Parallel()
	breaks := quietNow()
	breaks.BreakQuiet = true
	never := tradepost.Schedule{Alerts: map[tradepost.Kind]tradepost.AlertSetting{tradepost.KindService: tradepost.AlertNever}}
	only := tradepost.Schedule{Alerts: map[tradepost.Kind]tradepost.AlertSetting{tradepost.KindService: tradepost.AlertFirstContact}}
	for _, tc := range []struct {
		name   string
		s      tradepost.Settings
		alerts int
		want   []string
	}{
		{"a first contact may break them", tradepost.Settings{Alert: tradepost.AlertEveryMessage, Schedule: breaks}, 1, []string{"alerted", "quiet_hours"}},
		{"not for this kind", tradepost.Settings{Schedule: never}, 0, []string{"-", "-"}},
		{"for this kind alone", tradepost.Settings{Alert: tradepost.AlertNever, Schedule: only}, 1, []string{"alerted", "-"}},
		{"no digest to wait for", tradepost.Settings{Digest: tradepost.DigestOff, Schedule: quietNow()}, 0, []string{"-", "skipped:opted_out"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			m := newMarket(t)
			m.alone(tc.s)
			m.write(m.open("nadia"), "more")
			if n := m.alertAll(); n != tc.alerts {
				t.Fatalf("%d alerts, want %d", n, tc.alerts)
			}
			m.wantOutcomes(tc.want...)
			if tc.s.Digest == tradepost.DigestOff {
				if wait := m.number(`select extract(epoch from due_at - now())::bigint from notifications where kind = 'alert'`); wait < 2*3600 || wait > 3*3600 {
					t.Errorf("the alert waits for %d s, want the end of the quiet hours", wait)
				}
			}
		})
	}
}

func TestAnAlertDelayedIntoQuietHours(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		digest tradepost.DigestSetting
		unsure bool
		want   string
		state  string
	}{
		{"joins the digest", tradepost.DigestHourly, false, "quiet_hours", "skipped quiet_hours"},
		{"waits without a digest", tradepost.DigestOff, false, "-", "pending first_contact"},
		{"waits if it may have been delivered", tradepost.DigestHourly, true, "-", "unknown first_contact"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			m := newMarket(t)
			m.alone(tradepost.Settings{Digest: tc.digest})
			m.open("nadia")
			if tc.unsure {
				letters, err := m.ClaimAlerts(t.Context(), m.lease(), m.offered()[tradepost.Alert])
				if err != nil || len(letters) != 1 {
					t.Fatal(len(letters), err)
				}
				m.record(letters[0].Claimed, tradepost.NoAnswer)
				m.exec(`update notifications set due_at = now()`)
			}
			if err := m.SetSettings(t.Context(), m.partner.Members[0].ID, tradepost.Settings{Alert: tradepost.AlertFirstContact, Digest: tc.digest, Schedule: quietNow()}); err != nil {
				t.Fatal(err)
			}
			if m.alertAll() != 0 {
				t.Fatal("sent in quiet hours")
			}
			m.wantOutcomes(tc.want)
			if got := m.value(`select state || ' ' || reason from notifications where kind = 'alert'`); got != tc.state {
				t.Errorf("the alert is %s, want %s", got, tc.state)
			}
		})
	}
}

func TestAFirstContactOfTheNightLeadsTheDigest(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	m.alone(tradepost.Settings{Schedule: quietNow()})
	first := m.open("nadia")
	other := m.open("nadia") // no first contact, and newer
	m.wake()
	letters := m.digests(time.Now().Add(4 * time.Hour))
	if len(letters) != 1 || len(letters[0].Items) != 2 {
		t.Fatalf("catch-up: %+v", letters)
	}
	for _, it := range letters[0].Items {
		if it.Lead != (it.ConversationID == first) {
			t.Errorf("conversation %d (the second is %d): lead %v", it.ConversationID, other, it.Lead)
		}
	}
}
