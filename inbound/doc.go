// Package inbound turns the replies in an IMAP mailbox into messages of their
// conversations.
//
// A [Poller] reads one mailbox. In each round it looks up which mails of the
// folder the ledger in PostgreSQL doesn't know, fetches them without touching a
// flag, and commits each, bytes and all, before anything else is done with it.
// Then every stored mail is judged: posted, held, refused, ignored, or
// quarantined where it broke the code that read it. Last, what is finished is
// moved out of the folder. Wherever this is cut short, the next round goes on
// from the state in the ledger, so that no mail is lost and none posted twice.
//
// A [Replay] reads mail of the ledger again when the reader has become better,
// and a [Retention] forgets the bytes of mail that has been there for long enough.
//
// Any number of Pollers, in one process or many, may be given the same mailbox:
// a lease in PostgreSQL makes one of them its reader.
//
// Polling is the base. IDLE (RFC 2177) only shortens the wait for the next
// round; a connection that is in doubt is dropped and made anew, never repaired.
//
// What it will not do: trust \Seen, threading headers, subjects or Reply-To;
// believe a sender beyond what the receiving server noted in
// Authentication-Results; send mail (the store writes the answer that is due into
// the outbox); act on bounces and complaints (it records which of our mails they
// are about); understand commands or the items of a digest.
//
// # Goroutines
//
//   - [Poller.Run] is the caller's; all rounds run in it
//   - while a Poller is the reader: one that renews the lease
//   - per connection: go-imap's reader, one more while a client idles, and short
//     ones that ask for capabilities; all end before the next connection is made
//   - [Retention.Run] is the caller's
//   - per mail: one that reads it, so that a time limit can be set. A mail that
//     is over the limit is quarantined and its goroutine left behind, as Go can't
//     stop it: the one case in which a goroutine outlives Run
package inbound
