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
	// deepQueue is how many waiting tasks mean that the queue is alive and
	// merely behind: what is in it need not be offered again.
	deepQueue = 2000
)

// dispatch offers due rows to the queue until ctx ends: when it is woken, and
// every Poll in case nobody rang (rows whose time has come ring no bell).
func (w *Worker) dispatch(ctx context.Context) {
	for ctx.Err() == nil {
		n, err := w.offer(ctx)
		if err != nil && ctx.Err() == nil {
			w.o.Log.Error("due mail could not be put into the queue; it is tried again", "error", err)
		}
		if n == offerAtOnce {
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

// offer puts due rows into the queue and returns how many there were.
func (w *Worker) offer(ctx context.Context) (int, error) {
	if w.queueIsDeep() {
		return 0, nil
	}
	due, err := w.o.Store.Offer(ctx, w.o.OfferAgain, offerAtOnce)
	if err != nil {
		return 0, err
	}
	byKind := make(map[tradepost.NotificationKind][]store.Offered)
	for _, o := range due {
		byKind[o.Kind] = append(byKind[o.Kind], o)
	}
	for kind, list := range byKind {
		for size := batchSizes[kind]; len(list) > 0; {
			batch := list[:min(size, len(list))]
			list = list[len(batch):]
			if err := w.enqueue(ctx, batch); err != nil {
				return len(due), errors.Join(err, w.o.Store.Unoffer(ctx, refs(append(batch, list...))))
			}
		}
	}
	return len(due), nil
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

// queueIsDeep reports whether tasks wait in number. Offering on would only make
// the same rows wait in it twice. A queue that can't be asked counts as empty:
// asynq has no error of its own for one that was never used or was flushed, and
// where Redis is away the enqueueing says so.
func (w *Worker) queueIsDeep() bool {
	waiting := 0
	for queue := range queues {
		if info, err := w.inspect.GetQueueInfo(queue); err == nil {
			waiting += info.Pending
		}
	}
	return waiting > deepQueue
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
	ring := func() {
		select {
		case w.wake <- struct{}{}:
		default: // it rings already
		}
	}
	for ctx.Err() == nil {
		if err := w.o.Store.Listen(ctx, ring); err != nil && ctx.Err() == nil {
			w.o.Log.Warn("not notified of new mail for now; polling goes on", "error", err)
			sleep(ctx, time.Second)
		}
	}
}
