package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/tradepost-mail/tradepost"
)

// authenticate lets requests with a key pass (RFC 6750 2.1), and with
// Options.PublicReads those that only read. A wrong key never passes.
func (s *server) authenticate(api huma.API) func(huma.Context, func(huma.Context)) {
	refuse := func(ctx huma.Context, status int, challenge, detail string) {
		if challenge != "" {
			ctx.SetHeader("WWW-Authenticate", challenge)
		}
		// The error is one of writing to a client that is gone.
		_ = huma.WriteErr(api, ctx, status, detail)
	}
	return func(ctx huma.Context, next func(huma.Context)) {
		r, _ := humago.Unwrap(ctx)
		given := r.Header.Get("Authorization")
		scheme, key, _ := strings.Cut(given, " ")
		key = strings.TrimSpace(key)
		switch {
		case given == "" && s.publicReads && (r.Method == http.MethodGet || r.Method == http.MethodHead):
			if !s.localName(r) {
				refuse(ctx, http.StatusMisdirectedRequest, "", "Without a key, this server answers only under its own name.")
				return
			}
			next(ctx)
			return
		case given == "":
			refuse(ctx, http.StatusUnauthorized, `Bearer realm="tradepost"`, "Send your API key as Authorization: Bearer KEY.")
			return
		case !strings.EqualFold(scheme, "Bearer") || key == "":
			refuse(ctx, http.StatusUnauthorized, `Bearer realm="tradepost"`, "Authorization must be: Bearer KEY.")
			return
		}
		id, err := s.store.APIKey(ctx.Context(), key)
		switch {
		case errors.Is(err, tradepost.ErrNotFound):
			refuse(ctx, http.StatusUnauthorized, `Bearer realm="tradepost", error="invalid_token"`, "This API key is not known, or was revoked.")
		case err != nil:
			refuse(ctx, http.StatusInternalServerError, "", s.failed(ctx.Context(), err).Detail)
		default:
			exchangeOf(ctx.Context()).apiKey = id
			next(ctx)
		}
	}
}
