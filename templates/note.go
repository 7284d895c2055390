package templates

// noteView is a letter of ours that says what happened, what follows and what to
// do, and has nobody's message in it.
type noteView struct {
	page
	Heading sentence
	Facts   *facts // of the conversation that it is about; nil for none
	Says    []sentence
	Quote   body       // what somebody wrote about it
	Lines   []sentence // details, a line each
	Hint    sentence   // how to answer
	Button  link
	Links   []link
	After   []sentence // small print
}

func (v *noteView) html(m *markup) {
	m.begin(&v.page, v.Button.URL != "")
	m.section(false)
	m.heading(v.Heading)
	if v.Facts != nil {
		m.facts(*v.Facts)
	}
	for _, s := range v.Says {
		m.p(m.s.after, s)
	}
	if v.Quote.Lines != nil {
		m.quote(v.Quote)
	}
	for _, s := range v.Lines {
		m.p(m.s.after, s)
	}
	if v.Hint != nil {
		m.p(m.s.after, v.Hint)
	}
	m.button(v.Button)
	for _, o := range v.Links {
		m.linked(m.s.after, o.URL, o.Label)
	}
	for _, s := range v.After {
		m.p(m.s.detail, s)
	}
	m.finish(&v.page)
}

func (v *noteView) text() string {
	p := v.plain()
	p.line(v.Heading.text())
	if v.Facts != nil {
		v.Facts.write(&p)
	}
	p.gap()
	for _, s := range v.Says {
		p.line(s.text())
	}
	if v.Quote.Lines != nil {
		p.gap()
		v.Quote.write(&p)
	}
	p.gap()
	for _, s := range v.Lines {
		p.line(s.text())
	}
	p.gap()
	if v.Hint != nil {
		p.line(v.Hint.text())
	}
	p.offers(v.Button)
	p.offers(v.Links...)
	p.gap()
	for _, s := range v.After {
		p.line(s.text())
	}
	p.footer(&v.page)
	return p.text()
}
