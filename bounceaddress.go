package tradepost

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

// The layout of a bounce address's token, 25 octets, 40 characters of base32
// without padding, so that BouncePrefix and token are 47 octets of the 64 that a
// local part may have. 25 octets leave no spare bits: one row has one spelling.
//
//	1 octet   zero (1 bit), key id (3 bits), zeros
//	2 octets  the period, months since January of the year 0
//	6 octets  id of the notification
//	16 octets HMAC-SHA-256 of the above, truncated
//
// It doesn't expire: what bounces late bounces all the same.
const (
	bounceBody    = 9
	bounceMAC     = 16
	bounceLen     = (bounceBody + bounceMAC) * 8 / 5
	bounceContext = "tradepost bounce address\x00"
)

// BounceAddress returns the envelope sender of a notification, by which a bounce
// names it (VERP): period is its month, id its number. Rows are counted up, so
// the address is signed: nobody makes another's mail bounce by guessing.
func (t *Tokens) BounceAddress(period time.Time, id int64) (string, error) {
	if id <= 0 || id > maxID {
		return "", fmt.Errorf("id %d does not fit a bounce address", id)
	}
	months := PeriodNumber(period)
	if months < 0 || months > 1<<16-1 {
		return "", fmt.Errorf("period %s does not fit a bounce address", period)
	}
	key := t.keys[0]
	b := make([]byte, 0, bounceBody+bounceMAC)
	b = append(b, key.ID<<4)
	b = append48(binary.BigEndian.AppendUint16(b, uint16(months)), id)
	b = append(b, sign(key.Secret, bounceContext, b)[:bounceMAC]...)
	return BouncePrefix + tokenBase32.EncodeToString(b) + "@" + t.domain, nil
}

// ParseBounce verifies a bounce address and returns the notification that it
// names. The error is ErrTokenForged for anything that we did not sign. It takes
// the spellings that addresses come back in, any case among them.
func (t *Tokens) ParseBounce(address string) (period time.Time, id int64, err error) {
	local, domain, ok := strings.Cut(canonicalAddress(address), "@")
	text, isBounce := strings.CutPrefix(local, BouncePrefix)
	if !ok || domain != t.domain || !isBounce || len(text) != bounceLen {
		return time.Time{}, 0, ErrTokenForged
	}
	b, err := tokenBase32.DecodeString(text)
	if err != nil || len(b) != bounceBody+bounceMAC {
		return time.Time{}, 0, ErrTokenForged
	}
	body := b[:bounceBody]
	if !t.verify(bounceContext, body, b[bounceBody:]) || body[0]&0x8f != 0 {
		return time.Time{}, 0, ErrTokenForged
	}
	return PeriodOfNumber(int64(binary.BigEndian.Uint16(body[1:]))), int48(body[3:]), nil
}
