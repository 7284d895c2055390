package tradepost

import (
	"fmt"
	"slices"
	"strings"
)

// Price is an amount of money, in the smallest units of its currency: 120000 of SEK
// are 1200 crowns.
type Price struct {
	Amount   int64
	Currency string // ISO 4217, such as "SEK"
}

// MaxAmount bounds a price: what letters and JSON (RFC 8259 section 6) show exactly.
const MaxAmount = 1_000_000_000_000_000

// currencies are the codes of ISO 4217 that people pay in; funds, metals and
// testing codes are not.
const currencies = " AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK " +
	"DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT " +
	"LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF " +
	"SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW "

func (p Price) validate(v *Invalid, field string) {
	if p.Amount < 0 || p.Amount > MaxAmount {
		v.add(field+".amount", fmt.Sprintf("must be 0 to %d, in the smallest units of the currency", MaxAmount))
	}
	if len(p.Currency) != 3 || !strings.Contains(currencies, " "+p.Currency+" ") {
		v.add(field+".currency", "is not a currency in use like SEK (ISO 4217)")
	}
}

// Milestone is a part of the work with a price of its own.
type Milestone struct {
	Title string `json:"title"`
	// Amount is in the smallest units of the proposal's currency.
	Amount int64 `json:"amount"`
}

// Bounds of a proposal.
const (
	MaxMilestones = 5
	MaxDays       = 3650
)

// Proposal is what a partner offers to do, for how much.
type Proposal struct {
	Work       string // what will be done, as a message is written
	Price      Price
	Milestones []Milestone // in order
	Terms      string      // may be empty
	Days       int         // of work, as estimated; 0 = nothing is said
}

// Validate returns an Invalid with every fault of p, or nil.
func (p Proposal) Validate() error {
	var v Invalid
	v.add("work", BodyProblem(p.Work))
	if NormalBody(p.Work) == "" {
		v.add("work", "is empty: say what will be done")
	}
	p.Price.validate(&v, "price")
	if len(p.Milestones) > MaxMilestones {
		v.add("milestones", fmt.Sprintf("are more than %d", MaxMilestones))
	}
	rest := p.Price.Amount
	for i, m := range p.Milestones[:min(len(p.Milestones), MaxMilestones)] {
		field := fmt.Sprintf("milestones[%d]", i)
		v.add(field+".title", LineProblem(m.Title, MaxLine))
		if strings.TrimSpace(m.Title) == "" {
			v.add(field+".title", "is missing")
		}
		if m.Amount < 0 || m.Amount > MaxAmount {
			v.add(field+".amount", fmt.Sprintf("must be 0 to %d, in the smallest units of the currency", MaxAmount))
			continue
		}
		rest -= m.Amount
	}
	if rest < 0 && p.Price.Amount >= 0 {
		v.add("milestones", "cost more together than the price")
	}
	v.add("terms", BodyProblem(p.Terms))
	if p.Days < 0 || p.Days > MaxDays {
		v.add("days", fmt.Sprintf("must be 0 to %d", MaxDays))
	}
	return v.err()
}

// ProposalState is how far a proposal has come:
//
//	draft <─> sent ──> accepted          by the merchant; opens a job
//	  │        ├─────> declined          by the merchant
//	  ├────────┴─────> withdrawn         by the partner
//	  └────────┴─────> closed            by a block
//
// Back to a draft comes what is taken back while its mail waits. What is accepted, declined, withdrawn or closed stays so.
type ProposalState string

// The states of a proposal.
const (
	ProposalDraft     ProposalState = "draft"
	ProposalSent      ProposalState = "sent"
	ProposalAccepted  ProposalState = "accepted"
	ProposalDeclined  ProposalState = "declined"
	ProposalWithdrawn ProposalState = "withdrawn"
	ProposalClosed    ProposalState = "closed"
)

// May reports whether a proposal in state s may come into state next.
func (s ProposalState) May(next ProposalState) bool {
	switch s {
	case ProposalDraft:
		return slices.Contains([]ProposalState{ProposalSent, ProposalWithdrawn, ProposalClosed}, next)
	case ProposalSent:
		return slices.Contains([]ProposalState{ProposalDraft, ProposalAccepted, ProposalDeclined, ProposalWithdrawn, ProposalClosed}, next)
	default:
		return false
	}
}

// Open reports whether the proposal still waits for somebody.
func (s ProposalState) Open() bool { return s == ProposalDraft || s == ProposalSent }

// By says which side brings a proposal into state s; AuthorSystem of what nobody
// can ask for.
func (s ProposalState) By() AuthorRole {
	switch s {
	case ProposalSent, ProposalWithdrawn:
		return AuthorMember
	case ProposalAccepted, ProposalDeclined:
		return AuthorMerchant
	default:
		return AuthorSystem
	}
}
