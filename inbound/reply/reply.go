// Package reply cuts what a person newly wrote out of a mail that also carries
// what it answers: quotes, attribution lines, header blocks, signatures and the
// footers of mail programs.
//
// It cuts on evidence (a date, a time, an address, a structure that only mail
// programs write), not on shape, and says for each cut what the evidence was.
// Nothing is rewritten: text that stays, stays as it was. It doesn't sanitise,
// keeps no state, starts no goroutine, and takes time linear in its input.
package reply

import (
	"strings"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

// Hints is what the caller knows about the conversation. The zero value is fine.
type Hints struct {
	// Separators are constant phrases that stand in the first lines of letters
	// of our own: where an unquoted line holds one, our letter begins. Phrases
	// shorter than 8 bytes are ignored, as they could occur anywhere.
	Separators []string
	// Names and Addresses are those of people in the conversation. One of them
	// counts as evidence in an attribution line.
	Names, Addresses []string
}

// Result is a mail cut in two.
type Result struct {
	// Text is what was newly written, without empty lines at its ends; "" if
	// nothing new was found.
	Text string
	// Fold is the offset in Text from which all is probably not newly written,
	// on evidence too weak to cut it: a page may show it folded. It stands at the
	// beginning of a line; len(Text) if there is nothing to fold.
	Fold int
	// Quoted is everything else, in its original order.
	Quoted string
	// Markdown says that Text came from HTML and is Markdown (CommonMark).
	Markdown bool
	// Cuts names each cut, and each fold, in the order of the mail.
	Cuts []Cut
}

// Cut is one stretch of a mail that was taken out of the newly written text.
type Cut struct {
	Kind CutKind
	// Evidence is what spoke for it, such as `"On 3 May 2024, at 10:11, Maja
	// wrote:" with a date, a time and a name`. It quotes the mail.
	Evidence string
	// Confidence is between 0 and 1.
	Confidence float64
	// Folded says that the evidence was too weak: the text is still in
	// Result.Text, from Result.Fold on.
	Folded bool
}

// CutKind says what a cut took out. Its texts are stable: they may be stored.
type CutKind string

// The kinds of cut.
const (
	Quote       CutKind = "quote"        // lines marked as quoted
	Attribution CutKind = "attribution"  // "On … wrote:" and what follows
	HeaderBlock CutKind = "header_block" // "From: … Sent: …" and what follows
	Original    CutKind = "original"     // "-----Original Message-----" and what follows
	OwnLetter   CutKind = "own_letter"   // a phrase of our letters and what follows
	Structure   CutKind = "structure"    // an element of a mail program
	Signature   CutKind = "signature"    // below "-- ", or an element of a mail program
	Footer      CutKind = "footer"       // "Sent from my …"
	Disclaimer  CutKind = "disclaimer"   // legal text of a company
	Banner      CutKind = "banner"       // "This mail came from outside …"
	Excess      CutKind = "excess"       // beyond what is read of one mail
)

// Text cuts a plain text mail in UTF-8 with LF or CRLF line ends. Every line of
// both results is a line of the input. After 50,000 lines all counts as quoted.
func Text(plain string, h Hints) Result {
	lines, rest := split(plain)
	return newCutter(lines, rest, h).cut()
}

// HTML cuts an HTML mail by its structure, then like plain text, and renders
// what is left: paragraphs, lists with "- " or "1. ", links as "text <url>",
// bold and italics in asterisks. Tags after the first 200,000 are ignored, lines
// after 50,000 left out.
func HTML(html string, h Hints) Result {
	r := newCutter(fromHTML(html), "", h).cut()
	r.Markdown = true
	return r
}

// FromMessage cuts the text of a message, or its HTML where it has no text.
// A message of attachments alone gives an empty Result.
func FromMessage(m *message.Message, h Hints) Result {
	if strings.TrimSpace(m.Text) != "" {
		return Text(m.Text, h)
	}
	if strings.TrimSpace(m.HTML) != "" {
		return HTML(m.HTML, h)
	}
	return Result{}
}
