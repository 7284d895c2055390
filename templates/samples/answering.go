package samples

import (
	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/templates"
)

// answers are the letters to whoever sent a mail that could not be posted, one
// for each reason.
func answers() []Sample {
	var all []Sample
	for _, a := range []struct {
		reason, shows string
		sheet         bool
		change        func(*templates.Answer, cast)
	}{
		{"too_big", "a mail over the limit", true, nil},
		{"file_refused", "a kind of file that isn't taken", true, func(a *templates.Answer, c cast) { a.Detail = c.fileRefused }},
		{"not_a_member", "the writer has left the partner", true, func(a *templates.Answer, c cast) { a.MerchantOrPartnerName = c.partner }},
		{"expired", "the reply address is too old", false, nil},
		{"revoked", "the reply address was withdrawn", false, nil},
		{"empty", "nothing was newly written", false, nil},
		{"closed", "the conversation is closed", false, nil},
		{"blocked", "the merchant is blocked", false, nil},
		{"no_token", "a mail to no address of ours", false, func(a *templates.Answer, _ cast) { a.MerchantOrPartnerName = "" }},
		{"unknown_command", "commands that could not be read", true, func(a *templates.Answer, c cast) { a.Detail = c.commands }},
		{"unclear_answer", "an answer in other words than were asked for", false, func(a *templates.Answer, _ cast) { a.Detail = "/approve, /add, /revoke" }},
		{"breaker", "held: too many mails", false, nil},
		{"unauthenticated", "held: nobody vouches for the sender", false, nil},
		{"held", "held by an operator", true, nil},
		{"ambiguous", "could be for several conversations", false, nil},
		{"unsupported", "a mail that holds no text", false, func(a *templates.Answer, _ cast) { a.Detail = "text/calendar" }},
	} {
		all = append(all, Sample{Name: "answer-" + a.reason, Shows: a.shows, Letter: "Answer", Sheet: a.sheet,
			render: func(l *templates.Letters, c cast) (templates.Rendered, error) {
				answer := templates.Answer{Locale: c.locale, Reason: a.reason, MerchantOrPartnerName: c.merchants[0].Name, Limit: 25_000_000}
				if a.change != nil {
					a.change(&answer, c)
				}
				return l.Answer(answer)
			}})
	}
	return all
}

// questions are what a person has to decide.
func questions() []Sample {
	question := func(name, shows string, sheet bool, fill func(cast) templates.Question) Sample {
		return Sample{Name: name, Shows: shows, Letter: "Question", Sheet: sheet,
			render: func(l *templates.Letters, c cast) (templates.Rendered, error) {
				q := fill(c)
				q.Locale, q.Name, q.Zone, q.ReplyAddress, q.Days = c.locale, c.member, stockholm(), replyTo(90), 14
				return l.Question(q)
			}}
	}
	sender := func(c cast) templates.Question {
		return templates.Question{Kind: tradepost.QuestionSender, Reason: tradepost.ReasonWrongSender, About: c.merchants[0].Name,
			From: c.from, MayAdd: true, Subject: c.subject, At: at(13, 12), ApproveURL: act + "1", AddURL: act + "2", RevokeURL: act + "3"}
	}
	confirm := func(c cast) templates.Question {
		return templates.Question{Kind: tradepost.QuestionConfirm, About: c.merchants[0].Name, Command: tradepost.VerbBlock, ConfirmURL: act + "7"}
	}
	return []Sample{
		question("question-sender", "was this mail yours?", true, sender),
		question("question-sender-failed", "a mail in the owner's name that nobody vouches for", false, func(c cast) templates.Question {
			q := sender(c)
			q.Reason, q.MayAdd = tradepost.ReasonAuthentication, false
			return q
		}),
		question("question-sender-unclear", "a mail whose sender can't be told, to be answered by mail alone", false, func(c cast) templates.Question {
			return templates.Question{Kind: tradepost.QuestionSender, Reason: tradepost.ReasonSenderUnclear, About: c.merchants[1].Name}
		}),
		question("question-conversation", "which conversation is the text for?", true, func(c cast) templates.Question {
			q := templates.Question{Kind: tradepost.QuestionConversation, Text: c.answer}
			for i := range 3 {
				q.Choices = append(q.Choices, templates.QuestionChoice{Merchant: c.merchants[i], Matter: c.matters[i],
					ReplyAddress: replyTo(i), ReplySubject: c.subject, ChooseURL: act + "4"})
			}
			return q
		}),
		question("question-confirm", "blocking a merchant wants a confirmation", true, confirm),
		question("question-confirm-qualify", "so does a code", false, func(c cast) templates.Question {
			q := confirm(c)
			q.Command, q.CommandText = tradepost.VerbQualify, c.code
			return q
		}),
		question("question-confirm-delete", "deleting, to be answered by mail alone", false, func(c cast) templates.Question {
			q := confirm(c)
			q.Command, q.ConfirmURL = tradepost.VerbDelete, ""
			return q
		}),
	}
}
