package doctor

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

func TestSPF(t *testing.T) {
	many := "v=spf1"
	for i := range 11 {
		many += fmt.Sprintf(" include:s%d.example", i)
	}
	for name, c := range map[string]struct {
		records []string
		want    expectation
	}{
		"strict":           {[]string{"v=spf1 ip4:203.0.113.25 -all"}, expect(OK, "0 of 10 look-ups", "203.0.113.25 passes")},
		"soft":             {[]string{"v=spf1 ip4:203.0.113.0/24 ~all"}, expect(OK)},
		"upper case":       {[]string{"V=SPF1 IP4:203.0.113.25 -ALL"}, expect(OK)},
		"none":             {nil, expect(Fault, "no record", `d.example. TXT "v=spf1 ip4:203.0.113.25 -all"`)},
		"version 2":        {[]string{"v=spf10 -all"}, expect(Fault, "no record")},
		"two":              {[]string{"v=spf1 -all", "v=spf1 mx -all"}, expect(Fault, "2 records", "one of them")},
		"host is missing":  {[]string{"v=spf1 ip4:198.51.100.1 -all"}, expect(Fault, "203.0.113.25 gets fail", `"v=spf1 ip4:198.51.100.1 ip4:203.0.113.25 -all"`)},
		"everybody":        {[]string{"v=spf1 +all"}, expect(Fault, "everybody")},
		"everybody, bare":  {[]string{"v=spf1 all"}, expect(Fault, "everybody")},
		"neutral":          {[]string{"v=spf1 ip4:203.0.113.25 ?all"}, expect(Warning, "says nothing")},
		"no end":           {[]string{"v=spf1 ip4:203.0.113.25"}, expect(Warning, "says nothing")},
		"behind all":       {[]string{"v=spf1 ip4:203.0.113.25 -all ip4:198.51.100.1"}, expect(Warning, "never read")},
		"ptr":              {[]string{"v=spf1 ip4:203.0.113.25 ptr -all"}, expect(Warning, "1 of 10", "ptr")},
		"unknown":          {[]string{"v=spf1 ipv4:203.0.113.25 -all"}, expect(Fault, `"ipv4:203.0.113.25" is no mechanism`)},
		"equals":           {[]string{"v=spf1 include=_spf.d.example -all"}, expect(Fault, "written with :")},
		"bad network":      {[]string{"v=spf1 ip4:203.0.113.25/33 -all"}, expect(Fault, "IPv4")},
		"six as four":      {[]string{"v=spf1 ip4:2001:db8::1 -all"}, expect(Fault, "IPv4")},
		"joined":           {[]string{"v=spf1 ip4:203.0.113.25-all"}, expect(Fault, "IPv4")},
		"include":          {[]string{"v=spf1 include:_spf.market.example -all"}, expect(OK, "1 of 10")},
		"include nothing":  {[]string{"v=spf1 include:gone.example -all"}, expect(Fault, "include:gone.example has no SPF record")},
		"include two":      {[]string{"v=spf1 include:two.example -all"}, expect(Fault, "several")},
		"include wrong":    {[]string{"v=spf1 include:wrong.example -all"}, expect(Fault, "is no mechanism (in the record of wrong.example)")},
		"redirect":         {[]string{"v=spf1 redirect=_spf.market.example"}, expect(OK, "1 of 10")},
		"redirect twice":   {[]string{"v=spf1 redirect=_spf.market.example redirect=_spf.market.example"}, expect(Fault, "stands twice")},
		"loop":             {[]string{"v=spf1 include:loop.example -all"}, expect(Fault, "leads back to itself")},
		"too many":         {[]string{many + " -all"}, expect(Fault, "11 of 10 look-ups", "too many")},
		"too many, nested": {[]string{"v=spf1 include:deep0.example -all"}, expect(Fault, "12 of 10 look-ups")},
		"void":             {[]string{"v=spf1 a:g1.example a:g2.example mx:g3.example ip4:203.0.113.25 -all"}, expect(Fault, "3 look-ups find nothing")},
		"one void":         {[]string{"v=spf1 a:g1.example ip4:203.0.113.25 -all"}, expect(Warning, "a:g1.example has no address")},
		"a and mx":         {[]string{"v=spf1 a:out.market.example mx:market.example/24 -all"}, expect(OK, "2 of 10")},
		"macro":            {[]string{"v=spf1 exists:%{i}.list.example ip4:203.0.113.25 -all"}, expect(OK, "1 of 10")},
		"macro to nothing": {[]string{"v=spf1 include:%{d2}.gone.example ip4:203.0.113.25 -all"}, expect(Fault, "203.0.113.25 gets permerror", "no DNS record")},
		"macro include":    {[]string{"v=spf1 include:%{d2}.list.example ip4:203.0.113.25 -all"}, expect(OK, "1 of 10")},
		"explained":        {[]string{"v=spf1 ip4:203.0.113.25 -all exp=why.d.example"}, expect(OK, "0 of 10")},
		"a steered line":   {[]string{"v=spf1 x\x1b[2J -all"}, expect(Fault, "is no mechanism")},
	} {
		t.Run(name, func(t *testing.T) {
			m, dns := sender(t)
			dns.Set("d.example.list.example", "v=spf1 -all")
			dns.Set("two.example", "v=spf1 -all", "v=spf1 -all")
			dns.Set("wrong.example", "v=spf1 ipx -all")
			dns.Set("loop.example", "v=spf1 include:loop.example -all")
			for i := range 11 {
				dns.Set(fmt.Sprintf("s%d.example", i), "v=spf1 -all")
				dns.Set(fmt.Sprintf("deep%d.example", i), fmt.Sprintf("v=spf1 include:deep%d.example -all", i+1))
			}
			dns.Set("deep11.example", "v=spf1 ip4:203.0.113.25 -all")
			dns.Set("d.example", c.records...)
			c.want.compare(t, m.spf(t.Context(), "d.example", Fault)[0])
		})
	}
}

// TestSPFOfRelays: a relay may send from elsewhere, so that it is only a hint.
func TestSPFOfRelays(t *testing.T) {
	m, dns := sender(t)
	m.SendFrom, m.Relays = nil, []string{"smtp.provider.example"}
	expect(OK, "0 of 10").compare(t, m.spf(t.Context(), "reply.market.example", Fault)[0]) // it has no address
	dns.Add(t, "smtp.provider.example. A 10.1.2.3")
	expect(OK, "0 of 10").compare(t, m.spf(t.Context(), "reply.market.example", Fault)[0]) // one inside
	dns.Add(t, "smtp.provider.example. A 198.51.100.7")
	expect(Warning, "198.51.100.7 gets fail", "smtp.provider.example", "--send-from").compare(t, m.spf(t.Context(), "reply.market.example", Fault)[0])
	dns.Set("reply.market.example", "v=spf1 a:smtp.provider.example -all")
	expect(OK, "198.51.100.7 passes").compare(t, m.spf(t.Context(), "reply.market.example", Fault)[0])
	dns.Set("reply.market.example")
	expect(Fault, `"v=spf1 a:smtp.provider.example -all"`, "include:").compare(t, m.spf(t.Context(), "reply.market.example", Fault)[0])
	m.Relays = nil
	expect(Warning, `"v=spf1 mx -all"`).compare(t, m.spf(t.Context(), "reply.market.example", Warning)[0])
	m.Relays = []string{"198.51.100.7"}
	dns.Set("reply.market.example", "v=spf1 mx -all")
	dns.Add(t, "reply.market.example. MX 10 mx.market.example.")
	expect(Warning, "198.51.100.7 gets fail").compare(t, m.spf(t.Context(), "reply.market.example", Fault)[0])
}

func TestWithAddresses(t *testing.T) {
	ips := []netip.Addr{netip.MustParseAddr("203.0.113.1"), netip.MustParseAddr("2001:db8::1")}
	for record, want := range map[string]string{
		"v=spf1 mx -all":             "v=spf1 mx ip4:203.0.113.1 ip6:2001:db8::1 -all",
		"v=spf1 mx ~ALL exp=a.b":     "v=spf1 mx ip4:203.0.113.1 ip6:2001:db8::1 ~ALL exp=a.b",
		"v=spf1 redirect=_s.example": "v=spf1 ip4:203.0.113.1 ip6:2001:db8::1 redirect=_s.example",
		"v=spf1":                     "v=spf1 ip4:203.0.113.1 ip6:2001:db8::1",
	} {
		if got := withAddresses(record, ips); got != want {
			t.Errorf("%q: %q", record, got)
		}
	}
}

// FuzzParseSPF: what is published, a stranger wrote. Nothing breaks, and a term
// without a problem is one that a second reading gives, too.
func FuzzParseSPF(f *testing.F) {
	for _, seed := range []string{"v=spf1 ip4:203.0.113.0/24 a//64 a:b.c/24//64 mx/24 include:%{i}._s.d.example -all", "v=spf1 redirect=a.b exp=c.d x=y", "v=spf1 =/: a/ a:/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, txt string) {
		terms, problems := parseSPF(txt)
		if fields := strings.Fields(txt); len(fields) > 0 && len(terms)+len(problems) != len(fields)-1 {
			t.Errorf("%d terms and %d problems of %q", len(terms), len(problems), txt)
		}
		for _, term := range terms {
			if term.name == "" || strings.ContainsAny(term.name, " :/=") {
				t.Errorf("%+v", term)
			}
		}
		if again, _ := parseSPF(withAddresses(txt, []netip.Addr{netip.MustParseAddr("203.0.113.1")})); isSPF(txt) && len(again) != len(terms)+1 {
			t.Errorf("%q: %d terms, with an address %d", txt, len(terms), len(again))
		}
	})
}

// TestSPFWalkEnds: records that refer to each other without end cost a bounded
// number of questions.
func TestSPFWalkEnds(t *testing.T) {
	m, dns := sender(t)
	const n = 30
	for i := range n {
		record := "v=spf1"
		for k := range n {
			record += fmt.Sprintf(" include:w%d.example", (i+k+1)%n)
		}
		dns.Set(fmt.Sprintf("w%d.example", i), record)
	}
	expect(Fault, "too many look-ups").compare(t, m.spf(t.Context(), "w0.example", Fault)[0])
	if asked := len(dns.Asked()); asked > 2*maxSPFWalk {
		t.Errorf("%d questions", asked)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	expect(Fault, "did not answer").compare(t, m.spf(ctx, "w0.example", Fault)[0])
}
