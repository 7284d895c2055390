package reply

import (
	"slices"
	"strings"
)

// phraseSet finds any of many phrases in a text in one pass. Most lines hold the
// first two bytes of none, which a table tells at once.
type phraseSet struct {
	begins [1 << 10]uint64 // which pairs of first bytes there are
	by     map[uint16][]entry
}

// entry is a phrase and the idea that it stands for.
type entry struct {
	text string
	idea int
}

// newPhrases makes a set of phrases of at least two bytes, in lower case.
func newPhrases(ideas ...[]string) *phraseSet {
	p := &phraseSet{by: make(map[uint16][]entry)}
	for idea, texts := range ideas {
		for _, s := range texts {
			k := pair(s)
			p.begins[k>>6] |= 1 << (k & 63)
			p.by[k] = append(p.by[k], entry{s, idea})
		}
	}
	return p
}

func pair(s string) uint16 { return uint16(s[0])<<8 | uint16(s[1]) }

func (p *phraseSet) at(s string) []entry {
	k := pair(s)
	if p.begins[k>>6]&(1<<(k&63)) == 0 {
		return nil
	}
	return p.by[k]
}

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
