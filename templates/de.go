package templates

import (
	"strconv"
	"time"

	xlanguage "golang.org/x/text/language"

	"github.com/tradepost-mail/tradepost"
)

// german says Sie. Names stand in the nominative or accusative only, so that
// what stands for a missing one needs no other form.
func german() language {
	n := numbers{xlanguage.German, false}
	count := n.count
	list := func(names []string, more int) string {
		others := ""
		if more > 0 {
			others = n.number(more) + " weitere"
		}
		return enumerate(names, " und ", others)
	}
	days := [...]string{"So.", "Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa."}
	months := [...]string{"Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."}
	dayMonth := func(t time.Time) string { return strconv.Itoa(t.Day()) + ". " + months[t.Month()-1] }
	return language{
		tag: "de",
		dir: "ltr",

		numbers: n,

		aMerchant:   "Ein Händler",
		aPartner:    "Ein Partner",
		theMerchant: "die andere Seite",
		theOther:    "die andere Seite",

		colon: ": ",
		list:  list,

		via:       "{name} über {market}",
		noStore:   "Noch kein Shop",
		noText:    "(Die Nachricht hat keinen Text.)",
		noName:    "Datei ohne Namen",
		attached:  "Im Anhang: {file}, {size}",
		elsewhere: "In der Unterhaltung: {file}, {size}",
		moreFiles: func(n int) string { return "Und " + count(n, "weitere Datei", "weitere Dateien") },
		size:      units{"Größe unbekannt", "Byte", "Byte", []string{"kB", "MB", "GB", "TB"}, " ", ","}.size,

		kinds: map[string]string{
			"service":       "Dienstleistung",
			"opportunity":   "Projektanfrage",
			"qualification": "Qualifizierungsanfrage",
			"inventory":     "Bestandsanfrage",
			"product":       "Produktaktualisierung",
			"integration":   "Integration",
		},
		anyKind: "Nachricht",

		replyHint: "Antworten Sie auf diese Mail: {name} erhält die Antwort ohne Ihre Adresse.",
		open:      "Unterhaltung öffnen",
		readRest:  "Weiterlesen",
		cutHere:   "Die Nachricht geht in der Unterhaltung weiter.",
		signed:    "{name}, {partner}",
		re:        "Re: ",

		digestHeading: func(unread, conversations int) string {
			return count(unread, "ungelesene Nachricht", "ungelesene Nachrichten") + " in " + count(conversations, "Unterhaltung", "Unterhaltungen")
		},
		digestSubject: func(unread int, names []string, more int) string {
			return n.number(unread) + " ungelesen: " + list(names, more)
		},
		digestIntro:   "{partner}, {window}.",
		digestReplies: "Antworten Sie jeweils über den eigenen Antwortlink.",
		digestMarks:   "Schreiben Sie darunter, oder antworten Sie einzeln.",
		answerHere:    "Antwort an {name}: Schreiben Sie unter diese Zeile.",
		replyTo:       "An {name} antworten",
		openShort:     "Öffnen",
		moreMessages:  func(n int) string { return "Und " + count(n, "weitere Nachricht", "weitere Nachrichten") },
		moreTalks:     func(n int) string { return "Und " + count(n, "weitere Unterhaltung", "weitere Unterhaltungen") },
		moreTalksNoLink: func(n int) string {
			return "Und " + count(n, "weitere Unterhaltung", "weitere Unterhaltungen") + " in Ihrem Posteingang"
		},

		day:       func(t time.Time) string { return days[t.Weekday()] + ", " + dayMonth(t) },
		date:      func(t time.Time) string { return dayMonth(t) + " " + strconv.Itoa(t.Year()) },
		untilNow:  "bis jetzt",
		untilThen: "bis {until}",
		fromTo:    "{from} bis {until}",
		timeless:  "Ungelesen",

		answers: map[string]refusal{
			"too_big": {what: "Nicht gesendet: Ihre Mail ist größer als {size}.",
				do: "Senden Sie sie mit weniger oder kleineren Anhängen noch einmal."},
			"file_refused": {what: "Nicht gesendet: Dateien dieser Art werden nicht angenommen.",
				do: "Senden Sie die Mail ohne die Datei noch einmal. Ein Link im Text geht."},
			"ambiguous": {what: "Nicht gesendet: Die beantwortete Mail enthält mehrere Unterhaltungen.",
				do: "Antworten Sie noch einmal über den Antwortlink unter der Unterhaltung, die Sie meinen."},
			"not_a_member": {
				subject: "Nicht gesendet: Sie gehören nicht mehr zu {name}",
				what:    "Nicht gesendet: Sie gehören nicht mehr zu {name}.",
				unnamed: "Nicht gesendet: Sie gehören nicht mehr zu diesem Partner.",
				do:      "Bitten Sie den Inhaber, Sie hinzuzufügen.",
			},
			"expired": {what: "Nicht gesendet: Die Adresse, an die Sie geantwortet haben, ist zu alt.",
				do: "Antworten Sie auf die neueste Mail dieser Unterhaltung."},
			"revoked": {what: "Nicht gesendet: Die Adresse, an die Sie geantwortet haben, wurde gesperrt.",
				do: "Antworten Sie auf eine neuere Mail dieser Unterhaltung."},
			"no_token": {what: "Nicht gesendet: Zu dieser Adresse gehört keine Unterhaltung.",
				do: "Antworten Sie auf die neueste Mail der Unterhaltung, und lassen Sie die Adresse unverändert."},
			"empty": {what: "Nicht gesendet: Ihre Mail enthält keinen neuen Text.",
				do: "Schreiben Sie Ihre Antwort über die zitierte Mail, und senden Sie sie noch einmal."},
			"closed": {what: "Nicht gesendet: Die Unterhaltung ist geschlossen.",
				do: "Es können keine Nachrichten mehr hinzukommen."},
			"blocked": {
				what:    "Nicht gesendet: Zwischen Ihnen und {name} werden keine Nachrichten mehr ausgetauscht.",
				unnamed: "Nicht gesendet: In dieser Unterhaltung werden keine Nachrichten mehr ausgetauscht.",
				do:      "Ihre Mail kam nicht in die Unterhaltung. Sie müssen nichts weiter tun.",
			},
			"unknown_command": {
				subject: "Nichts getan: ein Befehl war unverständlich",
				what:    "Nichts getan: Eine Zeile Ihrer Mail ist kein Befehl, den wir verstehen.",
				do:      "Auch sonst wurde nichts aus der Mail getan oder übernommen. Berichtigen Sie die Zeile, und senden Sie die Mail noch einmal.",
			},
			"unclear_answer": {
				subject: "Nicht verstanden: Ihre Antwort",
				what:    "Nicht verstanden: Ihre Antwort auf unsere Frage. Sie kann eine von diesen sein:",
				do:      "Antworten Sie noch einmal auf die Frage, mit einer davon allein in der ersten Zeile.",
			},
			"unsupported": {what: "Nicht gesendet: Eine Mail dieser Art kann nicht übernommen werden.",
				do: "Schreiben Sie eine gewöhnliche Mail, und senden Sie sie."},
			"breaker": {held: true, what: "Angehalten: Es kamen ungewöhnlich viele Mails.",
				do: "Ein Mensch sieht sich Ihre an. Senden Sie sie nicht noch einmal."},
			"unauthenticated": {held: true, what: "Angehalten: Ihr Mailanbieter bürgt nicht für Ihre Adresse.",
				do: "Eine zweite Mail fragt, ob Sie es waren, oder ein Mensch sieht sie sich an. Senden Sie sie nicht noch einmal."},
			"held": {held: true, what: "Angehalten: Ein Mensch sieht sich Ihre Mail zuerst an.",
				do: "Sie müssen nichts tun. Senden Sie sie nicht noch einmal."},
		},
		notSent:        "Nicht gesendet: Ihre Antwort an {name}",
		notSentUnnamed: "Nicht gesendet: Ihre Antwort",
		held:           "Angehalten: Ihre Antwort an {name}",
		heldUnnamed:    "Angehalten: Ihre Antwort",
		nothingPosted:  "Sie erhalten diese Mail, weil eine Mail von Ihrer Adresse bei {market} einging. Nichts davon wurde übernommen.",
		heldSoFar:      "Sie erhalten diese Mail, weil eine Mail von Ihrer Adresse bei {market} einging. Noch wurde nichts davon übernommen.",

		commandsStand: "Befehle stehen am Anfang einer Mail, jeder in einer eigenen Zeile:",
		commands: map[tradepost.Verb]string{
			tradepost.VerbDone:      "markiert die neueste Nachricht als erledigt",
			tradepost.VerbMark:      "versieht die neueste Nachricht mit einem Emoji",
			tradepost.VerbUnmark:    "entfernt die Markierung",
			tradepost.VerbTag:       "versieht die Unterhaltung mit Schlagwörtern",
			tradepost.VerbUntag:     "entfernt Schlagwörter",
			tradepost.VerbQualify:   "qualifiziert den Händler, mit dem Code Ihres Teams oder einem anderen",
			tradepost.VerbUnqualify: "nimmt die Qualifizierung zurück",
			tradepost.VerbNote:      "notiert etwas für Ihr Team; der Händler sieht es nie",
			tradepost.VerbMute:      "beendet Ihre Mails zu dieser Unterhaltung",
			tradepost.VerbDecline:   "lehnt die Anfrage ab",
			tradepost.VerbBlock:     "sperrt den Händler endgültig; fragt vorher",
			tradepost.VerbDelete:    "löscht die Unterhaltung endgültig; fragt vorher",
			tradepost.VerbUndo:      "nimmt Ihre letzte Antwort zurück, solange sie noch wartet, oder Ihren letzten Befehl, solange es geht",
			tradepost.VerbWhy:       "sagt, wie Sie von jeder Nachricht erfuhren, oder warum nicht",
			tradepost.VerbHelp:      "nennt die Befehle",
		},
		actions: map[tradepost.Verb]string{
			tradepost.VerbDone:    "Als erledigt markieren",
			tradepost.VerbDecline: "Ablehnen",
			tradepost.VerbMute:    "Unterhaltung stummschalten",
			tradepost.VerbQualify: "{name} qualifizieren",
			tradepost.VerbBlock:   "{name} sperren",
			tradepost.VerbDelete:  "Unterhaltung löschen",
		},

		footer: footerWords{settings: "Einstellungen", stop: "Sammelmails abbestellen", stopThese: "Solche Mails abbestellen", why: "Warum diese Mail",
			whyByMail: "Eine Antwort mit /why in der ersten Zeile sagt Ihnen, warum Sie diese Mail bekamen."},
		reminder: reminderWords{
			subject: "Seit {time} unbeantwortet: {name}", says: "Seit {time} keine Antwort von {partner}.",
			hours: func(k int) string { return n.count(k, "Stunde", "Stunden") },
			days:  func(k int) string { return n.count(k, "Tag", "Tagen") },
			why:   "Sie erhalten diese Mail, weil ein erster Kontakt unbeantwortet ist, {as}. Diese Erinnerung kommt nur einmal.",
		},
		proposal: proposalWords{
			subject: "Angebot: {matter}", price: "Preis: {price}",
			days:       func(days int) string { return "Geschätzte Dauer: " + n.count(days, "Tag", "Tage") },
			milestones: "Teilschritte:", terms: "Bedingungen:", accept: "Angebot annehmen", decline: "Ablehnen",
			accepting: "Mit der Annahme beginnt ein Auftrag. Die Seite fragt Sie noch einmal, bevor etwas geschieht.",
			answers: map[ProposalState]proposalNews{
				ProposalAccepted:  {"{name} hat angenommen: {matter}", "{name} hat das Angebot Ihres Teams angenommen.", "Nun ist ein Auftrag offen. Antworten Sie hier, um den Beginn zu vereinbaren."},
				ProposalDeclined:  {"{name} hat abgelehnt: {matter}", "{name} hat das Angebot Ihres Teams abgelehnt.", "Es wurde kein Auftrag eröffnet. Sie können ein neues Angebot senden."},
				ProposalWithdrawn: {"Angebot zurückgezogen: {matter}", "{name} hat das Angebot zurückgezogen.", "Es kann nicht mehr angenommen werden. Antworten Sie auf diese Mail, wenn Sie Fragen haben."},
			},
			why: "Sie erhalten diese Mail, weil Ihr Team ein Angebot gesendet hat, {as}.",
		},
		signIn: signInWords{
			subject: "Anmelden bei {market}", what: "Der Link gilt einmal, {minutes} lang.", button: "Anmelden",
			minutes: func(k int) string { return n.count(k, "Minute", "Minuten") },
			page:    "Er öffnet eine Seite mit einem Knopf, der Sie anmeldet.", asked: "Angefordert: {time}.", from: "Von: {from}",
			notYou: "Wenn Sie das nicht waren, tun Sie nichts: Ohne diese Mail kommt niemand hinein.",
			why:    "Sie erhalten diese Mail, weil jemand für Ihre Adresse einen Anmeldelink bei {market} angefordert hat.",
		},
		signInPage: signInPageWords{
			states: map[string]notice{
				SignInAsk:       {"Anmelden bei {market}", "Schreiben Sie Ihre Mailadresse. Wir senden Ihnen einen Link; ein Passwort gibt es nicht."},
				SignInSent:      {"Sehen Sie in Ihre Mails", "Wenn die Adresse einem Mitglied gehört, ist ein Link unterwegs. Er gilt einmal, 15 Minuten lang und nur in diesem Browser."},
				SignInGo:        {"Anmelden bei {market}", "Ein Druck, und Sie sind drin."},
				SignInElsewhere: {"Dieser Link passt nicht zu diesem Browser", "Öffnen Sie ihn in dem Browser, in dem Sie ihn angefordert haben, oder fordern Sie hier einen neuen an."},
				SignInOver:      {"Dieser Link gilt nicht mehr", "Er wurde schon benutzt oder ist älter als 15 Minuten."},
				SignInDone:      {"Sie sind angemeldet", "Sie können diese Seite schließen."},
			},
			label: "Mailadresse", ask: "Link senden", as: "Anmelden als {name}, {partner}", again: "Neuen Link anfordern",
		},
		confirmed: confirmedWords{
			changed: "Ihre Maileinstellungen wurden geändert", changedNow: "Diese Einstellungen gelten jetzt für Ihre Mails von {partner}:",
			alerts: map[tradepost.AlertSetting]string{
				tradepost.AlertFirstContact: "Sofort: bei einem ersten Kontakt", tradepost.AlertNewConversation: "Sofort: bei jeder neuen Unterhaltung",
				tradepost.AlertEveryMessage: "Sofort: bei jeder Nachricht", tradepost.AlertNever: "Sofort: nie",
			},
			everyHour: "Sammelmails: jede Stunde", everyHours: func(hours int) string { return "Sammelmails: alle " + n.count(hours, "Stunde", "Stunden") },
			daily: "Sammelmails: einmal am Tag um {time}", noDigest: "Sammelmails: keine", quiet: "Ruhezeit: {from} bis {until}, {zone}", notQuiet: "Ruhezeit: keine",
			stopped: "Sammelmails abbestellt", stoppedNow: "Sie erhalten keine Sammelmails mehr von {partner}.",
			stoppedMeans: "Nachrichten warten im Posteingang. Andere Mails kommen wie bisher.", again: "Sammelmails wieder bestellen",
			againHow: "Sie bekommen sie wieder, wenn Sie sie in Ihren Einstellungen einschalten.",
			notYou:   "Wenn Sie das nicht waren, sehen Sie in Ihren Einstellungen nach.", why: "Sie erhalten diese Mail, weil Ihre Maileinstellungen geändert wurden, {as}.",
		},

		question: questionWords{
			wasYou:        "Waren Sie das? Eine Mail an {name}",
			wasYouUnnamed: "Waren Sie das? Eine Mail wartet",
			wasYouTitle:   "Waren Sie das?",
			came:          "Eine Mail an {name} kam über Ihre Antwortadresse. Sie wartet; nichts davon wurde übernommen.",
			cameUnnamed:   "Eine Mail kam über Ihre Antwortadresse. Sie wartet; nichts davon wurde übernommen.",
			from:          "Sie kam von {from}.",
			unclear:       "Sie sagt nicht eindeutig, wer sie gesendet hat.",
			whyHeld: map[tradepost.Reason]string{
				tradepost.ReasonWrongSender:     "Das ist keine Ihrer Adressen.",
				tradepost.ReasonAuthentication:  "Die Adresse hat die Prüfung nicht bestanden: Vielleicht hat jemand anders sie gesendet.",
				tradepost.ReasonUnauthenticated: "Niemand bürgt dafür, dass sie von dort kam.",
				tradepost.ReasonSeveralFrom:     "Sie nennt mehrere Absender.",
			},
			subject:     "Betreff: {subject}",
			received:    "Eingegangen: {time}",
			revokeMeans: "Nach dem Sperren gelten die Antwortadressen dieser Unterhaltung nicht mehr, in allen bisherigen Mails. Neue Mails bringen neue.",

			which:       "Welche Unterhaltung? Ihre Antwort wartet",
			whichTitle:  "Welche Unterhaltung?",
			whichWhat:   "Ihre Antwort wartet: Wir konnten nicht erkennen, zu welcher Unterhaltung sie gehört. Dieser Text wurde noch nicht übernommen.",
			youWrote:    "Sie schrieben:",
			keptWhole:   "Das ist der Anfang. Wir bewahren den ganzen Text auf.",
			twoWays:     "Der Antwortlink beginnt eine neue Antwort, in die Ihr Text eingesetzt ist, wo Ihr Mailprogramm das tut; „Diesen Text an … senden“ sendet, was Sie schrieben, so wie es ist.",
			twoWaysBare: "Der Antwortlink beginnt eine neue Antwort; „Diesen Text an … senden“ sendet, was Sie schrieben, so wie es ist.",
			tooLong:     "Ihr Text ist zu lang, um für Sie eingesetzt zu werden: Kopieren Sie ihn in Ihre Antwort.",
			noChoice:    "Antworten Sie auf die neueste Mail der Unterhaltung, die Sie meinen.",
			postTo:      "Diesen Text an {name} senden",

			confirm: "{question} Bitte bestätigen",
			asks:    "Eine Mail in Ihrem Namen verlangt das: {command}",

			byMail:     "Oder antworten Sie auf diese Mail mit der Zeile {lines}.",
			onlyByMail: "Antworten Sie auf diese Mail mit einer Zeile:",
			or:         " oder ",
			silence: map[tradepost.QuestionKind]string{
				tradepost.QuestionSender:       "Ohne Ihre Antwort wird nichts übernommen.",
				tradepost.QuestionConversation: "Ohne Ihre Wahl wird die Antwort nicht übernommen.",
				tradepost.QuestionConfirm:      "Ohne Ihre Antwort geschieht nichts.",
			},
			ends: func(days int) string { return "Die Frage endet in " + count(days, "Tag", "Tagen") + "." },
			why: map[tradepost.QuestionKind]string{
				tradepost.QuestionSender:       "Sie erhalten diese Mail, weil eine Mail an Ihre Antwortadresse bei {market} einging.",
				tradepost.QuestionConversation: "Sie erhalten diese Mail, weil eine Mail von Ihnen bei {market} einging.",
				tradepost.QuestionConfirm:      "Sie erhalten diese Mail, weil eine Mail mit einem Befehl bei {market} einging.",
			},
			forPerson: "Für {name}.",
		},

		transcript: transcriptWords{
			done:       "Erledigt: {what}",
			notDone:    "Nicht erledigt: {what}",
			toConfirm:  "Zu bestätigen: {what}",
			titleDone:  "Erledigt",
			titlePart:  "Teilweise erledigt",
			titleNot:   "Nicht erledigt",
			titleWaits: "Wartet auf Ihre Bestätigung",
			titleHelp:  "Die Befehle",
			titleWhy:   "So haben Sie davon erfahren",
			past: map[tradepost.Verb]string{
				tradepost.VerbDone: "als erledigt markiert", tradepost.VerbMark: "markiert", tradepost.VerbUnmark: "Markierung entfernt",
				tradepost.VerbTag: "Schlagwörter gesetzt", tradepost.VerbUntag: "Schlagwörter entfernt", tradepost.VerbQualify: "qualifiziert",
				tradepost.VerbUnqualify: "Qualifizierung zurückgenommen", tradepost.VerbNote: "notiert", tradepost.VerbMute: "stummgeschaltet",
				tradepost.VerbDecline: "abgelehnt", tradepost.VerbBlock: "gesperrt", tradepost.VerbDelete: "gelöscht",
				tradepost.VerbUndo: "zurückgenommen", tradepost.VerbWhy: "erklärt", tradepost.VerbHelp: "aufgezählt",
			},
			pastPosted:     "übernommen",
			subjectRefused: "Nicht übernommen",

			posted:    "Ihre Nachricht wurde übernommen.",
			notPosted: "Ihre Nachricht wurde nicht übernommen.",
			did: map[tradepost.Verb]string{
				tradepost.VerbDone:      "Als erledigt markiert.",
				tradepost.VerbMark:      "Markiert mit {text}.",
				tradepost.VerbUnmark:    "Die Markierung wurde entfernt.",
				tradepost.VerbTag:       "Schlagwörter gesetzt: {tags}.",
				tradepost.VerbUntag:     "Schlagwörter entfernt: {tags}.",
				tradepost.VerbQualify:   "Mit dem Code Ihres Teams qualifiziert: {name}.",
				tradepost.VerbUnqualify: "Die Qualifizierung wurde zurückgenommen: {name}.",
				tradepost.VerbNote:      "Für Ihr Team notiert. Der Händler sieht es nie:",
				tradepost.VerbMute:      "Stummgeschaltet: Sie erhalten keine Mails mehr zu dieser Unterhaltung.",
				tradepost.VerbDecline:   "Abgelehnt, samt dem offenen Auftrag, falls es einen gab.",
				tradepost.VerbBlock:     "Endgültig gesperrt: {name}.",
				tradepost.VerbDelete:    "Die Unterhaltung wurde endgültig gelöscht.",
				tradepost.VerbUndo:      "Ihr letzter Befehl wurde zurückgenommen.",
				tradepost.VerbWhy:       "So haben Sie von jeder Nachricht erfahren:",
				tradepost.VerbHelp:      "Befehle stehen am Anfang einer Mail, jeder in einer eigenen Zeile:",
			},
			already: map[tradepost.Verb]string{
				tradepost.VerbDone:      "Das war schon als erledigt markiert.",
				tradepost.VerbMark:      "Die Markierung {text} war schon da.",
				tradepost.VerbUnmark:    "Es gab keine Markierung zu entfernen.",
				tradepost.VerbTag:       "Diese Schlagwörter waren schon da: {tags}.",
				tradepost.VerbUntag:     "Keines dieser Schlagwörter war da: {tags}.",
				tradepost.VerbQualify:   "Schon qualifiziert: {name}.",
				tradepost.VerbUnqualify: "Es gab keine Qualifizierung zurückzunehmen: {name}.",
				tradepost.VerbNote:      "Die Notiz war schon da:",
				tradepost.VerbMute:      "Die Unterhaltung war schon stummgeschaltet.",
				tradepost.VerbDecline:   "Die Anfrage war schon abgelehnt.",
				tradepost.VerbBlock:     "Schon gesperrt: {name}.",
				tradepost.VerbDelete:    "Die Unterhaltung war schon gelöscht.",
				tradepost.VerbUndo:      "Es gab nichts zurückzunehmen.",
				tradepost.VerbWhy:       "Zu diesen Nachrichten ist nichts verzeichnet.",
				tradepost.VerbHelp:      "Senden Sie nur /help, um die Befehle zu sehen.",
			},
			qualifiedCode: "Mit dem Code {text} qualifiziert: {name}.",
			didAny:        "Erledigt: {command}",
			alreadyAny:    "Nichts geändert: {command}",
			undoneReply:   "Ihre Antwort wurde zurückgenommen. Sie geht nicht an {name}.",
			undone:        "Zurückgenommen: {command}",
			asked:         "Noch nicht erledigt: {command}. Eine zweite Mail bittet Sie um Bestätigung.",
			refused:       "Nicht erledigt: {command}.",
			refusedBecause: map[string]string{
				tradepost.CommandNothingToUndo: "Es gibt nichts zurückzunehmen.",
				tradepost.CommandTooLate:       "Es ist zu spät: Die Antwort ist unterwegs, oder die Frist ist um.",
				tradepost.CommandNoMessage:     "Es gibt keine Nachricht, für die das gilt.",
				tradepost.CommandNoCode:        "Ihr Team hat keinen eigenen Code. Nennen Sie einen: /qualify CODE",
				tradepost.CommandNotAllowed:    "Das darf nur ein Inhaber Ihres Teams.",
				tradepost.CommandTooMany:       "Heute wurden zu viele Bestätigungen verlangt. Versuchen Sie es morgen wieder.",
				tradepost.CommandBlocked:       "Der Händler ist endgültig gesperrt.",
			},
			nothing: "Nichts wurde getan.",

			told: map[tradepost.Outcome]string{
				"":                       "Sie haben noch nicht davon erfahren.",
				tradepost.Alerted:        "Sie erhielten sofort eine Mail.",
				tradepost.Digested:       "Sie erhielten sie in einer Sammelmail.",
				tradepost.Relayed:        "Sie wurde per Mail weitergeleitet.",
				tradepost.ReadFirst:      "Keine Mail: Sie hatten sie schon gelesen.",
				tradepost.Answered:       "Keine Mail: Jemand aus Ihrem Team hatte geantwortet.",
				tradepost.Suppressed:     "Keine Mail: Ihre Adresse nimmt keine an.",
				tradepost.OutcomeSkipped: "Keine Mail.",
				tradepost.OutcomeFailed:  "Die Mail konnte nicht zugestellt werden.",
			},
			toldWhy: map[string]string{
				string(tradepost.AlertFirstContact):    "Ihre Einstellung: Mail beim ersten Kontakt.",
				string(tradepost.AlertNewConversation): "Ihre Einstellung: Mail bei jeder neuen Unterhaltung.",
				string(tradepost.AlertEveryMessage):    "Ihre Einstellung: Mail bei jeder Nachricht.",
				tradepost.ReasonMarked:                 "Sie war schon markiert.",
				tradepost.ReasonDeleted:                "Sie war schon gelöscht.",
				tradepost.ReasonBlocked:                "Der Händler war schon gesperrt.",
				tradepost.ReasonMuted:                  "Sie haben die Unterhaltung stummgeschaltet.",
				tradepost.ReasonUndone:                 "Der Verfasser hat sie zurückgenommen.",
				tradepost.ReasonMemberGone:             "Sie gehörten damals nicht zum Team.",
				tradepost.ReasonOptedOut:               "Ihre Einstellungen verlangen keine.",
				tradepost.ReasonNothingLeft:            "Es war nichts mehr mitzuteilen.",
				tradepost.ReasonAlertCapped:            "In einer Stunde kamen zu viele Hinweise, daher kam sie in die Sammelmail.",
				tradepost.ReasonGaveUp:                 "Ihr Mailserver nahm sie tagelang nicht an.",
				tradepost.ReasonUnknown:                "Ihr Mailserver antwortete zweimal nicht.",
				tradepost.ReasonLapsed:                 "Der Versand brach immer wieder ab.",
			},
			sent:      "Gesendet {time} an {address}.",
			sentBare:  "Gesendet {time}.",
			noTold:    "Zu diesen Nachrichten ist nichts verzeichnet.",
			moreLines: func(n int) string { return "Und " + count(n, "weiterer Befehl", "weitere Befehle") + "." },
			why:       "Sie erhalten diese Mail, weil eine Mail von Ihnen bei {market} einging.",
		},

		pages: pageWords{
			asks: map[string]asking{
				"done":    {title: "Als erledigt markieren?", text: "Die neueste Nachricht in jener Mail wird für Ihr ganzes Team als erledigt markiert. Es geht um {name}.", button: "Als erledigt markieren"},
				"qualify": {title: "{name} qualifizieren?", text: "Ihr Team qualifiziert {name} mit seinem eigenen Code.", button: "Qualifizieren"},
				"mute":    {title: "Unterhaltung stummschalten?", text: "Sie erhalten keine Mails mehr zu dieser Unterhaltung, Ihr Team weiterhin. Es geht um {name}.", button: "Stummschalten"},
				"decline": {title: "Anfrage ablehnen?", text: "Ihr Team lehnt die Anfrage ab; ein offener Auftrag wird mit abgelehnt. Es geht um {name}.", button: "Ablehnen"},
				"block": {title: "{name} sperren?", button: "Endgültig sperren", final: true,
					text: "Danach kann {name} Ihrem Team auf keinem Weg mehr schreiben. Offene Angebote, Aufträge und Rechnungen werden geschlossen."},
				"delete": {title: "Unterhaltung löschen?", button: "Endgültig löschen", final: true,
					text: "Die ganze Unterhaltung verschwindet für Ihr ganzes Team: Nachrichten, Dateien und Mails. Es geht um {name}."},
				"approve": {title: "Waren Sie das?", text: "Die Mail an {name} wird als Ihre übernommen.", button: "Ja, übernehmen"},
				"add": {title: "Gehört die Adresse Ihnen?", button: "Ja, und Adresse hinzufügen",
					text: "Die Mail an {name} wird als Ihre übernommen. Das wird eine Ihrer Adressen: {detail}"},
				"revoke": {title: "Waren Sie das nicht?", button: "Nein, meine Adressen sperren",
					text: "Die Mail wird nicht übernommen. Die Antwortadressen dieser Unterhaltung gelten nicht mehr, in allen bisherigen Mails. Neue Mails bringen neue."},
				"choose":  {title: "An {name} senden?", text: "Ihr Text wird eine Nachricht an {name}.", button: "Senden"},
				"confirm": {title: "Bestätigen Sie das?", text: "Was Ihre Mail verlangt, wird getan. Es geht um {name}.", button: "Bestätigen"},
			},
			qualifyCode: "Ihr Team qualifiziert {name} mit dem Code {detail}.",
			stop: stopWords{
				title: "Sammelmails für {name} bei {detail} abbestellen?", unnamed: "Ihre Sammelmails abbestellen?", button: "Sammelmails abbestellen",
				text:  "Ungelesenes wird nicht mehr in einer Mail gesammelt. Andere Mails kommen wie bisher.",
				again: "Sammelmails wieder bekommen", resumed: "Die Sammelmails kommen wieder, so wie Sie sie gewählt hatten.",
				states: map[string]string{
					ActionDone:      "Es kommen keine Sammelmails mehr.",
					ActionUnchanged: "Die Sammelmails waren schon abbestellt.",
					ActionExpired:   "Es wurde nichts getan. Sie können Sammelmails in Ihren Einstellungen abbestellen.",
					ActionGone:      "Sie gehören nicht mehr zu diesem Team. Von dort kommen keine Sammelmails.",
				},
			},
			askAny:   asking{title: "{command}?", text: "Der Befehl {command} wird ausgeführt. Es geht um {name}.", button: "Ausführen"},
			final:    "Das lässt sich nicht rückgängig machen.",
			harmless: "Noch wurde nichts getan.",
			states: map[string]notice{
				ActionDone:      {title: "Erledigt"},
				ActionUnchanged: {"Nichts zu tun", "Das war schon so."},
				ActionAsked:     {"Bitte per Mail bestätigen", "Wir haben Ihnen eine Mail gesendet. Es geschieht nichts, bis Sie dort bestätigen."},
				ActionRefused:   {"Nicht erledigt", "Sie dürfen das nicht, oder nicht mehr."},
				ActionExpired:   {"Dieser Link ist zu alt", "Nichts wurde getan. Nehmen Sie die neueste Mail der Unterhaltung."},
				ActionAnswered:  {"Schon beantwortet", "Diese Frage hat ihre Antwort. Weiter wurde nichts getan."},
				ActionInvalid:   {"Dieser Link funktioniert nicht", "Nichts wurde getan. Öffnen Sie ihn noch einmal aus der Mail: Vielleicht fehlt ein Teil."},
				ActionGone:      {"Nicht mehr da", "Die Unterhaltung wurde gelöscht, oder Sie gehören nicht mehr dazu."},
			},
			answered: map[tradepost.QuestionAnswer]string{
				tradepost.AnswerApprove:    "Ihre Mail an {name} wird übernommen.",
				tradepost.AnswerAddAddress: "Ihre Mail an {name} wird übernommen. Was von dieser Adresse kommt, gilt ab jetzt als Ihres: {detail}",
				tradepost.AnswerRevoke:     "Die Mail wurde nicht übernommen. Die alten Antwortadressen dieser Unterhaltung gelten nicht mehr.",
				tradepost.AnswerChoose:     "Ihr Text wird an {name} gesendet.",
				tradepost.AnswerConfirm:    "Was Ihre Mail verlangte, wurde getan.",
			},
		},

		whyAlert: map[string]string{
			"first_contact":    "Sie erhalten diese Mail bei einem ersten Kontakt, {as}.",
			"new_conversation": "Sie erhalten diese Mail bei jeder neuen Unterhaltung, {as}.",
			"every_message":    "Sie erhalten diese Mail bei jeder Nachricht, {as}.",
		},
		whyAny:    "Sie erhalten diese Mail {as}.",
		whyDigest: "Sie erhalten diese Mail, weil diese Nachrichten ungelesen waren, {as}.",
		whyRelay:  "Sie erhalten diese Mail, weil Sie auf {market} an {partner} geschrieben haben.",
		as:        "als {member} von {partner}",
		asOwner:   "als {member}, Inhaber von {partner}",
		asPartner: "als Mitglied von {partner}",

		separators: []string{
			"Antworten Sie auf diese Mail:",
			"Unterhaltung öffnen",
			"Antworten Sie jeweils über den eigenen Antwortlink.",
			"Schreiben Sie darunter, oder antworten Sie einzeln.",
			"Sie erhalten diese Mail",
			"Nicht gesendet: ",
		},
	}
}
