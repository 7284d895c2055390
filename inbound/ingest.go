package inbound

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/class"
	"github.com/tradepost-mail/tradepost/inbound/message"
	"github.com/tradepost-mail/tradepost/inbound/reply"
	"github.com/tradepost-mail/tradepost/store"
)

// ReaderVersion is counted up whenever mail may be read otherwise than before:
// parsing, kinds of mail, reports, and what counts as newly written. The ledger
// keeps it with every mail, so that what an older reader read can be replayed.
const ReaderVersion = 1

// maxAttempts is how often reading a mail may be begun. More than one is seen
// only where the process died of it, or was killed.
const maxAttempts = 3

// The reasons for which mail isn't posted. Those that an answer carries are
// known to the letters; the others are for the ledger alone.
const (
	reasonTooBig     = "too_big"
	reasonAmbiguous  = "ambiguous"
	reasonNotMember  = "not_a_member"
	reasonExpired    = "expired"
	reasonEmpty      = "empty"
	reasonClosed     = "closed"
	reasonBlocked    = "blocked"
	reasonNoToken    = "no_token"
	reasonSeveral    = "several_from"
	reasonWrongFrom  = "wrong_sender"
	reasonAuthFailed = "authentication_failed"
)

// ingester decides what becomes of a stored mail and writes that down.
type ingester struct {
	store           *store.Store
	tokens          *tradepost.Tokens
	log             *slog.Logger
	deliveryHeaders []string
	separators      []string
	hopHeader       string
	authservID      string
	timeLimit       time.Duration // for reading one mail
	// hook is called where code reads the mail; tests break things there.
	hook func(at string, raw []byte)
}

func newIngester(o Options, log *slog.Logger) *ingester {
	return &ingester{
		store: o.Store, tokens: o.Tokens, log: log,
		deliveryHeaders: o.DeliveryHeaders, separators: o.Separators, hopHeader: o.HopHeader, authservID: o.AuthservID,
		timeLimit: readingTime, hook: func(string, []byte) {},
	}
}

// ingest finishes one mail of the ledger. The state is "" where another process
// finished it. An error means that the mail is as it was, through no fault of
// its own.
func (g *ingester) ingest(ctx context.Context, in store.Inbound) (store.InboundState, error) {
	r := store.Reading{AuthservID: g.authservID}
	var state store.InboundState
	var reason string
	err := blaming(func() (err error) {
		state, reason, err = g.attempt(ctx, in, &r)
		return err
	})
	if f := faultOf(err); f != nil {
		state, reason = store.InboundQuarantined, f.reason
		err = g.quarantine(ctx, in, r, f)
	}
	if errors.Is(err, store.ErrOvertaken) {
		g.log.Info("mail was judged by another process", "inbound_id", in.ID)
		return "", nil
	}
	if err != nil {
		return "", errors.Join(err, g.store.Postpone(ctx, in.Ref))
	}
	g.log.Info("mail judged", "inbound_id", in.ID, "state", state, "reason", reason, "class", r.Class,
		"size", in.Size, "attempt", in.Attempts)
	return state, nil
}

// quarantine sets a mail aside with the error that it caused.
func (g *ingester) quarantine(ctx context.Context, in store.Inbound, r store.Reading, f *fault) error {
	if f.reason == faultData {
		// The mail's own words may be what can't be stored.
		r = store.Reading{Class: r.Class, Rule: r.Rule, Reader: r.Reader, AuthservID: r.AuthservID}
	}
	return g.store.Settle(ctx, in, r, store.Verdict{State: store.InboundQuarantined, Reason: f.reason, Error: f.text()})
}

// attempt judges a mail and writes the judgement down.
func (g *ingester) attempt(ctx context.Context, in store.Inbound, r *store.Reading) (state store.InboundState, reason string, err error) {
	if in.Attempts > maxAttempts {
		return "", "", &fault{faultAttempts, fmt.Sprintf("reading it was begun %d times and never finished", in.Attempts-1)}
	}
	j, err := g.judge(ctx, in, r)
	if err != nil {
		return "", "", err
	}
	return g.write(ctx, in, *r, j)
}

// write carries a judgement out, and says what the mail came to be.
func (g *ingester) write(ctx context.Context, in store.Inbound, r store.Reading, j *judgement) (state store.InboundState, reason string, err error) {
	if j.post != nil {
		posted, err := g.store.PostReply(ctx, in, r, *j.post)
		switch {
		case errors.Is(err, tradepost.ErrRefused):
			// Membership was asked a moment ago: what is left is a block since then.
			j.refuse(reasonBlocked)
		case errors.Is(err, tradepost.ErrNotFound):
			j.refuse(goneReason(j.role))
		case err != nil:
			return "", "", err
		case !posted:
			return store.InboundDuplicate, "", nil
		default:
			return store.InboundPosted, "", nil
		}
	}
	if !j.mayAnswer {
		j.verdict.AnswerTo = ""
	}
	return j.verdict.State, j.verdict.Reason, g.store.Settle(ctx, in, r, j.verdict)
}

// judgement is what is to become of a mail: a message, or else a verdict.
type judgement struct {
	post    *store.Reply
	verdict store.Verdict
	role    tradepost.AuthorRole
	from    string // the one address in From, folded; "" = none that counts
	// mayAnswer says that from is the person's own address and nothing speaks
	// against their having written: nobody else is ever answered.
	mayAnswer bool
}

// refuse makes the verdict that the mail can't be posted, and that its author is
// told why.
func (j *judgement) refuse(reason string) { j.settle(store.InboundRefused, reason, true) }

// settle sets the verdict.
func (j *judgement) settle(state store.InboundState, reason string, answer bool) {
	j.post = nil
	j.verdict.State, j.verdict.Reason = state, reason
	if answer {
		j.verdict.AnswerTo = j.from
	}
}

func goneReason(role tradepost.AuthorRole) string {
	if role == tradepost.AuthorMerchant {
		return reasonClosed
	}
	return reasonNotMember
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
	mail, err := bounded(g.timeLimit, func() read {
		g.hook("read", in.Raw)
		// The reader stops by itself before it would have to be left behind.
		m := message.Parse(in.Raw, message.Limits{Time: g.timeLimit / 2})
		return read{m, class.Read(m, class.Options{HopHeader: g.hopHeader})}
	})
	if err != nil {
		return nil, err
	}
	r.Reader, r.Class, r.Rule, r.MailID = ReaderVersion, string(mail.Class), mail.Rule, line(mail.m.MessageID, 998)
	if slices.ContainsFunc(mail.m.Defects, func(d message.Defect) bool { return d.Kind == message.LimitTime }) {
		return nil, &fault{faultTimeout, fmt.Sprintf("reading took more than %v", g.timeLimit/2)}
	}
	j := &judgement{}
	var one bool
	if j.from, one = author(mail.m); one {
		r.From = line(j.from, 320)
	}
	// Of an oversize mail only the header is there, which looks empty.
	oversize := int64(len(in.Raw)) < in.Size
	switch mail.Class {
	case class.Reply, class.Forwarded, class.Other:
	case class.Bounce, class.Complaint:
		j.settle(store.InboundIgnored, mail.Rule, false)
		var clues store.Clues
		r.Report, clues = reportOf(mail.Reading)
		clues.ReturnPath = findReturnPath(mail.m, g.tokens.Domain(), g.deliveryHeaders)
		r.About, err = g.store.FindAbout(ctx, clues)
		return j, err
	default:
		j.settle(store.InboundIgnored, mail.Rule, false)
		return j, nil
	}
	to, err := findRoute(mail.m, g.tokens, g.deliveryHeaders, in.ReceivedAt)
	if err != nil {
		state := store.InboundRefused
		if oversize {
			state = store.InboundOversize
		}
		j.settle(state, reasonNoToken, false)
		return j, nil
	}
	j.role = to.token.Role
	addresses, err := g.store.PersonAddresses(ctx, to.token.Role, to.token.Person)
	if err != nil {
		return nil, err
	}
	theirs := one && slices.Contains(addresses, j.from)
	doubtful := authenticationFailed(mail.m, g.authservID)
	j.mayAnswer = theirs && !doubtful && tradepost.AddressProblem(j.from) == ""

	var access store.Access
	isDigest := to.token.Purpose == tradepost.DigestToken // names a digest, and no conversation
	if !isDigest {
		access, err = g.store.Access(ctx, to.token.Role, to.token.Person, to.token.Subject)
		if err != nil && !errors.Is(err, tradepost.ErrNotFound) && !errors.Is(err, tradepost.ErrRefused) {
			return nil, err
		}
		j.verdict.ConversationID = access.Conversation.ID
	}
	switch {
	case oversize:
		j.settle(store.InboundOversize, reasonTooBig, true)
	case to.expired:
		j.refuse(reasonExpired)
	case err != nil:
		j.refuse(goneReason(to.token.Role))
	case !one && len(mail.m.From) > 1:
		j.settle(store.InboundHeld, reasonSeveral, false)
	case !theirs:
		j.settle(store.InboundHeld, reasonWrongFrom, false)
	case doubtful:
		j.settle(store.InboundHeld, reasonAuthFailed, false)
	case isDigest:
		j.settle(store.InboundHeld, reasonAmbiguous, true)
	case access.Blocked:
		j.refuse(reasonBlocked)
	default:
		return j, g.compose(ctx, in, mail, to, access, j)
	}
	return j, nil
}

// compose makes the message, or refuses for what is in it.
func (g *ingester) compose(ctx context.Context, in store.Inbound, mail read, to route, access store.Access, j *judgement) error {
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
	w, err := bounded(g.timeLimit, func() written {
		return write(mail.m, withoutLetter(cut, to.token.Role, messages), h, g.hopHeader)
	})
	if err != nil {
		return err
	}
	switch {
	case w.tooBig:
		j.refuse(reasonTooBig)
	case w.body == "" && len(w.files) == 0:
		j.refuse(reasonEmpty)
	default:
		j.post = &store.Reply{
			ConversationID: access.Conversation.ID, Role: to.token.Role, Person: to.token.Person, Through: to.token.Through,
			Body: w.body, FullText: w.fullText, Fold: w.fold, Files: w.files, Fingerprint: fingerprint(to.address, mail.m, in.Raw),
		}
	}
	return nil
}

// line makes s fit for a column that is indexed or read by people: valid UTF-8
// without NUL, at most limit bytes.
func line(s string, limit int) string {
	if len(s) > limit {
		s = s[:limit]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
}
