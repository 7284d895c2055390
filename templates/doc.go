// Package templates writes the letters: every word, subject and line of
// HTML that a member or a merchant finds in a mailbox.
//
// It turns values into a [Rendered] letter and nothing else. It reads no
// clock, no database and no network, decides nobody's recipients, and sets no
// header but the subject and the name beside the sender's address; headers,
// tokens and MIME belong to the mailer. Text that strangers wrote (names,
// bodies, file names, store links) is cleaned and escaped here, so callers
// pass it as it was stored.
//
// There are letters that tell (alert, digest, relay, reminder), that answer a mail
// (answer, question, transcript), that offer (proposal and what became of it),
// that sign in or confirm, and the words of the pages behind action links, which
// web puts into its own frame.
//
// A language is one file: en.go, sv.go, fr.go and de.go return one each, and a
// function lists them. Every language has every word, or [New] fails. HTML is
// written by the type markup alone, which escapes every string; its styles are in
// styles.go.
//
// The package starts no goroutine. A [Letters] is immutable after [New] and
// may be used by any number of goroutines.
package templates
