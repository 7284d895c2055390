package templates

import (
	"slices"
	"strings"

	"github.com/tradepost-mail/tradepost"
)

// outcomes are what a subject and a heading say of a transcript.
type outcomes struct {
	done    []string // in words
	not     []string // as typed, and waits too
	waits   []string
	posted  bool
	refused bool           // text was
	same    bool           // something was so already
	only    tradepost.Verb // why or help, where nothing else was asked
}

func tally(lang *language, parts []TranscriptPart) outcomes {
	var o outcomes
	add := func(list []string, s string) []string {
		if s == "" || slices.Contains(list, s) {
			return list
		}
		return append(list, s)
	}
	results := 0
	for _, p := range parts {
		o.posted = o.posted || p.Posted
		o.refused = o.refused || p.Refused != ""
		for _, r := range p.Results {
			results++
			verb := shortText("/" + string(r.Verb))
			switch r.State {
			case tradepost.CommandAsked:
				o.waits = add(o.waits, verb)
			case tradepost.CommandRefused:
				o.not = add(o.not, verb)
			case tradepost.CommandUnchanged:
				o.same = true
			default:
				past := lang.transcript.past[r.Verb]
				if past == "" {
					past = verb
				}
				o.done = add(o.done, past)
			}
			if results == 1 && (r.Verb == tradepost.VerbWhy || r.Verb == tradepost.VerbHelp) {
				o.only = r.Verb
			} else if r.Verb != o.only {
				o.only = ""
			}
		}
	}
	if o.posted {
		o.only = ""
		o.done = add(o.done, lang.transcript.pastPosted)
	}
	if o.refused || len(o.not) > 0 {
		o.only = ""
	}
	return o
}

func (o outcomes) heading(lang *language) string {
	w := &lang.transcript
	failed := len(o.not) > 0 || o.refused
	switch {
	case o.only == tradepost.VerbHelp:
		return w.titleHelp
	case o.only == tradepost.VerbWhy:
		return w.titleWhy
	case failed && len(o.done)+len(o.waits) > 0:
		return w.titlePart
	case failed:
		return w.titleNot
	case len(o.waits) > 0 && len(o.done) > 0:
		return w.titlePart
	case len(o.waits) > 0:
		return w.titleWaits
	case len(o.done) == 0 && o.same:
		return lang.pages.states[ActionUnchanged].title
	}
	return w.titleDone
}

// transcriptSubject says what did not work first, since it is the end that a
// list of mails cuts off; of many verbs it names as many as leave room for whose
// conversation it is.
func (l *Letters) transcriptSubject(lang *language, parts []TranscriptPart, o outcomes) string {
	var names []string
	for _, p := range parts {
		if name := l.safeName(p.Merchant.Name, ""); name != "" {
			names = append(names, name)
			break
		}
	}
	subject := ""
	for most := 3; most >= 0; most-- {
		says := o.says(lang, most)
		build := func(names []string) string {
			if len(names) == 0 {
				return says
			}
			return says + " " + lang.list(names, len(parts)-len(names))
		}
		subject = fitSubject(build, names...)
		if graphemes(build(names)) <= MaxSubject {
			break
		}
	}
	return subject
}

// says is a sentence for each thing that became of commands, with at most so
// many verbs; with none, what was done is left out beside what was not.
func (o outcomes) says(lang *language, most int) string {
	w := &lang.transcript
	if o.only != "" || len(o.not)+len(o.waits)+len(o.done) == 0 && !o.refused {
		return o.heading(lang) + "."
	}
	if most == 0 {
		most = 1
		if o.refused || len(o.not)+len(o.waits) > 0 {
			o.done = nil
		}
	}
	var says []string
	add := func(line string, list []string) {
		if len(list) == 0 {
			return
		}
		end := "."
		if len(list) > most {
			end = " …"
		}
		says = append(says, say(line, "what", strings.Join(list[:min(most, len(list))], ", ")).String()+end)
	}
	if o.refused {
		says = append(says, w.subjectRefused+".")
	}
	add(w.notDone, o.not)
	add(w.toConfirm, o.waits)
	add(w.done, o.done)
	return strings.Join(says, " ")
}
