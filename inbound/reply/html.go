package reply

import (
	"strings"

	"github.com/tradepost-mail/tradepost/inbound/htmltext"
)

// fromHTML renders HTML into lines: quotes come out with ">" as in plain mail.
func fromHTML(html string) []line {
	rows := htmltext.Render(html)
	lines := make([]line, len(rows))
	for i, r := range rows {
		s := r.Text
		if r.Depth > 0 {
			s = strings.TrimRight(strings.Repeat(">", min(r.Depth, 10))+" "+s, " ")
		}
		lines[i] = newLine(s)
		lines[i].mark, lines[i].signature = r.Mark, r.Signature
	}
	return lines
}
