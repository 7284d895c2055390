package tradepost_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tradepost-mail/tradepost"
)

func TestSettingsAreValidated(t *testing.T) {
	t.Parallel()
	span := func(from, to tradepost.TimeOfDay, days ...tradepost.Day) tradepost.QuietSpan {
		return tradepost.QuietSpan{Days: days, From: from * 60, To: to * 60}
	}
	only := func(q tradepost.QuietSpan, k ...tradepost.Kind) tradepost.QuietSpan {
		q.Kinds = k
		return q
	}
	many := slices.Repeat([]tradepost.QuietSpan{span(1, 2)}, tradepost.MaxQuietSpans+1)
	for _, tc := range []struct {
		name   string
		digest tradepost.DigestSetting
		s      tradepost.Schedule
		fields string
	}{
		{"nothing chosen", tradepost.DigestHourly, tradepost.Schedule{}, ""},
		{"nights", tradepost.DigestDaily, tradepost.Schedule{DailyAt: 23 * 60, QuietSpans: []tradepost.QuietSpan{span(22, 7)}}, ""},
		{"23 hours a day", tradepost.DigestHourly, tradepost.Schedule{QuietSpans: []tradepost.QuietSpan{span(0, 23)}}, ""},
		{"no whole hour", tradepost.DigestHourly, tradepost.Schedule{QuietSpans: []tradepost.QuietSpan{{From: 30, To: 29}}}, "quiet"},
		{"all week in pieces", tradepost.DigestHourly, tradepost.Schedule{QuietSpans: []tradepost.QuietSpan{span(8, 20), span(20, 8)}}, "quiet"},
		{"all week but Sunday", tradepost.DigestHourly, tradepost.Schedule{QuietSpans: []tradepost.QuietSpan{span(0, 24, "mon", "tue", "wed", "thu", "fri", "sat")}}, ""},
		{"the hours of the digest", tradepost.DigestEvery12, tradepost.Schedule{QuietSpans: []tradepost.QuietSpan{span(11, 1)}}, "digest"},
		{"one kind for ever", tradepost.DigestHourly, tradepost.Schedule{QuietSpans: []tradepost.QuietSpan{only(span(0, 24), tradepost.KindProduct)}}, "quiet"},
		{"one kind, a minute free", tradepost.DigestHourly, tradepost.Schedule{QuietSpans: []tradepost.QuietSpan{only(tradepost.QuietSpan{From: 1, To: 0}, tradepost.KindProduct)}}, ""},
		{"no such kind or day", tradepost.DigestHourly, tradepost.Schedule{QuietSpans: []tradepost.QuietSpan{only(span(1, 2, "mon", "monday"), "gossip")}}, "quiet[0].days[1] quiet[0].kinds[0]"},
		{"no such times", tradepost.DigestHourly, tradepost.Schedule{DailyAt: -1, QuietSpans: []tradepost.QuietSpan{span(24, 25)}}, "daily_at quiet[0].from quiet[0].to"},
		{"too many", tradepost.DigestHourly, tradepost.Schedule{QuietSpans: many}, "quiet"},
		{"no such digest", "weekly", tradepost.Schedule{}, "digest"},
		{"by kind", tradepost.DigestHourly, tradepost.Schedule{Alerts: map[tradepost.Kind]tradepost.AlertSetting{"gossip": "never", "product": "maybe", "service": "never"}}, "alerts.gossip alerts.product"},
	} {
		err := tradepost.Settings{Alert: tradepost.AlertFirstContact, Digest: tc.digest, Schedule: tc.s}.Validate()
		var faults tradepost.Invalid
		errors.As(err, &faults)
		var fields []string
		for _, f := range faults {
			fields = append(fields, f.Field)
		}
		if got := strings.Join(fields, " "); got != tc.fields {
			t.Errorf("%s: %v, want faults of %q", tc.name, err, tc.fields)
		}
	}
}

func TestASchedulesJSON(t *testing.T) {
	t.Parallel()
	s := tradepost.Schedule{DailyAt: 8*60 + 5, BreakQuiet: true, QuietSpans: []tradepost.QuietSpan{{Days: []tradepost.Day{"sat"}, To: tradepost.EndOfDay}},
		Alerts: map[tradepost.Kind]tradepost.AlertSetting{tradepost.KindProduct: tradepost.AlertNever}}
	raw, err := json.Marshal(s)
	const want = `{"daily_at":"08:05","quiet":[{"days":["sat"],"from":"00:00","to":"24:00"}],"break_quiet":true,"alerts":{"product":"never"}}`
	if err != nil || string(raw) != want {
		t.Fatalf("%s, %v", raw, err)
	}
	var back tradepost.Schedule
	if err := json.Unmarshal(raw, &back); err != nil || !cmp.Equal(s, back) {
		t.Errorf("%v %s", err, cmp.Diff(s, back))
	}
	for _, wrong := range []string{"", "8:30", "08:60", "24:01", "99:00", "-1:00", "+1:00", "0830", "08:3a"} {
		if _, err := tradepost.ParseTimeOfDay(wrong); err == nil {
			t.Errorf("%q is taken for a time of day", wrong)
		}
	}
}

func ExampleTimetable_Next() {
	stockholm, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		fmt.Println(err)
		return
	}
	due := tradepost.Timetable{
		Clock:  tradepost.Clock{Hour: time.Hour},
		Minute: 37,
		Zone:   stockholm,
		Settings: tradepost.Settings{Digest: tradepost.DigestHourly, Schedule: tradepost.Schedule{
			QuietSpans: []tradepost.QuietSpan{{From: 22 * 60, To: 7 * 60}},
		}},
	}
	evening := time.Date(2026, 6, 1, 21, 50, 0, 0, stockholm)
	fmt.Println(due.Next(evening).In(stockholm).Format("Mon 15:04"))
	// Output: Tue 07:37
}

func ExampleSettings_Validate() {
	s := tradepost.DefaultSettings()
	s.Schedule.QuietSpans = []tradepost.QuietSpan{{From: 0, To: tradepost.EndOfDay}}
	fmt.Println(s.Validate())
	// Output: quiet: must leave some hour of the week free, from :00 to :59, or no mail would ever come
}
