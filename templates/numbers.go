package templates

import (
	"strconv"

	"golang.org/x/text/currency"
	"golang.org/x/text/feature/plural"
	xlanguage "golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// numbers writes numbers as a language does, by the rules of CLDR.
type numbers struct {
	tag       xlanguage.Tag
	codeFirst bool // EUR 12.00, not 12,00 EUR
}

// number is a whole number, with its thousands told apart.
func (n numbers) number(k int) string {
	if k >= 0 && k < 1000 {
		return strconv.Itoa(k)
	}
	return message.NewPrinter(n.tag).Sprint(number.Decimal(k))
}

// count is a number and what it counts. All our languages have a form for one
// and a form for others; which of them zero takes is for the language to say.
func (n numbers) count(k int, one, others string) string {
	if n.one(k) {
		return n.number(k) + " " + one
	}
	return n.number(k) + " " + others
}

func (n numbers) one(k int) bool {
	return plural.Cardinal.MatchPlural(n.tag, k, 0, 0, 0, 0) == plural.One
}

// price is an amount with its ISO 4217 code, which no reader can take for another
// country's crown or dollar; "" where the code is none.
func (n numbers) price(p Price) string {
	unit, err := currency.ParseISO(p.Currency)
	if err != nil {
		return ""
	}
	scale, _ := currency.Standard.Rounding(unit)
	amount := float64(p.Amount)
	for range scale {
		amount /= 10
	}
	s := message.NewPrinter(n.tag).Sprint(number.Decimal(amount, number.Scale(scale)))
	if n.codeFirst {
		return unit.String() + "\u00a0" + s
	}
	return s + "\u00a0" + unit.String()
}

// matcher finds the language that a reader who asked for another reads best.
func matcher(languages []language) xlanguage.Matcher {
	tags := make([]xlanguage.Tag, len(languages))
	for i := range languages {
		tags[i] = languages[i].numbers.tag
	}
	return xlanguage.NewMatcher(tags)
}

// language finds the language of a BCP 47 tag such as "sv-SE" (an underscore does
// too), else the one nearest to it that its readers are likely to know, else the
// fallback.
func (l *Letters) language(locale string) *language {
	for i := range l.languages {
		if l.languages[i].tag == locale {
			return &l.languages[i]
		}
	}
	const longest = 100 // no registered tag comes near
	if len(locale) > longest {
		return &l.languages[0]
	}
	tag, err := xlanguage.Parse(locale)
	if err != nil {
		return &l.languages[0]
	}
	_, i, confidence := l.matcher.Match(tag)
	if confidence == xlanguage.No {
		i = 0
	}
	return &l.languages[i]
}
