package main

import (
	"net/netip"

	"github.com/tradepost-mail/tradepost"
)

// webhookConfig is where webhooks may go.
type webhookConfig struct {
	WebhookAllowNetworks []string `help:"Networks that the platform's own webhooks may reach although they aren't public, in CIDR notation." placeholder:"10.20.0.0/16" env:"TRADEPOST_WEBHOOK_ALLOW_NETWORKS"`
	WebhookAllowHTTP     bool     `name:"webhook-allow-http" help:"Take http URLs of webhooks, too: what they tell crosses the network in the clear." env:"TRADEPOST_WEBHOOK_ALLOW_HTTP"`
}

func (c *webhookConfig) check(bad func(string, ...any)) {
	for _, s := range c.WebhookAllowNetworks {
		p, err := netip.ParsePrefix(s)
		switch {
		case err != nil:
			bad("TRADEPOST_WEBHOOK_ALLOW_NETWORKS: %q is not a network like 10.20.0.0/16 or fd00:1::/64; of one address write /32 or /128 behind it", s)
		case p.Addr().Is4In6():
			bad("TRADEPOST_WEBHOOK_ALLOW_NETWORKS: write %q as the IPv4 network that it is", s)
		case p != p.Masked():
			bad("TRADEPOST_WEBHOOK_ALLOW_NETWORKS: %q names an address within the network %s: which of the two is meant?", s, p.Masked())
		}
	}
}

// policy is of a checked configuration.
func (c *webhookConfig) policy() tradepost.WebhookPolicy {
	p := tradepost.WebhookPolicy{AllowHTTP: c.WebhookAllowHTTP}
	for _, s := range c.WebhookAllowNetworks {
		if n, err := netip.ParsePrefix(s); err == nil {
			p.AllowNetworks = append(p.AllowNetworks, n)
		}
	}
	return p
}
