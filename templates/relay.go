package templates

import "strings"

// Relay is a member's message as the merchant gets it: a person's letter, so
// mostly the body itself. It carries nothing of the member's address.
type Relay struct {
	Locale       string // BCP 47, of the merchant
	Author       string // the member who wrote
	Partner      string // the member's team
	MerchantName string // the recipient; the letter does not greet, so no language shows it yet
	Matter       Matter
	// Subject, if set, stands in place of the matter: the subject of the mail
	// that is answered. "Re:" is put before it unless it is there.
	Subject string
	Body    string // the newly written text, as stored
	Files   []File
	// FilesAttached says that the files are in this very mail.
	FilesAttached bool
	OpenURL       string // the merchant's page of the conversation; empty for no link
}

type relayView struct {
	page
	Body    body
	Files   []sentence
	Hint    sentence
	Open    string
	OpenURL href
}

func (v *relayView) html(m *markup) {
	m.begin(&v.page, false)
	m.section(false)
	m.body(v.Body, false)
	m.files(v.Files)
	m.p(m.s.detail, v.Hint)
	if v.OpenURL != "" {
		m.linked(m.s.detail, v.OpenURL, say(v.Open))
	}
	m.finish(&v.page)
}

// Relay renders a member's answer to a merchant. Reply-To must lead to the
// conversation. The body's limits are those of [Letters.Alert].
func (l *Letters) Relay(m Relay) (Rendered, error) {
	lang := l.language(m.Locale)
	partner := l.safeName(m.Partner, lang.aPartner)
	author := l.safeName(m.Author, "")
	from := partner
	v := relayView{
		Files:   lang.fileLines(m.Files, alertFiles, m.FilesAttached),
		Open:    lang.open,
		OpenURL: ownURL(m.OpenURL),
	}
	name := partner
	if author != "" {
		name = author
		from = say(lang.signed, "name", author, "partner", partner).String()
	}
	v.Hint = say(lang.replyHint, "name", name)

	about := cleanLine(m.Subject)
	for len(about) >= len(lang.re)-1 && strings.EqualFold(about[:len(lang.re)-1], strings.TrimSpace(lang.re)) {
		about = strings.TrimSpace(about[len(lang.re)-1:])
	}
	if about == "" {
		about = lang.matterName(m.Matter)
	}
	subject := fitSubject(func([]string) string { return lang.re + about })
	v.page = lang.page(subject, say(lang.whyRelay, "partner", partner, "market", l.market))

	r := Rendered{FromName: from, Subject: subject}
	r.HTML = l.fitBody(lang, m.Body, v.OpenURL, &v.Body, &v)

	p := v.plain()
	v.Body.write(&p)
	writeFiles(&p, v.Files)
	p.gap()
	p.line(v.Hint.text())
	if v.OpenURL != "" {
		p.link(v.Open, string(v.OpenURL))
	}
	p.footer(&v.page)
	r.Text = p.text()
	return r, nil
}
