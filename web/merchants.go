package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// factsBody is what the platform knows of a merchant beside who they are.
type factsBody struct {
	Website       string `json:"website,omitempty" example:"https://atelier.example/about"`
	ProfileURL    string `json:"profile_url,omitempty" doc:"Their page on the marketplace"`
	ResellerType  string `json:"reseller_type,omitempty" doc:"In the platform's own words"`
	OpenOrders    *int64 `json:"open_orders,omitempty" minimum:"0" maximum:"9007199254740992" nullable:"false" doc:"How many; not known when missing"`
	LastInvoiceOn string `json:"last_invoice_on,omitempty" example:"2026-03-31" doc:"A date (RFC 3339 full-date)"`
}

func viewFacts(f tradepost.Facts) factsBody {
	return factsBody{Website: f.Website, ProfileURL: f.ProfileURL, ResellerType: f.ResellerType, OpenOrders: f.OpenOrders, LastInvoiceOn: f.LastInvoiceOn}
}

func (b factsBody) facts() tradepost.Facts {
	return tradepost.Facts{Website: b.Website, ProfileURL: b.ProfileURL, ResellerType: b.ResellerType, OpenOrders: b.OpenOrders, LastInvoiceOn: b.LastInvoiceOn}
}

// putMerchantBody is all that is known of a merchant.
type putMerchantBody struct {
	ExternalID    string `json:"external_id,omitempty" doc:"The platform's own id; finds the merchant. Without it the address does"`
	Name          string `json:"name"`
	Email         string `json:"email" doc:"Where mail goes; never shown to a partner"`
	PublicEmail   string `json:"public_email,omitempty" doc:"Shown to partners"`
	Role          string `json:"role" enum:"owner,staff,no_store"`
	StoreName     string `json:"store_name,omitempty" doc:"Required unless role is no_store"`
	StoreURL      string `json:"store_url,omitempty" doc:"Required unless role is no_store"`
	Locale        string `json:"locale,omitempty" doc:"A language tag; English when missing"`
	Website       string `json:"website,omitempty" example:"https://atelier.example/about"`
	ProfileURL    string `json:"profile_url,omitempty" doc:"Their page on the marketplace"`
	ResellerType  string `json:"reseller_type,omitempty" doc:"In the platform's own words"`
	OpenOrders    *int64 `json:"open_orders,omitempty" minimum:"0" maximum:"9007199254740992" nullable:"false" doc:"How many; not known when missing"`
	LastInvoiceOn string `json:"last_invoice_on,omitempty" example:"2026-03-31" doc:"A date (RFC 3339 full-date)"`
}

func (b putMerchantBody) merchant() tradepost.Merchant {
	return merchantBody{b.ExternalID, b.Name, b.Email, b.PublicEmail, b.Role, b.StoreName, b.StoreURL, b.Locale}.merchant()
}

func (b putMerchantBody) facts() tradepost.Facts {
	return factsBody{b.Website, b.ProfileURL, b.ResellerType, b.OpenOrders, b.LastInvoiceOn}.facts()
}

func (b merchantBody) merchant() tradepost.Merchant {
	return tradepost.Merchant{ExternalID: b.ExternalID, Name: b.Name, Email: b.Email, PublicEmail: b.PublicEmail,
		Role: tradepost.MerchantRole(b.Role), StoreName: b.StoreName, StoreURL: b.StoreURL, Locale: b.Locale}
}

// knownMerchantView is a merchant with the facts, as a conversation shows them.
type knownMerchantView struct {
	merchantView
	factsBody
}

type fullMerchantView struct {
	ID string `json:"id" example:"mrc_1"`
	knownMerchantView
	Locale string `json:"locale"`
}

// elsewhereView is who else has qualified a merchant.
type elsewhereView struct {
	Count    int                `json:"count" doc:"How many published partners, up to 100"`
	Partners []elsewherePartner `json:"partners,omitempty" doc:"For the platform only: which teams work with whom, and by what code, is their own"`
}

type elsewherePartner struct {
	ID   string `json:"id" example:"par_2"`
	Name string `json:"name"`
	Code string `json:"code"`
}

func (s *server) elsewhere(ctx context.Context, c store.Conversation) (v elsewhereView, err error) {
	others, err := s.store.QualifiedElsewhere(ctx, c.Merchant.ID, c.PartnerID)
	if err != nil {
		return elsewhereView{}, err
	}
	if v.Count = len(others); keyed(ctx) {
		for _, o := range others {
			v.Partners = append(v.Partners, elsewherePartner{tradepost.FormatID(tradepost.PartnerPrefix, o.PartnerID), o.Partner, o.Code})
		}
	}
	return v, nil
}

type merchantOutput struct {
	Status   int
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     fullMerchantView
}

func merchantAnswer(m store.KnownMerchant) *merchantOutput {
	id := tradepost.FormatID(tradepost.MerchantPrefix, m.ID)
	return &merchantOutput{Status: http.StatusOK, Location: "/v1/merchants/" + id, ETag: etag(m.Version), Body: fullMerchantView{
		ID: id, knownMerchantView: knownMerchantView{viewMerchant(m.Merchant.Merchant, true), viewFacts(m.Facts)}, Locale: m.Locale,
	}}
}

type putMerchantInput struct {
	payload
	IfMatch ifMatch `header:"If-Match" example:"\"v3\"" doc:"ETag of what was read (RFC 9110 13.1.1): refused with 412 if somebody else has made a change since. Without it the last change wins"`
}

func (s *server) putMerchant(ctx context.Context, in *putMerchantInput) (*merchantOutput, error) {
	var b putMerchantBody
	faults, err := in.decode(&b)
	if err != nil {
		return nil, err
	}
	only := in.IfMatch.versions(&faults)
	faults = merge(faults, b.merchant().Validate())
	if faults = merge(faults, b.facts().Validate()); faults != nil {
		return nil, faults
	}
	m, made, err := s.store.PutMerchant(ctx, b.merchant(), b.facts(), only...)
	if err != nil {
		return nil, err
	}
	out := merchantAnswer(m)
	if made {
		out.Status = http.StatusCreated
	}
	return out, nil
}

type merchantInput struct {
	ID string `path:"id" example:"mrc_1"`
}

func (s *server) getMerchant(ctx context.Context, in *merchantInput) (*merchantOutput, error) {
	id, err := tradepost.ParseID(tradepost.MerchantPrefix, in.ID)
	if err != nil {
		return nil, noSuch("merchant")
	}
	m, err := s.store.Merchant(ctx, id)
	if err != nil {
		return nil, err
	}
	return merchantAnswer(m), nil
}

type findMerchantInput struct {
	ExternalID string `query:"external_id" doc:"The platform's own id"`
	Email      string `query:"email" doc:"Of a merchant without one"`
}

type merchantsOutput struct {
	Body struct {
		Items []fullMerchantView `json:"items" nullable:"false" doc:"One, or none"`
	}
}

func (s *server) findMerchant(ctx context.Context, in *findMerchantInput) (*merchantsOutput, error) {
	var faults tradepost.Invalid
	if (in.ExternalID == "") == (in.Email == "") {
		faults = tradepost.Invalid{{Field: "query.external_id", Problem: "or else email must be given"}}
	}
	if p := tradepost.LineProblem(in.ExternalID, tradepost.MaxExternalID); p != "" {
		faults = merge(faults, tradepost.Invalid{{Field: "query.external_id", Problem: p}})
	}
	if in.Email != "" && tradepost.AddressProblem(in.Email) != "" {
		faults = merge(faults, tradepost.Invalid{{Field: "query.email", Problem: tradepost.AddressProblem(in.Email)}})
	}
	if faults != nil {
		return nil, faults
	}
	out := &merchantsOutput{}
	out.Body.Items = []fullMerchantView{}
	m, err := s.store.MerchantNamed(ctx, tradepost.Merchant{ExternalID: in.ExternalID, Email: in.Email}.Identity())
	switch {
	case err == nil:
		out.Body.Items = append(out.Body.Items, merchantAnswer(m).Body)
	case !errors.Is(err, tradepost.ErrNotFound):
		return nil, err
	}
	return out, nil
}
