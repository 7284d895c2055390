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
// A language is one file: en.go returns a language, and a sv.go beside it
// would return another; [New] lists them. The HTML frames in html/ hold
// markup only, never words.
//
// The package starts no goroutine. A [Letters] is immutable after [New] and
// may be used by any number of goroutines.
package templates
