package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// Webhook is an endpoint that events are sent to.
type Webhook struct {
	ID        int64
	PartnerID int64 // whose events it gets; 0 = the platform's, which gets all
	URL       string
	Events    []tradepost.EventType // that are wanted; none = all
	CreatedAt time.Time
	// OldUntil is until when the secret of before the last rotation signs, too; zero =
	// there is none.
	OldUntil   time.Time
	DisabledAt time.Time // zero = it is told
	Gone       bool      // it was disabled since it answered 410
	Failures   int       // turns in a row in which something was not taken
	// What there is of its deliveries, counted up to MostCounted.
	Pending, Dead int
}

// MostCounted is how far the deliveries of an endpoint are counted.
const MostCounted = 1000

const selectWebhook = `
	select w.id, coalesce(w.partner_id, 0), w.url, w.events, w.created_at,
	       case when w.old_until > now() then w.old_until else '0001-01-01 00:00:00Z' end,
	       coalesce(w.disabled_at, '0001-01-01 00:00:00Z'), w.disabled_why = 'gone', w.failures,
	       (select count(*) from (select from webhook_deliveries d where d.endpoint_id = w.id and d.state = 'pending' limit 1000) p),
	       (select count(*) from (select from webhook_deliveries d where d.endpoint_id = w.id and d.state = 'dead' limit 1000) p)
	from webhook_endpoints w `

func scanWebhook(row pgx.CollectableRow) (w Webhook, err error) {
	return w, row.Scan(&w.ID, &w.PartnerID, &w.URL, &w.Events, &w.CreatedAt, &w.OldUntil, &w.DisabledAt, &w.Gone, &w.Failures, &w.Pending, &w.Dead)
}

// AddWebhook makes an endpoint of PartnerID, URL and Events, which must have been
// validated, and returns its secret: this once. A partner that there is not is a
// tradepost.Invalid; one endpoint more than tradepost.MaxWebhooks is ErrRefused.
func (s *Store) AddWebhook(ctx context.Context, w Webhook) (added Webhook, secret tradepost.WebhookSecret, err error) {
	secret = tradepost.NewWebhookSecret()
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		// Those of one owner are added one after another, so that they can be counted.
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtext('webhook_endpoints ' || $1::bigint))`, w.PartnerID); err != nil {
			return err
		}
		var known bool
		var have int
		err := tx.QueryRow(ctx, `select $1 = 0 or exists (select from partners where id = $1),
			(select count(*) from webhook_endpoints where coalesce(partner_id, 0) = $1)`, w.PartnerID).Scan(&known, &have)
		switch {
		case err != nil:
			return err
		case !known:
			return tradepost.Invalid{{Field: "partner", Problem: "there is no such partner"}}
		case have >= tradepost.MaxWebhooks:
			return fmt.Errorf("there are %d webhooks, the most there may be; delete one first: %w", have, tradepost.ErrRefused)
		}
		var id int64
		err = tx.QueryRow(ctx, `insert into webhook_endpoints (partner_id, url, events, secret) values (nullif($1, 0), $2, $3, $4) returning id`,
			w.PartnerID, w.URL, eventNames(w.Events), []byte(secret)).Scan(&id)
		if err != nil {
			return err
		}
		added, err = webhook(ctx, tx, id)
		return err
	})
	if err != nil {
		return Webhook{}, nil, fmt.Errorf("add webhook: %w", err)
	}
	return added, secret, nil
}

// eventNames are types as they are stored: null is no list.
func eventNames(list []tradepost.EventType) []string {
	names := make([]string, len(list))
	for i, t := range list {
		names[i] = string(t)
	}
	return names
}

func webhook(ctx context.Context, tx pgx.Tx, id int64) (Webhook, error) {
	rows, err := tx.Query(ctx, selectWebhook+`where w.id = $1`, id)
	if err != nil {
		return Webhook{}, err
	}
	w, err := pgx.CollectExactlyOneRow(rows, scanWebhook)
	return w, notFound(err, "webhook %d", id)
}

// Webhooks lists the endpoints of a partner, oldest first; partner 0: all there are.
func (s *Store) Webhooks(ctx context.Context, partner int64) ([]Webhook, error) {
	rows, err := s.pool.Query(ctx, selectWebhook+`where $1 = 0 or w.partner_id = $1 order by w.id`, partner)
	if err != nil {
		return nil, fmt.Errorf("list webhooks: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanWebhook)
	if err != nil {
		return nil, fmt.Errorf("list webhooks: %w", err)
	}
	return list, nil
}

// Webhook returns an endpoint.
func (s *Store) Webhook(ctx context.Context, id int64) (w Webhook, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		w, err = webhook(ctx, tx, id)
		return err
	})
	return w, err
}

// PutWebhook changes where an endpoint is, what it wants, and whether it is told.
// While it is disabled nothing new is written for it, and what waits keeps waiting.
func (s *Store) PutWebhook(ctx context.Context, id int64, url string, events []tradepost.EventType, enabled bool) (after Webhook, err error) {
	err = s.onWebhook(ctx, id, `
		update webhook_endpoints set url = $2, events = $3, failures = 0, offer_at = '-infinity',
			disabled_at = case when $4 then null else coalesce(disabled_at, now()) end,
			disabled_why = case when $4 then '' when disabled_at is null then 'asked' else disabled_why end
		where id = $1`, &after, url, eventNames(events), enabled)
	return after, err
}

// RotateWebhookSecret gives an endpoint another secret and returns it: this once. The
// one it had signs beside it for the time keep; of an earlier rotation nothing stays.
func (s *Store) RotateWebhookSecret(ctx context.Context, id int64, keep time.Duration) (after Webhook, secret tradepost.WebhookSecret, err error) {
	secret = tradepost.NewWebhookSecret()
	err = s.onWebhook(ctx, id, `
		update webhook_endpoints set secret = $2,
			old_secret = case when $3 > interval '0' then secret end, old_until = case when $3 > interval '0' then now() + $3 end
		where id = $1`, &after, []byte(secret), keep)
	if err != nil {
		return Webhook{}, nil, err
	}
	return after, secret, nil
}

// onWebhook changes an endpoint, rings, and reads it.
func (s *Store) onWebhook(ctx context.Context, id int64, sql string, after *Webhook, args ...any) error {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, sql, append([]any{id}, args...)...); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `select pg_notify($1, '')`, WebhookChannel); err != nil {
			return err
		}
		w, err := webhook(ctx, tx, id)
		*after = w
		return err
	})
	if err != nil {
		return fmt.Errorf("change webhook %d: %w", id, err)
	}
	return nil
}

// DeleteWebhook forgets an endpoint and what was to be sent there.
func (s *Store) DeleteWebhook(ctx context.Context, id int64) error {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `delete from webhook_endpoints where id = $1`, id)
		if err == nil && tag.RowsAffected() == 0 {
			err = tradepost.ErrNotFound
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `delete from webhook_deliveries where endpoint_id = $1`, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("delete webhook %d: %w", id, err)
	}
	return nil
}
