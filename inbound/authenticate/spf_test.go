package authenticate_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/authenticate"
	"github.com/tradepost-mail/tradepost/inbound/authenticate/dnstest"
)

func TestSPF(t *testing.T) {
	t.Parallel()
	const (
		path   = "Return-Path: <mia@studio.example>\r\n"
		line   = "Received: from mail.studio.example (mail.studio.example [192.0.2.1])\r\n\tby mx.tradepost.example (Postfix) with ESMTPS id 1\r\n\tfor <reply@tradepost.example>; Mon, 2 Mar 2026 09:00:01 +0000 (UTC)\r\n"
		wrong  = "Received: from mail.studio.example (unknown [198.51.100.9]) by mx.tradepost.example (Postfix) with ESMTP id 2; now\r\n"
		others = "Received: from mail.studio.example (mail.studio.example [192.0.2.1]) by relay.example with ESMTP id 3; then\r\n"
	)
	from := func(mailbox string) string { return strings.Replace(plain, "mia@studio.example", mailbox, 1) }
	cases := []struct {
		name   string
		raw    string
		from   string
		policy string // of studio.example; p=reject unless said
		spf    string // of studio.example; 192.0.2.0/24 and -all unless said
		broken string
		want   tradepost.AuthenticationResult
		detail string
	}{
		{name: "pass", raw: path + line + plain, want: pass, detail: "spf=pass d=studio.example"},
		{name: "fail", raw: path + wrong + plain, want: fail, detail: "spf=fail"},
		{name: "softfail", raw: path + wrong + plain, spf: "v=spf1 ip4:192.0.2.0/24 ~all", want: fail, detail: "spf=softfail"},
		{name: "neutral", raw: path + wrong + plain, spf: "v=spf1 ip4:192.0.2.0/24 ?all", want: fail, detail: "spf=neutral"},
		{name: "broken record", raw: path + line + plain, spf: "v=spf1 ipv4:192.0.2.1 -all", want: fail, detail: "spf=permerror"},
		{name: "SERVFAIL", raw: path + line + plain, broken: "studio.example", want: temporary, detail: "spf=temperror"},
		{name: "fail, p=none", raw: path + wrong + plain, policy: "v=DMARC1; p=none", want: none},
		{name: "pass by a macro", raw: path + line + plain, spf: "v=spf1 exists:%{l}.%{i}.allow.example -all", want: pass},
		{name: "IPv6", raw: path + strings.Replace(line, "192.0.2.1", "IPv6:2001:db8::25", 1) + plain, spf: "v=spf1 ip6:2001:db8::/64 -all", want: pass},

		{name: "not aligned", raw: "Return-Path: <bounce@market.example>\r\n" + line + plain, want: fail, detail: "dmarc=fail"},
		{name: "aligned by the parent", raw: path + line + from("mia@news.studio.example"), from: "mia@news.studio.example", want: pass},
		{name: "aligned by the parent, aspf=s", raw: path + line + from("mia@news.studio.example"), from: "mia@news.studio.example",
			policy: "v=DMARC1; p=reject; aspf=s", want: fail},
		{name: "adkim=s is not for SPF", raw: path + line + from("mia@news.studio.example"), from: "mia@news.studio.example",
			policy: "v=DMARC1; p=reject; adkim=s", want: pass},
		{name: "null sender, by its HELO", raw: "Return-Path: <>\r\n" + line + plain, want: pass, detail: "spf=pass d=mail.studio.example"},
		{name: "null sender, HELO of somebody else", raw: "Return-Path: <>\r\n" + strings.Replace(line, "from mail.studio", "from mail.market", 1) + plain, want: fail},

		{name: "no Return-Path", raw: line + plain, want: fail, detail: "dmarc=fail"},
		{name: "a Return-Path below", raw: line + path + plain, want: fail},
		{name: "a Return-Path that can't be read", raw: "Return-Path: mia\r\n" + line + plain, want: fail},
		{name: "the upper Return-Path counts", raw: "Return-Path: <bounce@market.example>\r\n" + path + line + plain, want: fail},
		{name: "by another host", raw: path + others + plain, want: fail},
		{name: "forged below ours", raw: path + wrong + line + plain, want: fail, detail: "spf=fail"},
		{name: "forged below another's", raw: path + others + line + plain, want: fail},
		{name: "handed on by LMTP", raw: path + "Received: from mx.tradepost.example by mx.tradepost.example with LMTP id 4; now\r\n" + line + plain, want: fail},
		{name: "handed on by a filter", raw: path + "Received: from localhost (localhost [127.0.0.1]) by mx.tradepost.example; now\r\n" + line + plain,
			spf: "v=spf1 ip4:127.0.0.1 ip4:192.0.2.1 -all", want: fail},
		{name: "from within", raw: path + strings.Replace(line, "192.0.2.1", "10.1.2.3", 1) + plain, spf: "v=spf1 +all", want: fail},
		{name: "From twice", raw: path + line + "From: x@studio.example\r\n" + plain, want: fail},
		{name: "nothing received", raw: path + plain, want: fail},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.policy == "" {
				c.policy = "v=DMARC1; p=reject"
			}
			if c.spf == "" {
				c.spf = "v=spf1 ip4:192.0.2.0/24 -all"
			}
			if c.from == "" {
				c.from = "mia@studio.example"
			}
			dns := dnstest.Start(t, zone{"_dmarc.studio.example": {c.policy}, "studio.example": {"other=1", c.spf},
				"mail.studio.example": {"v=spf1 ip4:192.0.2.1 -all"}, "market.example": {"v=spf1 +all"}, "mail.market.example": {"v=spf1 +all"}})
			dns.Add(t, "mia.192.0.2.1.allow.example. A 127.0.0.2")
			if c.broken != "" {
				dns.Break(c.broken)
			}
			a := asking(t, dns, authenticate.Options{ReceivingHost: "MX.tradepost.example", Timeout: 20 * time.Second})
			got := checked(t, a, []byte(c.raw), c.from)
			if got.Result != c.want || !strings.Contains(got.Detail, c.detail) {
				t.Errorf("got %+v, want %s with %q", got, c.want, c.detail)
			}
		})
	}
}

// A sender that can't be aligned isn't asked about.
func TestNoSPFForOthers(t *testing.T) {
	t.Parallel()
	dns := dnstest.Start(t, zone{"market.example": {"v=spf1 +all"}})
	raw := "Return-Path: <a@market.example>\r\nReceived: from a.example (a.example [192.0.2.1]) by mx.tradepost.example; now\r\n" + plain
	got := checked(t, asking(t, dns, authenticate.Options{ReceivingHost: "mx.tradepost.example"}), []byte(raw), "mia@studio.example")
	if asked := dns.Asked(); got.Result != none || !slices.Equal(asked, []string{"_dmarc.studio.example"}) {
		t.Errorf("%+v, asked for %q", got, asked)
	}
}

// Without a receiving host nobody's Received is believed.
func TestNoSPFWithoutHost(t *testing.T) {
	t.Parallel()
	dns := dnstest.Start(t, zone{"studio.example": {"v=spf1 +all"}})
	raw := "Return-Path: <mia@studio.example>\r\nReceived: from a.example (a.example [192.0.2.1]) by mx.tradepost.example; now\r\n" + plain
	got := checked(t, asking(t, dns, authenticate.Options{}), []byte(raw), "mia@studio.example")
	if got.Result != none || strings.Contains(got.Detail, "spf") {
		t.Errorf("%+v", got)
	}
}
