package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost/inbound/class"
	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/inbound/reply"
	"github.com/tradepost-mail/tradepost/inbound/report"
)

type inspectCmd struct {
	Batch bool `help:"Read JSON lines from standard input, write one JSON line for each."`
}

// Run inspects mails.
func (c *inspectCmd) Run() error {
	return batch(os.Stdin, os.Stdout)
}

type batchLine struct {
	ID    string `json:"id"`
	Kind  string `json:"kind"`
	Input string `json:"input"`
	Bytes []byte `json:"input_b64"`
}

type batchRecipient struct {
	Address string `json:"address"`
	Action  string `json:"action"`
	Status  string `json:"status"`
}

type batchAnswer struct {
	ID         string           `json:"id"`
	Class      string           `json:"class,omitempty"`
	Rule       string           `json:"rule,omitempty"`
	Recipients []batchRecipient `json:"recipients,omitempty"`
	Text       string           `json:"text"`
	Output     string           `json:"output"`
	Ms         float64          `json:"ms"`
}

func batch(in io.Reader, out io.Writer) error {
	r := bufio.NewReaderSize(in, 1<<20)
	w := bufio.NewWriter(out)
	defer w.Flush()
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for {
		row, err := r.ReadBytes('\n')
		if len(strings.TrimSpace(string(row))) > 0 {
			var l batchLine
			if err := json.Unmarshal(row, &l); err != nil {
				return fmt.Errorf("a line of the batch: %w", err)
			}
			if err := enc.Encode(answer(l)); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func answer(l batchLine) batchAnswer {
	start := time.Now()
	a := batchAnswer{ID: l.ID}
	switch l.Kind {
	case "text":
		a.Output = reply.Text(l.Input, reply.Hints{}).Text
	case "html":
		a.Output = reply.HTML(l.Input, reply.Hints{}).Text
	default:
		m := message.Parse(l.Bytes, message.Limits{})
		c, rule := class.Of(m, class.Options{})
		switch a.Class, a.Rule = string(c), rule; c {
		case class.Own, class.Calendar:
			a.Class = "other"
		}
		a.Text = m.Text
		if strings.TrimSpace(a.Text) == "" {
			a.Text = m.HTML
		}
		a.Output = reply.FromMessage(m, reply.Hints{}).Text
		d, _ := report.ReadDelivery(m)
		for _, r := range d.Recipients {
			a.Recipients = append(a.Recipients, batchRecipient{r.Address, r.Action, r.Status})
		}
	}
	a.Ms = float64(time.Since(start).Microseconds()) / 1000
	return a
}
