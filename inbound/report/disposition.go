package report

import (
	"strings"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

// Disposition is a message disposition notification: what became of a mail after
// it was delivered.
type Disposition struct {
	// Recipient is Final-Recipient, the address that reports; "" if it has none.
	Recipient string
	// Original is Original-Recipient, the address the mail was sent to; "" if not
	// said.
	Original string
	// Mode is "manual" or "automatic": whether a person asked for the report to
	// be sent (RFC 8098 3.2.6.1); "" if not said.
	Mode string
	// Kind is the disposition type in lower case (RFC 8098 3.2.6.2): "displayed",
	// "deleted", "dispatched" or "processed"; "" if not said.
	Kind string
	// OriginalID is the Message-ID, in angle brackets, of the mail reported on;
	// "" if not said.
	OriginalID string
}

// ReadDisposition reads a message disposition notification (RFC 8098); false if
// m is none, or one that a person passes on.
func ReadDisposition(m *message.Message) (Disposition, bool) {
	if m.Root == nil || !strings.HasPrefix(m.Root.MediaType, "m") || isPassedOn(m) { // multipart or message
		return Disposition{}, false
	}
	p := findParts(m)
	if p.receipt == nil {
		return Disposition{}, strings.EqualFold(m.Root.Params["report-type"], "disposition-notification")
	}
	h := message.Parse(trimLines(open(p.receipt)), message.Limits{}).Header
	d := Disposition{
		Recipient: recipientAddress(h.Get("Final-Recipient")),
		Original:  recipientAddress(h.Get("Original-Recipient")),
	}
	mode, kind, _ := strings.Cut(strings.ToLower(h.Get("Disposition")), ";")
	if mode = strings.TrimSpace(mode); strings.HasPrefix(mode, "manual") {
		d.Mode = "manual"
	} else if strings.HasPrefix(mode, "automatic") {
		d.Mode = "automatic"
	}
	kind, _, _ = strings.Cut(strings.TrimSpace(kind), "/")
	d.Kind = strings.TrimSpace(kind)
	id := message.Parse([]byte("Message-ID: "+h.Raw("Original-Message-ID")+"\n\n"), message.Limits{}).MessageID
	if _, own := original(p, nil); id == "" {
		id = own
	}
	d.OriginalID = id
	return d, true
}
