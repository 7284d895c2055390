package store

import (
	"context"
	"crypto/sha256"
	"fmt"
)

// AddAPIKey lets a client in that shows key. Only its SHA-256 is kept. Adding
// the same key again changes nothing and returns the same id.
func (s *Store) AddAPIKey(ctx context.Context, name, key string) (id int64, err error) {
	sum := sha256.Sum256([]byte(key))
	err = s.pool.QueryRow(ctx, `insert into api_keys (name, hash) values ($1, $2)
		on conflict (hash) do update set name = api_keys.name returning id`, name, sum[:]).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("add API key %q: %w", name, err)
	}
	return id, nil
}

// APIKey returns the id of a key that is in force, else tradepost.ErrNotFound.
// The look-up is by hash: how long it takes says nothing about other keys.
func (s *Store) APIKey(ctx context.Context, key string) (id int64, err error) {
	sum := sha256.Sum256([]byte(key))
	err = s.pool.QueryRow(ctx, `select id from api_keys where hash = $1 and revoked_at is null`, sum[:]).Scan(&id)
	return id, notFound(err, "API key")
}
