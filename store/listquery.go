package store

import (
	"fmt"
	"strconv"
	"strings"
)

// way is how a page of a list is found.
type way int

const (
	// inOrder begins with the newest and stops when the page is full.
	inOrder way = iota
	// inWindow is inOrder for a search, which gives up after searchWindow conversations.
	inWindow
	// byMerchant begins with all merchants that a search finds.
	byMerchant
)

// searchWindow is how many conversations are looked through for one that a search
// finds before the index of merchants is asked. What is common is found in them; what
// isn't, has few merchants. A list that isn't longer ends there. Where a list of n conversations has k that are found,
// evenly spread, a page of p looks at p·n/k of them the one way and at k the other:
// at the square root of p·n, 3,200 for the first page of 200,000, when the better
// one is taken.
const searchWindow = 2000

// ways are how to find a page, each if the one before didn't fill it.
func (f Filter) ways() []way {
	if f.Search == "" {
		return []way{inOrder}
	}
	return []way{inWindow, byMerchant}
}

func (f Filter) limit() int {
	if f.Limit == 0 {
		return 100
	}
	return f.Limit
}

// conditions are those of a query, with their values.
type conditions struct {
	sql  []string
	args []any
}

// value adds a value and returns its name.
func (c *conditions) value(v any) string {
	c.args = append(c.args, v)
	return "$" + strconv.Itoa(len(c.args))
}

// and adds a condition in which each ? is the next of the values.
func (c *conditions) and(condition string, values ...any) {
	for _, v := range values {
		condition = strings.Replace(condition, "?", c.value(v), 1)
	}
	c.sql = append(c.sql, condition)
}

func (c *conditions) where() string { return " where " + strings.Join(c.sql, " and ") }

// ofTag is the id of a tag, of which the values are partner and name.
const ofTag = `(select id from tags where partner_id = ? and folded = lower(?))`

// page finds the id and last_at of the conversations of a page. What the list is
// about says where it begins: with an index in its order, so that the page is full
// after as many rows as it has, but for conditions asked beside. The offset keeps
// PostgreSQL from beginning elsewhere. Numbers of rows stand in the text, since a
// plan that is kept for any number takes it to be a tenth of the table.
func (f Filter) page(w way) (sql string, args []any) {
	var c conditions
	from, at, id := "conversations c", "c.last_at", "c.id"
	const conversation = ` o cross join lateral (select * from conversations c where c.id = o.conversation_id offset 0) c`
	unread, tag := f.UnreadBy != 0, f.Tag != ""
	switch {
	case w == byMerchant:
		like := "%" + likeEscaped.Replace(searchText(f.Search)) + "%"
		merchants := `select id from merchants where search like ` + c.value(like)
		if f.PartnerID != 0 {
			merchants = `select merchant_id id from first_contacts where search like $1 and partner_id = ` + c.value(f.PartnerID)
		}
		from = `(with o as materialized (` + merchants + `) 
			select c.* from o cross join lateral (select * from conversations c where c.merchant_id = o.id offset 0) c) c`
	case unread:
		from, at, id, unread = "unread"+conversation, "o.last_at", "o.conversation_id", false
		c.and(`o.member_id = ?`, f.UnreadBy)
	case tag:
		from, at, id, tag = "conversation_tags"+conversation, "o.last_at", "o.conversation_id", false
		c.and(`o.tag_id = `+ofTag, f.PartnerID, tagName(f.Tag))
	}
	c.and(`c.deleted_at is null`)
	if f.PartnerID != 0 {
		c.and(`c.partner_id = ?`, f.PartnerID)
	}
	if f.Kind != "" {
		c.and(`c.kind = ?`, f.Kind)
	}
	if f.New {
		c.and(`c.mark is null`)
	}
	if f.Marked {
		c.and(`c.mark is not null`)
	}
	if f.Mark != "" {
		c.and(`c.mark = ?`, f.Mark)
	}
	if unread {
		c.and(`exists (select from unread u where u.conversation_id = c.id and u.member_id = ?)`, f.UnreadBy)
	}
	if tag {
		c.and(`exists (select from conversation_tags ct where ct.conversation_id = c.id and ct.tag_id = `+ofTag+`)`, f.PartnerID, tagName(f.Tag))
	}
	if f.Qualified {
		c.and(`exists (select from qualifications q where (q.partner_id, q.merchant_id) = (c.partner_id, c.merchant_id))`)
	}
	if f.Before != (Position{}) {
		c.and(`(`+at+`, `+id+`) < (?::timestamptz, ?::bigint)`, f.Before.LastAt, f.Before.ID)
	}
	ordered := fmt.Sprintf(`select %s id, %s last_at, c.merchant_id from %s%s order by %[2]s desc, %[1]s desc limit `, id, at, from, c.where())
	if w != inWindow {
		return ordered + strconv.Itoa(f.limit()), c.args
	}
	// strpos has no index: one that finds all merchants of the word would be no help.
	return `select w.id, w.last_at, w.merchant_id from (` + ordered + strconv.Itoa(searchWindow) + `) w
		cross join lateral (select search from merchants m where m.id = w.merchant_id offset 0) m
		where strpos(m.search, ` + c.value(searchText(f.Search)) + `) > 0 order by w.last_at desc, w.id desc limit ` + strconv.Itoa(f.limit()), c.args
}

// windowQuery counts the conversations that a search has to find its page among, up to
// one more than its window.
func (f Filter) windowQuery() (sql string, args []any) {
	f.Search, f.Limit = "", searchWindow+1
	sql, args = f.page(inOrder)
	return `select count(*) from (` + sql + `) l`, args
}

// listQuery is a page of a list with all that is shown of its conversations.
func (f Filter) listQuery(w way) (sql string, args []any) {
	page, args := f.page(w)
	args = append(args, f.Member, beginningLength)
	n := len(args)
	shown := fmt.Sprintf(`, coalesce(c.mark, ''),
		       coalesce((select u.messages from unread u where u.member_id = $%d and u.conversation_id = c.id), 0),
		       array(select t.name from conversation_tags ct join tags t on t.id = ct.tag_id where ct.conversation_id = c.id order by t.folded),
		       coalesce((select q.code from qualifications q where (q.partner_id, q.merchant_id) = (c.partner_id, c.merchant_id)), ''),
		       coalesce(n.body, ''), coalesce(n.author, '')
		from page join conversations c on c.id = page.id`, n-1)
	return `with page as materialized (` + page + `)` +
		strings.Replace(selectConversation, "from conversations c", shown, 1) + fmt.Sprintf(`
		left join lateral (select left(x.body, $%d) body, x.author from messages x
			where x.conversation_id = page.id and x.deleted_at is null order by x.id desc limit 1) n on true
		order by page.last_at desc, page.id desc`, n), args
}
