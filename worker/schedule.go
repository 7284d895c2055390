package worker

import "context"

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
		n, err := w.o.Store.OpenWindows(ctx, now)
		if err != nil || n == 0 {
			return err
		}
		w.o.Log.Info("digests are due", "digests", n)
		w.ring()
		return nil
	})
}
