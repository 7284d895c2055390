package templates

import "github.com/tradepost-mail/tradepost"

// Alert tells one member of a merchant's message at once.
type Alert struct {
	Links
	Locale   string // BCP 47, of the member
	Member   string // the recipient's name
	Partner  string // the recipient's team
	Role     string // the member's role, "owner" or "member"; empty is a member
	Merchant Merchant
	Matter   Matter
	Body     string // the newly written text, as stored
	Files    []File
	// FilesAttached says that the files are in this very mail; otherwise they
	// are listed as being in the conversation.
	FilesAttached bool
	OpenURL       string // the conversation's page; empty for no link and no button
	Reason        string // the rule: first_contact, new_conversation or every_message
	// Actions stand as links under the button, in this order. Verbs that no
	// letter links to are left out: see [Letters.Alert].
	Actions []ActionLink
}

// ActionLink leads to the page that says what it would do.
type ActionLink struct {
	Verb tradepost.Verb
	URL  string
}

// alertFiles is how many file names an alert or a relay lists.
const alertFiles = 20

type alertView struct {
	page
	Name    string
	Facts   facts
	Says    sentence // of a reminder, which it heads
	Body    body
	Files   []sentence
	Hint    sentence
	Button  link
	Actions []link
}

func (v *alertView) html(m *markup) {
	m.begin(&v.page, v.Button.URL != "")
	m.section(false)
	if v.Says != nil {
		m.heading(v.Says)
		m.second(v.Name, true)
	} else {
		m.heading(sentence{{Text: v.Name, Name: true}})
	}
	m.facts(v.Facts)
	m.body(v.Body, true)
	m.files(v.Files)
	m.p(m.s.after, v.Hint)
	m.button(v.Button)
	for _, o := range v.Actions {
		m.linked(m.s.after, o.URL, o.Label)
	}
	m.finish(&v.page)
}

// Alert renders the letter of a first contact, or of whatever the member's
// rule calls for. Reply-To must lead to the conversation: the letter says so.
// A body over [MaxBodyChars], or one that would make the HTML larger than
// [MaxHTML], ends in "Read the rest" when there is an OpenURL; without one
// there is nowhere to read it, and it is shown whole. Action links are those of
// done, decline, mute, qualify, block and delete.
func (l *Letters) Alert(a Alert) (Rendered, error) {
	lang := l.language(a.Locale)
	name := l.safeName(a.Merchant.Name, lang.aMerchant)
	v := alertView{
		Name:    name,
		Facts:   l.facts(lang, a.Merchant, a.Matter),
		Files:   lang.fileLines(a.Files, alertFiles, a.FilesAttached),
		Hint:    say(lang.replyHint, "name", l.safeName(a.Merchant.Name, lang.theMerchant)),
		Button:  link{Label: say(lang.open), URL: ownURL(a.OpenURL), page: true},
		Actions: l.actionLinks(lang, a.Actions, a.Merchant.Name),
	}
	store := ""
	if !a.Merchant.NoStore {
		store = v.Facts.Store
	}
	subject := fitSubject(func(names []string) string {
		who := names[0]
		if names[1] != "" {
			who += ", " + names[1]
		}
		return who + lang.colon + names[2]
	}, name, store, lang.matterName(a.Matter))

	why, ok := lang.whyAlert[a.Reason]
	if !ok {
		why = lang.whyAny
	}
	v.page = lang.page(subject, say(why).as(l.as(lang, a.Member, a.Partner, a.Role)))
	v.Preheader = preheader(a.Body)
	v.told(lang, a.Links, lang.footer.stopThese)

	r := Rendered{FromName: say(lang.via, "name", name, "market", l.market).String(), Subject: subject}
	r.HTML = l.fitBody(lang, a.Body, v.Button.URL, &v.Body, &v)

	r.Text = v.text()
	return r, nil
}

func (v *alertView) text() string {
	p := v.plain()
	if v.Says != nil {
		p.line(v.Says.text())
		p.gap()
	}
	p.line(v.Name)
	v.Facts.write(&p)
	p.gap()
	v.Body.write(&p)
	writeFiles(&p, v.Files)
	p.gap()
	p.line(v.Hint.text())
	p.offers(v.Button)
	p.offers(v.Actions...)
	p.footer(&v.page)
	return p.text()
}

// actionLinks labels the links that lead somewhere and have words.
func (l *Letters) actionLinks(lang *language, actions []ActionLink, merchant string) []link {
	var links []link
	for _, a := range actions {
		label, u := lang.actions[a.Verb], ownURL(a.URL)
		if label != "" && u != "" {
			links = append(links, link{Label: say(label, "name", l.safeName(merchant, lang.theMerchant)), URL: u, page: true})
		}
	}
	return links
}

func (lang *language) page(title string, footer ...sentence) page {
	return page{Lang: lang.tag, Dir: lang.dir, Title: title, Footer: footer, colon: lang.colon}
}

// as says in which role somebody gets a letter.
func (l *Letters) as(lang *language, member, partner, role string) sentence {
	line := lang.as
	if role == "owner" {
		line = lang.asOwner
	}
	member = l.safeName(member, "")
	if member == "" {
		line = lang.asPartner
	}
	return say(line, "member", member, "partner", l.safeName(partner, lang.aPartner))
}

// fitBody renders a view around a body of its own, cutting the body until the
// HTML is at most [MaxHTML] bytes: where there is a page with the rest. Without one
// the letter is all there is of a message, and it stays whole.
func (l *Letters) fitBody(lang *language, text string, rest href, into *body, v view) string {
	if rest == "" {
		clean := cleanText(text)
		*into = lang.newBody(clean, len(clean)+len(lang.noText), "")
		return l.html(v)
	}
	return l.cutBody(lang, text, rest, into, v)
}

// cutBody is fitBody for a letter that is cut with a page for the rest and without.
func (l *Letters) cutBody(lang *language, text string, rest href, into *body, v view) string {
	clean := cleanText(text)
	for limit := MaxBodyChars; ; {
		*into = lang.newBody(clean, limit, rest)
		html := l.html(v)
		if len(html) <= MaxHTML || limit < 100 {
			return html
		}
		// Mostly the body is what is too long, so its share of the cap is
		// the next guess; the sixteenth taken off makes the loop end soon.
		limit = min(limit, len(clean)) * MaxHTML / len(html)
		limit -= limit/16 + 1
	}
}
