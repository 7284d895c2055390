package inbound

import (
	"context"
	"strings"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/class"
	"github.com/tradepost-mail/tradepost/inbound/reply"
	"github.com/tradepost-mail/tradepost/store"
)

// answerLetter makes a message of an answer to an alert, a relay, or a digest of
// one conversation, carries its commands out, or refuses for what is in it.
func (g *ingester) answerLetter(ctx context.Context, in store.Inbound, mail read, to route, about subject, j *judgement, ruling tradepost.Ruling) error {
	access := about.access
	h := hints(access, to, g.separators)
	h.KeepForwarded = mail.Class == class.Forwarded // it is what they have to say
	cut, err := bounded(g.timeLimit, func() reply.Result {
		g.hook("compose", in.Raw)
		return reply.FromMessage(mail.m, h)
	})
	if err != nil {
		return err
	}
	var messages []store.Message
	if meetsLetter(cut) {
		if _, messages, err = g.store.Conversation(ctx, access.Conversation.ID); err != nil {
			return err
		}
	}
	var script tradepost.Script
	w, err := bounded(g.timeLimit, func() written {
		cut := withoutLetter(cut, to.token.Role, messages)
		script, cut = commands(to.token.Role, cut)
		return write(mail.m, cut, h, g.hopHeader)
	})
	if err != nil {
		return err
	}
	switch {
	case len(script.Faults) > 0:
		j.refuseWith(tradepost.ReasonUnknownCommand, faultLines(script.Faults))
	case w.refused != "":
		j.refuseWith(tradepost.ReasonFileRefused, w.refused)
	case w.tooBig:
		j.refuse(tradepost.ReasonTooBig)
	case w.body == "" && len(w.files) == 0 && len(script.Commands) == 0:
		j.refuse(tradepost.ReasonEmptyMail)
	default:
		r := replyOf(to, access.Conversation.ID, to.token.Through, w)
		r.Commands = script.Commands
		j.post = &store.Posting{
			Replies: []store.Reply{r}, Fingerprint: fingerprint(to.address, mail.m, in.Raw), Sender: j.from,
			Confirm: ruling.Confirm, Tell: j.mayTell,
		}
	}
	return nil
}

// replyOf is what was written to one conversation, as the store takes it.
func replyOf(to route, conversation, through int64, w written) store.Reply {
	return store.Reply{
		ConversationID: conversation, Role: to.token.Role, Person: to.token.Person, Through: through,
		Body: w.body, FullText: w.fullText, Fold: w.fold, Files: w.files, TextKey: tradepost.TextKey(w.body),
	}
}

// commands takes the commands off the beginning of what a member wrote.
func commands(role tradepost.AuthorRole, cut reply.Result) (tradepost.Script, reply.Result) {
	if role != tradepost.AuthorMember {
		return tradepost.Script{}, cut
	}
	s := tradepost.ParseCommands(cut.Text)
	cut.Text = cut.Text[s.Rest:]
	if cut.Fold -= s.Rest; cut.Fold < 0 {
		cut.Fold = 0
	}
	return s, cut
}

// faultLines lists what could not be read, for the letter that says so.
func faultLines(faults []tradepost.CommandFault) string {
	lines := make([]string, len(faults))
	for i, f := range faults {
		lines[i] = f.Line
	}
	return line(strings.Join(lines, "\n"), 300)
}
