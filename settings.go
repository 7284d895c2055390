package tradepost

import "time"

// AlertSetting is when a member wants a mail for a single message.
type AlertSetting string

// The choices for alerts.
const (
	AlertFirstContact    AlertSetting = "first_contact" // the default
	AlertNewConversation AlertSetting = "new_conversation"
	AlertEveryMessage    AlertSetting = "every_message"
	AlertNever           AlertSetting = "never"
)

// DigestSetting is when a member wants what is unread gathered into one mail.
type DigestSetting string

// The choices for digests.
const (
	DigestHourly DigestSetting = "hourly" // the default
	DigestOff    DigestSetting = "off"
)

// Occasion is what a merchant's message is to a partner.
type Occasion struct {
	FirstContact    bool // the first message ever of this merchant to this partner
	NewConversation bool // it opens a conversation
}

// Reason names the rule by which a setting asks for an alert on the occasion,
// or is "" where it doesn't. It is the setting that wants the mail, so that the
// letter can say what to change.
func (s AlertSetting) Reason(o Occasion) string {
	wanted := s == AlertEveryMessage ||
		s == AlertNewConversation && o.NewConversation ||
		s == AlertFirstContact && o.FirstContact
	switch {
	case !wanted:
		return ""
	case o.FirstContact:
		return string(AlertFirstContact)
	case o.NewConversation && s != AlertEveryMessage:
		return string(AlertNewConversation)
	default:
		return string(AlertEveryMessage)
	}
}

// Caps bound how many alerts a stranger can set off. What is over the cap joins
// the digest. Zero means no bound.
type Caps struct {
	AlertsPerPartner    int // messages alerted to one partner within the hour
	PartnersPerMerchant int // partners one merchant's messages alert within the hour
}

// DefaultCaps are the caps of a marketplace that has set none.
var DefaultCaps = Caps{AlertsPerPartner: 60, PartnersPerMerchant: 10}

// Exceeded reports whether one more alert would pass a cap, given how many
// messages were alerted to the partner, and how many other partners the
// merchant's messages alerted, within the last hour.
func (c Caps) Exceeded(partnerAlerts, merchantPartners int) bool {
	return c.AlertsPerPartner > 0 && partnerAlerts >= c.AlertsPerPartner ||
		c.PartnersPerMerchant > 0 && merchantPartners >= c.PartnersPerMerchant
}

// DefaultRelayDelay is how long a member's reply waits before it goes to the
// merchant, so that an undo or a mark can still hold it back.
const DefaultRelayDelay = 30 * time.Second
