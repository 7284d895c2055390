package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// windowsLock is the advisory lock that whoever opens windows holds.
const windowsLock = 7_305_801

// Now is the time by PostgreSQL's clock, which all rows go by.
func (s *Store) Now(ctx context.Context) (now time.Time, err error) {
	if err := s.pool.QueryRow(ctx, `select now()`).Scan(&now); err != nil {
		return time.Time{}, fmt.Errorf("ask PostgreSQL for the time: %w", err)
	}
	return now, nil
}

// OpenWindows writes a digest for every member whose window of the clock has
// begun and who has something untold from before it. One statement does it for
// all; any number of processes may run it at once, and a window that nobody
// opened in time is opened by the next run. It returns how many were written.
//
// A member with a digest still on its way gets no other: that one will hold what
// has come since. Neither does one whose last digest was so late that the next
// would follow it too closely.
func (s *Store) OpenWindows(ctx context.Context, now time.Time) (int, error) {
	c := s.o.Clock
	minutes, windows := make([]int, 60), make([]time.Time, 60)
	for m := range 60 {
		minutes[m], windows[m] = m, c.Window(now, m)
	}
	var n int64
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		// Two schedulers on either side of a window's begin would not see each
		// other's digests. The lock ends with the transaction.
		var first bool
		if err := tx.QueryRow(ctx, `select pg_try_advisory_xact_lock($1)`, windowsLock).Scan(&first); err != nil || !first {
			return err
		}
		tag, err := tx.Exec(ctx, `
		with due as (
			select m.id as member_id, w.at
			from (select distinct member_id from recipients
			      where outcome is null and notification_id is null and member_id is not null) untold
			join members m on m.id = untold.member_id
			join unnest($1::int[], $2::timestamptz[]) w (minute, at) on w.minute = m.digest_minute)
		insert into notifications (period, kind, dedupe_key, mail_id, member_id, window_at, reason, due_at)
		select date_trunc('month', due.at at time zone 'UTC')::date, 'digest',
		       'digest:' || due.member_id || ':' || (extract(epoch from due.at) * 1000000)::bigint,
		       '<' || replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '') || '@' || $3 || '>',
		       due.member_id, due.at, 'hourly', now()
		from due
		where exists (select from recipients r where r.member_id = due.member_id and r.outcome is null
		              and r.notification_id is null and r.read_at is null and r.created_at < due.at)
		  and not exists (select from notifications n where n.kind = 'digest' and n.member_id = due.member_id
		                  and n.state in ('pending', 'sending'))
		  and not exists (select from notifications n where n.kind = 'digest' and n.member_id = due.member_id
		                  and n.state in ('sent', 'unknown') and n.finished_at > due.at - $4::interval)
		on conflict (period, dedupe_key) do nothing`,
			minutes, windows, s.o.MailDomain, c.Hour-c.Lateness())
		n = tag.RowsAffected()
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("open digest windows: %w", err)
	}
	return int(n), nil
}
