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

// mostBreakers is how many are listed.
const mostBreakers = 100

type breakersCmd struct {
	List  breakersListCmd  `cmd:"" default:"withargs" help:"List breakers, those that hold mail first."`
	Reset breakersResetCmd `cmd:"" help:"Let mail of a breaker's scope through again."`
}

type breakersListCmd struct {
	bookConfig
	JSON bool `name:"json" help:"Write a JSON object for each breaker, one a line."`
}

// Run lists breakers.
func (c *breakersListCmd) Run(ctx context.Context) error {
	var f faults
	c.bookConfig.check(f.bad)
	if err := f.err(); err != nil {
		return err
	}
	return c.withReadOnly(ctx, func(st *store.Store) error {
		list, err := st.Breakers(ctx, mostBreakers)
		if err != nil {
			return err
		}
		if c.JSON {
			return breakersAsJSON(os.Stdout, list)
		}
		return breakersAsTable(os.Stdout, list)
	})
}

func breakersAsTable(out io.Writer, list []store.Breaker) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(out, "no breaker has tripped")
		return err
	}
	rows := [][]string{{"BREAKER", "SCOPE", "OF", "TRIPPED (UTC)", "STATE", "HELD", "WHY"}}
	open := 0
	for _, b := range list {
		state := "holds"
		if !b.ResetAt.IsZero() {
			state = "reset " + minute(b.ResetAt) + " by " + b.ResetBy
		} else {
			open++
		}
		rows = append(rows, []string{strconv.FormatInt(b.ID, 10), string(b.Scope), cell(breakerKey(b)), minute(b.TrippedAt), cell(state),
			strconv.Itoa(b.Held), cell(b.Detail)})
	}
	if err := writeTable(out, rows); err != nil {
		return err
	}
	if open > 0 {
		_, err := fmt.Fprintln(out, "\ntradepost breakers reset BREAKER lets new mail through, --release also what is held")
		return err
	}
	return nil
}

// breakerKey is what a breaker is of, as other commands and the API name it.
func breakerKey(b store.Breaker) string {
	var id conversationArg
	if (b.Scope == tradepost.BudgetConversation || b.Scope == tradepost.BudgetRepeat) && id.UnmarshalText([]byte(b.Key)) == nil {
		return id.String()
	}
	return b.Key
}

// breakerLine is a breaker as JSON.
type breakerLine struct {
	ID        int64                 `json:"id"`
	Scope     tradepost.BudgetScope `json:"scope"`
	Of        string                `json:"of"`
	Detail    string                `json:"detail"`
	TrippedAt time.Time             `json:"tripped_at"`
	ResetAt   time.Time             `json:"reset_at,omitzero"`
	ResetBy   string                `json:"reset_by,omitempty"`
	Held      int                   `json:"held"`
}

func breakersAsJSON(out io.Writer, list []store.Breaker) error {
	for _, b := range list {
		if err := jsonLine(out, breakerLine{b.ID, b.Scope, breakerKey(b), b.Detail, b.TrippedAt.UTC(), b.ResetAt.UTC(), b.ResetBy, b.Held}); err != nil {
			return err
		}
	}
	return nil
}

type breakersResetCmd struct {
	bookConfig
	operatorConfig

	ID      int64 `arg:"" name:"breaker" help:"Number of the breaker."`
	Release bool  `help:"Have the mail that is held for it judged again, whatever budgets say."`
}

// Run resets a breaker.
func (c *breakersResetCmd) Run(ctx context.Context) error {
	var f faults
	c.bookConfig.check(f.bad)
	by, err := c.name()
	f.add(err)
	if err := f.err(); err != nil {
		return err
	}
	return c.with(ctx, func(st *store.Store) error {
		n, err := st.ResetBreaker(ctx, c.ID, by, c.Release)
		if errors.Is(err, tradepost.ErrNotFound) {
			return fmt.Errorf("there is no breaker %d: tradepost breakers lists them", c.ID)
		}
		if err != nil {
			return err
		}
		fmt.Printf("breaker %d is reset: new mail goes through\n", c.ID)
		if c.Release {
			fmt.Printf("given back to the poller, to be judged again: %s\n", mails(n))
		} else {
			fmt.Printf("what was held for it stays held, until tradepost breakers reset %d --release\n", c.ID)
		}
		return nil
	})
}
