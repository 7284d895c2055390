package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/user"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/tradepost-mail/tradepost"
)

// operatorConfig is who decides something, as the ledger keeps it.
type operatorConfig struct {
	By string `help:"Name of who decides this; empty: the user that runs the command." placeholder:"NAME"`
}

// name is the operator's.
func (c *operatorConfig) name() (string, error) {
	by := strings.TrimSpace(c.By)
	if by == "" {
		u, err := user.Current()
		if err != nil || u.Username == "" {
			return "", errors.New("this system does not say who you are: name yourself with --by")
		}
		by = u.Username
	}
	if p := tradepost.LineProblem(by, tradepost.MaxLine); p != "" {
		return "", fmt.Errorf("--by %s", p)
	}
	if strings.EqualFold(by, ownerName) {
		return "", errors.New("--by owner is how the ledger notes what a mail's owner decided: name yourself otherwise")
	}
	return by, nil
}

// ownerName stands in the ledger for whoever a reply address was given to.
const ownerName = "owner"

// conversationArg is the id of a conversation, as con_12 or 12.
type conversationArg int64

// UnmarshalText reads an id.
func (c *conversationArg) UnmarshalText(text []byte) error {
	s := string(text)
	if _, err := strconv.ParseUint(s, 10, 63); err == nil {
		s = tradepost.ConversationPrefix + "_" + s
	}
	id, err := tradepost.ParseID(tradepost.ConversationPrefix, s)
	if err != nil {
		return err
	}
	*c = conversationArg(id)
	return nil
}

// String is the id as the API and links have it.
func (c conversationArg) String() string {
	return tradepost.FormatID(tradepost.ConversationPrefix, int64(c))
}

// writeTable writes rows in columns, the first being their names.
func writeTable(out io.Writer, rows [][]string) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	for _, row := range rows {
		if _, err := io.WriteString(w, strings.Join(row, "\t")+"\n"); err != nil {
			return err
		}
	}
	return w.Flush()
}

// cell is text in a table: what strangers wrote must not make rows or columns.
func cell(s string) string {
	if s == "" {
		return "-"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, shownText(s))
}

// jsonLine writes a value on a line of its own, without tokens and without what
// steers a terminal.
func jsonLine(out io.Writer, v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, tradepost.StripTokens(escaped(string(line)))+"\n")
	return err
}

// minute is a time as tables show it, in UTC.
func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

// shownText is what strangers wrote as it may reach a terminal: without reply
// addresses, action links and what would steer it.
func shownText(s string) string { return printable(tradepost.StripTokens(s)) }
