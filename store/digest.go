package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
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
	// Lead says that it is a first contact whose alert the quiet hours kept back.
	Lead bool
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
		if err := onlyByIndex(ctx, tx); err != nil {
			return err
		}
		claimed, err := claimable(ctx, tx, refs)
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
			letters = append(letters, c)
		}
		if len(letters) == 0 {
			return nil
		}
		if err := holdDigests(ctx, tx, l, letters, took); err != nil {
			return err
		}
		return loadDigests(ctx, tx, letters, took)
	})
	if err != nil {
		return nil, fmt.Errorf("claim digests: %w", err)
	}
	return letters, nil
}

// onlyByIndex has PostgreSQL look rows up by their keys for the rest of the
// transaction. A hundred letters need some hundred rows of tables of any size;
// planners of machines with everything in memory think little of reading all of
// a table for that, and do so again for the next hundred. Nor does it plan each
// statement anew for what the arrays hold: ten joins take it longer to plan than
// to do.
func onlyByIndex(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `select set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
		set_config('enable_mergejoin', 'off', true), set_config('jit', 'off', true),
		set_config('plan_cache_mode', 'force_generic_plan', true)`)
	return err
}

// selectDigest is what a digest's letter needs besides its messages. A member may
// have lost the address since; then there is nothing to tell by mail.
const (
	selectDigest = `
	select n.period, n.id, n.mail_id, n.attempts, n.reason, n.member_id, n.window_at,
	       m.id, m.name, coalesce(a.address, ''), m.locale, m.zone, m.role = 'owner', p.name
	from `
	ofDigest = ` n join members m on m.id = n.member_id
	left join member_addresses a on a.member_id = m.id and a.is_primary
	join partners p on p.id = m.partner_id `
)

func scanDigest(row pgx.CollectableRow) (l DigestLetter, err error) {
	l.To.Role = tradepost.AuthorMember
	return l, row.Scan(&l.Period, &l.ID, &l.MailID, &l.Attempt, &l.Reason, &l.memberID, &l.WindowAt,
		&l.To.ID, &l.To.Name, &l.To.Address, &l.To.Locale, &l.To.Zone, &l.To.Owner, &l.Partner)
}

// claimable locks those of refs that are digests and due, until the transaction
// ends: the rest are somebody else's, or done. Each is returned as of the attempt
// that is about to be made.
func claimable(ctx context.Context, tx pgx.Tx, refs []Ref) ([]DigestLetter, error) {
	periods, ids := split(refs)
	rows, err := tx.Query(ctx, `
		with mine as materialized (
			select n.* from unnest($1::date[], $2::bigint[]) asked (period, id) cross join lateral `+byKey+` n
			where n.kind = 'digest' and n.state in ('pending', 'unknown') and n.due_at <= now())`+
		selectDigest+`mine`+ofDigest+`order by n.id`, periods, ids)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, scanDigest)
	for i := range list {
		list[i].Attempt++
	}
	return list, err
}

// holdDigests takes the lease on digests and notes what they hold: for whoever
// answers one, since what the recipients say changes as they read, and for the
// outcome, which says so on the recipients, too.
func holdDigests(ctx context.Context, tx pgx.Tx, l Lease, letters []DigestLetter, took map[int64][]told) error {
	refs := make([]Ref, len(letters))
	// An array for each digest, spelled out: there are no arrays of arrays of
	// different lengths.
	toldPeriods, messages, conversations := make([]string, len(letters)), make([]string, len(letters)), make([]string, len(letters))
	for i, d := range letters {
		refs[i] = d.Ref
		var p, m, c []byte
		for k, t := range took[d.memberID] {
			if k > 0 {
				p, m, c = append(p, ','), append(m, ','), append(c, ',')
			}
			p, m, c = t.period.AppendFormat(p, time.DateOnly), strconv.AppendInt(m, t.message, 10), strconv.AppendInt(c, t.conversation, 10)
		}
		toldPeriods[i], messages[i], conversations[i] = "{"+string(p)+"}", "{"+string(m)+"}", "{"+string(c)+"}"
	}
	periods, ids := split(refs)
	tag, err := tx.Exec(ctx, `
		with lease as (insert into leases (owner, until, periods, ids) values ($3, now() + $4::interval, $1, $2) `+moreHeld+`)
		update notifications n set state = 'sending', lease_owner = $3, claimed_at = now(), attempts = attempts + 1,
			told_periods = mine.periods::date[], told_messages = mine.messages::bigint[], told_conversations = mine.conversations::bigint[]
		from unnest($1::date[], $2::bigint[], $5::text[], $6::text[], $7::text[]) mine (period, id, periods, messages, conversations)
		where (n.period, n.id) = (mine.period, mine.id)`,
		periods, ids, l.Owner, l.For, toldPeriods, messages, conversations)
	if err == nil && int(tag.RowsAffected()) != len(letters) {
		err = fmt.Errorf("of %d digests %d were claimed", len(letters), tag.RowsAffected())
	}
	return err
}

// told is one message that a digest tells its member of.
type told struct {
	period       time.Time
	message      int64
	conversation int64
	waited       bool // perhaps: its alert was kept back by quiet hours
}

// takeUntold asks of each untold message of the members, and of those that an
// earlier attempt of the same digest took, whether it is still worth telling.
// Those that are are returned by member, the others get their outcome.
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
		       c.kind, mb.zone, mb.schedule, r.reason = $4, now()
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
		for update of r`, members, periods, ids, tradepost.ReasonQuietHours)
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
		&kind, &zone, &schedule, &t.waited, &now},
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
	if len(drops) == 0 {
		return keep, nil
	}
	batch := &pgx.Batch{}
	for _, d := range drops {
		batch.Queue(`update recipients set outcome = $4, outcome_at = now(), reason = $5
			where (period, message_id, member_id) = ($1, $2, $3)`, d.period, d.message, d.member, d.outcome, d.reason)
	}
	return keep, tx.SendBatch(ctx, batch).Close()
}

// loadDigests fills in what the letters tell, with one query for all of each
// thing.
func loadDigests(ctx context.Context, tx pgx.Tx, letters []DigestLetter, took map[int64][]told) error {
	var periods, waitingPeriods []time.Time
	var ids, conversations, waiting []int64
	for _, l := range letters {
		for _, t := range took[l.memberID] {
			if t.waited {
				waitingPeriods, waiting = append(waitingPeriods, t.period), append(waiting, t.message)
			}
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
	lead, err := leading(ctx, tx, waitingPeriods, waiting)
	if err != nil {
		return err
	}
	for i := range letters {
		l := &letters[i]
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
			l.Items[k].Lead = l.Items[k].Lead || lead[toldOf{l.memberID, t.message}]
		}
		slices.SortStableFunc(l.Items, func(a, b DigestItem) int {
			return cmp.Compare(b.Messages[len(b.Messages)-1].ID, a.Messages[len(a.Messages)-1].ID)
		})
	}
	return nil
}
