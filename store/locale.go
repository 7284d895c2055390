package store

import (
	"context"

	"github.com/tradepost-mail/tradepost"
)

// Locale returns the language tag that a member, removed or not, or a merchant
// reads in, or tradepost.ErrNotFound.
func (s *Store) Locale(ctx context.Context, role tradepost.AuthorRole, person int64) (string, error) {
	query := `select locale from members where id = $1`
	if role == tradepost.AuthorMerchant {
		query = `select locale from merchants where id = $1`
	}
	var locale string
	if err := s.pool.QueryRow(ctx, query, person).Scan(&locale); err != nil {
		return "", notFound(err, "locale of %s %d", role, person)
	}
	return locale, nil
}
