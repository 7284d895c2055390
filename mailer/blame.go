package mailer

import (
	"strconv"
	"strings"
	"time"
)

// blame is what a result says about whoever stands on the way of a letter.
type blame int

const (
	blameNobody blame = iota // delivered, or nothing was said
	blameLetter              // this recipient or this letter only
	blameDomain              // the recipient's domain asks for less
	inDoubt                  // it may do so: several in a row do
	blameRelay               // the relay is ill, or refuses us
)

// judge tells whom to blame for a result. 421 in mid-dialogue is the relay's when
// it names its own system (RFC 3463 X.3 and X.4) or comes before the recipient was
// named; else the recipient's domain asks for less, through a relay that passes
// its words on. Greylisting (RFC 6647) isn't such a complaint: every letter has to
// wait its own time.
func judge(r Result) blame {
	switch {
	case r.Verdict == Permanent:
		return blameLetter
	case r.Verdict == Unknown && r.Code == 0:
		return blameRelay
	case r.Verdict != Temporary || r.Stage == StageWait:
		return blameNobody
	case r.Stage == StageDial, r.Stage == StageAuth, r.Code == 0:
		return blameRelay
	}
	subject := ""
	if parts := strings.Split(r.EnhancedCode, "."); len(parts) == 3 {
		subject = parts[1]
	}
	text := strings.ToLower(r.Reply)
	switch {
	case r.Code == 530, r.Code == 534, r.Code == 535, r.Code == 538:
		return blameRelay
	case r.Code == 503, r.Code < 400:
		return blameRelay // out of step with us
	case says(text, greylisting):
		return blameLetter
	case r.Stage == StageMail:
		if r.Code == 421 || subject == "3" || says(text, throttling) {
			return blameRelay
		}
		return blameLetter
	case subject == "1", subject == "2", subject == "6":
		return blameLetter // of addresses, mailboxes, content
	case says(text, throttling), r.EnhancedCode == "4.7.28": // Gmail's for rates
		return blameDomain
	case r.Code == 421 && (subject == "3" || subject == "4"):
		return blameRelay
	case r.Code == 421:
		return blameDomain
	case r.EnhancedCode == "4.7.1":
		return blameLetter // RFC 6647 3 has it for greylisting
	case r.Code == 450, r.Code == 451:
		return inDoubt
	}
	return blameLetter
}

func says(text string, phrases []string) bool {
	for _, p := range phrases {
		if strings.Contains(text, p) {
			return true
		}
	}
	return false
}

// greylisting holds what servers say, in lower case (Postgrey, milter-greylist,
// SpamAssassin's and Exim's examples, Rspamd).
var greylisting = []string{"greylist", "graylist", "grey-list", "gray-list", "grey list", "gray list"}

// throttling is what the large providers and the usual servers say when they want
// less mail, in lower case:
//
//   - Outlook.com and Exchange Online: 451 4.7.650 "has been temporarily rate
//     limited", 421 RP-001 "exceeded the rate limit"
//   - Yahoo and AOL: 421 4.7.0 "[TSS04] Messages from … temporarily deferred"
//   - Gmail: 421 4.7.28 "unusual rate of unsolicited mail"
//   - iCloud: "deferred due to excessive volume"
//   - Postfix: 421 4.7.0 "too many connections", 450 4.7.1 "too much mail from",
//     "concurrency limit"; Exim: "rate limit"
var throttling = []string{
	"rate limit", "rate-limit", "ratelimit", "rate exceed", "rate control", "unusual rate", "sending rate", "too many", "too much mail", "too fast", "too quickly",
	"throttl", "temporarily deferred", "slow down", "excessive volume", "connection limit", "concurrency limit", "concurrent connection",
	"maximum number of connections", "number of messages", "limit exceeded", "exceeded the limit", "hourly limit", "daily limit",
}

// longestHint bounds what is believed of a server's own wait.
const longestHint = 12 * time.Hour

// waitHint is how long a refusal's words ask to wait ("try again in 5 minutes",
// "retry after 300 seconds", "greylisted for 300s"); 0: they say nothing of it. The
// number stands within four words behind "in", "after", "for" or "retry".
func waitHint(text string) time.Duration {
	const near = 4
	since := near + 1
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return r != '.' && (r < '0' || r > '9') && (r < 'a' || r > 'z')
	})
	for i, w := range words {
		since++
		switch w {
		case "in", "after", "for", "retry", "least":
			since = 0
			continue
		}
		if since > near {
			continue
		}
		digits := strings.TrimRight(w, "abcdefghijklmnopqrstuvwxyz.")
		n, err := strconv.Atoi(digits)
		if err != nil || n < 1 || n > 100_000 {
			continue
		}
		unit := strings.TrimRight(w[len(digits):], ".")
		if unit == "" && i+1 < len(words) {
			unit = words[i+1]
		}
		if one := unitOf(strings.TrimRight(unit, ".")); one > 0 {
			return min(time.Duration(n)*one, longestHint)
		}
	}
	return 0
}

func unitOf(word string) time.Duration {
	switch word {
	case "s", "sec", "secs", "second", "seconds":
		return time.Second
	case "m", "min", "mins", "minute", "minutes":
		return time.Minute
	case "h", "hour", "hours":
		return time.Hour
	}
	return 0
}
