package reply

import (
	"regexp"
	"strings"
)

// What counts as evidence that a line was written by a mail program. A weekday
// alone or a number alone doesn't: people write those.
var (
	timeOfDay = regexp.MustCompile(`\d{1,2}[:.h]\d{2}|\d{1,2} ?(?:[ap]\.?m\b|Uhr|時|时|點|시)`)
	fullDate  = regexp.MustCompile(`\d{1,4}[./-]\d{1,2}[./-]\d{2,4}|(?:19|20)\d{2}-?\s?[年년]|` +
		`\d{1,2}[ .,-].{0,24}\b(?:19|20)\d{2}|(?:19|20)\d{2}[ .,].{0,24}\d{1,2}\b|\d{1,2}[-.]\pL{3,9}\.?[-. ]\d{2,4}`)
	mailAddress = regexp.MustCompile(`[^\s<>()@:;,"]+@[^\s<>()@:;,"]+\.[^\s<>()@:;,"]`)
)

// evidence is what in a text speaks for an attribution.
type evidence struct {
	date, clock, address bool
	known                bool // a name or an address of the conversation
}

func (e evidence) any() bool { return e.date || e.clock || e.address || e.known }

func (c *cutter) find(s string) evidence {
	var e evidence
	if strings.ContainsAny(s, "0123456789") {
		e.date = fullDate.MatchString(s)
		e.clock = timeOfDay.MatchString(s)
	}
	e.address = strings.Contains(s, "@") && mailAddress.MatchString(s)
	if len(c.known) > 0 {
		lower := strings.ToLower(s)
		for _, k := range c.known {
			if strings.Contains(lower, k) {
				e.known = true
				break
			}
		}
	}
	return e
}

// of returns the evidence in one line.
func (c *cutter) of(l *line) evidence {
	if l.evidence == nil {
		e := c.find(l.norm)
		l.evidence = &e
	}
	return *l.evidence
}

// wrote is "wrote" in the languages of the large clients, with the forms that
// they write for want of the sender's gender.
var wrote = [...]string{
	"wrote", "writes", "skrev", "skriver", "schrieb", "schreibt", "geschrieben", "a écrit", "a ecrit", "écrivait", "a envoyé", "escribió", "escribio", "ha escrito",
	"ha scritto", "scrive", "schreef", "geschreven", "kirjoitti", "napisał", "napisała", "napisał(a)", "pisze", "napisana", "escreveu",
	"написал", "написала", "написал(а)", "написали", "пишет", "писал", "писала", "писал(а)", "написав", "написав(-ла)", "пише",
	"napsal", "napsala", "napsal(a)", "píše", "napísal", "napísala", "napísal(a)", "írta", "yazdı", "έγραψε", "a scris",
	"כתב", "כתבה", "כתב/ה", "كتب", "كتبت", "كتب/كتبت", "đã viết", "viết", "va escriure", "menulis", "написа",
	"napisao", "napisala", "je napisao", "je napisala", "je napisal", "rašė", "kirjutas",
}

// wroteCJK need no boundary: their scripts write no spaces between words.
var wroteCJK = [...]string{"写道", "寫道", "撰写", "撰寫", "写了", "のメール", "がメール", "書きました", "작성", "썼습니다", "보냄", "เขียน"}

// verbs matches one of wrote as whole words; \b knows only ASCII.
var verbs = func() *regexp.Regexp {
	words := make([]string, len(wrote))
	for i, w := range wrote {
		words[i] = regexp.QuoteMeta(w)
	}
	return regexp.MustCompile(`(?i)(?:^|[^\pL])(?:` + strings.Join(words, "|") + `)(?:[^\pL]|$)`)
}()

// lastWords are the last words of wrote.
var lastWords = func() map[string]bool {
	m := make(map[string]bool)
	for _, w := range wrote {
		m[w[strings.LastIndexByte(w, ' ')+1:]] = true
	}
	return m
}()

func hasVerb(s string) bool {
	if verbs.MatchString(s) {
		return true
	}
	for _, v := range wroteCJK {
		if strings.Contains(s, v) {
			return true
		}
	}
	return false
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
	if lastWords[strings.ToLower(s[strings.LastIndexByte(s, ' ')+1:])] {
		return false, true
	}
	for _, v := range wroteCJK {
		if strings.HasSuffix(s, v) {
			return false, true
		}
	}
	return false, false
}

// leads begin attribution lines: a preposition or article of one of the
// languages, a weekday, or a date.
var leads = regexp.MustCompile(`(?i)^(?:[-–—]+ ?)?(?:` + strings.Join([]string{
	`on`, `in`, `at`, `since`, `den`, `am`, `um`, `le`, `el`, `op`, `em`, `il(?: giorno)?`, `in data`, `no dia`, `a`, `dnia`, `w dniu`, `wiadomość`, `dne`, `dňa`,
	`la data de`, `în`, `pe`, `στις`, `την`, `vào(?: lúc)?`, `lúc`, `ngày`, `pada`, `date`, `på`, `em data`, `дана`, `на`, `в`, `quoting`, `message du`,
	// Weekdays, short and long.
	`mon|tue|wed|thu|fri|sat|sun`, `m[aå]n|tirs?|ons?|tors?|fre|l[öø]r|s[öø]n|sön`, `mo|di|mi|do|fr|sa|so`, `lun|mar|mer|mi[eé]|jeu|jue|ven|vie|sam|s[aá]b|dim|dom|gio`,
	`ma|ti|ke|to|pe|la|su`, `za|zo|wo|vr`, `pon|wt|śr|czw|pt|sob|niedz|ndz`, `seg|ter|qua|qui|sex`, `пн|вт|ср|чт|пт|сб|вс|нд`, `понед|втор|сред|четв|пятн|субб|воскр`,
	`po|út|st|čt|pá|so|ne`, `h|k|sze|cs|p|szo|v`, `pzt|sal|çar|per|cum|cmt|paz`, `δευ|τρι|τετ|πεμ|παρ|σαβ|κυρ`, `thứ`,
}, "|") + `)(?:[^\pL]|\pL*[.,]? )|^[-–—\[("]*\d|^(?:ב|في|بتاريخ|יום|يوم|\x{202B}|周|星期|週)|^\pL+, ?\d`)
