package templates

import (
	"strconv"
	"time"

	"github.com/tradepost-mail/tradepost"
)

// english is the fallback of every other language.
func english() language {
	count := func(n int, one, many string) string {
		if n == 1 {
			return "1 " + one
		}
		return strconv.Itoa(n) + " " + many
	}
	list := func(names []string, more int) string {
		others := ""
		if more > 0 {
			others = strconv.Itoa(more) + " more"
		}
		return enumerate(names, " and ", others)
	}
	return language{
		tag: "en",
		dir: "ltr",

		aMerchant:   "A merchant",
		aPartner:    "A partner",
		theMerchant: "the merchant",
		theOther:    "the other side",

		colon: ": ",
		list:  list,

		via:       "{name} via {market}",
		noStore:   "No store yet",
		noText:    "(The message has no text.)",
		noName:    "file without a name",
		attached:  "Attached: {file}, {size}",
		elsewhere: "In the conversation: {file}, {size}",
		moreFiles: func(n int) string { return "And " + count(n, "more file", "more files") },
		size:      units{"unknown size", "byte", "bytes", []string{"KB", "MB", "GB", "TB"}, " ", "."}.size,

		kinds: map[string]string{
			"service":       "Service",
			"opportunity":   "Job request",
			"qualification": "Qualification request",
			"inventory":     "Stock request",
			"product":       "Product update",
			"integration":   "Integration",
		},
		anyKind: "Message",

		replyHint: "Reply to this mail: {name} gets it without your address.",
		open:      "Open the conversation",
		readRest:  "Read the rest",
		cutHere:   "The message goes on in the conversation.",
		signed:    "{name}, {partner}",
		re:        "Re: ",

		digestHeading: func(unread, conversations int) string {
			return count(unread, "unread message", "unread messages") + " in " + count(conversations, "conversation", "conversations")
		},
		digestSubject: func(unread int, names []string, more int) string {
			return strconv.Itoa(unread) + " unread: " + list(names, more)
		},
		digestIntro:   "{partner}, {window}.",
		digestReplies: "Answer each by its own reply link.",
		digestMarks:   "Write under each, or reply to one.",
		answerHere:    "To answer {name} here, write under this line.",
		replyTo:       "Reply to {name}",
		openShort:     "Open",
		moreMessages:  func(n int) string { return "And " + count(n, "more message", "more messages") },
		moreTalks:     func(n int) string { return "And " + count(n, "more conversation", "more conversations") },
		moreTalksNoLink: func(n int) string {
			return "And " + count(n, "more conversation", "more conversations") + " in your inbox"
		},

		day:       func(t time.Time) string { return t.Format("Mon 2 Jan") },
		date:      func(t time.Time) string { return t.Format("2 Jan 2006") },
		untilNow:  "until now",
		untilThen: "until {until}",
		fromTo:    "{from} to {until}",
		timeless:  "Unread",

		answers: map[string]refusal{
			"too_big": {
				what: "Not sent: your mail is larger than {size}.",
				do:   "Send it again with fewer or smaller attachments.",
			},
			"file_refused": {
				what: "Not sent: a file of this kind is not taken.",
				do:   "Send the mail again without it. A link in the text is fine.",
			},
			"ambiguous": {
				what: "Not sent: the mail you answered holds several conversations.",
				do:   "Answer again by the reply link under the conversation you mean.",
			},
			"not_a_member": {
				subject: "Not sent: you are no longer in {name}",
				what:    "Not sent: you are no longer in {name}.",
				unnamed: "Not sent: you are no longer a member of this partner.",
				do:      "Ask its owner to add you.",
			},
			"expired": {
				what: "Not sent: the address you answered is too old.",
				do:   "Answer the newest mail of this conversation.",
			},
			"revoked": {
				what: "Not sent: the address you answered was revoked.",
				do:   "Answer a newer mail of this conversation.",
			},
			"no_token": {
				what: "Not sent: no conversation has the address you wrote to.",
				do:   "Answer the newest mail of the conversation, and leave its address as it is.",
			},
			"empty": {
				what: "Not sent: your mail holds no new text.",
				do:   "Write your answer above the quoted mail and send it again.",
			},
			"closed": {
				what: "Not sent: the conversation is closed.",
				do:   "No more messages can be added to it.",
			},
			"blocked": {
				what:    "Not sent: no messages are exchanged with {name} any more.",
				unnamed: "Not sent: no messages are exchanged in this conversation any more.",
				do:      "Your mail was kept from the conversation. There is nothing more to do.",
			},
			"unknown_command": {
				subject: "Nothing done: a command was not understood",
				what:    "Nothing done: a line of your mail could not be read as a command.",
				do:      "Nothing else in it was done or posted either. Correct the line and send the mail again.",
			},
			"unclear_answer": {
				subject: "Not understood: your answer",
				what:    "Not understood: your answer to our question. It can be one of these:",
				do:      "Answer the question again, with one of them alone on the first line.",
			},
			"unsupported": {
				what: "Not sent: a mail of this kind cannot be posted.",
				do:   "Write an ordinary mail and send it again.",
			},
			"breaker": {
				what: "Held: unusually many mails came in.",
				do:   "A person looks at yours. Do not send it again.",
				held: true,
			},
			"unauthenticated": {
				what: "Held: your mail provider does not vouch for your address.",
				do:   "A second mail asks whether it was you, or a person looks at it. Do not send it again.",
				held: true,
			},
			"held": {
				what: "Held: a person looks at your mail first.",
				do:   "There is nothing to do. Do not send it again.",
				held: true,
			},
		},
		notSent:        "Not sent: your answer to {name}",
		notSentUnnamed: "Not sent: your answer",
		held:           "Held: your answer to {name}",
		heldUnnamed:    "Held: your answer",
		nothingPosted:  "You get this because a mail from your address reached {market}. Nothing of it was posted.",
		heldSoFar:      "You get this because a mail from your address reached {market}. Nothing of it has been posted yet.",

		commandsStand: "Commands stand first in a mail, each on a line of its own:",
		commands: map[tradepost.Verb]string{
			tradepost.VerbDone:      "marks the newest message as done",
			tradepost.VerbMark:      "puts an emoji on the newest message",
			tradepost.VerbUnmark:    "takes the mark off",
			tradepost.VerbTag:       "puts tags on the conversation",
			tradepost.VerbUntag:     "takes tags off",
			tradepost.VerbQualify:   "qualifies the merchant, with your team's code or another",
			tradepost.VerbUnqualify: "takes the qualification back",
			tradepost.VerbNote:      "adds a note for your team; the merchant never sees it",
			tradepost.VerbMute:      "stops your mail about this conversation",
			tradepost.VerbDecline:   "declines the request",
			tradepost.VerbBlock:     "blocks the merchant for good; asks first",
			tradepost.VerbDelete:    "deletes the conversation for good; asks first",
			tradepost.VerbUndo:      "takes back your last reply while it still waits, or your last command while there is time",
			tradepost.VerbWhy:       "says how you were told of each message, or why not",
			tradepost.VerbHelp:      "lists the commands",
		},
		actions: map[tradepost.Verb]string{
			tradepost.VerbDone:    "Mark as done",
			tradepost.VerbDecline: "Decline",
			tradepost.VerbMute:    "Mute this conversation",
			tradepost.VerbQualify: "Qualify {name}",
			tradepost.VerbBlock:   "Block {name}",
			tradepost.VerbDelete:  "Delete this conversation",
		},

		question: questionWords{
			wasYou:        "Was this you? A mail to {name}",
			wasYouUnnamed: "Was this you? A mail waits",
			wasYouTitle:   "Was this you?",
			came:          "A mail to {name} came in by your reply address. It waits; nothing of it was posted.",
			cameUnnamed:   "A mail came in by your reply address. It waits; nothing of it was posted.",
			from:          "It came from {from}.",
			unclear:       "It does not say clearly who sent it.",
			whyHeld: map[tradepost.Reason]string{
				tradepost.ReasonWrongSender:     "That is not one of your addresses.",
				tradepost.ReasonAuthentication:  "The address failed its check: somebody else may have sent it.",
				tradepost.ReasonUnauthenticated: "Nobody vouches that it came from there.",
				tradepost.ReasonSeveralFrom:     "It names several senders.",
			},
			subject:     "Subject: {subject}",
			received:    "Received: {time}",
			revokeMeans: "Revoking ends the reply addresses of this conversation, in all mails you have. New mails bring new ones.",

			which:       "Which conversation? Your answer waits",
			whichTitle:  "Which conversation?",
			whichWhat:   "Your answer waits: we could not tell which conversation it is for. This text was not posted yet.",
			youWrote:    "You wrote:",
			keptWhole:   "This is the beginning. We keep the whole text.",
			twoWays:     "The reply link writes a new answer, with your text filled in where your mail program does that; “Post it to …” posts what you wrote as it is.",
			twoWaysBare: "The reply link writes a new answer; “Post it to …” posts what you wrote as it is.",
			tooLong:     "Your text is too long to be filled in for you: copy it into your reply.",
			noChoice:    "Answer the newest mail of the conversation you mean.",
			postTo:      "Post it to {name}",

			confirm: "{question} Please confirm",
			asks:    "A mail in your name asks for this: {command}",

			byMail:     "Or reply to this mail with the line {lines}.",
			onlyByMail: "Reply to this mail with one line:",
			or:         " or ",
			silence: map[tradepost.QuestionKind]string{
				tradepost.QuestionSender:       "Without your answer nothing is posted.",
				tradepost.QuestionConversation: "Without your choice your answer is not posted.",
				tradepost.QuestionConfirm:      "Without your answer nothing happens.",
			},
			ends: func(days int) string { return "The question ends in " + count(days, "day", "days") + "." },
			why: map[tradepost.QuestionKind]string{
				tradepost.QuestionSender:       "You get this because a mail to your reply address reached {market}.",
				tradepost.QuestionConversation: "You get this because a mail of yours reached {market}.",
				tradepost.QuestionConfirm:      "You get this because a mail with a command reached {market}.",
			},
			forPerson: "For {name}.",
		},

		transcript: transcriptWords{
			done:       "Done: {what}",
			notDone:    "Not done: {what}",
			toConfirm:  "To confirm: {what}",
			titleDone:  "Done",
			titlePart:  "Done in part",
			titleNot:   "Not done",
			titleWaits: "Waits for your confirmation",
			titleHelp:  "The commands",
			titleWhy:   "How you were told",
			past: map[tradepost.Verb]string{
				tradepost.VerbDone: "marked as done", tradepost.VerbMark: "marked", tradepost.VerbUnmark: "unmarked",
				tradepost.VerbTag: "tagged", tradepost.VerbUntag: "untagged", tradepost.VerbQualify: "qualified",
				tradepost.VerbUnqualify: "unqualified", tradepost.VerbNote: "noted", tradepost.VerbMute: "muted",
				tradepost.VerbDecline: "declined", tradepost.VerbBlock: "blocked", tradepost.VerbDelete: "deleted",
				tradepost.VerbUndo: "taken back", tradepost.VerbWhy: "explained", tradepost.VerbHelp: "listed",
			},
			pastPosted:     "posted",
			subjectRefused: "Not posted",

			posted:    "Your message was posted.",
			notPosted: "Your message was not posted.",
			did: map[tradepost.Verb]string{
				tradepost.VerbDone:      "Marked as done.",
				tradepost.VerbMark:      "Marked with {text}.",
				tradepost.VerbUnmark:    "The mark was taken off.",
				tradepost.VerbTag:       "Tagged: {tags}.",
				tradepost.VerbUntag:     "Tags taken off: {tags}.",
				tradepost.VerbQualify:   "Qualified with your team's code: {name}.",
				tradepost.VerbUnqualify: "The qualification was taken back: {name}.",
				tradepost.VerbNote:      "Noted for your team. The merchant never sees it:",
				tradepost.VerbMute:      "Muted: you get no more mail about this conversation.",
				tradepost.VerbDecline:   "Declined, with the open job if there was one.",
				tradepost.VerbBlock:     "Blocked for good: {name}.",
				tradepost.VerbDelete:    "The conversation was deleted for good.",
				tradepost.VerbUndo:      "Your last command was taken back.",
				tradepost.VerbWhy:       "How you were told of each message:",
				tradepost.VerbHelp:      "Commands stand first in a mail, each on a line of its own:",
			},
			already: map[tradepost.Verb]string{
				tradepost.VerbDone:      "It was marked as done already.",
				tradepost.VerbMark:      "It had the mark {text} already.",
				tradepost.VerbUnmark:    "There was no mark to take off.",
				tradepost.VerbTag:       "It had these tags already: {tags}.",
				tradepost.VerbUntag:     "It had none of these tags: {tags}.",
				tradepost.VerbQualify:   "Qualified already: {name}.",
				tradepost.VerbUnqualify: "There was no qualification to take back: {name}.",
				tradepost.VerbNote:      "The note was there already:",
				tradepost.VerbMute:      "The conversation was muted already.",
				tradepost.VerbDecline:   "The request was declined already.",
				tradepost.VerbBlock:     "Blocked already: {name}.",
				tradepost.VerbDelete:    "The conversation was deleted already.",
				tradepost.VerbUndo:      "There was nothing to take back.",
				tradepost.VerbWhy:       "Nothing is recorded of these messages.",
				tradepost.VerbHelp:      "Send /help alone to see the commands.",
			},
			qualifiedCode: "Qualified with the code {text}: {name}.",
			didAny:        "Done: {command}",
			alreadyAny:    "Nothing changed: {command}",
			undoneReply:   "Your reply was taken back. It never reaches {name}.",
			undone:        "Taken back: {command}",
			asked:         "Not done yet: {command}. A second mail asks you to confirm it.",
			refused:       "Not done: {command}.",
			refusedBecause: map[string]string{
				tradepost.CommandNothingToUndo: "There is nothing to take back.",
				tradepost.CommandTooLate:       "It is too late: the reply is on its way, or the time is over.",
				tradepost.CommandNoMessage:     "There is no message to act on.",
				tradepost.CommandNoCode:        "Your team has no code of its own. Name one: /qualify CODE",
				tradepost.CommandNotAllowed:    "Only an owner of your team may do this.",
				tradepost.CommandTooMany:       "Too many confirmations were asked for today. Try again tomorrow.",
				tradepost.CommandBlocked:       "The merchant is blocked for good.",
			},
			nothing: "Nothing was done.",

			told: map[tradepost.Outcome]string{
				"":                       "You have not been told yet.",
				tradepost.Alerted:        "You got a mail at once.",
				tradepost.Digested:       "You got it in a digest.",
				tradepost.Relayed:        "It was passed on by mail.",
				tradepost.ReadFirst:      "No mail: you had read it.",
				tradepost.Answered:       "No mail: a colleague had answered.",
				tradepost.Suppressed:     "No mail: your address does not take any.",
				tradepost.OutcomeSkipped: "No mail.",
				tradepost.OutcomeFailed:  "The mail could not be delivered.",
			},
			toldWhy: map[string]string{
				string(tradepost.AlertFirstContact):    "Your setting: a mail at a first contact.",
				string(tradepost.AlertNewConversation): "Your setting: a mail at every new conversation.",
				string(tradepost.AlertEveryMessage):    "Your setting: a mail at every message.",
				tradepost.ReasonMarked:                 "It was marked before.",
				tradepost.ReasonDeleted:                "It was deleted before.",
				tradepost.ReasonBlocked:                "The merchant was blocked before.",
				tradepost.ReasonMuted:                  "You muted the conversation.",
				tradepost.ReasonUndone:                 "It was taken back by its author.",
				tradepost.ReasonMemberGone:             "You were not in the team then.",
				tradepost.ReasonOptedOut:               "Your settings ask for none.",
				tradepost.ReasonNothingLeft:            "Nothing was left to tell.",
				tradepost.ReasonAlertCapped:            "Too many alerts came within an hour, so it joined the digest.",
				tradepost.ReasonGaveUp:                 "Your mail server refused it for days.",
				tradepost.ReasonUnknown:                "Your mail server did not answer twice.",
				tradepost.ReasonLapsed:                 "Sending broke off again and again.",
			},
			sent:      "Sent {time} to {address}.",
			sentBare:  "Sent {time}.",
			noTold:    "Nothing is recorded of these messages.",
			moreLines: func(n int) string { return "And " + count(n, "more command", "more commands") + "." },
			why:       "You get this because a mail of yours reached {market}.",
		},

		pages: pageWords{
			asks: map[string]asking{
				"done":    {title: "Mark as done?", text: "The newest message in that mail is marked as done, for your whole team. The conversation is with {name}.", button: "Mark as done"},
				"qualify": {title: "Qualify {name}?", text: "Your team qualifies {name} with its own code.", button: "Qualify"},
				"mute":    {title: "Mute this conversation?", text: "You get no more mail about the conversation with {name}. Your colleagues still do.", button: "Mute"},
				"decline": {title: "Decline this request?", text: "Your team declines the request of {name}. An open job is declined with it.", button: "Decline"},
				"block": {title: "Block {name}?", button: "Block for good", final: true,
					text: "No more messages reach your team from {name}, by any way in. Open proposals, jobs and invoices are closed."},
				"delete": {title: "Delete this conversation?", button: "Delete for good", final: true,
					text: "The whole conversation with {name} goes, for your whole team: messages, files and mails."},
				"approve": {title: "Was this you?", text: "The mail to {name} is posted as yours.", button: "Yes, post it"},
				"add": {title: "Is this address yours?", button: "Yes, and add the address",
					text: "The mail to {name} is posted as yours. This becomes one of your addresses: {detail}"},
				"revoke": {title: "Was this not you?", button: "No, revoke my addresses",
					text: "The mail is not posted. The reply addresses of this conversation stop working, in all mails you have. New mails bring new ones."},
				"choose":  {title: "Post it to {name}?", text: "Your text becomes a message to {name}.", button: "Post it"},
				"confirm": {title: "Do you confirm?", text: "What your mail asked for is done, in the conversation with {name}.", button: "Confirm"},
			},
			qualifyCode: "Your team qualifies {name} with the code {detail}.",
			askAny:      asking{title: "{command}?", text: "The command {command} is carried out in the conversation with {name}.", button: "Do it"},
			final:       "This cannot be taken back.",
			harmless:    "Nothing has been done yet.",
			states: map[string]notice{
				ActionDone:      {title: "Done"},
				ActionUnchanged: {"Nothing to do", "It was so already."},
				ActionAsked:     {"Please confirm by mail", "We sent you a mail. Nothing happens until you confirm it there."},
				ActionRefused:   {"Not done", "You may not do this, or no longer."},
				ActionExpired:   {"This link is too old", "Nothing was done. Use the newest mail of the conversation."},
				ActionAnswered:  {"Answered before", "This question has its answer. Nothing more was done."},
				ActionInvalid:   {"This link does not work", "Nothing was done. Open it from the mail again: part of it may be missing."},
				ActionGone:      {"No longer there", "The conversation was deleted, or you no longer belong to it."},
			},
			answered: map[tradepost.QuestionAnswer]string{
				tradepost.AnswerApprove:    "Your mail to {name} is being posted.",
				tradepost.AnswerAddAddress: "Your mail to {name} is being posted. Mail from this address is yours from now on: {detail}",
				tradepost.AnswerRevoke:     "The mail was not posted. The old reply addresses of this conversation have stopped working.",
				tradepost.AnswerChoose:     "Your text is being posted to {name}.",
				tradepost.AnswerConfirm:    "What your mail asked for was done.",
			},
		},

		whyAlert: map[string]string{
			"first_contact":    "You get this at a first contact, {as}.",
			"new_conversation": "You get this at every new conversation, {as}.",
			"every_message":    "You get this at every message, {as}.",
		},
		whyAny:    "You get this {as}.",
		whyDigest: "You get this because these messages were unread, {as}.",
		whyRelay:  "You get this because you wrote to {partner} on {market}.",
		as:        "as {member} at {partner}",
		asOwner:   "as {member}, owner of {partner}",
		asPartner: "as a member of {partner}",

		separators: []string{
			"Reply to this mail:",
			"Open the conversation",
			"Answer each by its own reply link.",
			"Write under each, or reply to one.",
			"You get this ",
			"Not sent: ",
		},
	}
}
