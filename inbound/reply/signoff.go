package reply

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// signOffs are the beginnings of the lines with which letters end. They stay in
// the text; what stands under them may be told from them.
var signOffs = [...]string{
	"regards", "best regards", "kind regards", "warm regards", "with kind regards", "with best regards", "best wishes", "all the best", "best,", "cheers", "sincerely", "yours sincerely", "yours truly", "yours faithfully", "yours,", "many thanks", "thanks,", "thanks!", "thank you,", "thanks in advance", "warmly", "respectfully", "cordially", "take care", "br,", "rgds",
	"mit freundlichen", "mit freundlichem", "mit besten", "mit herzlichen", "freundliche gr", "freundlichen gr", "viele gr", "beste gr", "liebe gr", "herzliche gr", "schöne gr", "gruß", "grüße", "gruss", "grüsse", "mfg", "lg", "vg", "hochachtungsvoll", "besten dank", "vielen dank",
	"cordialement", "bien cordialement", "bien à vous", "bien à toi", "salutations", "meilleures salutations", "sincères salutations", "amicalement", "cdt", "cdlt", "bonne journée", "merci,", "à bientôt",
	"saludos", "un saludo", "atentamente", "cordialmente", "saluts", "gracias,", "un abrazo", "salutacions", "cordiali saluti", "distinti saluti", "saluti", "cordialmente", "grazie,", "un saluto",
	"met vriendelijke gr", "vriendelijke groet", "groeten", "groet", "hartelijke groet", "mvg", "met hartelijke", "met vriendelijk", "alvast bedankt",
	"med vänlig", "med vänliga", "vänliga hälsningar", "vänligen", "hälsningar", "mvh", "bästa hälsningar", "med venlig", "venlig hilsen", "hilsen", "de bedste", "kh", "vh", "med vennlig", "vennlig hilsen", "beste hilsen",
	"terveisin", "ystävällisin terveisin", "parhain terveisin", "t.", "yst. terv", "pozdrawiam", "z poważaniem", "pozdrowienia", "z wyrazami", "cumprimentos", "com os melhores", "atenciosamente", "abraços", "abraço", "obrigado,", "obrigada,", "att,", "melhores cumprimentos",
	"с уважением", "с наилучшими", "всего доброго", "з повагою", "поздрави", "s pozdravem", "s pozdravom", "děkuji", "s úctou", "üdvözlettel", "tisztelettel", "üdv", "saygılarımla", "iyi çalışmalar", "με εκτίμηση", "φιλικά", "cu stimă", "cu respect", "s poštovanjem", "srdačan pozdrav", "lep pozdrav", "lp",
	"בברכה", "تحياتي", "مع خالص", "مع تحياتي", "trân trọng", "thân mến", "salam,", "hormat saya", "以上", "よろしく", "敬具", "宜しく", "此致", "祝好", "谢谢", "감사합니다", "드림", "ขอแสดงความนับถือ",
}

// isSignOff reports whether a line is how a letter ends: "Kind regards, Maja".
func isSignOff(s string) bool {
	if len(s) > 70 {
		return false
	}
	s = strings.ToLower(strings.TrimLeft(plainMarks(s), "-–—~ "))
	for _, p := range signOffs {
		rest, ok := strings.CutPrefix(s, p)
		if !ok {
			continue
		}
		after, _ := utf8.DecodeRuneInString(rest)
		if rest == "" || !unicode.IsLetter(after) || strings.HasSuffix(p, "gr") || after >= 0x2e80 {
			return true
		}
		if len(p) >= 8 { // "mit freundlichen" + "em": the end of a word
			return true
		}
	}
	return false
}

// isName reports whether a line can be the name under a letter: up to five
// words, of letters alone.
func isName(s string) bool {
	s = strings.Trim(plainMarks(s), " -–—,.~/")
	if s == "" || len(s) > 60 || len(strings.Fields(s)) > 5 {
		return false
	}
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune(" .,'’-()&", r) {
			return false
		}
	}
	return true
}

// isFullName reports whether a line begins with two or more capitalised words
// and no others before a bar or a comma: "Maja Lind | Sales".
func isFullName(s string) bool {
	s = plainMarks(strings.ReplaceAll(s, "|", ","))
	s, _, _ = strings.Cut(s, ",")
	if !isName(s) {
		return false
	}
	n := 0
	for w := range strings.FieldsSeq(s) {
		first, _ := utf8.DecodeRuneInString(w)
		if !unicode.IsUpper(first) && !particles[w] {
			return false
		}
		n++
	}
	return n >= 2 && n <= 4
}
