// Package report reads what mail systems report about a mail that was sent
// earlier: that it bounced or is late (RFC 3464, and the wordings that mail
// servers used before it and beside it), that its receiver called it spam
// (RFC 5965), or that it was displayed (RFC 8098).
//
// It reads what a report says and never decides what to do about it, nor whether
// it is true: anybody can write one. Compare Delivery.OriginalID, or the
// addresses, with what was really sent. It takes time linear in the mail, keeps
// no state and starts no goroutine.
package report

import (
	"strings"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

// Delivery is a delivery status notification.
type Delivery struct {
	// Recipients are those the report speaks of, each address once, at most
	// 1,000. Where it names nobody, it is the recipient of the mail it returns, if
	// that has just one.
	Recipients []Recipient
	// Dialect names the form that was understood: "rfc3464", "amazon-sns", or
	// that of a mail server, such as "qmail"; "unknown" if it was read by general
	// rules alone.
	Dialect string
	// EnvelopeID is Original-Envelope-Id (RFC 3464 2.2.1); ReportingMTA the name
	// of the server that reports; each "" if not said.
	EnvelopeID, ReportingMTA string
	// OriginalID is the Message-ID, in angle brackets, of the mail reported on.
	// Where the report doesn't return its header, it is what the report itself
	// answers (In-Reply-To); "" if neither is there.
	OriginalID string
	// Original is the header of the mail reported on, as far as it was returned;
	// empty if it wasn't.
	Original message.Header
}

// Recipient is one address and what became of the mail to it.
type Recipient struct {
	// Address is that of Final-Recipient, or of Original-Recipient where the
	// other has none: "local@domain" as written.
	Address string
	// Original is Original-Recipient: the address the mail was sent to, before
	// any forwarding (RFC 3464 2.3.1); "" if not said.
	Original string
	// Action is "failed", "delayed", "delivered", "relayed" or "expanded"
	// (RFC 3464 2.3.3).
	Action string
	// Status is an enhanced status code such as "5.1.1" (RFC 3463): that of the
	// report, or a more exact one of the diagnostic text, or what the text says
	// in words.
	Status string
	// Code is the SMTP reply code in the diagnostic text, such as 550; 0 if there
	// is none.
	Code int
	// RemoteMTA is the server that refused, as written; "" if not said.
	RemoteMTA string
	// Diagnostic is the text that the receiving server gave, on one line of at
	// most 1,000 bytes.
	Diagnostic string
}

// Permanent reports whether sending again would fail again, as far as the
// report says (RFC 3463 3.1). A "failed" with a status of class 4 says that the
// server gave up on something that may pass.
func (r Recipient) Permanent() bool {
	return r.Action == "failed" && (r.Status == "" || r.Status[0] == '5')
}

// Undelivered reports whether the mail has not reached the recipient, or not
// yet: "failed" or "delayed".
func (r Recipient) Undelivered() bool {
	return r.Action == "failed" || r.Action == "delayed"
}

// Undelivered returns the recipients that the mail has not reached, or not yet.
func (d Delivery) Undelivered() []Recipient {
	var list []Recipient
	for _, r := range d.Recipients {
		if r.Undelivered() {
			list = append(list, r)
		}
	}
	return list
}

// IsSuccess reports whether all the report says is that mail arrived or was
// passed on.
func (d Delivery) IsSuccess() bool {
	return len(d.Recipients) > 0 && len(d.Undelivered()) == 0
}

// MaxRecipients bounds the recipients read of one report; servers split longer
// ones.
const MaxRecipients = 1000

// ReadDelivery reads a delivery status notification; false if m is none, or one
// that a person passes on. A mail without a status part is taken for one if a
// mail server wrote it and either its wording is known or it names an address
// that could not be reached.
func ReadDelivery(m *message.Message) (Delivery, bool) {
	return readDelivery(m, 0)
}

func readDelivery(m *message.Message, depth int) (Delivery, bool) {
	if m.Root == nil {
		return Delivery{}, false
	}
	if d, ok := readSNS(m); ok {
		return d, true
	}
	p := findParts(m)
	if p.status == nil && !maybeDelivery(m) || isPassedOn(m) || p.status != nil && isEnclosed(m) {
		return Delivery{}, false
	}
	t := openText(m, p)
	d := Delivery{Dialect: "unknown"}
	var found []Recipient
	switch {
	case p.status != nil:
		d.Dialect = "rfc3464"
		found = readFields(open(p.status...), &d)
	default:
		d.Dialect = t.dialect()
		if !isDelivery(m, p, t, d.Dialect) {
			return Delivery{}, false
		}
	}
	found = t.recipients(m, &d, found)
	if d.Original, d.OriginalID = original(p, t); d.OriginalID == "" {
		// Google and Exchange Online answer the mail they report on.
		d.OriginalID = m.InReplyTo
	}
	if len(found) == 0 && depth == 0 && p.nested != nil && IsDaemon(p.nested) {
		// QUIRK: a gateway that attaches the report to one of its own, which
		// names nobody (Trend Micro).
		if inner, ok := readDelivery(p.nested, depth+1); ok && len(inner.Recipients) > 0 {
			return inner, true
		}
	}
	if len(found) == 0 {
		found = t.lastResort(m, p)
	}
	d.Recipients = settle(m, t, found)
	return d, true
}

// settle gives every recipient an action and a status, and drops doubles.
func settle(m *message.Message, t *text, found []Recipient) []Recipient {
	delayed := t.saysDelayed(m)
	seen := make(map[string]int, len(found))
	var list []Recipient
	for _, r := range found {
		r.Diagnostic = oneLine(r.Diagnostic)
		key := strings.ToLower(r.Address)
		if i, ok := seen[key]; ok {
			list[i].merge(r)
			continue
		}
		if len(list) == MaxRecipients {
			break
		}
		seen[key] = len(list)
		list = append(list, r)
	}
	t.several = len(list) > 1
	for i := range list {
		list[i].settle(delayed, t)
	}
	return list
}

// merge adds what a second report on the same address says: a failure outweighs
// what is said of it otherwise.
func (r *Recipient) merge(o Recipient) {
	if o.Action == "failed" && r.Action != "failed" || r.Diagnostic == "" && o.Diagnostic != "" {
		o.Original = first(r.Original, o.Original)
		*r = o
	}
}

// first returns a unless it is empty.
func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// oneLine joins the lines of a diagnostic and bounds it.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(clean(s[:min(len(s), 4000)])), " ")
	return strings.ToValidUTF8(s[:min(len(s), 1000)], "")
}

// clean returns s as valid UTF-8 without control characters other than those
// that end and indent lines.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if isControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
