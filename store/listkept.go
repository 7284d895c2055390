package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// What lists go by is kept where they read it: conversations.mark and last_at, the
// table unread, last_at beside each tag. Whoever changes what it derives from brings
// it up to date in the same transaction, with the conversation locked: else of two
// who change it at once one would count without the other.

// lockList locks a conversation for who changes what lists show of it.
func lockList(ctx context.Context, tx pgx.Tx, conversation int64) error {
	if _, err := tx.Exec(ctx, `select from conversations where id = $1 for no key update`, conversation); err != nil {
		return fmt.Errorf("lock conversation %d: %w", conversation, err)
	}
	return nil
}

// wroteList notes that a message was written. One of the merchant makes the
// conversation new again.
func wroteList(ctx context.Context, tx pgx.Tx, conversation int64, by tradepost.AuthorRole, at time.Time) error {
	_, err := tx.Exec(ctx, `
		with c as (
			update conversations set last_at = greatest(last_at, $2), mark = case when $3 then null else mark end where id = $1 returning id, last_at),
		u as (update unread u set last_at = c.last_at from c where u.conversation_id = c.id)
		update conversation_tags t set last_at = c.last_at from c where t.conversation_id = c.id`,
		conversation, at, by == tradepost.AuthorMerchant)
	if err != nil {
		return fmt.Errorf("move up in the lists: %w", err)
	}
	return nil
}

// countUnread counts a message that was just written as unread by members.
func countUnread(ctx context.Context, tx pgx.Tx, conversation int64, members []int64) error {
	_, err := tx.Exec(ctx, `
		insert into unread as u (member_id, conversation_id, last_at, messages)
		select m, c.id, c.last_at, 1 from unnest($2::bigint[]) m, conversations c where c.id = $1 order by m
		on conflict (member_id, conversation_id) do update set messages = u.messages + 1`, conversation, members)
	if err != nil {
		return fmt.Errorf("count as unread: %w", err)
	}
	return nil
}

// recountUnread counts anew what a member has left unread.
func recountUnread(ctx context.Context, tx pgx.Tx, conversation, member int64) error {
	_, err := tx.Exec(ctx, `
		with still as (
			select count(*) n from recipients r join messages m on (m.period, m.id) = (r.period, r.message_id)
			where r.conversation_id = $1 and r.member_id = $2 and r.read_at is null and m.deleted_at is null),
		gone as (
			delete from unread where conversation_id = $1 and member_id = $2 and (select n from still) = 0)
		update unread set messages = n from still where conversation_id = $1 and member_id = $2 and n > 0 and messages <> n`, conversation, member)
	if err != nil {
		return fmt.Errorf("count what is unread: %w", err)
	}
	return nil
}

// uncountUnread takes a message that was deleted out of what members have left
// unread.
func uncountUnread(ctx context.Context, tx pgx.Tx, conversation, message int64) error {
	_, err := tx.Exec(ctx, `
		with of as (select member_id from recipients where conversation_id = $1 and message_id = $2 and member_id is not null and read_at is null),
		gone as (delete from unread u using of where u.conversation_id = $1 and u.member_id = of.member_id and u.messages = 1)
		update unread u set messages = u.messages - 1 from of where u.conversation_id = $1 and u.member_id = of.member_id and u.messages > 1`,
		conversation, message)
	if err != nil {
		return fmt.Errorf("count what is unread: %w", err)
	}
	return nil
}

// refreshList finds the mark that lists show, in the transaction of what changed a
// message or its mark, and says so to who watches.
func refreshList(ctx context.Context, tx pgx.Tx, conversation int64, kind tradepost.ChangeKind, message int64) error {
	_, err := tx.Exec(ctx, `
		update conversations c set mark = new.mark from (
			select (select k.emoji from messages m left join marks k on (k.period, k.message_id) = (m.period, m.id)
			        where m.conversation_id = $1 and m.author = 'merchant' and m.deleted_at is null order by m.id desc limit 1) mark) new
		where c.id = $1 and c.mark is distinct from new.mark`, conversation)
	if err != nil {
		return fmt.Errorf("refresh the lists: %w", err)
	}
	return changed(ctx, tx, conversation, kind, message)
}
