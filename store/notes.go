package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// Note is an internal note. The merchant never sees it: notes are in a table that
// no query of messages reads.
type Note struct {
	ID       int64
	MemberID int64
	Member   string // name
	Body     string
	At       time.Time
}

// note writes an internal note. The same text again is another note.
func note(ctx context.Context, tx pgx.Tx, sc scene, text string) (effect, error) {
	var d deed
	err := tx.QueryRow(ctx, `insert into notes (conversation_id, member_id, body) values ($1, $2, $3) returning id`,
		sc.conversation, sc.member, tradepost.NormalBody(text)).Scan(&d.Note)
	return done(d), err
}

func undoNote(ctx context.Context, tx pgx.Tx, sc scene, d deed) error {
	_, err := tx.Exec(ctx, `update notes set deleted_at = now() where id = $1 and conversation_id = $2`, d.Note, sc.conversation)
	return err
}

// Notes lists the notes of a conversation that were not taken back, oldest first.
// They are for the partner's eyes only.
func (s *Store) Notes(ctx context.Context, conversation int64) ([]Note, error) {
	rows, err := s.pool.Query(ctx, `
		select n.id, n.member_id, m.name, n.body, n.created_at from notes n join members m on m.id = n.member_id
		where n.conversation_id = $1 and n.deleted_at is null order by n.id`, conversation)
	if err != nil {
		return nil, fmt.Errorf("notes of conversation %d: %w", conversation, err)
	}
	notes, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Note])
	if err != nil {
		return nil, fmt.Errorf("notes of conversation %d: %w", conversation, err)
	}
	return notes, nil
}
