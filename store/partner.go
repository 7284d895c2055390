package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tradepost-mail/tradepost"
)

// Partner is an organisation that can be contacted.
type Partner struct {
	ID          int64
	ExternalID  string
	Name        string
	Published   bool
	Access      tradepost.PartnerAccess
	DefaultCode string // of qualifications; "" = none
	RawDays     *int64 // see tradepost.PartnerProfile
	Version     int64  // counts changes of all that but the id
	Services    []Service
	Members     []Member
}

// Profile is what describes p.
func (p Partner) Profile() tradepost.PartnerProfile {
	return tradepost.PartnerProfile{ExternalID: p.ExternalID, Name: p.Name, Published: p.Published, Access: p.Access,
		DefaultCode: p.DefaultCode, RawDays: p.RawDays}
}

// partnerFrom is a partner of that profile, without services and members.
func partnerFrom(p tradepost.PartnerProfile) Partner {
	return Partner{ExternalID: p.ExternalID, Name: p.Name, Published: p.Published, Access: p.Access, DefaultCode: p.DefaultCode, RawDays: p.RawDays}
}

const selectPartner = `select p.id, coalesce(p.external_id, ''), p.name, p.published, p.access, coalesce(p.default_code, ''), p.raw_retention_days, p.version
	from partners p `

func scanPartner(row pgx.CollectableRow) (p Partner, err error) {
	return p, row.Scan(&p.ID, &p.ExternalID, &p.Name, &p.Published, &p.Access, &p.DefaultCode, &p.RawDays, &p.Version)
}

// AddPartner creates a partner with its services and members; ids in p are
// ignored, settings left empty take their defaults. It returns the partner as
// stored.
func (s *Store) AddPartner(ctx context.Context, p Partner) (Partner, error) {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		if err := insertPartner(ctx, tx, &p); err != nil {
			return err
		}
		for i := range p.Services {
			if err := insertService(ctx, tx, p.ID, &p.Services[i]); err != nil {
				return err
			}
		}
		for i := range p.Members {
			if err := addMember(ctx, tx, p.ID, &p.Members[i]); err != nil {
				return fmt.Errorf("member %d: %w", i, err)
			}
		}
		return nil
	})
	if err != nil {
		return Partner{}, fmt.Errorf("add partner %q: %w", p.Name, err)
	}
	return p, nil
}

// NewPartner creates a partner without services and members, and returns its id. A
// fault of p, and an external id that another partner has, are a tradepost.Invalid.
func (s *Store) NewPartner(ctx context.Context, p tradepost.PartnerProfile, req Request) (id int64, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) (err error) {
		id, err = once(ctx, tx, req, func() (int64, error) {
			if err := p.Validate(); err != nil {
				return 0, err
			}
			made := partnerFrom(p)
			err := insertPartner(ctx, tx, &made)
			return made.ID, err
		})
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("add partner %q: %w", p.Name, err)
	}
	return id, nil
}

func insertPartner(ctx context.Context, tx pgx.Tx, p *Partner) error {
	err := tx.QueryRow(ctx, `insert into partners (external_id, name, published, access, default_code, raw_retention_days, search)
		values (nullif($1, ''), $2, $3, coalesce(nullif($4, ''), 'open'), nullif($5, ''), $6, $7) returning id, access, version`,
		p.ExternalID, p.Name, p.Published, string(p.Access), p.DefaultCode, p.RawDays, searchText(p.Name)).Scan(&p.ID, &p.Access, &p.Version)
	return taken(err, map[string]string{"partners_external_id_key": "external_id"})
}

// SetPartner changes what describes a partner, as a whole, and returns it with its
// services and members. byTeam says that the partner's own team asks, which may not
// change everything; only, if given, are the versions that may be changed
// (tradepost.ErrChanged).
func (s *Store) SetPartner(ctx context.Context, id int64, to tradepost.PartnerProfile, byTeam bool, only ...int64) (after Partner, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		before, err := lockedPartner(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := stillAt(before.Version, only); err != nil {
			return err
		}
		if byTeam {
			if err := before.Profile().PlatformsAlone(to); err != nil {
				return err
			}
		}
		if err := updatePartner(ctx, tx, id, to); err != nil {
			return err
		}
		list, err := partnersWhere(ctx, tx, `where p.id = $1`, id)
		if err == nil {
			after = list[0]
		}
		return err
	})
	if err != nil {
		return Partner{}, fmt.Errorf("set partner %d: %w", id, err)
	}
	return after, nil
}

func lockedPartner(ctx context.Context, tx pgx.Tx, id int64) (Partner, error) {
	rows, err := tx.Query(ctx, selectPartner+`where p.id = $1 for no key update`, id)
	if err != nil {
		return Partner{}, err
	}
	p, err := pgx.CollectExactlyOneRow(rows, scanPartner)
	return p, notFound(err, "partner %d", id)
}

func updatePartner(ctx context.Context, tx pgx.Tx, id int64, to tradepost.PartnerProfile) error {
	if err := to.Validate(); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `update partners set external_id = nullif($2, ''), name = $3, published = $4, access = $5, default_code = nullif($6, ''),
		raw_retention_days = $7, search = $8 where id = $1`,
		id, to.ExternalID, to.Name, to.Published, to.Access, to.DefaultCode, to.RawDays, searchText(to.Name))
	return taken(err, map[string]string{"partners_external_id_key": "external_id"})
}

// PartnerFilter selects partners of a list. Its zero fields don't ask.
type PartnerFilter struct {
	ID         int64
	ExternalID string
	Published  *bool
	// Contactable partners are published and have a service.
	Contactable bool
	Service     string // name of one of theirs, in any case
	Language    string // in which they offer that service, or any
	// Search is found in the name, in any case and with or without diacritics. It
	// needs three characters, below which no index helps.
	Search string
	After  int64 // continues a list behind that partner
	Limit  int   // at most so many; 0 = all
}

func (f PartnerFilter) where() (sql string, args []any, err error) {
	var b strings.Builder
	b.WriteString(`where true`)
	and := func(condition string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		b.WriteString(" and " + condition)
	}
	if f.ID != 0 {
		and(`p.id = ?`, f.ID)
	}
	if f.ExternalID != "" {
		and(`p.external_id = ?`, f.ExternalID)
	}
	if f.Published != nil {
		and(`p.published = ?`, *f.Published)
	}
	if f.Contactable {
		and(`p.published`)
	}
	switch {
	case f.Service != "" && f.Language != "":
		and(`exists (select from services s where s.partner_id = p.id and s.removed_at is null and s.folded = lower(?)
			and (s.languages = '{}' or ?::text = any(s.languages)))`, f.Service, f.Language)
	case f.Service != "":
		and(`exists (select from services s where s.partner_id = p.id and s.removed_at is null and s.folded = lower(?))`, f.Service)
	case f.Language != "":
		and(`exists (select from services s where s.partner_id = p.id and s.removed_at is null and (s.languages = '{}' or ?::text = any(s.languages)))`, f.Language)
	case f.Contactable:
		and(`exists (select from services s where s.partner_id = p.id and s.removed_at is null)`)
	}
	if f.Search != "" {
		if utf8.RuneCountInString(searchText(f.Search)) < minSearch {
			return "", nil, tradepost.Invalid{{Field: "query.q", Problem: "needs three characters"}}
		}
		and(`p.search like '%' || ? || '%'`, likeEscaped.Replace(searchText(f.Search)))
	}
	if f.After != 0 {
		and(`p.id > ?`, f.After)
	}
	b.WriteString(` order by p.id`)
	if f.Limit != 0 {
		args = append(args, f.Limit)
		b.WriteString(` limit $` + strconv.Itoa(len(args)))
	}
	return b.String(), args, nil
}

// Partners lists all partners with their services and present members, oldest first.
func (s *Store) Partners(ctx context.Context) ([]Partner, error) {
	return s.PartnersWith(ctx, PartnerFilter{})
}

// PartnersWith lists partners with their services and present members, oldest first.
// A filter that makes no sense is a tradepost.Invalid.
func (s *Store) PartnersWith(ctx context.Context, f PartnerFilter) (list []Partner, err error) {
	where, args, err := f.where()
	if err != nil {
		return nil, err
	}
	err = s.inTx(ctx, func(tx pgx.Tx) (err error) {
		list, err = partnersWhere(ctx, tx, where, args...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list partners: %w", err)
	}
	return list, nil
}

// Partner returns a partner with its services and present members.
func (s *Store) Partner(ctx context.Context, id int64) (Partner, error) {
	list, err := s.PartnersWith(ctx, PartnerFilter{ID: id})
	switch {
	case err != nil:
		return Partner{}, err
	case len(list) == 0:
		return Partner{}, fmt.Errorf("partner %d: %w", id, tradepost.ErrNotFound)
	}
	return list[0], nil
}

// partnersWhere reads partners, and then of these alone what they have.
func partnersWhere(ctx context.Context, tx pgx.Tx, where string, args ...any) ([]Partner, error) {
	partners, err := collect(ctx, tx, scanPartner, selectPartner+where, args...)
	if err != nil {
		return nil, err
	}
	ids, index := make([]int64, len(partners)), make(map[int64]*Partner, len(partners))
	for i := range partners {
		ids[i], index[partners[i].ID] = partners[i].ID, &partners[i]
	}
	services, err := collect(ctx, tx, scanService, selectService+`where s.partner_id = any($1) and s.removed_at is null order by s.id`, ids)
	if err != nil {
		return nil, err
	}
	for _, sv := range services {
		p := index[sv.PartnerID]
		p.Services = append(p.Services, sv)
	}
	members, err := collect(ctx, tx, scanMember, selectMember+`where m.partner_id = any($1) and m.removed_at is null order by m.id`, ids)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		p := index[m.PartnerID]
		p.Members = append(p.Members, m)
	}
	return partners, nil
}

// taken turns the violation of one of the indexes named into the fault of the field
// that it keeps unique.
func taken(err error, fields map[string]string) error {
	var e *pgconn.PgError
	if errors.As(err, &e) && e.Code == "23505" {
		if field := fields[e.ConstraintName]; field != "" {
			return tradepost.Invalid{{Field: field, Problem: "is another's already"}}
		}
	}
	return err
}
