package inspect_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gomessage "github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset"

	"github.com/tradepost-mail/tradepost/inbound/inspect"
	"github.com/tradepost-mail/tradepost/inbound/message"
)

// BenchmarkRead measures what it costs to read a mail: parsed alone, and whole
// (parsed, class, newly written text), both with every attachment decoded. Beside
// it emersion/go-message reads the same bytes, undoing transfer encodings and
// charsets. The ratios come from turns within one run, which a busy machine can't
// spoil. An operation is one mail, of a ratio one turn over all of them.
//
//	go test -run '^$' -bench Read ./inbound/inspect
func BenchmarkRead(b *testing.B) {
	b.Run("own", func(b *testing.B) { compare(b, fixtures(b)) })
	b.Run("corpus", func(b *testing.B) { compare(b, corpus(b)) })
}

func compare(b *testing.B, mails [][]byte) {
	b.Helper()
	size := 0
	for _, m := range mails {
		size += len(m)
	}
	readers := []struct {
		name string
		read func([]byte)
	}{{"go-message", readTheirs}, {"parse", parse}, {"whole", readWhole}}
	for _, r := range readers {
		b.Run(r.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(size / len(mails)))
			for i := 0; b.Loop(); i++ {
				r.read(mails[i%len(mails)])
			}
		})
	}
	b.Run("ratio", func(b *testing.B) {
		var took [3]time.Duration
		for b.Loop() {
			for _, m := range mails {
				for i, r := range readers {
					start := time.Now()
					r.read(m)
					took[i] += time.Since(start)
				}
			}
		}
		b.ReportMetric(float64(took[1])/float64(took[0]), "parse/go-message")
		b.ReportMetric(float64(took[2])/float64(took[0]), "whole/go-message")
	})
}

func parse(raw []byte) { decode(message.Parse(raw, message.Limits{})) }

func readWhole(raw []byte) { decode(inspect.Read(raw, inspect.Options{}).Message) }

// decode reads every attachment, as the other side does.
func decode(m *message.Message) {
	for _, a := range m.Attachments {
		_, _ = io.Copy(io.Discard, a.Body.Open())
	}
}

func readTheirs(raw []byte) {
	e, err := gomessage.Read(bytes.NewReader(raw))
	if e == nil || err != nil && !gomessage.IsUnknownCharset(err) && !gomessage.IsUnknownEncoding(err) {
		return
	}
	for _, name := range []string{"From", "To", "Subject", "Date", "Message-Id"} {
		_, _ = e.Header.Text(name)
	}
	_ = e.Walk(func(_ []int, e *gomessage.Entity, _ error) error {
		if e != nil && e.MultipartReader() == nil {
			_, _ = io.Copy(io.Discard, e.Body)
		}
		return nil // on to the next part, whatever was wrong with this one
	})
}

// corpus are the public mails beside the project, where they are.
func corpus(b *testing.B) [][]byte {
	b.Helper()
	mails, err := readMails(filepath.Join("..", "..", "..", "shared", "corpus", "inbound"))
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(mails) == 0 {
		b.Skip("no ../shared/corpus/inbound beside the project")
	}
	if err != nil {
		b.Fatal(err)
	}
	return mails
}

// fixtures are the mails of this package's own tests.
func fixtures(b *testing.B) [][]byte {
	b.Helper()
	mails, err := readMails("testdata")
	if err != nil || len(mails) == 0 {
		b.Fatalf("%d fixtures: %v", len(mails), err)
	}
	return mails
}

// readMails reads every .eml file below a folder.
func readMails(dir string) (mails [][]byte, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".eml") {
			return err
		}
		raw, err := os.ReadFile(path)
		mails = append(mails, raw)
		return err
	})
	return mails, err
}
