package worker

import (
	"context"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/mailer"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/templates"
)

// sendAnswers tells people why their mail was not posted: from the null sender,
// so that no answer is ever answered (RFC 3834 3.3).
func (w *Worker) sendAnswers(ctx context.Context, refs []store.Ref) error {
	return sendBatch(ctx, w,
		func(ctx context.Context, l store.Lease) ([]store.AnswerLetter, error) {
			return w.o.Store.ClaimAnswers(ctx, l, refs)
		},
		func(l store.AnswerLetter) outgoing {
			return outgoing{Claimed: l.Claimed, kind: tradepost.Answer, address: l.Address,
				write: func(context.Context) (*mailer.Letter, error) { return w.answerLetter(l) }}
		})
}

func (w *Worker) answerLetter(l store.AnswerLetter) (*mailer.Letter, error) {
	r, err := w.o.Letters.Answer(templates.Answer{Locale: l.Locale, Reason: l.Reason, MerchantOrPartnerName: l.About, Limit: w.o.MaxMailSize})
	if err != nil {
		return nil, err
	}
	letter := &mailer.Letter{
		From: mailer.Address{Name: r.FromName, Addr: w.o.From}, To: mailer.Address{Addr: l.Address},
		Subject: r.Subject, MessageID: l.MailID, Date: time.Now(), AutoSubmitted: "auto-replied",
		Extra: hop(), Text: r.Text, HTML: r.HTML,
	}
	if mailer.ValidMessageID(l.InReplyTo) {
		letter.InReplyTo, letter.References = l.InReplyTo, []string{l.InReplyTo}
	}
	return letter, nil
}
