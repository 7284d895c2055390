package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/worker"
)

// SendOptions say what [Send] sends.
type SendOptions struct {
	Mails int    // how many digests
	SMTP  string // host:port of a server that takes everything; "": a sink in this process, whose CPU time counts as ours
	DKIM  string // "none", "ed25519" or "rsa"
	// Baseline is Postfix's smtp-source, as a path or a name in PATH, to be
	// measured against the same server; "": not.
	Baseline string
	Progress func(line string) // gets one for each step
	Log      *slog.Logger      // the worker's, for warnings; nil: none
	// Measured, if not nil, is called while the digests go out: for profilers.
	Measured func(ctx context.Context, send func(context.Context) error) error
}

// Sent is what [Send] measured.
type Sent struct {
	Mails       int
	Took        time.Duration // from the sweep's start to the last committed outcome
	Used        Usage         // meanwhile
	PeakRSS     int64         // of this process, in octets
	Allocations uint64        // meanwhile, in this process
	Allocated   uint64        // their octets
	// Octets are the sizes on the wire of a sample of the same make: smallest,
	// middle, largest.
	Octets [3]int
	// Source is the baseline's, nil without one.
	Source *Source
}

// PerSecond is the throughput in mails.
func (s Sent) PerSecond() float64 { return float64(s.Mails) / s.Took.Seconds() }

const (
	// wanted are the bounds of a digest on the wire, in octets, and what is aimed at.
	wantedMin, wantedMax, wantedSize = 5500, 6100, 5800

	sampled    = 16   // digests by which the lengths are found
	rounds     = 4    // at most, until the sizes are right
	shortest   = 40   // characters of a message
	longest    = 5000 // likewise
	sendWithin = 10 * time.Minute
	lookEvery  = 25 * time.Millisecond
)

// Send measures digests through all there is: rows in PostgreSQL, tasks in Redis,
// rendering, signing, SMTP, outcomes committed in PostgreSQL. The error is not nil,
// too, when some digest isn't on record as sent exactly once.
func Send(ctx context.Context, o SendOptions) (sent Sent, err error) {
	if o.Mails < 1 {
		return Sent{}, fmt.Errorf("mails: %d is too few", o.Mails)
	}
	dkim, err := signer(o.DKIM)
	if err != nil {
		return Sent{}, err
	}
	r, err := start(ctx, o.Log)
	if err != nil {
		return Sent{}, err
	}
	defer func() { err = errors.Join(err, r.close()) }()

	target := o.SMTP
	if target == "" {
		sink, err := StartSink(nil)
		if err != nil {
			return Sent{}, err
		}
		defer func() { err = errors.Join(err, sink.Close()) }()
		target = sink.Addr()
	}

	o.Progress("finding the length of messages that makes digests of 5.5 to 6.1 kB")
	l, sizes, seeded, err := r.calibrate(ctx)
	if err != nil {
		return Sent{}, err
	}
	sent = Sent{Mails: o.Mails, Octets: sizes}
	o.Progress(fmt.Sprintf("digests are %d to %d octets on the wire, the middle one %d", sizes[0], sizes[2], sizes[1]))
	if sizes[0] < wantedMin || sizes[2] > wantedMax {
		o.Progress(fmt.Sprintf("that isn't %d to %d, and messages of %d to %d characters give nothing nearer: compare with care", wantedMin, wantedMax, shortest, longest))
	}
	o.Progress(fmt.Sprintf("writing %d members and their messages", o.Mails))
	began := time.Now()
	if err := errors.Join(r.seed(ctx, seeded, seeded+o.Mails, l), r.store.Analyze(ctx)); err != nil {
		return sent, err
	}
	o.Progress(fmt.Sprintf("took %v", time.Since(began).Round(100*time.Millisecond)))

	source := &sourceRun{program: o.Baseline, server: target, octets: sizes[1]}
	if err := source.run(ctx, (o.Mails+1)/2); err != nil {
		return sent, err
	}
	pool, err := r.pool(target, dkim)
	if err != nil {
		return sent, err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	measured := o.Measured
	if measured == nil {
		measured = func(ctx context.Context, send func(context.Context) error) error { return send(ctx) }
	}
	err = measured(ctx, func(ctx context.Context) error {
		var before, after runtime.MemStats
		err := r.work(ctx, pool, func(ctx context.Context, w *worker.Worker) error {
			runtime.ReadMemStats(&before)
			use, err := Measure()
			if err != nil {
				return err
			}
			began := time.Now()
			if err := r.sendAll(ctx, w); err != nil {
				return err
			}
			sent.Took = time.Since(began)
			used, err := Measure()
			sent.Used = used.Sub(use)
			runtime.ReadMemStats(&after)
			return err
		})
		sent.Allocations, sent.Allocated = after.Mallocs-before.Mallocs, after.TotalAlloc-before.TotalAlloc
		return err
	})
	if err != nil {
		return sent, err
	}
	if sent.PeakRSS, err = peakRSS(); err != nil {
		return sent, err
	}
	if err := source.run(ctx, o.Mails/2); err != nil {
		return sent, err
	}
	sent.Source = source.result()
	return sent, r.checkAll(ctx, seeded+o.Mails)
}

// sendAll opens the window that everything seeded falls into, and returns when every
// digest has its outcome.
func (r *rig) sendAll(ctx context.Context, w *worker.Worker) error {
	now, err := r.store.Now(ctx)
	if err != nil {
		return err
	}
	for opened := 0; opened == 0; { // the worker's own schedule may be at it
		if opened, err = w.OpenWindows(ctx, now.Add(r.clock.Hour)); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, sendWithin, errors.New("the digests aren't out yet"))
	defer cancel()
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		open, err := r.store.DigestsOpen(ctx)
		if err != nil || !open {
			return err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// checkAll holds the record against what was to happen.
func (r *rig) checkAll(ctx context.Context, want int) error {
	t, err := r.store.Tally(ctx, tradepost.Digest)
	if err != nil {
		return err
	}
	if t.All != want || t.SentOnce != want || t.Untold != 0 || t.Told != want+want/2 {
		return fmt.Errorf("of %d digests %d are on record, %d of them as sent exactly once; %d messages are told of and %d are not", want, t.All, t.SentOnce, t.Told, t.Untold)
	}
	return nil
}

// calibrate sends small lots of digests to a sink until they have the size
// wanted. The letters' own share changes with every change of their design.
// sizes are the last lot's smallest, middle and largest; seeded counts the
// members made.
func (r *rig) calibrate(ctx context.Context) (l lengths, sizes [3]int, seeded int, err error) {
	l = lengths{one: 400, two: 150}
	for range rounds {
		var octets map[int]int
		if octets, err = r.lot(ctx, seeded, l); err != nil {
			return l, sizes, seeded, err
		}
		seeded += sampled
		var all []int
		var sum [2]int
		for i, n := range octets {
			all = append(all, n)
			sum[i%2] += n
		}
		if len(all) != sampled {
			return l, sizes, seeded, fmt.Errorf("of %d digests of a sample the server took %d", sampled, len(all))
		}
		slices.Sort(all)
		sizes = [3]int{all[0], all[len(all)/2], all[len(all)-1]}
		one, two := wantedSize-sum[0]*2/sampled, wantedSize-sum[1]*2/sampled
		if max(one, -one, two, -two) < 50 {
			break
		}
		// A character of a message stands in the text and in the HTML, and
		// quoted-printable makes some of them three and breaks lines.
		l.one = min(max(l.one+one*10/21, shortest), longest)
		l.two = min(max(l.two+two*10/42, shortest), longest)
	}
	return l, sizes, seeded, nil
}

// lot sends a few digests and returns their octets by the number of the member.
func (r *rig) lot(ctx context.Context, from int, l lengths) (octets map[int]int, err error) {
	var mu sync.Mutex
	octets = make(map[int]int)
	sink, err := StartSink(func(t Taken) {
		var i int
		if _, err := fmt.Sscanf(t.To, "member-%d@", &i); err != nil {
			return // counted as missing
		}
		mu.Lock()
		defer mu.Unlock()
		octets[i] = t.Octets
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, sink.Close()) }()
	pool, err := r.pool(sink.Addr(), nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	if err := r.seed(ctx, from, from+sampled, l); err != nil {
		return nil, err
	}
	return octets, r.work(ctx, pool, r.sendAll)
}
