// Package tradepost holds the nouns and the pure rules of the mail engine: what
// a conversation, a message and a notification are, who is told of a message
// and when, what follows an attempt to send, and what a reply address means.
//
// It uses the standard library only, does no I/O and starts no goroutine; time
// is passed in. Everything that touches PostgreSQL, Redis, SMTP or IMAP lives
// in the packages around it.
package tradepost
