package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// Service is one thing a partner offers.
type Service struct {
	ID         int64
	PartnerID  int64
	ExternalID string
	Name       string
	Languages  []string // ISO 639; none = any
	Version    int64    // counts changes
}

// Profile is what describes s.
func (s Service) Profile() tradepost.ServiceProfile {
	return tradepost.ServiceProfile{ExternalID: s.ExternalID, Name: s.Name, Languages: s.Languages}
}

const selectService = `select s.id, s.partner_id, coalesce(s.external_id, ''), s.name, s.languages, s.version from services s `

func scanService(row pgx.CollectableRow) (s Service, err error) {
	return s, row.Scan(&s.ID, &s.PartnerID, &s.ExternalID, &s.Name, &s.Languages, &s.Version)
}

// serviceUnique are the fields of a service that no other of the partner may have.
var serviceUnique = map[string]string{"services_by_name": "name", "services_by_external_id": "external_id"}

// AddService gives a partner a service, and returns its id. A fault of p, and a name
// or an external id that another service of the partner has, are a
// tradepost.Invalid.
func (s *Store) AddService(ctx context.Context, partner int64, p tradepost.ServiceProfile, req Request) (id int64, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) (err error) {
		id, err = once(ctx, tx, req, func() (int64, error) {
			if err := p.Validate(); err != nil {
				return 0, err
			}
			if _, err := lockedPartner(ctx, tx, partner); err != nil {
				return 0, err
			}
			made := Service{ExternalID: p.ExternalID, Name: p.Name, Languages: p.Languages}
			err := insertService(ctx, tx, partner, &made)
			return made.ID, err
		})
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("add a service to partner %d: %w", partner, err)
	}
	return id, nil
}

func insertService(ctx context.Context, tx pgx.Tx, partner int64, s *Service) error {
	s.PartnerID = partner
	err := tx.QueryRow(ctx, `insert into services (partner_id, external_id, name, languages) values ($1, nullif($2, ''), $3, coalesce($4::text[], '{}'))
		returning id, version`, partner, s.ExternalID, s.Name, s.Languages).Scan(&s.ID, &s.Version)
	return taken(err, serviceUnique)
}

// Service returns a service that is offered.
func (s *Store) Service(ctx context.Context, id int64) (Service, error) {
	rows, err := s.pool.Query(ctx, selectService+`where s.id = $1 and s.removed_at is null`, id)
	if err != nil {
		return Service{}, fmt.Errorf("service %d: %w", id, err)
	}
	v, err := pgx.CollectExactlyOneRow(rows, scanService)
	return v, notFound(err, "service %d", id)
}

// SetService changes what describes a service, as a whole; see SetPartner for only.
func (s *Store) SetService(ctx context.Context, id int64, to tradepost.ServiceProfile, only ...int64) (after Service, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockService(ctx, tx, id, only); err != nil {
			return err
		}
		after, err = updateService(ctx, tx, id, to)
		return err
	})
	if err != nil {
		return Service{}, fmt.Errorf("set service %d: %w", id, err)
	}
	return after, nil
}

func updateService(ctx context.Context, tx pgx.Tx, id int64, to tradepost.ServiceProfile) (after Service, err error) {
	if err := to.Validate(); err != nil {
		return Service{}, err
	}
	rows, err := tx.Query(ctx, `update services s set external_id = nullif($2, ''), name = $3, languages = coalesce($4::text[], '{}') where id = $1
		returning s.id, s.partner_id, coalesce(s.external_id, ''), s.name, s.languages, s.version`, id, to.ExternalID, to.Name, to.Languages)
	if err != nil {
		return Service{}, err
	}
	after, err = pgx.CollectExactlyOneRow(rows, scanService)
	return after, taken(err, serviceUnique)
}

// RemoveService ends what a partner offers. Conversations about it go on and show
// its name; no new one is about it.
func (s *Store) RemoveService(ctx context.Context, id int64, only ...int64) error {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockService(ctx, tx, id, only); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `update services set removed_at = now() where id = $1`, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("remove service %d: %w", id, err)
	}
	return nil
}

// lockService locks a service that is offered; see stillAt for only.
func lockService(ctx context.Context, tx pgx.Tx, id int64, only []int64) error {
	var version int64
	err := tx.QueryRow(ctx, `select version from services where id = $1 and removed_at is null for no key update`, id).Scan(&version)
	if err != nil {
		return notFound(err, "service %d", id)
	}
	return stillAt(version, only)
}
