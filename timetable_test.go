package tradepost

import (
	"archive/zip"
	"fmt"
	"go/build"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// zoneinfo is every zone that Go ships, with the name first seen of those that
// are alike from 2025 to 2035.
func zoneinfo(t *testing.T) []*time.Location {
	t.Helper()
	file := filepath.Join(build.Default.GOROOT, "lib", "time", "zoneinfo.zip")
	z, err := zip.OpenReader(file)
	if err != nil {
		t.Fatalf("this test needs the time zones that come with Go: %v", err)
	}
	defer z.Close()
	seen := make(map[string]bool)
	var list []*time.Location
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		r.Close()
		if err != nil {
			t.Fatal(err)
		}
		zone, err := time.LoadLocationFromTZData(f.Name, data)
		if err != nil {
			t.Fatal(err)
		}
		var rules strings.Builder
		for _, at := range append(changes(zone), decade) {
			_, offset := at.In(zone).Zone()
			fmt.Fprintln(&rules, at.Unix(), offset)
		}
		if !seen[rules.String()] {
			seen[rules.String()] = true
			list = append(list, zone)
		}
	}
	if len(z.File) < 400 || len(list) < 50 {
		t.Fatalf("%s has %d zones, %d of them different", file, len(z.File), len(list))
	}
	return list
}

var decade = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// changes are when a zone puts its clocks forward or back within the ten years.
func changes(zone *time.Location) (list []time.Time) {
	at := decade
	for {
		_, end := period(at.In(zone))
		if end.IsZero() || end.After(decade.AddDate(10, 0, 0)) {
			return list
		}
		_, before := at.In(zone).Zone()
		at = end
		if _, after := at.In(zone).Zone(); after != before {
			list = append(list, at.UTC())
		}
	}
}

// minute is one of a zone's minutes, and what its clock shows then, as if in UTC:
// both in minutes since 1970.
type minute struct{ at, shown int }

func minutesOf(zone *time.Location, from, to time.Time) (list []minute) {
	for at := from; at.Before(to); at = at.Add(time.Minute) {
		_, offset := at.In(zone).Zone()
		list = append(list, minute{int(at.Unix() / 60), (int(at.Unix()) + offset) / 60})
	}
	return list
}

// minuteByMinute tells the rules a second time: by what the clock has shown
// before, and no arithmetic with zones.
type minuteByMinute struct {
	Timetable
	quiet func(weekday, hour int) bool
}

func (m minuteByMinute) windows(minutes []minute) (list []time.Time) {
	most := minutes[0].shown // the latest that the clock has shown
	waits := false
	daily, n := m.Settings.Digest == DigestDaily, m.Settings.Digest.hours()
	for _, now := range minutes[1:] {
		due := false
		if !daily && n == 1 {
			due = now.at%60 == m.Minute && now.shown > most
		} else {
			// Every reading that the clock passes with this minute.
			for r := most + 1; r <= now.shown; r++ {
				if daily {
					due = due || TimeOfDay(r%(24*60)) == m.Settings.Schedule.DailyAt
				} else {
					due = due || r/60%24%n == 0 && r%60 == m.Minute
				}
			}
		}
		most = max(most, now.shown)
		if daily {
			waits = waits || due
			due = waits
		}
		if due && (m.quiet == nil || !m.quiet((now.shown/60/24+4)%7, now.shown/60%24)) { // 1970 began on a Thursday
			waits = false
			list = append(list, time.Unix(int64(now.at)*60, 0).UTC())
		}
	}
	return list
}

// Between two changes of a zone's clocks nothing happens, so the days around
// each say it all.
func TestNoWindowIsSkippedOrDoubledInAnyZone(t *testing.T) {
	t.Parallel()
	night := func(_, hour int) bool { return hour >= 22 || hour < 7 }
	nights := []QuietSpan{{From: 22 * 60, To: 7 * 60}}
	weekend := func(weekday, hour int) bool { return weekday == 0 || weekday == 6 && hour >= 1 }
	weekends := []QuietSpan{{Days: []Day{"sun"}, To: EndOfDay}, {Days: []Day{"sat"}, From: 60, To: EndOfDay}}
	for _, zone := range zoneinfo(t) {
		for _, change := range append(changes(zone), decade) {
			from, to := change.Add(-14*time.Hour), change.Add(34*time.Hour)
			minutes := minutesOf(zone, from.Add(-25*time.Hour), to)
			for _, tc := range []minuteByMinute{
				{Timetable: Timetable{Minute: 7}},
				{Timetable: Timetable{Minute: 37}},
				{Timetable: Timetable{Minute: 37, Settings: Settings{Digest: DigestEvery2}}},
				{Timetable: Timetable{Minute: 59, Settings: Settings{Digest: DigestEvery12}}},
				{Timetable: Timetable{Settings: Settings{Digest: DigestDaily}}},
				{Timetable: Timetable{Settings: Settings{Digest: DigestDaily, Schedule: Schedule{DailyAt: 2*60 + 30}}}},
				{Timetable: Timetable{Settings: Settings{Digest: DigestDaily, Schedule: Schedule{DailyAt: 23*60 + 45}}}},
				{Timetable: Timetable{Minute: 37, Settings: Settings{Schedule: Schedule{QuietSpans: nights}}}, quiet: night},
				{Timetable: Timetable{Minute: 7, Settings: Settings{Schedule: Schedule{QuietSpans: weekends}}}, quiet: weekend},
				{Timetable: Timetable{Minute: 1, Settings: Settings{Digest: DigestEvery3, Schedule: Schedule{QuietSpans: nights}}}, quiet: night},
				{Timetable: Timetable{Settings: Settings{Digest: DigestDaily, Schedule: Schedule{DailyAt: 5 * 60, QuietSpans: nights}}}, quiet: night},
			} {
				tc.Clock.Hour, tc.Zone = time.Hour, zone
				want := slices.DeleteFunc(tc.windows(minutes), from.After)
				var got []time.Time
				for at := tc.Next(from.Add(-1)); at.Before(to); at = tc.Next(at) {
					got = append(got, at)
					if w := tc.Window(at); !w.Equal(at) {
						t.Fatalf("%s: the window of %s is %s", zone, at, w)
					}
					if next := tc.Next(at); !tc.Window(next.Add(-1)).Equal(at) {
						t.Fatalf("%s: just before %s it is %s, not %s", zone, next, tc.Window(next.Add(-1)), at)
					}
				}
				if !slices.EqualFunc(got, want, time.Time.Equal) {
					t.Fatalf("%s at %s, minute %d, %+v: %s", zone, change, tc.Minute, tc.Settings, cmp.Diff(want, got))
				}
			}
		}
	}
}

func drawSettings(t *rapid.T) Settings {
	s := Settings{Alert: AlertFirstContact, Digest: rapid.SampledFrom(digestSettings).Draw(t, "digest")}
	s.Schedule.DailyAt = TimeOfDay(rapid.IntRange(0, 1439).Draw(t, "daily"))
	for range rapid.IntRange(0, 4).Draw(t, "spans") {
		q := QuietSpan{From: TimeOfDay(rapid.IntRange(0, 1439).Draw(t, "from")), To: TimeOfDay(rapid.IntRange(0, 1440).Draw(t, "to")),
			Days: rapid.SliceOfNDistinct(rapid.SampledFrom(days), 0, 7, rapid.ID).Draw(t, "days")}
		if rapid.IntRange(0, 3).Draw(t, "narrow") == 0 {
			q.Kinds = []Kind{KindInventory}
		}
		s.Schedule.QuietSpans = append(s.Schedule.QuietSpans, q)
	}
	return s
}

func TestWindowsTileTime(t *testing.T) {
	t.Parallel()
	zones := zoneinfo(t)
	rapid.Check(t, func(t *rapid.T) {
		s := drawSettings(t)
		if s.Validate() != nil {
			t.Skip("no mail would come")
		}
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		hour := rapid.SampledFrom([]time.Duration{time.Hour, time.Hour, time.Minute, 7 * time.Second}).Draw(t, "hour")
		tt := Timetable{Clock: Clock{Hour: hour, Align: rapid.Bool().Draw(t, "align")}, Minute: rapid.IntRange(0, 59).Draw(t, "minute"), Settings: s, Zone: zone}
		now := time.Unix(rapid.Int64Range(0, 2_100_000_000).Draw(t, "now"), 0)
		last, next := tt.Window(now), tt.Next(now)
		if last.IsZero() || next.IsZero() {
			t.Fatalf("no window around %s: %s, %s", now, last, next)
		}
		if last.After(now) || !next.After(now) || next.Sub(last) > 15*24*time.Hour {
			t.Fatalf("%s is not between %s and %s", now, last, next)
		}
		for _, w := range []time.Time{last, next} {
			if s.Schedule.Quiet(w, zone, "") {
				t.Fatalf("%s is in quiet hours", w.In(zone))
			}
			if !tt.Window(w).Equal(w) {
				t.Fatalf("the window of %s is %s", w, tt.Window(w))
			}
		}
		if w := tt.Window(next.Add(-1)); !w.Equal(last) {
			t.Fatalf("%s lies between %s and %s", w, last, next)
		}
		if w := tt.Next(last); !w.Equal(next) {
			t.Fatalf("after %s comes %s, not %s", last, w, next)
		}
		free, ok := s.Schedule.FreeAt(now, zone, KindInventory)
		if !ok || free.Before(now) || s.Schedule.Quiet(free, zone, KindInventory) {
			t.Fatalf("free at %s, %v", free, ok)
		}
		if !free.Equal(now) && (!s.Schedule.Quiet(now, zone, KindInventory) || !s.Schedule.Quiet(free.Add(-1), zone, KindInventory)) {
			t.Fatalf("free at %s, and before", free)
		}
	})
}

func TestClocksAreChanged(t *testing.T) {
	t.Parallel()
	daily := func(at string) Settings {
		tod, err := ParseTimeOfDay(at)
		if err != nil {
			t.Fatal(err)
		}
		return Settings{Digest: DigestDaily, Schedule: Schedule{DailyAt: tod}}
	}
	for _, tc := range []struct {
		name, zone string
		s          Settings
		minute     int
		from       string // UTC
		want       []string
	}{
		{"spring, hourly", "Europe/Stockholm", Settings{}, 10, "2026-03-29T00:00Z", []string{"00:10Z = 01:10", "01:10Z = 03:10", "02:10Z = 04:10"}},
		{"autumn, hourly", "Europe/Stockholm", Settings{}, 10, "2026-10-25T00:00Z", []string{"00:10Z = 02:10", "02:10Z = 03:10", "03:10Z = 04:10"}},
		{"spring, every 2", "Europe/Stockholm", Settings{Digest: DigestEvery2}, 10, "2026-03-28T23:00Z", []string{"23:10Z = 00:10", "01:00Z = 03:00", "02:10Z = 04:10"}},
		{"autumn, every 2", "Europe/Stockholm", Settings{Digest: DigestEvery2}, 10, "2026-10-24T22:00Z", []string{"22:10Z = 00:10", "00:10Z = 02:10", "03:10Z = 04:10"}},
		{"spring, daily", "Europe/Stockholm", daily("02:30"), 10, "2026-03-28T00:00Z", []string{"01:30Z = 02:30", "01:00Z = 03:00", "00:30Z = 02:30"}},
		{"autumn, daily", "Europe/Stockholm", daily("02:30"), 10, "2026-10-24T00:00Z", []string{"00:30Z = 02:30", "00:30Z = 02:30", "01:30Z = 02:30"}},
		{"half an hour back", "Australia/Lord_Howe", Settings{}, 10, "2026-04-04T13:30Z", []string{"14:10Z = 01:10", "16:10Z = 02:40"}},
		{"half an hour back, later minute", "Australia/Lord_Howe", Settings{}, 40, "2026-04-04T13:30Z", []string{"13:40Z = 00:40", "14:40Z = 01:40", "15:40Z = 02:10"}},
		{"half an hour forward", "Australia/Lord_Howe", daily("02:15"), 0, "2026-10-02T00:00Z", []string{"15:45Z = 02:15", "15:30Z = 02:30", "15:15Z = 02:15"}},
		{"no midnight", "America/Sao_Paulo", daily("00:00"), 0, "2018-11-03T02:00Z", []string{"03:00Z = 00:00", "03:00Z = 01:00", "02:00Z = 00:00"}},
		{"midnight twice", "America/Sao_Paulo", daily("23:30"), 0, "2018-02-16T12:00Z", []string{"01:30Z = 23:30", "01:30Z = 23:30", "02:30Z = 23:30"}},
		{"before Ramadan", "Africa/Casablanca", daily("02:30"), 0, "2026-02-14T00:00Z", []string{"01:30Z = 02:30", "01:30Z = 02:30", "02:30Z = 02:30"}},
		{"after Ramadan", "Africa/Casablanca", daily("02:30"), 0, "2026-03-21T00:00Z", []string{"02:30Z = 02:30", "02:00Z = 03:00", "01:30Z = 02:30"}},
		{"no 30 December", "Pacific/Apia", daily("08:00"), 0, "2011-12-29T10:00Z", []string{"18:00Z = 08:00", "18:00Z = 08:00", "18:00Z = 08:00"}},
		{"half-hour zone", "Asia/Kolkata", Settings{}, 10, "2026-05-01T00:00Z", []string{"00:10Z = 05:40", "01:10Z = 06:40"}},
		{"half-hour zone, every 12", "Asia/Kolkata", Settings{Digest: DigestEvery12}, 10, "2026-05-01T00:00Z", []string{"06:40Z = 12:10", "18:40Z = 00:10"}},
	} {
		zone, err := time.LoadLocation(tc.zone)
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse("2006-01-02T15:04Z07:00", tc.from)
		if err != nil {
			t.Fatal(err)
		}
		tt := Timetable{Clock: Clock{Hour: time.Hour}, Minute: tc.minute, Settings: tc.s, Zone: zone}
		var got []string
		for range tc.want {
			at = tt.Next(at)
			got = append(got, at.Format("15:04Z")+" = "+at.In(zone).Format("15:04"))
		}
		if d := cmp.Diff(tc.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, d)
		}
	}
}

func TestQuietHoursPutDigestsOff(t *testing.T) {
	t.Parallel()
	night := QuietSpan{From: 22 * 60, To: 7 * 60}
	weekend := QuietSpan{Days: []Day{"sat", "sun"}, To: EndOfDay}
	narrow := QuietSpan{From: 22 * 60, To: 7 * 60, Kinds: []Kind{KindInventory}}
	for _, tc := range []struct {
		name   string
		digest DigestSetting
		daily  TimeOfDay
		spans  []QuietSpan
		from   string // in Stockholm
		want   []string
	}{
		{"hourly at night", DigestHourly, 0, []QuietSpan{night}, "Mon 2026-06-01 20:00", []string{"Mon 20:37", "Mon 21:37", "Tue 07:37"}},
		{"every 4 hours", DigestEvery4, 0, []QuietSpan{night}, "Mon 2026-06-01 20:00", []string{"Mon 20:37", "Tue 08:37", "Tue 12:37"}},
		{"daily at night", DigestDaily, 6 * 60, []QuietSpan{night}, "Mon 2026-06-01 20:00", []string{"Tue 07:00", "Wed 07:00"}},
		{"daily in the evening", DigestDaily, 23 * 60, []QuietSpan{night}, "Mon 2026-06-01 20:00", []string{"Tue 07:00", "Wed 07:00"}},
		{"daily at the end", DigestDaily, 7 * 60, []QuietSpan{night}, "Mon 2026-06-01 20:00", []string{"Tue 07:00", "Wed 07:00"}},
		{"daily, weekend", DigestDaily, 8 * 60, []QuietSpan{weekend}, "Thu 2026-06-04 20:00", []string{"Fri 08:00", "Mon 08:00", "Tue 08:00"}},
		{"daily, weekend and night", DigestDaily, 6 * 60, []QuietSpan{weekend, night}, "Thu 2026-06-04 20:00", []string{"Fri 07:00", "Mon 07:00", "Tue 07:00"}},
		{"one kind", DigestHourly, 0, []QuietSpan{narrow}, "Mon 2026-06-01 22:00", []string{"Mon 22:37", "Mon 23:37"}},
	} {
		zone, err := time.LoadLocation("Europe/Stockholm")
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.ParseInLocation("Mon 2006-01-02 15:04", tc.from, zone)
		if err != nil {
			t.Fatal(err)
		}
		tt := Timetable{Clock: Clock{Hour: time.Hour}, Minute: 37, Zone: zone,
			Settings: Settings{Digest: tc.digest, Schedule: Schedule{DailyAt: tc.daily, QuietSpans: tc.spans}}}
		var got []string
		for range tc.want {
			at = tt.Next(at)
			got = append(got, at.In(zone).Format("Mon 15:04"))
		}
		if d := cmp.Diff(tc.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, d)
		}
	}
}

// A demo's hours pass in seconds; N of them are N times as long, in any zone.
func TestAFastClockCountsItsOwnHours(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		t.Fatal(err)
	}
	tt := Timetable{Clock: Clock{Hour: time.Minute, Align: true}, Settings: Settings{Digest: DigestEvery4}, Zone: zone}
	now := time.Date(2026, 10, 25, 1, 2, 3, 0, time.UTC) // an hour that comes twice
	if w, n := tt.Window(now), tt.Next(now); !w.Equal(time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC)) || n.Sub(w) != 4*time.Minute {
		t.Errorf("windows %s and %s", w, n)
	}
}
