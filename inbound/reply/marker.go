package reply

import "strings"

// aboveLine is "above this line" as help desks and trackers (Zendesk, Freshdesk,
// Intercom, Help Scout, Jira, Basecamp, Asana) put it over their letters, so that
// what was answered can be told from them.
var aboveLine = newPhrases([]string{
	"above this line", "above the line", "above the dotted line", "über dieser zeile", "über dieser linie", "oberhalb dieser zeile", "oberhalb dieser linie", "au-dessus de cette ligne",
	"au dessus de cette ligne", "encima de esta línea", "arriba de esta línea", "sobre esta línea", "sopra questa riga", "sopra questa linea", "di sopra di questa", "boven deze regel", "boven deze lijn",
	"acima desta linha", "acima dessa linha", "ovanför den här raden", "ovanför denna rad", "ovanför denna linje", "ovanför den här linjen", "over denne linje", "ovenfor denne linje", "over denne linjen",
	"tämän rivin yläpuolelle", "tämän viivan yläpuolelle", "powyżej tej linii", "nad tą linią", "nad tento řádek", "nad tímto řádkem", "nad tuto čáru", "nad týmto riadkom", "nad tento riadok",
	"выше этой строки", "выше этой линии", "над этой строкой", "над этой чертой", "над цим рядком", "вище цього рядка", "над този ред", "над тази линия", "この行より上", "この線より上", "この行の上",
	"在此行上方", "此行以上", "此線上方", "此行之上", "이 줄 위", "이 선 위", "bu satırın üst", "bu çizginin üst", "e vonal fölé", "ezen sor fölé", "deasupra acestei linii",
	"deasupra acestui rând", "πάνω από αυτή", "מעל שורה זו", "מעל לשורה זו", "מעל קו זה", "فوق هذا السطر", "أعلى هذا السطر", "فوق هذا الخط", "trên dòng này", "di atas baris ini", "iznad ove linije", "iznad ovog reda", "nad to vrstico",
})

// answerWords are "reply" or "write" as they stand in such a line.
var answerWords = newPhrases([]string{"reply", "respond", "response", "answer", "write", "comment", "type", "antwort", "schreiben", "répon", "répond", "écri", "respuesta", "responda", "responder", "escrib", "rispo", "scriv", "antwoord",
	"typ", "schrijf", "resposta", "escrev", "svar", "skriv", "vasta", "kirjoita", "odpowied", "odpis", "napisz", "odpověď", "odpovez", "odpoved", "ответ", "відпов", "отговор", "返信", "回复", "回覆", "回信", "답장", "답변", "회신",
	"yanıt", "cevap", "válasz", "răspun", "απάντησ", "απαντ", "תשוב", "השב", "ردك", "الرد", "trả lời", "balas", "odgovor"})

// marker looks for "Reply above this line" in line i.
func (c *cutter) marker(i int) *candidate {
	s := c.lines[i].norm
	if len(s) < 10 || len(s) > 250 {
		return nil
	}
	if !aboveLine.inAnyCase(s) {
		return nil
	}
	var w weighed
	w.add(true, 0.4, "above this line")
	w.add(answerWords.in(strings.ToLower(s)), 0.45, "a word for a reply")
	w.add(len(strings.Fields(s)) <= 7, 0.2, "nothing else")
	w.add(len(s) > 4 && (strings.ContainsAny(s[:2], "#-=_*+~") || strings.HasPrefix(s, "—") || strings.HasPrefix(s, "–")), 0.5, "marks before it")
	w.add(len(s) > 4 && (strings.ContainsAny(s[len(s)-2:], "#-=_*+~") || strings.HasSuffix(s, "—") || strings.HasSuffix(s, "–")), 0.3, "marks after it")
	return &candidate{kind: Marker, from: i, to: i + 1, confidence: w.confidence(), evidence: w.of(s)}
}
