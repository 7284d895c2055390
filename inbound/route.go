package inbound

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/message"
)

// route is which of a mail's addresses counts, or the letter that it answers, and
// what that says.
type route struct {
	address  string // folded; "" where a letter was answered and no address of ours stands in the mail
	token    tradepost.Token
	standing tradepost.TokenStanding
}

// addressee finds out whom a mail names by the address it was sent to, or else
// by the letter of ours that it answers: Message-IDs are unguessable, but they get
// quoted and forwarded like everything, so that alone is no proof of anything. A
// subject is never looked at: anybody can guess one.
func (g *ingester) addressee(ctx context.Context, m *message.Message, received time.Time) (to route, err error) {
	to = findRoute(m, g.tokens, g.deliveryHeaders, received)
	switch {
	case to.standing == tradepost.TokenAbsent:
		to, err = g.thread(ctx, m)
	case to.token.Purpose == tradepost.QuestionToken:
		return to, nil
	}
	if err != nil || to.token.Purpose != tradepost.ReplyToken || to.standing == tradepost.TokenExpired {
		return to, err
	}
	t := to.token
	revoked, err := g.store.Revoked(ctx, t.Role, t.Person, t.Subject, t.Through)
	switch {
	case !revoked:
	case to.standing == tradepost.TokenThreaded:
		// Whoever knows a Message-ID learns nothing of what became of its letter.
		to.standing = tradepost.TokenAbsent
	default:
		to.standing = tradepost.TokenRevoked
	}
	return to, err
}

// maxThread bounds how many Message-IDs of a mail are looked up.
const maxThread = 10

// thread looks for the letter of ours that a mail without an address of ours
// answers.
func (g *ingester) thread(ctx context.Context, m *message.Message) (route, error) {
	absent := route{standing: tradepost.TokenAbsent}
	var ids []string
	if m.InReplyTo != "" {
		ids = append(ids, m.InReplyTo)
	}
	for i := len(m.References) - 1; i >= 0 && len(ids) < maxThread; i-- {
		ids = append(ids, m.References[i])
	}
	if len(ids) == 0 {
		return absent, nil
	}
	t, err := g.store.FindThread(ctx, ids)
	if errors.Is(err, tradepost.ErrNotFound) {
		return absent, nil
	}
	if err != nil {
		return absent, err
	}
	to := route{standing: tradepost.TokenThreaded, token: tradepost.Token{
		Purpose: tradepost.ReplyToken, Role: t.Role, Person: t.Person, Subject: t.ConversationID, Through: t.Through,
	}}
	if t.Kind == tradepost.Digest {
		to.token.Purpose, to.token.Subject, to.token.Through = tradepost.DigestToken, t.Notification.ID, 0
	}
	return to, nil
}

// findRoute looks for the reply address that a mail was sent to. Where it was
// delivered is the receiving server's word and comes first, topmost field
// first, as the last hop writes on top; To and Cc are the sender's, and name all
// that the mail went to. What we didn't sign doesn't count anywhere, so that a
// made-up field can't hide the address that does.
func findRoute(m *message.Message, tokens *tradepost.Tokens, deliveryHeaders []string, now time.Time) route {
	for name, value := range m.Header.All() {
		if !slices.ContainsFunc(deliveryHeaders, func(h string) bool { return strings.EqualFold(h, name) }) {
			continue
		}
		list, _ := message.ParseAddresses(value, 10)
		if r, ok := firstOurs(list, tokens, now); ok {
			return r
		}
	}
	for _, list := range [][]message.Address{m.To, m.Cc} {
		if r, ok := firstOurs(list, tokens, now); ok {
			return r
		}
	}
	return route{standing: tradepost.TokenAbsent}
}

func firstOurs(list []message.Address, tokens *tradepost.Tokens, now time.Time) (route, bool) {
	for _, a := range list {
		token, err := tokens.Parse(a.Addr, now)
		switch {
		case err == nil:
			return route{tradepost.FoldAddress(a.Addr), token, tradepost.TokenGood}, true
		case errors.Is(err, tradepost.ErrTokenExpired):
			return route{tradepost.FoldAddress(a.Addr), token, tradepost.TokenExpired}, true
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
