package templates

// shortestName is what a subject may cut a name to: two people called
// Alexander can still be told apart by the letter below.
const shortestName = 12 // graphemes

// fitSubject builds a subject of at most [MaxSubject] graphemes, cutting all
// names to one shorter length first, and the end of the whole only when that
// does not do.
func fitSubject(build func(names []string) string, names ...string) string {
	s := build(names)
	short := make([]string, len(names))
	for limit := MaxName; graphemes(s) > MaxSubject && limit >= shortestName; limit-- {
		for i, name := range names {
			short[i] = cut(name, limit)
		}
		s = build(short)
	}
	// Once more over the whole: parts that were harmless alone may not be
	// together ("=" and "?").
	return cut(cleanLine(s), MaxSubject)
}

// ReplySubject is the subject of an answer about a matter, as a mailto link
// fills it in.
func (l *Letters) ReplySubject(locale string, m Matter) string {
	lang := l.language(locale)
	return fitSubject(func([]string) string { return lang.re + lang.matterName(m) })
}
