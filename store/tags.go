package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"golang.org/x/text/unicode/norm"

	"github.com/tradepost-mail/tradepost"
)

// teamLock is the class of the advisory locks under which a partner's tags and
// qualifications change, so that of two members who do so at once each sees what
// the other did, in whichever conversations they are.
const teamLock = 7_305_802

func lockTeam(ctx context.Context, tx pgx.Tx, partner int64) error {
	_, err := tx.Exec(ctx, `select pg_advisory_xact_lock($1::int, ($2::bigint % 2147483648)::int)`, teamLock, partner)
	return err
}

// tagName is how a tag is kept: composed (Unicode UAX #15), so that what looks
// the same is the same, and with single spaces. Case is kept and not compared.
func tagName(s string) string { return strings.Join(strings.Fields(norm.NFC.String(s)), " ") }

// tag puts tags on the conversation, and makes those that the partner lacks.
func tag(ctx context.Context, tx pgx.Tx, sc scene, names []string) (effect, error) {
	if err := lockTeam(ctx, tx, sc.partner); err != nil {
		return effect{}, err
	}
	var d deed
	for _, name := range names {
		t := tagOn{Name: tagName(name)}
		if t.Name == "" {
			continue
		}
		created, err := tx.Exec(ctx, `insert into tags (partner_id, name) values ($1, $2) on conflict do nothing`, sc.partner, t.Name)
		if err != nil {
			return effect{}, fmt.Errorf("make tag: %w", err)
		}
		t.Created = created.RowsAffected() == 1
		err = tx.QueryRow(ctx, `
			with it as (select id, name from tags where partner_id = $1 and folded = lower($3)),
			     put as (insert into conversation_tags (conversation_id, tag_id, last_at) select c.id, it.id, c.last_at from it, conversations c where c.id = $2 on conflict do nothing returning tag_id)
			select it.id, it.name from it join put on put.tag_id = it.id`, sc.partner, sc.conversation, t.Name).Scan(&t.ID, &t.Name)
		if errors.Is(err, pgx.ErrNoRows) {
			continue // it has it already
		}
		if err != nil {
			return effect{}, fmt.Errorf("put tag on: %w", err)
		}
		d.Tags = append(d.Tags, t)
	}
	if len(d.Tags) == 0 {
		return unchanged(), nil
	}
	return done(d), nil
}

// untag takes tags off the conversation. The partner keeps them.
func untag(ctx context.Context, tx pgx.Tx, sc scene, names []string) (effect, error) {
	if err := lockTeam(ctx, tx, sc.partner); err != nil {
		return effect{}, err
	}
	kept := make([]string, len(names))
	for i, name := range names {
		kept[i] = tagName(name)
	}
	rows, err := tx.Query(ctx, `
		delete from conversation_tags ct using tags t
		where ct.conversation_id = $1 and t.id = ct.tag_id and t.folded in (select lower(n) from unnest($2::text[]) n)
		returning t.id, t.name, false`, sc.conversation, kept)
	if err != nil {
		return effect{}, err
	}
	off, err := pgx.CollectRows(rows, pgx.RowToStructByPos[tagOn])
	if err != nil || len(off) == 0 {
		return unchanged(), err
	}
	slices.SortFunc(off, func(a, b tagOn) int { return strings.Compare(a.Name, b.Name) })
	return done(deed{Tags: off}), nil
}

// undoTags takes off what was put on, or puts on what was taken off. A tag that
// the command made, and that no other conversation has got since, goes.
func undoTags(ctx context.Context, tx pgx.Tx, sc scene, verb tradepost.Verb, d deed) error {
	if err := lockTeam(ctx, tx, sc.partner); err != nil {
		return err
	}
	var all, made []int64
	for _, t := range d.Tags {
		if all = append(all, t.ID); t.Created {
			made = append(made, t.ID)
		}
	}
	if verb == tradepost.VerbUntag {
		_, err := tx.Exec(ctx, `insert into conversation_tags (conversation_id, tag_id, last_at)
			select c.id, t.id, c.last_at from tags t, conversations c where t.id = any($2) and c.id = $1 on conflict do nothing`, sc.conversation, all)
		return err
	}
	_, err := tx.Exec(ctx, `delete from conversation_tags where conversation_id = $1 and tag_id = any($2)`, sc.conversation, all)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `delete from tags t where id = any($1) and not exists (select from conversation_tags ct where ct.tag_id = t.id)`, made)
	return err
}

// Tag is a word that a team sorts its conversations by.
type Tag struct {
	ID            int64
	Name          string
	Conversations int // that have it
}

// PartnerTags lists the tags of a partner by name.
func (s *Store) PartnerTags(ctx context.Context, partner int64) ([]Tag, error) {
	rows, err := s.pool.Query(ctx, `select t.id, t.name, (select count(*) from conversation_tags ct where ct.tag_id = t.id)
		from tags t where t.partner_id = $1 order by t.folded`, partner)
	if err != nil {
		return nil, fmt.Errorf("tags of partner %d: %w", partner, err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Tag])
	if err != nil {
		return nil, fmt.Errorf("tags of partner %d: %w", partner, err)
	}
	return list, nil
}

// AddTag makes a tag, or returns the one of that name. The name must have passed
// tradepost.LineProblem. tradepost.ErrNotFound where there is no such partner.
func (s *Store) AddTag(ctx context.Context, partner int64, name string) (t Tag, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockTeam(ctx, tx, partner); err != nil {
			return err
		}
		made, err := tx.Exec(ctx, `insert into tags (partner_id, name) select id, $2 from partners where id = $1 on conflict do nothing`, partner, tagName(name))
		if err != nil {
			return err
		}
		if made.RowsAffected() > 0 {
			if err := tagsChanged(ctx, tx, partner); err != nil {
				return err
			}
		}
		return tx.QueryRow(ctx, `select id, name, (select count(*) from conversation_tags ct where ct.tag_id = t.id)
			from tags t where partner_id = $1 and folded = lower($2)`, partner, tagName(name)).Scan(&t.ID, &t.Name, &t.Conversations)
	})
	if err != nil {
		return Tag{}, fmt.Errorf("make tag of partner %d: %w", partner, notFound(err, "partner %d", partner))
	}
	return t, nil
}

// RenameTag renames a tag on every conversation that has it.
// tradepost.ErrRefused where the partner has another one of that name.
func (s *Store) RenameTag(ctx context.Context, id int64, name string) error {
	err := s.onTag(ctx, id, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `update tags t set name = $2 where id = $1
			and not exists (select from tags o where o.partner_id = t.partner_id and o.id <> t.id and o.folded = lower($2))`, id, tagName(name))
		if err == nil && tag.RowsAffected() == 0 {
			err = fmt.Errorf("another tag has that name: %w", tradepost.ErrRefused)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("rename tag %d: %w", id, err)
	}
	return nil
}

// DeleteTag takes a tag off every conversation, and away.
func (s *Store) DeleteTag(ctx context.Context, id int64) error {
	err := s.onTag(ctx, id, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `delete from conversation_tags where tag_id = $1`, id); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `delete from tags where id = $1`, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("delete tag %d: %w", id, err)
	}
	return nil
}

// onTag runs f while nothing else changes the team's tags.
func (s *Store) onTag(ctx context.Context, id int64, f func(pgx.Tx) error) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		var partner int64
		if err := tx.QueryRow(ctx, `select partner_id from tags where id = $1`, id).Scan(&partner); err != nil {
			return notFound(err, "tag %d", id)
		}
		if err := lockTeam(ctx, tx, partner); err != nil {
			return err
		}
		var still bool
		if err := tx.QueryRow(ctx, `select exists (select from tags where id = $1)`, id).Scan(&still); err != nil {
			return err
		}
		if !still {
			return fmt.Errorf("tag %d: %w", id, tradepost.ErrNotFound)
		}
		if err := f(tx); err != nil {
			return err
		}
		return tagsChanged(ctx, tx, partner)
	})
}

// tagsChanged tells who watches that a team's tags are others, or have other names.
func tagsChanged(ctx context.Context, tx pgx.Tx, partner int64) error {
	return changes(ctx, tx, `select $1, null, null, null, $2`, partner, tradepost.ChangeTags)
}

// Tags lists the names of a conversation's tags. They are for the partner's eyes
// only.
func (s *Store) Tags(ctx context.Context, conversation int64) ([]string, error) {
	rows, err := s.pool.Query(ctx, `select t.name from conversation_tags ct join tags t on t.id = ct.tag_id
		where ct.conversation_id = $1 order by t.folded`, conversation)
	if err != nil {
		return nil, fmt.Errorf("tags of conversation %d: %w", conversation, err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("tags of conversation %d: %w", conversation, err)
	}
	return names, nil
}
