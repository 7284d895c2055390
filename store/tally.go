package store

import (
	"context"
	"fmt"

	"github.com/tradepost-mail/tradepost"
)

// Tally is what became of the notifications of a kind.
type Tally struct {
	All int
	// SentOnce counts those that were sent and have one attempt on record, which
	// was delivered.
	SentOnce int
	// Told counts the pairs of message and person that have the outcome of the
	// kind, Untold those that have none.
	Told, Untold int
}

// Tally counts the notifications of a kind. It reads whole tables: for
// benchmarks and tests.
func (s *Store) Tally(ctx context.Context, kind tradepost.NotificationKind) (t Tally, err error) {
	err = s.pool.QueryRow(ctx, `
		with tried as (
			select period, notification_id, count(*) as times, bool_and(verdict = 'delivered') as delivered
			from attempts group by period, notification_id)
		select count(*), count(*) filter (where n.state = 'sent' and n.attempts = 1 and a.times = 1 and a.delivered),
		       (select count(*) from recipients where outcome = $2), (select count(*) from recipients where outcome is null)
		from notifications n left join tried a on (a.period, a.notification_id) = (n.period, n.id)
		where n.kind = $1`, kind, kind.Told()).Scan(&t.All, &t.SentOnce, &t.Told, &t.Untold)
	if err != nil {
		return Tally{}, fmt.Errorf("count %s notifications: %w", kind, err)
	}
	return t, nil
}

// DigestsOpen reports whether any digest waits or is being sent.
func (s *Store) DigestsOpen(ctx context.Context) (open bool, err error) {
	err = s.pool.QueryRow(ctx, `select exists (select from notifications where kind = 'digest' and due_at is not null and state in ('pending', 'sending'))`).Scan(&open)
	if err != nil {
		return false, fmt.Errorf("look for open digests: %w", err)
	}
	return open, nil
}
