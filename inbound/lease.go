package inbound

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/tradepost-mail/tradepost/store"
)

// errLeaseLost ends a session whose mailbox has, or may have, another reader.
var errLeaseLost = errors.New("the lease of the mailbox was lost")

// lease is the right to be a mailbox's one reader.
type lease struct {
	store  *store.Store
	name   string
	owner  uuid.UUID
	length time.Duration
	box    store.Mailbox
	// until is when the lease ends at the latest, by this process's monotonic
	// clock: counted from before the statement was sent, so never too late.
	until atomic.Pointer[time.Time]
}

// take makes l.owner the reader, or renews that.
func (l *lease) take(ctx context.Context) (bool, error) {
	until := time.Now().Add(l.length)
	box, ok, err := l.store.LeaseMailbox(ctx, l.name, l.owner, l.length)
	if ok {
		l.box = box
		l.until.Store(&until)
	}
	return ok, err
}

// held reports whether the lease still lasts, with a tenth of it to spare for
// the command that is about to be sent.
func (l *lease) held() bool {
	return time.Until(*l.until.Load()) > l.length/10
}

// keep renews the lease until stop is called, which gives it back. The context
// that it returns ends with errLeaseLost when the lease does.
func (l *lease) keep(ctx context.Context) (_ context.Context, stop func()) {
	kept, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	renewer := &lease{store: l.store, name: l.name, owner: l.owner, length: l.length}
	renewer.until.Store(l.until.Load())
	go func() {
		defer close(done)
		tick := time.NewTicker(l.length / 3)
		defer tick.Stop()
		for {
			select {
			case <-kept.Done():
				return
			case <-tick.C:
			}
			within, end := context.WithDeadline(kept, *renewer.until.Load())
			ok, err := renewer.take(within)
			end()
			if ok {
				l.until.Store(renewer.until.Load())
			}
			if err == nil && !ok || time.Now().After(*l.until.Load()) {
				cancel(errLeaseLost)
			}
		}
	}()
	return kept, func() {
		cancel(context.Canceled)
		<-done
		release, end := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer end()
		// Best effort: a lease that isn't given back ends by itself.
		_ = l.store.ReleaseMailbox(release, l.box.ID, l.owner)
	}
}
