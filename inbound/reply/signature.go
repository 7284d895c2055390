package reply

import "strings"

// longestSignature is the number of lines from a delimiter to the end of the
// mail, disclaimers included, beyond which it isn't taken for one.
const longestSignature = 100

// signature looks, among the lines before end that nothing written follows, for
// what mail programs and companies add: the surest first.
func (c *cutter) signature(end int) *candidate {
	for _, look := range [...]func(int) *candidate{c.delimited, c.signatureElement, c.trailingFooter, c.disclaimer, c.ruled, c.contacts} {
		if f := look(end); f != nil && f.confidence >= maybe {
			f.to = end
			return f
		}
	}
	return nil
}

// delimiter weighs the line above a signature: two dashes and a space (RFC 3676
// 4.3). QUIRK: the space is lost on many ways, and some type a long dash.
func delimiter(l *line) float64 {
	switch l.norm {
	case "--":
		if strings.HasSuffix(l.raw, "-- ") || strings.HasSuffix(l.raw, "--\u00a0") {
			return 0.95
		}
		return 0.8
	case "- --": // PGP escapes dashes in what it signs (RFC 9580 7.2)
		return 0.8
	case "—", "––", "__":
		return 0.65
	}
	return 0
}

// delimited looks for a signature below a delimiter.
func (c *cutter) delimited(end int) *candidate {
	at := -1
	for i := end - 1; i >= 0 && i >= end-longestSignature; i-- {
		l := &c.lines[i]
		if l.kind == quote || l.kind == attribution || at >= 0 && i < at-15 {
			break
		}
		if delimiter(l) > 0 {
			at = i // of several the first one counts, as signatures hold rulers too
		}
	}
	if at < 0 {
		return nil
	}
	texts, long := 0, false
	for i := at + 1; i < end; i++ {
		if c.lines[i].kind != blank {
			texts++
			long = long || len(c.lines[i].raw) > 120
		}
	}
	var w weighed
	w.add(true, delimiter(&c.lines[at]), "a signature delimiter")
	w.add(texts <= 12 && !long, 0.25, "few short lines below")
	return &candidate{kind: Signature, from: at, confidence: w.confidence(), evidence: w.of(c.lines[at].norm)}
}

// signatureElement looks for lines that HTML structure calls a signature.
func (c *cutter) signatureElement(end int) *candidate {
	i, marked := end-1, false
	for i >= 0 && (c.lines[i].signature || c.lines[i].kind == blank) {
		marked = marked || c.lines[i].signature
		i--
	}
	if !marked {
		return nil
	}
	return &candidate{kind: Signature, from: i + 1, confidence: 0.95, evidence: "an element for signatures"}
}

// ruled looks for a signature, or the footer of a mailing list, below a ruler:
// a line of dashes means little by itself.
func (c *cutter) ruled(end int) *candidate {
	texts := 0
	at := -1
	for i := end - 1; i > 0 && texts <= 25; i-- {
		l := &c.lines[i]
		if l.kind == blank {
			continue
		}
		if l.kind != written {
			break
		}
		if isRuler(l.norm) {
			at = i
			break
		}
		texts++
	}
	if at < 0 || texts == 0 {
		return nil
	}
	below := c.nextText(at + 1)
	if below < 0 || isPostscript(c.lines[below].norm) {
		return nil
	}
	var w weighed
	w.add(true, 0.2, "a ruler")
	w.add(c.signedOff(at), 0.6, "a sign-off above")
	w.add(texts <= 8, 0.2, "few lines below")
	w.add(c.listFooter(at+1, end), 0.7, "the words of a mailing list")
	w.add(texts <= 8 && isFullName(c.lines[below].norm), 0.5, "a name below")
	w.add(len(legal.ideas(strings.ToLower(c.join(below, min(end-below, 8))))) >= 2, 0.6, "legal words below")
	w.addContacts(c.contactTypes(at+1, end))
	return &candidate{kind: Signature, from: at, confidence: w.confidence(), evidence: w.of(c.lines[at].norm)}
}

// isPostscript reports whether a line adds to a letter that was signed.
func isPostscript(s string) bool {
	s = strings.ToLower(s)
	return strings.HasPrefix(s, "ps") || strings.HasPrefix(s, "p.s") || strings.HasPrefix(s, "p. s")
}

// signedOff reports whether a letter ends above line i: a sign-off within the
// last three lines with text, and a name or nothing under it.
func (c *cutter) signedOff(i int) bool {
	for j, texts := i-1, 0; j >= 0 && texts < 3; j-- {
		l := &c.lines[j]
		if l.kind == blank {
			continue
		}
		if isSignOff(l.norm) {
			return true
		}
		if !isName(l.norm) {
			return false
		}
		texts++
	}
	return false
}

// listFooter knows what Mailman, Google Groups and others put under each mail.
func (c *cutter) listFooter(from, to int) bool {
	for i := from; i < to && i < from+12; i++ {
		s := strings.ToLower(c.lines[i].norm)
		if strings.Contains(s, "mailing list") || strings.Contains(s, "/listinfo/") || strings.Contains(s, "google groups") || strings.Contains(s, "unsubscribe from this") ||
			strings.Contains(s, "to unsubscribe") || strings.Contains(s, "mailinglist") || strings.Contains(s, "liste de diffusion") || strings.Contains(s, "lista de correo") {
			return true
		}
	}
	return false
}
