// Package store keeps the truth in PostgreSQL and large bytes in a blob store.
// Every SQL statement of the project is here, one file per noun. Public methods
// are one step of the business and one transaction each; private functions take
// the transaction so that steps compose.
//
// The database holds the invariants (UNIQUE, CHECK, foreign keys); rules that
// need no row are in package tradepost. The package starts no goroutine.
package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/tradepost-mail/tradepost"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Options are what a Store needs besides a database.
type Options struct {
	// MailDomain is the domain of the Message-IDs that notifications get.
	MailDomain string
	// Blobs holds attachments and large raw mail.
	Blobs *Blobs
	// Caps bound alerts; the zero value bounds nothing.
	Caps tradepost.Caps
	// Budgets bound the mail that is posted and the questions that are asked; the
	// zero value bounds nothing.
	Budgets tradepost.Budgets
	// Clock is what the caps' hour and the digests go by.
	Clock tradepost.Clock
	// RelayDelay is how long a member's message waits before it goes to the merchant.
	RelayDelay time.Duration
	// RemindAfter is how long a first contact waits for an answer before the team
	// is reminded; 0 = nobody is.
	RemindAfter time.Duration
	// Matching selects whom a request goes to; nil = tradepost.Match.
	Matching tradepost.Matching
	// MatchCount is how many partners a request goes to at most; 0 =
	// tradepost.DefaultMatchCount.
	MatchCount int
	// ReadOnly has PostgreSQL refuse every write.
	ReadOnly bool
}

// Store is a connection pool with the queries on it. It is safe for concurrent use.
type Store struct {
	pool *pgxpool.Pool
	o    Options
}

// maxConns is how many connections a process opens at most, unless the URL says
// otherwise: ten handlers, the one that listens, and some for the background
// duties, of which the renewal of leases must not wait. pgx's own default is four.
const maxConns = 16

// Open connects to the database at url (a libpq URL or keyword string). It does
// not migrate.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL: %w", err)
	}
	if !strings.Contains(url, "pool_max_conns") {
		config.MaxConns = maxConns
	}
	if o.ReadOnly {
		// Not as a parameter of the connection, which poolers refuse.
		config.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
			_, err := c.Exec(ctx, "set session characteristics as transaction read only")
			return err
		}
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("reach PostgreSQL: %w", err)
	}
	return &Store{pool: pool, o: o}, nil
}

// Close waits for connections in use and closes them all.
func (s *Store) Close() { s.pool.Close() }

// Blobs is where the store keeps attachments and large raw mail.
func (s *Store) Blobs() *Blobs { return s.o.Blobs }

// Ping asks the database for a sign of life.
func (s *Store) Ping(ctx context.Context) error { return s.pool.Ping(ctx) }

// Analyze gathers the planner's statistics anew, which PostgreSQL does by itself a
// minute after much was written.
func (s *Store) Analyze(ctx context.Context) error {
	if _, err := s.pool.Exec(ctx, `analyze`); err != nil {
		return fmt.Errorf("analyze: %w", err)
	}
	return nil
}

// Migrate brings the schema up to date. Any number of processes may call it at
// once; one does the work.
func (s *Store) Migrate(ctx context.Context) (err error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return err
	}
	db := stdlib.OpenDBFromPool(s.pool)
	defer func() { err = errors.Join(err, db.Close()) }()
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(locker))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// Migrated reports as an error that the schema isn't up to date. It writes
// nothing.
func (s *Store) Migrated(ctx context.Context) error {
	want, err := newestMigration()
	if err != nil {
		return err
	}
	var have int64
	err = s.pool.QueryRow(ctx, `select coalesce(max(version_id), 0) from goose_db_version where is_applied`).Scan(&have)
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) && pgErr.Code == "42P01" { // no such table
		err = nil
	}
	if err != nil {
		return fmt.Errorf("look up the schema's version: %w", err)
	}
	if have != want {
		return fmt.Errorf("the schema is of version %d and this program needs %d: run tradepost migrate", have, want)
	}
	return nil
}

// newestMigration is the number that the last of the files begins with.
func newestMigration() (int64, error) {
	files, err := fs.ReadDir(migrations, "migrations") // in the order of their names
	if err != nil {
		return 0, err
	}
	number, _, _ := strings.Cut(files[len(files)-1].Name(), "_")
	return strconv.ParseInt(number, 10, 64)
}

// inTx runs f in one transaction, again from the start when PostgreSQL broke a
// deadlock by ending it: claims, reads and answers lock the same recipients in
// whatever order they come.
func (s *Store) inTx(ctx context.Context, f func(pgx.Tx) error) error {
	const tries = 5
	for try := 1; ; try++ {
		err := pgx.BeginFunc(ctx, s.pool, f)
		var pgErr *pgconn.PgError
		if try < tries && errors.As(err, &pgErr) && (pgErr.Code == "40P01" || pgErr.Code == "40001") {
			continue
		}
		return err
	}
}

// notFound turns the driver's word for "no row" into the project's, naming what
// was looked for.
func notFound(err error, format string, args ...any) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf(format+": %w", append(args, tradepost.ErrNotFound)...)
	}
	return err
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
