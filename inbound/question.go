package inbound

import (
	"slices"
	"strings"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/reply"
	"github.com/tradepost-mail/tradepost/store"
)

// answering is an answer to a question that came by mail.
type answering struct {
	question int64
	store.Answering
}

// answers that may be given by mail, as the letters name them.
var answers = map[tradepost.QuestionKind][]tradepost.QuestionAnswer{
	tradepost.QuestionSender:  {tradepost.AnswerApprove, tradepost.AnswerAddAddress, tradepost.AnswerRevoke},
	tradepost.QuestionConfirm: {tradepost.AnswerConfirm},
}

// answerQuestion reads the answer to a question: one of its words alone on the
// first line that was written, with its slash or without.
func (g *ingester) answerQuestion(in store.Inbound, mail read, to route, about subject, j *judgement) error {
	cut, err := bounded(g.timeLimit, func() reply.Result {
		g.hook("compose", in.Raw)
		return reply.FromMessage(mail.m, reply.Hints{Separators: g.separators, Addresses: []string{to.address}})
	})
	if err != nil {
		return err
	}
	first, _, _ := strings.Cut(strings.TrimSpace(cut.Text), "\n")
	first = strings.ToLower(strings.Trim(first, " \u00a0\\*_`.!"))
	answer := tradepost.QuestionAnswer(strings.TrimPrefix(first, "/"))
	known := answers[about.question.Kind]
	switch {
	case len(known) == 0: // each choice has an address of its own
		j.refuse(tradepost.ReasonAmbiguous)
	case !slices.Contains(known, answer):
		lines := make([]string, len(known))
		for i, a := range known {
			lines[i] = "/" + string(a)
		}
		j.refuseWith(tradepost.ReasonUnclearAnswer, strings.Join(lines, ", "))
	default:
		j.answer = &answering{question: about.question.ID, Answering: store.Answering{
			Role: to.token.Role, Person: to.token.Person, Answer: answer, Via: tradepost.ViaEmail,
		}}
		if j.mayTell {
			j.verdict.AnswerTo = j.from
		}
	}
	return nil
}
