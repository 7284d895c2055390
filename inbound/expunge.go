package inbound

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/tradepost-mail/tradepost/store"
)

// expungePage is how many mails of deleted conversations are looked for in a round:
// each is searched for in three folders, while new mail waits.
const expungePage = 100

// expunge takes mail of deleted conversations out of the mailbox, wherever it was
// filed. What is found nowhere has been taken out by somebody else.
func (p *Poller) expunge(ctx context.Context, s *session, l *lease) error {
	list, err := p.store.ToExpunge(ctx, l.box.ID, expungePage)
	if err != nil || len(list) == 0 {
		return err
	}
	for _, folder := range []string{p.box.Folder, s.processed, s.failed} {
		err := p.expungeFrom(ctx, s, l, folder, list)
		if refused(err) || errors.Is(err, errForeignDeleted) {
			// Nothing else of a round should wait for it.
			p.log.Warn("mail of deleted conversations is still in the mailbox; it is tried again", "folder", folder, "error", err)
			return p.reopen(s)
		}
		if err != nil {
			return fmt.Errorf("expunge mail of deleted conversations from %s: %w", folder, err)
		}
	}
	refs := make([]store.Ref, len(list))
	for i, e := range list {
		refs[i] = e.Ref
	}
	if err := p.store.Expunged(ctx, refs); err != nil {
		return err
	}
	p.log.Info("mail of deleted conversations expunged", "mails", len(list))
	return p.reopen(s)
}

// reopen opens the polled folder for what follows.
func (p *Poller) reopen(s *session) error {
	_, err := s.open(p.box.Folder)
	return err
}

// expungeFrom takes those of a list that are in a folder out of it. Size and
// INTERNALDATE find candidates; the hash says whether it is them.
func (p *Poller) expungeFrom(ctx context.Context, s *session, l *lease, folder string, list []store.Expunge) error {
	if _, err := s.open(folder); err != nil {
		return err
	}
	var gone []uint32
	for _, e := range list {
		uids, err := s.search(&imap.SearchCriteria{
			// Dates without a time, in the server's zone (RFC 9051 6.4.4).
			Since: e.ReceivedAt.Add(-48 * time.Hour), Before: e.ReceivedAt.Add(72 * time.Hour),
			Larger: e.Size - 1, Smaller: e.Size + 1,
		})
		if err != nil {
			return err
		}
		for _, uid := range uids {
			same, err := p.isMail(ctx, s, uid, e)
			if err != nil {
				return err
			}
			if same {
				gone = append(gone, uid)
			}
		}
	}
	if len(gone) == 0 {
		return nil
	}
	return s.remove(gone, l.held)
}

// isMail fetches a mail and compares its hash.
func (p *Poller) isMail(ctx context.Context, s *session, uid uint32, e store.Expunge) (same bool, err error) {
	section, limit := imap.FetchItemBodySection{}, p.box.MaxSize
	if e.Size > p.box.MaxSize { // of which only the header was hashed
		section, limit = imap.FetchItemBodySection{Specifier: imap.PartSpecifierHeader, Partial: &imap.SectionPartial{Size: headerMax}}, headerMax
	}
	err = s.fetch(ctx, []uint32{uid}, section, limit, func(f fetched) error {
		h := sha256.New()
		if _, err := io.Copy(h, f.content); err != nil {
			return err
		}
		same = [sha256.Size]byte(h.Sum(nil)) == e.SHA256
		return nil
	})
	return same, err
}
