package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// deed is what a command changed, as taking it back needs it. It is kept as JSON
// beside the action, and emptied when the conversation is deleted.
type deed struct {
	Message int64 `json:"message,omitempty"` // that a mark is on; of an undo, that was taken back
	// Text is the mark or the code that was put on, or taken off.
	Text string `json:"text,omitempty"`
	// Before is what stood there before; nil = nothing.
	Before *former `json:"before,omitempty"`
	Tags   []tagOn `json:"tags,omitempty"` // put on, or taken off
	Note   int64   `json:"note,omitempty"`
	// At is when a request was declined, and with that answered for colleagues.
	At *time.Time `json:"at,omitempty"`
	// Undone is what was taken back: a verb, or "reply".
	Undone string `json:"undone,omitempty"`
}

// former is a mark or a qualification that a command replaced or took off.
type former struct {
	Text   string    `json:"text"`
	Member int64     `json:"member"`
	At     time.Time `json:"at"`
}

// tagOn is a tag that a command put on a conversation, or took off it.
type tagOn struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	// Created says that there was no such tag before.
	Created bool `json:"created,omitempty"`
}

// insertAction puts on record that a command changed something.
func insertAction(ctx context.Context, tx pgx.Tx, a acting, verb tradepost.Verb, d deed) error {
	_, err := tx.Exec(ctx, `insert into actions (conversation_id, member_id, verb, detail, via, inbound_period, inbound_id)
		values ($1, $2, $3, $4, $5, $6, nullif($7, 0))`, a.conversation, a.member, verb, d, a.via, a.inbound.nullablePeriod(), a.inbound.ID)
	if err != nil {
		return fmt.Errorf("record %s: %w", verb, err)
	}
	return changed(ctx, tx, a.conversation, tradepost.ChangeTeam, 0)
}

// Action is a thing that a member did to a conversation, other than writing. It
// is for the partner's eyes only.
type Action struct {
	ID       int64
	Verb     tradepost.Verb
	MemberID int64
	Member   string // name
	Via      tradepost.Via
	At       time.Time
	UndoneAt time.Time // zero = it stands
	// MessageID is the message that was marked, or taken back; 0 = none.
	MessageID int64
	// Text is the mark or the code that was put on, or taken off.
	Text string
	Tags []string
	// Undone is what an undo took back: a verb, or "reply".
	Undone string
}

// Actions lists what members did to a conversation, oldest first: its record. Of
// a conversation that was deleted there is none; what remains of it is for
// operators.
func (s *Store) Actions(ctx context.Context, conversation int64) ([]Action, error) {
	rows, err := s.pool.Query(ctx, `
		select a.id, a.verb, a.member_id, m.name, a.via, a.created_at, coalesce(a.undone_at, '0001-01-01 00:00:00Z'), a.detail
		from actions a join members m on m.id = a.member_id join conversations c on c.id = a.conversation_id
		where a.conversation_id = $1 and c.deleted_at is null order by a.id`, conversation)
	if err != nil {
		return nil, fmt.Errorf("actions of conversation %d: %w", conversation, err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (a Action, err error) {
		var d deed
		err = row.Scan(&a.ID, &a.Verb, &a.MemberID, &a.Member, &a.Via, &a.At, &a.UndoneAt, &d)
		a.MessageID, a.Text, a.Undone = d.Message, d.Text, d.Undone
		for _, t := range d.Tags {
			a.Tags = append(a.Tags, t.Name)
		}
		return a, err
	})
	if err != nil {
		return nil, fmt.Errorf("actions of conversation %d: %w", conversation, err)
	}
	return list, nil
}
