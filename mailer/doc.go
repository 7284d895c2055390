// Package mailer is mail out: it turns a [Letter] into RFC 5322 bytes and hands
// it, one recipient at a time, to one SMTP server (a submission host or relay),
// answering every attempt with a [Verdict] that says what may be done next.
//
// go-mail composes the MIME structure, dials, negotiates TLS and
// authenticates. The dialogue of each letter (MAIL, RCPT, DATA, body, dot) is
// this package's own, because go-mail's send loop wraps each message in NOOP
// and RSET, keeps only the last refusal, ignores the context, and reports an
// error for a letter that was accepted if the connection fails afterwards.
//
// It will not: look up MX records, queue, retry a letter (one transparent
// redial of a stale idle connection excepted, before anything was said), decide
// who is suppressed, or choose between servers. It knows nothing of the store.
//
// Goroutines: none runs permanently. [Pool.Send] works in its caller's
// goroutine. context.AfterFunc runs one function when a Send's context ends,
// and a timer runs one function when an idle connection has outlived
// Options.IdleTimeout; [Pool.Close] stops the timers and waits for whichever of
// them has already fired and for every Send.
package mailer
