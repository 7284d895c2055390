package main

import (
	"strings"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/message"
)

func TestInspectTrust(t *testing.T) {
	t.Parallel()
	const key = "0:000102030405060708090a0b0c0d0e0f"
	keys := keyConfig{ReplyKeys: []string{key}}
	tokens, err := keys.tokens("reply.example")
	if err != nil {
		t.Fatal(err)
	}
	address := func(life time.Duration) string {
		a, err := tokens.Address(tradepost.Token{Purpose: tradepost.ReplyToken, Role: tradepost.AuthorMember, Person: 12, Subject: 34,
			Expires: time.Now().Add(life)})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	good, old := address(48*time.Hour), address(-48*time.Hour)
	const from = "From: Maja <maja@lind.example>\r\n"
	tests := []struct {
		name, head, own, other string
	}{
		{"a good address", from + "To: " + good, "post; /qualify asks first, too", "hold: wrong_sender; the owner of the reply address is asked; the sender is told nothing"},
		{"vouched for", "Authentication-Results: mx.example; dmarc=pass header.from=lind.example\r\n" + from + "To: " + good,
			"post", "hold: wrong_sender; the owner of the reply address is asked; the sender is told"},
		{"disowned", "Authentication-Results: mx.example; dmarc=fail header.from=lind.example\r\n" + from + "To: " + good,
			"hold: authentication_failed; the owner of the reply address is asked; the sender is told nothing", "hold: wrong_sender; the owner of the reply address is asked; the sender is told nothing"},
		{"too old", from + "To: " + old, "refuse: expired; the sender is told", "refuse: expired; the sender is told nothing"},
		{"none", from + "To: x@reply.example", "refuse: no_token; the sender is told nothing", "refuse: no_token; the sender is told nothing"},
		{"two senders", "From: a@x.example, b@y.example\r\nTo: " + good,
			"hold: several_from; the owner of the reply address is asked; the sender is told nothing", "hold: several_from; the owner of the reply address is asked; the sender is told nothing"},
	}
	c := inspectCmd{keyConfig: keys, ReplyDomain: "reply.example", senderConfig: senderConfig{AuthservID: "mx.example"}}
	o, err := c.trust()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		raw := []byte(tt.head + "\r\n\r\nYes\r\n")
		got := trustOf(t.Context(), raw, message.Parse(raw, message.Limits{}), o)
		if got.IfOwn != tt.own || got.IfOther != tt.other {
			t.Errorf("%s:\n%q\n%q\nwant\n%q\n%q", tt.name, got.IfOwn, got.IfOther, tt.own, tt.other)
		}
		if strings.Contains(got.Address, good[:20]) {
			t.Errorf("%s: the address shows itself: %s", tt.name, got.Address)
		}
	}
	c.ReplyDomain = ""
	if _, err := c.trust(); err == nil {
		t.Error("keys without their domain are taken")
	}
}
