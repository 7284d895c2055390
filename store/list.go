package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/tradepost-mail/tradepost"
)

// Filter selects conversations of a list. Its zero fields don't ask.
type Filter struct {
	PartnerID int64
	UnreadBy  int64 // a member with unread messages in it
	Kind      tradepost.Kind
	New       bool   // the newest message of the merchant is unmarked
	Marked    bool   // it is marked
	Mark      string // it is marked with this emoji
	Tag       string // name; of PartnerID, which must be given
	Qualified bool   // the merchant is, by the partner
	// Search is found in the name, store or store URL of the merchant, in any case
	// and with or without diacritics. Without PartnerID it needs three characters,
	// below which no index helps.
	Search string
	// Before continues a list behind its last conversation.
	Before Position
	// Member is for whom messages are counted as unread; 0 = for nobody.
	Member int64
	Limit  int // at most so many; 0 = 100
}

// Position is a place in a list of conversations. The zero one is its beginning.
type Position struct {
	LastAt time.Time
	ID     int64
}

// Listed is a conversation as lists show it.
type Listed struct {
	Conversation
	Mark      string // on the newest message of the merchant; "" = it is new
	Unread    int    // messages, by Filter.Member
	Tags      []string
	Code      string // of the merchant's qualification by the partner; "" = none
	Beginning string // of the newest message
	By        tradepost.AuthorRole
}

// New reports whether the newest message of the merchant is unmarked.
func (l Listed) New() bool { return l.Mark == "" }

// beginningLength is how many characters are shown of a newest message.
const beginningLength = 200

// minSearch is how many characters a search of all partners needs: a trigram.
const minSearch = 3

// problem is what is wrong with a filter, or nil.
func (f Filter) problem() error {
	switch {
	case f.Tag != "" && f.PartnerID == 0:
		return tradepost.Invalid{{Field: "query.tag", Problem: "is a partner's: name the partner, too"}}
	case f.Search != "" && tradepost.LineProblem(f.Search, tradepost.MaxLine) != "":
		return tradepost.Invalid{{Field: "query.q", Problem: tradepost.LineProblem(f.Search, tradepost.MaxLine)}}
	case f.Search != "" && f.PartnerID == 0 && utf8.RuneCountInString(searchText(f.Search)) < minSearch:
		return tradepost.Invalid{{Field: "query.q", Problem: "needs three characters, or a partner to search in"}}
	}
	return nil
}

// where writes the conditions, each only where it is asked for, so that the
// planner sees which index answers.
func (f Filter) where() (sql string, args []any) {
	var b strings.Builder
	b.WriteString(`where c.deleted_at is null`)
	and := func(condition string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		b.WriteString(" and " + condition)
	}
	if f.PartnerID != 0 {
		and(`c.partner_id = ?`, f.PartnerID)
	}
	if f.Kind != "" {
		and(`c.kind = ?`, f.Kind)
	}
	if f.New {
		and(`c.mark is null`)
	}
	if f.Marked {
		and(`c.mark is not null`)
	}
	if f.Mark != "" {
		and(`c.mark = ?`, f.Mark)
	}
	if f.UnreadBy != 0 {
		and(`exists (select from recipients r join messages m on (m.period, m.id) = (r.period, r.message_id)
			where r.conversation_id = c.id and r.member_id = ? and r.read_at is null and m.deleted_at is null)`, f.UnreadBy)
	}
	if f.Tag != "" {
		and(`exists (select from conversation_tags ct join tags t on t.id = ct.tag_id
			where ct.conversation_id = c.id and t.partner_id = ? and t.folded = lower(?))`, f.PartnerID, tagName(f.Tag))
	}
	if f.Qualified {
		and(`exists (select from qualifications q where (q.partner_id, q.merchant_id) = (c.partner_id, c.merchant_id))`)
	}
	if f.Search != "" {
		and(`m.search like '%' || ? || '%'`, likeEscaped.Replace(searchText(f.Search)))
	}
	if f.Before != (Position{}) {
		and(`(c.last_at, c.id) < (?::timestamptz, ?::bigint)`, f.Before.LastAt, f.Before.ID)
	}
	return b.String(), args
}

// listQuery is the page of a list: its conversations first, and then of these
// alone what is shown beside.
func (f Filter) listQuery() (sql string, args []any) {
	where, args := f.where()
	limit := f.Limit
	if limit == 0 {
		limit = 100
	}
	args = append(args, limit, f.Member, beginningLength)
	n := len(args)
	return fmt.Sprintf(`
		select l.*,
		       (select count(*) from recipients r join messages x on (x.period, x.id) = (r.period, r.message_id)
		        where r.member_id = $%d and r.conversation_id = l.id and r.read_at is null and x.deleted_at is null),
		       array(select t.name from conversation_tags ct join tags t on t.id = ct.tag_id where ct.conversation_id = l.id order by t.folded),
		       coalesce((select q.code from qualifications q where (q.partner_id, q.merchant_id) = (l.partner_id, l.merchant_id)), ''),
		       coalesce(n.body, ''), coalesce(n.author, '')
		from (%s %s order by c.last_at desc, c.id desc limit $%d)
		  l (id, partner_id, partner, kind, service, created_at, last_at, merchant_id, external_id, merchant, email, public_email, role, store_name, store_url, locale, mark)
		left join lateral (select left(x.body, $%d) body, x.author from messages x
			where x.conversation_id = l.id and x.deleted_at is null order by x.id desc limit 1) n on true
		order by l.last_at desc, l.id desc`, n-1, strings.Replace(selectConversation, "from conversations", ", coalesce(c.mark, '') from conversations", 1), where, n-2, n), args
}

// Conversations lists conversations, that with the newest message first. A filter
// that makes no sense is a tradepost.Invalid.
func (s *Store) Conversations(ctx context.Context, f Filter) ([]Listed, error) {
	if err := f.problem(); err != nil {
		return nil, err
	}
	sql, args := f.listQuery()
	rows, err := s.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("list conversations: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (l Listed, err error) {
		m := &l.Merchant
		return l, row.Scan(&l.ID, &l.PartnerID, &l.Partner, &l.Kind, &l.Service, &l.CreatedAt, &l.LastAt,
			&m.ID, &m.ExternalID, &m.Name, &m.Email, &m.PublicEmail, &m.Role, &m.StoreName, &m.StoreURL, &m.Locale,
			&l.Mark, &l.Unread, &l.Tags, &l.Code, &l.Beginning, &l.By)
	})
	if err != nil {
		return nil, fmt.Errorf("list conversations: %w", err)
	}
	return list, nil
}

// Counts are how many conversations lists have. Each is counted up to mostCounted.
type Counts struct {
	All, New, Marked, Unread int
	Kinds                    map[tradepost.Kind]int
}

// mostCounted bounds what a count may cost; who has more is told "1000+".
const mostCounted = 1000

// Counts counts the lists of a partner; Unread is the member's.
func (s *Store) Counts(ctx context.Context, partner, member int64) (c Counts, err error) {
	c.Kinds = make(map[tradepost.Kind]int)
	count := func(tx pgx.Tx, f Filter, to *int) error {
		f.PartnerID = partner
		where, args := f.where()
		args = append(args, mostCounted)
		return tx.QueryRow(ctx, fmt.Sprintf(`select count(*) from (select from conversations c %s limit $%d) l`, where, len(args)), args...).Scan(to)
	}
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		for _, k := range tradepost.Kinds() {
			n := 0
			if err := count(tx, Filter{Kind: k}, &n); err != nil {
				return err
			}
			c.Kinds[k] = n
		}
		if member != 0 {
			if err := count(tx, Filter{UnreadBy: member}, &c.Unread); err != nil {
				return err
			}
		}
		for to, f := range map[*int]Filter{&c.All: {}, &c.New: {New: true}, &c.Marked: {Marked: true}} {
			if err := count(tx, f, to); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Counts{}, fmt.Errorf("count the lists of partner %d: %w", partner, err)
	}
	return c, nil
}

// refreshList brings what lists know of a conversation up to date, in the
// transaction of what changed a message or its mark, and says so to who watches.
func refreshList(ctx context.Context, tx pgx.Tx, conversation int64, kind tradepost.ChangeKind, message int64) error {
	_, err := tx.Exec(ctx, `
		update conversations c set mark = new.mark from (
			select (select k.emoji from messages m left join marks k on (k.period, k.message_id) = (m.period, m.id)
			        where m.conversation_id = $1 and m.author = 'merchant' and m.deleted_at is null order by m.id desc limit 1) mark) new
		where c.id = $1 and c.mark is distinct from new.mark`, conversation)
	if err != nil {
		return fmt.Errorf("refresh the lists: %w", err)
	}
	return changed(ctx, tx, conversation, kind, message)
}
