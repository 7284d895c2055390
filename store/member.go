package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// Member is a person of a partner's team.
type Member struct {
	ID         int64
	PartnerID  int64
	ExternalID string
	Name       string
	Email      string // the primary address
	Role       string // tradepost.RoleOwner or RoleMember
	Locale     string
	Zone       string // IANA name
	Alert      tradepost.AlertSetting
	Digest     tradepost.DigestSetting
	Aliases    []string // further addresses that they write from
	Version    int64    // counts changes of what describes them, addresses included
	// Suppressed says why the primary address takes no mail; nil = it does.
	Suppressed *Suppression
}

// Profile is what describes m.
func (m Member) Profile() tradepost.MemberProfile {
	return tradepost.MemberProfile{ExternalID: m.ExternalID, Name: m.Name, Email: m.Email, Role: m.Role, Locale: m.Locale, Zone: m.Zone}
}

// ByWhom says who asks for a change of a team.
type ByWhom int

// Who may ask, each for less than the one before.
const (
	ByPlatform ByWhom = iota
	ByTeam            // an owner, or a key of the partner
	ByMember          // of themselves
)

const selectMember = `select m.id, m.partner_id, coalesce(m.external_id, ''), m.name, a.address, m.role, m.locale, m.zone, m.alert, m.digest,
	array(select x.address from member_addresses x where x.member_id = m.id and not x.is_primary order by x.folded), m.version, su.reason, su.created_at
	from members m join member_addresses a on a.member_id = m.id and a.is_primary
	left join suppressions su on su.folded = a.folded `

func scanMember(row pgx.CollectableRow) (m Member, err error) {
	var reason *tradepost.SuppressionReason
	var since *time.Time
	err = row.Scan(&m.ID, &m.PartnerID, &m.ExternalID, &m.Name, &m.Email, &m.Role, &m.Locale, &m.Zone, &m.Alert, &m.Digest,
		&m.Aliases, &m.Version, &reason, &since)
	if reason != nil && since != nil {
		m.Suppressed = &Suppression{Address: tradepost.FoldAddress(m.Email), Reason: *reason, Since: *since}
	}
	return m, err
}

// Member returns a present member.
func (s *Store) Member(ctx context.Context, id int64) (Member, error) {
	rows, err := s.pool.Query(ctx, selectMember+`where m.id = $1 and m.removed_at is null`, id)
	if err != nil {
		return Member{}, fmt.Errorf("member %d: %w", id, err)
	}
	m, err := pgx.CollectExactlyOneRow(rows, scanMember)
	return m, notFound(err, "member %d", id)
}

// AddMember adds a person to a partner's team, and returns their id. What p leaves
// empty has its default. A fault of it, and an address or an external id of
// somebody else of the team, are a tradepost.Invalid.
func (s *Store) AddMember(ctx context.Context, partner int64, p tradepost.MemberProfile, by ByWhom, req Request) (id int64, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) (err error) {
		id, err = once(ctx, tx, req, func() (int64, error) {
			if _, err := lockedPartner(ctx, tx, partner); err != nil {
				return 0, err
			}
			return newMember(ctx, tx, partner, p, by)
		})
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("add a member to partner %d: %w", partner, err)
	}
	return id, nil
}

func newMember(ctx context.Context, tx pgx.Tx, partner int64, p tradepost.MemberProfile, by ByWhom) (id int64, err error) {
	p = p.WithDefaults()
	if err := validMember(p); err != nil {
		return 0, err
	}
	if err := lockTeam(ctx, tx, partner); err != nil {
		return 0, err
	}
	if err := addressFree(ctx, tx, partner, 0, p.Email, "email"); err != nil {
		return 0, err
	}
	m := Member{ExternalID: p.ExternalID, Name: p.Name, Email: p.Email, Role: p.Role, Locale: p.Locale, Zone: p.Zone}
	if err := insertMember(ctx, tx, partner, &m); err != nil {
		return 0, err
	}
	if by == ByPlatform {
		err = verified(ctx, tx, p.Email)
	}
	return m.ID, err
}

// validMember adds to the faults of p a zone that there isn't.
func validMember(p tradepost.MemberProfile) error {
	if err := p.Validate(); err != nil {
		return err
	}
	if _, err := time.LoadLocation(p.Zone); err != nil || p.Zone == "Local" {
		return tradepost.Invalid{{Field: "zone", Problem: "is not a time zone like Europe/Stockholm"}}
	}
	return nil
}

func addMember(ctx context.Context, tx pgx.Tx, partner int64, m *Member) error {
	if p := tradepost.AddressProblem(m.Email); p != "" {
		return tradepost.Invalid{{Field: "email", Problem: p}}
	}
	if err := insertMember(ctx, tx, partner, m); err != nil {
		return err
	}
	return verified(ctx, tx, m.Email)
}

func insertMember(ctx context.Context, tx pgx.Tx, partner int64, m *Member) error {
	m.PartnerID = partner
	err := tx.QueryRow(ctx, `
		insert into members (partner_id, name, role, locale, zone, alert, digest, external_id)
		values ($1, $2, coalesce(nullif($3, ''), 'member'), coalesce(nullif($4, ''), 'en'), coalesce(nullif($5, ''), 'UTC'),
		        coalesce(nullif($6, ''), 'first_contact'), coalesce(nullif($7, ''), 'hourly'), nullif($8, ''))
		returning id, role, locale, zone, alert, digest, version`,
		partner, m.Name, m.Role, m.Locale, m.Zone, string(m.Alert), string(m.Digest), m.ExternalID,
	).Scan(&m.ID, &m.Role, &m.Locale, &m.Zone, &m.Alert, &m.Digest, &m.Version)
	if err != nil {
		return taken(err, memberUnique)
	}
	if _, err := tx.Exec(ctx, `update members set digest_minute = $2 where id = $1`, m.ID, tradepost.DigestMinute(m.ID)); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into member_addresses (member_id, address, is_primary) values ($1, $2, true)`, m.ID, m.Email)
	return err
}

var memberUnique = map[string]string{"members_by_external_id": "external_id"}

// addressFree refuses an address that somebody else of the team has: a reply from it
// would be both's.
func addressFree(ctx context.Context, tx pgx.Tx, partner, member int64, address, field string) error {
	var whose bool
	err := tx.QueryRow(ctx, `select exists (select from member_addresses a join members m on m.id = a.member_id
		where m.partner_id = $1 and m.removed_at is null and m.id <> $2 and a.folded = lower($3))`, partner, member, address).Scan(&whose)
	if err == nil && whose {
		err = tradepost.Invalid{{Field: field, Problem: "is the address of another member of this team"}}
	}
	return err
}

// SetMember changes what describes a member, as a whole; see SetPartner for only.
// Another address becomes the primary one, and the one before is gone unless it is
// an alias. tradepost.ErrRefused where it would leave a team without its last owner.
func (s *Store) SetMember(ctx context.Context, id int64, to tradepost.MemberProfile, by ByWhom, only ...int64) (after Member, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		before, err := lockedMember(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := stillAt(before.Version, only); err != nil {
			return err
		}
		if by >= ByTeam {
			if err := before.Profile().PlatformsAlone(to.WithDefaults()); err != nil {
				return err
			}
		}
		if by == ByMember {
			if err := before.Profile().OwnersAlone(to.WithDefaults()); err != nil {
				return err
			}
		}
		after, err = updateMember(ctx, tx, before, to.WithDefaults())
		return err
	})
	if err != nil {
		return Member{}, fmt.Errorf("set member %d: %w", id, err)
	}
	return after, nil
}

// lockedMember locks a present member's team, then reads them.
func lockedMember(ctx context.Context, tx pgx.Tx, id int64) (Member, error) {
	var partner int64
	if err := tx.QueryRow(ctx, `select partner_id from members where id = $1 and removed_at is null`, id).Scan(&partner); err != nil {
		return Member{}, notFound(err, "member %d", id)
	}
	if err := lockTeam(ctx, tx, partner); err != nil {
		return Member{}, err
	}
	rows, err := tx.Query(ctx, selectMember+`where m.id = $1 and m.removed_at is null for no key update of m`, id)
	if err != nil {
		return Member{}, err
	}
	m, err := pgx.CollectExactlyOneRow(rows, scanMember)
	return m, notFound(err, "member %d", id)
}

func updateMember(ctx context.Context, tx pgx.Tx, before Member, to tradepost.MemberProfile) (after Member, err error) {
	if err := validMember(to); err != nil {
		return Member{}, err
	}
	if to.Role != tradepost.RoleOwner {
		if err := notLastOwner(ctx, tx, before, "made a mere member"); err != nil {
			return Member{}, err
		}
	}
	// Without another zone windows stay as they are.
	_, err = tx.Exec(ctx, `update members set external_id = nullif($2, ''), name = $3, role = $4, locale = $5, zone = $6,
		next_window_at = case when zone = $6 then next_window_at end where id = $1`,
		before.ID, to.ExternalID, to.Name, to.Role, to.Locale, to.Zone)
	if err != nil {
		return Member{}, taken(err, memberUnique)
	}
	if to.Email != before.Email {
		if err := movePrimary(ctx, tx, before, to.Email); err != nil {
			return Member{}, err
		}
	}
	rows, err := tx.Query(ctx, selectMember+`where m.id = $1`, before.ID)
	if err != nil {
		return Member{}, err
	}
	return pgx.CollectExactlyOneRow(rows, scanMember)
}

// movePrimary gives a member another primary address, which may have been an alias.
func movePrimary(ctx context.Context, tx pgx.Tx, m Member, address string) error {
	if err := addressFree(ctx, tx, m.PartnerID, m.ID, address, "email"); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `delete from member_addresses where member_id = $1 and (is_primary or folded = lower($2))`, m.ID, address)
	if err != nil {
		return err
	}
	if _, err = tx.Exec(ctx, `insert into member_addresses (member_id, address, is_primary) values ($1, $2, true)`, m.ID, address); err != nil {
		return err
	}
	return addressesChanged(ctx, tx, m.ID, address)
}

func addressesChanged(ctx context.Context, tx pgx.Tx, member int64, added string) error {
	if _, err := tx.Exec(ctx, `update members set version = version + 1 where id = $1`, member); err != nil {
		return err
	}
	return verified(ctx, tx, added)
}

// notLastOwner refuses what would leave a team that has an owner without one: who
// asked to what is done with them.
func notLastOwner(ctx context.Context, tx pgx.Tx, m Member, what string) error {
	if m.Role != tradepost.RoleOwner {
		return nil
	}
	var others bool
	err := tx.QueryRow(ctx, `select exists (select from members where partner_id = $1 and id <> $2 and role = 'owner' and removed_at is null)`,
		m.PartnerID, m.ID).Scan(&others)
	if err == nil && !others {
		err = fmt.Errorf("the last owner of a team can't be %s: make somebody else an owner first: %w", what, tradepost.ErrRefused)
	}
	return err
}

// RemoveMember ends a membership: no more mail, replies are refused, and whoever is
// signed in as them is no longer. tradepost.ErrRefused for the last owner; see
// SetPartner for only.
func (s *Store) RemoveMember(ctx context.Context, id int64, only ...int64) error {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		m, err := lockedMember(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := stillAt(m.Version, only); err != nil {
			return err
		}
		if err := notLastOwner(ctx, tx, m, "removed"); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update members set removed_at = now() where id = $1`, id); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `delete from sessions where member_id = $1`, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("remove member %d: %w", id, err)
	}
	return nil
}

// maxAliases bounds the addresses of one member.
const maxAliases = 20

// AddAlias gives a member a further address to write from, which whoever asks
// vouches for. One that they have already is no fault.
func (s *Store) AddAlias(ctx context.Context, member int64, address string) (after Member, err error) {
	err = s.onAliases(ctx, member, &after, func(tx pgx.Tx, m Member) error {
		if p := tradepost.AddressProblem(address); p != "" {
			return tradepost.Invalid{{Field: "address", Problem: p}}
		}
		if len(m.Aliases) >= maxAliases {
			return fmt.Errorf("a member has %d further addresses at most: %w", maxAliases, tradepost.ErrRefused)
		}
		if err := addressFree(ctx, tx, m.PartnerID, m.ID, address, "address"); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `insert into member_addresses (member_id, address) values ($1, $2) on conflict do nothing`, m.ID, address)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		return addressesChanged(ctx, tx, m.ID, address)
	})
	return after, err
}

// RemoveAlias takes an address from a member. tradepost.ErrRefused of the primary one.
func (s *Store) RemoveAlias(ctx context.Context, member int64, address string) (after Member, err error) {
	err = s.onAliases(ctx, member, &after, func(tx pgx.Tx, m Member) error {
		if tradepost.FoldAddress(address) == tradepost.FoldAddress(m.Email) {
			return fmt.Errorf("the primary address can't be taken away: give the member another one: %w", tradepost.ErrRefused)
		}
		tag, err := tx.Exec(ctx, `delete from member_addresses where member_id = $1 and folded = lower($2) and not is_primary`, m.ID, address)
		if err == nil && tag.RowsAffected() == 0 {
			err = fmt.Errorf("such an address: %w", tradepost.ErrNotFound)
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update members set version = version + 1 where id = $1`, m.ID)
		return err
	})
	return after, err
}

func (s *Store) onAliases(ctx context.Context, member int64, after *Member, f func(pgx.Tx, Member) error) error {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		m, err := lockedMember(ctx, tx, member)
		if err != nil {
			return err
		}
		if err := f(tx, m); err != nil {
			return err
		}
		*after, err = lockedMember(ctx, tx, member)
		return err
	})
	if err != nil {
		return fmt.Errorf("addresses of member %d: %w", member, err)
	}
	return nil
}
