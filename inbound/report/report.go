// Package report reads what mail systems report about a mail that was sent
// earlier: that it bounced or is late (RFC 3464, and the wordings that mail
// servers used before it and beside it), or that its receiver called it spam
// (RFC 5965).
//
// It reads what a report says and never decides what to do about it, nor whether
// it is true: anybody can write one. It keeps no state and starts no goroutine.
package report

import (
	"github.com/tradepost-mail/tradepost/inbound/message"
)

// Delivery is a delivery status notification.
type Delivery struct {
	// Recipients are those the report speaks of, each address once.
	Recipients []Recipient
	// Dialect names the form that was understood: "rfc3464", or that of a mail
	// server, such as "qmail".
	Dialect string
	// EnvelopeID is Original-Envelope-Id (RFC 3464 2.2.1); ReportingMTA the name
	// of the server that reports; each "" if not said.
	EnvelopeID, ReportingMTA string
	// OriginalID is the Message-ID, in angle brackets, of the mail reported on;
	// "" if the report doesn't return its header.
	OriginalID string
}

// Recipient is one address and what became of the mail to it.
type Recipient struct {
	// Address is that of Final-Recipient, or of Original-Recipient where the
	// other has none: "local@domain" as written.
	Address string
	// Action is "failed", "delayed", "delivered", "relayed" or "expanded"
	// (RFC 3464 2.3.3).
	Action string
	// Status is an enhanced status code such as "5.1.1" (RFC 3463).
	Status string
	// Diagnostic is the text that the receiving server gave, on one line.
	Diagnostic string
}

// Permanent reports whether sending again would fail again, as far as the
// report says (RFC 3463 3.1).
func (r Recipient) Permanent() bool {
	return r.Action == "failed" && (r.Status == "" || r.Status[0] == '5')
}

// ReadDelivery reads a delivery status notification; false if m is none.
func ReadDelivery(m *message.Message) (Delivery, bool) {
	return Delivery{}, false
}
