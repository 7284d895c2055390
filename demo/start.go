package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// StartOptions are what the start page needs. Store, BaseURL and Log are
// required.
type StartOptions struct {
	Store *store.Store
	// Path is where the handler is mounted, without a slash at its end.
	// Default "/demo".
	Path string
	// MailPath is where the mail client is. Default "/mail".
	MailPath string
	// BaseURL is what stands before "/v1" in the examples, as in
	// "http://127.0.0.1:8080".
	BaseURL string
	// APIKey stands in the examples. Default "demo".
	APIKey string
	// SMTPAddr and IMAPAddr are host:port of the mail server, to be named; ""
	// leaves the sentence out.
	SMTPAddr, IMAPAddr string
	Log                *slog.Logger
}

// Where package web has its pages: the list, and a conversation by its id.
const (
	listPath         = "/"
	conversationPath = "/conversations/"
)

type startPage struct {
	o     StartOptions
	pages *pages
}

// Start returns the handler of the page that a newcomer opens first: GET Path
// says what this is and where to look, POST Path writes to a partner as one of
// [Merchants]. An error means that the options make no sense or that an
// embedded template is broken.
func Start(o StartOptions) (http.Handler, error) {
	if o.Store == nil || o.Log == nil || o.BaseURL == "" {
		return nil, errors.New("demo start page: StartOptions.Store, BaseURL and Log are required")
	}
	o.Path, o.MailPath = cmp.Or(o.Path, "/demo"), cmp.Or(o.MailPath, "/mail")
	o.APIKey, o.BaseURL = cmp.Or(o.APIKey, "demo"), strings.TrimRight(o.BaseURL, "/")
	p, err := parsePages(o.Log, "start")
	if err != nil {
		return nil, fmt.Errorf("demo start page: %w", err)
	}
	s := &startPage{o: o, pages: p}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+o.Path, s.show)
	mux.HandleFunc("GET "+o.Path+"/{$}", s.show)
	mux.HandleFunc("POST "+o.Path, s.write)
	mux.HandleFunc("GET "+o.Path+"/demo.css", static("text/css; charset=utf-8", p.style))
	return secured(mux), nil
}

// startForm is what was typed and what was wrong with it.
type startForm struct {
	Service  string // partner and service as one choice
	Merchant int    // index in Merchants
	Body     string
	Fault    string
}

// choice is an entry of a list to choose from.
type choice struct {
	Value, Text string
	Chosen      bool
}

// followUp is where to go on after a conversation was opened.
type followUp struct {
	Partner, Merchant    string
	Mailboxes            []Link // of the members
	MerchantBox          Link
	AsMember, AsMerchant string // the conversation's page
}

func (s *startPage) show(w http.ResponseWriter, r *http.Request) {
	done, err := s.opened(r.Context(), r.FormValue("opened"))
	if err != nil && !errors.Is(err, tradepost.ErrNotFound) {
		s.failed(w, r, err)
		return
	}
	s.render(w, r, http.StatusOK, startForm{}, done)
}

func (s *startPage) failed(w http.ResponseWriter, r *http.Request, err error) {
	s.o.Log.ErrorContext(r.Context(), "demo start page failed", "error", err)
	s.pages.render(w, r, http.StatusInternalServerError, "problem",
		problem{s.frame(), "Something failed here; the log says what. Try again.", Link{"Start", s.o.Path}})
}

func (s *startPage) frame() frame {
	return frame{Title: "Start", Assets: s.o.Path, Links: []Link{{"Mailboxes", s.o.MailPath + "/"}, {"Conversations", listPath}, {"Start", s.o.Path}}}
}

func (s *startPage) render(w http.ResponseWriter, r *http.Request, status int, form startForm, done *followUp) {
	partners, err := s.o.Store.Partners(r.Context())
	if err != nil {
		s.failed(w, r, err)
		return
	}
	data := struct {
		frame
		Form                                     startForm
		Done                                     *followUp
		Services                                 []choice
		Merchants                                []choice
		Path, Mail, Conversations, Base, Key     string
		SMTP, IMAP                               string
		ExamplePartner, ExampleService, AsMember string
	}{frame: s.frame(), Form: form, Done: done, Path: s.o.Path, Mail: s.o.MailPath + "/", Conversations: listPath,
		Base: s.o.BaseURL, Key: s.o.APIKey, SMTP: s.o.SMTPAddr, IMAP: s.o.IMAPAddr}
	data.Title = "Try Tradepost"
	for _, p := range partners {
		if !p.Published || len(p.Services) == 0 {
			continue // C1: nobody can contact it
		}
		for _, sv := range p.Services {
			v := serviceChoice(p.ID, sv.ID)
			// Isolates (UAX #9) keep two scripts apart where no markup can.
			data.Services = append(data.Services, choice{v, "\u2068" + p.Name + "\u2069: \u2068" + sv.Name + "\u2069", v == form.Service})
		}
		if data.ExamplePartner == "" {
			data.ExamplePartner = tradepost.FormatID(tradepost.PartnerPrefix, p.ID)
			data.ExampleService = tradepost.FormatID(tradepost.ServicePrefix, p.Services[0].ID)
		}
	}
	for i, m := range Merchants() {
		text := m.Name
		if m.StoreName != "" {
			text += ", " + m.StoreName
		}
		data.Merchants = append(data.Merchants, choice{strconv.Itoa(i), text, i == form.Merchant})
	}
	s.pages.render(w, r, status, "start", data)
}

func serviceChoice(partner, service int64) string {
	return tradepost.FormatID(tradepost.PartnerPrefix, partner) + ":" + tradepost.FormatID(tradepost.ServicePrefix, service)
}

// opened gathers what to say of a conversation that the form has opened; nil
// for the id "".
func (s *startPage) opened(ctx context.Context, id string) (*followUp, error) {
	if id == "" {
		return nil, nil //nolint:nilnil // nothing was opened, nothing is to be said
	}
	n, err := tradepost.ParseID(tradepost.ConversationPrefix, id)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", tradepost.ErrNotFound, err)
	}
	c, _, err := s.o.Store.Opened(ctx, n)
	if err != nil {
		return nil, err
	}
	partners, err := s.o.Store.Partners(ctx)
	if err != nil {
		return nil, err
	}
	own := conversationPath + id + "?as="
	f := &followUp{Partner: c.Partner, Merchant: c.Merchant.Name, MerchantBox: s.mailbox(c.Merchant.Name, c.Merchant.Email),
		AsMerchant: own + "merchant", AsMember: own + "merchant"}
	for _, p := range partners {
		if p.ID != c.PartnerID {
			continue
		}
		for i, m := range p.Members {
			f.Mailboxes = append(f.Mailboxes, s.mailbox(m.Name, m.Email))
			if i == 0 {
				f.AsMember = own + tradepost.FormatID(tradepost.MemberPrefix, m.ID)
			}
		}
	}
	return f, nil
}

func (s *startPage) mailbox(name, address string) Link {
	return Link{name, s.o.MailPath + "/" + url.PathEscape(strings.ToLower(address))}
}

// maxStartForm bounds the form in bytes: a message of the longest kind,
// percent-encoded.
const maxStartForm = 2 << 20

func (s *startPage) write(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxStartForm)
	form := startForm{Service: r.PostFormValue("service"), Body: r.PostFormValue("body")}
	merchants := Merchants()
	n, err := strconv.Atoi(r.PostFormValue("merchant"))
	if err != nil || n < 0 || n >= len(merchants) {
		form.Fault = "Choose who writes."
		s.render(w, r, http.StatusUnprocessableEntity, form, nil)
		return
	}
	form.Merchant = n
	partner, service, _ := strings.Cut(form.Service, ":")
	id, err := tradepost.ParseID(tradepost.PartnerPrefix, partner)
	if err != nil {
		form.Fault = "Choose a partner's service."
		s.render(w, r, http.StatusUnprocessableEntity, form, nil)
		return
	}
	o := tradepost.Opening{PartnerID: id, Kind: tradepost.KindService, Service: service, Body: form.Body, Merchant: merchants[n]}
	opened, err := s.open(r.Context(), o)
	var invalid tradepost.Invalid
	switch {
	case errors.As(err, &invalid):
		form.Fault = "Not sent. The " + invalid[0].Field + " " + invalid[0].Problem + "."
		s.render(w, r, http.StatusUnprocessableEntity, form, nil)
	case errors.Is(err, tradepost.ErrRefused):
		form.Fault = "Not sent. This partner takes no message: it isn't published, or has blocked this merchant."
		s.render(w, r, http.StatusUnprocessableEntity, form, nil)
	case err != nil:
		s.failed(w, r, err)
	default:
		http.Redirect(w, r, s.o.Path+"?opened="+tradepost.FormatID(tradepost.ConversationPrefix, opened), http.StatusSeeOther)
	}
}

func (s *startPage) open(ctx context.Context, o tradepost.Opening) (int64, error) {
	if err := o.Validate(); err != nil {
		return 0, err
	}
	// As the API's bodies are kept.
	o.Body = tradepost.NormalBody(o.Body)
	return s.o.Store.OpenConversation(ctx, o, store.Request{})
}
