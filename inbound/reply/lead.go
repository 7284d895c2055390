package reply

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// leadStems begin the first words of attribution lines, in lower case: a
// preposition or article of one of the languages, or a weekday, short or long.
var leadStems = set(strings.Fields(`on in at since den am um le el op em il a dnia wiadomość dne dňa în pe στις την vào lúc ngày pada date på дана на в dana þann kuup
	mon tue wed thu fri sat sun man mån tir tirs on ons tor tors fre lör lør søn sön
	mo di mi do fr sa so lun mar mer mie mié jeu jue ven vie sam sab sáb dim dom gio
	ma ti ke to la su za zo wo vr pon wt śr czw pt sob niedz ndz seg ter qua qui sex пн вт ср чт пт сб вс нд понед втор сред четв пятн субб воскр
	po út st čt pá ne h k sze cs p szo v pzt sal çar per cum cmt paz δευ τρι τετ πεμ παρ σαβ κυρ thứ`)...)

// longestStem is the length of the longest of them, in letters.
const longestStem = 9

// leadPhrases are those of which the first word alone proves nothing.
var leadPhrases = newPhrases([]string{"no dia", "w dniu", "message du", "zitat von", "quoting"})

// bareLeads are those of scripts without cases, or without spaces.
var bareLeads = [...]string{"ב", "في", "بتاريخ", "יום", "يوم", "در", "\u202b", "周", "星期", "週"}

// leads reports whether a text begins as attributions do: with one of those
// words, or with a number.
func leads(s string) bool {
	if t := strings.TrimLeft(s, "-–—[(\"*"); t != "" && t[0] >= '0' && t[0] <= '9' {
		return true
	}
	for _, p := range bareLeads {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	s = strings.TrimPrefix(strings.TrimLeft(s, "-–—*"), " ")
	end := 0
	for end < len(s) && end <= 40 {
		r, size := utf8.DecodeRuneInString(s[end:])
		if !unicode.IsLetter(r) {
			break
		}
		end += size
	}
	if end == 0 || end == len(s) {
		return false
	}
	after := strings.TrimLeft(s[end:], ",")
	if digit := strings.TrimPrefix(after, " "); len(after) < len(s[end:]) && digit != "" && digit[0] >= '0' && digit[0] <= '9' {
		return true // "Th, 3 …"
	}
	word := strings.ToLower(s[:end])
	if leadStems[word] {
		return true
	}
	if rest, ok := leadPhrases.prefix(strings.ToLower(s[:min(len(s), 24)])); ok && rest != "" {
		return true
	}
	// A longer word that begins so: a weekday in full.
	if rest := s[end:]; rest[0] != ' ' && !strings.HasPrefix(rest, ". ") && !strings.HasPrefix(rest, ", ") {
		return false
	}
	letters := 0
	for i := range word {
		if i > 0 && leadStems[word[:i]] {
			return true
		}
		if letters++; letters > longestStem {
			break
		}
	}
	return false
}
