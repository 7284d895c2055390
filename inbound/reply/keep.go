package reply

// keep gives back, folded, what was cut from a mail of which nothing else is
// left: a letter that begins "Please consider the environment" may be just that.
// What was sent from a device, and what a mark announces as answered, stays cut.
// It reports whether it gave back anything.
func (c *cutter) keep(end int) bool {
	answers := c.answered(end)
	for i := range c.lines[:end] {
		l := &c.lines[i]
		if l.kind == attribution {
			answers = true
		}
	}
	kept := false
	for i := range c.found {
		f := &c.found[i]
		if f.folded || !c.mayKeep(f, answers) {
			continue
		}
		gave := false
		for j := f.from; j < min(f.to, len(c.lines)); j++ {
			l := &c.lines[j]
			if l.kind == blank || l.kind == attribution || l.mark != "" || l.kind == quote && f.kind != Quote {
				continue
			}
			l.kept, gave = true, true
		}
		if !gave {
			continue
		}
		kept = true
		c.fold = min(c.fold, f.from)
		f.folded = true
		f.confidence = combine(f.confidence * 0.6)
		f.evidence += "; but nothing else is left"
	}
	return kept
}

// answered reports whether the mail answers another one: a mark of that one
// stands at line end or below, or more than a line of it is quoted.
func (c *cutter) answered(end int) bool {
	for _, f := range c.found {
		switch f.kind {
		case Attribution, HeaderBlock, Original, Marker, OwnLetter, Structure:
			if !f.folded && f.from >= end {
				return true
			}
		case Quote:
			if !f.folded && c.texts(&f) > 1 {
				return true
			}
		case Signature, Footer, Disclaimer, Banner, Excess:
		}
	}
	return false
}

// mayKeep reports whether a cut may have been of what somebody wrote. answers
// says that the mail has something else in it, which it answers.
func (c *cutter) mayKeep(f *candidate, answers bool) bool {
	switch f.kind {
	case Disclaimer, Banner:
		return true
	case Signature:
		return !answers
	case Quote: // one line that begins with ">" may be an arrow
		return !answers && c.texts(f) == 1
	case Footer:
		return f.confidence < 0.85
	case Attribution, HeaderBlock, Original, Marker, OwnLetter, Structure, Excess:
	}
	return false
}

// texts counts the lines of a cut that aren't empty.
func (c *cutter) texts(f *candidate) int {
	n := 0
	for j := f.from; j < min(f.to, len(c.lines)); j++ {
		if c.lines[j].kind != blank {
			n++
		}
	}
	return n
}
