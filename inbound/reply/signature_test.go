package reply_test

import (
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost/inbound/reply"
)

// footers are what clients put under a mail, by language.
var footers = map[string][]string{
	"Arabic":     {"أُرسلت من الـ iPhone", "أرسلت من هاتف Samsung Galaxy الذكي."},
	"Bulgarian":  {"Изпратено от моя iPhone"},
	"Catalan":    {"Enviat des del meu iPhone"},
	"Chinese":    {"发自我的iPhone", "從我的 iPhone 傳送", "发自我的华为手机", "来自 Outlook for iOS", "从 Windows 版邮件发送"},
	"Croatian":   {"Poslano s mog iPhonea"},
	"Czech":      {"Odesláno z iPhonu", "Odesláno z mého telefonu Samsung", "Odesláno z aplikace Seznam Email"},
	"Danish":     {"Sendt fra min iPhone", "Sendt fra Yahoo Mail til Android", "Hent Outlook til iOS"},
	"Dutch":      {"Verstuurd vanaf mijn iPhone", "Verzonden vanaf mijn Samsung Galaxy-smartphone.", "Verzonden met Proton Mail", "Outlook voor Android downloaden", "Verzonden vanuit Outlook"},
	"English":    {"Sent from my iPhone", "Sent from my Verizon, Samsung Galaxy smartphone", "Sent from Yahoo Mail on Android", "Sent from Yahoo Mail. Get the app", "Sent via BlackBerry from T-Mobile", "Sent from Proton Mail mobile", "Sent with Proton Mail secure email.", "Get Outlook for iOS<https://aka.ms/o0ukef>", "Get [Outlook for Android](https://aka.ms/ghei36)", "Sent from Mail<https://go.microsoft.com/fwlink/?LinkId=550986> for Windows", "Sent from my tractor", "Sent from Outlook", "Sent from TypeMail <https://typemail.example/>", "<Sent from my Nokia>", "(Sent from my phone, please excuse brevity)", "Sent from Gmail Mobile", "Sent with Airmail", "*Sent from my HTC*", "Sent from Spike<https://spike.example/x>"},
	"Estonian":   {"Saadetud minu iPhone'ist"},
	"Finnish":    {"Lähetetty iPhonesta", "Lähetetty minun Samsung Galaxy -puhelimestani", "Hanki Outlook for iOS"},
	"French":     {"Envoyé de mon iPhone", "Envoyé depuis mon smartphone Samsung Galaxy.", "Envoyé à partir de Outlook", "Télécharger Outlook pour Android", "Envoyé depuis l'application Mail Orange", "Obtenez Outlook pour iOS"},
	"German":     {"Von meinem iPhone gesendet", "Gesendet von meinem Samsung Galaxy", "Gesendet mit der GMX Mail App", "Gesendet von Outlook für Android", "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.", "Outlook für iOS beziehen", "Von Yahoo Mail auf Android gesendet"},
	"Greek":      {"Στάλθηκε από το iPhone μου"},
	"Hebrew":     {"נשלח מה-iPhone שלי"},
	"Hungarian":  {"Elküldve az iPhone-omról", "iPhone-ról küldve"},
	"Indonesian": {"Dikirim dari iPhone saya"},
	"Italian":    {"Inviato da iPhone", "Inviato dal mio smartphone Samsung Galaxy.", "Scarica Outlook per Android", "Inviato da Libero Mail per Android"},
	"Japanese":   {"iPhoneから送信", "私のiPhoneから送信", "Outlook for iOS を入手"},
	"Korean":     {"나의 iPhone에서 보냄", "내 갤럭시에서 보냄"},
	"Norwegian":  {"Sendt fra min iPhone", "Få Outlook for iOS"},
	"Persian":    {"ارسال شده از iPhone"},
	"Polish":     {"Wysłane z iPhone'a", "Wysłano z mojego smartfona Samsung Galaxy.", "Wysłano z Poczty Onet", "Pobierz aplikację Outlook dla systemu iOS"},
	"Portuguese": {"Enviado do meu iPhone", "Enviado via iPhone", "Enviado do Yahoo Mail no Android", "Obter o Outlook para iOS", "Obter o Outlook para Android"},
	"Romanian":   {"Trimis de pe iPhone-ul meu"},
	"Russian":    {"Отправлено с iPhone", "Отправлено из мобильной Почты Mail.ru", "Отправлено с моего телефона"},
	"Slovak":     {"Odoslané z iPhonu"},
	"Spanish":    {"Enviado desde mi iPhone", "Enviado desde mi smartphone Samsung Galaxy.", "Obtener Outlook para iOS", "Enviado desde Yahoo Mail para Android"},
	"Swedish":    {"Skickat från min iPhone", "Skickat från Outlook för Android", "Hämta Outlook för iOS", "Skickat från min Samsung Galaxy-enhet"},
	"Hindi":      {"मेरे iPhone से भेजा गया"},
	"Serbian":    {"Послато са мог iPhone-а"},
	"Slovene":    {"Poslano iz mojega iPhona"},
	"Thai":       {"ส่งจาก iPhone ของฉัน"},
	"Turkish":    {"iPhone'umdan gönderildi", "iPhone'dan gönderildi"},
	"Ukrainian":  {"Надіслано з iPhone"},
	"Vietnamese": {"Đã gửi từ iPhone của tôi", "Được gửi từ iPhone của tôi"},
	"scanners":   {"<https://www.avast.com/sig-email?x=y>\nVirus-free.www.avast.com\n<https://www.avast.com/sig-email?x=y>", "Virus-free. www.avast.com", "Virus-free.www.avg.com<https://www.avg.com/email-signature>", "This email has been checked for viruses by Avast antivirus software.\nhttps://www.avast.com/antivirus", "Diese E-Mail wurde von Avast Antivirus-Software auf Viren geprüft.", "Cet e-mail a été vérifié par le logiciel antivirus d'Avast.", "El software de antivirus Avast ha analizado este correo electrónico en busca de virus.", "Virenfrei. www.avast.com", "Libre de virus. www.avast.com", "No virus found in this message.\nChecked by AVG - www.avg.com"},
}

func TestFooters(t *testing.T) {
	for language, lines := range footers {
		for _, s := range lines {
			for what, in := range map[string]string{
				"at the end":     fresh + "\n\n" + s + "\n",
				"directly below": fresh + "\n" + s,
				"above a quote":  fresh + "\n\n" + s + "\n\nOn 3 May 2022, at 10:11, Maja <maja@lind.example> wrote:\n> How many?",
				"on top":         s + "\n\n" + fresh,
			} {
				if what == "on top" && strings.Contains(s, "\n") {
					continue
				}
				if what == "on top" && s == "Sent from my tractor" {
					continue // no device: only at the end
				}
				if r := reply.Text(in, reply.Hints{}); r.Text != fresh {
					t.Errorf("%s, %s: %q gave %q", language, what, s, r.Text)
				}
			}
		}
	}
}

func TestSignatures(t *testing.T) {
	for name, s := range map[string]string{
		"delimiter":              "-- \nMaja Lind\nLind AB",
		"no space":               "--\nMaja Lind",
		"long dash":              "—\nMaja Lind\nLind AB",
		"no-break space":         "--\u00a0\nMaja",
		"above a quote":          "-- \nMaja\n\nOn 3 May 2022, at 10:11, Maja <maja@lind.example> wrote:\n> How many?",
		"under a quote":          "On 3 May 2022, at 10:11, Maja <maja@lind.example> wrote:\n> How many?\n\n-- \nMaja",
		"both, and a footer":     "Sent from my iPhone\n\n> How many?\n\n-- \nMaja",
		"ruler and contact data": "_______________________\nmaja@lind.example\n+46 70 123 45 67\nwww.lind.example\nFax: 046 12 34 57",
		"mailing list":           "_______________________________________________\nboxes mailing list\nboxes@lists.example\nhttps://lists.example/listinfo/boxes",
		"Google Groups":          "-- \nYou received this message because you are subscribed to the Google Groups \"boxes\" group.\nTo unsubscribe from this group, send an email to boxes+unsubscribe@groups.example.",
		"contact data":           "Maja Lind\nSales\nTel: +46 70 123 45 67\nFax: +46 70 123 45 68\nmaja@lind.example\nwww.lind.example",
		"bank and tax":           "*Maja Lind* | *Sales*\n*Tel +46 70 123 45 67*\n\n[image: Lind]\n\nStorgatan 1, 222 22 Lund\n\n*VAT SE1234567890*\n*IBAN SE00 0000 0000*",
		"and a disclaimer":       "Maja Lind\nTel: +46 70 123 45 67\nmaja@lind.example\nwww.lind.example\n\nThis e-mail is confidential and intended solely for the addressee. If you have received it in error, please notify the sender and delete it. Copying is prohibited.",
		"Streak":                 "-- \nMaja\n\nᐧ",
	} {
		r := reply.Text(fresh+"\n\n"+s+"\n", reply.Hints{})
		if r.Text != fresh || r.Quoted != s {
			t.Errorf("%s: %q, cut %q", name, r.Text, r.Quoted)
		}
	}
}

// TestSignOffStays: what people sign with is theirs; what stands below isn't.
func TestSignOffStays(t *testing.T) {
	for _, signed := range []string{
		"Best regards\nMaja", "Kind regards,\n\nMaja Lind", "Mit freundlichen Grüßen\nMaja Lind", "Med vänlig hälsning\nMaja", "Cordialement,\nMaja", "Saludos\nMaja", "С уважением,\nМайя", "Thanks!\nMaja", "/Maja", "- Maja",
	} {
		want := fresh + "\n\n" + signed
		for name, below := range map[string]string{
			"nothing":      "",
			"contact data": "\nSales\n+46 70 123 45 67\nmaja@lind.example\nwww.lind.example",
			"a delimiter":  "\n\n-- \nMaja Lind\nLind AB",
			"a footer":     "\n\nSent from my iPhone",
		} {
			if name == "contact data" && (strings.HasPrefix(signed, "/") || strings.HasPrefix(signed, "-") || strings.HasPrefix(signed, "С") || strings.HasSuffix(signed, "Lind")) {
				continue
			}
			if r := reply.Text(want+below, reply.Hints{}); r.Text != want {
				t.Errorf("%q, %s: %q", signed, name, r.Text)
			}
		}
	}
	// A ruler under a sign-off ends the letter.
	in := fresh + "\n\nKind regards,\n\nMaja\n\n* * *\n\nThe best boxes of the north"
	if r := reply.Text(in, reply.Hints{}); !strings.HasSuffix(r.Text, "Maja") {
		t.Errorf("%q", r.Text)
	}
}

// TestFooterInTheMiddle goes alone; what is below may be new, and is folded.
func TestFooterInTheMiddle(t *testing.T) {
	r := reply.Text(fresh+"\n\nSent from my iPhone\n\nHow many boxes?\nMaja", reply.Hints{})
	if want := fresh + "\n\n\nHow many boxes?\nMaja"; r.Text != want || r.Text[r.Fold:] != "\nHow many boxes?\nMaja" {
		t.Errorf("%q, folded %q", r.Text, r.Text[r.Fold:])
	}
}

func TestDisclaimers(t *testing.T) {
	for language, s := range map[string]string{
		"English":     "This email and any attachments are confidential and intended solely for the addressee. If you have received it in error, please notify the sender and delete it.",
		"wrapped":     "CONFIDENTIALITY NOTICE: The information contained in this message may be\nprivileged and is meant for the intended recipient only. Any dissemination\nis strictly prohibited.",
		"German":      "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Adressat sind, informieren Sie bitte den Absender und vernichten Sie diese Mail. Die unbefugte Weitergabe ist nicht gestattet.",
		"French":      "Ce message est confidentiel et destiné exclusivement à son destinataire. Si vous l'avez reçu par erreur, merci d'avertir l'expéditeur et de le détruire. Toute diffusion est interdite.", //nolint:misspell // French
		"Spanish":     "Este mensaje es confidencial y va dirigido exclusivamente a su destinatario. Si lo ha recibido por error, notifíquelo y proceda a eliminarlo; queda prohibida su divulgación.",           //nolint:misspell // Spanish
		"Italian":     "Questo messaggio è riservato e destinato esclusivamente al destinatario. Se ricevuto per errore, si prega di avvisare il mittente e di cancellarlo; ne è vietata la diffusione.",         //nolint:misspell // Italian
		"Dutch":       "Dit bericht is vertrouwelijk en uitsluitend bestemd voor de geadresseerde. Indien u dit bericht ten onrechte ontvangt, verzoeken wij u de afzender te informeren en het te verwijderen.",
		"Swedish":     "Detta meddelande är konfidentiellt och avsett för mottagaren. Har du fått detta av misstag, vänligen meddela avsändaren och radera det. Spridning är förbjuden.",
		"Danish":      "Denne e-mail er fortrolig og beregnet for modtageren. Har du modtaget den ved en fejl, bedes du underrette afsenderen og slette den.",
		"Finnish":     "Tämä viesti on luottamuksellinen ja tarkoitettu vain vastaanottajalle. Jos sait sen vahingossa, ilmoita lähettäjälle ja poista viesti.",
		"Polish":      "Ta wiadomość jest poufna i przeznaczona wyłącznie dla adresata. Jeśli otrzymali ją Państwo omyłkowo, prosimy poinformować nadawcę i usunąć ją. Rozpowszechnianie jest zabronione.",
		"Portuguese":  "Esta mensagem é confidencial e de uso exclusivo do destinatário. Se a recebeu por engano, avise o remetente e apague-a. É proibida a sua divulgação.", //nolint:misspell // Portuguese
		"Russian":     "Это сообщение конфиденциально и предназначено только адресату. Если вы получили его по ошибке, сообщите отправителю и удалите его.",
		"Czech":       "Tato zpráva je důvěrná a určená pouze adresátovi. Pokud jste ji obdrželi omylem, informujte odesílatele a smažte ji.", //nolint:misspell // Czech
		"Turkish":     "Bu e-posta gizli olup yalnızca alıcısı içindir. Yanlışlıkla size ulaştıysa göndereni bilgilendirip siliniz; çoğaltılması yasaktır, bildiriniz.",
		"environment": "Please consider the environment before printing this e-mail.",
		"Umwelt":      "Bitte denken Sie an die Umwelt, bevor Sie diese E-Mail ausdrucken.",
		"two":         "This e-mail is confidential and intended only for the addressee. If you got it in error, please notify the sender and delete it.\n\nPlease consider the environment before printing this e-mail.",
	} {
		r := reply.Text(fresh+"\n\nBest regards\nMaja\n\n"+s+"\n", reply.Hints{})
		if want := fresh + "\n\nBest regards\nMaja"; r.Text != want || r.Quoted != s {
			t.Errorf("%s: %q, %+v", language, r.Text, r.Cuts)
		}
	}
}

func TestBanners(t *testing.T) {
	for name, s := range map[string]string{
		"tag":               "[EXTERNAL]",
		"tag, bold":         "**[External Email]**",
		"caution":           "CAUTION: This email originated from outside of the organization. Do not click links or open attachments unless you recognize the sender and know the content is safe.",
		"wrapped":           "CAUTION: This email originated from outside of the organization. Do not\nclick links or open attachments unless you recognize the sender.",
		"Microsoft":         "You don't often get email from nils@lind.example. Learn why this is important<https://aka.ms/LearnAboutSenderIdentification>",
		"Microsoft, German": "Sie erhalten nicht oft E-Mails von nils@lind.example. Erfahren Sie, warum dies wichtig ist<https://aka.ms/LearnAboutSenderIdentification>",
		"German":            "ACHTUNG: Diese E-Mail kommt von einem externen Absender. Klicken Sie auf keine Links und öffnen Sie keine Anhänge.",
		"French":            "ATTENTION : cet e-mail vient d'un expéditeur externe. Ne cliquez pas sur les liens et n'ouvrez pas les pièces jointes.",
		"Spanish":           "PRECAUCIÓN: este correo viene de fuera de la organización. No haga clic en enlaces.",
		"Dutch":             "LET OP: Deze e-mail komt van buiten de organisatie. Klik niet op links en open geen bijlagen.",
		"Swedish":           "VARNING: Detta mejl kommer från en extern avsändare utanför organisationen. Klicka inte på länkar.",
		"Italian":           "ATTENZIONE: questa e-mail viene da un mittente esterno. Non cliccare sui link e non aprire gli allegati.",
		"Polish":            "UWAGA: ta wiadomość pochodzi spoza organizacji. Nie klikaj w linki i nie otwieraj załączników.",
	} {
		r := reply.Text(s+"\n\n"+fresh+"\n", reply.Hints{})
		if r.Text != fresh || r.Quoted != s || r.Cuts[0].Kind != reply.Banner {
			t.Errorf("%s: %q, %+v", name, r.Text, r.Cuts)
		}
	}
	in := "The banner says:\n[EXTERNAL]\nWhy?"
	if r := reply.Text(in, reply.Hints{}); r.Text != in {
		t.Errorf("%q", r.Text)
	}
}
