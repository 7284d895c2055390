package tradepost

import (
	"slices"
	"strconv"
	"strings"
)

// PartnerAccess is who may do business with a partner.
type PartnerAccess string

// The kinds of access.
const (
	OpenToAll       PartnerAccess = "open"       // any merchant
	OpenToQualified PartnerAccess = "restricted" // those whom the partner has qualified
)

// PartnerProfile is what describes a partner.
type PartnerProfile struct {
	ExternalID  string // the platform's own id; may be empty
	Name        string
	Published   bool // only published partners can be contacted
	Access      PartnerAccess
	DefaultCode string // of qualifications; may be empty
	// RawDays is for how many days raw mail is kept, 0 = for good; nil = as long as
	// the installation says.
	RawDays *int64
}

// MaxRawDays bounds PartnerProfile.RawDays: a hundred years.
const MaxRawDays = 36_500

// Validate returns an Invalid with every fault of p, or nil. Fields are named as in
// JSON.
func (p PartnerProfile) Validate() error {
	var v Invalid
	v.add("external_id", LineProblem(p.ExternalID, MaxExternalID))
	v.addName(p.Name)
	if p.Access != OpenToAll && p.Access != OpenToQualified {
		v.add("access", "must be open or restricted")
	}
	v.add("default_code", codeProblem(p.DefaultCode))
	if p.RawDays != nil && (*p.RawDays < 0 || *p.RawDays > MaxRawDays) {
		v.add("raw_retention_days", "must be 0 to "+strconv.Itoa(MaxRawDays)+"; 0 keeps raw mail for good")
	}
	return v.err()
}

// PlatformsAlone lists the differences between p and next that a partner's own team
// may not make.
func (p PartnerProfile) PlatformsAlone(next PartnerProfile) error {
	var v Invalid
	const problem = "is the platform's to change: send it as it is"
	if p.ExternalID != next.ExternalID {
		v.add("external_id", problem)
	}
	if p.Name != next.Name {
		v.add("name", problem)
	}
	if p.Published != next.Published {
		v.add("published", problem)
	}
	if (p.RawDays == nil) != (next.RawDays == nil) || p.RawDays != nil && *p.RawDays != *next.RawDays {
		v.add("raw_retention_days", problem)
	}
	return v.err()
}

// ServiceProfile is what describes one thing that a partner offers.
type ServiceProfile struct {
	ExternalID string // the platform's own id, unique within the partner; may be empty
	Name       string
	// Languages are those it is offered in (ISO 639, such as "sv"); none = any.
	Languages []string
}

// MaxLanguages bounds ServiceProfile.Languages.
const MaxLanguages = 20

// Validate returns an Invalid with every fault of s, or nil.
func (s ServiceProfile) Validate() error {
	var v Invalid
	v.add("external_id", LineProblem(s.ExternalID, MaxExternalID))
	v.addName(s.Name)
	if len(s.Languages) > MaxLanguages {
		v.add("languages", "are more than "+strconv.Itoa(MaxLanguages))
		return v.err()
	}
	for i, l := range s.Languages {
		field := "languages[" + strconv.Itoa(i) + "]"
		v.add(field, LanguageProblem(l))
		if slices.Contains(s.Languages[:i], l) {
			v.add(field, "was given before")
		}
	}
	return v.err()
}

// LanguageProblem says what keeps s from being a language of ISO 639 as it is kept.
func LanguageProblem(s string) string {
	if (len(s) != 2 && len(s) != 3) || strings.ContainsFunc(s, func(r rune) bool { return r < 'a' || r > 'z' }) {
		return "is not a language of two or three small letters like sv (ISO 639)"
	}
	return ""
}

// The roles of a member.
const (
	RoleOwner  = "owner"
	RoleMember = "member"
)

// MemberProfile is what describes a person of a partner's team.
type MemberProfile struct {
	ExternalID string // the platform's own id, unique within the partner; may be empty
	Name       string
	Email      string // the primary address
	Role       string // RoleOwner or RoleMember
	Locale     string // a language tag
	Zone       string // IANA name of a time zone; whether there is one is for the store to say
}

// WithDefaults is m with what a member has who was given nothing else.
func (m MemberProfile) WithDefaults() MemberProfile {
	for _, d := range []struct {
		field  *string
		unsaid string
	}{{&m.Role, RoleMember}, {&m.Locale, "en"}, {&m.Zone, "UTC"}} {
		if *d.field == "" {
			*d.field = d.unsaid
		}
	}
	return m
}

// Validate returns an Invalid with every fault of m, or nil.
func (m MemberProfile) Validate() error {
	var v Invalid
	v.add("external_id", LineProblem(m.ExternalID, MaxExternalID))
	v.addName(m.Name)
	v.add("email", AddressProblem(m.Email))
	if m.Role != RoleOwner && m.Role != RoleMember {
		v.add("role", "must be owner or member")
	}
	v.add("locale", localeProblem(m.Locale))
	v.add("zone", LineProblem(m.Zone, MaxLine))
	return v.err()
}

// OwnersAlone lists the differences between m and next that members may not make of
// themselves.
func (m MemberProfile) OwnersAlone(next MemberProfile) error {
	var v Invalid
	if m.Role != next.Role {
		v.add("role", "is an owner's to change: send it as it is")
	}
	return v.err()
}

// PlatformsAlone lists the differences between m and next that the team may not make.
// Mail to an address that the platform names is known to reach that person, and
// whoever reads it can sign in.
func (m MemberProfile) PlatformsAlone(next MemberProfile) error {
	var v Invalid
	const problem = "is the platform's to change: send it as it is"
	if m.ExternalID != next.ExternalID {
		v.add("external_id", problem)
	}
	if m.Email != next.Email {
		v.add("email", problem)
	}
	return v.err()
}

// addName checks a name that is required.
func (v *Invalid) addName(name string) {
	if strings.TrimSpace(name) == "" {
		v.add("name", "is missing")
		return
	}
	v.add("name", LineProblem(name, MaxLine))
}

// codeProblem says what keeps s from being a code as commands take it; "" is none.
func codeProblem(s string) string {
	switch {
	case LineProblem(s, MaxCode) != "":
		return LineProblem(s, MaxCode)
	case strings.ContainsFunc(s, passedOver):
		return "holds a space or an invisible character; a code is one word"
	}
	return ""
}

// localeProblem says what keeps s from being a language tag, as far as its form goes
// (RFC 5646 2.1).
func localeProblem(s string) string {
	const most = 35 // RFC 5646 4.4.1
	good := s != "" && len(s) <= most
	for i, part := range strings.Split(s, "-") {
		good = good && len(part) >= 1 && len(part) <= 8 && (i > 0 || len(part) >= 2) && !strings.ContainsFunc(part, func(r rune) bool {
			letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
			return !letter && (i == 0 || r < '0' || r > '9')
		})
	}
	if !good {
		return "is not a language tag like sv or de-AT (RFC 5646)"
	}
	return ""
}
