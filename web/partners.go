package web

import (
	"cmp"
	"context"
	"net/url"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

type partnerBody struct {
	ExternalID  string `json:"external_id,omitempty" doc:"The platform's own id"`
	Name        string `json:"name"`
	Published   bool   `json:"published,omitempty" doc:"Only published partners can be contacted"`
	Access      string `json:"access,omitempty" enum:"open,restricted" default:"open" doc:"restricted: for merchants whom the partner has qualified"`
	DefaultCode string `json:"default_code,omitempty" example:"GOLD" doc:"By which a merchant is qualified where no code is named: one word"`
	RawDays     *int64 `json:"raw_retention_days,omitempty" minimum:"0" maximum:"36500" nullable:"false" doc:"Days for which raw mail is kept, 0 for good; as the installation says when missing"`
}

func (b partnerBody) profile() tradepost.PartnerProfile {
	return tradepost.PartnerProfile{ExternalID: b.ExternalID, Name: b.Name, Published: b.Published,
		Access: cmp.Or(tradepost.PartnerAccess(b.Access), tradepost.OpenToAll), DefaultCode: b.DefaultCode, RawDays: b.RawDays}
}

type partnerView struct {
	ID          string        `json:"id" example:"par_1"`
	ExternalID  string        `json:"external_id,omitempty"`
	Name        string        `json:"name"`
	Published   bool          `json:"published" doc:"Only published partners can be contacted"`
	Access      string        `json:"access" enum:"open,restricted"`
	DefaultCode string        `json:"default_code,omitempty"`
	RawDays     *int64        `json:"raw_retention_days,omitempty"`
	Services    []serviceView `json:"services" nullable:"false"`
	Members     []memberView  `json:"members" nullable:"false"`
}

type suppressedView struct {
	Reason string    `json:"reason" enum:"bounce,soft_bounces,complaint,operator" doc:"bounce: its server says that it does not exist; soft_bounces: it has failed for days; complaint: its reader called a letter spam"`
	Since  time.Time `json:"since"`
}

func viewPartner(p store.Partner) partnerView {
	v := partnerView{
		ID: tradepost.FormatID(tradepost.PartnerPrefix, p.ID), ExternalID: p.ExternalID, Name: p.Name, Published: p.Published,
		Access: string(p.Access), DefaultCode: p.DefaultCode, RawDays: p.RawDays,
		Services: make([]serviceView, len(p.Services)), Members: make([]memberView, len(p.Members)),
	}
	for i, sv := range p.Services {
		v.Services[i] = viewService(sv)
	}
	for i, m := range p.Members {
		v.Members[i] = viewMember(m)
	}
	return v
}

type listPartnersInput struct {
	Search      string `query:"q" doc:"Found in the name, in any case and without regard to diacritics; three characters at least"`
	Published   string `query:"published" example:"true" doc:"Only those that are published, or with false that are not"`
	Contactable string `query:"contactable" example:"true" doc:"Only those that can be contacted: published, with at least one service"`
	Service     string `query:"service" example:"Store migration" doc:"Only those with a service of this name, in any case"`
	Language    string `query:"language" example:"sv" doc:"Only those that offer it, or any service, in this language (ISO 639); a service that names none is offered in all"`
	ExternalID  string `query:"external_id" doc:"Only that with this id of the platform"`
	Limit       string `query:"limit" example:"50" doc:"1 to 100; 50 when missing"`
	Cursor      string `query:"cursor" doc:"next of the page before"`
}

type partnersOutput struct {
	Link string `header:"Link" doc:"The next page (RFC 8288), while there is one"`
	Body struct {
		Items []partnerView `json:"items" nullable:"false" doc:"The oldest first"`
		Next  string        `json:"next,omitempty" doc:"As cursor, the next page; absent on the last one"`
	}
}

func (in *listPartnersInput) filter(ctx context.Context, faults *tradepost.Invalid) store.PartnerFilter {
	f := store.PartnerFilter{ID: callerOf(ctx).partner, ExternalID: in.ExternalID, Service: in.Service, Language: in.Language, Search: in.Search,
		Contactable: yes(faults, "contactable", in.Contactable), Limit: limitOf(faults, in.Limit)}
	if published := yes(faults, "published", in.Published); in.Published != "" {
		f.Published = &published
	}
	for field, text := range map[string]string{"q": in.Search, "service": in.Service, "external_id": in.ExternalID} {
		if p := tradepost.LineProblem(text, tradepost.MaxLine); p != "" {
			*faults = merge(*faults, tradepost.Invalid{{Field: "query." + field, Problem: p}})
		}
	}
	if in.Language != "" && tradepost.LanguageProblem(in.Language) != "" {
		*faults = merge(*faults, tradepost.Invalid{{Field: "query.language", Problem: tradepost.LanguageProblem(in.Language)}})
	}
	if in.Cursor != "" {
		at, ok := positionOf(in.Cursor)
		if f.After = at.ID; !ok {
			*faults = merge(*faults, tradepost.Invalid{{Field: "query.cursor", Problem: "is not the next of a page before"}})
		}
	}
	return f
}

func (s *server) listPartners(ctx context.Context, in *listPartnersInput) (*partnersOutput, error) {
	var faults tradepost.Invalid
	f := in.filter(ctx, &faults)
	if faults != nil {
		return nil, faults
	}
	limit := f.Limit
	f.Limit++ // one more says that there is a next page
	partners, err := s.store.PartnersWith(ctx, f)
	if err != nil {
		return nil, err
	}
	out := &partnersOutput{}
	if len(partners) > limit {
		partners = partners[:limit]
		out.Body.Next = cursorOf(store.Position{LastAt: time.Unix(0, 0), ID: partners[limit-1].ID})
		out.Link = s.nextPartners(in, out.Body.Next)
	}
	out.Body.Items = make([]partnerView, len(partners))
	for i, p := range partners {
		out.Body.Items[i] = viewPartner(p)
	}
	return out, nil
}

// nextPartners is the address of the next page with everything that was asked for.
func (s *server) nextPartners(in *listPartnersInput, next string) string {
	q := url.Values{}
	for name, v := range map[string]string{"q": in.Search, "published": in.Published, "contactable": in.Contactable, "service": in.Service,
		"language": in.Language, "external_id": in.ExternalID, "limit": in.Limit, "cursor": next} {
		if v != "" {
			q.Set(name, v)
		}
	}
	return "<" + s.baseURL + "/v1/partners?" + q.Encode() + `>; rel="next"`
}

type addPartnerInput struct {
	payload
	Key string `header:"Idempotency-Key" doc:"Names this request, so that sending it again changes nothing"`
}

type partnerInput struct {
	ID string `path:"id" example:"par_1"`
}

type putPartnerInput struct {
	payload
	ID      string  `path:"id" example:"par_1"`
	IfMatch ifMatch `header:"If-Match" example:"\"v3\"" doc:"ETag of what was read (RFC 9110 13.1.1): refused with 412 if somebody else has made a change since. Without it the last change wins"`
}

type partnerOutput struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     partnerView
}

func partnerAnswer(p store.Partner) *partnerOutput {
	return &partnerOutput{Location: "/v1/partners/" + tradepost.FormatID(tradepost.PartnerPrefix, p.ID), ETag: etag(p.Version), Body: viewPartner(p)}
}

func (s *server) addPartner(ctx context.Context, in *addPartnerInput) (*partnerOutput, error) {
	var b partnerBody
	faults, err := in.decode(&b)
	if err != nil {
		return nil, err
	}
	req, bad := in.request(ctx, in.Key)
	faults = append(faults, bad...)
	if faults = merge(faults, b.profile().Validate()); faults != nil {
		return nil, faults
	}
	id, err := s.store.NewPartner(ctx, b.profile(), req)
	if err != nil {
		return nil, err
	}
	p, err := s.store.Partner(ctx, id)
	if err != nil {
		return nil, err
	}
	return partnerAnswer(p), nil
}

func (s *server) getPartner(ctx context.Context, in *partnerInput) (*partnerOutput, error) {
	id, err := tradepost.ParseID(tradepost.PartnerPrefix, in.ID)
	if err != nil {
		return nil, noSuch("partner")
	}
	p, err := s.store.Partner(ctx, id)
	if err != nil {
		return nil, err
	}
	return partnerAnswer(p), nil
}

func (s *server) putPartner(ctx context.Context, in *putPartnerInput) (*partnerOutput, error) {
	id, err := tradepost.ParseID(tradepost.PartnerPrefix, in.ID)
	if err != nil {
		return nil, noSuch("partner")
	}
	var b partnerBody
	faults, err := in.decode(&b)
	if err != nil {
		return nil, err
	}
	only := in.IfMatch.versions(&faults)
	if faults = merge(faults, b.profile().Validate()); faults != nil {
		return nil, faults
	}
	p, err := s.store.SetPartner(ctx, id, b.profile(), callerOf(ctx).partner != 0, only...)
	if err != nil {
		return nil, err
	}
	return partnerAnswer(p), nil
}
