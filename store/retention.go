package store

import (
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
// understood, what became of it and its hash stay. At most limit mails are
// shredded; the number is returned. Mail that nobody has looked at is never.
//
// Large mail goes in two steps: first its row says that it is shredded, then the
// blob is deleted. What ends the process in between is made up for by the next
// call. Any number of processes may call it at once.
func (s *Store) ShredRaw(ctx context.Context, now time.Time, days, limit int) (int, error) {
	tag, err := s.pool.Exec(ctx, `
		with due as (
			select i.period, i.id
			from inbound i
			left join conversations c on c.id = i.conversation_id
			left join partners p on p.id = c.partner_id
			where i.raw_shredded_at is null and i.state <> 'stored' and coalesce(p.raw_retention_days, $2) > 0
			  -- The shortest time there is, for the index; then that of this mail.
			  and i.created_at < $1::timestamptz - make_interval(days =>
			      (select min(d) from (select raw_retention_days from partners union all select $2) all_days (d) where d > 0))
			  and i.created_at < $1::timestamptz - make_interval(days => coalesce(p.raw_retention_days, $2)
			      * case when i.state in ('held', 'quarantined') then $4 else 1 end)
			order by i.created_at limit $3 for update of i skip locked)
		update inbound i set raw = null, raw_shredded_at = $1 from due where (i.period, i.id) = (due.period, due.id)`,
		now, days, limit, UndecidedFor)
	if err != nil {
		return 0, fmt.Errorf("shred raw mail: %w", err)
	}
	for {
		deleted, err := s.deleteShredded(ctx, limit)
		if err != nil {
			return int(tag.RowsAffected()), fmt.Errorf("delete shredded mail from the blob store: %w", err)
		}
		if deleted < limit {
			return int(tag.RowsAffected()), nil
		}
	}
}

// deleteShredded deletes the blobs of mail whose row says that it is shredded,
// and returns how many there were.
func (s *Store) deleteShredded(ctx context.Context, limit int) (int, error) {
	rows, err := s.pool.Query(ctx, `select period, id, blob_key from inbound
		where raw_shredded_at is not null and blob_key is not null order by raw_shredded_at limit $1`, limit)
	if err != nil {
		return 0, err
	}
	type shredded struct {
		Ref
		key string
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (m shredded, err error) {
		return m, row.Scan(&m.Period, &m.ID, &m.key)
	})
	if err != nil {
		return 0, err
	}
	for _, m := range list {
		if err := s.o.Blobs.Delete(ctx, m.key); err != nil {
			return 0, err
		}
		_, err := s.pool.Exec(ctx, `update inbound set blob_key = null where (period, id) = ($1, $2) and raw_shredded_at is not null`, m.Period, m.ID)
		if err != nil {
			return 0, err
		}
	}
	return len(list), nil
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
