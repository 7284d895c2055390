package authenticate

import (
	"strings"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/message"
)

// check is our own look at one mail.
type check struct {
	authenticator *Authenticator
	dns           *lookups
	m             *message.Message
	domain        string // of From
}

// own asks the DNS about signatures, the policy, and where neither a signature nor
// the want of an answer settles it, SPF.
func (c *check) own(raw []byte) finding {
	var ids []identifier
	var note string
	mail, err := splitHeader(raw)
	one := false
	switch {
	case err != nil:
		note = "; " + err.Error()
	case !mail.oneFrom(c.m, c.domain):
		note = "; From can be read in two ways"
	default:
		one = true
		ids = c.signatures(mail)
	}
	p := c.policy()
	if one && c.authenticator.receivingHost != "" && decide(c.domain, ids, p) != tradepost.AuthenticationPass {
		if id, ok := c.spf(); ok {
			ids = append(ids, id)
		}
	}
	result := decide(c.domain, ids, p)
	return finding{result, describe(ids) + dmarcWord(result) + " " + p.String() + note}
}

// decide is DMARC (RFC 7489 6.6.2) on what was found out: pass with an aligned
// identifier that passed, temporary where an answer that is missing could change
// the outcome, else what the policy says.
func decide(domain string, ids []identifier, p policy) tradepost.AuthenticationResult {
	unsure := !p.known || p.unsure
	for _, id := range ids {
		same := id.domain == domain
		aligned := same || related(id.domain, domain) && !p.strict(id.method)
		switch {
		case id.result == "pass" && (same || aligned && p.known):
			return tradepost.AuthenticationPass
		case id.result == "temperror" && aligned:
			unsure = true
		}
	}
	switch {
	case unsure:
		return tradepost.AuthenticationTemporary
	case p.action == "quarantine", p.action == "reject":
		return tradepost.AuthenticationFail
	default:
		return tradepost.AuthenticationNone
	}
}

func dmarcWord(r tradepost.AuthenticationResult) string {
	if r == tradepost.AuthenticationTemporary {
		return "dmarc=temperror"
	}
	return "dmarc=" + string(r)
}

// describe writes identifiers down for people.
func describe(ids []identifier) string {
	var b strings.Builder
	for _, id := range ids {
		b.WriteString(id.method + "=" + id.result + " d=" + id.domain)
		if id.selector != "" {
			b.WriteString(" s=" + id.selector[:min(len(id.selector), 60)])
		}
		b.WriteString("; ")
	}
	return b.String()
}
