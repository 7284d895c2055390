package reply

import (
	"strings"

	"github.com/tradepost-mail/tradepost/inbound/htmltext"
)

// HTML cuts an HTML mail by its structure, then like plain text, and renders
// what is left: paragraphs, lists, links, bold and italics in Markdown. What is
// beyond the bounds of [htmltext.Limits] is in neither result.
func HTML(html string, h Hints) Result {
	rows, reached := htmltext.RenderWithin(html, htmltext.Limits{Lines: maxLines})
	return cutRows(rows, reached, h)
}

func cutRows(rows []htmltext.Line, reached []htmltext.Limit, h Hints) Result {
	r := newCutter(fromHTML(rows), "", h).cut()
	for _, limit := range reached {
		r.Cuts = append(r.Cuts, Cut{Kind: Excess, Evidence: string(limit), Confidence: 1})
	}
	r.Markdown = true
	return r
}

// fromHTML makes lines of rendered HTML: quotes come out with ">" as in plain mail.
func fromHTML(rows []htmltext.Line) []line {
	indent := 0
	if onlyIndented(rows) {
		indent = 1
	}
	lines := make([]line, len(rows))
	for i, r := range rows {
		s := r.Text
		if depth := r.Depth - indent; depth > 0 && !r.Attribution {
			s = strings.TrimRight(strings.Repeat(">", min(depth, 10))+" "+s, " ")
		}
		l := newLine(s)
		l.mark, l.container, l.signature = r.Mark, r.Quote, r.Signature
		if r.Attribution && l.kind != blank {
			l.kind = attribution
		}
		lines[i] = l
	}
	return lines
}

// onlyIndented reports whether all of a mail stands in a blockquote that no mail
// program is known to write: the sender indented it, there being nobody else to
// have written the text.
func onlyIndented(rows []htmltext.Line) bool {
	for _, r := range rows {
		if r.Text != "" && (r.Depth == 0 || r.Quote != "blockquote") {
			return false
		}
	}
	return len(rows) > 0
}
