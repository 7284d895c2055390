package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// OutboxChannel is the channel that is notified (LISTEN/NOTIFY) when a
// notification that is due at once was committed.
const OutboxChannel = "tradepost_outbox"

// Ref names a row of a table that is filed by month.
type Ref struct {
	Period time.Time `json:"period"`
	ID     int64     `json:"id"`
}

func (r Ref) nullablePeriod() *time.Time {
	if r.ID == 0 {
		return nil
	}
	return &r.Period
}

// split turns refs into the two arrays that unnest takes.
func split(refs []Ref) (periods []time.Time, ids []int64) {
	for _, r := range refs {
		periods = append(periods, r.Period)
		ids = append(ids, r.ID)
	}
	return periods, ids
}

// join is the reverse of split.
func join(periods []time.Time, ids []int64) []Ref {
	var refs []Ref
	for i, id := range ids {
		refs = append(refs, Ref{periods[i], id})
	}
	return refs
}

// notice is a notification about to be written.
type notice struct {
	kind           tradepost.NotificationKind
	period         time.Time
	key            string
	partnerID      int64
	memberID       int64
	merchantID     int64
	address        string
	conversationID int64
	messageID      int64
	inbound        Ref
	reason         string
	delay          time.Duration
	questionID     int64
	detail         *answerDetail
}

// notify writes a notification and wakes the relay. A second one with the same
// key is not written; the Ref is then zero.
func (s *Store) notify(ctx context.Context, tx pgx.Tx, n notice) (Ref, error) {
	ref := Ref{Period: n.period}
	err := tx.QueryRow(ctx, `
		insert into notifications (period, kind, dedupe_key, mail_id, partner_id, member_id, merchant_id, address,
			conversation_id, message_id, inbound_period, inbound_id, reason, due_at, question_id, detail)
		values ($1, $2, $3, $4, nullif($5, 0), nullif($6, 0), nullif($7, 0), nullif($8, ''),
			nullif($9, 0), nullif($10, 0), $11, nullif($12, 0), $13, now() + $14::interval, nullif($15, 0), $16)
		on conflict (period, dedupe_key) do nothing
		returning id`,
		n.period, n.kind, n.key, tradepost.NewMessageID(s.o.MailDomain), n.partnerID, n.memberID, n.merchantID, n.address,
		n.conversationID, n.messageID, n.inbound.nullablePeriod(), n.inbound.ID, n.reason, n.delay, n.questionID, n.detail).Scan(&ref.ID)
	if errors.Is(err, pgx.ErrNoRows) {
		return Ref{}, nil
	}
	if err != nil {
		return Ref{}, fmt.Errorf("insert %s notification: %w", n.kind, err)
	}
	if n.delay <= 0 {
		_, err = tx.Exec(ctx, `select pg_notify($1, '')`, OutboxChannel)
	}
	return ref, err
}

// Offered is a notification that is due and should be in the queue.
type Offered struct {
	Ref
	Kind tradepost.NotificationKind
	// Offers counts how often it was offered, this time included. Each offer
	// makes a task of its own, since an earlier one may be stuck or gone.
	Offers int
}

// Offer returns up to limit notifications of a kind that are due and were not
// offered within the time again, oldest first, and notes that they were. Several
// processes may call it at once; each row goes to one.
func (s *Store) Offer(ctx context.Context, kind tradepost.NotificationKind, again time.Duration, limit int) ([]Offered, error) {
	rows, err := s.pool.Query(ctx, `
		with due as (
			select period, id from notifications
			where kind = $3 and state in ('pending', 'unknown') and due_at <= now() and offer_at <= now()
			order by due_at, id limit $2 for update skip locked)
		update notifications n set offers = offers + 1, offer_at = now() + $1::interval
		from due where (n.period, n.id) = (due.period, due.id)
		returning n.period, n.id, n.kind, n.offers`, again, limit, kind)
	if err != nil {
		return nil, fmt.Errorf("offer notifications: %w", err)
	}
	offered, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (o Offered, err error) {
		return o, row.Scan(&o.Period, &o.ID, &o.Kind, &o.Offers)
	})
	if err != nil {
		return nil, fmt.Errorf("offer notifications: %w", err)
	}
	slices.SortFunc(offered, func(a, b Offered) int { return cmp.Compare(a.ID, b.ID) })
	return offered, nil
}

// Unoffer takes back an offer that could not be put into the queue.
func (s *Store) Unoffer(ctx context.Context, refs []Ref) error {
	periods, ids := split(refs)
	_, err := s.pool.Exec(ctx, `update notifications set offer_at = '-infinity'
		where (period, id) in (select * from unnest($1::date[], $2::bigint[])) and state in ('pending', 'unknown')`, periods, ids)
	if err != nil {
		return fmt.Errorf("take back offers: %w", err)
	}
	return nil
}

// Claimed is a notification that the claimer now holds a lease on.
type Claimed struct {
	Ref
	MailID   string // Message-ID
	Attempt  int    // counted from 1
	Reason   string // the rule that asked for it
	memberID int64
	address  string
	message  int64
	conv     int64
	inbound  Ref
}

// claim takes leases on those of refs that are due and of the given kind.
// The rest are somebody else's, or done.
func claim(ctx context.Context, tx pgx.Tx, kind tradepost.NotificationKind, owner uuid.UUID, lease time.Duration, refs []Ref) ([]Claimed, error) {
	periods, ids := split(refs)
	rows, err := tx.Query(ctx, `
		with mine as (
			select period, id from notifications
			where (period, id) in (select * from unnest($1::date[], $2::bigint[]))
			  and kind = $3 and state in ('pending', 'unknown') and due_at <= now()
			order by period, id for update skip locked)
		update notifications n set state = 'sending', lease_owner = $4, lease_until = now() + $5::interval,
			claimed_at = now(), attempts = attempts + 1
		from mine where (n.period, n.id) = (mine.period, mine.id)
		returning n.period, n.id, n.mail_id, n.attempts, n.reason, coalesce(n.member_id, 0), coalesce(n.address, ''),
			coalesce(n.message_id, 0), coalesce(n.conversation_id, 0), coalesce(n.inbound_period, n.period), coalesce(n.inbound_id, 0)`,
		periods, ids, kind, owner, lease)
	if err != nil {
		return nil, fmt.Errorf("claim %s notifications: %w", kind, err)
	}
	claimed, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c Claimed, err error) {
		return c, row.Scan(&c.Period, &c.ID, &c.MailID, &c.Attempt, &c.Reason, &c.memberID, &c.address,
			&c.message, &c.conv, &c.inbound.Period, &c.inbound.ID)
	})
	if err != nil {
		return nil, fmt.Errorf("claim %s notifications: %w", kind, err)
	}
	// In the order they were written, which is that of the conversation.
	slices.SortFunc(claimed, func(a, b Claimed) int { return cmp.Compare(a.ID, b.ID) })
	return claimed, nil
}

// skip finishes a claimed notification that is not worth sending any more, and
// gives the outcome to those of its messages that have none.
func skip(ctx context.Context, tx pgx.Tx, ref Ref, outcome tradepost.Outcome, reason string) error {
	_, err := tx.Exec(ctx, `update notifications set state = 'skipped', reason = $3, due_at = null, finished_at = now(),
		lease_owner = null, lease_until = null where (period, id) = ($1, $2)`, ref.Period, ref.ID, reason)
	if err != nil {
		return fmt.Errorf("skip notification %d: %w", ref.ID, err)
	}
	_, err = tx.Exec(ctx, `update recipients set outcome = $3, outcome_at = now(), reason = $4
		where (notification_period, notification_id) = ($1, $2) and outcome is null`, ref.Period, ref.ID, outcome, reason)
	if err != nil {
		return fmt.Errorf("record outcome of notification %d: %w", ref.ID, err)
	}
	return nil
}

// Held is a row that a claim holds.
type Held struct {
	Owner uuid.UUID
	ID    int64
}

// Renew extends every lease that the owners still have to lease from now, and
// returns which those are. The caller takes its own time before the call: a lease
// is good until then plus lease.
func (s *Store) Renew(ctx context.Context, owners []uuid.UUID, lease time.Duration) ([]Held, error) {
	rows, err := s.pool.Query(ctx, `update notifications set lease_until = now() + $2::interval
		where state = 'sending' and lease_owner = any($1) and lease_until > now() returning lease_owner, id`, owners, lease)
	if err != nil {
		return nil, fmt.Errorf("renew leases: %w", err)
	}
	held, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Held])
	if err != nil {
		return nil, fmt.Errorf("renew leases: %w", err)
	}
	return held, nil
}

// Release gives claimed notifications back unsent, as if they had not been
// claimed: the process stops before it came to them.
func (s *Store) Release(ctx context.Context, owner uuid.UUID, refs []Ref) error {
	periods, ids := split(refs)
	_, err := s.pool.Exec(ctx, `update notifications set state = case when silences + lapses > 0 then 'unknown' else 'pending' end,
			attempts = attempts - 1, due_at = now(), offer_at = '-infinity', lease_owner = null, lease_until = null
		where (period, id) in (select * from unnest($2::date[], $3::bigint[])) and state = 'sending' and lease_owner = $1`,
		owner, periods, ids)
	if err != nil {
		return fmt.Errorf("release notifications: %w", err)
	}
	return nil
}

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
	Reply           string // the server's words, or what went wrong
}

// Record writes what attempts came to. What follows is decided by
// tradepost.Attempted. An attempt whose lease was lost in the meantime is still
// put on record; and if it was delivered and nobody is sending it again, the
// notification is sent.
func (s *Store) Record(ctx context.Context, owner uuid.UUID, attempts []Attempt) error {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		for _, a := range attempts {
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
	h.Code, h.Enhanced, h.Hour = a.Code, a.Enhanced, hour
	h.Verdict, h.Age = a.Verdict, time.Duration(ageSeconds*float64(time.Second))
	if a.Verdict == tradepost.NoAnswer {
		h.Silences++
	}
	return conclude(ctx, tx, a, h)
}

// conclude moves a notification to its next state and tells its messages.
func conclude(ctx context.Context, tx pgx.Tx, a Attempt, h tradepost.Attempted) error {
	next := h.After()
	_, err := tx.Exec(ctx, `
		update notifications set state = $3, silences = $4, lapses = $5, lease_owner = null, lease_until = null,
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
	case !next.Again: // a digest of unknown fate: its messages join the next one
		_, err = tx.Exec(ctx, `update recipients set notification_period = null, notification_id = null
			where (notification_period, notification_id) = ($1, $2) and outcome is null`, a.Period, a.ID)
	}
	return err
}

// RecoverLapsed finishes the attempts of owners that vanished: rows in sending
// whose lease has lapsed. It returns how many there were.
func (s *Store) RecoverLapsed(ctx context.Context, limit int) (int, error) {
	n := 0
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			select period, id, kind, attempts, silences, lapses, claimed_at, now() from notifications
			where state = 'sending' and lease_until < now()
			order by lease_until limit $1 for update skip locked`, limit)
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
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("recover lapsed notifications: %w", err)
	}
	return n, nil
}

// Listen waits on one connection for the outbox to be notified and calls wake
// for each time, until ctx ends or the connection breaks. It calls wake once
// when listening has begun, since anything may have come before.
func (s *Store) Listen(ctx context.Context, wake func()) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	// A connection that listens is not for the pool any more.
	defer func() { _ = conn.Hijack().Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "listen "+OutboxChannel); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	for {
		wake()
		if _, err := conn.Conn().WaitForNotification(ctx); err != nil {
			return fmt.Errorf("listen: %w", err)
		}
	}
}

// Unfinished returns how many notifications are still on their way, those that
// are not due yet included.
func (s *Store) Unfinished(ctx context.Context) (n int, err error) {
	err = s.pool.QueryRow(ctx, `select count(*) from notifications
		where state in ('pending', 'sending') or state = 'unknown' and due_at is not null`).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count unfinished notifications: %w", err)
	}
	return n, nil
}
