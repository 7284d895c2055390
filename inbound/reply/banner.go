package reply

import "strings"

// bannerTerms are what companies' mail servers say on top of mails from outside,
// by idea and in lower case.
var bannerTerms = []struct {
	weight float64
	stems  []string
}{
	{0.25, []string{"caution", "warning", "attention", "notice", "beware", "alert", "be careful", "achtung", "vorsicht", "warnung", "prudence", "avertissement", "precaución", "advertencia", "atención", "attenzione", "let op", "waarschuwing", "varning", "obs!", "observera", "advarsel", "huomio", "varoitus", "uwaga", "ostrożnie", "atenção", "cuidado", "внимание", "осторожно", "увага", "upozornění", "pozor", "figyelem", "dikkat", "προσοχή", "atenție", "注意", "警告", "주의"}},
	{0.35, []string{"external", "outside", "extern", "außerhalb", "extérieur", "externe", "externo", "fuera de", "esterno", "esterna", "dall'esterno", "buiten", "utanför", "utifrån", "udefra", "uden for", "utenfor", "ulkopuol", "zewnątrz", "zewnętrz", "spoza", "fora da", "внешн", "вне ", "зовнішн", "extern", "mimo", "külső", "harici", "dış", "εξωτερικ", "外部", "외부"}},
	{0.35, []string{"originated from", "originates from", "outside of the organi", "outside the organi", "outside your organi", "outside of your organi", "outside our", "external sender", "external email", "external e-mail", "external source", "comes from outside", "außerhalb der organisation", "außerhalb unserer", "externen absender", "externer absender", "extérieur de", "expéditeur externe", "de fuera de", "remitente externo", "mittente esterno", "esterno all", "buiten de organisatie", "buiten uw", "externe afzender", "utanför organisationen", "extern avsändare", "uden for organisationen", "ekstern afsender", "utenfor organisasjonen", "ekstern avsender", "organisaation ulkopuol", "spoza organizacji", "zewnętrznego nadawcy", "fora da organização", "remetente externo", "внешнего отправителя"}},
	{0.3, []string{"do not click", "don't click", "do not open", "don't open", "clicking links", "clicking on links", "opening attachments", "links or open", "klicken sie", "öffnen sie keine", "keine links", "anhänge", "ne cliquez", "n'ouvrez", "pièces jointes", "no haga clic", "enlaces", "non fare clic", "non cliccare", "allegati", "klik niet", "bijlagen", "klicka inte", "bilagor", "klik ikke", "klikk ikke", "vedlegg", "vedhæftede", "älä klikkaa", "älä avaa", "liitte", "nie klikaj", "nie otwieraj", "załącznik", "não clique", "anexos", "не переходите", "не открывайте", "вложени", "neklikejte", "přílohy", "ne kattintson", "tıklamayın", "recognize the sender", "recognise the sender", "know the content is safe", "trust the sender", "verify the sender"}},
	{0.25, []string{"this email", "this e-mail", "this message", "this mail", "diese e-mail", "diese mail", "diese nachricht", "cet e-mail", "cet email", "ce message", "ce courriel", "este correo", "este mensaje", "este e-mail", "questa e-mail", "questa email", "questo messaggio", "deze e-mail", "deze mail", "dit bericht", "detta mejl", "detta mail", "detta e-post", "detta meddelande", "denne e-mail", "denne mail", "denne e-post", "tämä viesti", "tämä sähköposti", "ta wiadomość", "ten e-mail", "esta mensagem", "это письмо", "это сообщение", "цей лист", "tento e-mail", "tato zpráva", "ez az e-mail", "bu e-posta", "acest e-mail", "このメール", "此邮件", "此郵件", "이 메일"}},
}

// outside finds the ideas of bannerTerms.
var outside = func() *phraseSet {
	ideas := make([][]string, len(bannerTerms))
	for i, t := range bannerTerms {
		ideas[i] = t.stems
	}
	return newPhrases(ideas...)
}()

// firstMail is Microsoft's note on top of the first mails of a sender.
var firstMail = newPhrases([]string{
	"you don't often get email from", "you don’t often get email from", "some people who received this message don't often get email from", "some people who received this message don’t often get email from",
	"sie erhalten nicht oft e-mails von", "sie erhalten nicht häufig e-mails von", "vous n'obtenez pas souvent d'e-mail", "vous ne recevez pas souvent de courriers", "vous n’obtenez pas souvent d’e-mail", "no suele recibir correo", "no recibe a menudo correo", "non si ricevono spesso messaggi", "non ricevi spesso",
	"u ontvangt niet vaak e-mail", "je ontvangt niet vaak e-mail", "du får inte ofta e-post", "du får ikke ofte mail", "du får ikke ofte e-post", "et saa usein sähköpostia", "nie otrzymujesz często wiadomości", "não costuma receber e-mails", "você não costuma receber", "вы нечасто получаете", "ви нечасто отримуєте", "často nedostáváte", "nem gyakran kap", "sıklıkla e-posta almıyorsunuz", "不经常收到", "不常收到", "からのメールはあまり", "자주 받지",
})

// tags are banners of one word in brackets.
var tags = [...]string{"[external]", "[ext]", "[external email]", "[external e-mail]", "[external sender]", "[extern]", "[externe]", "[externo]", "[esterno]", "[ekstern]", "[ulkoinen]", "[zewnętrzny]", "[外部]", "[외부]", "*** external ***", "**external**", "*external email*", "external email", "external sender", "external message"}

// banners drops what a server put on top: at most three paragraphs, with text
// below, whose words together say that the mail came from outside.
func (c *cutter) banners() {
	for from, n := 0, 0; from < len(c.lines) && n < 3; n++ {
		for from < len(c.lines) && (c.lines[from].kind == blank || n > 0 && isRuler(c.lines[from].norm)) {
			from++
		}
		to := from
		for to < len(c.lines) && to < from+8 && c.lines[to].kind == written && c.lines[to].mark == "" && c.lines[to].norm != "" {
			to++
		}
		f := c.judgeBanner(from, to)
		if f == nil || c.nextText(f.to) < 0 || !c.take(*f) {
			return
		}
		c.mark(f, dropped)
		from = f.to
	}
}

// judgeBanner weighs the paragraph [from, to): all of it, or its first line.
func (c *cutter) judgeBanner(from, to int) *candidate {
	if from >= to {
		return nil
	}
	first := strings.ToLower(strings.Trim(plainMarks(c.lines[from].norm), " -=|"))
	for _, t := range tags {
		if first == t || first == strings.Trim(t, "*") || first == strings.Trim(t, "[]")+":" {
			return &candidate{kind: Banner, from: from, to: from + 1, confidence: 0.85, evidence: "a tag: " + shorten(c.lines[from].norm)}
		}
	}
	text := strings.ToLower(plainMarks(c.join(from, to-from)))
	if len(text) > 1500 {
		return nil
	}
	if mail, _ := address(text); mail && firstMail.in(text) {
		return &candidate{kind: Banner, from: from, to: c.endOfSentences(from, to), confidence: 0.95, evidence: "Microsoft's note: " + shorten(c.lines[from].norm)}
	}
	// In HTML a box and the letter below it may stand without a line between
	// them. A long line that says it all wasn't wrapped.
	if one := c.lines[from].norm; to > from+1 && len(one) > 100 {
		if w := weighBanner(one); len(w.weights) >= 3 && w.confidence() >= c.threshold {
			for to = from + 1; len(weighBanner(c.lines[to].norm).weights) > 0; {
				if to++; to == len(c.lines) {
					break
				}
			}
			return &candidate{kind: Banner, from: from, to: to, confidence: w.confidence(), evidence: w.of(one)}
		}
	}
	w := weighBanner(text)
	if len(w.weights) < 3 {
		return nil
	}
	return &candidate{kind: Banner, from: from, to: to, confidence: w.confidence(), evidence: w.of(c.lines[from].norm)}
}

// weighBanner weighs the ideas of a text.
func weighBanner(text string) (w weighed) {
	for _, e := range outside.ideas(strings.ToLower(plainMarks(text))) {
		w.add(true, bannerTerms[e.idea].weight, strings.TrimSpace(e.text))
	}
	return w
}

// endOfSentences returns where Microsoft's note ends that begins in line from:
// with the line of its link, or its first line.
func (c *cutter) endOfSentences(from, to int) int {
	for i := from; i < to && i < from+4; i++ {
		if strings.Contains(c.lines[i].norm, "aka.ms/LearnAboutSenderIdentification") {
			return i + 1
		}
	}
	return from + 1
}
