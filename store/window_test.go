package store_test

import (
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store/storetest"
)

// The sweep goes by the rules also for members who have chosen nothing, and
// whatever is wrong with the name of a zone.
func TestAnHourThatComesTwiceHasOneWindow(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	m.exec(`update members set digest_minute = 10, zone = case id when $1 then 'Europe/Stockholm' else 'Mars/Olympus' end`, m.partner.Members[0].ID)
	m.open("nadia")
	m.alertAll()
	m.write(m.open("nadia"), "more")
	// In the second of the hours from 02:00 to 03:00: the member in Stockholm had
	// a window in the first, UTC has one in each.
	now := time.Date(2099, 10, 25, 1, 30, 0, 0, time.UTC)
	if opened, err := m.OpenWindows(t.Context(), now, 0); err != nil || len(opened) != 2 {
		t.Fatalf("%d digests, %v", len(opened), err)
	}
	for i, want := range []string{"00:10", "01:10"} {
		got := m.value(`select to_char(window_at at time zone 'UTC', 'HH24:MI') from notifications where kind = 'digest' and member_id = $1`, m.partner.Members[i].ID)
		if got != want {
			t.Errorf("member %d: the window of %s, want %s", i, got, want)
		}
	}
}

func TestDigestsEveryFewHoursAndDaily(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		s             tradepost.Settings
		at            string
		window, again string // the one open then, and the one after that
	}{
		{tradepost.Settings{Digest: tradepost.DigestEvery6}, "17:00", "12:10", "18:10"},
		{tradepost.Settings{Digest: tradepost.DigestDaily, Schedule: tradepost.Schedule{DailyAt: 8 * 60}}, "17:00", "08:00", "08:00"},
		{tradepost.Settings{Digest: tradepost.DigestDaily, Schedule: tradepost.Schedule{DailyAt: 20 * 60}}, "17:00", "20:00", "20:00"},
	} {
		m := newMarket(t)
		tc.s.Alert = tradepost.AlertNever
		m.alone(tc.s)
		m.exec(`update members set digest_minute = 10, zone = 'Asia/Kolkata'`)
		zone, err := time.LoadLocation("Asia/Kolkata")
		if err != nil {
			t.Fatal(err)
		}
		hm, err := time.Parse("15:04", tc.at)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Date(2099, 5, 5, hm.Hour(), hm.Minute(), 0, 0, zone)
		conv := m.open("nadia")
		for _, want := range []string{tc.window, tc.again} {
			letters := m.digests(at)
			if len(letters) != 1 || letters[0].WindowAt.In(zone).Format("15:04") != want {
				t.Fatalf("%s: digests %+v, want one of %s", tc.s.Digest, letters, want)
			}
			m.record(letters[0].Claimed, tradepost.Delivered)
			// As if it had been sent when it was due, and a message come after it.
			m.exec(`update notifications set finished_at = window_at + interval '1 second' where kind = 'digest'`)
			m.write(conv, "more")
			m.exec(`update recipients set created_at = $1 where outcome is null`, at.Add(time.Minute))
			if got := m.digests(at.Add(2 * time.Minute)); len(got) != 0 {
				t.Fatalf("%s: the window of %s again", tc.s.Digest, got[0].WindowAt)
			}
			at = letters[0].WindowAt.Add(24 * time.Hour)
			if tc.s.Digest != tradepost.DigestDaily {
				at = letters[0].WindowAt.Add(6*time.Hour + 30*time.Minute)
			}
		}
	}
}

// One who chose nothing costs no query of their own; one who did is looked at
// when their window comes, and not before.
func TestTheNextWindowIsNoted(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	m.alone(tradepost.Settings{Alert: tradepost.AlertNever, Digest: tradepost.DigestDaily, Schedule: tradepost.Schedule{DailyAt: clock(2 * time.Hour)}})
	m.open("nadia")
	if opened, err := m.OpenWindows(t.Context(), time.Now(), 0); err != nil || len(opened) != 0 {
		t.Fatalf("%d digests, %v", len(opened), err)
	}
	wait := m.number(`select extract(epoch from next_window_at - now())::bigint from members where next_window_at is not null`)
	if wait < 3600 || wait > 2*3600 {
		t.Errorf("looked at again in %d s", wait)
	}
	// Whoever changes the settings is looked at at once.
	if err := m.SetSettings(t.Context(), m.partner.Members[0].ID, tradepost.Settings{Alert: tradepost.AlertNever, Digest: tradepost.DigestEvery2}); err != nil {
		t.Fatal(err)
	}
	if got := m.digests(time.Now().Add(3 * time.Hour)); len(got) != 1 {
		t.Errorf("%d digests", len(got))
	}
}

// Whoever goes back to the version before loses reminders and schedules, and
// nobody is reminded of the past when they come up again.
func TestDowngradeOfSettings(t *testing.T) {
	t.Parallel()
	m := newMarket(t, impatient)
	m.alone(tradepost.Settings{Digest: tradepost.DigestEvery8, Schedule: quietNow()})
	m.open("nadia")
	m.wake()
	m.exec(`update members set schedule = '{}'`)
	_, letters := m.reminders()
	for _, l := range letters {
		m.record(l.Claimed, tradepost.Delivered)
	}
	m.open("bo")
	if n := m.number(`select count(*) from notifications where kind = 'reminder'`); n != 1 {
		t.Fatalf("%d reminders", n)
	}
	db := stdlib.OpenDBFromPool(m.pool)
	defer db.Close()
	schema, err := goose.NewProvider(goose.DialectPostgres, db, os.DirFS("migrations"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := schema.DownTo(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	if err := m.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	// With the statements of before prepared, the old connections are of no use.
	o := storetest.Options(t)
	impatient(&o)
	again := storetest.OpenURL(t, m.url, o)
	if n, err := again.OpenReminders(t.Context(), 100); err != nil || n != 0 {
		t.Errorf("%d reminders of the past, %v", n, err)
	}
	got, err := again.Settings(t.Context(), m.partner.Members[0].ID)
	if err != nil || got.Digest != tradepost.DigestHourly {
		t.Errorf("%+v, %v", got, err)
	}
}
