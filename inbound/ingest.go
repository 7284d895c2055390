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
	"github.com/tradepost-mail/tradepost/store"
)

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
	now             func() time.Time
	// hook is called where code reads the mail; tests break things there.
	hook func(at string, raw []byte)
}

// ingest finishes one mail of the ledger. An error means that the mail is as it
// was, through no fault of its own.
func (g *ingester) ingest(ctx context.Context, in store.Inbound) (store.InboundState, error) {
	var r store.Reading
	state, reason, err := g.attempt(ctx, in, &r)
	if f := new(fault); errors.As(err, &f) || store.IsDataFault(err) {
		if f.reason == "" {
			// The mail's own words may be what can't be stored.
			*f = fault{faultData, err.Error()}
			r = store.Reading{Class: r.Class}
		}
		state, reason = store.InboundQuarantined, f.reason
		err = g.store.Settle(ctx, in.Ref, r, store.Verdict{State: state, Reason: reason, Error: line(f.detail, stackMax+1000)})
	}
	if err != nil {
		// Also when ctx has ended, or the restart would count against the mail.
		within, end := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer end()
		return "", errors.Join(err, g.store.Postpone(within, in.Ref))
	}
	g.log.Info("mail judged", "inbound_id", in.ID, "state", state, "reason", reason, "class", r.Class,
		"size", in.Size, "attempt", in.Attempts)
	return state, nil
}

// attempt judges a mail and writes the judgement down. Whatever panics on the
// way is the mail's fault until proven otherwise.
func (g *ingester) attempt(ctx context.Context, in store.Inbound, r *store.Reading) (state store.InboundState, reason string, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = panicked(v)
		}
	}()
	if in.Attempts > maxAttempts {
		return "", "", &fault{faultAttempts, fmt.Sprintf("reading it was begun %d times and never finished", in.Attempts-1)}
	}
	j, err := g.judge(ctx, in, r)
	if err != nil {
		return "", "", err
	}
	if j.post != nil {
		posted, err := g.store.PostReply(ctx, in.Ref, *r, *j.post)
		switch {
		case errors.Is(err, tradepost.ErrRefused):
			// Membership was asked a moment ago: what is left is a block.
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
	return j.verdict.State, j.verdict.Reason, g.store.Settle(ctx, in.Ref, *r, j.verdict)
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
	m     *message.Message
	class class.Class
	rule  string
}

// judge decides. It notes in r what was understood, also when it fails later.
func (g *ingester) judge(ctx context.Context, in store.Inbound, r *store.Reading) (*judgement, error) {
	mail, err := bounded(g.timeLimit, func() read {
		g.hook("read", in.Raw)
		m := message.Parse(in.Raw, message.Limits{})
		c, rule := class.Of(m, class.Options{HopHeader: g.hopHeader})
		return read{m, c, rule}
	})
	if err != nil {
		return nil, err
	}
	j := &judgement{}
	r.Class, r.MailID = string(mail.class), line(mail.m.MessageID, 998)
	var one bool
	if j.from, one = author(mail.m); one {
		r.From = line(j.from, 320)
	}
	// Of an oversize mail only the header is there, which looks empty.
	oversize := int64(len(in.Raw)) < in.Size
	if mail.class != class.Reply && mail.class != class.Other {
		j.settle(store.InboundIgnored, mail.rule, false)
		return j, nil
	}
	to, err := findRoute(mail.m, g.tokens, g.deliveryHeaders, g.now())
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
	default:
		return j, g.compose(in, mail.m, to, access, j)
	}
	return j, nil
}

// compose makes the message, or refuses for what is in it.
func (g *ingester) compose(in store.Inbound, m *message.Message, to route, access store.Access, j *judgement) error {
	w, err := bounded(g.timeLimit, func() written {
		g.hook("compose", in.Raw)
		return write(m, hints(access, to, g.separators), g.hopHeader)
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
			Body: w.body, FullText: w.fullText, Files: w.files, Fingerprint: fingerprint(to.address, m, in.Raw),
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
