package tradepost

import (
	"net/netip"
	"net/url"
	"slices"
)

// WebhookPolicy says where webhooks may go: by default with https to addresses of the
// public Internet. Partners name the URLs, so without it anybody with a key could have
// the server ask the machines around it.
type WebhookPolicy struct {
	// AllowHTTP lets http URLs pass.
	AllowHTTP bool
	// AllowNetworks are reached although they aren't public, by the platform's
	// webhooks: what was opened for those is not open to every partner.
	AllowNetworks []netip.Prefix
}

// Of is the policy for the webhooks of a partner; 0 = the platform.
func (p WebhookPolicy) Of(partner int64) WebhookPolicy {
	if partner != 0 {
		p.AllowNetworks = nil
	}
	return p
}

const maxWebhookURL = 2000

// URLProblem says what is wrong with the URL of an endpoint, or "". A name isn't
// looked up: what it leads to is asked at each connection, see AddressProblem.
func (p WebhookPolicy) URLProblem(s string) string {
	u, err := url.Parse(s)
	switch {
	case s == "":
		return "is missing"
	case len(s) > maxWebhookURL:
		return "is longer than 2000 characters"
	case LineProblem(s, maxWebhookURL) != "" || err != nil || u.Opaque != "" || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return "must be a URL like https://shop.example/webhooks"
	case u.Scheme == "http" && !p.AllowHTTP:
		return "must begin with https: what crosses the network in the clear can be read and kept back"
	case u.User != nil:
		return "must not hold a user name or password: requests are signed instead"
	case u.Fragment != "":
		return "must not have a fragment"
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil {
		return p.AddressProblem(a)
	}
	return ""
}

// notPublic are the networks that aren't the Internet's, of the special-purpose
// registries of IANA (RFC 6890), and those that lead to IPv4 addresses by a tunnel.
var notPublic = prefixes("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
	"192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")

var (
	publicIPv6 = netip.MustParsePrefix("2000::/3")     // all else is reserved, local or multicast (RFC 4291 2.4)
	nat64      = netip.MustParsePrefix("64:ff9b::/96") // an IPv4 address seen from a network without any (RFC 6052)
)

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// AddressProblem says why an address may not be connected to, or "".
func (p WebhookPolicy) AddressProblem(a netip.Addr) string {
	end := a.WithZone("").Unmap() // where a connection ends
	if nat64.Contains(end) {
		octets := end.As16()
		end = netip.AddrFrom4([4]byte(octets[12:]))
	}
	holds := func(n netip.Prefix) bool { return n.Contains(end) }
	switch {
	case slices.ContainsFunc(p.AllowNetworks, holds):
		return ""
	case !end.IsValid(), end.Is6() && !publicIPv6.Contains(end), slices.ContainsFunc(notPublic, holds):
		return "leads to " + a.String() + ", which is not an address of the public Internet"
	}
	return ""
}
