package doctor

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// exchangers returns the MX hosts of a domain, without dots at their ends; none
// is no error. null is the record that says "no mail here" (RFC 7505).
func (m *Mail) exchangers(ctx context.Context, domain string) (hosts []string, null bool, err error) {
	list, err := m.Resolver.LookupMX(ctx, full(domain))
	if notFound(err) {
		return nil, false, nil
	}
	if err != nil && len(list) == 0 { // with a list, some of its names are invalid
		return nil, false, unanswered(ctx, domain, err)
	}
	for _, mx := range list {
		if mx.Host == "." {
			null = true
			continue
		}
		hosts = append(hosts, strings.TrimSuffix(mx.Host, "."))
	}
	return hosts, null, nil
}

// mxOfReplies judges whether answers and bounces reach the reply domain.
func (m *Mail) mxOfReplies(ctx context.Context) []Finding {
	j := judge("MX of %s", m.Envelope)
	const mend = "name the mail server that brings mail for this domain into the reply mailbox"
	propose := func() { j.record(m.Envelope, "MX", "10 mail."+organisational(m.Envelope)+".") }
	hosts, null, err := m.exchangers(ctx, m.Envelope)
	switch {
	case err != nil:
		return j.silent(err)
	case null:
		j.notice(Fault, "it says that the domain takes no mail (null MX, RFC 7505), so that answers and bounces are refused", mend)
		propose()
		return j.findings()
	case len(hosts) > 0:
		m.reachable(ctx, j, hosts)
		return j.findings()
	}
	ips, err := m.addresses(ctx, m.Envelope)
	switch {
	case err != nil:
		return j.silent(err)
	case len(ips) == 0:
		j.notice(Fault, "there is neither an MX nor an address: answers and bounces go nowhere, and many receivers refuse mail from such a domain", mend)
	default:
		j.notice(Warning, fmt.Sprintf("there is no MX, so that answers go to the domain's own address %s (RFC 5321 5.1)", ips[0]), mend)
	}
	propose()
	return j.findings()
}

// mxOfFrom judges whether the From domain exists as one of mail.
func (m *Mail) mxOfFrom(ctx context.Context) []Finding {
	j := judge("mail to %s", m.From)
	hosts, null, err := m.exchangers(ctx, m.From)
	switch {
	case err != nil:
		return j.silent(err)
	case null:
		j.notice(Warning, "the domain takes no mail (null MX, RFC 7505), which receivers may hold against mail from it", "give it an MX, and somebody who reads what comes")
		return j.findings()
	case len(hosts) > 0:
		m.reachable(ctx, j, hosts)
		if j.verdict == Fault {
			j.verdict = Warning // our own mail doesn't go there
		}
		return j.findings()
	}
	ips, err := m.addresses(ctx, m.From)
	switch {
	case err != nil:
		return j.silent(err)
	case len(ips) == 0:
		j.notice(Fault, "there is neither an MX nor an address, and many receivers refuse mail from such a domain", "publish an MX for it")
		j.record(m.From, "MX", "10 mail."+organisational(m.From)+".")
	default:
		j.note("no MX; mail goes to the domain's own address %s", ips[0])
	}
	return j.findings()
}

// maxHosts of one domain are looked up.
const maxHosts = 10

// reachable looks up the hosts of an MX. One that works is enough.
func (m *Mail) reachable(ctx context.Context, j *judgement, hosts []string) {
	j.note("%s", strings.Join(hosts[:min(len(hosts), maxHosts)], ", "))
	works := false
	for _, host := range hosts[:min(len(hosts), maxHosts)] {
		if _, err := netip.ParseAddr(host); err == nil {
			j.notice(Warning, host+" is an address and not a name, which senders pass over (RFC 5321 5.1)", "name a host in the MX")
			continue
		}
		ips, err := m.addresses(ctx, host)
		switch {
		case err != nil:
			j.notice(Warning, err.Error(), "see to the address of "+host)
		case len(ips) == 0:
			j.notice(Warning, host+" has no address", "give it one, or take it out of the MX")
		case !slices.ContainsFunc(ips, public):
			j.notice(Warning, fmt.Sprintf("%s is %s, which nobody outside reaches", host, ips[0]), "give it its public address")
		default:
			works = true
		}
	}
	if !works {
		j.notice(Fault, "no mail server can be reached by these names", "")
	}
}

// ptr judges the name of an address that mail leaves from: it must have one, and
// the name must have the address (RFC 1912 2.1, and what the big providers ask).
func (m *Mail) ptr(ctx context.Context, ip netip.Addr) []Finding {
	j := judge("PTR of %s", ip)
	if !public(ip) {
		j.notice(Fault, "nobody outside sees mail come from this address", "name in --send-from the public ones that your mail leaves from")
		return j.findings()
	}
	const mend = "have whoever gave you the address (the hosting provider) set its reverse name to the host's, and give that name this address"
	names, err := m.Resolver.LookupAddr(ctx, ip.String())
	if err != nil && !notFound(err) && len(names) == 0 {
		return j.silent(unanswered(ctx, ip.String(), err))
	}
	if len(names) == 0 {
		j.notice(Fault, "there is no name, and the big providers refuse mail from such addresses", mend)
		m.proposeNames(j, ip)
		return j.findings()
	}
	var confirmed, others []string
	for _, name := range names[:min(len(names), maxHosts)] {
		name = strings.TrimSuffix(name, ".")
		ips, err := m.addresses(ctx, name)
		if err == nil && slices.Contains(ips, ip) {
			confirmed = append(confirmed, name)
		} else {
			others = append(others, name)
		}
	}
	switch {
	case len(confirmed) == 0:
		j.notice(Fault, strings.Join(others, ", ")+" does not lead back to the address", mend)
		j.record(others[0], addressType(ip), ip.String())
	case generic(confirmed[0], ip):
		j.notice(Warning, confirmed[0]+" looks like the name of a customer's line, which some receivers refuse", "ask for the host's own name instead")
	default:
		j.note("%s, which leads back", confirmed[0])
	}
	return j.findings()
}

func (m *Mail) proposeNames(j *judgement, ip netip.Addr) {
	host := m.HELO
	if domain := cmp.Or(m.Envelope, m.From); !strings.Contains(host, ".") && domain != "" {
		host = "mail." + organisational(domain)
	}
	if host == "" {
		return
	}
	j.record(reverse(ip), "PTR", host+".")
	j.record(host, addressType(ip), ip.String())
}

func addressType(ip netip.Addr) string {
	if ip.Is4() {
		return "A"
	}
	return "AAAA"
}

// reverse is the name under which an address has its PTR (RFC 1035 3.5, RFC 3596
// 2.5).
func reverse(ip netip.Addr) string {
	var labels []string
	if ip.Is4() {
		for _, b := range ip.As4() {
			labels = append(labels, fmt.Sprint(b))
		}
		slices.Reverse(labels)
		return strings.Join(labels, ".") + ".in-addr.arpa"
	}
	for _, b := range ip.As16() {
		labels = append(labels, fmt.Sprintf("%x", b>>4), fmt.Sprintf("%x", b&15))
	}
	slices.Reverse(labels)
	return strings.Join(labels, ".") + ".ip6.arpa"
}

// generic reports whether a name is made of the address, as
// 192-0-2-1.dyn.provider.example.
func generic(name string, ip netip.Addr) bool {
	if !ip.Is4() {
		return false
	}
	forward := strings.ReplaceAll(ip.String(), ".", "-")
	name = strings.ReplaceAll(name, ".", "-")
	return strings.Contains(name, forward) || strings.Contains(name, strings.TrimSuffix(strings.ReplaceAll(reverse(ip), ".", "-"), "-in-addr-arpa"))
}

// helo judges the name that our host gives to the SMTP server. A relay that we
// sign in to seldom minds it; one that takes mail from everybody may.
func (m *Mail) helo(ctx context.Context) []Finding {
	j := judge("HELO name %s", m.HELO)
	const mend = "give this machine its full name (hostnamectl hostname), one that is in the DNS"
	if m.HELO == "localhost" || !strings.Contains(m.HELO, ".") || net.ParseIP(m.HELO) != nil {
		j.notice(Warning, "it is not a full name (RFC 5321 4.1.4), which an SMTP server may refuse", mend)
		return j.findings()
	}
	ips, err := m.addresses(ctx, m.HELO)
	switch {
	case err != nil:
		j.notice(Warning, err.Error(), mend)
	case len(ips) == 0:
		j.notice(Warning, "it has no address", mend)
	case !slices.ContainsFunc(ips, public):
		j.notice(Warning, fmt.Sprintf("it is %s, which nobody outside reaches", ips[0]), mend+"; for a relay inside your network that is no matter")
	default:
		j.note("%s", ips[0])
	}
	return j.findings()
}
