package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// Proposal is a proposal as stored.
type Proposal struct {
	ID             int64
	ConversationID int64
	MemberID       int64 // who wrote it
	State          tradepost.ProposalState
	Version        int // counted from 1; each change of a draft or of the state makes a new one
	tradepost.Proposal
	CreatedAt time.Time
	SentAt    time.Time // zero = it isn't
	EndedAt   time.Time // zero = it waits for somebody
	MessageID int64     // that sent it; 0 = none
}

const selectProposal = `
	select id, conversation_id, member_id, state, version, work, amount, currency, milestones, terms, days, created_at,
	       coalesce(sent_at, '0001-01-01 00:00:00Z'), coalesce(ended_at, '0001-01-01 00:00:00Z'), coalesce(message_id, 0)
	from proposals `

func scanProposal(row pgx.CollectableRow) (p Proposal, err error) {
	return p, row.Scan(&p.ID, &p.ConversationID, &p.MemberID, &p.State, &p.Version, &p.Work, &p.Price.Amount, &p.Price.Currency,
		&p.Milestones, &p.Terms, &p.Days, &p.CreatedAt, &p.SentAt, &p.EndedAt, &p.MessageID)
}

// AddProposal writes a draft, which must have been validated, and returns its id.
func (s *Store) AddProposal(ctx context.Context, conversation, member int64, p tradepost.Proposal, req Request) (id int64, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) (err error) {
		id, err = once(ctx, tx, req, func() (id int64, err error) {
			if err := checkMember(ctx, tx, conversation, member); err != nil {
				return 0, err
			}
			if err := lockPair(ctx, tx, conversation); err != nil {
				return 0, err
			}
			err = tx.QueryRow(ctx, `insert into proposals (conversation_id, member_id, work, amount, currency, milestones, terms, days)
				values ($1, $2, $3, $4, $5, $6, $7, $8) returning id`,
				conversation, member, p.Work, p.Price.Amount, p.Price.Currency, milestones(p), p.Terms, p.Days).Scan(&id)
			if err != nil {
				return 0, err
			}
			return id, changed(ctx, tx, conversation, tradepost.ChangeWork, 0)
		})
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("add proposal to conversation %d: %w", conversation, err)
	}
	return id, nil
}

// milestones are those of p as they are stored: null is no list.
func milestones(p tradepost.Proposal) []tradepost.Milestone {
	if p.Milestones == nil {
		return []tradepost.Milestone{}
	}
	return p.Milestones
}

// EditProposal replaces what a draft says. ErrRefused once it was sent, or where
// version, if not 0, isn't the draft's any more: somebody else has changed it.
// tradepost.ErrChanged where only names versions, and not that of now.
func (s *Store) EditProposal(ctx context.Context, id, member int64, version int, p tradepost.Proposal, only ...int64) (after Proposal, err error) {
	err = s.onProposal(ctx, id, func(tx pgx.Tx, before Proposal) error {
		if err := checkMember(ctx, tx, before.ConversationID, member); err != nil {
			return err
		}
		if err := stillAt(int64(before.Version), only); err != nil {
			return err
		}
		switch {
		case before.State != tradepost.ProposalDraft:
			return fmt.Errorf("the proposal is %s and can't be changed any more: %w", before.State, tradepost.ErrRefused)
		case version != 0 && version != before.Version:
			return fmt.Errorf("somebody else has changed the proposal since: %w", tradepost.ErrRefused)
		}
		_, err := tx.Exec(ctx, `update proposals set work = $2, amount = $3, currency = $4, milestones = $5, terms = $6, days = $7, version = version + 1
			where id = $1`, id, p.Work, p.Price.Amount, p.Price.Currency, milestones(p), p.Terms, p.Days)
		return err
	}, &after)
	return after, err
}

// SetProposal brings a proposal into another state, and returns it as it is then.
// member is who asks, 0 = the merchant. To send it stores a message, which goes to
// the merchant as every message of a member does; to accept it opens a job. A
// proposal that is in that state already stays as it is. ErrRefused where
// tradepost.ProposalState doesn't let it, or not that side.
func (s *Store) SetProposal(ctx context.Context, id int64, next tradepost.ProposalState, member int64, via tradepost.Via) (after Proposal, err error) {
	err = s.onProposal(ctx, id, func(tx pgx.Tx, p Proposal) error {
		side := tradepost.AuthorMember
		if member == 0 {
			side = tradepost.AuthorMerchant
		} else if err := checkMember(ctx, tx, p.ConversationID, member); err != nil {
			return err
		}
		switch {
		case member == 0 && p.State == tradepost.ProposalDraft: // which the merchant knows nothing of
			return fmt.Errorf("proposal %d: %w", id, tradepost.ErrNotFound)
		case next.By() != side:
			return fmt.Errorf("it isn't the %s who may have a proposal %s: %w", side, next, tradepost.ErrRefused)
		case p.State == next:
			return nil
		case !p.State.May(next):
			return fmt.Errorf("the proposal is %s and can't be %s any more: %w", p.State, next, tradepost.ErrRefused)
		}
		var sent stored
		if next == tradepost.ProposalSent {
			var err error
			m := incoming{body: p.Work, via: via}
			if sent, err = s.addMemberMessage(ctx, tx, p.ConversationID, member, m, maxID); err != nil {
				return err
			}
		}
		if next == tradepost.ProposalAccepted {
			if err := openJob(ctx, tx, p.ConversationID, id); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `update proposals set state = $2,
				sent_at = coalesce(sent_at, $3), message_period = coalesce(message_period, $4), message_id = coalesce(message_id, $5),
				ended_at = case when $2 <> 'sent' then clock_timestamp() end, ended_by = nullif($6, 0)
			where id = $1`, id, next, unless(sent.id == 0, sent.at), unless(sent.id == 0, sent.period), unless(sent.id == 0, sent.id), member)
		if err != nil {
			return err
		}
		return emit(ctx, tx, event{kind: next.Event(), conversation: p.ConversationID, proposal: id, message: sent.id, member: member})
	}, &after)
	return after, err
}

// unless is v, or null.
func unless[T any](null bool, v T) *T {
	if null {
		return nil
	}
	return &v
}

// onProposal locks a proposal's conversation, as everything does that happens in it,
// and then reads the proposal, before f and for after.
func (s *Store) onProposal(ctx context.Context, id int64, f func(pgx.Tx, Proposal) error, after *Proposal) error {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		var conversation int64
		if err := tx.QueryRow(ctx, `select conversation_id from proposals where id = $1`, id).Scan(&conversation); err != nil {
			return notFound(err, "proposal %d", id)
		}
		if err := lockPair(ctx, tx, conversation); err != nil {
			return err
		}
		p, err := proposal(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := f(tx, p); err != nil {
			return err
		}
		if err := changed(ctx, tx, conversation, tradepost.ChangeWork, 0); err != nil {
			return err
		}
		*after, err = proposal(ctx, tx, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("proposal %d: %w", id, err)
	}
	return nil
}

func proposal(ctx context.Context, tx pgx.Tx, id int64) (Proposal, error) {
	rows, err := tx.Query(ctx, selectProposal+`where id = $1`, id)
	if err != nil {
		return Proposal{}, err
	}
	p, err := pgx.CollectExactlyOneRow(rows, scanProposal)
	return p, notFound(err, "proposal %d", id)
}

// proposalsOf finds the proposals that messages send, by message.
func proposalsOf(ctx context.Context, tx pgx.Tx, periods []time.Time, messages []int64) (map[int64]*Proposal, error) {
	rows, err := tx.Query(ctx, selectProposal+`where (message_period, message_id) in (select * from unnest($1::date[], $2::bigint[]))`, periods, messages)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, scanProposal)
	found := make(map[int64]*Proposal, len(list))
	for i, p := range list {
		found[p.MessageID] = &list[i]
	}
	return found, err
}

// lockPair locks a conversation and keeps a block waiting until what is being changed
// between its partner and its merchant can be seen by it: a block of another
// conversation doesn't wait for this one. ErrRefused where the block was first.
func lockPair(ctx context.Context, tx pgx.Tx, conversation int64) error {
	partner, merchant, err := sides(ctx, tx, conversation)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `select from first_contacts where (partner_id, merchant_id) = ($1, $2) for share`, partner, merchant); err != nil {
		return err
	}
	_, _, err = sides(ctx, tx, conversation)
	return err
}

// closeWork closes all that is open in conversations: a query of their ids.
func closeWork(ctx context.Context, tx pgx.Tx, conversations string, args ...any) error {
	for _, c := range []struct {
		sql string
		of  func(id int64) event
	}{
		{`update proposals set state = 'closed', ended_at = clock_timestamp() where state in ('draft', 'sent') and conversation_id in (`,
			func(id int64) event { return event{kind: tradepost.EventProposalClosed, proposal: id} }},
		{`update jobs set state = 'closed', ended_at = clock_timestamp() where state = 'open' and conversation_id in (`,
			func(id int64) event { return event{kind: tradepost.EventJobClosed, job: id} }},
		{`update invoices set state = 'closed', ended_at = clock_timestamp() where state = 'open' and conversation_id in (`,
			func(id int64) event { return event{kind: tradepost.EventInvoiceClosed, invoice: id} }},
	} {
		ended, err := collect(ctx, tx, func(row pgx.CollectableRow) (event, error) {
			var id, conversation int64
			err := row.Scan(&id, &conversation)
			e := c.of(id)
			e.conversation = conversation
			return e, err
		}, c.sql+conversations+`) returning id, conversation_id`, args...)
		if err != nil {
			return err
		}
		if err := emitAll(ctx, tx, ended); err != nil {
			return err
		}
	}
	return nil
}
