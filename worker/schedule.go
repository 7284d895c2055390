package worker

import (
	"context"
	"time"
)

// schedule opens the digest windows that have begun, for all members at once.
// Any number of schedulers may run: a window is a row with a unique key.
func (w *Worker) schedule(ctx context.Context) {
	w.every(ctx, w.o.Clock.Tick(), "opening digest windows", func(ctx context.Context) error {
		n, err := w.o.Store.OpenWindows(ctx, time.Now())
		if err != nil || n == 0 {
			return err
		}
		w.o.Log.Info("digests are due", "digests", n)
		select {
		case w.wake <- struct{}{}:
		default:
		}
		return nil
	})
}
