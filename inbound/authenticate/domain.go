package authenticate

import (
	"net/netip"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// toASCII makes A-labels of U-labels as a look-up does (RFC 5891 5). Names with an
// underscore are none of hosts, but signatures and mail have them.
var toASCII = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(false))

// domainOf returns the domain of an address as [asciiDomain] does.
func domainOf(address string) (string, bool) {
	at := strings.LastIndexByte(address, '@')
	if at <= 0 {
		return "", false
	}
	return asciiDomain(address[at+1:])
}

// asciiDomain returns a domain in lower case and A-labels. It refuses what isn't
// the name of a domain: address literals, bare addresses, a dot at the end, empty
// and overlong labels.
func asciiDomain(domain string) (string, bool) {
	if len(domain) > 1000 || !utf8.ValidString(domain) {
		return "", false
	}
	for i := range len(domain) {
		if domain[i] >= 0x80 {
			name, err := toASCII.ToASCII(domain)
			if err != nil {
				return "", false
			}
			domain = name
			break
		}
	}
	if domain == "" || len(domain) > 253 {
		return "", false
	}
	domain = strings.ToLower(domain)
	for label := range strings.SplitSeq(domain, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return "", false
		}
	}
	if _, err := netip.ParseAddr(domain); err == nil {
		return "", false
	}
	return domain, true
}

// organisational returns the organisational domain (RFC 7489 3.2): one label more
// than the public suffix. A public suffix is its own.
func organisational(domain string) string {
	if org, err := publicsuffix.EffectiveTLDPlusOne(domain); err == nil {
		return org
	}
	return domain
}

// related reports whether two domains are aligned in the relaxed way (RFC 7489
// 3.1). Strict alignment is equality.
func related(a, b string) bool { return a == b || organisational(a) == organisational(b) }
