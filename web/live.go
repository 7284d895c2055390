package web

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/tradepost-mail/tradepost/store"
)

const (
	// lookEvery is how late a change is told of where PostgreSQL can't notify: while
	// the connection is made again, or through a pooler that shares connections.
	lookEvery = 5 * time.Second
	// forgetEvery is how often changes that nobody can ask for any more are dropped.
	forgetEvery = time.Hour
	// behind is how many batches a listener may be behind before it is let go, to
	// come back and ask for what it missed.
	behind = 64
)

// Live tells listeners of changes as they are committed: all of a process on one
// connection to PostgreSQL. Nothing is told that isn't committed, and nothing that
// is committed is left out, in whatever order transactions end.
type Live struct {
	store *store.Store
	log   *slog.Logger
	wake  chan struct{}
	ready chan struct{} // closed once until is known

	mu        sync.Mutex
	until     store.Moment // up to which listeners were told
	listeners map[*listener]struct{}
	ended     bool
}

// batch is what was committed between two moments.
type batch struct {
	changes []store.Change
	until   store.Moment
}

// listener is one who is told.
type listener struct {
	partner int64 // 0 = of all
	batches chan batch
	gone    chan struct{} // closed when it is told no more
}

// NewLive makes a Live that tells nobody anything before Run.
func NewLive(st *store.Store, log *slog.Logger) *Live {
	return &Live{store: st, log: log, wake: make(chan struct{}, 1), ready: make(chan struct{}), listeners: make(map[*listener]struct{})}
}

// Run tells listeners until ctx ends, and then lets them go. It is called once.
// Where PostgreSQL is away it waits and catches up.
func (l *Live) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	defer l.end()
	wg.Go(func() { l.listen(ctx) })
	forget, look := time.NewTicker(forgetEvery), time.NewTicker(lookEvery)
	defer forget.Stop()
	defer look.Stop()
	for started, failing := false, false; ctx.Err() == nil; {
		err := l.look(ctx, &started)
		if err != nil && ctx.Err() == nil && !failing {
			l.log.Warn("live updates wait", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
		case <-l.wake:
		case <-look.C:
		case <-forget.C:
			if err := l.store.ForgetChanges(ctx); err != nil && ctx.Err() == nil {
				l.log.Warn("old changes are kept for now", "error", err)
			}
		}
	}
	return nil
}

// listen rings whenever a change is committed, on a connection that is made again
// when it breaks.
func (l *Live) listen(ctx context.Context) {
	for ctx.Err() == nil {
		if err := l.store.ListenChanges(ctx, l.ring); err != nil && ctx.Err() == nil {
			l.log.Warn("not notified of changes for now; polling goes on", "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}
}

func (l *Live) ring() {
	select {
	case l.wake <- struct{}{}:
	default: // it rings already
	}
}

// look tells of what has happened since the last look.
func (l *Live) look(ctx context.Context, started *bool) error {
	if !*started {
		present, err := l.store.Present(ctx)
		if err != nil {
			return err
		}
		l.until, *started = present, true
		close(l.ready)
		return nil
	}
	list, until, err := l.store.ChangesSince(ctx, l.until) // which nobody else writes
	if err != nil {
		return err
	}
	byPartner := make(map[int64][]store.Change)
	for _, c := range list {
		byPartner[c.PartnerID] = append(byPartner[c.PartnerID], c)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until = until
	if len(list) == 0 {
		return nil
	}
	for to := range l.listeners {
		b := batch{list, until}
		if to.partner != 0 {
			b.changes = byPartner[to.partner]
		}
		if len(b.changes) == 0 {
			continue
		}
		select {
		case to.batches <- b:
		default:
			l.drop(to)
		}
	}
	return nil
}

// join adds one who is told of everything of a partner, 0 = of all, that is
// committed after the moment returned. leave undoes it.
func (l *Live) join(ctx context.Context, partner int64) (*listener, store.Moment, error) {
	select {
	case <-l.ready:
	case <-ctx.Done():
		return nil, store.Moment{}, ctx.Err()
	}
	to := &listener{partner: partner, batches: make(chan batch, behind), gone: make(chan struct{})}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		close(to.gone)
		return to, l.until, nil
	}
	l.listeners[to] = struct{}{}
	return to, l.until, nil
}

func (l *Live) leave(to *listener) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drop(to)
}

// drop lets a listener go, with mu held.
func (l *Live) drop(to *listener) {
	if _, ok := l.listeners[to]; ok {
		delete(l.listeners, to)
		close(to.gone)
	}
}

// told is the moment up to which a listener without anything waiting was told.
func (l *Live) told(to *listener) (until store.Moment, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.until, len(to.batches) == 0
}

func (l *Live) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	for to := range l.listeners {
		l.drop(to)
	}
}
