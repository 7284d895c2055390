package templates

// SignInPage is where somebody is on their way in: they name their address, look
// into their mail, and press the button behind its link.
type SignInPage struct {
	Locale string // BCP 47
	State  string // one of the SignIn constants
}

// The states of signing in, as its page shows them.
const (
	SignInAsk       = "ask"       // for an address
	SignInSent      = "sent"      // look into the mail
	SignInGo        = "go"        // a button for each team
	SignInElsewhere = "elsewhere" // the link is another browser's, or none of ours
	SignInOver      = "over"      // the link was used, or is too old
	SignInDone      = "done"
)

// SignInPageWords are the words of the page: plain text, to be escaped by it.
type SignInPageWords struct {
	Lang, Dir   string
	Title, Text string
	Label       string // of the field for the address
	Button      string // of SignInAsk, and of the way back to it
}

// signInPageWords are a language's words of the page.
type signInPageWords struct {
	states map[string]notice // {market}
	label  string
	ask    string // the button
	as     string // the button that signs in: {name} {partner}
	again  string // the way to a new link
}

func (w signInPageWords) check() []error {
	return lacking("signInPage.states", w.states, SignInAsk, SignInSent, SignInGo, SignInElsewhere, SignInOver, SignInDone)
}

// SignInPage returns the words of the page. A state that it doesn't know asks for
// an address.
func (l *Letters) SignInPage(p SignInPage) SignInPageWords {
	lang := l.language(p.Locale)
	w := &lang.signInPage
	state, ok := w.states[p.State]
	if !ok {
		state = w.states[SignInAsk]
	}
	words := SignInPageWords{
		Lang: lang.tag, Dir: lang.dir, Title: say(state.title, "market", l.market).String(), Text: say(state.text, "market", l.market).String(),
		Label: w.label, Button: w.ask,
	}
	if ok && p.State != SignInAsk {
		words.Button = w.again
	}
	return words
}

// SignInAs returns the words of the button that signs in as a member of a team.
func (l *Letters) SignInAs(locale, name, partner string) string {
	return say(l.language(locale).signInPage.as, "name", l.safeName(name, "?"), "partner", l.safeName(partner, "?")).String()
}
