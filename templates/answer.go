package templates

import (
	"fmt"
	"strings"

	"github.com/tradepost-mail/tradepost"
)

// Answer is the one helpful reply to a mail that could not be posted.
type Answer struct {
	Locale string // BCP 47, of the writer
	// Reason is a tradepost.Reason that has a letter, or ambiguous, unsupported
	// or held (by an operator).
	Reason string
	// MerchantOrPartnerName is whom the mail was for; with not_a_member, the
	// partner whom the writer has left. Empty when it isn't known.
	MerchantOrPartnerName string
	Limit                 int64 // bytes, for too_big
	// Detail is what was found: with file_refused the file's name, with
	// unknown_command the lines that could not be read, one a line; with
	// unclear_answer the answers that would be understood, on one line; else one
	// line. Never the mail's body.
	Detail string
}

// Limits of Answer.Detail.
const (
	detailGraphemes = 300
	commandLines    = 5
	lineGraphemes   = 100
)

type answerView struct {
	page
	What, Do sentence
	Detail   body
	Stand    string // where commands stand
	Help     []sentence
}

func (v *answerView) html(m *markup) {
	m.begin(&v.page, false)
	m.section(false)
	m.heading(v.What)
	if v.Detail.Lines != nil {
		m.quote(v.Detail)
	}
	m.p(m.s.after, v.Do)
	if v.Help != nil {
		m.words(m.s.after, v.Stand)
	}
	for _, h := range v.Help {
		m.p(m.s.detail, h)
	}
	m.finish(&v.page)
}

// Answer renders what happened, what follows and what to do. An unknown
// reason is an error: a letter that could not say why would help nobody.
func (l *Letters) Answer(a Answer) (Rendered, error) {
	lang := l.language(a.Locale)
	why, ok := lang.answers[a.Reason]
	if !ok {
		return Rendered{}, fmt.Errorf("answer: reason %q has no letter: use one that Answer.Reason lists", a.Reason)
	}
	name := l.safeName(a.MerchantOrPartnerName, "")
	line, what := why.subject, why.what
	usual, unnamed, footer := lang.notSent, lang.notSentUnnamed, lang.nothingPosted
	if why.held {
		usual, unnamed, footer = lang.held, lang.heldUnnamed, lang.heldSoFar
	}
	if line == "" {
		line = usual
	}
	if name == "" {
		if strings.Contains(line, "{name}") {
			line = unnamed
		}
		if why.unnamed != "" {
			what = why.unnamed
		}
	}
	subject := fitSubject(func(names []string) string { return say(line, "name", names[0]).String() }, name)
	v := answerView{
		page:   lang.page(subject, say(footer, "market", l.market)),
		What:   say(what, "name", name, "size", lang.size(a.Limit)),
		Do:     say(why.do, "name", name),
		Detail: lang.detail(a),
	}
	if a.Reason == string(tradepost.ReasonUnknownCommand) {
		v.Stand, v.Help = lang.commandsStand, lang.help()
	}

	p := v.plain()
	p.line(v.What.text())
	if v.Detail.Lines != nil {
		p.gap()
		v.Detail.write(&p)
		p.gap()
	}
	p.line(v.Do.text())
	if v.Help != nil {
		p.gap()
		p.line(v.Stand)
		p.gap()
		for _, h := range v.Help {
			p.line(h.text())
		}
	}
	p.footer(&v.page)
	return Rendered{FromName: l.market, Subject: subject, Text: p.text(), HTML: l.html(&v)}, nil
}

// detail cleans what an answer repeats.
func (lang *language) detail(a Answer) body {
	if visible(cleanLine(a.Detail)) == "" {
		return body{}
	}
	var lines []string
	switch tradepost.Reason(a.Reason) {
	case tradepost.ReasonFileRefused:
		lines = []string{lang.filename(a.Detail)}
	case tradepost.ReasonUnknownCommand:
		for line := range strings.SplitSeq(cleanText(a.Detail), "\n") {
			if line = cut(cleanLine(line), lineGraphemes); visible(line) == "" {
				continue
			}
			if len(lines) == commandLines {
				lines = append(lines, "…")
				break
			}
			lines = append(lines, line)
		}
	default:
		lines = []string{cut(cleanLine(a.Detail), detailGraphemes)}
	}
	return body{Lines: lines, text: lines}
}
