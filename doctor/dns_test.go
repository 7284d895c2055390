package doctor

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost/inbound/authenticate/dnstest"
)

// sender is a marketplace that is set up well, whose records a test spoils.
func sender(t *testing.T) (*Mail, *dnstest.Server) {
	t.Helper()
	dns := dnstest.Start(t, map[string][]string{
		"reply.market.example":  {"v=spf1 ip4:203.0.113.25 -all", "site-verification=abc"},
		"market.example":        {"v=spf1 include:_spf.market.example -all"},
		"_spf.market.example":   {"v=spf1 ip4:203.0.113.0/24 -all"},
		"_dmarc.market.example": {"v=DMARC1; p=reject; rua=mailto:dmarc@market.example"},
	})
	dns.Add(t, "reply.market.example. MX 10 mx.market.example.", "market.example. MX 10 mx.market.example.",
		"mx.market.example. A 203.0.113.10", "out.market.example. A 203.0.113.25",
		"25.113.0.203.in-addr.arpa. PTR out.market.example.")
	return &Mail{
		Resolver: resolverAt(dns.Addr()), From: "market.example", Envelope: "reply.market.example", HELO: "out.market.example",
		SendFrom: []netip.Addr{netip.MustParseAddr("203.0.113.25")},
	}, dns
}

func resolverAt(address string) *net.Resolver {
	return &net.Resolver{PreferGo: true, StrictErrors: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}}
}

// expectation is one finding: its verdict, and parts of Found, Mend and Publish,
// which are compared joined.
type expectation struct {
	verdict Verdict
	parts   []string
}

func (e expectation) compare(t *testing.T, f Finding) {
	t.Helper()
	var all strings.Builder
	all.WriteString(f.Found + "\n" + f.Mend + "\n")
	for _, p := range f.Publish {
		all.WriteString(p.Zone() + "\n")
	}
	if f.Verdict != e.verdict {
		t.Errorf("%s: %s, want %s:\n%s", f.Check, f.Verdict, e.verdict, all.String())
	}
	if (f.Verdict == Fault || f.Verdict == Warning) && f.Mend == "" {
		t.Errorf("%s: nothing to mend it by:\n%s", f.Check, all.String())
	}
	for _, p := range e.parts {
		if !strings.Contains(all.String(), p) {
			t.Errorf("%s: %q is missing in\n%s", f.Check, p, all.String())
		}
	}
}

func expect(v Verdict, parts ...string) expectation { return expectation{v, parts} }

// TestAllIsWell runs every check of the DNS on a good set-up.
func TestAllIsWell(t *testing.T) {
	m, dns := sender(t)
	key := dnstest.NewKey(t)
	rsaKey := newRSA(t, 2048)
	m.Keys = []Key{{"market.example", "e1", key.Public()}, {"market.example", "r1", rsaKey.Public()}}
	dns.Set("e1._domainkey.market.example", dnstest.KeyRecord(t, key))
	dns.Set("r1._domainkey.market.example", dnstest.KeyRecord(t, rsaKey))
	report := Run(t.Context(), m.Checks(), wide)
	for _, f := range report {
		if f.Verdict != OK || f.Group != GroupDNS {
			t.Errorf("%+v", f)
		}
	}
	// SPF twice, MX twice, DMARC and its alignment, two keys, PTR, HELO.
	if len(report) != 10 {
		t.Errorf("%d findings", len(report))
	}
}

// TestNothingIsConfigured: each setting is told of once, none is a fault.
func TestNothingIsConfigured(t *testing.T) {
	report := Run(t.Context(), (&Mail{Resolver: resolverAt("127.0.0.1:1")}).Checks(), wide)
	if len(report) != 4 || report.Worst() != NotConfigured {
		t.Errorf("%+v", report)
	}
	for _, f := range report {
		if f.Verdict != NotConfigured || f.Mend == "" {
			t.Errorf("%+v", f)
		}
	}
}

// TestTheDNSDoesNotAnswer: what could not be asked is no missing record.
func TestTheDNSDoesNotAnswer(t *testing.T) {
	m, dns := sender(t)
	m.Keys = []Key{{"market.example", "e1", dnstest.NewKey(t).Public()}}
	dns.Break()
	for _, f := range Run(t.Context(), m.Checks(), wide) {
		switch {
		case strings.HasPrefix(f.Check, "alignment"), f.Check == "DKIM keys":
		case strings.HasPrefix(f.Check, "HELO"):
			expect(Warning, "did not answer").compare(t, f)
		default:
			expect(Fault, "did not answer").compare(t, f)
		}
		if len(f.Publish) > 0 {
			t.Errorf("%s: a record to publish: %+v", f.Check, f.Publish)
		}
	}
}

func TestMX(t *testing.T) {
	for name, c := range map[string]struct {
		records     []string
		reply, from expectation
	}{
		"good":        {[]string{"D. MX 10 mx.market.example."}, expect(OK, "mx.market.example"), expect(OK, "mx.market.example")},
		"none":        {nil, expect(Fault, "neither an MX nor an address", "d.example. MX 10 mail.d.example."), expect(Fault, "neither an MX nor an address")},
		"address":     {[]string{"D. A 203.0.113.9"}, expect(Warning, "203.0.113.9", "d.example. MX"), expect(OK, "203.0.113.9")},
		"null":        {[]string{"D. MX 0 ."}, expect(Fault, "RFC 7505", "d.example. MX"), expect(Warning, "RFC 7505")},
		"dangling":    {[]string{"D. MX 10 gone.d.example."}, expect(Fault, "gone.d.example has no address"), expect(Warning, "gone.d.example has no address")},
		"inside only": {[]string{"D. MX 10 in.d.example.", "in.d.example. A 10.0.0.5"}, expect(Fault, "10.0.0.5, which nobody outside reaches"), expect(Warning, "10.0.0.5")},
		"loopback":    {[]string{"D. MX 10 in.d.example.", "in.d.example. A 127.0.0.1"}, expect(Fault, "127.0.0.1"), expect(Warning, "127.0.0.1")},
		"an address":  {[]string{"D. MX 10 203.0.113.9."}, expect(Fault, "an address and not a name"), expect(Warning, "not a name")},
		"one of two":  {[]string{"D. MX 10 gone.d.example.", "D. MX 20 mx.market.example."}, expect(Warning, "gone.d.example has no address"), expect(Warning, "gone.d.example")},
		"six to four": {[]string{"D. MX 10 six.d.example.", "six.d.example. AAAA 2001:db8::5"}, expect(OK), expect(OK)},
	} {
		t.Run(name, func(t *testing.T) {
			m, dns := sender(t)
			m.From, m.Envelope = "d.example", "d.example"
			for _, r := range c.records {
				dns.Add(t, strings.ReplaceAll(r, "D.", "d.example."))
			}
			c.reply.compare(t, m.mxOfReplies(t.Context())[0])
			c.from.compare(t, m.mxOfFrom(t.Context())[0])
		})
	}
}

func TestPTR(t *testing.T) {
	for name, c := range map[string]struct {
		ip      string
		records []string
		want    expectation
	}{
		"good": {"203.0.113.25", nil, expect(OK, "out.market.example, which leads back")},
		"none": {"203.0.113.77", nil, expect(Fault, "there is no name", "77.113.0.203.in-addr.arpa. PTR out.market.example.", "out.market.example. A 203.0.113.77")},
		"no way back": {"203.0.113.78", []string{"78.113.0.203.in-addr.arpa. PTR out.market.example."},
			expect(Fault, "out.market.example does not lead back", "out.market.example. A 203.0.113.78")},
		"generic": {"203.0.113.79", []string{"79.113.0.203.in-addr.arpa. PTR host-203-0-113-79.isp.example.", "host-203-0-113-79.isp.example. A 203.0.113.79"},
			expect(Warning, "a customer's line")},
		"generic backwards": {"203.0.113.80", []string{"80.113.0.203.in-addr.arpa. PTR 80.113.0.203.isp.example.", "80.113.0.203.isp.example. A 203.0.113.80"},
			expect(Warning, "a customer's line")},
		"second name": {"203.0.113.81", []string{"81.113.0.203.in-addr.arpa. PTR old.market.example.", "81.113.0.203.in-addr.arpa. PTR new.market.example.",
			"new.market.example. A 203.0.113.81"}, expect(OK, "new.market.example")},
		"IPv6": {"2001:db8::25", []string{"5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR six.market.example.", "six.market.example. AAAA 2001:db8::25"},
			expect(OK, "six.market.example")},
		"IPv6 none": {"2001:db8::26", nil, expect(Fault, "6.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR", "AAAA 2001:db8::26")},
		"inside":    {"192.168.1.5", nil, expect(Fault, "nobody outside")},
	} {
		t.Run(name, func(t *testing.T) {
			m, dns := sender(t)
			dns.Add(t, c.records...)
			c.want.compare(t, m.ptr(t.Context(), netip.MustParseAddr(c.ip))[0])
		})
	}
}

func TestHELO(t *testing.T) {
	for name, want := range map[string]expectation{
		"out.market.example": expect(OK, "203.0.113.25"),
		"nowhere.example":    expect(Warning, "no address"),
		"inside.example":     expect(Warning, "10.0.0.1"),
		"localhost":          expect(Warning, "not a full name"),
		"box":                expect(Warning, "not a full name"),
		"203.0.113.25":       expect(Warning, "not a full name"),
	} {
		t.Run(name, func(t *testing.T) {
			m, dns := sender(t)
			dns.Add(t, "inside.example. A 10.0.0.1")
			m.HELO = name
			want.compare(t, m.helo(t.Context())[0])
		})
	}
}

func TestDomain(t *testing.T) {
	for in, want := range map[string]string{
		"Market.Example": "market.example", "market.example.": "market.example", "münz.example": "xn--mnz-hoa.example",
		"": "", "mar ket.example": "", "a..b": "", "-a.example": "",
	} {
		got, err := Domain(in)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
}
