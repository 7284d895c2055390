package inbound

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/class"
	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/store"
)

// A sender's domain that could not be asked is asked again, every few minutes,
// for an hour; then what it publishes counts as nothing.
const (
	askAgainFor   = time.Hour
	askAgainEvery = 5 * time.Minute
)

// judgement is what is to become of a mail: messages and commands, an answer to
// a question, a later attempt, or else a verdict.
type judgement struct {
	post    *store.Posting
	answer  *answering
	retry   *tradepost.Authentication // what was known when nobody could be asked
	verdict store.Verdict
	from    string // the one address in From, folded; "" = none that counts
	// mayTell says that from may be told why the mail isn't posted.
	mayTell bool
}

// refuse makes the verdict that the mail can't be posted, and that its author is
// told why.
func (j *judgement) refuse(reason tradepost.Reason) { j.settle(store.InboundRefused, reason, true) }

// refuseWith does the same, with what was found.
func (j *judgement) refuseWith(reason tradepost.Reason, detail string) {
	j.refuse(reason)
	j.verdict.Detail = detail
}

// settle sets the verdict.
func (j *judgement) settle(state store.InboundState, reason tradepost.Reason, tell bool) {
	j.post, j.answer = nil, nil
	j.verdict.State, j.verdict.Reason = state, string(reason)
	j.verdict.AnswerTo = ""
	if tell && j.mayTell {
		j.verdict.AnswerTo = j.from
	}
}

// read is a mail as far as it can be judged by itself.
type read struct {
	m *message.Message
	class.Reading
}

// judge decides, and writes nothing. It notes in r what was understood, also
// when it fails later. A token's expiry is measured when the mail was received;
// who may write where, now.
func (g *ingester) judge(ctx context.Context, in store.Inbound, r *store.Reading) (*judgement, error) {
	mail, err := g.read(in, r)
	if err != nil {
		return nil, err
	}
	j := &judgement{}
	var one bool
	if j.from, one = author(mail.m); one {
		r.From = line(j.from, 320)
	}
	switch mail.Class {
	case class.Reply, class.Forwarded, class.Other:
	case class.Bounce, class.Complaint:
		j.settle(store.InboundIgnored, tradepost.Reason(mail.Rule), false)
		var clues store.Clues
		r.Report, clues = reportOf(mail.Reading)
		path := findReturnPath(mail.m, g.tokens, g.deliveryHeaders)
		clues.ReturnPath, clues.Signed = path.Ref, path.signed
		r.About, err = g.store.FindAbout(ctx, clues)
		return j, err
	default:
		j.settle(store.InboundIgnored, tradepost.Reason(mail.Rule), false)
		return j, nil
	}
	to, err := g.addressee(ctx, mail.m, in.ReceivedAt)
	if err != nil {
		return nil, err
	}
	about, err := g.about(ctx, to)
	if err != nil {
		return nil, err
	}
	j.verdict.ConversationID = about.conversation()
	if about.digest != nil {
		r.Digest = about.digest.Ref
	}
	auth := g.authenticate(ctx, in, mail.m, j.from)
	r.Authentication = &auth
	e := tradepost.Evidence{
		Token: to.standing, Role: to.token.Role, Access: about.standing, Authentication: auth.Result,
		Approved: in.Release != nil && in.Release.Sender,
	}
	if e.Sender, err = g.sender(ctx, to, mail.m, j.from, one); err != nil {
		return nil, err
	}
	policy := g.policy
	policy.Final = in.State != store.InboundStored || time.Since(in.StoredAt) > askAgainFor
	ruling := policy.Rule(e)
	r.Trust = &store.Trust{Evidence: e, Ruling: ruling, Person: to.token.Person}
	j.mayTell = ruling.Tell && tradepost.AddressProblem(j.from) == ""

	// Of an oversize mail only the header is there, which looks empty.
	oversize := int64(len(in.Raw)) < in.Size
	switch {
	case ruling.Action == tradepost.TrustWait:
		j.retry = &auth
	case oversize && ruling.Action != tradepost.TrustRefuse:
		j.settle(store.InboundOversize, tradepost.ReasonTooBig, true)
	case ruling.Action == tradepost.TrustRefuse:
		reason := ruling.Reason
		if reason == tradepost.ReasonClosed && about.forgotten {
			reason = tradepost.ReasonAmbiguous
		}
		j.refuse(reason)
		j.verdict.Erase = about.quotesDeleted
	case ruling.Action == tradepost.TrustHold && !one && isEmpty(mail.m):
		j.settle(store.InboundRefused, tradepost.ReasonEmptyMail, false) // nothing to ask anybody about
	case ruling.Action == tradepost.TrustHold:
		j.settle(store.InboundHeld, ruling.Reason, e.Sender == tradepost.SenderOther)
		if ruling.Ask && about.question == nil { // a question about a question would never end
			j.verdict.Ask, err = g.wasThisYou(ctx, to, about, ruling.Reason, j.from, e)
			if err == nil {
				j.verdict.Ask.Subject, j.verdict.Ask.ReceivedAt = line(tradepost.StripTokens(mail.m.Subject), 500), in.ReceivedAt
			}
		}
	case about.question != nil:
		return j, g.answerQuestion(in, mail, to, about, j)
	case about.digest != nil:
		return j, g.answerDigest(in, mail, to, about, j, ruling)
	default:
		return j, g.answerLetter(ctx, in, mail, to, about, j, ruling)
	}
	return j, err
}

// isEmpty says that a mail has neither text nor files.
func isEmpty(m *message.Message) bool {
	return strings.TrimSpace(m.Text) == "" && strings.TrimSpace(m.HTML) == "" && len(m.Attachments) == 0
}

// read parses and classifies a mail.
func (g *ingester) read(in store.Inbound, r *store.Reading) (read, error) {
	mail, err := bounded(g.timeLimit, func() read {
		g.hook("read", in.Raw)
		// The reader stops by itself before it would have to be left behind.
		m := message.Parse(in.Raw, message.Limits{Time: g.timeLimit / 2})
		return read{m, class.Read(m, class.Options{HopHeader: g.hopHeader})}
	})
	if err != nil {
		return read{}, err
	}
	r.Reader, r.Class, r.Rule, r.MailID = ReaderVersion, string(mail.Class), mail.Rule, line(mail.m.MessageID, 998)
	if slices.ContainsFunc(mail.m.Defects, func(d message.Defect) bool { return d.Kind == message.LimitTime }) {
		return read{}, &fault{faultTimeout, fmt.Sprintf("reading took more than %v", g.timeLimit/2)}
	}
	return mail, nil
}

// authenticate asks who sent a mail, unless that was found out before.
func (g *ingester) authenticate(ctx context.Context, in store.Inbound, m *message.Message, from string) tradepost.Authentication {
	if a := in.Authentication; a != nil && a.Result != tradepost.AuthenticationTemporary {
		return *a
	}
	a := g.authenticator.Check(ctx, in.Raw, m, from)
	if a.By == "own" && int64(len(in.Raw)) < in.Size {
		// Signatures are over the body, which of an oversize mail was not fetched.
		a.Result = tradepost.AuthenticationNone
	}
	return a
}

// sender compares From with the person's own addresses.
func (g *ingester) sender(ctx context.Context, to route, m *message.Message, from string, one bool) (tradepost.SenderStanding, error) {
	if !one {
		return fromStanding(m, one), nil
	}
	if to.standing == tradepost.TokenAbsent {
		return tradepost.SenderOther, nil
	}
	addresses, err := g.store.PersonAddresses(ctx, to.token.Role, to.token.Person)
	if err != nil {
		return "", err
	}
	if slices.Contains(addresses, from) {
		return tradepost.SenderOwn, nil
	}
	return tradepost.SenderOther, nil
}

// subject is what a mail's address, or the letter it answers, is about: one
// conversation, a digest of several, or a question.
type subject struct {
	standing tradepost.AccessStanding
	access   store.Access // of one conversation
	digest   *store.DigestLetter
	people   []store.Access             // of a digest: those of each conversation
	refused  map[int64]tradepost.Reason // of a digest: the conversations that take nothing any more
	question *store.Question
	// forgotten says that it is a digest of which nobody knows any more what it held.
	forgotten bool
	// quotesDeleted says that the mail answers a letter about a conversation that
	// was deleted since, which it quotes as mails do.
	quotesDeleted bool
}

// conversation is the one that the mail is for; 0 where there are several.
func (a subject) conversation() int64 {
	if a.question != nil {
		return a.question.ConversationID
	}
	return a.access.Conversation.ID
}

// about looks up what an address is about, and what its person may do there now.
func (g *ingester) about(ctx context.Context, to route) (a subject, err error) {
	role, person := to.token.Role, to.token.Person
	switch to.token.Purpose {
	case tradepost.ReplyToken:
		a.access, a.standing, err = g.store.Standing(ctx, role, person, to.token.Subject)
		if err == nil && a.standing == tradepost.AccessClosed {
			a.quotesDeleted, err = g.store.Deleted(ctx, to.token.Subject)
		}
	case tradepost.DigestToken:
		return g.aboutDigest(ctx, to)
	case tradepost.QuestionToken:
		q, err := g.store.Question(ctx, to.token.Subject)
		if errors.Is(err, tradepost.ErrNotFound) || err == nil && (q.Role != role || q.Person != person) {
			a.standing = tradepost.AccessClosed
			return a, nil
		}
		if err != nil {
			return a, err
		}
		a.question = &q
		a.standing, err = g.mayAnswer(ctx, q)
		return a, err
	}
	return a, err
}

// mayAnswer is what the person who was asked may do where the question is about:
// of several conversations one that is open is enough, as the store asks again.
func (g *ingester) mayAnswer(ctx context.Context, q store.Question) (now tradepost.AccessStanding, err error) {
	conversations := []int64{q.ConversationID}
	if q.ConversationID == 0 {
		for _, c := range q.Choices {
			conversations = append(conversations, c.ConversationID)
		}
	}
	for _, c := range conversations {
		if _, now, err = g.store.Standing(ctx, q.Role, q.Person, c); err != nil || now == tradepost.AccessOpen {
			return now, err
		}
	}
	if now == tradepost.AccessBlocked && q.Command != nil && q.Command.Verb == tradepost.VerbDelete {
		now = tradepost.AccessOpen // a block keeps nobody from deleting
	}
	return now, nil
}

// wasThisYou makes the question that the owner of a reply address is asked. It
// names the address that the mail came from, unless that is one which the owner
// never gets to see: the other side may have got hold of their letter.
func (g *ingester) wasThisYou(ctx context.Context, to route, about subject, reason tradepost.Reason, from string, e tradepost.Evidence) (*store.Ask, error) {
	ask := &store.Ask{
		Kind: tradepost.QuestionSender, Role: to.token.Role, Person: to.token.Person, ConversationID: about.conversation(),
		QuestionDetail: store.QuestionDetail{Reason: reason},
	}
	conversations := []int64{ask.ConversationID}
	if about.digest != nil {
		ask.Choices = about.choices()
		for _, item := range about.digest.Items {
			conversations = append(conversations, item.ConversationID)
		}
	}
	hidden, err := g.store.OtherSide(ctx, to.token.Role, conversations)
	if err != nil || slices.Contains(hidden, from) {
		return ask, err
	}
	ask.From = from
	// What failed authentication, or could be read as somebody else's, is no
	// address to trust from now on.
	ask.MayAdd = e.Sender == tradepost.SenderOther && e.Authentication != tradepost.AuthenticationFail &&
		tradepost.AddressProblem(from) == ""
	return ask, nil
}
