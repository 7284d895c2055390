package authenticate

import (
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/authenticate/dnstest"
	"github.com/tradepost-mail/tradepost/inbound/message"
)

// receiveds are fields as servers write them, with what is read.
var receiveds = []struct{ field, by, helo, client string }{
	{"from mail.studio.example (mail.studio.example [192.0.2.1])\r\n by mx.example (Postfix) with ESMTPS id A for <a@b.example>; date", "mx.example", "mail.studio.example", "192.0.2.1"},
	{"from [198.51.100.7] (unknown [192.0.2.1]) by mx.example (Postfix) with ESMTP id A; date", "mx.example", "[198.51.100.7]", "192.0.2.1"},
	{"from a.example (unknown [IPv6:2001:db8::1]) (using TLSv1.3 with cipher X (256/256 bits)) (No client certificate requested) by mx.example (Postfix); date", "mx.example", "a.example", "2001:db8::1"},
	{"from a.example (b.example [192.0.2.1] (may be forged)) by mx.example (8.17.1/8.17.1) with ESMTP id A; date", "mx.example", "a.example", "192.0.2.1"},
	{"from b.example ([192.0.2.1] helo=a.example) by mx.example with esmtps (TLS1.3) tls X (Exim 4.97) (envelope-from <a@b.example>) id 1; date", "mx.example", "a.example", "192.0.2.1"},
	{"from b.example ([192.0.2.1]:41234 helo=a.example) by mx.example with esmtp (Exim 4.97) id 1; date", "mx.example", "a.example", "192.0.2.1"},
	{"from a.example ([2001:db8::1]) by mx.example with esmtp (Exim 4.97) id 1; date", "mx.example", "a.example", "2001:db8::1"},
	{"from [192.0.2.1] (helo=a.example) by mx.example with esmtp (Exim 4.97) id 1; date", "mx.example", "a.example", "192.0.2.1"},
	{"from [192.0.2.1] (helo=[198.51.100.7]) by mx.example with esmtp (Exim 4.97) id 1; date", "mx.example", "[198.51.100.7]", "192.0.2.1"},
	{"from A.example (192.0.2.1) by MX.example (203.0.113.5) with Microsoft SMTP Server (version=TLS1_3, cipher=X) id 15.20; date", "MX.example", "A.example", "192.0.2.1"},
	{"from A.example (2001:db8::1) by MX.example (2001:db8::2) with Microsoft SMTP Server id 15.20; date", "MX.example", "A.example", "2001:db8::1"},
	{"from a.example (a.example. [192.0.2.1]) by mx.example with ESMTPS id x-y.1.2 for <a@b.example> (version=TLS1_3); date", "mx.example", "a.example", "192.0.2.1"},
	{"from a.example ([::ffff:192.0.2.1]) by mx.example. with LMTP id A (envelope-from <a@b.example>); date", "mx.example", "a.example", "192.0.2.1"},
	{"FROM a.example ( unknown  [192.0.2.1] ) BY mx.example", "mx.example", "a.example", "192.0.2.1"},
}

// refused have another shape, or one that a client could give them.
var refused = []string{
	"", "from", "by mx.example; date", "from a.example by mx.example with LMTP id A; date", "from a.example (b.example) by mx.example",
	"from localhost (Postfix, from userid 0) by mx.example", "from a.example ([]) by mx.example", "from a.example ([192.0.2.300]) by mx.example",
	"from a.example ([fe80::1%eth0]) by mx.example", "from a.example (unknown [192.0.2.1]) mx.example", "from a.example (unknown [192.0.2.1]) by",
	"from a.example (unknown [192.0.2.1]) by (mx.example)", "from (unknown [192.0.2.1]) by mx.example", "from a.example (unknown [192.0.2.1]",
	// A HELO with parentheses, which a careful server doesn't take.
	"from x([203.0.113.9]) (unknown [192.0.2.1]) by mx.example", "from x(203.0.113.9) (192.0.2.1) by mx.example",
	"from x (a [203.0.113.9]) by mx.example (unknown [192.0.2.1]) by mx.example (Postfix); date",
	// An address that isn't where the server puts it.
	"from x (y [203.0.113.9] [192.0.2.1]) by mx.example", "from x (helo=[203.0.113.9]) by mx.example", "from x (a b [192.0.2.1]) by mx.example",
	"from x ([192.0.2.1]x) by mx.example", "from x ([192.0.2.1]:2a) by mx.example", "from x (y [192.0.2.1] (may be genuine)) by mx.example",
}

func TestReceived(t *testing.T) {
	for _, c := range receiveds {
		want := hop{by: c.by, helo: c.helo, client: netip.MustParseAddr(c.client)}
		if got, ok := parseReceived(c.field); !ok || got != want {
			t.Errorf("%s:\ngot  %+v %v\nwant %+v", c.field, got, ok, want)
		}
	}
	for _, field := range refused {
		if got, ok := parseReceived(field); ok {
			t.Errorf("%s: read as %+v", field, got)
		}
	}
}

func FuzzReceived(f *testing.F) {
	for _, c := range receiveds {
		f.Add(c.field)
	}
	for _, field := range refused {
		f.Add(field)
	}
	f.Fuzz(func(t *testing.T, field string) {
		h, ok := parseReceived(field)
		if !ok {
			return
		}
		if !h.client.IsValid() || h.client.Is4In6() || h.client.Zone() != "" || h.by == "" {
			t.Errorf("%q: %+v", field, h)
		}
		if !strings.Contains(field, "(") || len(h.by)+len(h.helo) > len(field) {
			t.Errorf("%q: %+v, which isn't in it", field, h)
		}
	})
}

func FuzzResults(f *testing.F) {
	for _, field := range []string{
		"mx.example; dkim=pass header.d=studio.example; spf=fail (a (b) \\) c) smtp.mailfrom=\"a;b\"@c.example; dmarc=pass",
		"mx.example 1; none", "spf=pass; dmarc=pass", `"a b" 2 ; x / 1 = "y\"z" reason = "" (`, ";;;=;=.=/()", "a;" + strings.Repeat("dkim=pass;", 200),
	} {
		f.Add(field)
	}
	f.Fuzz(func(t *testing.T, field string) {
		r := parseResults(field)
		octets := len(r.id)
		for _, one := range r.list {
			if one.method == "" || one.value == "" || one.method != strings.ToLower(one.method) || strings.Contains(one.method, "/") {
				t.Errorf("%q: %+v", field, one)
			}
			octets += len(one.method) + len(one.value)
			for _, p := range one.properties {
				octets += len(p.name) + len(p.value)
			}
		}
		// Lowering makes three octets of one that isn't UTF-8.
		if len(r.list) > maxResults || octets > 3*len(field) {
			t.Errorf("%q: %d results, %d octets of %d", field, len(r.list), octets, len(field))
		}
		answer, told := r.verdict("studio.example")
		if answer == tradepost.AuthenticationPass && (!told || !strings.Contains(strings.ToLower(field), "pass")) {
			t.Errorf("%q passes", field)
		}
		if d := printable(r.String()); len(d) > maxDetail || !utf8.ValidString(d) {
			t.Errorf("%q: detail %q", field, d)
		}
	})
}

// FuzzCheck changes a signed mail, the only one that its key has signed: what
// still passes has the same text by the same author.
func FuzzCheck(f *testing.F) {
	key := dnstest.NewKey(f)
	dns := dnstest.Start(f, map[string][]string{"k1._domainkey.studio.example": {dnstest.KeyRecord(f, key)}})
	a, err := New(Options{AuthservID: "mx.example", ReceivingHost: "mx.example", DNS: dns.Addr()})
	if err != nil {
		f.Fatal(err)
	}
	const from, text = "From: Mia Holm <mia@studio.example>", "Tuesday works for us.\r\n"
	signed := dnstest.Sign(f, "studio.example", "k1", key, []byte(from+"\r\nSubject: Re: Shelf\r\n\r\n"+text))
	signature, _, _ := strings.Cut(string(signed), "From: ")
	f.Add("", "", "")
	f.Add("DKIM-Signature: v=1; d=studio.example; h=from; s=k1; a=rsa-sha256; l=0; bh=; b=\r\n", "From: x@studio.example\r\n", "\r\n\r\nmore")
	f.Add("Return-Path: <>\r\nReceived: "+receiveds[0].field+"\r\n", " \r\n\r\nFrom: x@studio.example", " ")
	f.Fuzz(func(t *testing.T, above, between, below string) {
		raw := []byte(above + signature + between + strings.TrimPrefix(string(signed), signature) + below)
		m := message.Parse(raw, message.Limits{})
		got := a.Check(t.Context(), raw, m, "mia@studio.example")
		if got.Result != tradepost.AuthenticationPass || got.By != "own" {
			return
		}
		mail, err := splitHeader(raw)
		if err != nil {
			t.Fatalf("passed: %v", err)
		}
		if squeezed(string(mail.body)) != squeezed(text) {
			t.Errorf("passed with the body %q", mail.body)
		}
		if len(m.From) != 1 || m.From[0].Addr != "mia@studio.example" {
			t.Errorf("passed from %v", m.From)
		}
	})
}

func squeezed(s string) string { return strings.Join(strings.Fields(s), "") }

// What passes has an identifier that passed and belongs to the domain; nothing is
// "theirs not" without a policy that says so.
func TestDecideProperty(t *testing.T) {
	domains := []string{"studio.example", "news.studio.example", "market.example", "example"}
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.SampledFrom(domains[:3]).Draw(t, "from")
		p := policy{known: rapid.Bool().Draw(t, "known"), unsure: rapid.Bool().Draw(t, "unsure"),
			action:     rapid.SampledFrom([]string{"", "none", "quarantine", "reject"}).Draw(t, "action"),
			strictDKIM: rapid.Bool().Draw(t, "adkim"), strictSPF: rapid.Bool().Draw(t, "aspf")}
		ids := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) identifier {
			return identifier{method: rapid.SampledFrom([]string{"dkim", "spf"}).Draw(t, "method"), domain: rapid.SampledFrom(domains).Draw(t, "domain"),
				result: rapid.SampledFrom([]string{"pass", "fail", "temperror", "permerror", "softfail", "unchecked"}).Draw(t, "result")}
		}), 0, 4).Draw(t, "ids")
		got := decide(from, ids, p)
		same, relaxed := false, false
		for _, id := range ids {
			if id.result == "pass" {
				same = same || id.domain == from
				relaxed = relaxed || strings.HasSuffix("."+id.domain, ".studio.example") && strings.HasSuffix("."+from, ".studio.example")
			}
		}
		switch {
		case same && got != tradepost.AuthenticationPass:
			t.Fatalf("%s, though the domain itself passed", got)
		case got == tradepost.AuthenticationPass && !same && (!relaxed || !p.known):
			t.Fatal("passed by nobody")
		case got == tradepost.AuthenticationFail && (p.action == "" || p.action == "none" || !p.known):
			t.Fatal("failed without a policy")
		case !p.known && !same && got != tradepost.AuthenticationTemporary:
			t.Fatalf("%s, though nobody answered", got)
		}
		// An answer that comes late never makes what was decided wrong.
		if got != tradepost.AuthenticationTemporary {
			for i := range ids {
				if ids[i].result == "temperror" {
					ids[i].result = "pass"
				}
			}
			if later := decide(from, ids, p); later != got {
				t.Fatalf("%s became %s", got, later)
			}
		}
	})
}

// The verifier needs time of the square of a run of line ends that a piece ends in.
func TestBodyPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var body strings.Builder
		for _, n := range rapid.SliceOfN(rapid.IntRange(0, 40_000), 0, 6).Draw(t, "runs") {
			body.WriteString(strings.Repeat("a", n) + strings.Repeat("\r\n", rapid.IntRange(0, 40_000).Draw(t, "line ends")))
		}
		var got pieces
		n, err := (&bodyReader{rest: []byte(body.String())}).WriteTo(&got)
		if err != nil || int(n) != body.Len() || strings.Join(got, "") != body.String() {
			t.Fatalf("%d of %d octets, %v", n, body.Len(), err)
		}
		for i, piece := range got {
			if i < len(got)-1 && (piece[len(piece)-1] == '\n' || piece[len(piece)-1] == '\r') {
				t.Fatalf("piece %d ends in a line end", i)
			}
		}
		if len(got) > 1+body.Len()/(32<<10) {
			t.Fatalf("%d pieces of %d octets", len(got), body.Len())
		}
	})
}

// pieces are what was written, one a call.
type pieces []string

func (p *pieces) Write(b []byte) (int, error) {
	*p = append(*p, string(b))
	return len(b), nil
}

// Fields of a quarter of a megabyte are read in a moment.
func TestLongFields(t *testing.T) {
	start := time.Now()
	for _, piece := range []string{"(", ")", "\"", ".", "/", "=", ";", "a.", "a=b ", "a=b;", "(a)", "\\", "\x01", " ", "header.d=x "} {
		long := strings.Repeat(piece, 1<<18/len(piece))
		for _, before := range []string{"", "mx.example; dkim=pass ", "mx.example; \""} {
			parseResults(before + long).verdict("studio.example")
			parseReceived(before + long)
			tags(before + long)
		}
	}
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("took %v", took)
	}
}
