package reply

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// rejoinQuotes takes the end of a quoted line that a mailer broke for one quoted
// too ("embarrassing line wrap", RFC 3676 1):
//
//	> a long line of the quoted mail, which went over the end of the
//	line
//	> and so on
//
// An answer begins with a capital, or stands between empty lines.
func (c *cutter) rejoinQuotes() {
	for i := 1; i+1 < len(c.lines); i++ {
		l, before := &c.lines[i], &c.lines[i-1]
		if l.kind != written || before.kind != quote || c.lines[i+1].kind != quote || l.mark != "" {
			continue
		}
		first, _ := utf8.DecodeRuneInString(l.norm)
		if unicode.IsLower(first) && len(before.norm) >= 55 && len(l.norm) < len(before.norm) && !strings.ContainsAny(before.norm[len(before.norm)-1:], ".!?:") {
			l.kind = quote
		}
	}
}

// tail moves the end up over quotes that nothing written follows, over
// signatures and footers, as often as they alternate within reason.
func (c *cutter) tail(end int) int {
	for range 50 {
		start := end
		end = c.trailingQuote(end)
		if f := c.signature(end); f != nil && c.take(*f) {
			end = f.from
		}
		// A ruler with nothing below it says nothing.
		for end > 0 && (c.lines[end-1].kind == blank || isRuler(c.lines[end-1].norm)) {
			if c.lines[end-1].kind == written && !c.take(candidate{kind: Signature, from: end - 1, confidence: 0.8, evidence: "a ruler, and nothing below"}) {
				break
			}
			end--
		}
		if end == start {
			break
		}
	}
	return end
}

// trailingQuote moves the end up over a quote that nobody answered.
func (c *cutter) trailingQuote(end int) int {
	from := end
	last := -1
	for from > 0 {
		k := c.lines[from-1].kind
		if k == quote {
			last = from - 1
		}
		if k != blank && k != quote && k != attribution && k != dropped {
			break
		}
		from--
	}
	if last < 0 {
		return end
	}
	f := candidate{kind: Quote, from: last, to: end, confidence: 0.9, evidence: "quote marks, and nothing written below"}
	if by := c.lines[last].container; by != "" && by != "blockquote" {
		f.confidence, f.evidence = 0.97, by+", and nothing written below"
	}
	if from > 0 && c.lines[from-1].kind == written {
		if at := c.introduction(from); at < from {
			from = at
		} else if from == last && c.lines[from-1].colon {
			// "The log says:" and lines with ">" are a person's.
			f.confidence, f.evidence = 0.6, "quote marks, but introduced by "+shorten(c.lines[from-1].norm)
		}
	}
	if !c.take(f) {
		return end
	}
	return from
}

// introduction cuts what directly introduces a quote and ends in a colon, when
// a date, a time or an address stands in it: an attribution of a language or a
// client that has no pattern. It returns where it begins, or end.
func (c *cutter) introduction(end int) int {
	if !strings.HasSuffix(c.lines[end-1].norm, ":") {
		return end
	}
	for n := 1; n <= 3 && n <= end && c.lines[end-n].kind == written; n++ {
		s := c.join(end-n, n)
		if len(s) > longestAttribution {
			break
		}
		e := c.find(s)
		var w weighed
		w.add(e.date, 0.4, "a date")
		w.add(e.clock, 0.3, "a time")
		w.add(e.address, 0.45, "an address")
		w.add(e.known, 0.5, "a name of the conversation")
		if len(w.names) < 2 || !e.date && !e.clock {
			continue
		}
		w.add(true, 0.1, "a colon")
		w.add(true, 0.6, "quote marks below")
		if c.take(candidate{kind: Attribution, from: end - n, to: end, confidence: w.confidence(), evidence: w.of(s)}) {
			return end - n
		}
	}
	return end
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

// emptyQuotes drops quote marks with nothing behind them under an attribution in
// HTML, which may be the first line of its quote there.
func (c *cutter) emptyQuotes(end int) {
	for i := 1; i < end; i++ {
		if k := c.lines[i-1].kind; k == attribution || k == dropped {
			for ; i < end && (c.lines[i].kind == blank || c.lines[i].kind == quote && c.lines[i].container != "" && unquoted(c.lines[i].norm) == ""); i++ {
				if c.lines[i].kind == quote {
					c.lines[i].kind = dropped
				}
			}
		}
	}
}

// dropQuotes drops a quote that the text doesn't answer piece by piece: one big
// quote on top with the answer under it as a whole, or one after the text with
// nothing but a sign-off below. Where answers stand among several quotes, each
// quote is what its answer needs, and stays.
func (c *cutter) dropQuotes(end int) {
	runs, first, stop := 0, 0, 0
	attributed, inRun := false, false
	before, after := false, 0
	lastText := 0
	for i := range end {
		switch c.lines[i].kind {
		case quote, attribution:
			if !inRun {
				runs++
				first = i
			}
			inRun = true
			stop = i + 1
			attributed = attributed || c.lines[i].kind == attribution
		case blank, dropped:
		case written:
			inRun = false
			if runs == 0 {
				before = true
			} else if after++; after == 1 {
				lastText = i
			}
		}
	}
	if runs != 1 || after == 0 || !attributed && !c.holdsOwnLetter(first, stop) {
		return
	}
	why := "quote marks, and the answer below as a whole"
	if before {
		if after > 4 || !isSignOff(c.lines[lastText].norm) {
			return
		}
		why = "quote marks, and only a sign-off below"
	}
	if !c.take(candidate{kind: Quote, from: first, to: stop, confidence: 0.85, evidence: why}) {
		return
	}
	for i := first; i < stop; i++ {
		if c.lines[i].kind == quote {
			c.lines[i].kind = dropped
		}
	}
}
