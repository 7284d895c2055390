package templates

// footerWords are a language's labels of the links that end a letter.
type footerWords struct {
	settings  string
	stop      string // of digests
	stopThese string // of other letters
	why       string
	whyByMail string // where there is no page that says why
}

// told ends a letter that tells of messages: what its reader can do about such
// letters, and how to learn why this one came.
func (p *page) told(lang *language, l Links, stop string) {
	p.offer(lang, l, stop)
	if ownURL(l.WhyURL) == "" {
		p.Links = append(p.Links, link{Label: say(lang.footer.whyByMail)})
	}
}

// offer adds links under the footer, a line each.
func (p *page) offer(lang *language, l Links, stop string) {
	for _, o := range []link{
		{Label: say(lang.footer.settings), URL: ownURL(l.SettingsURL)},
		{Label: say(stop), URL: ownURL(l.StopURL)},
		{Label: say(lang.footer.why), URL: ownURL(l.WhyURL)},
	} {
		if o.URL != "" {
			p.Links = append(p.Links, o)
		}
	}
}
