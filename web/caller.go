package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tradepost-mail/tradepost"
)

// caller is who asks.
type caller struct {
	key      int64 // id of the API key; 0 = none, as public reads come
	partner  int64 // whose data alone is open; 0 = the platform, or public reads
	readOnly bool
	// Who is signed in, all 0 for keys.
	member, session int64
	owner           bool // of the partner
}

func callerOf(ctx context.Context) caller { return exchangeOf(ctx).caller }

// mayBeMerchant is the fault of a caller who speaks for a partner and names the
// merchant as the one who acts.
func (c caller) mayBeMerchant(field string) error {
	if c.partner == 0 {
		return nil
	}
	return tradepost.Invalid{{Field: field, Problem: "is the merchant's to do, and you speak for a partner"}}
}

// client is what tells this caller's Idempotency-Keys from others'; see
// store.Request.
func (c caller) client() int64 {
	if c.member != 0 {
		return -c.member
	}
	return c.key
}

// actingMember reads the id of the member who acts. Who is signed in acts as
// themselves, whether they say so or not.
func actingMember(ctx context.Context, faults *tradepost.Invalid, field, given string) int64 {
	self := callerOf(ctx).member
	if self != 0 && given == "" {
		return self
	}
	member := parseID(faults, tradepost.MemberPrefix, field, given)
	if self != 0 && member != 0 && member != self {
		*faults = merge(*faults, tradepost.Invalid{{Field: field, Problem: "must be you, or left out"}})
	}
	return member
}

// personal reports whether an operation is about one member, of whom it takes the
// id: nobody's but their own, and the owners'.
func (c caller) personal(op *huma.Operation, id string) bool {
	return c.member != 0 && !c.owner && tradepost.IDPrefix(id) == tradepost.MemberPrefix &&
		id != tradepost.FormatID(tradepost.MemberPrefix, c.member) && (op.Method != http.MethodGet || strings.Count(op.Path, "/") > 3)
}

const forPrograms = "This takes an API key: it is for programs."

// authorise holds callers to what their key opens. What is somebody else's looks
// as if it did not exist. It is asked here, before any handler, so that a new
// operation is closed unless it was said how it is open: by the id in its path,
// or by handleNarrowed.
func (s *server) authorise(api huma.API) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		c, op := callerOf(ctx.Context()), ctx.Operation()
		reads := op.Method == http.MethodGet || op.Method == http.MethodHead
		byHand := c.member != 0 && op.Metadata[keysOnly] == true
		refuse := func(status int, detail string) { _ = huma.WriteErr(api, ctx, status, detail) }
		switch {
		case c.readOnly && !reads:
			refuse(http.StatusForbidden, "This key is for reading only.")
			return
		case c.key == 0 && c.member == 0 && (op.Metadata[keysOnly] == true || op.Metadata[platformOnly] == true):
			// Public reads are of the market, not of its keys.
			ctx.SetHeader("WWW-Authenticate", challengeNoKey)
			refuse(http.StatusUnauthorized, "Send your API key as Authorization: Bearer KEY.")
			return
		case byHand && op.Metadata[narrowed] == true:
			refuse(http.StatusForbidden, forPrograms)
			return
		case c.partner == 0 || op.Metadata[narrowed] == true:
			next(ctx)
			return
		case op.Metadata[platformOnly] == true:
			refuse(http.StatusForbidden, "This key is a partner's, and this is the platform's to do.")
			return
		}
		first, _, _ := strings.Cut(op.Path[strings.Index(op.Path, "{")+1:], "}")
		owner, err := s.store.PartnerOf(ctx.Context(), ctx.Param(first))
		switch {
		case errors.Is(err, tradepost.ErrNotFound), err == nil && owner != c.partner:
			refuse(http.StatusNotFound, "There is nothing under this address.")
		case err != nil:
			refuse(http.StatusInternalServerError, s.failed(ctx.Context(), err).Detail)
		case byHand:
			refuse(http.StatusForbidden, forPrograms)
		case op.Metadata[ownersOnly] == true && c.member != 0 && !c.owner:
			refuse(http.StatusForbidden, "This is an owner's to do.")
		case c.personal(op, ctx.Param(first)):
			refuse(http.StatusForbidden, "This is a colleague's own, and an owner's to change.")
		default:
			next(ctx)
		}
	}
}
