package tradepost

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// EventType names what a webhook tells of.
type EventType string

// The types of events. A receiver must expect more in time.
const (
	EventConversationOpened  EventType = "conversation.opened"
	EventConversationDeleted EventType = "conversation.deleted"
	EventMessageCreated      EventType = "message.created"
	EventMessageDeleted      EventType = "message.deleted" // taken back by its author, or deleted
	EventProposalSent        EventType = "proposal.sent"
	EventProposalAccepted    EventType = "proposal.accepted"
	EventProposalDeclined    EventType = "proposal.declined"
	EventProposalWithdrawn   EventType = "proposal.withdrawn"
	EventProposalClosed      EventType = "proposal.closed" // by a block or a deletion
	EventJobOpened           EventType = "job.opened"
	EventJobReopened         EventType = "job.reopened" // a decline was taken back
	EventJobCompleted        EventType = "job.completed"
	EventJobDeclined         EventType = "job.declined"
	EventJobClosed           EventType = "job.closed"
	EventInvoiceCreated      EventType = "invoice.created"
	EventInvoicePaid         EventType = "invoice.paid"
	EventInvoiceClosed       EventType = "invoice.closed"
	EventMerchantBlocked     EventType = "merchant.blocked"
	EventAddressSuppressed   EventType = "address.suppressed"
	EventAddressLifted       EventType = "address.lifted" // it takes mail again
)

// EventTypes are all there are.
func EventTypes() []EventType {
	return []EventType{
		EventConversationOpened, EventConversationDeleted, EventMessageCreated, EventMessageDeleted,
		EventProposalSent, EventProposalAccepted, EventProposalDeclined, EventProposalWithdrawn, EventProposalClosed,
		EventJobOpened, EventJobReopened, EventJobCompleted, EventJobDeclined, EventJobClosed,
		EventInvoiceCreated, EventInvoicePaid, EventInvoiceClosed, EventMerchantBlocked, EventAddressSuppressed, EventAddressLifted,
	}
}

// Known reports whether t is one of EventTypes.
func (t EventType) Known() bool { return slices.Contains(EventTypes(), t) }

// Event tells that a proposal came into state s.
func (s ProposalState) Event() EventType { return EventType("proposal." + string(s)) }

// Event tells that a job came into state s, for the first time or from open.
func (s JobState) Event() EventType {
	if s == JobOpen {
		return EventJobOpened
	}
	return EventType("job." + string(s))
}

// Event tells that an invoice came into state s.
func (s InvoiceState) Event() EventType {
	if s == InvoiceOpen {
		return EventInvoiceCreated
	}
	return EventType("invoice." + string(s))
}

// MaxWebhooks is how many endpoints a partner may have, and the platform.
const MaxWebhooks = 20

// WebhookSecret is the key that an endpoint's requests are signed with: 24 to 64
// octets (Standard Webhooks 1.0.0, "Symmetric").
type WebhookSecret []byte

const (
	webhookSecretPrefix = "whsec_"
	minWebhookSecret    = 24
	maxWebhookSecret    = 64
)

var errWebhookSecret = errors.New("a webhook's secret is whsec_ and 24 to 64 octets in base64")

// NewWebhookSecret makes a secret of 256 random bits.
func NewWebhookSecret() WebhookSecret {
	b := make([]byte, 32)
	rand.Read(b) // never fails (crypto/rand)
	return b
}

// ParseWebhookSecret reads what Text wrote.
func ParseWebhookSecret(s string) (WebhookSecret, error) {
	text, ok := strings.CutPrefix(s, webhookSecretPrefix)
	b, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || len(b) < minWebhookSecret || len(b) > maxWebhookSecret {
		return nil, errWebhookSecret
	}
	return b, nil
}

// Text is the secret as its receiver keeps it: "whsec_" and base64.
func (k WebhookSecret) Text() string {
	return webhookSecretPrefix + base64.StdEncoding.EncodeToString(k)
}

// String keeps the secret out of logs.
func (k WebhookSecret) String() string { return webhookSecretPrefix + "…" }

// SignWebhook is the webhook-signature header of a request with the webhook-id id,
// sent at a time: one signature for each secret, that of the newest first.
func SignWebhook(id string, at time.Time, body []byte, secrets ...WebhookSecret) string {
	signed := append([]byte(id+"."+strconv.FormatInt(at.Unix(), 10)+"."), body...)
	list := make([]string, len(secrets))
	for i, k := range secrets {
		mac := hmac.New(sha256.New, k)
		mac.Write(signed)
		list[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return strings.Join(list, " ")
}

// WebhookBody is what a request carries. It is the same octets however often it is
// made of the same event, so that a receiver may compare them.
func WebhookBody(t EventType, at time.Time, data json.RawMessage) ([]byte, error) {
	return json.Marshal(struct {
		Type      EventType       `json:"type"`
		Timestamp time.Time       `json:"timestamp"`
		Data      json.RawMessage `json:"data"`
	}{t, at.UTC(), data})
}

// webhookWaits are those after the first, second … attempt that failed, as Standard
// Webhooks 1.0.0 recommends: three days in all, so that a receiver which breaks on a
// Friday is mended on Monday.
var webhookWaits = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
	10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// WebhookAttempts is how often an event is sent to an endpoint that doesn't take it.
const WebhookAttempts = 10

// WebhookWait is how long an event waits after a number of attempts that failed, up
// to a tenth longer than the table says as jitter, from 0 to 1, has it: what failed
// together should not come again together. ok is false after the last attempt.
func WebhookWait(attempts int, jitter float64) (wait time.Duration, ok bool) {
	if attempts >= WebhookAttempts {
		return 0, false
	}
	wait = webhookWaits[max(attempts-1, 0)]
	return wait + time.Duration(float64(wait/10)*min(max(jitter, 0), 1)), true
}

// WebhookPause is how long an endpoint is left alone after a number of failures in a
// row, whatever else is due for it: a second, doubled each time, a minute at most. A
// receiver that is down, or slow, doesn't take the turns of those that aren't.
func WebhookPause(failures int) time.Duration {
	const most = time.Minute
	if failures < 1 {
		return 0
	}
	if failures > 6 {
		return most
	}
	return min(time.Second<<(failures-1), most)
}
