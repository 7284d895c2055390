package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// DeliveryState is how far an event has come at an endpoint.
type DeliveryState string

// The states of a delivery. A dead one was sent as often as it is and not taken; it
// is sent again when somebody asks for it.
const (
	DeliveryPending   DeliveryState = "pending"
	DeliveryDelivered DeliveryState = "delivered"
	DeliveryDead      DeliveryState = "dead"
)

// Delivery is what became of one event at one endpoint.
type Delivery struct {
	EventID     int64
	Type        tradepost.EventType
	Data        json.RawMessage
	HappenedAt  time.Time
	State       DeliveryState
	Attempts    int       // since it was written or replayed
	DueAt       time.Time // of a pending one: when it is sent next
	AttemptedAt time.Time // zero = never
	Status      int       // HTTP's, of the last answer; 0 = there was none
	Error       string    // of the last attempt
}

const selectDelivery = `
	select e.id, e.type, e.data, e.created_at, d.state, d.attempts, d.due_at, coalesce(d.attempted_at, '0001-01-01 00:00:00Z'), coalesce(d.status, 0), d.error
	from webhook_deliveries d join webhook_events e on e.id = d.event_id `

func scanDelivery(row pgx.CollectableRow) (d Delivery, err error) {
	var data []byte
	err = row.Scan(&d.EventID, &d.Type, &data, &d.HappenedAt, &d.State, &d.Attempts, &d.DueAt, &d.AttemptedAt, &d.Status, &d.Error)
	d.Data = data
	return d, err
}

// Deliveries lists what became of events at an endpoint, the newest event first: up
// to limit of those in a state ("" = any) and before an event (0 = from the newest).
func (s *Store) Deliveries(ctx context.Context, webhook int64, state DeliveryState, before int64, limit int) ([]Delivery, error) {
	rows, err := s.pool.Query(ctx, selectDelivery+`
		where d.endpoint_id = $1 and ($2 = '' or d.state = $2) and ($3 = 0 or d.event_id < $3) order by d.event_id desc limit $4`, webhook, state, before, limit)
	if err != nil {
		return nil, fmt.Errorf("deliveries of webhook %d: %w", webhook, err)
	}
	list, err := pgx.CollectRows(rows, scanDelivery)
	if err != nil {
		return nil, fmt.Errorf("deliveries of webhook %d: %w", webhook, err)
	}
	return list, nil
}

// Replay has one event sent to an endpoint once more, whatever became of it, with all
// its attempts before it. tradepost.ErrNotFound where it wasn't for that endpoint or
// is forgotten.
func (s *Store) Replay(ctx context.Context, webhook, event int64) error {
	n, err := s.replay(ctx, webhook, `event_id = $2`, event)
	if err == nil && n == 0 {
		err = fmt.Errorf("replay event %d to webhook %d: %w", event, webhook, tradepost.ErrNotFound)
	}
	return err
}

// ReplayDead has all that an endpoint did not take sent once more, and returns how
// many events those are.
func (s *Store) ReplayDead(ctx context.Context, webhook int64) (int, error) {
	return s.replay(ctx, webhook, `state = 'dead'`)
}

func (s *Store) replay(ctx context.Context, webhook int64, which string, args ...any) (n int, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `update webhook_deliveries set state = 'pending', attempts = 0, due_at = now() where endpoint_id = $1 and `+which,
			append([]any{webhook}, args...)...)
		if err != nil {
			return err
		}
		n = int(tag.RowsAffected())
		// Whoever asks has mended it: no pause any more.
		if _, err := tx.Exec(ctx, `update webhook_endpoints set failures = 0, offer_at = '-infinity' where id = $1`, webhook); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `select pg_notify($1, '')`, WebhookChannel)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("replay to webhook %d: %w", webhook, err)
	}
	return n, nil
}

// OfferedWebhook is an endpoint for which something is due.
type OfferedWebhook struct {
	ID int64
	// Offers counts how often it was offered, this time included.
	Offers int
}

// OfferWebhooks returns up to limit endpoints for which something is due and whose
// turn it may be, those that had theirs longest ago first, and notes that it did: they
// are not offered again within the time again. Several processes may call it at once;
// each endpoint goes to one.
func (s *Store) OfferWebhooks(ctx context.Context, again time.Duration, limit int) ([]OfferedWebhook, error) {
	// The limit has each endpoint asked by itself, of its first row: what has piled up
	// for one, or for those that are disabled, is not read.
	rows, err := s.pool.Query(ctx, `
		with free as (
			select w.id from webhook_endpoints w
			cross join lateral (select from webhook_deliveries d where d.endpoint_id = w.id and d.state = 'pending' and d.due_at <= now() limit 1) due
			where w.disabled_at is null and w.offer_at <= now() order by w.offer_at, w.id limit $2 for no key update of w skip locked)
		update webhook_endpoints w set offers = offers + 1, offer_at = now() + $1::interval from free where w.id = free.id
		returning w.id, w.offers`, again, limit)
	if err != nil {
		return nil, fmt.Errorf("offer webhooks: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[OfferedWebhook])
	if err != nil {
		return nil, fmt.Errorf("offer webhooks: %w", err)
	}
	return list, nil
}

// WebhookTurn is an endpoint with what is due for it, held by a lease: nobody else
// sends there until the lease has lapsed or EndWebhookTurn.
type WebhookTurn struct {
	ID        int64
	PartnerID int64 // 0 = the platform's
	URL       string
	Secrets   []tradepost.WebhookSecret // the newest first
	Due       []Delivery                // oldest first
	// More says that there may be more than that.
	More bool
}

// ClaimWebhook takes an endpoint's turn, or goes on with it where the owner has it
// already, with up to limit deliveries. The turn is zero where the endpoint is gone,
// disabled or somebody else's for now, or nothing is due.
func (s *Store) ClaimWebhook(ctx context.Context, id int64, l Lease, limit int) (t WebhookTurn, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		t = WebhookTurn{} // the transaction may run again
		rows, err := tx.Query(ctx, `
			update webhook_endpoints set lease_owner = $2, lease_until = now() + $3::interval, offer_at = now() + $3::interval
			where id = $1 and disabled_at is null and (lease_until is null or lease_until <= now() or lease_owner = $2)
			returning id, coalesce(partner_id, 0), url, array_remove(array[secret, case when old_until > now() then old_secret end], null)`, id, l.Owner, l.For)
		if err != nil {
			return err
		}
		turns, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (t WebhookTurn, err error) {
			var secrets [][]byte
			err = row.Scan(&t.ID, &t.PartnerID, &t.URL, &secrets)
			for _, k := range secrets {
				t.Secrets = append(t.Secrets, k)
			}
			return t, err
		})
		if err != nil || len(turns) == 0 {
			return err
		}
		t = turns[0]
		t.Due, err = collect(ctx, tx, scanDelivery, selectDelivery+`
			where d.endpoint_id = $1 and d.state = 'pending' and d.due_at <= now() order by d.due_at, d.event_id limit $2`, id, limit)
		t.More = len(t.Due) == limit
		return err
	})
	if err != nil {
		return WebhookTurn{}, fmt.Errorf("claim webhook %d: %w", id, err)
	}
	return t, nil
}

// DeliveryAttempt is what became of one request.
type DeliveryAttempt struct {
	WebhookID int64
	EventID   int64
	At        time.Time
	Delivered bool
	Gone      bool   // the endpoint says that it is no more: it is disabled
	Status    int    // HTTP's; 0 = there was no answer
	Error     string // "" of Delivered
	Jitter    float64
}

// RecordDelivery writes an attempt down. What was replayed, or delivered by somebody
// else, in the meantime stays as it is but for a delivery, which counts whoever made
// it: the receiver has the event.
func (s *Store) RecordDelivery(ctx context.Context, owner uuid.UUID, a DeliveryAttempt) error {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		var attempts int
		var mine bool
		err := tx.QueryRow(ctx, `
			select d.attempts, coalesce(w.lease_owner = $3, false) from webhook_deliveries d join webhook_endpoints w on w.id = d.endpoint_id
			where (d.endpoint_id, d.event_id) = ($1, $2) and d.state = 'pending' for no key update of d`, a.WebhookID, a.EventID, owner).Scan(&attempts, &mine)
		if errors.Is(err, pgx.ErrNoRows) || err == nil && !mine && !a.Delivered {
			return nil
		}
		if err != nil {
			return err
		}
		attempts++
		state := DeliveryPending
		wait, again := tradepost.WebhookWait(attempts, a.Jitter)
		switch {
		case a.Delivered:
			state = DeliveryDelivered
		case a.Gone, !again:
			state = DeliveryDead
		}
		_, err = tx.Exec(ctx, `
			update webhook_deliveries set state = $3, attempts = $4, attempted_at = $5, status = nullif($6, 0), error = $7, due_at = now() + $8::interval
			where (endpoint_id, event_id) = ($1, $2)`,
			a.WebhookID, a.EventID, state, attempts, a.At, a.Status, detailLine(a.Error), s.fast(wait))
		if err != nil || !a.Gone {
			return err
		}
		_, err = tx.Exec(ctx, `update webhook_endpoints set disabled_at = now(), disabled_why = 'gone' where id = $1 and disabled_at is null`, a.WebhookID)
		return err
	})
	if err != nil {
		return fmt.Errorf("record event %d at webhook %d: %w", a.EventID, a.WebhookID, err)
	}
	return nil
}

// fast is a time of the real clock on that of Options.
func (s *Store) fast(d time.Duration) time.Duration {
	return time.Duration(float64(d) * float64(s.o.Clock.Hour) / float64(time.Hour))
}

// EndWebhookTurn gives an endpoint's turn back. Where something was not taken it
// pauses, the longer the more often in a row; see tradepost.WebhookPause.
func (s *Store) EndWebhookTurn(ctx context.Context, id int64, owner uuid.UUID, failed bool) error {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		var failures int
		err := tx.QueryRow(ctx, `select failures from webhook_endpoints where id = $1 and lease_owner = $2 for no key update`, id, owner).Scan(&failures)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil // deleted, or somebody else's by now
		}
		if err != nil {
			return err
		}
		failures++
		if !failed {
			failures = 0
		}
		_, err = tx.Exec(ctx, `update webhook_endpoints set lease_owner = null, lease_until = null, failures = $2, offer_at = now() + $3::interval where id = $1`,
			id, failures, s.fast(tradepost.WebhookPause(failures)))
		return err
	})
	if err != nil {
		return fmt.Errorf("end the turn of webhook %d: %w", id, err)
	}
	return nil
}

// ForgetEvents deletes up to limit events that are older than age, whatever became of
// them, and returns how many.
func (s *Store) ForgetEvents(ctx context.Context, age time.Duration, limit int) (int, error) {
	n := 0
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		old, err := collect(ctx, tx, pgx.RowTo[int64], `
			select id from webhook_events where id in (
				select id from (select id, created_at from webhook_events order by id limit $2) oldest where created_at < now() - $1::interval)
			for update skip locked`, age, limit)
		if n = len(old); err != nil || n == 0 {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from webhook_deliveries where event_id = any($1)`, old); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `delete from webhook_events where id = any($1)`, old)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("forget events: %w", err)
	}
	return n, nil
}

// ListenWebhooks calls wake at once and whenever something is due for a webhook, until
// ctx ends or the connection breaks, which is the error.
func (s *Store) ListenWebhooks(ctx context.Context, wake func()) error {
	return s.listen(ctx, WebhookChannel, wake)
}
