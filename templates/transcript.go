package templates

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost"
)

// Transcript says what became of a mail with commands, or of one of which some
// parts could not be posted.
type Transcript struct {
	Locale string         // BCP 47, of the author
	Name   string         // the author
	Zone   *time.Location // the author's; nil is UTC
	Parts  []TranscriptPart
}

// TranscriptPart is what was done in one conversation.
type TranscriptPart struct {
	Merchant Merchant
	Matter   Matter
	Posted   bool             // text or files went into the conversation
	Refused  tradepost.Reason // why they did not
	Results  []tradepost.CommandResult
	// ReplyAddress is the conversation's own address for this person, and
	// ReplySubject what its link fills in.
	ReplyAddress, ReplySubject string
	OpenURL                    string // the conversation's page; may be empty
}

// UndoneReply is what CommandResult.Undone says of a message; else it names a
// verb.
const UndoneReply = "reply"

// transcriptWords are a language's words of transcripts.
type transcriptWords struct {
	// Subjects: what was done, what was not, what waits, {what}; then names.
	done, notDone, toConfirm string
	// Headings.
	titleDone, titlePart, titleNot, titleWaits, titleHelp, titleWhy string
	past                                                            map[tradepost.Verb]string // "tagged"
	pastPosted, subjectRefused                                      string                    // "posted"; that a text was not

	posted    string
	notPosted string // the reason being unknown

	did, already   map[tradepost.Verb]string // {name} {text} {tags}
	qualifiedCode  string                    // in place of did for a code that was named: {text}
	didAny         string                    // {command}: of an unknown verb
	alreadyAny     string                    // {command}
	undoneReply    string
	undone         string // {command}
	asked          string // {command}
	refused        string // {command}
	refusedBecause map[string]string
	nothing        string // where there is no result at all

	told      map[tradepost.Outcome]string
	toldWhy   map[string]string
	sent      string // {time} {address}
	sentBare  string // {time}
	noTold    string // nothing is known of any message
	moreLines func(n int) string
	why       string // footer {market}
}

func (w transcriptWords) check() []error {
	faults := lacking("transcript.refusedBecause", w.refusedBecause, tradepost.CommandNothingToUndo, tradepost.CommandTooLate,
		tradepost.CommandNoMessage, tradepost.CommandNoCode, tradepost.CommandNotAllowed, tradepost.CommandTooMany, tradepost.CommandBlocked)
	faults = append(faults, lacking("transcript.told", w.told, "", tradepost.Alerted, tradepost.Digested, tradepost.Relayed,
		tradepost.ReadFirst, tradepost.Answered, tradepost.Suppressed, tradepost.OutcomeSkipped, tradepost.OutcomeFailed)...)
	return append(faults, lacking("transcript.toldWhy", w.toldWhy,
		string(tradepost.AlertFirstContact), string(tradepost.AlertNewConversation), string(tradepost.AlertEveryMessage),
		tradepost.ReasonMarked, tradepost.ReasonDeleted, tradepost.ReasonBlocked, tradepost.ReasonMuted, tradepost.ReasonUndone, tradepost.ReasonMemberGone,
		tradepost.ReasonOptedOut, tradepost.ReasonNothingLeft, tradepost.ReasonAlertCapped, tradepost.ReasonGaveUp,
		tradepost.ReasonUnknown, tradepost.ReasonLapsed)...)
}

type transcriptView struct {
	page
	Heading string
	Parts   []transcriptPartView
	More    string
}

type transcriptPartView struct {
	Name   string
	Facts  facts
	Lines  []transcriptLine
	Button link
	Links  []link
	mail   string // address of a reply link
}

// transcriptLine is what became of one command, or of the text.
type transcriptLine struct {
	Says  sentence
	Quote body // a note's text
	Told  []toldView
	Help  []sentence
}

type toldView struct{ When, Says sentence }

func (v *transcriptView) html(m *markup) {
	m.begin(&v.page, slices.ContainsFunc(v.Parts, func(p transcriptPartView) bool { return p.Button.URL != "" }))
	alone := len(v.Parts) == 1 && v.More == ""
	m.section(!alone)
	m.heading(say(v.Heading))
	if alone {
		m.row()
		v.Parts[0].html(m)
		m.finish(&v.page)
		return
	}
	m.end()
	for i := range v.Parts {
		last := i == len(v.Parts)-1 && v.More == ""
		m.ruled(last)
		v.Parts[i].html(m)
		if !last {
			m.end()
		}
	}
	if v.More != "" {
		m.ruled(true)
		m.words(m.s.text, v.More)
	}
	m.finish(&v.page)
}

func (p *transcriptPartView) html(m *markup) {
	m.second(p.Name, false)
	m.facts(p.Facts)
	for _, line := range p.Lines {
		m.p(m.s.after, line.Says)
		if line.Quote.Lines != nil {
			m.quote(line.Quote)
		}
		for _, t := range line.Told {
			m.p(m.s.time, t.When)
			m.p(m.s.text, t.Says)
		}
		for _, h := range line.Help {
			m.p(m.s.detail, h)
		}
	}
	m.button(p.Button)
	for _, o := range p.Links {
		m.linked(m.s.after, o.URL, o.Label)
	}
}

// room is how much of everything a transcript shows: less and less, until the
// letter fits.
type room struct{ parts, results, told, chars int }

func (r room) less() room {
	return room{max(1, r.parts/2), max(1, r.results/2), max(1, r.told/2), max(60, r.chars/2)}
}

// Transcript renders what was done, what was not and why. It shows at most
// [MaxConversations] parts, of each 20 results, 36 lines of /why together and
// [MaxMessageChars] of a note, less where the HTML would pass [MaxHTML]. A
// transcript without parts is an error.
func (l *Letters) Transcript(t Transcript) (Rendered, error) {
	if len(t.Parts) == 0 {
		return Rendered{}, fmt.Errorf("transcript: no part: nothing was done, so send nothing")
	}
	lang := l.language(t.Locale)
	zone := t.Zone
	if zone == nil {
		zone = time.UTC
	}
	sum := tally(lang, t.Parts)
	subject := l.transcriptSubject(lang, t.Parts, sum)
	v := transcriptView{page: lang.page(subject, say(lang.transcript.why, "market", l.market)), Heading: sum.heading(lang)}
	if name := l.safeName(t.Name, ""); name != "" {
		v.Footer = append(v.Footer, say(lang.question.forPerson, "name", name))
	}
	for r := (room{MaxConversations, 20, 36, MaxMessageChars}); ; r = r.less() {
		v.Parts, v.More = nil, ""
		for _, part := range t.Parts[:min(r.parts, len(t.Parts))] {
			v.Parts = append(v.Parts, l.transcriptPart(lang, part, zone, &r, len(t.Parts) == 1))
		}
		if n := len(t.Parts) - len(v.Parts); n > 0 {
			v.More = lang.moreTalks(n)
		}
		html := l.html(&v)
		if len(html) <= MaxHTML || r == r.less() {
			return Rendered{FromName: l.market, Subject: subject, Text: v.text(), HTML: html}, nil
		}
	}
}

func (l *Letters) transcriptPart(lang *language, part TranscriptPart, zone *time.Location, r *room, alone bool) transcriptPartView {
	v := transcriptPartView{Name: l.safeName(part.Merchant.Name, lang.aMerchant), Facts: l.facts(lang, part.Merchant, part.Matter)}
	w := &lang.transcript
	if part.Posted {
		v.Lines = append(v.Lines, transcriptLine{Says: say(w.posted)})
	}
	if part.Refused != "" {
		v.Lines = append(v.Lines, transcriptLine{Says: l.notPosted(lang, part)})
	}
	for i, res := range part.Results {
		if i == r.results {
			v.Lines = append(v.Lines, transcriptLine{Says: say(w.moreLines(len(part.Results) - i))})
			break
		}
		v.Lines = append(v.Lines, l.transcriptLine(lang, part, res, zone, r))
	}
	if len(v.Lines) == 0 {
		v.Lines = append(v.Lines, transcriptLine{Says: say(w.nothing)})
	}
	if u := ownURL(part.OpenURL); u != "" && !part.gone() {
		if alone {
			v.Button = link{Label: say(lang.open), URL: u, page: true}
		} else {
			v.Links = append(v.Links, link{Label: say(lang.openShort), URL: u, page: true})
		}
	}
	if u := mailto(part.ReplyAddress, cut(cleanLine(part.ReplySubject), MaxSubject)); u != "" && part.open() {
		v.mail = part.ReplyAddress
		name := l.safeName(part.Merchant.Name, lang.theMerchant)
		v.Links = append([]link{{Label: say(lang.replyTo, "name", name), URL: u}}, v.Links...)
	}
	return v
}

// gone reports a conversation that is no more.
func (p TranscriptPart) gone() bool {
	return p.Refused == tradepost.ReasonClosed || slices.ContainsFunc(p.Results, func(r tradepost.CommandResult) bool {
		return r.Verb == tradepost.VerbDelete && r.State == tradepost.CommandDone
	})
}

// open reports whether a reply would be taken: not where the conversation is gone,
// the merchant is blocked or the person no longer a member.
func (p TranscriptPart) open() bool {
	return !p.gone() && p.Refused != tradepost.ReasonNotMember && p.Refused != tradepost.ReasonRefusedBlocked &&
		!slices.ContainsFunc(p.Results, func(r tradepost.CommandResult) bool {
			return r.Verb == tradepost.VerbBlock && (r.State == tradepost.CommandDone || r.State == tradepost.CommandUnchanged)
		})
}

// notPosted says it in the words of the letter that refuses a whole mail.
func (l *Letters) notPosted(lang *language, part TranscriptPart) sentence {
	why, ok := lang.answers[string(part.Refused)]
	name := l.safeName(part.Merchant.Name, "")
	what := why.what
	// The partner whom a member has left is not known here, nor is a limit.
	if (name == "" || part.Refused == tradepost.ReasonNotMember) && why.unnamed != "" {
		what = why.unnamed
	}
	if !ok || strings.Contains(what, "{size}") {
		return say(lang.transcript.notPosted)
	}
	return say(what+" "+why.do, "name", name)
}

// transcriptLine says what became of one command: in its own words for what is
// known, else by repeating the command.
func (l *Letters) transcriptLine(lang *language, part TranscriptPart, res tradepost.CommandResult, zone *time.Location, r *room) transcriptLine {
	w := &lang.transcript
	name := l.safeName(part.Merchant.Name, lang.theMerchant)
	command := typed(res.Command)
	fill := func(line string) sentence {
		return say(line, "name", name, "text", shortText(res.Text), "tags", lang.tagList(res.Tags), "command", command)
	}
	var line transcriptLine
	switch res.State {
	case tradepost.CommandAsked:
		line.Says = fill(w.asked)
	case tradepost.CommandRefused:
		line.Says = fill(w.refused)
		if because := w.refusedBecause[res.Reason]; because != "" {
			line.Says = append(line.Says, piece{Text: " " + because})
		}
	case tradepost.CommandUnchanged:
		line.Says = fill(orAny(w.already, res.Verb, w.alreadyAny))
	default:
		line.Says = fill(orAny(w.did, res.Verb, w.didAny))
	}
	if res.State != tradepost.CommandDone {
		if res.Verb == tradepost.VerbNote { // what was typed is not lost with the mail
			line.Quote = lang.noteBody(res.Text, r.chars)
		}
		return line
	}
	switch res.Verb {
	case tradepost.VerbQualify:
		if shortText(res.Text) != "" {
			line.Says = fill(w.qualifiedCode)
		}
	case tradepost.VerbNote:
		line.Quote = lang.noteBody(res.Text, r.chars)
	case tradepost.VerbUndo:
		switch {
		case res.Undone == UndoneReply:
			line.Says = fill(w.undoneReply)
		case res.Undone != "":
			line.Says = say(w.undone, "command", shortText("/"+res.Undone))
		}
	case tradepost.VerbWhy:
		line.Told = l.tellWhy(lang, part, res.Why, zone, r)
	case tradepost.VerbHelp:
		line.Help = lang.help()
	default:
	}
	return line
}

func orAny(table map[tradepost.Verb]string, verb tradepost.Verb, other string) string {
	if line := table[verb]; line != "" {
		return line
	}
	return other
}

// noteBody shows a note as it was typed.
func (lang *language) noteBody(text string, limit int) body {
	b := lang.newBody(oneBlank(cleanText(text)), limit, "")
	if b.Rest != "" {
		b.Rest = lang.question.keptWhole
	}
	return b
}

// tellWhy is the answer to /why: a line for each message, at the reader's times.
func (l *Letters) tellWhy(lang *language, part TranscriptPart, why []tradepost.Told, zone *time.Location, r *room) []toldView {
	w := &lang.transcript
	if len(why) == 0 {
		return []toldView{{When: say(w.noTold)}}
	}
	about := l.safeName(part.Merchant.Name, lang.aMerchant)
	var out []toldView
	for i, t := range why {
		if r.told == 0 {
			return append(out, toldView{When: say(lang.moreMessages(len(why) - i))})
		}
		r.told--
		v := toldView{When: say(lang.moment(t.MessageAt, zone))}
		if name := l.safeName(t.Merchant, lang.aMerchant); name != about {
			v.When = append(v.When, piece{Text: " "}, piece{Text: name, Name: true})
		}
		told := w.told[t.Outcome]
		if told == "" {
			told = w.told[tradepost.OutcomeSkipped]
		}
		v.Says = say(told)
		add := func(s sentence) { v.Says = append(append(v.Says, piece{Text: " "}), s...) }
		if at := lang.moment(t.SentAt, zone); t.SentAt != "" {
			if addrSpec(t.Address) {
				add(say(w.sent, "time", at, "address", t.Address))
			} else {
				add(say(w.sentBare, "time", at))
			}
		}
		if because := w.toldWhy[t.Reason]; because != "" {
			add(say(because))
		}
		out = append(out, v)
	}
	return out
}

// moment is an instant of RFC 3339 in a zone, with its day and the zone.
func (lang *language) moment(at string, zone *time.Location) string {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return lang.timeless
	}
	return lang.instant(t.In(zone))
}

func (v *transcriptView) text() string {
	p := v.plain()
	p.line(v.Heading)
	for _, part := range v.Parts {
		p.gap()
		p.rule()
		p.line(part.Name)
		part.Facts.write(&p)
		for _, line := range part.Lines {
			p.gap()
			p.line(line.Says.text())
			if line.Quote.Lines != nil {
				p.gap()
				line.Quote.write(&p)
			}
			for _, t := range line.Told {
				p.gap()
				p.line(t.When.text())
				if t.Says != nil {
					p.line(t.Says.text())
				}
			}
			if line.Help != nil {
				p.gap()
			}
			for _, h := range line.Help {
				p.line(h.text())
			}
		}
		p.gap()
		for _, o := range append(slices.Clone(part.Links), part.Button) {
			switch {
			case o.URL == "":
			case o.page:
				p.link(o.Label.text(), string(o.URL))
			default:
				p.link(o.Label.text(), part.mail)
			}
		}
	}
	if v.More != "" {
		p.gap()
		p.rule()
		p.line(v.More)
	}
	p.footer(&v.page)
	return p.text()
}
