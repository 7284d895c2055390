package web

import (
	"context"
	"time"

	"github.com/tradepost-mail/tradepost"
)

type requestBody struct {
	Service     string           `json:"service" doc:"Its name as partners have it, in any case"`
	Language    string           `json:"language,omitempty" example:"sv" doc:"In which it is to be done (ISO 639); any when missing"`
	Body        string           `json:"body,omitempty" doc:"The description. Required where nothing is attached"`
	Merchant    merchantBody     `json:"merchant"`
	Attachments []attachmentBody `json:"attachments,omitempty" maxItems:"20" nullable:"false"`
}

type requestView struct {
	ID        string     `json:"id" example:"req_1"`
	Merchant  string     `json:"merchant" example:"mrc_1"`
	Service   string     `json:"service"`
	Language  string     `json:"language,omitempty"`
	CreatedAt time.Time  `json:"created_at"`
	Leads     []leadView `json:"leads" nullable:"false" doc:"The best match first; each with a job that is open at first"`
}

type leadView struct {
	Partner      string `json:"partner" example:"par_1"`
	Name         string `json:"name" doc:"The partner's"`
	Conversation string `json:"conversation" example:"con_1"`
	Message      string `json:"message" example:"msg_1" doc:"Id of the first message"`
}

type addRequestInput struct {
	payload
	Key string `header:"Idempotency-Key" doc:"Names this request, so that sending it again changes nothing"`
}

type requestInput struct {
	ID string `path:"id" example:"req_1"`
}

type requestOutput struct {
	Location string `header:"Location"`
	Body     requestView
}

func (s *server) addRequest(ctx context.Context, in *addRequestInput) (*requestOutput, error) {
	var b requestBody
	faults, err := in.decode(&b)
	if err != nil {
		return nil, err
	}
	req, bad := in.request(ctx, in.Key)
	faults = append(faults, bad...)
	r := tradepost.JobRequest{Wanted: tradepost.Wanted{Service: b.Service, Language: b.Language}, Merchant: b.Merchant.merchant(),
		Body: b.Body, Attachments: attachments(&faults, b.Attachments)}
	if faults = merge(faults, r.Validate()); faults != nil {
		return nil, faults
	}
	r.Body = tradepost.NormalBody(r.Body)
	id, err := s.store.AskPartners(ctx, r, req)
	if err != nil {
		return nil, err
	}
	return s.requestAnswer(ctx, id)
}

func (s *server) getRequest(ctx context.Context, in *requestInput) (*requestOutput, error) {
	id, err := tradepost.ParseID(tradepost.RequestPrefix, in.ID)
	if err != nil {
		return nil, noSuch("request")
	}
	return s.requestAnswer(ctx, id)
}

func (s *server) requestAnswer(ctx context.Context, id int64) (*requestOutput, error) {
	r, err := s.store.JobRequest(ctx, id)
	if err != nil {
		return nil, err
	}
	v := requestView{ID: tradepost.FormatID(tradepost.RequestPrefix, r.ID), Merchant: tradepost.FormatID(tradepost.MerchantPrefix, r.Merchant),
		Service: r.Service, Language: r.Language, CreatedAt: r.CreatedAt.UTC(), Leads: make([]leadView, len(r.Leads))}
	for i, l := range r.Leads {
		v.Leads[i] = leadView{tradepost.FormatID(tradepost.PartnerPrefix, l.PartnerID), l.Partner,
			tradepost.FormatID(tradepost.ConversationPrefix, l.ConversationID), tradepost.FormatID(tradepost.MessagePrefix, l.Message)}
	}
	return &requestOutput{Location: "/v1/requests/" + v.ID, Body: v}, nil
}
