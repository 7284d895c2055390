package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
	"gocloud.dev/gcerrors"
)

// UndecidedFor is how many times longer than other mail that which is held or
// quarantined is kept: somebody may still decide about it, but not for ever.
const UndecidedFor = 4

// ShredRaw forgets the bytes of mail that has been in the ledger for longer than
// days, or than its partner's own number of days; 0 keeps for ever. What was
// understood, what became of it and its hash stay. It goes once over all mail
// that may be due, with at most batch mails in a transaction, and returns how
// many it has shredded. Mail that nobody has looked at is never, and mail whose
// row is locked the next time. How old mail is goes by the database's clock.
//
// Large mail goes in two steps: first its row says that it is shredded, then the
// blob is deleted. What ends the process in between is made up for by the next
// call. Any number of processes may call it at once.
func (s *Store) ShredRaw(ctx context.Context, days, batch int) (total int, err error) {
	for after, n := (place{}), batch; err == nil && n == batch; {
		n, err = s.shredAfter(ctx, &after, days, batch)
		total += n
	}
	return total, errors.Join(err, s.deleteShredded(ctx, batch))
}

// place is how far a pass over the ledger has come. Without it each batch would
// look again at all the mail that is old and kept (measured with a million mails
// of which a third is kept for ever: over a second each).
type place struct {
	at time.Time
	id int64
}

// shredAfter shreds the next mails after a place.
func (s *Store) shredAfter(ctx context.Context, after *place, days, batch int) (int, error) {
	rows, err := s.pool.Query(ctx, `
		with due as (
			select i.period, i.id
			from inbound i
			left join conversations c on c.id = i.conversation_id
			left join partners p on p.id = c.partner_id
			where i.raw_shredded_at is null and i.state <> 'stored' and coalesce(p.raw_retention_days, $3) > 0
			  and (i.created_at, i.id) > ($1, $2)
			  -- The shortest time there is, for the index; then that of this mail.
			  and i.created_at < now() - make_interval(days =>
			      (select min(d) from (select raw_retention_days from partners union all select $3) all_days (d) where d > 0))
			  and i.created_at < now() - make_interval(days => coalesce(p.raw_retention_days, $3)
			      * case when i.state in ('held', 'quarantined') then $5 else 1 end)
			order by i.created_at, i.id limit $4 for update of i skip locked)
		update inbound i set raw = null, raw_shredded_at = now() from due where (i.period, i.id) = (due.period, due.id)
		returning i.created_at, i.id`,
		after.at, after.id, days, batch, UndecidedFor)
	if err != nil {
		return 0, fmt.Errorf("shred raw mail: %w", err)
	}
	n := 0
	var m place
	_, err = pgx.ForEachRow(rows, []any{&m.at, &m.id}, func() error {
		if n++; m.at.After(after.at) || m.at.Equal(after.at) && m.id > after.id {
			*after = m
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("shred raw mail: %w", err)
	}
	return n, nil
}

// deleteShredded deletes the blobs of all mail whose row says that it is
// shredded. One that can't be deleted keeps none of the others; the error is
// that of the first.
func (s *Store) deleteShredded(ctx context.Context, batch int) error {
	var failed error
	kept := 0
	for after, n := (place{}), batch; n == batch; {
		rows, err := s.pool.Query(ctx, `select period, id, blob_key, raw_shredded_at from inbound
			where raw_shredded_at is not null and blob_key is not null and (raw_shredded_at, id) > ($1, $2)
			order by raw_shredded_at, id limit $3`, after.at, after.id, batch)
		if err != nil {
			return fmt.Errorf("list shredded mail: %w", err)
		}
		type shredded struct {
			Ref
			key string
			at  time.Time
		}
		list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (m shredded, err error) {
			return m, row.Scan(&m.Period, &m.ID, &m.key, &m.at)
		})
		if err != nil {
			return fmt.Errorf("list shredded mail: %w", err)
		}
		for _, m := range list {
			after = place{m.at, m.ID}
			err := s.o.Blobs.Delete(ctx, m.key)
			if err == nil {
				_, err = s.pool.Exec(ctx, `update inbound set blob_key = null where (period, id) = ($1, $2) and raw_shredded_at is not null`, m.Period, m.ID)
			}
			if err != nil && ctx.Err() != nil {
				return err
			}
			if err != nil {
				kept++
				failed = cmp.Or(failed, err)
			}
		}
		n = len(list)
	}
	if failed != nil {
		return fmt.Errorf("%d blobs of shredded mail are still there: %w", kept, failed)
	}
	return nil
}

// Delete removes what is under key, and returns once it would be gone after a
// power cut too. Where nothing is, there is nothing to do.
func (b *Blobs) Delete(ctx context.Context, key string) error {
	err := b.bucket.Delete(ctx, key)
	if err != nil && gcerrors.Code(err) != gcerrors.NotFound {
		return fmt.Errorf("delete blob %s: %w", key, err)
	}
	if b.dir == "" {
		return nil
	}
	err = syncPath(filepath.Dir(filepath.Join(b.dir, filepath.FromSlash(key))))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("sync after deleting blob %s: %w", key, err)
	}
	return nil
}
