package worker

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/mailer"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/templates"
)

// sendAnswers tells people what became of their mail, and asks them what only
// they know: from the null sender, so that no answer is ever answered (RFC 3834
// 3.3).
func (w *Worker) sendAnswers(ctx context.Context, refs []store.Ref) error {
	return sendBatch(ctx, w,
		func(ctx context.Context, l store.Lease) ([]store.AnswerLetter, error) {
			return w.o.Store.ClaimAnswers(ctx, l, refs)
		},
		func(l store.AnswerLetter) outgoing {
			return outgoing{Claimed: l.Claimed, kind: tradepost.Answer, address: l.Address,
				write: func(context.Context) (*mailer.Letter, error) { return w.answerLetter(l) }}
		})
}

func (w *Worker) answerLetter(l store.AnswerLetter) (*mailer.Letter, error) {
	r, reply, err := w.o.answer(l)
	if err != nil {
		return nil, err
	}
	letter := &mailer.Letter{
		From: mailer.Address{Name: r.FromName, Addr: w.o.From}, To: mailer.Address{Addr: l.Address},
		Subject: r.Subject, MessageID: l.MailID, Date: time.Now(), AutoSubmitted: "auto-replied",
		Extra: append(hop(), feedbackID(tradepost.Answer, l.Claimed.Reason, "")), Text: r.Text, HTML: r.HTML,
	}
	if reply != "" {
		letter.ReplyTo = mailer.Address{Name: r.FromName, Addr: reply}
	}
	// A question about somebody else's mail is no answer to it, and a client would
	// file it under a mail that its reader never had.
	if mailer.ValidMessageID(l.InReplyTo) && l.Question == nil {
		letter.InReplyTo, letter.References = l.InReplyTo, []string{l.InReplyTo}
	}
	return letter, nil
}

// answer renders what an answer says. reply is the address that answers it; ""
// where nothing is to be answered.
func (o Options) answer(l store.AnswerLetter) (r templates.Rendered, reply string, err error) {
	switch {
	case l.Question != nil:
		return o.question(l)
	case l.SignIn != nil:
		r, err = o.signIn(l)
		return r, "", err
	case l.Transcript != nil:
		r, err = o.transcript(l)
		return r, "", err
	}
	a := templates.Answer{Locale: l.Locale, Reason: l.Reason, MerchantOrPartnerName: l.About, Limit: o.MaxMailSize, Detail: l.Detail}
	if l.Reason == string(tradepost.ReasonWrongSender) {
		// Whoever wrote is not whom the address was given to: they are told that
		// their mail waits, and of nobody else.
		a.Reason, a.MerchantOrPartnerName = "held", ""
	}
	r, err = o.Letters.Answer(a)
	return r, "", err
}

// question renders what a person is asked.
func (o Options) question(l store.AnswerLetter) (r templates.Rendered, reply string, err error) {
	q := *l.Question
	reply, err = o.Tokens.Address(tradepost.Token{
		Purpose: tradepost.QuestionToken, Role: q.Role, Person: q.Person, Subject: q.ID, Expires: q.ExpiresAt.Add(24 * time.Hour),
	})
	if err != nil {
		return r, "", err
	}
	letter := templates.Question{
		Locale: l.Locale, Kind: q.Kind, Reason: q.Reason, Name: l.Person.Name, About: l.About, From: q.From, MayAdd: q.MayAdd, Text: q.Text,
		Subject: q.Subject, At: q.ReceivedAt, Zone: o.zones.of(l.Person),
		ReplyAddress: reply, Days: int(time.Until(q.ExpiresAt).Hours()+12) / 24,
	}
	if q.Command != nil {
		letter.Command, letter.CommandText = q.Command.Verb, q.Command.Text
	}
	for _, link := range []struct {
		to     *string
		answer tradepost.QuestionAnswer
		kind   tradepost.QuestionKind
	}{
		{&letter.ApproveURL, tradepost.AnswerApprove, tradepost.QuestionSender},
		{&letter.AddURL, tradepost.AnswerAddAddress, tradepost.QuestionSender},
		{&letter.RevokeURL, tradepost.AnswerRevoke, tradepost.QuestionSender},
		{&letter.ConfirmURL, tradepost.AnswerConfirm, tradepost.QuestionConfirm},
	} {
		if link.kind != q.Kind {
			continue
		}
		if *link.to, err = o.answerURL(q, link.answer, 0); err != nil {
			return r, "", err
		}
	}
	if q.Kind == tradepost.QuestionConversation {
		// Answers go to the conversations' own addresses; one to the letter itself
		// would again not say which is meant.
		if letter.Choices, err = o.choices(l, q); err != nil {
			return r, "", err
		}
	}
	r, err = o.Letters.Question(letter)
	return r, reply, err
}

// signIn renders the link by which a member signs in.
func (o Options) signIn(l store.AnswerLetter) (templates.Rendered, error) {
	token, err := o.Tokens.ActionToken(tradepost.Action{
		Verb: tradepost.SignIn, Role: tradepost.AuthorMember, Person: l.Person.ID, Subject: l.SignIn.ID,
		Expires: l.SignIn.ExpiresAt.Add(time.Minute), // a token's minutes are rounded down, and the row decides
	})
	if err != nil {
		return templates.Rendered{}, err
	}
	return o.Letters.SignIn(templates.SignIn{
		Locale: l.Locale, URL: strings.TrimRight(o.BaseURL, "/") + tradepost.SignInPath + token, Life: store.SignInFor,
		At: l.SignIn.CreatedAt, Zone: o.zones.of(l.Person), From: l.SignIn.Agent,
	})
}

// choices are the conversations that a text may be meant for.
func (o Options) choices(l store.AnswerLetter, q store.Question) ([]templates.QuestionChoice, error) {
	var list []templates.QuestionChoice
	for _, c := range q.Choices {
		m, ok := l.Matters[c.ConversationID]
		if !ok {
			continue
		}
		choice := templates.QuestionChoice{Merchant: merchant(m.Merchant), Matter: matter(m), ReplySubject: o.Letters.ReplySubject(l.Locale, matter(m))}
		var err error
		if choice.ReplyAddress, err = o.conversationAddress(l.Person, m, c.Through); err != nil {
			return nil, err
		}
		if choice.ChooseURL, err = o.answerURL(q, tradepost.AnswerChoose, c.ConversationID); err != nil {
			return nil, err
		}
		list = append(list, choice)
	}
	return list, nil
}

// transcript renders what was done.
func (o Options) transcript(l store.AnswerLetter) (templates.Rendered, error) {
	t := templates.Transcript{Locale: l.Locale, Name: l.Person.Name, Zone: o.zones.of(l.Person)}
	for _, p := range l.Transcript.Parts {
		m := l.Matters[p.ConversationID]
		url := o.conversationURL(p.ConversationID, l.Person)
		if slices.ContainsFunc(p.Results, deleted) {
			url = ""
		}
		t.Parts = append(t.Parts, templates.TranscriptPart{
			Merchant: merchant(m.Merchant), Matter: matter(m), Posted: p.Posted, Refused: p.Refused, Results: p.Results,
			OpenURL: url,
		})
	}
	return o.Letters.Transcript(t)
}

// deleted says that the conversation is no more.
func deleted(r tradepost.CommandResult) bool {
	return r.Verb == tradepost.VerbDelete && r.State == tradepost.CommandDone
}
