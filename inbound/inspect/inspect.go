// Package inspect reads one mail with all the readers there are (message, class,
// report, reply) and shows how it was read and why: the class and the rule that
// decided, the parts as a tree, what was wrong with it, what was cut and on which
// evidence.
//
// [Read] gives the values, [Reading.Document] a form of them that is stable as
// JSON and can be shown to people. What a hostile mail holds never reaches a
// terminal raw: see [Document.WriteText] and [EncodeJSON].
//
// It decides nothing itself, opens no file, doesn't know conversations or reply
// addresses, keeps no state and starts no goroutine.
package inspect

import (
	"fmt"
	"slices"
	"time"

	"github.com/tradepost-mail/tradepost/inbound/class"
	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/inbound/reply"
	"github.com/tradepost-mail/tradepost/inbound/report"
)

// Options is what the readers are told. The zero value is fine.
type Options struct {
	Limits message.Limits
	Class  class.Options
	Hints  reply.Hints
}

// Kind is what was given to read. Its texts are stable.
type Kind string

// The kinds of input.
const (
	Mail      Kind = "eml"  // a message as sent (RFC 5322)
	PlainBody Kind = "text" // the text of a mail alone, in UTF-8
	HTMLBody  Kind = "html" // the HTML of a mail alone, in UTF-8
)

// Reading is one mail as all readers understood it.
type Reading struct {
	Kind Kind
	// Size is the number of bytes given, read or not.
	Size int64
	// Message is nil for a bare body; so are Class and Rule empty.
	Message *message.Message
	Class   class.Class
	// Rule names the rule of package class that decided.
	Rule string
	// Delivery, Feedback and Disposition are what a report says, nil if the mail
	// is none of that kind. A delivery report that only says that mail arrived is
	// no bounce and has a Delivery all the same.
	Delivery    *report.Delivery
	Feedback    *report.Feedback
	Disposition *report.Disposition
	// Reply is what was newly written and what was cut.
	Reply reply.Result
	// Took is the time that the readers took together.
	Took time.Duration
}

// Read reads a message. What a mail of class Forwarded forwards counts as part
// of it ([reply.Hints].KeepForwarded). It never panics; time and memory are bounded by
// o.Limits, and the bytes beyond Limits.Size need not be there: one byte more
// than that is enough to have it noticed.
func Read(raw []byte, o Options) Reading {
	start := time.Now()
	r := Reading{Kind: Mail, Size: int64(len(raw)), Message: message.Parse(raw, o.Limits)}
	c := class.Read(r.Message, o.Class)
	r.Class, r.Rule = c.Class, c.Rule
	if c.Delivery.Dialect != "" {
		r.Delivery = &c.Delivery
	}
	if c.Feedback.Dialect != "" {
		r.Feedback = &c.Feedback
	}
	if d, ok := report.ReadDisposition(r.Message); ok {
		r.Disposition = &d
	}
	// The point of a forwarded mail is what it forwards.
	o.Hints.KeepForwarded = o.Hints.KeepForwarded || r.Class == class.Forwarded
	r.Reply = reply.FromMessage(r.Message, o.Hints)
	r.Took = time.Since(start)
	return r
}

// Defects are those of the message, and of the bounds that the other readers
// reached; nil for a bare body.
func (r Reading) Defects() []message.Defect {
	if r.Message == nil {
		return nil
	}
	all := slices.Clip(r.Message.Defects)
	for _, c := range r.Reply.Cuts {
		if c.Kind == reply.Excess {
			all = append(all, message.Defect{Kind: message.LimitNewText, Detail: c.Evidence})
		}
	}
	if r.Delivery != nil && len(r.Delivery.Recipients) >= report.MaxRecipients || r.Feedback != nil && len(r.Feedback.Recipients) >= report.MaxRecipients {
		all = append(all, message.Defect{Kind: message.LimitRecipients})
	}
	return all
}

// ReadPlain reads a bare plain text body: nothing but its newly written text.
// What is beyond Limits.TextBytes is left out, which a cut says.
func ReadPlain(body string, o Options) Reading {
	return readBody(PlainBody, body, o, reply.Text)
}

// ReadHTML reads a bare HTML body as [ReadPlain] reads text.
func ReadHTML(body string, o Options) Reading {
	return readBody(HTMLBody, body, o, reply.HTML)
}

func readBody(k Kind, body string, o Options, cut func(string, reply.Hints) reply.Result) Reading {
	start := time.Now()
	r := Reading{Kind: k, Size: int64(len(body))}
	most := o.Limits.WithDefaults().TextBytes // as for the texts of a mail
	r.Reply = cut(body[:min(len(body), most)], o.Hints)
	if len(body) > most {
		r.Reply.Cuts = append(r.Reply.Cuts, reply.Cut{
			Kind: reply.Excess, Evidence: fmt.Sprintf("longer than %d bytes", most), Confidence: 1,
		})
	}
	r.Took = time.Since(start)
	return r
}
