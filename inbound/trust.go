package inbound

import (
	"context"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/authenticate"
	"github.com/tradepost-mail/tradepost/inbound/message"
)

// TrustOptions are what a mail is asked about without a store.
type TrustOptions struct {
	Tokens          *tradepost.Tokens // nil = addresses are not looked at
	DeliveryHeaders []string          // as in [Options]
	Authenticator   *authenticate.Authenticator
	Policy          tradepost.TrustPolicy
	// At is when the mail was received: reply addresses expire.
	At time.Time
}

// Trust is what the trust table says of a mail as far as the mail itself tells:
// whose addresses are whose, and who may still write where, is in the store.
type Trust struct {
	From string // the one address, folded; "" = none that counts
	// Standing and Token are of the reply address that counts; TokenAbsent also
	// where Tokens was nil.
	Standing       tradepost.TokenStanding
	Token          tradepost.Token
	Authentication tradepost.Authentication
	// Own is the ruling if From is the person's own address, Other if it isn't,
	// both while the conversation is open.
	Own, Other tradepost.Ruling
}

// ReadTrust asks all that can be asked of a mail alone. With an Authenticator
// that asks name servers it takes as long as they do.
func ReadTrust(ctx context.Context, raw []byte, m *message.Message, o TrustOptions) Trust {
	t := Trust{Standing: tradepost.TokenAbsent}
	var one bool
	t.From, one = author(m)
	if o.Tokens != nil {
		to := findRoute(m, o.Tokens, o.DeliveryHeaders, o.At)
		t.Standing, t.Token = to.standing, to.token
	}
	t.Authentication = o.Authenticator.Check(ctx, raw, m, t.From)
	e := tradepost.Evidence{Token: t.Standing, Role: t.Token.Role, Access: tradepost.AccessOpen, Authentication: t.Authentication.Result}
	if o.Tokens == nil {
		e.Token = tradepost.TokenGood // what if it were
	}
	e.Sender = fromStanding(m, one)
	t.Own = o.Policy.Rule(e)
	if e.Sender == tradepost.SenderOwn {
		e.Sender = tradepost.SenderOther
	}
	t.Other = o.Policy.Rule(e)
	return t
}

// fromStanding is what From alone says: own stands for the one address that it
// has, whosever that is.
func fromStanding(m *message.Message, one bool) tradepost.SenderStanding {
	switch {
	case one:
		return tradepost.SenderOwn
	case len(m.From) > 1:
		return tradepost.SenderSeveral
	}
	return tradepost.SenderUnclear
}
