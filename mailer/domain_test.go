package mailer

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

func newDomains(limits map[string]Limit) *domains {
	return &domains{limits: limits, known: map[string]*domain{}}
}

func TestDomainComplains(t *testing.T) {
	ds := newDomains(nil)
	now := noon
	for range 100 { // ten letters a second
		if wait := ds.enter("big.example", now); wait != 0 {
			t.Fatalf("an unbounded domain waits %v", wait)
		}
		ds.leave("big.example", now, now, blameNobody, 0)
		now = now.Add(100 * time.Millisecond)
	}
	for range 3 { // on their way at the same time: one complaint
		ds.enter("big.example", now)
	}
	for range 3 {
		ds.leave("big.example", now, now.Add(time.Second), blameDomain, 0)
	}
	now = now.Add(time.Second)
	first := ds.enter("big.example", now)
	second := ds.enter("big.example", now)
	if first < firstPause || first > firstPause+time.Second || second <= first || second > first+time.Second {
		t.Errorf("after a complaint: %v, then %v", first, second)
	}
	if wait := ds.enter("other.example", now); wait != 0 {
		t.Errorf("another domain waits %v", wait)
	}
	now = now.Add(firstPause)
	sent := 0
	for range 600 { // the minute after the pause: about half of what was
		if ds.enter("big.example", now) == 0 {
			sent++
			ds.leave("big.example", now, now, blameNobody, 0)
		}
		now = now.Add(100 * time.Millisecond)
	}
	if sent < 250 || sent > 360 {
		t.Errorf("%d letters in the minute after the pause, 600 before", sent)
	}
	if wait := ds.enter("big.example", now.Add(5*time.Minute)); wait != 0 || ds.known["big.example"].pace != 0 {
		t.Errorf("it isn't forgiven: %v, %+v", wait, ds.known["big.example"])
	}
}

func TestPausesGrow(t *testing.T) {
	ds := newDomains(nil)
	now, last := noon, time.Duration(0)
	for range 12 {
		if wait := ds.enter("x.example", now); wait != 0 {
			t.Fatalf("waits %v", wait)
		}
		ds.leave("x.example", now, now, blameDomain, 0)
		pause := ds.known["x.example"].paused.Sub(now)
		if pause < last || pause > mostPause {
			t.Fatalf("%v after %v", pause, last)
		}
		last = pause
		now = now.Add(pause)
	}
	if last != mostPause {
		t.Errorf("the longest pause is %v", last)
	}
	ds.enter("x.example", now)
	ds.leave("x.example", now, now, blameDomain, 40*time.Minute)
	if pause := ds.known["x.example"].paused.Sub(now); pause != 40*time.Minute {
		t.Errorf("the server asked for 40 minutes and gets %v", pause)
	}
}

func TestDoubtsNeedThree(t *testing.T) {
	ds := newDomains(nil)
	now := noon
	for i, b := range []blame{inDoubt, inDoubt, blameNobody, inDoubt, inDoubt, blameLetter, inDoubt} {
		if wait := ds.enter("x.example", now); wait != 0 {
			t.Fatalf("letter %d waits %v", i, wait)
		}
		ds.leave("x.example", now, now, b, 0)
		now = now.Add(time.Second)
	}
	if wait := ds.enter("x.example", now); wait == 0 {
		t.Error("three in a row are no complaint")
	}
}

func TestLimits(t *testing.T) {
	ds := newDomains(map[string]Limit{"a.example": {AtOnce: 2}, anyDomain: {Rate: 5}})
	for range 2 {
		if wait := ds.enter("a.example", noon); wait != 0 {
			t.Errorf("waits %v", wait)
		}
	}
	if wait := ds.enter("a.example", noon); wait <= 0 {
		t.Error("three at once")
	}
	ds.leave("a.example", noon, noon, blameNobody, 0)
	if wait := ds.enter("a.example", noon); wait != 0 {
		t.Errorf("a free place, and it waits %v", wait)
	}
	sent := 0
	for i := range 10_000 {
		if ds.enter("b.example", noon.Add(time.Duration(i)*time.Millisecond)) == 0 {
			sent++
		}
	}
	if sent < 50 || sent > 56 {
		t.Errorf("%d letters in ten seconds at five a second", sent)
	}
}

// TestDeferredAreSpread: however many come at once, they are told to come at the
// rate that they may go.
func TestDeferredAreSpread(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Float64Range(0.05, 500).Draw(t, "rate")
		d := &domain{limit: Limit{Rate: rate}, tokens: 1, refilled: noon, window: noon, last: noon}
		var last time.Duration
		for range rapid.IntRange(2, 300).Draw(t, "letters") {
			wait := d.enter(noon)
			if wait == 0 {
				if last != 0 {
					t.Fatal("one goes after one was deferred")
				}
				continue
			}
			step := time.Duration(float64(time.Second) / rate)
			if wait > longestWait || wait < last || wait < longestWait && wait-last < step-time.Microsecond {
				t.Fatalf("%v after %v, step %v", wait, last, step)
			}
			last = wait
		}
	})
}

func TestDomainsAreForgotten(t *testing.T) {
	ds := newDomains(nil)
	now := noon
	for i := range 3 * domainsKept {
		name := string(rune('a'+i%26)) + time.Duration(i).String() + ".example"
		ds.enter(name, now)
		ds.leave(name, now, now, blameNobody, 0)
		now = now.Add(100 * time.Millisecond)
	}
	if n := len(ds.known); n > domainsKept {
		t.Errorf("%d domains are kept", n)
	}
}

func TestJudge(t *testing.T) {
	temporary := func(stage string, code int, enhanced, reply string) Result {
		return Result{Verdict: Temporary, Stage: stage, Code: code, EnhancedCode: enhanced, Reply: enhanced + " " + reply}
	}
	for _, c := range []struct {
		r    Result
		want blame
	}{
		{Result{Verdict: Delivered, Code: 250, Stage: StageDot}, blameNobody},
		{Result{Verdict: Permanent, Code: 550, Stage: StageRcpt}, blameLetter},
		{Result{Verdict: Unknown, Stage: StageDot}, blameRelay},
		{temporary(StageWait, 0, "", ""), blameNobody},
		{temporary(StageDial, 421, "4.3.2", "busy"), blameRelay},
		{temporary(StageAuth, 535, "5.7.8", "no"), blameRelay},
		{temporary(StageRcpt, 0, "", ""), blameRelay},
		{temporary(StageMail, 421, "", "bye"), blameRelay},
		{temporary(StageMail, 452, "4.3.1", "disk full"), blameRelay},
		{temporary(StageMail, 450, "4.7.1", "too much mail from you"), blameRelay},
		{temporary(StageMail, 451, "4.1.8", "sender domain"), blameLetter},
		{temporary(StageRcpt, 450, "4.7.1", "Greylisted, come back"), blameLetter},
		{temporary(StageRcpt, 451, "4.7.1", "Please try again later"), blameLetter},
		{temporary(StageRcpt, 450, "4.2.1", "user is receiving mail too quickly"), blameLetter},
		{temporary(StageRcpt, 452, "4.2.2", "mailbox full"), blameLetter},
		{temporary(StageDot, 421, "4.7.0", "temporarily deferred for volume"), blameDomain},
		{temporary(StageDot, 451, "4.7.650", "has been temporarily rate limited"), blameDomain},
		{temporary(StageDot, 421, "4.7.28", "unsolicited"), blameDomain},
		{temporary(StageRcpt, 421, "", "service not available"), blameDomain},
		{temporary(StageRcpt, 421, "4.3.2", "shutting down"), blameRelay},
		{temporary(StageRcpt, 451, "", "local error"), inDoubt},
		{temporary(StageRcpt, 450, "4.7.0", "policy"), inDoubt},
	} {
		if got := judge(c.r); got != c.want {
			t.Errorf("%+v: %d, want %d", c.r, got, c.want)
		}
	}
}

func TestWaitHint(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"4.7.1 Greylisted, try again in 300 seconds": 5 * time.Minute, "greylisted for 5 minutes": 5 * time.Minute,
		"retry after 90s": 90 * time.Second, "Try again in 2 hours.": 2 * time.Hour, "come back in 99999 hours": longestHint,
		"try again later": 0, "4.2.2 mailbox full after 20000 messages": 0, "in 10.0.0.1 seconds": 0, "": 0, "in -5 s": 5 * time.Second,
	} {
		if got := waitHint(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func FuzzWaitHint(f *testing.F) {
	f.Add("try again in 300 seconds")
	f.Fuzz(func(t *testing.T, s string) {
		if d := waitHint(s); d < 0 || d > longestHint {
			t.Errorf("%q: %v", s, d)
		}
	})
}

func TestStanding(t *testing.T) {
	now := noon
	s := standing{first: 2 * time.Second}
	var last time.Duration
	for range 12 {
		s.unreachable(now, now, ErrClosed)
		s.unreachable(now.Add(-time.Second), now, ErrClosed) // under way at the time
		aside := s.until.Sub(now)
		if s.trusted() || s.due(now) || aside < last || aside > longestAside || aside > max(2*last, 2*time.Second) {
			t.Fatalf("%v after %v", aside, last)
		}
		last = aside
		now = s.until
		if !s.due(now) {
			t.Fatal("it isn't tried again")
		}
	}
	s.worked()
	for range strikesMost - 1 {
		if s.broke(now, now, ErrClosed); !s.trusted() {
			t.Fatal("set aside too soon")
		}
		now = now.Add(time.Second)
	}
	if s.broke(now, now, ErrClosed); s.trusted() {
		t.Error("breaks again and again, and is trusted")
	}
	alone := standing{first: time.Second, alone: true}
	if alone.unreachable(now, now, ErrClosed); !alone.trusted() {
		t.Error("the only relay is set aside by one failure")
	}
	if alone.unreachable(now, now, ErrClosed); alone.trusted() || alone.until.Sub(now) != time.Second {
		t.Errorf("twice: %+v", alone)
	}
}
