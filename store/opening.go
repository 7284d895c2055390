package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Opened returns a conversation without its messages, and the id of the message
// that opened it: what stays the same however the conversation goes on, deleted
// messages included. The merchant in it is as of now.
func (s *Store) Opened(ctx context.Context, id int64) (c Conversation, opening int64, err error) {
	rows, err := s.pool.Query(ctx, selectConversation+`where c.id = $1`, id)
	if err != nil {
		return Conversation{}, 0, fmt.Errorf("load conversation %d: %w", id, err)
	}
	c, err = pgx.CollectExactlyOneRow(rows, scanConversation)
	if err != nil {
		return Conversation{}, 0, notFound(err, "conversation %d", id)
	}
	err = s.pool.QueryRow(ctx, `select id from messages where conversation_id = $1 order by id limit 1`, id).Scan(&opening)
	if err != nil {
		return Conversation{}, 0, notFound(err, "opening of conversation %d", id)
	}
	return c, opening, nil
}
