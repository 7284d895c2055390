package message

import (
	"net/mail"
	"strings"
	"time"
)

// dateLayouts are what mailers write in Date beside RFC 5322 3.3, tried in turn
// on a value without its weekday, comments and doubled spaces.
var dateLayouts = [...]string{
	"2 Jan 2006 15:04:05 -0700",
	"2 Jan 2006 15:04 -0700",
	"2 Jan 2006 15:04:05 -07:00",
	"2 Jan 06 15:04:05 -0700",
	"2 Jan 2006 15:04:05",
	"2 Jan 06 15:04:05",
	"2-Jan-2006 15:04:05 -0700",
	"2-Jan-06 15:04:05 -0700",
	"2 January 2006 15:04:05 -0700",
	"Jan 2 15:04:05 2006 -0700",
	"Jan 2 15:04:05 -0700 2006",
	"Jan 2 15:04:05 2006",
	"Jan 2, 2006 15:04:05 -0700",
	"2 Jan 2006 3:04:05 PM -0700",
	"2 Jan 2006 15.04.05 -0700",
	"2006-01-02T15:04:05Z07:00",
	"2006-01-02 15:04:05 -0700",
	"2006-01-02 15:04:05",
	"2 Jan 2006",
}

// zones are the names of RFC 5322 4.3 and a few common ones, as offsets.
var zones = map[string]string{
	"UT": "+0000", "UTC": "+0000", "GMT": "+0000", "Z": "+0000",
	"EST": "-0500", "EDT": "-0400", "CST": "-0600", "CDT": "-0500",
	"MST": "-0700", "MDT": "-0600", "PST": "-0800", "PDT": "-0700",
	"CET": "+0100", "CEST": "+0200", "MET": "+0100", "MEST": "+0200",
	"EET": "+0200", "EEST": "+0300", "BST": "+0100", "WEST": "+0100",
	"JST": "+0900", "KST": "+0900", "MSK": "+0300",
}

// parseDate reads a Date field; false if it can't be read.
func parseDate(raw string) (time.Time, bool) {
	if len(raw) > 200 {
		raw = raw[:200]
	}
	if raw == "" {
		return time.Time{}, false
	}
	words := strings.Fields(withoutComments(raw))
	for i, w := range words {
		if z, ok := zones[strings.ToUpper(w)]; ok {
			words[i] = z
		} else if len(w) > 6 && (strings.HasPrefix(w, "GMT") || strings.HasPrefix(w, "UTC")) {
			words[i] = w[3:] // "GMT+0200"
		}
	}
	// "+0200 +0200" is left where a zone was followed by its name.
	if n := len(words); n > 1 && isOffset(words[n-1]) && isOffset(words[n-2]) {
		words = words[:n-1]
	}
	if len(words) > 0 && len(words[0]) > 0 && !isDigit(words[0][0]) {
		head, tail, comma := strings.Cut(words[0], ",")
		switch {
		case comma && tail != "":
			words[0] = tail // "Mon,1 Jan"
		case comma || weekday(head):
			words = words[1:]
		}
	}
	s := strings.Join(words, " ")
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	if t, err := mail.ParseDate(s); err == nil {
		return t, true
	}
	return time.Time{}, false
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isOffset(s string) bool {
	return len(s) == 5 && (s[0] == '+' || s[0] == '-') && isDigit(s[1])
}

func weekday(s string) bool {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if len(s) >= 3 && len(s) <= len(d.String()) && strings.EqualFold(d.String()[:len(s)], s) {
			return true
		}
	}
	return false
}

// withoutComments drops comments; one that never ends drops the rest.
func withoutComments(s string) string {
	if !strings.Contains(s, "(") {
		return s
	}
	var b strings.Builder
	depth := 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '(':
			depth++
		case s[i] == ')' && depth > 0:
			depth--
			b.WriteByte(' ')
		case depth == 0:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}
