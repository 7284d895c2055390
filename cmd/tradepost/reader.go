package main

import (
	"errors"
	"log/slog"

	"github.com/tradepost-mail/tradepost/inbound"
	"github.com/tradepost-mail/tradepost/inbound/authenticate"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/templates"
	"github.com/tradepost-mail/tradepost/worker"
)

// readerOptions checks what reading mail needs, of the poller and of a replay
// alike, and returns it without a store and a mailbox. What was answered is compared
// with the digest as it was sent, so what makes the links in it must be the same
// here as with the worker.
func readerOptions(log *slog.Logger, b *bookConfig, k *keyConfig, s *senderConfig, l *letterConfig, base *baseConfig) (inbound.Options, error) {
	tokens, tokensErr := k.tokens(b.ReplyDomain)
	letters, lettersErr := templates.New(templates.Options{Market: l.Market})
	if err := errors.Join(tokensErr, lettersErr); err != nil {
		return inbound.Options{}, err
	}
	digests := worker.Options{Letters: letters, Tokens: tokens, Clock: b.clock(), ConversationURL: l.conversationURL(),
		SettingsURL: l.settingsURL(), BaseURL: base.origin()}
	return inbound.Options{
		Tokens: tokens, Separators: letters.Separators(), HopHeader: worker.HopHeader, Log: log,
		Authentication:      authenticate.Options{AuthservID: s.AuthservID, ReceivingHost: s.ReceivingHost, DNS: s.DNS},
		HoldUnauthenticated: s.HoldUnauthenticated,
		SentDigest: func(d store.DigestLetter) (templates.Rendered, error) {
			return worker.SentDigest(digests, d)
		},
	}, nil
}
