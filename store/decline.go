package store

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// decline notes that the team won't take the request up, nor a job that is open. Colleagues need no more
// mail about it, as after a reply. The merchant isn't written to: whoever wants
// to say why, writes.
func decline(ctx context.Context, tx pgx.Tx, sc scene) (effect, error) {
	// A time of its own, not the transaction's: what a reply in the same mail
	// answered is not the decline's to open again.
	var at time.Time
	var jobs []int64
	err := tx.QueryRow(ctx, `
		with a as materialized (select clock_timestamp() as at),
		request as (
			update conversations set declined_at = a.at, declined_by = $2 from a where id = $1 and declined_at is null returning id),
		job as (
			update jobs set state = 'declined', ended_at = a.at, ended_by = $2 from a where conversation_id = $1 and state = 'open' returning id)
		select at, array(select id from job) from a where exists (select from request) or exists (select from job)`, sc.conversation, sc.member).Scan(&at, &jobs)
	if errors.Is(err, pgx.ErrNoRows) {
		return unchanged(), nil
	}
	if err != nil {
		return effect{}, err
	}
	_, err = tx.Exec(ctx, `update recipients set outcome = 'answered', outcome_at = $4
		where conversation_id = $1 and member_id is not null and member_id <> $2 and message_id <= $3 and outcome is null`,
		sc.conversation, sc.member, cmp.Or(sc.through, maxID), at)
	if err != nil {
		return effect{}, err
	}
	return done(deed{At: &at}), emitJobs(ctx, tx, tradepost.EventJobDeclined, sc, jobs)
}

func undoDecline(ctx context.Context, tx pgx.Tx, sc scene, d deed) error {
	if d.At == nil {
		return nil
	}
	_, err := tx.Exec(ctx, `update conversations set declined_at = null, declined_by = null where id = $1 and declined_at = $2`, sc.conversation, *d.At)
	if err != nil {
		return err
	}
	if err := reopenJobs(ctx, tx, sc, *d.At); err != nil {
		return err
	}
	return reopen(ctx, tx, sc.conversation, *d.At)
}

// reopen takes back that messages were answered for colleagues at a certain
// time: they are told after all, by the mail that was to do it or by the next
// digest.
func reopen(ctx context.Context, tx pgx.Tx, conversation int64, at time.Time) error {
	// Locked before it is asked what became of their mails: a claim that drops
	// one for having been answered holds the row until it has said so.
	_, err := tx.Exec(ctx, `select from recipients
		where conversation_id = $1 and member_id is not null and outcome = 'answered' and outcome_at = $2
		order by message_id, member_id for update`, conversation, at)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		with open as (
			select r.period, r.message_id, r.member_id, n.id is not null as mail
			from recipients r
			left join notifications n on (n.period, n.id) = (r.notification_period, r.notification_id)
				and (n.state in ('pending', 'sending') or n.state = 'unknown' and n.due_at is not null)
			where r.conversation_id = $1 and r.member_id is not null and r.outcome = 'answered' and r.outcome_at = $2)
		update recipients r set outcome = null, outcome_at = null,
			notification_period = case when open.mail then r.notification_period end,
			notification_id = case when open.mail then r.notification_id end
		from open where (r.period, r.message_id, r.member_id) = (open.period, open.message_id, open.member_id)`, conversation, at)
	return err
}
