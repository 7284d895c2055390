package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/tradepost-mail/tradepost/mailer"
	"github.com/tradepost-mail/tradepost/templates"
	"github.com/tradepost-mail/tradepost/templates/samples"
)

type previewCmd struct {
	Name   string `arg:"" optional:"" help:"The letter; without one, and without --all or --serve, they are listed."`
	Locale string `default:"en" placeholder:"TAG" help:"The reader's language, such as sv."`
	Data   string `default:"sample" help:"What it is filled with: sample, hostile, long or rtl (right to left, and other scripts)."`
	Text   bool   `xor:"part" help:"The text/plain part."`
	HTML   bool   `name:"html" xor:"part" help:"The text/html part (the default)."`
	EML    bool   `name:"eml" xor:"part" help:"The whole mail, as a file that mail programs open."`
	Out    string `short:"o" placeholder:"FILE|DIR" help:"Where it is written; - is standard output. Without it, a temporary file, whose path is printed."`
	All    bool   `help:"Every letter, into the directory of --out: in every language, unless --locale names one."`
	Serve  string `placeholder:"ADDRESS" help:"Show all letters in the browser, as in 127.0.0.1:0, until interrupted."`

	marketConfig
}

// Run shows letters with invented data. It needs neither database nor settings.
func (c *previewCmd) Run(ctx context.Context) error {
	letters, err := templates.New(templates.Options{Market: c.Market})
	if err != nil {
		return err
	}
	if err := c.check(letters); err != nil {
		return err
	}
	switch {
	case c.Serve != "":
		return servePreview(ctx, c.Serve, letters, os.Stdout)
	case c.All:
		return c.writeAll(letters)
	case c.Name == "":
		return listSamples(os.Stdout, letters)
	default:
		return c.writeOne(letters)
	}
}

// check says in plain words what can't be shown.
func (c *previewCmd) check(letters *templates.Letters) error {
	if !slices.Contains(letters.Locales(), c.Locale) {
		return fmt.Errorf("there is no language %q: it is one of %s", c.Locale, strings.Join(letters.Locales(), ", "))
	}
	var data []string
	for _, v := range samples.Variants() {
		data = append(data, string(v))
	}
	if !slices.Contains(data, c.Data) {
		return fmt.Errorf("there is no data %q: it is one of %s", c.Data, strings.Join(data, ", "))
	}
	switch {
	case c.All && c.Serve != "" || c.Name != "" && (c.All || c.Serve != ""):
		return errors.New("one letter by its name, --all of them, or --serve: choose one")
	case c.All && (c.Out == "" || c.Out == "-"):
		return errors.New("--all writes many files: name their directory with --out")
	case c.Out != "" && c.Name == "" && !c.All:
		return errors.New("--out wants a letter's name, or --all")
	}
	return nil
}

func listSamples(w io.Writer, letters *templates.Letters) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range samples.All() {
		fmt.Fprintf(table, "%s\t%s\n", s.Name, s.Shows)
	}
	fmt.Fprintf(table, "\nLanguages: %s. See tradepost preview --help.\n", strings.Join(letters.Locales(), ", "))
	return table.Flush()
}

// part renders the part asked for.
func (c *previewCmd) part(letters *templates.Letters, s samples.Sample, locale string) ([]byte, error) {
	r, err := s.Render(letters, locale, samples.Variant(c.Data))
	if err != nil {
		return nil, err
	}
	switch {
	case c.Text:
		return []byte(r.Text), nil
	case c.EML:
		return previewMail(r, s.Name)
	default:
		return []byte(r.HTML), nil
	}
}

func (c *previewCmd) ending() string {
	switch {
	case c.Text:
		return ".txt"
	case c.EML:
		return ".eml"
	default:
		return ".html"
	}
}

// previewMail is a letter as the mailer writes it, from and to nobody.
func previewMail(r templates.Rendered, name string) ([]byte, error) {
	letter := mailer.Letter{
		From: mailer.Address{Name: r.FromName, Addr: "inbox@market.example"}, To: mailer.Address{Addr: "reader@studio.example"},
		Subject: r.Subject, MessageID: name + "@preview.market.example",
		Date: time.Date(2026, time.November, 23, 14, 47, 0, 0, time.UTC), Text: r.Text, HTML: r.HTML,
	}
	var b strings.Builder
	if _, err := letter.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("write %s as mail: %w", name, err)
	}
	return []byte(b.String()), nil
}

func (c *previewCmd) writeOne(letters *templates.Letters) error {
	s, err := samples.Find(c.Name)
	if err != nil {
		return fmt.Errorf("there is no letter %q: tradepost preview lists them", c.Name)
	}
	content, err := c.part(letters, s, c.Locale)
	if err != nil {
		return err
	}
	name := s.Name + "-" + c.Locale + c.ending()
	switch info, err := os.Stat(c.Out); {
	case c.Out == "-":
		_, err := os.Stdout.Write(content)
		return err
	case c.Out == "":
		dir, err := os.MkdirTemp("", "tradepost-preview-")
		if err != nil {
			return err
		}
		return writePreview(filepath.Join(dir, name), content)
	case err == nil && info.IsDir():
		return writePreview(filepath.Join(c.Out, name), content)
	default:
		return writePreview(c.Out, content)
	}
}

// writePreview writes a file and tells its path.
func writePreview(path string, content []byte) error {
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return err
	}
	_, err := fmt.Fprintln(os.Stdout, path)
	return err
}

func (c *previewCmd) writeAll(letters *templates.Letters) error {
	if err := os.MkdirAll(c.Out, 0o750); err != nil {
		return err
	}
	n := 0
	for _, s := range samples.All() {
		content, err := c.part(letters, s, c.Locale)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(c.Out, s.Name+"-"+c.Locale+c.ending()), content, 0o600); err != nil {
			return err
		}
		n++
	}
	_, err := fmt.Fprintf(os.Stdout, "%d letters in %s\n", n, c.Out)
	return err
}
