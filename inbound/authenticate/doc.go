// Package authenticate says whether a mail comes from the domain that its From
// field names.
//
//	a, err := authenticate.New(authenticate.Options{AuthservID: "mx.tradepost.example"})
//	found := a.Check(ctx, raw, m, "mia@studio.example")
//
// # Whose word is taken, in this order
//
// The receiving server's, where its authserv-id is configured: of the fields
// Authentication-Results that carry this id the topmost (RFC 8601 5), none that
// carries another, and none without an id, as Exchange Online writes them. A
// server writes on top, so a forged field stands below the true one. Where the
// server writes none for some mails, or doesn't remove those with its own id from
// outside mail, as RFC 8601 5 demands, a sender can write one that is believed:
// then leave the id out. Its DMARC result counts (if it names a From, it must be
// the one we read); without one, DKIM and SPF results whose domain is aligned
// with From's in the relaxed way, the default of RFC 7489 3.1. A permerror of
// DMARC without an aligned pass is a fail, since a From field made to be read in
// two ways gives one too.
//
// Our own check, where that field is missing, says nothing about the domain, or
// says temperror: DKIM (RFC 6376) with the keys in the DNS, and the policy of the
// domain or of its organisational domain (DMARC, RFC 7489; np= of RFC 9091; the
// public suffix list). An aligned signature that passes identifies the domain,
// with or without a policy. Where nothing aligned passes, the policies quarantine
// and reject both mean that the mail isn't theirs; none, and no policy, mean
// nothing. pct= is passed over: it says on how many mails a receiver should act,
// not how many of the forged ones are genuine.
//
// SPF (RFC 7208) within our own check only where the receiving host is
// configured, since it is a claim about the connection, which we did not see:
// the topmost Received must be by that host and name the client's address, and a
// Return-Path must stand above it (RFC 5321 4.4: both are written on top at
// arrival). A host that passes mail on to itself by LMTP or through a filter
// leaves another line on top; then there is no SPF.
//
// # What is refused
//
// Nothing passes in our own check where From stands in the header twice, in any
// order, or is read differently by package message and by the verifier. Of the
// signatures only those that can be aligned are looked at, five at most. A
// signature is worth nothing with l= (RFC 6376 8.2: text may be put behind what
// was signed), even if it covers today's body, past its x=, without From in h=,
// by rsa-sha1 or by an RSA key under 1024 bits (RFC 8301), or if its h= names
// DKIM-Signature. The flag t=y of a key, "testing", changes nothing.
//
// # Bounds
//
// A mail costs at most 20 look-ups and Options.Timeout. A header over 256 KB or
// 5,000 lines has no signature that counts. Time is linear in the size of the
// mail.
//
// # What it doesn't do
//
// It keeps no answers: who asks again asks the DNS again. It reads no ARC
// (RFC 8617), BIMI or S/MIME, writes no Authentication-Results, sends no reports
// to domains, and decides nothing: what a result means for the mail is the
// caller's. The package starts no goroutine, and an [Authenticator] may be used
// by any number of them.
package authenticate
