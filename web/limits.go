package web

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// DefaultRate is how many requests a second a key may make of one process.
const DefaultRate = 100

// burstSeconds is how much of its rate a key may save up.
const burstSeconds = 4

// limits holds a token bucket for each key that was used. There are as many as
// keys that were handed out; a stranger's guesses make none.
type limits struct {
	rate int

	mu     sync.Mutex
	byKeys map[int64]*rate.Limiter
}

func newLimits(perSecond int) *limits {
	if perSecond <= 0 {
		perSecond = DefaultRate
	}
	return &limits{rate: perSecond, byKeys: make(map[int64]*rate.Limiter)}
}

// take asks for one request of a key; own is the key's own rate, 0 where it has
// none. Where it is refused wait is how long until the next is not.
func (l *limits) take(key int64, own int) (wait time.Duration, ok bool) {
	if own <= 0 {
		own = l.rate
	}
	l.mu.Lock()
	b := l.byKeys[key]
	if b == nil || b.Limit() != rate.Limit(own) {
		b = rate.NewLimiter(rate.Limit(own), own*burstSeconds)
		l.byKeys[key] = b
	}
	l.mu.Unlock()
	r := b.Reserve()
	if wait = r.Delay(); wait > 0 {
		r.Cancel()
		return wait, false
	}
	return 0, true
}
