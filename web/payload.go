package web

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// maxBody bounds a request: the files of one message in base64, and its text.
const maxBody = 40 << 20

// payload is the body of a request as it came. It is read here and not by huma,
// whose readBody answers a client that hung up with 500 and a body of exactly
// the limit with 413, and whose validation names the parent of a missing field.
// Embed it in an input struct.
type payload struct {
	raw         []byte
	fingerprint [32]byte
	err         error
}

// Resolve implements huma.Resolver. It keeps its error for the handler, since
// huma would answer every error from here alike.
func (p *payload) Resolve(ctx huma.Context) []error {
	r, w := humago.Unwrap(ctx)
	if given := r.Header.Get("Content-Type"); given != "" {
		// curl -d says application/x-www-form-urlencoded of whatever it sends.
		t, _, err := mime.ParseMediaType(given)
		if err != nil || (t != "application/json" && t != "application/x-www-form-urlencoded") {
			p.err = problem(http.StatusUnsupportedMediaType, "The body must be application/json.")
			return nil
		}
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	var timeout net.Error
	switch {
	case errors.As(err, &tooLarge):
		p.err = problem(http.StatusRequestEntityTooLarge, "The body is larger than 40 MiB.")
	case errors.As(err, &timeout) && timeout.Timeout():
		p.err = problem(http.StatusRequestTimeout, "The body took too long to arrive.")
	case err != nil:
		p.err = problem(http.StatusBadRequest, "The body broke off.")
	}
	p.raw = raw
	h := sha256.New()
	h.Write([]byte(r.Method + " " + r.URL.EscapedPath() + "\n"))
	h.Write(raw)
	h.Sum(p.fingerprint[:0])
	return nil
}

// decode reads the body into dst; see decodeJSON. A missing body is malformed.
func (p *payload) decode(dst any) (tradepost.Invalid, error) {
	if p.err != nil {
		return nil, p.err
	}
	if len(p.raw) == 0 {
		return nil, malformed{"is missing"}
	}
	return decodeJSON(p.raw, dst)
}

// request is what the store recognises this request by when it comes again.
func (p *payload) request(ctx context.Context, key string) (store.Request, tradepost.Invalid) {
	if key == "" {
		return store.Request{}, nil
	}
	bad := len(key) > 255
	for i := range len(key) {
		bad = bad || key[i] < ' ' || key[i] > '~'
	}
	if bad {
		return store.Request{}, tradepost.Invalid{{Field: "header.Idempotency-Key", Problem: "must be up to 255 printable ASCII characters"}}
	}
	return store.Request{APIKeyID: callerOf(ctx).client(), Key: key, Fingerprint: p.fingerprint}, nil
}

// parseID reads an id of a body's field into faults.
func parseID(faults *tradepost.Invalid, prefix, field, s string) int64 {
	id, err := tradepost.ParseID(prefix, s)
	switch {
	case s == "":
		*faults = merge(*faults, tradepost.Invalid{{Field: field, Problem: "is missing"}})
	case err != nil:
		*faults = merge(*faults, tradepost.Invalid{{Field: field, Problem: "is not an id like " + tradepost.FormatID(prefix, 12)}})
	}
	return id
}
