package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strings"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/class"
	"github.com/tradepost-mail/tradepost/inbound/inspect"
	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/inbound/reply"
	"github.com/tradepost-mail/tradepost/templates"
	"github.com/tradepost-mail/tradepost/worker"
)

type inspectCmd struct {
	Files   []string `arg:"" optional:"" name:"file" help:"Mails to read; none, or -, is standard input."`
	Kind    string   `enum:"eml,text,html" default:"eml" help:"What the files hold: whole mails (eml), or bare bodies (text, html) in UTF-8."`
	Name    []string `placeholder:"NAME" help:"Somebody in the conversation, as a hint for what was quoted; repeatable." sep:"none"`
	Address []string `placeholder:"ADDRESS" help:"An address in the conversation, as a hint for what was quoted; repeatable." sep:"none"`
	JSON    bool     `name:"json" xor:"form" help:"Write one JSON document a file, each on one line (docs/reading.md)."`
	Batch   bool     `xor:"form" help:"Read JSON lines from standard input, write one JSON line for each (docs/reading.md)."`

	// What a server is set to. Without the keys reply addresses aren't looked at.
	keyConfig
	senderConfig
	ReplyDomain string `help:"Domain of the reply addresses." env:"TRADEPOST_REPLY_DOMAIN"`
	AskDNS      bool   `name:"ask-dns" help:"Ask name servers for DKIM keys and DMARC policies, as a server does."`
}

// Run shows how each file would be read. A file that can't be read is reported
// and the others are still shown.
func (c *inspectCmd) Run(ctx context.Context) error {
	options, err := c.options()
	if err != nil {
		return err
	}
	trust, err := c.trust()
	if err != nil {
		return err
	}
	if c.Batch {
		if len(c.Files) > 0 {
			return errors.New("--batch reads standard input and takes no FILE")
		}
		return batch(os.Stdin, os.Stdout, options)
	}
	files := c.Files
	if len(files) == 0 {
		if isTerminal(os.Stdin) {
			return errors.New("inspect needs a FILE, or a mail on standard input (- reads one that is typed)")
		}
		files = []string{"-"}
	}
	style := inspect.Style{Colour: isTerminal(os.Stdout) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
	failed := 0
	for i, name := range files {
		raw, size, err := readMail(name)
		if err != nil {
			// A file's name may be a stranger's choice: quoted, not as it is.
			if p := (*fs.PathError)(nil); errors.As(err, &p) {
				err = p.Err
			}
			fmt.Fprintf(os.Stderr, "tradepost: %+q: %v\n", name, err)
			failed++
			continue
		}
		reading := readAs(inspect.Kind(c.Kind), raw, options)
		d := reading.Document(redact)
		d.Size = size
		if reading.Message != nil {
			d.Trust = trustOf(ctx, raw, reading.Message, trust)
		}
		if d.File = name; name == "-" {
			d.File = "standard input"
		}
		if err := c.show(os.Stdout, d, style, i > 0); err != nil {
			return fmt.Errorf("write: %w", err)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d files could not be read", failed, len(files))
	}
	return nil
}

// show writes one document; in text an empty line stands between two.
func (c *inspectCmd) show(w io.Writer, d *inspect.Document, style inspect.Style, further bool) error {
	if c.JSON {
		return inspect.EncodeJSON(w, d)
	}
	if further {
		if _, err := io.WriteString(w, "\n"); err != nil {
			return err
		}
	}
	return d.WriteText(w, style)
}

// options are those of the poller, as far as they don't hang on a conversation.
func (c *inspectCmd) options() (inspect.Options, error) {
	// The phrases of our letters are the same in every marketplace.
	letters, err := templates.New(templates.Options{Market: "Market"})
	if err != nil {
		return inspect.Options{}, err
	}
	return inspect.Options{
		Limits: message.Limits{Size: maxMail},
		Class:  class.Options{HopHeader: worker.HopHeader},
		Hints:  reply.Hints{Separators: letters.Separators(), Names: c.Name, Addresses: c.Address},
	}, nil
}

func readAs(k inspect.Kind, raw []byte, o inspect.Options) inspect.Reading {
	switch k {
	case inspect.PlainBody:
		return inspect.ReadPlain(string(raw), o)
	case inspect.HTMLBody:
		return inspect.ReadHTML(string(raw), o)
	default:
		return inspect.Read(raw, o)
	}
}

// maxMail is what is read of one mail, in bytes.
const maxMail = 40 << 20

// readMail reads a file, - being standard input: one byte more than the bound at
// most, for the reader to see that there is more. size is that of all of it, as
// far as it is known.
func readMail(name string) (raw []byte, size int64, err error) {
	f := os.Stdin
	if name != "-" {
		if f, err = os.Open(name); err != nil {
			return nil, 0, err
		}
		defer f.Close()
	}
	var b bytes.Buffer
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		size = info.Size()
		// Room for all of it at once: a buffer that grows holds it twice.
		b.Grow(int(min(size, maxMail+1)) + bytes.MinRead)
	}
	if _, err := b.ReadFrom(io.LimitReader(f, maxMail+1)); err != nil {
		return nil, 0, err
	}
	return b.Bytes(), max(size, int64(b.Len())), nil
}

// halfToken is a reply address that was cut off where a reader shortened a
// detail or a quotation: too short for StripTokens to know, yet most of a
// secret.
var halfToken = regexp.MustCompile(`(?i)reply(?:\+|%2b|=2b)[a-z2-7]{8,}`)

// redact takes reply addresses out of what is shown.
func redact(s string) string {
	s = tradepost.StripTokens(s)
	if !strings.Contains(strings.ToLower(s), "reply") {
		return s
	}
	return halfToken.ReplaceAllString(s, "(reply address)")
}

// isTerminal reports whether a person is likely at the other end.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
