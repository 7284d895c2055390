package store

import (
	"context"
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
	var a Access
	c, err := s.conversation(ctx, conversation)
	if err != nil {
		return Access{}, err
	}
	a.Conversation = c
	a.Person = Correspondent{Role: role, ID: person}
	switch role {
	case tradepost.AuthorMerchant:
		if c.Merchant.ID != person {
			return Access{}, fmt.Errorf("merchant %d in conversation %d: %w", person, conversation, tradepost.ErrNotFound)
		}
		a.Person.Name, a.Person.Address, a.Person.Locale = c.Merchant.Name, c.Merchant.Email, c.Merchant.Locale
		a.Addresses = []string{tradepost.FoldAddress(c.Merchant.Email)}
	default:
		var removed bool
		err := s.pool.QueryRow(ctx, `
			select m.name, m.locale, m.zone, m.removed_at is not null,
			       (select address from member_addresses a where a.member_id = m.id and is_primary),
			       (select array_agg(folded) from member_addresses a where a.member_id = m.id)
			from members m where m.id = $1 and m.partner_id = $2`, person, c.PartnerID).Scan(
			&a.Person.Name, &a.Person.Locale, &a.Person.Zone, &removed, &a.Person.Address, &a.Addresses)
		if err != nil {
			return Access{}, notFound(err, "member %d in conversation %d", person, conversation)
		}
		if removed {
			return a, fmt.Errorf("member %d left the partner: %w", person, tradepost.ErrRefused)
		}
	}
	err = s.pool.QueryRow(ctx, `select exists (select from blocks where (partner_id, merchant_id) = ($1, $2))`,
		c.PartnerID, c.Merchant.ID).Scan(&a.Blocked)
	if err != nil {
		return Access{}, fmt.Errorf("blocks of conversation %d: %w", conversation, err)
	}
	rows, err := s.pool.Query(ctx, `
		select distinct coalesce(mb.name, mc.name) from messages m
		left join members mb on mb.id = m.member_id left join merchants mc on mc.id = m.merchant_id
		where m.conversation_id = $1 and m.deleted_at is null and m.author <> 'system'`, conversation)
	if err != nil {
		return Access{}, fmt.Errorf("people of conversation %d: %w", conversation, err)
	}
	if a.People, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
		return Access{}, fmt.Errorf("people of conversation %d: %w", conversation, err)
	}
	return a, nil
}

// PersonAddresses returns all verified addresses of a member, removed or not, or
// of a merchant, folded. There are none where the person is not known.
func (s *Store) PersonAddresses(ctx context.Context, role tradepost.AuthorRole, person int64) ([]string, error) {
	query := `select coalesce(array_agg(folded), '{}') from member_addresses where member_id = $1`
	if role == tradepost.AuthorMerchant {
		query = `select coalesce(array_agg(lower(email)), '{}') from merchants where id = $1`
	}
	var addresses []string
	if err := s.pool.QueryRow(ctx, query, person).Scan(&addresses); err != nil {
		return nil, fmt.Errorf("addresses of %s %d: %w", role, person, err)
	}
	return addresses, nil
}
