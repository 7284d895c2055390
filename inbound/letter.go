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
	var asked tradepost.Script
	w, err := bounded(g.timeLimit, func() written {
		cut := withoutLetter(cut, to.token.Role, messages)
		asked, cut = commands(to.token.Role, cut)
		return write(mail.m, cut, h, g.hopHeader)
	})
	if err != nil {
		return err
	}
	switch {
	case len(asked.Faults) > 0:
		j.refuseWith(tradepost.ReasonUnknownCommand, faultLines(asked.Faults))
	case w.refused != "":
		j.refuseWith(tradepost.ReasonFileRefused, w.refused)
	case w.tooBig:
		j.refuse(tradepost.ReasonTooBig)
	case w.body == "" && len(w.files) == 0 && len(asked.Commands) == 0:
		j.refuse(tradepost.ReasonEmptyMail)
	default:
		r := replyOf(to, access.Conversation.ID, to.token.Through, w)
		r.Commands = asked.Commands
		j.post = &store.Posting{
			Replies: []store.Reply{r}, Fingerprint: fingerprint(to.address, mail.m, in.Raw), Sender: j.from,
			Confirm: ruling.Confirm, Tell: j.mayTell,
		}
	}
	return nil
}

// replyOf is what was written to one conversation, as the store takes it.
func replyOf(to route, conversation, through int64, w written) store.Reply {
	r := store.Reply{
		ConversationID: conversation, Role: to.token.Role, Person: to.token.Person, Through: through,
		Body: w.body, FullText: w.fullText, Fold: w.fold, Files: w.files,
	}
	if w.body != "" || len(w.files) > 0 { // commands alone are no text that comes again
		r.TextKey = tradepost.TextKey(w.body)
	}
	return r
}

// commands takes the commands off the beginning of what a member wrote.
func commands(role tradepost.AuthorRole, cut reply.Result) (tradepost.Script, reply.Result) {
	if role != tradepost.AuthorMember {
		return tradepost.Script{}, cut
	}
	s := script(cut.Text)
	cut.Text = cut.Text[s.Rest:]
	if cut.Fold -= s.Rest; cut.Fold < 0 {
		cut.Fold = 0
	}
	return s, cut
}

// script reads commands. Like all text that is kept, theirs is without reply
// addresses: a note is for the colleagues, who have their own.
func script(text string) tradepost.Script {
	s := tradepost.ParseCommands(text)
	for i := range s.Commands {
		c := &s.Commands[i]
		c.Text = tradepost.StripTokens(c.Text)
		for j, tag := range c.Tags {
			c.Tags[j] = tradepost.StripTokens(tag)
		}
	}
	for i := range s.Faults {
		s.Faults[i].Line = tradepost.StripTokens(s.Faults[i].Line)
	}
	return s
}

// faultLines lists what could not be read, for the letter that says so.
func faultLines(faults []tradepost.CommandFault) string {
	lines := make([]string, len(faults))
	for i, f := range faults {
		lines[i] = f.Line
	}
	return line(strings.Join(lines, "\n"), 300)
}
