package templates

import (
	"fmt"

	"github.com/tradepost-mail/tradepost"
)

// ActionPage is what the page behind an action link is about. Opening it changes
// nothing: it says what would happen, and its button does it.
type ActionPage struct {
	Locale string // BCP 47, of the person whom the link names
	// Verb is a command's, or an answer's to a question.
	Verb string
	// State is where the action is: one of the Action constants.
	State string
	// Name is the other side's; may be empty.
	Name string
	// Detail is what the action is about: a code, an emoji, the address of
	// "add"; with ActionRefused a reason of a command.
	Detail string
}

// The states of an action, as its page shows them.
const (
	ActionAsk       = "ask"       // not done yet
	ActionDone      = "done"      //
	ActionUnchanged = "unchanged" // it was so already
	ActionAsked     = "asked"     // waits for a mailed confirmation
	ActionRefused   = "refused"
	ActionExpired   = "expired"  // the link is too old
	ActionAnswered  = "answered" // the question was answered before
	ActionInvalid   = "invalid"  // the link is not one of ours
	ActionGone      = "gone"     // the conversation, or the person's part in it
)

// ActionWords are the words of an action's page: plain text, cleaned, to be
// escaped by the page.
type ActionWords struct {
	Lang, Dir   string
	Title, Text string
	Button      string // "" if there is nothing to do
	Note        string // small print; may be empty
}

// asking is what a page or a letter asks before something is done.
type asking struct {
	title  string // {name} {detail} {command}
	text   string // {name} {detail} {command}
	button string
	final  bool // it can't be taken back
}

// pageWords are a language's words of action pages.
type pageWords struct {
	asks map[string]asking // by verb or answer
	// qualifyCode is the text of qualify where a code is named.
	qualifyCode string // {name} {detail}
	askAny      asking // of another verb
	stop        stopWords
	final       string
	harmless    string // opening the page did nothing
	// states by ActionPage.State; of done the title alone.
	states   map[string]notice
	answered map[tradepost.QuestionAnswer]string // what an answer did: {name} {detail}
}

// stopWords are a language's words of the page that stops digests, and brings
// them back.
type stopWords struct {
	title        string // {name} {detail}
	unnamed      string // in place of title
	text, button string
	again        string            // the button that brings them back
	resumed      string            // once they are
	states       map[string]string // by ActionPage.State, in place of the usual text
}

// stopPage returns the words of the page that stops a member's digests: Name is the
// member's and Detail the team's name.
func (l *Letters) stopPage(lang *language, p ActionPage) ActionWords {
	w := &lang.pages.stop
	words := ActionWords{Lang: lang.tag, Dir: lang.dir}
	if p.State == ActionAsk {
		words.Title, words.Text, words.Button, words.Note = w.unnamed, w.text, w.button, lang.pages.harmless
		name, team := l.safeName(p.Name, ""), l.safeName(p.Detail, "")
		if name != "" && team != "" {
			words.Title = say(w.title, "name", name, "detail", team).String()
		}
		return words
	}
	state, ok := lang.pages.states[p.State]
	if !ok {
		state = lang.pages.states[ActionInvalid]
	}
	words.Title, words.Text = state.title, state.text
	if text := w.states[p.State]; text != "" {
		words.Text = text
	}
	return words
}

// resumePage returns the words of the button that brings digests back, and of the
// page that says they are.
func (l *Letters) resumePage(lang *language, p ActionPage) ActionWords {
	state := lang.pages.states[p.State]
	words := ActionWords{Lang: lang.tag, Dir: lang.dir, Title: state.title, Text: lang.pages.stop.resumed}
	if p.State == ActionAsk {
		words.Button = lang.pages.stop.again
	}
	return words
}

type notice struct{ title, text string }

func (w pageWords) check() []error {
	faults := lacking("pages.asks", w.asks, string(tradepost.VerbDone), string(tradepost.VerbQualify), string(tradepost.VerbMute),
		string(tradepost.VerbDecline), string(tradepost.VerbBlock), string(tradepost.VerbDelete))
	for _, a := range []tradepost.QuestionAnswer{tradepost.AnswerApprove, tradepost.AnswerAddAddress, tradepost.AnswerRevoke,
		tradepost.AnswerChoose, tradepost.AnswerConfirm} {
		faults = append(faults, lacking("pages.asks", w.asks, string(a))...)
		faults = append(faults, lacking("pages.answered", w.answered, a)...)
	}
	for verb, a := range w.asks {
		if a.title == "" || a.text == "" || a.button == "" {
			faults = append(faults, fmt.Errorf("pages.asks has no whole %q", verb))
		}
	}
	faults = append(faults, lacking("pages.stop.states", w.stop.states, ActionDone, ActionUnchanged, ActionExpired, ActionGone)...)
	return append(faults, lacking("pages.states", w.states, ActionDone, ActionUnchanged, ActionAsked, ActionRefused, ActionExpired,
		ActionAnswered, ActionInvalid, ActionGone)...)
}

// ask finds the words for a verb; detail is what stands behind it.
func (w *pageWords) ask(verb, detail string) asking {
	a, ok := w.asks[verb]
	if !ok {
		return w.askAny
	}
	if verb == string(tradepost.VerbQualify) && shortText(detail) != "" {
		a.text = w.qualifyCode
	}
	return a
}

// ActionPage returns the words of an action's page in the person's language. A
// state that it doesn't know is an invalid link.
func (l *Letters) ActionPage(p ActionPage) ActionWords {
	lang := l.language(p.Locale)
	switch p.Verb {
	case tradepost.StopDigests:
		return l.stopPage(lang, p)
	case tradepost.GetDigests:
		return l.resumePage(lang, p)
	}
	w := &lang.pages
	detail := shortText(p.Detail)
	if addrSpec(p.Detail) {
		detail = p.Detail
	}
	name := l.safeName(p.Name, lang.theOther)
	fill := func(line string) string {
		s := say(line, "name", name, "detail", detail, "text", detail, "tags", detail, "command", shortText("/"+p.Verb))
		if name == lang.theOther {
			s = s.capital()
		}
		return s.String()
	}
	words := ActionWords{Lang: lang.tag, Dir: lang.dir}
	if p.State == ActionAsk {
		a := w.ask(p.Verb, p.Detail)
		words.Title, words.Text, words.Button, words.Note = fill(a.title), fill(a.text), a.button, w.harmless
		if a.final {
			words.Note += " " + w.final
		}
		return words
	}
	state, ok := w.states[p.State]
	if !ok {
		state = w.states[ActionInvalid]
	}
	words.Title, words.Text = state.title, state.text
	verb := tradepost.Verb(p.Verb)
	switch p.State {
	case ActionDone:
		switch done := w.answered[tradepost.QuestionAnswer(p.Verb)]; {
		case done != "":
			words.Text = fill(done)
		case verb == tradepost.VerbQualify && detail != "":
			words.Text = fill(lang.transcript.qualifiedCode)
		default:
			words.Text = fill(orAny(lang.transcript.did, verb, lang.transcript.didAny))
		}
	case ActionUnchanged:
		if already := lang.transcript.already[verb]; already != "" {
			words.Text = fill(already)
		}
	case ActionRefused:
		if because := lang.transcript.refusedBecause[p.Detail]; because != "" {
			words.Text = because
		}
	}
	return words
}
