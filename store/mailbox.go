package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Mailbox is a polled mailbox, as its reader knows it.
type Mailbox struct {
	ID          int64
	UIDValidity uint32 // as of the last poll; 0 = never polled
}

// LeaseMailbox makes owner the one reader of a mailbox, or renews that. It
// reports false while another owner's lease lasts.
func (s *Store) LeaseMailbox(ctx context.Context, name string, owner uuid.UUID, lease time.Duration) (Mailbox, bool, error) {
	var m Mailbox
	err := s.pool.QueryRow(ctx, `
		insert into mailboxes as m (name, lease_owner, lease_until) values ($1, $2, now() + $3::interval)
		on conflict (name) do update set lease_owner = $2, lease_until = now() + $3::interval
		where m.lease_owner is null or m.lease_owner = $2 or m.lease_until < now()
		returning id, coalesce(uidvalidity, 0)`, name, owner, lease).Scan(&m.ID, &m.UIDValidity)
	if errors.Is(err, pgx.ErrNoRows) {
		return Mailbox{}, false, nil
	}
	if err != nil {
		return Mailbox{}, false, fmt.Errorf("lease mailbox %s: %w", name, err)
	}
	return m, true, nil
}

// ReleaseMailbox ends owner's lease, so that the next reader need not wait.
func (s *Store) ReleaseMailbox(ctx context.Context, id int64, owner uuid.UUID) error {
	_, err := s.pool.Exec(ctx, `update mailboxes set lease_owner = null, lease_until = null where id = $1 and lease_owner = $2`, id, owner)
	if err != nil {
		return fmt.Errorf("release mailbox %d: %w", id, err)
	}
	return nil
}

// Polled notes a finished poll: the mailbox's UIDVALIDITY and the highest UID seen.
func (s *Store) Polled(ctx context.Context, id int64, uidValidity, lastUID uint32) error {
	_, err := s.pool.Exec(ctx, `
		update mailboxes set last_uid = case when uidvalidity = $2 then greatest(last_uid, $3) else $3 end,
			uidvalidity = $2, polled_at = now() where id = $1`, id, uidValidity, lastUID)
	if err != nil {
		return fmt.Errorf("note poll of mailbox %d: %w", id, err)
	}
	return nil
}
