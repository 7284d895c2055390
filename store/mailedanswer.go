package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// AnswerByMail carries out an answer that came by mail and finishes that mail, in
// one transaction. v says what is known of the mail; its AnswerTo is told only
// where the answer is refused. One that was given before is acted on no more. It
// returns the verdict with what the mail came to be; the error may be ErrOvertaken.
func (s *Store) AnswerByMail(ctx context.Context, in Inbound, r Reading, id int64, a Answering, v Verdict) (Verdict, error) {
	var out Verdict
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		out = v
		if err := lockInbound(ctx, tx, in); err != nil {
			return err
		}
		var q Question
		var result tradepost.CommandResult
		refused := pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) (err error) {
			q, result, err = s.answer(ctx, tx, id, a)
			return err
		})
		if !out.settleAnswer(refused) {
			return refused
		}
		if err := finishInbound(ctx, tx, in.Ref, r, out, Ref{}); err != nil {
			return err
		}
		if err := s.notifyAnswer(ctx, tx, in.Ref, out); err != nil {
			return err
		}
		confirmed := refused == nil && q.Kind == tradepost.QuestionConfirm
		if !confirmed {
			return nil
		}
		if result.Verb == tradepost.VerbDelete && result.State == tradepost.CommandDone {
			// The mail that said so quotes what it was about.
			periods, ids := split([]Ref{in.Ref})
			if _, err := tx.Exec(ctx, eraseMails, q.ConversationID, periods, ids); err != nil {
				return err
			}
		}
		return s.notifyTranscript(ctx, tx, in.Ref, person{a.Role, a.Person}, r.From, q.ConversationID, tradepost.Transcript{
			Parts: []tradepost.TranscriptPart{{ConversationID: q.ConversationID, Results: []tradepost.CommandResult{result}}},
		})
	})
	if err != nil {
		return Verdict{}, fmt.Errorf("answer question %d by inbound mail %d: %w", id, in.ID, err)
	}
	return out, nil
}

// settleAnswer sets what a mail came to be whose answer was carried out, or
// failed with err. It reports false where err is a fault.
func (v *Verdict) settleAnswer(err error) bool {
	switch {
	case err == nil, errors.Is(err, ErrQuestionAnswered):
		v.State, v.Reason, v.AnswerTo = InboundActed, "", ""
	case errors.Is(err, ErrQuestionExpired):
		v.State, v.Reason = InboundRefused, string(tradepost.ReasonTokenExpired)
	case errors.Is(err, tradepost.ErrRefused), errors.Is(err, tradepost.ErrNotFound):
		v.State, v.Reason = InboundRefused, string(tradepost.ReasonClosed)
	default:
		return false
	}
	return true
}
