package web

import (
	"context"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

type priceBody struct {
	Amount   int64  `json:"amount" minimum:"0" maximum:"1000000000000000" example:"120000" doc:"In the smallest units of the currency: 120000 of SEK are 1200 crowns"`
	Currency string `json:"currency" example:"SEK" doc:"ISO 4217"`
}

type milestoneBody struct {
	Title  string `json:"title"`
	Amount int64  `json:"amount" minimum:"0" maximum:"1000000000000000" doc:"In the smallest units of the proposal's currency; together not more than the price"`
}

type proposalBody struct {
	Member     string          `json:"member" example:"mbr_1" doc:"Who writes"`
	Work       string          `json:"work" doc:"What will be done"`
	Price      priceBody       `json:"price"`
	Milestones []milestoneBody `json:"milestones,omitempty" maxItems:"5" nullable:"false"`
	Terms      string          `json:"terms,omitempty"`
	Days       int64           `json:"days,omitempty" minimum:"0" maximum:"3650" doc:"Of work, as estimated"`
	Version    int64           `json:"version,omitempty" doc:"Of the draft that is changed: refused where somebody else has changed it since"`
}

type proposalView struct {
	ID           string          `json:"id" example:"pro_1"`
	Conversation string          `json:"conversation" example:"con_1"`
	Member       string          `json:"member" example:"mbr_1" doc:"Who wrote it"`
	State        string          `json:"state" enum:"draft,sent,accepted,declined,withdrawn,closed" doc:"closed: by a block"`
	Version      int             `json:"version"`
	Work         string          `json:"work"`
	Price        priceBody       `json:"price"`
	Milestones   []milestoneBody `json:"milestones" nullable:"false"`
	Terms        string          `json:"terms,omitempty"`
	Days         int             `json:"days,omitempty"`
	CreatedAt    time.Time       `json:"created_at"`
	SentAt       *time.Time      `json:"sent_at,omitempty"`
	EndedAt      *time.Time      `json:"ended_at,omitempty" doc:"When it was accepted, declined, withdrawn or closed"`
	Message      string          `json:"message,omitempty" example:"msg_1" doc:"The message that sent it"`
}

func viewProposal(p store.Proposal) proposalView {
	v := proposalView{
		ID: tradepost.FormatID(tradepost.ProposalPrefix, p.ID), Conversation: tradepost.FormatID(tradepost.ConversationPrefix, p.ConversationID),
		Member: tradepost.FormatID(tradepost.MemberPrefix, p.MemberID), State: string(p.State), Version: p.Version, Work: p.Work,
		Price: priceBody(p.Price), Milestones: make([]milestoneBody, len(p.Milestones)), Terms: p.Terms, Days: p.Days,
		CreatedAt: p.CreatedAt.UTC(), SentAt: present(p.SentAt), EndedAt: present(p.EndedAt),
	}
	for i, m := range p.Milestones {
		v.Milestones[i] = milestoneBody(m)
	}
	if p.MessageID != 0 {
		v.Message = tradepost.FormatID(tradepost.MessagePrefix, p.MessageID)
	}
	return v
}

// present is a time, or nil for the zero one.
func present(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// proposal reads what the body says, and who says it.
func (b proposalBody) proposal(ctx context.Context, faults *tradepost.Invalid) (p tradepost.Proposal, member int64) {
	member = actingMember(ctx, faults, "member", b.Member)
	p = tradepost.Proposal{Work: b.Work, Price: tradepost.Price(b.Price), Terms: b.Terms}
	for _, m := range b.Milestones {
		p.Milestones = append(p.Milestones, tradepost.Milestone(m))
	}
	p.Days = int(min(max(b.Days, -1), tradepost.MaxDays+1))
	*faults = merge(*faults, p.Validate())
	p.Work, p.Terms = tradepost.NormalBody(p.Work), tradepost.NormalBody(p.Terms)
	return p, member
}

type addProposalInput struct {
	payload
	ID  string `path:"id" example:"con_1"`
	Key string `header:"Idempotency-Key" doc:"Names this request, so that sending it again changes nothing"`
}

type proposalInput struct {
	ID string `path:"id" example:"pro_1"`
}

type putProposalInput struct {
	payload
	ID      string  `path:"id" example:"pro_1"`
	IfMatch ifMatch `header:"If-Match" example:"\"v3\"" doc:"ETag of what was read (RFC 9110 13.1.1): refused with 412 if somebody else has made a change since. Without it the last change wins"`
}

type changeProposalInput struct {
	payload
	ID string `path:"id" example:"pro_1"`
}

type proposalOutput struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     proposalView
}

func (s *server) addProposal(ctx context.Context, in *addProposalInput) (*proposalOutput, error) {
	conversation, err := tradepost.ParseID(tradepost.ConversationPrefix, in.ID)
	if err != nil {
		return nil, noSuch("conversation")
	}
	var b proposalBody
	faults, err := in.decode(&b)
	if err != nil {
		return nil, err
	}
	req, bad := in.request(ctx, in.Key)
	faults = append(faults, bad...)
	p, member := b.proposal(ctx, &faults)
	if faults != nil {
		return nil, faults
	}
	id, err := s.store.AddProposal(ctx, conversation, member, p, req)
	if err != nil {
		return nil, err
	}
	return s.proposalAnswer(ctx, id)
}

func (s *server) proposalAnswer(ctx context.Context, id int64) (*proposalOutput, error) {
	p, err := s.store.Proposal(ctx, id)
	if err != nil {
		return nil, err
	}
	v := viewProposal(p)
	return &proposalOutput{Location: "/v1/proposals/" + v.ID, ETag: etag(int64(p.Version)), Body: v}, nil
}

func (s *server) getProposal(ctx context.Context, in *proposalInput) (*proposalOutput, error) {
	id, err := tradepost.ParseID(tradepost.ProposalPrefix, in.ID)
	if err != nil {
		return nil, noSuch("proposal")
	}
	return s.proposalAnswer(ctx, id)
}

func (s *server) putProposal(ctx context.Context, in *putProposalInput) (*proposalOutput, error) {
	id, err := tradepost.ParseID(tradepost.ProposalPrefix, in.ID)
	if err != nil {
		return nil, noSuch("proposal")
	}
	var b proposalBody
	faults, err := in.decode(&b)
	if err != nil {
		return nil, err
	}
	p, member := b.proposal(ctx, &faults)
	only := in.IfMatch.versions(&faults)
	if faults != nil {
		return nil, faults
	}
	after, err := s.store.EditProposal(ctx, id, member, int(b.Version), p, only...)
	if err != nil {
		return nil, err
	}
	return &proposalOutput{ETag: etag(int64(after.Version)), Body: viewProposal(after)}, nil
}

type proposalStateBody struct {
	State  string `json:"state" enum:"sent,withdrawn,accepted,declined" doc:"sent and withdrawn are a member's to ask for, accepted and declined the merchant's"`
	Member string `json:"member,omitempty" example:"mbr_1" doc:"Required for sent and withdrawn; absent where the merchant answers"`
}

func (s *server) setProposal(ctx context.Context, in *changeProposalInput) (*proposalOutput, error) {
	id, err := tradepost.ParseID(tradepost.ProposalPrefix, in.ID)
	if err != nil {
		return nil, noSuch("proposal")
	}
	var b proposalStateBody
	faults, err := in.decode(&b)
	if err != nil {
		return nil, err
	}
	next, member := tradepost.ProposalState(b.State), int64(0)
	switch by := next.By(); {
	case by == tradepost.AuthorSystem:
		faults = merge(faults, tradepost.Invalid{{Field: "state", Problem: "must be sent, withdrawn, accepted or declined"}})
	case by == tradepost.AuthorMember:
		member = actingMember(ctx, &faults, "member", b.Member)
	case callerOf(ctx).mayBeMerchant("state") != nil:
		faults = merge(faults, callerOf(ctx).mayBeMerchant("state"))
	case b.Member != "":
		faults = merge(faults, tradepost.Invalid{{Field: "member", Problem: "must not be given: it is the merchant who accepts or declines"}})
	}
	if faults != nil {
		return nil, faults
	}
	after, err := s.store.SetProposal(ctx, id, next, member, via(ctx))
	if err != nil {
		return nil, err
	}
	return &proposalOutput{ETag: etag(int64(after.Version)), Body: viewProposal(after)}, nil
}
