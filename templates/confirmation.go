package templates

import (
	"fmt"

	"github.com/tradepost-mail/tradepost"
)

// ConfirmationKind is what a confirmation confirms.
type ConfirmationKind string

// What is confirmed by a letter.
const (
	SettingsChanged ConfirmationKind = "settings_changed"
	DigestsStopped  ConfirmationKind = "digests_stopped"
)

// Confirmation tells a member what was changed of the mail they get.
type Confirmation struct {
	Links
	Locale   string // BCP 47, of the member
	Kind     ConfirmationKind
	Member   string // the recipient's name
	Partner  string // the recipient's team
	Role     string // "owner" or "member"; empty is a member
	Settings MailSettings
	// UndoURL is the page that starts digests again, of DigestsStopped; empty
	// leaves the settings' link.
	UndoURL string
}

// MailSettings are a member's settings as a letter shows them, of
// SettingsChanged.
type MailSettings struct {
	Alerts tradepost.AlertSetting // "" is the default
	// DigestHours is every how many hours a digest comes; DigestAt the time of day
	// ("07:00") of the only one a day, in place of it. Neither is no digest.
	DigestHours int
	DigestAt    string
	// QuietFrom and QuietUntil are times of day ("18:00"), in Zone; empty for no
	// quiet hours.
	QuietFrom, QuietUntil string
	Zone                  string // as its reader knows it, such as "Europe/Stockholm"
}

// confirmedWords are a language's words of confirmations.
type confirmedWords struct {
	changed, changedNow string // subject; {partner}
	alerts              map[tradepost.AlertSetting]string
	everyHour           string // of digests
	everyHours          func(n int) string
	daily               string // {time}
	noDigest            string
	quiet               string // {from} {until} {zone}
	notQuiet            string
	stopped, stoppedNow string // subject; {partner}
	stoppedMeans        string
	again               string // button
	againHow            string // where there is no button
	notYou              string
	why                 string // footer {as}
}

func (w confirmedWords) check() []error {
	return lacking("confirmed.alerts", w.alerts, tradepost.AlertFirstContact, tradepost.AlertNewConversation,
		tradepost.AlertEveryMessage, tradepost.AlertNever)
}

// Confirmation renders the letter. An unknown kind is an error.
func (l *Letters) Confirmation(c Confirmation) (Rendered, error) {
	lang := l.language(c.Locale)
	w := &lang.confirmed
	partner := l.safeName(c.Partner, lang.aPartner)
	v := noteView{}
	var subject string
	switch c.Kind {
	case SettingsChanged:
		subject = w.changed
		v.Says = []sentence{say(w.changedNow, "partner", partner)}
		v.Lines = lang.settingLines(c.Settings)
		v.Button = link{Label: say(lang.footer.settings), URL: ownURL(c.SettingsURL)}
	case DigestsStopped:
		subject = w.stopped
		v.Says = []sentence{say(w.stoppedNow, "partner", partner), say(w.stoppedMeans)}
		v.Button = link{Label: say(w.again), URL: ownURL(c.UndoURL)}
		if v.Button.URL == "" {
			v.Says = append(v.Says, say(w.againHow))
		}
	default:
		return Rendered{}, fmt.Errorf("confirmation: kind %q has no letter", c.Kind)
	}
	v.page = lang.page(subject, say(w.why).as(l.as(lang, c.Member, c.Partner, c.Role)))
	v.Heading = say(subject)
	v.After = []sentence{say(w.notYou)}
	links := c.Links
	links.StopURL = "" // a confirmation comes once
	if c.Kind == SettingsChanged {
		links.SettingsURL = "" // it is the button
	}
	v.offer(lang, links, "")
	return Rendered{FromName: l.market, Subject: subject, HTML: l.html(&v), Text: v.text()}, nil
}

// settingLines says in a line each when mail comes.
func (lang *language) settingLines(s MailSettings) []sentence {
	w := &lang.confirmed
	alerts := w.alerts[s.Alerts]
	if alerts == "" {
		alerts = w.alerts[tradepost.AlertFirstContact]
	}
	digest := say(w.noDigest)
	switch {
	case s.DigestAt != "":
		digest = say(w.daily, "time", shortText(s.DigestAt))
	case s.DigestHours == 1:
		digest = say(w.everyHour)
	case s.DigestHours > 1:
		digest = say(w.everyHours(s.DigestHours))
	}
	quiet := say(w.notQuiet)
	if s.QuietFrom != "" && s.QuietUntil != "" {
		quiet = say(w.quiet, "from", shortText(s.QuietFrom), "until", shortText(s.QuietUntil), "zone", shortText(s.Zone))
	}
	return []sentence{say(alerts), digest, quiet}
}
