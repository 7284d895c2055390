package tradepost

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Schedule is when a member wants mail, beyond their alert and digest choices.
// The zero Schedule is the default: no quiet hours, nothing by kind, reminders.
// Its JSON is how it is stored.
type Schedule struct {
	// DailyAt is when a daily digest comes; other digests have no use for it.
	DailyAt TimeOfDay `json:"daily_at,omitempty"`
	// QuietSpans are when no mail comes. At most MaxQuietSpans.
	QuietSpans []QuietSpan `json:"quiet,omitempty"`
	// BreakQuiet lets the alert of a first contact through at quiet hours.
	BreakQuiet bool `json:"break_quiet,omitempty"`
	// Alerts are choices for single kinds, in place of the general one.
	Alerts map[Kind]AlertSetting `json:"alerts,omitempty"`
	// NoReminders refuses the reminders of unanswered first contacts.
	NoReminders bool `json:"no_reminders,omitempty"`
}

// QuietSpan is a time of the week in which a member wants no mail, by the clock
// of their zone. From is within it, To is not.
type QuietSpan struct {
	// Days are those on which it begins; none = every day.
	Days []Day `json:"days,omitempty"`
	// A span whose To is not after its From ends on the next day; 00:00 to 24:00
	// is the whole day.
	From TimeOfDay `json:"from"`
	To   TimeOfDay `json:"to"`
	// Kinds are the conversations that it keeps back; none = all.
	Kinds []Kind `json:"kinds,omitempty"`
}

// MaxQuietSpans is how many quiet spans a member may have: three a day.
const MaxQuietSpans = 21

const minutesPerWeek = 7 * 24 * 60

// Quiet reports whether mail about a kind is kept back at an instant, by the
// member's own clock. Of kind "" only the spans count that are for all kinds.
// (contract)
func (s Schedule) Quiet(now time.Time, zone *time.Location, kind Kind) bool {
	return len(s.QuietSpans) > 0 && s.coveredUntil(minuteOfWeek(now.In(zone)), kind) > 0
}

// FreeAt is the first instant from now on at which mail about a kind is not kept
// back, or false where there never is one.
func (s Schedule) FreeAt(now time.Time, zone *time.Location, kind Kind) (time.Time, bool) {
	// A week, and whatever the clocks were put forward or back meanwhile.
	for last := now.Add(8*24*time.Hour + 2*mostShift); !now.After(last); {
		quiet := s.coveredUntil(minuteOfWeek(now.In(zone)), kind)
		if quiet == 0 {
			return now, true
		}
		next := startOfMinute(now.In(zone)).Add(time.Duration(quiet) * time.Minute)
		if _, end := period(now.In(zone)); !end.IsZero() && end.Before(next) {
			next = end // there the clock jumps, perhaps out of the span
		}
		now = next
	}
	return time.Time{}, false
}

// quietSince is an instant, not after t, since which mail of all kinds has been
// kept back without a break up to t, at which it is. It may have been before, too.
func (s Schedule) quietSince(t time.Time) time.Time {
	covered := 0
	for _, q := range s.QuietSpans {
		before, _ := q.around(minuteOfWeek(t), "")
		covered = max(covered, before)
	}
	since := startOfMinute(t).Add(-time.Duration(covered) * time.Minute)
	if start, _ := period(t); start.After(since) {
		return start
	}
	return since
}

// minuteOfWeek is what the clock of t's zone shows, in minutes since the
// beginning of Sunday.
func minuteOfWeek(t time.Time) int {
	return (int(t.Weekday())*24+t.Hour())*60 + t.Minute()
}

func startOfMinute(t time.Time) time.Time {
	return t.Add(-time.Duration(t.Second())*time.Second - time.Duration(t.Nanosecond()))
}

// coveredUntil is how many minutes of the week from minute on, itself included,
// spans cover without a break: up to minutesPerWeek, 0 where none does.
func (s Schedule) coveredUntil(minute int, kind Kind) int {
	covered := 0
	for longer := true; longer && covered < minutesPerWeek; {
		longer = false
		for _, q := range s.QuietSpans {
			if _, after := q.around((minute+covered)%minutesPerWeek, kind); after > 0 {
				covered, longer = covered+after, true
			}
		}
	}
	return min(covered, minutesPerWeek)
}

// around is how many minutes of the span lie before a minute of the week, and
// how many from it on; after is 0 where the span doesn't cover it.
func (q QuietSpan) around(minute int, kind Kind) (before, after int) {
	if len(q.Kinds) > 0 && !slices.Contains(q.Kinds, kind) {
		return 0, 0
	}
	length := int(q.To - q.From)
	if length <= 0 {
		length += int(EndOfDay)
	}
	for w := range days {
		if len(q.Days) > 0 && !slices.Contains(q.Days, days[w]) {
			continue
		}
		in := (minute - w*int(EndOfDay) - int(q.From) + 2*minutesPerWeek) % minutesPerWeek
		if in < length {
			before, after = in, max(after, length-in)
		}
	}
	return before, after
}

// leavesHour reports whether of the hours 0, every, 2 every... of some day of
// the week one is wholly free of the spans for all kinds.
func (s Schedule) leavesHour(every int) bool {
	for hour := range 7 * 24 {
		if hour%24%every != 0 {
			continue
		}
		free := true
		for minute := range 60 {
			free = free && s.coveredUntil(hour*60+minute, "") == 0
		}
		if free {
			return true
		}
	}
	return false
}

// validate adds the faults of s, which stands beside the digest setting.
func (s Schedule) validate(v *Invalid, digest DigestSetting) {
	if s.DailyAt < 0 || s.DailyAt >= EndOfDay {
		v.add("daily_at", "must be a time from 00:00 to 23:59")
	}
	for _, kind := range sortedKinds(s.Alerts) {
		field := "alerts." + string(kind)
		if !slices.Contains(kinds, kind) {
			v.add(field, "is not a kind: those are "+strings.Join(kindNames(), ", "))
		}
		v.add(field, s.Alerts[kind].problem())
	}
	if len(s.QuietSpans) > MaxQuietSpans {
		v.add("quiet", fmt.Sprintf("are more than %d", MaxQuietSpans))
		return
	}
	before := len(*v)
	for i, q := range s.QuietSpans {
		q.validate(v, fmt.Sprintf("quiet[%d].", i))
	}
	if len(*v) > before {
		return
	}
	if !s.leavesHour(1) {
		v.add("quiet", "must leave some hour of the week free, from :00 to :59, or no mail would ever come")
		return
	}
	for _, kind := range kinds {
		if s.coveredUntil(0, kind) == minutesPerWeek {
			v.add("quiet", fmt.Sprintf("must leave some time of the week free for mail about the kind %s", kind))
		}
	}
	if n := digest.hours(); !s.leavesHour(n) {
		v.add("digest", fmt.Sprintf("would never come: the quiet hours cover every hour that it is due in (00, %02d and so on); choose another digest or shorter quiet hours", n))
	}
}

func (q QuietSpan) validate(v *Invalid, field string) {
	if q.From < 0 || q.From >= EndOfDay {
		v.add(field+"from", "must be a time from 00:00 to 23:59")
	}
	if q.To < 0 || q.To > EndOfDay {
		v.add(field+"to", "must be a time from 00:00 to 24:00")
	}
	for i, d := range q.Days {
		if !slices.Contains(days, d) {
			v.add(fmt.Sprintf("%sdays[%d]", field, i), "must be one of mon, tue, wed, thu, fri, sat, sun")
		}
	}
	for i, k := range q.Kinds {
		if !slices.Contains(kinds, k) {
			v.add(fmt.Sprintf("%skinds[%d]", field, i), "must be one of "+strings.Join(kindNames(), ", "))
		}
	}
	if len(q.Days) > len(days) {
		v.add(field+"days", "are more than the week has")
	}
	if len(q.Kinds) > len(kinds) {
		v.add(field+"kinds", "are more than there are")
	}
}

func sortedKinds(m map[Kind]AlertSetting) []Kind {
	var list []Kind
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}
