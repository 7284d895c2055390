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
	quotes := isQuoting(first.norm)
	lead := quotes || leads(first.norm)
	if !e.any() && !(lead && (e.day || quotes || hasWeekday(first.norm))) &&
		!(i+1 < len(c.lines) && strings.HasPrefix(c.lines[i+1].norm, "<") && isName(first.norm)) && !hasVerb(first.norm) {
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
			if empty || !hasClock(s) || !c.goesOn(s, i+n) {
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
		f := c.judgeAttribution(s, lead, below, announces)
		if f != nil && n > 1 && c.beginsLater(i, i+n, below, announces) {
			return nil
		}
		if f != nil && (best == nil || f.confidence > best.confidence) {
			f.from, f.to = i, i+n
			best = f
		}
		if colon {
			break // what comes after a colon is something else
		}
	}
	return best
}

// goesOn reports whether an attribution of which s is known can go on below an
// empty line: it is unfinished, or line i can't be anything else.
func (c *cutter) goesOn(s string, i int) bool {
	if i >= len(c.lines) || c.lines[i].kind == blank {
		return false
	}
	_, verb := concludes(s)
	return verb || opens(s) || strings.HasSuffix(s, ",") || continues(c.lines[i].norm)
}

// continued returns what a line adds to an attribution of which s is known, and
// whether it can be part of it at all.
func continued(s string, l *line) (part string, ok bool) {
	switch l.kind {
	case blank:
		return "", true
	case written:
		if strings.HasSuffix(l.norm, "?") || strings.HasSuffix(l.norm, "!") || strings.HasSuffix(l.norm, "？") || strings.HasSuffix(l.norm, "！") {
			return "", false // a sentence that ended isn't wrapped
		}
		if endsSentence(s) {
			return "", false // nor is what comes after one
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
		if colon && !concluded(s) && hasClock(s) && (hasVerb(part) || hasBrackets(part)) {
			return part, true
		}
	case attribution, dropped:
	}
	return "", false
}

func hasBrackets(s string) bool {
	_, brackets := address(s)
	return brackets
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
	between := strings.IndexAny(s, "-–—") == 0 && dashed.MatchString(s)
	s = strings.TrimRight(plainMarks(s), " -–—")
	colon := strings.HasSuffix(s, ":")
	e := c.find(s)
	verb := hasVerb(s)
	if !e.address && (verb || below) && byPerson(s) {
		return nil
	}
	horde := isQuoting(s)
	if verb {
		// A name and a verb are enough above a quote: "Maja Lind wrote:".
		if !e.any() && !(below && colon && len(s) <= 80) && !between && !(lead && e.day) {
			return nil
		}
		if _, last := concludes(s); !colon && !last && !between && !(announces && e.any()) {
			return nil
		}
		// Without a colon, and with nothing marked below, it is mostly the end of a
		// sentence: "… as the neighbour wrote".
		if !colon && !between && !e.brackets && (!announces && !e.address && !e.known || strings.HasSuffix(s, ".")) {
			return nil
		}
	} else {
		// Gmail in Russian, Japanese and others, Mutt and Horde write no verb.
		form := e.brackets && (e.date || e.clock) && (lead || startsWithName(s)) || horde && (e.address || below) ||
			below && lead && (e.date && (e.clock || e.brackets))
		if !form || !colon && (!below || !e.brackets && !horde) {
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
	w.add(e.address && addressFirst.MatchString(s), 0.15, "the address first")
	w.add(colon, 0.1, "a colon")
	w.add(between, 0.5, "dashes on both sides")
	w.add(below, 0.6, "quote marks below")
	f := &candidate{kind: Attribution, confidence: w.confidence(), evidence: w.of(s)}
	if words := prose(s); words > 2 && !below && !e.brackets || words > 5 {
		f.confidence = min(f.confidence, asSentence)
		f.evidence += "; but it reads as a sentence"
	}
	return f
}

// asSentence is the confidence that what reads as a sentence can't exceed.
const asSentence = 0.6

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

// mayShare reports whether inner can match.
func mayShare(s string) bool {
	for i := 1; i+2 < len(s); i++ {
		if strings.IndexByte("-.!? \x93\x94", s[i-1]) >= 0 && strings.IndexByte("OALEDIW", s[i]) >= 0 && (s[i+1] >= 'a' || s[i+1] == ' ') {
			return true
		}
	}
	return false
}

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
	if !mayShare(l.norm) {
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
