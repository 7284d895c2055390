package reply

import (
	"regexp"
	"strings"
)

// details is the line that Notes puts above its header block, with the beginning
// of the answered mail: "Maja Lind ---05/03/2022 10:11:12---How many boxes?"
var details = regexp.MustCompile(`[^-]-{2,3}\d[^-]{5,40}(?:-\d\d-[^-]{2,20})?-{2,3}`)

// notes looks at line i for what Notes and Domino put over an answered mail: the
// line with its details, or their older form without labels before its values.
func (c *cutter) notes(i int) *candidate {
	s := c.lines[i].norm
	if len(s) > longestAttribution {
		return nil
	}
	if strings.Contains(s, "--") && strings.ContainsAny(s, "0123456789") {
		at := details.FindStringIndex(s)
		if at == nil {
			return nil
		}
		if e := c.find(s[at[0]:at[1]]); !e.date || !e.clock {
			return nil
		}
		var w weighed
		w.add(true, 0.5, "dashes on both sides")
		w.add(true, 0.4, "a date")
		w.add(true, 0.3, "a time")
		return &candidate{kind: Attribution, from: i, to: i + 1, confidence: w.confidence(), evidence: w.of(s)}
	}
	return c.notesForm(i)
}

// notesForm knows a sender, a date with a time, and, each in a line of its own,
// "To" and "Subject" with what they are below them.
func (c *cutter) notesForm(i int) *candidate {
	const longest = 14 // lines of the form
	if i+1 >= len(c.lines) || c.lines[i+1].kind != written || len(c.lines[i+1].norm) > 40 {
		return nil
	}
	e := c.of(&c.lines[i+1])
	if !e.date || !e.clock || !isName(c.lines[i].norm) && !c.of(&c.lines[i]).address {
		return nil
	}
	var found []labelWord
	to := i
	for j := i + 2; j < len(c.lines) && j < i+longest; j++ {
		if s := c.lines[j].norm; s != "" && len(s) <= longestLabel {
			if w := labelWords[strings.ToLower(strings.TrimSuffix(s, ":"))]; w[toRole] != 0 || w[subjectRole] != 0 {
				found, to = append(found, w), j+1
			}
		}
	}
	if _, n := bestLanguage(found); n < 2 {
		return nil
	}
	var w weighed
	w.add(true, 0.4, "a date")
	w.add(true, 0.3, "a time")
	w.add(c.of(&c.lines[i]).address, 0.4, "an address")
	w.add(true, 0.2, "a recipient's label")
	w.add(true, 0.3, "a subject's label")
	return &candidate{kind: HeaderBlock, from: i, to: to, confidence: w.confidence(), evidence: w.of(c.lines[i].norm)}
}
