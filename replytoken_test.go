package tradepost

import (
	"bytes"
	"errors"
	"slices"
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
		Purpose: rapid.SampledFrom([]Purpose{ReplyToken, DigestToken, QuestionToken}).Draw(t, "purpose"),
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
		fold := rapid.IntRange(0, len(address)).Draw(t, "fold")
		for _, spelling := range []string{
			address, strings.ToUpper(address), " " + address + "\r\n", "<" + address + ">", " < " + address + ". > ",
			address[:fold] + "\r\n\t" + address[fold:], strings.Replace(address, "@", " @ ", 1), strings.Replace(address, "@", "\r\n @", 1),
			strings.Replace(address, "+", "%2B", 1), strings.Replace(address, "+", "=2b", 1),
		} {
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

// Spellings that are no mailer's work stay refused.
func TestTokenSpellingsThatAreNotTaken(t *testing.T) {
	tokens := newTokens(t)
	address, err := tokens.Address(Token{Purpose: ReplyToken, Role: AuthorMember, Person: 1<<40 + 7, Subject: 2, Through: 3, Expires: tokenTime.AddDate(0, 6, 0)})
	if err != nil {
		t.Fatal(err)
	}
	local, domain, _ := strings.Cut(address, "@")
	for _, bad := range []string{
		local, address + ".evil.example", local + "@" + domain + "@evil.example", "x" + address, address + "x", "<" + address, address + ">", address + "..",
		"a@evil.example, " + address, "(c)" + address, `"` + local + `"@` + domain, strings.Replace(address, "+", "%252b", 1), strings.Replace(address, "+", "-", 1),
		strings.ReplaceAll(address, "k", "\u212a") + "\u212a", strings.Repeat(" ", addressMax) + address, address[:20] + "\x00" + address[20:], address[:20] + "\u00a0" + address[20:],
	} {
		if _, err := tokens.Parse(bad, tokenTime); !errors.Is(err, ErrTokenForged) {
			t.Errorf("%.200q: %v", bad, err)
		}
	}
}

// No letter of another alphabet is taken for one of ours.
func TestTokenCaseIsASCII(t *testing.T) {
	tokens := newTokens(t)
	for subject := range int64(1000) {
		address, err := tokens.Address(Token{Purpose: ReplyToken, Person: 1, Subject: subject, Expires: tokenTime.AddDate(0, 6, 0)})
		if err != nil {
			t.Fatal(err)
		}
		if kelvin := strings.ReplaceAll(address, "k", "\u212a"); kelvin != address {
			if _, err := tokens.Parse(kelvin, tokenTime); !errors.Is(err, ErrTokenForged) {
				t.Fatalf("%q: %v", kelvin, err)
			}
			return
		}
	}
	t.Fatal("no token has a k")
}

func TestTokenLocalPartsFit(t *testing.T) {
	for _, id := range []int64{0, 1, maxID} {
		for _, days := range []int64{0, 1<<16 - 1} {
			for purpose := range Purpose(5) {
				for _, key := range []byte{0, 7} {
					tokens := newTokens(t, TokenKey{ID: key, Secret: bytes.Repeat([]byte{7}, 32)})
					address, err := tokens.Address(Token{Purpose: purpose, Role: AuthorMerchant, Person: id, Subject: id, Through: id, Expires: time.Unix(days*86400, 0)})
					if !purpose.known() {
						if err == nil {
							t.Fatalf("purpose %d was signed", purpose)
						}
						continue
					}
					if err != nil {
						t.Fatal(err)
					}
					if at := strings.IndexByte(address, '@'); at > MaxLocalPart {
						t.Fatalf("local part of %d octets", at)
					}
				}
			}
		}
	}
}

// A purpose of a later version, rightly signed.
func TestUnknownPurposes(t *testing.T) {
	tokens := newTokens(t)
	address, err := tokens.Address(Token{Purpose: ReplyToken, Person: 1, Subject: 2, Expires: tokenTime.AddDate(0, 6, 0)})
	if err != nil {
		t.Fatal(err)
	}
	for purpose := range byte(16) {
		b, err := tokenBase32.DecodeString(address[len(ReplyPrefix) : len(ReplyPrefix)+tokenLen])
		if err != nil {
			t.Fatal(err)
		}
		body := b[:tokenBody]
		body[0] = body[0]&0xf0 | purpose
		resigned := slices.Concat(body, sign(tokens.keys[0].Secret, tokenContext, body)[:tokenMAC])
		tok, err := tokens.Parse(ReplyPrefix+tokenBase32.EncodeToString(resigned)+"@reply.example", tokenTime)
		if known := purpose >= 1 && purpose <= 3; known != (err == nil) || known && tok.Purpose != Purpose(purpose) {
			t.Errorf("purpose %d: %+v, %v", purpose, tok, err)
		}
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
	f.Add("<" + strings.Replace(address, "+", "%2B", 1) + ". >")
	f.Add("reply+@reply.example")
	f.Add("reply+" + strings.Repeat("a", tokenLen) + "@reply.example")
	f.Fuzz(func(t *testing.T, s string) {
		tok, err := tokens.Parse(s, tokenTime)
		if err != nil {
			return
		}
		again, err := tokens.Address(tok)
		if err != nil || again != canonicalAddress(s) {
			t.Fatalf("%q was accepted and is written %q", s, again)
		}
	})
}
