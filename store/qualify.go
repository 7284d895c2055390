package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// Qualification is a partner's word that a merchant is theirs to do business
// with, in all their conversations.
type Qualification struct {
	Code     string
	MemberID int64
	Member   string // name, of who said so
	At       time.Time
}

// qualify gives the merchant a code, or changes it.
func (s *Store) qualify(ctx context.Context, tx pgx.Tx, sc scene, c tradepost.Command) (effect, error) {
	if sc.blocked {
		return refused(tradepost.CommandBlocked), nil
	}
	if err := lockTeam(ctx, tx, sc.partner); err != nil {
		return effect{}, err
	}
	var byDefault string
	if err := tx.QueryRow(ctx, `select coalesce(default_code, '') from partners where id = $1`, sc.partner).Scan(&byDefault); err != nil {
		return effect{}, err
	}
	code := cmp.Or(c.Text, byDefault)
	was, err := qualified(ctx, tx, sc)
	switch {
	case err != nil:
		return effect{}, err
	case code == "":
		return refused(tradepost.CommandNoCode), nil
	case was != nil && was.Text == code:
		return unchanged(), nil
	case sc.confirm && !sc.confirmed:
		return s.askFirst(ctx, tx, sc, c)
	}
	_, err = tx.Exec(ctx, `insert into qualifications (partner_id, merchant_id, code, member_id) values ($1, $2, $3, $4)
		on conflict (partner_id, merchant_id) do update set code = excluded.code, member_id = excluded.member_id, created_at = excluded.created_at`,
		sc.partner, sc.merchant, code, sc.member)
	return done(deed{Text: code, Before: was}), err
}

// unqualify takes the code back. It isn't asked about: whoever could do that in
// a member's name gains nothing, and the member can undo it.
func unqualify(ctx context.Context, tx pgx.Tx, sc scene) (effect, error) {
	if err := lockTeam(ctx, tx, sc.partner); err != nil {
		return effect{}, err
	}
	was, err := qualified(ctx, tx, sc)
	if err != nil || was == nil {
		return unchanged(), err
	}
	_, err = tx.Exec(ctx, `delete from qualifications where (partner_id, merchant_id) = ($1, $2)`, sc.partner, sc.merchant)
	return done(deed{Text: was.Text, Before: was}), err
}

// qualified returns the qualification of the scene's merchant; nil = none.
func qualified(ctx context.Context, tx pgx.Tx, sc scene) (*former, error) {
	var was former
	err := tx.QueryRow(ctx, `select code, member_id, created_at from qualifications where (partner_id, merchant_id) = ($1, $2)`,
		sc.partner, sc.merchant).Scan(&was.Text, &was.Member, &was.At)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // not to be qualified is no fault, and the zero former is one
	}
	return &was, err
}

// undoQualification gives the merchant the code back that they had before. One
// that a colleague has given them since stays.
func undoQualification(ctx context.Context, tx pgx.Tx, sc scene, verb tradepost.Verb, d deed) error {
	if err := lockTeam(ctx, tx, sc.partner); err != nil {
		return err
	}
	now, err := qualified(ctx, tx, sc)
	if err != nil {
		return err
	}
	if verb == tradepost.VerbUnqualify && now != nil || verb == tradepost.VerbQualify && (now == nil || now.Text != d.Text || now.Member != sc.member) {
		return nil
	}
	if d.Before == nil {
		_, err := tx.Exec(ctx, `delete from qualifications where (partner_id, merchant_id) = ($1, $2)`, sc.partner, sc.merchant)
		return err
	}
	_, err = tx.Exec(ctx, `insert into qualifications (partner_id, merchant_id, code, member_id, created_at) values ($1, $2, $3, $4, $5)
		on conflict (partner_id, merchant_id) do update set code = excluded.code, member_id = excluded.member_id, created_at = excluded.created_at`,
		sc.partner, sc.merchant, d.Before.Text, d.Before.Member, d.Before.At)
	return err
}

// admit refuses to open a conversation with a partner who is there for those alone
// whom it has qualified.
func admit(ctx context.Context, tx pgx.Tx, partner, merchant int64, kind tradepost.Kind) error {
	var access tradepost.PartnerAccess
	var qualified bool
	err := tx.QueryRow(ctx, `select access, exists (select from qualifications where (partner_id, merchant_id) = ($1, $2)) from partners where id = $1`,
		partner, merchant).Scan(&access, &qualified)
	if err == nil && !access.Admits(kind, qualified) {
		err = fmt.Errorf("the partner is contacted by merchants only whom it has qualified; a conversation of kind %s asks for that: %w",
			tradepost.KindQualification, tradepost.ErrRefused)
	}
	return err
}

// QualificationState returns what has become of a request to be qualified.
func (s *Store) QualificationState(ctx context.Context, conversation int64) (tradepost.QualificationState, error) {
	var qualified, declined bool
	err := s.pool.QueryRow(ctx, `
		select exists (select from qualifications q where (q.partner_id, q.merchant_id) = (c.partner_id, c.merchant_id)), c.declined_at is not null
		from conversations c where c.id = $1 and c.deleted_at is null`, conversation).Scan(&qualified, &declined)
	if err != nil {
		return "", fmt.Errorf("look up a request to be qualified: %w", notFound(err, "conversation %d", conversation))
	}
	return tradepost.QualificationStateOf(qualified, declined), nil
}

// Qualification returns a merchant's qualification by a partner, or
// tradepost.ErrNotFound.
func (s *Store) Qualification(ctx context.Context, partner, merchant int64) (Qualification, error) {
	var q Qualification
	err := s.pool.QueryRow(ctx, `select q.code, q.member_id, m.name, q.created_at from qualifications q join members m on m.id = q.member_id
		where (q.partner_id, q.merchant_id) = ($1, $2)`, partner, merchant).Scan(&q.Code, &q.MemberID, &q.Member, &q.At)
	if err != nil {
		err = fmt.Errorf("look up qualification: %w", notFound(err, "of merchant %d by partner %d", merchant, partner))
	}
	return q, err
}
