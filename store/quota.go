package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// ReserveWarmup takes up to n letters of a day's warm-up for the caller, but no
// more than leave those that all callers took together at limit, and returns how
// many it took. day is midnight UTC.
func (s *Store) ReserveWarmup(ctx context.Context, day time.Time, limit, n int) (int, error) {
	var got int
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `insert into warmup_days (day, taken) values ($1, 0) on conflict do nothing`, day)
		if err != nil {
			return err
		}
		return tx.QueryRow(ctx, `
			with before as (select taken from warmup_days where day = $1 for update)
			update warmup_days w set taken = before.taken + greatest(least($3, $2 - before.taken), 0)
			from before where w.day = $1
			returning w.taken - before.taken`, day, limit, n).Scan(&got)
	})
	if err != nil {
		return 0, fmt.Errorf("reserve %d letters of the warm-up: %w", n, err)
	}
	return got, nil
}
