package inbound

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/authenticate"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/templates"
)

// ReaderVersion is counted up whenever mail may be read otherwise than before:
// parsing, kinds of mail, reports, and what counts as newly written. The ledger
// keeps it with every mail, so that what an older reader read can be replayed.
const ReaderVersion = 1

// maxAttempts is how often reading a mail may be begun. More than one is seen
// only where the process died of it, or was killed.
const maxAttempts = 3

// ingester decides what becomes of a stored mail and writes that down.
type ingester struct {
	store           *store.Store
	tokens          *tradepost.Tokens
	log             *slog.Logger
	deliveryHeaders []string
	separators      []string
	hopHeader       string
	authservID      string // kept in the ledger
	authenticator   *authenticate.Authenticator
	policy          tradepost.TrustPolicy
	renderDigest    func(store.DigestLetter) (templates.Rendered, error)
	timeLimit       time.Duration // for reading one mail
	// hook is called where code reads the mail; tests break things there.
	hook func(at string, raw []byte)
}

func newIngester(o Options, log *slog.Logger) *ingester {
	return &ingester{
		store: o.Store, tokens: o.Tokens, log: log,
		deliveryHeaders: o.DeliveryHeaders, separators: o.Separators, hopHeader: o.HopHeader,
		authservID: o.Authentication.AuthservID, authenticator: o.authenticator,
		policy:       tradepost.TrustPolicy{HoldUnauthenticated: o.HoldUnauthenticated},
		renderDigest: o.SentDigest,
		timeLimit:    readingTime, hook: func(string, []byte) {},
	}
}

// ingest finishes one mail of the ledger. The state is "" where another process
// finished it, or where something of ours failed and the mail waits. An error
// means that nothing can be written: the database is away, or ctx has ended.
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
		return "", g.putOff(ctx, in, err)
	}
	g.log.Info("mail judged", "inbound_id", in.ID, "state", state, "reason", reason, "class", r.Class,
		"size", in.Size, "attempt", in.Attempts)
	return state, nil
}

// putOff leaves a mail for later, through no fault of its own. It waits for as long
// as it has been here, since what failed just now may be over in a second, and no
// longer than a domain that can't be asked. The mails behind it don't wait.
func (g *ingester) putOff(ctx context.Context, in store.Inbound, cause error) error {
	if ctx.Err() != nil {
		return errors.Join(cause, g.store.Postpone(ctx, in.Ref))
	}
	pause := min(max(time.Since(in.StoredAt), time.Second), askAgainEvery)
	if err := g.store.RetryLater(ctx, in.Ref, pause, nil); err != nil {
		return errors.Join(cause, err, g.store.Postpone(ctx, in.Ref))
	}
	g.log.Error("mail could not be judged; it is tried again", "inbound_id", in.ID, "again_in", pause, "error", cause)
	return nil
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
	if j.retry != nil {
		return store.InboundStored, string(tradepost.ReasonWaiting), g.store.RetryLater(ctx, in.Ref, askAgainEvery, j.retry)
	}
	return g.write(ctx, in, *r, j)
}

// write carries a judgement out, and says what the mail came to be.
func (g *ingester) write(ctx context.Context, in store.Inbound, r store.Reading, j *judgement) (state store.InboundState, reason string, err error) {
	if j.post != nil {
		posted, err := g.store.PostReply(ctx, in, r, *j.post)
		for _, b := range posted.Tripped {
			g.log.Warn("breaker tripped: mail is held", "inbound_id", in.ID, "scope", b.Scope, "detail", b.Detail)
		}
		return posted.State, string(posted.Reason), err
	}
	if a := j.answer; a != nil {
		v, err := g.store.AnswerByMail(ctx, in, r, a.question, a.Answering, j.verdict)
		return v.State, v.Reason, err
	}
	return j.verdict.State, j.verdict.Reason, g.store.Settle(ctx, in, r, j.verdict)
}

// line makes s fit for a column that is indexed or read by people: valid UTF-8
// without NUL, at most limit bytes.
func line(s string, limit int) string {
	if len(s) > limit {
		s = s[:limit]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
}
