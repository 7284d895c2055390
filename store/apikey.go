package store

import (
	"context"
	"crypto/sha256"
	"fmt"
)

// AddAPIKey lets the holder of key use the API and returns the key's id. Only
// its SHA-256 is kept, so key must be long and random where strangers can reach
// the API. Adding the same key again changes nothing; a revoked key stays revoked.
func (s *Store) AddAPIKey(ctx context.Context, name, key string) (id int64, err error) {
	if key == "" {
		return 0, fmt.Errorf("add API key %q: the key is empty", name)
	}
	hash := sha256.Sum256([]byte(key))
	// The update changes nothing; without it a conflict would return no row.
	err = s.pool.QueryRow(ctx, `insert into api_keys (name, hash) values ($1, $2)
		on conflict (hash) do update set hash = excluded.hash returning id`, name, hash[:]).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("add API key %q: %w", name, err)
	}
	return id, nil
}

// APIKey returns the id of a key that is not revoked; tradepost.ErrNotFound for
// any other.
func (s *Store) APIKey(ctx context.Context, key string) (id int64, err error) {
	hash := sha256.Sum256([]byte(key))
	err = s.pool.QueryRow(ctx, `select id from api_keys where hash = $1 and revoked_at is null`, hash[:]).Scan(&id)
	if err != nil {
		return 0, notFound(err, "API key")
	}
	return id, nil
}
