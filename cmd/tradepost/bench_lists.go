package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost/bench"
	"github.com/tradepost-mail/tradepost/store"
)

type benchListsCmd struct {
	databaseConfig

	Repetitions int  `help:"How often each page is asked for." default:"30"`
	Plans       bool `help:"Show PostgreSQL's plans, too."`
}

// Run measures and prints.
func (c *benchListsCmd) Run(ctx context.Context) error {
	if c.Repetitions < 1 {
		return errors.New("--repetitions must be 1 or more")
	}
	return c.open(ctx, func(st *store.Store) error {
		list, err := bench.Lists(ctx, bench.ListsOptions{Store: st, Repetitions: c.Repetitions, Progress: say})
		if err != nil {
			return err
		}
		rows := [][]string{{"PARTNER", "LIST", "ROWS", "API MS", "SQL MS", "RATIO", "IDS MS", "RATIO", "FOUND IN", "SHOWN IN", "READ FROM END TO END"}}
		ms := func(d time.Duration) string { return fmt.Sprintf("%.2f", float64(d.Microseconds())/1000) }
		times := func(a, b time.Duration) string { return fmt.Sprintf("%.1f", float64(a)/float64(b)) }
		for _, l := range list {
			rows = append(rows, []string{l.Partner, l.Name, strconv.Itoa(l.Rows), ms(l.API), ms(l.SQL), times(l.API, l.SQL), ms(l.IDs), times(l.API, l.IDs),
				strconv.Itoa(l.Found), strconv.Itoa(l.Shown), strings.Join(l.Scanned, " ")})
		}
		if err := writeTable(os.Stdout, rows); err != nil {
			return err
		}
		fmt.Println("SQL returns all that the answer shows, IDS the same page's ids alone.")
		fmt.Println("FOUND IN and SHOWN IN are the pages of 8 kB that PostgreSQL touches.")
		if c.Plans {
			for _, l := range list {
				fmt.Printf("\n%s, %s:\n%s\n", l.Partner, l.Name, strings.Join(l.Plans, "\n"))
			}
		}
		return nil
	})
}
