package mailer

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"
)

// relay is one server with the sessions to it.
type relay struct {
	Relay
	name string // host:port
	pool *Pool
	free chan struct{} // holds one token per connection in use

	mu       sync.Mutex
	idle     []*conn // last used last, and taken first: the surplus expires
	standing standing
}

func newRelay(p *Pool, r Relay, alone bool) *relay {
	return &relay{Relay: r, name: net.JoinHostPort(r.Host, strconv.Itoa(r.Port)), pool: p, free: make(chan struct{}, r.Connections), standing: standing{first: p.opts.SetAside, alone: alone}}
}

// trusted says whether letters may go to it, and if not, why and until when.
func (r *relay) trusted() (ok bool, until time.Time, why error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.standing.trusted(), r.standing.until, r.standing.reason
}

// claimProbe reports whether the caller is the one to try the relay again.
func (r *relay) claimProbe(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.standing.due(now) {
		return false
	}
	r.standing.probing = true
	return true
}

// note keeps what a letter's attempt says about the relay.
func (r *relay) note(ctx context.Context, began time.Time, res Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.standing.trusted()
	switch blamed := judge(res); {
	case res.Stage == StageWait, ctx.Err() != nil && res.Code == 0:
		r.standing.probing = false // never came to it, or was broken off by us
	case blamed != blameRelay:
		if res.Verdict != NotSent {
			r.standing.worked()
		}
		r.standing.probing = false
	case res.Stage == StageDial, res.Stage == StageAuth:
		if res.Code == 421 && len(r.free) > 1 {
			// It has had enough of our connections, not of us: those that are
			// there go on, and this letter comes again.
			r.standing.probing = false
			return
		}
		r.standing.unreachable(began, time.Now(), res.Err)
	default:
		r.standing.broke(began, time.Now(), res.Err)
	}
	if after := r.standing.trusted(); before != after {
		r.log(ctx, after)
	}
}

// log tells the operator of a change.
func (r *relay) log(ctx context.Context, trusted bool) {
	if trusted {
		r.pool.opts.Events.InfoContext(ctx, "relay works again", slog.String("relay", r.name))
		return
	}
	r.pool.opts.Events.WarnContext(ctx, "relay is set aside", slog.String("relay", r.name),
		slog.Duration("for", time.Until(r.standing.until).Round(time.Millisecond)), slog.Any("error", r.standing.reason))
}

// enter takes a token, or says why there is none.
func (r *relay) enter(ctx context.Context) error {
	select {
	case r.free <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for a connection: %w", context.Cause(ctx))
	case <-r.pool.closing:
		return fmt.Errorf("wait for a connection: %w", ErrClosed)
	}
}

func (r *relay) leave() { <-r.free }

// carry makes one attempt to hand a letter to this relay. probing says that the
// caller has claimed the probe.
func (r *relay) carry(ctx context.Context, l *rendered, o SendOptions, probing bool) (res Result) {
	began := time.Now()
	if probing {
		defer func() { r.note(ctx, began, res) }()
	}
	if err := r.enter(ctx); err != nil {
		return Result{Verdict: Temporary, Stage: StageWait, Err: err}
	}
	defer r.leave()
	if ok, _, why := r.trusted(); !ok && !probing { // set aside while we waited
		return Result{Verdict: Temporary, Stage: StageDial, Err: fmt.Errorf("set aside: %w", why)}
	}
	began = time.Now()
	res = r.attempt(ctx, l, o)
	res.Relay = r.name
	if !probing {
		r.note(ctx, began, res)
	}
	return res
}

func (r *relay) attempt(ctx context.Context, l *rendered, o SendOptions) Result {
	c := r.takeIdle()
	if c == nil {
		var err error
		if c, err = r.dial(ctx); err != nil {
			return failedDial(err)
		}
	}
	res, stale := c.transact(ctx, l, o)
	if stale {
		_ = c.raw.Close() // dead already
		r.pool.opts.Log.DebugContext(ctx, "idle SMTP connection was dead; dialling again", slog.Any("error", res.Err))
		var err error
		if c, err = r.dial(ctx); err != nil {
			return failedDial(err)
		}
		res, _ = c.transact(ctx, l, o)
	}
	r.putBack(c)
	return res
}

// probe makes one connection to a relay that was set aside, and keeps it if it
// works. The pool's Close ends it.
func (r *relay) probe(ctx context.Context) {
	began := time.Now()
	if err := r.enter(ctx); err != nil {
		r.note(ctx, began, Result{Verdict: Temporary, Stage: StageWait, Err: err})
		return
	}
	defer r.leave()
	c, err := r.dial(ctx)
	if err != nil {
		r.note(ctx, began, failedDial(err))
		return
	}
	r.note(ctx, began, Result{Verdict: Delivered})
	r.putBack(c)
}

// check makes a connection, says NOOP and QUIT.
func (r *relay) check(ctx context.Context) error {
	if err := r.enter(ctx); err != nil {
		return err
	}
	defer r.leave()
	c, err := r.dial(ctx)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = c.raw.Close() })
	defer stop()
	err = c.ask(2, "NOOP")
	if err != nil {
		c.broken = true
		err = fmt.Errorf("noop: %w", err)
	}
	c.quit()
	return err
}

func (r *relay) takeIdle() *conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := len(r.idle)
	if n == 0 {
		return nil
	}
	c := r.idle[n-1]
	r.idle = r.idle[:n-1]
	c.expiry.Stop()
	return c
}

func (r *relay) putBack(c *conn) {
	r.mu.Lock()
	closing := false
	select {
	case <-r.pool.closing:
		closing = true
	default:
	}
	if c.broken || closing {
		r.mu.Unlock()
		c.quit()
		return
	}
	c.expiry = time.AfterFunc(r.pool.opts.IdleTimeout, func() { r.expire(c) })
	r.idle = append(r.idle, c)
	r.mu.Unlock()
}

// expire ends a connection that is still idle.
func (r *relay) expire(c *conn) {
	if !r.pool.begin() {
		return // Close ends it
	}
	defer r.pool.work.Done()
	r.mu.Lock()
	i := slices.Index(r.idle, c)
	if i < 0 {
		r.mu.Unlock()
		return
	}
	r.idle = append(r.idle[:i:i], r.idle[i+1:]...)
	r.mu.Unlock()
	c.quit()
}

// takeAll gives the idle connections to Close.
func (r *relay) takeAll() []*conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	idle := r.idle
	r.idle = nil
	return idle
}
