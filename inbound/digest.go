package inbound

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/apportion"
	"github.com/tradepost-mail/tradepost/inbound/reply"
	"github.com/tradepost-mail/tradepost/store"
)

// aboutDigest looks up a digest as it was sent, and which of its conversations
// may be written to now. One that is open is enough for the mail to be read; each
// is asked again when it is posted to.
func (g *ingester) aboutDigest(ctx context.Context, to route) (subject, error) {
	a := subject{standing: tradepost.AccessClosed, refused: make(map[int64]tradepost.Reason)}
	letter, err := g.store.SentDigest(ctx, to.token.Subject, to.token.Person)
	if errors.Is(err, tradepost.ErrNotFound) {
		a.forgotten = true
		return a, nil
	}
	if err != nil {
		return a, err
	}
	if slices.ContainsFunc(letter.Items, func(i store.DigestItem) bool { return i.Deleted }) {
		// What was deleted can't be told from what is new, nor what stands under it
		// from what stands under the item before.
		a.forgotten, a.quotesDeleted = true, true
		return a, nil
	}
	a.digest = &letter
	for i, item := range letter.Items {
		access, standing, err := g.store.Standing(ctx, to.token.Role, to.token.Person, item.ConversationID)
		if err != nil {
			return a, err
		}
		if i == 0 || standing == tradepost.AccessOpen {
			a.standing = standing
		}
		a.people = append(a.people, access)
		revoked, err := g.store.Revoked(ctx, to.token.Role, to.token.Person, item.ConversationID, throughOf(item))
		if err != nil {
			return a, err
		}
		switch {
		case standing != tradepost.AccessOpen:
			a.refused[item.ConversationID] = standing.Reason()
		case revoked:
			a.refused[item.ConversationID] = tradepost.ReasonTokenRevoked
		}
	}
	return a, nil
}

// throughOf is the newest message of a conversation in a digest.
func throughOf(item store.DigestItem) int64 { return item.Messages[len(item.Messages)-1].ID }

// choices are the conversations that a text without a place may be meant for.
func (a subject) choices() []store.Choice {
	var list []store.Choice
	for _, item := range a.digest.Items {
		if a.refused[item.ConversationID] == "" {
			list = append(list, store.Choice{ConversationID: item.ConversationID, Through: throughOf(item)})
		}
	}
	return list
}

// asSent renders a digest again, and says which conversation each of its parts
// is of: a part without one of our marks, or with that of two, is of none.
func (g *ingester) asSent(letter *store.DigestLetter) (sent apportion.Sent, conversations []int64, err error) {
	rendered, err := g.renderDigest(*letter)
	if err != nil {
		return sent, nil, &fault{faultDigest, err.Error()}
	}
	sent.Head, sent.Foot = rendered.Head, rendered.Foot
	for _, p := range rendered.Parts {
		part, conversation := apportion.Item{Text: p.Text}, int64(0)
		for _, item := range letter.Items {
			marks := g.tokens.Marks(letter.ID, item.ConversationID)
			if !slices.Contains(marks, p.Mark) {
				continue
			}
			if conversation != 0 {
				conversation, part.Marks = 0, nil
				break
			}
			conversation, part.Marks = item.ConversationID, marks
		}
		sent.Items, conversations = append(sent.Items, part), append(conversations, conversation)
	}
	return sent, conversations, nil
}

// digestHints gathers the people of all conversations of a digest.
func (g *ingester) digestHints(to route, a subject) reply.Hints {
	h := reply.Hints{Separators: g.separators, Addresses: []string{to.address}}
	for _, access := range a.people {
		one := hints(access, to, nil)
		h.Names, h.Addresses = append(h.Names, one.Names...), append(h.Addresses, one.Addresses...)
	}
	slices.Sort(h.Names)
	slices.Sort(h.Addresses)
	h.Names, h.Addresses = slices.Compact(h.Names), slices.Compact(h.Addresses)
	return h
}

// answerDigest makes messages of an answer to a digest: what stands under an
// item goes into its conversation. What has no place is asked about, and
// nothing is guessed.
func (g *ingester) answerDigest(in store.Inbound, mail read, to route, about subject, j *judgement, ruling tradepost.Ruling) error {
	sent, conversations, err := g.asSent(about.digest)
	if err != nil {
		return err
	}
	h := g.digestHints(to, about)
	parts, err := bounded(g.timeLimit, func() apportion.Result {
		g.hook("compose", in.Raw)
		return apportion.FromMessage(mail.m, sent, h)
	})
	if err != nil {
		return err
	}
	files, err := bounded(g.timeLimit, func() written {
		var w written
		w.attach(mail.m, h, g.hopHeader, parts.Unplaced == "" && len(parts.Shares) == 0)
		return w
	})
	if err != nil {
		return err
	}
	a := digestAnswer{to: to, about: about, rest: reply.Result{Text: parts.Unplaced, Markdown: parts.Markdown}, files: files}
	for _, s := range parts.Shares {
		conversation := conversations[s.Item]
		cut := reply.Result{Text: s.Text, Fold: s.Fold, Markdown: parts.Markdown}
		if conversation == 0 {
			a.rest.Text = strings.TrimSpace(a.rest.Text + "\n\n" + s.Text)
			continue
		}
		a.add(conversation, cut)
	}
	post := &store.Posting{Sender: j.from, Confirm: ruling.Confirm, Tell: j.mayTell, Fingerprint: fingerprint(to.address, mail.m, in.Raw)}
	if in.Release != nil {
		a.choose(in.Release.Choice.ConversationID)
	}
	a.finish(post, j)
	return nil
}

// digestAnswer is an answer to a digest while it is put together.
type digestAnswer struct {
	to      route
	about   subject
	replies []store.Reply
	faults  []tradepost.CommandFault
	rest    reply.Result // has no place
	files   written
}

// add takes what stands under one item: commands and text.
func (a *digestAnswer) add(conversation int64, cut reply.Result) {
	asked, cut := commands(a.to.token.Role, cut)
	a.faults = append(a.faults, asked.Faults...)
	w := writeText(cut)
	through := int64(0)
	for _, item := range a.about.digest.Items {
		if item.ConversationID == conversation {
			through = throughOf(item)
		}
	}
	r := replyOf(a.to, conversation, through, w)
	r.Commands, r.Refused = asked.Commands, a.about.refused[conversation]
	if r.Body != "" || len(r.Commands) > 0 || len(a.files.files) > 0 {
		a.replies = append(a.replies, r)
	}
}

// choose gives what has no place to the conversation that somebody has decided on,
// if it is one of the digest's.
func (a *digestAnswer) choose(conversation int64) {
	known := slices.ContainsFunc(a.about.choices(), func(c store.Choice) bool { return c.ConversationID == conversation })
	n := len(a.replies)
	if !known {
		return
	}
	a.add(conversation, a.rest)
	a.rest.Text = ""
	if len(a.replies) > n {
		chosen := &a.replies[n]
		chosen.Chosen = true
		chosen.Files, a.files.files = append(chosen.Files, a.files.files...), nil
	}
}

// askAll takes /why and /help, which mean something without a conversation, for
// all of them.
func (a *digestAnswer) askAll() {
	if a.to.token.Role != tradepost.AuthorMember || a.rest.Text == "" {
		return
	}
	asked := script(a.rest.Text)
	a.faults = append(a.faults, asked.Faults...)
	other := slices.ContainsFunc(asked.Commands, func(c tradepost.Command) bool {
		return c.Verb != tradepost.VerbWhy && c.Verb != tradepost.VerbHelp
	})
	if len(asked.Commands) == 0 || other || strings.TrimSpace(a.rest.Text[asked.Rest:]) != "" {
		return
	}
	a.rest.Text = ""
	for i, c := range a.about.choices() {
		r := replyOf(a.to, c.ConversationID, c.Through, written{})
		for _, command := range asked.Commands {
			if i == 0 || command.Verb != tradepost.VerbHelp {
				r.Commands = append(r.Commands, command)
			}
		}
		if len(r.Commands) > 0 {
			a.replies = append(a.replies, r)
		}
	}
}

// finish judges the whole.
func (a *digestAnswer) finish(post *store.Posting, j *judgement) {
	a.askAll()
	rest := writeText(a.rest)
	text := rest.body
	choices := a.about.choices()
	switch {
	case len(a.faults) > 0:
		j.refuseWith(tradepost.ReasonUnknownCommand, faultLines(a.faults))
		return
	case a.files.refused != "":
		j.refuseWith(tradepost.ReasonFileRefused, a.files.refused)
		return
	case a.files.tooBig:
		j.refuse(tradepost.ReasonTooBig)
		return
	case len(a.replies) == 0 && text == "" && len(a.files.files) == 0:
		j.refuse(tradepost.ReasonEmptyMail)
		return
	case len(a.replies) == 0 && len(choices) == 0: // all were revoked
		j.refuse(a.about.refused[a.about.digest.Items[0].ConversationID])
		return
	case len(a.replies) == 1 && text == "":
		a.replies[0].Files = append(a.replies[0].Files, a.files.files...)
	case len(choices) > 0 && (text != "" || len(a.files.files) > 0):
		for _, f := range a.files.files {
			text += "\n(" + f.Filename + ")"
		}
		post.Ask = &store.Ask{
			Kind: tradepost.QuestionConversation, Role: a.to.token.Role, Person: a.to.token.Person,
			QuestionDetail: store.QuestionDetail{Text: strings.TrimSpace(text), Choices: choices},
		}
	}
	if len(a.replies) == 0 {
		j.settle(store.InboundHeld, tradepost.ReasonAmbiguous, true)
		j.verdict.Ask = post.Ask
		return
	}
	post.Replies = a.replies
	j.post = post
}
