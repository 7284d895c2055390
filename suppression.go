package tradepost

import (
	"math"
	"time"
)

// SuppressionReason is why an address takes no mail.
type SuppressionReason string

// The reasons of a suppression.
const (
	SuppressedBounce    SuppressionReason = "bounce"       // its server said for good that it does not exist
	SuppressedSoft      SuppressionReason = "soft_bounces" // it has failed for days, see SoftScore
	SuppressedComplaint SuppressionReason = "complaint"    // its reader called a letter spam
	SuppressedOperator  SuppressionReason = "operator"
)

// What soft failures come to. A mailbox that fails once a day is suppressed on the
// seventh, one that fails all day long on the sixth, one that fails every second
// day after three weeks, one that fails every third day never.
const (
	// SoftHalfLife is how long a soft failure takes to weigh half.
	SoftHalfLife = 7 * 24 * time.Hour
	// SoftThreshold is the score from which an address takes no mail.
	SoftThreshold = 5.0
	// SoftForgotten is the age from which a soft failure weighs nothing.
	SoftForgotten = 8 * SoftHalfLife
)

// SoftScore weighs the soft failures of one address, in any order. All that fail
// on one day of UTC weigh as one: a mailbox that is full for an afternoon, or a
// server that is down for it, refuses many letters for one reason. Those of the
// future, as of a clock that was set back, weigh as if they were now.
func SoftScore(now time.Time, failures []time.Time) float64 {
	newest := make(map[int64]time.Time, len(failures))
	for _, at := range failures {
		day := at.Unix() / 86400
		if at.After(newest[day]) {
			newest[day] = at
		}
	}
	score := 0.0
	for _, at := range newest {
		age := max(now.Sub(at), 0)
		if age < SoftForgotten {
			score += math.Exp2(-float64(age) / float64(SoftHalfLife))
		}
	}
	return score
}

// ComplaintSuppresses says of a Feedback-Type (RFC 5965 7.3, RFC 6430) whether it
// is a reader's word that they want no more. Reports about authentication or
// viruses, of nothing in particular, and that a mail was not spam, are not.
func ComplaintSuppresses(feedbackType string) bool {
	switch feedbackType {
	case "abuse", "fraud", "opt-out", "opt-out-list":
		return true
	}
	return false
}
