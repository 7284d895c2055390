package web

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/templates"
)

// Options are what the server needs. Store and Log are required.
type Options struct {
	// Store answers and takes everything.
	Store *store.Store
	// Log gets one record per request and one per failure; never a body, a key
	// or a query.
	Log *slog.Logger
	// BaseURL is where clients reach the server, as in
	// "https://tradepost.example"; the addresses of attachments begin with it.
	// Empty makes them paths.
	BaseURL string
	// PublicReads lets GET requests to the API pass without a key, but only
	// under a host name that is this machine's, an IP address or BaseURL's, and
	// without the addresses of merchants. For demos: whoever reaches the port
	// reads everything else.
	PublicReads bool
	// Rate is how many requests a second a key may make of this process, where it
	// has no rate of its own, with bursts of four seconds' worth; 0 = DefaultRate.
	Rate int
	// Pages serves the conversation pages. They ask nobody who they are; see the
	// package comment.
	Pages bool
	// Webhooks says which URLs endpoints may have.
	Webhooks tradepost.WebhookPolicy
	// Tokens verify action links, and Letters words their pages. Both or neither:
	// without them action links are not served.
	Tokens  *tradepost.Tokens
	Letters *templates.Letters
	// Live tells of changes as they happen; without it /v1/events is not served.
	Live *Live
}

type server struct {
	store       *store.Store
	log         *slog.Logger
	baseURL     string
	baseHost    string
	publicReads bool
	pages       *pages
	open        bool // Options.Pages
	webhooks    tradepost.WebhookPolicy
	tokens      *tradepost.Tokens
	letters     *templates.Letters // nil where action links are not served
	limits      *limits
	live        *Live // nil where events are not served
}

// New returns the handler of all routes. An error means that the options make
// no sense or that an embedded template is broken.
func New(o Options) (http.Handler, error) {
	if o.Store == nil || o.Log == nil {
		return nil, errors.New("web: Options.Store and Options.Log are required")
	}
	if (o.Tokens == nil) != (o.Letters == nil) {
		return nil, errors.New("web: Options.Tokens and Options.Letters go together")
	}
	s := &server{store: o.Store, log: o.Log, baseURL: strings.TrimRight(o.BaseURL, "/"), publicReads: o.PublicReads,
		open: o.Pages, webhooks: o.Webhooks, tokens: o.Tokens, letters: o.Letters, limits: newLimits(o.Rate), live: o.Live}
	if o.BaseURL != "" {
		u, err := url.Parse(o.BaseURL)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			return nil, fmt.Errorf("web: base URL %q is not like https://tradepost.example", o.BaseURL)
		}
		s.baseHost = strings.ToLower(u.Hostname())
	}
	var err error
	if s.pages, err = parsePages(); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	mux := http.NewServeMux()
	if err := s.routes(mux); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	return s.around(mux), nil
}
