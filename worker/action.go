package worker

import (
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/templates"
)

// actionLife is how long an action link is good. What it does is of use while the
// message is news.
const actionLife = 30 * 24 * time.Hour

// actionURL makes an action link; "" where no pages are served.
func (o Options) actionURL(a tradepost.Action) (string, error) {
	if o.BaseURL == "" {
		return "", nil
	}
	token, err := o.Tokens.ActionToken(a)
	if err != nil {
		return "", err
	}
	return strings.TrimRight(o.BaseURL, "/") + "/a/" + token, nil
}

// alertActions are what a member may do about a message without writing.
func (o Options) alertActions(l store.MessageLetter) ([]templates.ActionLink, error) {
	verbs := []tradepost.Verb{tradepost.VerbDone, tradepost.VerbDecline, tradepost.VerbMute}
	if l.Kind == tradepost.KindQualification {
		verbs = append(verbs, tradepost.VerbQualify)
	}
	var links []templates.ActionLink
	for _, v := range verbs {
		url, err := o.actionURL(tradepost.Action{
			Verb: string(v), Role: tradepost.AuthorMember, Person: l.To.ID, Subject: l.ConversationID, Object: l.Message.ID,
			Expires: time.Now().Add(actionLife),
		})
		if err != nil {
			return nil, err
		}
		if url != "" {
			links = append(links, templates.ActionLink{Verb: v, URL: url})
		}
	}
	return links, nil
}

// answerURL makes the link that gives one answer to a question.
func (o Options) answerURL(q store.Question, a tradepost.QuestionAnswer, object int64) (string, error) {
	return o.actionURL(tradepost.Action{
		Verb: string(a), Role: q.Role, Person: q.Person, Subject: q.ID, Object: object, Expires: q.ExpiresAt,
	})
}
