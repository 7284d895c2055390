package reply

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longestFooter is the length in bytes beyond which a line isn't what a client
// puts under a mail, its links taken away.
const longestFooter = 130

// links are taken out of a line before it is compared: "Sent from
// Mail<https://…> for Windows", "Get [Outlook for iOS](https://…)".
var links = regexp.MustCompile(`<[^<> ]{0,500}>|\]\([^()]{0,500}\)|\((?:https?|www)[^()]{0,500}\)|https?://\S+|\[(?:image|cid)[^\]]{0,200}\]`)

// footerWeight is footerWeight of a line, read once.
func (l *line) footerWeight() float64 {
	if !l.footerRead {
		l.footer, l.footerRead = footerWeight(l.norm), true
	}
	return l.footer
}

// footerWeight is how likely it is that a line is what a program put under a
// mail: a device or a program must be named, or "my" something and no more, so
// that "Sent from the warehouse yesterday" stays. 0 if it isn't one.
func footerWeight(norm string) float64 {
	if norm == "" || len(norm) > 600 {
		return 0
	}
	if !mayBeFooter(norm) {
		return 0
	}
	s := norm
	linked := strings.ContainsAny(s, "<[(") || strings.Contains(s, "://")
	if linked {
		s = links.ReplaceAllString(s, " ")
	}
	if !linked && len(s) > longestFooter+20 {
		return 0
	}
	s = strings.ToLower(strings.Trim(s, "-–—_*~[](){}<>\"'“”„ .|"))
	if s == "" || len(s) > longestFooter {
		return 0
	}
	if linked {
		s = strings.Join(strings.Fields(s), " ")
	}
	if isVirusNotice(s) {
		return 0.9
	}
	n := strings.Count(s, " ") + 1
	if rest, ok := sentFromMy.prefix(s); ok {
		if namesDevice(s) {
			return 0.95
		}
		if n := len(strings.Fields(rest)); n >= 1 && n <= 5 && !strings.ContainsAny(rest, ",;:!?") {
			return 0.75
		}
	}
	// "Sent from X<https://…>": people don't link that.
	if _, ok := sentFrom.prefix(s); ok && n <= 16 && (linked && n <= 5 || namesDevice(s)) {
		return 0.9
	}
	if n <= 10 {
		for _, p := range sentAfter {
			if strings.HasSuffix(s, p) && namesDevice(s) {
				return 0.9
			}
		}
	}
	// "Get Outlook for iOS", in whatever language: a program and a system.
	if n <= 10 && programs.in(s) {
		if _, ok := fetch.prefix(s); ok || n <= 7 && systems.in(s) {
			return 0.85
		}
	}
	return 0
}

// footing is what stands in every footer that doesn't begin with "sent from".
var footing = func() *phraseSet {
	words := []string{"checked by"}
	for _, set := range [...]*phraseSet{devices, virus, programs} {
		words = append(words, set.texts()...)
	}
	return newPhrases(append(words, sentAfter[:]...))
}()

// mayBeFooter tells most lines at little cost.
func mayBeFooter(s string) bool {
	head := strings.TrimLeft(s, "-–—_*~[](){}<>\"'“”„ .|")
	head = strings.ToLower(head[:min(len(head), 64)])
	if _, ok := sentFromMy.prefix(head); ok {
		return true
	}
	if _, ok := sentFrom.prefix(head); ok {
		return true
	}
	return footing.inAnyCase(s)
}

// edge reports whether a word ended before s.
func edge(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return s == "" || !unicode.IsLetter(r) || r >= 0x2e80
}

// namesDevice reports whether a device, a program or a service is named.
func namesDevice(s string) bool {
	if devices.in(s) {
		return true
	}
	for w := range wordsOf(s) {
		if shortDevices[w] || strings.HasSuffix(w, "app") {
			return true
		}
	}
	return false
}

// isLink reports whether a line is nothing but a link.
func isLink(s string) bool {
	return len(s) < 600 && (strings.Contains(s, "://") || strings.HasPrefix(s, "www.")) && !strings.Contains(strings.Trim(s, "<> "), " ")
}

// trailingFooter looks for a footer with nothing written under it but further
// ones, links, and at most two lines that directly follow (a client's slogan).
func (c *cutter) trailingFooter(end int) *candidate {
	at, texts := -1, 0
	weight := 0.0
	for i := end - 1; i >= 0 && texts <= 2; i-- {
		l := &c.lines[i]
		switch {
		case l.kind == blank:
			if texts > 0 {
				texts = 3 // what is apart from the footer isn't part of it
			}
			continue
		case l.kind != written:
			texts = 3
			continue
		}
		if w := l.footerWeight(); w > 0 {
			at, texts = i, 0
			weight = max(weight, w)
			continue
		}
		if isLink(l.norm) || isRuler(l.norm) {
			continue
		}
		texts++
	}
	if at < 0 {
		return nil
	}
	evidence := "a client's footer: " + shorten(c.lines[at].norm)
	// A scanner's picture is a link above its words.
	for at > 0 && isLink(c.lines[at-1].norm) && scanners.in(strings.ToLower(c.lines[at-1].norm)) {
		at--
	}
	return &candidate{kind: Footer, from: at, confidence: weight, evidence: evidence}
}

// dropFooters drops footers that stand alone with text under them. What follows
// one in the middle is folded: mostly it is a mail that a phone quoted without a
// mark, but some people write below.
func (c *cutter) dropFooters(end int) {
	anyText := false
	for i := range end {
		l := &c.lines[i]
		if l.kind != written || l.norm == "" || i > 0 && c.lines[i-1].kind == written || i+1 < len(c.lines) && c.lines[i+1].kind == written {
			anyText = anyText || l.kind == written
			continue
		}
		if w := l.footerWeight(); w > 0 {
			f := candidate{kind: Footer, from: i, to: i + 1, confidence: w, evidence: "a client's footer: " + shorten(l.norm)}
			if w >= 0.8 && c.take(f) {
				l.kind = dropped
				if next := c.nextText(i + 1); anyText && next >= 0 && next < end && c.lines[next].kind == written {
					f.from, f.confidence, f.evidence = i+1, 0.6, f.evidence+" above it"
					c.foldAt(i+1, f)
				}
				continue
			}
		}
		anyText = true
	}
}
