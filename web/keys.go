package web

import (
	"context"
	"errors"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

type keyBody struct {
	Name     string `json:"name" doc:"For people: who uses it"`
	Partner  string `json:"partner,omitempty" example:"par_1" doc:"Whose data alone it opens; without it the key is the platform's and opens everything"`
	ReadOnly bool   `json:"read_only,omitempty"`
	Rate     int64  `json:"rate,omitempty" minimum:"1" maximum:"1000000" doc:"Requests a second that it may make of one server process; the server's default when missing"`
}

type keyView struct {
	ID         string     `json:"id" example:"key_1"`
	Name       string     `json:"name"`
	Partner    string     `json:"partner,omitempty" example:"par_1"`
	ReadOnly   bool       `json:"read_only"`
	Rate       int        `json:"rate,omitempty"`
	Beginning  string     `json:"beginning,omitempty" doc:"Of the key, to know it by"`
	CreatedAt  time.Time  `json:"created_at"`
	LastUsedAt *time.Time `json:"last_used_at,omitempty" doc:"To the minute"`
	RevokedAt  *time.Time `json:"revoked_at,omitempty"`
}

func viewKey(k store.APIKey) keyView {
	v := keyView{
		ID: tradepost.FormatID(tradepost.APIKeyPrefix, k.ID), Name: k.Name, ReadOnly: k.ReadOnly, Rate: k.Rate, Beginning: k.Beginning,
		CreatedAt: k.CreatedAt.UTC(), LastUsedAt: present(k.LastUsedAt), RevokedAt: present(k.RevokedAt),
	}
	if k.PartnerID != 0 {
		v.Partner = tradepost.FormatID(tradepost.PartnerPrefix, k.PartnerID)
	}
	return v
}

type keysOutput struct {
	Body struct {
		Items []keyView `json:"items" nullable:"false"`
	}
}

func (s *server) listKeys(ctx context.Context, _ *struct{}) (*keysOutput, error) {
	list, err := s.store.APIKeys(ctx)
	if err != nil {
		return nil, err
	}
	out := &keysOutput{}
	out.Body.Items = make([]keyView, len(list))
	for i, k := range list {
		out.Body.Items[i] = viewKey(k)
	}
	return out, nil
}

type newKeyOutput struct {
	Body struct {
		keyView
		Key string `json:"key" doc:"The secret; it is shown this once"`
	}
}

func (s *server) addKey(ctx context.Context, in *struct{ payload }) (*newKeyOutput, error) {
	var b keyBody
	faults, err := in.decode(&b)
	if err != nil {
		return nil, err
	}
	k := store.APIKey{Name: b.Name, ReadOnly: b.ReadOnly, Rate: int(min(max(b.Rate, -1), 1<<30))}
	if b.Partner != "" {
		k.PartnerID = parseID(&faults, tradepost.PartnerPrefix, "partner", b.Partner)
	}
	if faults != nil {
		return nil, faults
	}
	k, secret, err := s.store.NewAPIKey(ctx, k)
	if err != nil {
		return nil, err
	}
	out := &newKeyOutput{}
	out.Body.keyView, out.Body.Key = viewKey(k), secret
	return out, nil
}

type keyInput struct {
	ID string `path:"id" example:"key_1"`
}

func (s *server) revokeKey(ctx context.Context, in *keyInput) (*struct{}, error) {
	id, err := tradepost.ParseID(tradepost.APIKeyPrefix, in.ID)
	if err != nil {
		return nil, noSuch("key")
	}
	err = s.store.RevokeAPIKey(ctx, id)
	if errors.Is(err, tradepost.ErrNotFound) {
		err = noSuch("key")
	}
	return nil, err
}
