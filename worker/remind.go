package worker

import (
	"context"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/mailer"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/templates"
)

// remindAtOnce bounds the first contacts that one transaction looks at.
const remindAtOnce = 200

// remind writes the reminders of first contacts that nobody has answered for too
// long. Any number of processes may: each first contact is looked at once.
func (w *Worker) remind(ctx context.Context) {
	w.every(ctx, w.o.Clock.Tick(), "reminding of first contacts", func(ctx context.Context) error {
		n, err := w.o.Store.OpenReminders(ctx, remindAtOnce)
		if err != nil || n == 0 {
			return err
		}
		w.o.Log.Info("first contacts wait for an answer", "reminders", n)
		w.ring()
		return nil
	})
}

// sendReminders tells members of one first contact each that nobody has answered.
func (w *Worker) sendReminders(ctx context.Context, refs []store.Ref) error {
	return w.sendMessages(ctx, tradepost.Reminder, refs, w.o.Store.ClaimReminders, w.reminderLetter)
}

// reminderLetter lists the message's files and doesn't bring them: the alert did.
func (w *Worker) reminderLetter(ctx context.Context, l store.MessageLetter) (*mailer.Letter, error) {
	list, _ := files(l.Message)
	actions, err := w.o.alertActions(l)
	if err != nil {
		return nil, err
	}
	links, err := w.o.links(tradepost.Reminder, l.Claimed, l.To)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	r, err := w.o.Letters.Reminder(templates.Reminder{
		Links: links, Locale: l.To.Locale, Member: l.To.Name, Partner: l.Partner, Role: role(l.To),
		Merchant: merchant(l.Merchant), Matter: matter(l.Matter), Body: l.Message.Body, Files: list,
		OpenURL: w.o.conversationURL(l.ConversationID, l.To), Waiting: now.Sub(l.Message.CreatedAt), Actions: actions,
	})
	if err != nil {
		return nil, err
	}
	letter, err := w.messageLetter(ctx, tradepost.Reminder, l, r, false)
	if err != nil {
		return nil, err
	}
	letter.Date = now // the message's own would file it beside the alert
	return letter, nil
}
