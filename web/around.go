package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost"
)

// exchange is what is known of the request being answered.
type exchange struct {
	id     string // echoed in X-Request-Id, named in the log and in answers with status 500
	caller caller // who asks
}

type exchangeKey struct{}

func exchangeOf(ctx context.Context) *exchange {
	if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return x
	}
	return &exchange{}
}

// around is what every request passes: an id, headers, the access log, and the
// last resort for panics.
func (s *server) around(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := &exchange{id: requestID(r.Header.Get("X-Request-Id"))}
		r = r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x))
		h := w.Header()
		h.Set("X-Request-Id", x.id)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		started := time.Now()
		rec := &recorder{ResponseWriter: w}
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler { //nolint:errorlint // net/http compares so too: a wrapped one is no abort to it
					panic(p)
				}
				s.recovered(rec, r, p)
			}
			s.log.LogAttrs(r.Context(), slog.LevelInfo, "request",
				slog.String("request_id", x.id), slog.String("method", r.Method), slog.String("path", loggedPath(r.URL.Path)),
				slog.String("route", r.Pattern), slog.Int("status", rec.statusOr200()), slog.Int64("bytes", rec.bytes),
				slog.Duration("took", time.Since(started)), slog.Int64("api_key_id", x.caller.key))
		}()
		mux.ServeHTTP(rec, r)
	})
}

// longestLogged is above the length of every part of a path that is ours but
// tokens: routes, ids, names of files.
const longestLogged = 40

// loggedPath is a path without the secrets in it: reply addresses, and the
// tokens of action links, in whatever way they were mistyped.
func loggedPath(path string) string {
	parts := strings.Split(tradepost.StripTokens(path), "/")
	for i, p := range parts {
		if len(p) > longestLogged {
			parts[i] = "…"
		}
	}
	return strings.Join(parts, "/")
}

func (s *server) recovered(w *recorder, r *http.Request, p any) {
	// huma panics where an answer cannot be written, which mostly means that
	// the client went away.
	if r.Context().Err() != nil {
		return
	}
	s.log.ErrorContext(r.Context(), "panic while answering", "request_id", exchangeOf(r.Context()).id, "panic", p, "stack", string(debug.Stack()))
	if w.status != 0 {
		return
	}
	http.Error(w, "Something failed here. Try again; if it stays, name request "+exchangeOf(r.Context()).id+".", http.StatusInternalServerError)
}

// requestID keeps a proxy's id where it is harmless in a log, else makes one.
func requestID(given string) string {
	ok := len(given) >= 8 && len(given) <= 64
	for i := range len(given) {
		c := given[i]
		ok = ok && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_')
	}
	if ok {
		return given
	}
	var b [8]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}

// localName reports whether a request was made to a name that a stranger's web
// site cannot have: DNS rebinding turns such a site's name into this address,
// and then nothing but Host tells the two apart.
func (s *server) localName(r *http.Request) bool {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || (host != "" && host == s.baseHost)
}

// recorder remembers what the access log wants to know.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(p)
	r.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) statusOr200() int {
	if r.status == 0 {
		return http.StatusOK
	}
	return r.status
}
