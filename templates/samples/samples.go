// Package samples is every letter with invented data, to be looked at and checked:
// tradepost preview shows them, templates/check renders them in a browser.
//
// A sample is a letter in one of its states (an alert with action links, an answer
// that says a file was refused); a variant fills the same letter with ordinary
// data, with what an attacker would write, with the longest, or with other
// scripts. Adding a letter is one entry in one of the lists that All joins.
//
// It holds no letter's words, which are templates', sends nothing and reads
// nothing; all domains end in .example. The package starts no goroutine.
package samples

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tradepost-mail/tradepost/templates"
)

// Variant is the kind of data that a sample is filled with.
type Variant string

// The variants.
const (
	// Ordinary is what most letters hold, in the reader's language.
	Ordinary Variant = "sample"
	// Hostile is what strangers may try: markup and bidirectional controls in
	// names, javascript: links, header lines in subjects, a body of a megabyte.
	Hostile Variant = "hostile"
	// Long has names of 80 characters and more, German compounds, words without
	// a break, the longest texts a letter shows.
	Long Variant = "long"
	// Scripts has Arabic, Japanese and Hindi names and texts, beside the
	// reader's own language.
	Scripts Variant = "rtl"
)

// Variants lists them in the order in which they are shown.
func Variants() []Variant { return []Variant{Ordinary, Hostile, Long, Scripts} }

// ErrUnknown is wrapped by errors about a name that no sample has.
var ErrUnknown = errors.New("unknown sample")

// Sample is one letter that can be shown.
type Sample struct {
	Name   string // such as "digest-3"; lower case, unique
	Shows  string // what there is to see, in a few words
	Letter string // the method of templates.Letters that renders it, such as "Digest"
	// Sheet marks those that stand on the contact sheet: one for each thing to
	// look at, not one for each reason.
	Sheet bool

	render func(*templates.Letters, cast) (templates.Rendered, error)
}

// Render writes the letter for a reader of the locale (BCP 47).
func (s Sample) Render(l *templates.Letters, locale string, v Variant) (templates.Rendered, error) {
	c, err := castOf(locale, v)
	if err != nil {
		return templates.Rendered{}, err
	}
	r, err := s.render(l, c)
	if err != nil {
		return templates.Rendered{}, fmt.Errorf("sample %s in %s with %s data: %w", s.Name, locale, v, err)
	}
	return r, nil
}

// All lists every sample, those that tell first, then those that answer.
func All() []Sample {
	return slices.Concat(telling(), notices(), answers(), questions(), transcripts())
}

// Find returns the sample of a name; the error wraps ErrUnknown.
func Find(name string) (Sample, error) {
	all := All()
	if i := slices.IndexFunc(all, func(s Sample) bool { return s.Name == name }); i >= 0 {
		return all[i], nil
	}
	return Sample{}, fmt.Errorf("%w %q", ErrUnknown, name)
}

// at is an instant of the afternoon on which all samples play, in UTC.
func at(hour, minute int) time.Time {
	return time.Date(2026, time.November, 23, hour, minute, 0, 0, time.UTC)
}

// stockholm is the readers' zone, in winter.
func stockholm() *time.Location { return time.FixedZone("CET", 3600) }
