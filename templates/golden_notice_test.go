package templates

import (
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost"
)

var (
	memberLinks = Links{
		SettingsURL: "https://market.example/settings/mail",
		StopURL:     "https://market.example/a/hq4t7w2z9c6n1x8v3b5m0k2j4g6f8d1s3a5p7o9i2u4y6t8r0e",
		WhyURL:      "https://market.example/why/7Hq2vN4kTz",
	}
	fourThousand = Price{Amount: 4_280_000, Currency: "SEK"}
)

// noticeCases are the letters that members and merchants get besides messages
// and answers to mail, in one language, and letters with everything in the footer.
func noticeCases(l *Letters, tag string) map[string]func() (Rendered, error) {
	cases := map[string]func() (Rendered, error){}
	reminder := func(name string, change func(*Reminder)) {
		cases["reminder"+name] = func() (Rendered, error) {
			a := firstContact()
			r := Reminder{Links: memberLinks, Locale: tag, Member: a.Member, Partner: a.Partner, Merchant: a.Merchant, Matter: a.Matter, Body: a.Body,
				Files: a.Files[:1], OpenURL: a.OpenURL, Waiting: 24*time.Hour + 7*time.Minute}
			for _, v := range []tradepost.Verb{tradepost.VerbDone, tradepost.VerbDecline} {
				r.Actions = append(r.Actions, ActionLink{v, actURL + string(v)})
			}
			change(&r)
			return l.Reminder(r)
		}
	}
	reminder("", func(*Reminder) {})
	reminder("-days", func(r *Reminder) {
		r.Links, r.Merchant, r.Body, r.Files, r.Waiting = Links{}, taro, japaneseText, nil, 80*time.Hour
	})
	cases["alert-links"] = func() (Rendered, error) {
		a := firstContact()
		a.Locale, a.Links = tag, memberLinks
		return l.Alert(a)
	}
	cases["digest-links"] = func() (Rendered, error) {
		d := digestOf(3)
		d.Locale, d.Links, d.Items[2].Lead = tag, memberLinks, true
		return l.Digest(d)
	}
	proposal := Proposal{
		Locale: tag, Author: "Maja Lind", Partner: "Studio Lind", Matter: migration,
		Work:  "We move your 4,200 products with their variants and pictures, check every one of them and open the new store with you.\n\nThe old store stays as it is until you say so.",
		Price: fourThousand, Days: 12,
		Milestones: []Milestone{
			{"Export and check", Price{1_070_000, "SEK"}}, {"Pictures", Price{2_140_000, "SEK"}}, {"Import and test", Price{1_070_000, "SEK"}},
		},
		Terms: "Half on acceptance, half when the store is open.\nPrices without VAT.", AcceptURL: actURL + "9", DeclineURL: actURL + "0", OpenURL: openURL,
	}
	cases["proposal"] = func() (Rendered, error) { return l.Proposal(proposal) }
	cases["proposal-short"] = func() (Rendered, error) {
		p := proposal
		p.Author, p.Milestones, p.Terms, p.Days, p.AcceptURL, p.DeclineURL, p.Price = "", nil, "", 1, "", "", Price{99_000, "JPY"}
		return l.Proposal(p)
	}
	for _, state := range []ProposalState{ProposalAccepted, ProposalDeclined, ProposalWithdrawn} {
		cases["proposal-"+string(state)] = func() (Rendered, error) {
			a := ProposalAnswer{Links: memberLinks, Locale: tag, State: state, Member: "Maja Lind", Partner: "Studio Lind", Merchant: nadia, Matter: migration,
				Price: fourThousand, OpenURL: openURL}
			if state == ProposalDeclined {
				a.Note, a.Links = "It is more than we have this year.\nPerhaps in spring?", Links{}
			}
			return l.ProposalAnswer(a)
		}
	}
	cases["sign-in"] = func() (Rendered, error) {
		return l.SignIn(SignIn{Locale: tag, URL: "https://market.example/sign-in/" + strings.Repeat("k3f9a2c7", 6), At: clock(13, 12), Zone: stockholm,
			From: "Firefox on Linux, 203.0.113.7"})
	}
	confirmation := Confirmation{Links: memberLinks, Locale: tag, Kind: SettingsChanged, Member: "Maja Lind", Partner: "Studio Lind",
		Settings: MailSettings{Alerts: tradepost.AlertNewConversation, DigestHours: 3, QuietFrom: "18:00", QuietUntil: "07:00", Zone: "Europe/Stockholm"}}
	cases["confirmation-settings"] = func() (Rendered, error) { return l.Confirmation(confirmation) }
	cases["confirmation-stopped"] = func() (Rendered, error) {
		c := confirmation
		c.Kind, c.UndoURL = DigestsStopped, actURL+"a"
		return l.Confirmation(c)
	}
	cases["confirmation-stopped-bare"] = func() (Rendered, error) {
		c := confirmation
		c.Kind, c.Links = DigestsStopped, Links{}
		return l.Confirmation(c)
	}
	return cases
}

// hostileCases are the same letters of people who mean harm.
func hostileCases(l *Letters) map[string]func() (Rendered, error) {
	const script = "\u202etropeda\x00rT\u202c <script>alert(1)</script>\r\nBcc: x"
	const wide = "</p></td><script>alert(document.domain)</script>\x00\u202efdp.exe\r\n<img src=x onerror=alert(1)>\r-- \r{{.Name}}\n"
	evil := Merchant{Name: script, StoreName: "=?utf-8?q?bank?=", StoreURL: "javascript:alert(1)", PublicEmail: "a@b.example\r\nBcc: x@y.example"}
	links := Links{SettingsURL: "javascript:alert(1)", StopURL: `https://market.example/"><b>`, WhyURL: "//market.example"}
	return map[string]func() (Rendered, error){
		"reminder-hostile": func() (Rendered, error) {
			return l.Reminder(Reminder{Links: links, Member: script, Partner: "Tradepost", Merchant: evil, Matter: Matter{Service: script}, Body: wide, Waiting: -time.Hour})
		},
		"proposal-hostile": func() (Rendered, error) {
			return l.Proposal(Proposal{Author: "help@bank.example", Partner: script, Matter: Matter{Service: "{price}"}, Work: wide, Price: Price{-1, "usd"},
				Milestones: []Milestone{{script + wide, Price{1 << 50, "EUR"}}}, Terms: wide, AcceptURL: "https://market.example/<b>", DeclineURL: "data:x"})
		},
		"proposal-answer-hostile": func() (Rendered, error) {
			return l.ProposalAnswer(ProposalAnswer{Links: links, State: ProposalDeclined, Member: script, Partner: script, Merchant: evil, Note: wide})
		},
		"sign-in-hostile": func() (Rendered, error) {
			return l.SignIn(SignIn{URL: "https://market.example/s/1?a=<b>&c='", From: "Mozilla/5.0 <script>\r\nBcc: x \u202eexe" + strings.Repeat("W", 300)})
		},
		"confirmation-hostile": func() (Rendered, error) {
			return l.Confirmation(Confirmation{Links: links, Kind: SettingsChanged, Partner: script,
				Settings: MailSettings{Alerts: "<b>", DigestAt: script, QuietFrom: "<i>", QuietUntil: wide, Zone: script}})
		},
	}
}
