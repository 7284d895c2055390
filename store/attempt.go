package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// Attempt is one finished attempt to send.
type Attempt struct {
	Ref
	Number  int // Claimed.Attempt
	Address string
	Started time.Time
	Ended   time.Time
	Verdict tradepost.Verdict
	Code    int // of the server's reply; 0 = none
	// Enhanced is the status of RFC 3463, "" if the server gave none; Stage how far
	// the dialogue came, as mailer names it.
	Enhanced, Stage string
	Reply           string        // the server's words, or what went wrong
	Hint            time.Duration // the wait that the server asked for; 0 = none
}

// Record writes what attempts came to. What follows is decided by
// tradepost.Attempted. An attempt whose lease was lost in the meantime is still
// put on record; and if it was delivered and nobody is sending it again, the
// notification is sent.
func (s *Store) Record(ctx context.Context, owner uuid.UUID, attempts []Attempt) error {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		rest, err := recordDelivered(ctx, tx, owner, attempts)
		if err != nil {
			return err
		}
		for _, a := range rest {
			if err := record(ctx, tx, owner, a, s.o.Clock.Hour); err != nil {
				return fmt.Errorf("notification %d: %w", a.ID, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("record attempts: %w", err)
	}
	return nil
}

// recordDelivered writes, with one statement, the attempts that were delivered and
// whose lease the owner still has: nearly all there are. It returns the others.
// The state is asked for in words that no index is of: by statistics of before the
// wave, an index of what is being sent has next to no rows, and it would be read
// from end to end instead of looking up twenty keys.
func recordDelivered(ctx context.Context, tx pgx.Tx, owner uuid.UUID, attempts []Attempt) (rest []Attempt, err error) {
	n := len(attempts)
	refs, numbers, codes := make([]Ref, 0, n), make([]int, 0, n), make([]int, 0, n)
	addresses, replies := make([]string, 0, n), make([]string, 0, n)
	started, ended := make([]time.Time, 0, n), make([]time.Time, 0, n)
	for _, a := range attempts {
		if a.Verdict == tradepost.Delivered && a.Code < 400 {
			refs, numbers, codes = append(refs, a.Ref), append(numbers, a.Number), append(codes, a.Code)
			addresses, replies = append(addresses, a.Address), append(replies, a.Reply)
			started, ended = append(started, a.Started), append(ended, a.Ended)
		}
	}
	if len(refs) == 0 {
		return attempts, nil
	}
	periods, ids := split(refs)
	rows, err := tx.Query(ctx, `
		with sent as (
			update notifications n set state = 'sent', lease_owner = null, due_at = null, offer_at = '-infinity',
				finished_at = now(), sent_to = coalesce(nullif(a.address, ''), n.sent_to), smtp_code = nullif(a.code, 0), smtp_reply = nullif(a.reply, '')
			from unnest($2::date[], $3::bigint[], $4::int[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::int[], $9::text[])
				a (period, id, number, address, started, ended, code, reply)
			where (n.period, n.id) = (a.period, a.id) and n.state || '' = 'sending' and n.lease_owner = $1 and n.attempts = a.number
			returning n.period, n.id, n.kind, n.member_id, n.claimed_at, n.told_periods, n.told_messages,
				a.number, a.address, a.started, a.ended, a.code, a.reply),
		tried as (
			insert into attempts (period, notification_id, attempt, address, started_at, ended_at, verdict, smtp_code, smtp_reply)
			select period, id, number, nullif(address, ''), started, ended, 'delivered', nullif(code, 0), nullif(reply, '') from sent
			on conflict (period, notification_id, attempt) do update set ended_at = excluded.ended_at, verdict = excluded.verdict,
				smtp_code = excluded.smtp_code, smtp_reply = excluded.smtp_reply, address = excluded.address),
		digests as (
			update recipients r set outcome = 'digested', outcome_at = now(), notification_period = t.digest_period, notification_id = t.digest
			from (select period as digest_period, id as digest, member_id, claimed_at, unnest(told_periods) as period, unnest(told_messages) as message
			      from sent where kind = 'digest') t
			where (r.period, r.message_id, r.member_id) = (t.period, t.message, t.member_id)
			  and (r.outcome is null or r.outcome in ('read_first', 'answered') and r.outcome_at >= t.claimed_at)),
		others as (
			update recipients r set outcome = case s.kind when 'alert' then 'alerted' else 'relayed' end, outcome_at = now()
			from sent s
			where s.kind in ('alert', 'relay') and (r.notification_period, r.notification_id) = (s.period, s.id)
			  and (r.outcome is null or r.outcome in ('read_first', 'answered') and r.outcome_at >= s.claimed_at))
		select id from sent`,
		owner, periods, ids, numbers, addresses, started, ended, codes, replies)
	if err != nil {
		return nil, err
	}
	var id int64
	done := make(map[int64]bool, n)
	if _, err := pgx.ForEachRow(rows, []any{&id}, func() error { done[id] = true; return nil }); err != nil {
		return nil, err
	}
	for _, a := range attempts {
		if !done[a.ID] {
			rest = append(rest, a)
		}
	}
	return rest, nil
}

// link notes on the recipients that a digest told, or was to tell, that it did.
// While it is on its way its own row alone says which those are: most are sent,
// and then it is noted together with their outcome.
func link(ctx context.Context, tx pgx.Tx, ref Ref) error {
	_, err := tx.Exec(ctx, `
		update recipients r set notification_period = t.digest_period, notification_id = t.digest
		from (select period as digest_period, id as digest, member_id, unnest(told_periods) as period, unnest(told_messages) as message
		      from notifications where (period, id) = ($1, $2) and kind = 'digest') t
		where (r.period, r.message_id, r.member_id) = (t.period, t.message, t.member_id) and r.notification_id is null`, ref.Period, ref.ID)
	return err
}

func record(ctx context.Context, tx pgx.Tx, owner uuid.UUID, a Attempt, hour time.Duration) error {
	_, err := tx.Exec(ctx, `
		insert into attempts (period, notification_id, attempt, address, started_at, ended_at, verdict, smtp_code, smtp_reply)
		values ($1, $2, $3, nullif($4, ''), $5, $6, $7, nullif($8, 0), nullif($9, ''))
		on conflict (period, notification_id, attempt) do update set ended_at = excluded.ended_at, verdict = excluded.verdict,
			smtp_code = excluded.smtp_code, smtp_reply = excluded.smtp_reply, address = excluded.address`,
		a.Period, a.ID, a.Number, a.Address, a.Started, a.Ended, a.Verdict, a.Code, a.Reply)
	if err != nil {
		return err
	}
	var h tradepost.Attempted
	var ageSeconds float64
	var mine, idle bool
	err = tx.QueryRow(ctx, `
		select kind, attempts, silences, lapses, (select extract(epoch from now() - min(started_at))::float8 from attempts where (period, notification_id) = ($1, $2)),
		       state = 'sending' and lease_owner = $3 and attempts = $4,
		       state in ('pending', 'unknown')
		from notifications where (period, id) = ($1, $2) for update`,
		a.Period, a.ID, owner, a.Number).Scan(&h.Kind, &h.Attempts, &h.Silences, &h.Lapses, &ageSeconds, &mine, &idle)
	if err != nil {
		return err
	}
	if a.Code >= 400 {
		if err := noteFailure(ctx, tx, a); err != nil {
			return err
		}
	}
	if !mine && (!idle || a.Verdict != tradepost.Delivered) {
		return nil
	}
	h.ID, h.Code, h.Enhanced, h.Hint, h.Hour = a.ID, a.Code, a.Enhanced, a.Hint, hour
	h.Verdict, h.Age = a.Verdict, time.Duration(ageSeconds*float64(time.Second))
	if a.Verdict == tradepost.NoAnswer {
		h.Silences++
	}
	return conclude(ctx, tx, a, h)
}

// conclude moves a notification to its next state and tells its messages.
func conclude(ctx context.Context, tx pgx.Tx, a Attempt, h tradepost.Attempted) error {
	next := h.After()
	if h.Kind == tradepost.Digest {
		if err := link(ctx, tx, a.Ref); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `
		update notifications set state = $3, silences = $4, lapses = $5, lease_owner = null,
			due_at = case when $6 then now() + $7::interval end,
			offer_at = '-infinity',
			finished_at = case when not $6 then now() end,
			reason = case when $8 <> '' then $8 else reason end,
			sent_to = coalesce(nullif($9, ''), sent_to), smtp_code = nullif($10, 0), smtp_reply = nullif($11, '')
		where (period, id) = ($1, $2)`,
		a.Period, a.ID, next.State, h.Silences, h.Lapses, next.Again, next.Wait, next.Reason, a.Address, a.Code, a.Reply)
	if err != nil {
		return err
	}
	switch {
	case next.State == tradepost.Sent:
		// What was read or answered while the mail was on its way was told by it first.
		_, err = tx.Exec(ctx, `update recipients r set outcome = $3, outcome_at = now()
			from notifications n
			where (n.period, n.id) = ($1, $2) and (r.notification_period, r.notification_id) = ($1, $2)
			  and (r.outcome is null or r.outcome in ('read_first', 'answered') and r.outcome_at >= n.claimed_at)`,
			a.Period, a.ID, h.Kind.Told())
	case next.State == tradepost.Failed:
		_, err = tx.Exec(ctx, `update recipients set outcome = 'failed', outcome_at = now(), reason = $3
			where (notification_period, notification_id) = ($1, $2) and outcome is null`, a.Period, a.ID, next.Reason)
	case !next.Again: // a digest of unknown fate, or one the next takes the place of: its messages join that
		_, err = tx.Exec(ctx, `update recipients set notification_period = null, notification_id = null
			where (notification_period, notification_id) = ($1, $2) and outcome is null`, a.Period, a.ID)
	}
	return err
}

// RecoverLapsed finishes the attempts of up to limit batches whose owners vanished:
// their lease has lapsed. It returns how many rows there were that were still being
// sent. A row that somebody holds, most likely the owner with its outcome, keeps its
// lapsed lease for the next call.
func (s *Store) RecoverLapsed(ctx context.Context, limit int) (int, error) {
	n := 0
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		n = 0 // the transaction may run again
		rows, err := tx.Query(ctx, `select owner from leases where until < now() order by until limit $1 for update skip locked`, limit)
		if err != nil {
			return err
		}
		owners, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		if err != nil || len(owners) == 0 {
			return err
		}
		rows, err = tx.Query(ctx, `
			select n.period, n.id, n.kind, n.attempts, n.silences, n.lapses, n.claimed_at, now()
			from leases l cross join lateral unnest(l.periods, l.ids) asked (period, id) cross join lateral `+byKey+` n
			where l.owner = any($1) and n.state = 'sending' and n.lease_owner = l.owner`, owners)
		if err != nil {
			return err
		}
		type lapsed struct {
			a Attempt
			h tradepost.Attempted
		}
		list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (l lapsed, err error) {
			return l, row.Scan(&l.a.Period, &l.a.ID, &l.h.Kind, &l.h.Attempts, &l.h.Silences, &l.h.Lapses, &l.a.Started, &l.a.Ended)
		})
		if err != nil {
			return err
		}
		for _, l := range list {
			l.a.Number, l.a.Verdict, l.a.Reply = l.h.Attempts, tradepost.OwnerVanished, "the sending process vanished"
			_, err := tx.Exec(ctx, `
				insert into attempts (period, notification_id, attempt, started_at, ended_at, verdict, smtp_reply)
				values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
				l.a.Period, l.a.ID, l.a.Number, l.a.Started, l.a.Ended, l.a.Verdict, l.a.Reply)
			if err != nil {
				return err
			}
			l.h.Verdict, l.h.Lapses = l.a.Verdict, l.h.Lapses+1
			if err := conclude(ctx, tx, l.a, l.h); err != nil {
				return fmt.Errorf("notification %d: %w", l.a.ID, err)
			}
		}
		n = len(list)
		_, err = tx.Exec(ctx, `
			delete from leases l where l.owner = any($1) and not exists (
				select from unnest(l.periods, l.ids) held (period, id) join notifications n on (n.period, n.id) = (held.period, held.id)
				where n.state = 'sending' and n.lease_owner = l.owner)`, owners)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("recover lapsed notifications: %w", err)
	}
	return n, nil
}
