package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// Errors of an answer to a question, for errors.Is.
var (
	ErrQuestionAnswered = errors.New("the question was answered before")
	ErrQuestionExpired  = errors.New("the question is too old to be answered")
)

// Answering is an answer to a question.
type Answering struct {
	Role   tradepost.AuthorRole // of who answers: the person asked
	Person int64
	Answer tradepost.QuestionAnswer
	// ConversationID is the one chosen, with tradepost.AnswerChoose.
	ConversationID int64
	Via            tradepost.Via // ViaWeb or ViaEmail
}

// AnswerQuestion carries an answer out, once: a held mail is given back to be
// judged, an address added, addresses revoked, a command carried out. The error
// may be ErrQuestionAnswered, ErrQuestionExpired, tradepost.ErrNotFound (not a
// question of this person) or tradepost.ErrRefused (the answer doesn't fit the
// question, or the person may not any more); then nothing was done. The result
// is that of the command of a confirmation, else zero.
func (s *Store) AnswerQuestion(ctx context.Context, id int64, a Answering) (tradepost.CommandResult, error) {
	var result tradepost.CommandResult
	err := s.inTx(ctx, func(tx pgx.Tx) (err error) {
		_, result, err = s.answer(ctx, tx, id, a)
		return err
	})
	if err != nil {
		return tradepost.CommandResult{}, fmt.Errorf("answer question %d: %w", id, err)
	}
	return result, nil
}

// answer carries an answer out within a transaction.
func (s *Store) answer(ctx context.Context, tx pgx.Tx, id int64, a Answering) (q Question, result tradepost.CommandResult, err error) {
	if q, err = lockQuestion(ctx, tx, id, a); err != nil {
		return q, result, err
	}
	choice, err := q.fits(a)
	if err != nil {
		return q, result, err
	}
	if err := mayAnswer(ctx, tx, q, choice.ConversationID); err != nil {
		return q, result, err
	}
	switch a.Answer {
	case tradepost.AnswerApprove:
		err = q.release(ctx, tx, Release{By: byOwner, Sender: true})
	case tradepost.AnswerAddAddress:
		if err = addAddress(ctx, tx, q.Role, q.Person, q.From); err == nil {
			err = q.release(ctx, tx, Release{By: byOwner, Sender: true})
		}
	case tradepost.AnswerRevoke:
		err = q.revoke(ctx, tx)
	case tradepost.AnswerChoose:
		err = q.release(ctx, tx, Release{By: byOwner, Choice: choice})
	case tradepost.AnswerConfirm:
		result, err = s.confirm(ctx, tx, q, a.Via)
	}
	if err != nil {
		return q, result, err
	}
	_, err = tx.Exec(ctx, `update questions set answered_at = now(), answer = $2, answered_via = $3 where id = $1`, id, a.Answer, a.Via)
	return q, result, err
}

// byOwner is who released a mail, or revoked addresses, by answering a question.
const byOwner = "owner"

// lockQuestion returns a question that this person may still answer.
func lockQuestion(ctx context.Context, tx pgx.Tx, id int64, a Answering) (Question, error) {
	rows, err := tx.Query(ctx, selectQuestion+`where q.id = $1 for update`, id)
	if err != nil {
		return Question{}, err
	}
	q, err := pgx.CollectExactlyOneRow(rows, scanQuestion)
	if err != nil {
		return Question{}, notFound(err, "question %d", id)
	}
	if q.Role != a.Role || q.Person != a.Person {
		return Question{}, fmt.Errorf("it is another person's: %w", tradepost.ErrNotFound)
	}
	if !q.AnsweredAt.IsZero() {
		return Question{}, ErrQuestionAnswered
	}
	var expired bool
	err = tx.QueryRow(ctx, `select $1 <= clock_timestamp()`, q.ExpiresAt).Scan(&expired)
	if err == nil && expired {
		err = ErrQuestionExpired
	}
	return q, err
}

// fits asks whether an answer is one to this question, and returns what was chosen.
func (q Question) fits(a Answering) (Choice, error) {
	var kind tradepost.QuestionKind
	switch a.Answer {
	case tradepost.AnswerApprove, tradepost.AnswerRevoke:
		kind = tradepost.QuestionSender
	case tradepost.AnswerAddAddress:
		kind = tradepost.QuestionSender
		if !q.MayAdd || tradepost.AddressProblem(q.From) != "" {
			return Choice{}, fmt.Errorf("this address cannot be added: %w", tradepost.ErrRefused)
		}
	case tradepost.AnswerChoose:
		kind = tradepost.QuestionConversation
		i := slices.IndexFunc(q.Choices, func(c Choice) bool { return c.ConversationID == a.ConversationID })
		if i < 0 {
			return Choice{}, fmt.Errorf("conversation %d is none of the choices: %w", a.ConversationID, tradepost.ErrRefused)
		}
		if q.Kind == kind {
			return q.Choices[i], nil
		}
	case tradepost.AnswerConfirm:
		kind = tradepost.QuestionConfirm
	}
	if q.Kind != kind {
		return Choice{}, fmt.Errorf("%q is no answer to whether %s: %w", a.Answer, q.Kind, tradepost.ErrRefused)
	}
	return Choice{}, nil
}

// mayAnswer asks whether the person may still write where the question is about.
func mayAnswer(ctx context.Context, tx pgx.Tx, q Question, chosen int64) error {
	conversation := q.ConversationID
	if chosen != 0 {
		conversation = chosen
	}
	if conversation == 0 {
		// Of several, each is asked for when the mail is judged again.
		address, err := primaryAddress(ctx, tx, q.Role, q.Person)
		if err == nil && address == "" {
			err = fmt.Errorf("the %s left: %w", q.Role, tradepost.ErrRefused)
		}
		return err
	}
	access, err := standing(ctx, tx, q.Role, q.Person, conversation, true)
	if access == tradepost.AccessBlocked && q.Command != nil && q.Command.Verb == tradepost.VerbDelete {
		return err // a block keeps nobody from deleting
	}
	if err == nil && access != tradepost.AccessOpen {
		err = fmt.Errorf("conversation %d is %s to the %s: %w", conversation, access, q.Role, tradepost.ErrRefused)
	}
	return err
}

// release gives the mail that a question is about back to be judged. One that
// another decision has given back a moment ago is judged with both.
func (q Question) release(ctx context.Context, tx pgx.Tx, r Release) error {
	state, err := q.lockMail(ctx, tx)
	if err != nil {
		return err
	}
	// Beside text without a place there may be other that was posted.
	waits := q.Kind == tradepost.QuestionConversation && (state == InboundPosted || state == InboundActed)
	if state != InboundHeld && state != InboundStored && !waits {
		return fmt.Errorf("the mail is %s meanwhile: %w", state, tradepost.ErrRefused)
	}
	_, err = tx.Exec(ctx, giveBack+`(period, id) = ($2, $3)`, r, q.Inbound.Period, q.Inbound.ID)
	return err
}

// lockMail locks the mail that a question is about, and returns its state.
func (q Question) lockMail(ctx context.Context, tx pgx.Tx) (state InboundState, err error) {
	var shredded bool
	err = tx.QueryRow(ctx, `select state, raw_shredded_at is not null from inbound where (period, id) = ($1, $2) for update`,
		q.Inbound.Period, q.Inbound.ID).Scan(&state, &shredded)
	if err == nil && shredded {
		err = errShredded
	}
	return state, notFound(err, "inbound mail %d", q.Inbound.ID)
}

// revoke makes the person's reply addresses that the held mail could have been
// sent to useless, and refuses the mail.
func (q Question) revoke(ctx context.Context, tx pgx.Tx) error {
	var conversations []int64
	if q.ConversationID != 0 {
		conversations = append(conversations, q.ConversationID)
	}
	for _, c := range q.Choices {
		if !slices.Contains(conversations, c.ConversationID) {
			conversations = append(conversations, c.ConversationID)
		}
	}
	for _, c := range conversations {
		if err := revoke(ctx, tx, c, q.Role, q.Person, byOwner); err != nil {
			return err
		}
	}
	tag, err := tx.Exec(ctx, `update inbound set state = 'refused', reason = $3, finished_at = now(), retry_at = null, breaker_id = null
		where (period, id) = ($1, $2) and state in ('held', 'stored')`, q.Inbound.Period, q.Inbound.ID, tradepost.ReasonTokenRevoked)
	if err == nil && tag.RowsAffected() == 0 {
		err = fmt.Errorf("the mail was dealt with meanwhile: %w", tradepost.ErrRefused)
	}
	return err
}

// confirm carries out the command that waited for it.
func (s *Store) confirm(ctx context.Context, tx pgx.Tx, q Question, via tradepost.Via) (tradepost.CommandResult, error) {
	if q.Command == nil {
		return tradepost.CommandResult{}, fmt.Errorf("no command waits: %w", tradepost.ErrRefused)
	}
	a := acting{conversation: q.ConversationID, member: q.Person, via: via, inbound: q.Inbound, confirmed: true}
	results, err := s.carryOut(ctx, tx, a, []tradepost.Command{*q.Command})
	if err != nil || len(results) == 0 {
		return tradepost.CommandResult{}, err
	}
	return results[0], nil
}

// addAddress makes an address one that the person writes from.
func addAddress(ctx context.Context, tx pgx.Tx, role tradepost.AuthorRole, person int64, address string) error {
	sql := `insert into member_addresses (member_id, address) values ($1, $2) on conflict do nothing`
	if role == tradepost.AuthorMerchant {
		sql = `insert into merchant_addresses (merchant_id, address) values ($1, $2) on conflict do nothing`
	}
	if _, err := tx.Exec(ctx, sql, person, address); err != nil {
		return err
	}
	return verified(ctx, tx, address) // mail that was authenticated came from it
}
