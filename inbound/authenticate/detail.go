package authenticate

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxDetail is in octets.
const maxDetail = 300

// printable makes text that strangers had a part in fit for a log line and a
// page: what doesn't print, with it what turns the direction of writing, goes.
func printable(s string) string {
	s = s[:min(len(s), 4*maxDetail)]
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	if len(s) <= maxDetail {
		return s
	}
	end := maxDetail - len("…")
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}
