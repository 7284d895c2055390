package seed

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Options are the size of a market and which one it is.
type Options struct {
	Partners, Conversations, Messages int
	Seed                              uint64
	Now                               time.Time // nothing in it is later
}

// Market is an invented marketplace. Its methods may be called side by side.
type Market struct {
	o       Options
	begun   time.Time // the first conversation
	ranked  int       // multiplier that gives each partner a rank: the larger, the lower
	service []int     // services of all partners before; one entry more than partners
	member  []int     // likewise
	tag     []int     // likewise
	sizes   []uint32  // messages of each conversation
	with    []uint32  // the partner of each
	first   []bool    // whether its merchant had not written to its partner before
}

// years are how far back a market goes.
const years = 4

// most are bounds that keep numbers within what the package counts with.
const (
	mostConversations = 1 << 27
	mostMessages      = 1 << 30
)

// New lays a market out. An error means that no market is like that.
func New(o Options) (*Market, error) {
	switch {
	case o.Partners < 1 || o.Conversations < 1:
		return nil, errors.New("a market has a partner and a conversation at least")
	case o.Messages < o.Conversations:
		return nil, fmt.Errorf("%d conversations have as many messages at least: %d are too few", o.Conversations, o.Messages)
	case o.Conversations > mostConversations || o.Messages > mostMessages || o.Partners > mostConversations:
		return nil, fmt.Errorf("a market has %d partners, %d conversations and %d messages at most", mostConversations, mostConversations, mostMessages)
	}
	o.Now = o.Now.UTC().Truncate(time.Microsecond) // as exact as PostgreSQL is
	m := &Market{o: o, begun: o.Now.AddDate(-years, 0, 0)}
	m.ranked = coprime(o.Partners)
	m.service, m.member, m.tag = make([]int, o.Partners+1), make([]int, o.Partners+1), make([]int, o.Partners+1)
	for i := range o.Partners {
		d, rank := m.dice(ofTeam, i), m.rank(i)
		services, members, tags := 1+d.below(4), 1, d.below(4)
		switch {
		case rank < 50:
			members, tags = 2+d.below(3), len(tagNames)
		case d.oneIn(3):
			members = 2
		}
		m.service[i+1], m.member[i+1], m.tag[i+1] = m.service[i]+services, m.member[i]+members, m.tag[i]+tags
	}
	m.measure()
	m.with = make([]uint32, o.Conversations)
	for c := range m.with {
		m.with[c] = uint32(m.drawPartner(c))
	}
	m.pair()
	return m, nil
}

// Options are what the market was made with.
func (m *Market) Options() Options { return m.o }

// coprime is a number that, multiplied modulo n, gives each number below n once.
func coprime(n int) int {
	for k := n*5/8 + 1; ; k++ {
		a, b := k, n
		for b != 0 {
			a, b = b, a%b
		}
		if a == 1 {
			return k
		}
	}
}

func (m *Market) rank(partner int) int { return partner * m.ranked % m.o.Partners }

// measure gives each conversation its messages: one, and its share of the others.
func (m *Market) measure() {
	n := m.o.Conversations
	weight := func(c int) float64 {
		d := m.dice(ofSize, c)
		return d.heavy(1.3, 5000)
	}
	var sum float64
	for c := range n {
		sum += weight(c)
	}
	m.sizes = make([]uint32, n)
	var seen float64
	given, further := 0, m.o.Messages-n
	for c := range n {
		seen += weight(c)
		upTo := int(seen / sum * float64(further))
		if c == n-1 {
			upTo = further
		}
		m.sizes[c] = uint32(1 + upTo - given)
		given = upTo
	}
}

// pair finds the first conversation of each merchant with each partner.
func (m *Market) pair() {
	m.first = make([]bool, m.o.Conversations)
	known := make(map[[2]uint32]struct{}, m.o.Conversations)
	for c := range m.o.Conversations {
		p := [2]uint32{uint32(m.partnerOf(c)), uint32(m.merchantOf(c))}
		if _, ok := known[p]; !ok {
			known[p] = struct{}{}
			m.first[c] = true
		}
	}
}

// skew is by how much the larger partners are preferred (Zipf's exponent): the
// largest one has a seventh of all conversations.
const skew = 1.2

// partnerOf is the partner of a conversation, counted from 0.
func (m *Market) partnerOf(c int) int { return int(m.with[c]) }

func (m *Market) drawPartner(c int) int {
	d := m.dice(ofConversation, c)
	n := float64(m.o.Partners)
	x := math.Pow(1+d.part()*(math.Pow(n+1, 1-skew)-1), 1/(1-skew))
	rank := min(int(x)-1, m.o.Partners-1)
	return m.byRank(rank)
}

// byRank is the partner of a rank, 0 being the largest.
func (m *Market) byRank(rank int) int {
	// The inverse of rank, by the extended Euclidean algorithm.
	n := m.o.Partners
	t, newT, r, newR := 0, 1, n, m.ranked%n
	for newR != 0 {
		q := r / newR
		t, newT = newT, t-q*newT
		r, newR = newR, r-q*newR
	}
	if n == 1 {
		return 0
	}
	return rank * ((t%n + n) % n) % n
}

// Three of five conversations are a merchant's first one.
const (
	openings = 5
	newcomer = 3
)

// merchantOf is the merchant of a conversation, counted from 0.
func (m *Market) merchantOf(c int) int {
	if c%openings < newcomer {
		return c/openings*newcomer + c%openings
	}
	d := m.dice(ofConversation, c, 1)
	known := (c/openings + 1) * newcomer
	return d.below(known)
}

// Merchants is how many there are.
func (m *Market) Merchants() int {
	n := m.o.Conversations
	return n/openings*newcomer + min(n%openings, newcomer)
}

// openedAt is when a conversation began; the later a conversation the later, and
// there are more each year.
func (m *Market) openedAt(c int) time.Time {
	d := m.dice(ofConversation, c, 2)
	part := math.Pow((float64(c)+d.part())/float64(m.o.Conversations), 1/1.7)
	span := m.o.Now.Sub(m.begun) - time.Hour
	return m.begun.Add(time.Duration(part * float64(span))).Truncate(time.Microsecond)
}
