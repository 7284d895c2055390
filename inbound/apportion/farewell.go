package apportion

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tradepost-mail/tradepost/inbound/reply"
)

// farewell reports whether a text only ends a letter whose answers stand
// elsewhere: courtesies, and then a signature below its delimiter; a sign-off with
// a name; or a name of the conversation with a few details under it. What could be
// a sentence to somebody isn't one.
func (p *placing) farewell(text string) bool {
	const most, longest, details = 6, 120, 4 // lines, bytes of a line, lines under a name
	lines, under := 0, -1                    // under: lines below a name; -1 above it
	closed := false                          // the line above is a sign-off
	for text != "" {
		var s string
		if s, text, _ = strings.Cut(text, "\n"); delimits(s) {
			return shortSignature(text, most-lines, longest)
		}
		s = strings.TrimSpace(strings.Trim(s, "*_ "))
		if s == "" {
			continue
		}
		if lines++; lines > most || len(s) > longest {
			return false
		}
		switch {
		case p.signs(s):
			under, closed = max(under, 0), false
		case p.closes(s):
			// Thanks end letters and begin them: a name below must be a known one.
			closed = !thanks(s)
		case closed && nameLike(s):
			under, closed = 0, false
		case under >= 0 && under < details && isDetail(s):
			under++
		case under < 0 && (p.greets(s) || pointsBelow(s)):
			closed = false
		default:
			return false
		}
	}
	return lines > 0
}

// shortSignature reports whether what stands below a delimiter is short enough for one.
func shortSignature(text string, most, longest int) bool {
	lines := 0
	for s := range strings.SplitSeq(text, "\n") {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		if lines++; lines > most || len(s) > longest {
			return false
		}
	}
	return true
}

// delimits reports whether a line is the delimiter of a signature (RFC 3676 4.3),
// or a long dash, which people type instead.
func delimits(s string) bool {
	switch strings.TrimSpace(strings.ReplaceAll(s, "\\", "")) {
	case "--", "—", "––":
		return true
	}
	return false
}

// completing are words that belong to a sign-off, in lower case, where package
// reply knows its beginning.
var completing = map[string]bool{
	"regards": true, "wishes": true, "from": true, "and": true, "advance": true, "in": true, "again": true, "best": true, "kind": true, "warm": true,
	"gruß": true, "grüße": true, "grüßen": true, "gruss": true, "grüsse": true, "grüssen": true, "gruessen": true, "gruesse": true, "und": true, "aus": true, "dank": true, "voraus": true, "im": true,
	"hälsning": true, "hälsningar": true, "vänliga": true, "från": true, "hilsen": true, "hilsener": true, "hilsner": true, "fra": true, "groet": true, "groeten": true, "vriendelijke": true,
	"à": true, "vous": true, "toi": true, "tous": true, "toutes": true, "journée": true, "salutations": true, "saludos": true, "saluti": true, "a": true, "todos": true, "tutti": true,
	"cumprimentos": true, "terveisin": true, "szacunku": true, "уважением": true, "пожеланиями": true,
	"お願いします": true, "お願いいたします": true, "お願い致します": true, "お願い申し上げます": true, "敬礼": true, "敬礼。": true,
}

// closes reports whether a line ends a letter and says nothing else: "Kind
// regards", "Mit freundlichen Grüßen, Maja", "Best regards, Zoe".
func (p *placing) closes(s string) bool {
	rest, ok := reply.Closing(s)
	if !ok {
		return false
	}
	words := strings.FieldsFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || isPunctuation(r) || isSymbol(r) })
	if len(words) > 6 {
		return false
	}
	for n, w := range words {
		if completing[strings.ToLower(w)] || everybody[strings.ToLower(w)] || p.isName(w) {
			continue
		}
		// An unknown name is the end of the line, behind a comma.
		at := strings.LastIndex(rest, strings.Join(words[n:], " "))
		return at >= 0 && strings.Contains(s, ",") && !thanks(s) && nameLike(rest[at:])
	}
	return true
}

// thanks reports whether a line has a word of thanks: such lines stand above
// sentences as often as above names.
func thanks(s string) bool {
	s = strings.ToLower(s)
	for _, w := range [...]string{"thank", "dank", "merci", "gracias", "grazie", "obrigad", "bedankt", "tack", "takk", "tak,", "děkuji", "谢", "감사", "спасибо"} {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// nameLike reports whether a line can be a name: up to three words of letters with
// capitals.
func nameLike(s string) bool {
	words := strings.Fields(strings.Trim(s, "-–—/, "))
	if len(words) == 0 || len(words) > 3 || strings.ContainsAny(s, "?!:;") || isAnswer(s) {
		return false
	}
	for _, w := range words {
		first, _ := utf8.DecodeRuneInString(w)
		if !unicode.IsUpper(first) || strings.ContainsFunc(w, unicode.IsDigit) {
			return false
		}
	}
	return true
}

// isDetail reports whether a line can stand under a name in a signature: a company,
// a position, an address or a number, each word with a capital or a digit.
func isDetail(s string) bool {
	const longest = 60 // bytes
	if len(s) > longest || strings.ContainsAny(s, "?!") || strings.HasSuffix(s, ".") || isAnswer(s) {
		return false
	}
	if digits := len(s) - len(strings.Trim(s, "0123456789")); s[0] >= '0' && s[0] <= '9' && digits < 5 {
		return false // "900 Euro" isn't, "11122 Stockholm" is
	}
	for w := range strings.FieldsSeq(s) {
		first, _ := utf8.DecodeRuneInString(w)
		switch {
		case unicode.IsUpper(first), unicode.IsDigit(first), strings.ContainsAny(w, "@/"), strings.HasPrefix(strings.ToLower(w), "www."):
		case !unicode.IsLetter(first): // "+46", "|", "(0)8"
		case w == "of" || w == "and" || w == "de" || w == "der" || w == "von" || w == "och" || w == "und" || w == "et":
		default:
			return false
		}
	}
	return true
}

// isAnswer reports whether a line is a short word that answers a question.
func isAnswer(s string) bool {
	switch strings.ToLower(strings.Trim(s, " .,!")) {
	case "yes", "no", "ok", "okay", "sure", "yes please", "no thanks", "ja", "nein", "jo", "nej", "nei", "nee", "oui", "non", "sí", "si", "sì", "sim", "não", "tak", "nie", "kyllä", "ei", "да", "нет":
		return true
	}
	return false
}
