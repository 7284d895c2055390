package web

import (
	"context"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

type serviceBody struct {
	ExternalID string   `json:"external_id,omitempty" doc:"The platform's own id, unique within the partner"`
	Name       string   `json:"name" doc:"Unique within the partner"`
	Languages  []string `json:"languages,omitempty" maxItems:"20" nullable:"false" example:"[\"sv\",\"en\"]" doc:"In which it is offered (ISO 639); none is any"`
}

func (b serviceBody) profile() tradepost.ServiceProfile {
	return tradepost.ServiceProfile{ExternalID: b.ExternalID, Name: b.Name, Languages: b.Languages}
}

type serviceView struct {
	ID         string   `json:"id" example:"svc_1"`
	ExternalID string   `json:"external_id,omitempty"`
	Name       string   `json:"name"`
	Languages  []string `json:"languages" nullable:"false" doc:"ISO 639; none is any"`
}

func viewService(v store.Service) serviceView {
	return serviceView{tradepost.FormatID(tradepost.ServicePrefix, v.ID), v.ExternalID, v.Name, append([]string{}, v.Languages...)}
}

type addServiceInput struct {
	payload
	ID  string `path:"id" example:"par_1"`
	Key string `header:"Idempotency-Key" doc:"Names this request, so that sending it again changes nothing"`
}

type serviceInput struct {
	ID string `path:"id" example:"svc_1"`
}

type putServiceInput struct {
	payload
	ID      string  `path:"id" example:"svc_1"`
	IfMatch ifMatch `header:"If-Match" example:"\"v3\"" doc:"ETag of what was read (RFC 9110 13.1.1): refused with 412 if somebody else has made a change since. Without it the last change wins"`
}

type deleteServiceInput struct {
	ID      string  `path:"id" example:"svc_1"`
	IfMatch ifMatch `header:"If-Match" example:"\"v3\"" doc:"ETag of what was read (RFC 9110 13.1.1): refused with 412 if somebody else has made a change since. Without it the last change wins"`
}

type serviceOutput struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     serviceView
}

func serviceAnswer(v store.Service) *serviceOutput {
	return &serviceOutput{Location: "/v1/services/" + tradepost.FormatID(tradepost.ServicePrefix, v.ID), ETag: etag(v.Version), Body: viewService(v)}
}

func (s *server) addService(ctx context.Context, in *addServiceInput) (*serviceOutput, error) {
	partner, err := tradepost.ParseID(tradepost.PartnerPrefix, in.ID)
	if err != nil {
		return nil, noSuch("partner")
	}
	var b serviceBody
	faults, err := in.decode(&b)
	if err != nil {
		return nil, err
	}
	req, bad := in.request(ctx, in.Key)
	faults = append(faults, bad...)
	if faults = merge(faults, b.profile().Validate()); faults != nil {
		return nil, faults
	}
	id, err := s.store.AddService(ctx, partner, b.profile(), req)
	if err != nil {
		return nil, err
	}
	v, err := s.store.Service(ctx, id)
	if err != nil {
		return nil, err
	}
	return serviceAnswer(v), nil
}

func (s *server) getService(ctx context.Context, in *serviceInput) (*serviceOutput, error) {
	id, err := tradepost.ParseID(tradepost.ServicePrefix, in.ID)
	if err != nil {
		return nil, noSuch("service")
	}
	v, err := s.store.Service(ctx, id)
	if err != nil {
		return nil, err
	}
	return serviceAnswer(v), nil
}

func (s *server) putService(ctx context.Context, in *putServiceInput) (*serviceOutput, error) {
	id, err := tradepost.ParseID(tradepost.ServicePrefix, in.ID)
	if err != nil {
		return nil, noSuch("service")
	}
	var b serviceBody
	faults, err := in.decode(&b)
	if err != nil {
		return nil, err
	}
	only := in.IfMatch.versions(&faults)
	if faults = merge(faults, b.profile().Validate()); faults != nil {
		return nil, faults
	}
	v, err := s.store.SetService(ctx, id, b.profile(), only...)
	if err != nil {
		return nil, err
	}
	return serviceAnswer(v), nil
}

// deleteService ends what a partner offers. Conversations about it keep its name.
func (s *server) deleteService(ctx context.Context, in *deleteServiceInput) (*struct{}, error) {
	id, err := tradepost.ParseID(tradepost.ServicePrefix, in.ID)
	if err != nil {
		return nil, noSuch("service")
	}
	var faults tradepost.Invalid
	only := in.IfMatch.versions(&faults)
	if faults != nil {
		return nil, faults
	}
	return nil, s.store.RemoveService(ctx, id, only...)
}
