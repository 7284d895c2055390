package samples

import (
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/templates"
)

// telling are the letters that nobody asked for: alerts, digests, answers on
// their way to the merchant.
func telling() []Sample {
	return []Sample{
		{Name: "alert", Shows: "a first contact, with files and action links", Letter: "Alert", Sheet: true,
			render: func(l *templates.Letters, c cast) (templates.Rendered, error) { return l.Alert(alert(c)) }},
		{Name: "alert-message", Shows: "a later message, files attached, the reader's rule is every message", Letter: "Alert",
			render: func(l *templates.Letters, c cast) (templates.Rendered, error) {
				a := alert(c)
				a.Role, a.Reason, a.FilesAttached, a.Actions = "member", "every_message", true, nil
				a.Merchant, a.Matter, a.Body = c.merchants[1], c.matters[1], c.texts[1]
				return l.Alert(a)
			}},
		{Name: "alert-no-page", Shows: "a first contact where pages aren't served: no button", Letter: "Alert",
			render: func(l *templates.Letters, c cast) (templates.Rendered, error) {
				a := alert(c)
				a.OpenURL, a.Actions, a.Links = "", nil, templates.Links{}
				a.Merchant, a.Matter, a.Body = c.merchants[2], c.matters[2], c.texts[2]
				return l.Alert(a)
			}},
		{Name: "digest-1", Shows: "a digest of one conversation: a reply goes there", Letter: "Digest", Sheet: true,
			render: func(l *templates.Letters, c cast) (templates.Rendered, error) {
				d := digest(c, 1)
				d.ReplyGoesToItem = true
				return l.Digest(d)
			}},
		{Name: "digest-4", Shows: "a digest of four conversations, one of them two days old", Letter: "Digest", Sheet: true,
			render: func(l *templates.Letters, c cast) (templates.Rendered, error) {
				d := digest(c, 4)
				d.Items[3].Messages[0].At = at(13, 30).AddDate(0, 0, -2)
				return l.Digest(d)
			}},
		{Name: "digest-30", Shows: "a digest that can't show everything", Letter: "Digest",
			render: func(l *templates.Letters, c cast) (templates.Rendered, error) {
				d := digest(c, 30)
				d.More, d.Items[0].More = 5, 4
				return l.Digest(d)
			}},
		{Name: "relay", Shows: "a member's answer as the merchant gets it", Letter: "Relay", Sheet: true,
			render: func(l *templates.Letters, c cast) (templates.Rendered, error) {
				return l.Relay(templates.Relay{Locale: c.locale, Author: c.member, Partner: c.partner, MerchantName: c.merchants[0].Name,
					Matter: c.matters[0], Body: c.answer, Files: c.files[:1], FilesAttached: true, OpenURL: page})
			}},
		{Name: "relay-subject", Shows: "an answer under the subject of the merchant's own mail, no page", Letter: "Relay",
			render: func(l *templates.Letters, c cast) (templates.Rendered, error) {
				return l.Relay(templates.Relay{Locale: c.locale, Author: c.member, Partner: c.partner, MerchantName: c.merchants[0].Name,
					Matter: c.matters[0], Subject: c.subject, Body: c.answer})
			}},
	}
}

func alert(c cast) templates.Alert {
	return templates.Alert{Links: c.links, Locale: c.locale, Member: c.member, Partner: c.partner, Role: "owner",
		Merchant: c.merchants[0], Matter: c.matters[0], Body: c.texts[0], Files: c.files, OpenURL: page, Reason: "first_contact", Actions: actions()}
}

func actions() []templates.ActionLink {
	var links []templates.ActionLink
	for _, v := range []tradepost.Verb{tradepost.VerbDone, tradepost.VerbQualify, tradepost.VerbMute, tradepost.VerbDecline} {
		links = append(links, templates.ActionLink{Verb: v, URL: act + string(v)})
	}
	return links
}

func digest(c cast, conversations int) templates.Digest {
	d := templates.Digest{Links: c.links, Locale: c.locale, Member: c.member, Partner: c.partner, Zone: stockholm(),
		From: at(12, 47), Until: at(13, 47), MoreURL: inbox}
	for i := range conversations {
		k := i % len(c.merchants)
		it := templates.DigestItem{Merchant: c.merchants[k], Matter: c.matters[k], ReplyAddress: replyTo(i),
			ReplySubject: "Re: Store migration", OpenURL: page, Mark: []string{"K7QF3M", "0T9XBW", "PA5HN2", "CD61YZ"}[k],
			Messages: []templates.DigestMessage{{At: at(13, 40).Add(-time.Duration(i) * time.Minute), Body: c.texts[k]}}}
		if i == 0 {
			it.Messages = append(it.Messages, templates.DigestMessage{At: at(13, 41), Body: strings.TrimSpace(c.texts[3]), Files: c.files[1:]})
		}
		d.Items = append(d.Items, it)
	}
	return d
}
