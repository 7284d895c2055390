package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// acting is who does something to a conversation, and in answer to what.
type acting struct {
	conversation int64
	member       int64
	// through is the newest message in the letter answered: marks go on the
	// newest merchant message up to it. 0 = up to the newest there is.
	through int64
	via     tradepost.Via
	inbound Ref // the mail with the command; zero = none
	// confirm says that /qualify asks first, too; confirmed that nothing does.
	confirm, confirmed bool
}

// scene is who acts, and where: as found when the conversation was locked.
type scene struct {
	acting
	partner, merchant int64
	blocked           bool // the merchant, by the partner
	deleted           bool // the conversation, by an earlier command of the same mail
}

// effect is what a command came to.
type effect struct {
	state  tradepost.CommandState
	reason string
	deed   deed // of tradepost.CommandDone
	undone string
	why    []tradepost.Told
}

func done(d deed) effect { return effect{state: tradepost.CommandDone, deed: d} }

func unchanged() effect { return effect{state: tradepost.CommandUnchanged} }

func refused(reason string) effect { return effect{state: tradepost.CommandRefused, reason: reason} }

// carryOut runs commands one after another within a transaction. Whatever the
// product's rules forbid is a result, not an error; that the conversation is
// gone, or the member, is tradepost.ErrNotFound or ErrRefused. A command that
// must be confirmed asks its question (see ask) and is CommandAsked.
//
// A blocked merchant can't be qualified; marks, tags, notes and the rest, which
// the merchant has no part in, go on.
func (s *Store) carryOut(ctx context.Context, tx pgx.Tx, a acting, commands []tradepost.Command) ([]tradepost.CommandResult, error) {
	sc, err := enter(ctx, tx, a, commands)
	if err != nil {
		return nil, err
	}
	results := make([]tradepost.CommandResult, len(commands))
	for i, c := range commands {
		e := refused(string(tradepost.ReasonClosed))
		if !sc.deleted {
			if e, err = s.perform(ctx, tx, &sc, c); err != nil {
				return nil, fmt.Errorf("%s: %w", c.Verb, err)
			}
		}
		results[i] = tradepost.CommandResult{Command: c, State: e.state, Reason: e.reason, Undone: e.undone, Why: e.why}
		if e.state != tradepost.CommandDone || c.Verb == tradepost.VerbWhy || c.Verb == tradepost.VerbHelp {
			continue
		}
		if err := insertAction(ctx, tx, sc.acting, c.Verb, e.deed); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// enter locks the conversation, so that what is done to it is done in turn, and
// asks whether the member may act there. A deletion waits for whatever is being
// added to the conversation, and what comes later finds it gone (see sides).
func enter(ctx context.Context, tx pgx.Tx, a acting, commands []tradepost.Command) (scene, error) {
	lock := "for no key update of c"
	for _, c := range commands {
		if c.Verb == tradepost.VerbDelete && a.confirmed {
			lock = "for update of c"
		}
	}
	sc := scene{acting: a}
	err := tx.QueryRow(ctx, `
		select c.partner_id, c.merchant_id, exists (select from blocks b where (b.partner_id, b.merchant_id) = (c.partner_id, c.merchant_id))
		from conversations c where c.id = $1 and c.deleted_at is null `+lock, a.conversation).Scan(&sc.partner, &sc.merchant, &sc.blocked)
	if err != nil {
		return scene{}, notFound(err, "conversation %d", a.conversation)
	}
	return sc, checkMember(ctx, tx, a.conversation, a.member)
}

// perform carries one command out.
func (s *Store) perform(ctx context.Context, tx pgx.Tx, sc *scene, c tradepost.Command) (effect, error) {
	switch c.Verb {
	case tradepost.VerbDone:
		return markNewest(ctx, tx, *sc, doneMark)
	case tradepost.VerbMark:
		return markNewest(ctx, tx, *sc, c.Text)
	case tradepost.VerbUnmark:
		return s.unmarkNewest(ctx, tx, *sc)
	case tradepost.VerbTag:
		return tag(ctx, tx, *sc, c.Tags)
	case tradepost.VerbUntag:
		return untag(ctx, tx, *sc, c.Tags)
	case tradepost.VerbQualify:
		return s.qualify(ctx, tx, *sc, c)
	case tradepost.VerbUnqualify:
		return unqualify(ctx, tx, *sc)
	case tradepost.VerbNote:
		return note(ctx, tx, *sc, c.Text)
	case tradepost.VerbMute:
		return mute(ctx, tx, *sc)
	case tradepost.VerbDecline:
		return decline(ctx, tx, *sc)
	case tradepost.VerbBlock:
		return s.block(ctx, tx, sc, c)
	case tradepost.VerbDelete:
		return s.deleteConversation(ctx, tx, sc, c)
	case tradepost.VerbUndo:
		return s.undo(ctx, tx, *sc)
	case tradepost.VerbWhy:
		told, err := why(ctx, tx, sc.conversation, sc.member, sc.through)
		return effect{state: tradepost.CommandDone, why: told}, err
	case tradepost.VerbHelp:
		return done(deed{}), nil
	default:
		return effect{}, fmt.Errorf("there is no command %q", c.Verb)
	}
}

// askFirst asks the member by mail whether to do what can't be taken back.
func (s *Store) askFirst(ctx context.Context, tx pgx.Tx, sc scene, c tradepost.Command) (effect, error) {
	asked, err := s.ask(ctx, tx, sc.inbound, Ask{Kind: tradepost.QuestionConfirm, Role: tradepost.AuthorMember, Person: sc.member,
		ConversationID: sc.conversation, QuestionDetail: QuestionDetail{Command: &c}})
	if err != nil || !asked {
		return refused(tradepost.CommandTooMany), err
	}
	return effect{state: tradepost.CommandAsked}, nil
}

// Act carries out one command of a member, as an action link or a page asks for
// it. The error may be tradepost.ErrNotFound (the conversation, or the member in
// it), tradepost.ErrRefused (the member left) or a tradepost.Invalid. /block and
// /delete are asked about by mail, whoever asks for them; see
// AnswerQuestion.
func (s *Store) Act(ctx context.Context, conversation, member int64, command tradepost.Command, through int64, via tradepost.Via) (tradepost.CommandResult, error) {
	return s.act(ctx, acting{conversation: conversation, member: member, through: through, via: via}, command, Request{})
}

// ActConfirmed is Act for a caller who has asked the member: /block and /delete are
// carried out. The same req again does nothing and returns what became of it then,
// without Why.
func (s *Store) ActConfirmed(ctx context.Context, conversation, member int64, command tradepost.Command, via tradepost.Via, req Request) (tradepost.CommandResult, error) {
	return s.act(ctx, acting{conversation: conversation, member: member, via: via, confirmed: true}, command, req)
}

// commandStates are numbered as idempotency_keys.result keeps them.
var commandStates = []tradepost.CommandState{1: tradepost.CommandDone, 2: tradepost.CommandUnchanged, 3: tradepost.CommandAsked, 4: tradepost.CommandRefused}

func (s *Store) act(ctx context.Context, a acting, command tradepost.Command, req Request) (tradepost.CommandResult, error) {
	if p := commandProblem(command); p != "" {
		return tradepost.CommandResult{}, tradepost.Invalid{{Field: string(command.Verb), Problem: p}}
	}
	var result tradepost.CommandResult
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		result = tradepost.CommandResult{Command: command} // the transaction may run again
		state, err := once(ctx, tx, req, func() (int64, error) {
			results, err := s.carryOut(ctx, tx, a, []tradepost.Command{command})
			if err != nil {
				return 0, err
			}
			result = results[0]
			return int64(slices.Index(commandStates, result.State)), nil
		})
		if err == nil {
			result.State = commandStates[state]
		}
		return err
	})
	if err != nil {
		return tradepost.CommandResult{}, fmt.Errorf("act in conversation %d: %w", a.conversation, err)
	}
	return result, nil
}

// commandProblem says what keeps a command from being carried out, whatever the
// conversation, or returns "".
func commandProblem(c tradepost.Command) string {
	texts, limit := []string(nil), tradepost.MaxLine
	switch c.Verb {
	case tradepost.VerbNote:
		if strings.TrimSpace(c.Text) == "" {
			return "is empty"
		}
		return tradepost.BodyProblem(c.Text)
	case tradepost.VerbMark:
		texts = []string{c.Text}
	case tradepost.VerbTag, tradepost.VerbUntag:
		texts = c.Tags
		if len(texts) == 0 {
			return "names no tag"
		}
	case tradepost.VerbQualify:
		return tradepost.LineProblem(c.Text, limit)
	default:
		return ""
	}
	for _, t := range texts {
		if p := tradepost.LineProblem(t, limit); p != "" {
			return p
		}
		if strings.TrimSpace(t) == "" {
			return "is empty"
		}
	}
	return ""
}
