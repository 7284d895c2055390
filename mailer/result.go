package mailer

import (
	"errors"
	"fmt"
	"time"
)

// Verdict is what one attempt came to. It decides what may be done next.
type Verdict int

const (
	// NotSent: nothing was handed over, and not for the server's sake: the
	// letter can't be written (Err wraps [ErrLetter]) or BeforeDot said no.
	NotSent Verdict = iota
	// Delivered: the server's 2xx to the final dot was read. It has the letter,
	// whatever happened to the connection afterwards.
	Delivered
	// Temporary: the server doesn't have the letter, and another attempt may
	// succeed: a 4xx answer, a connection that couldn't be made or broke before
	// the final dot was out, a context that ended. Also 5xx before MAIL
	// (greeting, EHLO, STARTTLS, AUTH), and 503, 530, 534, 535, 538 anywhere:
	// then our access is broken, which says nothing about the recipient.
	Temporary
	// Permanent: the server refused this letter by a 5xx to MAIL, RCPT, DATA or
	// the final dot, or lacks what the letter needs (Code 0: SMTPUTF8, or a
	// greater SIZE). Stage and EnhancedCode tell whether the address is to
	// blame.
	Permanent
	// Unknown: the final dot went out and no valid answer came back. The server
	// may have the letter or not; only a second copy or a loss is left to choose.
	Unknown
	// Deferred: the letter may not go now, since the recipient's domain or the
	// warm-up has had its share. Nothing was said to any server; this isn't an
	// attempt. Result.RetryAfter says when to come again.
	Deferred
)

// String is the verdict in lower case, as for logs and metrics.
func (v Verdict) String() string {
	switch v {
	case NotSent:
		return "not_sent"
	case Delivered:
		return "delivered"
	case Temporary:
		return "temporary"
	case Permanent:
		return "permanent"
	case Unknown:
		return "unknown"
	case Deferred:
		return "deferred"
	}
	return fmt.Sprintf("Verdict(%d)", int(v))
}

// The values of Result.Stage.
const (
	StageLetter = "letter" // the letter itself, nothing was said
	StageWait   = "wait"   // for a free connection
	StageDial   = "dial"   // connect, greeting, EHLO, TLS
	StageAuth   = "auth"
	StageMail   = "mail"
	StageRcpt   = "rcpt"
	StageData   = "data" // DATA and the body
	StageDot    = "dot"  // BeforeDot, the final dot and its answer
)

// Result is the outcome of one attempt.
type Result struct {
	Verdict Verdict
	// Code is the server's reply code (RFC 5321 4.2), 0 if none decided.
	Code int
	// EnhancedCode is the status of RFC 3463, such as "5.1.1"; "" if the server gave none.
	EnhancedCode string
	// Reply is the server's words, or this package's where Code is 0 and the
	// verdict Permanent: one line of at most 500 characters without controls.
	Reply string
	// Stage is how far the dialogue came: one of the Stage constants.
	Stage string
	// Relay is the host:port of the relay that decided; "" if none was asked.
	Relay string
	// Err is nil exactly when Verdict is Delivered.
	Err  error
	Took time.Duration // from the call of Send
	// RetryAfter is how long to wait before the letter is sent again: always above
	// 0 where Verdict is Deferred. Where it is Temporary, it is what the server's
	// words ask for ("try again in 300 seconds"; at most 12 hours) or the time until
	// a relay is tried again, and 0 where nobody says.
	RetryAfter time.Duration
}

var (
	// ErrClosed is the cause of a Result after [Pool.Close].
	ErrClosed = errors.New("mailer: pool is closed")
	// ErrBeforeDot is wrapped, with the callback's own error, when BeforeDot said no.
	ErrBeforeDot = errors.New("withheld before the final dot")
)

// refusal is a reply that wasn't what the command wanted.
type refusal struct{ reply }

// Error gives the code and the server's words.
func (r *refusal) Error() string { return fmt.Sprintf("server answered %d %s", r.code, r.line()) }

// verdictOf judges a refusal at MAIL, RCPT, DATA or the dot.
func verdictOf(code int) Verdict {
	switch {
	case code == 503, code == 530, code == 534, code == 535, code == 538:
		return Temporary
	case code >= 500 && code <= 599:
		return Permanent
	}
	return Temporary
}
