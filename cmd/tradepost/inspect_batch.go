package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/tradepost-mail/tradepost/inbound/class"
	"github.com/tradepost-mail/tradepost/inbound/inspect"
)

// mostBatchLine bounds one line of a batch: a mail of 48 MB in base64, more than
// is read of one.
const mostBatchLine = 64 << 20

// batchLine is one mail, or one bare body, to read. Bytes goes before Input.
type batchLine struct {
	ID    string  `json:"id"`
	Kind  string  `json:"kind"`
	Input *string `json:"input"`
	Bytes []byte  `json:"input_b64"`
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

// batchError answers a line that couldn't be read; Line counts from 1.
type batchError struct {
	ID    string `json:"id,omitempty"`
	Line  int    `json:"line"`
	Error string `json:"error"`
}

// batch answers each line of in with a line on out, in the same order. A line
// that can't be read is answered with an error, and the next one goes on.
func batch(in io.Reader, out io.Writer, o inspect.Options) error {
	r := bufio.NewReaderSize(in, 1<<20)
	w := bufio.NewWriter(out)
	for n := 1; ; n++ {
		row, tooLong, readErr := boundedLine(r, mostBatchLine)
		if readErr != nil && !errors.Is(readErr, io.EOF) {
			return errors.Join(fmt.Errorf("read line %d of the batch: %w", n, readErr), w.Flush())
		}
		var answer any
		switch row = bytes.TrimSpace(row); {
		case tooLong:
			answer = batchError{Line: n, Error: fmt.Sprintf("the line is longer than %d bytes", mostBatchLine)}
		case len(row) > 0:
			answer = answerLine(row, n, o)
		}
		if answer != nil {
			if err := inspect.EncodeJSON(w, answer); err != nil {
				return fmt.Errorf("write: %w", err)
			}
			// Who asks one line at a time waits for the answer.
			if r.Buffered() == 0 {
				if err := w.Flush(); err != nil {
					return fmt.Errorf("write: %w", err)
				}
			}
		}
		if readErr != nil {
			return w.Flush()
		}
	}
}

// boundedLine reads one line. Of a line longer than limit it returns nothing and
// reads on to its end.
func boundedLine(r *bufio.Reader, limit int) (line []byte, tooLong bool, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if !tooLong && len(line)+len(part) > limit {
			line, tooLong = nil, true
		}
		if !tooLong {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, tooLong, err
		}
	}
}

func answerLine(row []byte, n int, o inspect.Options) any {
	var l batchLine
	if err := json.Unmarshal(row, &l); err != nil {
		return batchError{ID: l.ID, Line: n, Error: lineFault(err)}
	}
	raw := l.Bytes
	switch {
	case raw != nil:
	case l.Input != nil:
		raw = []byte(*l.Input)
	default:
		return batchError{ID: l.ID, Line: n, Error: "there is neither input nor input_b64"}
	}
	switch k := inspect.Kind(l.Kind); k {
	case inspect.Mail, inspect.PlainBody, inspect.HTMLBody:
		return answer(l.ID, raw, readAs(k, raw, o))
	default:
		return batchError{ID: l.ID, Line: n, Error: fmt.Sprintf("kind is %q, not eml, text or html", l.Kind)}
	}
}

// lineFault says in plain words why a line is no JSON that was asked for.
func lineFault(err error) string {
	var kind *json.UnmarshalTypeError
	var encoding base64.CorruptInputError
	switch {
	case errors.As(err, &kind) && kind.Field == "":
		return fmt.Sprintf("the line is a JSON %s, not an object", kind.Value)
	case errors.As(err, &kind):
		return fmt.Sprintf("%s is a JSON %s, not a string", kind.Field, kind.Value)
	case errors.As(err, &encoding):
		return "input_b64 is not base64"
	}
	return "the line is not JSON: " + err.Error()
}

// mostBatchText bounds the text of a bare body in an answer, in bytes: what is
// read of one.
const mostBatchText = 2 << 20

// answer gives a class of its own only to what the reader of a batch tells
// apart. The text of a bare body is raw itself.
func answer(id string, raw []byte, r inspect.Reading) batchAnswer {
	a := batchAnswer{
		ID: id, Class: string(r.Class), Rule: r.Rule,
		Output: redact(r.Reply.Text), Ms: float64(r.Took.Microseconds()) / 1000,
	}
	if r.Class == class.Own || r.Class == class.Calendar || r.Class == class.Forwarded {
		a.Class = string(class.Other)
	}
	if r.Message != nil {
		a.Text = r.Message.Text
		if strings.TrimSpace(a.Text) == "" {
			a.Text = r.Message.HTML
		}
	} else {
		a.Text = strings.ToValidUTF8(string(raw[:min(len(raw), mostBatchText)]), "\uFFFD")
	}
	a.Text = redact(a.Text)
	if r.Class == class.Bounce && r.Delivery != nil {
		for _, to := range r.Delivery.Recipients {
			a.Recipients = append(a.Recipients, batchRecipient{to.Address, to.Action, to.Status})
		}
	}
	return a
}
