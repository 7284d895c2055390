package inbound

import (
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/tradepost-mail/tradepost/store"
)

// readingTime is how long reading one mail may take. The slowest mail known
// takes under a second.
const readingTime = 30 * time.Second

// fault is a mail that broke the code which read it.
type fault struct {
	reason string // for the ledger
	detail string
}

func (f *fault) Error() string { return f.reason + ": " + f.detail }

// text is what the ledger keeps of it.
func (f *fault) text() string { return line(f.detail, stackMax+1000) }

// faultOf returns the fault of a mail that an error is, or nil.
func faultOf(err error) *fault {
	var f *fault
	switch {
	case errors.As(err, &f):
		return f
	case store.IsDataFault(err):
		return &fault{faultData, err.Error()}
	}
	return nil
}

// The reasons of quarantine.
const (
	faultPanic    = "panic"
	faultTimeout  = "timeout"
	faultAttempts = "attempts_exhausted"
	faultData     = "unstorable"
	faultDigest   = "digest_unwritable" // the digest that it answers can't be rendered again
)

// bounded runs f, which must be pure, in a goroutine and waits for it. The
// error is a *fault: f panicked, or took longer than limit. In the latter case
// the goroutine stays until f returns, as there is no way to stop it.
func bounded[T any](limit time.Duration, f func() T) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		defer func() {
			if v := recover(); v != nil {
				r.err = panicked(v)
			}
			done <- r
		}()
		r.value = f()
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case r := <-done:
		return r.value, r.err
	case <-timer.C:
		var none T
		return none, &fault{faultTimeout, fmt.Sprintf("reading took more than %v", limit)}
	}
}

// blaming runs f and takes a panic for the fault of the mail at hand until
// proven otherwise.
func blaming(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = panicked(v)
		}
	}()
	return f()
}

// stackMax is how much of a stack is kept, in bytes: the frames near the panic.
const stackMax = 3000

func panicked(v any) *fault {
	stack := debug.Stack()
	return &fault{faultPanic, fmt.Sprintf("%.300v\n%s", v, stack[:min(len(stack), stackMax)])}
}
