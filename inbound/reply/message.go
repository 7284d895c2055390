package reply

import (
	"strings"
	"unicode"

	"github.com/tradepost-mail/tradepost/inbound/htmltext"
	"github.com/tradepost-mail/tradepost/inbound/message"
)

// FromMessage cuts the text of a message or its HTML, whichever tells more.
// [Result.Markdown] says which it was. A message of attachments alone gives an
// empty Result.
//
// HTML is taken where its markup names a quote, a signature or the beginning of
// the answered mail: a client's element is surer than any words, and emphasis,
// lists and links are kept. Where it names none, both forms are cut by their
// words. Then the plain text is the one without guesses about where lines end,
// and it has quote marks where the HTML has a client's private styles; HTML is
// taken only if both agree about what is new and it is formatted. HTML that has
// far less in it than the text is a stub, such as a picture for newsletters.
func FromMessage(m *message.Message, h Hints) Result {
	hasText, hasHTML := strings.TrimSpace(m.Text) != "", strings.TrimSpace(m.HTML) != ""
	switch {
	case !hasText && !hasHTML:
		return Result{}
	case !hasHTML:
		return Text(m.Text, h)
	case !hasText:
		return HTML(m.HTML, h)
	}
	rows, reached := htmltext.RenderWithin(m.HTML, htmltext.Limits{Lines: maxLines})
	html := cutRows(rows, reached, h)
	if 2*(letters(html.Text)+letters(html.Quoted)) < letters(m.Text) {
		return Text(m.Text, h)
	}
	if isStructured(rows) {
		return html
	}
	text := Text(m.Text, h)
	if isFormatted(html.Text) && agree(html.Text, text.Text) {
		return html
	}
	return text
}

// isStructured reports whether the markup says of any line what it is.
func isStructured(rows []htmltext.Line) bool {
	for i := range rows {
		if r := &rows[i]; r.Depth > 0 || r.Mark != "" || r.Signature {
			return true
		}
	}
	return false
}

// isFormatted reports whether a text has Markdown in it that plain text lacks.
func isFormatted(s string) bool {
	if strings.Contains(s, "**") || strings.Contains(s, "](") || strings.Contains(s, "~~") || strings.Contains(s, "`") {
		return true
	}
	for l := range strings.SplitSeq(s, "\n") {
		l = strings.TrimLeft(l, " ")
		if strings.HasPrefix(l, "- ") || strings.HasPrefix(l, "1. ") || strings.HasPrefix(l, "# ") || strings.HasPrefix(l, "*") {
			return true
		}
	}
	return false
}

// agree reports whether two forms of a text have about the same amount of
// letters: links and marks make one of them somewhat longer.
func agree(a, b string) bool {
	n, m := letters(a), letters(b)
	return 4*min(n, m) >= 3*max(n, m)
}

// letters counts the letters and digits outside of links.
func letters(s string) int {
	n := 0
	for w := range strings.FieldsSeq(s) {
		if i := strings.Index(w, "://"); i >= 0 {
			w = w[:i]
		}
		for _, r := range w {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				n++
			}
		}
	}
	return n
}
