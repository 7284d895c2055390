package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
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

// offeredAtOnce bounds how many digests one OpenWindows returns, and with them what
// their tasks take of Redis: some 50 octets each.
const offeredAtOnce = 100_000

// OpenWindows writes a digest for every member whose window of the clock has
// begun and who has something untold from before it. One statement does it for
// all who have no schedule of their own; of the others it looks at those whose
// next window has come. Any number of processes may run it at once, and a window
// that nobody opened in time is opened by the next run. It returns those written,
// which are offered by that: Offer returns them after the time again only. Where
// there are more than a hundred thousand, the rest wait for Offer.
//
// A member with a digest still on its way gets no other: that one will hold what
// has come since. Neither does one whose last digest was so late that the next
// would follow it too closely.
func (s *Store) OpenWindows(ctx context.Context, now time.Time, again time.Duration) ([]Offered, error) {
	var opened []Offered
	err := s.inTx(ctx, func(tx pgx.Tx) (err error) {
		opened = nil // the transaction may run again
		// Two schedulers on either side of a window's begin would not see each
		// other's digests. The lock ends with the transaction.
		var first bool
		if err := tx.QueryRow(ctx, `select pg_try_advisory_xact_lock($1)`, windowsLock).Scan(&first); err != nil || !first {
			return err
		}
		if opened, err = s.openHourly(ctx, tx, now, again); err != nil {
			return err
		}
		own, err := s.openOwn(ctx, tx, now, again)
		opened = append(opened, own...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open digest windows: %w", err)
	}
	return opened, nil
}

// insertDigests opens windows: the query due returns member_id, at, reason and
// spacing, the time for which the last digest keeps another away. $1 is the domain
// of Message-IDs, $2 for how long those returned are offered by it, $3 how many that
// may be. They are put into an order so that all of them are found
// before the first is written: each look-up would wade through those written before.
func insertDigests(ctx context.Context, tx pgx.Tx, due string, args ...any) ([]Offered, error) {
	rows, err := tx.Query(ctx, `
	with due as (`+due+`),
	opened as (
		insert into notifications (period, kind, dedupe_key, mail_id, member_id, window_at, reason, due_at, offers, offer_at)
		select date_trunc('month', at at time zone 'UTC')::date, 'digest',
		       'digest:' || member_id || ':' || (extract(epoch from at) * 1000000)::bigint,
		       '<' || replace(gen_random_uuid()::text, '-', '') || '@' || $1 || '>', member_id, at, reason, now(),
		       case when nth <= $3 then 1 else 0 end, case when nth <= $3 then now() + $2::interval else '-infinity' end
		from (select due.*, row_number() over (order by due.member_id) as nth
		      from due
		      where exists (select from recipients r where r.member_id = due.member_id and r.outcome is null
		                    and r.notification_id is null and r.read_at is null and r.created_at < due.at)
		        and not exists (select from (`+digestsOfMember+`due.member_id`+lastOfThem+`) n where n.state in ('pending', 'sending'))
		        and not exists (select from (`+digestsOfMember+`due.member_id and state in ('sent', 'unknown')`+lastOfThem+`) n where n.finished_at > due.at - due.spacing)) worth
		on conflict (member_id, window_at) where kind = 'digest' do nothing
		returning period, id, kind, offers)
	select period, id, kind, offers from opened where offers = 1`, args...)
	if err != nil {
		return nil, err
	}
	return collectOffered(rows)
}

// The last digest of a member, whose id stands between the two, or the last that
// told something, with that condition after the id. One that is on its way is the
// last, as no other is written before it has ended. "limit" keeps PostgreSQL from
// making a join of it, by statistics of before the wave, when the index had next to
// no rows.
const (
	digestsOfMember = `select * from notifications where kind = 'digest' and member_id = `
	lastOfThem      = ` order by window_at desc limit 1`
)

// openHourly opens the windows of all members without a schedule of their own.
// Where an hour comes twice, the second has no window. Which zones those are is
// told by Go: PostgreSQL's tables may be of another version, and a zone that it
// doesn't know would fail the statement.
func (s *Store) openHourly(ctx context.Context, tx pgx.Tx, now time.Time, again time.Duration) ([]Offered, error) {
	c := s.o.Clock
	minutes, windows := make([]int, 60), make([]time.Time, 60)
	for m := range 60 {
		minutes[m], windows[m] = m, c.Window(now, m)
	}
	zones, err := memberZones(ctx, tx)
	if err != nil {
		return nil, err
	}
	var oddZones []string
	var oddMinutes []int
	var oddWindows []time.Time
	for _, name := range zones {
		t := tradepost.Timetable{Clock: c, Zone: zoneNamed(name), Settings: tradepost.DefaultSettings()}
		for m := range 60 {
			t.Minute = m
			if w := t.Window(now); !w.Equal(windows[m]) {
				oddZones, oddMinutes, oddWindows = append(oddZones, name), append(oddMinutes, m), append(oddWindows, w)
			}
		}
	}
	return insertDigests(ctx, tx, `
			select m.id as member_id, coalesce(odd.at, w.at) as at, 'hourly' as reason, $6::interval as spacing
			from (select distinct member_id from recipients
			      where outcome is null and notification_id is null and member_id is not null) untold
			join members m on m.id = untold.member_id and m.schedule is null and m.digest in ('hourly', 'off')
			join unnest($4::int[], $5::timestamptz[]) w (minute, at) on w.minute = m.digest_minute
			left join unnest($7::text[], $8::int[], $9::timestamptz[]) odd (zone, minute, at)
			  on odd.zone = m.zone and odd.minute = m.digest_minute`,
		s.o.MailDomain, again, offeredAtOnce, minutes, windows, c.Hour-c.Lateness(), oddZones, oddMinutes, oddWindows)
}

// memberZones lists the zones that members are in, by one look into the index for
// each: there are hundreds of them and millions of members.
func memberZones(ctx context.Context, tx pgx.Tx) ([]string, error) {
	rows, err := tx.Query(ctx, `
		with recursive zones as (
			(select zone from members order by zone limit 1)
			union all
			select (select m.zone from members m where m.zone > zones.zone order by m.zone limit 1) from zones where zones.zone is not null)
		select zone from zones where zone is not null`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// ownAtOnce is how many members with a schedule are looked at with one query.
const ownAtOnce = 2000

// timetabled is a member with a schedule who has something untold.
type timetabled struct {
	tradepost.Timetable
	id int64
	// kinds are what the untold is about, since when the oldest of each waits.
	kinds []tradepost.Kind
	since []time.Time
}

// openOwn opens the windows of members who have chosen times of their own, quiet
// hours or choices by kind.
func (s *Store) openOwn(ctx context.Context, tx pgx.Tx, now time.Time, again time.Duration) (opened []Offered, err error) {
	for {
		members, err := s.ownDue(ctx, tx, now)
		if err != nil || len(members) == 0 {
			return opened, err
		}
		list, err := s.openThese(ctx, tx, now, again, members)
		if err != nil {
			return nil, err
		}
		opened = append(opened, list...)
		if len(members) < ownAtOnce {
			return opened, nil
		}
	}
}

// ownDue reads and locks members who may be due, so that nobody changes their
// settings until their next window is noted. Those with a digest on its way are
// not among them and are looked at again.
func (s *Store) ownDue(ctx context.Context, tx pgx.Tx, now time.Time) ([]timetabled, error) {
	rows, err := tx.Query(ctx, `
		select m.id, m.digest, m.digest_minute, m.zone, m.schedule, u.kinds, u.since
		from members m
		cross join lateral (
			select array_agg(k.kind) as kinds, array_agg(k.since) as since
			from (select c.kind, min(r.created_at) as since
			      from recipients r join conversations c on c.id = r.conversation_id
			      where r.member_id = m.id and r.outcome is null and r.notification_id is null and r.read_at is null
			      group by c.kind) k) u
		where (m.schedule is not null or m.digest not in ('hourly', 'off'))
		  and (m.next_window_at is null or m.next_window_at <= $1) and u.kinds is not null
		  and not exists (select from (`+digestsOfMember+`m.id`+lastOfThem+`) n where n.state in ('pending', 'sending'))
		order by m.next_window_at nulls first, m.id limit $2
		for no key update of m skip locked`, now, ownAtOnce)
	if err != nil {
		return nil, err
	}
	zones := make(map[string]*time.Location)
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (t timetabled, err error) {
		var zone string
		var schedule []byte
		if err := row.Scan(&t.id, &t.Settings.Digest, &t.Minute, &zone, &schedule, &t.kinds, &t.since); err != nil {
			return t, err
		}
		if zones[zone] == nil {
			zones[zone] = zoneNamed(zone)
		}
		t.Clock, t.Zone = s.o.Clock, zones[zone]
		t.Settings.Schedule, err = readSchedule(schedule)
		return t, err
	})
}

// window is the one to open now, or false: there is nothing from before it, or
// quiet hours keep back all that there is.
func (t timetabled) window(now time.Time) (time.Time, bool) {
	w := t.Window(now)
	for i, kind := range t.kinds {
		if t.since[i].Before(w) && !t.Settings.Schedule.Quiet(now, t.Zone, kind) {
			return w, true
		}
	}
	return w, false
}

func (s *Store) openThese(ctx context.Context, tx pgx.Tx, now time.Time, again time.Duration, members []timetabled) ([]Offered, error) {
	var ids, all []int64
	var windows, next []time.Time
	var reasons []string
	var spacings []time.Duration
	for _, m := range members {
		all = append(all, m.id)
		look := m.Next(now)
		if look.IsZero() { // only in settings that nobody could make by SetSettings
			look = now.Add(24 * time.Hour)
		}
		next = append(next, look)
		w, ok := m.window(now)
		if !ok {
			continue
		}
		spacing := s.o.Clock.Hour - s.o.Clock.Lateness()
		if m.Settings.Digest == tradepost.DigestDaily {
			spacing = 0 // they asked for this time, and would wait for another day
		}
		ids, windows, spacings = append(ids, m.id), append(windows, w), append(spacings, spacing)
		reasons = append(reasons, string(m.Settings.Digest))
	}
	opened, err := insertDigests(ctx, tx, `
		select * from unnest($4::bigint[], $5::timestamptz[], $6::text[], $7::interval[]) d (member_id, at, reason, spacing)`,
		s.o.MailDomain, again, offeredAtOnce, ids, windows, reasons, spacings)
	if err != nil {
		return nil, err
	}
	_, err = tx.Exec(ctx, `update members m set next_window_at = d.next
		from unnest($1::bigint[], $2::timestamptz[]) d (id, next) where m.id = d.id`, all, next)
	return opened, err
}
