package worker

import (
	"context"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/mailer"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/templates"
)

// sendDigests tells members of all that they have not been told of.
func (w *Worker) sendDigests(ctx context.Context, refs []store.Ref) error {
	return sendBatch(ctx, w,
		func(ctx context.Context, l store.Lease) ([]store.DigestLetter, error) {
			return w.o.Store.ClaimDigests(ctx, l, refs)
		},
		func(l store.DigestLetter) outgoing {
			return outgoing{Claimed: l.Claimed, kind: tradepost.Digest, address: l.To.Address,
				write: func(context.Context) (*mailer.Letter, error) { return w.digestLetter(l) }}
		})
}

func (w *Worker) digestLetter(l store.DigestLetter) (*mailer.Letter, error) {
	zone, err := time.LoadLocation(l.To.Zone)
	if err != nil {
		zone = time.UTC // a digest in the wrong zone is better than none
	}
	d := templates.Digest{
		Locale: l.To.Locale, Member: l.To.Name, Partner: l.Partner, Role: role(l.To), Zone: zone,
		From: l.WindowAt.Add(-w.o.Clock.Hour), Until: l.WindowAt, ReplyGoesToItem: len(l.Items) == 1,
	}
	var reply string // of the only conversation
	for _, it := range l.Items {
		newest := it.Messages[len(it.Messages)-1]
		if reply, err = w.replyAddress(tradepost.ReplyToken, l.To, it.ConversationID, newest.ID); err != nil {
			return nil, err
		}
		item := templates.DigestItem{
			Merchant: merchant(it.Merchant), Matter: matter(it.Matter), ReplyAddress: reply, ReplySubject: w.o.Letters.ReplySubject(l.To.Locale, matter(it.Matter)),
			OpenURL: w.conversationURL(it.ConversationID, l.To),
		}
		for _, m := range it.Messages {
			list, _ := files(m)
			item.Messages = append(item.Messages, templates.DigestMessage{At: m.CreatedAt, Body: m.Body, Files: list})
			if m.CreatedAt.Before(d.From) {
				d.From = m.CreatedAt // it waited for longer than the hour
			}
			if m.CreatedAt.After(d.Until) {
				d.Until = m.CreatedAt // it came while the digest was on its way
			}
		}
		d.Items = append(d.Items, item)
	}
	if len(l.Items) > 1 {
		if reply, err = w.replyAddress(tradepost.DigestToken, l.To, l.ID, 0); err != nil {
			return nil, err
		}
	}
	r, err := w.o.Letters.Digest(d)
	if err != nil {
		return nil, err
	}
	return &mailer.Letter{
		From: mailer.Address{Name: r.FromName, Addr: w.o.From}, To: mailer.Address{Name: templates.CleanName(l.To.Name), Addr: l.To.Address},
		ReplyTo: mailer.Address{Name: r.FromName, Addr: reply}, EnvelopeFrom: w.bounceAddress(l.Claimed),
		Subject: r.Subject, MessageID: l.MailID, Date: d.Until, AutoSubmitted: "auto-generated",
		ListID: "digest." + w.o.Tokens.Domain(), Extra: hop(), Text: r.Text, HTML: r.HTML,
	}, nil
}
