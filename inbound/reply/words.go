package reply

import (
	"iter"
	"regexp"
	"strings"
	"unicode"
)

// wrote is "wrote" in the languages of the large clients, with the forms that
// they write for want of the sender's gender.
var wrote = [...]string{
	"wrote", "writes", // English
	"skrev", "skriver", "skrifaði", // Swedish, Danish, Norwegian; Icelandic
	"schrieb", "schreibt", "geschrieben", // German
	"a écrit", "a ecrit", "écrivait", "a envoyé", "écrit", // French
	"escribió", "escribio", "ha escrito", "va escriure", "ha escrit", "escribiu", "idatzi du", // Spanish, Catalan, Galician, Basque
	"ha scritto", "scrive", // Italian
	"schreef", "geschreven", "geskryf", // Dutch, Afrikaans
	"kirjoitti", "kirjutas", // Finnish, Estonian
	"napisał", "napisała", "napisał(a)", "napisał/a", "pisze", "napisana", // Polish
	"escreveu",                                                                              // Portuguese
	"написал", "написала", "написал(а)", "написали", "пишет", "писал", "писала", "писал(а)", // Russian
	"написав", "написала", "написав(-ла)", "написав(ла)", "пише", // Ukrainian
	"napsal", "napsala", "napsal(a)", "píše", "napísal", "napísala", "napísal(a)", // Czech, Slovak
	"írta", "yazdı", "έγραψε", "a scris", // Hungarian, Turkish, Greek, Romanian
	"כתב", "כתבה", "כתב/ה", "كتب", "كتبت", "كتب/كتبت", "نوشت", "نوشته", // Hebrew, Arabic, Persian
	"đã viết", "viết", "menulis", // Vietnamese, Indonesian
	"написа", "напиша", "je napisao", "je napisala", "je napisao/la", "je napisal", "napisao", "napisala", // Bulgarian, Macedonian, Croatian, Serbian, Slovene
	"rašė", "parašė", "rakstīja", "shkroi", "skribis", // Lithuanian, Latvian, Albanian, Esperanto
	"ने लिखा", "লিখেছেন", "எழுதியது", // Hindi, Bengali, Tamil
}

// wroteBare need no boundary: their scripts write no spaces between words.
var wroteBare = [...]string{"写道", "寫道", "撰写", "撰寫", "写了", "のメール", "がメール", "書きました", "작성", "썼습니다", "보냄", "님이 씀", "님의 말", "เขียน"}

// bareVerbs finds wroteBare.
var bareVerbs = newPhrases(wroteBare[:])

// verbWords are the verbs of one word in wrote, verbPhrases those of several.
var verbWords, verbPhrases = func() (map[string]bool, []string) {
	words := make(map[string]bool)
	var several []string
	for _, w := range wrote {
		if strings.Contains(w, " ") {
			several = append(several, w)
			continue
		}
		words[w] = true
	}
	return words, several
}()

// lastWords are the last words of wrote.
var lastWords = func() map[string]bool {
	m := make(map[string]bool)
	for _, w := range wrote {
		m[w[strings.LastIndexByte(w, ' ')+1:]] = true
	}
	return m
}()

// wordsOf walks over the runs of letters in s.
func wordsOf(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		from := -1
		for i, r := range s {
			letter := r == '_' || r >= 'a' && r <= 'z' || r >= 0x80 && (unicode.IsLetter(r) || unicode.IsMark(r)) || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z'
			switch {
			case letter && from < 0:
				from = i
			case !letter && from >= 0:
				if !yield(s[from:i]) {
					return
				}
				from = -1
			}
		}
		if from >= 0 {
			yield(s[from:])
		}
	}
}

// set makes a set of words.
func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}

// anyVerb finds what may be a verb of writing.
var anyVerb = newPhrases(wrote[:], wroteBare[:])

// hasVerb reports whether a verb of writing stands in s.
func hasVerb(s string) bool {
	if !anyVerb.inAnyCase(s) {
		return false
	}
	s = strings.ToLower(s)
	for w := range wordsOf(s) {
		if verbWords[w] {
			return true
		}
	}
	for _, v := range verbPhrases {
		if strings.Contains(s, v) && containsWord(s, v) {
			return true
		}
	}
	return bareVerbs.in(s)
}

// concludes reports whether a line can be the last of an attribution: it ends in
// a colon or in a verb of writing. It is asked of every line and so has no
// pattern.
func concludes(s string) (colon, verb bool) {
	s = strings.TrimRight(s, " -–—*_")
	if strings.HasSuffix(s, ":") {
		return true, false
	}
	s = strings.TrimRight(s, ".")
	// Longer than any of them is the last word of a line without spaces.
	if last := s[strings.LastIndexByte(s, ' ')+1:]; len(last) <= 40 && lastWords[strings.ToLower(last)] {
		return false, true
	}
	if s == "" || s[len(s)-1] < 0x80 {
		return false, false
	}
	for _, v := range wroteBare {
		if strings.HasSuffix(s, v) {
			return false, true
		}
	}
	return false, false
}

// quoting is what Horde and others begin attributions with, in place of a verb.
var quoting = newPhrases([]string{"quoting", "zitat von", "zitiere", "citando", "citando a", "citeren", "citazione", "citerar", "cytowanie", "citat", "lainaus", "citace", "idézet", "alıntı", "цитирую", "цитата"})

// isQuoting reports whether a line begins so.
func isQuoting(s string) bool {
	rest, ok := quoting.prefix(strings.ToLower(s[:min(len(s), 24)]))
	return ok && strings.HasPrefix(rest, " ")
}

// pronouns are words of which one stands wherever person matches: that is asked
// first, as most lines have none.
var pronouns = set("i", "you", "we", "they", "he", "she", "it", "who", "what", "the", "my", "our", "these", "those", "some", "someone", "somebody", "also", "just", "once",
	"ich", "er", "wir", "sie", "du", "mir", "uns", "der", "die", "das", "ihr", "jag", "jeg", "han", "hon", "hun", "vi", "de", "att", "at", "ik", "hij", "zij", "ze", "we", "je", "u",
	"il", "elle", "on", "qui", "él", "ella", "me", "nos", "que", "lui", "lei", "mi", "ci", "che", "ele", "ela")

// byPerson reports whether a person introduced what was written.
func byPerson(s string) bool {
	for w := range wordsOf(strings.ToLower(s)) {
		if pronouns[w] {
			return person.MatchString(s)
		}
	}
	return false
}

// person is how people, not programs, introduce what was written: with a pronoun
// or an article as the subject of the verb, "as I wrote on 3 May 2024:".
var person = regexp.MustCompile(`(?i)(?:^|[^\pL])(?:(?:i|you|we|they|he|she|it|who|what|(?:the|my|our|these|those|some) \pL+(?: \pL+)?|someone|somebody|also|just|once) (?:already |just |also |once |then )?(?:wrote|writes)|` +
	`(?:ich|er|wir) (?:schrieb|schreibt)|schrieb(?:en|st)? (?:ich|er|sie|wir|du|mir|uns|der|die|das)|(?:wie|was|dass|weil|als|da) (?:ich|er|sie|wir|du|ihr)|(?:jag|jeg|han|hon|hun|vi|de|du) skrev|skrev (?:jag|jeg|han|hon|hun|vi|du|att|at)|` +
	`(?:ik|hij|zij|ze|we|je) (?:schreef)|schreef (?:ik|hij|zij|ze|je|u)|(?:il|elle|on|qui) (?:m['’]|nous |vous )?a écrit|(?:él|ella|me|nos|que) escribió|(?:lui|lei|mi|ci|che) ha scritto|(?:ele|ela|me|que) escreveu)(?:[^\pL]|$)`)

// weekdays are the names of weekdays, short and long, as clients write them.
var weekdays = set(strings.Fields(`mon tue tues wed thu thur thurs fri sat sun monday tuesday wednesday thursday friday saturday sunday
	mån man tis tir ons tor tors fre lör lør sön søn måndag mandag tisdag tirsdag onsdag torsdag fredag lördag lørdag söndag søndag
	mo di mi do fr sa so montag dienstag mittwoch donnerstag freitag samstag sonntag lun mar mer jeu ven sam dim lundi mardi mercredi jeudi vendredi samedi dimanche
	mié jue vie sáb dom lunes martes miércoles jueves viernes sábado domingo gio lunedì martedì mercoledì giovedì venerdì sabato domenica
	ma woe za zo wo vr maandag dinsdag woensdag donderdag vrijdag zaterdag zondag ti ke to pe la su maanantai tiistai keskiviikko torstai perjantai lauantai sunnuntai
	pon wt śr czw pt sob niedz ndz poniedziałek wtorek środa czwartek piątek sobota niedziela seg ter qua qui sex segunda terça quarta quinta sexta
	пн вт ср чт пт сб вс нд понедельник вторник среда четверг пятница суббота воскресенье понеділок вівторок середа четвер субота неділя
	po út st čt pá ne pondělí úterý středa čtvrtek pátek neděle hétfő kedd szerda csütörtök péntek szombat vasárnap pzt sal çar per cum cmt paz
	pazartesi salı çarşamba perşembe cuma cumartesi pazar δευ τρι τετ πεμ παρ σαβ κυρ δευτέρα τρίτη τετάρτη πέμπτη παρασκευή σάββατο κυριακή mie joi luni marți miercuri joi vineri sâmbătă duminică`)...)

// bareWeekdays are those of scripts without spaces or with marks in them.
var bareWeekdays = newPhrases([]string{"(月)", "(火)", "(水)", "(木)", "(金)", "(土)", "(日)", "曜日", "周一", "周二", "周三", "周四", "周五", "周六", "周日", "星期", "週", "요일", "(월)", "(화)", "(수)", "(목)", "(금)", "(토)", "(일)", "יום", "الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد", "thứ "})

func hasWeekday(s string) bool {
	s = strings.ToLower(s)
	for w := range wordsOf(s) {
		if weekdays[w] {
			return true
		}
	}
	return bareWeekdays.in(s)
}
