package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound"
	"github.com/tradepost-mail/tradepost/store"
)

type replayCmd struct {
	logConfig
	bookConfig
	keyConfig
	senderConfig
	letterConfig
	baseConfig

	IDs         []int64  `arg:"" optional:"" name:"id" help:"Numbers of mails in the ledger (inbound.id)."`
	All         bool     `help:"All mail of the ledger."`
	State       []string `help:"Mail in one of these states: posted, acted, duplicate, held, refused, ignored, oversize, quarantined." enum:"posted,acted,duplicate,held,refused,ignored,oversize,quarantined"`
	Since       day      `help:"Mail received on this day or later, as 2026-03-01 (UTC)."`
	OlderReader bool     `help:"Mail that an older version of the reader has read."`
	DryRun      bool     `help:"Show what would change, and change nothing."`
	JSON        bool     `name:"json" help:"Write a JSON object for each mail, one a line."`
}

// day is the beginning of a day in UTC.
type day struct{ time.Time }

// UnmarshalText reads a day as 2026-03-01.
func (d *day) UnmarshalText(text []byte) (err error) {
	if d.Time, err = time.Parse(time.DateOnly, string(text)); err != nil {
		return fmt.Errorf("%q is not a day such as 2026-03-01", text)
	}
	return nil
}

// Run replays mail.
func (c *replayCmd) Run(ctx context.Context) error {
	log := c.logger()
	var f faults
	c.bookConfig.check(f.bad)
	c.baseConfig.check(f.bad)
	if len(c.IDs) == 0 && !c.All && len(c.State) == 0 && c.Since.IsZero() && !c.OlderReader {
		f.bad("nothing is selected: name mails by their numbers, or by --all, --state, --since or --older-reader")
	}
	o, err := readerOptions(log.With("part", "replay"), &c.bookConfig, &c.keyConfig, &c.senderConfig, &c.letterConfig, &c.baseConfig)
	f.add(err)
	if err := f.err(); err != nil {
		return err
	}
	with := c.with
	if c.DryRun {
		with = c.withReadOnly
	}
	return with(ctx, func(st *store.Store) error {
		o.Store = st
		r, err := inbound.NewReplay(o)
		if err != nil {
			return err
		}
		l := replayList{out: os.Stdout, dryRun: c.DryRun, json: c.JSON, quiet: len(c.IDs) == 0, counts: make(map[inbound.Change]int)}
		err = r.Run(ctx, c.filter(), c.DryRun, l.add)
		if ctx.Err() != nil {
			err = errors.New("stopped; to run it again goes on, as what is done is then unchanged")
		}
		return errors.Join(err, l.end())
	})
}

func (c *replayCmd) filter() store.ReplayFilter {
	f := store.ReplayFilter{IDs: c.IDs, Since: c.Since.Time}
	for _, s := range c.State {
		f.States = append(f.States, store.InboundState(s))
	}
	if c.OlderReader {
		f.ReadBefore = inbound.ReaderVersion
	}
	return f
}

// replayList writes what a replay finds.
type replayList struct {
	out    io.Writer
	dryRun bool
	json   bool
	quiet  bool // leaves out mail that is unchanged or skipped, except as JSON
	counts map[inbound.Change]int
	total  int
}

// replayLine is a mail as JSON.
type replayLine struct {
	inbound.Replayed
	DryRun bool   `json:"dry_run"`
	Diff   string `json:"diff,omitempty"` // of the newly written text, unified
}

// add writes one mail.
func (l *replayList) add(m inbound.Replayed) error {
	l.counts[m.Change]++
	l.total++
	d := ""
	if m.Change == inbound.Posted || m.Change == inbound.Reworded {
		d = unifiedDiff(m.Was.Text, m.Is.Text)
	}
	if l.json {
		line, err := json.Marshal(replayLine{m, l.dryRun, d})
		if err != nil {
			return err
		}
		return l.emit(escaped(string(line)) + "\n")
	}
	if l.quiet && (m.Change == inbound.Unchanged || m.Change == inbound.Skipped) {
		return nil
	}
	return l.write(m, d)
}

func (l *replayList) write(m inbound.Replayed, diff string) error {
	if m.Change == inbound.Failed && m.ReceivedAt.IsZero() {
		return l.emit(fmt.Sprintf("mail %d: not found\n", m.ID))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "mail %d: %s", m.ID, l.word(m.Change))
	if m.Why != "" {
		fmt.Fprintf(&b, " (%s)", m.Why)
	}
	b.WriteString("\n")
	if !m.ReceivedAt.IsZero() {
		fmt.Fprintf(&b, "  received %s from %s, %s\n", m.ReceivedAt.UTC().Format(time.DateTime), orNone(m.From), orNone(m.MailID))
		fmt.Fprintf(&b, "  was      %s\n", judgedLine(m.Was))
	}
	if m.Is.State != "" && m.Change != inbound.Unchanged {
		fmt.Fprintf(&b, "  %s %s\n", l.is(m.Change), judgedLine(m.Is))
	}
	if m.Was.Text == m.Is.Text && m.Change == inbound.Reworded {
		fmt.Fprintf(&b, "  what changes is the full text, or where the rest is folded: was %d, is %d\n", m.Was.Fold, m.Is.Fold)
	}
	if m.Change == inbound.Reworded && !slices.Equal(m.Was.Files, m.Is.Files) {
		fmt.Fprintf(&b, "  the files stay as they are, %q; they would be %q\n", m.Was.Files, m.Is.Files)
	}
	for line := range strings.Lines(diff) {
		b.WriteString("  " + line)
	}
	return l.emit(printable(b.String()))
}

// emit writes text without the reply addresses in it: a mail may carry one in
// its From, its Message-ID or the name of a file.
func (l *replayList) emit(text string) error {
	_, err := io.WriteString(l.out, tradepost.StripTokens(text))
	return err
}

func (l *replayList) is(c inbound.Change) string {
	if l.dryRun || c == inbound.Left || c == inbound.Failed {
		return "would be"
	}
	return "is      "
}

// word says what a change means; in a dry run, what it would.
func (l *replayList) word(c inbound.Change) string {
	switch c {
	case inbound.Left:
		return "left as it is"
	case inbound.Failed:
		return "could not be read"
	case inbound.Posted, inbound.Reworded, inbound.Rejudged:
		if l.dryRun {
			return "would be " + string(c)
		}
	case inbound.Unchanged, inbound.Skipped:
	}
	return string(c)
}

func judgedLine(j inbound.Judged) string {
	s := string(j.State)
	if j.Reason != "" {
		s += " for " + j.Reason
	}
	if j.ConversationID != 0 {
		s += fmt.Sprintf(", conversation %d", j.ConversationID)
	}
	if j.Class != "" {
		s += fmt.Sprintf(", read as %s by rule %s", j.Class, orNone(j.Rule))
	}
	if first, _, _ := strings.Cut(j.Error, "\n"); first != "" {
		s += "\n           " + first
	}
	return s
}

func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}

// printable keeps what strangers wrote from steering a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && steers(r) {
			return '\uFFFD'
		}
		return r
	}, s)
}

// escaped is printable for JSON, of which nothing is lost.
func escaped(s string) string {
	var b strings.Builder
	for _, r := range s {
		if !steers(r) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

// steers reports whether a character may do something other than take its place:
// controls, those of C1 and line ends among them, and changes of direction.
func steers(r rune) bool { return !unicode.IsPrint(r) && !unicode.Is(unicode.Zs, r) }

// mails counts in words.
func mails(n int) string {
	if n == 1 {
		return "1 mail"
	}
	return fmt.Sprintf("%d mails", n)
}

// end writes the totals. The error says that some could not be read.
func (l *replayList) end() error {
	if !l.json {
		var parts []string
		for _, c := range []inbound.Change{inbound.Posted, inbound.Reworded, inbound.Rejudged, inbound.Unchanged, inbound.Left, inbound.Skipped, inbound.Failed} {
			if n := l.counts[c]; n > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", n, l.word(c)))
			}
		}
		total := "no mail is selected"
		if l.total > 0 {
			total = mails(l.total) + ": " + strings.Join(parts, ", ")
		}
		if _, err := fmt.Fprintln(l.out, total); err != nil {
			return err
		}
	}
	if n := l.counts[inbound.Failed]; n > 0 {
		return fmt.Errorf("%d of %s could not be found or read; see above", n, mails(l.total))
	}
	return nil
}
