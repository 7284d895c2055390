package tradepost

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestProposalFaultsAreNamed(t *testing.T) {
	good := func() Proposal {
		return Proposal{Work: "Move 4,200 products", Price: Price{Amount: 120_000, Currency: "SEK"},
			Milestones: []Milestone{{"Export", 20_000}, {"Import", 100_000}}, Terms: "Half in advance.", Days: 12}
	}
	if err := good().Validate(); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Proposal){
		"work":                 func(p *Proposal) { p.Work = " \n" },
		"price.amount":         func(p *Proposal) { p.Price.Amount, p.Milestones = -1, nil },
		"price.currency":       func(p *Proposal) { p.Price.Currency = "sek" },
		"milestones":           func(p *Proposal) { p.Milestones[1].Amount++ },
		"milestones[0].title":  func(p *Proposal) { p.Milestones[0].Title = " " },
		"milestones[1].amount": func(p *Proposal) { p.Milestones[1].Amount = MaxAmount + 1 },
		"terms":                func(p *Proposal) { p.Terms = "a\x00b" },
		"days":                 func(p *Proposal) { p.Days = MaxDays + 1 },
	} {
		p := good()
		change(&p)
		var v Invalid
		if err := p.Validate(); !errors.As(err, &v) || len(v) != 1 || v[0].Field != want {
			t.Errorf("%s: %v", want, err)
		}
	}
	p := good()
	p.Milestones = make([]Milestone, MaxMilestones+1)
	var v Invalid
	if err := p.Validate(); !errors.As(err, &v) || v[0].Field != "milestones" {
		t.Errorf("six milestones: %v", err)
	}
	for _, c := range []string{"", "S", "SE ", " SE", "XXX", "XAU", "EUR SEK"} {
		if (Invoice{Number: "1", Price: Price{1, c}}).Validate() == nil {
			t.Errorf("currency %q passes", c)
		}
	}
}

func TestInvoiceFaultsAreNamed(t *testing.T) {
	good := Invoice{Number: "2026-7", Price: Price{5000, "EUR"}, DueOn: "2026-02-28"}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Invoice){
		"number":       func(i *Invoice) { i.Number = "" },
		"price.amount": func(i *Invoice) { i.Price.Amount = -5 },
		"due_on":       func(i *Invoice) { i.DueOn = "2026-02-30" },
	} {
		i := good
		change(&i)
		var v Invalid
		if err := i.Validate(); !errors.As(err, &v) || len(v) != 1 || v[0].Field != want {
			t.Errorf("%s: %v", want, err)
		}
	}
	if (Invoice{Number: strings.Repeat("9", 65), Price: good.Price}).Validate() == nil {
		t.Error("a number of 65 digits passes")
	}
}

// TestWhatHasEndedStaysSo goes random ways through the states.
func TestWhatHasEndedStaysSo(t *testing.T) {
	proposals := []ProposalState{ProposalDraft, ProposalSent, ProposalAccepted, ProposalDeclined, ProposalWithdrawn, ProposalClosed}
	jobs := []JobState{JobOpen, JobCompleted, JobDeclined, JobClosed}
	invoices := []InvoiceState{InvoiceOpen, InvoicePaid, InvoiceClosed}
	rapid.Check(t, func(t *rapid.T) {
		state, accepted := ProposalDraft, 0
		for _, next := range rapid.SliceOf(rapid.SampledFrom(proposals)).Draw(t, "proposal") {
			if !state.May(next) {
				continue
			}
			if !state.Open() {
				t.Fatalf("%s came to be %s", state, next)
			}
			if next == ProposalAccepted {
				accepted++
				if state != ProposalSent {
					t.Fatalf("a %s proposal was accepted", state)
				}
			}
			state = next
		}
		if accepted > 1 {
			t.Fatalf("accepted %d times", accepted)
		}
		job, invoice := JobOpen, InvoiceOpen
		for _, next := range rapid.SliceOf(rapid.SampledFrom(jobs)).Draw(t, "job") {
			if job.May(next) {
				if job != JobOpen || next == JobOpen {
					t.Fatalf("a job that was %s is %s", job, next)
				}
				job = next
			}
		}
		for _, next := range rapid.SliceOf(rapid.SampledFrom(invoices)).Draw(t, "invoice") {
			if invoice.May(next) {
				if invoice != InvoiceOpen || next == InvoiceOpen {
					t.Fatalf("an invoice that was %s is %s", invoice, next)
				}
				invoice = next
			}
		}
	})
	// Whatever is open can be closed, which a block does.
	for _, s := range proposals {
		if s.Open() != s.May(ProposalClosed) {
			t.Errorf("%s proposals and a block", s)
		}
	}
	by := make(map[ProposalState]AuthorRole)
	for _, s := range proposals {
		by[s] = s.By()
	}
	if diff := cmp.Diff(map[ProposalState]AuthorRole{
		ProposalDraft: AuthorSystem, ProposalSent: AuthorMember, ProposalAccepted: AuthorMerchant, ProposalDeclined: AuthorMerchant,
		ProposalWithdrawn: AuthorMember, ProposalClosed: AuthorSystem,
	}, by); diff != "" {
		t.Error(diff)
	}
}
