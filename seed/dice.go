package seed

import "math"

// What a number is drawn for. The order is part of what a seed means.
const (
	ofPartner uint64 = iota + 1
	ofTeam
	ofMember
	ofMerchant
	ofConversation
	ofSize
	ofMessage
	ofAuthor
	ofMark
	ofTag
	ofUnread
	ofText
	ofWork
)

// dice are the draws for one thing, one after another (SplitMix64: Steele, Lea and
// Flood, OOPSLA 2014). Any two things have dice of their own, in whichever order
// they are asked for.
type dice uint64

func (m *Market) dice(what uint64, ids ...int) dice {
	d := dice(m.o.Seed ^ what*0x9e3779b97f4a7c15)
	for _, id := range ids {
		d = dice(d.next() ^ uint64(id))
	}
	d.next()
	return d
}

func (d *dice) next() uint64 {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// part is from 0 to below 1.
func (d *dice) part() float64 { return float64(d.next()>>11) / (1 << 53) }

// below is from 0 to below n.
func (d *dice) below(n int) int { return int(d.part() * float64(n)) }

// once in how many times.
func (d *dice) oneIn(n float64) bool { return d.part()*n < 1 }

// heavy is 1 or more, seldom much more: of Pareto's distribution with exponent a, cut
// at most.
func (d *dice) heavy(a, most float64) float64 {
	return min(math.Pow(1-d.part(), -1/a), most)
}

func pick[T any](d *dice, list []T) T { return list[d.below(len(list))] }
