package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/templates"
)

// linkVerbs are the commands that a link may carry out by itself: those that can
// be taken back. Letters get forwarded, so block and delete happen only by the
// answer to a question that was mailed.
var linkVerbs = []tradepost.Verb{tradepost.VerbDone, tradepost.VerbQualify, tradepost.VerbMute, tradepost.VerbDecline}

// linkAnswers are the answers to questions, each with the kind that it fits.
var linkAnswers = map[tradepost.QuestionAnswer]tradepost.QuestionKind{
	tradepost.AnswerApprove:    tradepost.QuestionSender,
	tradepost.AnswerAddAddress: tradepost.QuestionSender,
	tradepost.AnswerRevoke:     tradepost.QuestionSender,
	tradepost.AnswerChoose:     tradepost.QuestionConversation,
	tradepost.AnswerConfirm:    tradepost.QuestionConfirm,
}

// action wraps the handlers of action links. Unlike the other pages they answer
// under any name and ask nobody who they are: the token in the address is the
// authority, for one person and one thing. So the address is kept from leaking:
// no referrer, no cache, no search engine, nothing loaded from elsewhere.
func (s *server) action(h func(*http.Request) (actionAnswer, error)) http.Handler {
	inner := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hide(w.Header())
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		a, err := h(r)
		if err != nil {
			e := s.pageErrorOf(r, err)
			http.Error(w, e.title+". "+e.detail, e.status)
			return
		}
		view := actionView{ActionWords: s.letters.ActionPage(a.page), Ask: a.page.State == templates.ActionAsk}
		if a.again {
			back := templates.ActionPage{Locale: a.page.Locale, Verb: tradepost.GetDigests, State: templates.ActionAsk}
			view.Again = s.letters.ActionPage(back).Button
		}
		s.render(w, r, s.pages.action, a.status, view)
	})
	protected := http.NewCrossOriginProtection().Handler(inner)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A page without a referrer posts "Origin: null" (Fetch, section 3.2), which
		// browsers from before Sec-Fetch-Site can't put right.
		if r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "null" {
			r.Header.Del("Origin")
		}
		protected.ServeHTTP(w, r)
	})
}

// hide keeps the address of a link from leaking.
func hide(header http.Header) {
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Robots-Tag", "noindex, nofollow, noarchive")
}

// actionAnswer is what a link's page shows, and the status it comes with.
type actionAnswer struct {
	status int
	page   templates.ActionPage
	again  bool // digests were stopped here, and can be had again
}

type actionView struct {
	templates.ActionWords
	Ask   bool
	Again string // the button that gets digests again; "" = none
}

// showAction says what a link would do. It changes nothing: scanners of mail
// follow every link.
func (s *server) showAction(r *http.Request) (actionAnswer, error) {
	_, answer, err := s.linked(r)
	return answer, err
}

// doAction does it. The answer is the page itself and no redirect to one: done
// again by a reload, all of it is as it was, and what was asked was answered.
func (s *server) doAction(r *http.Request) (actionAnswer, error) {
	a, answer, err := s.linked(r)
	if err == nil && a.Verb == tradepost.StopDigests && answer.status == http.StatusOK {
		return s.doDigests(r, a, answer)
	}
	if err != nil || answer.page.State != templates.ActionAsk {
		return answer, err
	}
	result, err := s.carryOut(r.Context(), a)
	if err != nil {
		return answer.because(err)
	}
	answer.page.State = string(result.State)
	answer.page.Detail = cmp.Or(result.Reason, result.Text, answer.page.Detail)
	if result.State == tradepost.CommandRefused {
		answer.status = http.StatusConflict
	}
	return answer, nil
}

func (s *server) carryOut(ctx context.Context, a tradepost.Action) (tradepost.CommandResult, error) {
	if slices.Contains(linkVerbs, tradepost.Verb(a.Verb)) {
		return s.store.Act(ctx, a.Subject, a.Person, tradepost.Command{Verb: tradepost.Verb(a.Verb)}, a.Object, tradepost.ViaWeb)
	}
	answering := store.Answering{Role: a.Role, Person: a.Person, Answer: tradepost.QuestionAnswer(a.Verb), Via: tradepost.ViaWeb}
	if answering.Answer == tradepost.AnswerChoose {
		answering.ConversationID = a.Object
	}
	result, err := s.store.AnswerQuestion(ctx, a.Subject, answering)
	if result.State == "" {
		result.State = tradepost.CommandDone
	}
	return result, err
}

// linked reads a link and what it is about. The page is templates.ActionAsk where it may be
// carried out.
func (s *server) linked(r *http.Request) (tradepost.Action, actionAnswer, error) {
	a, err := s.tokens.ParseAction(r.PathValue("token"), time.Now())
	_, isAnswer := linkAnswers[tradepost.QuestionAnswer(a.Verb)]
	isDigests := a.Verb == tradepost.StopDigests && a.Role == tradepost.AuthorMember
	isCommand := slices.Contains(linkVerbs, tradepost.Verb(a.Verb)) && a.Role == tradepost.AuthorMember
	expired := errors.Is(err, tradepost.ErrTokenExpired)
	if err != nil && !expired || !isAnswer && !isCommand && !isDigests {
		return a, actionAnswer{status: http.StatusNotFound, page: templates.ActionPage{Locale: s.preferred(r), State: templates.ActionInvalid}}, nil
	}
	answer := actionAnswer{status: http.StatusOK, page: templates.ActionPage{Verb: a.Verb, State: templates.ActionAsk}}
	answer.page.Locale, err = s.store.Locale(r.Context(), a.Role, a.Person)
	switch {
	case err != nil:
	case expired:
		err = store.ErrQuestionExpired
	case isDigests:
		err = s.aboutDigests(r, a, &answer)
	case isCommand:
		err = s.aboutCommand(r.Context(), a, &answer.page)
	default:
		err = s.aboutQuestion(r.Context(), a, &answer.page)
	}
	if err != nil {
		answer, err = answer.because(err)
	}
	return a, answer, err
}

// because turns why a link can't be followed into the page that says so. What
// is no such reason stays an error.
func (a actionAnswer) because(err error) (actionAnswer, error) {
	// What it is about is no business of who may not do it any more.
	a.page.Name, a.page.Detail = "", ""
	switch {
	case errors.Is(err, store.ErrQuestionAnswered):
		a.status, a.page.State = http.StatusGone, templates.ActionAnswered
	case errors.Is(err, store.ErrQuestionExpired):
		a.status, a.page.State = http.StatusGone, templates.ActionExpired
	case errors.Is(err, tradepost.ErrNotFound):
		a.status, a.page.State = http.StatusGone, templates.ActionGone
	case errors.Is(err, tradepost.ErrRefused):
		a.status, a.page.State = http.StatusConflict, templates.ActionRefused
	default:
		return a, err
	}
	return a, nil
}

// aboutCommand names the merchant whose conversation a command is for, as far as
// the member may still act there.
func (s *server) aboutCommand(ctx context.Context, a tradepost.Action, page *templates.ActionPage) error {
	access, err := s.store.Access(ctx, a.Role, a.Person, a.Subject)
	if err != nil {
		return err
	}
	if access.Blocked {
		return tradepost.ErrRefused
	}
	page.Name = access.Conversation.Merchant.Name
	return nil
}

// aboutQuestion says what a person was asked, as far as it is still to be
// answered.
func (s *server) aboutQuestion(ctx context.Context, a tradepost.Action, page *templates.ActionPage) error {
	q, err := s.store.Question(ctx, a.Subject)
	if err != nil {
		return err
	}
	answer := tradepost.QuestionAnswer(a.Verb)
	switch {
	case q.Role != a.Role || q.Person != a.Person || q.Kind != linkAnswers[answer]:
		return tradepost.ErrNotFound
	case !q.AnsweredAt.IsZero():
		return store.ErrQuestionAnswered
	case !time.Now().Before(q.ExpiresAt):
		return store.ErrQuestionExpired
	case answer == tradepost.AnswerAddAddress && !q.MayAdd:
		return tradepost.ErrRefused
	}
	conversation := q.ConversationID
	if answer == tradepost.AnswerChoose {
		conversation = a.Object
	}
	if conversation != 0 {
		access, err := s.store.Access(ctx, a.Role, a.Person, conversation)
		if err != nil {
			return err
		}
		page.Name = access.Conversation.Merchant.Name
		if a.Role == tradepost.AuthorMerchant {
			page.Name = access.Conversation.Partner
		}
	}
	if q.Kind == tradepost.QuestionSender {
		page.Detail = q.From
	}
	if q.Command != nil {
		page.Verb, page.Detail = string(q.Command.Verb), q.Command.Text
	}
	return nil
}

// mostLanguages bounds what is read of Accept-Language.
const mostLanguages = 10

// preferred is the first language of a browser that there are words in. Of a
// link that isn't ours nothing else is known of its reader.
func (s *server) preferred(r *http.Request) string {
	known := s.letters.Locales()
	for i, tag := range strings.SplitN(r.Header.Get("Accept-Language"), ",", mostLanguages+1) {
		tag, _, _ = strings.Cut(strings.TrimSpace(tag), ";")
		base, _, _ := strings.Cut(tag, "-")
		if i < mostLanguages && slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, base) }) {
			return tag
		}
	}
	return known[0]
}
