package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound"
	"github.com/tradepost-mail/tradepost/inbound/authenticate"
	"github.com/tradepost-mail/tradepost/inbound/inspect"
	"github.com/tradepost-mail/tradepost/inbound/message"
)

// trust is what a mail's sender is asked, with the settings of a server as far as
// they are there.
func (c *inspectCmd) trust() (o inbound.TrustOptions, err error) {
	dns := c.DNS
	if !c.AskDNS && dns == "" {
		dns = dnsOff // a file is often looked at where there are none
	}
	o.Policy = tradepost.TrustPolicy{HoldUnauthenticated: c.HoldUnauthenticated, Final: true}
	o.DeliveryHeaders = inbound.DefaultDeliveryHeaders()
	o.At = time.Now()
	o.Authenticator, err = authenticate.New(authenticate.Options{AuthservID: c.AuthservID, ReceivingHost: c.ReceivingHost, DNS: dns})
	if err != nil || len(c.ReplyKeys) == 0 {
		return o, err
	}
	if c.ReplyDomain == "" {
		return o, errors.New("TRADEPOST_REPLY_KEYS needs TRADEPOST_REPLY_DOMAIN beside it")
	}
	o.Tokens, err = c.tokens(c.ReplyDomain)
	return o, err
}

// trustOf shows what the trust table says of a mail.
func trustOf(ctx context.Context, raw []byte, m *message.Message, o inbound.TrustOptions) *inspect.Trust {
	t := inbound.ReadTrust(ctx, raw, m, o)
	return &inspect.Trust{
		From: t.From, Authentication: string(t.Authentication.Result), By: t.Authentication.By, Detail: t.Authentication.Detail,
		Address: addressText(t, o), IfOwn: rulingText(t.Own), IfOther: rulingText(t.Other),
	}
}

func addressText(t inbound.Trust, o inbound.TrustOptions) string {
	if o.Tokens == nil {
		return "not looked at: TRADEPOST_REPLY_KEYS is not set"
	}
	if t.Standing == tradepost.TokenAbsent {
		return "none that we signed"
	}
	about := "conversation " + tradepost.FormatID(tradepost.ConversationPrefix, t.Token.Subject)
	switch t.Token.Purpose {
	case tradepost.DigestToken:
		about = fmt.Sprintf("digest %d", t.Token.Subject)
	case tradepost.QuestionToken:
		about = fmt.Sprintf("question %d", t.Token.Subject)
	case tradepost.ReplyToken:
	}
	return fmt.Sprintf("%s: for %s %d, %s, until %s", t.Standing, t.Token.Role, t.Token.Person, about, t.Token.Expires.Format(time.DateOnly))
}

func rulingText(r tradepost.Ruling) string {
	text := string(r.Action)
	if r.Reason != "" {
		text += ": " + string(r.Reason)
	}
	if r.Ask {
		text += "; the owner of the reply address is asked"
	}
	if r.Confirm {
		text += "; /qualify asks first, too"
	}
	if r.Action != tradepost.TrustPost {
		if r.Tell {
			text += "; the sender is told"
		} else {
			text += "; the sender is told nothing"
		}
	}
	return text
}
