package tradepost

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

// Action is what an action link does when it is confirmed on its page. A link is
// good for one person, one thing, and a time.
type Action struct {
	// Verb is a command's (done, qualify, mute, decline), an answer's to a
	// question (approve, add, revoke, choose, confirm), StopDigests or SignIn.
	Verb   string
	Role   AuthorRole
	Person int64
	// Subject is the conversation; with SignIn the link's row; for an answer the question; with StopDigests
	// the notification that is the letter.
	Subject int64
	// Object is the newest message of the letter; with choose the conversation
	// chosen; with StopDigests the letter's period, see PeriodNumber; else 0.
	Object int64
	// Expires is the instant from which the link is no longer good. A token keeps
	// it to the minute, rounded down.
	Expires time.Time
}

// StopDigests is the verb of the link that stops a member's digests, and nothing
// else that they get. GetDigests, which has no link of its own, is what its page
// then offers.
const (
	StopDigests = "stop_digests"
	GetDigests  = "get_digests"
)

// SignIn is the verb of the link by which a member signs in. Its page is under
// SignInPath.
const (
	SignIn     = "sign_in"
	SignInPath = "/sign-in/"
)

// PeriodNumber is a period as a link has it: months since January of the year 0.
func PeriodNumber(period time.Time) int64 {
	year, month, _ := period.UTC().Date()
	return int64(year)*12 + int64(month) - 1
}

// PeriodOfNumber is the reverse of PeriodNumber.
func PeriodOfNumber(n int64) time.Time {
	return time.Date(int(n/12), time.Month(n%12+1), 1, 0, 0, 0, 0, time.UTC)
}

// ActionPath is where action links point: this and the token.
const ActionPath = "/a/"

// ActionPrefix begins action tokens, so that they can be found in text wherever
// they were quoted (StripTokens). No mailer encodes or escapes its characters.
const ActionPrefix = "act-"

// The layout, 40 octets, 64 characters of base32 behind ActionPrefix. Base32,
// because gateways that rewrite links change their case.
//
//	1 octet   side (1 bit, 1 = merchant), key id (3 bits), zeros
//	1 octet   verb
//	6 octets  person
//	6 octets  subject
//	6 octets  object
//	4 octets  expiry, minutes since 1970
//	16 octets HMAC-SHA-256 of the above, truncated
//
// A link may be tried as fast as a server answers, so the MAC has 128 bits.
const (
	actionBody    = 24
	actionMAC     = 16
	actionLen     = (actionBody + actionMAC) * 8 / 5
	actionContext = "tradepost action link\x00"
)

// actionVerbs are the codes of verbs. A code is never given another meaning:
// letters with it are out.
var actionVerbs = [...]string{
	1:  string(VerbDone),
	2:  string(VerbQualify),
	3:  string(VerbMute),
	4:  string(VerbDecline),
	5:  string(AnswerApprove),
	6:  string(AnswerAddAddress),
	7:  string(AnswerRevoke),
	8:  string(AnswerChoose),
	9:  string(AnswerConfirm),
	10: StopDigests,
	11: SignIn,
}

func actionCode(verb string) (code byte, ok bool) {
	for i, v := range actionVerbs {
		if v == verb && v != "" {
			return byte(i), true
		}
	}
	return 0, false
}

// ActionToken signs an action for a link: characters that are safe in a path,
// at most 120. Nothing that verifies reply addresses takes it, nor the other way
// round.
func (t *Tokens) ActionToken(a Action) (string, error) {
	code, ok := actionCode(a.Verb)
	if !ok {
		return "", fmt.Errorf("no link does %q", a.Verb)
	}
	if a.Role != AuthorMember && a.Role != AuthorMerchant {
		return "", fmt.Errorf("no link is for a %q", a.Role)
	}
	for _, id := range []int64{a.Person, a.Subject, a.Object} {
		if id < 0 || id > maxID {
			return "", fmt.Errorf("id %d does not fit an action link", id)
		}
	}
	seconds := a.Expires.Unix()
	if seconds < 0 || seconds/60 > 1<<32-1 {
		return "", fmt.Errorf("expiry %s does not fit an action link", a.Expires)
	}
	key := t.keys[0]
	b := make([]byte, 0, actionBody+actionMAC)
	b = append(b, tokenHead(a.Role, key.ID), code)
	b = append48(append48(append48(b, a.Person), a.Subject), a.Object)
	b = binary.BigEndian.AppendUint32(b, uint32(seconds/60))
	b = append(b, sign(key.Secret, actionContext, b)[:actionMAC]...)
	return ActionPrefix + tokenBase32.EncodeToString(b), nil
}

// ParseAction verifies an action link's token: ErrTokenForged, or ErrTokenExpired
// together with the action.
func (t *Tokens) ParseAction(token string, now time.Time) (Action, error) {
	text, ok := strings.CutPrefix(lowerASCII(token), ActionPrefix)
	if !ok || len(text) != actionLen {
		return Action{}, ErrTokenForged
	}
	b, err := tokenBase32.DecodeString(text)
	if err != nil || len(b) != actionBody+actionMAC { // the decoder passes over line breaks
		return Action{}, ErrTokenForged
	}
	body := b[:actionBody]
	if !t.verify(actionContext, body, b[actionBody:]) {
		return Action{}, ErrTokenForged
	}
	code := int(body[1])
	if code == 0 || code >= len(actionVerbs) || body[0]&0x0f != 0 {
		return Action{}, ErrTokenForged // ours, of a version that knew it
	}
	a := Action{
		Verb:    actionVerbs[code],
		Role:    tokenRole(body[0]),
		Person:  int48(body[2:]),
		Subject: int48(body[8:]),
		Object:  int48(body[14:]),
		Expires: time.Unix(int64(binary.BigEndian.Uint32(body[20:]))*60, 0).UTC(),
	}
	if !now.Before(a.Expires) {
		return a, ErrTokenExpired
	}
	return a, nil
}
