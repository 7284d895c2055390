package reply

import "strings"

// near is within how many lines two phrases of our letters count as being of
// one letter.
const near = 40

// clean drops from the beginning of a line what stands before a phrase of our
// letters once a client has quoted it: quote marks, emphasis, list and table
// marks; and emphasis within.
func clean(s string) string {
	s = strings.TrimLeft(s, ">|＞*_#[-•·~ ")
	if strings.ContainsAny(s, "*_|") {
		s = plainMarks(s)
	}
	return s
}

// phrase returns the phrase of our letters that begins in line i, alone or
// wrapped into the next lines. A long one may also have something before it:
// clients that flatten tables put cells side by side.
func (c *cutter) phrase(i int) string {
	const cell = 120 // bytes before or after the phrase
	s := clean(c.lines[i].norm)
	if s == "" {
		return ""
	}
	wrapped := s
	joined := false
	for _, p := range c.separators {
		if strings.HasPrefix(s, p) {
			return p
		}
		if len(p) >= 24 && len(s) <= len(p)+cell && strings.Contains(s, p) {
			return p
		}
		if len(s) >= len(p) || !strings.HasPrefix(p, s) {
			continue
		}
		if !joined {
			for j := i + 1; j < len(c.lines) && j <= i+3 && len(wrapped) < 400; j++ {
				wrapped += " " + clean(c.lines[j].norm)
			}
			joined = true
		}
		if strings.HasPrefix(wrapped, p) {
			return p
		}
	}
	return ""
}

// ownLetter looks for one of our letters at line i, which isn't quoted.
func (c *cutter) ownLetter(i int) *candidate {
	if len(c.separators) == 0 || c.judged >= maxJudged {
		return nil
	}
	p := c.phrase(i)
	if p == "" {
		return nil
	}
	c.judged++
	var w weighed
	w.add(true, min(0.98, 0.35+0.02*float64(len(p))), "a phrase of our letters")
	for j := i + 1; j < len(c.lines) && j < i+near; j++ {
		if q := c.phrase(j); q != "" && q != p {
			w.add(true, 0.6, "a further one")
			break
		}
	}
	return &candidate{kind: OwnLetter, from: i, to: i + 1, confidence: w.confidence(), evidence: w.of(c.lines[i].norm)}
}

// holdsOwnLetter reports whether a phrase of our letters begins in one of the
// lines [from, to), quoted or not.
func (c *cutter) holdsOwnLetter(from, to int) bool {
	if len(c.separators) == 0 {
		return false
	}
	for i := from; i < min(to, len(c.lines)); i++ {
		if c.lines[i].kind != blank && c.phrase(i) != "" {
			return true
		}
	}
	return false
}

// ownLetterBelow is the same for all lines from one on. It is asked at every
// mark, so that the last line with a phrase is looked for once.
func (c *cutter) ownLetterBelow(from int) bool {
	if len(c.separators) == 0 {
		return false
	}
	if c.lastOwn == nil {
		last := len(c.lines) - 1
		for last >= 0 && (c.lines[last].kind == blank || c.phrase(last) == "") {
			last--
		}
		c.lastOwn = &last
	}
	return *c.lastOwn >= from
}
