package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// Revoked reports whether a reply address was revoked: one of that person for
// that conversation whose newest message is through.
func (s *Store) Revoked(ctx context.Context, role tradepost.AuthorRole, person, conversation, through int64) (revoked bool, err error) {
	err = s.pool.QueryRow(ctx, `
		select exists (select from revocations where conversation_id = $1 and through > $2
			and (member_id is null and merchant_id is null or case when $3 = 'merchant' then merchant_id = $4 else member_id = $4 end))`,
		conversation, through, string(role), person).Scan(&revoked)
	if err != nil {
		return false, fmt.Errorf("look up revocations of conversation %d: %w", conversation, err)
	}
	return revoked, nil
}

// Revoke makes all reply addresses of a conversation that are out useless; by is
// an operator's name. Letters written from now on carry new ones.
func (s *Store) Revoke(ctx context.Context, conversation int64, by string) error {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		var there bool
		err := tx.QueryRow(ctx, `select true from conversations where id = $1`, conversation).Scan(&there)
		if err != nil {
			return notFound(err, "conversation %d", conversation)
		}
		return revoke(ctx, tx, conversation, "", 0, by)
	})
	if err != nil {
		return fmt.Errorf("revoke the addresses of conversation %d: %w", conversation, err)
	}
	return nil
}

// revoke writes a revocation, of everybody where person is 0. Its number is drawn
// from the messages' sequence and goes to no message: all messages there are, or
// that are just being written, are below it, and so is what every letter names
// that has gone out. A letter written later names it in place of an older
// message (Matter.RevokedThrough), and is above all that was revoked.
func revoke(ctx context.Context, tx pgx.Tx, conversation int64, role tradepost.AuthorRole, person int64, by string) error {
	_, err := tx.Exec(ctx, `insert into revocations (conversation_id, member_id, merchant_id, through, revoked_by)
		values ($1, nullif($2, 0), nullif($3, 0), nextval(pg_get_serial_sequence('messages', 'id')), $4)`,
		conversation, when(role == tradepost.AuthorMember, person), when(role == tradepost.AuthorMerchant, person), by)
	return err
}

// revocation is up to where addresses were revoked: of a person, or of everybody.
type revocation struct {
	member, merchant, through int64
}

// loadRevocations returns the revocations of conversations. There are hardly any.
func loadRevocations(ctx context.Context, tx pgx.Tx, conversations []int64) (map[int64][]revocation, error) {
	rows, err := tx.Query(ctx, `
		select conversation_id, coalesce(member_id, 0), coalesce(merchant_id, 0), max(through)
		from revocations where conversation_id = any($1) group by 1, 2, 3`, conversations)
	if err != nil {
		return nil, err
	}
	all := make(map[int64][]revocation)
	var conversation int64
	var r revocation
	_, err = pgx.ForEachRow(rows, []any{&conversation, &r.member, &r.merchant, &r.through}, func() error {
		all[conversation] = append(all[conversation], r)
		return nil
	})
	return all, err
}

// revokedThrough is the highest of those revocations that concern a person.
func revokedThrough(list []revocation, p Correspondent) (through int64) {
	for _, r := range list {
		theirs := r.member == p.ID
		if p.Role == tradepost.AuthorMerchant {
			theirs = r.merchant == p.ID
		}
		if theirs || r.member == 0 && r.merchant == 0 {
			through = max(through, r.through)
		}
	}
	return through
}
