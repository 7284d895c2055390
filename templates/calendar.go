package templates

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// window names the time that a digest is about.
func (lang *language) window(from, until time.Time) string {
	fill := func(line, from, until string) string {
		return say(line, "from", from, "until", until).String()
	}
	switch {
	case until.IsZero():
		return lang.untilNow
	case from.IsZero():
		return fill(lang.untilThen, "", hour(until))
	case sameDay(from, until):
		return fill(lang.fromTo, hour(from), hour(until))
	}
	return fill(lang.fromTo, lang.day(from)+" "+hour(from), lang.day(until)+" "+hour(until))
}

// at is when one message came, as short as the day of the letter allows.
func (lang *language) at(t, until time.Time) string {
	switch {
	case t.IsZero():
		return lang.timeless
	case sameDay(t, until):
		return hour(t)
	case t.Year() == until.Year():
		return lang.day(t) + " " + hour(t)
	}
	return lang.date(t) + " " + hour(t)
}

// hour is the time of day; all our languages know 24 hours.
func hour(t time.Time) string { return t.Format("15:04") }

// instant is a time with its day and its zone, as it is abbreviated there: who
// travels, or has never set a zone, can tell what the hour means.
func (lang *language) instant(t time.Time) string {
	zone := t.Format("MST")
	if strings.HasPrefix(zone, "+") || strings.HasPrefix(zone, "-") {
		zone = "UTC" + zone // most zones have no abbreviation
	}
	return lang.date(t) + " " + hour(t) + " " + zone
}

func sameDay(a, b time.Time) bool {
	ay, am, ad := a.Date()
	by, bm, bd := b.Date()
	return ay == by && am == bm && ad == bd
}

// enumerate lists names, with what joins the last one, and others for how many
// are not named ("2 more").
func enumerate(names []string, and, others string) string {
	if others != "" {
		names = append(slices.Clip(names), others)
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + and + names[last]
}

// units are how a language writes sizes of files.
type units struct {
	unknown    string
	one, many  string // bytes: "1 byte", "2 bytes"
	kilo       []string
	space, dot string // before the unit; of decimals
}

// size uses the decimal units that file managers show: "812 bytes", "12 KB",
// "1.2 MB".
func (u units) size(n int64) string {
	switch {
	case n < 0:
		return u.unknown
	case n == 1:
		return "1" + u.space + u.one
	case n < 1000:
		return strconv.FormatInt(n, 10) + u.space + u.many
	}
	f := float64(n)
	for i, unit := range u.kilo {
		f /= 1000
		switch {
		case f < 9.95:
			s := strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0")
			return strings.Replace(s, ".", u.dot, 1) + u.space + unit
		case f < 999.5, i == len(u.kilo)-1:
			return strconv.FormatFloat(f, 'f', 0, 64) + u.space + unit
		}
	}
	return u.unknown
}
