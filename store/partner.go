package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// Partner is an organisation that can be contacted.
type Partner struct {
	ID        int64
	Name      string
	Published bool
	Services  []Service
	Members   []Member
}

// Service is one thing a partner offers.
type Service struct {
	ID   int64
	Name string
}

// Member is a person of a partner's team.
type Member struct {
	ID     int64
	Name   string
	Email  string // the primary address
	Role   string // owner or member
	Locale string
	Zone   string // IANA name
	Alert  tradepost.AlertSetting
	Digest tradepost.DigestSetting
	// Suppressed says why the primary address takes no mail; nil = it does.
	Suppressed *Suppression
}

// AddPartner creates a partner with its services and members; ids in p are
// ignored, settings left empty take their defaults. It returns the partner as
// stored.
func (s *Store) AddPartner(ctx context.Context, p Partner) (Partner, error) {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `insert into partners (name, published) values ($1, $2) returning id`,
			p.Name, p.Published).Scan(&p.ID)
		if err != nil {
			return err
		}
		for i := range p.Services {
			err := tx.QueryRow(ctx, `insert into services (partner_id, name) values ($1, $2) returning id`,
				p.ID, p.Services[i].Name).Scan(&p.Services[i].ID)
			if err != nil {
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

func addMember(ctx context.Context, tx pgx.Tx, partner int64, m *Member) error {
	if p := tradepost.AddressProblem(m.Email); p != "" {
		return tradepost.Invalid{{Field: "email", Problem: p}}
	}
	err := tx.QueryRow(ctx, `
		insert into members (partner_id, name, role, locale, zone, alert, digest)
		values ($1, $2, coalesce(nullif($3, ''), 'member'), coalesce(nullif($4, ''), 'en'), coalesce(nullif($5, ''), 'UTC'),
		        coalesce(nullif($6, ''), 'first_contact'), coalesce(nullif($7, ''), 'hourly'))
		returning id, role, locale, zone, alert, digest`,
		partner, m.Name, m.Role, m.Locale, m.Zone, string(m.Alert), string(m.Digest),
	).Scan(&m.ID, &m.Role, &m.Locale, &m.Zone, &m.Alert, &m.Digest)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `update members set digest_minute = $2 where id = $1`, m.ID, tradepost.DigestMinute(m.ID)); err != nil {
		return err
	}
	if _, err = tx.Exec(ctx, `insert into member_addresses (member_id, address, is_primary) values ($1, $2, true)`, m.ID, m.Email); err != nil {
		return err
	}
	return verified(ctx, tx, m.Email)
}

// Partners lists all partners with their services and present members, oldest first.
func (s *Store) Partners(ctx context.Context) ([]Partner, error) {
	rows, err := s.pool.Query(ctx, `select id, name, published from partners order by id`)
	if err != nil {
		return nil, fmt.Errorf("list partners: %w", err)
	}
	partners, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p Partner, err error) {
		return p, row.Scan(&p.ID, &p.Name, &p.Published)
	})
	if err != nil {
		return nil, fmt.Errorf("list partners: %w", err)
	}
	index := make(map[int64]*Partner, len(partners))
	for i := range partners {
		index[partners[i].ID] = &partners[i]
	}
	rows, err = s.pool.Query(ctx, `select partner_id, id, name from services order by id`)
	if err != nil {
		return nil, fmt.Errorf("list services: %w", err)
	}
	var partner int64
	var sv Service
	_, err = pgx.ForEachRow(rows, []any{&partner, &sv.ID, &sv.Name}, func() error {
		if p := index[partner]; p != nil {
			p.Services = append(p.Services, sv)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list services: %w", err)
	}
	rows, err = s.pool.Query(ctx, `
		select m.partner_id, m.id, m.name, a.address, m.role, m.locale, m.zone, m.alert, m.digest, su.reason, su.created_at
		from members m join member_addresses a on a.member_id = m.id and a.is_primary
		left join suppressions su on su.folded = a.folded
		where m.removed_at is null order by m.id`)
	if err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	var m Member
	var reason *tradepost.SuppressionReason
	var since *time.Time
	_, err = pgx.ForEachRow(rows, []any{&partner, &m.ID, &m.Name, &m.Email, &m.Role, &m.Locale, &m.Zone, &m.Alert, &m.Digest, &reason, &since}, func() error {
		m.Suppressed = nil
		if reason != nil && since != nil {
			m.Suppressed = &Suppression{Address: tradepost.FoldAddress(m.Email), Reason: *reason, Since: *since}
		}
		if p := index[partner]; p != nil {
			p.Members = append(p.Members, m)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	return partners, nil
}

// RemoveMember ends a membership: no more mail, and replies are refused.
func (s *Store) RemoveMember(ctx context.Context, id int64) error {
	tag, err := s.pool.Exec(ctx, `update members set removed_at = now() where id = $1 and removed_at is null`, id)
	if err != nil {
		return fmt.Errorf("remove member %d: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return fmt.Errorf("member %d: %w", id, tradepost.ErrNotFound)
	}
	return nil
}
