package tradepost

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func drawAction(t *rapid.T) Action {
	id := rapid.Int64Range(0, maxID)
	return Action{
		Verb:   rapid.SampledFrom(actionVerbs[1:]).Draw(t, "verb"),
		Role:   rapid.SampledFrom([]AuthorRole{AuthorMember, AuthorMerchant}).Draw(t, "role"),
		Person: id.Draw(t, "person"), Subject: id.Draw(t, "subject"), Object: id.Draw(t, "object"),
		Expires: time.Unix(rapid.Int64Range(29_600_000, 1<<32-1).Draw(t, "minute")*60, 0).UTC(),
	}
}

func actionText(t fataler, tokens *Tokens, a Action) string {
	t.Helper()
	s, err := tokens.ActionToken(a)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fataler is what *testing.T, *testing.F and *rapid.T share.
type fataler interface {
	Helper()
	Fatal(args ...any)
}

func TestActionRoundTrip(t *testing.T) {
	tokens := newTokens(t)
	rapid.Check(t, func(t *rapid.T) {
		a := drawAction(t)
		s := actionText(t, tokens, a)
		if len(s) > 120 || url.PathEscape(s) != s {
			t.Fatalf("%q is not fit for a path", s)
		}
		for _, spelling := range []string{s, strings.ToUpper(s)} {
			if got, err := tokens.ParseAction(spelling, tokenTime); err != nil || got != a {
				t.Fatalf("%q: %+v, %v; want %+v", spelling, got, err, a)
			}
		}
		if got, err := tokens.ParseAction(s, a.Expires); !errors.Is(err, ErrTokenExpired) || got != a {
			t.Fatalf("when it expires: %+v, %v", got, err)
		}
		if _, err := tokens.ParseAction(s, a.Expires.Add(-1)); err != nil {
			t.Fatalf("before it expires: %v", err)
		}
	})
}

func TestActionIsNotForgeable(t *testing.T) {
	tokens := newTokens(t)
	other := newTokens(t, TokenKey{ID: 1, Secret: bytes.Repeat([]byte{8}, 32)})
	elsewhere := newTokens(t, TokenKey{ID: 2, Secret: bytes.Repeat([]byte{7}, 32)})
	rapid.Check(t, func(t *rapid.T) {
		s := actionText(t, tokens, drawAction(t))
		forged := map[string]string{
			"truncated": s[:rapid.IntRange(0, len(s)-1).Draw(t, "length")],
			"longer":    s + "a", "without its prefix": strings.TrimPrefix(s, ActionPrefix), "folded": s[:20] + "\r\n" + s[20:],
			"folded and filled": s[:20] + "\n" + s[20:len(s)-1],
		}
		i := rapid.IntRange(0, actionBody+actionMAC-1).Draw(t, "octet")
		bit := byte(1) << rapid.IntRange(0, 7).Draw(t, "bit")
		b, err := tokenBase32.DecodeString(strings.TrimPrefix(s, ActionPrefix))
		if err != nil {
			t.Fatal(err)
		}
		b[i] ^= bit
		forged["flipped"] = ActionPrefix + tokenBase32.EncodeToString(b)
		for name, f := range forged {
			if _, err := tokens.ParseAction(f, tokenTime); !errors.Is(err, ErrTokenForged) {
				t.Fatalf("%s: %v", name, err)
			}
		}
		for _, o := range []*Tokens{other, elsewhere} {
			if _, err := o.ParseAction(s, tokenTime); !errors.Is(err, ErrTokenForged) {
				t.Fatalf("another key's: %v", err)
			}
		}
	})
}

// A reply address doesn't act, and a link doesn't post, whatever is cut off or
// put before it, also where the MAC is by the same key.
func TestPurposesDontMix(t *testing.T) {
	tokens := newTokens(t)
	rapid.Check(t, func(t *rapid.T) {
		address, err := tokens.Address(drawToken(t))
		if err != nil {
			t.Fatal(err)
		}
		local, _, _ := strings.Cut(address, "@")
		text := strings.TrimPrefix(local, ReplyPrefix)
		action := actionText(t, tokens, drawAction(t))
		bare := strings.TrimPrefix(action, ActionPrefix)
		for _, s := range []string{address, local, text, ActionPrefix + text, ActionPrefix + text + text[:actionLen-tokenLen]} {
			if _, err := tokens.ParseAction(s, tokenTime); !errors.Is(err, ErrTokenForged) {
				t.Fatalf("%q acts: %v", s, err)
			}
		}
		for _, s := range []string{action, bare, ReplyPrefix + bare, ReplyPrefix + bare[:tokenLen], ReplyPrefix + bare[len(bare)-tokenLen:]} {
			if _, err := tokens.Parse(s+"@"+tokens.Domain(), tokenTime); !errors.Is(err, ErrTokenForged) {
				t.Fatalf("%q posts: %v", s, err)
			}
		}
		// The same octets, signed for the other use.
		body, err := tokenBase32.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		body = body[:tokenBody]
		resigned := slices.Concat(body, sign(tokens.keys[0].Secret, actionContext, body)[:tokenMAC])
		if _, err := tokens.Parse(ReplyPrefix+tokenBase32.EncodeToString(resigned)+"@"+tokens.Domain(), tokenTime); !errors.Is(err, ErrTokenForged) {
			t.Fatalf("signed for a link, it posts: %v", err)
		}
	})
}

func TestActionKeysRotate(t *testing.T) {
	old := TokenKey{ID: 1, Secret: bytes.Repeat([]byte{1}, 32)}
	fresh := TokenKey{ID: 2, Secret: bytes.Repeat([]byte{2}, 32)}
	a := Action{Verb: "done", Role: AuthorMember, Person: 1, Subject: 2, Object: 3, Expires: tokenTime.Add(time.Hour)}
	s := actionText(t, newTokens(t, old), a)
	if got, err := newTokens(t, fresh, old).ParseAction(s, tokenTime); err != nil || got != a {
		t.Errorf("after a change of keys: %+v, %v", got, err)
	}
	if _, err := newTokens(t, fresh).ParseAction(s, tokenTime); !errors.Is(err, ErrTokenForged) {
		t.Errorf("after the old key went: %v", err)
	}
}

func TestActionsThatNoLinkDoes(t *testing.T) {
	tokens := newTokens(t)
	good := Action{Verb: "done", Role: AuthorMember, Person: 1, Subject: 2, Expires: tokenTime}
	for name, change := range map[string]func(*Action){
		"verb": func(a *Action) { a.Verb = "block" }, "no verb": func(a *Action) { a.Verb = "" }, "role": func(a *Action) { a.Role = AuthorSystem },
		"negative": func(a *Action) { a.Person = -1 }, "large": func(a *Action) { a.Object = maxID + 1 },
		"no expiry": func(a *Action) { a.Expires = time.Time{} }, "late": func(a *Action) { a.Expires = time.Unix(1<<38+60, 0) },
	} {
		a := good
		change(&a)
		if s, err := tokens.ActionToken(a); err == nil {
			t.Errorf("%s: signed as %q", name, s)
		}
	}
	good.Expires = tokenTime.Add(90 * time.Second)
	got, err := tokens.ParseAction(actionText(t, tokens, good), tokenTime)
	if want := tokenTime.Add(time.Minute); err != nil || !got.Expires.Equal(want) {
		t.Errorf("expires %s, %v; want %s, never later than asked for", got.Expires, err, want)
	}
}

// A verb of a later version, rightly signed.
func TestUnknownVerbCode(t *testing.T) {
	tokens := newTokens(t)
	for _, change := range []func([]byte){
		func(b []byte) { b[1] = 0 }, func(b []byte) { b[1] = byte(len(actionVerbs)) }, func(b []byte) { b[1] = 255 }, func(b []byte) { b[0] |= 1 },
	} {
		b, err := tokenBase32.DecodeString(strings.TrimPrefix(actionText(t, tokens, Action{Verb: "done", Role: AuthorMember, Expires: tokenTime.Add(time.Hour)}), ActionPrefix))
		if err != nil {
			t.Fatal(err)
		}
		body := b[:actionBody]
		change(body)
		s := ActionPrefix + tokenBase32.EncodeToString(append(body, sign(tokens.keys[0].Secret, actionContext, body)[:actionMAC]...))
		if _, err := tokens.ParseAction(s, tokenTime); !errors.Is(err, ErrTokenForged) {
			t.Errorf("code %d: %v", body[1], err)
		}
	}
}

func FuzzParseAction(f *testing.F) {
	tokens := newTokens(f)
	f.Add(actionText(f, tokens, Action{Verb: "approve", Role: AuthorMerchant, Person: 5, Subject: 6, Expires: tokenTime.AddDate(0, 0, 7)}))
	f.Add(ActionPrefix)
	f.Add(ActionPrefix + strings.Repeat("a", actionLen))
	f.Fuzz(func(t *testing.T, s string) {
		a, err := tokens.ParseAction(s, tokenTime)
		if err != nil {
			return
		}
		if again := actionText(t, tokens, a); again != lowerASCII(s) {
			t.Fatalf("%q was accepted and is written %q", s, again)
		}
	})
}

func ExampleTokens_ActionToken() {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tokens, err := NewTokens("reply.example", TokenKey{Secret: []byte("sixteen octets..")})
	if err != nil {
		fmt.Println(err)
		return
	}
	token, err := tokens.ActionToken(Action{Verb: "done", Role: AuthorMember, Person: 1, Subject: 2, Object: 3, Expires: now.Add(24 * time.Hour)})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(ActionPath + token))
	a, err := tokens.ParseAction(token, now)
	fmt.Println(a.Verb, a.Subject, err)
	_, err = tokens.ParseAction(token, now.Add(48*time.Hour))
	fmt.Println(err)
	// Output:
	// 71
	// done 2 <nil>
	// reply address or link has expired
}
