package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// Job is a job as stored.
type Job struct {
	ID             int64
	ConversationID int64
	ProposalID     int64 // whose acceptance opened it; 0 = it was asked for by the first message
	State          tradepost.JobState
	OpenedAt       time.Time
	EndedAt        time.Time // zero = it is open
}

// Invoice is an invoice as stored.
type Invoice struct {
	ID             int64
	ConversationID int64
	JobID          int64
	MemberID       int64 // who wrote it
	State          tradepost.InvoiceState
	tradepost.Invoice
	CreatedAt time.Time
	EndedAt   time.Time // zero = it is open
}

// Work is what a conversation has come to beside its messages, oldest first.
type Work struct {
	Proposals []Proposal
	Jobs      []Job
	Invoices  []Invoice
}

const (
	selectJob = `select id, conversation_id, coalesce(proposal_id, 0), state, opened_at, coalesce(ended_at, '0001-01-01 00:00:00Z')
		from jobs `
	selectInvoice = `select id, conversation_id, job_id, member_id, number, amount, currency, coalesce(due_on::text, ''), state, created_at,
		coalesce(ended_at, '0001-01-01 00:00:00Z') from invoices `
)

func scanJob(row pgx.CollectableRow) (j Job, err error) {
	return j, row.Scan(&j.ID, &j.ConversationID, &j.ProposalID, &j.State, &j.OpenedAt, &j.EndedAt)
}

func scanInvoice(row pgx.CollectableRow) (i Invoice, err error) {
	return i, row.Scan(&i.ID, &i.ConversationID, &i.JobID, &i.MemberID, &i.Number, &i.Price.Amount, &i.Price.Currency, &i.DueOn, &i.State,
		&i.CreatedAt, &i.EndedAt)
}

// Work lists the proposals, jobs and invoices of a conversation. Drafts are for the
// partner's eyes only.
func (s *Store) Work(ctx context.Context, conversation int64) (w Work, err error) {
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) (err error) {
		const ofConversation = `where conversation_id = $1 order by id`
		if w.Proposals, err = collect(ctx, tx, scanProposal, selectProposal+ofConversation, conversation); err != nil {
			return err
		}
		if w.Jobs, err = collect(ctx, tx, scanJob, selectJob+ofConversation, conversation); err != nil {
			return err
		}
		w.Invoices, err = collect(ctx, tx, scanInvoice, selectInvoice+ofConversation, conversation)
		return err
	})
	if err != nil {
		return Work{}, fmt.Errorf("work of conversation %d: %w", conversation, err)
	}
	return w, nil
}

func collect[T any](ctx context.Context, tx pgx.Tx, scan func(pgx.CollectableRow) (T, error), query string, args ...any) ([]T, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scan)
}

// openJob opens the job of an accepted proposal, or, of proposal 0, the one that the
// conversation asks for. A block that is being made waits, and closes it.
func openJob(ctx context.Context, tx pgx.Tx, conversation, proposal int64) error {
	if err := lockPair(ctx, tx, conversation); err != nil {
		return err
	}
	var id int64
	if err := tx.QueryRow(ctx, `insert into jobs (conversation_id, proposal_id) values ($1, nullif($2, 0)) returning id`, conversation, proposal).Scan(&id); err != nil {
		return err
	}
	return emit(ctx, tx, event{kind: tradepost.EventJobOpened, conversation: conversation, job: id, proposal: proposal})
}

// reopenJobs takes a decline back, of jobs that ended with it. Those of a merchant who
// is blocked stay closed.
func reopenJobs(ctx context.Context, tx pgx.Tx, sc scene, at time.Time) error {
	kind, sql := tradepost.EventJobReopened, `update jobs set state = 'open', ended_at = null, ended_by = null
		where conversation_id = $1 and state = 'declined' and ended_at = $2 returning id`
	if sc.blocked {
		kind, sql = tradepost.EventJobClosed, `update jobs set state = 'closed' where conversation_id = $1 and state = 'declined' and ended_at = $2 returning id`
	}
	jobs, err := collect(ctx, tx, pgx.RowTo[int64], sql, sc.conversation, at)
	if err != nil {
		return err
	}
	return emitJobs(ctx, tx, kind, sc, jobs)
}

// emitJobs tells what a member has done to jobs of a conversation.
func emitJobs(ctx context.Context, tx pgx.Tx, kind tradepost.EventType, sc scene, jobs []int64) error {
	list := make([]event, len(jobs))
	for i, id := range jobs {
		list[i] = event{kind: kind, conversation: sc.conversation, job: id, member: sc.member}
	}
	return emitAll(ctx, tx, list)
}

// SetJob ends a job, and returns it as it is then. One that is in that state already
// stays as it is. ErrRefused where tradepost.JobState doesn't let it.
func (s *Store) SetJob(ctx context.Context, id int64, next tradepost.JobState, member int64) (after Job, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		j, err := lockedJob(ctx, tx, id, member)
		switch {
		case err != nil:
			return err
		case j.State != next && !j.State.May(next):
			return fmt.Errorf("the job is %s and can't be %s any more: %w", j.State, next, tradepost.ErrRefused)
		}
		after = j
		if j.State == next {
			return nil
		}
		after.State = next
		err = tx.QueryRow(ctx, `update jobs set state = $2, ended_at = clock_timestamp(), ended_by = $3 where id = $1 returning ended_at`,
			id, next, member).Scan(&after.EndedAt)
		if err != nil {
			return err
		}
		if err := emit(ctx, tx, event{kind: next.Event(), conversation: j.ConversationID, job: id, member: member}); err != nil {
			return err
		}
		return changed(ctx, tx, j.ConversationID, tradepost.ChangeWork, 0)
	})
	if err != nil {
		return Job{}, fmt.Errorf("job %d: %w", id, err)
	}
	return after, nil
}

// lockedJob reads a job once its conversation is locked and the member may act there.
func lockedJob(ctx context.Context, tx pgx.Tx, id, member int64) (Job, error) {
	var conversation int64
	if err := tx.QueryRow(ctx, `select conversation_id from jobs where id = $1`, id).Scan(&conversation); err != nil {
		return Job{}, notFound(err, "job %d", id)
	}
	if err := checkMember(ctx, tx, conversation, member); err != nil {
		return Job{}, err
	}
	if err := lockPair(ctx, tx, conversation); err != nil {
		return Job{}, err
	}
	list, err := collect(ctx, tx, scanJob, selectJob+`where id = $1`, id)
	if err != nil {
		return Job{}, err
	}
	return list[0], nil
}

// AddInvoice writes an invoice, which must have been validated, for a job that is open
// or completed, and returns its id.
func (s *Store) AddInvoice(ctx context.Context, job, member int64, i tradepost.Invoice, req Request) (id int64, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) (err error) {
		id, err = once(ctx, tx, req, func() (id int64, err error) {
			j, err := lockedJob(ctx, tx, job, member)
			if err != nil {
				return 0, err
			}
			if j.State != tradepost.JobOpen && j.State != tradepost.JobCompleted {
				return 0, fmt.Errorf("the job is %s and takes no invoice: %w", j.State, tradepost.ErrRefused)
			}
			err = tx.QueryRow(ctx, `insert into invoices (conversation_id, job_id, member_id, number, amount, currency, due_on)
				values ($1, $2, $3, $4, $5, $6, nullif($7, '')::date) returning id`,
				j.ConversationID, job, member, i.Number, i.Price.Amount, i.Price.Currency, i.DueOn).Scan(&id)
			if err != nil {
				return 0, err
			}
			if err := emit(ctx, tx, event{kind: tradepost.EventInvoiceCreated, conversation: j.ConversationID, job: job, invoice: id, member: member}); err != nil {
				return 0, err
			}
			return id, changed(ctx, tx, j.ConversationID, tradepost.ChangeWork, 0)
		})
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("add invoice to job %d: %w", job, err)
	}
	return id, nil
}

// SetInvoice ends an invoice, and returns it as it is then. One that is in that state
// already stays as it is. ErrRefused where tradepost.InvoiceState doesn't let it.
func (s *Store) SetInvoice(ctx context.Context, id int64, next tradepost.InvoiceState) (after Invoice, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		list, err := collect(ctx, tx, scanInvoice, selectInvoice+`where id = $1 for update`, id)
		switch {
		case err != nil:
			return err
		case len(list) == 0:
			return tradepost.ErrNotFound
		case list[0].State != next && !list[0].State.May(next):
			return fmt.Errorf("the invoice is %s and can't be %s any more: %w", list[0].State, next, tradepost.ErrRefused)
		}
		after = list[0]
		if after.State == next {
			return nil
		}
		after.State = next
		err = tx.QueryRow(ctx, `update invoices set state = $2, ended_at = clock_timestamp() where id = $1 returning ended_at`, id, next).Scan(&after.EndedAt)
		if err != nil {
			return err
		}
		if err := emit(ctx, tx, event{kind: next.Event(), conversation: after.ConversationID, job: after.JobID, invoice: id}); err != nil {
			return err
		}
		return changed(ctx, tx, after.ConversationID, tradepost.ChangeWork, 0)
	})
	if err != nil {
		return Invoice{}, fmt.Errorf("invoice %d: %w", id, err)
	}
	return after, nil
}

// Invoice returns an invoice.
func (s *Store) Invoice(ctx context.Context, id int64) (Invoice, error) {
	rows, err := s.pool.Query(ctx, selectInvoice+`where id = $1`, id)
	if err != nil {
		return Invoice{}, fmt.Errorf("invoice %d: %w", id, err)
	}
	i, err := pgx.CollectExactlyOneRow(rows, scanInvoice)
	return i, notFound(err, "invoice %d", id)
}

// Proposal returns a proposal.
func (s *Store) Proposal(ctx context.Context, id int64) (Proposal, error) {
	rows, err := s.pool.Query(ctx, selectProposal+`where id = $1`, id)
	if err != nil {
		return Proposal{}, fmt.Errorf("proposal %d: %w", id, err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, scanProposal)
	return p, notFound(err, "proposal %d", id)
}
