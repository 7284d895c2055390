package web

import (
	"context"

	"github.com/tradepost-mail/tradepost"
)

type partnersOutput struct {
	Body struct {
		Items []partnerView `json:"items" nullable:"false"`
	}
}

type partnerView struct {
	ID        string        `json:"id" example:"par_1"`
	Name      string        `json:"name"`
	Published bool          `json:"published" doc:"Only published partners can be contacted"`
	Services  []serviceView `json:"services" nullable:"false"`
	Members   []memberView  `json:"members" nullable:"false"`
}

type serviceView struct {
	ID   string `json:"id" example:"svc_1"`
	Name string `json:"name"`
}

type memberView struct {
	ID    string `json:"id" example:"mbr_1"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

func (s *server) listPartners(ctx context.Context, _ *struct{}) (*partnersOutput, error) {
	partners, err := s.store.Partners(ctx)
	if err != nil {
		return nil, err
	}
	out := &partnersOutput{}
	out.Body.Items = make([]partnerView, len(partners))
	for i, p := range partners {
		v := partnerView{
			ID: tradepost.FormatID(tradepost.PartnerPrefix, p.ID), Name: p.Name, Published: p.Published,
			Services: make([]serviceView, len(p.Services)), Members: make([]memberView, len(p.Members)),
		}
		for j, sv := range p.Services {
			v.Services[j] = serviceView{tradepost.FormatID(tradepost.ServicePrefix, sv.ID), sv.Name}
		}
		for j, m := range p.Members {
			v.Members[j] = memberView{tradepost.FormatID(tradepost.MemberPrefix, m.ID), m.Name, m.Email}
		}
		out.Body.Items[i] = v
	}
	return out, nil
}
