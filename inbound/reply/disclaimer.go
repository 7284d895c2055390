package reply

import "strings"

// legalTerms are stems of what company disclaimers say, by idea and in lower
// case: one word proves nothing, several ideas in one paragraph do.
var legalTerms = []struct {
	weight float64
	stems  []string
}{
	{0.3, []string{"confidential", "privileged", "vertraulich", "confidenti", "confidenziali", "riservat", "vertrouwelijk", "konfidenti", "fortrolig", "förtrolig", "luottamuksellis", "poufn", "sigilos", "конфиденциальн", "конфіденційн", "důvěrn", "dôvern", "bizalmas", "gizli", "εμπιστευτικ", "confidențial", "povjerljiv", "zaupn", "機密", "机密", "保密", "기밀", "sekretess", "geheim"}},
	{0.35, []string{"intended recipient", "intended solely", "intended only", "intended for", "sole use of", "solely for", "addressee", "named above", "exclusive use", "bestimmungsgemäß", "adressat", "nur für", "ausschließlich für", "richtige empfänger", "destinataire", "uniquement", "exclusivement", "destinatario", "exclusiv", "esclusivamente", "geadresseerde", "bestemd voor", "uitsluitend bestemd", "avsedd för", "avsedda för", "avsett för", "tiltænkt", "beregnet", "tarkoitettu", "vastaanottajalle", "przeznaczon", "destinatári", "адресат", "предназначен", "adresát", "určen", "címzett", "alıcı", "παραλήπτ", "destinatar", "宛先", "收件人", "수신인"}}, //nolint:misspell // stems of many languages
	{0.35, []string{"in error", "by mistake", "mistakenly", "not the intended", "irrtümlich", "versehentlich", "nicht der richtige", "par erreur", "por error", "por engano", "por equivocación", "per errore", "abusivement", "ten onrechte", "abusievelijk", "per ongeluk", "fått detta", "av misstag", "felaktigt", "ved en fejl", "ved en feil", "fejlagtigt", "vahingossa", "erehdyksessä", "omyłkowo", "przez pomyłkę", "по ошибке", "помилково", "omylem", "tévedés", "yanlışlıkla", "κατά λάθος", "din greșeală", "greškom", "誤って", "误", "誤收", "잘못"}},
	{0.25, []string{"notify the sender", "notify us", "inform the sender", "contact the sender", "advise the sender", "let the sender", "reply to this message and", "informieren sie", "benachrichtigen", "verständigen", "avertir", "informer", "prévenir", "notifique", "notificar", "comunique", "avvisar", "informare", "darne", "verwittigen", "de afzender", "meddela avsändaren", "kontakta avsändaren", "underret", "kontakt avsender", "ilmoita", "powiadom", "poinform", "avise", "сообщите", "повідомте", "informujte", "értesít", "bildir", "ενημερ"}},
	{0.25, []string{"delete it", "delete this", "delete the", "destroy", "deletion", "vernichten", "löschen", "supprimer", "détruire", "eliminar", "elimine", "elimínelo", "borrar", "bórrelo", "distrugg", "cancellar", "verwijder", "vernietig", "radera", "slette", "slet ", "poist", "usun", "usuń", "apagar", "apague", "удалит", "видал", "smažte", "vymažte", "töröl", "siliniz", "διαγράψ", "ștergeți", "削除", "删除", "刪除", "삭제"}},
	{0.3, []string{"unauthori", "prohibited", "forbidden", "disclosure", "dissemination", "copying", "unbefugt", "nicht gestattet", "weitergabe", "interdit", "non autorisé", "diffusion", "prohibid", "divulga", "vietat", "diffusione", "divulgazione", "verboden", "openbaarmaking", "otillåt", "förbjud", "spridning", "forbudt", "videregiv", "ilman lupaa", "kielletty", "zabronion", "rozpowszechni", "proibid", "запрещ", "заборон", "zakázán", "tilos", "yasak", "απαγορ", "interzis", "zabranjen", "禁止", "금지"}},
	{0.2, []string{"liabilit", "liable", "accept no responsibility", "haftung", "haftet", "responsabilit", "responsabil", "aansprakelijk", "ansvar", "vastuu", "odpowiedzialnoś", "ответственност", "відповідальн", "odpovědn", "felelőss", "sorumlu", "ευθύν", "no warranty", "viruses", "virus"}},
	{0.25, []string{"views or opinions", "opinions expressed", "views expressed", "do not necessarily", "views of the"}},
	{0.3, []string{"this e-mail and any", "this email and any", "this message and any", "attachments may", "any attachments", "this communication", "content of this email", "contents of this", "information contained", "information transmitted", "information in this", "diese e-mail enthält", "diese e-mail und", "diese nachricht enthält", "der inhalt dieser", "ce message", "cet e-mail", "ce courriel", "este mensaje", "este correo", "questo messaggio", "questa e-mail", "la presente", "deze e-mail", "dit e-mailbericht", "dit bericht", "de inhoud van dit", "detta e-post", "detta meddelande", "denne e-mail", "denne e-post", "denne meddelelse", "tämä viesti", "tämä sähköposti", "ta wiadomość", "niniejsza wiadomość", "treść tej", "esta mensagem", "este e-mail", "данное сообщение", "это сообщение", "настоящее сообщение", "це повідомлення", "tato zpráva", "tento e-mail", "ez az üzenet", "az e-mail", "bu e-posta", "bu mesaj", "αυτό το μήνυμα", "το παρόν", "acest mesaj", "本メール", "このメール", "本邮件", "本電子郵件", "이 메일"}},
	{0.35, []string{"disclaimer", "confidentiality notice", "legal notice", "privacy notice", "confidentiality:", "haftungsausschluss", "avis de confidentialité", "aviso legal", "aviso de confidencialidad", "avvertenze", "klauzula", "уведомление о конфиденциальности"}},
}

// legal finds the ideas of legalTerms.
var legal = func() *phraseSet {
	ideas := make([][]string, len(legalTerms))
	for i, t := range legalTerms {
		ideas[i] = t.stems
	}
	return newPhrases(ideas...)
}()

// environment and paper are what some put under mails to save it.
var (
	environment = newPhrases([]string{"environment", "umwelt", "environnement", "medio ambiente", "medioambiente", "ambiente", "milieu", "miljö", "miljø", "ympäristö", "środowisk", "meio ambiente", "природ", "життєв", "životní", "környezet", "çevre", "planet"})
	paper       = newPhrases([]string{"print", "druck", "imprim", "stampa", "stampar", "afdruk", "printen", "skriv ut", "skriver ut", "utskrift", "udskriv", "tulosta", "wydruk", "печат", "друк", "tisk", "nyomtat", "yazdır"})
)

// longestParagraph is how much of a paragraph is weighed, in bytes.
const longestParagraph = 6000

// disclaimer looks for legal text at the end. Paragraphs are weighed one by one
// from below; one without an idea of it ends the search.
func (c *cutter) disclaimer(end int) *candidate {
	var best *candidate
	stop := end
	for range 8 {
		for stop > 0 && c.lines[stop-1].kind == blank {
			stop--
		}
		start := stop
		size := 0
		for start > 0 && c.lines[start-1].kind == written && size < longestParagraph {
			start--
			size += len(c.lines[start].raw)
		}
		if start == stop {
			break
		}
		from, w := c.weighLegal(start, stop)
		if w.confidence() < maybe && (best == nil || w.confidence() < 0.4 || from == 0) {
			break
		}
		if best == nil || w.confidence() >= maybe {
			best = &candidate{kind: Disclaimer, confidence: w.confidence(), evidence: w.of(strings.TrimSpace(shortLine(c.lines[from].raw)))}
		}
		best.from = from
		if from != start {
			break // only the end of the paragraph is
		}
		stop = start
	}
	return best
}

func shortLine(s string) string { return s[:min(len(s), 100)] }

// weighLegal weighs one paragraph. A name or contact data directly above the
// legal text don't belong to it: it begins at the first line of five words or
// more that has an idea.
func (c *cutter) weighLegal(from, to int) (begin int, w weighed) {
	var b strings.Builder
	begin = -1
	for i := from; i < to; i++ {
		s := c.lines[i].raw[:min(len(c.lines[i].raw), longestParagraph)]
		if begin < 0 {
			if !hasLegalTerm(s) {
				continue
			}
			begin = i
		}
		b.WriteString(strings.ToLower(s))
		b.WriteByte(' ')
	}
	if begin < 0 {
		return from, w
	}
	if begin <= from+1 && begin > from && !isName(c.lines[from].norm) && len(c.lines[from].norm) > 40 {
		begin = from // its first line says less than the second
	}
	text := b.String()
	for _, e := range legal.ideas(text) {
		w.add(true, legalTerms[e.idea].weight, e.text)
	}
	w.add(len(text) <= 400 && savesPaper(text), 0.8, "paper and the environment")
	return begin, w
}

func hasLegalTerm(s string) bool {
	return legal.inAnyCase(s) || environment.inAnyCase(s) && paper.inAnyCase(s)
}

func savesPaper(s string) bool { return environment.in(s) && paper.in(s) }
