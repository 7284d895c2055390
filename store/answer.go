package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// AnswerLetter is the mail that says why another was not posted, what became of
// one, or that asks something about it. Claimed.Reason says which.
type AnswerLetter struct {
	Claimed
	Address string
	Locale  string // of the person, where known
	// About is the name of the other side of the conversation, or of the partner
	// that somebody left; "" = not known, or Address is of neither side.
	About     string
	Size      int64  // of the mail answered, octets
	InReplyTo string // Message-ID of the mail answered; "" = it had none, or there is none
	Detail    string // what was found, of a letter that says why
	// Person is who is told or asked, of a transcript or a question; else zero.
	Person Correspondent
	// Transcript is what became of the mail; nil of other letters.
	Transcript *tradepost.Transcript
	// Question is what is asked; nil of other letters.
	Question *Question
	// SignIn is the link that was asked for; nil of other letters.
	SignIn *SignIn
	// Matters are the conversations that Transcript and Question speak of, by id:
	// also those that were deleted since.
	Matters map[int64]Matter
}

// ClaimAnswers claims answers; those to a suppressed address are skipped, as are
// questions that were answered, or whose time is over.
func (s *Store) ClaimAnswers(ctx context.Context, l Lease, refs []Ref) ([]AnswerLetter, error) {
	var letters []AnswerLetter
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		letters = nil // the transaction may run again
		claimed, err := claim(ctx, tx, tradepost.Answer, l, refs)
		if err != nil {
			return err
		}
		for _, c := range claimed {
			a, outcome, reason, err := loadAnswer(ctx, tx, c)
			if err != nil {
				return fmt.Errorf("answer %d: %w", c.ID, err)
			}
			if reason != "" {
				if err := skip(ctx, tx, c.Ref, outcome, reason); err != nil {
					return err
				}
				continue
			}
			letters = append(letters, a)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("claim answers: %w", err)
	}
	return letters, nil
}

// loadAnswer loads what an answer says, or the reason for which it is not worth
// sending.
func loadAnswer(ctx context.Context, tx pgx.Tx, c Claimed) (a AnswerLetter, outcome tradepost.Outcome, reason string, err error) {
	a = AnswerLetter{Claimed: c, Address: c.address}
	var suppressed bool
	var question, signIn int64
	var detail *answerDetail
	p := &a.Person
	err = tx.QueryRow(ctx, `
		select coalesce(i.size, 0), coalesce(i.mail_id, ''), exists (select from suppressions where folded = lower(n.address)),
		       coalesce(tm.locale, tc.locale, mb.locale, case when lower(mc.email) = lower(n.address) then mc.locale end, 'en'),
		       -- Whoever is of neither side isn't told who they are.
		       case when c.id is null then ''
		            when n.merchant_id is not null or lower(mc.email) = lower(n.address)
		              or exists (select from merchant_addresses where merchant_id = mc.id and folded = lower(n.address))
		              or n.reason = $3 and mb.id is not null then p.name
		            when n.member_id is not null or mb.id is not null then mc.name
		            else '' end,
		       n.detail, coalesce(n.question_id, 0), coalesce(n.sign_in_id, 0),
		       case when tm.id is not null then 'member' when tc.id is not null then 'merchant' else '' end,
		       coalesce(tm.id, tc.id, 0), coalesce(tm.name, tc.name, ''), coalesce(tm.zone, ''), coalesce(tm.role = 'owner', false)
		from notifications n
		left join inbound i on (i.period, i.id) = (n.inbound_period, n.inbound_id)
		left join conversations c on c.id = coalesce(n.conversation_id, i.conversation_id)
		left join partners p on p.id = c.partner_id
		left join merchants mc on mc.id = c.merchant_id
		left join members tm on tm.id = n.member_id
		left join merchants tc on tc.id = n.merchant_id
		left join member_addresses ma on ma.folded = lower(n.address)
		left join members mb on mb.id = ma.member_id and mb.partner_id = c.partner_id
		where (n.period, n.id) = ($1, $2) order by mb.id nulls last limit 1`, c.Period, c.ID, tradepost.ReasonNotMember).Scan(
		&a.Size, &a.InReplyTo, &suppressed, &a.Locale, &a.About, &detail, &question, &signIn,
		&p.Role, &p.ID, &p.Name, &p.Zone, &p.Owner)
	if err != nil {
		return a, "", "", err
	}
	if c.Reason == reasonTranscript && detail == nil { // its conversation was deleted meanwhile
		return a, tradepost.OutcomeSkipped, tradepost.ReasonDeleted, nil
	}
	if detail != nil {
		if a.Detail = detail.Line; c.Reason == reasonTranscript {
			a.Transcript = &detail.Transcript
		}
	}
	if suppressed {
		return a, tradepost.Suppressed, string(tradepost.Suppressed), nil
	}
	if p.ID != 0 {
		p.Address, p.Locale = c.address, a.Locale
	}
	if signIn != 0 {
		in, err := loadSignIn(ctx, tx, signIn, `and used_at is null and expires_at > now()`)
		if errors.Is(err, tradepost.ErrNotFound) {
			return a, tradepost.OutcomeSkipped, tradepost.ReasonNothingLeft, nil
		}
		if err != nil {
			return a, "", "", err
		}
		a.SignIn = &in
	}
	var about []int64
	if a.Transcript != nil {
		for _, part := range a.Transcript.Parts {
			about = append(about, part.ConversationID)
		}
	}
	if question != 0 {
		q, open, err := loadQuestion(ctx, tx, question)
		if err != nil {
			return a, "", "", err
		}
		if !open {
			return a, tradepost.OutcomeSkipped, tradepost.ReasonNothingLeft, nil
		}
		a.Question = &q
		about = append(about, q.ConversationID)
		for _, choice := range q.Choices {
			about = append(about, choice.ConversationID)
		}
	}
	if len(about) > 0 {
		a.Matters, err = loadMatters(ctx, tx, about)
	}
	return a, "", "", err
}

// loadQuestion returns a question and whether it still waits for its answer.
func loadQuestion(ctx context.Context, tx pgx.Tx, id int64) (q Question, open bool, err error) {
	rows, err := tx.Query(ctx, selectQuestion+`where q.id = $1`, id)
	if err != nil {
		return Question{}, false, err
	}
	if q, err = pgx.CollectExactlyOneRow(rows, scanQuestion); err != nil {
		return Question{}, false, err
	}
	err = tx.QueryRow(ctx, `select $1 > now()`, q.ExpiresAt).Scan(&open)
	return q, open && q.AnsweredAt.IsZero(), err
}
