package tradepost

import "time"

// Timetable is when one member's digests are due.
//
// Hourly digests come at the member's minute of every hour, counted in UTC: in a
// zone that is half an hour off that is another minute of the local hour, yet the
// same each time. Of an hour that comes twice when the clocks are put back, only
// the first has one. A digest every N hours comes at the member's minute of the
// local hours 0, N, 2N and so on, a daily one at its time, every local day. A
// time that is skipped when the clocks are put forward is the instant at which
// they are; one that comes twice is the first of the two.
//
// What would be due in quiet hours isn't. A daily digest is put off to their end,
// unless the day on which they end has its own after that.
//
// By a clock whose hour is not an hour, as in a demo, hours are counted from the
// Unix epoch only, N of them as well; daily digests and quiet hours go by the
// clock on the wall.
type Timetable struct {
	Clock    Clock
	Minute   int // DigestMinute
	Settings Settings
	Zone     *time.Location
}

// Window is the latest instant, not after now, at which the member was due, in
// UTC. It is the zero time where there was none within a fortnight, as when quiet
// hours that Validate refuses leave no time free. A member who wants no digest is
// due as if it were hourly: what they aren't told of gets its outcome then.
func (t Timetable) Window(now time.Time) time.Time {
	if !t.byDays() {
		return t.lastStep(now)
	}
	today := t.today(now)
	for back := -1; back <= searchDays; back++ {
		var last time.Time
		for _, w := range t.ofDay(today.AddDate(0, 0, -back)) {
			if !w.After(now) && w.After(last) {
				last = w
			}
		}
		if !last.IsZero() {
			return last.UTC()
		}
	}
	return time.Time{}
}

// Next is the first instant after now at which the member is due, in UTC, or the
// zero time as for Window.
func (t Timetable) Next(now time.Time) time.Time {
	if !t.byDays() {
		return t.nextStep(now)
	}
	today := t.today(now)
	first := -1
	if t.Settings.Digest == DigestDaily && len(t.Settings.Schedule.QuietSpans) > 0 {
		first = -8 // what was due then may have been put off
	}
	for day := first; day <= searchDays; day++ {
		for _, w := range t.ofDay(today.AddDate(0, 0, day)) {
			if w.After(now) {
				return w.UTC()
			}
		}
	}
	return time.Time{}
}

// searchDays is how far windows are looked for: the only free hour of a week may
// be the one that the clocks skip.
const searchDays = 15

func (t Timetable) byDays() bool {
	return t.Settings.Digest == DigestDaily || t.Settings.Digest.hours() > 1 && t.Clock.earnest()
}

// today is the reading of the midnight that began the local day of now.
func (t Timetable) today(now time.Time) time.Time {
	return readingOf(now.In(t.Zone)).Truncate(24 * time.Hour)
}

// ofDay returns the windows of one local day, in order. Of a day that a zone
// skips as a whole there are none.
func (t Timetable) ofDay(midnight time.Time) []time.Time {
	if !sameDay(firstAt(midnight, t.Zone), midnight) {
		return nil
	}
	if t.Settings.Digest == DigestDaily {
		if w, ok := t.daily(midnight); ok {
			return []time.Time{w}
		}
		return nil
	}
	var list []time.Time
	step := t.Settings.Digest.hours()
	for hour := 0; hour < 24; hour += step {
		at := firstAt(midnight.Add(time.Duration(hour)*time.Hour+t.Clock.Offset(t.Minute)), t.Zone)
		if !t.Settings.Schedule.Quiet(at, t.Zone, "") {
			list = append(list, at)
		}
	}
	return list
}

// daily is when the daily digest of a local day comes; ok is false where a later
// day's own takes its place.
func (t Timetable) daily(midnight time.Time) (at time.Time, ok bool) {
	at, end, ok := t.putOff(midnight)
	if !ok {
		return time.Time{}, false
	}
	if end.Equal(at) || sameDay(end, midnight) {
		return end, true
	}
	later := t.today(end)
	own, ownEnd, ok := t.putOff(later)
	return end, !ok || own.Before(end) || !sameDay(ownEnd, later)
}

// putOff is when a day's daily digest would be due, and the end of the quiet
// hours that this is in: the same instant where it isn't in any.
func (t Timetable) putOff(midnight time.Time) (at, end time.Time, ok bool) {
	at = firstAt(midnight.Add(time.Duration(t.Settings.Schedule.DailyAt)*time.Minute), t.Zone)
	end, ok = t.Settings.Schedule.FreeAt(at, t.Zone, "")
	return at, end.In(t.Zone), ok
}

func sameDay(t, midnight time.Time) bool {
	y, m, d := t.Date()
	return midnight.Equal(time.Date(y, m, d, 0, 0, 0, 0, time.UTC))
}

// maxSteps bounds a search among the hours: the 24 that come twice when a zone
// crosses the date line, and each quiet span of a fortnight.
const maxSteps = 24 + 14*MaxQuietSpans

func (t Timetable) lastStep(now time.Time) time.Time {
	every := t.Settings.Digest.hours()
	w := t.Clock.latest(now, t.Minute, every)
	for range maxSteps {
		local := w.In(t.Zone)
		switch {
		case t.Settings.Schedule.Quiet(local, t.Zone, ""):
			w = t.Clock.latest(t.Settings.Schedule.quietSince(local).Add(-1), t.Minute, every)
		case t.Clock.earnest() && repeated(local):
			w = w.Add(-t.Clock.Hour)
		default:
			return w
		}
	}
	return time.Time{}
}

func (t Timetable) nextStep(now time.Time) time.Time {
	every := t.Settings.Digest.hours()
	step := t.Clock.Hour * time.Duration(every)
	w := t.Clock.latest(now, t.Minute, every).Add(step)
	for range maxSteps {
		local := w.In(t.Zone)
		if free, ok := t.Settings.Schedule.FreeAt(local, t.Zone, ""); !ok {
			return time.Time{}
		} else if free.After(local) {
			w = t.Clock.latest(free.Add(-1), t.Minute, every).Add(step)
			continue
		}
		if t.Clock.earnest() && repeated(local) {
			w = w.Add(t.Clock.Hour)
			continue
		}
		return w
	}
	return time.Time{}
}
