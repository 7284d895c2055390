package web

import (
	"context"
	"slices"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
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
	// Suppressed is absent while mail goes to the address.
	Suppressed *suppressedView `json:"suppressed,omitempty" doc:"Why no mail goes to the address; absent while it does"`
}

type suppressedView struct {
	Reason string    `json:"reason" enum:"bounce,soft_bounces,complaint,operator" doc:"bounce: its server says that it does not exist; soft_bounces: it has failed for days; complaint: its reader called a letter spam"`
	Since  time.Time `json:"since"`
}

func newMemberView(m store.Member) memberView {
	v := memberView{ID: tradepost.FormatID(tradepost.MemberPrefix, m.ID), Name: m.Name, Email: m.Email}
	if su := m.Suppressed; su != nil {
		v.Suppressed = &suppressedView{string(su.Reason), su.Since.UTC()}
	}
	return v
}

func (s *server) listPartners(ctx context.Context, _ *struct{}) (*partnersOutput, error) {
	partners, err := s.store.Partners(ctx)
	if err != nil {
		return nil, err
	}
	if own := callerOf(ctx).partner; own != 0 {
		partners = slices.DeleteFunc(partners, func(p store.Partner) bool { return p.ID != own })
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
			v.Members[j] = newMemberView(m)
		}
		out.Body.Items[i] = v
	}
	return out, nil
}
