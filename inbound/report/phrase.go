package report

import "strings"

// phrases finds which of many phrases occur in a text in one pass over it. A
// text is looked through for hundreds, and each on its own would cost more than
// all the rest of the reading.
type phrases struct {
	byHead map[[3]byte][]phrase
	heads  [1 << 13]bool // whether a hash of three bytes begins a phrase
}

// phrase is a text to be found; of several found the lowest rank counts.
type phrase struct {
	text string
	rank int
}

// newPhrases ranks the phrases of a list by its place among the lists. Phrases
// have at least three bytes.
func newPhrases(lists ...[]string) *phrases {
	p := &phrases{byHead: make(map[[3]byte][]phrase)}
	for rank, list := range lists {
		for _, text := range list {
			head := [3]byte([]byte(text[:3]))
			p.byHead[head] = append(p.byHead[head], phrase{text, rank})
			p.heads[hash(text)] = true
		}
	}
	return p
}

func hash(s string) uint32 {
	return (uint32(s[0])*389 ^ uint32(s[1])*53 ^ uint32(s[2])*7) & (1<<13 - 1)
}

// lowest returns the lowest rank of the phrases that occur in text, -1 if none
// does.
func (p *phrases) lowest(text string) int {
	found := -1
	for i := 0; i+3 <= len(text); i++ {
		if !p.heads[hash(text[i:])] {
			continue
		}
		for _, c := range p.byHead[[3]byte([]byte(text[i:i+3]))] {
			if (found < 0 || c.rank < found) && strings.HasPrefix(text[i:], c.text) {
				found = c.rank
			}
		}
		if found == 0 {
			return 0
		}
	}
	return found
}

// occur reports whether any of the phrases occurs in text.
func (p *phrases) occur(text string) bool { return p.lowest(text) >= 0 }
