package worker

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/tradepost-mail/tradepost/store"
)

// errLapsed keeps a letter from being finished whose row may be somebody else's
// by now.
var errLapsed = errors.New("the lease on this mail has lapsed")

// leases are the rows this process holds, and until when by its own monotonic
// clock: counted from before the database was asked, so never longer than the
// database says.
type leases struct {
	owner uuid.UUID
	mu    sync.Mutex
	until map[int64]time.Time // by notification id
}

func newLeases(owner uuid.UUID) *leases {
	return &leases{owner: owner, until: make(map[int64]time.Time)}
}

// hold notes that rows were claimed; asked is the time before the claim.
func (l *leases) hold(asked time.Time, refs ...store.Ref) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range refs {
		l.until[r.ID] = asked.Add(leaseFor)
	}
}

// drop forgets rows that are finished or given back.
func (l *leases) drop(refs ...store.Ref) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range refs {
		delete(l.until, r.ID)
	}
}

// held returns the rows held now.
func (l *leases) held() map[int64]time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.until)
}

// check is asked before the final dot of a letter.
func (l *leases) check(r store.Ref) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Until(l.until[r.ID]) < dotMargin {
		return errLapsed
	}
	return nil
}

// renew extends what is held, every renewEvery, until ctx ends. A row that the
// database no longer calls ours keeps its old end.
func (w *Worker) renew(ctx context.Context) {
	w.every(ctx, renewEvery, "renewing leases", func(ctx context.Context) error {
		held := w.leases.held()
		if len(held) == 0 {
			return nil
		}
		asked := time.Now()
		// An answer that comes too late is no use; the next try may be quicker.
		ctx, cancel := context.WithTimeout(ctx, renewEvery)
		defer cancel()
		renewed, err := w.o.Store.Renew(ctx, w.leases.owner, leaseFor)
		if err != nil {
			return err
		}
		w.leases.mu.Lock()
		defer w.leases.mu.Unlock()
		for _, r := range renewed {
			_, before := held[r.ID]
			if _, still := w.leases.until[r.ID]; before && still {
				w.leases.until[r.ID] = asked.Add(leaseFor)
			}
		}
		return nil
	})
}
