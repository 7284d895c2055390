package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// whyMessages is how many messages /why speaks of.
const whyMessages = 10

// Why says how a member was told of the newest merchant messages of a
// conversation, up to and including through (0 = the newest there is), or why
// not; at most ten, oldest first. Of what came before they joined there is
// nothing to say. The error may be tradepost.ErrNotFound or
// tradepost.ErrRefused (the member left).
func (s *Store) Why(ctx context.Context, conversation, member, through int64) ([]tradepost.Told, error) {
	var told []tradepost.Told
	err := s.inTx(ctx, func(tx pgx.Tx) (err error) {
		if err := checkMember(ctx, tx, conversation, member); err != nil {
			return err
		}
		told, err = why(ctx, tx, conversation, member, through)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("mail of member %d about conversation %d: %w", member, conversation, err)
	}
	return told, nil
}

func why(ctx context.Context, tx pgx.Tx, conversation, member, through int64) ([]tradepost.Told, error) {
	// A mail that was dropped told nobody: the outcome says why. One that went, or
	// is to go, has the rule that asked for it, unless the outcome has its own.
	rows, err := tx.Query(ctx, `
		select r.created_at, mc.name, coalesce(r.outcome, ''), coalesce(nullif(r.reason, ''), n.reason, ''),
		       coalesce(n.kind, ''), case when n.state = 'sent' then n.finished_at end,
		       case when n.state in ('sent', 'failed', 'unknown') then coalesce(n.sent_to, '') else '' end,
		       ds.stopped_at, ds.letter_at, ds.one_click
		from recipients r
		join messages m on (m.period, m.id) = (r.period, r.message_id)
		join merchants mc on mc.id = m.merchant_id
		left join notifications n on (n.period, n.id) = (r.notification_period, r.notification_id) and n.state <> 'skipped'
		left join lateral (
			select d.stopped_at, l.finished_at as letter_at, d.one_click from digest_stops d
			left join notifications l on (l.period, l.id) = (d.notification_period, d.notification_id)
			where d.member_id = r.member_id and d.stopped_at <= coalesce(r.outcome_at, now())
			  and (d.resumed_at is null or d.resumed_at > coalesce(r.outcome_at, now()))
			order by d.id desc limit 1) ds on true
		where r.conversation_id = $1 and r.member_id = $2 and m.deleted_at is null and r.message_id <= $3
		order by r.message_id desc limit $4`, conversation, member, cmp.Or(through, maxID), whyMessages)
	if err != nil {
		return nil, err
	}
	told, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (t tradepost.Told, err error) {
		var at time.Time
		var sent *time.Time
		var stop digestStop
		err = row.Scan(&at, &t.Merchant, &t.Outcome, &t.Reason, &t.Kind, &sent, &t.Address, &stop.at, &stop.letterAt, &stop.oneClick)
		t.MessageAt = at.UTC().Format(time.RFC3339)
		if sent != nil {
			t.SentAt = sent.UTC().Format(time.RFC3339)
		}
		stop.tell(&t)
		return t, err
	})
	slices.Reverse(told)
	return told, err
}
