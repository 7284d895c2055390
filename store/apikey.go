package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// APIKey is what an API client may do. The key itself isn't kept, only its
// SHA-256.
type APIKey struct {
	ID   int64
	Name string
	// PartnerID is the partner whose data alone the key opens; 0 = the platform,
	// which everything is open to.
	PartnerID int64
	ReadOnly  bool
	// Rate is how many requests a second it may make; 0 = the server's default.
	Rate       int
	Beginning  string // of the key, for people to know it by; "" of configured ones
	CreatedAt  time.Time
	LastUsedAt time.Time // to the minute; zero = never
	RevokedAt  time.Time // zero = it is good
}

// keyBeginning is how many characters of a key are kept readable: few enough to
// leave 110 bits unknown.
const keyBeginning = 7

// AddAPIKey lets the holder of key use the API as the platform and returns the
// key's id. Only its SHA-256 is kept, so key must be long and random where
// strangers can reach the API. Adding the same key again changes nothing; a
// revoked key stays revoked.
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

// NewAPIKey makes a key of 130 random bits for k, of which Name, PartnerID,
// ReadOnly and Rate are read, and returns it: this once. A name that is missing or
// a partner that there is not is a tradepost.Invalid.
func (s *Store) NewAPIKey(ctx context.Context, k APIKey) (APIKey, string, error) {
	problem := tradepost.LineProblem(k.Name, tradepost.MaxLine)
	switch {
	case k.Name == "":
		return APIKey{}, "", tradepost.Invalid{{Field: "name", Problem: "is missing"}}
	case problem != "":
		return APIKey{}, "", tradepost.Invalid{{Field: "name", Problem: problem}}
	case k.Rate < 0 || k.Rate > 1_000_000:
		return APIKey{}, "", tradepost.Invalid{{Field: "rate", Problem: "must be from 1 to 1000000 requests a second, or left out"}}
	}
	key := "tp_" + rand.Text()
	hash := sha256.Sum256([]byte(key))
	var id int64
	err := s.pool.QueryRow(ctx, `insert into api_keys (name, hash, partner_id, read_only, rate, beginning)
		select $1, $2, p.id, $4, nullif($5, 0), $6 from (select nullif($3::bigint, 0) id) p
		where p.id is null or exists (select from partners where id = p.id) returning id`,
		k.Name, hash[:], k.PartnerID, k.ReadOnly, k.Rate, key[:keyBeginning]).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return APIKey{}, "", tradepost.Invalid{{Field: "partner", Problem: "there is no such partner"}}
	}
	if err != nil {
		return APIKey{}, "", fmt.Errorf("make API key %q: %w", k.Name, err)
	}
	list, err := s.apiKeys(ctx, `where id = $1`, id)
	if err != nil {
		return APIKey{}, "", err
	}
	return list[0], key, nil
}

// APIKey returns what a key that is not revoked may do, and notes that it was
// used; tradepost.ErrNotFound for any other.
func (s *Store) APIKey(ctx context.Context, key string) (k APIKey, err error) {
	hash := sha256.Sum256([]byte(key))
	// Noted once a minute: each request writing its key's row would make all of
	// one client wait for each other.
	err = s.pool.QueryRow(ctx, `
		with found as (
			select id, name, coalesce(partner_id, 0) partner, read_only, coalesce(rate, 0) rate, last_used_at
			from api_keys where hash = $1 and revoked_at is null
		), used as (
			update api_keys k set last_used_at = date_trunc('minute', now()) from found f
			where k.id = f.id and (f.last_used_at is null or f.last_used_at < now() - interval '1 minute')
		)
		select id, name, partner, read_only, rate from found`, hash[:]).Scan(&k.ID, &k.Name, &k.PartnerID, &k.ReadOnly, &k.Rate)
	if err != nil {
		return APIKey{}, notFound(err, "API key")
	}
	return k, nil
}

// APIKeys lists all keys, revoked ones too, the newest first.
func (s *Store) APIKeys(ctx context.Context) ([]APIKey, error) { return s.apiKeys(ctx, ``) }

func (s *Store) apiKeys(ctx context.Context, where string, args ...any) ([]APIKey, error) {
	rows, err := s.pool.Query(ctx, `select id, name, coalesce(partner_id, 0), read_only, coalesce(rate, 0), beginning, created_at,
		coalesce(last_used_at, '0001-01-01 00:00:00Z'), coalesce(revoked_at, '0001-01-01 00:00:00Z')
		from api_keys `+where+` order by id desc`, args...)
	if err != nil {
		return nil, fmt.Errorf("list API keys: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[APIKey])
	if err != nil {
		return nil, fmt.Errorf("list API keys: %w", err)
	}
	return list, nil
}

// RevokeAPIKey ends a key for good; the next request with it is refused. To
// revoke it again changes nothing. tradepost.ErrNotFound where there is none.
func (s *Store) RevokeAPIKey(ctx context.Context, id int64) error {
	tag, err := s.pool.Exec(ctx, `update api_keys set revoked_at = coalesce(revoked_at, now()) where id = $1`, id)
	if err != nil {
		return fmt.Errorf("revoke API key %d: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return fmt.Errorf("API key %d: %w", id, tradepost.ErrNotFound)
	}
	return nil
}
