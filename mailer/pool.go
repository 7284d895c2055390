package mailer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
)

// SendOptions are the wishes of one Send.
type SendOptions struct {
	// BeforeDot is asked after the body has been written (its last 16 KiB go
	// out together with the dot) and before the final dot: the last moment at
	// which the letter can be withheld. An error drops the connection without
	// the dot, and the Result is NotSent. nil: no question.
	BeforeDot func() error
}

// Pool sends letters to one server over up to Options.Connections sessions that
// stay open between letters. Its methods may be called by many goroutines.
type Pool struct {
	opts Options
	free chan struct{} // holds one token per connection in use

	mu      sync.Mutex
	idle    []*conn // last used last, and taken first: the surplus expires
	closed  bool
	closing chan struct{}
	work    sync.WaitGroup // Sends, Checks and expiries under way
}

// quitTimeout bounds the politeness of a QUIT.
const quitTimeout = 2 * time.Second

// NewPool checks the options and returns a pool without a connection; see
// [Pool.Check] for a first one. The error names every bad option.
func NewPool(o Options) (*Pool, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("mailer options: %w", err)
	}
	return &Pool{opts: o, free: make(chan struct{}, o.Connections), closing: make(chan struct{})}, nil
}

// Send makes one attempt to hand the letter over and says what came of it. It
// waits for a free connection, dials if none is idle, and redials once if the
// idle one turns out to be dead before the server has answered MAIL.
//
// When ctx ends, the connection is closed at whatever point the dialogue has
// reached: Temporary before the final dot, Unknown after it.
func (p *Pool) Send(ctx context.Context, l *Letter, o SendOptions) Result {
	began := time.Now()
	res := p.send(ctx, l, o)
	res.Took = time.Since(began)
	p.log(ctx, l, res)
	return res
}

func (p *Pool) send(ctx context.Context, l *Letter, o SendOptions) Result {
	r, err := p.render(l)
	if err != nil {
		return Result{Verdict: NotSent, Stage: StageLetter, Err: err}
	}
	if err := p.enter(ctx); err != nil {
		return Result{Verdict: Temporary, Stage: StageWait, Err: fmt.Errorf("send <%s>: %w", r.id, err)}
	}
	defer p.leave()

	c := p.takeIdle()
	if c == nil {
		if c, err = p.dial(ctx); err != nil {
			return failedDial(fmt.Errorf("send <%s>: %w", r.id, err))
		}
	}
	res, stale := c.transact(ctx, r, o)
	if stale {
		_ = c.raw.Close() // dead already
		p.opts.Log.DebugContext(ctx, "idle SMTP connection was dead; dialling again", slog.Any("error", res.Err))
		if c, err = p.dial(ctx); err != nil {
			return failedDial(fmt.Errorf("send <%s>: %w", r.id, err))
		}
		res, _ = c.transact(ctx, r, o)
	}
	p.putBack(c)
	return res
}

// render writes the letter and signs it.
func (p *Pool) render(l *Letter) (*rendered, error) {
	r, err := l.render()
	if err != nil || p.opts.DKIM == nil {
		return r, err
	}
	if r.bytes, err = p.opts.DKIM.sign(r.bytes, l.Date); err != nil {
		return nil, fmt.Errorf("%w: <%s>: %w", ErrLetter, r.id, err)
	}
	return r, nil
}

// Check makes a connection of its own, authenticates, says NOOP and QUIT. The
// error begins with the stage that failed.
func (p *Pool) Check(ctx context.Context) error {
	if err := p.enter(ctx); err != nil {
		return err
	}
	defer p.leave()
	c, err := p.dial(ctx)
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

// Close refuses new letters and those still waiting for a connection, waits for
// the ones in flight and ends the idle connections by QUIT. Further calls wait
// likewise. The error is always nil.
func (p *Pool) Close() error {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		close(p.closing)
	}
	idle := p.idle
	p.idle = nil
	p.mu.Unlock()

	var quits sync.WaitGroup
	for _, c := range idle {
		c.expiry.Stop() // one that fired already finds its connection gone
		quits.Go(c.quit)
	}
	quits.Wait()
	p.work.Wait()
	return nil
}

// enter takes a token, or says why there is none.
func (p *Pool) enter(ctx context.Context) error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return ErrClosed
	}
	p.work.Add(1)
	p.mu.Unlock()

	err := ctx.Err()
	if err == nil {
		select {
		case p.free <- struct{}{}:
			return nil
		case <-ctx.Done():
			err = context.Cause(ctx)
		case <-p.closing:
			err = ErrClosed
		}
	}
	p.work.Done()
	return fmt.Errorf("wait for a connection: %w", err)
}

func (p *Pool) leave() {
	<-p.free
	p.work.Done()
}

func (p *Pool) takeIdle() *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		return nil
	}
	c := p.idle[n-1]
	p.idle = p.idle[:n-1]
	c.expiry.Stop()
	return c
}

func (p *Pool) putBack(c *conn) {
	p.mu.Lock()
	if c.broken || p.closed {
		p.mu.Unlock()
		c.quit()
		return
	}
	c.expiry = time.AfterFunc(p.opts.IdleTimeout, func() { p.expire(c) })
	p.idle = append(p.idle, c)
	p.mu.Unlock()
}

// expire ends a connection that is still idle.
func (p *Pool) expire(c *conn) {
	p.mu.Lock()
	i := slices.Index(p.idle, c)
	if i < 0 {
		p.mu.Unlock()
		return
	}
	p.idle = append(p.idle[:i:i], p.idle[i+1:]...)
	p.work.Add(1)
	p.mu.Unlock()
	c.quit()
	p.work.Done()
}

// log writes the one line of a letter. Of the recipient it holds the domain only.
func (p *Pool) log(ctx context.Context, l *Letter, r Result) {
	level := slog.LevelInfo
	if r.Verdict != Delivered {
		level = slog.LevelWarn
	}
	if !p.opts.Log.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("message_id", bareID(l.MessageID)),
		slog.String("to_domain", l.To.Addr[strings.LastIndexByte(l.To.Addr, '@')+1:]),
		slog.String("verdict", r.Verdict.String()),
		slog.String("stage", r.Stage),
		slog.Int("code", r.Code),
		slog.String("enhanced", r.EnhancedCode),
		slog.String("reply", r.Reply),
		slog.Duration("took", r.Took),
	}
	if r.Err != nil && !errors.Is(r.Err, ErrLetter) { // whose text may quote fields
		attrs = append(attrs, slog.Any("error", r.Err))
	}
	p.opts.Log.LogAttrs(ctx, level, "mail", attrs...)
}
