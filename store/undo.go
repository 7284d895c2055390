package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// undoneReply is what an undo took back that was a message.
const undoneReply = "reply"

// UndoMessage takes back a member's own message while its relay waits. The result
// is refused with tradepost.CommandTooLate once the relay was claimed, with
// tradepost.CommandNothingToUndo once the message is gone, and with
// tradepost.CommandNotAllowed of somebody else's. The error may be
// tradepost.ErrNotFound or tradepost.ErrRefused (the member left).
func (s *Store) UndoMessage(ctx context.Context, conversation, message, member int64) (tradepost.CommandResult, error) {
	r := tradepost.CommandResult{Command: tradepost.Command{Verb: tradepost.VerbUndo}}
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		sc, err := enter(ctx, tx, acting{conversation: conversation, member: member, via: tradepost.ViaWeb}, nil)
		if err != nil {
			return err
		}
		var deleted, mine bool
		err = tx.QueryRow(ctx, `select deleted_at is not null, coalesce(member_id = $3, false) from messages where conversation_id = $1 and id = $2`,
			conversation, message, member).Scan(&deleted, &mine)
		if err != nil {
			return notFound(err, "message %d", message)
		}
		var e effect
		switch {
		case !mine:
			e = refused(tradepost.CommandNotAllowed)
		case deleted:
			e = refused(tradepost.CommandNothingToUndo)
		default:
			if e, err = undoReply(ctx, tx, sc, message); err != nil {
				return err
			}
		}
		r.State, r.Reason, r.Undone = e.state, e.reason, e.undone
		if e.state != tradepost.CommandDone {
			return nil
		}
		return insertAction(ctx, tx, sc.acting, tradepost.VerbUndo, e.deed)
	})
	if err != nil {
		return tradepost.CommandResult{}, fmt.Errorf("undo message %d: %w", message, err)
	}
	return r, nil
}

// undo takes back the member's last reply or command of the conversation, within
// the relay delay. What can't be taken back is not passed over for something
// older.
func (s *Store) undo(ctx context.Context, tx pgx.Tx, sc scene) (effect, error) {
	var id int64
	var verb tradepost.Verb
	var d deed
	var recent bool
	err := tx.QueryRow(ctx, `
		select id, verb, detail, created_at > clock_timestamp() - $3::interval from (
			(select id, $4 as verb, '{}'::jsonb as detail, created_at from messages
			 where conversation_id = $1 and member_id = $2 and deleted_at is null order by id desc limit 1)
			union all
			(select id, verb, detail, created_at from actions
			 where conversation_id = $1 and member_id = $2 and undone_at is null and verb <> $5 order by id desc limit 1)) last
		order by created_at desc limit 1`,
		sc.conversation, sc.member, s.o.RelayDelay, undoneReply, tradepost.VerbUndo).Scan(&id, &verb, &d, &recent)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return refused(tradepost.CommandNothingToUndo), nil
	case err != nil:
		return effect{}, err
	case verb == undoneReply:
		return undoReply(ctx, tx, sc, id)
	case !recent, verb.Irreversible():
		return refused(tradepost.CommandTooLate), nil
	}
	if err := s.undoAction(ctx, tx, sc, verb, d); err != nil {
		return effect{}, fmt.Errorf("take back %s %d: %w", verb, id, err)
	}
	_, err = tx.Exec(ctx, `update actions set undone_at = clock_timestamp() where id = $1`, id)
	e := done(deed{Undone: string(verb)})
	e.undone = string(verb)
	return e, err
}

func (s *Store) undoAction(ctx context.Context, tx pgx.Tx, sc scene, verb tradepost.Verb, d deed) error {
	switch verb {
	case tradepost.VerbDone, tradepost.VerbMark, tradepost.VerbUnmark:
		return s.undoMark(ctx, tx, sc, verb, d)
	case tradepost.VerbTag, tradepost.VerbUntag:
		return undoTags(ctx, tx, sc, verb, d)
	case tradepost.VerbQualify, tradepost.VerbUnqualify:
		return undoQualification(ctx, tx, sc, verb, d)
	case tradepost.VerbNote:
		return undoNote(ctx, tx, sc, d)
	case tradepost.VerbMute:
		return undoMute(ctx, tx, sc)
	case tradepost.VerbDecline:
		return undoDecline(ctx, tx, sc, d)
	default:
		return fmt.Errorf("there is no way to undo %q", verb)
	}
}

// undoReply takes a message back whose relay was not claimed, or was held back by
// a mark. What its author read by writing it stays read; for colleagues nothing
// was answered.
func undoReply(ctx context.Context, tx pgx.Tx, sc scene, message int64) (effect, error) {
	var relay Ref
	var waits bool
	var at time.Time
	// A claim that holds the row is first; one that comes later passes it over. What
	// was claimed and dropped for its mark was said to no server.
	err := tx.QueryRow(ctx, `
		select period, id, state = 'skipped' and reason = $3 or state = 'pending' and silences + lapses = 0
			and not exists (select from attempts a where (a.period, a.notification_id) = (n.period, n.id)), created_at
		from notifications n where conversation_id = $1 and message_id = $2 and kind = 'relay' for update`,
		sc.conversation, message, tradepost.ReasonMarked).Scan(&relay.Period, &relay.ID, &waits, &at)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && !waits {
		return refused(tradepost.CommandTooLate), nil
	}
	if err != nil {
		return effect{}, err
	}
	_, err = tx.Exec(ctx, `update messages set deleted_at = now() where conversation_id = $1 and id = $2`, sc.conversation, message)
	if err != nil {
		return effect{}, err
	}
	_, err = tx.Exec(ctx, `update proposals set state = 'draft', sent_at = null, message_period = null, message_id = null
		where conversation_id = $1 and message_id = $2 and state = 'sent'`, sc.conversation, message)
	if err != nil {
		return effect{}, err
	}
	_, err = tx.Exec(ctx, `update recipients set outcome = null, outcome_at = null
		where (notification_period, notification_id) = ($1, $2) and outcome = $3 and reason = $4`,
		relay.Period, relay.ID, tradepost.OutcomeSkipped, tradepost.ReasonMarked)
	if err != nil {
		return effect{}, err
	}
	if err := skip(ctx, tx, relay, tradepost.OutcomeSkipped, tradepost.ReasonUndone); err != nil {
		return effect{}, err
	}
	// The relay was written in the transaction that answered for colleagues, and
	// now() is one time in all of it.
	if err := reopen(ctx, tx, sc.conversation, at); err != nil {
		return effect{}, err
	}
	if err := changed(ctx, tx, sc.conversation, tradepost.ChangeMessage, message); err != nil {
		return effect{}, err
	}
	e := done(deed{Message: message, Undone: undoneReply})
	e.undone = undoneReply
	return e, emit(ctx, tx, event{kind: tradepost.EventMessageDeleted, conversation: sc.conversation, message: message, member: sc.member})
}
