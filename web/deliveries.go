package web

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

type deliveriesInput struct {
	ID     string `path:"id" example:"whk_1"`
	State  string `query:"state" example:"dead" doc:"pending, delivered or dead; all when missing"`
	Limit  string `query:"limit" example:"50" doc:"1 to 100; 50 when missing"`
	Cursor string `query:"cursor" doc:"next of the page before"`
}

type deliveryView struct {
	Event       string     `json:"event" example:"evt_1" doc:"As webhook-id says it"`
	Type        string     `json:"type" example:"message.created"`
	HappenedAt  time.Time  `json:"happened_at"`
	Payload     string     `json:"payload" doc:"The body as it is sent"`
	State       string     `json:"state" enum:"pending,delivered,dead"`
	Attempts    int        `json:"attempts" doc:"Since it happened or was replayed; ten at most"`
	DueAt       *time.Time `json:"due_at,omitempty" doc:"Of a pending one: when it is sent next"`
	AttemptedAt *time.Time `json:"attempted_at,omitempty"`
	Status      int        `json:"status,omitempty" doc:"HTTP's, of the last answer; absent where there was none"`
	Error       string     `json:"error,omitempty" doc:"Why it was not taken at the last attempt"`
}

type deliveriesOutput struct {
	Link string `header:"Link" doc:"The next page (RFC 8288), while there is one"`
	Body struct {
		Items []deliveryView `json:"items" nullable:"false"`
		Next  string         `json:"next,omitempty" doc:"As cursor, the next page; absent on the last one"`
	}
}

func viewDelivery(d store.Delivery) (deliveryView, error) {
	body, err := tradepost.WebhookBody(d.Type, d.HappenedAt, d.Data)
	v := deliveryView{
		Event: tradepost.FormatID(tradepost.EventPrefix, d.EventID), Type: string(d.Type), HappenedAt: d.HappenedAt.UTC(), Payload: string(body),
		State: string(d.State), Attempts: d.Attempts, AttemptedAt: present(d.AttemptedAt), Status: d.Status, Error: d.Error,
	}
	if d.State == store.DeliveryPending {
		v.DueAt = present(d.DueAt)
	}
	return v, err
}

func (s *server) listDeliveries(ctx context.Context, in *deliveriesInput) (*deliveriesOutput, error) {
	id, err := tradepost.ParseID(tradepost.WebhookPrefix, in.ID)
	if err != nil {
		return nil, noSuch("webhook")
	}
	var faults tradepost.Invalid
	state := store.DeliveryState(in.State)
	switch state {
	case "", store.DeliveryPending, store.DeliveryDelivered, store.DeliveryDead:
	default:
		faults = merge(faults, tradepost.Invalid{{Field: "query.state", Problem: "must be pending, delivered or dead"}})
	}
	var before int64
	if in.Cursor != "" {
		if before, err = tradepost.ParseID(tradepost.EventPrefix, in.Cursor); err != nil {
			faults = merge(faults, tradepost.Invalid{{Field: "query.cursor", Problem: "must be next of an earlier answer"}})
		}
	}
	limit := limitOf(&faults, in.Limit)
	if faults != nil {
		return nil, faults
	}
	if _, err := s.store.Webhook(ctx, id); err != nil {
		return nil, err
	}
	list, err := s.store.Deliveries(ctx, id, state, before, limit+1) // one more says that there is a next page
	if err != nil {
		return nil, err
	}
	out := &deliveriesOutput{}
	if len(list) > limit {
		list = list[:limit]
		out.Body.Next = tradepost.FormatID(tradepost.EventPrefix, list[limit-1].EventID)
		q := url.Values{"cursor": {out.Body.Next}}
		for name, v := range map[string]string{"state": in.State, "limit": in.Limit} {
			if v != "" {
				q.Set(name, v)
			}
		}
		out.Link = "<" + s.baseURL + "/v1/webhooks/" + in.ID + "/deliveries?" + q.Encode() + `>; rel="next"`
	}
	out.Body.Items = make([]deliveryView, len(list))
	for i, d := range list {
		if out.Body.Items[i], err = viewDelivery(d); err != nil {
			return nil, err
		}
	}
	return out, nil
}

type replayBody struct {
	Event string `json:"event,omitempty" example:"evt_1" doc:"The one that is sent again, whatever became of it"`
	Dead  bool   `json:"dead,omitempty" doc:"Instead of event: all that were not taken"`
}

type replayOutput struct {
	Body struct {
		Replayed int `json:"replayed" doc:"How many events are sent again"`
	}
}

func (s *server) replayWebhook(ctx context.Context, in *changeWebhookInput) (*replayOutput, error) {
	id, err := tradepost.ParseID(tradepost.WebhookPrefix, in.ID)
	if err != nil {
		return nil, noSuch("webhook")
	}
	var b replayBody
	faults, err := in.decode(&b)
	if err != nil {
		return nil, err
	}
	var event int64
	switch {
	case b.Dead == (b.Event != ""):
		faults = merge(faults, tradepost.Invalid{{Field: "event", Problem: "must be given, or dead must be true, and not both"}})
	case !b.Dead:
		event = parseID(&faults, tradepost.EventPrefix, "event", b.Event)
	}
	if faults != nil {
		return nil, faults
	}
	if _, err := s.store.Webhook(ctx, id); err != nil {
		return nil, err
	}
	out := &replayOutput{}
	if b.Dead {
		out.Body.Replayed, err = s.store.ReplayDead(ctx, id)
	} else {
		out.Body.Replayed, err = 1, s.store.Replay(ctx, id, event)
		if errors.Is(err, tradepost.ErrNotFound) {
			err = tradepost.Invalid{{Field: "event", Problem: "is not an event for this webhook, or was forgotten"}}
		}
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}
