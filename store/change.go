package store

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tradepost-mail/tradepost"
)

// changesChannel is notified when a transaction that changed something commits.
const changesChannel = "tradepost_changes"

// ChangesKept is for how long a change is kept for those who were away.
const ChangesKept = 24 * time.Hour

// Change is something that a page would show otherwise by now.
type Change struct {
	PartnerID      int64
	ConversationID int64 // 0 = of the team
	MemberID       int64 // whose alone it is; 0 = everybody's of the team
	MessageID      int64 // 0 = none
	Kind           tradepost.ChangeKind
}

// Moment is a point in the history of the database, between transactions: a
// snapshot, and when it was taken. Its text can be handed to others, and comes back
// by ParseMoment.
type Moment struct {
	at       time.Time
	snapshot string
}

// String is of digits, ".", ":" and ",": fit for a field of a protocol.
func (m Moment) String() string { return strconv.FormatInt(m.at.Unix(), 10) + "." + m.snapshot }

var momentText = regexp.MustCompile(`^(\d{1,11})\.(\d{1,19}:\d{1,19}:[\d,]*)$`)

// longestMoment bounds a moment's text. It names the transactions that were running:
// hundreds at most.
const longestMoment = 16 << 10

// ParseMoment reads what String wrote. Whether there ever was such a moment,
// ChangesBetween says.
func ParseMoment(text string) (Moment, bool) {
	parts := momentText.FindStringSubmatch(text)
	if parts == nil || len(text) > longestMoment {
		return Moment{}, false
	}
	seconds, err := strconv.ParseInt(parts[1], 10, 64)
	return Moment{at: time.Unix(seconds, 0), snapshot: parts[2]}, err == nil
}

// ErrMomentGone says that what happened since a moment can't be told any more:
// it is older than ChangesKept, or not of this database.
var ErrMomentGone = errors.New("too long ago to tell what has changed since")

// changed notes that a conversation changed, and rings for those who watch once
// that is committed.
func changed(ctx context.Context, tx pgx.Tx, conversation int64, kind tradepost.ChangeKind, message int64) error {
	return changes(ctx, tx, `select partner_id, id, null, nullif($2, 0), $3 from conversations where id = $1`, conversation, message, kind)
}

// changes is changed of all that a query selects: partner, conversation, member,
// message, kind.
func changes(ctx context.Context, tx pgx.Tx, query string, args ...any) error {
	_, err := tx.Exec(ctx, `with noted as (
			insert into changes (partner_id, conversation_id, member_id, message_id, kind) `+query+` returning 1)
		select pg_notify('`+changesChannel+`', '') from (select from noted limit 1) once`, args...)
	if err != nil {
		return fmt.Errorf("note what changed: %w", err)
	}
	return nil
}

// ListenChanges is Listen for changes.
func (s *Store) ListenChanges(ctx context.Context, wake func()) error {
	return s.listen(ctx, changesChannel, wake)
}

// Present returns the moment that is.
func (s *Store) Present(ctx context.Context) (m Moment, err error) {
	if err := s.pool.QueryRow(ctx, `select clock_timestamp(), pg_current_snapshot()::text`).Scan(&m.at, &m.snapshot); err != nil {
		return Moment{}, fmt.Errorf("look at the present: %w", err)
	}
	return m, nil
}

// ChangesSince returns what was committed after a moment, and the moment up to which
// that is. Of one conversation changes come in the order in which they were made.
func (s *Store) ChangesSince(ctx context.Context, since Moment) (list []Change, until Moment, err error) {
	// One statement, so that both are of one snapshot.
	rows, err := s.pool.Query(ctx, `
		select s.at, s.now::text, coalesce(c.partner_id, 0), coalesce(c.conversation_id, 0), coalesce(c.member_id, 0), coalesce(c.message_id, 0), coalesce(c.kind, '')
		from (select clock_timestamp() as at, pg_current_snapshot() as now) s
		left join changes c on c.xact >= pg_snapshot_xmin($1::pg_snapshot) and not pg_visible_in_snapshot(c.xact, $1::pg_snapshot)
		order by c.id`, since.snapshot)
	if err != nil {
		return nil, Moment{}, fmt.Errorf("look for changes: %w", err)
	}
	var c Change
	_, err = pgx.ForEachRow(rows, []any{&until.at, &until.snapshot, &c.PartnerID, &c.ConversationID, &c.MemberID, &c.MessageID, &c.Kind}, func() error {
		if c.PartnerID != 0 {
			list = append(list, c)
		}
		return nil
	})
	if err != nil {
		return nil, Moment{}, fmt.Errorf("look for changes: %w", err)
	}
	return list, until, nil
}

// ChangesBetween returns what was committed after since and up to until, of one
// partner, or of all for partner 0. ErrMomentGone where that can't be known, or is
// more than limit.
func (s *Store) ChangesBetween(ctx context.Context, since, until Moment, partner int64, limit int) ([]Change, error) {
	if until.at.Sub(since.at) > ChangesKept || since.ahead(until) {
		return nil, ErrMomentGone
	}
	query, args := `select partner_id, coalesce(conversation_id, 0), coalesce(member_id, 0), coalesce(message_id, 0), kind from changes
		where xact >= pg_snapshot_xmin($1::pg_snapshot) and not pg_visible_in_snapshot(xact, $1::pg_snapshot) and pg_visible_in_snapshot(xact, $2::pg_snapshot)`,
		[]any{since.snapshot, until.snapshot, limit + 1}
	if partner != 0 {
		query, args = query+` and partner_id = $4`, append(args, partner)
	}
	rows, err := s.pool.Query(ctx, query+` order by id limit $3`, args...)
	if err != nil {
		return nil, fmt.Errorf("look for changes: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c Change, err error) {
		return c, row.Scan(&c.PartnerID, &c.ConversationID, &c.MemberID, &c.MessageID, &c.Kind)
	})
	var pgErr *pgconn.PgError
	switch {
	case errors.As(err, &pgErr) && strings.HasPrefix(pgErr.Code, "22"): // a snapshot that never was
		return nil, ErrMomentGone
	case err != nil:
		return nil, fmt.Errorf("look for changes: %w", err)
	case len(list) > limit:
		return nil, ErrMomentGone
	}
	return list, nil
}

// ahead reports whether m knows of transactions that had not begun by the other
// moment, as after a restored backup.
func (m Moment) ahead(of Moment) bool {
	return m.next() > of.next() || m.at.After(of.at.Add(time.Minute))
}

// next is the first transaction that had not begun: the second number of a
// snapshot's text.
func (m Moment) next() uint64 {
	_, rest, _ := strings.Cut(m.snapshot, ":")
	n, _, _ := strings.Cut(rest, ":")
	id, err := strconv.ParseUint(n, 10, 64)
	if err != nil {
		return 1<<64 - 1
	}
	return id
}

// ForgetChanges drops changes older than ChangesKept.
func (s *Store) ForgetChanges(ctx context.Context) error {
	if _, err := s.pool.Exec(ctx, `delete from changes where created_at < now() - $1::interval`, ChangesKept); err != nil {
		return fmt.Errorf("forget old changes: %w", err)
	}
	return nil
}
