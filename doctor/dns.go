package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// Mail is what the checks of [GroupDNS] go by. Domains are in lower case and
// A-labels, as [Domain] gives them; "" is one that isn't configured.
type Mail struct {
	Resolver *net.Resolver
	// From is the domain of the address that letters come from.
	From string
	// Envelope is the domain of envelope senders, where bounces arrive, and of
	// the reply addresses.
	Envelope string
	// HELO is the name that our host gives in EHLO.
	HELO string
	// Keys sign; none: letters leave unsigned.
	Keys []Key
	// SendFrom are the addresses that receivers see our mail come from: the
	// relay's on its outer side. Empty: not known.
	SendFrom []netip.Addr
	// Relays are the hosts that take our mail. What they are called inside may
	// differ from what receivers see, so that they are only a hint.
	Relays []string
}

// Checks are those of the DNS, each by itself.
func (m *Mail) Checks() []Check {
	var checks []Check
	add := func(name string, run func(context.Context) []Finding) {
		checks = append(checks, Check{Group: GroupDNS, Name: name, Run: run})
	}
	if m.Envelope == "" {
		add("reply domain", fixed(Missing("reply domain", "set TRADEPOST_REPLY_DOMAIN to the domain of the reply addresses")))
	} else {
		add("SPF of "+m.Envelope, func(ctx context.Context) []Finding { return m.spf(ctx, m.Envelope, Fault) })
		add("MX of "+m.Envelope, m.mxOfReplies)
	}
	if m.From == "" {
		add("From domain", fixed(Missing("From domain", "set TRADEPOST_FROM to the address that letters come from")))
	} else {
		if m.From != m.Envelope {
			// No envelope has this domain, so that DMARC doesn't ask: some
			// receivers' own filters do.
			add("SPF of "+m.From, func(ctx context.Context) []Finding { return m.spf(ctx, m.From, Warning) })
			add("mail to "+m.From, m.mxOfFrom)
		}
		add("DMARC of "+m.From, m.dmarc)
	}
	if len(m.Keys) == 0 {
		add("DKIM", fixed(Missing("DKIM", "make a key by tradepost dkim new and set TRADEPOST_DKIM_DOMAIN and TRADEPOST_DKIM_KEYS, unless your SMTP server signs for the domain of TRADEPOST_FROM: the big providers want mail signed")))
	} else if f, odd := m.keySet(); odd {
		add("DKIM keys", fixed(f))
	}
	for _, k := range m.Keys {
		add("DKIM key "+k.name(), func(ctx context.Context) []Finding { return m.key(ctx, k) })
	}
	if len(m.SendFrom) == 0 {
		add("sending addresses", fixed(Missing("sending addresses", "name the addresses that your mail leaves from with --send-from IP,…: then SPF is tried with them and their PTR records are looked at")))
	}
	for _, ip := range m.SendFrom {
		add("PTR of "+ip.String(), func(ctx context.Context) []Finding { return m.ptr(ctx, ip) })
	}
	if m.HELO != "" {
		add("HELO name "+m.HELO, m.helo)
	}
	return checks
}

func fixed(f Finding) func(context.Context) []Finding {
	return func(context.Context) []Finding { return []Finding{f} }
}

// Domain returns a domain in lower case and A-labels (RFC 5891), or an error that
// says why it is none.
func Domain(s string) (string, error) {
	ascii, err := idna.New(idna.MapForLookup(), idna.BidiRule(), idna.VerifyDNSLength(true)).ToASCII(strings.TrimSuffix(s, "."))
	if err != nil {
		return "", fmt.Errorf("%q is not a domain", s)
	}
	return strings.ToLower(ascii), nil
}

// organisational is one label more than the public suffix (RFC 7489 3.2); a
// public suffix is its own.
func organisational(domain string) string {
	if org, err := publicsuffix.EffectiveTLDPlusOne(domain); err == nil {
		return org
	}
	return domain
}

// aligned compares as DMARC does (RFC 7489 3.1).
func aligned(a, b string, strict bool) bool {
	return a == b || !strict && organisational(a) == organisational(b)
}

// notFound reports that the DNS has answered, and has none.
func notFound(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns) && dns.IsNotFound
}

// full is the name with a dot at its end, which keeps the system's search list
// out of it.
func full(name string) string { return strings.TrimSuffix(name, ".") + "." }

// txt returns the TXT records of a name, each with its strings joined; none is
// no error.
func (m *Mail) txt(ctx context.Context, name string) ([]string, error) {
	records, err := m.Resolver.LookupTXT(ctx, full(name))
	if notFound(err) {
		return nil, nil
	}
	return records, unanswered(ctx, name, err)
}

// addresses returns those of a host; none is no error.
func (m *Mail) addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{ip}, nil
	}
	found, err := m.Resolver.LookupNetIP(ctx, "ip", full(host))
	if notFound(err) {
		return nil, nil
	}
	for i := range found {
		found[i] = found[i].Unmap()
	}
	return found, unanswered(ctx, host, err)
}

// unanswered is what a report says of a question that got no answer.
func unanswered(ctx context.Context, name string, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("the DNS did not answer for %s: %w", name, context.Cause(ctx))
	default:
		return fmt.Errorf("the DNS did not answer for %s: %w", name, err)
	}
}

// silent notices a question without an answer.
func (j *judgement) silent(err error) []Finding {
	j.notice(Fault, err.Error(), "see whether the domain's name servers and the one asked (TRADEPOST_DNS, or the system's) work; receivers put mail off meanwhile")
	return j.findings()
}
