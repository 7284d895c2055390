package doctor

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"blitiri.com.ar/go/spf"
)

const (
	maxSPFLookups = 10 // RFC 7208 4.6.4
	maxSPFVoid    = 2  // of which may find nothing (the same section, and what receivers take)
)

// spf judges the record of a domain. missing is what its absence means.
func (m *Mail) spf(ctx context.Context, domain string, missing Verdict) []Finding {
	j := judge("SPF of %s", domain)
	records, err := m.spfRecords(ctx, domain)
	if err != nil {
		return j.silent(err)
	}
	switch len(records) {
	case 0:
		mend := "publish which hosts send for this domain"
		if len(m.SendFrom) == 0 {
			mend += "; where your SMTP server's provider names an include:, use that instead"
		}
		if missing != Fault {
			mend += ", and add what else sends for it"
		}
		j.notice(missing, "there is no record", mend)
		j.record(domain, "TXT", m.spfProposal())
		return j.findings()
	case 1:
	default:
		j.notice(Fault, fmt.Sprintf("there are %d records, so that receivers use none (permerror)", len(records)), "make one of them: the mechanisms of all behind one v=spf1")
		return j.findings()
	}
	j.note("%s", quoted(records[0]))
	w := spfWalk{m: m, seen: make(map[string]bool)}
	end := w.record(ctx, domain, records[0])
	if w.err != nil {
		return j.silent(w.err)
	}
	for _, p := range w.problems {
		j.notice(Fault, p, "")
	}
	if len(w.problems) > 0 {
		j.notice(Fault, "", "mend what is named: a receiver that reads it uses none of the record (permerror)")
	}
	j.note("%d of %d look-ups", w.lookups, maxSPFLookups)
	if w.lookups > maxSPFLookups {
		j.notice(Fault, "too many look-ups, so that receivers give up (permerror)", "take out includes that send nothing for you, or write their networks as ip4: and ip6:")
	}
	if w.void > maxSPFVoid {
		j.notice(Fault, fmt.Sprintf("%d look-ups find nothing, %d are allowed", w.void, maxSPFVoid), "take out the a: and mx: of hosts that are no more")
	}
	for _, c := range w.concerns {
		j.notice(Warning, c.found, c.mend)
	}
	switch end {
	case '+':
		j.notice(Fault, "+all lets everybody send for the domain", "end it in -all, or ~all")
	case '?', 0:
		j.notice(Warning, "it says nothing about hosts that it doesn't name", "end it in -all, or ~all")
	}
	if j.verdict != Fault {
		m.trySPF(ctx, j, domain, records[0], missing)
	}
	return j.findings()
}

func (m *Mail) spfRecords(ctx context.Context, domain string) ([]string, error) {
	records, err := m.txt(ctx, domain)
	var found []string
	for _, txt := range records {
		if isSPF(txt) {
			found = append(found, txt)
		}
	}
	return found, err
}

// spfProposal is a record for what is known of the hosts that send.
func (m *Mail) spfProposal() string {
	hosts := mechanisms(m.SendFrom)
	if len(hosts) == 0 {
		for _, r := range m.Relays {
			if isSPFDomain(r) {
				hosts = append(hosts, "a:"+r)
			}
		}
	}
	if len(hosts) == 0 {
		hosts = []string{"mx"}
	}
	return "v=spf1 " + strings.Join(hosts, " ") + " -all"
}

// trySPF asks as a receiver would, for the addresses that are known to send, else
// for those of the relays, which only may. missing is what a refusal means.
func (m *Mail) trySPF(ctx context.Context, j *judgement, domain, record string, missing Verdict) {
	var refused []netip.Addr
	broken := ""
	try := func(ip netip.Addr) bool {
		helo := m.HELO
		if helo == "" {
			helo = domain
		}
		// The error explains the result; there is one with "pass", too.
		result, err := spf.CheckHostWithSender(ip.AsSlice(), helo, "postmaster@"+domain,
			spf.WithContext(ctx), spf.WithResolver(m.Resolver))
		if result == spf.Pass {
			j.note("%s passes", ip)
			return true
		}
		j.note("%s gets %s", ip, result)
		if result == spf.PermError || result == spf.TempError {
			broken = fmt.Sprintf("%s: %v", result, err)
		} else {
			refused = append(refused, ip)
		}
		return false
	}
	for _, ip := range m.SendFrom {
		try(ip)
	}
	if broken != "" {
		j.notice(missing, broken, "mend what the record refers to: receivers that try our address stumble over it")
	}
	if len(m.SendFrom) > 0 {
		if len(refused) > 0 {
			j.notice(missing, "", "add the addresses that mail leaves from")
			j.record(domain, "TXT", withAddresses(record, refused))
		}
		return
	}
	for _, host := range m.Relays {
		ips, err := m.addresses(ctx, host)
		if err != nil || len(ips) == 0 {
			continue // the check of SMTP says so
		}
		passed := false
		for _, ip := range ips {
			if !public(ip) {
				continue
			}
			passed = try(ip) || passed
		}
		if !passed && len(refused) > 0 {
			j.notice(Warning, fmt.Sprintf("which is %s as we see it", host),
				"if mail leaves from there, add its addresses; if from others, name them with --send-from IP,… to have them tried")
		}
	}
}

// public reports whether the world can see an address.
func public(ip netip.Addr) bool {
	return ip.IsGlobalUnicast() && !ip.IsPrivate()
}

// spfWalk follows a record through its includes and counts.
type spfWalk struct {
	m        *Mail
	seen     map[string]bool // domains on the way to here: a loop never ends
	lookups  int
	void     int
	problems []string
	concerns []struct{ found, mend string }
	err      error // the DNS did not answer
}

// maxSPFWalk bounds the questions for one record: one that needs more is faulty
// long before.
const maxSPFWalk = 40

func (w *spfWalk) concern(found, mend string) {
	w.concerns = append(w.concerns, struct{ found, mend string }{found, mend})
}

// record reads one record and returns the qualifier that it ends in, its own or
// that of what it redirects to; 0 for none.
func (w *spfWalk) record(ctx context.Context, domain, txt string) (end byte) {
	terms, problems := parseSPF(txt)
	for _, p := range problems {
		w.problems = append(w.problems, p+" (in the record of "+domain+")")
	}
	w.seen[domain] = true
	defer delete(w.seen, domain)
	redirect := ""
	for i, t := range terms {
		if w.err != nil || w.lookups > maxSPFWalk {
			return 0
		}
		target := t.value
		if target == "" {
			target = domain
		}
		switch t.name {
		case "all":
			if i < len(terms)-1 && terms[i+1].qualifier != '=' {
				w.concern("what stands behind all in the record of "+domain+" is never read", "put all at the end")
			}
			return t.qualifier
		case "include":
			w.lookups++
			w.follow(ctx, target, "include:")
		case "a":
			w.lookups++
			w.host(ctx, target)
		case "mx":
			w.lookups++
			w.exchangers(ctx, target)
		case "exists":
			w.lookups++
		case "ptr":
			w.lookups++
			w.concern("ptr is slow and many receivers pass it over (RFC 7208 5.5)", "write ip4: and ip6: instead of ptr")
		case "redirect":
			redirect = target
		}
	}
	if redirect == "" {
		return 0
	}
	w.lookups++
	return w.follow(ctx, redirect, "redirect=")
}

// follow reads the record of a domain that another refers to.
func (w *spfWalk) follow(ctx context.Context, domain, how string) (end byte) {
	domain = strings.ToLower(strings.TrimSuffix(domain, "."))
	switch {
	case strings.Contains(domain, "%"):
		return '?' // depends on the mail
	case w.seen[domain]:
		w.problems = append(w.problems, how+domain+" leads back to itself")
		return 0
	}
	records, err := w.m.spfRecords(ctx, domain)
	switch {
	case err != nil:
		w.err = err
	case len(records) == 0:
		w.problems = append(w.problems, how+domain+" has no SPF record")
	case len(records) > 1:
		w.problems = append(w.problems, how+domain+" has several SPF records")
	default:
		return w.record(ctx, domain, records[0])
	}
	return 0
}

// host counts an a: that names nothing.
func (w *spfWalk) host(ctx context.Context, name string) {
	if strings.Contains(name, "%") {
		return
	}
	if ips, err := w.m.addresses(ctx, name); err != nil {
		w.err = err
	} else if len(ips) == 0 {
		w.void++
		w.concern("a:"+name+" has no address", "take out the a: of hosts that are no more")
	}
}

// exchangers counts an mx: that names nothing.
func (w *spfWalk) exchangers(ctx context.Context, name string) {
	if strings.Contains(name, "%") {
		return
	}
	list, err := w.m.Resolver.LookupMX(ctx, full(name))
	switch {
	case notFound(err):
		w.void++
		w.concern("mx:"+name+" has no MX record", "take out the mx of domains that take no mail")
	case err != nil && len(list) == 0:
		w.err = unanswered(ctx, name, err)
	case len(list) > 10: // RFC 7208 4.6.4
		w.problems = append(w.problems, fmt.Sprintf("mx:%s names %d hosts, 10 are allowed", name, len(list)))
	}
}
