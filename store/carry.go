package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// errUndone takes back what a savepoint did, for a reason that isn't a fault.
var errUndone = errors.New("undone")

// carried is what carrying a mail out has come to.
type carried struct {
	Posted
	conversation int64 // for the ledger
	message      Ref   // the first that came of it
	breaker      int64 // that it is held for
	asked        bool
}

// undo says that nothing is kept but the verdict.
func (c carried) undo() bool {
	return c.State == InboundRefused || c.breaker != 0 || len(c.Tripped) > 0 || c.State == InboundDuplicate
}

// post carries a mail out, which is locked, and writes down what became of it.
func (s *Store) post(ctx context.Context, tx pgx.Tx, in Inbound, r Reading, p Posting, files [][]storedFile) (Posted, error) {
	var c carried
	err := pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) (err error) {
		if c, err = s.carry(ctx, tx, in, r, p, files); err == nil && c.undo() {
			err = errUndone
		}
		return err
	})
	if err != nil && !errors.Is(err, errUndone) {
		return Posted{}, err
	}
	if len(c.Tripped) > 0 {
		if c.breaker, err = trip(ctx, tx, c.Tripped); err != nil {
			return Posted{}, err
		}
	}
	v := Verdict{State: c.State, Reason: string(c.Reason), ConversationID: c.conversation, breaker: c.breaker}
	if err := finishInbound(ctx, tx, in.Ref, r, v, c.message); err != nil {
		return Posted{}, err
	}
	if p.Tell && (c.undo() && c.State != InboundDuplicate || c.State == InboundHeld) {
		v.AnswerTo = p.Sender
	}
	if err := s.notifyAnswer(ctx, tx, in.Ref, v); err != nil {
		return Posted{}, err
	}
	if c.tells() {
		err := s.notifyTranscript(ctx, tx, in.Ref, p.author(), p.Sender, c.conversation, c.Transcript)
		if err != nil {
			return Posted{}, err
		}
	}
	return c.Posted, nil
}

// carry carries a mail out as far as its budgets and its conversations let it.
func (s *Store) carry(ctx context.Context, tx pgx.Tx, in Inbound, r Reading, p Posting, files [][]storedFile) (c carried, err error) {
	if len(p.Replies) > 0 {
		c.conversation = p.Replies[0].ConversationID
	}
	again, err := carriedOut(ctx, tx, in.Ref)
	if err != nil {
		return c, err
	}
	first, err := claimFingerprint(ctx, tx, in.Ref, p.Fingerprint)
	if err != nil {
		return c, err
	}
	if !first && !again {
		c.State = InboundDuplicate
		return c, nil
	}
	todo := p.Replies
	if again {
		todo = slices.DeleteFunc(slices.Clone(todo), func(r Reply) bool { return !r.Chosen })
	}
	if in.Release == nil || !in.Release.Breakers {
		if c.breaker, c.Tripped, err = s.spend(ctx, tx, in.ReceivedAt, p.Sender, todo); err != nil {
			return c, err
		}
		if c.breaker != 0 || len(c.Tripped) > 0 {
			c.State, c.Reason = InboundHeld, tradepost.ReasonTooMany
			return c, nil
		}
	}
	acted := again
	for i, reply := range p.Replies {
		if again && !reply.Chosen {
			continue
		}
		part, at, err := s.carryPart(ctx, tx, in.Ref, r, p.Confirm, reply, files[i])
		if err != nil {
			return c, err
		}
		c.Transcript.Parts = append(c.Transcript.Parts, part)
		acted = acted || len(part.Results) > 0
		if part.Refused != "" {
			c.Reason = cmp.Or(c.Reason, part.Refused)
		}
		if part.Posted {
			if err := notePosted(ctx, tx, in.Ref, part.ConversationID, at); err != nil {
				return c, err
			}
		}
	}
	if p.Ask != nil {
		if c.asked, err = s.ask(ctx, tx, in.Ref, *p.Ask); err != nil {
			return c, err
		}
	}
	err = c.conclude(ctx, tx, in.Ref, again, acted, p.Ask != nil)
	return c, err
}

// conclude decides the state of a mail whose parts have been dealt with. What came
// of it before, again, is not undone by a refusal.
func (c *carried) conclude(ctx context.Context, tx pgx.Tx, in Ref, again, acted, waits bool) error {
	did := slices.ContainsFunc(c.Transcript.Parts, func(p tradepost.TranscriptPart) bool { return p.Refused == "" })
	if len(c.Transcript.Parts) > 0 && !did && !waits && !again {
		c.State = InboundRefused // with the reason of the first part
		return nil
	}
	c.Reason = ""
	err := tx.QueryRow(ctx, `select message_period, message_id, conversation_id from posted_messages
		where (inbound_period, inbound_id) = ($1, $2) order by message_id limit 1`, in.Period, in.ID).Scan(
		&c.message.Period, &c.message.ID, &c.conversation)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	switch {
	case waits && !c.asked:
		// Nobody is asked, so an operator must see it. What was posted is not
		// the mail's one message any more.
		c.State, c.Reason, c.message = InboundHeld, tradepost.ReasonAmbiguous, Ref{}
	case c.message.ID != 0:
		c.State = InboundPosted
	case acted || c.asked:
		c.State = InboundActed
	default:
		c.State, c.Reason = InboundRefused, tradepost.ReasonEmptyMail
	}
	return nil
}

// carryPart carries out what a mail has for one conversation, or says why that
// refuses it.
func (s *Store) carryPart(ctx context.Context, tx pgx.Tx, in Ref, r Reading, confirm bool, p Reply, files []storedFile) (tradepost.TranscriptPart, stored, error) {
	part := tradepost.TranscriptPart{ConversationID: p.ConversationID}
	var at stored
	err := pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error {
		access, err := standing(ctx, tx, p.Role, p.Person, p.ConversationID, true)
		if err != nil {
			return err
		}
		if part.Refused = cmp.Or(access.Reason(), p.Refused); part.Refused != "" {
			return nil
		}
		if p.Role == tradepost.AuthorMember && len(p.Commands) > 0 {
			a := acting{conversation: p.ConversationID, member: p.Person, through: p.Through, via: tradepost.ViaEmail, inbound: in, confirm: confirm}
			if part.Results, err = s.carryOut(ctx, tx, a, p.Commands); err != nil {
				return err
			}
		}
		if p.Body == "" && len(files) == 0 {
			return nil
		}
		part.Posted = true
		m := incoming{body: p.Body, fullText: p.FullText, fold: p.Fold, mailID: r.MailID, via: tradepost.ViaEmail, files: files}
		if p.Role == tradepost.AuthorMember {
			at, err = s.addMemberMessage(ctx, tx, p.ConversationID, p.Person, m, p.Through)
			return err
		}
		if at, err = s.addMerchantMessage(ctx, tx, p.ConversationID, m); err != nil {
			return err
		}
		return readThrough(ctx, tx, p.ConversationID, tradepost.AuthorMerchant, p.Person, p.Through)
	})
	switch {
	case errors.Is(err, tradepost.ErrRefused):
		part = tradepost.TranscriptPart{ConversationID: p.ConversationID, Refused: tradepost.ReasonRefusedBlocked}
	case errors.Is(err, tradepost.ErrNotFound):
		part = tradepost.TranscriptPart{ConversationID: p.ConversationID, Refused: tradepost.ReasonClosed}
	case err != nil:
		return part, stored{}, fmt.Errorf("conversation %d: %w", p.ConversationID, err)
	}
	return part, at, nil
}

// carriedOut reports whether a mail was carried out before.
func carriedOut(ctx context.Context, tx pgx.Tx, in Ref) (was bool, err error) {
	err = tx.QueryRow(ctx, `select exists (select from posted_replies where (inbound_period, inbound_id) = ($1, $2))`,
		in.Period, in.ID).Scan(&was)
	return was, err
}

// claimFingerprint reports whether no other mail was posted by a fingerprint,
// and keeps it.
func claimFingerprint(ctx context.Context, tx pgx.Tx, in Ref, fingerprint [32]byte) (first bool, err error) {
	tag, err := tx.Exec(ctx, `insert into posted_replies (fingerprint, inbound_period, inbound_id) values ($1, $2, $3) on conflict do nothing`,
		fingerprint[:], in.Period, in.ID)
	return tag.RowsAffected() == 1, err
}

func notePosted(ctx context.Context, tx pgx.Tx, in Ref, conversation int64, at stored) error {
	_, err := tx.Exec(ctx, `insert into posted_messages (inbound_period, inbound_id, conversation_id, message_period, message_id)
		values ($1, $2, $3, $4, $5)`, in.Period, in.ID, conversation, at.period, at.id)
	return err
}
