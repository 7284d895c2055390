// Package apportion divides what somebody newly wrote in answer to a digest among
// the items of the digest.
//
// What is new is found by comparing the words of the answer with those of the
// digest that was sent; markup and quote marks prove nothing, since who types into
// a quoted table writes in the same cell, in a copy of our paragraph, and programs
// rewrite styles, wrap lines, add links and quote without marks. The answer's
// words are laid along the digest's in their order (see align), what finds no
// place is new, and where it stands among what did decides whose it is. The mark
// of an item tells two items with the same words apart.
//
// It never guesses. Text above the first item, below the last line of the digest,
// between quotes that could be of two items, or beside a mark that contradicts the
// order is unplaced. Only greetings, sign-offs and signatures above the items and
// below the digest go nowhere where answers stand under items. What it can't tell
// is a line of an item's message that somebody deleted from the quote and typed
// again, word for word, at its place.
//
// The package doesn't sanitise, keeps no state and starts no goroutine. Time and
// memory are linear in the answer: of one with more than [MaxWords] words the rest
// is left out.
package apportion

import (
	"slices"
	"strings"

	"github.com/tradepost-mail/tradepost/inbound/htmltext"
	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/inbound/reply"
)

// Sent is the text/plain part of the digest that was answered, in pieces.
type Sent struct {
	Head  string // before the first item
	Items []Item // in the order shown
	Foot  string // after the last item
}

// Item is one conversation of a digest.
type Item struct {
	// Marks are the accepted spellings of the item's mark, one a signing key. A
	// mark that two items have counts for none of them.
	Marks []string
	Text  string
}

// Share is what was newly written under one item.
type Share struct {
	Item int // index in Sent.Items
	Text string
	// Fold is the offset in Text, in bytes, from which all is probably not newly
	// written, as in [reply.Result]; 0 if there is nothing to fold.
	Fold int
}

// Result is an answer divided.
type Result struct {
	// Shares are in the order of the items, at most one an item, none empty.
	Shares []Share
	// Unplaced is what was newly written and belongs to no item for certain.
	Unplaced string
	// Quoted says that something of the digest was recognised.
	Quoted bool
	// Markdown says that the texts came from HTML and are Markdown (CommonMark).
	Markdown bool
}

// MaxWords is how many words of an answer are read. A digest of the largest size
// has some 10,000, or 45,000 characters in a script without spaces.
const MaxWords = 150_000

// FromMessage divides the text of a message or its HTML. HTML is taken unless it
// is far shorter than the text, or only the text has anything of the digest.
func FromMessage(m *message.Message, sent Sent, h reply.Hints) Result {
	hasText, hasHTML := strings.TrimSpace(m.Text) != "", strings.TrimSpace(m.HTML) != ""
	if !hasText && !hasHTML {
		return Result{}
	}
	d := [2]*digest{newDigest(sent, false), newDigest(sent, true)}
	if hasHTML {
		rows := htmltext.Render(m.HTML)
		size := 0
		for _, row := range rows {
			size += len(row.Text)
		}
		stub := 2*size < len(strings.TrimSpace(m.Text)) && size < 200 // a picture for newsletters
		if r := divide(htmlLines(rows), d, h); r.Quoted && !stub {
			r.Markdown = true
			return r
		}
	}
	if hasText {
		if r := divide(plainLines(m.Text), d, h); r.Quoted {
			return r
		}
	}
	whole := reply.FromMessage(m, h) // an ordinary mail
	return Result{Unplaced: whole.Text, Markdown: whole.Markdown}
}

// divide lays an answer along both forms of the digest, with the targets of its
// links and without, and goes on with the better one.
func divide(lines []line, forms [2]*digest, h reply.Hints) Result {
	a, b := newAnswer(lines, forms[0]), newAnswer(slices.Clone(lines), forms[1])
	a.match()
	if b.match(); b.score > a.score+a.bareLinks()*lossBreak {
		a = b
	}
	a.introductions(h)
	a.older(h)
	p := newPlacing(a, h)
	return p.result()
}
