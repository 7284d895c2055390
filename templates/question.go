package templates

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tradepost-mail/tradepost"
)

// Question asks a person by mail what cannot be decided without them.
type Question struct {
	Locale string // BCP 47, of the person asked
	Kind   tradepost.QuestionKind
	Reason tradepost.Reason // why the mail was held, of QuestionSender
	Name   string           // the person asked
	About  string           // the other side's name; "" if unknown
	From   string           // address the held mail came from; "" if unclear
	MayAdd bool             // From may become an address of the person
	// Subject, At and Zone let the owner of a held mail know it again, of
	// QuestionSender alone: its Subject as it came, "" leaves it out; when it was
	// received, zero leaves it out; the zone of the person asked, nil is UTC.
	Subject string
	At      time.Time
	Zone    *time.Location
	// Text is what waits for a conversation, the person's own words; of
	// QuestionConversation alone. The text of a mail whose sender is in doubt is
	// never shown.
	Text        string
	Command     tradepost.Verb // what is to be confirmed, of QuestionConfirm
	CommandText string         // what stands behind it, such as a code
	// ReplyAddress is where an answer to this letter goes: its Reply-To. ""
	// offers no answer by mail.
	ReplyAddress string
	// Links to the pages that act; "" where pages aren't served.
	ApproveURL, AddURL, RevokeURL, ConfirmURL string
	Choices                                   []QuestionChoice // of QuestionConversation, likeliest first
	Days                                      int              // until the question ends; 0 leaves it out
}

// QuestionChoice is a conversation that the text may be meant for.
type QuestionChoice struct {
	Merchant Merchant
	Matter   Matter
	// ReplyAddress is the conversation's own address for this person,
	// ReplySubject what its link fills in.
	ReplyAddress, ReplySubject string
	ChooseURL                  string // page that posts the text there; may be empty
}

// MaxMailtoText is how long a text may be, in characters, to be filled in by a
// reply link: longer links are cut or refused by some mail clients.
const MaxMailtoText = 1_200

// questionWords are a language's words of questions.
type questionWords struct {
	wasYou        string // subject {name}
	wasYouUnnamed string
	wasYouTitle   string
	came          string // {name}: a mail for them came, nothing was posted
	cameUnnamed   string
	from          string // {from}
	unclear       string // in place of from
	whyHeld       map[tradepost.Reason]string
	subject       string // {subject}
	received      string // {time}
	revokeMeans   string

	which      string // subject
	whichTitle string
	whichWhat  string
	youWrote   string
	keptWhole  string // under a text that is cut
	// twoWays tells the reply link from postTo: where the link holds the text, and
	// where it doesn't.
	twoWays, twoWaysBare string
	tooLong              string // for a reply link to hold it
	noChoice             string // where there is no conversation to offer
	postTo               string // {name}

	confirm string // subject {question}
	asks    string // {command}: a mail asks for this

	byMail     string // {lines}: beside links
	onlyByMail string // the lines follow, each on its own
	or         string // before the last of several lines
	silence    map[tradepost.QuestionKind]string
	ends       func(days int) string
	why        map[tradepost.QuestionKind]string // footer {market}
	forPerson  string                            // footer {name}
}

func (w questionWords) check() []error {
	kinds := []tradepost.QuestionKind{tradepost.QuestionSender, tradepost.QuestionConversation, tradepost.QuestionConfirm}
	faults := lacking("question.silence", w.silence, kinds...)
	faults = append(faults, lacking("question.why", w.why, kinds...)...)
	return append(faults, lacking("question.whyHeld", w.whyHeld, tradepost.ReasonWrongSender, tradepost.ReasonAuthentication,
		tradepost.ReasonUnauthenticated, tradepost.ReasonSeveralFrom)...)
}

type questionView struct {
	page
	Heading  sentence
	Says     []sentence
	YouWrote string
	Body     body
	Button   link
	Links    []link
	ByMail   sentence
	After    []sentence
	Choices  []choiceView
	More     string
	Lines    bool // Links are lines to reply with, and there is no page
}

type choiceView struct {
	Name  string
	Facts facts
	Links []link
	mail  string // address of the first link, which text shows without its parameters
}

func (v *questionView) html(m *markup) {
	m.begin(&v.page, v.Button.URL != "")
	apart := len(v.Choices) > 0 || v.More != ""
	m.section(apart)
	m.heading(v.Heading)
	for _, s := range v.Says {
		m.p(m.s.after, s)
	}
	if v.YouWrote != "" {
		m.words(m.s.after, v.YouWrote)
		m.quote(v.Body)
	}
	m.button(v.Button)
	if v.Lines {
		m.p(m.s.after, v.ByMail)
	}
	for _, o := range v.Links {
		m.raw(m.s.after)
		m.anchor(o.URL, o.Label)
		if v.Lines {
			m.text(o.Line)
		}
		m.raw("</p>\n")
	}
	if !v.Lines && v.ByMail != nil {
		m.p(m.s.after, v.ByMail)
	}
	for _, s := range v.After {
		m.p(m.s.detail, s)
	}
	if apart {
		m.end()
	}
	for i, c := range v.Choices {
		last := i == len(v.Choices)-1 && v.More == ""
		m.ruled(last)
		m.second(c.Name, false)
		m.facts(c.Facts)
		for _, o := range c.Links {
			m.linked(m.s.after, o.URL, o.Label)
		}
		if !last {
			m.end()
		}
	}
	if v.More != "" {
		m.ruled(true)
		m.words(m.s.text, v.More)
	}
	m.finish(&v.page)
}

// Question renders a question. An unknown kind, and a question that nothing in
// the letter could answer, are errors.
func (l *Letters) Question(q Question) (Rendered, error) {
	lang := l.language(q.Locale)
	if !addrSpec(q.ReplyAddress) {
		q.ReplyAddress = ""
	}
	v := questionView{}
	var subject string
	switch q.Kind {
	case tradepost.QuestionSender:
		subject = l.wasYou(lang, q, &v)
	case tradepost.QuestionConfirm:
		subject = l.confirm(lang, q, &v)
	case tradepost.QuestionConversation:
		return l.whichConversation(lang, q), nil
	default:
		return Rendered{}, fmt.Errorf("question: kind %q has no letter", q.Kind)
	}
	if v.Button.URL == "" && len(v.Links) == 0 {
		return Rendered{}, fmt.Errorf("question %s: neither a page nor a reply address to answer by", q.Kind)
	}
	v.page = l.questionPage(lang, q, subject)
	return Rendered{FromName: l.market, Subject: subject, Text: v.text(), HTML: l.html(&v)}, nil
}

// wasYou asks whether a mail is the person's own. Of the mail it shows what its
// owner knows it by, the address, the subject and the time: its text may be a
// stranger's.
func (l *Letters) wasYou(lang *language, q Question, v *questionView) (subject string) {
	w := &lang.question
	name := l.safeName(q.About, "")
	line, came := w.wasYou, w.came
	if name == "" {
		line, came = w.wasYouUnnamed, w.cameUnnamed
	}
	subject = fitSubject(func(names []string) string { return say(line, "name", names[0]).String() }, name)
	v.Heading = say(w.wasYouTitle)
	from := say(w.unclear)
	if addrSpec(q.From) {
		from = say(w.from, "from", q.From)
	} else {
		q.MayAdd = false
	}
	if why := w.whyHeld[q.Reason]; why != "" {
		from = append(from, piece{Text: " " + why})
	}
	v.Says = []sentence{say(came, "name", name), from}
	if about := cut(cleanLine(q.Subject), MaxSubject); visible(about) != "" {
		v.Says = append(v.Says, say(w.subject, "subject", about))
	}
	if !q.At.IsZero() {
		v.Says = append(v.Says, say(w.received, "time", lang.instant(q.At.In(cmp.Or(q.Zone, time.UTC)))))
	}

	v.offer(lang, q, subject, tradepost.AnswerApprove, q.ApproveURL)
	if q.MayAdd {
		v.offer(lang, q, subject, tradepost.AnswerAddAddress, q.AddURL)
	}
	v.offer(lang, q, subject, tradepost.AnswerRevoke, q.RevokeURL)
	v.After = []sentence{say(w.revokeMeans)}
	v.sayByMail(lang, q)
	return subject
}

// confirm asks for a command that can't be taken back.
func (l *Letters) confirm(lang *language, q Question, v *questionView) (subject string) {
	w := &lang.question
	name := l.safeName(q.About, lang.theOther)
	ask := lang.pages.ask(string(q.Command), q.CommandText)
	detail := shortText(q.CommandText)
	command := typed(tradepost.Command{Verb: q.Command, Text: q.CommandText})
	subject = fitSubject(func(names []string) string {
		question := say(ask.title, "name", names[0], "detail", detail, "command", command)
		if name == lang.theOther {
			question = question.capital()
		}
		return say(w.confirm, "question", question.String()).String()
	}, name)
	v.Heading = say(ask.title, "name", name, "detail", detail, "command", command)
	if name == lang.theOther {
		v.Heading = v.Heading.capital()
	}
	v.Says = []sentence{say(ask.text, "name", name, "detail", detail, "command", command)}
	if ask.final {
		v.Says = append(v.Says, say(lang.pages.final))
	}
	v.Says = append(v.Says, say(w.asks, "command", command))
	v.offer(lang, q, subject, tradepost.AnswerConfirm, q.ConfirmURL)
	v.Button.Label = say(ask.button)
	v.sayByMail(lang, q)
	return subject
}

// offer adds an answer: by its page, else by a reply that is filled in.
func (v *questionView) offer(lang *language, q Question, subject string, answer tradepost.QuestionAnswer, page string) {
	o := link{Label: say(lang.pages.asks[string(answer)].button), URL: ownURL(page), Line: "/" + string(answer)}
	o.page = o.URL != ""
	if !o.page {
		o.URL = mailtoText(q.ReplyAddress, cut(lang.re+subject, MaxSubject), o.Line)
	}
	switch {
	case o.URL == "":
	case v.Button.URL == "":
		v.Button = o
	default:
		v.Links = append(v.Links, o)
	}
}

// sayByMail says how to answer without a page. Where there is none, each answer
// is a line to reply with.
func (v *questionView) sayByMail(lang *language, q Question) {
	if q.ReplyAddress == "" || v.Button.URL == "" {
		return
	}
	w := &lang.question
	var lines []string
	v.Lines = true
	all := append([]link{v.Button}, v.Links...)
	for i, o := range all {
		lines = append(lines, o.Line)
		v.Lines = v.Lines && !o.page
		all[i].Line = lang.colon + o.Line
	}
	v.ByMail = say(w.byMail, "lines", enumerate(lines, w.or, ""))
	if v.Lines {
		v.ByMail = say(w.onlyByMail)
		v.Button, v.Links = link{}, all
	}
}

// whichConversation asks where a text belongs. It makes the letter smaller,
// until it fits, by leaving out the filled-in replies, then some of the text,
// then conversations.
func (l *Letters) whichConversation(lang *language, q Question) Rendered {
	w := &lang.question
	subject := w.which
	clean := cleanText(q.Text)
	r := Rendered{FromName: l.market, Subject: subject}
	v := questionView{page: l.questionPage(lang, q, subject), Heading: say(w.whichTitle), Says: []sentence{say(w.whichWhat)}, YouWrote: w.youWrote}
	fill := strings.TrimSpace(clean)
	if utf8.RuneCountInString(fill) > MaxMailtoText {
		fill = ""
	}
	limit, shown := MaxBodyChars, MaxConversations
	for {
		v.Body = lang.newBody(clean, limit, "")
		if v.Body.Rest != "" {
			v.Body.Rest = w.keptWhole
		}
		v.Choices, v.After, v.More = nil, nil, ""
		for _, c := range q.Choices[:min(shown, len(q.Choices))] {
			v.Choices = append(v.Choices, l.choice(lang, c, fill))
		}
		if n := len(q.Choices) - len(v.Choices); n > 0 {
			v.More = lang.moreTalks(n)
		}
		if slices.ContainsFunc(v.Choices, func(c choiceView) bool { return len(c.Links) > 1 }) {
			ways := w.twoWays
			if fill == "" {
				ways = w.twoWaysBare
			}
			v.After = append(v.After, say(ways))
		}
		switch {
		case len(v.Choices) == 0:
			v.After = append(v.After, say(w.noChoice))
		case fill == "" && clean != "":
			v.After = append(v.After, say(w.tooLong))
		}
		if r.HTML = l.html(&v); len(r.HTML) <= MaxHTML || shown == 1 && limit < 100 {
			r.Text = v.text()
			return r
		}
		switch {
		case fill != "":
			fill = ""
		case limit > 1_000:
			limit /= 2
		default:
			limit, shown = max(limit/2, 99), max(shown/2, 1)
		}
	}
}

func (l *Letters) choice(lang *language, c QuestionChoice, fill string) choiceView {
	v := choiceView{Name: l.safeName(c.Merchant.Name, lang.aMerchant), Facts: l.facts(lang, c.Merchant, c.Matter)}
	name := l.safeName(c.Merchant.Name, lang.theMerchant)
	if u := mailtoText(c.ReplyAddress, cut(cleanLine(c.ReplySubject), MaxSubject), fill); u != "" {
		v.Links, v.mail = append(v.Links, link{Label: say(lang.replyTo, "name", name), URL: u}), c.ReplyAddress
	}
	if u := ownURL(c.ChooseURL); u != "" {
		v.Links = append(v.Links, link{Label: say(lang.question.postTo, "name", name), URL: u, page: true})
	}
	return v
}

func (l *Letters) questionPage(lang *language, q Question, subject string) page {
	w := &lang.question
	why := w.silence[q.Kind]
	if q.Days > 0 {
		why += " " + w.ends(q.Days)
	}
	p := lang.page(subject, say(w.why[q.Kind], "market", l.market), say(why))
	if name := l.safeName(q.Name, ""); name != "" {
		p.Footer = append(p.Footer, say(w.forPerson, "name", name))
	}
	return p
}

func (v *questionView) text() string {
	p := v.plain()
	p.line(v.Heading.text())
	p.gap()
	for _, s := range v.Says {
		p.line(s.text())
	}
	if v.YouWrote != "" {
		p.gap()
		p.line(v.YouWrote)
		p.gap()
		v.Body.write(&p)
	}
	p.gap()
	if v.Lines {
		p.line(v.ByMail.text())
	}
	for _, o := range append([]link{v.Button}, v.Links...) {
		switch {
		case o.page:
			p.link(o.Label.text(), string(o.URL))
		case o.URL != "": // the line last: a quoted copy of ours isn't taken for it
			p.line(o.Label.text() + o.Line)
		}
	}
	if !v.Lines && v.ByMail != nil {
		p.gap()
		p.line(v.ByMail.text())
	}
	if v.After != nil {
		p.gap()
		for _, s := range v.After {
			p.line(s.text())
		}
	}
	for _, c := range v.Choices {
		p.gap()
		p.rule()
		p.line(c.Name)
		c.Facts.write(&p)
		p.gap()
		for _, o := range c.Links {
			target := string(o.URL)
			if !o.page {
				target = c.mail
			}
			p.link(o.Label.text(), target)
		}
	}
	if v.More != "" {
		p.gap()
		p.rule()
		p.line(v.More)
	}
	p.footer(&v.page)
	return p.text()
}
