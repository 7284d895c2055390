package inbound

import (
	"context"
	"log/slog"
	"time"

	"github.com/tradepost-mail/tradepost/store"
)

const (
	shredEvery  = time.Hour
	shredAtOnce = 200 // mails in a transaction
)

// Retention shreds raw mail whose time is over. It belongs beside a [Poller], as
// that is what brings raw mail in, but asks nothing of the mail server: it goes
// on while that is away, and for mailboxes that are no longer read.
type Retention struct {
	Store *store.Store
	// Days is how long raw mail is kept, unless its partner's row says
	// otherwise; 0 = for ever.
	Days int
	Log  *slog.Logger
}

// Run shreds at once and then every hour, until ctx ends.
func (r Retention) Run(ctx context.Context) {
	tick := time.NewTicker(shredEvery)
	defer tick.Stop()
	for {
		if err := r.Shred(ctx, time.Now()); err != nil && ctx.Err() == nil {
			r.Log.Error("raw mail could not be shredded; it is tried again", "error", err, "again_in", shredEvery)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Shred shreds all that is due at now.
func (r Retention) Shred(ctx context.Context, now time.Time) error {
	total := 0
	for {
		n, err := r.Store.ShredRaw(ctx, now, r.Days, shredAtOnce)
		total += n
		if err == nil && n == shredAtOnce {
			continue
		}
		if total > 0 {
			r.Log.Info("raw mail shredded", "mails", total)
		}
		return err
	}
}
