package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// Suppression is an address that takes no mail. Claims ask for it, so that
// letters which wait for it are dropped when their turn comes.
type Suppression struct {
	Address string // folded
	Reason  tradepost.SuppressionReason
	Detail  string // what happened: a server's words, or an operator's
	By      string // the operator; "" = by what happened
	Since   time.Time
}

// LiftedSuppression is one that is over.
type LiftedSuppression struct {
	Suppression
	LiftedAt time.Time
	LiftedBy string // an operator's name, or LiftedVerified
}

// LiftedVerified says that a suppression ended since its address was named anew by
// whoever vouches for it.
const LiftedVerified = "verified"

// AddressFailure is what happened to one letter to an address.
type AddressFailure struct {
	Letter   Ref
	Class    string // soft, hard or complaint
	Source   string // smtp or report
	Report   Ref    // the mail that said so; zero = none
	Detail   string
	FailedAt time.Time
	// Cleared says that it counts no more, for a suppression of before was lifted.
	Cleared bool
}

// AddressHistory is all that is known of an address' failures.
type AddressHistory struct {
	Address     string       // folded
	Suppression *Suppression // nil = it takes mail
	Lifted      []LiftedSuppression
	Failures    []AddressFailure // the newest first, at most a hundred
	Score       float64          // of the soft ones, see tradepost.SoftScore
}

const suppressionColumns = `folded, reason, detail, suppressed_by, created_at`

// Suppressions lists the addresses that take no mail, the newest first, at most
// limit of them.
func (s *Store) Suppressions(ctx context.Context, limit int) ([]Suppression, error) {
	rows, err := s.pool.Query(ctx, `select `+suppressionColumns+` from suppressions order by created_at desc, folded limit $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("list suppressions: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Suppression])
	if err != nil {
		return nil, fmt.Errorf("list suppressions: %w", err)
	}
	return list, nil
}

// AddressHistory returns what is known of an address; all of it may be nothing.
func (s *Store) AddressHistory(ctx context.Context, address string) (AddressHistory, error) {
	h := AddressHistory{Address: tradepost.FoldAddress(address)}
	err := s.inTx(ctx, func(tx pgx.Tx) (err error) {
		now, err := suppressionsOf(ctx, tx, h.Address)
		if err != nil {
			return err
		}
		for i := range now {
			h.Suppression = &now[i]
		}
		rows, err := tx.Query(ctx, `select `+suppressionColumns+`, lifted_at, lifted_by from lifted_suppressions
			where folded = $1 order by lifted_at desc`, h.Address)
		if err != nil {
			return err
		}
		h.Lifted, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (l LiftedSuppression, err error) {
			return l, row.Scan(&l.Address, &l.Reason, &l.Detail, &l.By, &l.Since, &l.LiftedAt, &l.LiftedBy)
		})
		if err != nil {
			return err
		}
		rows, err = tx.Query(ctx, `
			select notification_period, notification_id, class, source, coalesce(inbound_period, notification_period), coalesce(inbound_id, 0),
			       detail, failed_at, cleared_at is not null
			from address_failures where folded = $1 order by failed_at desc, notification_id desc limit 100`, h.Address)
		if err != nil {
			return err
		}
		h.Failures, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (f AddressFailure, err error) {
			return f, row.Scan(&f.Letter.Period, &f.Letter.ID, &f.Class, &f.Source, &f.Report.Period, &f.Report.ID, &f.Detail, &f.FailedAt, &f.Cleared)
		})
		if err != nil {
			return err
		}
		h.Score, err = softScore(ctx, tx, h.Address)
		return err
	})
	if err != nil {
		return AddressHistory{}, fmt.Errorf("look up an address' failures: %w", err)
	}
	return h, nil
}

// suppressionsOf is the suppression of an address; empty where it takes mail.
func suppressionsOf(ctx context.Context, tx pgx.Tx, folded string) ([]Suppression, error) {
	rows, err := tx.Query(ctx, `select `+suppressionColumns+` from suppressions where folded = $1`, folded)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Suppression])
}

// Suppress stops all mail to an address, by an operator's word.
func (s *Store) Suppress(ctx context.Context, address, by, detail string) error {
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		return suppress(ctx, tx, tradepost.FoldAddress(address), tradepost.SuppressedOperator, detailLine(detail), cmp.Or(by, "operator"))
	})
	if err != nil {
		return fmt.Errorf("suppress an address: %w", err)
	}
	return nil
}

// suppress stops all mail to an address. Of several reasons the first stays,
// unless the later is one that an address verified anew does not lift.
func suppress(ctx context.Context, tx pgx.Tx, folded string, reason tradepost.SuppressionReason, detail, by string) error {
	var first bool
	err := tx.QueryRow(ctx, `
		insert into suppressions as was (folded, reason, detail, suppressed_by) values ($1, $2, $3, $4)
		on conflict (folded) do update set reason = excluded.reason, detail = excluded.detail, suppressed_by = excluded.suppressed_by
			where was.reason in ('bounce', 'soft_bounces') and excluded.reason in ('complaint', 'operator')
		returning xmax = 0`, folded, reason, detail, by).Scan(&first)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && !first {
		return nil
	}
	if err != nil {
		return fmt.Errorf("suppress an address: %w", err)
	}
	return emitOfAddress(ctx, tx, tradepost.EventAddressSuppressed, folded, string(reason))
}

// LiftSuppression lets mail go to an address again and keeps what was. What
// happened to letters of before counts no more. tradepost.ErrNotFound if the
// address takes mail.
func (s *Store) LiftSuppression(ctx context.Context, address, by string) error {
	folded := tradepost.FoldAddress(address)
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		lifted, err := lift(ctx, tx, folded, by, "")
		if err == nil && !lifted {
			err = fmt.Errorf("it is not suppressed: %w", tradepost.ErrNotFound)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("lift the suppression of an address: %w", err)
	}
	return nil
}

// verified takes into account that somebody who may say so names an address anew:
// the platform a new member's or merchant's, a person one that they have written
// from. It bounces no more. A complaint stays, and so does an operator's word.
func verified(ctx context.Context, tx pgx.Tx, address string) error {
	_, err := lift(ctx, tx, tradepost.FoldAddress(address), LiftedVerified, "and reason in ('bounce', 'soft_bounces')")
	return err
}

// lift ends the suppression of an address and clears its failures, as far as the
// condition lets it.
func lift(ctx context.Context, tx pgx.Tx, folded, by, condition string) (bool, error) {
	tag, err := tx.Exec(ctx, `
		with was as (delete from suppressions where folded = $1 `+condition+` returning *)
		insert into lifted_suppressions (folded, reason, detail, suppressed_by, created_at, lifted_by)
		select folded, reason, detail, suppressed_by, created_at, $2 from was`, folded, by)
	if err != nil {
		return false, err
	}
	_, err = tx.Exec(ctx, `update address_failures set cleared_at = now() where folded = $1 and cleared_at is null
		and not exists (select from suppressions where folded = $1)`, folded)
	if err != nil || tag.RowsAffected() == 0 {
		return false, err
	}
	if by != LiftedVerified {
		by = string(tradepost.SuppressedOperator) // whose name is nobody's business
	}
	return true, emitOfAddress(ctx, tx, tradepost.EventAddressLifted, folded, by)
}

// detailLine bounds a server's words for the record. PostgreSQL takes no NUL, and
// our own letters are quoted in what servers say.
func detailLine(s string) string {
	const most = 500
	s = strings.ReplaceAll(strings.ToValidUTF8(tradepost.StripTokens(s), ""), "\x00", "")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return strings.TrimSpace(s)
}

func nullTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
