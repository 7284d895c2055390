package authenticate

import (
	"strings"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/message"
)

// serverSays reads the field of the configured authserv-id. told is false where
// there is none, and where it says nothing about the domain: no DMARC, and neither
// DKIM nor SPF that could be the domain's.
func (a *Authenticator) serverSays(m *message.Message, domain string) (f finding, told bool) {
	if a.authservID == "" {
		return finding{}, false
	}
	for name, value := range m.Header.All() {
		if !sameName(name, "Authentication-Results") {
			continue
		}
		r := parseResults(value)
		if !sameName(r.id, a.authservID) {
			continue
		}
		if r.version != "1" {
			return finding{}, false // RFC 8601 2.2: not to be interpreted
		}
		answer, told := r.verdict(domain)
		return finding{answer, r.String()}, told
	}
	return finding{}, false
}

// sameName compares names of ASCII without regard to case. For EqualFold alone "ſ"
// is an "s" as well: a field so named, or an id so written, the receiving server
// would not take for its own and remove.
func sameName(a, b string) bool { return len(a) == len(b) && strings.EqualFold(a, b) }

// verdict is what a believed field says about the domain of From. Of several
// results of DMARC the worst counts: a server that copies an address into its
// field without quoting it may copy a result too, but writes its own as well.
func (r results) verdict(domain string) (answer tradepost.AuthenticationResult, told bool) {
	const pass, fail, temporary, none = tradepost.AuthenticationPass, tradepost.AuthenticationFail,
		tradepost.AuthenticationTemporary, tradepost.AuthenticationNone
	said := make(map[string]bool) // "dmarc=fail", "dkim=pass"; of DKIM and SPF what is aligned
	dmarc, spfPass := false, false
	for _, one := range r.list {
		value := one.value
		switch one.method {
		case "dmarc":
			if value == "pass" && !one.aboutFrom(domain) {
				continue // it is about a From that we don't read
			}
			dmarc = true
		case "dkim":
			if !one.alignedDKIM(domain) {
				continue
			}
		case "spf":
			spfPass = spfPass || value == "pass"
			// A temporary error often comes without a name.
			if !one.alignedSPF(domain) && (value != "temperror" || len(one.values("smtp.mailfrom")) > 0) {
				continue
			}
		}
		said[one.method+"="+value] = true
	}
	aligned := said["dkim=pass"] || said["spf=pass"]
	switch {
	case said["dmarc=fail"]:
		return fail, true
	case said["dmarc=temperror"]:
		return temporary, true
	case said["dmarc=pass"], aligned:
		return pass, true
	case said["dmarc=permerror"]:
		return fail, true
	case said["dkim=temperror"], said["spf=temperror"]:
		return temporary, true
	case said["dkim=fail"] && !spfPass:
		return fail, true
	default:
		return none, dmarc
	}
}

// aboutFrom reports whether a result of DMARC is about the domain, or names none.
func (r result) aboutFrom(domain string) bool {
	for _, v := range r.values("header.from") {
		if from, ok := mailDomain(v); !ok || from != domain {
			return false
		}
	}
	return true
}

// alignedDKIM reports whether a result is for a signature of the domain: by
// header.d, by the identity header.i without it.
func (r result) alignedDKIM(domain string) bool {
	names := r.values("header.d")
	if len(names) == 0 {
		names = r.values("header.i")
	}
	return oneRelated(names, domain)
}

func (r result) alignedSPF(domain string) bool { return oneRelated(r.values("smtp.mailfrom"), domain) }

// oneRelated asks for exactly one name: of two nobody knows which was checked.
func oneRelated(names []string, domain string) bool {
	if len(names) != 1 {
		return false
	}
	name, ok := mailDomain(names[0])
	return ok && related(name, domain)
}

// mailDomain returns the domain of "a@studio.example", "@studio.example",
// "studio.example" or one of these in angle brackets.
func mailDomain(s string) (string, bool) {
	s = strings.TrimSuffix(strings.TrimPrefix(s, "<"), ">")
	return asciiDomain(s[strings.LastIndexByte(s, '@')+1:])
}

// String is a short form for people: methods, results, and who was checked.
func (r results) String() string {
	var parts []string
	for _, one := range r.list {
		switch one.method {
		case "dmarc", "dkim", "spf":
			parts = append(parts, one.String())
		}
		if len(parts) == 10 {
			break
		}
	}
	return strings.Join(parts, "; ")
}

func (r result) String() string {
	words := []string{r.method + "=" + r.value}
	for _, name := range []string{"header.from", "header.d", "header.i", "smtp.mailfrom"} {
		if values := r.values(name); len(values) > 0 {
			words = append(words, name+"="+values[0][:min(len(values[0]), 100)])
		}
	}
	return strings.Join(words, " ")
}
