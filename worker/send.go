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

// hopHeader marks our own mail, so that it is known when it comes back.
const hopHeader = "X-Tradepost-Hop"

// HopHeader is the name of the header field that all letters of ours carry.
func HopHeader() string { return hopHeader }

// outgoing is a claimed row and the letter for it.
type outgoing struct {
	store.Claimed
	kind    tradepost.NotificationKind
	address string
	write   func(context.Context) (*mailer.Letter, error)
}

// Outcomes are written once so many are waiting, or so long after the first:
// what a kill repeats is at most that, with the same Message-ID.
const (
	recordAtOnce = 20
	recordWithin = 100 * time.Millisecond
)

// claimed runs claim and holds the leases it took, from the time before it.
func claimed[L any](w *Worker, claim func(store.Lease) ([]L, error), row func(L) store.Claimed) ([]L, error) {
	asked := time.Now()
	letters, err := claim(store.Lease{Owner: w.leases.owner, For: leaseFor})
	for _, l := range letters {
		w.leases.hold(asked, row(l).Ref)
	}
	return letters, err
}

// sendAll sends claimed letters one after another and records what they came
// to. Asked to stop, it finishes the letter at hand and gives the rest back.
func (w *Worker) sendAll(ctx context.Context, letters []outgoing) error {
	var done []store.Attempt
	var firstDone time.Time
	for i, l := range letters {
		if w.stopping.Err() != nil || ctx.Err() != nil {
			return errors.Join(w.record(ctx, done), w.giveBack(ctx, letters[i:]))
		}
		if len(done) == 0 {
			firstDone = time.Now()
		}
		done = append(done, w.send(ctx, l))
		if len(done) >= recordAtOnce || time.Since(firstDone) >= recordWithin {
			if err := w.record(ctx, done); err != nil {
				return errors.Join(err, w.giveBack(ctx, letters[i+1:]))
			}
			done = nil
		}
	}
	return w.record(ctx, done)
}

// send makes one attempt.
func (w *Worker) send(ctx context.Context, l outgoing) store.Attempt {
	a := store.Attempt{Ref: l.Ref, Number: l.Attempt, Address: l.address, Started: time.Now()}
	letter, err := l.write(ctx)
	if err != nil {
		a.Verdict, a.Reply, a.Ended = tradepost.Temporary, "the letter could not be written: "+err.Error(), time.Now()
		w.o.Log.Error("letter could not be written; it is tried again", "notification_id", l.ID, "kind", l.kind, "error", err)
		return a
	}
	r := w.o.Pool.Send(ctx, letter, mailer.SendOptions{BeforeDot: func() error { return w.leases.check(l.Ref) }})
	a.Ended = time.Now()
	a.Code, a.Reply, a.Verdict = r.Code, r.Reply, verdict(r)
	if a.Reply == "" && r.Err != nil {
		a.Reply = r.Err.Error()
	}
	level := slog.LevelInfo
	if a.Verdict != tradepost.Delivered {
		level = slog.LevelWarn
	}
	w.o.Log.Log(ctx, level, "mail", "notification_id", l.ID, "kind", l.kind, "message_id", l.MailID, "attempt", l.Attempt,
		"verdict", a.Verdict, "code", a.Code, "reply", a.Reply, "stage", r.Stage, "took", r.Took)
	return a
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

// record writes outcomes, again until it succeeds or the process is cut off: an
// outcome that isn't written is a mail sent twice.
func (w *Worker) record(ctx context.Context, done []store.Attempt) error {
	if len(done) == 0 {
		return nil
	}
	defer func() {
		for _, a := range done {
			w.leases.drop(a.Ref)
		}
	}()
	// A kill of the task's context must not lose what is known; the stop of the
	// process bounds the wait all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.o.StopWithin)
	defer cancel()
	for {
		err := w.o.Store.Record(ctx, w.leases.owner, done)
		if err == nil {
			return nil
		}
		w.o.Log.Error("outcomes could not be written; it is tried again", "attempts", len(done), "error", err)
		if !sleep(ctx, 200*time.Millisecond) {
			return fmt.Errorf("%d outcomes were not written: %w", len(done), err)
		}
	}
}

// giveBack releases rows that were claimed and not sent.
func (w *Worker) giveBack(ctx context.Context, letters []outgoing) error {
	if len(letters) == 0 {
		return nil
	}
	list := make([]store.Ref, len(letters))
	for i, l := range letters {
		list[i] = l.Ref
	}
	w.leases.drop(list...)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return w.o.Store.Release(ctx, w.leases.owner, list)
}

// replyAddress makes the Reply-To of a letter.
func (w *Worker) replyAddress(p tradepost.Purpose, to store.Correspondent, subject, through int64) (string, error) {
	return w.o.Tokens.Address(tradepost.Token{
		Purpose: p, Role: to.Role, Person: to.ID, Subject: subject, Through: through,
		Expires: time.Now().Add(w.o.TokenLife),
	})
}

// bounceAddress is the envelope sender by which a bounce names its mail (VERP).
func (w *Worker) bounceAddress(c store.Claimed) string {
	return fmt.Sprintf("%s%s-%d@%s", tradepost.BouncePrefix, c.Period.Format("200601"), c.ID, w.o.Tokens.Domain())
}

func (w *Worker) conversationURL(conversation int64, reader store.Correspondent) string {
	if w.o.ConversationURL == nil {
		return ""
	}
	return w.o.ConversationURL(conversation, reader)
}

// hop is the header that all our letters carry.
func hop() []mailer.Header { return []mailer.Header{{Name: hopHeader, Value: "1"}} }
