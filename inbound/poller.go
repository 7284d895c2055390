package inbound

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/tradepost-mail/tradepost/store"
)

// Poller reads one mailbox. Make one with [New].
type Poller struct {
	o       Options
	box     Mailbox
	store   *store.Store
	log     *slog.Logger
	ingest  *ingester
	owner   uuid.UUID
	running atomic.Bool
	wake    chan struct{}
	ready   chan struct{}
	once    sync.Once // closes ready

	// What follows belongs to Run.
	validity uint32              // UIDVALIDITY of the last round; 0 = none yet
	trouble  map[uint32]*trouble // by UID, of mails that could not be fetched

	// hook is called at the named points of a round; tests break things there.
	hook func(at string)
}

// Round is what one look at the mailbox came to.
type Round struct {
	// Reader says whether this Poller is the mailbox's reader; if not, nothing
	// else is set.
	Reader      bool
	UIDValidity uint32
	Listed      int // mails in the folder
	Fetched     int // committed to the ledger in this round
	// Judged counts the mails that were finished, by what became of them.
	Judged map[store.InboundState]int
	Moved  int // out of the folder
	// Err ended the round early; the next one goes on from there.
	Err error
}

// New checks all options and returns a Poller. It doesn't connect. The error
// names everything that is wrong.
func New(o Options) (*Poller, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	p := &Poller{
		o: o, box: o.Mailbox, store: o.Store, owner: uuid.New(),
		log:  o.Log.With("mailbox", mailboxName(o.Mailbox)),
		wake: make(chan struct{}, 1), ready: make(chan struct{}),
		hook: func(string) {},
	}
	p.ingest = newIngester(o, p.log)
	return p, nil
}

// mailboxName is the key of the ledger. Another name for the same server makes
// another mailbox: its mail is looked at again and recognised as duplicates.
func mailboxName(m Mailbox) string {
	return m.Username + "@" + strings.ToLower(m.Addr) + "/" + m.Folder
}

// Poll asks for a round now. It doesn't wait for it.
func (p *Poller) Poll() { signal(p.wake) }

// Ready is closed after the first complete round.
func (p *Poller) Ready() <-chan struct{} { return p.ready }

// retryMax is the longest pause between two attempts to reach the server.
const retryMax = time.Minute

// errNotReader says that another Poller reads the mailbox.
var errNotReader = errors.New("another poller reads the mailbox")

// Run polls until ctx ends, reconnecting as needed, and then returns nil. The
// error is for calling it again while it runs.
func (p *Poller) Run(ctx context.Context) error {
	if !p.running.CompareAndSwap(false, true) {
		return errors.New("inbound: this Poller runs already")
	}
	defer p.running.Store(false)
	pause := p.box.Retry
	for {
		complete, err := p.lead(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if complete {
			pause = p.box.Retry
		}
		d := pause
		if errors.Is(err, errNotReader) {
			p.report(Round{})
			d = min(p.box.PollEvery, p.box.Lease/3)
		} else {
			p.log.Warn("mailbox not read", "error", err, "again_in", d)
			p.report(Round{Reader: true, Err: err})
			pause = min(2*pause, retryMax)
		}
		timer := time.NewTimer(d)
		select {
		case <-timer.C:
		case <-p.wake:
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return nil
		}
	}
}

// lead reads the mailbox as its one reader for as long as that goes well, and
// reports whether a round was complete.
func (p *Poller) lead(ctx context.Context) (complete bool, err error) {
	l := &lease{store: p.store, name: mailboxName(p.box), owner: p.owner, length: p.box.Lease}
	ok, err := l.take(ctx)
	if err != nil {
		return false, err
	}
	if !ok {
		return false, errNotReader
	}
	ctx, stop := l.keep(ctx)
	defer stop()
	defer func() {
		if cause := context.Cause(ctx); cause != nil && err != nil {
			err = fmt.Errorf("%w (%w)", cause, err)
		}
	}()
	// What an earlier reader committed needs no server.
	if err := p.judgeStored(ctx, l.box.ID, &Round{}); err != nil {
		return false, err
	}
	s, err := connect(ctx, p.box)
	if err != nil {
		return false, err
	}
	defer s.close()
	p.log.Info("mailbox open")
	for {
		r := p.round(ctx, s, l)
		if r.Err != nil {
			return complete, r.Err
		}
		complete = true
		p.once.Do(func() { close(p.ready) })
		p.report(r)
		if err := s.wait(ctx, min(p.box.PollEvery, p.box.IdleRestart), p.wake); err != nil {
			return complete, err
		}
	}
}

func (p *Poller) report(r Round) {
	if p.o.OnRound != nil {
		p.o.OnRound(r)
	}
}
