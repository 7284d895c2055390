// Package htmltext turns the HTML of a mail into lines of text, and says of each
// line what the mail program's markup tells about it: how deep it is quoted,
// whether it is part of a signature, whether the answered mail begins there. It
// doesn't decide what is a reply: a mail may stand as a whole in an element that
// usually quotes, and whoever cuts sees then that nothing else is left.
//
// The text is Markdown (CommonMark), so that emphasis, lists and links survive,
// but text first: people see it as it is, too. A line end is a line end, which a
// renderer must be told (GitHub and Slack do it so). Written are:
//
//   - "**" and "*" for bold and italics, by element or by style, and "~~" for
//     what was struck out (GFM), since without it such text says the opposite;
//   - "# " for headings, "- " and "1. " for lists, indented when nested, also for
//     the lists that Word writes as paragraphs; "---" for a rule;
//   - "[label](url)" for links to http, https, mailto and tel; just the label
//     where that is the address already, with or without its scheme;
//   - backticks for code, and a fence for <pre><code>. A <pre> alone is how many
//     programs write plain text; its lines keep their spaces;
//   - the cells of a row in one line, where each has one: with " | " between them
//     in a table that shows a border or has <th>, with a space in one that only
//     arranges things;
//   - "[image: alt]" for a picture with a description, as Gmail writes it. A
//     picture without one, or of up to three pixels, is left out.
//
// Of the sender's own characters only those get a backslash that would make text
// vanish or turn into something nobody wrote: what looks like a tag, "#" at the
// beginning of a line, "*" between letters, a backslash before punctuation, and
// "*" and backticks within emphasis and links. Who
// types *this* or "- that" in HTML means what Markdown makes of it. Quoted lines
// of plain text keep their ">".
//
// Hidden text is left out: display and visibility, sizes and heights of nothing,
// opacity. What hides only in one program is shown (mso-hide, which only Word
// heeds), and so is what only a style sheet hides, as none is read; aria-hidden
// and text in the colour of its background are shown as well, since a person sees
// the one and can't be sure of the other.
//
// It is a reader of one stream of tags, never a tree: neither depth nor misnesting
// costs more than the bytes they take, and time is linear in the input. It
// doesn't sanitise, keeps no state and starts no goroutine.
package htmltext

// Line is one line of the text.
type Line struct {
	// Text is Markdown without quote marks and without spaces at its end. It is
	// valid UTF-8 and holds no line end. Empty lines stand alone and never first.
	Text string
	// Depth is the number of quotes the line stands in; 0 = not quoted.
	Depth int
	// Quote names the innermost quote the line stands in, and whose it is, such
	// as "gmail_quote of Gmail", or "blockquote" where nothing but that is known;
	// "" where Depth is 0.
	Quote string
	// Mark says by which structure a mail program announced that the answered
	// mail begins at this line; "" at all other lines. What stands within a
	// quote isn't marked, as new text may follow the quote.
	Mark string
	// Attribution says that the markup calls the line an introduction of a quote
	// ("On … Maja wrote:"). It counts as quoted: Depth is above 0.
	Attribution bool
	// Signature says that the markup calls the line part of a signature.
	Signature bool
}

// Limits bounds one rendering. A zero or negative field means its default. The
// attributes of an element aren't bounded: they are read in one pass, and those
// that matter kept where they stand.
type Limits struct {
	// Elements is the number of tags read, both kinds counted; what follows is
	// left out. Default 500,000.
	Elements int
	// Open is how deep elements may stand in one another. Deeper ones only break
	// lines. Default 2,000.
	Open int
	// Lines is the number of lines written; what follows is left out.
	// Default 50,000.
	Lines int
	// Bytes is the number of bytes in the texts of all lines together; what
	// follows is left out. Default 4 MiB.
	Bytes int
}

// Limit names a bound of [Limits] that was reached. Its texts are stable.
type Limit string

// The bounds.
const (
	LimitElements Limit = "limit_html_elements"
	LimitOpen     Limit = "limit_html_open"
	LimitLines    Limit = "limit_html_lines"
	LimitBytes    Limit = "limit_html_bytes"
)

func (l Limits) withDefaults() Limits {
	for _, f := range []struct {
		field *int
		value int
	}{{&l.Elements, 500_000}, {&l.Open, 2_000}, {&l.Lines, 50_000}, {&l.Bytes, 4 << 20}} {
		if *f.field <= 0 {
			*f.field = f.value
		}
	}
	return l
}

// Render turns the HTML of a mail, a document or a piece of one, into lines. What
// isn't UTF-8 becomes U+FFFD.
func Render(s string) []Line {
	lines, _ := RenderWithin(s, Limits{})
	return lines
}

// RenderWithin is [Render] with other bounds. It returns which of them were
// reached, each once; the lines are of use all the same.
func RenderWithin(s string, l Limits) (lines []Line, reached []Limit) {
	r := newRenderer(s, l.withDefaults())
	r.run()
	return r.lines(), r.reached
}
