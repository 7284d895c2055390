package tradepost

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var tokenTime = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newTokens(t testing.TB, keys ...TokenKey) *Tokens {
	t.Helper()
	if len(keys) == 0 {
		keys = []TokenKey{{ID: 1, Secret: bytes.Repeat([]byte{7}, 32)}}
	}
	tokens, err := NewTokens("reply.example", keys...)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

func drawToken(t *rapid.T) Token {
	id := rapid.Int64Range(0, maxID)
	return Token{
		Purpose: rapid.SampledFrom([]Purpose{ReplyToken, DigestToken}).Draw(t, "purpose"),
		Role:    rapid.SampledFrom([]AuthorRole{AuthorMember, AuthorMerchant}).Draw(t, "role"),
		Person:  id.Draw(t, "person"), Subject: id.Draw(t, "subject"), Through: id.Draw(t, "through"),
		Expires: time.Unix(rapid.Int64Range(20_600, 65_535).Draw(t, "day")*86400, 0).UTC(),
	}
}

func TestTokenRoundTrip(t *testing.T) {
	tokens := newTokens(t)
	rapid.Check(t, func(t *rapid.T) {
		tok := drawToken(t)
		address, err := tokens.Address(tok)
		if err != nil {
			t.Fatal(err)
		}
		local, _, _ := strings.Cut(address, "@")
		if len(local) > MaxLocalPart {
			t.Fatalf("local part of %d octets", len(local))
		}
		if p := AddressProblem(address); p != "" {
			t.Fatalf("%s %s", address, p)
		}
		for _, spelling := range []string{address, strings.ToUpper(address), " " + address + "\r\n"} {
			got, err := tokens.Parse(spelling, tokenTime)
			if err != nil || got != tok {
				t.Fatalf("%q: %+v, %v; want %+v", spelling, got, err, tok)
			}
		}
		if stripped := StripTokens("write to <" + address + ">, please"); strings.Contains(stripped, local) || !strings.HasSuffix(stripped, ", please") {
			t.Fatalf("stripped to %q", stripped)
		}
	})
}

func TestTokenIsNotForgeable(t *testing.T) {
	tokens := newTokens(t)
	other := newTokens(t, TokenKey{ID: 1, Secret: bytes.Repeat([]byte{8}, 32)})
	rapid.Check(t, func(t *rapid.T) {
		address, err := tokens.Address(drawToken(t))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := other.Parse(address, tokenTime); !errors.Is(err, ErrTokenForged) {
			t.Fatalf("another key's token: %v", err)
		}
		i := rapid.IntRange(len(ReplyPrefix), len(ReplyPrefix)+tokenLen-1).Draw(t, "position")
		c := rapid.SampledFrom([]byte("abcdefghijklmnopqrstuvwxyz234567")).Draw(t, "character")
		if address[i] == c {
			t.Skip("no change")
		}
		changed := address[:i] + string(c) + address[i+1:]
		if _, err := tokens.Parse(changed, tokenTime); !errors.Is(err, ErrTokenForged) {
			t.Fatalf("changed at %d: %v", i, err)
		}
	})
}

func TestTokenRotationAndExpiry(t *testing.T) {
	old := TokenKey{ID: 1, Secret: bytes.Repeat([]byte{1}, 32)}
	fresh := TokenKey{ID: 2, Secret: bytes.Repeat([]byte{2}, 32)}
	tok := Token{Purpose: ReplyToken, Role: AuthorMember, Person: 1, Subject: 2, Through: 3, Expires: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)}
	address, err := newTokens(t, old).Address(tok)
	if err != nil {
		t.Fatal(err)
	}
	both := newTokens(t, fresh, old)
	if got, err := both.Parse(address, tokenTime); err != nil || got != tok {
		t.Fatalf("after a change of keys: %+v, %v", got, err)
	}
	if _, err := newTokens(t, fresh).Parse(address, tokenTime); !errors.Is(err, ErrTokenForged) {
		t.Fatalf("after the old key went: %v", err)
	}
	if got, err := both.Parse(address, tok.Expires); !errors.Is(err, ErrTokenExpired) || got.Person != 1 {
		t.Fatalf("expired: %+v, %v", got, err)
	}
	if _, err := both.Parse(strings.Replace(address, "reply.example", "other.example", 1), tokenTime); !errors.Is(err, ErrTokenForged) {
		t.Fatalf("at another domain: %v", err)
	}
}

func TestTokensRefuseBadKeys(t *testing.T) {
	good := bytes.Repeat([]byte{1}, 16)
	for name, keys := range map[string][]TokenKey{
		"none": nil, "short": {{Secret: good[:15]}}, "twice": {{ID: 1, Secret: good}, {ID: 1, Secret: good}}, "id": {{ID: 8, Secret: good}},
	} {
		if _, err := NewTokens("reply.example", keys...); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := NewTokens("no domain", TokenKey{Secret: good}); err == nil {
		t.Error("bad domain accepted")
	}
}

func FuzzTokenParse(f *testing.F) {
	tokens := newTokens(f)
	address, err := tokens.Address(Token{Purpose: ReplyToken, Role: AuthorMerchant, Person: 5, Subject: 6, Through: 7, Expires: tokenTime.AddDate(0, 6, 0)})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(address)
	f.Add("reply+@reply.example")
	f.Add("reply+" + strings.Repeat("a", tokenLen) + "@reply.example")
	f.Fuzz(func(t *testing.T, s string) {
		tok, err := tokens.Parse(s, tokenTime)
		if err != nil {
			return
		}
		again, err := tokens.Address(tok)
		if err != nil || again != strings.ToLower(strings.TrimSpace(s)) {
			t.Fatalf("%q was accepted and is written %q", s, again)
		}
	})
}
