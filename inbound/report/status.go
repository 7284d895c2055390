package report

import (
	"strconv"
	"strings"
)

// codes are the numbers in a diagnostic text.
type codes struct {
	// reply is an SMTP reply code (RFC 5321 4.2) of class 4 or 5; 0 if none.
	reply int
	// enhanced is an enhanced status code (RFC 3463) of class 4 or 5; "" if none.
	enhanced string
	// paired says that enhanced stands right behind a reply code.
	paired bool
}

// readCodes finds the reply code and the enhanced code of a text. Of several
// enhanced codes one right behind a reply code counts most, as servers quote
// one another; then the first that says more than "other" (X.0.0).
func readCodes(s string) codes {
	var c codes
	replyEnd := -10
	for i := 0; i < len(s); i++ {
		if s[i] != '4' && s[i] != '5' || i > 0 && joins(s[i-1]) {
			continue
		}
		if e, n := enhancedAt(s[i:]); n > 0 {
			paired := i-replyEnd <= 3
			switch {
			case c.enhanced == "", paired && !c.paired,
				paired == c.paired && strings.HasSuffix(c.enhanced, ".0.0"):
				c.enhanced, c.paired = e, paired
			}
			i += n - 1
			continue
		}
		if code := replyAt(s, i); code > 0 {
			replyEnd = i + 3
			// What stands before the enhanced code belongs to it.
			if c.reply == 0 || !c.paired && i+4 < len(s) && isEnhancedSoon(s[i+3:]) {
				c.reply = code
			}
			i += 2
		}
	}
	return c
}

// joins reports whether a byte before a digit makes it part of something else:
// a longer number, an address of a network, a version, a queue id.
func joins(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '.' || c == '_' || c == '/' || c == '%' || c >= 0x80
}

func isDigit(s string, i int) bool { return i < len(s) && s[i] >= '0' && s[i] <= '9' }

// enhancedAt reads an enhanced code at the beginning of s and returns its
// length, 0 if there is none. Subjects go from 0 to 7 (IANA's registry of
// enhanced status codes), details have up to three digits.
func enhancedAt(s string) (code string, n int) {
	if len(s) < 5 || s[1] != '.' || s[2] < '0' || s[2] > '7' || s[3] != '.' || !isDigit(s, 4) {
		return "", 0
	}
	n = 5
	for n < 7 && isDigit(s, n) {
		n++
	}
	if n < len(s) && (joins(s[n]) && s[n] != '.' && s[n] < 0x80 || s[n] == '.' && isDigit(s, n+1)) {
		return "", 0
	}
	return s[:n], n
}

// enhancedCode reads the value of a Status field. QUIRK: a class other than 2, 4
// and 5 is dropped, digits may have white space between them.
func enhancedCode(value string) (string, bool) {
	value = strings.TrimSpace(value)
	for i := range min(len(value), 40) {
		if value[i] != '2' && value[i] != '4' && value[i] != '5' || i > 0 && joins(value[i-1]) {
			continue
		}
		if code, n := enhancedAt(value[i:]); n > 0 {
			return code, true
		}
	}
	return "", false
}

// replyAt reads a reply code at s[i]: three digits that stand alone.
func replyAt(s string, i int) int {
	if i+3 > len(s) || s[i+1] < '0' || s[i+1] > '9' || !isDigit(s, i+2) {
		return 0
	}
	if i+3 < len(s) {
		switch next := s[i+3]; {
		case next == '.' && isDigit(s, i+4), next != '.' && next < 0x80 && joins(next):
			return 0
		case next == ':' && i > 0 && s[i-1] == ':': // within an IPv6 address
			return 0
		}
	}
	code, err := strconv.Atoi(s[i : i+3])
	if err != nil || code > 559 && code != 571 {
		return 0
	}
	return code
}

// isEnhancedSoon reports whether an enhanced code follows within a few bytes.
func isEnhancedSoon(s string) bool {
	for i := range min(len(s), 4) {
		if _, n := enhancedAt(s[i:]); n > 0 && s[i] >= '4' {
			return true
		}
	}
	return false
}

// isGeneric reports whether a status says no more than its class.
func isGeneric(status string) bool { return status == "" || strings.HasSuffix(status, ".0.0") }

// settle fills in what the report left open, from the diagnostic text, then
// from the rest of the report, then from its words.
func (r *Recipient) settle(delayed bool, t *text) {
	c := readCodes(r.Diagnostic)
	r.Code = c.reply
	stated := r.Status
	if stated != "" && isGeneric(stated) && c.enhanced != "" && c.enhanced[0] == stated[0] {
		r.Status = c.enhanced
	}
	if r.Action == "" {
		r.Action = "failed"
		if delayed && (stated == "" || stated[0] == '4') {
			r.Action = "delayed"
		} else if stated != "" && stated[0] == '2' {
			r.Action = "delivered"
		}
	}
	if r.Status != "" {
		return
	}
	if !r.Undelivered() {
		r.Status = "2.0.0"
		return
	}
	own := detail(r.Diagnostic, c.reply)
	if c == (codes{}) {
		var line string
		if c, line = t.codesFor(r.Address); line != "" {
			r.Code, r.Diagnostic = c.reply, oneLine(line)
			if own == "0.0" {
				own = detail(r.Diagnostic, c.reply)
			}
		} else if own == "0.0" {
			own = t.looseDetail()
			r.Diagnostic = first(r.Diagnostic, oneLine(t.tellingLine()))
		}
	}
	if c.enhanced != "" {
		r.Status = c.enhanced
		return
	}
	class := "5"
	switch {
	case r.Action == "delayed", c.reply >= 400 && c.reply < 500:
		class = "4"
	case c.reply == 0 && (own == "4.1" || own == "4.2" || own == "4.7") && !strings.Contains(t.lower, "permanent"):
		class = "4" // given up, but on a condition that passes
	}
	r.Status = class + "." + own
}
