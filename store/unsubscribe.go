package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// DigestsOf says whether a member gets digests, and whether it was the link of a
// letter that stopped them. tradepost.ErrNotFound, or tradepost.ErrRefused if the
// member left.
func (s *Store) DigestsOf(ctx context.Context, member int64) (on, byLink bool, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) (err error) {
		on, byLink, err = digestsOf(ctx, tx, member)
		return err
	})
	if err != nil {
		return false, false, fmt.Errorf("digests of member %d: %w", member, err)
	}
	return on, byLink, nil
}

func digestsOf(ctx context.Context, tx pgx.Tx, member int64) (on, byLink bool, err error) {
	var gone bool
	err = tx.QueryRow(ctx, `
		select digest <> 'off', removed_at is not null,
		       exists (select from digest_stops where member_id = members.id and resumed_at is null)
		from members where id = $1`, member).Scan(&on, &gone, &byLink)
	switch {
	case err != nil:
		return false, false, notFound(err, "member %d", member)
	case gone:
		return false, false, fmt.Errorf("member %d left the partner: %w", member, tradepost.ErrRefused)
	}
	return on, byLink && !on, nil
}

// StopDigests stops a member's digests by the link of a letter of theirs, and
// keeps what they had chosen. All else that they get goes on. False says that
// they were stopped before. A letter that was not theirs is not noted.
func (s *Store) StopDigests(ctx context.Context, member int64, letter Ref, by tradepost.DigestStopper) (stopped bool, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		stopped = false
		if err := lockDigests(ctx, tx, member); err != nil {
			return err
		}
		// One that was followed by another choice since is over.
		_, err := tx.Exec(ctx, `update digest_stops set resumed_at = now() where member_id = $1 and resumed_at is null
			and (select digest <> 'off' from members where id = $1)`, member)
		if err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `
			with was as (select id, digest from members where id = $1 and digest <> 'off'),
			     off as (update members set digest = 'off' from was where members.id = was.id)
			insert into digest_stops (member_id, notification_period, notification_id, one_click, digest)
			select was.id, n.period, n.id, $4, was.digest from was
			left join notifications n on (n.period, n.id) = ($2, $3) and n.member_id = was.id`,
			member, letter.nullablePeriod(), letter.ID, by == tradepost.StoppedByOneClick)
		stopped = err == nil && tag.RowsAffected() > 0
		return err
	})
	if err != nil {
		return false, fmt.Errorf("stop digests of member %d: %w", member, err)
	}
	return stopped, nil
}

// ResumeDigests undoes StopDigests: the choice of before is back. False says that
// they were not stopped by a letter's link, or are back already.
func (s *Store) ResumeDigests(ctx context.Context, member int64) (resumed bool, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		resumed = false
		if err := lockDigests(ctx, tx, member); err != nil {
			return err
		}
		var before string
		err := tx.QueryRow(ctx, `update digest_stops set resumed_at = now() where member_id = $1 and resumed_at is null returning digest`,
			member).Scan(&before)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `update members set digest = $2 where id = $1 and digest = 'off'`, member, before)
		resumed = err == nil && tag.RowsAffected() > 0
		return err
	})
	if err != nil {
		return false, fmt.Errorf("resume digests of member %d: %w", member, err)
	}
	return resumed, nil
}

// lockDigests locks a present member, so that two links don't both find digests
// on.
func lockDigests(ctx context.Context, tx pgx.Tx, member int64) error {
	if _, err := tx.Exec(ctx, `select from members where id = $1 for update`, member); err != nil {
		return err
	}
	_, _, err := digestsOf(ctx, tx, member)
	return err
}

// digestStop is how digests were stopped.
type digestStop struct {
	at, letterAt *time.Time
	oneClick     *bool
}

// tell adds to how a person was told that their digests are stopped, where that
// is the reason.
func (d digestStop) tell(t *tradepost.Told) {
	if d.at == nil || t.Reason != tradepost.ReasonOptedOut && t.Outcome != "" {
		return
	}
	t.StoppedAt, t.StoppedBy = d.at.UTC().Format(time.RFC3339), tradepost.StoppedByPage
	if d.oneClick != nil && *d.oneClick {
		t.StoppedBy = tradepost.StoppedByOneClick
	}
	if d.letterAt != nil {
		t.StoppedLetterAt = d.letterAt.UTC().Format(time.RFC3339)
	}
}
