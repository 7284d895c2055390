package templates

import (
	"cmp"
	"time"
)

// Reminder tells a whole team of a first contact that nobody has answered.
type Reminder struct {
	Links
	Locale   string // BCP 47, of the member
	Member   string // the recipient's name
	Partner  string // the recipient's team
	Role     string // "owner" or "member"; empty is a member
	Merchant Merchant
	Matter   Matter
	Body     string // the merchant's first message, as stored
	Files    []File
	OpenURL  string        // the conversation's page; empty for no link and no button
	Waiting  time.Duration // since the message came: shown in hours, from three days on in days
	// Actions stand as links under the button: see [Letters.Alert].
	Actions []ActionLink
}

// reminderWords are a language's words of reminders.
type reminderWords struct {
	subject     string // {time} {name}
	says        string // {partner} {time}
	hours, days func(n int) string
	why         string // footer {as}
}

// Reminder renders the reminder. Reply-To must lead to the conversation. The
// body's limits are those of [Letters.Alert].
func (l *Letters) Reminder(r Reminder) (Rendered, error) {
	lang := l.language(r.Locale)
	w := &lang.reminder
	name := l.safeName(r.Merchant.Name, lang.aMerchant)
	waited := w.waited(r.Waiting)
	v := alertView{
		Name:    name,
		Facts:   l.facts(lang, r.Merchant, r.Matter),
		Says:    say(w.says, "partner", l.safeName(r.Partner, lang.aPartner), "time", waited),
		Files:   lang.fileLines(r.Files, alertFiles, false),
		Hint:    say(lang.replyHint, "name", l.safeName(r.Merchant.Name, lang.theMerchant)),
		Button:  link{Label: say(lang.open), URL: ownURL(r.OpenURL), page: true},
		Actions: l.actionLinks(lang, r.Actions, r.Merchant.Name),
	}
	subject := fitSubject(func(names []string) string {
		return say(w.subject, "time", waited, "name", names[0]).String()
	}, name)
	v.page = lang.page(subject, say(w.why).as(l.as(lang, r.Member, r.Partner, r.Role)))
	v.Preheader = preheader(r.Body)
	v.told(lang, r.Links, lang.footer.stopThese)
	html := l.fitBody(lang, r.Body, v.Button.URL, &v.Body, &v)
	return Rendered{FromName: l.market, Subject: subject, HTML: html, Text: v.text()}, nil
}

// waited is a time in whole hours, at least one, or in days from three on.
func (w *reminderWords) waited(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= 3*day {
		return w.days(int(d / day))
	}
	return w.hours(cmp.Or(int(max(d, 0)/time.Hour), 1))
}
