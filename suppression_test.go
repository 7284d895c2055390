package tradepost

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const oneDay = 24 * time.Hour

// TestSoftScore: what fails how often is suppressed when.
func TestSoftScore(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		every time.Duration
		on    int // the day on which the threshold is reached, 0 = never
	}{
		{oneDay, 7}, {2 * oneDay, 23}, {3 * oneDay, 0}, {7 * oneDay, 0},
		{time.Hour, 6}, // a day counts once, by its last failure
	} {
		var failures []time.Time
		on := 0
		for at := begin; at.Before(begin.Add(120 * oneDay)); at = at.Add(tt.every) {
			failures = append(failures, at)
			if SoftScore(at, failures) >= SoftThreshold {
				on = at.YearDay() - begin.YearDay() + 1
				break
			}
		}
		if on != tt.on {
			t.Errorf("what fails every %v is suppressed on day %d, want %d", tt.every, on, tt.on)
		}
	}
	if s := SoftScore(begin, nil); s != 0 {
		t.Errorf("nothing weighs %v", s)
	}
	if s := SoftScore(begin.Add(SoftHalfLife), []time.Time{begin}); math.Abs(s-0.5) > 1e-9 {
		t.Errorf("after its half-life a failure weighs %v", s)
	}
	if s := SoftScore(begin.Add(SoftForgotten), []time.Time{begin}); s != 0 {
		t.Errorf("what is forgotten weighs %v", s)
	}
}

func TestSoftScoreProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(rapid.Int64Range(1e9, 4e9).Draw(t, "now"), 0)
		var failures []time.Time
		days := make(map[int64]bool)
		for _, age := range rapid.SliceOfN(rapid.Int64Range(-1000, 90*86400), 0, 60).Draw(t, "ages") {
			at := now.Add(-time.Duration(age) * time.Second)
			failures = append(failures, at)
			days[at.Unix()/86400] = true
		}
		score := SoftScore(now, failures)
		if score < 0 || score > float64(len(days)) {
			t.Fatalf("%d days weigh %v", len(days), score)
		}
		slices.Reverse(failures)
		if again := SoftScore(now, append(failures, failures...)); math.Abs(again-score) > 1e-9 {
			t.Fatalf("twice the same, in another order, weighs %v, not %v", again, score)
		}
		later := now.Add(time.Duration(rapid.Int64Range(0, 1e6).Draw(t, "later")) * time.Second)
		if s := SoftScore(later, failures); s > score+1e-9 {
			t.Fatalf("it grows by itself from %v to %v", score, s)
		}
		more := append(slices.Clone(failures), now.Add(-time.Duration(rapid.Int64Range(0, 90*86400).Draw(t, "more"))*time.Second))
		if s := SoftScore(now, more); s < score-1e-9 {
			t.Fatalf("one more failure makes %v of %v", s, score)
		}
	})
}

func TestComplaintSuppresses(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]bool{"abuse": true, "fraud": true, "opt-out": true, "not-spam": false, "auth-failure": false, "virus": false, "dmarc": false, "": false} {
		if ComplaintSuppresses(kind) != want {
			t.Errorf("%q: %v", kind, !want)
		}
	}
}

func ExampleSoftScore() {
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	var week []time.Time
	for day := range 7 {
		week = append(week, now.AddDate(0, 0, -day))
	}
	fmt.Println(SoftScore(now, week) >= SoftThreshold, SoftScore(now, week[:3]) >= SoftThreshold)
	// Output: true false
}
