package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// mostSuppressions is how many are listed.
const mostSuppressions = 1000

type suppressionsCmd struct {
	List suppressionsListCmd `cmd:"" default:"withargs" help:"List the addresses that get no mail, the newest first."`
	Show suppressionsShowCmd `cmd:"" help:"Show what is known of an address: why it gets no mail, what failed, what was lifted."`
	Add  suppressionsAddCmd  `cmd:"" help:"Stop all mail to an address."`
	Lift suppressionsLiftCmd `cmd:"" help:"Let mail go to an address again."`
}

// suppressionLine is a suppression as JSON.
type suppressionLine struct {
	Address string                      `json:"address"`
	Reason  tradepost.SuppressionReason `json:"reason"`
	Detail  string                      `json:"detail,omitempty"`
	By      string                      `json:"by,omitempty"`
	Since   time.Time                   `json:"since"`
}

func newSuppressionLine(s store.Suppression) suppressionLine {
	return suppressionLine{s.Address, s.Reason, s.Detail, s.By, s.Since.UTC()}
}

type suppressionsListCmd struct {
	bookConfig
	JSON bool `name:"json" help:"Write a JSON object for each address, one a line."`
}

// Run lists suppressions.
func (c *suppressionsListCmd) Run(ctx context.Context) error {
	var f faults
	c.bookConfig.check(f.bad)
	if err := f.err(); err != nil {
		return err
	}
	return c.withReadOnly(ctx, func(st *store.Store) error {
		list, err := st.Suppressions(ctx, mostSuppressions)
		if err != nil {
			return err
		}
		if c.JSON {
			for _, s := range list {
				if err := jsonLine(os.Stdout, newSuppressionLine(s)); err != nil {
					return err
				}
			}
			return nil
		}
		return suppressionsAsTable(os.Stdout, list)
	})
}

func suppressionsAsTable(out io.Writer, list []store.Suppression) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(out, "mail goes to all addresses")
		return err
	}
	rows := [][]string{{"ADDRESS", "SINCE (UTC)", "REASON", "BY", "WHAT HAPPENED"}}
	for _, s := range list {
		rows = append(rows, []string{cell(s.Address), minute(s.Since), string(s.Reason), cell(s.By), cell(s.Detail)})
	}
	if err := writeTable(out, rows); err != nil {
		return err
	}
	if len(list) == mostSuppressions {
		_, err := fmt.Fprintf(out, "\nthese are the newest %d; there may be more\n", mostSuppressions)
		return err
	}
	return nil
}

type suppressionsShowCmd struct {
	bookConfig
	Address string `arg:"" help:"Address."`
}

// Run shows one address.
func (c *suppressionsShowCmd) Run(ctx context.Context) error {
	var f faults
	c.bookConfig.check(f.bad)
	checkAddress(f.bad, c.Address)
	if err := f.err(); err != nil {
		return err
	}
	return c.withReadOnly(ctx, func(st *store.Store) error {
		h, err := st.AddressHistory(ctx, c.Address)
		if err != nil {
			return err
		}
		return showAddress(os.Stdout, h)
	})
}

func showAddress(out io.Writer, h store.AddressHistory) error {
	standing := "mail goes to " + cell(h.Address)
	if s := h.Suppression; s != nil {
		standing = fmt.Sprintf("no mail goes to %s since %s: %s %s", cell(h.Address), minute(s.Since), s.Reason, cell(s.Detail))
		if s.By != "" {
			standing += ", by " + cell(s.By)
		}
	}
	if _, err := fmt.Fprintf(out, "%s\nsoft failures weigh %.1f of %.0f\n", standing, h.Score, tradepost.SoftThreshold); err != nil {
		return err
	}
	if len(h.Failures) > 0 {
		rows := [][]string{{"FAILED (UTC)", "CLASS", "BY", "LETTER", "COUNTS", "WHAT HAPPENED"}}
		for _, f := range h.Failures {
			by, counts := f.Source, "yes"
			if f.Report.ID != 0 {
				by = "mail " + strconv.FormatInt(f.Report.ID, 10)
			}
			if f.Cleared {
				counts = "no"
			}
			rows = append(rows, []string{minute(f.FailedAt), f.Class, by, strconv.FormatInt(f.Letter.ID, 10), counts, cell(f.Detail)})
		}
		if err := section(out, rows); err != nil {
			return err
		}
	}
	if len(h.Lifted) == 0 {
		return nil
	}
	rows := [][]string{{"LIFTED (UTC)", "BY", "SINCE (UTC)", "REASON", "WHAT HAPPENED"}}
	for _, l := range h.Lifted {
		rows = append(rows, []string{minute(l.LiftedAt), cell(l.LiftedBy), minute(l.Since), string(l.Reason), cell(l.Detail)})
	}
	return section(out, rows)
}

// section writes a table below an empty line.
func section(out io.Writer, rows [][]string) error {
	if _, err := fmt.Fprintln(out); err != nil {
		return err
	}
	return writeTable(out, rows)
}

type suppressionsAddCmd struct {
	bookConfig
	operatorConfig

	Address string `arg:"" help:"Address."`
	Because string `help:"Why, for whoever asks later." placeholder:"TEXT"`
}

// Run suppresses an address.
func (c *suppressionsAddCmd) Run(ctx context.Context) error {
	var f faults
	c.bookConfig.check(f.bad)
	by, err := c.name()
	f.add(err)
	checkAddress(f.bad, c.Address)
	if p := tradepost.LineProblem(c.Because, tradepost.MaxLine); p != "" && c.Because != "" {
		f.bad("--because %s", p)
	}
	if err := f.err(); err != nil {
		return err
	}
	return c.with(ctx, func(st *store.Store) error {
		if err := st.Suppress(ctx, c.Address, by, c.Because); err != nil {
			return err
		}
		fmt.Printf("no mail goes to %s any more, what waits for it included\n", cell(c.Address))
		return nil
	})
}

type suppressionsLiftCmd struct {
	bookConfig
	operatorConfig

	Address string `arg:"" help:"Address."`
}

// Run lifts a suppression.
func (c *suppressionsLiftCmd) Run(ctx context.Context) error {
	var f faults
	c.bookConfig.check(f.bad)
	by, err := c.name()
	f.add(err)
	if strings.EqualFold(by, store.LiftedVerified) {
		f.bad("--by %s is how the record notes an address that was named anew: name yourself otherwise", store.LiftedVerified)
	}
	checkAddress(f.bad, c.Address)
	if err := f.err(); err != nil {
		return err
	}
	return c.with(ctx, func(st *store.Store) error {
		err := st.LiftSuppression(ctx, c.Address, by)
		if errors.Is(err, tradepost.ErrNotFound) {
			return fmt.Errorf("mail goes to %s as it is: tradepost suppressions lists where none goes", cell(c.Address))
		}
		if err != nil {
			return err
		}
		fmt.Printf("mail goes to %s again; what was dropped meanwhile stays dropped\n", cell(c.Address))
		return nil
	})
}

func checkAddress(bad func(string, ...any), address string) {
	if p := tradepost.AddressProblem(address); p != "" {
		bad("the address %q %s", address, p)
	}
}
