package tradepost

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Wanted is what a merchant asks several partners for.
type Wanted struct {
	Service  string // its name, in any case
	Language string // ISO 639, such as "sv"; "" = any
}

// Candidate is a service of a partner who may be asked, as of now.
type Candidate struct {
	PartnerID int64
	ServiceID int64
	Published bool
	Service   string   // its name
	Languages []string // in which it is offered; none = any
	// Leads are the open leads of the partner: the requests that matching gave them
	// within LeadFor, whatever became of those. An answer, a decline, a mark or a
	// finished job closes none: who answers at once is not asked less than who lets
	// merchants wait, and nobody gets more by declining.
	Leads int
	// LastLead is when they were given the latest of these; zero = none.
	LastLead time.Time
}

// LeadFor is how long a lead counts as open.
const LeadFor = 30 * 24 * time.Hour

// Matching is a rule that selects whom a request goes to: up to count of the
// candidates, the best first, no partner twice. It is given no more than MatchAmong
// candidates, those with the best Score. It must not look at anything else, nor keep
// anything.
type Matching func(w Wanted, candidates []Candidate, count int) []Candidate

// How many partners a request goes to unless the installation says otherwise, and
// among how many candidates a rule selects.
const (
	DefaultMatchCount = 3
	MaxMatchCount     = 20
	MatchAmong        = 200
)

// What counts for a candidate. Each weighs more than all that come after it can
// together; a candidate without the service, or with other languages only, isn't
// selected at all.
const (
	matchService     = 4_000_000
	matchLanguage    = 2_000_000 // it is offered in the language asked for, by name
	matchAnyLanguage = 1_000_000 // it is offered in any, or none is asked for
	matchLead        = -1        // each open lead
	matchMostLeads   = 900_000
)

// Score is what a candidate weighs, more is better; 0 = not to be selected.
func (w Wanted) Score(c Candidate) int {
	if !c.Published || !strings.EqualFold(c.Service, w.Service) {
		return 0
	}
	score := matchService + matchLead*min(c.Leads, matchMostLeads)
	switch {
	case w.Language == "" || len(c.Languages) == 0:
		return score + matchAnyLanguage
	case slices.Contains(c.Languages, w.Language):
		return score + matchLanguage
	}
	return 0
}

// Match is the rule in use unless the installation replaces it: by Score, among equals
// whoever was given a lead the longest ago, and then the lower id. The order of
// candidates doesn't matter.
func Match(w Wanted, candidates []Candidate, count int) []Candidate {
	var fit []Candidate
	for _, c := range candidates {
		if w.Score(c) > 0 {
			fit = append(fit, c)
		}
	}
	slices.SortFunc(fit, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(w.Score(b), w.Score(a)), a.LastLead.Compare(b.LastLead),
			cmp.Compare(a.PartnerID, b.PartnerID), cmp.Compare(a.ServiceID, b.ServiceID))
	})
	asked := make(map[int64]bool)
	fit = slices.DeleteFunc(fit, func(c Candidate) bool {
		before := asked[c.PartnerID]
		asked[c.PartnerID] = true
		return before
	})
	return fit[:min(max(count, 0), len(fit))]
}

// JobRequest is a job description that goes to several partners.
type JobRequest struct {
	Wanted
	Merchant    Merchant
	Body        string
	Attachments []Attachment
}

// Validate returns an Invalid with every fault of r, or nil.
func (r JobRequest) Validate() error {
	var v Invalid
	if strings.TrimSpace(r.Service) == "" {
		v.add("service", "is missing: name what is to be done as partners name it")
	}
	v.add("service", LineProblem(r.Service, MaxLine))
	if r.Language != "" {
		v.add("language", LanguageProblem(r.Language))
	}
	validateMessage(&v, r.Body, r.Attachments)
	r.Merchant.validate(&v, "merchant.")
	return v.err()
}
