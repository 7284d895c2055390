package reply

import (
	"cmp"
	"slices"
	"strings"
)

// cutter takes one mail apart. lines are classified in place.
type cutter struct {
	lines      []line
	rest       string   // beyond the lines looked at
	separators []string // cleaned; see clean
	known      []string // names and addresses, lower case
	threshold  float64
	forwards   bool // forwarded mails stay

	found   []candidate
	judged  int // candidates judged by patterns so far
	fold    int // line from which all is folded
	forward int // line at which a forwarded mail begins that stays
	shared  bool
	lastOwn *int // the last line with a phrase of our letters; see ownLetterBelow
}

// maxJudged is how many lines that look like the beginning of an attribution or
// a header block are judged closely. Mails of long threads have some hundred.
const maxJudged = 5000

func newCutter(lines []line, rest string, h Hints) *cutter {
	c := &cutter{lines: lines, rest: rest, threshold: h.Threshold, forwards: h.KeepForwarded}
	if c.threshold <= 0 {
		c.threshold = DefaultThreshold
	}
	for _, s := range h.Separators {
		if s = clean(normal(s)); len(s) >= 8 {
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
	c.fold, c.forward = len(lines), len(lines)
	if rest != "" {
		c.found = append(c.found, candidate{kind: Excess, from: len(lines), confidence: 1, evidence: "too many lines"})
	}
	return c
}

// cut decides about all candidates and parts the lines.
func (c *cutter) cut() Result {
	c.banners()
	c.armour()
	c.rejoinQuotes()
	end := c.thread()
	end = c.tail(end)
	c.dropFooters(end)
	c.dropQuotes(end)
	c.emptyQuotes(end)
	r := c.result(end)
	if r.Text == "" && len(c.found) > 0 && c.keep(end) {
		r = c.result(end)
	}
	return r
}

// take notes that a candidate was cut or, if it is too weak, folds from it on.
// It reports whether it was cut.
func (c *cutter) take(f candidate) bool {
	if f.confidence < c.threshold {
		if f.confidence >= maybe {
			c.foldAt(f.from, f)
		}
		return false
	}
	c.found = append(c.found, f)
	return true
}

// foldAt folds all from a line on. The first fold counts.
func (c *cutter) foldAt(i int, f candidate) {
	if i >= c.fold {
		return
	}
	c.fold = i
	f.folded = true
	c.found = append(c.found, f)
}

// thread finds the line at which the answered mail begins and from which on
// nothing is new. Attribution lines above marked quotes only get their kind,
// since answers may stand among or under those quotes.
func (c *cutter) thread() int {
	anyText := false // something was written above
	for i := 0; i < len(c.lines); i++ {
		shared := c.share(i)
		l := &c.lines[i]
		var f *candidate
		if !shared {
			f = c.markAt(i)
		}
		if f == nil {
			if l.kind == written {
				anyText = anyText || l.norm != "" || len(l.raw) > longest
			}
			continue
		}
		if c.staysAsForward(f) {
			c.forward = c.above(i)
			return c.forward
		}
		marked := f.kind == Attribution && c.quoteFollows(f) && l.kind != quote
		if !marked && f.kind != OwnLetter && f.kind != Marker && c.answersBelow(f.from) {
			f.confidence = combine(f.confidence * 0.6)
			f.evidence += "; but the text says that answers stand below"
			c.foldAt(c.above(f.from), *f)
			return len(c.lines)
		}
		if !c.take(*f) {
			anyText = anyText || l.kind == written
			continue
		}
		switch {
		case marked:
			c.mark(f, attribution)
		case !anyText && c.opensText(f):
			// A person who sends a mail has most often written something. With
			// nothing above, and no marks on what is below, the answer is
			// probably there, and the mark is all that is surely not new.
			c.mark(f, dropped)
			weaker := *f
			weaker.confidence = combine(f.confidence / 2)
			weaker.evidence += "; but nothing is written above it"
			c.foldAt(f.to, weaker)
		default:
			return c.above(f.from)
		}
		i = f.to - 1
	}
	return len(c.lines)
}

// quoteFollows reports whether marked lines stand under a mark.
func (c *cutter) quoteFollows(f *candidate) bool {
	next := c.nextText(f.to)
	return next >= 0 && c.lines[next].kind == quote
}

// markAt looks for the mark of an answered mail at line i, the surest first.
func (c *cutter) markAt(i int) *candidate {
	l := &c.lines[i]
	switch {
	case l.mark != "":
		return &candidate{kind: Structure, from: i, to: i + 1, confidence: 0.98, evidence: l.mark}
	case l.kind == quote:
		if c.forwards {
			if f := c.quotedForward(i); f != nil {
				return f
			}
		}
		return c.groupWise(i)
	case l.kind != written || l.norm == "":
		return nil
	}
	if f := c.ownLetter(i); f != nil && f.confidence >= maybe {
		return f
	}
	for _, look := range [...]func(int) *candidate{c.marker, c.original, c.header, c.attribution, c.notes} {
		if f := look(i); f != nil && f.confidence >= maybe {
			return f
		}
	}
	return nil
}

// opensText reports whether what follows a mark at the top of a mail may be
// newly written: not where the markup or our own words say what it is.
func (c *cutter) opensText(f *candidate) bool {
	switch f.kind {
	case Attribution, HeaderBlock, Original:
		return c.nextText(f.to) >= 0 && !c.ownLetterBelow(f.to)
	case Quote, Marker, OwnLetter, Structure, Signature, Footer, Disclaimer, Banner, Excess:
	}
	return false
}

// staysAsForward reports whether a mark begins a forwarded mail that shall stay.
func (c *cutter) staysAsForward(f *candidate) bool {
	return c.forwards && f.confidence >= maybe && (f.forwarded || f.kind == Original || f.kind == HeaderBlock || f.kind == Structure)
}

// quotedForward looks for the announcement of a forwarded mail in a quoted line:
// Gmail puts it inside the element of its quotes.
func (c *cutter) quotedForward(i int) *candidate {
	if phrase := strings.Trim(unquoted(c.lines[i].norm), "-_=* :"); len(phrase) <= 80 && forwards[strings.ToLower(phrase)] {
		return &candidate{kind: Original, from: i, to: i + 1, confidence: 0.9, forwarded: true}
	}
	return nil
}

// mark gives the lines of a candidate a kind.
func (c *cutter) mark(f *candidate, k kind) {
	for j := f.from; j < f.to; j++ {
		c.lines[j].kind = k
	}
}

// above moves a cut up over the rulers and empty lines that belong to it.
func (c *cutter) above(i int) int {
	for j := i - 1; j >= 0 && j >= i-4; j-- {
		if isRuler(c.lines[j].norm) {
			return j
		}
		if c.lines[j].kind != blank {
			break
		}
	}
	return i
}

// nextText returns the first line from i on that isn't empty; -1 if all are.
// Only some lines are looked at, as clients leave few.
func (c *cutter) nextText(i int) int {
	for n := 0; i < len(c.lines) && n < 30; i, n = i+1, n+1 {
		if c.lines[i].kind != blank {
			return i
		}
	}
	return -1
}

// result joins what stays and what was cut.
func (c *cutter) result(end int) Result {
	var text, quoted []string
	fold := -1
	for i := range c.lines {
		l := &c.lines[i]
		stays := l.kept || i < end && l.kind != attribution && l.kind != dropped
		if i >= end && i < c.forward && c.forward < len(c.lines) && l.kind == blank {
			stays = true // between the text and the forwarded mail
		}
		if !stays && i < c.forward {
			quoted = append(quoted, l.raw)
			continue
		}
		if i >= c.fold && fold < 0 {
			fold = len(text)
		}
		text = append(text, l.raw)
	}
	if c.rest != "" {
		quoted = append(quoted, c.rest)
	}
	r := Result{Quoted: trim(quoted), Cuts: c.cuts()}
	first, last := bounds(text)
	r.Text = strings.Join(text[first:last], "\n")
	r.Fold = len(r.Text)
	if fold >= 0 && fold < last {
		r.Fold = 0
		for _, s := range text[first:max(first, fold)] {
			r.Fold += len(s) + 1
		}
	}
	return r
}

// maxCuts bounds the reasons given for one mail.
const maxCuts = 50

// cuts returns the reasons in the order of the mail.
func (c *cutter) cuts() []Cut {
	slices.SortStableFunc(c.found, func(a, b candidate) int { return cmp.Compare(a.from, b.from) })
	var all []Cut
	for _, f := range c.found {
		if len(all) == maxCuts {
			break
		}
		all = append(all, Cut{Kind: f.kind, Evidence: f.evidence, Confidence: f.confidence, Folded: f.folded})
	}
	return all
}

// trim joins lines without the empty ones at both ends.
func trim(lines []string) string {
	first, last := bounds(lines)
	return strings.Join(lines[first:last], "\n")
}

// bounds returns where lines begin and end without the empty ones.
func bounds(lines []string) (first, last int) {
	empty := func(s string) bool { return len(s) <= longest && normal(s) == "" || strings.TrimSpace(s) == "" }
	last = len(lines)
	for first < last && empty(lines[first]) {
		first++
	}
	for last > first && empty(lines[last-1]) {
		last--
	}
	return first, last
}
