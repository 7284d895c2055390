package web

import (
	"context"
	"errors"
	"time"

	"github.com/tradepost-mail/tradepost"
)

// merchantBody is a merchant as the platform describes it.
type merchantBody struct {
	ExternalID  string `json:"external_id,omitempty" doc:"The platform's own id; finds the same merchant again"`
	Name        string `json:"name"`
	Email       string `json:"email" doc:"Where mail goes; never shown to a partner"`
	PublicEmail string `json:"public_email,omitempty" doc:"Shown to partners"`
	Role        string `json:"role" enum:"owner,staff,no_store"`
	StoreName   string `json:"store_name,omitempty" doc:"Required unless role is no_store"`
	StoreURL    string `json:"store_url,omitempty" doc:"Required unless role is no_store"`
	Locale      string `json:"locale,omitempty" doc:"A language tag; English when missing"`
}

type attachmentBody struct {
	Filename      string  `json:"filename"`
	ContentType   string  `json:"content_type,omitempty" doc:"A media type without parameters; application/octet-stream when missing"`
	ContentBase64 *string `json:"content_base64" nullable:"false" doc:"RFC 4648 section 4"`
}

type openBody struct {
	Partner     string           `json:"partner" example:"par_1"`
	Kind        string           `json:"kind" enum:"service,opportunity,qualification,inventory,product,integration"`
	Service     string           `json:"service,omitempty" doc:"Id or name of one of the partner's services; required for kind service"`
	Body        string           `json:"body,omitempty" doc:"Required where nothing is attached"`
	Merchant    merchantBody     `json:"merchant"`
	Attachments []attachmentBody `json:"attachments,omitempty" maxItems:"20" nullable:"false"`
}

type openInput struct {
	payload
	Key string `header:"Idempotency-Key" doc:"Names this request, so that sending it again changes nothing"`
}

// merchantView is a merchant in an answer to the platform.
type merchantView struct {
	ExternalID  string `json:"external_id,omitempty"`
	Name        string `json:"name"`
	Email       string `json:"email,omitempty" doc:"Only for the platform, which it comes from"`
	PublicEmail string `json:"public_email,omitempty"`
	Role        string `json:"role"`
	StoreName   string `json:"store_name,omitempty"`
	StoreURL    string `json:"store_url,omitempty"`
}

type openOutput struct {
	Location string `header:"Location"`
	Body     openedView
}

// openedView holds nothing that changes when the conversation goes on: the
// answer to a repeated request is the first one.
type openedView struct {
	ID        string       `json:"id" example:"con_1"`
	Partner   string       `json:"partner" example:"par_1"`
	Kind      string       `json:"kind"`
	Service   string       `json:"service,omitempty" doc:"Its name"`
	CreatedAt time.Time    `json:"created_at"`
	Merchant  merchantView `json:"merchant"`
	Message   string       `json:"message" example:"msg_1" doc:"Id of the first message"`
}

func (s *server) openConversation(ctx context.Context, in *openInput) (*openOutput, error) {
	var b openBody
	faults, err := in.decode(&b)
	if err != nil {
		return nil, err
	}
	req, bad := in.request(ctx, in.Key)
	faults = append(faults, bad...)
	o := tradepost.Opening{
		PartnerID: parseID(&faults, tradepost.PartnerPrefix, "partner", b.Partner),
		Kind:      tradepost.Kind(b.Kind), Service: b.Service, Body: b.Body,
		Merchant:    b.Merchant.merchant(),
		Attachments: attachments(&faults, b.Attachments),
	}
	if faults = merge(faults, o.Validate()); faults != nil {
		return nil, faults
	}
	o.Body = tradepost.NormalBody(o.Body)
	id, err := s.store.OpenConversation(ctx, o, req)
	if err != nil {
		return nil, err
	}
	c, opening, err := s.store.Opened(ctx, id)
	if err != nil {
		return nil, err
	}
	out := &openOutput{Location: "/v1/conversations/" + tradepost.FormatID(tradepost.ConversationPrefix, id)}
	out.Body = openedView{
		ID:        tradepost.FormatID(tradepost.ConversationPrefix, id),
		Partner:   tradepost.FormatID(tradepost.PartnerPrefix, c.PartnerID),
		Kind:      string(c.Kind),
		Service:   c.Service,
		CreatedAt: c.CreatedAt.UTC(),
		// Of the request, not of the row: a later request may describe the same
		// merchant otherwise, and the key promises that this one didn't change.
		Merchant: viewMerchant(o.Merchant, true),
		Message:  tradepost.FormatID(tradepost.MessagePrefix, opening),
	}
	return out, nil
}

// attachments decodes the files of a request; what isn't base64 is a fault.
func attachments(faults *tradepost.Invalid, files []attachmentBody) []tradepost.Attachment {
	out := make([]tradepost.Attachment, len(files))
	for i, f := range files {
		var data []byte
		var problem string
		if f.ContentBase64 == nil {
			problem = "is missing"
		} else if decoded, err := decodeBase64(*f.ContentBase64); err != nil {
			problem = "is not base64 with padding (RFC 4648 section 4)"
		} else {
			data = decoded
		}
		if problem != "" {
			*faults = merge(*faults, tradepost.Invalid{{Field: indexed("attachments", i) + ".content_base64", Problem: problem}})
		}
		out[i] = tradepost.NewAttachment(f.Filename, f.ContentType, data)
	}
	return out
}

type conversationInput struct {
	ID string `path:"id" example:"con_1"`
}

type conversationOutput struct {
	Body conversationView
}

type conversationView struct {
	ID        string            `json:"id" example:"con_1"`
	Partner   string            `json:"partner" example:"par_1"`
	Kind      string            `json:"kind"`
	Service   string            `json:"service,omitempty" doc:"Its name"`
	CreatedAt time.Time         `json:"created_at"`
	Merchant  knownMerchantView `json:"merchant"`
	Messages  []messageView     `json:"messages" nullable:"false"`
	// Request is absent for other kinds.
	Request string `json:"qualification_request,omitempty" enum:"requested,qualified,refused" doc:"Of kind qualification: what has become of it"`
	workView
}

func (s *server) getConversation(ctx context.Context, in *conversationInput) (*conversationOutput, error) {
	id, err := tradepost.ParseID(tradepost.ConversationPrefix, in.ID)
	if err != nil {
		return nil, noSuch("conversation")
	}
	c, messages, err := s.store.Conversation(ctx, id)
	if errors.Is(err, tradepost.ErrNotFound) {
		return nil, noSuch("conversation")
	}
	if err != nil {
		return nil, err
	}
	out := &conversationOutput{Body: conversationView{
		ID: in.ID, Partner: tradepost.FormatID(tradepost.PartnerPrefix, c.PartnerID), Kind: string(c.Kind), Service: c.Service,
		CreatedAt: c.CreatedAt.UTC(), Messages: make([]messageView, len(messages)),
	}}
	known, err := s.store.Merchant(ctx, c.Merchant.ID)
	if err != nil {
		return nil, err
	}
	out.Body.Merchant = knownMerchantView{viewMerchant(known.Merchant.Merchant, keyed(ctx)), viewFacts(known.Facts)}
	for i, m := range messages {
		out.Body.Messages[i] = s.viewMessage(m)
	}
	work, err := s.store.Work(ctx, id)
	if err != nil {
		return nil, err
	}
	out.Body.workView = viewWork(work)
	if c.Kind == tradepost.KindQualification {
		state, err := s.store.QualificationState(ctx, id)
		if err != nil {
			return nil, err
		}
		out.Body.Request = string(state)
	}
	return out, nil
}

// keyed reports whether the addresses that mail goes to may be shown: to the
// platform, which they come from, and to nobody else.
func keyed(ctx context.Context) bool { c := callerOf(ctx); return c.key != 0 && c.partner == 0 }

func viewMerchant(m tradepost.Merchant, withAddress bool) merchantView {
	v := merchantView{
		ExternalID: m.ExternalID, Name: m.Name, PublicEmail: m.PublicEmail, Role: string(m.Role),
		StoreName: m.StoreName, StoreURL: m.StoreURL,
	}
	if withAddress {
		v.Email = m.Email
	}
	return v
}
