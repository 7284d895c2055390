package store_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestReserveWarmup(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	day := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	for i, step := range []struct {
		day            time.Time
		limit, n, want int
	}{
		{day, 50, 20, 20}, {day, 37, 20, 17}, // a digest's share
		{day, 37, 20, 0}, {day, 30, 20, 0}, // below what is taken already
		{day, 50, 20, 13}, {day, 50, 20, 0},
		{day.AddDate(0, 0, 1), 0, 20, 0}, {day.AddDate(0, 0, 1), 75, 80, 75},
	} {
		got, err := m.ReserveWarmup(t.Context(), step.day, step.limit, step.n)
		if err != nil || got != step.want {
			t.Errorf("step %d: %d, %v; want %d", i, got, err, step.want)
		}
	}
}

// TestReserveWarmupTogether: many processes take no more than there is.
func TestReserveWarmupTogether(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	day := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	var total atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				n, err := m.ReserveWarmup(t.Context(), day, 333, 7)
				if err != nil {
					t.Error(err)
				}
				total.Add(int64(n))
			}
		})
	}
	wg.Wait()
	if total.Load() != 333 {
		t.Errorf("took %d of 333", total.Load())
	}
}
