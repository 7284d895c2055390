package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tradepost-mail/tradepost"
)

// Postpone takes back the attempt that NextInbound counted: what failed was the
// database or the disk, not the mail.
func (s *Store) Postpone(ctx context.Context, in Ref) error {
	_, err := s.pool.Exec(ctx, `update inbound set attempts = greatest(attempts - 1, 0) where (period, id) = ($1, $2) and state = 'stored'`,
		in.Period, in.ID)
	if err != nil {
		return fmt.Errorf("postpone inbound mail %d: %w", in.ID, err)
	}
	return nil
}

// IsDataFault reports whether PostgreSQL refused the data itself, so that the
// same again would be refused again: classes 22 (data exception), 23 (integrity)
// and 54 (program limit exceeded) of its error codes.
func IsDataFault(err error) bool {
	var e *pgconn.PgError
	if !errors.As(err, &e) || len(e.Code) < 2 {
		return false
	}
	switch e.Code[:2] {
	case "22", "23", "54":
		return true
	}
	return false
}

// PersonAddresses returns all verified addresses of a member, removed or not, or
// of a merchant, folded. There are none where the person is not known.
func (s *Store) PersonAddresses(ctx context.Context, role tradepost.AuthorRole, person int64) ([]string, error) {
	query := `select coalesce(array_agg(folded), '{}') from member_addresses where member_id = $1`
	if role == tradepost.AuthorMerchant {
		query = `select coalesce(array_agg(lower(email)), '{}') from merchants where id = $1`
	}
	var addresses []string
	if err := s.pool.QueryRow(ctx, query, person).Scan(&addresses); err != nil {
		return nil, fmt.Errorf("addresses of %s %d: %w", role, person, err)
	}
	return addresses, nil
}
