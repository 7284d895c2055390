package inbound

import (
	"strings"
	"unicode/utf8"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/reply"
)

// foldAt returns how many characters of body stand before what its author
// probably didn't write; 0 where nothing is to be folded, or all would be. body
// is the cut's text as a message keeps it, or the beginning of that. Since what
// makes it so changes lengths, the part to be shown is put through the same.
func foldAt(body string, cut reply.Result) int {
	if cut.Fold <= 0 || cut.Fold >= len(cut.Text) {
		return 0
	}
	shown := tradepost.NormalBody(tradepost.StripTokens(cut.Text[:cut.Fold]))
	if !strings.HasPrefix(body, shown) || strings.TrimSpace(body[len(shown):]) == "" {
		return 0
	}
	return utf8.RuneCountInString(shown)
}
