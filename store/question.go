package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// Question is something that a person is asked by mail, and what they answered.
type Question struct {
	ID             int64
	Kind           tradepost.QuestionKind
	Role           tradepost.AuthorRole
	Person         int64
	ConversationID int64 // 0 = of several
	Inbound        Ref   // the held mail; of a confirmation the mail with the command, or zero
	QuestionDetail
	CreatedAt  time.Time
	ExpiresAt  time.Time
	AnsweredAt time.Time // zero = not yet
	Answer     tradepost.QuestionAnswer
}

// QuestionDetail is what the question is about. It is kept as JSON.
type QuestionDetail struct {
	// Reason is why the mail was held, of QuestionSender.
	Reason tradepost.Reason `json:"reason,omitempty"`
	// From is the address that the held mail came from; "" = unclear.
	From string `json:"from,omitempty"`
	// MayAdd says that From could become an address of the person: nothing speaks
	// against its being who it says.
	MayAdd bool `json:"may_add,omitempty"`
	// Subject and ReceivedAt are the held mail's, of QuestionSender: by these its
	// owner may know it.
	Subject    string    `json:"subject,omitempty"`
	ReceivedAt time.Time `json:"received_at,omitzero"`
	// Text is what waits for a conversation, of QuestionConversation.
	Text string `json:"text,omitempty"`
	// Choices are the conversations that may be meant; of QuestionSender those
	// that the held mail could have answered.
	Choices []Choice `json:"choices,omitempty"`
	// Command waits for its confirmation, of QuestionConfirm.
	Command *tradepost.Command `json:"command,omitempty"`
}

// Choice is a conversation that a text may be meant for.
type Choice struct {
	ConversationID int64 `json:"conversation_id"`
	Through        int64 `json:"through"` // newest message of it in the letter answered
}

// Ask is a question to be asked about a mail.
type Ask struct {
	Kind           tradepost.QuestionKind
	Role           tradepost.AuthorRole
	Person         int64
	ConversationID int64 // 0 = of several
	QuestionDetail
}

// How long questions can be answered. What a confirmation asks for can't be
// taken back, so a mail that somebody finds in a mailbox weeks later must not do it.
const (
	questionFor = 7 * 24 * time.Hour
	confirmFor  = 24 * time.Hour
)

// reasonOf is the reason of the answer notification that asks a question.
func reasonOf(kind tradepost.QuestionKind) string { return "ask_" + string(kind) }

const selectQuestion = `
	select q.id, q.kind, case when q.member_id is null then 'merchant' else 'member' end, coalesce(q.member_id, q.merchant_id),
	       coalesce(q.conversation_id, 0), coalesce(q.inbound_period, 'epoch'), coalesce(q.inbound_id, 0), q.detail,
	       q.created_at, q.expires_at, coalesce(q.answered_at, '0001-01-01 00:00:00Z'), coalesce(q.answer, '')
	from questions q `

func scanQuestion(row pgx.CollectableRow) (q Question, err error) {
	err = row.Scan(&q.ID, &q.Kind, &q.Role, &q.Person, &q.ConversationID, &q.Inbound.Period, &q.Inbound.ID, &q.QuestionDetail,
		&q.CreatedAt, &q.ExpiresAt, &q.AnsweredAt, &q.Answer)
	if q.Inbound.ID == 0 {
		q.Inbound = Ref{}
	}
	return q, err
}

// Question returns a question, or tradepost.ErrNotFound.
func (s *Store) Question(ctx context.Context, id int64) (Question, error) {
	rows, err := s.pool.Query(ctx, selectQuestion+`where q.id = $1`, id)
	if err != nil {
		return Question{}, fmt.Errorf("load question %d: %w", id, err)
	}
	q, err := pgx.CollectExactlyOneRow(rows, scanQuestion)
	return q, notFound(err, "question %d", id)
}

// ask writes a question and the mail that asks it, to the primary address of the
// person, whatever stands in From of the mail in question: whoever forged that
// must not be the one who is asked. It reports false where nobody is asked: the
// mail has had a question of this kind, the person has had as many of the kind
// within a day as Budgets.Questions, or the member left. in is zero of a confirmation that no
// mail asked for.
func (s *Store) ask(ctx context.Context, tx pgx.Tx, in Ref, a Ask) (asked bool, err error) {
	address, err := primaryAddress(ctx, tx, a.Role, a.Person)
	if err != nil || address == "" {
		return false, err
	}
	member, merchant := when(a.Role == tradepost.AuthorMember, a.Person), when(a.Role == tradepost.AuthorMerchant, a.Person)
	if limit := s.o.Budgets.Questions; limit > 0 {
		var recent int
		err := tx.QueryRow(ctx, `select count(*) from questions where kind = $3 and created_at > now() - interval '24 hours'
			and case when $1 > 0 then member_id = $1 else merchant_id = $2 end`, member, merchant, a.Kind).Scan(&recent)
		if err != nil || recent >= limit {
			return false, err
		}
	}
	expires := questionFor
	if a.Kind == tradepost.QuestionConfirm {
		expires = confirmFor
	}
	var id int64
	var created time.Time
	err = tx.QueryRow(ctx, `
		insert into questions (kind, member_id, merchant_id, conversation_id, inbound_period, inbound_id, detail, expires_at)
		values ($1, nullif($2, 0), nullif($3, 0), nullif($4, 0), $5, nullif($6, 0), $7, now() + $8::interval)
		on conflict do nothing returning id, created_at`,
		a.Kind, member, merchant, a.ConversationID, in.nullablePeriod(), in.ID, a.QuestionDetail, expires).Scan(&id, &created)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("insert question: %w", err)
	}
	_, err = s.notify(ctx, tx, notice{
		kind: tradepost.Answer, period: tradepost.Period(created), key: fmt.Sprintf("question:%d", id),
		memberID: member, merchantID: merchant, address: address, conversationID: a.ConversationID, inbound: in,
		reason: reasonOf(a.Kind), questionID: id,
	})
	return err == nil, err
}

// primaryAddress is where mail to a person goes, "" of a member who left. The
// person's row stays locked, so that what is asked of one person is counted one
// after another.
func primaryAddress(ctx context.Context, tx pgx.Tx, role tradepost.AuthorRole, person int64) (address string, err error) {
	query := `select case when m.removed_at is null then a.address else '' end
		from members m join member_addresses a on a.member_id = m.id and a.is_primary where m.id = $1 for no key update of m`
	if role == tradepost.AuthorMerchant {
		query = `select email from merchants where id = $1 for no key update`
	}
	err = tx.QueryRow(ctx, query, person).Scan(&address)
	return address, notFound(err, "%s %d", role, person)
}
