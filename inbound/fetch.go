package inbound

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// headerMax is how much of an oversize mail's header is fetched, in octets.
const headerMax = 256 << 10

// listed is what is asked of a mail before its bytes.
type listed struct {
	size     int64 // RFC822.SIZE, octets
	received time.Time
}

// list asks for size and date of mails. One that has gone meanwhile is missing
// in the answer.
func (s *session) list(uids []uint32) (map[uint32]listed, error) {
	found := make(map[uint32]listed, len(uids))
	err := s.within(func() error {
		options := &imap.FetchOptions{UID: true, RFC822Size: true, InternalDate: true}
		mails, err := s.client.Fetch(uidSet(uids), options).Collect()
		for _, m := range mails {
			// A change of flags may be told in an answer of its own, without a size.
			if m.UID != 0 && m.RFC822Size > 0 {
				found[uint32(m.UID)] = listed{m.RFC822Size, m.InternalDate}
			}
		}
		return err
	})
	if err != nil && !refused(err) {
		return nil, fmt.Errorf("fetch sizes: %w", err)
	}
	return found, nil
}

// fetched is a mail on its way from the server.
type fetched struct {
	uid  uint32
	size int64 // of the mail's literal, octets
	// content gives the literal as it comes over the connection, or, where it is
	// above the limit, the first length octets of it.
	content io.Reader
	length  int64
	literal *literal
}

// broke reports whether the connection, and not whoever reads content, is to
// blame where reading failed.
func (f fetched) broke() bool { return f.literal.err != nil && !errors.Is(f.literal.err, io.EOF) }

// errTruncated is a literal shorter than announced. go-imap hands out the part
// that came before a connection broke as if it were all (its reader returns
// io.EOF), so that the length must be counted.
var errTruncated = errors.New("the connection broke within a mail")

// literal reads a mail off the connection.
type literal struct {
	from    imap.LiteralReader
	left    int64 // octets to come
	watch   *time.Timer
	timeout time.Duration
	err     error // that ended it; io.EOF where it is whole
}

// Read runs the time limit of the server only while it is the server that is
// waited for: a disk may be slower.
func (l *literal) Read(p []byte) (int, error) {
	if l.err != nil {
		return 0, l.err
	}
	l.watch.Reset(l.timeout)
	n, err := l.from.Read(p)
	l.watch.Stop()
	l.left -= int64(n)
	if errors.Is(err, io.EOF) && l.left != 0 {
		err = errTruncated
	}
	l.err = err
	return n, err
}

// fetch asks for the given section of mails and hands each to take as it comes,
// which reads of it what it wants. Of a section larger than limit only headerMax
// octets are handed on. An error that isn't a refusal means that the session is
// over.
func (s *session) fetch(ctx context.Context, uids []uint32, section imap.FetchItemBodySection, limit int64, take func(fetched) error) error {
	section.Peek = true // never \Seen
	watch := s.watch()
	defer watch.Stop()
	cmd := s.client.Fetch(uidSet(uids), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{&section}})
	for {
		watch.Reset(s.timeout)
		m := cmd.Next()
		if m == nil {
			break
		}
		got, err := s.mail(m, limit, watch, take)
		if err == nil {
			err = context.Cause(ctx)
		}
		if err == nil {
			continue
		}
		// Cut first: what is still on its way would else have to be read.
		s.cut()
		if got.literal != nil && got.broke() {
			// No Close here: it would read the literal again, side by side with
			// go-imap's reader, which is on its way out.
			return s.explain(fmt.Errorf("fetch mail %d: %w", got.uid, got.literal.err))
		}
		_ = cmd.Close() // lets go-imap's reader end
		return err
	}
	watch.Reset(s.timeout)
	if err := cmd.Close(); err != nil {
		return s.explain(fmt.Errorf("fetch mail: %w", err))
	}
	return nil
}

// mail hands one mail to take and reads what take has left of it.
func (s *session) mail(m *imapclient.FetchMessageData, limit int64, watch *time.Timer, take func(fetched) error) (got fetched, err error) {
	for item := m.Next(); item != nil; item = m.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			got.uid = uint32(item.UID)
		case imapclient.FetchItemDataBodySection:
			// NIL: the server has nothing to give. The UID comes first, or
			// go-imap doesn't take the answer for ours (read in its source).
			if item.Literal == nil || got.uid == 0 {
				continue
			}
			got.size = item.Literal.Size()
			got.literal = &literal{from: item.Literal, left: got.size, watch: watch, timeout: s.timeout}
			got.content, got.length = got.literal, got.size
			if got.size > limit {
				got.length = min(got.size, headerMax)
				got.content = io.LimitReader(got.literal, got.length)
			}
			if err := take(got); err != nil {
				return got, err
			}
			if _, err := io.Copy(io.Discard, got.literal); err != nil {
				return got, err
			}
			watch.Reset(s.timeout)
		}
	}
	return got, nil
}
