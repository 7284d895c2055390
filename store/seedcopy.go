package store

import (
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/seed"
)

// table is rows of one table on their way into it.
type table struct {
	name, columns string
	rows          iter.Seq[[]any]
}

func (w *seeder) copyAll(tables ...table) error {
	for _, t := range tables {
		if err := w.copy(t.name, t.columns, t.rows); err != nil {
			return err
		}
	}
	return nil
}

// copy writes rows as they are made.
func (w *seeder) copy(name, columns string, rows iter.Seq[[]any]) error {
	next, stop := iter.Pull(rows)
	defer stop()
	_, err := w.tx.CopyFrom(w.ctx, pgx.Identifier{name}, strings.Split(columns, ","), pgx.CopyFromFunc(func() ([]any, error) {
		row, _ := next() // nil is the end
		return row, nil
	}))
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// seedAtOnce is how many messages are in memory at a time, with all that belongs to
// them: a connection copies into one table at a time.
const seedAtOnce = 50_000

// batch is what is still to be written, by table.
type batch struct {
	messages                                                       int
	message, mark, recipient, contact, qualified, proposal, jobRow [][]any
	proposals, jobs                                                int64 // ids given
}

func (w *seeder) messages() error {
	var b batch
	total, done := w.m.Options().Messages, 0
	for m := range w.m.Messages() {
		b.add(m)
		if b.messages < seedAtOnce {
			continue
		}
		if err := w.flush(&b); err != nil {
			return err
		}
		if done += seedAtOnce; done%1_000_000 == 0 {
			w.progress(fmt.Sprintf("%d of %d messages", done, total))
		}
	}
	return w.flush(&b)
}

func (w *seeder) flush(b *batch) error {
	for _, t := range []struct {
		name, columns string
		rows          *[][]any
	}{
		{"messages", "period,id,conversation_id,author,member_id,merchant_id,via,body,created_at,deleted_at", &b.message},
		{"marks", "period,message_id,emoji,member_id,created_at", &b.mark},
		{"first_contacts", "partner_id,merchant_id,message_id,created_at,reminded_at,search", &b.contact},
		{"recipients", "period,message_id,conversation_id,member_id,merchant_id,created_at,read_at,outcome,outcome_at,reason", &b.recipient},
		{"qualifications", "partner_id,merchant_id,code,member_id,created_at", &b.qualified},
		{"proposals", "id,conversation_id,member_id,state,work,amount,currency,created_at,sent_at,message_period,message_id,ended_at", &b.proposal},
		{"jobs", "id,conversation_id,proposal_id,state,opened_at,ended_at,ended_by", &b.jobRow},
	} {
		if _, err := w.tx.CopyFrom(w.ctx, pgx.Identifier{t.name}, strings.Split(t.columns, ","), pgx.CopyFromRows(*t.rows)); err != nil {
			return fmt.Errorf("write %s: %w", t.name, err)
		}
		*t.rows = (*t.rows)[:0]
	}
	b.messages = 0
	return nil
}

func (b *batch) add(m seed.Message) {
	b.messages++
	period := tradepost.Period(m.CreatedAt)
	author := tradepost.AuthorMerchant
	if m.Member != 0 {
		author = tradepost.AuthorMember
	}
	b.message = append(b.message, []any{period, m.ID, m.Conversation, string(author), idOrNull(m.Member), idOrNull(m.Merchant), string(m.Via), m.Body, m.CreatedAt, timeOrNull(m.DeletedAt)})
	if m.Mark != "" {
		b.mark = append(b.mark, []any{period, m.ID, m.Mark, m.MarkedBy, m.CreatedAt})
	}
	for _, r := range m.Readers {
		b.tell(m, period, &r.Member, nil, r.ReadAt, r.Outcome)
	}
	if m.To != 0 {
		b.tell(m, period, nil, &m.To, time.Time{}, tradepost.OutcomeSkipped)
	}
	if c := m.Contact; c != nil {
		// Looked at, so that nobody is reminded of it.
		b.contact = append(b.contact, []any{c.Partner, c.Merchant, m.ID, m.CreatedAt, m.CreatedAt, merchantSearch(c.Who)})
		if c.Code != "" {
			b.qualified = append(b.qualified, []any{c.Partner, c.Merchant, c.Code, c.By, m.CreatedAt})
		}
	}
	if p := m.Proposal; p != nil {
		b.proposals++
		b.proposal = append(b.proposal, []any{b.proposals, m.Conversation, m.Member, string(p.State), m.Body, p.Amount, "EUR",
			m.CreatedAt, m.CreatedAt, period, m.ID, timeOrNull(p.EndedAt)})
		if p.State == tradepost.ProposalAccepted {
			id := b.proposals
			b.job(m.Conversation, &id, tradepost.JobOpen, p.EndedAt, time.Time{}, 0)
		}
	}
	if j := m.Request; j != nil {
		b.job(m.Conversation, nil, j.State, m.CreatedAt, j.EndedAt, j.By)
	}
}

// tell is a recipient of a message. Who was not shown it was to be told by a letter,
// and has opted out of those.
func (b *batch) tell(m seed.Message, period time.Time, member, merchant *int64, read time.Time, o tradepost.Outcome) {
	at, reason := m.CreatedAt, ""
	if o == tradepost.ReadFirst {
		at = read
	}
	if o == tradepost.OutcomeSkipped {
		reason = tradepost.ReasonOptedOut
	}
	b.recipient = append(b.recipient, []any{period, m.ID, m.Conversation, member, merchant, m.CreatedAt, timeOrNull(read), string(o), at, reason})
}

func (b *batch) job(conversation int64, proposal *int64, state tradepost.JobState, opened, ended time.Time, by int64) {
	b.jobs++
	b.jobRow = append(b.jobRow, []any{b.jobs, conversation, proposal, string(state), opened, timeOrNull(ended), idOrNull(by)})
}
