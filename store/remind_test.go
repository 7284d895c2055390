package store_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/store/storetest"
)

// impatient reminds at once.
func impatient(o *store.Options) { o.RemindAfter = time.Nanosecond }

// reminders opens reminders, with several schedulers at once, and claims those
// that are due.
func (m *market) reminders() (wrote int, letters []store.MessageLetter) {
	m.t.Helper()
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range 4 {
		wg.Go(func() {
			n, err := m.OpenReminders(m.t.Context(), 100)
			if err != nil {
				m.t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			wrote += n
		})
	}
	wg.Wait()
	offered, err := m.Offer(m.t.Context(), tradepost.Reminder, 0, 100)
	if err != nil {
		m.t.Fatal(err)
	}
	var refs []store.Ref
	for _, o := range offered {
		refs = append(refs, o.Ref)
	}
	if letters, err = m.ClaimReminders(m.t.Context(), m.lease(), refs); err != nil {
		m.t.Fatal(err)
	}
	return wrote, letters
}

func (m *market) texts(sql string) []string {
	m.t.Helper()
	rows, err := m.pool.Query(m.t.Context(), sql)
	if err != nil {
		m.t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		m.t.Fatal(err)
	}
	return list
}

func TestAnUnansweredFirstContactIsRemindedOfOnce(t *testing.T) {
	t.Parallel()
	m := newMarket(t, impatient)
	conv := m.open("nadia")
	m.alertAll()
	m.write(conv, "Hello?") // is no answer
	first := m.number(`select min(id) from messages`)
	for _, after := range []time.Duration{0, 24 * time.Hour} { // off, and patient
		o := storetest.Options(t)
		o.RemindAfter = after
		if n, err := storetest.OpenURL(t, m.url, o).OpenReminders(t.Context(), 100); err != nil || n != 0 {
			t.Fatalf("%d reminders after %s, %v", n, after, err)
		}
	}
	wrote, letters := m.reminders()
	if wrote != 2 || len(letters) != 2 {
		t.Fatalf("%d reminders, %d letters; want one for each member", wrote, len(letters))
	}
	for _, l := range letters {
		if l.Message.ID != first || l.ConversationID != conv || len(l.References) != 1 || l.Reason != "reminder" {
			t.Errorf("letter %+v", l)
		}
		m.record(l.Claimed, tradepost.Delivered)
	}
	if wrote, letters = m.reminders(); wrote != 0 || len(letters) != 0 {
		t.Fatal("reminded twice")
	}
	m.wantOutcomes("alerted", "alerted", "-", "-")
	if got := m.number(`select count(*) from notifications where kind = 'reminder' and state = 'sent'`); got != 2 {
		t.Errorf("%d sent", got)
	}
}

func TestWhatNeedsNoReminder(t *testing.T) {
	t.Parallel()
	type scene struct {
		*market
		conv, message, maja, oskar int64
	}
	must := func(m *market, err error) {
		m.t.Helper()
		if err != nil {
			m.t.Fatal(err)
		}
	}
	for _, tc := range []struct {
		name string
		act  func(s scene)
		// How many are written after it, and why those are not sent that were before.
		wrote int
		late  []string
	}{
		{"a reply", func(s scene) { s.answer(s.conv, s.maja, "Gladly.") }, 0, []string{"answered", "answered"}},
		{"a mark", func(s scene) { must(s.market, s.Mark(s.t.Context(), s.conv, s.message, s.oskar, "✅")) }, 0, []string{"answered", "answered"}},
		{"declined", func(s scene) { s.act(s.conv, s.maja, "decline") }, 0, []string{"answered", "answered"}},
		{"blocked", func(s scene) {
			must(s.market, s.Block(s.t.Context(), s.partner.ID, s.number(`select merchant_id from conversations`), s.maja))
		}, 0, []string{"blocked", "blocked"}},
		{"one left", func(s scene) { must(s.market, s.RemoveMember(s.t.Context(), s.maja)) }, 1, []string{"member_gone"}},
		{"one wants none", func(s scene) {
			settings := tradepost.DefaultSettings()
			settings.Schedule.NoReminders = true
			must(s.market, s.SetSettings(s.t.Context(), s.maja, settings))
		}, 1, []string{"opted_out"}},
		{"one has muted it", func(s scene) { must(s.market, s.Mute(s.t.Context(), s.maja, s.conv)) }, 2, []string{"muted"}},
		{"a message deleted", func(s scene) { s.exec(`update messages set deleted_at = now()`) }, 0, []string{"deleted", "deleted"}},
		{"too long ago", func(s scene) { s.exec(`update first_contacts set created_at = created_at - interval '30 days'`) }, 0, nil},
		{"read", func(s scene) { must(s.market, s.Read(s.t.Context(), s.conv, s.maja, s.message)) }, 2, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for _, late := range []bool{false, true} {
				m := newMarket(t, impatient)
				s := scene{market: m, conv: m.open("nadia"), maja: m.partner.Members[0].ID, oskar: m.partner.Members[1].ID}
				s.message = m.number(`select min(id) from messages`)
				if !late {
					tc.act(s)
					if n, err := m.OpenReminders(t.Context(), 100); err != nil || n != tc.wrote {
						t.Errorf("%d reminders, want %d, %v", n, tc.wrote, err)
					}
					continue
				}
				if n, err := m.OpenReminders(t.Context(), 100); err != nil || n != 2 {
					t.Fatalf("%d reminders, %v", n, err)
				}
				tc.act(s)
				_, letters := m.reminders()
				reasons := m.texts(`select reason from notifications where kind = 'reminder' and state = 'skipped'`)
				if !slices.Equal(reasons, tc.late) || len(letters) != 2-len(tc.late) {
					t.Errorf("%d letters, skipped for %q, want %q", len(letters), reasons, tc.late)
				}
			}
		})
	}
}

func TestRemindersWaitForTheEndOfQuietHours(t *testing.T) {
	t.Parallel()
	m := newMarket(t, impatient)
	m.open("nadia")
	settings := tradepost.DefaultSettings()
	settings.Schedule = quietNow()
	if err := m.SetSettings(t.Context(), m.partner.Members[0].ID, settings); err != nil {
		t.Fatal(err)
	}
	wrote, letters := m.reminders()
	if wrote != 2 || len(letters) != 1 || letters[0].To.ID != m.partner.Members[1].ID {
		t.Fatalf("%d reminders, letters %+v", wrote, letters)
	}
	m.record(letters[0].Claimed, tradepost.Delivered)
	if wait := m.number(`select extract(epoch from due_at - now())::bigint from notifications where kind = 'reminder' and state = 'pending'`); wait < 2*3600 || wait > 3*3600 {
		t.Errorf("it waits for %d s", wait)
	}
	m.wake()
	m.exec(`update notifications set due_at = now() where kind = 'reminder' and state = 'pending'`)
	if _, letters := m.reminders(); len(letters) != 1 {
		t.Errorf("%d letters after the quiet hours", len(letters))
	}
}
