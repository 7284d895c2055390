package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// DigestLetter is one digest: what a member has not been told of.
type DigestLetter struct {
	Claimed
	To       Correspondent
	Partner  string
	WindowAt time.Time
	Items    []DigestItem // newest conversation first
}

// DigestItem is one conversation of a digest.
type DigestItem struct {
	Matter
	Messages []Message // oldest first
	// Deleted says, of a digest that was sent, that the conversation was deleted
	// since; then there are no Messages.
	Deleted bool
}

// ClaimDigests claims digests, takes into each what its member has not been told
// of, and drops what is no longer worth telling. A digest left empty is skipped.
func (s *Store) ClaimDigests(ctx context.Context, l Lease, refs []Ref) ([]DigestLetter, error) {
	var letters []DigestLetter
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		letters = nil // the transaction may run again
		claimed, err := claim(ctx, tx, tradepost.Digest, l.Owner, l.For, refs)
		if err != nil || len(claimed) == 0 {
			return err
		}
		members := make(map[int64]Ref, len(claimed))
		for _, c := range claimed {
			if _, ok := members[c.memberID]; !ok {
				members[c.memberID] = c.Ref
			}
		}
		took, err := takeUntold(ctx, tx, members)
		if err != nil {
			return err
		}
		for _, c := range claimed {
			if members[c.memberID] != c.Ref || len(took[c.memberID]) == 0 {
				if err := skip(ctx, tx, c.Ref, tradepost.OutcomeSkipped, tradepost.ReasonNothingLeft); err != nil {
					return err
				}
				continue
			}
			letters = append(letters, DigestLetter{Claimed: c})
		}
		return loadDigests(ctx, tx, letters, took)
	})
	if err != nil {
		return nil, fmt.Errorf("claim digests: %w", err)
	}
	return letters, nil
}

// told is one message that a digest tells its member of.
type told struct {
	period       time.Time
	message      int64
	conversation int64
}

// takeUntold asks of each untold message of the members, and of those that an
// earlier attempt of the same digest took, whether it is still worth telling.
// Those that are get linked to the digest and returned by member, the others get
// their outcome.
func takeUntold(ctx context.Context, tx pgx.Tx, digests map[int64]Ref) (map[int64][]told, error) {
	members := make([]int64, 0, len(digests))
	refs := make([]Ref, 0, len(digests))
	for m, ref := range digests {
		members, refs = append(members, m), append(refs, ref)
	}
	periods, ids := split(refs)
	rows, err := tx.Query(ctx, `
		select r.member_id, r.period, r.message_id, r.conversation_id,
		       coalesce(r.outcome, ''), r.read_at is not null, m.deleted_at is not null, k.emoji is not null,
		       b.partner_id is not null, mu.member_id is not null, mb.removed_at is not null, mb.digest = 'off', su.folded is not null,
		       c.kind, mb.zone, mb.schedule, now()
		from recipients r
		join messages m on (m.period, m.id) = (r.period, r.message_id)
		join conversations c on c.id = r.conversation_id
		join members mb on mb.id = r.member_id
		join member_addresses ma on ma.member_id = mb.id and ma.is_primary
		left join marks k on (k.period, k.message_id) = (m.period, m.id)
		left join blocks b on (b.partner_id, b.merchant_id) = (c.partner_id, c.merchant_id)
		left join mutes mu on (mu.member_id, mu.conversation_id) = (mb.id, c.id)
		left join suppressions su on su.folded = ma.folded
		where r.member_id = any($1) and r.outcome is null
		  and (r.notification_id is null or (r.notification_period, r.notification_id) in (select * from unnest($2::date[], $3::bigint[])))
		order by r.message_id
		for update of r`, members, periods, ids)
	if err != nil {
		return nil, err
	}
	keep := make(map[int64][]told)
	type dropped struct {
		told
		member  int64
		outcome tradepost.Outcome
		reason  string
	}
	var drops []dropped
	var t told
	var member int64
	var st tradepost.Standing
	var kind tradepost.Kind
	var zone string
	var schedule []byte
	var now time.Time
	_, err = pgx.ForEachRow(rows, []any{&member, &t.period, &t.message, &t.conversation,
		&st.Outcome, &st.Read, &st.Deleted, &st.Marked, &st.Blocked, &st.Muted, &st.Gone, &st.OptedOut, &st.Suppressed,
		&kind, &zone, &schedule, &now},
		func() error {
			if schedule != nil && quiet(schedule, zone, kind, now) {
				return nil // it waits for the end of the quiet hours
			}
			if outcome, reason, drop := st.Drop(); drop {
				drops = append(drops, dropped{t, member, outcome, reason})
			} else {
				keep[member] = append(keep[member], t)
			}
			return nil
		})
	if err != nil {
		return nil, err
	}
	batch := &pgx.Batch{}
	for _, d := range drops {
		batch.Queue(`update recipients set outcome = $4, outcome_at = now(), reason = $5
			where (period, message_id, member_id) = ($1, $2, $3)`, d.period, d.message, d.member, d.outcome, d.reason)
	}
	for member, list := range keep {
		periods := make([]time.Time, len(list))
		ids := make([]int64, len(list))
		for i, t := range list {
			periods[i], ids[i] = t.period, t.message
		}
		ref := digests[member]
		batch.Queue(`update recipients set notification_period = $1, notification_id = $2
			where member_id = $3 and (period, message_id) in (select * from unnest($4::date[], $5::bigint[]))`,
			ref.Period, ref.ID, member, periods, ids)
		conversations := make([]int64, len(list))
		for i, t := range list {
			conversations[i] = t.conversation
		}
		// For whoever answers it: what the recipients say changes as they read.
		batch.Queue(`update notifications set told_periods = $3, told_messages = $4, told_conversations = $5 where (period, id) = ($1, $2)`,
			ref.Period, ref.ID, periods, ids, conversations)
	}
	return keep, tx.SendBatch(ctx, batch).Close()
}

func loadDigests(ctx context.Context, tx pgx.Tx, letters []DigestLetter, took map[int64][]told) error {
	var periods []time.Time
	var ids, conversations []int64
	for _, l := range letters {
		for _, t := range took[l.memberID] {
			periods, ids, conversations = append(periods, t.period), append(ids, t.message), append(conversations, t.conversation)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	matters, err := loadMatters(ctx, tx, conversations)
	if err != nil {
		return err
	}
	bodies, err := loadMessages(ctx, tx, periods, ids)
	if err != nil {
		return err
	}
	revoked, err := loadRevocations(ctx, tx, conversations)
	if err != nil {
		return err
	}
	for i := range letters {
		l := &letters[i]
		err := tx.QueryRow(ctx, `
			select m.id, m.name, a.address, m.locale, m.zone, m.role = 'owner', p.name, n.window_at
			from notifications n join members m on m.id = n.member_id
			join member_addresses a on a.member_id = m.id and a.is_primary
			join partners p on p.id = m.partner_id
			where (n.period, n.id) = ($1, $2)`, l.Period, l.ID).Scan(
			&l.To.ID, &l.To.Name, &l.To.Address, &l.To.Locale, &l.To.Zone, &l.To.Owner, &l.Partner, &l.WindowAt)
		if err != nil {
			return err
		}
		l.To.Role = tradepost.AuthorMember
		at := make(map[int64]int)
		for _, t := range took[l.memberID] {
			k, ok := at[t.conversation]
			if !ok {
				k = len(l.Items)
				at[t.conversation] = k
				item := DigestItem{Matter: matters[t.conversation]}
				item.RevokedThrough = revokedThrough(revoked[t.conversation], l.To)
				l.Items = append(l.Items, item)
			}
			l.Items[k].Messages = append(l.Items[k].Messages, bodies[t.message])
		}
		slices.SortStableFunc(l.Items, func(a, b DigestItem) int {
			return cmp.Compare(b.Messages[len(b.Messages)-1].ID, a.Messages[len(a.Messages)-1].ID)
		})
	}
	return nil
}
