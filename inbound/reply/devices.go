package reply

import "strings"

// sentFromMy is "sent from my" as phones and programs begin their footer, in
// lower case.
var sentFromMy = newPhrases([]string{
	"sent from my", "sent via my", "sent on my", "sent with my", "sent using my", "sent wirelessly from my", "sent by my", "typed on my", "written on my", "composed on my", "this message was sent from my", "this email was sent from my",
	"skickat från min", "skickat från mitt", "skickades från min", "skickat med min", "sänt från min",
	"gesendet von meinem", "gesendet von meiner", "gesendet mit meinem", "gesendet mit meiner", "von meinem", "von meiner", "diese nachricht wurde von meinem", "diese e-mail wurde von meinem", "geschrieben auf meinem", "verschickt von meinem",
	"envoyé de mon", "envoyé depuis mon", "envoyé à partir de mon", "envoyé avec mon", "envoyé par mon", "envoyé via mon", "envoyé sans fil par mon", "envoyé de ma", "envoyé depuis ma",
	"enviado desde mi", "enviado de mi", "enviado con mi", "enviado por mi", "enviado a partir de mi", "mandado desde mi", "enviat des del meu",
	"inviato dal mio", "inviato da mio", "inviato con il mio", "inviato tramite il mio", "inviata dal mio", "spedito dal mio",
	"verzonden vanaf mijn", "verstuurd vanaf mijn", "verzonden met mijn", "verstuurd met mijn", "gestuurd vanaf mijn", "verzonden via mijn", "verzonden vanuit mijn", "van mijn",
	"sendt fra min", "sendt fra mit", "sendt via min", "sendt med min", "lähetetty minun", "wysłano z mojego", "wysłane z mojego", "wysłano za pomocą mojego", "wiadomość wysłana z mojego",
	"enviado do meu", "enviado da minha", "enviado pelo meu", "enviado a partir do meu", "enviada do meu", "enviado de meu", "отправлено с моего", "отправлено с моей", "отправлено из моего", "надіслано з мого", "відправлено з мого", "изпратено от моя",
	"odesláno z mého", "odoslané z môjho", "trimis de pe", "trimis din", "poslano s mog", "poslano z mojega", "poslato sa mog", "στάλθηκε από το", "απεστάλη από το", "נשלח מה-", "נשלח מה", "أرسلت من", "أُرسلت من", "مرسل من", "đã gửi từ", "được gửi từ", "gửi từ", "dikirim dari", "saadetud minu",
	"послато са мог", "пратено од мојот", "odoslané z mojho", "發自我的", "发自我的", "從我的", "从我的", "ส่งจาก",
})

// sentFrom is the same without a possessive: a device must follow.
var sentFrom = newPhrases([]string{
	"sent from", "sent via", "sent with", "sent using", "sent by", "sent on", "sent through", "composed with", "composed on", "typed on", "written with", "written on", "posted from", "posted via", "delivered by", "powered by", "scanned by", "sent wirelessly", "this message was sent from", "this email was sent from", "mail sent from", "secured with", "message sent from", "message sent with",
	"skickat från", "skickat via", "skickat med", "skickad från", "skickad med", "skickades från", "sänt från", "gesendet von", "gesendet mit", "gesendet aus", "gesendet über", "gesendet via", "geschrieben mit", "versendet mit", "verschickt mit", "von", "mit",
	"envoyé de", "envoyé depuis", "envoyé à partir de", "envoyé à partir d'", "envoyé avec", "envoyé par", "envoyé via", "envoyé d’", "envoyé d'", "envoyé à l'aide", "envoyé sans fil", "provenance", "message envoyé", "enviado desde", "enviado de", "enviado con", "enviado a través", "enviado via", "enviado vía", "enviado por", "enviado mediante", "enviado a partir", "enviado do", "enviado da", "enviado pelo", "enviado pela", "enviado com", "enviado usando", "enviada do", "enviat",
	"inviato da", "inviato con", "inviato tramite", "inviato via", "inviato dal", "inviata da", "verzonden vanaf", "verzonden met", "verzonden via", "verzonden van", "verzonden vanuit", "verzonden door", "verstuurd vanaf", "verstuurd met", "verstuurd via", "verstuurd van", "gestuurd vanaf", "sendt fra", "sendt via", "sendt med", "sendt på", "lähetetty",
	"wysłano z", "wysłane z", "wysłano za pomocą", "wysłane za pomocą", "wysłano przez", "wysłany z", "wysłana z", "wysłano przy użyciu", "отправлено", "послано", "отправлено с", "надіслано", "відправлено", "изпратено от", "изпратено с", "odesláno", "odoslané", "elküldve", "küldve", "küldte", "στάλθηκε", "εστάλη", "απεστάλη", "trimis", "expediat", "poslano", "poslato", "poslané", "išsiųsta", "nosūtīts", "saadetud",
	"נשלח", "أرسل", "أُرسل", "تم الإرسال", "ارسال شده", "được gửi", "gửi", "dikirim", "dihantar", "ส่ง", "послато", "пратено", "发自", "發自", "来自", "來自",
})

// sentAfter ends such lines in languages that put the verb last.
var sentAfter = [...]string{"gesendet", "geschickt", "verschickt", "versendet", "verzonden", "verstuurd", "gestuurd", "से भेजा गया", "থেকে পাঠানো", "から送信", "から送信されました", "より送信", "で送信", "에서 보냄", "에서 전송", "에서 발송", "에서 보낸 메일", "gönderildi", "gönderilmiştir", "küldve", "elküldve", "küldték", "lähetetty", "发送", "傳送", "傳送的", "寄出", "ارسال شد"}

// fetch begins an invitation to install the program.
var fetch = newPhrases([]string{"get", "download", "hämta", "skaffa", "télécharger", "obtenez", "obtenir", "obtener", "obtén", "obtenga", "descargar", "scarica", "ottieni", "hent", "få", "hanki", "lataa", "pobierz", "obter", "obtenha", "baixar", "try", "holen sie", "laden sie"})

// devices are parts of the names of devices, programs and services that stand
// nowhere else.
var devices = newPhrases([]string{
	"iphon", "ipad", "ipod", "imac", "macbook", "apple watch", "android", "galaxy", "samsung", "nokia", "lumia", "xperia", "huawei", "xiaomi", "redmi", "oneplus", "motorola", "blackberry", "windows phone", "windows 1", "windows 版", "for windows", "für windows", "för windows", "pour windows", "para windows", "per windows", "voor windows", "til windows", "dla windows", "для windows", "windows mail",
	"smartphone", "smarttelefon", "handheld", "mobiltelefon", "mobile phone", "mobile device", "cell phone", "cellphone", "telefoon", "téléphone", "teléfono", "telefono", "telemóvel", "celular", "matkapuhelim", "puhelim", "telefonu", "телефон", "смартфон", "スマートフォン", "携帯", "手机", "手機", "휴대폰", "갤럭시", "아이폰",
	"outlook", "yahoo", "gmail", "google mail", "protonmail", "proton mail", "proton", "thunderbird", "mailbird", "mailspring", "fastmail", "icloud", "hotmail", "airmail", "bluemail", "blue mail", "mozilla", "roundcube", "zimbra", "web.de", "gmx", "seznam", "onet", "interia", "t-online", "sparrow", "superhuman", "tutanota", "tuta", "mail.ru", "яндекс", "yandex", "邮箱", "郵箱", "foxmail", "emclient", "em client", "nine", "k-9 mail", "k-9", "fairemail", "newton mail", "canary", "polymail", "mailbox app", "spike", "hey.com", "webmail", "mail app", "mail für", "mail for", "e-mail app", "naver", "네이버", "daum",
})

// shortDevices count only as whole words; a word that ends in "app" counts, too.
var shortDevices = set("phone", "mobile", "mobil", "mobiel", "móvil", "handy", "tablet", "telefon", "pixel", "lg", "htc", "sony", "zte", "oppo", "vivo", "aol", "ios", "mac", "spark", "mailbox", "app", "front", "boxer", "kindle", "watch", "mail", "e-mail", "sähköposti", "posta", "poczta", "почта", "пошта", "pošta", "4g", "5g", "verizon", "t-mobile", "vodafone", "orange", "rogers", "bell", "telus")

// programs and systems stand together in "Get Outlook for iOS".
var (
	programs = newPhrases([]string{"outlook", "yahoo mail", "bluemail", "blue mail", "gmail", "spark", "airmail", "edison mail", "mailbird", "mymail", "aol", "mail.ru", "thunderbird", "newton mail", "protonmail", "proton mail", "aqua mail", "samsung email"})
	systems  = newPhrases([]string{"ios", "android", "iphone", "ipad", "mac", "windows"})
)

// virus is "virus" in the notices that scanners put under mails, and scanners
// their names.
var (
	virus    = newPhrases([]string{"virus", "viren", "viirus", "wirus", "virüs", "vírus", "вирус", "вірус", "ウイルス", "ウィルス", "病毒", "바이러스", "malware", "vīrus", "ιού", "ιός"})
	scanners = newPhrases([]string{"avast", "avg", "avira", "norton", "mcafee", "kaspersky", "eset", "nod32", "bitdefender", "sophos", "symantec", "mailscanner", "messagelabs", "mimecast", "f-secure", "trend micro", "clamav", "barracuda", "comodo", "malwarebytes"})
	scanned  = newPhrases([]string{"checked", "scanned", "found", "free", "geprüft", "überprüft", "frei", "vérifi", "analys", "sans", "libre", "analiz", "comprob", "revis", "controll", "verificat", "privo", "gecontroleerd", "gescand", "vrij", "kontroll", "genomsök", "fri", "tjekk", "skann", "tarkist", "sprawdz", "przeskan", "wolny", "verific", "sem ", "livre", "провер", "перевір", "без", "prověř", "zkontrol", "ellenőr", "taran", "kontrol", "ないこと", "フリー", "チェック", "扫描", "掃描", "검사"}) //nolint:misspell // stems of many languages
)

// isVirusNotice knows "Virus-free. www.avast.com" and "This email has been
// checked for viruses by …".
func isVirusNotice(s string) bool {
	if !virus.in(s) && !strings.HasPrefix(s, "checked by avg") {
		return false
	}
	if strings.HasPrefix(s, "no virus found in this") {
		return true
	}
	if !scanners.in(s) {
		return len(strings.Fields(s)) <= 3 && strings.Contains(s, "virus-free") // its link was taken away
	}
	return scanned.in(s) || len(strings.Fields(s)) <= 6
}
