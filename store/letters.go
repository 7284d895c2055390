package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// Lease says who claims and for how long.
type Lease struct {
	Owner uuid.UUID
	For   time.Duration
}

// Matter is what a letter about one message needs to know of its surroundings.
type Matter struct {
	ConversationID int64
	Partner        string
	Merchant       Merchant
	Kind           tradepost.Kind
	Service        string
	// RevokedThrough is where the recipient's addresses of this conversation were
	// revoked last, 0 if they never were. A reply address in the letter must name
	// it, unless it names a newer message.
	RevokedThrough int64
}

// MessageLetter is an alert, a reminder or a relay: one message to one person.
type MessageLetter struct {
	Claimed
	Matter
	To      Correspondent
	Message Message
	// Proposal is what the message sends; nil = a message like others.
	Proposal *Proposal
	// References are the Message-IDs of the mail of this conversation that
	// the recipient has had from us or sent us, oldest first.
	References []string
}

// Correspondent is a person mail goes to or comes from.
type Correspondent struct {
	Role    tradepost.AuthorRole
	ID      int64
	Name    string
	Address string
	Locale  string
	Zone    string // of a member
	Owner   bool   // of the partner
}

// ClaimAlerts claims alerts and returns those still worth sending; the others
// are skipped with their reason.
func (s *Store) ClaimAlerts(ctx context.Context, l Lease, refs []Ref) ([]MessageLetter, error) {
	return s.claimMessageLetters(ctx, tradepost.Alert, l, refs, `
		select n.id, mb.id, mb.name, ma.address, mb.locale, mb.zone, mb.role = 'owner',
		       coalesce(r.outcome, ''), r.read_at is not null, m.deleted_at is not null, k.emoji is not null,
		       b.partner_id is not null, mu.member_id is not null, mb.removed_at is not null, mb.alert = 'never', su.folded is not null,
		       mb.schedule, mb.zone, c.kind, mb.alert, mb.digest, n.silences + n.lapses > 0, now()
		from notifications n
		join messages m on (m.period, m.id) = (n.period, n.message_id)
		join conversations c on c.id = m.conversation_id
		join members mb on mb.id = n.member_id
		join member_addresses ma on ma.member_id = mb.id and ma.is_primary
		join recipients r on (r.period, r.message_id, r.member_id) = (m.period, m.id, mb.id)
		left join marks k on (k.period, k.message_id) = (m.period, m.id)
		left join blocks b on (b.partner_id, b.merchant_id) = (c.partner_id, c.merchant_id)
		left join mutes mu on (mu.member_id, mu.conversation_id) = (mb.id, c.id)
		left join suppressions su on su.folded = ma.folded
		where (n.period, n.id) in (select * from unnest($1::date[], $2::bigint[]))
		order by r.message_id for update of r`)
}

// ClaimRelays does the same for members' messages to merchants. A message that
// was marked before stays here. A merchant who has read it on a page still gets it.
func (s *Store) ClaimRelays(ctx context.Context, l Lease, refs []Ref) ([]MessageLetter, error) {
	return s.claimMessageLetters(ctx, tradepost.Relay, l, refs, `
		select n.id, mc.id, mc.name, mc.email, mc.locale, 'UTC', false,
		       coalesce(r.outcome, ''), false, m.deleted_at is not null, k.emoji is not null,
		       b.partner_id is not null, false, false, false, su.folded is not null,
		       null, '', c.kind, '', '', false, now()
		from notifications n
		join messages m on (m.period, m.id) = (n.period, n.message_id)
		join conversations c on c.id = m.conversation_id
		join merchants mc on mc.id = n.merchant_id
		join recipients r on (r.period, r.message_id, r.merchant_id) = (m.period, m.id, mc.id)
		left join marks k on (k.period, k.message_id) = (m.period, m.id)
		left join blocks b on (b.partner_id, b.merchant_id) = (c.partner_id, c.merchant_id)
		left join suppressions su on su.folded = lower(mc.email)
		where (n.period, n.id) in (select * from unnest($1::date[], $2::bigint[]))`)
}

// claimMessageLetters claims, asks standing (a query of refs' periods and ids,
// as above) whether each is worth it, and loads what the letters say.
func (s *Store) claimMessageLetters(ctx context.Context, kind tradepost.NotificationKind, l Lease, refs []Ref, standing string) ([]MessageLetter, error) {
	var letters []MessageLetter
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		letters = nil // the transaction may run again
		claimed, err := claim(ctx, tx, kind, l, refs)
		if err != nil || len(claimed) == 0 {
			return err
		}
		periods, ids := split(refs)
		rows, err := tx.Query(ctx, standing, periods, ids)
		if err != nil {
			return err
		}
		to := make(map[int64]Correspondent)
		stands := make(map[int64]tradepost.Standing)
		befores := make(map[int64]beforeSending)
		var id int64
		var before beforeSending
		p := Correspondent{Role: tradepost.AuthorMember}
		if kind == tradepost.Relay {
			p.Role = tradepost.AuthorMerchant
		}
		var st tradepost.Standing
		_, err = pgx.ForEachRow(rows, []any{&id, &p.ID, &p.Name, &p.Address, &p.Locale, &p.Zone, &p.Owner,
			&st.Outcome, &st.Read, &st.Deleted, &st.Marked, &st.Blocked, &st.Muted, &st.Gone, &st.OptedOut, &st.Suppressed,
			&before.schedule, &before.zone, &before.kind, &before.alert, &before.digest, &before.unsure, &before.now},
			func() error {
				st.OptedOut = before.optedOut(kind, st.OptedOut)
				to[id], stands[id], befores[id] = p, st, before
				return nil
			})
		if err != nil {
			return err
		}
		for _, c := range claimed {
			if outcome, reason, drop := stands[c.ID].Drop(); drop {
				if err := skip(ctx, tx, c.Ref, outcome, reason); err != nil {
					return err
				}
				continue
			}
			if kept, err := keepBack(ctx, tx, c, kind, befores[c.ID]); err != nil {
				return err
			} else if kept {
				continue
			}
			letters = append(letters, MessageLetter{Claimed: c, To: to[c.ID]})
		}
		return loadMessageLetters(ctx, tx, letters)
	})
	if err != nil {
		return nil, fmt.Errorf("claim %ss: %w", kind, err)
	}
	return letters, nil
}

// loadMessageLetters fills in what the letters say, with one query for all of
// each thing.
func loadMessageLetters(ctx context.Context, tx pgx.Tx, letters []MessageLetter) error {
	if len(letters) == 0 {
		return nil
	}
	periods := make([]time.Time, len(letters))
	messages := make([]int64, len(letters))
	conversations := make([]int64, len(letters))
	for i, l := range letters {
		periods[i], messages[i], conversations[i] = l.Period, l.message, l.conv
	}
	matters, err := loadMatters(ctx, tx, conversations)
	if err != nil {
		return err
	}
	bodies, err := loadMessages(ctx, tx, periods, messages)
	if err != nil {
		return err
	}
	revoked, err := loadRevocations(ctx, tx, conversations)
	if err != nil {
		return err
	}
	proposals, err := proposalsOf(ctx, tx, periods, messages)
	if err != nil {
		return err
	}
	for i := range letters {
		l := &letters[i]
		l.Matter, l.Message, l.Proposal = matters[l.conv], bodies[l.message], proposals[l.message]
		l.RevokedThrough = revokedThrough(revoked[l.conv], l.To)
		if l.References, err = references(ctx, tx, l.conv, l.To, l.ID); err != nil {
			return err
		}
	}
	return nil
}

func loadMatters(ctx context.Context, tx pgx.Tx, conversations []int64) (map[int64]Matter, error) {
	rows, err := tx.Query(ctx, selectConversation+`where c.id = any($1)`, conversations)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, scanConversation)
	if err != nil {
		return nil, err
	}
	matters := make(map[int64]Matter, len(list))
	for _, c := range list {
		matters[c.ID] = Matter{ConversationID: c.ID, Partner: c.Partner, Merchant: c.Merchant, Kind: c.Kind, Service: c.Service}
	}
	return matters, nil
}

func loadMessages(ctx context.Context, tx pgx.Tx, periods []time.Time, ids []int64) (map[int64]Message, error) {
	rows, err := tx.Query(ctx, `
		select m.id, m.author, coalesce(m.member_id, 0), coalesce(mb.name, mc.name, ''), m.body, m.via, m.created_at
		from messages m left join members mb on mb.id = m.member_id left join merchants mc on mc.id = m.merchant_id
		where (m.period, m.id) in (select * from unnest($1::date[], $2::bigint[]))`, periods, ids)
	if err != nil {
		return nil, err
	}
	messages := make(map[int64]Message)
	var m Message
	_, err = pgx.ForEachRow(rows, []any{&m.ID, &m.Author, &m.MemberID, &m.AuthorName, &m.Body, &m.Via, &m.CreatedAt}, func() error {
		messages[m.ID] = m
		return nil
	})
	if err != nil {
		return nil, err
	}
	rows, err = tx.Query(ctx, `
		select message_id, id, filename, content_type, size, blob_key from attachments
		where (period, message_id) in (select * from unnest($1::date[], $2::bigint[])) order by id`, periods, ids)
	if err != nil {
		return nil, err
	}
	files, err := collectFiles(rows)
	for id, list := range files {
		m := messages[id]
		m.Files = list
		messages[id] = m
	}
	return messages, err
}

// references finds the mail of a conversation that a person has seen, or will
// have before the notification given, for In-Reply-To and References (RFC 5322 3.6.4): at most the last ten, since some
// servers refuse long headers.
func references(ctx context.Context, tx pgx.Tx, conversation int64, p Correspondent, before int64) ([]string, error) {
	rows, err := tx.Query(ctx, `
		select mail_id from (
			select mail_id, created_at from messages
			where conversation_id = $1 and mail_id is not null
			  and case when $2 = 'merchant' then merchant_id = $3 else member_id = $3 end
			union all
			select mail_id, created_at from notifications
			where conversation_id = $1 and id < $4 and state in ('sent', 'sending', 'unknown') and kind in ('alert', 'reminder', 'relay')
			  and case when $2 = 'merchant' then merchant_id = $3 else member_id = $3 end
			order by created_at desc limit 10) mail
		order by created_at`, conversation, string(p.Role), p.ID, before)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
