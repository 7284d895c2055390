//nolint:misspell // the words are Swedish
package templates

import (
	"strconv"
	"time"

	xlanguage "golang.org/x/text/language"

	"github.com/tradepost-mail/tradepost"
)

// swedish says du, as Swedish letters do.
func swedish() language {
	n := numbers{xlanguage.Swedish, false}
	count := n.count
	list := func(names []string, more int) string {
		others := ""
		if more > 0 {
			others = n.number(more) + " till"
		}
		return enumerate(names, " och ", others)
	}
	days := [...]string{"sön", "mån", "tis", "ons", "tors", "fre", "lör"}
	months := [...]string{"jan", "feb", "mars", "apr", "maj", "juni", "juli", "aug", "sep", "okt", "nov", "dec"}
	dayMonth := func(t time.Time) string { return strconv.Itoa(t.Day()) + " " + months[t.Month()-1] }
	return language{
		tag: "sv",
		dir: "ltr",

		numbers: n,

		aMerchant:   "En handlare",
		aPartner:    "En partner",
		theMerchant: "handlaren",
		theOther:    "motparten",

		colon: ": ",
		list:  list,

		via:       "{name} via {market}",
		noStore:   "Ingen butik ännu",
		noText:    "(Meddelandet har ingen text.)",
		noName:    "fil utan namn",
		attached:  "Bifogat: {file}, {size}",
		elsewhere: "I konversationen: {file}, {size}",
		moreFiles: func(n int) string { return "Och " + count(n, "fil till", "filer till") },
		size:      units{"okänd storlek", "byte", "byte", []string{"kB", "MB", "GB", "TB"}, " ", ","}.size,

		kinds: map[string]string{
			"service":       "Tjänst",
			"opportunity":   "Uppdragsförfrågan",
			"qualification": "Ansökan om kvalificering",
			"inventory":     "Lagerförfrågan",
			"product":       "Produktuppdatering",
			"integration":   "Integration",
		},
		anyKind: "Meddelande",

		replyHint: "Svara på det här mejlet: {name} får svaret utan din adress.",
		open:      "Öppna konversationen",
		readRest:  "Läs resten",
		cutHere:   "Meddelandet fortsätter i konversationen.",
		signed:    "{name}, {partner}",
		re:        "Re: ",

		digestHeading: func(unread, conversations int) string {
			return count(unread, "oläst meddelande", "olästa meddelanden") + " i " + count(conversations, "konversation", "konversationer")
		},
		digestSubject: func(unread int, names []string, more int) string {
			return count(unread, "oläst", "olästa") + ": " + list(names, more)
		},
		digestIntro:   "{partner}, {window}.",
		digestReplies: "Svara på var och en med dess egen svarslänk.",
		digestMarks:   "Skriv under var och en, eller svara på en av dem.",
		answerHere:    "Skriv under den här raden för att svara {name} här.",
		replyTo:       "Svara {name}",
		openShort:     "Öppna",
		moreMessages:  func(n int) string { return "Och " + count(n, "meddelande till", "meddelanden till") },
		moreTalks:     func(n int) string { return "Och " + count(n, "konversation till", "konversationer till") },
		moreTalksNoLink: func(n int) string {
			return "Och " + count(n, "konversation till", "konversationer till") + " i din inkorg"
		},

		day:       func(t time.Time) string { return days[t.Weekday()] + " " + dayMonth(t) },
		date:      func(t time.Time) string { return dayMonth(t) + " " + strconv.Itoa(t.Year()) },
		untilNow:  "fram till nu",
		untilThen: "fram till {until}",
		fromTo:    "{from} till {until}",
		timeless:  "Oläst",

		answers: map[string]refusal{
			"too_big": {what: "Inte skickat: ditt mejl är större än {size}.",
				do: "Skicka det igen med färre eller mindre bilagor."},
			"file_refused": {what: "Inte skickat: filer av det här slaget tas inte emot.",
				do: "Skicka mejlet igen utan filen. En länk i texten går bra."},
			"ambiguous": {what: "Inte skickat: mejlet du svarade på innehåller flera konversationer.",
				do: "Svara igen med svarslänken under den konversation du menar."},
			"not_a_member": {
				subject: "Inte skickat: du är inte längre med i {name}",
				what:    "Inte skickat: du är inte längre med i {name}.",
				unnamed: "Inte skickat: du är inte längre med hos den här partnern.",
				do:      "Be ägaren att lägga till dig.",
			},
			"expired": {what: "Inte skickat: adressen du svarade till är för gammal.",
				do: "Svara på det senaste mejlet i konversationen."},
			"revoked": {what: "Inte skickat: adressen du svarade till har spärrats.",
				do: "Svara på ett nyare mejl i konversationen."},
			"no_token": {what: "Inte skickat: ingen konversation har adressen du skrev till.",
				do: "Svara på det senaste mejlet i konversationen och låt adressen vara som den är."},
			"empty": {what: "Inte skickat: ditt mejl innehåller ingen ny text.",
				do: "Skriv ditt svar ovanför det citerade mejlet och skicka det igen."},
			"closed": {what: "Inte skickat: konversationen är stängd.",
				do: "Det går inte att lägga till fler meddelanden."},
			"blocked": {
				what:    "Inte skickat: inga meddelanden utbyts längre med {name}.",
				unnamed: "Inte skickat: inga meddelanden utbyts längre i den här konversationen.",
				do:      "Ditt mejl kom inte med i konversationen. Du behöver inte göra något.",
			},
			"unknown_command": {
				subject: "Inget gjort: vi förstod inte ett kommando",
				what:    "Inget gjort: en rad i ditt mejl gick inte att läsa som ett kommando.",
				do:      "Inget annat i mejlet har heller gjorts eller lagts till. Rätta raden och skicka mejlet igen.",
			},
			"unclear_answer": {
				subject: "Inte förstått: ditt svar",
				what:    "Inte förstått: ditt svar på vår fråga. Det kan vara något av följande:",
				do:      "Svara på frågan igen, med ett av dem ensamt på första raden.",
			},
			"unsupported": {what: "Inte skickat: ett mejl av det här slaget kan inte läggas till.",
				do: "Skriv ett vanligt mejl och skicka det."},
			"breaker": {held: true, what: "Väntar: ovanligt många mejl har kommit in.",
				do: "En människa tittar på ditt. Skicka det inte igen."},
			"unauthenticated": {held: true, what: "Väntar: din e-postleverantör går inte i god för din adress.",
				do: "Ett andra mejl frågar om det var du, eller så tittar en människa på det. Skicka det inte igen."},
			"held": {held: true, what: "Väntar: en människa tittar först på ditt mejl.",
				do: "Du behöver inte göra något. Skicka det inte igen."},
		},
		notSent:        "Inte skickat: ditt svar till {name}",
		notSentUnnamed: "Inte skickat: ditt svar",
		held:           "Väntar: ditt svar till {name}",
		heldUnnamed:    "Väntar: ditt svar",
		nothingPosted:  "Du får det här eftersom ett mejl från din adress nådde {market}. Inget av det har lagts till.",
		heldSoFar:      "Du får det här eftersom ett mejl från din adress nådde {market}. Inget av det har lagts till ännu.",

		commandsStand: "Kommandon står först i mejlet, vart och ett på en egen rad:",
		commands: map[tradepost.Verb]string{
			tradepost.VerbDone:      "markerar det senaste meddelandet som klart",
			tradepost.VerbMark:      "sätter en emoji på det senaste meddelandet",
			tradepost.VerbUnmark:    "tar bort markeringen",
			tradepost.VerbTag:       "sätter taggar på konversationen",
			tradepost.VerbUntag:     "tar bort taggar",
			tradepost.VerbQualify:   "kvalificerar handlaren, med teamets kod eller en annan",
			tradepost.VerbUnqualify: "tar tillbaka kvalificeringen",
			tradepost.VerbNote:      "skriver en anteckning till teamet; handlaren ser den aldrig",
			tradepost.VerbMute:      "stoppar dina mejl om konversationen",
			tradepost.VerbDecline:   "tackar nej till förfrågan",
			tradepost.VerbBlock:     "blockerar handlaren för gott; frågar först",
			tradepost.VerbDelete:    "raderar konversationen för gott; frågar först",
			tradepost.VerbUndo:      "tar tillbaka ditt senaste svar medan det ännu väntar, eller ditt senaste kommando medan det går",
			tradepost.VerbWhy:       "säger hur du fick veta om varje meddelande, eller varför inte",
			tradepost.VerbHelp:      "räknar upp kommandona",
		},
		actions: map[tradepost.Verb]string{
			tradepost.VerbDone:    "Markera som klart",
			tradepost.VerbDecline: "Tacka nej",
			tradepost.VerbMute:    "Tysta konversationen",
			tradepost.VerbQualify: "Kvalificera {name}",
			tradepost.VerbBlock:   "Blockera {name}",
			tradepost.VerbDelete:  "Radera konversationen",
		},

		footer: footerWords{settings: "Inställningar", stop: "Stoppa sammanfattningar", stopThese: "Stoppa sådana här mejl", why: "Varför det här mejlet",
			whyByMail: "Svara med /why på första raden så får du veta varför du fick det här mejlet."},
		reminder: reminderWords{
			subject: "Obesvarat i {time}: {name}", says: "Inget svar från {partner} på {time}.",
			hours: func(k int) string { return n.count(k, "timme", "timmar") },
			days:  func(k int) string { return n.count(k, "dag", "dagar") },
			why:   "Du får det här eftersom en första kontakt inte har fått svar, {as}. Påminnelsen kommer en gång.",
		},
		proposal: proposalWords{
			subject: "Offert: {matter}", price: "Pris: {price}",
			days:       func(days int) string { return "Beräknad tid: " + n.count(days, "dag", "dagar") },
			milestones: "Delmål:", terms: "Villkor:", accept: "Godkänn offerten", decline: "Tacka nej",
			accepting: "När du godkänner öppnas ett uppdrag. Sidan frågar en gång till innan något händer.",
			answers: map[ProposalState]proposalNews{
				ProposalAccepted:  {"{name} har godkänt: {matter}", "{name} har godkänt teamets offert.", "Nu är ett uppdrag öppet. Svara här för att komma överens om starten."},
				ProposalDeclined:  {"{name} har tackat nej: {matter}", "{name} har tackat nej till teamets offert.", "Inget uppdrag öppnades. Ni kan skicka en ny offert."},
				ProposalWithdrawn: {"Offerten är tillbakadragen: {matter}", "{name} har dragit tillbaka offerten.", "Den kan inte längre godkännas. Svara på det här mejlet om du har frågor."},
			},
			why: "Du får det här eftersom ditt team har skickat en offert, {as}.",
		},
		signIn: signInWords{
			subject: "Logga in på {market}", what: "Länken fungerar en gång, i {minutes}.", button: "Logga in",
			minutes: func(k int) string { return n.count(k, "minut", "minuter") },
			page:    "Den öppnar en sida med en knapp som loggar in dig.", asked: "Begärd: {time}.", from: "Från: {from}",
			notYou: "Om det inte var du behöver du inte göra något: utan det här mejlet kommer ingen in.",
			why:    "Du får det här eftersom någon bad om en inloggningslänk till din adress på {market}.",
		},
		signInPage: signInPageWords{
			states: map[string]notice{
				SignInAsk:       {"Logga in på {market}", "Skriv din e-postadress. Vi skickar en länk; det finns inget lösenord."},
				SignInSent:      {"Titta i din e-post", "Om adressen hör till en medlem är en länk på väg. Den fungerar en gång, i 15 minuter, och bara i den här webbläsaren."},
				SignInGo:        {"Logga in på {market}", "Ett tryck, så är du inne."},
				SignInElsewhere: {"Länken passar inte den här webbläsaren", "Öppna den i webbläsaren där du bad om den, eller be om en ny här."},
				SignInOver:      {"Länken gäller inte längre", "Den har redan använts, eller är äldre än 15 minuter."},
				SignInDone:      {"Du är inloggad", "Du kan stänga sidan."},
			},
			label: "E-postadress", ask: "Skicka en länk", as: "Logga in som {name}, {partner}", again: "Be om en ny länk",
		},
		confirmed: confirmedWords{
			changed: "Dina mejlinställningar har ändrats", changedNow: "De här inställningarna gäller nu för dina mejl från {partner}:",
			alerts: map[tradepost.AlertSetting]string{
				tradepost.AlertFirstContact: "Genast: vid en första kontakt", tradepost.AlertNewConversation: "Genast: vid varje ny konversation",
				tradepost.AlertEveryMessage: "Genast: vid varje meddelande", tradepost.AlertNever: "Genast: inget",
			},
			everyHour: "Sammanfattningar: varje timme", everyHours: func(hours int) string { return "Sammanfattningar: var " + n.number(hours) + ":e timme" },
			daily: "Sammanfattningar: en gång om dagen, {time}", noDigest: "Sammanfattningar: inga", quiet: "Tysta timmar: {from} till {until}, {zone}", notQuiet: "Tysta timmar: inga",
			stopped: "Sammanfattningarna är stoppade", stoppedNow: "Du får inga fler sammanfattningar från {partner}.",
			stoppedMeans: "Meddelandena väntar i inkorgen. Övriga mejl kommer som förut.", again: "Starta sammanfattningarna igen",
			againHow: "Slå på sammanfattningar i dina inställningar för att få dem tillbaka.",
			notYou:   "Om det inte var du, titta på dina inställningar.", why: "Du får det här eftersom dina mejlinställningar har ändrats, {as}.",
		},

		question: questionWords{
			wasYou:        "Var det du? Ett mejl till {name}",
			wasYouUnnamed: "Var det du? Ett mejl väntar",
			wasYouTitle:   "Var det du?",
			came:          "Ett mejl till {name} kom in via din svarsadress. Det väntar; inget av det har lagts till.",
			cameUnnamed:   "Ett mejl kom in via din svarsadress. Det väntar; inget av det har lagts till.",
			from:          "Det kom från {from}.",
			unclear:       "Det säger inte tydligt vem som skickade det.",
			whyHeld: map[tradepost.Reason]string{
				tradepost.ReasonWrongSender:     "Det är inte en av dina adresser.",
				tradepost.ReasonAuthentication:  "Adressen klarade inte kontrollen: någon annan kan ha skickat det.",
				tradepost.ReasonUnauthenticated: "Ingen går i god för att det kom därifrån.",
				tradepost.ReasonSeveralFrom:     "Det anger flera avsändare.",
			},
			subject:     "Ämne: {subject}",
			received:    "Mottaget: {time}",
			revokeMeans: "Om du spärrar dem slutar den här konversationens svarsadresser att fungera, i alla mejl du har. Nya mejl har nya.",

			which:       "Vilken konversation? Ditt svar väntar",
			whichTitle:  "Vilken konversation?",
			whichWhat:   "Ditt svar väntar: vi kunde inte avgöra vilken konversation det hör till. Den här texten har inte lagts till ännu.",
			youWrote:    "Du skrev:",
			keptWhole:   "Det här är början. Vi sparar hela texten.",
			twoWays:     "Svarslänken skriver ett nytt svar, med din text ifylld där ditt e-postprogram gör det; ”Skicka texten till …” skickar det du skrev som det är.",
			twoWaysBare: "Svarslänken skriver ett nytt svar; ”Skicka texten till …” skickar det du skrev som det är.",
			tooLong:     "Din text är för lång för att fyllas i åt dig: kopiera in den i ditt svar.",
			noChoice:    "Svara på det senaste mejlet i den konversation du menar.",
			postTo:      "Skicka texten till {name}",

			confirm: "{question} Bekräfta",
			asks:    "Ett mejl i ditt namn ber om det här: {command}",

			byMail:     "Eller svara på det här mejlet med raden {lines}.",
			onlyByMail: "Svara på det här mejlet med en rad:",
			or:         " eller ",
			silence: map[tradepost.QuestionKind]string{
				tradepost.QuestionSender:       "Utan ditt svar läggs inget till.",
				tradepost.QuestionConversation: "Utan ditt val läggs svaret inte till.",
				tradepost.QuestionConfirm:      "Utan ditt svar händer inget.",
			},
			ends: func(days int) string { return "Frågan gäller i " + count(days, "dag", "dagar") + "." },
			why: map[tradepost.QuestionKind]string{
				tradepost.QuestionSender:       "Du får det här eftersom ett mejl till din svarsadress nådde {market}.",
				tradepost.QuestionConversation: "Du får det här eftersom ett mejl från dig nådde {market}.",
				tradepost.QuestionConfirm:      "Du får det här eftersom ett mejl med ett kommando nådde {market}.",
			},
			forPerson: "Till {name}.",
		},

		transcript: transcriptWords{
			done:       "Klart: {what}",
			notDone:    "Inte gjort: {what}",
			toConfirm:  "Att bekräfta: {what}",
			titleDone:  "Klart",
			titlePart:  "Delvis klart",
			titleNot:   "Inte gjort",
			titleWaits: "Väntar på din bekräftelse",
			titleHelp:  "Kommandona",
			titleWhy:   "Så fick du veta",
			past: map[tradepost.Verb]string{
				tradepost.VerbDone: "markerat som klart", tradepost.VerbMark: "markerat", tradepost.VerbUnmark: "avmarkerat",
				tradepost.VerbTag: "taggat", tradepost.VerbUntag: "taggar borttagna", tradepost.VerbQualify: "kvalificerat",
				tradepost.VerbUnqualify: "kvalificering tillbakatagen", tradepost.VerbNote: "antecknat", tradepost.VerbMute: "tystat",
				tradepost.VerbDecline: "tackat nej", tradepost.VerbBlock: "blockerat", tradepost.VerbDelete: "raderat",
				tradepost.VerbUndo: "tillbakataget", tradepost.VerbWhy: "förklarat", tradepost.VerbHelp: "uppräknat",
			},
			pastPosted:     "meddelandet tillagt",
			subjectRefused: "Inte tillagt",

			posted:    "Ditt meddelande har lagts till.",
			notPosted: "Ditt meddelande har inte lagts till.",
			did: map[tradepost.Verb]string{
				tradepost.VerbDone:      "Markerat som klart.",
				tradepost.VerbMark:      "Markerat med {text}.",
				tradepost.VerbUnmark:    "Markeringen är borttagen.",
				tradepost.VerbTag:       "Taggat: {tags}.",
				tradepost.VerbUntag:     "Borttagna taggar: {tags}.",
				tradepost.VerbQualify:   "Kvalificerad med teamets kod: {name}.",
				tradepost.VerbUnqualify: "Kvalificeringen är tillbakatagen: {name}.",
				tradepost.VerbNote:      "Antecknat för teamet. Handlaren ser det aldrig:",
				tradepost.VerbMute:      "Tystat: du får inga fler mejl om konversationen.",
				tradepost.VerbDecline:   "Du har tackat nej, även till ett öppet uppdrag om det fanns ett.",
				tradepost.VerbBlock:     "Blockerad för gott: {name}.",
				tradepost.VerbDelete:    "Konversationen är raderad för gott.",
				tradepost.VerbUndo:      "Ditt senaste kommando är tillbakataget.",
				tradepost.VerbWhy:       "Så fick du veta om varje meddelande:",
				tradepost.VerbHelp:      "Kommandon står först i mejlet, vart och ett på en egen rad:",
			},
			already: map[tradepost.Verb]string{
				tradepost.VerbDone:      "Det var redan markerat som klart.",
				tradepost.VerbMark:      "Det hade redan markeringen {text}.",
				tradepost.VerbUnmark:    "Det fanns ingen markering att ta bort.",
				tradepost.VerbTag:       "Taggarna fanns redan: {tags}.",
				tradepost.VerbUntag:     "Ingen av taggarna fanns: {tags}.",
				tradepost.VerbQualify:   "Redan kvalificerad: {name}.",
				tradepost.VerbUnqualify: "Det fanns ingen kvalificering att ta tillbaka: {name}.",
				tradepost.VerbNote:      "Anteckningen fanns redan:",
				tradepost.VerbMute:      "Konversationen var redan tystad.",
				tradepost.VerbDecline:   "Ni hade redan tackat nej.",
				tradepost.VerbBlock:     "Redan blockerad: {name}.",
				tradepost.VerbDelete:    "Konversationen var redan raderad.",
				tradepost.VerbUndo:      "Det fanns inget att ta tillbaka.",
				tradepost.VerbWhy:       "Inget är antecknat om de här meddelandena.",
				tradepost.VerbHelp:      "Skicka bara /help för att se kommandona.",
			},
			qualifiedCode: "Kvalificerad med koden {text}: {name}.",
			didAny:        "Klart: {command}",
			alreadyAny:    "Inget ändrades: {command}",
			undoneReply:   "Ditt svar är tillbakataget. Det når aldrig {name}.",
			undone:        "Tillbakataget: {command}",
			asked:         "Inte gjort ännu: {command}. Ett andra mejl ber dig bekräfta det.",
			refused:       "Inte gjort: {command}.",
			refusedBecause: map[string]string{
				tradepost.CommandNothingToUndo: "Det finns inget att ta tillbaka.",
				tradepost.CommandTooLate:       "Det är för sent: svaret är på väg, eller tiden är ute.",
				tradepost.CommandNoMessage:     "Det finns inget meddelande att göra det med.",
				tradepost.CommandNoCode:        "Teamet har ingen egen kod. Ange en: /qualify KOD",
				tradepost.CommandNotAllowed:    "Bara en ägare i teamet får göra det.",
				tradepost.CommandTooMany:       "Du har fått för många frågor om bekräftelse i dag. Försök igen i morgon.",
				tradepost.CommandBlocked:       "Handlaren är blockerad för gott.",
			},
			nothing: "Inget gjordes.",

			told: map[tradepost.Outcome]string{
				"":                       "Du har inte fått veta det ännu.",
				tradepost.Alerted:        "Du fick ett mejl genast.",
				tradepost.Digested:       "Du fick det i en sammanfattning.",
				tradepost.Relayed:        "Det skickades vidare som mejl.",
				tradepost.ReadFirst:      "Inget mejl: du hade läst det.",
				tradepost.Answered:       "Inget mejl: en kollega hade svarat.",
				tradepost.Suppressed:     "Inget mejl: din adress tar inte emot några.",
				tradepost.OutcomeSkipped: "Inget mejl.",
				tradepost.OutcomeFailed:  "Mejlet gick inte att leverera.",
			},
			toldWhy: map[string]string{
				string(tradepost.AlertFirstContact):    "Din inställning: mejl vid en första kontakt.",
				string(tradepost.AlertNewConversation): "Din inställning: mejl vid varje ny konversation.",
				string(tradepost.AlertEveryMessage):    "Din inställning: mejl vid varje meddelande.",
				tradepost.ReasonMarked:                 "Det var redan markerat.",
				tradepost.ReasonDeleted:                "Det var redan raderat.",
				tradepost.ReasonBlocked:                "Handlaren var redan blockerad.",
				tradepost.ReasonMuted:                  "Du har tystat konversationen.",
				tradepost.ReasonUndone:                 "Avsändaren tog tillbaka det.",
				tradepost.ReasonMemberGone:             "Du var inte med i teamet då.",
				tradepost.ReasonOptedOut:               "Dina inställningar ber inte om något.",
				tradepost.ReasonNothingLeft:            "Det fanns inget kvar att berätta.",
				tradepost.ReasonAlertCapped:            "För många mejl kom inom en timme, så det fick vänta på sammanfattningen.",
				tradepost.ReasonGaveUp:                 "Din e-postserver tog inte emot det på flera dagar.",
				tradepost.ReasonUnknown:                "Din e-postserver svarade inte, två gånger.",
				tradepost.ReasonLapsed:                 "Utskicket avbröts gång på gång.",
			},
			sent:      "Skickat {time} till {address}.",
			sentBare:  "Skickat {time}.",
			noTold:    "Inget är antecknat om de här meddelandena.",
			moreLines: func(n int) string { return "Och " + count(n, "kommando till", "kommandon till") + "." },
			why:       "Du får det här eftersom ett mejl från dig nådde {market}.",
		},

		pages: pageWords{
			asks: map[string]asking{
				"done":    {title: "Markera som klart?", text: "Det senaste meddelandet i det mejlet markeras som klart, för hela teamet. Konversationen är med {name}.", button: "Markera som klart"},
				"qualify": {title: "Kvalificera {name}?", text: "Ditt team kvalificerar {name} med teamets egen kod.", button: "Kvalificera"},
				"mute":    {title: "Tysta konversationen?", text: "Du får inga fler mejl om konversationen med {name}. Dina kollegor får dem fortfarande.", button: "Tysta"},
				"decline": {title: "Tacka nej till förfrågan?", text: "Ditt team tackar nej till förfrågan från {name}. Ett öppet uppdrag avböjs också.", button: "Tacka nej"},
				"block": {title: "Blockera {name}?", button: "Blockera för gott", final: true,
					text: "Inga fler meddelanden når ditt team från {name}, på något sätt. Öppna offerter, uppdrag och fakturor stängs."},
				"delete": {title: "Radera konversationen?", button: "Radera för gott", final: true,
					text: "Hela konversationen med {name} försvinner, för hela teamet: meddelanden, filer och mejl."},
				"approve": {title: "Var det du?", text: "Mejlet till {name} läggs till som ditt.", button: "Ja, lägg till det"},
				"add": {title: "Är adressen din?", button: "Ja, och lägg till adressen",
					text: "Mejlet till {name} läggs till som ditt. Det här blir en av dina adresser: {detail}"},
				"revoke": {title: "Var det inte du?", button: "Nej, spärra mina adresser",
					text: "Mejlet läggs inte till. Den här konversationens svarsadresser slutar fungera, i alla mejl du har. Nya mejl har nya."},
				"choose":  {title: "Skicka den till {name}?", text: "Din text blir ett meddelande till {name}.", button: "Skicka den"},
				"confirm": {title: "Bekräftar du?", text: "Det som ditt mejl bad om görs, i konversationen med {name}.", button: "Bekräfta"},
			},
			qualifyCode: "Ditt team kvalificerar {name} med koden {detail}.",
			stop: stopWords{
				title: "Stoppa sammanfattningar till {name} hos {detail}?", unnamed: "Stoppa dina sammanfattningar?", button: "Stoppa sammanfattningar",
				text:  "Det olästa samlas inte längre i ett mejl. Övriga mejl kommer som förut.",
				again: "Få sammanfattningar igen", resumed: "Sammanfattningarna kommer igen, så som du hade valt dem.",
				states: map[string]string{
					ActionDone:      "Inga fler sammanfattningar kommer.",
					ActionUnchanged: "Sammanfattningarna var redan stoppade.",
					ActionExpired:   "Inget har gjorts. Du kan stoppa sammanfattningar i dina inställningar.",
					ActionGone:      "Du är inte längre med i teamet. Inga sammanfattningar kommer därifrån.",
				},
			},
			askAny:   asking{title: "{command}?", text: "Kommandot {command} utförs i konversationen med {name}.", button: "Gör det"},
			final:    "Det går inte att ångra.",
			harmless: "Inget har gjorts ännu.",
			states: map[string]notice{
				ActionDone:      {title: "Klart"},
				ActionUnchanged: {"Inget att göra", "Det var redan så."},
				ActionAsked:     {"Bekräfta via mejl", "Vi har skickat ett mejl till dig. Inget händer förrän du bekräftar där."},
				ActionRefused:   {"Inte gjort", "Du får inte göra det här, eller inte längre."},
				ActionExpired:   {"Länken är för gammal", "Inget har gjorts. Använd det senaste mejlet i konversationen."},
				ActionAnswered:  {"Redan besvarat", "Frågan har fått sitt svar. Inget mer har gjorts."},
				ActionInvalid:   {"Länken fungerar inte", "Inget har gjorts. Öppna den från mejlet igen: en del av den kan saknas."},
				ActionGone:      {"Finns inte längre", "Konversationen är raderad, eller så är du inte längre med i den."},
			},
			answered: map[tradepost.QuestionAnswer]string{
				tradepost.AnswerApprove:    "Ditt mejl till {name} läggs till.",
				tradepost.AnswerAddAddress: "Ditt mejl till {name} läggs till. Mejl från den här adressen är ditt från och med nu: {detail}",
				tradepost.AnswerRevoke:     "Mejlet lades inte till. Konversationens gamla svarsadresser fungerar inte längre.",
				tradepost.AnswerChoose:     "Din text skickas till {name}.",
				tradepost.AnswerConfirm:    "Det som ditt mejl bad om är gjort.",
			},
		},

		whyAlert: map[string]string{
			"first_contact":    "Du får det här vid en första kontakt, {as}.",
			"new_conversation": "Du får det här vid varje ny konversation, {as}.",
			"every_message":    "Du får det här vid varje meddelande, {as}.",
		},
		whyAny:    "Du får det här {as}.",
		whyDigest: "Du får det här eftersom meddelandena var olästa, {as}.",
		whyRelay:  "Du får det här eftersom du skrev till {partner} på {market}.",
		as:        "som {member} hos {partner}",
		asOwner:   "som {member}, ägare av {partner}",
		asPartner: "som medlem i {partner}",

		separators: []string{
			"Svara på det här mejlet:",
			"Öppna konversationen",
			"Svara på var och en med dess egen svarslänk.",
			"Skriv under var och en, eller svara på en av dem.",
			"Du får det här ",
			"Inte skickat: ",
		},
	}
}
