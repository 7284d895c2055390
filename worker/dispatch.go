package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hibiken/asynq"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

const (
	// offerAtOnce bounds one look for due rows.
	offerAtOnce = 1000
	// deepQueue is how many waiting tasks are enough to offer.
	deepQueue = 2000
)

// dispatch offers due rows to the queue until ctx ends: when it is woken, and
// every Poll in case nobody rang (rows whose time has come ring no bell).
func (w *Worker) dispatch(ctx context.Context) {
	for ctx.Err() == nil {
		more, err := w.offer(ctx)
		if err != nil && ctx.Err() == nil {
			w.o.Log.Error("due mail could not be put into the queue; it is tried again", "error", err)
		}
		if more {
			continue
		}
		timer := time.NewTimer(w.o.Poll)
		select {
		case <-ctx.Done():
		case <-w.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// kinds are offered in this order: an alert is never behind a thousand digests.
var kinds = []tradepost.NotificationKind{tradepost.Alert, tradepost.Relay, tradepost.Answer, tradepost.Reminder, tradepost.Digest}

// offer puts due rows of every kind into their queues and returns whether some
// kind may have more.
func (w *Worker) offer(ctx context.Context) (more bool, err error) {
	for _, kind := range kinds {
		offer := w.o.Store.Offer
		switch waiting := w.waiting(kind); {
		case waiting > deepQueue:
			continue
		case waiting > 0:
			offer = w.o.Store.OfferNew
		}
		due, err := offer(ctx, kind, w.o.OfferAgain, offerAtOnce)
		if err != nil {
			return false, err
		}
		more = more || len(due) == offerAtOnce
		if err := w.enqueueAll(ctx, due); err != nil {
			return false, err
		}
	}
	return more, nil
}

// enqueueAll makes tasks of rows of one kind that were offered. Those that can't be
// put into the queue are offered again.
func (w *Worker) enqueueAll(ctx context.Context, due []store.Offered) error {
	for len(due) > 0 {
		batch := due[:min(batchSizes[due[0].Kind], len(due))]
		if err := w.enqueue(ctx, batch); err != nil {
			return errors.Join(err, w.o.Store.Unoffer(ctx, refs(due)))
		}
		due = due[len(batch):]
	}
	return nil
}

func (w *Worker) enqueue(ctx context.Context, batch []store.Offered) error {
	task, err := newTask(batch)
	if err != nil {
		return err
	}
	_, err = w.client.EnqueueContext(ctx, task)
	if errors.Is(err, asynq.ErrTaskIDConflict) {
		return nil // it is there already
	}
	if err != nil {
		return fmt.Errorf("enqueue %s: %w", task.Type(), err)
	}
	return nil
}

// depth is how many tasks of a kind waited when Redis was asked last.
type depth struct {
	asked time.Time
	tasks int
}

// waiting is how many tasks of a kind wait, as of a Poll ago at most: to ask takes
// Redis longer than to enqueue an alert. While there are some the queue is alive
// and merely behind: to offer the same rows again would only make them wait in it
// twice. A queue that can't be asked counts as empty: asynq has no error of its own
// for one that was never used or was flushed, and where Redis is away the
// enqueueing says so.
func (w *Worker) waiting(kind tradepost.NotificationKind) int {
	d := w.depths[kind]
	if time.Since(d.asked) < w.o.Poll {
		return d.tasks
	}
	d = depth{asked: time.Now()}
	if info, err := w.inspect.GetQueueInfo(string(kind)); err == nil {
		d.tasks = info.Pending
	}
	w.depths[kind] = d
	return d.tasks
}

func refs(offered []store.Offered) []store.Ref {
	out := make([]store.Ref, len(offered))
	for i, o := range offered {
		out[i] = o.Ref
	}
	return out
}

// listen rings for dispatch whenever the outbox is written to, on a connection
// that is made again when it breaks.
func (w *Worker) listen(ctx context.Context) {
	for ctx.Err() == nil {
		if err := w.o.Store.Listen(ctx, w.ring); err != nil && ctx.Err() == nil {
			w.o.Log.Warn("not notified of new mail for now; polling goes on", "error", err)
			sleep(ctx, time.Second)
		}
	}
}

// ring wakes dispatch.
func (w *Worker) ring() {
	select {
	case w.wake <- struct{}{}:
	default: // it rings already
	}
}
