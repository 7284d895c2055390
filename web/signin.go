package web

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/templates"
)

// The cookies. Where the server is reached by https their names begin with
// __Host-, by which a browser promises that nobody but this very host has set
// them (RFC 6265bis, section 4.1.3.2).
const (
	sessionCookie = "tradepost"
	askingCookie  = "tradepost-asking" // of a browser that asked for a link
)

// askingFor is how long a browser remembers that it asked: longer than the link is
// good, so that a late press says so.
const askingFor = 24 * time.Hour

// longestAgent is as much as is kept of what a browser calls itself, octets.
const longestAgent = 200

func (s *server) secure() bool { return strings.HasPrefix(s.baseURL, "https://") }

func (s *server) cookieName(name string) string {
	if s.secure() {
		return "__Host-" + name
	}
	return name
}

// setCookie gives a browser a cookie that no script reads and no other site sends
// along but by a link; "" takes it back.
func (s *server) setCookie(w http.ResponseWriter, name, value string, age time.Duration) {
	//nolint:gosec // G124 doesn't see that Secure follows the address: without https a browser would drop the cookie
	c := &http.Cookie{Name: s.cookieName(name), Value: value, Path: "/", HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode,
		MaxAge: int(age / time.Second)}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

func (s *server) cookie(r *http.Request, name string) string {
	c, err := r.Cookie(s.cookieName(name))
	if err != nil || len(c.Value) > 100 {
		return ""
	}
	return c.Value
}

type signInView struct {
	templates.SignInPageWords
	Ask, Again bool
	As         []signInAs
}

type signInAs struct{ ID, Label string }

// signIn wraps the handlers of the pages by which members come in.
func (s *server) signIn(h func(http.ResponseWriter, *http.Request) (status int, view signInView, err error)) http.Handler {
	inner := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hide(w.Header())
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		status, view, err := h(w, r)
		if err != nil {
			e := s.pageErrorOf(r, err)
			http.Error(w, e.title+". "+e.detail, e.status)
			return
		}
		s.render(w, r, s.pages.signIn, status, view)
	})
	return http.NewCrossOriginProtection().Handler(inner)
}

func (s *server) signInView(locale, state string) signInView {
	v := signInView{SignInPageWords: s.letters.SignInPage(templates.SignInPage{Locale: locale, State: state})}
	v.Ask = state == templates.SignInAsk
	v.Again = state == templates.SignInElsewhere || state == templates.SignInOver
	return v
}

// showSignIn asks for an address.
func (s *server) showSignIn(_ http.ResponseWriter, r *http.Request) (int, signInView, error) {
	return http.StatusOK, s.signInView(s.preferred(r), templates.SignInAsk), nil
}

// askSignIn mails a link. The answer is the same whoever asked: it doesn't tell
// who is a member.
func (s *server) askSignIn(w http.ResponseWriter, r *http.Request) (int, signInView, error) {
	r.Body = http.MaxBytesReader(w, r.Body, 4096)
	address := strings.TrimSpace(r.PostFormValue("address"))
	locale := s.preferred(r)
	if tradepost.AddressProblem(address) != "" {
		return http.StatusUnprocessableEntity, s.signInView(locale, templates.SignInAsk), nil
	}
	secret := s.cookie(r, askingCookie)
	if len(secret) < 26 {
		secret = rand.Text()
	}
	s.setCookie(w, askingCookie, secret, askingFor)
	if err := s.store.AskSignIn(r.Context(), address, sha256.Sum256([]byte(secret)), agent(r)); err != nil {
		return 0, signInView{}, err
	}
	return http.StatusOK, s.signInView(locale, templates.SignInSent), nil
}

// agent is what a browser calls itself, made fit to be shown.
func agent(r *http.Request) string {
	name := strings.ToValidUTF8(r.UserAgent(), "")
	if len(name) > longestAgent {
		name = strings.ToValidUTF8(name[:longestAgent], "")
	}
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return -1
		}
		return c
	}, name)
}

// link reads the link of the path and what it is good for in this browser.
func (s *server) link(r *http.Request) (in store.SignIn, browser [32]byte, status int, view signInView, err error) {
	browser = sha256.Sum256([]byte(s.cookie(r, askingCookie)))
	locale := s.preferred(r)
	a, err := s.tokens.ParseAction(r.PathValue("token"), time.Now())
	expired := errors.Is(err, tradepost.ErrTokenExpired)
	if err != nil && !expired || a.Verb != tradepost.SignIn {
		return in, browser, http.StatusNotFound, s.signInView(locale, templates.SignInElsewhere), nil
	}
	if !expired {
		in, err = s.store.SignIn(r.Context(), a.Subject, browser)
	}
	switch {
	case expired || err == nil && (in.Used || !time.Now().Before(in.ExpiresAt)):
		return store.SignIn{}, browser, http.StatusGone, s.signInView(locale, templates.SignInOver), nil
	case errors.Is(err, tradepost.ErrNotFound), err == nil && len(in.Members) == 0:
		return store.SignIn{}, browser, http.StatusForbidden, s.signInView(locale, templates.SignInElsewhere), nil
	case err != nil:
		return in, browser, 0, signInView{}, err
	}
	locale = in.Members[0].Locale
	view = s.signInView(locale, templates.SignInGo)
	for _, m := range in.Members {
		view.As = append(view.As, signInAs{tradepost.FormatID(tradepost.MemberPrefix, m.ID), s.letters.SignInAs(locale, m.Name, m.Partner)})
	}
	return in, browser, http.StatusOK, view, nil
}

// showLink shows a button and signs nobody in: scanners of mail follow every link.
func (s *server) showLink(_ http.ResponseWriter, r *http.Request) (int, signInView, error) {
	_, _, status, view, err := s.link(r)
	return status, view, err
}

// useLink signs in.
func (s *server) useLink(w http.ResponseWriter, r *http.Request) (int, signInView, error) {
	in, browser, status, view, err := s.link(r)
	if err != nil || in.ID == 0 {
		return status, view, err
	}
	r.Body = http.MaxBytesReader(w, r.Body, 4096)
	member, err := tradepost.ParseID(tradepost.MemberPrefix, cmp.Or(r.PostFormValue("member"), view.As[0].ID))
	if err != nil {
		return 0, signInView{}, tradepost.ErrNotFound
	}
	cookie := rand.Text()
	err = s.store.UseSignIn(r.Context(), in.ID, browser, member, cookie, agent(r))
	if errors.Is(err, tradepost.ErrRefused) {
		return http.StatusGone, s.signInView(in.Members[0].Locale, templates.SignInOver), nil
	}
	if err != nil {
		return 0, signInView{}, err
	}
	s.setCookie(w, sessionCookie, cookie, 400*24*time.Hour) // the most that browsers keep; the row decides
	return http.StatusOK, s.signInView(in.Members[0].Locale, templates.SignInDone), nil
}
