// Package message reads one mail as mail clients of thirty years really wrote
// it: raw bytes go in, and header fields, addresses, parts, decoded text, HTML
// and attachments come out.
//
//	m := message.Parse(raw, message.Limits{})
//	fmt.Println(m.From, m.Subject, m.Text)
//	for _, a := range m.Attachments {
//		io.Copy(dst, a.Body.Open())
//	}
//
// # Tolerance
//
// Whatever can be read is kept, and what had to be guessed or left out is listed
// as a [Defect]. [Parse] never returns an error and never panics. Tolerated are,
// among others: missing and wrong boundaries, missing empty lines, header lines
// without a colon, every kind of line end, Content-Type fields of all shapes,
// encoded words (RFC 2047) and continued parameters (RFC 2231) as mailers really
// write them, charsets that are missing, unknown or wrong, broken base64,
// uuencoded files within a text, winmail.dat, and parts encoded as a whole. The
// places in the code that do so are marked QUIRK.
//
// Text is decoded by the charset declared, unless its bytes say plainly
// otherwise; without one it is found by byte order marks, escapes, validity as
// UTF-8 and, last, by the letters that a language uses. Which part is the text
// is chosen as good mail clients do: the best of each form within an
// alternative, joined over the parts that stand one after another.
//
// # Bounds
//
// Every [Limits] value is checked before the work it bounds, and time is linear
// in the size of the input. Where something was cut a defect says so, with a
// kind that begins with "limit_". No body is decoded before it is asked for but
// those of texts: a [Body] is a piece of the raw message, so that a mail of 34 MB
// with a film in it costs some kilobytes beside its own bytes. The raw bytes
// must stay unchanged as long as the [Message] is in use.
//
// # What it doesn't do
//
// It does not write mail, sanitise HTML, verify signatures, decrypt, put
// together message/partial, or touch the network. An address is what the sender
// wrote; [ParseAddresses] tells what another reader may take for a different one.
// The package starts no goroutine and keeps no state between calls, so any
// number of goroutines may call it.
package message
