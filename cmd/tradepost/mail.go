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

type mailCmd struct {
	List    mailListCmd    `cmd:"" default:"withargs" help:"List mail that came in, newest first, or show some in full."`
	Release mailReleaseCmd `cmd:"" help:"Give a held mail back to be judged again."`
}

type mailListCmd struct {
	bookConfig

	IDs          []int64         `arg:"" optional:"" name:"id" help:"Numbers of mails in the ledger, to be shown in full."`
	State        []string        `help:"Mail in one of these states: stored, posted, acted, duplicate, held, refused, ignored, oversize, quarantined." enum:"stored,posted,acted,duplicate,held,refused,ignored,oversize,quarantined"`
	From         string          `help:"Mail from this address." placeholder:"ADDRESS"`
	MessageID    string          `name:"message-id" help:"Mail with this Message-ID." placeholder:"ID"`
	Conversation conversationArg `help:"Mail for this conversation, as con_12." placeholder:"ID"`
	Limit        int             `help:"How many are listed at most." default:"50"`
	JSON         bool            `name:"json" help:"Write a JSON object for each mail, one a line."`
}

// Run shows mail of the ledger.
func (c *mailListCmd) Run(ctx context.Context) error {
	var f faults
	c.bookConfig.check(f.bad)
	if c.Limit < 1 {
		f.bad("--limit %d lists nothing", c.Limit)
	}
	if err := f.err(); err != nil {
		return err
	}
	return c.withReadOnly(ctx, func(st *store.Store) error {
		list, err := st.Ledger(ctx, c.filter())
		if err != nil {
			return err
		}
		if err := c.show(os.Stdout, list); err != nil {
			return err
		}
		return missing(c.IDs, list)
	})
}

func (c *mailListCmd) filter() store.LedgerFilter {
	f := store.LedgerFilter{IDs: c.IDs, From: c.From, MailID: messageID(c.MessageID), ConversationID: int64(c.Conversation),
		Limit: max(c.Limit, len(c.IDs))}
	for _, s := range c.State {
		f.States = append(f.States, store.InboundState(s))
	}
	return f
}

// messageID is a Message-ID as the ledger has it: shells make it hard to type the
// angle brackets, and people leave them out.
func messageID(s string) string {
	if s == "" || s[0] == '<' {
		return s
	}
	return "<" + s + ">"
}

func (c *mailListCmd) show(out io.Writer, list []store.LedgerMail) error {
	switch {
	case c.JSON:
		for _, m := range list {
			if err := jsonLine(out, ledgerLineOf(m)); err != nil {
				return err
			}
		}
		return nil
	case len(c.IDs) > 0:
		for i, m := range list {
			text := ledgerText(m)
			if i > 0 {
				text = "\n" + text
			}
			if _, err := io.WriteString(out, text); err != nil {
				return err
			}
		}
		return nil
	case len(list) == 0:
		_, err := fmt.Fprintln(out, "no mail is selected")
		return err
	}
	rows := [][]string{{"MAIL", "RECEIVED (UTC)", "STATE", "REASON", "FROM", "CONVERSATION", "SENDER", "ASKED"}}
	for _, m := range list {
		rows = append(rows, []string{strconv.FormatInt(m.ID, 10), minute(m.ReceivedAt), string(m.State), cell(m.Reason), cell(m.From),
			conversationOf(m), cell(senderOf(m)), cell(askedOf(m.Question))})
	}
	if err := writeTable(out, rows); err != nil {
		return err
	}
	if len(list) == c.Limit {
		_, err := fmt.Fprintf(out, "\nthe newest %d; --limit lists more\n", c.Limit)
		return err
	}
	return nil
}

// missing is the error that some of the mails asked for are not there.
func missing(ids []int64, list []store.LedgerMail) error {
	found := make(map[int64]bool, len(list))
	for _, m := range list {
		found[m.ID] = true
	}
	var errs []error
	for _, id := range ids {
		if !found[id] {
			errs = append(errs, fmt.Errorf("mail %d is not in the ledger, or other conditions leave it out", id))
		}
	}
	return errors.Join(errs...)
}

func conversationOf(m store.LedgerMail) string {
	if m.ConversationID == 0 {
		return "-"
	}
	return conversationArg(m.ConversationID).String()
}

// senderOf is what is known of the sender, in two words.
func senderOf(m store.LedgerMail) string {
	switch {
	case m.Trust != nil:
		return string(m.Trust.Sender) + ", " + string(m.Trust.Authentication)
	case m.Authentication != nil:
		return string(m.Authentication.Result)
	}
	return ""
}

func askedOf(q *store.Question) string {
	switch {
	case q == nil:
		return ""
	case q.Answer != "":
		return "answered " + string(q.Answer)
	case time.Now().After(q.ExpiresAt):
		return "not answered"
	}
	return "until " + minute(q.ExpiresAt)
}

type mailReleaseCmd struct {
	bookConfig
	operatorConfig

	ID          int64 `arg:"" name:"id" help:"Number of the mail in the ledger."`
	AsOwner     bool  `help:"It is from the person whom its reply address was given to, whatever From says."`
	PastBreaker bool  `help:"No budget holds it any more."`

	To conversationArg `help:"What of it has no place is for this conversation of the digest that it answers, as con_12." placeholder:"ID"`
}

// Run gives a held mail back.
func (c *mailReleaseCmd) Run(ctx context.Context) error {
	var f faults
	c.bookConfig.check(f.bad)
	if !c.AsOwner && !c.PastBreaker && c.To == 0 {
		f.bad("say what you decided: --as-owner, that the mail is its owner's; --past-breaker, that no budget holds it; --to, which conversation it is for")
	}
	by, err := c.name()
	f.add(err)
	if err := f.err(); err != nil {
		return err
	}
	return c.with(ctx, func(st *store.Store) error {
		err := st.ReleaseHeld(ctx, c.ID, store.Release{By: by, Sender: c.AsOwner, Breakers: c.PastBreaker,
			Choice: store.Choice{ConversationID: int64(c.To)}})
		switch {
		case errors.Is(err, tradepost.ErrNotFound):
			return fmt.Errorf("mail %d is not in the ledger: tradepost mail --state held lists what is held", c.ID)
		case errors.Is(err, tradepost.ErrRefused):
			return fmt.Errorf("mail %d: %w (tradepost mail %d shows what became of it)", c.ID, err, c.ID)
		case err != nil:
			return err
		}
		fmt.Printf("mail %d is given back to the poller, which judges it again within its next round: tradepost mail %d shows how\n", c.ID, c.ID)
		return nil
	})
}
