package templates

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// english is the fallback of every other language.
func english() language {
	count := func(n int, one, many string) string {
		if n == 1 {
			return "1 " + one
		}
		return strconv.Itoa(n) + " " + many
	}
	return language{
		tag: "en",
		dir: "ltr",

		aMerchant:   "A merchant",
		aPartner:    "A partner",
		theMerchant: "the merchant",

		via:       "{name} via {market}",
		noStore:   "No store yet",
		noText:    "(The message has no text.)",
		noName:    "file without a name",
		attached:  "Attached: {file}, {size}",
		elsewhere: "In the conversation: {file}, {size}",
		moreFiles: func(n int) string { return "And " + count(n, "more file", "more files") },
		size:      englishSize,

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
			list := strings.Join(names, ", ")
			switch {
			case more > 0:
				list += " and " + strconv.Itoa(more) + " more"
			case len(names) > 1:
				list = strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
			}
			return strconv.Itoa(unread) + " unread: " + list
		},
		digestIntro:   "{partner}, {window}.",
		digestReplies: "Answer each by its own reply link.",
		window: func(from, until time.Time) string {
			switch {
			case until.IsZero():
				return "until now"
			case from.IsZero():
				return "until " + until.Format("15:04")
			case sameDay(from, until):
				return from.Format("15:04") + " to " + until.Format("15:04")
			}
			return from.Format("Mon 2 Jan 15:04") + " to " + until.Format("Mon 2 Jan 15:04")
		},
		at: func(t, until time.Time) string {
			switch {
			case t.IsZero():
				return "Unread"
			case sameDay(t, until):
				return t.Format("15:04")
			case t.Year() == until.Year():
				return t.Format("Mon 2 Jan 15:04")
			}
			return t.Format("2 Jan 2006 15:04")
		},
		replyTo:      "Reply to {name}",
		openShort:    "Open",
		moreMessages: func(n int) string { return "And " + count(n, "more message", "more messages") },
		moreTalks:    func(n int) string { return "And " + count(n, "more conversation", "more conversations") },
		moreTalksNoLink: func(n int) string {
			return "And " + count(n, "more conversation", "more conversations") + " in your inbox"
		},

		answers: map[string]refusal{
			"too_big": {
				what: "Not sent: your mail is larger than {size}.",
				do:   "Send it again with fewer or smaller attachments.",
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
			"unknown_address": {
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
			"unsupported": {
				what: "Not sent: a mail of this kind cannot be posted.",
				do:   "Write an ordinary mail and send it again.",
			},
		},
		notSent:        "Not sent: your answer to {name}",
		notSentUnnamed: "Not sent: your answer",
		nothingPosted:  "You get this because a mail from your address reached {market}. Nothing of it was posted.",

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
			"You get this ",
			"Not sent: ",
		},
	}
}

// englishSize uses the decimal units that file managers show: "812 bytes",
// "12 KB", "1.2 MB".
func englishSize(n int64) string {
	switch {
	case n < 0:
		return "unknown size"
	case n == 1:
		return "1 byte"
	case n < 1000:
		return strconv.FormatInt(n, 10) + " bytes"
	}
	f := float64(n)
	for _, unit := range []string{"KB", "MB", "GB", "TB"} {
		f /= 1000
		if f < 9.95 {
			return strings.TrimSuffix(fmt.Sprintf("%.1f", f), ".0") + " " + unit
		}
		if f < 999.5 {
			return fmt.Sprintf("%.0f", f) + " " + unit
		}
	}
	return fmt.Sprintf("%.0f TB", f)
}

func sameDay(a, b time.Time) bool {
	ay, am, ad := a.Date()
	by, bm, bd := b.Date()
	return ay == by && am == bm && ad == bd
}
