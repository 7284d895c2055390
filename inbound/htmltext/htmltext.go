// Package htmltext turns the HTML of a mail into lines of text, and says of each
// line what the mail program's markup tells about it: how deep it is quoted,
// whether it is part of a signature, whether the answered mail begins there.
//
// The text is Markdown, so that emphasis, lists and links survive. It is a
// reader of one stream of tags, never a tree: neither depth nor misnesting costs
// more than the bytes they take, and time is linear in the input. It doesn't
// sanitise, keeps no state and starts no goroutine.
package htmltext

// Line is one line of the text.
type Line struct {
	// Text is Markdown without quote marks.
	Text string
	// Depth is the number of quotes the line stands in; 0 = not quoted.
	Depth int
	// Mark says by which structure a mail program announced that the answered
	// mail begins at this line; "" at all other lines.
	Mark string
	// Signature says that the markup calls the line part of a signature.
	Signature bool
}
