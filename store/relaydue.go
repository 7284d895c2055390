package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// RelaysWaiting returns those of a conversation's messages by members that the
// merchant hasn't been sent and can still be spared, each with the time at which
// its letter is due; zero where a mark holds it back. Until then the message is
// the partner's own affair.
func (s *Store) RelaysWaiting(ctx context.Context, conversation int64) (map[int64]time.Time, error) {
	rows, err := s.pool.Query(ctx, `
		select m.id, case when k.emoji is null and n.state = 'pending' then n.due_at end
		from notifications n
		join messages m on (m.period, m.id) = (n.period, n.message_id)
		left join marks k on (k.period, k.message_id) = (m.period, m.id)
		where n.conversation_id = $1 and n.kind = 'relay' and m.deleted_at is null
		  and (n.state = 'pending' and n.attempts = 0 or n.state = 'skipped' and n.reason = 'marked')`, conversation)
	if err != nil {
		return nil, fmt.Errorf("relays waiting in conversation %d: %w", conversation, err)
	}
	waiting := make(map[int64]time.Time)
	var message int64
	var due *time.Time
	_, err = pgx.ForEachRow(rows, []any{&message, &due}, func() error {
		waiting[message] = time.Time{}
		if due != nil {
			waiting[message] = *due
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("relays waiting in conversation %d: %w", conversation, err)
	}
	return waiting, nil
}
