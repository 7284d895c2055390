package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// Breaker is one that has tripped: mail of its scope is held.
type Breaker struct {
	ID        int64
	Scope     tradepost.BudgetScope
	Key       string
	Detail    string
	TrippedAt time.Time
	ResetAt   time.Time // zero = it still holds
	ResetBy   string
	Held      int // mails that are held for it
}

// spending is one budget that a mail is counted against.
type spending struct {
	scope tradepost.BudgetScope
	key   string
	limit int    // 0 = no bound
	reply *Reply // of BudgetRepeat
}

// spendings lists what a mail counts against, always in the same order: two that
// are counted at once then wait for each other, and not in a circle.
func spendings(b tradepost.Budgets, sender string, replies []Reply) []spending {
	var list, repeats []spending
	if sender != "" {
		list = append(list, spending{scope: tradepost.BudgetSender, key: sender, limit: b.Sender})
		if _, domain, ok := strings.Cut(sender, "@"); ok {
			list = append(list, spending{scope: tradepost.BudgetDomain, key: domain, limit: b.Domain})
		}
	}
	replies = slices.Clone(replies)
	slices.SortStableFunc(replies, func(a, b Reply) int { return cmp.Compare(a.ConversationID, b.ConversationID) })
	for i, r := range replies {
		key := strconv.FormatInt(r.ConversationID, 10)
		if i == 0 || replies[i-1].ConversationID != r.ConversationID {
			list = append(list, spending{scope: tradepost.BudgetConversation, key: key, limit: b.Conversation})
		}
		repeat := spending{scope: tradepost.BudgetRepeat, key: key, reply: &replies[i]}
		if r.TextKey != [32]byte{} {
			repeat.limit = b.RepeatLimit(r.Body)
		}
		repeats = append(repeats, repeat)
	}
	return append(list, repeats...)
}

// spend counts a mail against the budgets of when it was received, so that what
// gathered while nobody polled is no flood. It returns the breaker for which the
// mail is to be held, if one is open, or those that it trips. Hours and days are
// those of the clock in UTC, which is simple and bounds any 60 minutes by twice
// the limit; a loop is ended all the same.
func (s *Store) spend(ctx context.Context, tx pgx.Tx, received time.Time, sender string, replies []Reply) (open int64, tripped []Breaker, err error) {
	list := spendings(s.o.Budgets, sender, replies)
	var scopes, keys []string
	for _, b := range list {
		scopes, keys = append(scopes, string(b.scope)), append(keys, b.key)
	}
	err = tx.QueryRow(ctx, `select id from breakers
		where reset_at is null and (scope, key) in (select * from unnest($1::text[], $2::text[])) order by id limit 1`, scopes, keys).Scan(&open)
	if err == nil || !errors.Is(err, pgx.ErrNoRows) {
		return open, nil, err
	}
	for _, b := range list {
		if b.limit <= 0 {
			continue
		}
		used, err := b.count(ctx, tx, received)
		if err != nil {
			return 0, nil, fmt.Errorf("count against the budget of %s %s: %w", b.scope, b.key, err)
		}
		if used > b.limit {
			tripped = append(tripped, Breaker{Scope: b.scope, Key: b.key, Detail: b.detail()})
		}
	}
	return 0, tripped, nil
}

// count counts one more, and returns how many that makes.
func (b spending) count(ctx context.Context, tx pgx.Tx, received time.Time) (used int, err error) {
	if b.scope == tradepost.BudgetRepeat {
		err = tx.QueryRow(ctx, `
			insert into repeats as r (conversation_id, author, text_key, day, seen) values ($1, $2, $3, ($4::timestamptz at time zone 'UTC')::date, 1)
			on conflict (conversation_id, author, text_key, day) do update set seen = r.seen + 1 returning seen`,
			b.reply.ConversationID, b.reply.Role, b.reply.TextKey[:], received).Scan(&used)
		return used, err
	}
	err = tx.QueryRow(ctx, `
		insert into budgets as b (scope, key, hour, used) values ($1, $2, date_trunc('hour', $3::timestamptz, 'UTC'), 1)
		on conflict (scope, key, hour) do update set used = b.used + 1 returning used`, b.scope, b.key, received).Scan(&used)
	return used, err
}

func (b spending) detail() string {
	if b.scope == tradepost.BudgetRepeat {
		return fmt.Sprintf("the %s sent the same text more than %d times within a day", b.reply.Role, b.limit)
	}
	return fmt.Sprintf("more than %d mails within an hour", b.limit)
}

// trip opens breakers and returns the first.
func trip(ctx context.Context, tx pgx.Tx, breakers []Breaker) (first int64, err error) {
	for _, b := range breakers {
		var id int64
		err := tx.QueryRow(ctx, `
			insert into breakers as b (scope, key, detail) values ($1, $2, $3)
			on conflict (scope, key) where reset_at is null do update set detail = b.detail -- changes nothing; without it no id
			returning id`,
			b.Scope, b.Key, b.Detail).Scan(&id)
		if err != nil {
			return 0, fmt.Errorf("trip the breaker of %s %s: %w", b.Scope, b.Key, err)
		}
		first = cmp.Or(first, id)
	}
	return first, nil
}

// Breakers lists breakers, those that hold first, at most limit.
func (s *Store) Breakers(ctx context.Context, limit int) ([]Breaker, error) {
	rows, err := s.pool.Query(ctx, `
		select b.id, b.scope, b.key, b.detail, b.tripped_at, coalesce(b.reset_at, '0001-01-01 00:00:00Z'), coalesce(b.reset_by, ''),
		       (select count(*) from inbound i where i.breaker_id = b.id and i.state = 'held')
		from breakers b order by b.reset_at is not null, b.tripped_at desc, b.id desc limit $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("list breakers: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Breaker])
	if err != nil {
		return nil, fmt.Errorf("list breakers: %w", err)
	}
	return list, nil
}

// ResetBreaker lets mail of a breaker's scope through again, which then has its
// whole budget. With release what was held for it is judged again, whatever
// budgets say. It returns how many mails that are; those whose raw mail was
// shredded stay held. To reset one that was reset before does no harm.
// tradepost.ErrNotFound if there is no such breaker.
func (s *Store) ResetBreaker(ctx context.Context, id int64, by string, release bool) (released int, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		released = 0
		var b Breaker
		var open bool
		err := tx.QueryRow(ctx, `select scope, key, reset_at is null from breakers where id = $1 for update`, id).Scan(&b.Scope, &b.Key, &open)
		if err != nil {
			return notFound(err, "breaker %d", id)
		}
		if open {
			if err := resetBreaker(ctx, tx, id, b, by); err != nil {
				return err
			}
		}
		if !release {
			return nil
		}
		tag, err := tx.Exec(ctx, giveBack+`breaker_id = $2 and state = 'held' and raw_shredded_at is null`, Release{By: by, Breakers: true}, id)
		released = int(tag.RowsAffected())
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("reset breaker %d: %w", id, err)
	}
	return released, nil
}

func resetBreaker(ctx context.Context, tx pgx.Tx, id int64, b Breaker, by string) error {
	if _, err := tx.Exec(ctx, `update breakers set reset_at = now(), reset_by = $2 where id = $1`, id, by); err != nil {
		return err
	}
	if b.Scope == tradepost.BudgetRepeat {
		_, err := tx.Exec(ctx, `delete from repeats where conversation_id = $1::text::bigint`, b.Key)
		return err
	}
	_, err := tx.Exec(ctx, `delete from budgets where (scope, key) = ($1, $2)`, b.Scope, b.Key)
	return err
}

// SweepBudgets forgets what was counted in hours and days that are over.
func (s *Store) SweepBudgets(ctx context.Context) error {
	for _, sql := range []string{
		`delete from budgets where hour < now() - interval '2 hours'`,
		`delete from repeats where day < (now() at time zone 'UTC')::date - 1`,
	} {
		if _, err := s.pool.Exec(ctx, sql); err != nil {
			return fmt.Errorf("sweep budgets: %w", err)
		}
	}
	return nil
}
