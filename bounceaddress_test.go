package tradepost

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func drawPeriod(t *rapid.T) time.Time {
	return Period(time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "at"), 0))
}

func bounceAddress(t fataler, tokens *Tokens, period time.Time, id int64) string {
	t.Helper()
	a, err := tokens.BounceAddress(period, id)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestBounceAddressRoundTrip(t *testing.T) {
	tokens := newTokens(t)
	rapid.Check(t, func(t *rapid.T) {
		period, id := drawPeriod(t), rapid.Int64Range(1, maxID).Draw(t, "id")
		a := bounceAddress(t, tokens, period, id)
		if local, _, _ := strings.Cut(a, "@"); len(local) > 64 || AddressProblem(a) != "" {
			t.Fatalf("%q is not fit for MAIL FROM", a)
		}
		for _, spelling := range []string{a, strings.ToUpper(a), "<" + a + ">", strings.Replace(a, "@", "\r\n @", 1)} {
			gotPeriod, gotID, err := tokens.ParseBounce(spelling)
			if err != nil || gotID != id || !gotPeriod.Equal(period) {
				t.Fatalf("%q: %v %d, %v", spelling, gotPeriod, gotID, err)
			}
		}
	})
}

// TestBounceAddressIsNotForgeable: not by changing one, not by another purpose's
// token, not with another key or domain.
func TestBounceAddressIsNotForgeable(t *testing.T) {
	tokens := newTokens(t)
	other := newTokens(t, TokenKey{ID: 1, Secret: bytes.Repeat([]byte{8}, 32)})
	rapid.Check(t, func(t *rapid.T) {
		period, id := drawPeriod(t), rapid.Int64Range(1, maxID-1).Draw(t, "id")
		a := bounceAddress(t, tokens, period, id)
		local, domain, _ := strings.Cut(a, "@")
		at := rapid.IntRange(len(BouncePrefix), len(local)-1).Draw(t, "at")
		letter := string(rapid.SampledFrom([]byte("abcdefghijklmnopqrstuvwxyz234567")).Draw(t, "letter"))
		for name, forged := range map[string]string{
			"one letter":     local[:at] + letter + local[at+1:] + "@" + domain,
			"shorter":        local[:at] + "@" + domain,
			"longer":         local + letter + "@" + domain,
			"another key":    bounceAddress(t, other, period, id),
			"another domain": local + "@evil.example",
			"no prefix":      strings.TrimPrefix(a, BouncePrefix),
			"a reply's":      ReplyPrefix + strings.TrimPrefix(a, BouncePrefix),
			"unsigned":       fmt.Sprintf("%s%s-%d@%s", BouncePrefix, period.Format("200601"), id, domain),
		} {
			if forged == a {
				continue
			}
			if _, _, err := tokens.ParseBounce(forged); !errors.Is(err, ErrTokenForged) {
				t.Fatalf("%s: %q is believed: %v", name, forged, err)
			}
		}
		if _, err := tokens.Parse(a, tokenTime); !errors.Is(err, ErrTokenForged) {
			t.Fatalf("it passes for a reply address: %v", err)
		}
	})
}

func TestBounceAddressOutlivesItsKey(t *testing.T) {
	old := TokenKey{ID: 1, Secret: bytes.Repeat([]byte{7}, 32)}
	a := bounceAddress(t, newTokens(t, old), tokenTime, 12)
	rotated := newTokens(t, TokenKey{ID: 2, Secret: bytes.Repeat([]byte{9}, 32)}, old)
	if _, id, err := rotated.ParseBounce(a); err != nil || id != 12 {
		t.Errorf("%d, %v", id, err)
	}
	if b := bounceAddress(t, rotated, tokenTime, 12); a == b {
		t.Error("the old key still signs")
	}
}

func TestBounceAddressRefusesWhatDoesNotFit(t *testing.T) {
	tokens := newTokens(t)
	for _, id := range []int64{0, -1, maxID + 1} {
		if a, err := tokens.BounceAddress(tokenTime, id); err == nil {
			t.Errorf("%d: %s", id, a)
		}
	}
	if a, err := tokens.BounceAddress(time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC), 1); err == nil {
		t.Errorf("%s", a)
	}
}

func FuzzParseBounce(f *testing.F) {
	tokens := newTokens(f)
	f.Add(bounceAddress(f, tokens, tokenTime, 12))
	f.Add("bounce+202603-12@reply.example")
	f.Fuzz(func(t *testing.T, s string) {
		period, id, err := tokens.ParseBounce(s)
		if err != nil {
			return
		}
		if again := bounceAddress(t, tokens, period, id); again != canonicalAddress(s) {
			t.Errorf("%q names what has the address %q", s, again)
		}
	})
}

func ExampleTokens_BounceAddress() {
	tokens, err := NewTokens("reply.market.example", TokenKey{ID: 0, Secret: bytes.Repeat([]byte{1}, 32)})
	if err != nil {
		fmt.Println(err)
		return
	}
	address, err := tokens.BounceAddress(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), 17)
	if err != nil {
		fmt.Println(err)
		return
	}
	period, id, err := tokens.ParseBounce(strings.ToUpper(address))
	fmt.Println(len(address), period.Format("2006-01"), id, err)
	// Output: 68 2026-03 17 <nil>
}
