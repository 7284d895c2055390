package reply

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// beginsLater reports whether the attribution in lines [from, to) begins only
// further below, and what stands above was written by the sender: "See you at
// 15:30." and "On Friday it is closed." look like its first line. An attribution
// has one date, one time and one address. So where the rest is one by itself, a
// line before it belongs to it only if it is a date or a name that the rest lacks.
func (c *cutter) beginsLater(from, to int, below, announces bool) bool {
	for j := from + 1; j < to; j++ {
		s := c.lines[j].norm
		if c.lines[j].kind == quote {
			s = unquoted(s) // Apple Mail quotes the attribution, too
		}
		if above := c.joined(from, j); s == "" || continues(s) || opens(above) || endsInDay(above) && beginsInMonth(s) {
			continue
		}
		rest := c.joined(j, to)
		lead := leads(s) || isQuoting(s)
		f := c.judgeAttribution(rest, lead, below, announces)
		if f == nil || f.confidence < maybe {
			continue
		}
		if !c.belongs(c.joined(from, j), rest, lead, c.lines[j-1].kind == blank) {
			return true
		}
	}
	return false
}

// endsInDay reports whether a text ends in a number that can be a day: "am Di., 3."
func endsInDay(s string) bool {
	s = strings.TrimSuffix(s, ".")
	return s != "" && s[len(s)-1] >= '0' && s[len(s)-1] <= '9'
}

// beginsInMonth reports whether a text begins with a month and a year.
func beginsInMonth(s string) bool {
	_, after, _ := strings.Cut(s, " ")
	return isMonth(s) && after != "" && after[0] >= '0' && after[0] <= '9'
}

// joined is the text of the lines [from, to) of an attribution as one line.
func (c *cutter) joined(from, to int) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		s := c.lines[i].norm
		if c.lines[i].kind == quote {
			s = unquoted(s)
		}
		if s == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(s)
	}
	return b.String()
}

// continues reports whether a line can only go on with an attribution: it begins
// with a bracket, a verb of writing, a year, or another word in lower case.
func continues(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	if strings.ContainsRune("<([>)\"“", first) {
		return true
	}
	word, after := s, ""
	if i := strings.IndexAny(s, " :,"); i >= 0 {
		word, after = s[:i], strings.TrimLeft(s[i:], " ,")
	}
	if (number{to: len(word)}).isYear(word) {
		return after == "" || after[0] < '0' || after[0] > '9' // a date went on
	}
	if verbWords[strings.ToLower(word)] {
		return true
	}
	dated := after != "" && after[0] >= '0' && after[0] <= '9' // "út 3. 5. 2022"
	return unicode.IsLower(first) && !dated && !leads(s) && !strings.Contains(word, "@")
}

// belongs reports whether a text is the beginning of an attribution that could
// also do without it. led says that the rest begins with a leading word of its
// own, apart that an empty line stands between.
func (c *cutter) belongs(text, rest string, led, apart bool) bool {
	e, r := c.find(text), c.find(rest)
	if e.day && r.day || e.clock && r.clock || e.address && r.address || endsSentence(text) || prose(text) > 0 {
		return false
	}
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(rest, "-–—* "))
	switch {
	case apart:
		return strings.HasSuffix(text, ",") && e.date
	case e.day:
		// Without a year or a time it is more likely an answer to "when?".
		last, _ := utf8.DecodeRuneInString(text[strings.LastIndexByte(text, ' ')+1:])
		return e.clock && (e.date || unicode.IsUpper(last)) || strings.HasSuffix(text, ",")
	case e.clock || e.address:
		// A time follows its date, and an address has its name before it.
		return r.day && !unicode.IsUpper(first)
	}
	// "On Tue," above the date; not "On Monday" above "On Tue, 3 May 2022".
	words := len(strings.Fields(text))
	return leads(text) && (words == 1 && !led || words <= 2 && strings.HasSuffix(text, ","))
}

// endsSentence reports whether a text ends with a full stop that isn't that of a
// number or an abbreviation: "Di.", "2022 г.", "toukok.".
func endsSentence(s string) bool {
	if strings.HasSuffix(s, "。") || strings.HasSuffix(s, "…") {
		return true
	}
	s, ok := strings.CutSuffix(s, ".")
	if !ok {
		return false
	}
	last := s[strings.LastIndexByte(s, ' ')+1:]
	return utf8.RuneCountInString(last) > 4 && onlyLetters(last) && !isMonth(last) && !weekdays[strings.ToLower(last)]
}

// joins are words in lower case that programs put between the parts of an
// attribution, in all languages; verbs, weekdays and months aside.
var joins = set(strings.Fields(`on at in by of to from via and the a an am pm p m st nd rd th utc gmt received message
	den kl klo kello kell o om um uhr von am schrieb gegen h le à a ont las los el la les del de da das do dia às il giorno alle ore data op het volgende heeft hat ha om
	missatge d dne v ve odesílatel odosielateľ uživatel používateľ dňa w dniu dnia godz użytkownik o u je oseba korisnik korisnica tor datumom г года в во у на р о об користувач пользователь
	στις την ο η χρήστης μ π tarihinde şunu saat tarihli ezt időpont în pe ora către un a tanggal pukul pada vào lúc thg ngày plkst lietotājs g m d val an kuupäev klukkan þann
	gang kirjutas emaili email e-mail mail er il y des dato skrev följande föregående ursprungligen oprindelig sent date`)...)

// prose counts the words in lower case that no program writes into an
// attribution; what stands in brackets aside. It says nothing of scripts without
// cases.
func prose(s string) int {
	n, depth := 0, 0
	for w := range strings.FieldsSeq(s) {
		open := strings.Count(w, "<") + strings.Count(w, "(") + strings.Count(w, "[")
		shut := strings.Count(w, ">") + strings.Count(w, ")") + strings.Count(w, "]")
		depth += open - shut
		first, _ := utf8.DecodeRuneInString(w)
		if depth > 0 || open > 0 || shut > 0 || !unicode.IsLower(first) || strings.ContainsAny(w, "@/\\0123456789") {
			continue
		}
		w = strings.Trim(w, ".,;:!?'’\"“”*_")
		if !joins[w] && !verbWords[w] && !lastWords[w] && !weekdays[w] && !particles[w] && !isMonth(w) {
			n++
		}
	}
	return n
}
