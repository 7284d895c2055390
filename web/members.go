package web

import (
	"context"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

type memberBody struct {
	ExternalID string `json:"external_id,omitempty" doc:"The platform's own id, unique within the partner"`
	Name       string `json:"name"`
	Email      string `json:"email" doc:"The primary address, where mail goes"`
	Role       string `json:"role,omitempty" enum:"owner,member" default:"member"`
	Locale     string `json:"locale,omitempty" example:"sv" doc:"A language tag; en when missing"`
	Zone       string `json:"zone,omitempty" example:"Europe/Stockholm" doc:"An IANA time zone; UTC when missing"`
}

func (b memberBody) profile() tradepost.MemberProfile {
	return tradepost.MemberProfile{ExternalID: b.ExternalID, Name: b.Name, Email: b.Email, Role: b.Role, Locale: b.Locale, Zone: b.Zone}.WithDefaults()
}

type memberView struct {
	ID         string   `json:"id" example:"mbr_1"`
	ExternalID string   `json:"external_id,omitempty"`
	Name       string   `json:"name"`
	Email      string   `json:"email"`
	Addresses  []string `json:"addresses" nullable:"false" doc:"Further ones that they may write from"`
	Role       string   `json:"role" enum:"owner,member"`
	Locale     string   `json:"locale"`
	Zone       string   `json:"zone"`
	// Suppressed is absent while mail goes to the address.
	Suppressed *suppressedView `json:"suppressed,omitempty" doc:"Why no mail goes to the address; absent while it does"`
}

func viewMember(m store.Member) memberView {
	v := memberView{ID: tradepost.FormatID(tradepost.MemberPrefix, m.ID), ExternalID: m.ExternalID, Name: m.Name, Email: m.Email,
		Addresses: append([]string{}, m.Aliases...), Role: m.Role, Locale: m.Locale, Zone: m.Zone}
	if su := m.Suppressed; su != nil {
		v.Suppressed = &suppressedView{string(su.Reason), su.Since.UTC()}
	}
	return v
}

// changer says for whom a team is changed.
func changer(ctx context.Context) store.ByWhom {
	switch c := callerOf(ctx); {
	case c.partner == 0:
		return store.ByPlatform
	case c.member == 0 || c.owner:
		return store.ByTeam
	}
	return store.ByMember
}

type addMemberInput struct {
	payload
	ID  string `path:"id" example:"par_1"`
	Key string `header:"Idempotency-Key" doc:"Names this request, so that sending it again changes nothing"`
}

type putMemberInput struct {
	payload
	ID      string  `path:"id" example:"mbr_1"`
	IfMatch ifMatch `header:"If-Match" example:"\"v3\"" doc:"ETag of what was read (RFC 9110 13.1.1): refused with 412 if somebody else has made a change since. Without it the last change wins"`
}

type deleteMemberInput struct {
	ID      string  `path:"id" example:"mbr_1"`
	IfMatch ifMatch `header:"If-Match" example:"\"v3\"" doc:"ETag of what was read (RFC 9110 13.1.1): refused with 412 if somebody else has made a change since. Without it the last change wins"`
}

type memberOutput struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     memberView
}

func memberAnswer(m store.Member) *memberOutput {
	return &memberOutput{Location: "/v1/members/" + tradepost.FormatID(tradepost.MemberPrefix, m.ID), ETag: etag(m.Version), Body: viewMember(m)}
}

func (s *server) addMember(ctx context.Context, in *addMemberInput) (*memberOutput, error) {
	partner, err := tradepost.ParseID(tradepost.PartnerPrefix, in.ID)
	if err != nil {
		return nil, noSuch("partner")
	}
	var b memberBody
	faults, err := in.decode(&b)
	if err != nil {
		return nil, err
	}
	req, bad := in.request(ctx, in.Key)
	faults = append(faults, bad...)
	if faults = merge(faults, b.profile().Validate()); faults != nil {
		return nil, faults
	}
	id, err := s.store.AddMember(ctx, partner, b.profile(), changer(ctx), req)
	if err != nil {
		return nil, err
	}
	m, err := s.store.Member(ctx, id)
	if err != nil {
		return nil, err
	}
	return memberAnswer(m), nil
}

func (s *server) getMember(ctx context.Context, in *memberInput) (*memberOutput, error) {
	id, err := tradepost.ParseID(tradepost.MemberPrefix, in.ID)
	if err != nil {
		return nil, noSuch("member")
	}
	m, err := s.store.Member(ctx, id)
	if err != nil {
		return nil, err
	}
	return memberAnswer(m), nil
}

func (s *server) putMember(ctx context.Context, in *putMemberInput) (*memberOutput, error) {
	id, err := tradepost.ParseID(tradepost.MemberPrefix, in.ID)
	if err != nil {
		return nil, noSuch("member")
	}
	var b memberBody
	faults, err := in.decode(&b)
	if err != nil {
		return nil, err
	}
	only := in.IfMatch.versions(&faults)
	if faults = merge(faults, b.profile().Validate()); faults != nil {
		return nil, faults
	}
	m, err := s.store.SetMember(ctx, id, b.profile(), changer(ctx), only...)
	if err != nil {
		return nil, err
	}
	return memberAnswer(m), nil
}

func (s *server) deleteMember(ctx context.Context, in *deleteMemberInput) (*struct{}, error) {
	id, err := tradepost.ParseID(tradepost.MemberPrefix, in.ID)
	if err != nil {
		return nil, noSuch("member")
	}
	var faults tradepost.Invalid
	only := in.IfMatch.versions(&faults)
	if faults != nil {
		return nil, faults
	}
	return nil, s.store.RemoveMember(ctx, id, only...)
}

type addressBody struct {
	Address string `json:"address" doc:"Mail to it is known to reach the member, who may write from it"`
}

type addAddressInput struct {
	payload
	ID string `path:"id" example:"mbr_1"`
}

func (s *server) addAddress(ctx context.Context, in *addAddressInput) (*memberOutput, error) {
	id, err := tradepost.ParseID(tradepost.MemberPrefix, in.ID)
	if err != nil {
		return nil, noSuch("member")
	}
	var b addressBody
	faults, err := in.decode(&b)
	if err != nil {
		return nil, err
	}
	if p := tradepost.AddressProblem(b.Address); p != "" {
		faults = merge(faults, tradepost.Invalid{{Field: "address", Problem: p}})
	}
	if faults != nil {
		return nil, faults
	}
	m, err := s.store.AddAlias(ctx, id, b.Address)
	if err != nil {
		return nil, err
	}
	return memberAnswer(m), nil
}

type deleteAddressInput struct {
	ID      string `path:"id" example:"mbr_1"`
	Address string `path:"address" example:"maja@lind.example"`
}

func (s *server) deleteAddress(ctx context.Context, in *deleteAddressInput) (*struct{}, error) {
	id, err := tradepost.ParseID(tradepost.MemberPrefix, in.ID)
	if err != nil {
		return nil, noSuch("member")
	}
	if tradepost.AddressProblem(in.Address) != "" {
		return nil, noSuch("address")
	}
	_, err = s.store.RemoveAlias(ctx, id, in.Address)
	return nil, err
}
