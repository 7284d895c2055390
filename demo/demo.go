package demo

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/tradepost-mail/tradepost/embedded"
	"github.com/tradepost-mail/tradepost/store"
)

// Options are what the demo's own pages need; all are required.
type Options struct {
	Store *store.Store
	Mail  *embedded.Mail
	Log   *slog.Logger
	// BaseURL is where browsers reach the server, as in "http://127.0.0.1:8080".
	BaseURL string
	// APIKey stands in the examples of the start page.
	APIKey string
}

// New returns the handler of all pages of the demo: the start page at /demo and
// the mail client at /mail. Mount it at "/demo", "/demo/" and "/mail/".
func New(o Options) (http.Handler, error) {
	if o.Store == nil || o.Mail == nil || o.Log == nil {
		return nil, errors.New("demo: Options.Store, Mail and Log are required")
	}
	mail, err := NewMailClient(MailClientOptions{
		Mail: o.Mail, Mailboxes: Mailboxes(o.Store, o.Log), Path: "/mail",
		Links: []Link{{"Conversations", listPath}, {"Start", "/demo"}}, Log: o.Log,
	})
	if err != nil {
		return nil, err
	}
	start, err := Start(StartOptions{
		Store: o.Store, Path: "/demo", MailPath: "/mail", BaseURL: o.BaseURL, APIKey: o.APIKey,
		SMTPAddr: o.Mail.SMTPAddr(), IMAPAddr: o.Mail.IMAPAddr(), Log: o.Log,
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/mail", mail)
	mux.Handle("/mail/", mail)
	mux.Handle("/demo", start)
	mux.Handle("/demo/", start)
	return mux, nil
}
