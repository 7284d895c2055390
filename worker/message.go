package worker

import (
	"context"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/mailer"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/templates"
)

// sendAlerts tells members of one message each.
func (w *Worker) sendAlerts(ctx context.Context, refs []store.Ref) error {
	return w.sendMessages(ctx, tradepost.Alert, refs, w.o.Store.ClaimAlerts, w.alertLetter)
}

// sendRelays passes members' messages on to merchants.
func (w *Worker) sendRelays(ctx context.Context, refs []store.Ref) error {
	return w.sendMessages(ctx, tradepost.Relay, refs, w.o.Store.ClaimRelays, w.relayLetter)
}

func (w *Worker) sendMessages(ctx context.Context, kind tradepost.NotificationKind, refs []store.Ref,
	claim func(context.Context, store.Lease, []store.Ref) ([]store.MessageLetter, error),
	write func(context.Context, store.MessageLetter) (*mailer.Letter, error),
) error {
	return sendBatch(ctx, w,
		func(ctx context.Context, l store.Lease) ([]store.MessageLetter, error) { return claim(ctx, l, refs) },
		func(l store.MessageLetter) outgoing {
			return outgoing{Claimed: l.Claimed, kind: kind, address: l.To.Address,
				write: func(ctx context.Context) (*mailer.Letter, error) { return write(ctx, l) }}
		})
}

func (w *Worker) alertLetter(ctx context.Context, l store.MessageLetter) (*mailer.Letter, error) {
	list, attach := files(l.Message)
	actions, err := w.o.alertActions(l)
	if err != nil {
		return nil, err
	}
	links, err := w.o.links(tradepost.Alert, l.Claimed, l.To)
	if err != nil {
		return nil, err
	}
	r, err := w.o.Letters.Alert(templates.Alert{
		Links: links, Locale: l.To.Locale, Member: l.To.Name, Partner: l.Partner, Role: role(l.To),
		Merchant: merchant(l.Merchant), Matter: matter(l.Matter), Body: l.Message.Body, Files: list, FilesAttached: attach,
		OpenURL: w.o.conversationURL(l.ConversationID, l.To), Reason: l.Reason, Actions: actions,
	})
	if err != nil {
		return nil, err
	}
	return w.messageLetter(ctx, tradepost.Alert, l, r, attach)
}

// relayLetter has no Auto-Submitted: a person wrote it.
func (w *Worker) relayLetter(ctx context.Context, l store.MessageLetter) (*mailer.Letter, error) {
	if l.Proposal != nil {
		return w.proposalLetter(ctx, l)
	}
	list, attach := files(l.Message)
	r, err := w.o.Letters.Relay(templates.Relay{
		Locale: l.To.Locale, Author: l.Message.AuthorName, Partner: l.Partner, MerchantName: l.To.Name,
		Matter: matter(l.Matter), Body: l.Message.Body, Files: list, FilesAttached: attach,
		OpenURL: w.o.conversationURL(l.ConversationID, l.To),
	})
	if err != nil {
		return nil, err
	}
	return w.messageLetter(ctx, tradepost.Relay, l, r, attach)
}

// proposalLetter passes a member's proposal on. It is answered by a reply, or where
// the marketplace shows it.
func (w *Worker) proposalLetter(ctx context.Context, l store.MessageLetter) (*mailer.Letter, error) {
	p := l.Proposal
	letter := templates.Proposal{
		Locale: l.To.Locale, Author: l.Message.AuthorName, Partner: l.Partner, Matter: matter(l.Matter), Work: p.Work,
		Price: templates.Price(p.Price), Terms: p.Terms, Days: p.Days, OpenURL: w.o.conversationURL(l.ConversationID, l.To),
	}
	for _, m := range p.Milestones {
		letter.Milestones = append(letter.Milestones, templates.Milestone{Title: m.Title, Price: templates.Price{Amount: m.Amount, Currency: p.Price.Currency}})
	}
	r, err := w.o.Letters.Proposal(letter)
	if err != nil {
		return nil, err
	}
	return w.messageLetter(ctx, tradepost.Relay, l, r, false)
}
