package store_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

func offer() tradepost.Proposal {
	return tradepost.Proposal{Work: "Move the store", Price: tradepost.Price{Amount: 120_000, Currency: "SEK"}}
}

// refusable fails for any error but those of rules.
func refusable(t rapid.TB, err error) {
	if err != nil && !errors.Is(err, tradepost.ErrRefused) && !errors.Is(err, tradepost.ErrNotFound) {
		t.Fatal(err)
	}
}

// TestNothingOfABlockedMerchantIsOpen has a team and two merchants do things in
// random order, in conversations of both kinds.
func TestNothingOfABlockedMerchantIsOpen(t *testing.T) {
	m := newMarket(t)
	ctx := t.Context()
	number := 0
	rapid.Check(t, func(rt *rapid.T) {
		number++
		partner := m.addPartner("Team "+string(rune('a'+number%26))+string(rune('a'+number/26)), "mia", "noor")
		member := partner.Members[0].ID
		var conversations []int64
		for _, name := range []string{"nadia", "nadia", "omar"} {
			o := opening(partner.ID, name)
			if len(conversations) == 1 {
				o.Kind, o.Service = tradepost.KindOpportunity, ""
			}
			id, err := m.OpenConversation(ctx, o, store.Request{})
			if err != nil {
				rt.Fatal(err)
			}
			conversations = append(conversations, id)
		}
		act := func(c int64, v tradepost.Verb) {
			_, err := m.Act(ctx, c, member, tradepost.Command{Verb: v}, 0, tradepost.ViaAPI)
			refusable(rt, err)
		}
		var proposals, jobs, invoices []int64
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			c := rapid.SampledFrom(conversations).Draw(rt, "conversation")
			w, err := m.Work(ctx, c)
			if err != nil {
				rt.Fatal(err)
			}
			proposals, jobs, invoices = proposals[:0], jobs[:0], invoices[:0]
			for _, p := range w.Proposals {
				proposals = append(proposals, p.ID)
			}
			for _, j := range w.Jobs {
				jobs = append(jobs, j.ID)
			}
			for _, i := range w.Invoices {
				invoices = append(invoices, i.ID)
			}
			switch step := rapid.IntRange(0, 10).Draw(rt, "step"); {
			case step == 0:
				_, err = m.AddProposal(ctx, c, member, offer(), store.Request{})
			case step <= 4 && len(proposals) > 0:
				next := []tradepost.ProposalState{tradepost.ProposalSent, tradepost.ProposalAccepted, tradepost.ProposalDeclined, tradepost.ProposalWithdrawn}[step-1]
				who := member
				if next.By() == tradepost.AuthorMerchant {
					who = 0
				}
				_, err = m.SetProposal(ctx, rapid.SampledFrom(proposals).Draw(rt, "proposal"), next, who, tradepost.ViaAPI)
			case step == 5 && len(jobs) > 0:
				_, err = m.SetJob(ctx, rapid.SampledFrom(jobs).Draw(rt, "job"),
					rapid.SampledFrom([]tradepost.JobState{tradepost.JobCompleted, tradepost.JobDeclined, tradepost.JobClosed}).Draw(rt, "end"), member)
			case step == 6 && len(jobs) > 0:
				_, err = m.AddInvoice(ctx, rapid.SampledFrom(jobs).Draw(rt, "job"), member, tradepost.Invoice{Number: "7", Price: tradepost.Price{Amount: 1, Currency: "EUR"}}, store.Request{})
			case step == 7 && len(invoices) > 0:
				_, err = m.SetInvoice(ctx, rapid.SampledFrom(invoices).Draw(rt, "invoice"), tradepost.InvoicePaid)
			case step == 8:
				act(c, tradepost.VerbDecline)
			case step == 9:
				act(c, tradepost.VerbUndo)
			case step == 10 && rapid.IntRange(0, 3).Draw(rt, "really") == 0:
				var merchant int64
				if err := m.pool.QueryRow(ctx, `select merchant_id from conversations where id = $1`, c).Scan(&merchant); err != nil {
					rt.Fatal(err)
				}
				err = m.Block(ctx, partner.ID, merchant, member)
			}
			refusable(rt, err)
			m.nothingOpen(rt)
		}
	})
}

// nothingOpen asks the database what must hold of work at any time.
func (m *market) nothingOpen(t rapid.TB) {
	for what, query := range map[string]string{
		"open between a partner and a merchant who is blocked": `
			select count(*) from conversations c join blocks b on (b.partner_id, b.merchant_id) = (c.partner_id, c.merchant_id)
			where exists (select from jobs j where j.conversation_id = c.id and j.state = 'open')
			   or exists (select from proposals p where p.conversation_id = c.id and p.state in ('draft', 'sent'))
			   or exists (select from invoices i where i.conversation_id = c.id and i.state = 'open')`,
		"accepted without a job of its own": `
			select count(*) from proposals p where (p.state = 'accepted') <> (select count(*) = 1 from jobs j where j.proposal_id = p.id)`,
		"sent without a message": `
			select count(*) from proposals p where p.state = 'sent' and not exists (select from messages m where (m.period, m.id) = (p.message_period, p.message_id) and m.deleted_at is null)`,
	} {
		var n int
		if err := m.pool.QueryRow(m.t.Context(), query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n != 0 {
			t.Fatalf("%d %s", n, what)
		}
	}
}

// TestABlockAndAnAcceptanceAtOnce has both begin at the same time, in two
// conversations of one merchant: whoever is first, nothing is open in the end.
func TestABlockAndAnAcceptanceAtOnce(t *testing.T) {
	m := newMarket(t)
	ctx := t.Context()
	member := m.partner.Members[0].ID
	for round := range 20 {
		name := "merchant" + string(rune('a'+round))
		var ids [2]int64
		for i := range ids {
			id, err := m.OpenConversation(ctx, opening(m.partner.ID, name), store.Request{})
			if err != nil {
				t.Fatal(err)
			}
			ids[i] = id
		}
		p, err := m.AddProposal(ctx, ids[0], member, offer(), store.Request{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.SetProposal(ctx, p, tradepost.ProposalSent, member, tradepost.ViaAPI); err != nil {
			t.Fatal(err)
		}
		c, _, err := m.Conversation(ctx, ids[1])
		if err != nil {
			t.Fatal(err)
		}
		var both sync.WaitGroup
		both.Go(func() {
			_, err := m.SetProposal(ctx, p, tradepost.ProposalAccepted, 0, tradepost.ViaAPI)
			if err != nil && !errors.Is(err, tradepost.ErrRefused) {
				t.Error(err)
			}
		})
		both.Go(func() {
			if err := m.Block(ctx, m.partner.ID, c.Merchant.ID, member); err != nil {
				t.Error(err)
			}
		})
		both.Wait()
		m.nothingOpen(t)
	}
}

// TestDeclineTakesTheJobAlong declines a request by command and takes it back.
func TestDeclineTakesTheJobAlong(t *testing.T) {
	m := newMarket(t, func(o *store.Options) { o.RelayDelay = time.Hour })
	o := opening(m.partner.ID, "nadia")
	o.Kind, o.Service = tradepost.KindOpportunity, ""
	con, err := m.OpenConversation(t.Context(), o, store.Request{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		verb tradepost.Verb
		want tradepost.JobState
	}{{tradepost.VerbDecline, tradepost.JobDeclined}, {tradepost.VerbUndo, tradepost.JobOpen}} {
		r, err := m.Act(t.Context(), con, m.partner.Members[0].ID, tradepost.Command{Verb: c.verb}, 0, tradepost.ViaAPI)
		if err != nil || r.State != tradepost.CommandDone {
			t.Fatalf("%s: %+v, %v", c.verb, r, err)
		}
		w, err := m.Work(t.Context(), con)
		if err != nil || len(w.Jobs) != 1 || w.Jobs[0].State != c.want {
			t.Errorf("after %s: %+v, %v", c.verb, w.Jobs, err)
		}
	}
}
