package inbound

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/message"
)

// route is which of a mail's addresses counts, and what it says.
type route struct {
	address string // folded
	token   tradepost.Token
	expired bool
}

// errNoToken is a mail to none of our addresses, or to none that we signed.
var errNoToken = errors.New("no reply address of ours")

// findRoute looks for the reply address that a mail was sent to. Where it was
// delivered is the receiving server's word and comes first, topmost field
// first, as the last hop writes on top; To and Cc are the sender's, and name all
// that the mail went to. What we didn't sign doesn't count anywhere, so that a
// made-up field can't hide the address that does.
func findRoute(m *message.Message, tokens *tradepost.Tokens, deliveryHeaders []string, now time.Time) (route, error) {
	for name, value := range m.Header.All() {
		if !slices.ContainsFunc(deliveryHeaders, func(h string) bool { return strings.EqualFold(h, name) }) {
			continue
		}
		list, _ := message.ParseAddresses(value, 10)
		if r, ok := firstOurs(list, tokens, now); ok {
			return r, nil
		}
	}
	for _, list := range [][]message.Address{m.To, m.Cc} {
		if r, ok := firstOurs(list, tokens, now); ok {
			return r, nil
		}
	}
	return route{}, errNoToken
}

func firstOurs(list []message.Address, tokens *tradepost.Tokens, now time.Time) (route, bool) {
	for _, a := range list {
		token, err := tokens.Parse(a.Addr, now)
		expired := errors.Is(err, tradepost.ErrTokenExpired)
		if err == nil || expired {
			return route{tradepost.FoldAddress(a.Addr), token, expired}, true
		}
	}
	return route{}, false
}

// author returns the one address of From, folded. It is false where there is
// none, or more than one, or anything that another reader might take for one:
// the server that checked the sender may have checked the other (VU#517845).
func author(m *message.Message) (address string, ok bool) {
	var value string
	fields := 0
	for name, v := range m.Header.All() {
		if strings.EqualFold(name, "From") {
			value = v
			fields++
		}
	}
	if fields != 1 {
		return "", false
	}
	list, bad := message.ParseAddresses(value, 3)
	if len(list) != 1 || len(bad) > 0 {
		return "", false
	}
	from := list[0]
	if !strings.Contains(value, "<") && strings.Contains(from.Name, "@") {
		return "", false // "one@example.com (…) other@example.com"
	}
	if strings.Count(from.Addr, "@") != 1 {
		return "", false
	}
	return tradepost.FoldAddress(from.Addr), true
}
