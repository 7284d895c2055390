package web

import (
	"context"
	"fmt"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

type addWebhookBody struct {
	URL     string   `json:"url" example:"https://shop.example/webhooks"`
	Events  []string `json:"events,omitempty" maxItems:"20" nullable:"false" doc:"The types that are wanted, as in message.created; all when missing or empty"`
	Partner string   `json:"partner,omitempty" example:"par_1" doc:"Whose events it gets; without it the platform's, which gets all. A partner's key makes its own"`
}

type webhookBody struct {
	URL     string   `json:"url" example:"https://shop.example/webhooks"`
	Events  []string `json:"events,omitempty" maxItems:"20" nullable:"false" doc:"As when it was made; all when missing or empty"`
	Enabled *bool    `json:"enabled" nullable:"false" doc:"While it is false nothing is sent, and of what happens nothing is kept for it"`
}

type webhookView struct {
	ID         string     `json:"id" example:"whk_1"`
	Partner    string     `json:"partner,omitempty" example:"par_1" doc:"Whose events it gets; absent of the platform's, which gets all"`
	URL        string     `json:"url"`
	Events     []string   `json:"events" nullable:"false" doc:"Empty: all"`
	Enabled    bool       `json:"enabled"`
	DisabledAt *time.Time `json:"disabled_at,omitempty"`
	Gone       bool       `json:"gone,omitempty" doc:"It was disabled since it answered 410"`
	Failures   int        `json:"failures" doc:"Turns in a row in which something was not taken"`
	Pending    int        `json:"pending" doc:"Events that wait to be sent, up to 1000"`
	Dead       int        `json:"dead" doc:"Events that were not taken by their last attempt, up to 1000"`
	CreatedAt  time.Time  `json:"created_at"`
	OldUntil   *time.Time `json:"old_secret_until,omitempty" doc:"Until then the secret of before the last rotation signs, too"`
}

func viewWebhook(w store.Webhook) webhookView {
	v := webhookView{
		ID: tradepost.FormatID(tradepost.WebhookPrefix, w.ID), URL: w.URL, Events: make([]string, len(w.Events)), Enabled: w.DisabledAt.IsZero(),
		DisabledAt: present(w.DisabledAt), Gone: w.Gone, Failures: w.Failures, Pending: w.Pending, Dead: w.Dead,
		CreatedAt: w.CreatedAt.UTC(), OldUntil: present(w.OldUntil),
	}
	for i, t := range w.Events {
		v.Events[i] = string(t)
	}
	if w.PartnerID != 0 {
		v.Partner = tradepost.FormatID(tradepost.PartnerPrefix, w.PartnerID)
	}
	return v
}

type webhookInput struct {
	ID string `path:"id" example:"whk_1"`
}

type changeWebhookInput struct {
	payload
	ID string `path:"id" example:"whk_1"`
}

type webhookOutput struct {
	Body webhookView
}

type webhooksOutput struct {
	Body struct {
		Items []webhookView `json:"items" nullable:"false"`
	}
}

// webhookSecretOutput is the one answer that shows a secret.
type webhookSecretOutput struct {
	Location string `header:"Location"`
	Body     struct {
		webhookView
		Secret string `json:"secret" example:"whsec_…" doc:"What signs the requests; it is shown this once"`
	}
}

func (s *server) listWebhooks(ctx context.Context, _ *struct{}) (*webhooksOutput, error) {
	list, err := s.store.Webhooks(ctx, callerOf(ctx).partner)
	if err != nil {
		return nil, err
	}
	out := &webhooksOutput{}
	out.Body.Items = make([]webhookView, len(list))
	for i, w := range list {
		out.Body.Items[i] = viewWebhook(w)
	}
	return out, nil
}

// webhookTarget reads where an endpoint is and what it wants.
func (s *server) webhookTarget(faults *tradepost.Invalid, owner int64, url string, events []string) []tradepost.EventType {
	if p := s.webhooks.Of(owner).URLProblem(url); p != "" {
		*faults = merge(*faults, tradepost.Invalid{{Field: "url", Problem: p}})
	}
	types := make([]tradepost.EventType, 0, len(events))
	for i, e := range events {
		t := tradepost.EventType(e)
		if !t.Known() {
			*faults = merge(*faults, tradepost.Invalid{{Field: indexed("events", i), Problem: "is not a type of event as message.created is"}})
		}
		types = append(types, t)
	}
	return types
}

func (s *server) addWebhook(ctx context.Context, in *struct{ payload }) (*webhookSecretOutput, error) {
	var b addWebhookBody
	faults, err := in.decode(&b)
	if err != nil {
		return nil, err
	}
	w := store.Webhook{PartnerID: callerOf(ctx).partner, URL: b.URL}
	if b.Partner != "" {
		given := parseID(&faults, tradepost.PartnerPrefix, "partner", b.Partner)
		if own := callerOf(ctx).partner; own != 0 && given != own {
			faults = merge(faults, tradepost.Invalid{{Field: "partner", Problem: "must be your own, or left out"}})
		}
		w.PartnerID = given
	}
	w.Events = s.webhookTarget(&faults, w.PartnerID, b.URL, b.Events)
	if faults != nil {
		return nil, faults
	}
	w, secret, err := s.store.AddWebhook(ctx, w)
	if err != nil {
		return nil, err
	}
	return secretAnswer(w, secret), nil
}

func secretAnswer(w store.Webhook, secret tradepost.WebhookSecret) *webhookSecretOutput {
	out := &webhookSecretOutput{}
	out.Body.webhookView, out.Body.Secret = viewWebhook(w), secret.Text()
	out.Location = "/v1/webhooks/" + out.Body.ID
	return out
}

func (s *server) getWebhook(ctx context.Context, in *webhookInput) (*webhookOutput, error) {
	id, err := tradepost.ParseID(tradepost.WebhookPrefix, in.ID)
	if err != nil {
		return nil, noSuch("webhook")
	}
	w, err := s.store.Webhook(ctx, id)
	if err != nil {
		return nil, err
	}
	return &webhookOutput{Body: viewWebhook(w)}, nil
}

func (s *server) putWebhook(ctx context.Context, in *changeWebhookInput) (*webhookOutput, error) {
	id, err := tradepost.ParseID(tradepost.WebhookPrefix, in.ID)
	if err != nil {
		return nil, noSuch("webhook")
	}
	var b webhookBody
	faults, err := in.decode(&b)
	if err != nil {
		return nil, err
	}
	before, err := s.store.Webhook(ctx, id)
	if err != nil {
		return nil, err
	}
	types := s.webhookTarget(&faults, before.PartnerID, b.URL, b.Events)
	if b.Enabled == nil {
		faults = merge(faults, tradepost.Invalid{{Field: "enabled", Problem: "is missing"}})
	}
	if faults != nil {
		return nil, faults
	}
	w, err := s.store.PutWebhook(ctx, id, b.URL, types, *b.Enabled)
	if err != nil {
		return nil, err
	}
	return &webhookOutput{Body: viewWebhook(w)}, nil
}

func (s *server) deleteWebhook(ctx context.Context, in *webhookInput) (*struct{}, error) {
	id, err := tradepost.ParseID(tradepost.WebhookPrefix, in.ID)
	if err != nil {
		return nil, noSuch("webhook")
	}
	return nil, s.store.DeleteWebhook(ctx, id)
}

// Bounds on how long two secrets sign.
const (
	keepSecretHours    = 24
	maxKeepSecretHours = 168
)

type rotateBody struct {
	KeepHours *int64 `json:"keep_hours,omitempty" minimum:"0" maximum:"168" nullable:"false" doc:"How long the old secret signs beside the new one: 24 when missing; 0 where it got known to somebody else"`
}

func (s *server) rotateWebhookSecret(ctx context.Context, in *changeWebhookInput) (*webhookSecretOutput, error) {
	id, err := tradepost.ParseID(tradepost.WebhookPrefix, in.ID)
	if err != nil {
		return nil, noSuch("webhook")
	}
	var b rotateBody
	faults, err := in.decode(&b)
	if err != nil {
		return nil, err
	}
	hours := int64(keepSecretHours)
	if b.KeepHours != nil {
		hours = *b.KeepHours
	}
	if hours < 0 || hours > maxKeepSecretHours {
		faults = merge(faults, tradepost.Invalid{{Field: "keep_hours", Problem: fmt.Sprintf("must be from 0 to %d", maxKeepSecretHours)}})
	}
	if faults != nil {
		return nil, faults
	}
	w, secret, err := s.store.RotateWebhookSecret(ctx, id, time.Duration(hours)*time.Hour)
	if err != nil {
		return nil, err
	}
	return secretAnswer(w, secret), nil
}
