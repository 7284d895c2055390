package mailer

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Warmup is how the volume of a new sender grows: receivers distrust a domain or
// address that has never written to them and suddenly writes a great deal.
// Days are those of UTC.
type Warmup struct {
	Start  time.Time // any time of the first day
	First  int       // letters of that day, 1 or more; of every day before it as well
	Factor float64   // by which each day exceeds the one before, above 1
	// Most ends the warm-up: from the day on that would allow as many, nothing is
	// bounded. 0 stands for 100,000.
	Most int
}

const warmupMost = 100_000

// ParseWarmup reads "2026-12-01,50,1.5" or "2026-12-01,50,1.5,20000": the first
// day, its volume, the factor of growth, and the volume that ends the warm-up.
func ParseWarmup(s string) (*Warmup, error) {
	const form = "write the first day, its volume and the daily growth, as in 2026-12-01,50,1.5"
	parts := strings.Split(s, ",")
	if len(parts) < 3 || len(parts) > 4 {
		return nil, fmt.Errorf("%.40q has %d parts; %s", s, len(parts), form)
	}
	var w Warmup
	var dayErr, firstErr, factorErr, mostErr error
	w.Start, dayErr = time.Parse(time.DateOnly, strings.TrimSpace(parts[0]))
	w.First, firstErr = strconv.Atoi(strings.TrimSpace(parts[1]))
	w.Factor, factorErr = strconv.ParseFloat(strings.TrimSpace(parts[2]), 64)
	if len(parts) == 4 {
		w.Most, mostErr = strconv.Atoi(strings.TrimSpace(parts[3]))
	}
	if errors.Join(dayErr, firstErr, factorErr, mostErr) != nil {
		return nil, fmt.Errorf("%.40q can't be read; %s", s, form)
	}
	var errs []error
	w.check(func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) })
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return &w, nil
}

func (w *Warmup) check(bad func(string, ...any)) {
	if w.Start.IsZero() {
		bad("Warmup.Start is missing")
	}
	if w.First < 1 {
		bad("Warmup.First %d isn't 1 or more", w.First)
	}
	if !(w.Factor > 1 && w.Factor <= 10) { // NaN, too
		bad("Warmup.Factor %v isn't above 1 and at most 10", w.Factor)
	}
	if w.Most < 0 {
		bad("Warmup.Most %d is negative", w.Most)
	}
}

// Volume is how many letters may go on the day of t, and whether there is a
// bound at all.
func (w *Warmup) Volume(t time.Time) (letters int, bounded bool) {
	most := w.Most
	if most == 0 {
		most = warmupMost
	}
	days := max(midnight(t).Sub(midnight(w.Start))/(24*time.Hour), 0)
	volume := float64(w.First) * math.Pow(w.Factor, float64(days)) // +Inf after years
	if volume >= float64(most) {
		return 0, false
	}
	return int(volume), true
}

func midnight(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// bulkShare is what of a day's volume digests may use: an alert or an answer can't
// wait for tomorrow, a digest tells again what is in the inbox anyway.
const bulkShare = 0.75

// warming spends a day's volume, of which it reserves some letters at a time, so
// that not every letter asks the database.
type warming struct {
	w       *Warmup
	reserve func(ctx context.Context, day time.Time, limit, n int) (int, error)

	mu   sync.Mutex
	day  time.Time
	left [2]int  // reserved and unused, urgent and bulk
	full [2]bool // the day's volume is used up
}

// reserveRetry is how long a letter waits while the volume can't be asked for.
const reserveRetry = 15 * time.Second

// take counts a letter. Where none may go, wait is how long from now.
func (w *warming) take(ctx context.Context, now time.Time, bulk bool) (wait time.Duration, err error) {
	volume, bounded := w.w.Volume(now)
	if !bounded {
		return 0, nil
	}
	class, limit := 0, volume
	if bulk {
		class, limit = 1, int(bulkShare*float64(volume))
	}
	tomorrow := midnight(now).Add(24 * time.Hour).Sub(now)

	w.mu.Lock() // held while the database is asked: the others need its answer, too
	defer w.mu.Unlock()
	if day := midnight(now); !w.day.Equal(day) {
		w.day, w.left, w.full = day, [2]int{}, [2]bool{}
	}
	if w.left[class] == 0 && !w.full[class] {
		// Little of a small volume, since what a process reserves and doesn't use
		// is lost to the others.
		n, err := w.reserve(ctx, w.day, limit, min(max(volume/50, 1), 20))
		if err != nil {
			return reserveRetry, fmt.Errorf("reserve of the warm-up's volume: %w", err)
		}
		w.left[class] = n
		w.full[class] = n == 0
	}
	if w.left[class] == 0 {
		return tomorrow, nil
	}
	w.left[class]--
	return 0, nil
}

// untake gives a letter back that came nowhere near a server.
func (w *warming) untake(began time.Time, bulk bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, bounded := w.w.Volume(began); !bounded || !w.day.Equal(midnight(began)) {
		return
	}
	class := 0
	if bulk {
		class = 1
	}
	w.left[class]++
}
