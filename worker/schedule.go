package worker

import (
	"context"
	"time"
)

// schedule opens the digest windows that have begun, for all members at once.
// Any number of schedulers may run: a window is a row with a unique key.
func (w *Worker) schedule(ctx context.Context) {
	w.every(ctx, w.o.Clock.Tick(), "opening digest windows", func(ctx context.Context) error {
		// By the clock that messages are stamped with: a scheduler that is ahead
		// must not open a window before its time.
		now, err := w.o.Store.Now(ctx)
		if err != nil {
			return err
		}
		_, err = w.OpenWindows(ctx, now)
		return err
	})
}

// OpenWindows opens the digest windows that have begun at a time, and puts the
// digests into the queue. It returns how many those are: none while another
// scheduler is at it.
func (w *Worker) OpenWindows(ctx context.Context, now time.Time) (int, error) {
	opened, err := w.o.Store.OpenWindows(ctx, now, w.o.OfferAgain)
	if err != nil || len(opened) == 0 {
		return 0, err
	}
	w.o.Log.Info("digests are due", "digests", len(opened))
	return len(opened), w.enqueueAll(ctx, opened)
}
