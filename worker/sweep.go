package worker

import (
	"context"
	"time"
)

const (
	sweepEvery = time.Second
	// sweepAtOnce is how many lapsed leases one look takes. Nearly all are of batches
	// that ended long since, and an alert is a batch of its own: it must be more than
	// alerts go out in a second.
	sweepAtOnce = 2000
)

// sweep takes back rows whose owner let the lease lapse: a process that was
// killed, or one so slow that it dropped its letter itself.
func (w *Worker) sweep(ctx context.Context) {
	w.every(ctx, sweepEvery, "taking back lapsed leases", func(ctx context.Context) error {
		n, err := w.o.Store.RecoverLapsed(ctx, sweepAtOnce)
		if err != nil || n == 0 {
			return err
		}
		w.o.Log.Warn("a sender vanished; its mail is offered again", "notifications", n)
		w.ring()
		return nil
	})
}
