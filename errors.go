package tradepost

import (
	"errors"
	"strings"
)

// ErrNotFound is returned, wrapped, where a thing asked for by its id does not
// exist or is not visible to whoever asks.
var ErrNotFound = errors.New("not found")

// ErrRefused is returned, wrapped, where the request is well formed and a rule
// of the product forbids it: a partner that is not published, a blocked
// merchant, a member who left.
var ErrRefused = errors.New("refused")

// ErrChanged is returned, wrapped, where a change is asked for on condition that
// nobody else made one since, and somebody did.
var ErrChanged = errors.New("changed by somebody else since")

// ErrKeyReused is returned when an idempotency key comes again with another
// request than the first time.
var ErrKeyReused = errors.New("idempotency key was used for a different request")

// Fault is one thing wrong with a request, and where.
type Fault struct {
	// Field is the path of the value within the request, as in
	// "merchant.store_url" or "attachments[1].filename".
	Field string
	// Problem says what is wrong and what would be right.
	Problem string
}

// Invalid lists everything that is wrong with a request, so that a caller mends
// it in one go. A nil Invalid means that nothing is.
type Invalid []Fault

// Error joins the faults into one line.
func (v Invalid) Error() string {
	lines := make([]string, len(v))
	for i, f := range v {
		lines[i] = f.Field + ": " + f.Problem
	}
	return strings.Join(lines, "; ")
}

func (v *Invalid) add(field, problem string) {
	if problem != "" {
		*v = append(*v, Fault{Field: field, Problem: problem})
	}
}

// err returns v as an error, or nil when it is empty: a typed empty slice in an
// error interface would not compare equal to nil.
func (v Invalid) err() error {
	if len(v) == 0 {
		return nil
	}
	return v
}
