package mailer

import (
	"context"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestWarmupVolume(t *testing.T) {
	w, err := ParseWarmup("2026-12-01,50,1.5,1000")
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[int]int{-30: 50, 0: 50, 1: 75, 2: 112, 7: 854} {
		if got, bounded := w.Volume(noon.AddDate(0, 0, day)); !bounded || got != want {
			t.Errorf("day %d: %d, %v; want %d", day, got, bounded, want)
		}
	}
	for _, day := range []int{8, 10_000} {
		if _, bounded := w.Volume(noon.AddDate(0, 0, day)); bounded {
			t.Errorf("day %d is bounded", day)
		}
	}
	for _, s := range []string{"", "2026-12-01", "2026-12-01,0,1.5", "2026-12-01,50,1", "2026-12-01,50,NaN", "soon,50,1.5", "2026-12-01,50,1.5,-1", "1,2,3,4,5"} {
		if _, err := ParseWarmup(s); err == nil {
			t.Errorf("%q is accepted", s)
		}
	}
}

// TestWarmingKeepsTheVolume: whatever comes in whatever order, a day's letters stay
// within its volume and digests within their share.
func TestWarmingKeepsTheVolume(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.IntRange(1, 3000).Draw(t, "first")
		taken := 0
		w := &warming{w: &Warmup{Start: noon, First: first, Factor: 2},
			reserve: func(_ context.Context, _ time.Time, limit, n int) (int, error) {
				got := max(min(n, limit-taken), 0)
				taken += got
				return got, nil
			}}
		var sent [2]int
		for range 2 * first {
			bulk := rapid.Bool().Draw(t, "bulk")
			wait, err := w.take(t.Context(), noon, bulk)
			if err != nil || wait != 0 && wait != 12*time.Hour {
				t.Fatalf("%v, %v", wait, err)
			}
			if wait == 0 {
				sent[map[bool]int{true: 1}[bulk]]++
			}
		}
		if sent[0]+sent[1] > first || sent[1] > int(bulkShare*float64(first)) || taken > first {
			t.Fatalf("%v of %d, %d reserved", sent, first, taken)
		}
	})
}

func TestWarmingWithoutDatabase(t *testing.T) {
	down := errors.New("down")
	w := &warming{w: &Warmup{Start: noon, First: 10, Factor: 2}, reserve: func(context.Context, time.Time, int, int) (int, error) { return 0, down }}
	if wait, err := w.take(t.Context(), noon, false); wait != reserveRetry || !errors.Is(err, down) {
		t.Errorf("%v, %v", wait, err)
	}
}

func TestParseLimits(t *testing.T) {
	got, err := ParseLimits(" gmail.com=20/s,4; MÖBEL.example=60/m ;x.example=3;*=0;")
	if err != nil || len(got) != 4 || got["gmail.com"] != (Limit{20, 4}) || got["xn--mbel-5qa.example"] != (Limit{1, 0}) || got["x.example"] != (Limit{0, 3}) {
		t.Errorf("%v, %v", got, err)
	}
	for _, s := range []string{"gmail.com", "=1", "a b=1", "gmail.com=", "gmail.com=-1", "gmail.com=1/d", "gmail.com=0/s", "gmail.com=NaN/s", "gmail.com=Inf/s", "gmail.com=1,2", "a.example=1;a.example=2"} {
		if l, err := ParseLimits(s); err == nil {
			t.Errorf("%q is %v", s, l)
		}
	}
}
