package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// LedgerMail is a mail of the ledger as operators see it.
type LedgerMail struct {
	Ref
	State          InboundState
	Class, Rule    string
	Reason, Error  string
	MailID, From   string
	Size           int64
	ReceivedAt     time.Time
	ConversationID int64
	Authentication *tradepost.Authentication // nil = not asked
	Trust          *Trust                    // nil = the table was not asked
	Release        *Release
	Question       *Question // the last that was asked about it, confirmations aside; nil = none
	Messages       []Ref     // that came of it
}

// LedgerFilter selects mail of the ledger; conditions are joined by "and".
type LedgerFilter struct {
	IDs            []int64
	States         []InboundState
	From           string // address
	MailID         string
	ConversationID int64
	Limit          int // 0 = 50
}

// Ledger lists mail that came in, newest first.
func (s *Store) Ledger(ctx context.Context, f LedgerFilter) ([]LedgerMail, error) {
	list, err := s.ledger(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("list the ledger: %w", err)
	}
	return list, nil
}

func (s *Store) ledger(ctx context.Context, f LedgerFilter) ([]LedgerMail, error) {
	rows, err := s.pool.Query(ctx, `
		select i.period, i.id, i.state, i.class, i.rule, i.reason, i.error, i.mail_id, i.from_address, i.size, i.received_at,
		       coalesce(i.conversation_id, 0), i.authentication, i.trust, i.released, p.periods, p.ids
		from inbound i
		left join lateral (select array_agg(message_period order by message_id) periods, array_agg(message_id order by message_id) ids
		                   from posted_messages where (inbound_period, inbound_id) = (i.period, i.id)) p on true
		where ($1::bigint[] is null or i.id = any($1)) and ($2::text[] is null or i.state = any($2))
		  and ($3 = '' or i.from_address = $3) and ($4 = '' or i.mail_id = $4)
		  and ($5::bigint = 0 or (i.period, i.id) in (
			select period, id from inbound where conversation_id = $5
			union all select inbound_period, inbound_id from posted_messages where conversation_id = $5))
		order by i.id desc limit $6`,
		f.IDs, f.States, tradepost.FoldAddress(f.From), f.MailID, f.ConversationID, cmp.Or(f.Limit, 50))
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, scanLedgerMail)
	if err != nil {
		return nil, err
	}
	refs := make([]Ref, len(list))
	at := make(map[int64]*LedgerMail, len(list))
	for i := range list {
		refs[i], at[list[i].ID] = list[i].Ref, &list[i]
	}
	periods, ids := split(refs)
	rows, err = s.pool.Query(ctx, selectQuestion+`
		where (q.inbound_period, q.inbound_id) in (select * from unnest($1::date[], $2::bigint[])) and q.kind <> 'confirm' order by q.id`, periods, ids)
	if err != nil {
		return nil, err
	}
	questions, err := pgx.CollectRows(rows, scanQuestion)
	for i := range questions {
		at[questions[i].Inbound.ID].Question = &questions[i]
	}
	return list, err
}

func scanLedgerMail(row pgx.CollectableRow) (m LedgerMail, err error) {
	var released []byte
	var periods []time.Time
	var ids []int64
	err = row.Scan(&m.Period, &m.ID, &m.State, &m.Class, &m.Rule, &m.Reason, &m.Error, &m.MailID, &m.From, &m.Size, &m.ReceivedAt,
		&m.ConversationID, &m.Authentication, &m.Trust, &released, &periods, &ids)
	if err == nil && released != nil {
		err = json.Unmarshal(released, &m.Release)
	}
	m.Messages = join(periods, ids)
	return m, err
}
