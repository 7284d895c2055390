// Package message reads one mail as mail clients of thirty years really wrote
// it: raw bytes go in, and header fields, addresses, parts, decoded text, HTML
// and attachments come out.
//
// It is tolerant: whatever can be read is kept, and what had to be guessed or
// left out is listed as a [Defect]. It is bounded: every [Limits] value is
// checked before the work it bounds, and time is linear in the size of the
// input. [Parse] never returns an error and never panics.
//
// It does not write mail, sanitise HTML, verify signatures or touch the
// network. It starts no goroutine and keeps no state between calls, so any
// number of goroutines may call it.
package message
