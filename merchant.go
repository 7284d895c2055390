package tradepost

import (
	"strings"
	"time"
)

// MerchantRole is what a merchant is to their store.
type MerchantRole string

// The roles of a merchant.
const (
	MerchantOwner   MerchantRole = "owner"
	MerchantStaff   MerchantRole = "staff"
	MerchantNoStore MerchantRole = "no_store"
)

// Merchant is the side that opens conversations, as the platform describes it.
type Merchant struct {
	ExternalID  string // the platform's own id; may be empty
	Name        string
	Email       string // where mail goes; never shown to the partner
	PublicEmail string // shown to the partner; may be empty
	Role        MerchantRole
	StoreName   string // required unless Role is MerchantNoStore
	StoreURL    string // likewise
	Locale      string // a language tag; empty means English
}

// Identity is the key by which the platform's requests find the same merchant
// again: its external id, else the case-folded address. The two spaces cannot
// collide.
func (m Merchant) Identity() string {
	if m.ExternalID != "" {
		return "external:" + m.ExternalID
	}
	return "address:" + FoldAddress(m.Email)
}

// Facts are what the platform knows of a merchant beside who they are. All may be
// missing, and partners see all of them.
type Facts struct {
	Website       string
	ProfileURL    string // the merchant's page on the marketplace
	ResellerType  string // in the platform's own words
	OpenOrders    *int64 // nil = not known
	LastInvoiceOn string // a date such as "2026-03-31" (RFC 3339 full-date)
}

// MaxOpenOrders bounds Facts.OpenOrders: what JSON shows exactly (RFC 8259 section 6).
const MaxOpenOrders = 1 << 53

// Validate returns an Invalid with every fault of f, or nil. Fields are named as in
// JSON.
func (f Facts) Validate() error {
	var v Invalid
	if f.Website != "" {
		v.add("website", URLProblem(f.Website))
	}
	if f.ProfileURL != "" {
		v.add("profile_url", URLProblem(f.ProfileURL))
	}
	v.add("reseller_type", LineProblem(f.ResellerType, MaxLine))
	if f.OpenOrders != nil && (*f.OpenOrders < 0 || *f.OpenOrders > MaxOpenOrders) {
		v.add("open_orders", "must not be negative, nor more than 2 to the power of 53")
	}
	if _, err := time.Parse(time.DateOnly, f.LastInvoiceOn); f.LastInvoiceOn != "" && err != nil {
		v.add("last_invoice_on", "is not a date like 2026-03-31")
	}
	return v.err()
}

// Validate returns an Invalid with every fault of m, or nil. Fields are named as in
// JSON.
func (m Merchant) Validate() error {
	var v Invalid
	m.validate(&v, "")
	return v.err()
}

func (m Merchant) validate(v *Invalid, prefix string) {
	v.add(prefix+"external_id", LineProblem(m.ExternalID, MaxExternalID))
	v.add(prefix+"name", LineProblem(m.Name, MaxLine))
	if strings.TrimSpace(m.Name) == "" {
		v.add(prefix+"name", "is missing")
	}
	v.add(prefix+"email", AddressProblem(m.Email))
	if m.PublicEmail != "" {
		v.add(prefix+"public_email", AddressProblem(m.PublicEmail))
	}
	v.add(prefix+"store_name", LineProblem(m.StoreName, MaxLine))
	if m.StoreURL != "" {
		v.add(prefix+"store_url", URLProblem(m.StoreURL))
	}
	v.add(prefix+"locale", LineProblem(m.Locale, 35)) // RFC 5646 4.4.1
	switch m.Role {
	case MerchantOwner, MerchantStaff:
		const need = `is missing; only a merchant with role "no_store" has none`
		if strings.TrimSpace(m.StoreName) == "" {
			v.add(prefix+"store_name", need)
		}
		if m.StoreURL == "" {
			v.add(prefix+"store_url", need)
		}
	case MerchantNoStore:
	default:
		v.add(prefix+"role", "must be owner, staff or no_store")
	}
}
