package seed

import (
	"time"

	"github.com/tradepost-mail/tradepost"
)

// Conversation is one merchant with one partner.
type Conversation struct {
	ID, Partner, Merchant int64
	Service               int64 // 0 = none
	Kind                  tradepost.Kind
	CreatedAt, LastAt     time.Time
	Mark                  string  // on the newest message of the merchant; "" = it is new
	Tags                  []int64 // in the order of the partner's
}

var kindsDrawn = []tradepost.Kind{
	tradepost.KindService, tradepost.KindService, tradepost.KindService, tradepost.KindService, tradepost.KindService,
	tradepost.KindOpportunity, tradepost.KindOpportunity, tradepost.KindQualification, tradepost.KindInventory, tradepost.KindInventory,
	tradepost.KindProduct, tradepost.KindIntegration,
}

func (m *Market) kindOf(c int) tradepost.Kind {
	d := m.dice(ofConversation, c, 3)
	return pick(&d, kindsDrawn)
}

// Conversation makes the c-th conversation, counted from 0.
func (m *Market) Conversation(c int) Conversation {
	p := m.partnerOf(c)
	v := Conversation{ID: int64(c) + 1, Partner: int64(p) + 1, Merchant: int64(m.merchantOf(c)) + 1, Kind: m.kindOf(c), CreatedAt: m.openedAt(c)}
	if v.Kind == tradepost.KindService {
		d := m.dice(ofConversation, c, 4)
		v.Service = int64(m.service[p]+d.below(m.service[p+1]-m.service[p])) + 1
	}
	v.LastAt = m.writtenAt(c, int(m.sizes[c])-1)
	v.Mark = m.markOn(c, m.newest(c))
	// A partner's first tag is on a third of its conversations, each further one on
	// a quarter as many.
	d, share := m.dice(ofTag, c), 3.0
	for k := m.tag[p]; k < m.tag[p+1]; k++ {
		if d.oneIn(share) {
			v.Tags = append(v.Tags, int64(k)+1)
		}
		share *= 4
	}
	return v
}

// writtenAt is when message k was written: a conversation goes on for some days for
// each message, and the long ones until now.
func (m *Market) writtenAt(c, k int) time.Time {
	from := m.openedAt(c)
	if k == 0 {
		return from
	}
	n := float64(m.sizes[c])
	d := m.dice(ofConversation, c, 5)
	gap := time.Duration(20+d.part()*d.part()*5*24*60) * time.Minute
	length := min(time.Duration(n)*gap, m.o.Now.Sub(from)-time.Minute)
	at := m.dice(ofMessage, c, k)
	return from.Add(time.Duration((float64(k) + 0.8*at.part()) / n * float64(length))).Truncate(time.Microsecond)
}

// authorOf is the member who wrote message k, counted from 0 in the whole market;
// -1 = the merchant did.
func (m *Market) authorOf(c, k int) int {
	d := m.dice(ofAuthor, c, k)
	if k == 0 || d.part() < 0.55 {
		return -1
	}
	p := m.partnerOf(c)
	by := m.member[p] + d.below(m.member[p+1]-m.member[p])
	if m.habitOf(p, by) == never || !m.present(by, m.writtenAt(c, k)) {
		return m.member[p] // the owner
	}
	return by
}

func (m *Market) deleted(c, k int) bool {
	d := m.dice(ofMessage, c, k, 1)
	return k > 0 && d.oneIn(300)
}

// newest is the newest message of the merchant that is not deleted.
func (m *Market) newest(c int) int {
	for k := int(m.sizes[c]) - 1; k > 0; k-- {
		if m.authorOf(c, k) < 0 && !m.deleted(c, k) {
			return k
		}
	}
	return 0
}

// markOn is the mark on message k of the merchant; "" = none. Teams mark most of what
// was written last, and some of what came before.
func (m *Market) markOn(c, k int) string {
	d := m.dice(ofMark, c, k)
	odds := 0.15
	if k == m.newest(c) {
		odds = 0.6
	}
	switch {
	case d.part() > odds:
		return ""
	case d.oneIn(8):
		return pick(&d, emoji)
	}
	return "✅"
}

func (m *Market) present(member int, at time.Time) bool {
	gone := m.removedAt(member)
	return gone.IsZero() || at.Before(gone)
}

// habit is how somebody deals with what they are told of.
type habit int

const (
	reads habit = iota
	behind
	never // opens no page, and leaves it to colleagues to answer
)

func (m *Market) habitOf(partner, member int) habit {
	if member == m.member[partner] {
		return reads
	}
	d := m.dice(ofMember, member, 2)
	switch {
	case d.oneIn(4):
		return never
	case d.oneIn(3):
		return behind
	}
	return reads
}

// unreadFrom is the first message of a conversation that a member has not read; all
// of the merchant's after it they haven't, either.
func (m *Market) unreadFrom(c, member int) int {
	p, n := m.partnerOf(c), int(m.sizes[c])
	h := m.habitOf(p, member)
	if h == never {
		return 0
	}
	d := m.dice(ofUnread, c, member)
	odds := 0.005
	if m.o.Now.Sub(m.writtenAt(c, n-1)) < 30*24*time.Hour {
		odds = 0.3
	}
	if h == behind {
		odds *= 2
	}
	if d.part() > odds {
		return n
	}
	from := max(0, n-1-d.below(4))
	for k := n - 1; k > from; k-- {
		if m.authorOf(c, k) == member {
			return k + 1 // who writes has read everything before
		}
	}
	if from < n && m.authorOf(c, from) == member {
		from++
	}
	return from
}

// Unread is how many messages of a conversation a member has not read.
type Unread struct {
	Member   int64
	Messages int
}

// Unread lists who has not read how many messages of the c-th conversation, without
// those who have read all.
func (m *Market) Unread(c int) (list []Unread) {
	p, n := m.partnerOf(c), int(m.sizes[c])
	for mb := m.member[p]; mb < m.member[p+1]; mb++ {
		u := Unread{Member: int64(mb) + 1}
		for k := m.unreadFrom(c, mb); k < n; k++ {
			if m.authorOf(c, k) < 0 && !m.deleted(c, k) && m.present(mb, m.writtenAt(c, k)) {
				u.Messages++
			}
		}
		if u.Messages > 0 {
			list = append(list, u)
		}
	}
	return list
}
