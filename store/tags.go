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
			     put as (insert into conversation_tags (conversation_id, tag_id) select $2, id from it on conflict do nothing returning tag_id)
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
		_, err := tx.Exec(ctx, `insert into conversation_tags (conversation_id, tag_id)
			select $1, id from tags where id = any($2) on conflict do nothing`, sc.conversation, all)
		return err
	}
	_, err := tx.Exec(ctx, `delete from conversation_tags where conversation_id = $1 and tag_id = any($2)`, sc.conversation, all)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `delete from tags t where id = any($1) and not exists (select from conversation_tags ct where ct.tag_id = t.id)`, made)
	return err
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
