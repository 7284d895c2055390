package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// AnswerLetter is the mail that says why another was not posted.
type AnswerLetter struct {
	Claimed
	Address   string
	Locale    string // of the person, where known
	About     string // name of the other side of the conversation; "" = not known
	Size      int64  // of the mail answered, octets
	InReplyTo string // Message-ID of the mail answered; "" = it had none
}

// ClaimAnswers claims answers; those to a suppressed address are skipped.
func (s *Store) ClaimAnswers(ctx context.Context, l Lease, refs []Ref) ([]AnswerLetter, error) {
	var letters []AnswerLetter
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		letters = nil // the transaction may run again
		claimed, err := claim(ctx, tx, tradepost.Answer, l.Owner, l.For, refs)
		if err != nil {
			return err
		}
		for _, c := range claimed {
			a := AnswerLetter{Claimed: c, Address: c.address}
			var suppressed bool
			err := tx.QueryRow(ctx, `
				select i.size, i.mail_id, exists (select from suppressions where folded = lower($3)),
				       coalesce(mb.locale, case when lower(mc.email) = lower($3) then mc.locale end, 'en'),
				       case when c.id is null then '' when lower(mc.email) = lower($3) then p.name else mc.name end
				from inbound i
				left join conversations c on c.id = i.conversation_id
				left join partners p on p.id = c.partner_id
				left join merchants mc on mc.id = c.merchant_id
				left join member_addresses ma on ma.folded = lower($3)
				left join members mb on mb.id = ma.member_id and mb.partner_id = c.partner_id
				where (i.period, i.id) = ($1, $2) order by mb.id nulls last limit 1`,
				c.inbound.Period, c.inbound.ID, c.address).Scan(&a.Size, &a.InReplyTo, &suppressed, &a.Locale, &a.About)
			if err != nil {
				return fmt.Errorf("answer %d: %w", c.ID, err)
			}
			if suppressed {
				if err := skip(ctx, tx, c.Ref, tradepost.Suppressed, string(tradepost.Suppressed)); err != nil {
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
