// Package mailer is mail out: it turns a [Letter] into RFC 5322 bytes and hands
// it, one recipient at a time, to one of its relays (submission hosts or smart
// hosts), answering every attempt with a [Verdict] that says what may be done next.
//
// go-mail composes the MIME structure, dials, negotiates TLS and
// authenticates. The dialogue of each letter (MAIL, RCPT, DATA, body, dot) is
// this package's own, because go-mail's send loop wraps each message in NOOP
// and RSET, keeps only the last refusal, ignores the context, and reports an
// error for a letter that was accepted if the connection fails afterwards.
//
// A relay that can't be reached or is ill is set aside for a while, and the next
// one gets the letters. A recipient domain that asks for less gets less, and a new
// sender's volume grows by the day: letters over these bounds come back at once as
// [Deferred].
//
// It will not: look up MX records, queue, retry a letter (one transparent
// redial of a stale idle connection excepted, before anything was said), or decide
// who is suppressed. It knows nothing of the store; the warm-up counts by a
// function that it is given.
//
// Goroutines: none runs permanently. [Pool.Send] works in its caller's
// goroutine. context.AfterFunc runs one function when a Send's context ends,
// a timer runs one function when an idle connection has outlived
// Options.IdleTimeout, and a goroutine makes one connection to a relay whose time
// of being set aside is over; [Pool.Close] stops the timers and the connection,
// and waits for whichever of them has already fired and for every Send.
package mailer
