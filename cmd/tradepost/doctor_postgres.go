package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/tradepost-mail/tradepost/doctor"
	"github.com/tradepost-mail/tradepost/store"
)

func (c *doctorCmd) checkPostgres(ctx context.Context) []doctor.Finding {
	if c.DatabaseURL == "" {
		return []doctor.Finding{doctor.Missing("connection", "set TRADEPOST_DATABASE_URL, as to postgres://tradepost@db/tradepost")}
	}
	return askPostgres(ctx, c.DatabaseURL).Findings()
}

// askPostgres asks a database about itself. It writes nothing.
func askPostgres(ctx context.Context, url string) (p doctor.Postgres) {
	fail := func(err error) doctor.Postgres {
		p.Err = err
		if e, ok := errors.AsType[*pgconn.PgError](err); ok {
			p.Code = e.Code
		}
		return p
	}
	// As the store reads it: the URL may hold settings of the pool.
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return fail(err)
	}
	connect := func() (*pgx.Conn, error) {
		config := config.ConnConfig.Copy()
		// A pooler in transaction mode refuses more than that, and is to be told of.
		config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
		return pgx.ConnectConfig(ctx, config)
	}
	conn, err := connect()
	if err != nil {
		return fail(err)
	}
	defer closePostgres(ctx, conn)
	err = conn.QueryRow(ctx, `select current_setting('server_version_num')::int,
		pg_is_in_recovery() or current_setting('default_transaction_read_only')::bool, current_setting('server_encoding'),
		coalesce(has_schema_privilege(current_schema(), 'create'), false)`).Scan(&p.Version, &p.ReadOnly, &p.Encoding, &p.MayCreate)
	if err != nil {
		return fail(fmt.Errorf("ask PostgreSQL about itself: %w", err))
	}
	p.Before = time.Now()
	if err := conn.QueryRow(ctx, `select clock_timestamp()`).Scan(&p.Clock); err != nil {
		return fail(fmt.Errorf("ask PostgreSQL for the time: %w", err))
	}
	p.After = time.Now()
	p.Schema = schema(ctx, url)
	p.Listen = heard(ctx, conn, connect)
	return p
}

// schema is why the schema doesn't fit the program.
func schema(ctx context.Context, url string) error {
	st, err := store.Open(ctx, url, store.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer st.Close()
	return st.Migrated(ctx)
}

// heardWithin is how long a notification may take from one connection to another.
const heardWithin = 3 * time.Second

// heard sends a notification on a channel that nobody else knows, from one
// connection to another, as the sender is woken. A NOTIFY is kept in no table.
func heard(ctx context.Context, listener *pgx.Conn, connect func() (*pgx.Conn, error)) error {
	channel := "tradepost_doctor_" + strings.ToLower(rand.Text())
	if _, err := listener.Exec(ctx, "listen "+channel); err != nil {
		return err
	}
	caller, err := connect()
	if err != nil {
		return fmt.Errorf("open a second connection: %w", err)
	}
	defer closePostgres(ctx, caller)
	if _, err := caller.Exec(ctx, "notify "+channel); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, heardWithin)
	defer cancel()
	if _, err := listener.WaitForNotification(ctx); err != nil {
		return fmt.Errorf("no notification came within %s", heardWithin)
	}
	return nil
}

// closePostgres ends a connection, politely if there is time.
func closePostgres(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = conn.Close(ctx) // what was to be asked has been
}
