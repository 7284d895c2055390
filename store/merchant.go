package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// Merchant is a merchant as stored. Email is never for the partner's eyes.
type Merchant struct {
	ID int64
	tradepost.Merchant
}

// KnownMerchant is a merchant with what the platform knows of them.
type KnownMerchant struct {
	Merchant
	tradepost.Facts
	Version int64 // counts changes
}

const selectMerchant = `select m.id, coalesce(m.external_id, ''), m.name, m.email, coalesce(m.public_email, ''), m.role, m.store_name, m.store_url, m.locale,
	m.website, m.profile_url, m.reseller_type, m.open_orders, coalesce(m.last_invoice_on::text, ''), m.version
	from merchants m `

func scanMerchant(row pgx.CollectableRow) (m KnownMerchant, err error) {
	return m, row.Scan(&m.ID, &m.ExternalID, &m.Name, &m.Email, &m.PublicEmail, &m.Role, &m.StoreName, &m.StoreURL, &m.Locale,
		&m.Website, &m.ProfileURL, &m.ResellerType, &m.OpenOrders, &m.LastInvoiceOn, &m.Version)
}

// Merchant returns a merchant.
func (s *Store) Merchant(ctx context.Context, id int64) (KnownMerchant, error) {
	rows, err := s.pool.Query(ctx, selectMerchant+`where m.id = $1`, id)
	if err != nil {
		return KnownMerchant{}, fmt.Errorf("merchant %d: %w", id, err)
	}
	m, err := pgx.CollectExactlyOneRow(rows, scanMerchant)
	return m, notFound(err, "merchant %d", id)
}

// MerchantNamed returns the merchant whom an identity finds; see
// tradepost.Merchant.Identity.
func (s *Store) MerchantNamed(ctx context.Context, identity string) (KnownMerchant, error) {
	rows, err := s.pool.Query(ctx, selectMerchant+`where m.identity = $1`, identity)
	if err != nil {
		return KnownMerchant{}, fmt.Errorf("find a merchant: %w", err)
	}
	m, err := pgx.CollectExactlyOneRow(rows, scanMerchant)
	return m, notFound(err, "merchant")
}

// PutMerchant stores a merchant, whom it makes or changes as a whole, and reports
// whether it made one. A fault is a tradepost.Invalid. only, if given, are the
// versions that may be changed, which a merchant who isn't there has none of.
func (s *Store) PutMerchant(ctx context.Context, m tradepost.Merchant, f tradepost.Facts, only ...int64) (after KnownMerchant, made bool, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		before, err := lockedMerchant(ctx, tx, m.Identity())
		made = errors.Is(err, tradepost.ErrNotFound)
		if err != nil && !made {
			return err
		}
		if err := stillAt(before.Version, only); err != nil {
			return err
		}
		after, err = saveMerchant(ctx, tx, m, f)
		return err
	})
	if err != nil {
		return KnownMerchant{}, false, fmt.Errorf("put a merchant: %w", err)
	}
	return after, made, nil
}

func lockedMerchant(ctx context.Context, tx pgx.Tx, identity string) (KnownMerchant, error) {
	rows, err := tx.Query(ctx, selectMerchant+`where m.identity = $1 for no key update`, identity)
	if err != nil {
		return KnownMerchant{}, err
	}
	m, err := pgx.CollectExactlyOneRow(rows, scanMerchant)
	return m, notFound(err, "merchant")
}

// saveMerchant writes all that is known of a merchant; what is empty in it is empty
// from now on.
func saveMerchant(ctx context.Context, tx pgx.Tx, m tradepost.Merchant, f tradepost.Facts) (after KnownMerchant, err error) {
	var faults tradepost.Invalid
	for _, err := range []error{m.Validate(), f.Validate()} {
		if more, ok := errors.AsType[tradepost.Invalid](err); ok {
			faults = append(faults, more...)
		}
	}
	if faults != nil {
		return KnownMerchant{}, faults
	}
	id, err := upsertMerchant(ctx, tx, m)
	if err != nil {
		return KnownMerchant{}, err
	}
	_, err = tx.Exec(ctx, `update merchants set public_email = nullif($2, ''), locale = coalesce(nullif($3, ''), 'en'), website = $4, profile_url = $5,
		reseller_type = $6, open_orders = $7, last_invoice_on = nullif($8, '')::date, updated_at = now() where id = $1`,
		id, m.PublicEmail, m.Locale, f.Website, f.ProfileURL, f.ResellerType, f.OpenOrders, f.LastInvoiceOn)
	if err != nil {
		return KnownMerchant{}, err
	}
	rows, err := tx.Query(ctx, selectMerchant+`where m.id = $1`, id)
	if err != nil {
		return KnownMerchant{}, err
	}
	return pgx.CollectExactlyOneRow(rows, scanMerchant)
}

// upsertMerchant stores who a merchant is, as a request describes them. What it
// doesn't carry stays as it is: facts, the public address, the language.
func upsertMerchant(ctx context.Context, tx pgx.Tx, m tradepost.Merchant) (id int64, err error) {
	var moved bool // to another address
	err = tx.QueryRow(ctx, `
		with was as (select email from merchants where identity = $1)
		insert into merchants as m (identity, external_id, name, email, public_email, role, store_name, store_url, locale, search)
		values ($1, nullif($2, ''), $3, $4, nullif($5, ''), $6, $7, $8, coalesce(nullif($9, ''), 'en'), $10)
		on conflict (identity) do update set name = excluded.name, email = excluded.email,
			public_email = coalesce(excluded.public_email, m.public_email), role = excluded.role,
			store_name = excluded.store_name, store_url = excluded.store_url,
			locale = case when $9 = '' then m.locale else excluded.locale end, search = excluded.search, updated_at = now()
		returning id, exists (select from was where lower(email) <> lower($4))`,
		m.Identity(), m.ExternalID, m.Name, m.Email, m.PublicEmail, m.Role, m.StoreName, m.StoreURL, m.Locale, merchantSearch(m)).Scan(&id, &moved)
	if err == nil && moved {
		err = verified(ctx, tx, m.Email)
	}
	if err == nil {
		_, err = tx.Exec(ctx, `update first_contacts set search = $2 where merchant_id = $1 and search <> $2`, id, merchantSearch(m))
	}
	return id, err
}

// Elsewhere is a qualification of a merchant by another partner.
type Elsewhere struct {
	PartnerID int64
	Partner   string
	Code      string
}

// maxElsewhere bounds how many are listed.
const maxElsewhere = 100

// QualifiedElsewhere lists the qualifications of a merchant by published partners
// other than one, the oldest first: a hundred at most. Codes, and who gave them, are
// the other teams' own; only the platform is to see more than how many there are.
func (s *Store) QualifiedElsewhere(ctx context.Context, merchant, but int64) ([]Elsewhere, error) {
	rows, err := s.pool.Query(ctx, `select p.id, p.name, q.code from qualifications q join partners p on p.id = q.partner_id
		where q.merchant_id = $1 and q.partner_id <> $2 and p.published order by q.created_at, p.id limit $3`, merchant, but, maxElsewhere)
	if err != nil {
		return nil, fmt.Errorf("qualifications of merchant %d: %w", merchant, err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Elsewhere])
	if err != nil {
		return nil, fmt.Errorf("qualifications of merchant %d: %w", merchant, err)
	}
	return list, nil
}
