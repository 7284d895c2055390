package templates

import "fmt"

// Proposal is a partner's offer as the merchant gets it: what will be done, for
// how much, and a way to say yes or no. It carries nothing of the member's
// address.
type Proposal struct {
	Locale     string // BCP 47, of the merchant
	Author     string // the member who sends it
	Partner    string // the member's team
	Matter     Matter
	Work       string // what will be done, as stored
	Price      Price
	Milestones []Milestone // in order; the letter shows the first [MaxMilestones]
	Terms      string      // as stored; may be empty
	Days       int         // of work, as estimated; 0 leaves it out
	// Links to the pages that ask once more and then act, and to the
	// conversation's; each may be empty.
	AcceptURL, DeclineURL, OpenURL string
}

// Price is an amount in the smallest units of its currency: 120000 of SEK are
// 1200 crowns. Amounts to 10^15 are shown exactly.
type Price struct {
	Amount   int64
	Currency string // ISO 4217, such as "SEK"
}

// Milestone is a part of the work with a price of its own.
type Milestone struct {
	Title string
	Price Price
}

// MaxMilestones is how many milestones a proposal has at most.
const MaxMilestones = 5

// lineOf is how many graphemes a title may have on a line of its own.
const lineOf = 100

// proposalWords are a language's words of proposals and their answers.
type proposalWords struct {
	subject         string // {matter}
	price           string // {price}
	days            func(n int) string
	milestones      string
	terms           string
	accept, decline string
	accepting       string // what accepting does
	answers         map[ProposalState]proposalNews
	why             string // footer of a member {as}
}

func (w proposalWords) check() []error {
	faults := lacking("proposal.answers", w.answers, ProposalAccepted, ProposalDeclined, ProposalWithdrawn)
	for state, n := range w.answers {
		if n.subject == "" || n.what == "" || n.follows == "" {
			faults = append(faults, fmt.Errorf("proposal.answers has no whole %q", state))
		}
	}
	return faults
}

type proposalView struct {
	page
	Heading      sentence
	By           sentence
	Work         body
	Price, Days  sentence
	Milestones   []sentence
	Steps, Terms string // labels, where there are some
	TermsBody    body
	Accepting    sentence
	Button       link
	Links        []link
	Hint         sentence
}

func (v *proposalView) html(m *markup) {
	m.begin(&v.page, v.Button.URL != "")
	m.section(false)
	m.heading(v.Heading)
	m.p(m.s.under, v.By)
	m.body(v.Work, true)
	m.p(m.s.after, v.Price)
	if v.Days != nil {
		m.p(m.s.after, v.Days)
	}
	if v.Steps != "" {
		m.words(m.s.time, v.Steps)
		for _, s := range v.Milestones {
			m.p(m.s.text, s)
		}
	}
	if v.Terms != "" {
		m.words(m.s.time, v.Terms)
		m.body(v.TermsBody, false)
	}
	m.button(v.Button)
	for _, o := range v.Links {
		m.linked(m.s.after, o.URL, o.Label)
	}
	if v.Accepting != nil {
		m.p(m.s.detail, v.Accepting)
	}
	m.p(m.s.detail, v.Hint)
	m.finish(&v.page)
}

func (v *proposalView) text() string {
	p := v.plain()
	p.line(v.Heading.text())
	p.line(v.By.text())
	p.gap()
	v.Work.write(&p)
	p.gap()
	p.line(v.Price.text())
	if v.Days != nil {
		p.line(v.Days.text())
	}
	if v.Steps != "" {
		p.gap()
		p.line(v.Steps)
		for _, s := range v.Milestones {
			p.line(s.text())
		}
	}
	if v.Terms != "" {
		p.gap()
		p.line(v.Terms)
		v.TermsBody.write(&p)
	}
	p.gap()
	p.offers(v.Button)
	p.offers(v.Links...)
	if v.Accepting != nil {
		p.gap()
		p.line(v.Accepting.text())
	}
	p.gap()
	p.line(v.Hint.text())
	p.footer(&v.page)
	return p.text()
}

// Proposal renders a proposal. Reply-To must lead to the conversation. A price in
// no known currency is an error: a letter must not guess at money. Work and terms
// are cut to [MaxBodyChars] and half of it, and to what [MaxHTML] holds; the letter
// says that they go on, with a link where there is an OpenURL.
func (l *Letters) Proposal(o Proposal) (Rendered, error) {
	lang := l.language(o.Locale)
	w := &lang.proposal
	price := lang.numbers.price(o.Price)
	if price == "" {
		return Rendered{}, fmt.Errorf("proposal: currency %q is not one of ISO 4217", o.Price.Currency)
	}
	partner := l.safeName(o.Partner, lang.aPartner)
	name, from := partner, say("{partner}", "partner", partner)
	if author := l.safeName(o.Author, ""); author != "" {
		name, from = author, say(lang.signed, "name", author, "partner", partner)
	}
	matter := lang.matterName(o.Matter)
	subject := fitSubject(func([]string) string { return say(w.subject, "matter", matter).String() })
	v := proposalView{
		page:    lang.page(subject, say(lang.whyRelay, "partner", partner, "market", l.market)),
		Heading: say(w.subject, "matter", matter),
		By:      from,
		Price:   say(w.price, "price", price),
		Hint:    say(lang.replyHint, "name", name),
	}
	v.Preheader = preheader(o.Work)
	if o.Days > 0 {
		v.Days = say(w.days(o.Days))
	}
	for _, part := range o.Milestones[:min(len(o.Milestones), MaxMilestones)] {
		amount := lang.numbers.price(part.Price)
		if amount == "" {
			return Rendered{}, fmt.Errorf("proposal: milestone %d: currency %q is not one of ISO 4217", len(v.Milestones)+1, part.Price.Currency)
		}
		v.Steps = w.milestones
		v.Milestones = append(v.Milestones, sentence{
			{Text: lang.numbers.number(len(v.Milestones)+1) + ". "},
			{Text: cut(cleanLine(part.Title), lineOf), Name: true},
			{Text: lang.colon + amount},
		})
	}
	open := link{Label: say(lang.open), URL: ownURL(o.OpenURL)}
	v.Button = link{Label: say(w.accept), URL: ownURL(o.AcceptURL)}
	if v.Button.URL != "" {
		v.Accepting = say(w.accepting)
	} else {
		v.Button, open = open, link{}
	}
	for _, other := range []link{{Label: say(w.decline), URL: ownURL(o.DeclineURL)}, open} {
		if other.URL != "" {
			v.Links = append(v.Links, other)
		}
	}
	r := Rendered{FromName: from.String(), Subject: subject}
	rest := ownURL(o.OpenURL)
	terms := cleanText(o.Terms)
	for limit := MaxBodyChars / 2; ; limit /= 2 {
		if terms != "" {
			v.Terms, v.TermsBody = w.terms, lang.newBody(terms, limit, rest)
		}
		r.HTML = l.cutBody(lang, o.Work, rest, &v.Work, &v)
		if len(r.HTML) <= MaxHTML || limit < 100 {
			break
		}
	}
	r.Text = v.text()
	return r, nil
}
