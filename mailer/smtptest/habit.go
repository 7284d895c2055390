package smtptest

import (
	"fmt"
	"strings"
	"time"
)

// Visit is a client's coming to a stage.
type Visit struct {
	At       Stage
	N        int    // of all visits to this stage, from 1
	Conn     int    // number of the connection, from 1
	Taken    int    // mails kept from this connection so far
	From, To string // of the latest MAIL and, from RCPT on, of RCPT
}

// Habit is how a server behaves on and on: what it does at a visit, if anything.
// The server calls one at a time.
type Habit func(Visit) (Action, bool)

// Every plays an action at every nth visit to a stage: refuse one in ten, say 421
// in mid-batch.
func Every(n int, at Stage, a Action) Habit {
	return func(v Visit) (Action, bool) { return a, v.At == at && v.N%n == 0 }
}

// After plays an action at a stage once a connection has brought so many mails: a
// server that closes after a hundred.
func After(mails int, at Stage, a Action) Habit {
	return func(v Visit) (Action, bool) { return a, v.At == at && v.Taken >= mails }
}

// ToDomain plays an action at a stage for recipients of a domain; at Mail no
// recipient is known yet.
func ToDomain(domain string, at Stage, a Action) Habit {
	return func(v Visit) (Action, bool) {
		return a, v.At == at && strings.EqualFold(v.To[strings.LastIndexByte(v.To, '@')+1:], domain)
	}
}

// Slow lets a stage take its time.
func Slow(at Stage, d time.Duration) Habit {
	return func(v Visit) (Action, bool) { return Action{Delay: d}, v.At == at }
}

// Greylist refuses each pair of sender and recipient by 450 4.7.1 until wait has
// passed since it was first seen (RFC 6647 2.3).
func Greylist(wait time.Duration) Habit {
	seen := map[string]time.Time{}
	return func(v Visit) (Action, bool) {
		if v.At != Rcpt {
			return Action{}, false
		}
		pair := v.From + " " + v.To
		first, known := seen[pair]
		if !known {
			first = time.Now()
			seen[pair] = first
		}
		if left := wait - time.Since(first); left > 0 || !known {
			return Reply(450, fmt.Sprintf("4.7.1 greylisted, try again in %d seconds", max(1, int((left+time.Second-1)/time.Second)))), true
		}
		return Action{}, false
	}
}
