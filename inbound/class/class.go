// Package class says what kind of mail a message is: an answer written by a
// person, a bounce, an automatic reply, a complaint, a list's mail, our own mail
// come back, or a calendar answer.
//
// It decides by the message alone, on header fields and the media types of its
// parts first and on usual subjects last. It doesn't read what a bounce says,
// doesn't check who really sent a mail and keeps no state; it starts no
// goroutine.
package class

import (
	"strings"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

// Class is a kind of mail. Its texts are stable: they may be stored.
type Class string

// The kinds of mail. An answer is due only to Reply.
const (
	// Reply is what a person wrote, as far as can be seen.
	Reply Class = "reply"
	// Bounce says that a mail couldn't be delivered, or is late (RFC 3464, or
	// an MTA's own wording).
	Bounce Class = "bounce"
	// AutoReply was written by a program: absence notes, receipts (RFC 8098),
	// acknowledgements (RFC 3834).
	AutoReply Class = "auto_reply"
	// Complaint is a feedback report (RFC 5965): the receiver called a mail spam.
	Complaint Class = "complaint"
	// List came by a mailing list or as bulk mail (RFC 2919).
	List Class = "list"
	// Own is our own mail come back, seen by Options.HopHeader.
	Own Class = "own"
	// Calendar answers an invitation (RFC 5546).
	Calendar Class = "calendar"
	// Other has nothing to read: no text and no attachment.
	Other Class = "other"
)

// Options says what can't be known from the mail.
type Options struct {
	// HopHeader is the name of a header field that all mail of ours carries,
	// such as "X-Tradepost-Hop"; "" if there is none.
	HopHeader string
}

// rule is one step of the decision: a name for the log and a test.
type rule struct {
	class Class
	name  string
	holds func(m *message.Message, o Options) bool
}

// rules stand in the order in which they are asked. Reports come first, as
// their parts leave no doubt. Our own mail comes before the markers of
// automatic mail since it carries them itself. The sender of a bounce is asked
// within the automatic replies: nearly half of all bounces are marked with
// Auto-Submitted, and few automatic replies come from a mailer-daemon.
var rules = [...]rule{
	{Complaint, "feedback-report", isFeedbackReport},
	{Bounce, "delivery-status", isDeliveryStatus},
	{AutoReply, "disposition-notification", isDispositionNotification},
	{Own, "hop-header", isOwn},
	{Bounce, "x-failed-recipients", hasFailedRecipients},
	{Bounce, "bounce-subject", isDaemonFailure},
	{AutoReply, "subject", hasAutoSubject},
	{AutoReply, "auto-submitted", isAutoSubmitted},
	{AutoReply, "auto-header", hasAutoHeader},
	{Bounce, "mailer-daemon", isFromDaemon},
	{Bounce, "null-sender", hasNullSender},
	{List, "list-header", hasListHeader},
	{List, "precedence", hasListPrecedence},
	{Calendar, "calendar-reply", isCalendarReply},
	{Other, "empty", isEmpty},
}

// Of returns the class of m and the name of the rule that decided, "default"
// where none held and the mail is taken for a Reply.
func Of(m *message.Message, o Options) (Class, string) {
	for _, r := range rules {
		if r.holds(m, o) {
			return r.class, r.name
		}
	}
	return Reply, "default"
}

// isReport reports whether m is a multipart/report of that type, or has a part
// of one of the media types. QUIRK: report-type is often missing, and the parts
// are sent in multipart/mixed too.
func isReport(m *message.Message, reportType string, mediaTypes ...string) bool {
	if m.Root == nil {
		return false
	}
	if m.Root.MediaType == "multipart/report" && strings.EqualFold(m.Root.Params["report-type"], reportType) {
		return true
	}
	found := false
	m.Root.Walk(func(p *message.Part) {
		for _, t := range mediaTypes {
			found = found || p.MediaType == t
		}
	})
	return found
}

func isFeedbackReport(m *message.Message, _ Options) bool {
	return isReport(m, "feedback-report", "message/feedback-report")
}

func isDeliveryStatus(m *message.Message, _ Options) bool {
	return isReport(m, "delivery-status", "message/delivery-status", "message/global-delivery-status")
}

func isDispositionNotification(m *message.Message, _ Options) bool {
	return isReport(m, "disposition-notification", "message/disposition-notification")
}

func isOwn(m *message.Message, o Options) bool {
	return o.HopHeader != "" && m.Header.Has(o.HopHeader)
}

// isCalendarReply looks for a text/calendar part with METHOD:REPLY (RFC 5546
// 3.2.3), in its media type or at the beginning of its body.
func isCalendarReply(m *message.Message, _ Options) bool {
	if m.Root == nil {
		return false
	}
	found := false
	m.Root.Walk(func(p *message.Part) {
		if p.MediaType != "text/calendar" {
			return
		}
		body := p.Body.Bytes()
		head := strings.ToUpper(string(body[:min(len(body), 4096)]))
		found = found || strings.EqualFold(p.Params["method"], "reply") || strings.Contains(head, "METHOD:REPLY")
	})
	return found
}

func isEmpty(m *message.Message, _ Options) bool {
	return strings.TrimSpace(m.Text) == "" && strings.TrimSpace(m.HTML) == "" && len(m.Attachments) == 0
}
