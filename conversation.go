package tradepost

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Kind is what a conversation is about.
type Kind string

// The kinds of a conversation.
const (
	KindService       Kind = "service"       // a service of the partner, which it names
	KindOpportunity   Kind = "opportunity"   // a job description, sent to several partners
	KindQualification Kind = "qualification" // a request to be accepted as a reseller
	KindInventory     Kind = "inventory"     // a question about stock
	KindProduct       Kind = "product"       // a request to update product information
	KindIntegration   Kind = "integration"   // product integration with a shop system
)

var kinds = []Kind{KindService, KindOpportunity, KindQualification, KindInventory, KindProduct, KindIntegration}

// Kinds are all kinds.
func Kinds() []Kind { return slices.Clone(kinds) }

// IsRequest reports whether a conversation of this kind is a request for a job, which
// is open from the first message on.
func (k Kind) IsRequest() bool { return k == KindOpportunity }

// AuthorRole says which side wrote a message.
type AuthorRole string

// The authors of messages.
const (
	AuthorMerchant AuthorRole = "merchant"
	AuthorMember   AuthorRole = "member"
	AuthorSystem   AuthorRole = "system" // a record of what happened
)

// Via is the way a message came in.
type Via string

// The ways in.
const (
	ViaWeb   Via = "web"
	ViaAPI   Via = "api"
	ViaEmail Via = "email"
)

// Opening is the first message of a new conversation.
type Opening struct {
	PartnerID   int64
	Kind        Kind
	Service     string // id or name of a service of the partner; required for KindService
	Body        string
	Merchant    Merchant
	Attachments []Attachment
}

// Validate returns an Invalid with every fault of o, or nil. Whether partner
// and service exist is for the store to say.
func (o Opening) Validate() error {
	var v Invalid
	if !slices.Contains(kinds, o.Kind) {
		v.add("kind", fmt.Sprintf("must be one of %s", strings.Join(kindNames(), ", ")))
	}
	if o.Kind == KindService && o.Service == "" {
		v.add("service", "is missing: name one of the partner's services")
	}
	v.add("service", LineProblem(o.Service, MaxLine))
	validateMessage(&v, o.Body, o.Attachments)
	o.Merchant.validate(&v, "merchant.")
	return v.err()
}

// ValidateMessage returns an Invalid with every fault of a further message, or nil.
func ValidateMessage(body string, files []Attachment) error {
	var v Invalid
	validateMessage(&v, body, files)
	return v.err()
}

func validateMessage(v *Invalid, body string, files []Attachment) {
	v.add("body", BodyProblem(body))
	if NormalBody(body) == "" && len(files) == 0 {
		v.add("body", "is empty: write something or attach a file")
	}
	if len(files) > MaxAttachments {
		v.add("attachments", fmt.Sprintf("are more than %d", MaxAttachments))
		return
	}
	var total int64
	for i, f := range files {
		v.add(fmt.Sprintf("attachments[%d].filename", i), FilenameProblem(f.Filename))
		if f.Refused() {
			v.add(fmt.Sprintf("attachments[%d].filename", i), "is a program, a script or a disk image, which mail systems refuse; send a link to it instead")
		}
		if f.ContentType != "" {
			v.add(fmt.Sprintf("attachments[%d].content_type", i), MediaTypeProblem(f.ContentType))
		}
		total += f.Size
	}
	if total > MaxAttachmentBytes {
		v.add("attachments", fmt.Sprintf("are more than %d MiB together", MaxAttachmentBytes>>20))
	}
}

// MediaTypeProblem says what keeps s from being a bare media type such as
// "application/pdf" (RFC 6838 4.2), without parameters.
func MediaTypeProblem(s string) string {
	const advice = "is not a media type like application/pdf"
	major, minor, ok := strings.Cut(s, "/")
	if !ok || !restrictedName(major) || !restrictedName(minor) {
		return advice
	}
	return ""
}

// restrictedName is the grammar of RFC 6838 4.2.
func restrictedName(s string) bool {
	if s == "" || len(s) > 127 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		alnum := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !alnum && (i == 0 || !strings.ContainsRune("!#$&-^_.+", rune(c))) {
			return false
		}
	}
	return true
}

func kindNames() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return names
}

// Period is the month, as its first day in UTC, that a row is filed under. The
// tables that grow without end carry it in every key, so that they can be
// partitioned by it later.
func Period(created time.Time) time.Time {
	y, m, _ := created.UTC().Date()
	return time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
}
