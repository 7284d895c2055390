package web

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/tradepost-mail/tradepost"
)

// challengeNoKey asks for a key (RFC 6750 section 3).
const challengeNoKey = `Bearer realm="tradepost"`

// authenticate lets requests pass that come with a key (RFC 6750 2.1) or a
// session's cookie, and with Options.PublicReads those that only read. A wrong
// key never passes.
func (s *server) authenticate(api huma.API) func(huma.Context, func(huma.Context)) {
	refuse := func(ctx huma.Context, status int, challenge, detail string) {
		if challenge != "" {
			ctx.SetHeader("WWW-Authenticate", challenge)
		}
		// The error is one of writing to a client that is gone.
		_ = huma.WriteErr(api, ctx, status, detail)
	}
	tooMany := func(ctx huma.Context, wait time.Duration) {
		ctx.SetHeader("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		refuse(ctx, http.StatusTooManyRequests, "", "That were too many requests; wait as long as Retry-After says.")
	}
	return func(ctx huma.Context, next func(huma.Context)) {
		r, _ := humago.Unwrap(ctx)
		given := r.Header.Get("Authorization")
		scheme, key, _ := strings.Cut(given, " ")
		key = strings.TrimSpace(key)
		if cookie := s.cookie(r, sessionCookie); given == "" && cookie != "" {
			v, err := s.store.Session(ctx.Context(), cookie)
			switch {
			case err == nil && http.NewCrossOriginProtection().Check(r) != nil:
				refuse(ctx, http.StatusForbidden, "", "Another site can't ask for this in your name.")
				return
			case err == nil:
				exchangeOf(ctx.Context()).caller = caller{partner: v.PartnerID, member: v.MemberID, session: v.ID, owner: v.Owner}
				if wait, ok := s.limits.take(-v.MemberID, 0); !ok {
					tooMany(ctx, wait)
					return
				}
				next(ctx)
				return
			case !errors.Is(err, tradepost.ErrNotFound):
				refuse(ctx, http.StatusInternalServerError, "", s.failed(ctx.Context(), err).Detail)
				return
			}
		}
		switch {
		case given == "" && s.publicReads && (r.Method == http.MethodGet || r.Method == http.MethodHead):
			if !s.localName(r) {
				refuse(ctx, http.StatusMisdirectedRequest, "", "Without a key, this server answers only under its own name.")
				return
			}
			next(ctx)
			return
		case given == "":
			refuse(ctx, http.StatusUnauthorized, challengeNoKey, "Send your API key as Authorization: Bearer KEY, or sign in.")
			return
		case !strings.EqualFold(scheme, "Bearer") || key == "":
			refuse(ctx, http.StatusUnauthorized, challengeNoKey, "Authorization must be: Bearer KEY.")
			return
		}
		k, err := s.store.APIKey(ctx.Context(), key)
		switch {
		case errors.Is(err, tradepost.ErrNotFound):
			refuse(ctx, http.StatusUnauthorized, `Bearer realm="tradepost", error="invalid_token"`, "This API key is not known, or was revoked.")
		case err != nil:
			refuse(ctx, http.StatusInternalServerError, "", s.failed(ctx.Context(), err).Detail)
		default:
			exchangeOf(ctx.Context()).caller = caller{key: k.ID, partner: k.PartnerID, readOnly: k.ReadOnly}
			if wait, ok := s.limits.take(k.ID, k.Rate); !ok {
				tooMany(ctx, wait)
				return
			}
			next(ctx)
		}
	}
}
