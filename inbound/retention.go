package inbound

import (
	"context"
	"log/slog"
	"time"

	"github.com/tradepost-mail/tradepost/store"
)

const (
	// deleteEvery is how soon the files of a deleted conversation are gone; with
	// nothing to do it takes two look-ups.
	deleteEvery = time.Minute
	shredEvery  = time.Hour
	shredBatch  = 200 // mails in a transaction
	// sweepEvery is how many times as long it is from one search for leftovers
	// to the next: that looks at every file there is.
	sweepEvery = 24
	// leftoverAge is how long nobody writes to a file that nobody is writing.
	leftoverAge = 24 * time.Hour
)

// Retention shreds raw mail whose time is over, deletes the files of conversations
// that were deleted, and forgets budgets of hours that are over. It belongs beside a [Poller], as
// that is what brings raw mail in, but asks nothing of the mail server: it goes
// on while that is away, and for mailboxes that are no longer read.
type Retention struct {
	Store *store.Store
	// Days is how long raw mail is kept, unless its partner's row says
	// otherwise; 0 = for ever.
	Days int
	Log  *slog.Logger
}

// Run shreds at once and then every hour, until ctx ends, and deletes the files
// of deleted conversations within a minute. Once a day, and not before the first
// hour, so that a process which is started again and again doesn't always do it,
// it removes the parts of blobs that killed processes left.
func (r Retention) Run(ctx context.Context) {
	tick := time.NewTicker(deleteEvery)
	defer tick.Stop()
	for minute := 0; ; minute++ {
		if hour := minute / int(shredEvery/deleteEvery); minute%int(shredEvery/deleteEvery) == 0 {
			if hour%sweepEvery == 1 {
				r.sweep(ctx)
			}
			if err := r.Store.SweepBudgets(ctx); err != nil && ctx.Err() == nil {
				r.Log.Error("old budgets are still there; it is tried again", "error", err, "again_in", shredEvery)
			}
			if err := r.Shred(ctx); err != nil && ctx.Err() == nil {
				r.Log.Error("raw mail could not be shredded; it is tried again", "error", err, "again_in", shredEvery)
			}
		}
		if err := r.Delete(ctx); err != nil && ctx.Err() == nil {
			r.Log.Error("files of deleted conversations are still there; it is tried again", "error", err, "again_in", deleteEvery)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Delete deletes the files and the large raw mail of deleted conversations.
func (r Retention) Delete(ctx context.Context) error {
	n, err := r.Store.DeleteBlobs(ctx, shredBatch)
	if n > 0 {
		r.Log.Info("files of deleted conversations are gone", "files_and_folders", n)
	}
	return err
}

// Shred shreds all that is due.
func (r Retention) Shred(ctx context.Context) error {
	n, err := r.Store.ShredRaw(ctx, r.Days, shredBatch)
	if n > 0 {
		r.Log.Info("raw mail shredded", "mails", n)
	}
	return err
}

// sweep removes what killed writers left in the blob store.
func (r Retention) sweep(ctx context.Context) {
	n, err := r.Store.Blobs().RemoveLeftovers(ctx, time.Now().Add(-leftoverAge))
	if err != nil && ctx.Err() == nil {
		r.Log.Error("the blob store could not be searched for leftovers; it is tried again", "error", err, "again_in", sweepEvery*shredEvery)
	}
	if n > 0 {
		r.Log.Info("leftovers of killed processes removed from the blob store", "files", n)
	}
}
