package tradepost

import (
	"fmt"
	"strconv"
)

// TimeOfDay is a time on the clock of a member, in minutes since midnight, 0 to
// 1440: 24:00 is the end of a day.
type TimeOfDay int

// EndOfDay is 24:00.
const EndOfDay TimeOfDay = 24 * 60

// ParseTimeOfDay reads "HH:MM", 00:00 to 24:00.
func ParseTimeOfDay(s string) (TimeOfDay, error) {
	if len(s) == 5 && s[2] == ':' {
		h, hErr := strconv.ParseUint(s[:2], 10, 8)
		m, mErr := strconv.ParseUint(s[3:], 10, 8)
		if t := TimeOfDay(h*60 + m); hErr == nil && mErr == nil && m < 60 && t <= EndOfDay {
			return t, nil
		}
	}
	return 0, fmt.Errorf("%.10q is not a time of day, which are written like 08:30", s)
}

// String writes "HH:MM".
func (t TimeOfDay) String() string { return fmt.Sprintf("%02d:%02d", int(t)/60, int(t)%60) }

// MarshalText writes "HH:MM".
func (t TimeOfDay) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads "HH:MM".
func (t *TimeOfDay) UnmarshalText(b []byte) (err error) {
	*t, err = ParseTimeOfDay(string(b))
	return err
}

// Day is a day of the week: "mon" to "sun".
type Day string

// days are numbered as time.Weekday is.
var days = []Day{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
