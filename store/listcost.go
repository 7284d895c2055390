package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// ListBare finds what Conversations returns as it finds it, and reads no more of it
// than how many there are: their ids alone, or, with shown, all that is shown of them.
func (s *Store) ListBare(ctx context.Context, f Filter, shown bool) (n int, err error) {
	if err := f.problem(); err != nil {
		return 0, err
	}
	for _, w := range f.ways() {
		sql, args := f.page(w)
		if shown {
			sql, args = f.listQuery(w)
		}
		rows, err := s.pool.Query(ctx, sql, args...)
		if err != nil {
			return 0, fmt.Errorf("find a page: %w", err)
		}
		for n = 0; rows.Next(); {
			n++
		}
		if err := rows.Err(); err != nil {
			return 0, fmt.Errorf("find a page: %w", err)
		}
		done, err := s.complete(ctx, f, w, n)
		if err != nil {
			return 0, fmt.Errorf("find a page: %w", err)
		}
		if done {
			break
		}
	}
	return n, nil
}

// ListCost is what PostgreSQL says that a page of a list costs.
type ListCost struct {
	Rows int
	// Found and Shown are the 8 kB pages that it touched, whether they were in memory
	// or not: to find the conversations, and to find and show them.
	Found, Shown int
	Scanned      []string // tables that were read from end to end
	Plans        []string // in JSON
}

// ListCost runs the queries of Conversations under EXPLAIN (ANALYZE, BUFFERS), each
// with the plan that PostgreSQL makes for these values and with the one that it keeps
// for any, and returns the worse figures.
func (s *Store) ListCost(ctx context.Context, f Filter) (c ListCost, err error) {
	if err := f.problem(); err != nil {
		return c, err
	}
	for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
		found, shown := 0, 0
		for _, w := range f.ways() {
			sql, args := f.page(w)
			p, err := s.explain(ctx, mode, sql, args, &c)
			if err != nil {
				return c, err
			}
			found += p.buffers()
			sql, args = f.listQuery(w)
			if p, err = s.explain(ctx, mode, sql, args, &c); err != nil {
				return c, err
			}
			shown += p.buffers()
			if c.Rows = int(p.Rows); w != inWindow || c.Rows == f.limit() {
				break
			}
			sql, args = f.windowQuery()
			if p, err = s.explain(ctx, mode, sql, args, &c); err != nil {
				return c, err
			}
			found, shown = found+p.buffers(), shown+p.buffers()
			done, err := s.complete(ctx, f, w, c.Rows)
			if err != nil {
				return c, err
			}
			if done {
				break
			}
		}
		c.Found, c.Shown = max(c.Found, found), max(c.Shown, shown)
	}
	slices.Sort(c.Scanned)
	c.Scanned = slices.Compact(c.Scanned)
	return c, nil
}

// planned is a node of a plan; its numbers hold those below it.
type planned struct {
	Type     string    `json:"Node Type"`
	Relation string    `json:"Relation Name"`
	Rows     float64   `json:"Actual Rows"`
	Hit      int       `json:"Shared Hit Blocks"`
	Read     int       `json:"Shared Read Blocks"`
	Plans    []planned `json:"Plans"`
}

func (p planned) buffers() int { return p.Hit + p.Read }

func (p planned) scanned(to []string) []string {
	if p.Type == "Seq Scan" {
		to = append(to, p.Relation)
	}
	for _, below := range p.Plans {
		to = below.scanned(to)
	}
	return to
}

func (s *Store) explain(ctx context.Context, mode, sql string, args []any, c *ListCost) (planned, error) {
	var text string
	values := ""
	if len(args) > 0 {
		names := make([]string, len(args))
		for i := range args {
			names[i] = "$" + strconv.Itoa(i+1)
		}
		values = " (" + strings.Join(names, ", ") + ")"
	}
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		err := execAll(ctx, tx, []string{`set local plan_cache_mode = ` + mode, `prepare a_list as ` + sql})
		if err != nil {
			return err
		}
		// The values stand in the text: EXECUTE takes no others.
		args := append([]any{pgx.QueryExecModeSimpleProtocol}, args...)
		err = tx.QueryRow(ctx, `explain (analyze, buffers, format json) execute a_list`+values, args...).Scan(&text)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `deallocate a_list`)
		return err
	})
	if err != nil {
		return planned{}, fmt.Errorf("explain a list: %w", err)
	}
	var plans []struct{ Plan planned }
	if err := json.Unmarshal([]byte(text), &plans); err != nil || len(plans) != 1 {
		return planned{}, fmt.Errorf("read a plan: %w", err)
	}
	c.Scanned, c.Plans = plans[0].Plan.scanned(c.Scanned), append(c.Plans, text)
	return plans[0].Plan, nil
}

// ListSample is a partner whose lists are to be measured.
type ListSample struct {
	PartnerID, Conversations int64
	Busy, Quiet              Extreme // members with the most and the fewest unread conversations, but for none
	Common, Rare             Extreme // tags with the most and the fewest
	Old                      string  // store URL of the merchant of its oldest conversation with one
}

// Extreme is somebody, or something, and how many conversations they have.
type Extreme struct {
	ID            int64
	Name          string
	Conversations int64
}

// ListSamples finds the largest partner, and for each of sizes one that has about so
// many conversations.
func (s *Store) ListSamples(ctx context.Context, sizes ...int64) (list []ListSample, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		list = nil
		rows, err := tx.Query(ctx, `
			with n as materialized (select partner_id, count(*) n from conversations where deleted_at is null group by 1)
			(select partner_id, n from n order by n desc limit 1)
			union all select o.* from unnest($1::bigint[]) with ordinality t (size, nr), lateral (
				select partner_id, n from n order by abs(ln(n::float8 / size)), partner_id limit 1) o`, sizes)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (l ListSample, err error) {
			return l, row.Scan(&l.PartnerID, &l.Conversations)
		})
		if err != nil {
			return err
		}
		for i := range list {
			if err := describeSample(ctx, tx, &list[i]); err != nil {
				return fmt.Errorf("partner %d: %w", list[i].PartnerID, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find partners to measure: %w", err)
	}
	return list, nil
}

func describeSample(ctx context.Context, tx pgx.Tx, l *ListSample) error {
	const (
		unread = `select u.member_id, m.name, count(*) from unread u join members m on m.id = u.member_id where m.partner_id = $1 group by 1, 2 order by 3 `
		tags   = `select ct.tag_id, t.name, count(*) from conversation_tags ct join tags t on t.id = ct.tag_id where t.partner_id = $1 group by 1, 2 order by 3 `
	)
	for to, sql := range map[*Extreme]string{&l.Busy: unread + `desc, 1`, &l.Quiet: unread + `, 1`, &l.Common: tags + `desc, 1`, &l.Rare: tags + `, 1`} {
		if err := orNone(tx.QueryRow(ctx, sql+` limit 1`, l.PartnerID).Scan(&to.ID, &to.Name, &to.Conversations)); err != nil {
			return err
		}
	}
	return orNone(tx.QueryRow(ctx, `select m.store_url from conversations c join merchants m on m.id = c.merchant_id
		where c.partner_id = $1 and c.deleted_at is null and m.store_url <> '' order by c.last_at, c.id limit 1`, l.PartnerID).Scan(&l.Old))
}

// orNone passes over that there is no row.
func orNone(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}
