package tradepost

import "time"

// Schedule is when a member wants mail, beyond their alert and digest choices.
// The zero Schedule is the default: no quiet hours, nothing by kind. (contract)
type Schedule struct {
}

// Quiet reports whether mail about a kind is kept back at an instant, by the
// member's own clock. (contract)
func (s Schedule) Quiet(now time.Time, zone *time.Location, kind Kind) bool { return false }
