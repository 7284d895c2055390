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
	signInID       int64
	detail         *answerDetail
}

// notify writes a notification and wakes the relay. A second one with the same
// key is not written; the Ref is then zero.
func (s *Store) notify(ctx context.Context, tx pgx.Tx, n notice) (Ref, error) {
	ref := Ref{Period: n.period}
	err := tx.QueryRow(ctx, `
		insert into notifications (period, kind, dedupe_key, mail_id, partner_id, member_id, merchant_id, address,
			conversation_id, message_id, inbound_period, inbound_id, reason, due_at, question_id, detail, sign_in_id)
		values ($1, $2, $3, $4, nullif($5, 0), nullif($6, 0), nullif($7, 0), nullif($8, ''),
			nullif($9, 0), nullif($10, 0), $11, nullif($12, 0), $13, now() + $14::interval, nullif($15, 0), $16, nullif($17, 0))
		on conflict (dedupe_key, period) where kind <> 'digest' do nothing
		returning id`,
		n.period, n.kind, n.key, tradepost.NewMessageID(s.o.MailDomain), n.partnerID, n.memberID, n.merchantID, n.address,
		n.conversationID, n.messageID, n.inbound.nullablePeriod(), n.inbound.ID, n.reason, n.delay, n.questionID, n.detail, n.signInID).Scan(&ref.ID)
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
	return s.offer(ctx, kind, again, 0, limit)
}

// OfferNew is Offer where tasks of earlier offers are known to wait still: rows
// that were offered before and not given back since come again after a minute only.
func (s *Store) OfferNew(ctx context.Context, kind tradepost.NotificationKind, again time.Duration, limit int) ([]Offered, error) {
	return s.offer(ctx, kind, again, time.Minute, limit)
}

// offer is both; late is how long after its time a row that was offered before is
// still not offered again.
func (s *Store) offer(ctx context.Context, kind tradepost.NotificationKind, again, late time.Duration, limit int) ([]Offered, error) {
	rows, err := s.pool.Query(ctx, `
		with due as (
			select period, id from notifications
			where kind = $3 and state in ('pending', 'unknown') and due_at <= now() and offer_at <= now()
			  and (offers = 0 or offer_at <= now() - $4::interval)
			order by due_at, id limit $2 for update skip locked)
		update notifications n set offers = offers + 1, offer_at = now() + $1::interval
		from due where (n.period, n.id) = (due.period, due.id)
		returning n.period, n.id, n.kind, n.offers`, again, limit, kind, late)
	if err != nil {
		return nil, fmt.Errorf("offer notifications: %w", err)
	}
	offered, err := collectOffered(rows)
	if err != nil {
		return nil, fmt.Errorf("offer notifications: %w", err)
	}
	slices.SortFunc(offered, func(a, b Offered) int { return cmp.Compare(a.ID, b.ID) })
	return offered, nil
}

func collectOffered(rows pgx.Rows) ([]Offered, error) {
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (o Offered, err error) {
		return o, row.Scan(&o.Period, &o.ID, &o.Kind, &o.Offers)
	})
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

// byKey finds and locks the one notification that asked names. "offset 0" keeps
// every other condition outside, so that nothing but the key leads to it: a wave
// of digests makes thousands of rows in a state that the statistics know none of,
// and an index of that state would be read from end to end for each row.
const byKey = `(select * from notifications where period = asked.period and id = asked.id offset 0 for update skip locked)`

// moreHeld is what becomes of a lease whose owner claims for the second time.
const moreHeld = `on conflict (owner) do update set until = excluded.until,
	periods = leases.periods || excluded.periods, ids = leases.ids || excluded.ids`

// claim takes a lease on those of refs that are due and of the given kind.
// The rest are somebody else's, or done.
func claim(ctx context.Context, tx pgx.Tx, kind tradepost.NotificationKind, l Lease, refs []Ref) ([]Claimed, error) {
	periods, ids := split(refs)
	rows, err := tx.Query(ctx, `
		with mine as materialized (
			select n.period, n.id from unnest($1::date[], $2::bigint[]) asked (period, id) cross join lateral `+byKey+` n
			where n.kind = $3 and n.state in ('pending', 'unknown') and n.due_at <= now()),
		lease as (
			insert into leases (owner, until, periods, ids)
			select $4, now() + $5::interval, array_agg(period), array_agg(id) from mine having count(*) > 0
			`+moreHeld+`)
		update notifications n set state = 'sending', lease_owner = $4, claimed_at = now(), attempts = attempts + 1
		from mine where (n.period, n.id) = (mine.period, mine.id)
		returning n.period, n.id, n.mail_id, n.attempts, n.reason, coalesce(n.member_id, 0), coalesce(n.address, ''),
			coalesce(n.message_id, 0), coalesce(n.conversation_id, 0), coalesce(n.inbound_period, n.period), coalesce(n.inbound_id, 0)`,
		periods, ids, kind, l.Owner, l.For)
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
		lease_owner = null where (period, id) = ($1, $2)`, ref.Period, ref.ID, reason)
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

// Renew extends the leases that the owners still have to lease from now, and
// returns whose those are. The caller takes its own time before the call: a lease
// is good until then plus lease.
func (s *Store) Renew(ctx context.Context, owners []uuid.UUID, lease time.Duration) ([]uuid.UUID, error) {
	rows, err := s.pool.Query(ctx, `
		update leases set until = now() + $2::interval where owner = any($1) and until > now() returning owner`, owners, lease)
	if err != nil {
		return nil, fmt.Errorf("renew leases: %w", err)
	}
	held, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
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
			attempts = attempts - 1, due_at = now(), offer_at = '-infinity', lease_owner = null
		where (period, id) in (select * from unnest($2::date[], $3::bigint[])) and state = 'sending' and lease_owner = $1`,
		owner, periods, ids)
	if err != nil {
		return fmt.Errorf("release notifications: %w", err)
	}
	return nil
}

// PutOff gives claimed notifications back that nothing was said of to any server,
// as a Release does, to be sent after a time.
func (s *Store) PutOff(ctx context.Context, owner uuid.UUID, refs []Ref, after time.Duration) error {
	periods, ids := split(refs)
	_, err := s.pool.Exec(ctx, `update notifications set state = case when silences + lapses > 0 then 'unknown' else 'pending' end,
			attempts = attempts - 1, due_at = now() + $4::interval, offer_at = '-infinity', lease_owner = null
		where (period, id) in (select * from unnest($2::date[], $3::bigint[])) and state = 'sending' and lease_owner = $1`,
		owner, periods, ids, after)
	if err != nil {
		return fmt.Errorf("put notifications off: %w", err)
	}
	return nil
}

// Listen waits on one connection for the outbox to be notified and calls wake
// for each time, until ctx ends or the connection breaks. It calls wake once
// when listening has begun, since anything may have come before.
func (s *Store) Listen(ctx context.Context, wake func()) error {
	return s.listen(ctx, OutboxChannel, wake)
}

func (s *Store) listen(ctx context.Context, channel string, wake func()) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	// A connection that listens is not for the pool any more.
	defer func() { _ = conn.Hijack().Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "listen "+channel); err != nil {
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
