package tradepost

import (
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"strings"
	"time"
)

// NotificationKind is what a mail of ours is.
type NotificationKind string

// The kinds of mail that are sent.
const (
	Alert  NotificationKind = "alert"  // one message to one member, at once
	Digest NotificationKind = "digest" // what is unread, to one member, once an hour at most
	// Reminder is about a first contact that nobody has answered, to each of the team, once.
	Reminder NotificationKind = "reminder"
	Relay    NotificationKind = "relay"  // a member's message to the merchant
	Answer   NotificationKind = "answer" // why a mail that came in was not posted
)

// NotificationState is where a notification is on its way.
//
//	pending -> sending -> sent | failed | skipped
//	              |  \-> pending   (refused for now: again later)
//	              \----> unknown   (nobody can say whether it was accepted)
//	unknown -> sending             (once more, except a digest)
type NotificationState string

// The states.
const (
	Pending NotificationState = "pending"
	Sending NotificationState = "sending"
	Unknown NotificationState = "unknown"
	Sent    NotificationState = "sent"
	Skipped NotificationState = "skipped"
	Failed  NotificationState = "failed"
)

// Outcome is how one recipient was told of one message, or why not. Every pair
// of message and recipient ends in exactly one; that of the first telling stays.
type Outcome string

// The outcomes.
const (
	Alerted        Outcome = "alerted"
	Digested       Outcome = "digested"
	Relayed        Outcome = "relayed"
	ReadFirst      Outcome = "read_first" // read before any mail went out
	Answered       Outcome = "answered"   // a colleague answered before
	Suppressed     Outcome = "suppressed" // the address takes no mail
	OutcomeSkipped Outcome = "skipped"    // with a reason
	OutcomeFailed  Outcome = "failed"
)

// Reasons that stand beside an outcome or a finished notification.
const (
	ReasonMarked      = "marked"
	ReasonDeleted     = "deleted"
	ReasonBlocked     = "blocked"
	ReasonMuted       = "muted"
	ReasonUndone      = "undone" // taken back by its author
	ReasonMemberGone  = "member_gone"
	ReasonOptedOut    = "opted_out"
	ReasonNothingLeft = "nothing_left"  // of a digest: all its messages were dropped
	ReasonAlertCapped = "alert_capped"  // joined the digest: too many alerts this hour
	ReasonQuietHours  = "quiet_hours"   // joined the digest: the member's quiet hours kept the alert back
	ReasonGaveUp      = "gave_up"       // refused for now, for GiveUpAfter
	ReasonSuperseded  = "superseded"    // of a digest: the next one tells its messages
	ReasonUnknown     = "unknown_twice" // twice no answer to the final dot
	ReasonLapsed      = "lapsed"        // its senders vanished, maxLapses times
)

// Told is the outcome that a sent notification of this kind gives its messages.
func (k NotificationKind) Told() Outcome {
	switch k {
	case Alert:
		return Alerted
	case Digest:
		return Digested
	default:
		return Relayed
	}
}

// Verdict is what one attempt to send came to.
type Verdict string

// The verdicts of an attempt.
const (
	Delivered     Verdict = "delivered" // the server took it
	Temporary     Verdict = "temporary" // refused for now, or never got that far
	Permanent     Verdict = "permanent" // refused for good
	NoAnswer      Verdict = "no_answer" // silence after the final dot: it may have been taken
	OwnerVanished Verdict = "lapsed"    // the process that held the row is gone
)

// Waiting times between attempts.
const (
	// UnknownDelay is how long a mail with NoAnswer waits before it goes once
	// more: a server that is slow to answer gets the time to finish, and a
	// receiver that sorts out duplicates by Message-ID sees them in order.
	UnknownDelay = 60 * time.Second
	// GiveUpAfter is how long temporary refusals are retried (RFC 5321
	// 4.5.4.1 asks for four to five days).
	GiveUpAfter = 4 * 24 * time.Hour
	// maxLapses bounds how often a mail goes again whose owner vanished while
	// sending: a mail that kills its sender must not do so for ever.
	maxLapses = 8
)

// Attempted is one finished attempt with the notification's history.
type Attempted struct {
	// ID is the notification's. It spreads retries, so that a thousand mails that
	// were refused at once don't come back at once.
	ID      int64
	Kind    NotificationKind
	Verdict Verdict
	// Attempts counts those made so far, this one included.
	Attempts int
	// Silences counts how many of them ended in NoAnswer, Lapses how many in
	// OwnerVanished, this one included.
	Silences, Lapses int
	// Age is how long ago the first attempt began.
	Age time.Duration
	// Code and Enhanced are what the server said (RFC 5321 4.2, RFC 3463): 0 and
	// "" where it said nothing.
	Code     int
	Enhanced string
	// Hint is the wait that the server's words asked for; 0 = none.
	Hint time.Duration
	// Hour is the clock's, which a digest's patience goes by; 0 = an hour.
	Hour time.Duration
}

// Next is what follows an attempt: the state, for pending and unknown the time
// to wait, and for failed the reason ("" where the server's reply says it). A
// state of Unknown with Again false is final.
type Next struct {
	State  NotificationState
	Again  bool
	Wait   time.Duration
	Reason string
}

// After decides what follows an attempt.
//
// A digest is gone with the next: one whose fate is unknown isn't sent again, and
// one that was refused for now only within its hour. Its messages that are still
// unread join the next. Everything else goes again. After silence it waits
// UnknownDelay; after a vanished owner it goes at once, since the lease that had
// to lapse first was the wait and no owner passes the final dot without a lease.
func (a Attempted) After() Next {
	switch a.Verdict {
	case Delivered:
		return Next{State: Sent}
	case Permanent:
		return Next{State: Failed}
	case NoAnswer:
		switch {
		case a.Kind == Digest:
			return Next{State: Unknown}
		case a.Silences >= 2:
			return Next{State: Failed, Reason: ReasonUnknown}
		}
		return Next{State: Unknown, Again: true, Wait: UnknownDelay}
	case OwnerVanished:
		switch {
		case a.Kind == Digest:
			return Next{State: Unknown}
		case a.Lapses > maxLapses:
			return Next{State: Failed, Reason: ReasonLapsed}
		}
		return Next{State: Unknown, Again: true}
	default:
		return a.refused()
	}
}

// refused is what follows a refusal for now.
func (a Attempted) refused() Next {
	wait := a.backoff()
	if a.Kind == Digest {
		hour := a.Hour
		if hour <= 0 {
			hour = time.Hour
		}
		if a.Age+wait >= hour {
			return Next{State: Skipped, Reason: ReasonSuperseded}
		}
	} else if a.Age >= GiveUpAfter {
		return Next{State: Failed, Reason: ReasonGaveUp}
	}
	return Next{State: Pending, Again: true, Wait: wait}
}

// NewMessageID makes the Message-ID of a notification, angle brackets included
// (RFC 5322 3.6.4). It is made once, when the notification row is, and unguessable:
// nobody can name a mail they have not received.
func NewMessageID(domain string) string {
	var b [20]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return "<" + strings.ToLower(base32.StdEncoding.EncodeToString(b[:])) + "@" + domain + ">"
}

// DedupeKey names the one notification there may be for an occasion: inserting
// a second row with the same key is a no-op, however many processes try.
func DedupeKey(kind NotificationKind, parts ...any) string {
	return strings.TrimRight(string(kind)+":"+strings.ReplaceAll(fmt.Sprintln(parts...), " ", ":"), "\n")
}
