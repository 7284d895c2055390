package templates

import (
	"cmp"
	"errors"
	"time"
)

// SignIn carries the link by which somebody signs in.
type SignIn struct {
	Locale string // BCP 47, of the person
	// URL is the page whose button signs in: opening it does nothing yet, since
	// scanners open links. Required.
	URL  string
	Life time.Duration  // of the link, shown in minutes; 0 is 15 minutes
	At   time.Time      // when it was asked for; zero leaves it out
	Zone *time.Location // the person's; nil is UTC
	// From says where it was asked from, such as "Firefox on Linux, 203.0.113.7".
	// It comes from the asking browser, so it is a stranger's; may be empty.
	From string
}

// signInWords are a language's words of sign-in letters.
type signInWords struct {
	subject string // {market}
	what    string // {minutes}
	minutes func(n int) string
	button  string
	page    string // what the link opens
	asked   string // {time}
	from    string // {from}
	notYou  string
	why     string // footer {market}
}

// SignIn renders the letter. A link that can't be shown is an error: without it
// the letter is for nothing.
func (l *Letters) SignIn(s SignIn) (Rendered, error) {
	lang := l.language(s.Locale)
	w := &lang.signIn
	button := link{Label: say(w.button), URL: ownURL(s.URL)}
	if button.URL == "" {
		return Rendered{}, errors.New("sign-in: the link is no http or https link")
	}
	life := cmp.Or(s.Life, 15*time.Minute)
	subject := fitSubject(func([]string) string { return say(w.subject, "market", l.market).String() })
	v := noteView{
		page:    lang.page(subject, say(w.why, "market", l.market)),
		Heading: say(w.subject, "market", l.market),
		Says:    []sentence{say(w.what, "minutes", w.minutes(max(1, int(life/time.Minute)))), say(w.page)},
		Button:  button,
	}
	if !s.At.IsZero() {
		v.After = append(v.After, say(w.asked, "time", lang.instant(s.At.In(cmp.Or(s.Zone, time.UTC)))))
	}
	if from := cut(cleanLine(s.From), lineOf); visible(from) != "" {
		v.After = append(v.After, say(w.from, "from", from))
	}
	v.After = append(v.After, say(w.notYou))
	return Rendered{FromName: l.market, Subject: subject, HTML: l.html(&v), Text: v.text()}, nil
}
