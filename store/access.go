package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// Access is what a reply address opens: the person it was given to and the
// conversation, as of now.
type Access struct {
	Person       Correspondent
	Addresses    []string // all verified ones of the person, folded
	Conversation Conversation
	// Blocked says that the partner takes nothing from the merchant, nor writes to them.
	Blocked bool
	// People are the names of everybody who wrote in the conversation: evidence
	// for where a quote begins.
	People []string
}

// Access looks up the person and the conversation that a reply address names.
// tradepost.ErrNotFound where either is gone or they have nothing to do with
// each other, tradepost.ErrRefused where the member left.
func (s *Store) Access(ctx context.Context, role tradepost.AuthorRole, person, conversation int64) (Access, error) {
	a, now, err := s.Standing(ctx, role, person, conversation)
	switch {
	case err != nil:
		return Access{}, err
	case now == tradepost.AccessGone && role == tradepost.AuthorMember && a.Person.Address != "":
		return a, fmt.Errorf("member %d left the partner: %w", person, tradepost.ErrRefused)
	case now == tradepost.AccessGone || now == tradepost.AccessClosed:
		return Access{}, fmt.Errorf("%s %d in conversation %d: %w", role, person, conversation, tradepost.ErrNotFound)
	}
	return a, nil
}

// Standing returns what a reply address opens and what the person may still do
// there. What is known is in Access whatever they may: the conversation unless
// there never was one or it was deleted, the person if they are, or were, of its
// partner. The error is none of the standing.
func (s *Store) Standing(ctx context.Context, role tradepost.AuthorRole, person, conversation int64) (a Access, now tradepost.AccessStanding, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		a = Access{Person: Correspondent{Role: role, ID: person}}
		if now, err = standing(ctx, tx, role, person, conversation, false); err != nil {
			return err
		}
		if now == tradepost.AccessClosed {
			return nil
		}
		return a.load(ctx, tx, conversation)
	})
	if err != nil {
		return Access{}, "", fmt.Errorf("access of %s %d to conversation %d: %w", role, person, conversation, err)
	}
	a.Blocked = now == tradepost.AccessBlocked
	return a, now, nil
}

// standing is what a person may do in a conversation. With lock it stays so until
// the transaction ends, as far as a deletion goes.
func standing(ctx context.Context, tx pgx.Tx, role tradepost.AuthorRole, person, conversation int64, lock bool) (tradepost.AccessStanding, error) {
	sql := `
		select case when $2 = 'merchant' then c.merchant_id = $3
		            else exists (select from members m where m.id = $3 and m.partner_id = c.partner_id and m.removed_at is null) end,
		       c.deleted_at is not null,
		       exists (select from blocks b where (b.partner_id, b.merchant_id) = (c.partner_id, c.merchant_id))
		from conversations c where c.id = $1`
	if lock {
		sql += ` for no key update of c`
	}
	var theirs, deleted, blocked bool
	err := tx.QueryRow(ctx, sql, conversation, string(role), person).Scan(&theirs, &deleted, &blocked)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return tradepost.AccessClosed, nil
	case err != nil:
		return "", err
	case deleted:
		return tradepost.AccessClosed, nil
	case !theirs && role == tradepost.AuthorMerchant: // who never leaves
		return tradepost.AccessClosed, nil
	case !theirs:
		return tradepost.AccessGone, nil
	case blocked:
		return tradepost.AccessBlocked, nil
	}
	return tradepost.AccessOpen, nil
}

// load fills in the conversation, the person, and who else wrote there.
func (a *Access) load(ctx context.Context, tx pgx.Tx, conversation int64) error {
	rows, err := tx.Query(ctx, selectConversation+`where c.id = $1`, conversation)
	if err != nil {
		return err
	}
	if a.Conversation, err = pgx.CollectExactlyOneRow(rows, scanConversation); err != nil {
		return err
	}
	theirs, err := a.loadPerson(ctx, tx)
	if err != nil || !theirs {
		return err
	}
	if a.Addresses, err = personAddresses(ctx, tx, a.Person.Role, a.Person.ID); err != nil {
		return err
	}
	rows, err = tx.Query(ctx, `
		select distinct coalesce(mb.name, mc.name) from messages m
		left join members mb on mb.id = m.member_id left join merchants mc on mc.id = m.merchant_id
		where m.conversation_id = $1 and m.deleted_at is null and m.author <> 'system'`, conversation)
	if err != nil {
		return err
	}
	a.People, err = pgx.CollectRows(rows, pgx.RowTo[string])
	return err
}

// loadPerson reports whether the person is, or was, on that side of the
// conversation.
func (a *Access) loadPerson(ctx context.Context, tx pgx.Tx) (theirs bool, err error) {
	p, c := &a.Person, a.Conversation
	if p.Role == tradepost.AuthorMerchant {
		if c.Merchant.ID != p.ID {
			return false, nil
		}
		p.Name, p.Address, p.Locale = c.Merchant.Name, c.Merchant.Email, c.Merchant.Locale
		return true, nil
	}
	err = tx.QueryRow(ctx, `
		select m.name, m.locale, m.zone, m.role = 'owner', a.address
		from members m join member_addresses a on a.member_id = m.id and a.is_primary
		where m.id = $1 and m.partner_id = $2`, p.ID, c.PartnerID).Scan(&p.Name, &p.Locale, &p.Zone, &p.Owner, &p.Address)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// PersonAddresses returns all verified addresses of a member, removed or not, or
// of a merchant, folded. There are none where the person is not known.
func (s *Store) PersonAddresses(ctx context.Context, role tradepost.AuthorRole, person int64) (addresses []string, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		addresses, err = personAddresses(ctx, tx, role, person)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("addresses of %s %d: %w", role, person, err)
	}
	return addresses, nil
}

func personAddresses(ctx context.Context, tx pgx.Tx, role tradepost.AuthorRole, person int64) ([]string, error) {
	query := `select folded from member_addresses where member_id = $1`
	if role == tradepost.AuthorMerchant {
		query = `select lower(email) from merchants where id = $1 union select folded from merchant_addresses where merchant_id = $1`
	}
	rows, err := tx.Query(ctx, query, person)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// OtherSide returns all addresses, folded, of those whom a person of the given
// side writes to in conversations: of the merchants, or of the partner's members.
// None of them may be shown to that person.
func (s *Store) OtherSide(ctx context.Context, role tradepost.AuthorRole, conversations []int64) (addresses []string, err error) {
	query := `
		select coalesce(array_agg(distinct a), '{}') from conversations c, lateral (
			select lower(email) from merchants where id = c.merchant_id
			union all select folded from merchant_addresses where merchant_id = c.merchant_id) t (a)
		where c.id = any($1)`
	if role == tradepost.AuthorMerchant {
		query = `
			select coalesce(array_agg(distinct a.folded), '{}') from conversations c
			join members m on m.partner_id = c.partner_id join member_addresses a on a.member_id = m.id
			where c.id = any($1)`
	}
	if err := s.pool.QueryRow(ctx, query, conversations).Scan(&addresses); err != nil {
		return nil, fmt.Errorf("addresses of the other side: %w", err)
	}
	return addresses, nil
}

// Deleted reports whether there was a conversation, which was deleted.
func (s *Store) Deleted(ctx context.Context, conversation int64) (deleted bool, err error) {
	err = s.pool.QueryRow(ctx, `select exists (select from conversations where id = $1 and deleted_at is not null)`, conversation).Scan(&deleted)
	if err != nil {
		return false, fmt.Errorf("look up whether conversation %d was deleted: %w", conversation, err)
	}
	return deleted, nil
}
