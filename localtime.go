package tradepost

import "time"

// Offsets from UTC differ by 26 hours at most (-12:00 to +14:00), so a change of
// the clocks moves them by no more than that.
const mostShift = 26 * time.Hour

// A reading is what a local clock shows, held as if it were UTC. Two instants
// may have the same reading, and a reading may have no instant.

// readingOf is what the clock of t's zone shows at t.
func readingOf(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

// period is the time around t in which the clocks of its zone are not changed, or
// part of it: zero times where it has no end.
//
// QUIRK: for years after those of its table Go takes 365 days for the length of a
// year, so that on the last day of a leap year, as on 2028-12-31, ZoneBounds has
// the period end before t.
func period(t time.Time) (start, end time.Time) {
	start, end = t.ZoneBounds()
	if !end.IsZero() && !end.After(t) {
		end = time.Date(t.UTC().Year()+1, 1, 1, 0, 0, 0, 0, time.UTC).In(t.Location())
	}
	return start, end
}

// firstAt is the first instant at which the clock of a zone shows the reading or
// more: the first of two where an hour comes twice, and where the reading is
// skipped the instant at which the clock jumps over it. time.Date chooses
// otherwise in the second case and promises nothing in the first.
func firstAt(reading time.Time, zone *time.Location) time.Time {
	t := reading.Add(-mostShift).In(zone) // shows less, wherever this is
	for {
		_, offset := t.Zone()
		_, end := period(t)
		at := reading.Add(-time.Duration(offset) * time.Second)
		if at.Before(t) {
			at = t
		}
		if end.IsZero() || at.Before(end) {
			return at.In(zone)
		}
		t = end
	}
}

// repeated reports whether the clock of t's zone has shown the same before, as
// in the second of the two hours when it is put back.
func repeated(t time.Time) bool {
	_, offset := t.Zone()
	start, _ := period(t)
	for !start.IsZero() && t.Sub(start) <= mostShift {
		before := start.Add(-1)
		_, was := before.Zone()
		began, _ := period(before)
		same := t.Add(time.Duration(offset-was) * time.Second)
		if same.Before(start) && (began.IsZero() || !same.Before(began)) {
			return true
		}
		start = began
	}
	return false
}
