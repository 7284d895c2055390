package web

import (
	"context"
	"slices"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// workView is what a conversation has come to beside its messages.
type workView struct {
	Proposals []proposalView `json:"proposals" nullable:"false"`
	Jobs      []jobView      `json:"jobs" nullable:"false"`
	Invoices  []invoiceView  `json:"invoices" nullable:"false"`
}

type jobView struct {
	ID           string     `json:"id" example:"job_1"`
	Conversation string     `json:"conversation" example:"con_1"`
	Proposal     string     `json:"proposal,omitempty" example:"pro_1" doc:"Whose acceptance opened it; absent where the first message asked for it"`
	State        string     `json:"state" enum:"open,completed,declined,closed"`
	OpenedAt     time.Time  `json:"opened_at"`
	EndedAt      *time.Time `json:"ended_at,omitempty"`
}

type invoiceView struct {
	ID           string     `json:"id" example:"inv_1"`
	Conversation string     `json:"conversation" example:"con_1"`
	Job          string     `json:"job" example:"job_1"`
	Member       string     `json:"member" example:"mbr_1" doc:"Who wrote it"`
	State        string     `json:"state" enum:"open,paid,closed"`
	Number       string     `json:"number"`
	Price        priceBody  `json:"price"`
	DueOn        string     `json:"due_on,omitempty" format:"date"`
	CreatedAt    time.Time  `json:"created_at"`
	EndedAt      *time.Time `json:"ended_at,omitempty"`
}

func viewWork(w store.Work) workView {
	v := workView{Proposals: make([]proposalView, len(w.Proposals)), Jobs: make([]jobView, len(w.Jobs)), Invoices: make([]invoiceView, len(w.Invoices))}
	for i, p := range w.Proposals {
		v.Proposals[i] = viewProposal(p)
	}
	for i, j := range w.Jobs {
		v.Jobs[i] = viewJob(j)
	}
	for i, in := range w.Invoices {
		v.Invoices[i] = viewInvoice(in)
	}
	return v
}

func viewJob(j store.Job) jobView {
	v := jobView{
		ID: tradepost.FormatID(tradepost.JobPrefix, j.ID), Conversation: tradepost.FormatID(tradepost.ConversationPrefix, j.ConversationID),
		State: string(j.State), OpenedAt: j.OpenedAt.UTC(), EndedAt: present(j.EndedAt),
	}
	if j.ProposalID != 0 {
		v.Proposal = tradepost.FormatID(tradepost.ProposalPrefix, j.ProposalID)
	}
	return v
}

func viewInvoice(i store.Invoice) invoiceView {
	return invoiceView{
		ID: tradepost.FormatID(tradepost.InvoicePrefix, i.ID), Conversation: tradepost.FormatID(tradepost.ConversationPrefix, i.ConversationID),
		Job: tradepost.FormatID(tradepost.JobPrefix, i.JobID), Member: tradepost.FormatID(tradepost.MemberPrefix, i.MemberID),
		State: string(i.State), Number: i.Number, Price: priceBody(i.Price), DueOn: i.DueOn, CreatedAt: i.CreatedAt.UTC(), EndedAt: present(i.EndedAt),
	}
}

type jobStateBody struct {
	State  string `json:"state" enum:"completed,declined,closed"`
	Member string `json:"member" example:"mbr_1" doc:"Who says so"`
}

type changeJobInput struct {
	payload
	ID string `path:"id" example:"job_1"`
}

type jobOutput struct {
	Body jobView
}

func (s *server) setJob(ctx context.Context, in *changeJobInput) (*jobOutput, error) {
	id, err := tradepost.ParseID(tradepost.JobPrefix, in.ID)
	if err != nil {
		return nil, noSuch("job")
	}
	var b jobStateBody
	faults, err := in.decode(&b)
	if err != nil {
		return nil, err
	}
	member := actingMember(ctx, &faults, "member", b.Member)
	if !slices.Contains([]string{"completed", "declined", "closed"}, b.State) {
		faults = merge(faults, tradepost.Invalid{{Field: "state", Problem: "must be completed, declined or closed"}})
	}
	if faults != nil {
		return nil, faults
	}
	j, err := s.store.SetJob(ctx, id, tradepost.JobState(b.State), member)
	if err != nil {
		return nil, err
	}
	return &jobOutput{Body: viewJob(j)}, nil
}

type invoiceBody struct {
	Member string    `json:"member" example:"mbr_1" doc:"Who writes"`
	Number string    `json:"number" doc:"The partner's own"`
	Price  priceBody `json:"price"`
	DueOn  string    `json:"due_on,omitempty" format:"date" example:"2026-03-31"`
}

type addInvoiceInput struct {
	payload
	ID  string `path:"id" example:"job_1"`
	Key string `header:"Idempotency-Key" doc:"Names this request, so that sending it again changes nothing"`
}

type invoiceOutput struct {
	Body invoiceView
}

func (s *server) addInvoice(ctx context.Context, in *addInvoiceInput) (*invoiceOutput, error) {
	job, err := tradepost.ParseID(tradepost.JobPrefix, in.ID)
	if err != nil {
		return nil, noSuch("job")
	}
	var b invoiceBody
	faults, err := in.decode(&b)
	if err != nil {
		return nil, err
	}
	req, bad := in.request(ctx, in.Key)
	faults = append(faults, bad...)
	member := actingMember(ctx, &faults, "member", b.Member)
	i := tradepost.Invoice{Number: b.Number, Price: tradepost.Price(b.Price), DueOn: b.DueOn}
	if faults = merge(faults, i.Validate()); faults != nil {
		return nil, faults
	}
	id, err := s.store.AddInvoice(ctx, job, member, i, req)
	if err != nil {
		return nil, err
	}
	added, err := s.store.Invoice(ctx, id)
	if err != nil {
		return nil, err
	}
	return &invoiceOutput{Body: viewInvoice(added)}, nil
}

type invoiceStateBody struct {
	State string `json:"state" enum:"paid,closed"`
}

type changeInvoiceInput struct {
	payload
	ID string `path:"id" example:"inv_1"`
}

func (s *server) setInvoice(ctx context.Context, in *changeInvoiceInput) (*invoiceOutput, error) {
	id, err := tradepost.ParseID(tradepost.InvoicePrefix, in.ID)
	if err != nil {
		return nil, noSuch("invoice")
	}
	var b invoiceStateBody
	faults, err := in.decode(&b)
	if err != nil {
		return nil, err
	}
	if b.State != "paid" && b.State != "closed" {
		faults = merge(faults, tradepost.Invalid{{Field: "state", Problem: "must be paid or closed"}})
	}
	if faults != nil {
		return nil, faults
	}
	i, err := s.store.SetInvoice(ctx, id, tradepost.InvoiceState(b.State))
	if err != nil {
		return nil, err
	}
	return &invoiceOutput{Body: viewInvoice(i)}, nil
}
