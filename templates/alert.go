package templates

import (
	"fmt"

	"github.com/tradepost-mail/tradepost"
)

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
	Body    body
	Files   []sentence
	Hint    sentence
	Button  link
	Actions []link
}

// Alert renders the letter of a first contact, or of whatever the member's
// rule calls for. Reply-To must lead to the conversation: the letter says so.
// A body over [MaxBodyChars], or one that would make the HTML larger than
// [MaxHTML], ends in "Read the rest" when there is an OpenURL; without one
// there is nowhere to read it, and it is shown whole. Action links are those of
// done, decline, mute, qualify, block and delete.
func (l *Letters) Alert(a Alert) (Rendered, error) {
	lang := l.language(a.Locale)
	name := SafeName(a.Merchant.Name, l.market, lang.aMerchant)
	v := alertView{
		Name:    name,
		Facts:   l.facts(lang, a.Merchant, a.Matter),
		Files:   lang.fileLines(a.Files, alertFiles, a.FilesAttached),
		Hint:    say(lang.replyHint, "name", SafeName(a.Merchant.Name, l.market, lang.theMerchant)),
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
	v.page = lang.page(subject, say(why, "as", l.as(lang, a.Member, a.Partner, a.Role)))

	var err error
	r := Rendered{FromName: say(lang.via, "name", name, "market", l.market).String(), Subject: subject}
	r.HTML, err = l.fitBody(lang, "alert.html", a.Body, v.Button.URL, func(b body) any { v.Body = b; return v })
	if err != nil {
		return Rendered{}, fmt.Errorf("alert: %w", err)
	}

	p := v.plain()
	p.line(name)
	v.Facts.write(&p)
	p.gap()
	v.Body.write(&p)
	writeFiles(&p, v.Files)
	p.gap()
	p.line(v.Hint.String())
	for _, o := range append([]link{v.Button}, v.Actions...) {
		if o.URL != "" {
			p.link(o.Label.String(), o.URL)
		}
	}
	p.footer(v.Footer)
	r.Text = p.b.String()
	return r, nil
}

// actionLinks labels the links that lead somewhere and have words.
func (l *Letters) actionLinks(lang *language, actions []ActionLink, merchant string) []link {
	var links []link
	for _, a := range actions {
		label, u := lang.actions[a.Verb], ownURL(a.URL)
		if label != "" && u != "" {
			links = append(links, link{Label: say(label, "name", SafeName(merchant, l.market, lang.theMerchant)), URL: u, page: true})
		}
	}
	return links
}

func (lang *language) page(title string, footer ...sentence) page {
	return page{Lang: lang.tag, Dir: lang.dir, Title: title, Footer: footer, colon: lang.colon}
}

// as says in which role somebody gets a letter.
func (l *Letters) as(lang *language, member, partner, role string) string {
	line := lang.as
	if role == "owner" {
		line = lang.asOwner
	}
	member = SafeName(member, l.market, "")
	if member == "" {
		line = lang.asPartner
	}
	return say(line, "member", member, "partner", SafeName(partner, l.market, lang.aPartner)).String()
}

// fitBody renders a frame around a body, cutting the body until the HTML is
// at most [MaxHTML] bytes. The last body given to view is the one shown.
func (l *Letters) fitBody(lang *language, frame, text, rest string, view func(body) any) (string, error) {
	clean := cleanText(text)
	limit := MaxBodyChars
	if rest == "" {
		limit = len(clean) + len(lang.noText)
	}
	for {
		html, err := l.html(frame, view(lang.newBody(clean, limit, rest)))
		if err != nil || rest == "" || len(html) <= MaxHTML || limit < 100 {
			return html, err
		}
		// Mostly the body is what is too long, so its share of the cap is
		// the next guess; the sixteenth taken off makes the loop end soon.
		limit = min(limit, len(clean)) * MaxHTML / len(html)
		limit -= limit/16 + 1
	}
}
