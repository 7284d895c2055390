package worker

import (
	"context"
	"sync"
	"time"

	"github.com/tradepost-mail/tradepost/store"
)

// Outcomes are written once so many are waiting, or so long after the first:
// what a kill repeats is at most that, with the same Message-ID.
const (
	recordAtOnce = 20
	recordWithin = 100 * time.Millisecond
	recordTry    = 3 * time.Second // one try to write them
)

// recorder writes what the attempts of a batch came to while the batch goes on.
type recorder struct {
	w     *Worker
	batch *batch

	writing sync.Mutex // held while outcomes are being written
	mu      sync.Mutex
	waiting []store.Attempt
	timer   *time.Timer
}

// add takes an attempt. It returns once fewer than recordAtOnce wait.
func (r *recorder) add(ctx context.Context, a store.Attempt) {
	r.mu.Lock()
	r.waiting = append(r.waiting, a)
	n := len(r.waiting)
	if n == 1 {
		r.timer = time.AfterFunc(recordWithin, func() { r.flush(ctx) })
	}
	r.mu.Unlock()
	if n >= recordAtOnce {
		r.flush(ctx)
	}
}

// flush writes what waits, and waits for whoever is writing.
func (r *recorder) flush(ctx context.Context) {
	r.writing.Lock()
	defer r.writing.Unlock()
	r.mu.Lock()
	list := r.waiting
	r.waiting = nil
	if r.timer != nil {
		r.timer.Stop()
	}
	r.mu.Unlock()
	if len(list) > 0 {
		r.w.record(ctx, r.batch, list)
	}
}

// record writes outcomes, again and again until they are written or ctx has ended:
// an outcome that isn't written is a mail sent twice. The end of ctx is what cuts
// off a letter, so the outcome of that one gets a last try after it.
func (w *Worker) record(ctx context.Context, b *batch, list []store.Attempt) {
	for {
		try, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTry)
		err := w.o.Store.Record(try, b.owner, list)
		cancel()
		if err == nil {
			return
		}
		w.o.Log.Error("outcomes could not be written; it is tried again", "attempts", len(list), "error", err)
		if store.IsDataFault(err) {
			if len(list) == 1 {
				return // the same again would be refused again; its lease lapses
			}
			for i := range list { // one bad row must not hold back the others
				w.record(ctx, b, list[i:i+1])
			}
			return
		}
		if !sleep(ctx, 200*time.Millisecond) {
			w.o.Log.Error("outcomes were not written; these mails may go twice", "attempts", len(list))
			return
		}
	}
}
