package reply

import (
	"regexp"
	"slices"
	"strings"
)

// cutter takes one mail apart. lines are classified in place; keep says at the
// end which of them are the reply.
type cutter struct {
	lines      []line
	rest       string   // beyond the lines looked at
	separators []string // normalised, lower case
	known      []string // names and addresses, lower case
	cuts       []Cut
	judged     int // candidates judged by patterns so far
}

// maxJudged is how many lines that look like the beginning of an attribution or
// a header block are judged closely. Mails of long threads have some hundred.
const maxJudged = 5000

func newCutter(lines []line, rest string, h Hints) *cutter {
	c := &cutter{lines: lines, rest: rest}
	for _, s := range h.Separators {
		if s = strings.ToLower(normal(s)); len(s) >= 8 {
			c.separators = append(c.separators, s)
		}
	}
	for _, list := range [][]string{h.Names, h.Addresses} {
		for _, s := range list {
			if s = strings.ToLower(normal(s)); len(s) >= 4 {
				c.known = append(c.known, s)
			}
		}
	}
	return c
}

func (c *cutter) because(kind CutKind, evidence string) {
	why := Cut{Kind: kind, Evidence: evidence, Confidence: 1}
	if len(c.cuts) < 20 && !slices.Contains(c.cuts, why) {
		c.cuts = append(c.cuts, why)
	}
}

func (c *cutter) cut() Result {
	end := c.thread()
	end = c.tail(end)
	c.head(end)
	var text, quoted []string
	for i := range c.lines {
		l := &c.lines[i]
		if i < end && l.kind != attribution && l.kind != dropped {
			text = append(text, l.raw)
		} else {
			quoted = append(quoted, l.raw)
		}
	}
	if c.rest != "" {
		quoted = append(quoted, c.rest)
		c.because(Excess, "too many lines")
	}
	r := Result{Text: trim(text), Quoted: trim(quoted), Cuts: c.cuts}
	r.Fold = len(r.Text)
	return r
}

// trim joins lines without the empty ones at both ends.
func trim(lines []string) string {
	for len(lines) > 0 && normal(lines[0][:min(len(lines[0]), longest)]) == "" {
		lines = lines[1:]
	}
	for n := len(lines); n > 0 && normal(lines[n-1][:min(len(lines[n-1]), longest)]) == ""; n-- {
		lines = lines[:n-1]
	}
	return strings.Join(lines, "\n")
}

// thread finds the line at which the answered mail begins and from which on
// nothing is new. Attribution lines above marked quotes only get their kind,
// since answers may stand among or under those quotes.
func (c *cutter) thread() int {
	for i := 0; i < len(c.lines); i++ {
		l := &c.lines[i]
		if l.mark != "" {
			c.because(Structure, l.mark)
			return c.above(i)
		}
		if l.kind != written || l.norm == "" {
			continue
		}
		if s := c.separator(i); s != "" {
			c.because(OwnLetter, shorten(s))
			return c.above(i)
		}
		if isOriginal(l.norm) {
			c.because(Original, shorten(l.norm))
			return c.above(i)
		}
		if c.headerBlock(i) {
			c.because(HeaderBlock, shorten(l.norm))
			return c.above(i)
		}
		if n := c.attributed(i); n > 0 {
			c.because(Attribution, shorten(c.join(i, n)))
			if next := c.nextText(i + n); next < 0 || c.lines[next].kind != quote {
				return c.above(i)
			}
			for j := i; j < i+n; j++ {
				c.lines[j].kind = attribution
			}
			i += n - 1
		}
	}
	return len(c.lines)
}

// above moves a cut up over the rulers and empty lines that belong to it.
func (c *cutter) above(i int) int {
	for j := i - 1; j >= 0 && j >= i-4; j-- {
		if ruler.MatchString(c.lines[j].norm) {
			return j
		}
		if c.lines[j].kind != blank {
			break
		}
	}
	return i
}

func (c *cutter) nextText(i int) int {
	for ; i < len(c.lines); i++ {
		if c.lines[i].kind != blank {
			return i
		}
	}
	return -1
}

// separator returns the phrase of our letters that begins in line i, alone or
// wrapped into the next line.
func (c *cutter) separator(i int) string {
	if len(c.separators) == 0 {
		return ""
	}
	s := strings.ToLower(c.lines[i].norm)
	wrapped := s
	if i+1 < len(c.lines) && c.lines[i+1].kind == written {
		wrapped += " " + strings.ToLower(c.lines[i+1].norm)
	}
	for _, p := range c.separators {
		if strings.Contains(s, p) && len(s) <= len(p)+120 {
			return p
		}
		if at := strings.Index(wrapped, p); at >= 0 && at < len(s) && at+len(p) > len(s) && at <= 120 {
			return p
		}
	}
	return ""
}

// join returns n lines from i on as one.
func (c *cutter) join(i, n int) string {
	parts := make([]string, 0, n)
	for j := i; j < i+n && j < len(c.lines); j++ {
		if s := c.lines[j].norm; s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " ")
}

// wrap is the number of lines an attribution may be broken into.
const wrap = 4

// attributed returns how many lines from i on are an attribution; 0 if none.
func (c *cutter) attributed(i int) int {
	n := c.conclusion(i)
	if n == 0 || c.judged >= maxJudged {
		return 0
	}
	c.judged++
	first := c.lines[i].norm
	lead := leads.MatchString(first)
	e := c.of(&c.lines[i])
	if !lead && !e.address && !e.known && !((e.date || e.clock) && hasVerb(first)) {
		return 0 // nothing in the first line suggests that it begins one
	}
	for ; n <= wrap && i+n <= len(c.lines); n++ {
		last := &c.lines[i+n-1]
		if last.kind != written || last.norm == "" {
			return 0
		}
		if !last.colon && !last.verb {
			continue
		}
		s := strings.TrimRight(plainMarks(c.join(i, n)), " -–—")
		if len(s) > 400 {
			return 0
		}
		if c.isAttribution(s, lead) {
			return n
		}
		if last.colon {
			return 0 // what comes after a colon is something else
		}
	}
	return 0
}

// conclusion returns how many lines from i on an attribution would have if one
// began there; 0 if none of the next lines can be its last.
func (c *cutter) conclusion(i int) int {
	for n := 1; n <= wrap && i+n <= len(c.lines); n++ {
		l := &c.lines[i+n-1]
		switch {
		case l.kind != written || l.norm == "":
			return 0
		case l.colon || l.verb:
			return n
		case strings.HasSuffix(l.norm, "?") || strings.HasSuffix(l.norm, "!"):
			return 0 // a sentence that ended isn't wrapped
		}
	}
	return 0
}

// isAttribution judges one candidate that ends in a colon or a verb.
func (c *cutter) isAttribution(s string, lead bool) bool {
	colon := strings.HasSuffix(s, ":")
	e := c.find(s)
	if !e.any() {
		return false
	}
	if !hasVerb(s) {
		// Gmail in Russian, Japanese and others writes no verb.
		return colon && e.address && (e.date && e.clock || lead && (e.date || e.clock))
	}
	if !e.address && ownLetter.MatchString(s) {
		return false
	}
	switch {
	case e.address && (e.date || e.clock), e.date && e.clock:
		return true
	case e.date || e.clock:
		return lead && (colon || e.known)
	case e.address || e.known:
		return colon
	}
	return false
}

// ownLetter is how people, not programs, introduce what was written: "As I wrote
// on 3 May 2024:".
var ownLetter = regexp.MustCompile(`(?i)(?:^|[^\pL])(?:i|you|we|they) (?:wrote|writes)|ich schrieb|jag skrev|jeg skrev|ik schreef`)

// tail moves the end up over quotes that nothing written follows, over
// signatures and footers, as often as they alternate within reason.
func (c *cutter) tail(end int) int {
	for range 50 {
		start, cut := end, false
		for end > 0 {
			switch l := &c.lines[end-1]; l.kind {
			case blank:
			case quote:
				c.because(Quote, "at the end")
				cut = true
			case attribution:
			default:
				goto text
			}
			end--
		}
	text:
		if end > 0 && end < len(c.lines) {
			end = c.introduction(end)
		}
		if at, why := c.signature(end); at >= 0 {
			c.because(Signature, why)
			end = at
			cut = true
		}
		// A ruler above what was cut belongs to it.
		for cut && end > 0 && ruler.MatchString(c.lines[end-1].norm) {
			end--
		}
		if end == start {
			break
		}
	}
	return end
}

// introduction cuts what directly introduces a quote and ends in a colon, when
// a date, a time or an address stands in it: an attribution of a language or a
// client that has no pattern.
func (c *cutter) introduction(end int) int {
	next := c.nextText(end)
	if next < 0 || c.lines[next].kind != quote || !strings.HasSuffix(c.lines[end-1].norm, ":") {
		return end
	}
	for n := 1; n <= 3 && n <= end && c.lines[end-n].kind == written; n++ {
		s := c.join(end-n, n)
		if len(s) > 400 {
			break
		}
		if e := c.find(s); e.date && e.clock || e.address && (e.date || e.clock) {
			c.because(Attribution, shorten(s))
			return end - n
		}
	}
	return end
}

// head drops a quote with which the mail begins when one answer stands under
// it as a whole. Where answers stand among several quotes, each quote is what
// its answer needs, and stays.
func (c *cutter) head(end int) {
	runs, first, stop := 0, -1, -1
	attributedRun := false
	textBefore := false
	inRun := false
	for i := range end {
		switch c.lines[i].kind {
		case quote:
			if !inRun {
				runs++
				if runs == 1 {
					first = i
				}
			}
			inRun = true
			if runs == 1 {
				stop = i + 1
			}
		case blank:
		case attribution:
			attributedRun = attributedRun || runs == 0
			inRun = false
		default:
			inRun = false
			if runs == 0 {
				textBefore = true
			}
		}
	}
	if runs != 1 || textBefore || !attributedRun {
		return
	}
	for i := first; i < stop; i++ {
		if c.lines[i].kind == quote {
			c.lines[i].kind = dropped
		}
	}
	c.because(Quote, "at the beginning")
}
