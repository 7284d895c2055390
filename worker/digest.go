package worker

import (
	"context"

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
	d, reply, err := w.o.digest(l)
	if err != nil {
		return nil, err
	}
	r, err := w.o.Letters.Digest(d)
	if err != nil {
		return nil, err
	}
	letter := &mailer.Letter{
		From: mailer.Address{Name: r.FromName, Addr: w.o.From}, To: mailer.Address{Name: templates.CleanName(l.To.Name), Addr: l.To.Address},
		ReplyTo: mailer.Address{Name: r.FromName, Addr: reply},
		Subject: r.Subject, MessageID: l.MailID, Date: d.Until, Text: r.Text, HTML: r.HTML,
	}
	return letter, w.dress(letter, tradepost.Digest, l.Claimed, l.To, l.Partner)
}

// SentDigest renders a digest that was sent once more, as a Worker with the same
// options did, so that an answer can be compared with it. Of o it uses Letters,
// Tokens, TokenLife, Clock, ConversationURL, BaseURL and SettingsURL.
func SentDigest(o Options, l store.DigestLetter) (templates.Rendered, error) {
	d, _, err := o.withDefaults().digest(l)
	if err != nil {
		return templates.Rendered{}, err
	}
	return o.Letters.Digest(d)
}

// digest gathers what a digest says, and the address that answers it: that of
// its conversation, or its own where there are several.
func (o Options) digest(l store.DigestLetter) (d templates.Digest, reply string, err error) {
	d = templates.Digest{
		Locale: l.To.Locale, Member: l.To.Name, Partner: l.Partner, Role: role(l.To), Zone: o.zones.of(l.To),
		From: l.WindowAt.Add(-o.Clock.Hour), Until: l.WindowAt, ReplyGoesToItem: len(l.Items) == 1,
	}
	if d.Links, err = o.links(tradepost.Digest, l.Claimed, l.To); err != nil {
		return d, "", err
	}
	for _, it := range l.Items {
		newest := it.Messages[len(it.Messages)-1]
		if reply, err = o.conversationAddress(l.To, it.Matter, newest.ID); err != nil {
			return d, "", err
		}
		item := templates.DigestItem{
			Merchant: merchant(it.Merchant), Matter: matter(it.Matter), ReplyAddress: reply, ReplySubject: o.Letters.ReplySubject(l.To.Locale, matter(it.Matter)),
			OpenURL: o.conversationURL(it.ConversationID, l.To), Lead: it.Lead,
		}
		if len(l.Items) > 1 {
			item.Mark = o.Tokens.Mark(l.ID, it.ConversationID)
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
		reply, err = o.replyAddress(tradepost.DigestToken, l.To, l.ID, 0)
	}
	return d, reply, err
}
