package store

import (
	"context"
	"fmt"
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

// Conversations lists conversations, that with the newest message first. A filter
// that makes no sense is a tradepost.Invalid.
func (s *Store) Conversations(ctx context.Context, f Filter) (list []Listed, err error) {
	if err := f.problem(); err != nil {
		return nil, err
	}
	for _, w := range f.ways() {
		if list, err = s.listed(ctx, f, w); err != nil {
			return nil, fmt.Errorf("list conversations: %w", err)
		}
		done, err := s.complete(ctx, f, w, len(list))
		if err != nil {
			return nil, fmt.Errorf("list conversations: %w", err)
		}
		if done {
			break
		}
	}
	return list, nil
}

// complete reports whether nothing is missing of a page of n conversations that was
// found in some way.
func (s *Store) complete(ctx context.Context, f Filter, w way, n int) (bool, error) {
	if w != inWindow || n == f.limit() {
		return true, nil
	}
	var among int
	sql, args := f.windowQuery()
	err := s.pool.QueryRow(ctx, sql, args...).Scan(&among)
	return among <= searchWindow, err
}

func (s *Store) listed(ctx context.Context, f Filter, w way) ([]Listed, error) {
	sql, args := f.listQuery(w)
	rows, err := s.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (l Listed, err error) {
		m := &l.Merchant
		return l, row.Scan(&l.ID, &l.PartnerID, &l.Partner, &l.Kind, &l.Service, &l.CreatedAt, &l.LastAt,
			&m.ID, &m.ExternalID, &m.Name, &m.Email, &m.PublicEmail, &m.Role, &m.StoreName, &m.StoreURL, &m.Locale,
			&l.Mark, &l.Unread, &l.Tags, &l.Code, &l.Beginning, &l.By)
	})
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
		f.Limit = mostCounted
		sql, args := f.page(inOrder)
		return tx.QueryRow(ctx, `select count(*) from (`+sql+`) l`, args...).Scan(to)
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
