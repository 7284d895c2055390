package reply

import (
	"maps"
	"math/bits"
	"slices"
	"strings"
)

// phraseSet finds any of many phrases in a text in one pass. Most lines hold the
// first two bytes of none, which a table tells at once.
type phraseSet struct {
	begins [1 << 10]uint64 // which pairs of first bytes there are
	before [1 << 10]int    // how many pairs stand in front of each word of begins
	by     [][]entry       // by pair, in order
}

// entry is a phrase and the idea that it stands for.
type entry struct {
	text string
	idea int
}

// newPhrases makes a set of phrases of at least two bytes, in lower case.
func newPhrases(ideas ...[]string) *phraseSet {
	p := &phraseSet{}
	by := make(map[uint16][]entry)
	for idea, texts := range ideas {
		for _, s := range texts {
			k := pair(s)
			p.begins[k>>6] |= 1 << (k & 63)
			by[k] = append(by[k], entry{s, idea})
		}
	}
	for _, k := range slices.Sorted(maps.Keys(by)) {
		p.by = append(p.by, by[k])
	}
	for i := range len(p.begins) - 1 {
		p.before[i+1] = p.before[i] + bits.OnesCount64(p.begins[i])
	}
	return p
}

// of returns the phrases that begin with a pair of bytes.
func (p *phraseSet) of(k uint16) []entry {
	word, bit := p.begins[k>>6], uint64(1)<<(k&63)
	if word&bit == 0 {
		return nil
	}
	return p.by[p.before[k>>6]+bits.OnesCount64(word&(bit-1))]
}

// texts returns all phrases.
func (p *phraseSet) texts() []string {
	var all []string
	for _, entries := range p.by {
		for _, e := range entries {
			all = append(all, e.text)
		}
	}
	return all
}

func pair(s string) uint16 { return uint16(s[0])<<8 | uint16(s[1]) }

func (p *phraseSet) at(s string) []entry { return p.of(pair(s)) }

// in reports whether s holds one of the phrases.
func (p *phraseSet) in(s string) bool {
	for i := 0; i+1 < len(s); i++ {
		for _, e := range p.at(s[i:]) {
			if strings.HasPrefix(s[i:], e.text) {
				return true
			}
		}
	}
	return false
}

// inAnyCase is the same for a text that isn't in lower case, without a copy of
// what is ASCII.
func (p *phraseSet) inAnyCase(s string) bool {
	var k uint16 // the last two bytes
	for i := range len(s) {
		b := s[i]
		if b >= 0x80 {
			return p.in(strings.ToLower(s))
		}
		if b >= 'A' && b <= 'Z' {
			b += 'a' - 'A'
		}
		k = k<<8 | uint16(b)
		if p.begins[k>>6]&(1<<(k&63)) == 0 || i == 0 {
			continue
		}
		rest := s[i-1:]
		for _, e := range p.of(k) {
			// Most differ in the last letter already.
			n := len(e.text)
			if len(rest) >= n && rest[n-1]|0x20 == e.text[n-1]|0x20 && strings.EqualFold(rest[:n], e.text) {
				return true
			}
		}
	}
	return false
}

// ideas returns the first phrase found of each idea, in the order of ideas.
func (p *phraseSet) ideas(s string) []entry {
	var found []entry
	var seen uint64
	for i := 0; i+1 < len(s); i++ {
		for _, e := range p.at(s[i:]) {
			if seen>>e.idea&1 == 0 && strings.HasPrefix(s[i:], e.text) {
				seen |= 1 << e.idea
				found = append(found, e)
			}
		}
	}
	slices.SortFunc(found, func(a, b entry) int { return a.idea - b.idea })
	return found
}

// prefix reports whether s begins with one of the phrases and a word ends there;
// rest is what follows the longest of them.
func (p *phraseSet) prefix(s string) (rest string, ok bool) {
	if len(s) < 2 {
		return s, false
	}
	longest := -1
	for _, e := range p.at(s) {
		if len(e.text) > longest && strings.HasPrefix(s, e.text) && edge(s[len(e.text):]) {
			longest = len(e.text)
		}
	}
	if longest < 0 {
		return s, false
	}
	return s[longest:], true
}
