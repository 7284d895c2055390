package mailer

import (
	"sync"
	"time"
)

// How a domain that asks for less is treated.
const (
	firstPause = 5 * time.Second // doubled by each further complaint
	mostPause  = 15 * time.Minute
	leastPace  = 0.1         // letters a second; below it a pause does better
	raiseEvery = time.Minute // without a complaint, the pace grows
	raiseBy    = 1.5
	doubtsMost = 3 // refusals in a row that might be complaints make one

	paceWindow  = 10 * time.Second // over which the pace of a domain is measured
	longestWait = time.Hour        // of one Deferred
	idleDomain  = time.Minute      // after which nothing need be known about a domain
	domainsKept = 4096
)

// domains is what is known of the recipient domains that letters go to.
type domains struct {
	limits map[string]Limit

	mu    sync.Mutex
	known map[string]*domain
}

// domain is one of them. Time is passed in; its owner holds the lock.
type domain struct {
	limit    Limit
	inFlight int
	took     time.Duration // smoothed, of one letter
	last     time.Time     // letter begun

	tokens   float64 // of the bucket whose rate is rate()
	refilled time.Time
	promised time.Time // when the last deferred letter may come again

	window       time.Time // measured since
	count        int
	observed     float64 // letters a second, in the window before
	pace         float64 // our own bound after complaints; 0: none
	goal         float64 // pace at which it is lifted
	pauses       int     // complaints that aren't forgiven yet
	paused       time.Time
	since, grown time.Time // of the last complaint; of the last change of pace
	doubts       int
}

// enter asks whether a letter to a domain may go now. If not, wait is when to
// come again: each caller is told another time, in the order of their calls, so
// that they don't all come at once.
func (ds *domains) enter(name string, now time.Time) (wait time.Duration) {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	d := ds.known[name]
	if d == nil {
		if len(ds.known) >= domainsKept {
			ds.forget(now)
		}
		limit, ok := ds.limits[name]
		if !ok {
			limit = ds.limits[anyDomain]
		}
		d = &domain{limit: limit, tokens: 1, refilled: now, window: now, last: now}
		ds.known[name] = d
	}
	return d.enter(now)
}

// forget drops the domains of which nothing need be known. Those in use may be
// more than domainsKept; a table of them that is looked through at every new
// domain is the price.
func (ds *domains) forget(now time.Time) {
	for name, d := range ds.known {
		if d.inFlight == 0 && d.pace == 0 && now.Sub(d.last) > idleDomain && now.After(d.promised) && now.After(d.paused) {
			delete(ds.known, name)
		}
	}
}

// leave ends what enter began. began is when; wait what the server asked for.
func (ds *domains) leave(name string, began, now time.Time, b blame, wait time.Duration) {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	ds.known[name].leave(began, now, b, wait) // kept while a letter is on its way
}

func (d *domain) enter(now time.Time) time.Duration {
	if now.Sub(d.window) >= paceWindow {
		d.observed = float64(d.count) / now.Sub(d.window).Seconds()
		d.window, d.count = now, 0
	}
	d.recover(now)
	rate := d.rate()
	if now.Before(d.paused) {
		return d.promise(now, d.paused, rate)
	}
	if d.limit.AtOnce > 0 && d.inFlight >= d.limit.AtOnce {
		return d.promise(now, now, float64(d.limit.AtOnce)/max(d.took, 50*time.Millisecond).Seconds())
	}
	if rate > 0 {
		d.refill(now, rate)
		if d.tokens < 1 {
			return d.promise(now, now, rate)
		}
		d.tokens--
	}
	d.inFlight++
	d.count++
	d.last = now
	return 0
}

// rate is the lower of the configured bound and our own; 0: none.
func (d *domain) rate() float64 {
	if d.pace > 0 && (d.limit.Rate == 0 || d.pace < d.limit.Rate) {
		return d.pace
	}
	return d.limit.Rate
}

// refill lets a second's letters go at once, or one.
func (d *domain) refill(now time.Time, rate float64) {
	if passed := now.Sub(d.refilled); passed > 0 {
		d.tokens = min(d.tokens+passed.Seconds()*rate, max(rate, 1))
		d.refilled = now
	}
}

// promise is the wait for the next place in a row of letters from a time on, so
// many a second.
func (d *domain) promise(now, from time.Time, rate float64) time.Duration {
	if d.promised.After(from) {
		from = d.promised
	}
	next := from.Add(time.Duration(float64(time.Second) / max(rate, leastPace/10)))
	if wait := next.Sub(now); wait < longestWait {
		d.promised = next
		return wait
	}
	return longestWait
}

func (d *domain) leave(began, now time.Time, b blame, wait time.Duration) {
	d.inFlight--
	if took := now.Sub(began); d.took == 0 {
		d.took = took
	} else {
		d.took += (took - d.took) / 8
	}
	switch b {
	case blameNobody:
		d.doubts = 0
	case blameDomain:
		d.complained(began, now, wait)
	case inDoubt:
		if d.doubts++; d.doubts >= doubtsMost {
			d.complained(began, now, wait)
		}
	case blameLetter, blameRelay:
	}
}

// complained halves the pace and pauses. Letters that were on their way when the
// last complaint came say nothing new.
func (d *domain) complained(began, now time.Time, wait time.Duration) {
	d.doubts = 0
	if began.Before(d.since) {
		return
	}
	rate := d.rate()
	if rate == 0 {
		rate = max(d.observed, float64(d.count)/max(now.Sub(d.window), time.Second).Seconds())
	}
	d.goal = max(d.goal, rate)
	d.pace = max(rate/2, leastPace)
	pause := min(firstPause<<min(d.pauses, 10), mostPause)
	d.pauses++
	d.since = now
	d.paused = now.Add(max(pause, min(wait, longestWait)))
	d.grown = d.paused
	d.tokens, d.refilled = 1, d.paused
}

// recover raises the pace for each quiet minute, until it is what it was before
// the first complaint.
func (d *domain) recover(now time.Time) {
	for d.pace > 0 && now.Sub(d.grown) >= raiseEvery {
		d.grown = d.grown.Add(raiseEvery)
		d.pauses = max(d.pauses-1, 0)
		if d.pace *= raiseBy; d.pace > d.goal {
			d.pace, d.goal = 0, 0
		}
	}
}
