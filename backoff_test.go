package tradepost

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func refusedForNow() *rapid.Generator[Attempted] {
	return rapid.Custom(func(t *rapid.T) Attempted {
		return Attempted{
			ID:       rapid.Int64Range(1, 1<<40).Draw(t, "id"),
			Kind:     rapid.SampledFrom([]NotificationKind{Alert, Digest, Reminder, Relay, Answer}).Draw(t, "kind"),
			Verdict:  Temporary,
			Attempts: rapid.IntRange(1, 300).Draw(t, "attempts"),
			Age:      time.Duration(rapid.Int64Range(0, int64(GiveUpAfter)).Draw(t, "age")),
			Code:     rapid.SampledFrom([]int{0, 421, 450, 451, 452}).Draw(t, "code"),
			Hint:     time.Duration(rapid.Int64Range(0, int64(12*time.Hour)).Draw(t, "hint")),
			Hour:     rapid.SampledFrom([]time.Duration{0, time.Minute, time.Hour}).Draw(t, "hour"),
		}
	})
}

// TestRefusalsEnd: whatever servers say, a mail that is always refused is given up
// in the time that it has.
func TestRefusalsEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := refusedForNow().Draw(t, "first")
		a.Attempts, a.Age = 1, 0
		for {
			next := a.After()
			if !next.Again {
				switch {
				case a.Kind == Digest && next == Next{State: Skipped, Reason: ReasonSuperseded}:
				case a.Kind != Digest && next == Next{State: Failed, Reason: ReasonGaveUp} && a.Age >= GiveUpAfter:
				default:
					t.Fatalf("%+v ends as %+v", a, next)
				}
				return
			}
			if next.State != Pending || next.Wait <= 0 || next.Reason != "" {
				t.Fatalf("%+v goes on as %+v", a, next)
			}
			hour := a.Hour
			if hour == 0 {
				hour = time.Hour
			}
			if a.Kind == Digest && a.Age+next.Wait >= hour {
				t.Fatalf("a digest comes again after its hour: %+v, %v", a, next.Wait)
			}
			a.Attempts++
			a.Age += next.Wait
			if a.Attempts > 500 {
				t.Fatal("it doesn't end")
			}
			a.Code = rapid.SampledFrom([]int{0, 421, 450, 451}).Draw(t, "next code")
			a.Hint = time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "next hint"))
		}
	})
}

// TestWaits: never sooner than the server asked, greylisting not within a minute,
// never shorter after more refusals or a longer hint, and the same for the same.
func TestWaits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := refusedForNow().Draw(t, "attempt")
		a.Kind, a.Age = Alert, 0
		wait := a.After().Wait
		if wait < a.Hint || wait < 5*time.Second || a.Code/2 == 225 && wait < time.Minute {
			t.Fatalf("%+v waits %v", a, wait)
		}
		if most := max(time.Hour, a.Hint); wait > most+most/4 {
			t.Fatalf("%+v waits %v", a, wait)
		}
		if again := a.After().Wait; again != wait {
			t.Fatalf("%v, then %v", wait, again)
		}
		later := a
		later.Attempts += rapid.IntRange(1, 20).Draw(t, "more attempts")
		later.Hint += time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "more hint"))
		if longer := later.After().Wait; longer < wait {
			t.Fatalf("%+v waits %v, %+v %v", a, wait, later, longer)
		}
	})
}

// TestRefusedTogetherReturnApart: a thousand mails refused at once use most of the
// span that there is for them.
func TestRefusedTogetherReturnApart(t *testing.T) {
	const n, slices = 1000, 50
	for _, attempts := range []int{1, 4, 9} {
		var hits [slices]int
		low := Attempted{Kind: Alert, Verdict: Temporary, Attempts: attempts}.After().Wait
		for id := range int64(n) {
			wait := Attempted{ID: 7_000_000 + id, Kind: Alert, Verdict: Temporary, Attempts: attempts}.After().Wait
			hits[min(int(slices*(wait-low)/(low/4)), slices-1)]++
		}
		for i, h := range hits {
			if h > 3*n/slices || h == 0 {
				t.Errorf("attempt %d: %d of %d mails in slice %d of %d", attempts, h, n, i, slices)
			}
		}
	}
}
