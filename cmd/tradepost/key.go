package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

type keyCmd struct {
	List   keyListCmd   `cmd:"" default:"withargs" help:"List the keys, revoked ones too, the newest first."`
	Add    keyAddCmd    `cmd:"" help:"Make a key and print it, this once."`
	Revoke keyRevokeCmd `cmd:"" help:"End a key for good."`
}

type keyListCmd struct {
	bookConfig
}

// Run lists the keys.
func (c *keyListCmd) Run(ctx context.Context) error {
	var f faults
	c.bookConfig.check(f.bad)
	if err := f.err(); err != nil {
		return err
	}
	return c.withReadOnly(ctx, func(st *store.Store) error {
		list, err := st.APIKeys(ctx)
		if err != nil {
			return err
		}
		return keysAsTable(os.Stdout, list)
	})
}

func keysAsTable(out io.Writer, list []store.APIKey) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(out, "there are no keys; tradepost key add makes one")
		return err
	}
	rows := [][]string{{"ID", "NAME", "BEGINS", "OPENS", "MAY", "MADE (UTC)", "LAST USED (UTC)", "REVOKED (UTC)"}}
	for _, k := range list {
		opens, may := "everything", "read and write"
		if k.PartnerID != 0 {
			opens = tradepost.FormatID(tradepost.PartnerPrefix, k.PartnerID)
		}
		if k.ReadOnly {
			may = "read"
		}
		if k.Rate != 0 {
			may += ", " + strconv.Itoa(k.Rate) + "/s"
		}
		rows = append(rows, []string{tradepost.FormatID(tradepost.APIKeyPrefix, k.ID), cell(k.Name), k.Beginning, opens, may,
			minute(k.CreatedAt), minuteOrNever(k.LastUsedAt), minuteOrNever(k.RevokedAt)})
	}
	return writeTable(out, rows)
}

func minuteOrNever(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return minute(t)
}

type keyAddCmd struct {
	bookConfig

	Name     string `arg:"" help:"Who uses it, for people."`
	Partner  string `help:"The partner whose data alone it opens, as par_12; without it the key is the platform's and opens everything." placeholder:"ID"`
	ReadOnly bool   `help:"It may read only."`
	Rate     int    `help:"Requests a second that it may make of one web process; 0: the server's default." default:"0"`
}

// Run makes a key.
func (c *keyAddCmd) Run(ctx context.Context) error {
	var f faults
	c.bookConfig.check(f.bad)
	k := store.APIKey{Name: c.Name, ReadOnly: c.ReadOnly, Rate: c.Rate}
	if c.Partner != "" {
		var err error
		if k.PartnerID, err = tradepost.ParseID(tradepost.PartnerPrefix, c.Partner); err != nil {
			f.bad("--partner: %v", err)
		}
	}
	if err := f.err(); err != nil {
		return err
	}
	return c.with(ctx, func(st *store.Store) error {
		k, secret, err := st.NewAPIKey(ctx, k)
		if err != nil {
			return err
		}
		fmt.Printf("%s was made; this is the secret, which can't be shown again:\n%s\n", tradepost.FormatID(tradepost.APIKeyPrefix, k.ID), secret)
		return nil
	})
}

type keyRevokeCmd struct {
	bookConfig

	ID string `arg:"" help:"Key, as key_12."`
}

// Run revokes a key.
func (c *keyRevokeCmd) Run(ctx context.Context) error {
	var f faults
	c.bookConfig.check(f.bad)
	id, err := tradepost.ParseID(tradepost.APIKeyPrefix, c.ID)
	f.add(err)
	if err := f.err(); err != nil {
		return err
	}
	return c.with(ctx, func(st *store.Store) error {
		err := st.RevokeAPIKey(ctx, id)
		if errors.Is(err, tradepost.ErrNotFound) {
			return fmt.Errorf("there is no key %s", c.ID)
		}
		if err != nil {
			return err
		}
		fmt.Printf("%s is revoked: the next request with it is refused\n", c.ID)
		return nil
	})
}
