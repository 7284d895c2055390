package inspect

import (
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost/inbound/report"
)

// Delivery is what a delivery report says (RFC 3464).
type Delivery struct {
	// Dialect names the form that was understood.
	Dialect      string      `json:"dialect"`
	ReportingMTA string      `json:"reporting_mta,omitempty"`
	EnvelopeID   string      `json:"envelope_id,omitempty"`
	OriginalID   string      `json:"original_id,omitempty"` // Message-ID of the mail reported on
	Recipients   []Recipient `json:"recipients,omitempty"`
}

// Recipient is one address of a delivery report.
type Recipient struct {
	Address    string `json:"address"`
	Original   string `json:"original,omitempty"` // the address before any forwarding
	Action     string `json:"action"`
	Status     string `json:"status,omitempty"`
	Code       int    `json:"code,omitempty"` // SMTP reply code
	RemoteMTA  string `json:"remote_mta,omitempty"`
	Diagnostic string `json:"diagnostic,omitempty"`
	// Permanent says that sending again would fail again.
	Permanent bool `json:"permanent"`
}

// Feedback is a report that somebody objects to a mail (RFC 5965).
type Feedback struct {
	Type       string   `json:"type"`
	Dialect    string   `json:"dialect"`
	UserAgent  string   `json:"user_agent,omitempty"`
	Recipients []string `json:"recipients,omitempty"`
	Sender     string   `json:"sender,omitempty"`
	SourceIP   string   `json:"source_ip,omitempty"`
	Arrival    string   `json:"arrival,omitempty"` // RFC 3339
	EnvelopeID string   `json:"envelope_id,omitempty"`
	OriginalID string   `json:"original_id,omitempty"`
}

// Disposition says what became of a mail after it was delivered (RFC 8098).
type Disposition struct {
	Recipient  string `json:"recipient,omitempty"`
	Original   string `json:"original,omitempty"`
	Mode       string `json:"mode,omitempty"`
	Kind       string `json:"kind,omitempty"`
	OriginalID string `json:"original_id,omitempty"`
}

func (c cleaner) delivery(r *report.Delivery) *Delivery {
	if r == nil {
		return nil
	}
	d := &Delivery{
		Dialect: r.Dialect, ReportingMTA: c.text(r.ReportingMTA), EnvelopeID: c.text(r.EnvelopeID), OriginalID: c.text(r.OriginalID),
	}
	for _, to := range r.Recipients {
		d.Recipients = append(d.Recipients, Recipient{
			Address: c.text(to.Address), Original: c.text(to.Original), Action: c.text(to.Action), Status: c.text(to.Status),
			Code: to.Code, RemoteMTA: c.text(to.RemoteMTA), Diagnostic: c.text(to.Diagnostic), Permanent: to.Permanent(),
		})
	}
	return d
}

func (c cleaner) feedback(r *report.Feedback) *Feedback {
	if r == nil {
		return nil
	}
	f := &Feedback{
		Type: c.text(r.Type), Dialect: r.Dialect, UserAgent: c.text(r.UserAgent), Sender: c.text(r.Sender),
		SourceIP: c.text(r.SourceIP), EnvelopeID: c.text(r.EnvelopeID), OriginalID: c.text(r.OriginalID),
	}
	for _, to := range r.Recipients {
		f.Recipients = append(f.Recipients, c.text(to))
	}
	if !r.Arrival.IsZero() {
		f.Arrival = r.Arrival.Format(time.RFC3339)
	}
	return f
}

func (c cleaner) disposition(r *report.Disposition) *Disposition {
	if r == nil {
		return nil
	}
	return &Disposition{
		Recipient: c.text(r.Recipient), Original: c.text(r.Original), Mode: r.Mode, Kind: c.text(r.Kind), OriginalID: c.text(r.OriginalID),
	}
}

// reports shows what the mail says if it is a report.
func (p *page) reports(d *Document) {
	if r := d.Delivery; r != nil {
		p.heading("Delivery report", p.dim("read as "+visible(r.Dialect)))
		p.field("Server", r.ReportingMTA)
		p.field("Envelope id", r.EnvelopeID)
		p.field("About", r.OriginalID)
		for i, to := range r.Recipients {
			if i == mostRecipients {
				p.item("and " + count(len(r.Recipients)-i, "more recipient"))
				break
			}
			p.item(to.describe())
		}
	}
	if r := d.Feedback; r != nil {
		p.heading("Feedback report", p.dim("read as "+visible(r.Dialect)))
		p.field("Type", r.Type)
		p.field("By", strings.Join(r.Recipients[:min(len(r.Recipients), mostRecipients)], ", "))
		p.field("From", r.Sender)
		p.field("Source", r.SourceIP)
		p.field("Envelope id", r.EnvelopeID)
		p.field("About", r.OriginalID)
	}
	if r := d.Disposition; r != nil {
		p.heading("Receipt", "")
		p.field("What", strings.TrimSpace(r.Mode+" "+r.Kind))
		p.field("By", r.Recipient)
		p.field("About", r.OriginalID)
	}
}

// describe says what became of the mail to one recipient, in a line.
func (r Recipient) describe() string {
	s := r.Address + "  " + r.Action
	if r.Status != "" {
		s += " " + r.Status
	}
	if r.Permanent {
		s += ", permanent"
	}
	if r.Original != "" && !strings.EqualFold(r.Original, r.Address) {
		s += ", sent to " + r.Original
	}
	if r.RemoteMTA != "" {
		s += ", by " + r.RemoteMTA
	}
	if r.Diagnostic != "" {
		s += ": " + r.Diagnostic
	}
	return s
}
