package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// answered is, in a query of conversations c and first contacts f, whether
// anybody of the team has answered: replied to the merchant anywhere, declined or
// marked in this conversation.
const answered = `(c.declined_at is not null
	or exists (select from conversations o join messages a on a.conversation_id = o.id and a.author = 'member' and a.deleted_at is null
	           where (o.partner_id, o.merchant_id) = (f.partner_id, f.merchant_id) and a.id > f.message_id)
	or exists (select from messages a join marks k on (k.period, k.message_id) = (a.period, a.id)
	           where a.conversation_id = c.id and a.deleted_at is null))`

// unanswered is a first contact whose time for an answer is over.
type unanswered struct {
	partner, merchant, message int64
	period                     time.Time
	conversation               int64
	kind                       tradepost.Kind
	now                        time.Time
}

// OpenReminders writes the reminders of first contacts that nobody has answered
// for as long as Options.RemindAfter says: one to each present member who wants
// it, due when their quiet hours are over. A first contact is looked at once, by
// however many processes. It returns how many reminders were written.
func (s *Store) OpenReminders(ctx context.Context, limit int) (int, error) {
	if s.o.RemindAfter <= 0 {
		return 0, nil
	}
	n := 0
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		n = 0 // the transaction may run again
		list, err := s.takeUnanswered(ctx, tx, limit)
		if err != nil {
			return err
		}
		for _, u := range list {
			wrote, err := s.remindTeam(ctx, tx, u)
			if err != nil {
				return fmt.Errorf("conversation %d: %w", u.conversation, err)
			}
			n += wrote
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("open reminders: %w", err)
	}
	return n, nil
}

// takeUnanswered notes of first contacts that they were looked at and returns
// those that ask for a reminder.
func (s *Store) takeUnanswered(ctx context.Context, tx pgx.Tx, limit int) ([]unanswered, error) {
	rows, err := tx.Query(ctx, `
		with due as (
			select partner_id, merchant_id from first_contacts
			where reminded_at is null and created_at <= now() - $1::interval
			order by created_at limit $2 for no key update skip locked),
		f as (
			update first_contacts f set reminded_at = now()
			from due where (f.partner_id, f.merchant_id) = (due.partner_id, due.merchant_id)
			returning f.partner_id, f.merchant_id, f.message_id, f.created_at)
		select f.partner_id, f.merchant_id, f.message_id, m.period, c.id, c.kind, now()
		from f
		join messages m on m.id = f.message_id and m.period = date_trunc('month', f.created_at at time zone 'UTC')::date
		join conversations c on c.id = m.conversation_id
		where f.created_at > now() - $1::interval - $3::interval and m.deleted_at is null and c.deleted_at is null
		  and not exists (select from blocks b where (b.partner_id, b.merchant_id) = (f.partner_id, f.merchant_id))
		  and not `+answered,
		s.o.RemindAfter, limit, tradepost.RemindWithin)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (u unanswered, err error) {
		return u, row.Scan(&u.partner, &u.merchant, &u.message, &u.period, &u.conversation, &u.kind, &u.now)
	})
}

func (s *Store) remindTeam(ctx context.Context, tx pgx.Tx, u unanswered) (int, error) {
	readers, err := readersOf(ctx, tx, u.conversation, u.now, tradepost.Occasion{})
	if err != nil {
		return 0, err
	}
	n := 0
	for _, r := range readers {
		if r.settings.Schedule.NoReminders {
			continue
		}
		var wait time.Duration
		if until, ok := r.settings.Schedule.FreeAt(u.now, r.zone, u.kind); ok {
			wait = until.Sub(u.now)
		}
		ref, err := s.notify(ctx, tx, notice{
			kind: tradepost.Reminder, period: u.period, key: tradepost.DedupeKey(tradepost.Reminder, u.message, r.id),
			partnerID: u.partner, memberID: r.id, conversationID: u.conversation, messageID: u.message,
			reason: string(tradepost.Reminder), delay: wait,
		})
		if err != nil {
			return n, err
		}
		if ref.ID != 0 {
			n++
		}
	}
	return n, nil
}

// ClaimReminders claims reminders and returns those still worth sending; the
// others are skipped with their reason. How members were told of the message
// before stays as it is.
func (s *Store) ClaimReminders(ctx context.Context, l Lease, refs []Ref) ([]MessageLetter, error) {
	return s.claimMessageLetters(ctx, tradepost.Reminder, l, refs, `
		select n.id, mb.id, mb.name, ma.address, mb.locale, mb.zone, mb.role = 'owner',
		       case when `+answered+` then 'answered' else '' end, false, m.deleted_at is not null or c.deleted_at is not null, false,
		       b.partner_id is not null, mu.member_id is not null, mb.removed_at is not null,
		       coalesce((mb.schedule->>'no_reminders')::boolean, false), su.folded is not null,
		       mb.schedule, mb.zone, c.kind, mb.alert, mb.digest, n.silences + n.lapses > 0, now()
		from notifications n
		join messages m on (m.period, m.id) = (n.period, n.message_id)
		join conversations c on c.id = m.conversation_id
		join first_contacts f on (f.partner_id, f.merchant_id) = (c.partner_id, c.merchant_id)
		join members mb on mb.id = n.member_id
		join member_addresses ma on ma.member_id = mb.id and ma.is_primary
		left join blocks b on (b.partner_id, b.merchant_id) = (c.partner_id, c.merchant_id)
		left join mutes mu on (mu.member_id, mu.conversation_id) = (mb.id, c.id)
		left join suppressions su on su.folded = ma.folded
		where (n.period, n.id) in (select * from unnest($1::date[], $2::bigint[]))`)
}
