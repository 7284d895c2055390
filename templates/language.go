package templates

import (
	"errors"
	"fmt"
	"reflect"
	"time"
)

// language is every word of the letters in one language. Lines hold places in
// braces, filled by [say]; what depends on a number, a list or a date is a
// function, since plurals, lists and dates follow each language's own rules.
//
// To add a language: copy en.go, translate it, list it in [New].
type language struct {
	tag string // BCP 47 primary subtag, such as "en"
	dir string // "ltr" or "rtl"

	// Where a name is missing or could deceive.
	aMerchant, aPartner string
	theMerchant         string // the same within a sentence

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
	window          func(from, until time.Time) string
	at              func(t, until time.Time) string // when one message came
	replyTo         string                          // {name}
	openShort       string
	moreMessages    func(n int) string
	moreTalks       func(n int) string // conversations not shown
	moreTalksNoLink func(n int) string

	// answers by Answer.Reason.
	answers        map[string]refusal
	notSent        string // subject {name}
	notSentUnnamed string
	nothingPosted  string // footer {market}

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
}

// check reports what a translator forgot.
func (lang *language) check() error {
	var faults []error
	v := reflect.ValueOf(*lang)
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			faults = append(faults, fmt.Errorf("%s is missing", v.Type().Field(i).Name))
		}
	}
	for _, kind := range []string{"service", "opportunity", "qualification", "inventory", "product", "integration"} {
		if lang.kinds[kind] == "" {
			faults = append(faults, fmt.Errorf("kinds has no %q", kind))
		}
	}
	for _, reason := range []string{"too_big", "ambiguous", "not_a_member", "expired", "unknown_address", "empty", "closed", "blocked", "unsupported"} {
		if r := lang.answers[reason]; r.what == "" || r.do == "" {
			faults = append(faults, fmt.Errorf("answers has no whole %q", reason))
		}
	}
	for _, reason := range []string{"first_contact", "new_conversation", "every_message"} {
		if lang.whyAlert[reason] == "" {
			faults = append(faults, fmt.Errorf("whyAlert has no %q", reason))
		}
	}
	return errors.Join(faults...)
}
