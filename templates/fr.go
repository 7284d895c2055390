//nolint:misspell // the words are French
package templates

import (
	"strconv"
	"time"

	xlanguage "golang.org/x/text/language"

	"github.com/tradepost-mail/tradepost"
)

// french says vous. A space that does not break, written as \u00a0 since it
// can't be seen, stands before a colon, a semicolon and a question mark.
func french() language {
	n := numbers{xlanguage.French, false}
	count := n.count
	list := func(names []string, more int) string {
		others := ""
		if more > 0 {
			others = n.count(more, "autre", "autres")
		}
		return enumerate(names, " et ", others)
	}
	days := [...]string{"dim.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam."}
	months := [...]string{"janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."}
	dayMonth := func(t time.Time) string {
		if t.Day() == 1 {
			return "1er " + months[t.Month()-1]
		}
		return strconv.Itoa(t.Day()) + " " + months[t.Month()-1]
	}
	return language{
		tag: "fr",
		dir: "ltr",

		numbers: n,

		aMerchant:   "Un commerçant",
		aPartner:    "Un partenaire",
		theMerchant: "l’autre partie", // à and de don't contract with it
		theOther:    "l’autre partie",

		colon: "\u00a0: ",
		list:  list,

		via:       "{name} via {market}",
		noStore:   "Pas encore de boutique",
		noText:    "(Le message n’a pas de texte.)",
		noName:    "fichier sans nom",
		attached:  "Joint\u00a0: {file}, {size}",
		elsewhere: "Dans la conversation\u00a0: {file}, {size}",
		moreFiles: func(n int) string { return "Et " + count(n, "autre fichier", "autres fichiers") },
		size:      units{"taille inconnue", "octet", "octets", []string{"ko", "Mo", "Go", "To"}, "\u00a0", ","}.size,

		kinds: map[string]string{
			"service":       "Service",
			"opportunity":   "Demande de projet",
			"qualification": "Demande de qualification",
			"inventory":     "Demande de stock",
			"product":       "Mise à jour de produit",
			"integration":   "Intégration",
		},
		anyKind: "Message",

		replyHint: "Répondez à ce courriel\u00a0: {name} reçoit la réponse sans votre adresse.",
		open:      "Ouvrir la conversation",
		readRest:  "Lire la suite",
		cutHere:   "Le message continue dans la conversation.",
		signed:    "{name}, {partner}",
		re:        "Re: ",

		digestHeading: func(unread, conversations int) string {
			return count(unread, "message non lu", "messages non lus") + " dans " + count(conversations, "conversation", "conversations")
		},
		digestSubject: func(unread int, names []string, more int) string {
			return count(unread, "non lu", "non lus") + "\u00a0: " + list(names, more)
		},
		digestIntro:   "{partner}, {window}.",
		digestReplies: "Répondez à chacune par son propre lien de réponse.",
		digestMarks:   "Écrivez sous chacune, ou répondez à l’une d’elles.",
		answerHere:    "Pour répondre ici à {name}, écrivez sous cette ligne.",
		replyTo:       "Répondre à {name}",
		openShort:     "Ouvrir",
		moreMessages:  func(n int) string { return "Et " + count(n, "autre message", "autres messages") },
		moreTalks:     func(n int) string { return "Et " + count(n, "autre conversation", "autres conversations") },
		moreTalksNoLink: func(n int) string {
			return "Et " + count(n, "autre conversation", "autres conversations") + " dans votre boîte de réception"
		},

		day:       func(t time.Time) string { return days[t.Weekday()] + " " + dayMonth(t) },
		date:      func(t time.Time) string { return dayMonth(t) + " " + strconv.Itoa(t.Year()) },
		untilNow:  "jusqu’à maintenant",
		untilThen: "jusqu’à {until}",
		fromTo:    "de {from} à {until}",
		timeless:  "Non lu",

		answers: map[string]refusal{
			"too_big": {what: "Non envoyé\u00a0: votre courriel dépasse {size}.",
				do: "Renvoyez-le avec des pièces jointes moins nombreuses ou plus petites."},
			"file_refused": {what: "Non envoyé\u00a0: ce type de fichier n’est pas accepté.",
				do: "Renvoyez le courriel sans ce fichier. Un lien dans le texte convient."},
			"ambiguous": {what: "Non envoyé\u00a0: le courriel auquel vous répondez contient plusieurs conversations.",
				do: "Répondez de nouveau par le lien de réponse sous la conversation voulue."},
			"not_a_member": {
				subject: "Non envoyé\u00a0: vous ne faites plus partie de {name}",
				what:    "Non envoyé\u00a0: vous ne faites plus partie de {name}.",
				unnamed: "Non envoyé\u00a0: vous ne faites plus partie de ce partenaire.",
				do:      "Demandez à son propriétaire de vous ajouter.",
			},
			"expired": {what: "Non envoyé\u00a0: l’adresse à laquelle vous répondez est trop ancienne.",
				do: "Répondez au dernier courriel de cette conversation."},
			"revoked": {what: "Non envoyé\u00a0: l’adresse à laquelle vous répondez a été révoquée.",
				do: "Répondez à un courriel plus récent de cette conversation."},
			"no_token": {what: "Non envoyé\u00a0: aucune conversation n’a l’adresse à laquelle vous avez écrit.",
				do: "Répondez au dernier courriel de la conversation, sans changer son adresse."},
			"empty": {what: "Non envoyé\u00a0: votre courriel ne contient pas de nouveau texte.",
				do: "Écrivez votre réponse au-dessus du courriel cité et renvoyez-la."},
			"closed": {what: "Non envoyé\u00a0: la conversation est fermée.",
				do: "Aucun message ne peut plus y être ajouté."},
			"blocked": {
				what:    "Non envoyé\u00a0: vous n’échangez plus de messages avec {name}.",
				unnamed: "Non envoyé\u00a0: plus aucun message n’est échangé dans cette conversation.",
				do:      "Votre courriel n’est pas entré dans la conversation. Vous n’avez rien d’autre à faire.",
			},
			"unknown_command": {
				subject: "Rien n’a été fait\u00a0: une commande n’a pas été comprise",
				what:    "Rien n’a été fait\u00a0: une ligne de votre courriel n’est pas une commande que nous comprenons.",
				do:      "Rien d’autre n’en a été fait ni ajouté. Corrigez la ligne et renvoyez le courriel.",
			},
			"unclear_answer": {
				subject: "Non compris\u00a0: votre réponse",
				what:    "Non compris\u00a0: votre réponse à notre question. Elle peut être l’une de celles-ci\u00a0:",
				do:      "Répondez de nouveau à la question, avec l’une d’elles seule sur la première ligne.",
			},
			"unsupported": {what: "Non envoyé\u00a0: un courriel de ce type ne peut pas être ajouté.",
				do: "Écrivez un courriel ordinaire et envoyez-le."},
			"breaker": {held: true, what: "En attente\u00a0: un nombre inhabituel de courriels est arrivé.",
				do: "Une personne examine le vôtre. Ne le renvoyez pas."},
			"unauthenticated": {held: true, what: "En attente\u00a0: votre messagerie ne garantit pas votre adresse.",
				do: "Un second courriel vous demande si c’était vous, ou une personne l’examine. Ne le renvoyez pas."},
			"held": {held: true, what: "En attente\u00a0: une personne examine d’abord votre courriel.",
				do: "Vous n’avez rien à faire. Ne le renvoyez pas."},
		},
		notSent:        "Non envoyé\u00a0: votre réponse à {name}",
		notSentUnnamed: "Non envoyé\u00a0: votre réponse",
		held:           "En attente\u00a0: votre réponse à {name}",
		heldUnnamed:    "En attente\u00a0: votre réponse",
		nothingPosted:  "Vous recevez ce courriel parce qu’un courriel de votre adresse est arrivé chez {market}. Rien n’en a été ajouté.",
		heldSoFar:      "Vous recevez ce courriel parce qu’un courriel de votre adresse est arrivé chez {market}. Rien n’en a encore été ajouté.",

		commandsStand: "Les commandes se placent au début d’un courriel, chacune sur sa ligne\u00a0:",
		commands: map[tradepost.Verb]string{
			tradepost.VerbDone:      "marque le dernier message comme traité",
			tradepost.VerbMark:      "met un emoji sur le dernier message",
			tradepost.VerbUnmark:    "enlève la marque",
			tradepost.VerbTag:       "met des étiquettes sur la conversation",
			tradepost.VerbUntag:     "enlève des étiquettes",
			tradepost.VerbQualify:   "qualifie le commerçant, avec le code de votre équipe ou un autre",
			tradepost.VerbUnqualify: "retire la qualification",
			tradepost.VerbNote:      "ajoute une note pour votre équipe\u00a0; le commerçant ne la voit jamais",
			tradepost.VerbMute:      "arrête vos courriels sur cette conversation",
			tradepost.VerbDecline:   "refuse la demande",
			tradepost.VerbBlock:     "bloque le commerçant définitivement\u00a0; demande d’abord",
			tradepost.VerbDelete:    "supprime la conversation définitivement\u00a0; demande d’abord",
			tradepost.VerbUndo:      "annule votre dernière réponse tant qu’elle attend encore, ou votre dernière commande tant qu’il est temps",
			tradepost.VerbWhy:       "dit comment vous avez été prévenu de chaque message, ou pourquoi non",
			tradepost.VerbHelp:      "donne la liste des commandes",
		},
		actions: map[tradepost.Verb]string{
			tradepost.VerbDone:    "Marquer comme traité",
			tradepost.VerbDecline: "Refuser",
			tradepost.VerbMute:    "Mettre la conversation en sourdine",
			tradepost.VerbQualify: "Qualifier {name}",
			tradepost.VerbBlock:   "Bloquer {name}",
			tradepost.VerbDelete:  "Supprimer la conversation",
		},

		footer: footerWords{settings: "Réglages", stop: "Arrêter les récapitulatifs", stopThese: "Arrêter ces courriels", why: "Pourquoi ce courriel",
			whyByMail: "Répondez avec /why sur la première ligne pour savoir pourquoi vous l’avez reçu."},
		reminder: reminderWords{
			subject: "Sans réponse depuis {time}\u00a0: {name}", says: "Aucune réponse de l’équipe {partner} depuis {time}.",
			hours: func(k int) string { return n.count(k, "heure", "heures") },
			days:  func(k int) string { return n.count(k, "jour", "jours") },
			why:   "Vous recevez ce courriel parce qu’un premier contact est sans réponse, {as}. Ce rappel ne vient qu’une fois.",
		},
		proposal: proposalWords{
			subject: "Proposition\u00a0: {matter}", price: "Prix\u00a0: {price}",
			days:       func(days int) string { return "Durée estimée\u00a0: " + n.count(days, "jour", "jours") },
			milestones: "Étapes\u00a0:", terms: "Conditions\u00a0:", accept: "Accepter la proposition", decline: "Refuser",
			accepting: "Accepter ouvre une mission. La page vous le demande encore une fois avant que rien ne se passe.",
			answers: map[ProposalState]proposalNews{
				ProposalAccepted:  {"{name} a accepté\u00a0: {matter}", "{name} a accepté la proposition de votre équipe.", "Une mission est maintenant ouverte. Répondez ici pour convenir de son début."},
				ProposalDeclined:  {"{name} a refusé\u00a0: {matter}", "{name} a refusé la proposition de votre équipe.", "Aucune mission n’a été ouverte. Vous pouvez envoyer une autre proposition."},
				ProposalWithdrawn: {"Proposition retirée\u00a0: {matter}", "{name} a retiré la proposition.", "Elle ne peut plus être acceptée. Répondez à ce courriel si vous avez des questions."},
			},
			why: "Vous recevez ce courriel parce que votre équipe a envoyé une proposition, {as}.",
		},
		signIn: signInWords{
			subject: "Connexion à {market}", what: "Le lien fonctionne une seule fois, pendant {minutes}.", button: "Se connecter",
			minutes: func(k int) string { return n.count(k, "minute", "minutes") },
			page:    "Il ouvre une page dont le bouton vous connecte.", asked: "Demandé\u00a0: {time}.", from: "Depuis\u00a0: {from}",
			notYou: "Si ce n’était pas vous, ne faites rien\u00a0: sans ce courriel, personne n’entre.",
			why:    "Vous recevez ce courriel parce que quelqu’un a demandé un lien de connexion pour votre adresse chez {market}.",
		},
		signInPage: signInPageWords{
			states: map[string]notice{
				SignInAsk:       {"Se connecter à {market}", "Écrivez votre adresse e-mail. Nous vous envoyons un lien ; il n’y a pas de mot de passe."},
				SignInSent:      {"Regardez vos e-mails", "Si l’adresse est celle d’un membre, un lien est en route. Il sert une fois, pendant 15 minutes, et dans ce navigateur seulement."},
				SignInGo:        {"Se connecter à {market}", "Un clic et vous y êtes."},
				SignInElsewhere: {"Ce lien ne va pas avec ce navigateur", "Ouvrez-le dans le navigateur où vous l’avez demandé, ou demandez-en un nouveau ici."},
				SignInOver:      {"Ce lien n’est plus valable", "Il a déjà servi, ou date de plus de 15 minutes."},
				SignInDone:      {"Vous êtes connecté", "Vous pouvez fermer cette page."},
			},
			label: "Adresse e-mail", ask: "Envoyez-moi un lien", as: "Se connecter comme {name}, {partner}", again: "Demander un nouveau lien",
		},
		confirmed: confirmedWords{
			changed: "Vos réglages de courriel ont changé", changedNow: "Ces réglages valent maintenant pour vos courriels de {partner}\u00a0:",
			alerts: map[tradepost.AlertSetting]string{
				tradepost.AlertFirstContact: "Alertes\u00a0: au premier contact", tradepost.AlertNewConversation: "Alertes\u00a0: à chaque nouvelle conversation",
				tradepost.AlertEveryMessage: "Alertes\u00a0: à chaque message", tradepost.AlertNever: "Alertes\u00a0: aucune",
			},
			everyHour: "Récapitulatifs\u00a0: toutes les heures", everyHours: func(hours int) string {
				return "Récapitulatifs\u00a0: toutes les " + n.count(hours, "heure", "heures")
			},
			daily: "Récapitulatifs\u00a0: une fois par jour, à {time}", noDigest: "Récapitulatifs\u00a0: aucun", quiet: "Heures calmes\u00a0: de {from} à {until}, {zone}", notQuiet: "Heures calmes\u00a0: aucune",
			stopped: "Récapitulatifs arrêtés", stoppedNow: "Vous ne recevez plus de récapitulatifs de {partner}.",
			stoppedMeans: "Les messages attendent dans votre boîte de réception. Les alertes viennent comme avant.", again: "Reprendre les récapitulatifs",
			againHow: "Pour les recevoir de nouveau, activez-les dans vos réglages.",
			notYou:   "Si ce n’était pas vous, regardez vos réglages.", why: "Vous recevez ce courriel parce que vos réglages de courriel ont changé, {as}.",
		},

		question: questionWords{
			wasYou:        "Était-ce vous\u00a0? Un courriel à {name}",
			wasYouUnnamed: "Était-ce vous\u00a0? Un courriel attend",
			wasYouTitle:   "Était-ce vous\u00a0?",
			came:          "Un courriel à {name} est arrivé par votre adresse de réponse. Il attend\u00a0; rien n’en a été ajouté.",
			cameUnnamed:   "Un courriel est arrivé par votre adresse de réponse. Il attend\u00a0; rien n’en a été ajouté.",
			from:          "Il vient de {from}.",
			unclear:       "Il ne dit pas clairement qui l’a envoyé.",
			whyHeld: map[tradepost.Reason]string{
				tradepost.ReasonWrongSender:     "Ce n’est pas une de vos adresses.",
				tradepost.ReasonAuthentication:  "L’adresse n’a pas passé le contrôle\u00a0: quelqu’un d’autre a pu l’envoyer.",
				tradepost.ReasonUnauthenticated: "Personne ne garantit qu’il vient de là.",
				tradepost.ReasonSeveralFrom:     "Il nomme plusieurs expéditeurs.",
			},
			subject:     "Objet\u00a0: {subject}",
			received:    "Reçu\u00a0: {time}",
			revokeMeans: "Une fois révoquées, les adresses de réponse de cette conversation ne fonctionnent plus, dans tous vos courriels. Les nouveaux courriels en apportent d’autres.",

			which:       "Quelle conversation\u00a0? Votre réponse attend",
			whichTitle:  "Quelle conversation\u00a0?",
			whichWhat:   "Votre réponse attend\u00a0: nous n’avons pas pu savoir à quelle conversation elle appartient. Ce texte n’a pas encore été ajouté.",
			youWrote:    "Vous avez écrit\u00a0:",
			keptWhole:   "Ceci est le début. Nous gardons le texte entier.",
			twoWays:     "Le lien de réponse écrit une nouvelle réponse, avec votre texte déjà inséré si votre messagerie le permet\u00a0; «\u00a0Envoyer ce texte à …\u00a0» envoie ce que vous avez écrit tel quel.",
			twoWaysBare: "Le lien de réponse écrit une nouvelle réponse\u00a0; «\u00a0Envoyer ce texte à …\u00a0» envoie ce que vous avez écrit tel quel.",
			tooLong:     "Votre texte est trop long pour être inséré à votre place\u00a0: copiez-le dans votre réponse.",
			noChoice:    "Répondez au dernier courriel de la conversation voulue.",
			postTo:      "Envoyer ce texte à {name}",

			confirm: "{question} À confirmer",
			asks:    "Un courriel en votre nom le demande\u00a0: {command}",

			byMail:     "Ou répondez à ce courriel par la ligne {lines}.",
			onlyByMail: "Répondez à ce courriel par une ligne\u00a0:",
			or:         " ou ",
			silence: map[tradepost.QuestionKind]string{
				tradepost.QuestionSender:       "Sans votre réponse, rien n’est ajouté.",
				tradepost.QuestionConversation: "Sans votre choix, la réponse n’est pas ajoutée.",
				tradepost.QuestionConfirm:      "Sans votre réponse, rien ne se passe.",
			},
			ends: func(days int) string { return "La question se ferme dans " + count(days, "jour", "jours") + "." },
			why: map[tradepost.QuestionKind]string{
				tradepost.QuestionSender:       "Vous recevez ce courriel parce qu’un courriel à votre adresse de réponse est arrivé chez {market}.",
				tradepost.QuestionConversation: "Vous recevez ce courriel parce qu’un courriel de votre part est arrivé chez {market}.",
				tradepost.QuestionConfirm:      "Vous recevez ce courriel parce qu’un courriel avec une commande est arrivé chez {market}.",
			},
			forPerson: "Pour {name}.",
		},

		transcript: transcriptWords{
			done: "Fait\u00a0: {what}", notDone: "Non fait\u00a0: {what}", toConfirm: "À confirmer\u00a0: {what}",
			titleDone:  "C’est fait",
			titlePart:  "Fait en partie",
			titleNot:   "Non fait",
			titleWaits: "En attente de votre confirmation",
			titleHelp:  "Les commandes", titleWhy: "Comment vous avez été prévenu",
			past: map[tradepost.Verb]string{
				tradepost.VerbDone: "marqué comme traité", tradepost.VerbMark: "marqué", tradepost.VerbUnmark: "marque enlevée",
				tradepost.VerbTag: "étiqueté", tradepost.VerbUntag: "étiquettes enlevées", tradepost.VerbQualify: "qualifié",
				tradepost.VerbUnqualify: "qualification retirée", tradepost.VerbNote: "noté", tradepost.VerbMute: "mis en sourdine",
				tradepost.VerbDecline: "refusé", tradepost.VerbBlock: "bloqué", tradepost.VerbDelete: "supprimé",
				tradepost.VerbUndo: "annulé", tradepost.VerbWhy: "expliqué", tradepost.VerbHelp: "listé",
			},
			pastPosted:     "message ajouté",
			subjectRefused: "Message non ajouté",

			posted:    "Votre message a été ajouté.",
			notPosted: "Votre message n’a pas été ajouté.",
			did: map[tradepost.Verb]string{
				tradepost.VerbDone:      "Marqué comme traité.",
				tradepost.VerbMark:      "Marqué avec {text}.",
				tradepost.VerbUnmark:    "La marque a été enlevée.",
				tradepost.VerbTag:       "Étiquettes mises\u00a0: {tags}.",
				tradepost.VerbUntag:     "Étiquettes enlevées\u00a0: {tags}.",
				tradepost.VerbQualify:   "Qualification avec le code de votre équipe\u00a0: {name}.",
				tradepost.VerbUnqualify: "Qualification retirée\u00a0: {name}.",
				tradepost.VerbNote:      "Noté pour votre équipe. Le commerçant ne le voit jamais\u00a0:",
				tradepost.VerbMute:      "En sourdine\u00a0: vous ne recevez plus de courriels sur cette conversation.",
				tradepost.VerbDecline:   "Refusé, avec la mission ouverte s’il y en avait une.",
				tradepost.VerbBlock:     "Blocage définitif\u00a0: {name}.",
				tradepost.VerbDelete:    "La conversation a été supprimée définitivement.",
				tradepost.VerbUndo:      "Votre dernière commande a été annulée.",
				tradepost.VerbWhy:       "Comment vous avez été prévenu de chaque message\u00a0:",
				tradepost.VerbHelp:      "Les commandes se placent au début d’un courriel, chacune sur sa ligne\u00a0:",
			},
			already: map[tradepost.Verb]string{
				tradepost.VerbDone:      "C’était déjà marqué comme traité.",
				tradepost.VerbMark:      "La marque {text} y était déjà.",
				tradepost.VerbUnmark:    "Il n’y avait pas de marque à enlever.",
				tradepost.VerbTag:       "Ces étiquettes y étaient déjà\u00a0: {tags}.",
				tradepost.VerbUntag:     "Aucune de ces étiquettes n’y était\u00a0: {tags}.",
				tradepost.VerbQualify:   "Déjà qualifié\u00a0: {name}.",
				tradepost.VerbUnqualify: "Il n’y avait pas de qualification à retirer\u00a0: {name}.",
				tradepost.VerbNote:      "La note y était déjà\u00a0:",
				tradepost.VerbMute:      "La conversation était déjà en sourdine.",
				tradepost.VerbDecline:   "La demande était déjà refusée.",
				tradepost.VerbBlock:     "Déjà bloqué\u00a0: {name}.",
				tradepost.VerbDelete:    "La conversation était déjà supprimée.",
				tradepost.VerbUndo:      "Il n’y avait rien à annuler.",
				tradepost.VerbWhy:       "Rien n’est enregistré sur ces messages.",
				tradepost.VerbHelp:      "Envoyez /help seul pour voir les commandes.",
			},
			qualifiedCode: "Qualification avec le code {text}\u00a0: {name}.",
			didAny:        "Fait\u00a0: {command}",
			alreadyAny:    "Rien n’a changé\u00a0: {command}",
			undoneReply:   "Votre réponse a été annulée. Elle ne parvient pas à {name}.",
			undone:        "Annulé\u00a0: {command}",
			asked:         "Pas encore fait\u00a0: {command}. Un second courriel vous demande de confirmer.",
			refused:       "Non fait\u00a0: {command}.",
			refusedBecause: map[string]string{
				tradepost.CommandNothingToUndo: "Il n’y a rien à annuler.",
				tradepost.CommandTooLate:       "C’est trop tard\u00a0: la réponse est partie, ou le délai est passé.",
				tradepost.CommandNoMessage:     "Il n’y a pas de message concerné.",
				tradepost.CommandNoCode:        "Votre équipe n’a pas de code à elle. Donnez-en un\u00a0: /qualify CODE",
				tradepost.CommandNotAllowed:    "Seul un propriétaire de votre équipe peut le faire.",
				tradepost.CommandTooMany:       "Trop de confirmations ont été demandées aujourd’hui. Réessayez demain.",
				tradepost.CommandBlocked:       "Le commerçant est bloqué définitivement.",
			},
			nothing: "Rien n’a été fait.",

			told: map[tradepost.Outcome]string{
				"":                       "Vous n’avez pas encore été prévenu.",
				tradepost.Alerted:        "Vous avez reçu un courriel aussitôt.",
				tradepost.Digested:       "Vous l’avez reçu dans un récapitulatif.",
				tradepost.Relayed:        "Il a été transmis par courriel.",
				tradepost.ReadFirst:      "Pas de courriel\u00a0: vous l’aviez lu.",
				tradepost.Answered:       "Pas de courriel\u00a0: un collègue avait répondu.",
				tradepost.Suppressed:     "Pas de courriel\u00a0: votre adresse n’en accepte pas.",
				tradepost.OutcomeSkipped: "Pas de courriel.",
				tradepost.OutcomeFailed:  "Le courriel n’a pas pu être remis.",
			},
			toldWhy: map[string]string{
				string(tradepost.AlertFirstContact):    "Votre réglage\u00a0: un courriel au premier contact.",
				string(tradepost.AlertNewConversation): "Votre réglage\u00a0: un courriel à chaque nouvelle conversation.",
				string(tradepost.AlertEveryMessage):    "Votre réglage\u00a0: un courriel à chaque message.",
				tradepost.ReasonMarked:                 "Il était déjà marqué.",
				tradepost.ReasonDeleted:                "Il était déjà supprimé.",
				tradepost.ReasonBlocked:                "Le commerçant était déjà bloqué.",
				tradepost.ReasonMuted:                  "Vous avez mis la conversation en sourdine.",
				tradepost.ReasonUndone:                 "Son auteur l’a annulé.",
				tradepost.ReasonMemberGone:             "Vous n’étiez pas dans l’équipe à ce moment.",
				tradepost.ReasonOptedOut:               "Vos réglages n’en demandent pas.",
				tradepost.ReasonNothingLeft:            "Il ne restait rien à annoncer.",
				tradepost.ReasonAlertCapped:            "Trop d’alertes sont venues en une heure\u00a0: il a rejoint le récapitulatif.",
				tradepost.ReasonGaveUp:                 "Votre serveur de messagerie l’a refusé pendant des jours.",
				tradepost.ReasonUnknown:                "Votre serveur de messagerie n’a pas répondu, deux fois.",
				tradepost.ReasonLapsed:                 "L’envoi s’est interrompu plusieurs fois.",
			},
			sent:      "Envoyé le {time} à {address}.",
			sentBare:  "Envoyé le {time}.",
			noTold:    "Rien n’est enregistré sur ces messages.",
			moreLines: func(n int) string { return "Et " + count(n, "autre commande", "autres commandes") + "." },
			why:       "Vous recevez ce courriel parce qu’un courriel de votre part est arrivé chez {market}.",
		},

		pages: pageWords{
			asks: map[string]asking{
				"done":    {title: "Marquer comme traité\u00a0?", text: "Le dernier message de ce courriel-là est marqué comme traité, pour toute votre équipe. La conversation est avec {name}.", button: "Marquer comme traité"},
				"qualify": {title: "Qualifier {name}\u00a0?", text: "Votre équipe qualifie {name} avec son propre code.", button: "Qualifier"},
				"mute":    {title: "Mettre en sourdine\u00a0?", text: "Vous ne recevez plus de courriels sur la conversation avec {name}. Vos collègues en reçoivent toujours.", button: "Mettre en sourdine"},
				"decline": {title: "Refuser cette demande\u00a0?", text: "Votre équipe refuse la demande de {name}. Une mission ouverte est refusée avec elle.", button: "Refuser"},
				"block": {title: "Bloquer {name}\u00a0?", button: "Bloquer définitivement", final: true,
					text: "Plus aucun message de {name} n’arrive à votre équipe, par aucune voie. Les propositions, missions et factures ouvertes sont closes."},
				"delete": {title: "Supprimer la conversation\u00a0?", button: "Supprimer définitivement", final: true,
					text: "Toute la conversation avec {name} disparaît, pour toute votre équipe\u00a0: messages, fichiers et courriels."},
				"approve": {title: "Était-ce vous\u00a0?", text: "Le courriel à {name} est ajouté comme le vôtre.", button: "Oui, l’ajouter"},
				"add": {title: "Cette adresse est-elle à vous\u00a0?", button: "Oui, et retenir l’adresse",
					text: "Le courriel à {name} est ajouté comme le vôtre. Ceci devient une de vos adresses\u00a0: {detail}"},
				"revoke": {title: "Ce n’était pas vous\u00a0?", button: "Non, révoquer mes adresses",
					text: "Le courriel n’est pas ajouté. Les adresses de réponse de cette conversation ne fonctionnent plus, dans tous vos courriels. Les nouveaux courriels en apportent d’autres."},
				"choose":  {title: "L’envoyer à {name}\u00a0?", text: "Votre texte devient un message à {name}.", button: "Envoyer"},
				"confirm": {title: "Confirmez-vous\u00a0?", text: "Ce que votre courriel demande est fait, dans la conversation avec {name}.", button: "Confirmer"},
			},
			qualifyCode: "Votre équipe qualifie {name} avec le code {detail}.",
			stop: stopWords{
				title: "Arrêter les récapitulatifs pour {name}, {detail}\u00a0?", unnamed: "Arrêter vos récapitulatifs\u00a0?", button: "Arrêter",
				text:  "Ce qui n’est pas lu n’est plus rassemblé dans un courriel. Les alertes viennent comme avant.",
				again: "Recevoir de nouveau les récapitulatifs", resumed: "Les récapitulatifs reviennent, comme vous les aviez choisis.",
				states: map[string]string{
					ActionDone:      "Plus aucun récapitulatif ne vient.",
					ActionUnchanged: "Les récapitulatifs étaient déjà arrêtés.",
					ActionExpired:   "Rien n’a été fait. Vous pouvez arrêter les récapitulatifs dans vos réglages.",
					ActionGone:      "Vous ne faites plus partie de cette équipe. Aucun récapitulatif n’en vient.",
				},
			},
			askAny:   asking{title: "{command}\u00a0?", text: "La commande {command} est exécutée dans la conversation avec {name}.", button: "Exécuter"},
			final:    "Cela ne peut pas être annulé.",
			harmless: "Rien n’a encore été fait.",
			states: map[string]notice{
				ActionDone:      {title: "C’est fait"},
				ActionUnchanged: {"Rien à faire", "C’était déjà ainsi."},
				ActionAsked:     {"Confirmez par courriel", "Nous vous avons envoyé un courriel. Rien ne se passe avant que vous n’y confirmiez."},
				ActionRefused:   {"Non fait", "Vous ne pouvez pas le faire, ou plus."},
				ActionExpired:   {"Ce lien est trop ancien", "Rien n’a été fait. Prenez le dernier courriel de la conversation."},
				ActionAnswered:  {"Déjà répondu", "Cette question a sa réponse. Rien d’autre n’a été fait."},
				ActionInvalid:   {"Ce lien ne fonctionne pas", "Rien n’a été fait. Ouvrez-le de nouveau depuis le courriel\u00a0: il en manque peut-être une partie."},
				ActionGone:      {"N’existe plus", "La conversation a été supprimée, ou vous n’en faites plus partie."},
			},
			answered: map[tradepost.QuestionAnswer]string{
				tradepost.AnswerApprove:    "Votre courriel à {name} est ajouté.",
				tradepost.AnswerAddAddress: "Votre courriel à {name} est ajouté. Ce qui vient de cette adresse est désormais de vous\u00a0: {detail}",
				tradepost.AnswerRevoke:     "Le courriel n’a pas été ajouté. Les anciennes adresses de réponse de cette conversation ne fonctionnent plus.",
				tradepost.AnswerChoose:     "Votre texte est envoyé à {name}.",
				tradepost.AnswerConfirm:    "Ce que votre courriel demandait est fait.",
			},
		},

		whyAlert: map[string]string{
			"first_contact":    "Vous recevez ce courriel à un premier contact, {as}.",
			"new_conversation": "Vous recevez ce courriel à chaque nouvelle conversation, {as}.",
			"every_message":    "Vous recevez ce courriel à chaque message, {as}.",
		},
		whyAny:    "Vous recevez ce courriel {as}.",
		whyDigest: "Vous recevez ce courriel parce que ces messages n’étaient pas lus, {as}.",
		whyRelay:  "Vous recevez ce courriel parce que vous avez écrit à {partner} sur {market}.",
		as:        "comme {member}, {partner}",
		asOwner:   "comme {member}, propriétaire chez {partner}",
		asPartner: "comme membre chez {partner}",

		separators: []string{
			"Répondez à ce courriel",
			"Ouvrir la conversation",
			"Répondez à chacune par son propre lien de réponse.",
			"Écrivez sous chacune, ou répondez à l’une d’elles.",
			"Vous recevez ce courriel ",
			"Non envoyé",
		},
	}
}
