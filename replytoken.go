package tradepost

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Purpose says what a token is good for. A token of one purpose never passes
// for another: the purpose is part of what is signed.
type Purpose byte

// The purposes of tokens.
const (
	// ReplyToken lets its person answer one conversation.
	ReplyToken Purpose = 1
	// DigestToken stands in the Reply-To of a digest of several conversations:
	// it names the person and the digest, and by itself no conversation.
	DigestToken Purpose = 2
	// QuestionToken stands in the Reply-To of a question that was asked by mail:
	// it names the person and the question. By itself it answers nothing.
	QuestionToken Purpose = 3
)

func (p Purpose) known() bool { return p >= ReplyToken && p <= QuestionToken }

// Token is what a reply address says: who may answer what, until when.
type Token struct {
	Purpose Purpose
	// Role is the side the person is on, Person their member or merchant id.
	Role   AuthorRole
	Person int64
	// Subject is the conversation's id; for a DigestToken the notification's, for
	// a QuestionToken the question's.
	Subject int64
	// Through is the newest message in the letter that carries the address:
	// answering reads everything up to it. For the other purposes 0.
	Through int64
	// Expires is the day, in UTC, from whose start the token is no longer good.
	Expires time.Time
}

// TokenKey signs tokens. Several may be in force at a time: the first signs,
// all of them verify, so that keys change without breaking mails already out.
type TokenKey struct {
	ID     byte // 0 to 7, named in the token
	Secret []byte
}

// Errors of a token that is not good, for errors.Is.
var (
	ErrTokenForged  = errors.New("reply address or link is not one of ours")
	ErrTokenExpired = errors.New("reply address or link has expired")
)

// The layout, 35 octets, 56 characters of base32 without padding, so that
// "reply+" and token are 62 octets: the local part may have 64 (RFC 5321
// 4.5.3.1.1). Mailers change the case of local parts, so base32; 35 octets leave
// no spare bits, so one token has one spelling.
//
//	1 octet   side (1 bit, 1 = merchant), key id (3 bits), purpose (4 bits)
//	6 octets  person
//	6 octets  subject
//	6 octets  through
//	2 octets  expiry, days since 1970
//	14 octets HMAC-SHA-256 of the above, truncated
//
// 112 bits of MAC leave nothing to guess at: each guess is a mail.
const (
	tokenBody    = 21
	tokenMAC     = 14
	tokenLen     = (tokenBody + tokenMAC) * 8 / 5
	tokenContext = "tradepost reply address\x00"
	maxID        = 1<<48 - 1
	secretMin    = 16
)

// addressMax is the longest spelling of an address of ours that Parse looks at:
// twice what RFC 5321 allows, for folds and escapes.
const addressMax = 2 * MaxAddress

var tokenBase32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// ReplyPrefix and BouncePrefix begin the local parts of our two kinds of
// addresses (RFC 5233 sub-addressing).
const (
	ReplyPrefix  = "reply+"
	BouncePrefix = "bounce+"
)

// Tokens signs and verifies reply addresses at one domain, and action links.
type Tokens struct {
	domain string
	keys   []TokenKey
}

// NewTokens returns the signer for addresses at domain. The first key signs.
func NewTokens(domain string, keys ...TokenKey) (*Tokens, error) {
	if p := AddressProblem("reply@" + domain); p != "" {
		return nil, fmt.Errorf("reply domain %q is not a domain like reply.example.com", domain)
	}
	if len(keys) == 0 {
		return nil, errors.New("reply addresses need at least one key")
	}
	seen := make(map[byte]bool)
	for _, k := range keys {
		switch {
		case k.ID > 7:
			return nil, fmt.Errorf("reply key id %d is not between 0 and 7", k.ID)
		case seen[k.ID]:
			return nil, fmt.Errorf("reply key id %d is given twice", k.ID)
		case len(k.Secret) < secretMin:
			return nil, fmt.Errorf("reply key %d is shorter than %d octets", k.ID, secretMin)
		}
		seen[k.ID] = true
	}
	return &Tokens{domain: strings.ToLower(domain), keys: keys}, nil
}

// Domain is the domain of the reply addresses, in lower case.
func (t *Tokens) Domain() string { return t.domain }

// Address returns the reply address that carries tok.
func (t *Tokens) Address(tok Token) (string, error) {
	if !tok.Purpose.known() {
		return "", fmt.Errorf("no reply address has purpose %d", tok.Purpose)
	}
	for _, id := range []int64{tok.Person, tok.Subject, tok.Through} {
		if id < 0 || id > maxID {
			return "", fmt.Errorf("id %d does not fit a reply address", id)
		}
	}
	days := tok.Expires.Unix() / 86400
	if days < 0 || days > 1<<16-1 {
		return "", fmt.Errorf("expiry %s does not fit a reply address", tok.Expires)
	}
	key := t.keys[0]
	b := make([]byte, 0, tokenBody+tokenMAC)
	b = append(b, tokenHead(tok.Role, key.ID)|byte(tok.Purpose))
	b = append48(append48(append48(b, tok.Person), tok.Subject), tok.Through)
	b = binary.BigEndian.AppendUint16(b, uint16(days))
	b = append(b, sign(key.Secret, tokenContext, b)[:tokenMAC]...)
	return ReplyPrefix + tokenBase32.EncodeToString(b) + "@" + t.domain, nil
}

// Parse verifies a reply address. The error is ErrTokenForged for anything that
// we did not sign, and ErrTokenExpired, together with the token, for what we did.
// It takes the spellings that addresses come back in, see canonicalAddress.
func (t *Tokens) Parse(address string, now time.Time) (Token, error) {
	local, domain, ok := strings.Cut(canonicalAddress(address), "@")
	text, isReply := strings.CutPrefix(local, ReplyPrefix)
	if !ok || domain != t.domain || !isReply || len(text) != tokenLen {
		return Token{}, ErrTokenForged
	}
	b, err := tokenBase32.DecodeString(text)
	if err != nil {
		return Token{}, ErrTokenForged
	}
	body, mac := b[:tokenBody], b[tokenBody:]
	if !t.verify(tokenContext, body, mac) {
		return Token{}, ErrTokenForged
	}
	tok := Token{
		Purpose: Purpose(body[0] & 0x0f),
		Role:    tokenRole(body[0]),
		Person:  int48(body[1:]),
		Subject: int48(body[7:]),
		Through: int48(body[13:]),
		Expires: time.Unix(int64(binary.BigEndian.Uint16(body[19:]))*86400, 0).UTC(),
	}
	if !tok.Purpose.known() {
		return Token{}, ErrTokenForged // ours, of a version that knew it
	}
	if !now.Before(tok.Expires) {
		return tok, ErrTokenExpired
	}
	return tok, nil
}

// canonicalAddress undoes what mailers do to addresses. White space goes, since
// the old grammar allows folds around "@" and "." (RFC 5322 4.4) and some
// mailers break any long line of a header; so do angle brackets, the dot of a
// fully qualified domain, and a "+" that was encoded for a link and never
// decoded. The token's MAC, not its spelling, is the proof. Case is folded for
// ASCII alone: no other letter is one of ours.
func canonicalAddress(s string) string {
	if len(s) > addressMax {
		return ""
	}
	b := make([]byte, 0, addressMax)
	for i := range len(s) {
		if c := s[i]; c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			b = append(b, c)
		}
	}
	a := lowerASCII(string(b))
	if inner, ok := strings.CutPrefix(a, "<"); ok {
		if inner, ok = strings.CutSuffix(inner, ">"); ok {
			a = inner
		}
	}
	a = strings.TrimSuffix(a, ".")
	for _, plus := range []string{"reply%2b", "reply=2b"} {
		if rest, ok := strings.CutPrefix(a, plus); ok {
			return ReplyPrefix + rest
		}
	}
	return a
}

// lowerASCII folds the case of ASCII letters and of nothing else: strings.ToLower
// makes a k of the Kelvin sign, and so a second spelling of a token.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// tokenHead and tokenRole are the upper half of a token's first octet.
func tokenHead(role AuthorRole, key byte) byte {
	if role == AuthorMerchant {
		return 0x80 | key<<4
	}
	return key << 4
}

func tokenRole(head byte) AuthorRole {
	if head&0x80 != 0 {
		return AuthorMerchant
	}
	return AuthorMember
}

func (t *Tokens) verify(context string, body, mac []byte) bool {
	for _, k := range t.keys {
		if k.ID == body[0]>>4&7 {
			return hmac.Equal(mac, sign(k.Secret, context, body)[:len(mac)])
		}
	}
	return false
}

// sign returns the MAC of body for one use of the secret. The uses have contexts
// that don't begin one another, so that what was signed for one is never good for
// another.
func sign(secret []byte, context string, body []byte) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(context)) // never fails (package hash)
	h.Write(body)
	return h.Sum(nil)
}

func append48(b []byte, v int64) []byte {
	return append(b, byte(v>>40), byte(v>>32), byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}

func int48(b []byte) int64 {
	return int64(b[0])<<40 | int64(b[1])<<32 | int64(b[2])<<24 | int64(b[3])<<16 | int64(b[4])<<8 | int64(b[5])
}
