// Package storetest gives each test a migrated PostgreSQL database of its own.
// One server is started for a package's tests and stopped after them, in memory
// where there is room; a database is a copy of a migrated template. Making and
// dropping one costs some 40 ms of processor time, and on a disk ten times that.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/embedded"
	"github.com/tradepost-mail/tradepost/store"
)

// server is set by Main before any test runs, and not after.
var server struct {
	config  *pgx.ConnConfig
	next    atomic.Int64
	missing error
}

// Main runs a package's tests with a PostgreSQL server beside them. Call it from
// TestMain and pass the result to os.Exit. Where PostgreSQL is not installed the
// tests that ask for it are skipped with one line that says so; with CI=true
// they fail.
func Main(m *testing.M) int {
	dir, remove, err := serverDir()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer remove()
	ctx := context.Background()
	pg, err := embedded.StartPostgres(ctx, embedded.PostgresOptions{
		Dir: filepath.Join(dir, "pg"), Log: slog.New(slog.DiscardHandler),
		Settings: map[string]string{
			"max_connections": "300",
			// What the tests write need not outlive the machine.
			"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
			"wal_level": "minimal", "max_wal_senders": "0", "max_wal_size": "256MB",
		},
	})
	if errors.Is(err, embedded.ErrNoPostgres) {
		server.missing = err
		return m.Run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "start PostgreSQL for tests:", err)
		return 1
	}
	defer pg.Close()
	if err := prepare(ctx, pg.URL()); err != nil {
		fmt.Fprintln(os.Stderr, "prepare the template database:", err)
		return 1
	}
	return m.Run()
}

const template = "tradepost_template"

func prepare(ctx context.Context, url string) error {
	admin, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer admin.Close(ctx)
	if _, err := admin.Exec(ctx, "create database "+template); err != nil {
		return err
	}
	server.config = admin.Config()
	st, err := store.Open(ctx, urlOf(template), store.Options{})
	if err != nil {
		return err
	}
	defer st.Close()
	return st.Migrate(ctx)
}

func urlOf(database string) string {
	return fmt.Sprintf("host=%s user=%s dbname=%s pool_max_conns=20", server.config.Host, server.config.User, database)
}

// URL makes a fresh migrated database and returns its address. It goes when the
// test ends.
func URL(t testing.TB) string {
	t.Helper()
	if server.config == nil {
		message := "storetest.Main was not called from TestMain"
		if server.missing != nil {
			message = server.missing.Error()
		}
		if os.Getenv("CI") != "" || server.missing == nil {
			t.Fatal(message)
		}
		t.Skip(message)
	}
	ctx := context.Background()
	admin, err := pgx.ConnectConfig(ctx, server.config)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(ctx)
	name := fmt.Sprintf("test_%d", server.next.Add(1))
	// The default strategy writes every page to the log as well, twice the work.
	if _, err := admin.Exec(ctx, "create database "+name+" template "+template+" strategy file_copy"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		admin, err := pgx.ConnectConfig(ctx, server.config)
		if err != nil {
			t.Error(err)
			return
		}
		defer admin.Close(ctx)
		if _, err := admin.Exec(ctx, "drop database "+name+" with (force)"); err != nil {
			t.Error(err)
		}
	})
	return urlOf(name)
}

// Options are store options fit for tests: blobs in the test's folder, an hour
// of an hour, no caps and no relay delay.
func Options(t testing.TB) store.Options {
	t.Helper()
	blobs, err := store.OpenBlobs(context.Background(), "file://"+filepath.ToSlash(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { blobs.Close() })
	return store.Options{MailDomain: "reply.test", Blobs: blobs, Clock: tradepost.Clock{Hour: time.Hour}}
}

// New returns a store on a fresh migrated database, with Options.
func New(t testing.TB) *store.Store {
	t.Helper()
	return Open(t, Options(t))
}

// Open returns a store on a fresh migrated database, with the given options.
func Open(t testing.TB, o store.Options) *store.Store {
	t.Helper()
	return OpenURL(t, URL(t), o)
}

// OpenURL returns a store on a database that URL made; several may share one.
func OpenURL(t testing.TB, url string, o store.Options) *store.Store {
	t.Helper()
	st, err := store.Open(context.Background(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	return st
}

// Pool returns a bare connection pool to the database at url, for tests that
// look beneath the store.
func Pool(t testing.TB, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}
