package worker

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"
)

// errLapsed keeps a letter from being finished whose row may be somebody else's
// by now.
var errLapsed = errors.New("the lease on this mail has lapsed")

// leases are the batches that this process sends now. Each claims under an owner
// of its own, so that a batch that ended in whatever way, a panic included,
// lapses, and a row that is claimed again doesn't revive the letter of the claim
// before.
type leases struct {
	mu      sync.Mutex
	batches map[uuid.UUID]*batch
}

// batch is what one task claimed.
type batch struct {
	owner uuid.UUID
	mu    sync.Mutex
	// until is when the lease ends, on this process's monotonic clock: counted from
	// before the database was asked, so never later than the database says.
	until time.Time
}

// begin makes a batch whose leases are renewed until end.
func (l *leases) begin() *batch {
	b := &batch{owner: uuid.New()}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.batches[b.owner] = b
	return b
}

func (l *leases) end(b *batch) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.batches, b.owner)
}

// owners are those whose rows are being sent.
func (l *leases) owners() []uuid.UUID {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]uuid.UUID, 0, len(l.batches))
	for owner := range l.batches {
		list = append(list, owner)
	}
	return list
}

// extend notes what was renewed; asked is the time before the database was.
func (l *leases) extend(asked time.Time, renewed []uuid.UUID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, owner := range renewed {
		if b := l.batches[owner]; b != nil {
			b.hold(asked)
		}
	}
}

// hold notes that the lease was given; asked is the time before.
func (b *batch) hold(asked time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.until = asked.Add(leaseFor)
}

// check is asked before the final dot of a letter.
func (b *batch) check() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if time.Until(b.until) < dotMargin {
		return errLapsed
	}
	return nil
}

// renew extends the leases of all batches, every renewEvery, until ctx ends.
func (w *Worker) renew(ctx context.Context) {
	w.every(ctx, renewEvery, "renewing leases", func(ctx context.Context) error {
		owners := w.leases.owners()
		if len(owners) == 0 {
			return nil
		}
		asked := time.Now()
		// An answer that comes too late is no use; the next try may be quicker.
		ctx, cancel := context.WithTimeout(ctx, renewEvery)
		defer cancel()
		renewed, err := w.o.Store.Renew(ctx, owners, leaseFor)
		if err != nil {
			return err
		}
		w.leases.extend(asked, renewed)
		return nil
	})
}
