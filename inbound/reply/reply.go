// Package reply cuts what a person newly wrote out of a mail that also carries
// what it answers: quotes, attribution lines, header blocks, signatures, and
// what mail programs and companies add.
//
// It goes over the lines of a mail three times. First each line is classified:
// quoted, empty, or written. Then candidates for cuts are found, each with its
// evidence and a confidence. Last it is decided: what is likely enough is cut,
// what is only probable is folded, the rest stays.
//
// Cuts rest on evidence (a date, a time, an address, quote marks below, a
// structure that only mail programs write), not on shape. Nothing is rewritten:
// text that stays, stays as it was, and every word of the mail is in one of the
// two results. The package doesn't sanitise, keeps no state, starts no
// goroutine, and takes time linear in its input.
package reply

// DefaultThreshold is the confidence from which on a candidate is cut. It was
// placed between the highest confidence of sentences that people wrote about
// letters ("On 3 May 2022 Maja wrote:", 0.68) and the lowest of what mail
// programs wrote (a header block of four labels without a date, 0.71).
const DefaultThreshold = 0.7

// Hints is what the caller knows about the conversation, and what it wants. The
// zero value is fine.
type Hints struct {
	// Separators are the beginnings of lines that only letters of our own have:
	// where a line begins with one, after quote marks and emphasis, our letter is
	// quoted. The longer a phrase, the more it proves; two near each other prove
	// more than one. Phrases shorter than 8 bytes are ignored, as they could occur
	// anywhere.
	Separators []string
	// Names and Addresses are those of people in the conversation. One of them
	// counts as evidence in an attribution line or a header block. Those shorter
	// than 4 bytes are ignored.
	Names, Addresses []string
	// Threshold is the confidence, above 0 and up to 1, from which on a candidate
	// is cut; 0 means [DefaultThreshold]. With 1 nothing is cut. Candidates below
	// 0.55 aren't looked at further, nor folded.
	Threshold float64
	// KeepForwarded leaves a forwarded mail, and what follows it, in the text: for
	// mails whose point is what they forward. Without it a forwarded mail is cut
	// like an answered one.
	KeepForwarded bool
}

// Result is a mail cut in two.
type Result struct {
	// Text is what was newly written, without empty lines at its ends; "" if
	// nothing new was found.
	Text string
	// Fold is the offset in Text, in bytes, from which all is probably not newly
	// written, on evidence too weak to cut it: a page may show it folded. It
	// stands at the beginning of a line; len(Text) if there is nothing to fold.
	// 0 with a Text says that perhaps nothing at all is new.
	Fold int
	// Quoted is everything else, in its original order.
	Quoted string
	// Markdown says that Text came from HTML and is Markdown (CommonMark).
	Markdown bool
	// Cuts names each cut, and each fold, in the order of the mail: at most 50.
	Cuts []Cut
}

// Cut is one stretch of a mail that was taken out of the newly written text.
type Cut struct {
	Kind CutKind
	// Evidence is what spoke for it, such as `"On 3 May 2024, at 10:11, Maja
	// wrote:": a verb of writing, a date, a time, a colon`. It quotes the mail.
	Evidence string
	// Confidence is between 0 and 1. Each piece of evidence has a weight: the
	// share of lines with that evidence alone, and of the right form, that a mail
	// program wrote, as judged from mails of many clients. A confidence is
	// 1 - (1-a)(1-b)… over the weights a, b, … of what was found, so that more
	// evidence never lowers it. Weights:
	//
	//   - attribution lines: verb of writing 0.35, leading word 0.1, weekday 0.1,
	//     day and month 0.2, full date 0.4, time 0.3, address 0.45, address in
	//     brackets 0.55, name or address of the conversation 0.5, colon at the end
	//     0.1, dashes on both sides 0.5, quote marks below 0.6;
	//   - header blocks: sender's label 0.3, date's 0.25, recipient's 0.2, subject's
	//     0.3, all of one language; date beside its label 0.25, address 0.4, name or
	//     address of the conversation 0.4, a ruler above 0.3;
	//   - a phrase of our own letters: by its length, 0.51 for 8 bytes and 0.98 for
	//     32, a further phrase within 40 lines 0.6; it is looked for first;
	//   - announcements, markers, signatures, disclaimers and banners: their words
	//     and marks are weighed in the same way, and Evidence lists them;
	//   - footers: "sent from my" with a device 0.95, "sent from" with one 0.9, "my"
	//     with anything else 0.75; elements of mail programs in HTML 0.95 to 0.98;
	//     quote marks that nothing answers 0.9.
	//
	// What reads as a sentence, or has labels in lower case, is at most 0.6. An
	// attribution never takes with it a line that it doesn't need: the one above it
	// belongs to it only if it has the date or the name that the rest lacks. Not
	// told apart is a date with its time that somebody wrote directly above a
	// "Maja <maja@lind.example> writes:" without one.
	//
	// Where nothing is written above a mark, what is below it is folded with half
	// of the confidence, since most people who send a mail have written something;
	// and with 0.6 of it where nothing else is left of a mail, or where the text says that answers stand below ("my comments
	// in red") and no line below is marked as quoted.
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
	Marker      CutKind = "marker"       // "Reply above this line" and what follows
	OwnLetter   CutKind = "own_letter"   // a phrase of our letters and what follows
	Structure   CutKind = "structure"    // an element of a mail program
	Signature   CutKind = "signature"    // below "-- ", or an element of a mail program
	Footer      CutKind = "footer"       // "Sent from my …"
	Disclaimer  CutKind = "disclaimer"   // legal text of a company
	Banner      CutKind = "banner"       // "This mail came from outside …"
	Excess      CutKind = "excess"       // beyond what is read of one mail
)

// Text cuts a plain text mail in UTF-8 with LF or CRLF line ends. Every line of
// both results is a line of the input, except where an attribution shares its
// line with what was written before it. After 50,000 lines all counts as quoted.
func Text(plain string, h Hints) Result {
	lines, rest := split(plain)
	return newCutter(lines, rest, h).cut()
}
