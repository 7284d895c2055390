package web

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/templates"
)

// digestsForm bounds what is posted to the link that stops digests, in octets.
const digestsForm = 16 << 10

// Fields of that form: what a mail program sends (RFC 8058 3.1), and what the
// page's way back does.
const (
	oneClickField = "List-Unsubscribe"
	oneClickValue = "One-Click"
	againField    = "digests"
	againValue    = "again"
)

// oneClick answers mail programs that stop digests by themselves (RFC 8058 3.2).
// They send neither cookies nor an origin, and no page would be read. Whatever
// else comes is for the page. The link is all the authority that there is, so
// nothing is asked about where the request comes from.
func (s *server) oneClick(page http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, err := s.tokens.ParseAction(r.PathValue("token"), time.Now())
		if a.Verb != tradepost.StopDigests || a.Role != tradepost.AuthorMember {
			page.ServeHTTP(w, r)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, digestsForm)
		formErr := r.ParseForm()                          // whose error ParseMultipartForm passes over
		multipartErr := r.ParseMultipartForm(digestsForm) //nolint:gosec // MaxBytesReader bounds it
		if formErr == nil && !errors.Is(multipartErr, http.ErrNotMultipart) {
			formErr = multipartErr
		}
		if formErr != nil {
			http.Error(w, "This form could not be read.", http.StatusBadRequest)
			return
		}
		if !strings.EqualFold(r.PostForm.Get(oneClickField), oneClickValue) {
			page.ServeHTTP(w, r)
			return
		}
		hide(w.Header())
		if err == nil {
			err = s.stopDigests(r, a, tradepost.StoppedByOneClick)
		}
		switch {
		case errors.Is(err, tradepost.ErrTokenExpired):
			http.Error(w, "This link is too old. A newer letter has one that works.", http.StatusGone)
		case errors.Is(err, tradepost.ErrNotFound), errors.Is(err, tradepost.ErrRefused), err == nil:
			// Whoever left gets no digests either.
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.Write([]byte("You get no more digests.\n"))
		default:
			e := s.pageErrorOf(r, err)
			http.Error(w, e.title+". "+e.detail, e.status)
		}
	})
}

func (s *server) stopDigests(r *http.Request, a tradepost.Action, by tradepost.DigestStopper) error {
	letter := store.Ref{Period: tradepost.PeriodOfNumber(a.Object), ID: a.Subject}
	_, err := s.store.StopDigests(r.Context(), a.Person, letter, by)
	return err
}

// aboutDigests says whether there are digests to stop.
func (s *server) aboutDigests(r *http.Request, a tradepost.Action, answer *actionAnswer) error {
	on, byLink, err := s.store.DigestsOf(r.Context(), a.Person)
	if err != nil {
		return err
	}
	if !on {
		answer.page.State, answer.again = templates.ActionUnchanged, byLink
	}
	return nil
}

// doDigests stops digests, or takes that back: the page that says they are
// stopped has a button for it.
func (s *server) doDigests(r *http.Request, a tradepost.Action, answer actionAnswer) (actionAnswer, error) {
	var err error
	switch again := r.PostForm.Get(againField) == againValue; {
	case again:
		var resumed bool
		answer.page.Verb, answer.page.State, answer.again = tradepost.GetDigests, templates.ActionUnchanged, false
		if resumed, err = s.store.ResumeDigests(r.Context(), a.Person); resumed {
			answer.page.State = templates.ActionDone
		}
	case answer.page.State == templates.ActionAsk:
		answer.page.State, answer.again = templates.ActionDone, true
		err = s.stopDigests(r, a, tradepost.StoppedByPage)
	}
	if err != nil {
		answer.again = false
		return answer.because(err)
	}
	return answer, nil
}
