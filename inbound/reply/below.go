package reply

import "strings"

// below is how people say that their answers stand in the mail they answer:
// Outlook marks no quotes, so that nothing else tells.
var below = newPhrases([]string{
	"answers are below", "answers are inline", "replies are below", "replies are inline", "comments are below", "comments are inline", "responses are below", "are in red", "are in blue", "antworten stehen unten", "svaren står nedan", "svar står nedan", "réponses sont ci-dessous", "réponses sont dans le texte",
	"answers below", "answer below", "answers inline", "answered below", "answered inline", "reply inline", "replies inline", "replies below", "reply in line", "replied inline", "replied below", "responses below", "response below", "responses inline", "comments below", "comments inline", "comments in line", "commented inline", "see inline", "inline below", "in red below", "in blue below", "in green below", "marked in red", "answers in red", "answers in blue", "comments in red", "comments in blue",
	"antworten unten", "antwort unten", "antworten im text", "antworte im text", "kommentare unten", "kommentare im text", "anmerkungen im text", "siehe unten im text", "antworten in rot", "antworten in blau", "rot markiert",
	"réponses ci-dessous", "réponse ci-dessous", "réponses dans le texte", "réponds dans le texte", "réponses en rouge", "commentaires ci-dessous", "commentaires en rouge", "dans le corps du mail", "en rouge ci-dessous",
	"respuestas abajo", "respuestas más abajo", "respuestas en rojo", "respondo abajo", "respondo entre líneas", "comentarios abajo", "comentarios en rojo", "risposte sotto", "risposte in rosso", "risposte qui sotto", "rispondo sotto", "commenti in rosso", "commenti sotto",
	"antwoorden hieronder", "antwoord hieronder", "antwoorden in rood", "opmerkingen in rood", "opmerkingen hieronder", "reactie hieronder", "respostas abaixo", "resposta abaixo", "respostas em vermelho", "respondo abaixo", "comentários abaixo", "comentários em vermelho",
	"svar nedan", "svarar nedan", "svaren nedan", "svar i rött", "kommentarer nedan", "svar nedenfor", "svar i rødt", "kommentarer nedenfor", "svarer nedenfor", "vastaukset alla", "vastaukset punaisella", "odpowiedzi poniżej", "odpowiedź poniżej", "odpowiedzi na czerwono", "odpowiadam poniżej", "ответы ниже", "отвечаю ниже", "ответы красным", "відповіді нижче", "odpovědi níže", "odpovídám níže",
})

// saysBelow is within how many lines with text a letter says so, and of how many
// in all: it says so at its beginning.
const saysBelow, saysWithin = 12, 60

// answersBelow reports whether the text above line i says that answers stand in
// what follows.
func (c *cutter) answersBelow(i int) bool {
	texts := 0
	for j := 0; j < min(i, saysWithin) && texts < saysBelow; j++ {
		l := &c.lines[j]
		if l.kind != written || l.norm == "" {
			continue
		}
		texts++
		if below.in(strings.ToLower(l.norm)) {
			return true
		}
	}
	return false
}
