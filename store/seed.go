package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/seed"
)

// ErrNotEmpty is a database that has partners already, and so is somebody's.
var ErrNotEmpty = errors.New("the database holds partners already: a sample market goes into one of its own")

// seededTables are those that Seed fills, in the order of their foreign keys.
var seededTables = []string{"partners", "services", "members", "member_addresses", "tags", "merchants", "conversations", "messages",
	"marks", "first_contacts", "recipients", "unread", "conversation_tags", "qualifications", "proposals", "jobs"}

// Seed fills an empty database with an invented market, in one transaction, during
// which nobody else can use its tables: all of it is there, or nothing. Nothing in it
// waits to be sent, and no letter is on record. ErrNotEmpty where there are partners.
// progress, unless it is nil, is told what is being written.
//
// Foreign keys and indexes are taken off before and put back after, where PostgreSQL
// checks all rows at once: one at a time takes three times as long.
func (s *Store) Seed(ctx context.Context, m *seed.Market, progress func(string)) error {
	if progress == nil {
		progress = func(string) {}
	}
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		for _, t := range seededTables {
			if _, err := tx.Exec(ctx, `lock table `+t+` in access exclusive mode`); err != nil {
				return err
			}
		}
		var taken bool
		if err := tx.QueryRow(ctx, `select exists (select from partners) or exists (select from merchants)`).Scan(&taken); err != nil {
			return err
		}
		if taken {
			return ErrNotEmpty
		}
		putBack, err := takeOff(ctx, tx)
		if err != nil {
			return err
		}
		w := seeder{ctx: ctx, tx: tx, m: m, progress: progress}
		if err := w.write(); err != nil {
			return err
		}
		progress("indexes and foreign keys")
		if err := execAll(ctx, tx, putBack); err != nil {
			return err
		}
		return w.numbers()
	})
	if err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	progress("statistics")
	if _, err := s.pool.Exec(ctx, `vacuum (analyze)`); err != nil {
		return fmt.Errorf("seed: vacuum: %w", err)
	}
	return nil
}

// takeOff drops the foreign keys of the tables and all indexes that no constraint
// needs, and returns what puts them back.
func takeOff(ctx context.Context, tx pgx.Tx) (putBack []string, err error) {
	rows, err := tx.Query(ctx, `
		select format('drop index %s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
		from pg_index i where i.indrelid = any($1::text[]::regclass[]) and not exists (select from pg_constraint c where c.conindid = i.indexrelid)
		union all
		select format('alter table %s drop constraint %I', c.conrelid::regclass, c.conname),
		       format('alter table %s add constraint %I %s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid))
		from pg_constraint c where c.contype = 'f' and c.conrelid = any($1::text[]::regclass[])`, seededTables)
	if err != nil {
		return nil, err
	}
	drops, puts := []string(nil), []string{`set local maintenance_work_mem = '256MB'`}
	var off, on string
	_, err = pgx.ForEachRow(rows, []any{&off, &on}, func() error {
		drops, puts = append(drops, off), append(puts, on)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return puts, execAll(ctx, tx, drops)
}

func execAll(ctx context.Context, tx pgx.Tx, statements []string) error {
	for _, sql := range statements {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%.60s: %w", sql, err)
		}
	}
	return nil
}

// seeder writes a market.
type seeder struct {
	ctx      context.Context
	tx       pgx.Tx
	m        *seed.Market
	progress func(string)
}

func (w *seeder) write() error {
	o := w.m.Options()
	w.progress(fmt.Sprintf("%d partners", o.Partners))
	if err := w.partners(); err != nil {
		return err
	}
	w.progress(fmt.Sprintf("%d merchants", w.m.Merchants()))
	err := w.copy("merchants", "id,identity,external_id,name,email,public_email,role,store_name,store_url,locale,created_at,updated_at,search", func(yield func([]any) bool) {
		for i := range w.m.Merchants() {
			v := w.m.Merchant(i)
			if !yield([]any{v.ID, v.Identity(), v.ExternalID, v.Name, v.Email, orNull(v.PublicEmail), string(v.Role), v.StoreName, v.StoreURL, v.Locale,
				v.CreatedAt, v.CreatedAt, merchantSearch(v.Merchant)}) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	w.progress(fmt.Sprintf("%d conversations", o.Conversations))
	if err := w.conversations(); err != nil {
		return err
	}
	w.progress(fmt.Sprintf("%d messages", o.Messages))
	return w.messages()
}

func (w *seeder) partners() error {
	each := func(rows func(seed.Partner, func([]any) bool) bool) iter.Seq[[]any] {
		return func(yield func([]any) bool) {
			for i := range w.m.Options().Partners {
				if !rows(w.m.Partner(i), yield) {
					return
				}
			}
		}
	}
	named := func(of func(seed.Partner) []seed.Named, row func(seed.Partner, seed.Named) []any) iter.Seq[[]any] {
		return each(func(p seed.Partner, yield func([]any) bool) bool {
			for _, n := range of(p) {
				if !yield(row(p, n)) {
					return false
				}
			}
			return true
		})
	}
	members := func(row func(seed.Partner, seed.Member) []any) iter.Seq[[]any] {
		return each(func(p seed.Partner, yield func([]any) bool) bool {
			for _, m := range p.Members {
				if !yield(row(p, m)) {
					return false
				}
			}
			return true
		})
	}
	return w.copyAll(
		table{"partners", "id,name,published,default_code,created_at", each(func(p seed.Partner, yield func([]any) bool) bool {
			return yield([]any{p.ID, p.Name, true, orNull(p.Code), p.CreatedAt})
		})},
		table{"services", "id,partner_id,name", named(func(p seed.Partner) []seed.Named { return p.Services },
			func(p seed.Partner, n seed.Named) []any { return []any{n.ID, p.ID, n.Name} })},
		table{"members", "id,partner_id,name,role,locale,zone,alert,digest,digest_minute,created_at,removed_at", members(func(p seed.Partner, m seed.Member) []any {
			return []any{m.ID, p.ID, m.Name, m.Role, m.Locale, m.Zone, string(m.Alert), string(m.Digest), int16(tradepost.DigestMinute(m.ID)), m.CreatedAt, timeOrNull(m.RemovedAt)}
		})},
		table{"member_addresses", "member_id,address,is_primary,verified_at", members(func(_ seed.Partner, m seed.Member) []any {
			return []any{m.ID, m.Address, true, m.CreatedAt}
		})},
		table{"tags", "id,partner_id,name,created_at", named(func(p seed.Partner) []seed.Named { return p.Tags },
			func(p seed.Partner, n seed.Named) []any { return []any{n.ID, p.ID, tagName(n.Name), p.CreatedAt} })},
	)
}

func (w *seeder) conversations() error {
	each := func(rows func(c int, v seed.Conversation, yield func([]any) bool) bool) iter.Seq[[]any] {
		return func(yield func([]any) bool) {
			for c := range w.m.Options().Conversations {
				if !rows(c, w.m.Conversation(c), yield) {
					return
				}
			}
		}
	}
	return w.copyAll(
		table{"conversations", "id,partner_id,merchant_id,kind,service_id,created_at,last_at,mark", each(func(_ int, v seed.Conversation, yield func([]any) bool) bool {
			return yield([]any{v.ID, v.Partner, v.Merchant, string(v.Kind), idOrNull(v.Service), v.CreatedAt, v.LastAt, orNull(v.Mark)})
		})},
		table{"unread", "member_id,conversation_id,last_at,messages", each(func(c int, v seed.Conversation, yield func([]any) bool) bool {
			for _, u := range w.m.Unread(c) {
				if !yield([]any{u.Member, v.ID, v.LastAt, int32(u.Messages)}) {
					return false
				}
			}
			return true
		})},
		table{"conversation_tags", "conversation_id,tag_id,created_at,last_at", each(func(_ int, v seed.Conversation, yield func([]any) bool) bool {
			for _, t := range v.Tags {
				if !yield([]any{v.ID, t, v.CreatedAt, v.LastAt}) {
					return false
				}
			}
			return true
		})},
	)
}

// numbers has each table go on counting behind what was written.
func (w *seeder) numbers() error {
	for _, t := range []string{"partners", "services", "members", "tags", "merchants", "conversations", "messages", "proposals", "jobs"} {
		_, err := w.tx.Exec(w.ctx, `select setval(pg_get_serial_sequence($1, 'id'), coalesce(max(id), 0) + 1, false) from `+t, t)
		if err != nil {
			return fmt.Errorf("number %s: %w", t, err)
		}
	}
	return nil
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func idOrNull(id int64) *int64 {
	if id == 0 {
		return nil
	}
	return &id
}

func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
