package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// giveBack gives mail back to be judged, as if it had just been fetched but for
// what has been decided of it ($1, a Release). The condition follows, and must
// leave out mail whose bytes are gone. The messages that came of it stay.
const giveBack = `
	update inbound set state = 'stored', released = coalesce(released, '{}') || $1::jsonb, attempts = 0, finished_at = null,
		retry_at = null, message_period = null, message_id = null, breaker_id = null, error = ''
	where `

// ReleaseHeld gives a held mail back to be judged again, with what an operator
// decided of it. tradepost.ErrRefused if it isn't held, or its bytes were
// shredded.
func (s *Store) ReleaseHeld(ctx context.Context, id int64, r Release) error {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		var ref Ref
		var state InboundState
		var reason string
		var shredded bool
		err := tx.QueryRow(ctx, `select period, id, state, reason, raw_shredded_at is not null from inbound where id = $1 for update`, id).Scan(
			&ref.Period, &ref.ID, &state, &reason, &shredded)
		switch {
		case err != nil:
			return notFound(err, "inbound mail %d", id)
		case state != InboundHeld:
			return fmt.Errorf("it is not held, but %s: %w", state, tradepost.ErrRefused)
		case shredded:
			return errShredded
		case reason == string(tradepost.ReasonAmbiguous) && r.Choice.ConversationID == 0:
			return fmt.Errorf("it is held because nobody knows which conversation it is for, so that must be said: %w", tradepost.ErrRefused)
		}
		_, err = tx.Exec(ctx, giveBack+`(period, id) = ($2, $3)`, r, ref.Period, ref.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("release inbound mail %d: %w", id, err)
	}
	return nil
}

var errShredded = fmt.Errorf("its raw mail was shredded, so there is nothing left to post: %w", tradepost.ErrRefused)
