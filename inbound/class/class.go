// Package class says what kind of mail a message is: an answer written by a
// person, a bounce, an automatic reply, a complaint, a list's mail, our own mail
// come back, a calendar answer or a forwarded mail.
//
// It decides by the message alone, on header fields and the media types of its
// parts first and on usual subjects last. What a report says is read by package
// report; class doesn't check who really sent a mail and keeps no state; it
// starts no goroutine.
//
// What isn't taken for a person's mail is ignored, so that a person's mail taken
// for something else is lost, while an absence note taken for a person's only
// annoys. Alone decide a report's parts, Auto-Submitted, the fields of automatic
// replies, a mail server's address and a subject that is a formula. Precedence,
// list fields, X-Auto-Response-Suppress, an empty envelope sender and words of
// absence are put into persons' mail too, by gateways, shared inboxes and
// persons: each needs a second sign.
package class

import (
	"strings"

	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/inbound/report"
)

// Class is a kind of mail. Its texts are stable: they may be stored.
type Class string

// The kinds of mail. An answer is due only to Reply and, if at all, to
// Forwarded.
const (
	// Reply is what a person wrote, as far as can be seen.
	Reply Class = "reply"
	// Bounce says that a mail couldn't be delivered, or is late (RFC 3464, or
	// an MTA's own wording).
	Bounce Class = "bounce"
	// AutoReply was written by a program: absence notes, receipts (RFC 8098),
	// acknowledgements (RFC 3834), reports of success.
	AutoReply Class = "auto_reply"
	// Complaint is a feedback report (RFC 5965): the receiver called a mail spam.
	Complaint Class = "complaint"
	// List came by a mailing list or as bulk mail (RFC 2919), and answers nobody in
	// particular.
	List Class = "list"
	// Own is our own mail come back, seen by Options.HopHeader.
	Own Class = "own"
	// Calendar answers an invitation (RFC 5546), without words of a person.
	Calendar Class = "calendar"
	// Forwarded passes somebody else's mail on.
	Forwarded Class = "forwarded"
	// Other has nothing to read: no text and no attachment.
	Other Class = "other"
)

// Options says what can't be known from the mail.
type Options struct {
	// HopHeader is the name of a header field that all mail of ours carries,
	// such as "X-Tradepost-Hop"; "" if there is none.
	HopHeader string
}

// Reading is a class and what was read to find it.
type Reading struct {
	Class Class
	// Rule names the rule that decided; "default" where none held and the mail is
	// taken for a Reply. The names are stable: they may be stored.
	Rule string
	// Delivery is filled in if Rule is "delivery-status", "bounce-text" or
	// "delivery-success".
	Delivery report.Delivery
	// Feedback is filled in if Class is Complaint.
	Feedback report.Feedback
}

// rule is one step of the decision: a name for the log and a test.
type rule struct {
	class Class
	name  string
	holds func(m *message.Message, o Options) bool
}

// rules are asked in turn after the reports. Our own mail comes before the
// markers of automatic mail since it carries them itself, and so do calendar
// answers, which Google's calendar marks. The sender of a bounce is asked after
// the automatic replies: what a mail server's address sends without a word of
// failure may be one.
var rules = [...]rule{
	{Own, "hop-header", isOwn},
	{Calendar, "calendar-reply", isCalendarReply},
	{AutoReply, "subject", hasAutoSubject},
	{AutoReply, "auto-submitted", isAutoSubmitted},
	{AutoReply, "auto-header", hasAutoHeader},
	{Bounce, "mailer-daemon", isFromDaemon},
	{Bounce, "null-sender", isNullSenderFailure},
	{AutoReply, "null-sender", isNullSenderNote},
	{List, "list-header", hasListHeader},
	{List, "precedence", hasListPrecedence},
	{Forwarded, "forward", isForwarded},
	{Other, "empty", isEmpty},
}

// Of returns the class of m and the name of the rule that decided, as [Read]
// does.
func Of(m *message.Message, o Options) (Class, string) {
	r := Read(m, o)
	return r.Class, r.Rule
}

// Read returns the class of m with the report that was read on the way, if m is
// one. Reports come first, as their parts leave no doubt.
func Read(m *message.Message, o Options) Reading {
	if f, ok := report.ReadFeedback(m); ok {
		return Reading{Class: Complaint, Rule: "feedback-report", Feedback: f}
	}
	d, isDelivery := report.ReadDelivery(m)
	switch {
	case isDelivery && d.IsSuccess():
		return Reading{Class: AutoReply, Rule: "delivery-success", Delivery: d}
	case isDelivery && d.Dialect == "rfc3464":
		return Reading{Class: Bounce, Rule: "delivery-status", Delivery: d}
	}
	if _, ok := report.ReadDisposition(m); ok {
		return Reading{Class: AutoReply, Rule: "disposition-notification"}
	}
	if isDelivery && !isOwn(m, o) {
		return Reading{Class: Bounce, Rule: "bounce-text", Delivery: d}
	}
	for _, r := range rules {
		if r.holds(m, o) {
			return Reading{Class: r.class, Rule: r.name}
		}
	}
	return Reading{Class: Reply, Rule: "default"}
}

// isOwn looks at the message's own header alone: our mail is often quoted,
// attached or returned in mail of others.
func isOwn(m *message.Message, o Options) bool {
	return o.HopHeader != "" && m.Header.Has(o.HopHeader)
}

func isEmpty(m *message.Message, _ Options) bool {
	return strings.TrimSpace(m.Text) == "" && strings.TrimSpace(m.HTML) == "" && len(m.Attachments) == 0
}
