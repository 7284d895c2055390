package templates

import (
	"errors"
	"fmt"
	"reflect"
	"time"

	xlanguage "golang.org/x/text/language"

	"github.com/tradepost-mail/tradepost"
)

// language is every word of the letters in one language. Lines hold places in
// braces, filled by [say]; what depends on a number, a list or a date is a
// function, since plurals, lists and dates follow each language's own rules.
//
// To add a language: copy en.go, translate it, list it in languages.
type language struct {
	tag string // BCP 47 primary subtag, such as "en"
	dir string // "ltr" or "rtl"

	// Where a name is missing or could deceive.
	aMerchant, aPartner string
	theMerchant         string // the same within a sentence
	theOther            string // within a sentence, where it may be either side

	numbers numbers

	colon string                                // between a label and what it names
	list  func(names []string, more int) string // more: how many are not named

	via       string // {name} {market}: the From name of an alert
	noStore   string
	noText    string
	noName    string // of a file
	attached  string // {file} {size}
	elsewhere string // {file} {size}: listed, but not in this mail
	moreFiles func(n int) string
	size      func(bytes int64) string

	// kinds by Matter.Kind; anyKind where it is missing or unknown.
	kinds   map[string]string
	anyKind string

	replyHint string // {name}: reply to this mail, and who gets it
	open      string // the button or link to the conversation
	readRest  string // link after a cut message
	cutHere   string // the same where there is no link
	signed    string // {name} {partner}: the From name of a relay
	re        string // "Re: ", left in English by RFC 5322 3.6.5

	digestHeading   func(unread, conversations int) string
	digestSubject   func(unread int, names []string, more int) string
	digestIntro     string // {partner} {window}
	digestReplies   string // how to answer, when each item has a reply link
	digestMarks     string // the same, when each has a mark to write under as well
	answerHere      string // {name}: the line to write under; the mark follows it
	replyTo         string // {name}
	openShort       string
	moreMessages    func(n int) string
	moreTalks       func(n int) string // conversations not shown
	moreTalksNoLink func(n int) string

	// Times, in the reader's own zone.
	day       func(t time.Time) string // with its weekday, without the year
	date      func(t time.Time) string // with the year
	untilNow  string
	untilThen string // {until}
	fromTo    string // {from} {until}
	timeless  string // in place of a message's time

	// answers by Answer.Reason.
	answers        map[string]refusal
	notSent        string // subject {name}
	notSentUnnamed string
	held           string // subject {name}
	heldUnnamed    string
	nothingPosted  string // footer {market}
	heldSoFar      string // footer {market}

	// commands by verb: what each does, one line.
	commands      map[tradepost.Verb]string
	commandsStand string // where commands are written
	// actions by verb are the links of an alert: {name}
	actions map[tradepost.Verb]string

	footer     footerWords
	reminder   reminderWords
	proposal   proposalWords
	signIn     signInWords
	signInPage signInPageWords
	confirmed  confirmedWords
	question   questionWords
	transcript transcriptWords
	pages      pageWords

	whyAlert  map[string]string // by Alert.Reason: {as}
	whyAny    string            // {as}, the reason being unknown
	whyDigest string            // {as}
	whyRelay  string            // {partner} {market}
	as        string            // {member} {partner}
	asOwner   string            // {member} {partner}
	asPartner string            // {partner}, the member's name being unknown

	// separators are the beginnings of lines that only our letters have.
	separators []string
}

// refusal says what happened and what to do now; {name} is the other side or
// the partner, {size} the limit.
type refusal struct {
	subject string // empty for the usual one
	what    string
	unnamed string // what, where {name} is unknown; empty if what has no {name}
	do      string
	held    bool // the mail waits; it was not refused
}

// check reports what a translator forgot.
func (lang *language) check() error {
	faults := blanks(reflect.ValueOf(*lang), "")
	faults = append(faults, lacking("kinds", lang.kinds,
		"service", "opportunity", "qualification", "inventory", "product", "integration")...)
	faults = append(faults, lacking("answers", lang.answers, "unsupported", "held", string(tradepost.ReasonAmbiguous))...)
	for _, reason := range reasonsWithLetter() {
		faults = append(faults, lacking("answers", lang.answers, string(reason))...)
	}
	for reason, r := range lang.answers {
		if r.what == "" || r.do == "" {
			faults = append(faults, fmt.Errorf("answers has no whole %q", reason))
		}
	}
	faults = append(faults, lacking("whyAlert", lang.whyAlert, "first_contact", "new_conversation", "every_message")...)
	for _, c := range commands() {
		faults = append(faults, lacking("commands", lang.commands, c.verb)...)
		faults = append(faults, lacking("transcript.past", lang.transcript.past, c.verb)...)
		faults = append(faults, lacking("transcript.did", lang.transcript.did, c.verb)...)
		faults = append(faults, lacking("transcript.already", lang.transcript.already, c.verb)...)
	}
	faults = append(faults, lacking("actions", lang.actions,
		tradepost.VerbDone, tradepost.VerbDecline, tradepost.VerbMute, tradepost.VerbQualify)...)
	faults = append(faults, lang.proposal.check()...)
	faults = append(faults, lang.confirmed.check()...)
	faults = append(faults, lang.question.check()...)
	faults = append(faults, lang.transcript.check()...)
	faults = append(faults, lang.signInPage.check()...)
	faults = append(faults, lang.pages.check()...)
	return errors.Join(faults...)
}

// reasonsWithLetter are the reasons that the root package marks so.
func reasonsWithLetter() []tradepost.Reason {
	return []tradepost.Reason{
		tradepost.ReasonTooBig, tradepost.ReasonFileRefused, tradepost.ReasonNotMember, tradepost.ReasonTokenExpired,
		tradepost.ReasonTokenRevoked, tradepost.ReasonEmptyMail, tradepost.ReasonClosed, tradepost.ReasonRefusedBlocked,
		tradepost.ReasonUnknownAddress, tradepost.ReasonUnknownCommand, tradepost.ReasonUnclearAnswer, tradepost.ReasonTooMany, tradepost.ReasonUnauthenticated,
	}
}

// blanks lists every word that is missing, by the path to it. What a map should
// hold is for [lacking]; a refusal may do without some of its parts.
func blanks(v reflect.Value, path string) []error {
	var faults []error
	for i := range v.NumField() {
		name := path + v.Type().Field(i).Name
		switch f := v.Field(i); {
		case f.Type() == reflect.TypeFor[xlanguage.Tag]():
			if f.IsZero() {
				faults = append(faults, fmt.Errorf("%s is missing", name))
			}
		case f.Kind() == reflect.Struct:
			faults = append(faults, blanks(f, name+".")...)
		case f.Kind() != reflect.Bool && f.IsZero():
			faults = append(faults, fmt.Errorf("%s is missing", name))
		}
	}
	return faults
}

// lacking lists the keys that a table has nothing for.
func lacking[K ~string, V comparable](name string, table map[K]V, keys ...K) []error {
	var faults []error
	var nothing V
	for _, k := range keys {
		if table[k] == nothing {
			faults = append(faults, fmt.Errorf("%s has no %q", name, k))
		}
	}
	return faults
}
