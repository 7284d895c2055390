package apportion

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tradepost-mail/tradepost/inbound/reply"
)

// courtesy reports whether a text says nothing but hello, that answers stand
// below, and who wrote it.
func (p *placing) courtesy(text string) bool {
	const longest = 120 // bytes of a line
	lines := 0
	for s := range strings.SplitSeq(text, "\n") {
		s = strings.TrimSpace(strings.Trim(s, "*_ "))
		if s == "" {
			continue
		}
		if lines++; lines > 6 || len(s) > longest {
			return false
		}
		if !p.greets(s) && !pointsBelow(s) && !p.closes(s) && !p.signs(s) {
			return false
		}
	}
	return true
}

// pointsBelow reports whether a line only says that answers stand below: not many
// words, and one sentence, or a greeting and one.
func pointsBelow(s string) bool {
	sentences := 0
	for i, c := range s {
		if (c == '.' || c == '!' || c == '?') && i+1 < len(s) {
			sentences++
		}
	}
	return len(strings.Fields(s)) <= 14 && sentences <= 1 && reply.PointsBelow(s)
}

// greetings are how letters begin, in lower case, in the languages that package
// reply knows.
var greetings = [...]string{
	"good morning", "good afternoon", "good evening", "good day", "hello", "hi", "hey", "hiya", "dear", "greetings", "thanks", "thank you", "many thanks",
	"guten morgen", "guten tag", "guten abend", "hallo", "moin", "servus", "grüezi", "grüß gott", "liebe", "lieber", "sehr geehrte", "sehr geehrter", "danke",
	"bonjour", "bonsoir", "salut", "cher", "chère", "chers", "coucou", "merci", "buenos días", "buenas tardes", "buenas", "hola", "estimado", "estimada", "estimados", "querido", "querida", "gracias",
	"buongiorno", "buonasera", "ciao", "salve", "gentile", "caro", "cara", "grazie", "goedemorgen", "goedemiddag", "goedenavond", "goedendag", "hoi", "dag", "beste", "geachte", "bedankt",
	"god morgon", "god morgen", "god dag", "godmorgon", "hej", "hejsan", "tjena", "tja", "hallå", "hei", "heisann", "bästa", "kära", "kjære", "kære", "tack", "takk", "tak", "moi", "terve", "hyvää päivää", "huomenta", "kiitos",
	"dzień dobry", "cześć", "witam", "szanowny", "szanowna", "szanowni", "bom dia", "boa tarde", "boa noite", "olá", "oi", "prezado", "prezada", "caros", "obrigado", "obrigada",
	"здравствуйте", "добрый день", "доброе утро", "добрый вечер", "привет", "уважаемый", "уважаемая", "спасибо", "доброго дня", "добрий день", "вітаю", "привіт", "здравейте", "dobrý den", "ahoj", "jó napot", "szia", "sziasztok", "merhaba", "selam", "günaydın", "iyi günler",
	"γεια σας", "γεια", "καλημέρα", "bună ziua", "bună", "salutare", "pozdravljeni", "dobar dan", "bok", "zdravo", "שלום", "היי", "مرحبا", "السلام عليكم", "xin chào", "chào", "selamat pagi", "halo", "hai",
	"こんにちは", "お世話になっております", "お疲れ様です", "おはようございます", "你好", "您好", "안녕하세요", "สวัสดี", "สวัสดีค่ะ", "สวัสดีครับ",
}

// everybody are words that stand for whoever is greeted.
var everybody = map[string]bool{
	"all": true, "everyone": true, "everybody": true, "team": true, "both": true, "there": true, "again": true, "folks": true, "sir": true, "madam": true,
	"alle": true, "zusammen": true, "herr": true, "frau": true, "nochmal": true, "tous": true, "toutes": true, "à": true, "a": true, "monsieur": true, "madame": true, "équipe": true,
	"todos": true, "todas": true, "tutti": true, "allemaal": true, "alla": true, "allihopa": true, "allihop": true, "igen": true, "kaikki": true, "wszystkim": true, "państwo": true, "всем": true, "всім": true, "皆様": true, "大家": true, "여러분": true,
}

// greets reports whether a line is a greeting and nothing else: "Hi Nadia,".
func (p *placing) greets(s string) bool {
	lower := strings.ToLower(s)
	for _, g := range greetings {
		rest, ok := strings.CutPrefix(lower, g)
		if !ok {
			continue
		}
		if r, _ := utf8.DecodeRuneInString(rest); rest != "" && isWordRune(r) {
			continue
		}
		if p.addresses(s[min(len(s), len(g)):]) {
			return true
		}
	}
	return false
}

// addresses reports whether what follows a greeting only names who is greeted.
func (p *placing) addresses(s string) bool {
	// "Hi, yes please" has something after its comma; "Hi Nadia, Jonas" names.
	words := strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || isPunctuation(r) || isSymbol(r) })
	if len(words) > 5 {
		return false
	}
	apart := strings.ContainsAny(strings.TrimRight(s, " ,.!:;–—-"), ",.!:;?")
	for _, w := range words {
		first, _ := utf8.DecodeRuneInString(w)
		if everybody[strings.ToLower(w)] || p.isName(w) || !apart && unicode.IsUpper(first) {
			continue
		}
		return false
	}
	return true
}

// isName reports whether a word is of a name in the conversation, or the first
// letter of such a word: "Eleni P."
func (p *placing) isName(w string) bool {
	initial, size := utf8.DecodeRuneInString(w)
	short := unicode.IsUpper(initial) && strings.Trim(w[size:], ".") == ""
	for _, name := range p.h.Names {
		for part := range strings.FieldsSeq(name) {
			if first, _ := utf8.DecodeRuneInString(part); strings.EqualFold(part, w) || short && unicode.ToUpper(first) == initial {
				return true
			}
		}
	}
	return false
}

// signs reports whether a line is a name of the conversation: how a letter was
// signed.
func (p *placing) signs(s string) bool {
	words := strings.Fields(strings.Trim(s, "-–—/,. "))
	if len(words) > 5 {
		return false
	}
	known := false // a letter alone is no name
	for _, w := range words {
		w = strings.Trim(w, ",.")
		if !p.isName(w) {
			return false
		}
		known = known || utf8.RuneCountInString(w) > 1
	}
	return known
}
