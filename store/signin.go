package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// SignIn is a link that was mailed so that somebody can sign in.
type SignIn struct {
	ID        int64
	Agent     string // what the asking browser called itself: a stranger's word
	CreatedAt time.Time
	ExpiresAt time.Time
	Used      bool
	// Members are whom it may sign in: all that have the address, of several
	// partners.
	Members []Membership
}

// Membership is a member as they choose among their teams.
type Membership struct {
	ID      int64
	Name    string
	Partner string
	Locale  string
}

// SignInFor is how long a link is good.
const SignInFor = 15 * time.Minute

// How many links an hour go to one address, since anybody can ask for them, and
// among how many teams one chooses.
const (
	signInsAnHour   = 5
	mostMemberships = 20
)

// AskSignIn mails a link to an address if it is a member's, and hasn't had five
// within the hour. browser is the SHA-256 of a secret that only the asking browser
// has. The caller isn't told whether anything was mailed: that would tell
// strangers who is a member.
func (s *Store) AskSignIn(ctx context.Context, address string, browser [32]byte, agent string) error {
	folded := tradepost.FoldAddress(address)
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		members, err := memberships(ctx, tx, folded)
		if err != nil || len(members) == 0 {
			return err
		}
		// Also what counts the links of an address one after another.
		to, err := primaryAddress(ctx, tx, tradepost.AuthorMember, members[0].ID)
		if err != nil || to == "" {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from sign_ins where created_at < now() - interval '1 day'`); err != nil {
			return err
		}
		var id int64
		var created time.Time
		err = tx.QueryRow(ctx, `insert into sign_ins (folded, browser, agent, expires_at)
			select $1, $2, $3, now() + $4::interval
			where (select count(*) from sign_ins where folded = $1 and created_at > now() - interval '1 hour') < $5
			returning id, created_at`, folded, browser[:], agent, SignInFor, signInsAnHour).Scan(&id, &created)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		// To the address that was typed, which is verified: a colleague who reads
		// the primary one didn't ask.
		_, err = s.notify(ctx, tx, notice{
			kind: tradepost.Answer, period: tradepost.Period(created), key: fmt.Sprintf("sign_in:%d", id),
			memberID: members[0].ID, address: folded, reason: reasonSignIn, signInID: id,
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("ask to sign in: %w", err)
	}
	return nil
}

// reasonSignIn is that of the notification which carries a link.
const reasonSignIn = "sign_in"

// SignIn returns a link that was asked for from this browser;
// tradepost.ErrNotFound where there is none, or it was another's.
func (s *Store) SignIn(ctx context.Context, id int64, browser [32]byte) (in SignIn, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		in, err = loadSignIn(ctx, tx, id, `and browser = $2`, browser[:])
		return err
	})
	if err != nil {
		return SignIn{}, fmt.Errorf("sign in by link %d: %w", id, err)
	}
	return in, nil
}

func loadSignIn(ctx context.Context, tx pgx.Tx, id int64, and string, args ...any) (in SignIn, err error) {
	var folded string
	err = tx.QueryRow(ctx, `select id, folded, agent, created_at, expires_at, used_at is not null from sign_ins where id = $1 `+and,
		append([]any{id}, args...)...).Scan(&in.ID, &folded, &in.Agent, &in.CreatedAt, &in.ExpiresAt, &in.Used)
	if err != nil {
		return SignIn{}, notFound(err, "link %d", id)
	}
	in.Members, err = memberships(ctx, tx, folded)
	return in, err
}

func memberships(ctx context.Context, tx pgx.Tx, folded string) ([]Membership, error) {
	rows, err := tx.Query(ctx, `select m.id, m.name, p.name, m.locale
		from member_addresses a join members m on m.id = a.member_id join partners p on p.id = m.partner_id
		where a.folded = $1 and m.removed_at is null order by m.id limit $2`, folded, mostMemberships)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Membership])
}

// Session is somebody who is signed in in one browser.
type Session struct {
	ID        int64
	MemberID  int64
	PartnerID int64
	Owner     bool // of the partner
	Agent     string
	CreatedAt time.Time
	SeenAt    time.Time // to the hour
}

// sessionFor is how long a session lasts from when it was seen last.
const sessionFor = 30 * 24 * time.Hour

// UseSignIn signs a member in by a link, which is good this once, and in this
// browser. cookie is what the browser will show from now on; its SHA-256 is kept.
// The error may be tradepost.ErrNotFound (no such link, or of another browser, or
// not of this member) or tradepost.ErrRefused (used, or too old).
func (s *Store) UseSignIn(ctx context.Context, id int64, browser [32]byte, member int64, cookie, agent string) error {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		in, err := loadSignIn(ctx, tx, id, `and browser = $2 for update`, browser[:])
		if err != nil {
			return err
		}
		theirs := false
		for _, m := range in.Members {
			theirs = theirs || m.ID == member
		}
		if !theirs {
			return fmt.Errorf("member %d: %w", member, tradepost.ErrNotFound)
		}
		tag, err := tx.Exec(ctx, `update sign_ins set used_at = now() where id = $1 and used_at is null and expires_at > now()`, id)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return fmt.Errorf("the link was used or is too old: %w", tradepost.ErrRefused)
		}
		if _, err := tx.Exec(ctx, `delete from sessions where expires_at < now()`); err != nil {
			return err
		}
		hash := sha256.Sum256([]byte(cookie))
		_, err = tx.Exec(ctx, `insert into sessions (hash, member_id, agent, expires_at) values ($1, $2, $3, now() + $4::interval)`,
			hash[:], member, agent, sessionFor)
		return err
	})
	if err != nil {
		return fmt.Errorf("sign in by link %d: %w", id, err)
	}
	return nil
}

// Session returns who is signed in with a cookie, and notes that they were seen;
// tradepost.ErrNotFound where nobody is, or the member left.
func (s *Store) Session(ctx context.Context, cookie string) (v Session, err error) {
	hash := sha256.Sum256([]byte(cookie))
	err = s.pool.QueryRow(ctx, `
		with found as (
			select s.id, s.member_id, m.partner_id, m.role = 'owner' owner, s.agent, s.created_at, s.seen_at
			from sessions s join members m on m.id = s.member_id
			where s.hash = $1 and s.expires_at > now() and m.removed_at is null
		), seen as (
			update sessions s set seen_at = date_trunc('hour', now()), expires_at = now() + $2::interval from found f
			where s.id = f.id and f.seen_at < now() - interval '1 hour'
		)
		select * from found`, hash[:], sessionFor).Scan(&v.ID, &v.MemberID, &v.PartnerID, &v.Owner, &v.Agent, &v.CreatedAt, &v.SeenAt)
	return v, notFound(err, "session")
}

// Sessions lists where a member is signed in, the newest first.
func (s *Store) Sessions(ctx context.Context, member int64) ([]Session, error) {
	rows, err := s.pool.Query(ctx, `select s.id, s.member_id, m.partner_id, m.role = 'owner', s.agent, s.created_at, s.seen_at
		from sessions s join members m on m.id = s.member_id where m.id = $1 and s.expires_at > now() and m.removed_at is null order by s.id desc`, member)
	if err != nil {
		return nil, fmt.Errorf("sessions of member %d: %w", member, err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Session])
	if err != nil {
		return nil, fmt.Errorf("sessions of member %d: %w", member, err)
	}
	return list, nil
}

// SignOut ends one session of a member, or all of them where session is 0.
func (s *Store) SignOut(ctx context.Context, member, session int64) error {
	_, err := s.pool.Exec(ctx, `delete from sessions where member_id = $1 and (id = $2 or $2 = 0)`, member, session)
	if err != nil {
		return fmt.Errorf("sign member %d out: %w", member, err)
	}
	return nil
}
