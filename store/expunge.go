package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Expunge is a mail that is to leave the mailbox, in whatever folder it is by
// now. It is found again by what the ledger keeps of it, none of which is
// content: a folder gives a mail that is moved there a new UID, but keeps its
// bytes, and as a rule its INTERNALDATE (RFC 9051 6.4.7).
type Expunge struct {
	Ref
	// UIDValidity and UID are those in the polled folder.
	UIDValidity, UID uint32
	ReceivedAt       time.Time // INTERNALDATE
	Size             int64     // RFC822.SIZE, octets
	// SHA256 is that of the whole mail; of one that was too large to be fetched,
	// of its header. Mail with another isn't this one.
	SHA256 [sha256.Size]byte
	// Filed says that it was seen to have left the polled folder.
	Filed bool
}

// ToExpunge lists mail of a mailbox that is to leave it because its conversation
// was deleted, oldest first, at most limit.
func (s *Store) ToExpunge(ctx context.Context, mailbox int64, limit int) ([]Expunge, error) {
	rows, err := s.pool.Query(ctx, `
		select period, id, uidvalidity, uid, received_at, size, sha256, filed_at is not null from inbound
		where mailbox_id = $1 and expunge order by id limit $2`, mailbox, limit)
	if err != nil {
		return nil, fmt.Errorf("mail to expunge from mailbox %d: %w", mailbox, err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (e Expunge, err error) {
		var sum []byte
		err = row.Scan(&e.Period, &e.ID, &e.UIDValidity, &e.UID, &e.ReceivedAt, &e.Size, &sum, &e.Filed)
		copy(e.SHA256[:], sum)
		return e, err
	})
	if err != nil {
		return nil, fmt.Errorf("mail to expunge from mailbox %d: %w", mailbox, err)
	}
	return list, nil
}

// Expunged notes that mail has left the mailbox, or is nowhere to be found in it.
// The ledger keeps its mailbox, UIDVALIDITY, UID and hash, so that it doesn't come
// back.
func (s *Store) Expunged(ctx context.Context, refs []Ref) error {
	periods, ids := split(refs)
	_, err := s.pool.Exec(ctx, `update inbound set expunge = false, filed_at = coalesce(filed_at, now())
		where (period, id) in (select * from unnest($1::date[], $2::bigint[])) and expunge`, periods, ids)
	if err != nil {
		return fmt.Errorf("note expunged mail: %w", err)
	}
	return nil
}

// DeleteBlobs deletes the files and the large raw mail of deleted conversations
// from the blob store, and returns of how many files and folders it has. A file
// that another conversation uses stays. It looks at no more than limit files and
// folders in one batch, and takes batch after batch until there are none. One
// that can't be deleted keeps none of the others; the error is that of the first.
// Twice is harmless, and any number of processes may call it at once: a row goes
// once its blobs are gone, and only if nothing was added to it meanwhile.
func (s *Store) DeleteBlobs(ctx context.Context, limit int) (n int, err error) {
	var failed error
	after := ""
	for {
		rows, err := s.pool.Query(ctx, `select key, created_at from blobs_to_delete where key > $1 order by key limit $2`, after, limit)
		if err != nil {
			return n, fmt.Errorf("list blobs to delete: %w", err)
		}
		type queued struct {
			Key string
			At  time.Time
		}
		list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[queued])
		if err != nil {
			return n, fmt.Errorf("list blobs to delete: %w", err)
		}
		for _, q := range list {
			after = q.Key
			err := s.deleteUnused(ctx, q.Key)
			if err == nil {
				_, err = s.pool.Exec(ctx, `delete from blobs_to_delete where key = $1 and created_at = $2`, q.Key, q.At)
			}
			switch {
			case err == nil:
				n++
			case ctx.Err() != nil:
				return n, err
			case failed == nil:
				failed = fmt.Errorf("delete blobs of deleted conversations: %w", err)
			}
		}
		if len(list) < limit {
			return n, errors.Join(failed, s.deleteShredded(ctx, limit))
		}
	}
}

// deleteUnused deletes a blob, or all of a folder, but what an attachment is kept
// in.
func (s *Store) deleteUnused(ctx context.Context, key string) error {
	keys, err := s.o.Blobs.under(ctx, key)
	if err != nil {
		return err
	}
	rows, err := s.pool.Query(ctx, `select k from unnest($1::text[]) k where not exists (select from attachments where blob_key = k)`, keys)
	if err != nil {
		return fmt.Errorf("look whether blobs are used: %w", err)
	}
	unused, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("look whether blobs are used: %w", err)
	}
	for _, k := range unused {
		if err := s.o.Blobs.Delete(ctx, k); err != nil {
			return err
		}
	}
	return nil
}
