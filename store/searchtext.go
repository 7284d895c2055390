package store

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/tradepost-mail/tradepost"
)

// plain are letters that Unicode doesn't take apart, with what people type instead.
var plain = strings.NewReplacer("ø", "o", "ł", "l", "đ", "d", "æ", "ae", "œ", "oe", "ı", "i", "þ", "th", "ð", "d")

// searchText folds text so that it is found however it is typed: compatibility
// forms decomposed (Unicode UAX #15), marks dropped, case folded, runs of white
// space one space.
func searchText(s string) string {
	bare := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(s))
	folded := plain.Replace(cases.Fold().String(bare))
	return strings.Join(strings.Fields(norm.NFC.String(folded)), " ")
}

// merchantSearch is what a merchant is found by. A search has no line break in it,
// and so never matches across.
func merchantSearch(m tradepost.Merchant) string {
	return searchText(m.Name) + "\n" + searchText(m.StoreName) + "\n" + searchText(m.StoreURL)
}

// likeEscaped makes text stand for itself in a pattern of LIKE.
var likeEscaped = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
