package reply

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Dates and times are read by hand, not by patterns: it is asked of many lines,
// and a pattern with all orders in it costs twenty times as much.

// number is a run of ASCII digits in a text.
type number struct{ from, to int }

func (n number) digits() int { return n.to - n.from }

// isYear reports whether a number is a year as clients write it in full.
func (n number) isYear(s string) bool {
	return n.digits() == 4 && (s[n.from:n.from+2] == "19" || s[n.from:n.from+2] == "20")
}

// maxNumbers is how many numbers of a line are looked at; an attribution in full
// has six.
const maxNumbers = 24

// numbers returns the runs of digits in s.
func numbers(s string) []number {
	var all []number
	for i := 0; i < len(s); {
		if s[i] < '0' || s[i] > '9' {
			i++
			continue
		}
		n := number{from: i}
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		n.to = i
		if all = append(all, n); len(all) == maxNumbers {
			break
		}
	}
	return all
}

// dateAndTime reports whether a full date stands in s, a day with its month
// alone, and a time of day. A day of the week or a number isn't enough: people
// write those.
func dateAndTime(s string) (date, day, clock bool) {
	all := numbers(s)
	for i, n := range all {
		clock = clock || isClock(s, all, i)
		date = date || isDate(s, all, i)
		day = day || n.digits() <= 2 && besideMonth(s, n)
	}
	return date, day || date, clock
}

// isClock knows "10:11", "10.11", "10h11", "10 AM", "10 Uhr", "10時".
func isClock(s string, all []number, i int) bool {
	n := all[i]
	if n.digits() > 2 {
		return false
	}
	rest := s[n.to:]
	if len(rest) > 0 && strings.IndexByte(":.h", rest[0]) >= 0 && i+1 < len(all) && all[i+1].from == n.to+1 && all[i+1].digits() >= 2 {
		// 03.05.22 is a date; "1.10" may be a price, but stands beside more then.
		dotted := rest[0] == '.' && (i > 0 && all[i-1].to == n.from-1 && s[n.from-1] == '.' || i+2 < len(all) && all[i+2].from == all[i+1].to+1 && s[all[i+1].to] == '.' && all[i+2].digits() != 2)
		return all[i+1].digits() == 2 && !dotted
	}
	rest = strings.TrimPrefix(rest, " ")
	for _, word := range [...]string{"Uhr", "時", "时", "點", "点", "시"} {
		if strings.HasPrefix(rest, word) {
			return true
		}
	}
	if len(rest) < 2 || !strings.ContainsAny(rest[:1], "aApP") {
		return false
	}
	rest = strings.TrimPrefix(rest[1:], ".")
	if rest == "" || rest[0] != 'm' && rest[0] != 'M' {
		return false
	}
	after, _ := utf8.DecodeRuneInString(rest[1:])
	return !isWord(after)
}

// isDate reports whether a full date begins with, or has its year in, number i:
// "03.05.22", "2022-05-03", "3 May 2022", "May 3, 2022", "2022年5月", "3-May-22".
func isDate(s string, all []number, i int) bool {
	n := all[i]
	next := func(j int) bool { // number j follows j-1 after one mark, with a space at most
		between := s[all[j-1].to:all[j].from]
		return between == "." || between == "/" || between == "-" || between == ". " || between == "/ "
	}
	if i+2 < len(all) && next(i+1) && next(i+2) {
		a, b, c := n.digits(), all[i+1].digits(), all[i+2].digits()
		if b <= 2 && (a == 4 && c <= 2 || a <= 2 && (c == 2 || c == 4)) {
			return true
		}
	}
	const far = 26 // bytes between a day and its year: a month and what joins them
	if n.isYear(s) {
		rest := strings.TrimLeft(s[n.to:], "- ")
		if strings.HasPrefix(rest, "年") || strings.HasPrefix(rest, "년") {
			return true
		}
		if i > 0 && all[i-1].digits() <= 2 && n.from-all[i-1].to <= far+6 && strings.IndexByte(" .,-snrte\xc2", s[all[i-1].to]) >= 0 {
			return true
		}
		return i+1 < len(all) && all[i+1].digits() <= 2 && all[i+1].from-n.to <= far && strings.IndexByte(" .,", s[n.to]) >= 0
	}
	if i+1 >= len(all) || n.digits() > 2 || all[i+1].digits() != 2 && all[i+1].digits() != 4 {
		return false
	}
	between := s[n.to:all[i+1].from]
	month := strings.Trim(between, "-. ")
	return len(between) >= 5 && strings.IndexByte("-.", between[0]) >= 0 && strings.IndexByte("-. ", between[len(between)-1]) >= 0 &&
		utf8.RuneCountInString(month) <= 9 && onlyLetters(month)
}

func onlyLetters(s string) bool {
	for _, r := range s {
		if !unicode.IsLetter(r) {
			return false
		}
	}
	return s != ""
}

// besideMonth reports whether the name of a month stands directly before or
// after a number: "3. Mai", "3 de mayo", "May 3", "5月".
func besideMonth(s string, n number) bool {
	after := s[n.to:]
	if strings.HasPrefix(after, "月") || strings.HasPrefix(after, "월") {
		return true
	}
	for _, ending := range [...]string{"st", "nd", "rd", "th", "er", "º", "ª", "."} {
		if rest, ok := strings.CutPrefix(after, ending); ok {
			after = rest
			break
		}
	}
	after = strings.TrimLeft(after, " ,-")
	for _, of := range [...]string{"de ", "of ", "d'", "d’", "di "} {
		after = strings.TrimPrefix(after, of)
	}
	if isMonth(after) {
		return true
	}
	before := strings.TrimRight(s[:n.from], " .")
	return isMonth(before[strings.LastIndexByte(before, ' ')+1:])
}

// isMonth reports whether s begins with the name of a month, long or short.
func isMonth(s string) bool {
	n := 0
	for i, r := range s {
		if !unicode.IsLetter(r) {
			return n >= 3 && monthStems[strings.ToLower(s[:i])]
		}
		if n++; n == 3 {
			return monthStems[strings.ToLower(s[:i+utf8.RuneLen(r)])]
		}
	}
	return false
}

// monthStems are the first three letters of the names of months.
var monthStems = func() map[string]bool {
	m := make(map[string]bool)
	for stem := range strings.FieldsSeq(months) {
		m[stem] = true
	}
	return m
}()

// months are those letters in the languages of [wrote], twelve a line or fewer
// where another line has them.
const months = `
	jan feb mar apr may jun jul aug sep oct nov dec
	mai okt des dez maj mei mär mrt juni juli
	ene abr ago set dic gen mag giu lug ott fév avr jui aoû déc fev out mars
	tam hel maa huh tou kes hei elo syy lok mar jou
	sty lut kwi cze lip sie wrz paź lis gru led úno bře dub kvě čer srp zář říj pro
	feb már ápr máj jún júl aug oca şub nis haz tem ağu eyl eki kas ara
	ian iun iul noi sij velj vel ožu tra svi kol ruj stu
	янв фев мар апр мая май июн июл авг сен окт ноя дек січ лют бер кві тра чер лип сер вер жов лис гру юни юли мај
	ιαν φεβ μαρ απρ μαΐ μαι μάι ιου αυγ σεπ οκτ νοε δεκ thg thá
	ינו פבר מרץ אפר מאי יונ יול אוג ספט אוק נוב דצמ ינוא ספט
	ينا فبر مار أبر ماي يون يول أغس سبت أكت نوف ديس
	vee jaa sau vas bal geg bir rug rgs spa lap gru mei agu`
