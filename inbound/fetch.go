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

// fetched is a mail's bytes as they came.
type fetched struct {
	uid   uint32
	bytes []byte
	// size is that of the literal, octets. Where it is above the limit, bytes
	// are only the mail's beginning.
	size int64
}

// errTruncated is a literal shorter than announced. go-imap hands out the part
// that came before a connection broke as if it were all (its reader returns
// io.EOF), so that the length must be counted.
var errTruncated = errors.New("the connection broke within a mail")

// fetch asks for the given section of mails and hands each to take as it comes.
// Of a section larger than limit only headerMax octets are handed on. An error
// that isn't a refusal means that the session is over.
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
		var got fetched
		have := false
		for item := m.Next(); item != nil; item = m.Next() {
			switch item := item.(type) {
			case imapclient.FetchItemDataUID:
				got.uid = uint32(item.UID)
			case imapclient.FetchItemDataBodySection:
				if item.Literal == nil {
					continue // NIL: the server has nothing to give
				}
				var err error
				got.size = item.Literal.Size()
				have = true
				if got.bytes, err = s.read(item.Literal, limit, watch); err != nil {
					// No Next or Close here: they would read the literal again,
					// side by side with go-imap's reader, which is on its way out.
					s.cut()
					return s.explain(fmt.Errorf("fetch mail %d: %w", got.uid, err))
				}
			}
		}
		if !have || got.uid == 0 {
			continue // a change of flags
		}
		watch.Stop()
		err := take(got)
		if err == nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			// Cut first: what is still on its way would else have to be read.
			s.cut()
			_ = cmd.Close() // lets go-imap's reader end
			return err
		}
	}
	watch.Reset(s.timeout)
	if err := cmd.Close(); err != nil {
		return s.explain(fmt.Errorf("fetch mail: %w", err))
	}
	return nil
}

// read takes a literal off the connection, all of it, and keeps it, or of one
// over the limit its beginning.
func (s *session) read(literal imap.LiteralReader, limit int64, watch *time.Timer) ([]byte, error) {
	size := literal.Size()
	keep := size
	if size > limit {
		keep = min(size, headerMax)
	}
	kept := make([]byte, 0, min(keep, 1<<20))
	piece := make([]byte, 32<<10)
	for seen := int64(0); ; {
		n, err := literal.Read(piece)
		seen += int64(n)
		if room := keep - int64(len(kept)); room > 0 {
			kept = append(kept, piece[:min(int64(n), room)]...)
		}
		if errors.Is(err, io.EOF) {
			if seen != size {
				return nil, errTruncated
			}
			return kept, nil
		}
		if err != nil {
			return nil, err
		}
		watch.Reset(s.timeout)
	}
}
