package samples

import (
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/templates"
)

// notices are the letters about what is no message: first contacts that wait,
// proposals, a member's own settings and sign-in.
func notices() []Sample {
	return []Sample{
		{Name: "reminder", Shows: "a first contact that nobody has answered for a day", Letter: "Reminder", Sheet: true,
			render: func(l *templates.Letters, c cast) (templates.Rendered, error) {
				return l.Reminder(reminder(c, 24*time.Hour+7*time.Minute))
			}},
		{Name: "reminder-days", Shows: "one that has waited for three days, without files and actions", Letter: "Reminder",
			render: func(l *templates.Letters, c cast) (templates.Rendered, error) {
				r := reminder(c, 80*time.Hour)
				r.Merchant, r.Matter, r.Body, r.Files, r.Actions = c.merchants[1], c.matters[1], c.texts[1], nil, nil
				return l.Reminder(r)
			}},
		{Name: "proposal", Shows: "an offer with milestones and terms", Letter: "Proposal", Sheet: true,
			render: func(l *templates.Letters, c cast) (templates.Rendered, error) { return l.Proposal(proposal(c)) }},
		{Name: "proposal-short", Shows: "an offer without milestones, in yen, to be answered by mail", Letter: "Proposal",
			render: func(l *templates.Letters, c cast) (templates.Rendered, error) {
				p := proposal(c)
				p.Price, p.Milestones, p.Terms, p.Days = templates.Price{Amount: 99_000, Currency: "JPY"}, nil, "", 1
				p.AcceptURL, p.DeclineURL = "", ""
				return l.Proposal(p)
			}},
		proposalAnswer("proposal-accepted", "the merchant took the offer", true, templates.ProposalAccepted),
		proposalAnswer("proposal-declined", "the merchant said no, and why", true, templates.ProposalDeclined),
		proposalAnswer("proposal-withdrawn", "to the merchant: the offer doesn't stand any more", false, templates.ProposalWithdrawn),
		{Name: "sign-in", Shows: "a link to sign in with", Letter: "SignIn", Sheet: true,
			render: func(l *templates.Letters, c cast) (templates.Rendered, error) {
				return l.SignIn(templates.SignIn{Locale: c.locale, URL: "https://market.example/sign-in/" + strings.Repeat("k3f9a2c7", 6),
					At: at(13, 12), Zone: stockholm(), From: c.browser})
			}},
		{Name: "confirmation-settings", Shows: "which mail the member gets from now on", Letter: "Confirmation", Sheet: true,
			render: func(l *templates.Letters, c cast) (templates.Rendered, error) {
				return l.Confirmation(confirmation(c, templates.SettingsChanged))
			}},
		{Name: "confirmation-stopped", Shows: "digests were stopped by the link in one of them", Letter: "Confirmation", Sheet: true,
			render: func(l *templates.Letters, c cast) (templates.Rendered, error) {
				k := confirmation(c, templates.DigestsStopped)
				k.UndoURL = act + "a"
				return l.Confirmation(k)
			}},
	}
}

func reminder(c cast, waiting time.Duration) templates.Reminder {
	return templates.Reminder{Links: c.links, Locale: c.locale, Member: c.member, Partner: c.partner, Role: "member", Merchant: c.merchants[0],
		Matter: c.matters[0], Body: c.texts[0], Files: c.files[:1], OpenURL: page, Waiting: waiting, Actions: actions()}
}

func proposal(c cast) templates.Proposal {
	p := templates.Proposal{Locale: c.locale, Author: c.member, Partner: c.partner, Matter: c.matters[0], Work: c.work, Price: c.price, Days: 12,
		Terms: c.terms, AcceptURL: act + "9", DeclineURL: act + "0", OpenURL: page}
	third := templates.Price{Amount: c.price.Amount / 3, Currency: c.price.Currency}
	for _, title := range c.milestones {
		p.Milestones = append(p.Milestones, templates.Milestone{Title: title, Price: third})
	}
	return p
}

func proposalAnswer(name, shows string, sheet bool, state templates.ProposalState) Sample {
	return Sample{Name: name, Shows: shows, Letter: "ProposalAnswer", Sheet: sheet,
		render: func(l *templates.Letters, c cast) (templates.Rendered, error) {
			a := templates.ProposalAnswer{Links: c.links, Locale: c.locale, State: state, Member: c.member, Partner: c.partner,
				Merchant: c.merchants[0], Matter: c.matters[0], Price: c.price, OpenURL: page}
			if state == templates.ProposalDeclined {
				a.Note = c.texts[2]
			}
			return l.ProposalAnswer(a)
		}}
}

func confirmation(c cast, kind templates.ConfirmationKind) templates.Confirmation {
	return templates.Confirmation{Links: c.links, Locale: c.locale, Kind: kind, Member: c.member, Partner: c.partner,
		Settings: templates.MailSettings{Alerts: tradepost.AlertNewConversation, DigestHours: 3, QuietFrom: "18:00", QuietUntil: "07:00", Zone: c.zone}}
}
