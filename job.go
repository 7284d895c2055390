package tradepost

import "time"

// JobState is how far a job has come. A job is opened by a request for one, or by the
// acceptance of a proposal:
//
//	open ──> completed   by the partner
//	  ├────> declined    by the partner, with the request
//	  └────> closed      by the partner, or by a block
//
// Only a decline can be taken back.
type JobState string

// The states of a job.
const (
	JobOpen      JobState = "open"
	JobCompleted JobState = "completed"
	JobDeclined  JobState = "declined"
	JobClosed    JobState = "closed"
)

// May reports whether a job in state s may come into state next.
func (s JobState) May(next JobState) bool {
	return s == JobOpen && (next == JobCompleted || next == JobDeclined || next == JobClosed)
}

// InvoiceState is how far an invoice has come: open, then paid or closed for good.
type InvoiceState string

// The states of an invoice.
const (
	InvoiceOpen   InvoiceState = "open"
	InvoicePaid   InvoiceState = "paid"
	InvoiceClosed InvoiceState = "closed"
)

// May reports whether an invoice in state s may come into state next.
func (s InvoiceState) May(next InvoiceState) bool {
	return s == InvoiceOpen && (next == InvoicePaid || next == InvoiceClosed)
}

// Invoice is what a partner charges for a job.
type Invoice struct {
	Number string // the partner's own
	Price  Price
	DueOn  string // a date such as "2026-03-31" (RFC 3339 full-date); may be empty
}

// Validate returns an Invalid with every fault of i, or nil.
func (i Invoice) Validate() error {
	var v Invalid
	v.add("number", LineProblem(i.Number, maxInvoiceNumber))
	if i.Number == "" {
		v.add("number", "is missing")
	}
	i.Price.validate(&v, "price")
	if _, err := time.Parse(time.DateOnly, i.DueOn); i.DueOn != "" && err != nil {
		v.add("due_on", "is not a date like 2026-03-31")
	}
	return v.err()
}

const maxInvoiceNumber = 64
