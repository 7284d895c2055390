package templates

import "fmt"

// Answer is the one helpful reply to a mail that could not be posted.
type Answer struct {
	Locale string // BCP 47, of the writer
	// Reason is too_big, ambiguous, not_a_member, expired, unknown_address,
	// empty, closed, blocked or unsupported.
	Reason string
	// MerchantOrPartnerName is whom the mail was for; with not_a_member, the
	// partner whom the writer has left. Empty when it isn't known.
	MerchantOrPartnerName string
	Limit                 int64 // bytes, for too_big
	// Detail is one line more, such as what was found; never the mail's body.
	Detail string
}

// detailGraphemes is how much of Answer.Detail is shown.
const detailGraphemes = 300

type answerView struct {
	page
	What, Do sentence
	Detail   string
}

// Answer renders what happened, what follows and what to do. An unknown
// reason is an error: a letter that could not say why would help nobody.
func (l *Letters) Answer(a Answer) (Rendered, error) {
	lang := l.language(a.Locale)
	why, ok := lang.answers[a.Reason]
	if !ok {
		return Rendered{}, fmt.Errorf("answer: reason %q has no letter: use one that Answer.Reason lists", a.Reason)
	}
	name := SafeName(a.MerchantOrPartnerName, l.market, "")
	line, what := why.subject, why.what
	if line == "" {
		line = lang.notSent
	}
	if name == "" {
		line = lang.notSentUnnamed
		if why.unnamed != "" {
			what = why.unnamed
		}
	}
	subject := fitSubject(func(names []string) string { return say(line, "name", names[0]).String() }, name)
	v := answerView{
		page:   lang.page(subject, say(lang.nothingPosted, "market", l.market)),
		What:   say(what, "name", name, "size", lang.size(a.Limit)),
		Do:     say(why.do, "name", name),
		Detail: cut(cleanLine(a.Detail), detailGraphemes),
	}
	html, err := l.html("answer.html", v)
	if err != nil {
		return Rendered{}, fmt.Errorf("answer %s: %w", a.Reason, err)
	}

	var p plain
	p.line(v.What.String())
	if v.Detail != "" {
		p.line(v.Detail)
	}
	p.line(v.Do.String())
	p.footer(v.Footer)
	return Rendered{FromName: l.market, Subject: subject, Text: p.b.String(), HTML: html}, nil
}
