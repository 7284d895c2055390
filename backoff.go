package tradepost

import (
	"strings"
	"time"
)

// The waits after the first, second … refusal; the last goes on. A first contact
// is worth minutes, and the usual reason for a refusal here is a mail server that
// is being restarted. After 450 and 451 it may be greylisting, whose memory of a mail
// begins a minute to five later (RFC 6647 2.3): sooner is refused again, and some
// servers begin to count anew.
var (
	waits = []time.Duration{
		5 * time.Second, 15 * time.Second, time.Minute, 3 * time.Minute, 5 * time.Minute,
		10 * time.Minute, 20 * time.Minute, 30 * time.Minute, time.Hour,
	}
	greylistWaits = []time.Duration{
		time.Minute, 4 * time.Minute, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 30 * time.Minute, time.Hour,
	}
)

// backoff is how long a mail waits that was refused for now: never less than the
// server asked for, and up to a quarter more than the table says. That share is the
// mail's own and stays, so that the waits for the same answer never shrink.
func (a Attempted) backoff() time.Duration {
	table := waits
	if a.maybeGreylisted() {
		table = greylistWaits
	}
	wait := max(table[min(max(a.Attempts-1, 0), len(table)-1)], min(a.Hint, GiveUpAfter))
	// Neighbouring ids are mails written together: the multiplier, 2^32 over the
	// golden ratio, puts them far apart (Knuth, The Art of Computer Programming 6.4).
	share := uint32(a.ID) * 2654435769 >> 22 // of 1024
	return wait + wait/4/1024*time.Duration(share)
}

// maybeGreylisted says that a refusal reads like greylisting: 450 or 451, and not of
// the server's own system or network (RFC 3463 X.3 and X.4).
func (a Attempted) maybeGreylisted() bool {
	return (a.Code == 450 || a.Code == 451) && !strings.HasPrefix(a.Enhanced, "4.3.") && !strings.HasPrefix(a.Enhanced, "4.4.")
}
