package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tradepost-mail/tradepost/seed"
	"github.com/tradepost-mail/tradepost/store"
)

type seedCmd struct {
	databaseConfig

	Partners      int    `help:"How many partners." default:"100"`
	Conversations int    `help:"How many conversations." default:"1000"`
	Messages      int    `help:"How many messages, one in each conversation at least." default:"10000"`
	Seed          uint64 `help:"Which market: the same number, sizes and --now make the same one." default:"1"`
	Now           string `help:"When it is there, as RFC 3339 writes times; nothing in it is later. Default: now." placeholder:"2026-01-31T09:00:00Z"`
}

// databaseConfig is the database alone.
type databaseConfig struct {
	DatabaseURL string `help:"PostgreSQL, as a URL or keywords." placeholder:"postgres://tradepost@db/tradepost" env:"TRADEPOST_DATABASE_URL"`
}

// open connects to the database, brings its schema up to date, runs f and closes it.
func (c *databaseConfig) open(ctx context.Context, f func(*store.Store) error) error {
	if c.DatabaseURL == "" {
		return errors.New("TRADEPOST_DATABASE_URL is missing: name a PostgreSQL database, as in postgres://tradepost@db/tradepost")
	}
	st, err := store.Open(ctx, c.DatabaseURL, store.Options{})
	if err != nil {
		return err
	}
	defer st.Close()
	if err := st.Migrate(ctx); err != nil {
		return err
	}
	return f(st)
}

// Run makes a market and writes it.
func (c *seedCmd) Run(ctx context.Context) error {
	now, began := time.Now(), time.Now()
	if c.Now != "" {
		var err error
		if now, err = time.Parse(time.RFC3339, c.Now); err != nil {
			return fmt.Errorf("--now %q is not a time like 2026-01-31T09:00:00Z", c.Now)
		}
	}
	m, err := seed.New(seed.Options{Partners: c.Partners, Conversations: c.Conversations, Messages: c.Messages, Seed: c.Seed, Now: now})
	if err != nil {
		return err
	}
	return c.open(ctx, func(st *store.Store) error {
		if err := st.Seed(ctx, m, func(line string) { say(fmt.Sprintf("%7.1f s  %s", time.Since(began).Seconds(), line)) }); err != nil {
			return err
		}
		fmt.Printf("%d partners, %d merchants, %d conversations and %d messages were made in %s\n",
			c.Partners, m.Merchants(), c.Conversations, c.Messages, time.Since(began).Round(100*time.Millisecond))
		return nil
	})
}
