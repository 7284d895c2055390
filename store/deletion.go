package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// DeleteMessage takes a message out of its conversation and out of pending mail.
func (s *Store) DeleteMessage(ctx context.Context, conversation, message int64) error {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockList(ctx, tx, conversation); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `update messages set deleted_at = now() where conversation_id = $1 and id = $2 and deleted_at is null`,
			conversation, message)
		if err == nil && tag.RowsAffected() == 0 {
			err = fmt.Errorf("of conversation %d: %w", conversation, tradepost.ErrNotFound)
		}
		if err != nil {
			return err
		}
		if err := emit(ctx, tx, event{kind: tradepost.EventMessageDeleted, conversation: conversation, message: message}); err != nil {
			return err
		}
		if err := uncountUnread(ctx, tx, conversation, message); err != nil {
			return err
		}
		return refreshList(ctx, tx, conversation, tradepost.ChangeMessage, message)
	})
	if err != nil {
		return fmt.Errorf("delete message %d: %w", message, err)
	}
	return nil
}

// deleteConversation takes all content of the conversation away for good, in this
// transaction; blobs go soon after it (see DeleteBlobs), mail leaves the mailbox
// when the poller comes to it (see ToExpunge). What remains is who wrote when,
// who was told how, and who did what. The partner's tags are the team's words,
// and stay.
//
// Mail that holds text of several conversations goes whole: an answer to a
// digest, a bounce that brings a digest back. Of the others only the raw mail and
// the quotes are lost by that, which quote this one, too; what was posted there
// stays.
func (s *Store) deleteConversation(ctx context.Context, tx pgx.Tx, sc *scene, c tradepost.Command) (effect, error) {
	if !sc.confirmed {
		return s.askFirst(ctx, tx, *sc, c)
	}
	mails, err := mailsOf(ctx, tx, sc.conversation, sc.partner)
	if err != nil {
		return effect{}, fmt.Errorf("find its mails: %w", err)
	}
	if err := dropUnsent(ctx, tx, sc.conversation); err != nil {
		return effect{}, fmt.Errorf("drop what is unsent: %w", err)
	}
	periods, ids := split(mails)
	for _, sql := range []string{eraseMails, eraseQuestions, eraseAnswers, eraseQuotes, queueBlobs} {
		if _, err := tx.Exec(ctx, sql, sc.conversation, periods, ids); err != nil {
			return effect{}, fmt.Errorf("%.40s: %w", strings.TrimSpace(sql), err)
		}
	}
	for _, sql := range eraseConversation {
		if _, err := tx.Exec(ctx, sql, sc.conversation); err != nil {
			return effect{}, fmt.Errorf("%.40s: %w", sql, err)
		}
	}
	if err := closeWork(ctx, tx, `select $1::bigint`, sc.conversation); err != nil {
		return effect{}, fmt.Errorf("close its work: %w", err)
	}
	sc.deleted = true
	if err := emit(ctx, tx, event{kind: tradepost.EventConversationDeleted, conversation: sc.conversation, member: sc.member}); err != nil {
		return effect{}, err
	}
	return done(deed{}), changed(ctx, tx, sc.conversation, tradepost.ChangeConversation, 0)
}

// mailsOf finds all mail in the ledger that holds something of a conversation:
// what was written for it, whatever became of that; what could have been meant
// for it; what asked for something; and what quotes or brings back a letter that
// told of it.
func mailsOf(ctx context.Context, tx pgx.Tx, conversation, partner int64) ([]Ref, error) {
	rows, err := tx.Query(ctx, `
		with letters as (
			select period, id from notifications where conversation_id = $1
			union select notification_period, notification_id from recipients where conversation_id = $1 and notification_id is not null),
		asked as (
			select inbound_period, inbound_id from questions where conversation_id = $1 and inbound_id is not null
			union all select inbound_period, inbound_id from questions
			where member_id in (select id from members where partner_id = $2) and inbound_id is not null
			  and detail -> 'choices' @> jsonb_build_array(jsonb_build_object('conversation_id', $1)))
		select period, id from inbound where conversation_id = $1
		union select inbound_period, inbound_id from posted_messages where conversation_id = $1
		union select inbound_period, inbound_id from actions where conversation_id = $1 and inbound_id is not null
		union select inbound_period, inbound_id from asked
		union select i.period, i.id from inbound i join letters l on (l.period, l.id) = (i.about_period, i.about_id)
		union select i.period, i.id from inbound i join letters l on (l.period, l.id) = (i.digest_period, i.digest_id)
		order by 1, 2`, conversation, partner)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (r Ref, err error) { return r, row.Scan(&r.Period, &r.ID) })
}

// dropUnsent ends whatever was still to be told of a conversation, but for
// transcripts, which may tell of others (see eraseAnswers). A letter that a process
// has claimed is on its way, and gets the outcome that it has earned.
func dropUnsent(ctx context.Context, tx pgx.Tx, conversation int64) error {
	_, err := tx.Exec(ctx, `
		update notifications set state = 'skipped', reason = $2, due_at = null, finished_at = now()
		where conversation_id = $1 and detail is null and (state = 'pending' or state = 'unknown' and due_at is not null)`, conversation, tradepost.ReasonDeleted)
	if err != nil {
		return err
	}
	// Locked before it is asked which of them are on their way: a digest that is
	// just being claimed holds those that it takes.
	_, err = tx.Exec(ctx, `select from recipients where conversation_id = $1 and outcome is null order by message_id, member_id for update`, conversation)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		update recipients r set outcome = $2, outcome_at = now(), reason = $3
		where conversation_id = $1 and outcome is null
		  and not exists (select from notifications n where (n.period, n.id) = (r.notification_period, r.notification_id) and n.state = 'sending')
		  and not exists (select from (`+digestsOfMember+`r.member_id`+lastOfThem+`) n where n.state = 'sending' and r.message_id = any(n.told_messages))`,
		conversation, tradepost.OutcomeSkipped, tradepost.ReasonDeleted)
	return err
}

// What is done with the mails of a conversation: $1, the mails being $2 and $3.
const (
	// A mail about which somebody still had to decide has nothing left to decide.
	// Its blob goes with those of other shredded mail.
	eraseMails = `
		update inbound set raw = null, raw_shredded_at = coalesce(raw_shredded_at, now()), expunge = true,
			from_address = '', mail_id = '', report = null, error = '', authentication = null, trust = null, released = null, retry_at = null, breaker_id = null,
			reason = case when state in ('stored', 'held') then 'closed' else reason end,
			finished_at = coalesce(finished_at, now()),
			conversation_id = coalesce(conversation_id, case when state in ('stored', 'held') then $1::bigint end),
			state = case when state in ('stored', 'held') then 'refused' else state end
		where (period, id) in (select * from unnest($2::date[], $3::bigint[]))`
	// What waits for a confirmation in another conversation still does. A letter
	// that was to ask has nothing to ask.
	eraseQuestions = `
		with mails as (select * from unnest($2::date[], $3::bigint[])),
		asked as (
			update questions set detail = '{}', expires_at = least(expires_at, now())
			where conversation_id = $1 or kind <> 'confirm' and (inbound_period, inbound_id) in (select * from mails)
			returning id)
		update notifications set state = 'skipped', reason = 'deleted', due_at = null, finished_at = now()
		where question_id in (select id from asked) and (inbound_period, inbound_id) in (select * from mails) and state = 'pending'`
	// A transcript repeats the commands, notes with them. What it says of other
	// conversations stays.
	eraseAnswers = `
		with cut as (
			select period, id, (select coalesce(jsonb_agg(p), '[]') from jsonb_array_elements(case jsonb_typeof(detail -> 'parts') when 'array' then detail -> 'parts' else '[]' end) p
			                    where (p ->> 'conversation_id')::bigint <> $1) as parts
			from notifications
			where detail is not null and (conversation_id = $1 or (inbound_period, inbound_id) in (select * from unnest($2::date[], $3::bigint[]))))
		update notifications n set detail = case when parts <> '[]' then jsonb_build_object('parts', parts) end,
			state = case when parts = '[]' and n.state in ('pending', 'unknown') and n.due_at is not null then 'skipped' else n.state end,
			reason = case when parts = '[]' and n.state in ('pending', 'unknown') and n.due_at is not null then 'deleted' else n.reason end,
			finished_at = case when parts = '[]' and n.state in ('pending', 'unknown') and n.due_at is not null then now() else n.finished_at end,
			due_at = case when parts = '[]' and n.state in ('pending', 'unknown') then null else n.due_at end
		from cut where (n.period, n.id) = (cut.period, cut.id)`
	eraseQuotes = `
		update messages m set full_text = null from posted_messages p
		where (p.inbound_period, p.inbound_id) in (select * from unnest($2::date[], $3::bigint[])) and p.conversation_id <> $1
		  and (m.period, m.id) = (p.message_period, p.message_id) and m.full_text is not null`
	// A folder goes whole but for files that are in use: it holds the files of a
	// mail that was a second copy, too, of which no row knows.
	queueBlobs = `
		insert into blobs_to_delete (key, created_at)
		select distinct key, clock_timestamp() from (
			select a.blob_key from attachments a join messages m on (m.period, m.id) = (a.period, a.message_id) where m.conversation_id = $1
			union all select 'attachments/inbound/' || to_char(period, 'YYYYMM') || '-' || id || '/' from unnest($2::date[], $3::bigint[]) i (period, id)) b (key)
		order by key
		on conflict (key) do update set created_at = excluded.created_at`
)

// What is done with the conversation itself, $1, once its mails are dealt with. A
// mail server's words may repeat what it objected to.
var eraseConversation = []string{
	`delete from attachments a using messages m where m.conversation_id = $1 and (m.period, m.id) = (a.period, a.message_id)`,
	`delete from marks k using messages m where m.conversation_id = $1 and (m.period, m.id) = (k.period, k.message_id)`,
	`update messages set body = '', full_text = null, fold_at = null, mail_id = null, deleted_at = coalesce(deleted_at, now()) where conversation_id = $1`,
	`update proposals set work = '', milestones = '[]', terms = '' where conversation_id = $1`,
	`update invoices set number = '' where conversation_id = $1`,
	`delete from notes where conversation_id = $1`,
	`delete from conversation_tags where conversation_id = $1`,
	`delete from unread where conversation_id = $1`,
	`delete from mutes where conversation_id = $1`,
	`delete from repeats where conversation_id = $1`,
	`update actions set detail = '{}' where conversation_id = $1`,
	`with letters as (
		select period, id from notifications where conversation_id = $1
		union select notification_period, notification_id from recipients where conversation_id = $1 and notification_id is not null),
	attempted as (
		update attempts a set smtp_reply = null from letters l where (l.period, l.id) = (a.period, a.notification_id) and a.smtp_reply is not null)
	update notifications n set smtp_reply = null from letters l where (l.period, l.id) = (n.period, n.id) and n.smtp_reply is not null`,
	`update conversations set deleted_at = now() where id = $1`,
}
