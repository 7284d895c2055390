package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// doneMark is the mark that says "done".
const doneMark = "✅"

// Mark puts an emoji on a message, in place of one that it has. A member's own
// message that is marked before its relay is claimed is not sent.
func (s *Store) Mark(ctx context.Context, conversation, message, member int64, emoji string) error {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockList(ctx, tx, conversation); err != nil {
			return err
		}
		if err := checkMember(ctx, tx, conversation, member); err != nil {
			return err
		}
		return putMark(ctx, tx, conversation, message, member, emoji)
	})
	if err != nil {
		return fmt.Errorf("mark in conversation %d: %w", conversation, err)
	}
	return nil
}

func putMark(ctx context.Context, tx pgx.Tx, conversation, message, member int64, emoji string) error {
	// A claim that holds the row is first; one that comes later passes it over.
	if _, err := tx.Exec(ctx, `select from notifications where message_id = $1 and kind = 'relay' for update`, message); err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, `
		insert into marks (period, message_id, emoji, member_id)
		select period, id, $3, $4 from messages where conversation_id = $1 and id = $2 and deleted_at is null
		on conflict (period, message_id) do update set emoji = excluded.emoji, member_id = excluded.member_id, created_at = now()`,
		conversation, message, emoji, member)
	if err == nil && tag.RowsAffected() == 0 {
		err = fmt.Errorf("message %d: %w", message, tradepost.ErrNotFound)
	}
	if err != nil {
		return err
	}
	return refreshList(ctx, tx, conversation, tradepost.ChangeMark, message)
}

// Unmark takes the mark off a message. A relay that the mark held back starts
// its delay afresh.
func (s *Store) Unmark(ctx context.Context, conversation, message, member int64) error {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockList(ctx, tx, conversation); err != nil {
			return err
		}
		if err := checkMember(ctx, tx, conversation, member); err != nil {
			return err
		}
		return s.takeMark(ctx, tx, conversation, message)
	})
	if err != nil {
		return fmt.Errorf("unmark in conversation %d: %w", conversation, err)
	}
	return nil
}

func (s *Store) takeMark(ctx context.Context, tx pgx.Tx, conversation, message int64) error {
	tag, err := tx.Exec(ctx, `delete from marks k using messages m
		where (m.period, m.id) = (k.period, k.message_id) and m.conversation_id = $1 and m.id = $2`, conversation, message)
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	if err := refreshList(ctx, tx, conversation, tradepost.ChangeMark, message); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		with held as (
			update notifications set state = 'pending', due_at = now() + $3::interval, offer_at = '-infinity', reason = '', finished_at = null
			where conversation_id = $1 and message_id = $2 and kind = 'relay' and (state = 'pending' or state = 'skipped' and reason = 'marked')
			returning period, id)
		update recipients r set outcome = null, outcome_at = null, reason = ''
		from held where (r.notification_period, r.notification_id) = (held.period, held.id)`,
		conversation, message, s.o.RelayDelay)
	return err
}

// markNewest is /done and /mark: never on a reply, which the same mail may hold.
func markNewest(ctx context.Context, tx pgx.Tx, sc scene, emoji string) (effect, error) {
	message, was, err := newestMerchantMessage(ctx, tx, sc)
	switch {
	case err != nil:
		return effect{}, err
	case message == 0:
		return refused(tradepost.CommandNoMessage), nil
	case was != nil && was.Text == emoji:
		return unchanged(), nil
	}
	err = putMark(ctx, tx, sc.conversation, message, sc.member, emoji)
	return done(deed{Message: message, Text: emoji, Before: was}), err
}

func (s *Store) unmarkNewest(ctx context.Context, tx pgx.Tx, sc scene) (effect, error) {
	message, was, err := newestMerchantMessage(ctx, tx, sc)
	switch {
	case err != nil:
		return effect{}, err
	case message == 0:
		return refused(tradepost.CommandNoMessage), nil
	case was == nil:
		return unchanged(), nil
	}
	err = s.takeMark(ctx, tx, sc.conversation, message)
	return done(deed{Message: message, Text: was.Text, Before: was}), err
}

// newestMerchantMessage returns the newest merchant message of the letter
// answered, 0 where there is none, and the mark on it.
func newestMerchantMessage(ctx context.Context, tx pgx.Tx, sc scene) (message int64, mark *former, err error) {
	var emoji *string
	var member *int64
	var at *time.Time
	err = tx.QueryRow(ctx, `
		select m.id, k.emoji, k.member_id, k.created_at
		from messages m left join marks k on (k.period, k.message_id) = (m.period, m.id)
		where m.conversation_id = $1 and m.author = 'merchant' and m.deleted_at is null and m.id <= $2
		order by m.id desc limit 1`, sc.conversation, cmp.Or(sc.through, maxID)).Scan(&message, &emoji, &member, &at)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil, nil
	}
	if err == nil && emoji != nil {
		mark = &former{Text: *emoji, Member: *member, At: *at}
	}
	return message, mark, err
}

// undoMark gives a message the mark back that it had before. A mark that somebody
// else has put on since stays.
func (s *Store) undoMark(ctx context.Context, tx pgx.Tx, sc scene, verb tradepost.Verb, d deed) error {
	mine := ""
	if verb != tradepost.VerbUnmark {
		mine = d.Text
	}
	var same bool
	err := tx.QueryRow(ctx, `
		select case when $3 = '' then k.emoji is null else coalesce(k.emoji = $3 and k.member_id = $4, false) end
		from messages m left join marks k on (k.period, k.message_id) = (m.period, m.id)
		where m.conversation_id = $1 and m.id = $2`, sc.conversation, d.Message, mine, sc.member).Scan(&same)
	if err != nil || !same {
		return notFound(err, "message %d", d.Message)
	}
	if d.Before == nil {
		return s.takeMark(ctx, tx, sc.conversation, d.Message)
	}
	_, err = tx.Exec(ctx, `
		insert into marks (period, message_id, emoji, member_id, created_at)
		select period, id, $3, $4, $5 from messages where conversation_id = $1 and id = $2
		on conflict (period, message_id) do update set emoji = excluded.emoji, member_id = excluded.member_id, created_at = excluded.created_at`,
		sc.conversation, d.Message, d.Before.Text, d.Before.Member, d.Before.At)
	if err != nil {
		return err
	}
	return refreshList(ctx, tx, sc.conversation, tradepost.ChangeMark, d.Message)
}
