package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/mailer"
	"github.com/tradepost-mail/tradepost/store"
)

// HopHeader is the header field that all letters of ours carry, so that they are
// known when they come back.
const HopHeader = "X-Tradepost-Hop"

// outgoing is a claimed row and the letter for it.
type outgoing struct {
	store.Claimed
	kind    tradepost.NotificationKind
	address string
	write   func(context.Context) (*mailer.Letter, error)
}

// sendBatch claims rows, has a letter made of each and sends them one after
// another. Asked to stop, it finishes the letter at hand and gives the rest back.
func sendBatch[L any](ctx context.Context, w *Worker, claim func(context.Context, store.Lease) ([]L, error), letter func(L) outgoing) error {
	b := w.leases.begin()
	defer w.leases.end(b)
	asked := time.Now()
	claimed, err := claim(ctx, store.Lease{Owner: b.owner, For: leaseFor})
	if err != nil {
		return err
	}
	letters := make([]outgoing, len(claimed))
	for i, l := range claimed {
		letters[i] = letter(l)
	}
	b.hold(asked)
	r := &recorder{w: w, batch: b}
	defer r.flush(ctx)
	later := make(map[time.Duration][]store.Ref)
	for i, l := range letters {
		if w.stopping.Err() != nil {
			return errors.Join(w.giveBack(ctx, b, letters[i:]), w.putOff(ctx, b, later))
		}
		a, wait := w.send(ctx, b, l)
		if wait > 0 {
			later[wait] = append(later[wait], l.Ref)
			continue
		}
		r.add(ctx, a)
	}
	return w.putOff(ctx, b, later)
}

// putOff gives rows back that may not be sent now, by how long they have to wait.
func (w *Worker) putOff(ctx context.Context, b *batch, later map[time.Duration][]store.Ref) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTry)
	defer cancel()
	var errs []error
	for wait, list := range later {
		errs = append(errs, w.o.Store.PutOff(ctx, b.owner, list, wait))
	}
	return errors.Join(errs...)
}

// send makes one attempt, unless a limit puts the letter off: then it was none, and
// later is how long the letter has to wait, in whole seconds.
func (w *Worker) send(ctx context.Context, b *batch, l outgoing) (a store.Attempt, later time.Duration) {
	a = store.Attempt{Ref: l.Ref, Number: l.Attempt, Address: l.address, Started: time.Now()}
	letter, err := w.write(ctx, l)
	if err != nil {
		a.Verdict, a.Reply, a.Ended = tradepost.Temporary, "the letter could not be written: "+err.Error(), time.Now()
		w.o.Log.Error("letter could not be written; it is tried again", "notification_id", l.ID, "kind", l.kind, "error", err)
		return a, 0
	}
	r := w.o.Pool.Send(ctx, letter, mailer.SendOptions{
		BeforeDot: b.check, Bulk: l.kind == tradepost.Digest,
	})
	if r.Verdict == mailer.Deferred {
		return a, max(r.RetryAfter.Round(time.Second), time.Second)
	}
	a.Ended = time.Now()
	a.Hint = r.RetryAfter
	a.Code, a.Enhanced, a.Stage, a.Reply, a.Verdict = r.Code, r.EnhancedCode, r.Stage, r.Reply, verdict(r)
	if a.Reply == "" && r.Err != nil {
		a.Reply = r.Err.Error()
	}
	level := slog.LevelInfo
	if a.Verdict != tradepost.Delivered {
		level = slog.LevelWarn
	}
	w.o.Log.Log(ctx, level, "mail", "notification_id", l.ID, "kind", l.kind, "message_id", l.MailID, "attempt", l.Attempt,
		"verdict", a.Verdict, "code", a.Code, "reply", a.Reply, "stage", r.Stage, "took", r.Took)
	return a, 0
}

// write makes the letter. One that breaks the code which writes it must not take
// the rest of its batch down with it.
func (w *Worker) write(ctx context.Context, l outgoing) (_ *mailer.Letter, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return l.write(ctx)
}

// verdict translates the mailer's word. A letter that can't be written is our
// fault and may be mended; losing the lease leaves the row to its new owner.
func verdict(r mailer.Result) tradepost.Verdict {
	switch r.Verdict {
	case mailer.Delivered:
		return tradepost.Delivered
	case mailer.Permanent:
		return tradepost.Permanent
	case mailer.Unknown:
		return tradepost.NoAnswer
	default:
		return tradepost.Temporary
	}
}

// giveBack releases rows that were claimed and not sent, also after ctx has ended.
func (w *Worker) giveBack(ctx context.Context, b *batch, letters []outgoing) error {
	list := make([]store.Ref, len(letters))
	for i, l := range letters {
		list[i] = l.Ref
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTry)
	defer cancel()
	return w.o.Store.Release(ctx, b.owner, list)
}

// replyAddress makes an address that answers a letter.
func (o Options) replyAddress(p tradepost.Purpose, to store.Correspondent, subject, through int64) (string, error) {
	return o.Tokens.Address(tradepost.Token{
		Purpose: p, Role: to.Role, Person: to.ID, Subject: subject, Through: through,
		Expires: time.Now().Add(o.TokenLife),
	})
}

// conversationAddress makes an address that answers one conversation, of which
// the letter's newest message is newest. It is above what was revoked before.
func (o Options) conversationAddress(to store.Correspondent, m store.Matter, newest int64) (string, error) {
	return o.replyAddress(tradepost.ReplyToken, to, m.ConversationID, max(newest, m.RevokedThrough))
}

func (o Options) conversationURL(conversation int64, reader store.Correspondent) string {
	if o.ConversationURL == nil {
		return ""
	}
	return o.ConversationURL(conversation, reader)
}
