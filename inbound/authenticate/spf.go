package authenticate

import (
	"strings"

	"blitiri.com.ar/go/spf"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

// spf checks the envelope sender that stands above the topmost Received against
// the client that this names. ok is false where there is nothing to check: the
// line isn't by the receiving host, the client isn't outside, or the sender's
// domain can't be aligned anyway.
func (c *check) spf() (id identifier, ok bool) {
	h, sender, ok := arrival(c.m)
	if !ok || !sameName(h.by, c.authenticator.receivingHost) || !outside(h.client) {
		return identifier{}, false
	}
	if sender == "" {
		// The null sender is checked as its HELO (RFC 7208 2.4).
		sender = "postmaster@" + h.helo
	}
	domain, ok := domainOf(sender)
	if !ok || !related(domain, c.domain) {
		return identifier{}, false
	}
	sender = sender[:strings.LastIndexByte(sender, '@')+1] + domain
	result, _ := spf.CheckHostWithSender(h.client.AsSlice(), h.helo, sender,
		spf.WithContext(c.dns.ctx), spf.WithResolver(c.dns)) // the error explains the result
	if result == spf.TempError && c.dns.over {
		// It takes every error of an address for one that passes.
		result = spf.PermError
	}
	return identifier{method: "spf", domain: domain, result: string(result)}, true
}

// arrival returns the topmost Received and the envelope sender of the topmost
// Return-Path, "" for the null one. A Return-Path further down was there before
// the mail arrived.
func arrival(m *message.Message) (h hop, sender string, ok bool) {
	found := false
	for name, value := range m.Header.All() {
		switch {
		case !found && strings.EqualFold(name, "Return-Path"):
			found = true
			list, bad := message.ParseAddresses(value, 2)
			if len(list) > 1 || len(bad) > 0 || len(list) == 0 && strings.Join(strings.Fields(value), "") != "<>" {
				return hop{}, "", false
			}
			if len(list) == 1 {
				sender = list[0].Addr
			}
		case strings.EqualFold(name, "Received"):
			h, ok = parseReceived(value)
			return h, sender, ok && found && len(sender) <= 320
		}
	}
	return hop{}, "", false
}
