package tradepost

import (
	"hash/fnv"
	"strconv"
	"time"
)

// Clock is the clock digests go by.
type Clock struct {
	// Hour is how long an hour lasts: time.Hour in earnest, seconds in a demo.
	Hour time.Duration
	// Align makes every member due on the hour instead of at a minute of
	// their own.
	Align bool
}

// DigestMinute is the minute, 0 to 59, of every hour at which a member's digest
// is due. It is the same for ever and spread evenly over members, so that a
// million of them aren't all due at :00.
func DigestMinute(memberID int64) int {
	h := fnv.New32a()
	h.Write(strconv.AppendInt(nil, memberID, 10)) // never fails (package hash)
	return int(h.Sum32() % 60)
}

// Offset is how long after the start of an hour of this clock the given minute
// falls.
func (c Clock) Offset(minute int) time.Duration {
	if c.Align {
		return 0
	}
	return c.Hour / 60 * time.Duration(minute)
}

// Window is the latest instant, not after now, at which a member with this
// minute was due. A digest of that window holds messages older than it, so that
// of two sweeps within the window the second finds nothing to add. Hours are
// counted from the Unix epoch; no time zone has a part in it. What a member's
// settings and zone make of it is Timetable.Window.
func (c Clock) Window(now time.Time, minute int) time.Time {
	return c.latest(now, minute, 1)
}

// latest is Window, of every so many hours.
func (c Clock) latest(now time.Time, minute, every int) time.Time {
	offset, step := c.Offset(minute), c.Hour*time.Duration(every)
	since := time.Duration(now.UnixNano()) - offset
	steps := since / step
	if since%step < 0 { // before 1970 division rounds up
		steps--
	}
	return time.Unix(0, int64(steps*step+offset)).UTC()
}

// earnest reports whether an hour of this clock is one of the clock on the wall.
func (c Clock) earnest() bool { return c.Hour == time.Hour }

// Tick is how often due members are looked for: once a minute of this clock,
// but not so often that looking is all that is done.
func (c Clock) Tick() time.Duration {
	return min(max(c.Hour/60, 250*time.Millisecond), 10*time.Second)
}

// Lateness is how late a digest may go out and still count as on time: three
// minutes of an hour, and never less than a sweep and a slow machine take. One
// that was later than this uses up the next window too, so that two digests are
// never closer than an hour less the lateness.
func (c Clock) Lateness() time.Duration {
	return max(c.Hour/20, min(c.Hour/4, 2*time.Second))
}
