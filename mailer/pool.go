package mailer

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
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
	// Bulk marks a letter that may wait for others: a digest. A quarter of a
	// warm-up's daily volume isn't for them.
	Bulk bool
}

// Pool sends letters to one of its relays over sessions that stay open between
// letters. Its methods may be called by many goroutines.
type Pool struct {
	opts    Options
	relays  []*relay // in order of preference
	domains domains
	warming *warming // nil: no warm-up

	life    context.Context // of probes
	endLife context.CancelFunc

	mu      sync.Mutex
	closed  bool
	closing chan struct{}
	work    sync.WaitGroup // Sends, Checks, probes and expiries under way
}

// quitTimeout bounds the politeness of a QUIT.
const quitTimeout = 2 * time.Second

// NewPool checks the options and returns a pool without a connection; see
// [Pool.Check] for a first one. The error names every bad option.
func NewPool(o Options) (*Pool, error) {
	o, relays, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("mailer options: %w", err)
	}
	p := &Pool{opts: o, domains: domains{limits: o.Limits, known: map[string]*domain{}}, closing: make(chan struct{})}
	p.life, p.endLife = context.WithCancel(context.Background())
	for _, r := range relays {
		p.relays = append(p.relays, newRelay(p, r, len(relays) == 1))
	}
	if o.Warmup != nil {
		p.warming = &warming{w: o.Warmup, reserve: o.Reserve}
	}
	return p, nil
}

// Send makes one attempt to hand the letter over and says what came of it. It
// waits for a free connection, dials if none is idle, and redials once if the
// idle one turns out to be dead before the server has answered MAIL. While a
// relay can't be reached, is ill or refuses us, the next one gets the letter; none
// does so once the body has begun with another, nor for what a relay says about
// the recipient.
//
// A letter that the recipient's domain or the warm-up has no room for now comes
// back at once as Deferred: it waits for nothing and holds no connection.
//
// When ctx ends, the connection is closed at whatever point the dialogue has
// reached: Temporary before the final dot, Unknown after it.
func (p *Pool) Send(ctx context.Context, l *Letter, o SendOptions) Result {
	began := time.Now()
	res := p.send(ctx, l, o, began)
	res.Took = time.Since(began)
	p.log(ctx, l, res)
	return res
}

func (p *Pool) send(ctx context.Context, l *Letter, o SendOptions, began time.Time) Result {
	if err := p.enter(ctx); err != nil {
		return Result{Verdict: Temporary, Stage: StageWait, Err: fmt.Errorf("send <%s>: %w", bareID(l.MessageID), err)}
	}
	defer p.work.Done()

	// Before the letter is written: what may not go costs nothing. An address that
	// isn't one is found when it is written.
	domain, _ := asciiDomain(l.To.Addr[strings.LastIndexByte(l.To.Addr, '@')+1:])
	if wait := p.domains.enter(domain, began); wait > 0 {
		return deferred(l, wait, errors.New("the recipient's domain has its share for now"))
	}
	res := p.sendNow(ctx, l, o, began)
	p.domains.leave(domain, began, time.Now(), judge(res), res.RetryAfter)
	return res
}

// sendNow sends a letter that the domain's limits let through.
func (p *Pool) sendNow(ctx context.Context, l *Letter, o SendOptions, began time.Time) Result {
	if p.warming != nil {
		switch wait, err := p.warming.take(ctx, began, o.Bulk); {
		case err != nil:
			return deferred(l, wait, err)
		case wait > 0:
			return deferred(l, wait+spread(l.MessageID, time.Hour), errors.New("the warm-up's volume of the day is used up"))
		}
	}
	var res Result
	if r, err := p.render(l); err != nil {
		res = Result{Verdict: NotSent, Stage: StageLetter, Err: err}
	} else {
		res = p.deliver(ctx, r, o)
	}
	if p.warming != nil && (res.Stage == StageLetter || res.Stage == StageWait || res.Stage == StageDial || res.Stage == StageAuth) {
		p.warming.untake(began, o.Bulk)
	}
	if res.Verdict == Temporary && res.Code >= 400 {
		res.RetryAfter = waitHint(res.Reply)
	}
	return res
}

// deliver offers a letter to the relays in their order.
func (p *Pool) deliver(ctx context.Context, l *rendered, o SendOptions) Result {
	var last Result
	var reasons []error
	asked := make(map[*relay]bool, len(p.relays))
	ask := func(r *relay, probing bool) (done bool) {
		asked[r] = true
		last = r.carry(ctx, l, o, probing)
		if last.Err == nil {
			return true
		}
		last.Err = fmt.Errorf("send <%s>: %w", l.id, p.because(r, last.Err))
		reasons = append(reasons, last.Err)
		return ctx.Err() != nil || !mayGoOn(last)
	}
	p.probeDue()
	for _, r := range p.relays {
		if ok, _, _ := r.trusted(); ok && ask(r, false) {
			return last
		}
	}
	// None that is trusted took it. One letter tries each of the others whose time
	// has come; the rest needn't find out the same.
	var next time.Time
	for _, r := range p.relays {
		if asked[r] {
			continue
		}
		ok, until, why := r.trusted() // again perhaps, since a moment ago
		if ok || r.claimProbe(time.Now()) {
			if ask(r, !ok) {
				return last
			}
			continue
		}
		reasons = append(reasons, fmt.Errorf("send <%s>: %w", l.id, p.because(r, fmt.Errorf("set aside: %w", why))))
		if next.IsZero() || until.Before(next) {
			next = until
		}
	}
	if len(asked) == 0 {
		last = Result{Verdict: Temporary, Stage: StageDial, RetryAfter: max(time.Until(next), 0)}
	}
	last.Err = errors.Join(reasons...)
	return last
}

// probeDue tries relays that were set aside again, in the background, while
// others take the letters.
func (p *Pool) probeDue() {
	if len(p.relays) == 1 {
		return
	}
	now, others := time.Now(), false
	for _, r := range p.relays {
		ok, _, _ := r.trusted()
		others = others || ok
	}
	for _, r := range p.relays {
		if others && r.claimProbe(now) {
			if !p.begin() {
				return
			}
			go func() {
				defer p.work.Done()
				r.probe(p.life)
			}()
		}
	}
}

// because names the relay of an error, where there are several.
func (p *Pool) because(r *relay, err error) error {
	if len(p.relays) == 1 {
		return err
	}
	return fmt.Errorf("%s: %w", r.name, err)
}

// mayGoOn reports whether another relay may get the letter: this one is to blame,
// and it has seen no body, so that no letter that breaks its reader goes round.
func mayGoOn(res Result) bool {
	if res.Verdict != Temporary || judge(res) != blameRelay {
		return false
	}
	switch res.Stage {
	case StageDial, StageAuth, StageMail, StageRcpt:
		return true
	}
	return false
}

// deferred is the Result of a letter that may not go now.
func deferred(l *Letter, wait time.Duration, err error) Result {
	return Result{Verdict: Deferred, Stage: StageWait, RetryAfter: max(wait, time.Millisecond), Err: fmt.Errorf("send <%s>: %w", bareID(l.MessageID), err)}
}

// spread is a time below d that an identifier always gives.
func spread(id string, d time.Duration) time.Duration {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // never fails
	return time.Duration(h.Sum32()) * (d >> 10) >> 22
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

// Check makes a connection of its own to each relay, authenticates, says NOOP and
// QUIT. The error begins with the stage that failed, behind the relay's name if
// there are several.
func (p *Pool) Check(ctx context.Context) error {
	if err := p.enter(ctx); err != nil {
		return err
	}
	defer p.work.Done()
	var errs []error
	for _, r := range p.relays {
		if err := r.check(ctx); err != nil {
			errs = append(errs, p.because(r, err))
		}
	}
	return errors.Join(errs...)
}

// Close refuses new letters and those still waiting for a connection, waits for
// the ones in flight and ends the idle connections by QUIT. Further calls wait
// likewise. The error is always nil.
func (p *Pool) Close() error {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		close(p.closing)
		p.endLife()
	}
	p.mu.Unlock()

	var quits sync.WaitGroup
	for _, r := range p.relays {
		for _, c := range r.takeAll() {
			c.expiry.Stop() // one that fired already finds its connection gone
			quits.Go(c.quit)
		}
	}
	quits.Wait()
	p.work.Wait()
	return nil
}

// begin counts something that Close waits for; false: the pool is closed.
func (p *Pool) begin() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.work.Add(1)
	return true
}

// enter is begin for callers, who have a context.
func (p *Pool) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("wait for a connection: %w", context.Cause(ctx))
	}
	if !p.begin() {
		return ErrClosed
	}
	return nil
}

// log writes the one line of a letter. Of the recipient it holds the domain only.
func (p *Pool) log(ctx context.Context, l *Letter, r Result) {
	level := slog.LevelInfo
	switch r.Verdict {
	case Delivered:
	case Deferred: // of which a busy domain has thousands
		level = slog.LevelDebug
	default:
		level = slog.LevelWarn
	}
	if !p.opts.Log.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("message_id", bareID(l.MessageID)),
		slog.String("to_domain", l.To.Addr[strings.LastIndexByte(l.To.Addr, '@')+1:]),
		slog.String("verdict", r.Verdict.String()),
		slog.String("relay", r.Relay),
		slog.String("stage", r.Stage),
		slog.Int("code", r.Code),
		slog.String("enhanced", r.EnhancedCode),
		slog.String("reply", r.Reply),
		slog.Duration("took", r.Took),
	}
	if r.RetryAfter > 0 {
		attrs = append(attrs, slog.Duration("retry_after", r.RetryAfter))
	}
	if r.Err != nil && !errors.Is(r.Err, ErrLetter) { // whose text may quote fields
		attrs = append(attrs, slog.Any("error", r.Err))
	}
	p.opts.Log.LogAttrs(ctx, level, "mail", attrs...)
}
