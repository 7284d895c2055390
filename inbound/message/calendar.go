package message

import "strings"

// Calendar is a text/calendar part of a message (RFC 6047): an invitation, an
// answer to one, or a cancellation.
type Calendar struct {
	Part *Part
	// Method is in upper case, such as "REQUEST" or "REPLY" (RFC 5546 1.4); ""
	// if there is none, which is a calendar that asks for nothing.
	Method string
	// UID is the first one in the part, as written (RFC 5545 3.8.4.7); "" if
	// there is none in the first 64 KiB.
	UID string
}

// calendarBytes is how much of a calendar is read: its components begin with
// what is asked for here.
const calendarBytes = 64 << 10

// Calendars returns the calendar parts of m outside of nested messages, in
// order of appearance.
func (m *Message) Calendars() []Calendar {
	var all []Calendar
	m.Walk(func(_ *Message, p *Part) bool {
		if p.MediaType == "text/calendar" || p.MediaType == "application/ics" {
			all = append(all, readCalendar(p))
		}
		return p.Nested == nil
	})
	return all
}

func readCalendar(p *Part) Calendar {
	c := Calendar{Part: p, Method: strings.ToUpper(strings.TrimSpace(p.Params["method"]))}
	// A line that begins with white space goes on with the one before (RFC 5545
	// 3.1).
	text := p.Text(calendarBytes)
	text = strings.NewReplacer("\n ", "", "\n\t", "").Replace(text)
	for line := range strings.SplitSeq(text, "\n") {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		name, _, _ = strings.Cut(name, ";")
		switch value = strings.TrimSpace(value); {
		case c.Method == "" && strings.EqualFold(name, "METHOD"):
			c.Method = strings.ToUpper(value)
		case c.UID == "" && strings.EqualFold(name, "UID"):
			c.UID = cleanHeader(value)
		}
	}
	return c
}
