package reply

import (
	"regexp"
	"strings"
)

// wrap is the number of lines an attribution may be broken into.
const wrap = 5

// longestAttribution is the length in bytes beyond which no attribution is
// looked for, its lines joined. Long names and addresses in Cyrillic reach 300.
const longestAttribution = 400

// attribution looks for an attribution that begins in line i. What mailers do to
// them is allowed for: broken into up to five lines, with an empty line among
// them, or with quote marks before all lines but the first. nil if there is none.
func (c *cutter) attribution(i int) *candidate {
	first := &c.lines[i]
	if !c.concludesSoon(i) || c.judged >= maxJudged {
		return nil
	}
	c.judged++
	// The first line must have a part in it: else it is only the line above one.
	e := c.of(first)
	begins := e.any() || hasVerb(first.norm) || isName(first.norm) && i+1 < len(c.lines) && strings.HasPrefix(c.lines[i+1].norm, "<")
	if !begins && !e.day && !hasWeekday(first.norm) && !quoting.MatchString(first.norm) {
		return nil
	}
	lead := leads.MatchString(first.norm) || quoting.MatchString(first.norm)
	if !begins && !lead {
		return nil
	}
	var best *candidate
	s, empty := "", false
	for n := 1; n <= wrap && i+n <= len(c.lines); n++ {
		l := &c.lines[i+n-1]
		part, ok := continued(s, l)
		if !ok {
			break
		}
		if part == "" {
			if empty || !hasClock(s) {
				break
			}
			empty = true
			continue
		}
		if s != "" && !strings.HasPrefix(part, ">") {
			s += " "
		}
		if s += part; len(s) > longestAttribution {
			break
		}
		if opens(s) && i+n < len(c.lines) && strings.HasPrefix(c.lines[i+n].norm, ">") {
			continue // the address goes on
		}
		colon, verb := concludes(part)
		next := c.nextText(i + n)
		below := next >= 0 && next <= i+n+2 && c.lines[next].kind == quote
		announces := below || next >= 0 && c.lines[next].label.any()
		if !colon && !verb && !announces {
			continue
		}
		if f := c.judgeAttribution(s, lead, below, announces); f != nil && (best == nil || f.confidence > best.confidence) {
			f.from, f.to = i, i+n
			best = f
		}
		if colon {
			break // what comes after a colon is something else
		}
	}
	return best
}

// continued returns what a line adds to an attribution of which s is known, and
// whether it can be part of it at all.
func continued(s string, l *line) (part string, ok bool) {
	switch l.kind {
	case blank:
		return "", true
	case written:
		if strings.HasSuffix(l.norm, "?") || strings.HasSuffix(l.norm, "!") {
			return "", false // a sentence that ended isn't wrapped
		}
		return l.norm, true
	case quote:
		if s == "" {
			return "", false
		}
		if opens(s) && !strings.Contains(l.norm[1:], ">") {
			return l.norm, true // ">" closes the address
		}
		part = unquoted(l.norm)
		colon, _ := concludes(part)
		if colon && !concluded(s) && hasClock(s) && (hasVerb(part) || bracketed.MatchString(part)) {
			return part, true
		}
	case attribution, dropped:
	}
	return "", false
}

func hasClock(s string) bool {
	_, _, clock := dateAndTime(s)
	return clock
}

// opens reports whether a bracket of an address isn't closed yet.
func opens(s string) bool { return strings.Count(s, "<") > strings.Count(s, ">") }

func concluded(s string) bool {
	colon, verb := concludes(s)
	return colon || verb
}

// concludesSoon reports whether an attribution that begins in line i could end
// within the next lines: at a colon, at a verb, or above a quote.
func (c *cutter) concludesSoon(i int) bool {
	for n := 1; n <= wrap && i+n <= len(c.lines); n++ {
		l := &c.lines[i+n-1]
		if l.colon || l.verb || n > 1 && (l.kind == quote || l.label.any()) {
			return true
		}
	}
	return i+wrap < len(c.lines) && c.lines[i+wrap].kind == quote
}

// dashed is what Android's and older Yahoo's clients write: "---- Maja wrote ----".
var dashed = regexp.MustCompile(`^[-–—]{2,}.*[-–—]{2,}$`)

// judgeAttribution weighs one candidate; nil if it hasn't the form of one.
// below says that quote marks follow, announces that these or header labels do.
func (c *cutter) judgeAttribution(s string, lead, below, announces bool) *candidate {
	between := dashed.MatchString(s)
	s = strings.TrimRight(plainMarks(s), " -–—")
	colon := strings.HasSuffix(s, ":")
	e := c.find(s)
	verb := hasVerb(s)
	if !e.address && byPerson(s) {
		return nil
	}
	horde := quoting.MatchString(s)
	if verb {
		// A name and a verb are enough above a quote: "Maja Lind wrote:".
		if !e.any() && !(below && colon && len(s) <= 80) && !between && !(lead && e.day) {
			return nil
		}
		if _, last := concludes(s); !colon && !last && !between && !(announces && e.any()) {
			return nil
		}
	} else {
		// Gmail in Russian, Japanese and others, Mutt and Horde write no verb.
		form := e.brackets && (e.date || e.clock) && (lead || startsWithName(s)) || horde && (e.address || below) ||
			below && lead && (e.date && (e.clock || e.brackets))
		if !form || !colon && !below {
			return nil
		}
	}
	var w weighed
	w.add(verb || horde, 0.35, "a verb of writing")
	w.add(lead, 0.1, "a leading word")
	w.add(e.date, 0.4, "a date")
	w.add(e.day && !e.date, 0.2, "a day and month")
	w.add(hasWeekday(s), 0.1, "a weekday")
	w.add(e.clock, 0.3, "a time")
	w.add(e.brackets, 0.55, "an address in brackets")
	w.add(e.address && !e.brackets, 0.45, "an address")
	w.add(e.known, 0.5, "a name of the conversation")
	w.add(addressFirst.MatchString(s), 0.15, "the address first")
	w.add(colon, 0.1, "a colon")
	w.add(between, 0.5, "dashes on both sides")
	w.add(below, 0.6, "quote marks below")
	return &candidate{kind: Attribution, confidence: w.confidence(), evidence: w.of(s)}
}

// addressFirst is a line that begins with an address: "maja@lind.example wrote:".
var addressFirst = regexp.MustCompile(`^["'<(]*[^\s<>()@:;,"]+@[^\s<>()@:;,"]+\.[^\s<>()@:;,"]+`)

// particles stand in names in lower case.
var particles = map[string]bool{"von": true, "van": true, "de": true, "da": true, "der": true, "den": true, "af": true, "di": true, "la": true,
	"le": true, "bin": true, "al": true, "el": true, "dos": true, "du": true, "ten": true, "ter": true, "zu": true, "y": true, "e": true, "via": true}

// startsWithName reports whether what stands before the first bracket can be a
// name: at most six words, none that begins in lower case.
func startsWithName(s string) bool {
	i := strings.IndexAny(s, "<([")
	if i < 0 {
		return false
	}
	words := strings.Fields(strings.Trim(s[:i], `*"'- `))
	if len(words) > 6 {
		return false
	}
	for _, w := range words {
		if w != "" && w[0] >= 'a' && w[0] <= 'z' && !particles[w] {
			return false
		}
	}
	return true
}

// groupWise is the attribution of Novell's client: ">>> Maja 03.05.22 10:11 >>>".
// It looks like a quote and isn't one, as what follows is unmarked.
func (c *cutter) groupWise(i int) *candidate {
	s := c.lines[i].norm
	if !strings.HasPrefix(s, ">>> ") || len(s) > 200 {
		return nil
	}
	body := strings.TrimSpace(strings.Trim(s, ">"))
	e := c.find(body)
	ends := strings.HasSuffix(s, ">>>")
	if !e.clock || !e.date || !ends && !strings.HasSuffix(s, ">") {
		return nil
	}
	var w weighed
	w.add(true, 0.5, "arrows")
	w.add(ends, 0.3, "on both sides")
	w.add(true, 0.4, "a date")
	w.add(true, 0.3, "a time")
	w.add(e.address, 0.45, "an address")
	return &candidate{kind: Attribution, from: i, to: i + 1, confidence: w.confidence(), evidence: w.of(s)}
}

// inner is where an attribution may begin within a line, after what was written.
var inner = regexp.MustCompile(`(?:[-–—]{2,} ?|[ .!?])((?:On|Am|Le|El|Op|Den|Em|Il|Dnia|W dniu|Dne) (?:\pL+\.?,? )?\d|(?:On|Am|Le|El|Op|Den|Em|Il) \pL{2,4}[.,]+ \pL{3})`)

// share splits line i where an attribution shares it with what was written
// before: "Yes. On 3 May 2022, at 10:11, Maja <…> wrote:", as clients do that
// lose a line break. It reports whether it did. Only above a quote, and once in
// a mail.
func (c *cutter) share(i int) bool {
	l := &c.lines[i]
	next := c.nextText(i + 1)
	if c.shared || l.kind != written || !l.colon || next < 0 || c.lines[next].kind != quote || !hasVerb(l.norm) {
		return false
	}
	at := inner.FindAllStringSubmatchIndex(l.raw, -1)
	if at == nil {
		return false
	}
	last := at[len(at)-1]
	head, tail := l.raw[:last[0]], l.raw[last[2]:]
	if e := c.find(normal(head)); strings.TrimSpace(head) == "" || e.address || e.known || e.clock || hasVerb(head) {
		return false // its beginning is part of it
	}
	f := c.judgeAttribution(normal(tail), true, false, false)
	if f == nil || f.confidence < c.threshold {
		return false
	}
	// The dashes before it are a client's, a full stop the writer's.
	mark := strings.TrimLeft(l.raw[last[0]:last[2]], ".!?")
	head = l.raw[:last[2]-len(mark)]
	rest := newLine(mark + tail)
	*l = newLine(head)
	c.lines = append(c.lines, line{})
	copy(c.lines[i+2:], c.lines[i+1:])
	c.lines[i+1] = rest
	c.shared = true
	c.fold++ // both are still behind the last line
	c.forward++
	return true
}
