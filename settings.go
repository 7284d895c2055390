package tradepost

import (
	"slices"
	"strings"
	"time"
)

// Settings are when a member wants mail.
type Settings struct {
	Alert    AlertSetting
	Digest   DigestSetting
	Schedule Schedule
}

// DefaultSettings are those of a member who has chosen nothing.
func DefaultSettings() Settings {
	return Settings{Alert: AlertFirstContact, Digest: DigestHourly}
}

// AlertFor is the choice for a kind of conversation.
func (s Settings) AlertFor(kind Kind) AlertSetting {
	if a, ok := s.Schedule.Alerts[kind]; ok {
		return a
	}
	return s.Alert
}

// Validate returns an Invalid with every fault of s, or nil. Fields are named as
// in JSON: "alert", "digest", "daily_at", "quiet[0].from", "alerts.service".
func (s Settings) Validate() error {
	var v Invalid
	v.add("alert", s.Alert.problem())
	if !slices.Contains(digestSettings, s.Digest) {
		names := make([]string, len(digestSettings))
		for i, d := range digestSettings {
			names[i] = string(d)
		}
		v.add("digest", "must be one of "+strings.Join(names, ", "))
	}
	s.Schedule.validate(&v, s.Digest)
	return v.err()
}

// AlertSetting is when a member wants a mail for a single message.
type AlertSetting string

// The choices for alerts.
const (
	AlertFirstContact    AlertSetting = "first_contact" // the default
	AlertNewConversation AlertSetting = "new_conversation"
	AlertEveryMessage    AlertSetting = "every_message"
	AlertNever           AlertSetting = "never"
)

var alertSettings = []AlertSetting{AlertFirstContact, AlertNewConversation, AlertEveryMessage, AlertNever}

func (s AlertSetting) problem() string {
	if slices.Contains(alertSettings, s) {
		return ""
	}
	names := make([]string, len(alertSettings))
	for i, a := range alertSettings {
		names[i] = string(a)
	}
	return "must be one of " + strings.Join(names, ", ")
}

// DigestSetting is when a member wants what is unread gathered into one mail.
type DigestSetting string

// The choices for digests.
const (
	DigestHourly  DigestSetting = "hourly" // the default
	DigestEvery2  DigestSetting = "every_2_hours"
	DigestEvery3  DigestSetting = "every_3_hours"
	DigestEvery4  DigestSetting = "every_4_hours"
	DigestEvery6  DigestSetting = "every_6_hours"
	DigestEvery8  DigestSetting = "every_8_hours"
	DigestEvery12 DigestSetting = "every_12_hours"
	DigestDaily   DigestSetting = "daily" // at Schedule.DailyAt
	DigestOff     DigestSetting = "off"
)

var digestSettings = []DigestSetting{
	DigestHourly, DigestEvery2, DigestEvery3, DigestEvery4, DigestEvery6, DigestEvery8, DigestEvery12, DigestDaily, DigestOff,
}

// hours is how many hours lie between two digests, a divisor of the day's so that
// they are the same hours every day; 1 of those that don't go by hours.
func (s DigestSetting) hours() int {
	switch s {
	case DigestEvery2:
		return 2
	case DigestEvery3:
		return 3
	case DigestEvery4:
		return 4
	case DigestEvery6:
		return 6
	case DigestEvery8:
		return 8
	case DigestEvery12:
		return 12
	default:
		return 1
	}
}

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
