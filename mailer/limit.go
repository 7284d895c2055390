package mailer

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Limit bounds what goes to one recipient domain. The zero Limit bounds nothing.
type Limit struct {
	Rate   float64 // letters a second; 0: no bound
	AtOnce int     // letters on their way at one time; 0: no bound
}

// anyDomain names the limit of all domains that have none of their own.
const anyDomain = "*"

// ParseLimits reads "gmail.com=20/s,4;example.org=100/m;*=0": for each domain
// letters a second (/s), minute (/m) or hour (/h), how many at once, both, or 0
// for no bound. "*" is every other domain. The error names every bad entry.
func ParseLimits(s string) (map[string]Limit, error) {
	limits := map[string]Limit{}
	var wrong []string
	for entry := range strings.SplitSeq(s, ";") {
		if entry = strings.TrimSpace(entry); entry == "" {
			continue
		}
		domain, value, found := strings.Cut(entry, "=")
		domain = strings.TrimSpace(domain)
		if domain != anyDomain {
			ascii, err := asciiDomain(domain)
			if err != nil {
				wrong = append(wrong, fmt.Sprintf("%.60q doesn't begin with a domain", entry))
				continue
			}
			domain = ascii
		}
		l, ok := parseLimit(value)
		switch _, twice := limits[domain]; {
		case !found || !ok:
			wrong = append(wrong, fmt.Sprintf("%.60q isn't like gmail.com=20/s,4: a rate, a number at once, or 0", entry))
		case twice:
			wrong = append(wrong, fmt.Sprintf("%.60q stands there twice", domain))
		default:
			limits[domain] = l
		}
	}
	if len(wrong) > 0 {
		return nil, fmt.Errorf("%s", strings.Join(wrong, "; "))
	}
	return limits, nil
}

func parseLimit(s string) (l Limit, ok bool) {
	if strings.TrimSpace(s) == "0" {
		return l, true
	}
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimSpace(part)
		number, unit, rate := strings.Cut(part, "/")
		if !rate {
			n, err := strconv.Atoi(part)
			if err != nil || n < 1 || l.AtOnce != 0 {
				return l, false
			}
			l.AtOnce = n
			continue
		}
		n, err := strconv.ParseFloat(number, 64)
		per, known := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}[unit]
		if err != nil || !known || !(n > 0) || math.IsInf(n, 0) || l.Rate != 0 {
			return l, false
		}
		l.Rate = n / per.Seconds()
	}
	return l, true
}

func (l Limit) check(domain string, bad func(string, ...any)) {
	if !(l.Rate >= 0) || math.IsInf(l.Rate, 0) || l.AtOnce < 0 {
		bad("Limits[%q] %+v has a negative or endless number", domain, l)
	}
}
