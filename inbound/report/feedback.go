package report

import (
	"bytes"
	"net/netip"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

// Feedback is a report that a receiver, or the receiver's mail system, objects
// to a mail.
type Feedback struct {
	// Type is Feedback-Type in lower case (RFC 5965 3.1, 7.3): "abuse", "fraud",
	// "virus", "other", "not-spam", "auth-failure" (RFC 6591), "opt-out"; "abuse"
	// where a provider's form doesn't say.
	Type string
	// Dialect is "arf", "microsoft-jmrp" or "amazon-sns".
	Dialect string
	// UserAgent is the program that made the report; "" if not said.
	UserAgent string
	// Recipients are those who object: Original-Rcpt-To. Many providers hide
	// them.
	Recipients []string
	// Sender is Original-Mail-From, without angle brackets; "" if not said.
	Sender string
	// SourceIP is the address the mail came from, as written; "" if not said.
	SourceIP string
	// Arrival is when the mail was received; zero if not said or unreadable.
	Arrival time.Time
	// EnvelopeID is Original-Envelope-Id; "" if not said.
	EnvelopeID string
	// OriginalID is the Message-ID, in angle brackets, of the mail reported on;
	// "" if the report doesn't return its header.
	OriginalID string
	// Original is the header of the mail reported on, as far as it was returned.
	Original message.Header
}

// ReadFeedback reads a feedback report (RFC 5965), with or without
// multipart/report around it, or one of the forms that providers use instead;
// false if m is none. Many begin their subject with "FW:".
func ReadFeedback(m *message.Message) (Feedback, bool) {
	if m.Root == nil {
		return Feedback{}, false
	}
	if strings.HasPrefix(m.Root.MediaType, "m") { // multipart or message
		p := findParts(m)
		if f, ok := readARF(m, p); ok {
			return f, true
		}
		return readJMRP(m, p)
	}
	return readSNSComplaint(m)
}

func readARF(m *message.Message, p parts) (Feedback, bool) {
	fields := open(p.feedback)
	if p.feedback == nil {
		if !strings.EqualFold(m.Root.Params["report-type"], "feedback-report") {
			return Feedback{}, false
		}
		// QUIRK: the part is there, typed as text.
		fields = []byte(m.Text[:min(len(m.Text), maxText)])
		if i := bytes.Index(fields, []byte("Feedback-Type:")); i > 0 {
			fields = fields[i:]
		}
	}
	f := Feedback{Dialect: "arf"}
	h := message.Parse(trimLines(fields), message.Limits{}).Header
	f.Type = strings.ToLower(first(h.Get("Feedback-Type"), "abuse"))
	f.UserAgent = h.Get("User-Agent")
	for _, field := range [...]string{"Original-Rcpt-To", "Removal-Recipient"} {
		for _, v := range h.Values(field) {
			if a := recipientAddress(v); a != "" && len(f.Recipients) < MaxRecipients {
				f.Recipients = append(f.Recipients, a)
			}
		}
	}
	f.Sender = recipientAddress(h.Get("Original-Mail-From"))
	f.SourceIP = strings.Trim(h.Get("Source-IP"), "[]")
	f.EnvelopeID = h.Get("Original-Envelope-Id")
	if date := first(h.Get("Arrival-Date"), h.Get("Received-Date")); date != "" {
		f.Arrival = readDate(date)
	}
	f.Original, f.OriginalID = original(p, nil)
	return f, true
}

// readDate reads a date as the Date field of a mail is read.
func readDate(s string) time.Time {
	s = strings.Join(strings.Fields(s), " ")
	return message.Parse([]byte("Date: "+s[:min(len(s), 200)]+"\n\n"), message.Limits{}).Date
}

// trimLines drops empty lines before the first field.
func trimLines(b []byte) []byte {
	return []byte(strings.TrimLeft(string(b), "\r\n\t "))
}

// readJMRP reads the form of Microsoft's Junk Mail Reporting Program: the mail
// itself as the only part, with the receiver's address put into its header.
func readJMRP(m *message.Message, p parts) (Feedback, bool) {
	if p.nested == nil || p.status != nil {
		return Feedback{}, false
	}
	h := p.nested.Header
	recipient := first(h.Get("X-HmXmrOriginalRecipient"), h.Get("X-MS-Exchange-Inbox-Reported-Recipient"))
	var source string
	if prefix := "complaint about message from "; len(m.Subject) > len(prefix) && strings.EqualFold(m.Subject[:len(prefix)], prefix) {
		if ip, err := netip.ParseAddr(strings.TrimSpace(m.Subject[len(prefix):])); err == nil {
			source = ip.String()
		}
	}
	if recipient == "" && source == "" { // customers complain about messages too
		return Feedback{}, false
	}
	f := Feedback{Type: "abuse", Dialect: "microsoft-jmrp", SourceIP: source, OriginalID: p.nested.MessageID, Original: h}
	if a := recipientAddress(recipient); a != "" {
		f.Recipients = []string{a}
	}
	f.Sender = recipientAddress(h.Get("X-SID-PRA"))
	return f, true
}

func readSNSComplaint(m *message.Message) (Feedback, bool) {
	n, kind, ok := openSNS(m)
	if !ok || kind != "Complaint" {
		return Feedback{}, false
	}
	f := Feedback{
		Type: strings.ToLower(first(oneLine(n.Complaint.Kind), "abuse")), Dialect: "amazon-sns",
		UserAgent: oneLine(n.Complaint.UserAgent), Sender: recipientAddress(n.Mail.Source), OriginalID: n.originalID(),
	}
	for _, r := range n.Complaint.Recipients {
		if a := recipientAddress(r.Address); a != "" && len(f.Recipients) < MaxRecipients {
			f.Recipients = append(f.Recipients, a)
		}
	}
	return f, true
}
