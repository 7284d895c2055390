package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/tradepost-mail/tradepost"
)

// routes is the list of everything that is served.
func (s *server) routes(mux *http.ServeMux) error {
	a := s.newAPI(mux)

	handleNarrowed(a, "GET /v1/partners", "list-partners", "List partners with their services and members", nil, s.listPartners)
	handlePlatform(a, "POST /v1/partners", "add-partner", "Add a partner", partnerBody{}, s.addPartner)
	handle(a, "GET /v1/partners/{id}", "get-partner", "Read a partner with its services and members", nil, s.getPartner)
	handleOwners(a, "PUT /v1/partners/{id}", "put-partner", "Change a partner, as a whole; its own team may change access and default_code", partnerBody{}, s.putPartner)
	handlePlatform(a, "POST /v1/partners/{id}/services", "add-service", "Give a partner a service", serviceBody{}, s.addService)
	handle(a, "GET /v1/services/{id}", "get-service", "Read a service", nil, s.getService)
	handlePlatform(a, "PUT /v1/services/{id}", "put-service", "Change a service, as a whole", serviceBody{}, s.putService)
	handlePlatform(a, "DELETE /v1/services/{id}", "delete-service", "End a service; conversations about it keep its name", nil, s.deleteService)
	handleOwners(a, "POST /v1/partners/{id}/members", "add-member", "Add a member to a team", memberBody{}, s.addMember)
	handle(a, "GET /v1/members/{id}", "get-member", "Read a member", nil, s.getMember)
	handle(a, "PUT /v1/members/{id}", "put-member", "Change a member, as a whole; the team may not change their address, nor they their role", memberBody{}, s.putMember)
	handleOwners(a, "DELETE /v1/members/{id}", "delete-member", "End a membership: no more mail, replies are refused, all sessions end", nil, s.deleteMember)
	handlePlatform(a, "POST /v1/members/{id}/addresses", "add-address", "Give a member a further address to write from", addressBody{}, s.addAddress)
	handlePlatform(a, "DELETE /v1/members/{id}/addresses/{address}", "delete-address", "Take a further address from a member", nil, s.deleteAddress)
	handlePlatform(a, "GET /v1/merchants", "find-merchant", "Find a merchant by what the platform knows them by", nil, s.findMerchant)
	handlePlatform(a, "PUT /v1/merchants", "put-merchant", "Say all that is known of a merchant: whoever isn't known is added", putMerchantBody{}, s.putMerchant)
	handlePlatform(a, "GET /v1/merchants/{id}", "get-merchant", "Read a merchant", nil, s.getMerchant)
	handleNarrowed(a, "GET /v1/conversations", "list-conversations", "List conversations, that with the newest message first", nil, s.listConversations)
	handlePlatform(a, "POST /v1/conversations", "open-conversation", "Open a conversation with a merchant's first message", openBody{}, s.openConversation)
	handlePlatform(a, "POST /v1/requests", "add-request", "Give a job description to the partners whom matching selects", requestBody{}, s.addRequest)
	handlePlatform(a, "GET /v1/requests/{id}", "get-request", "Read whom a job description went to", nil, s.getRequest)
	handle(a, "GET /v1/conversations/{id}", "get-conversation", "Read a conversation; nothing is marked as read", nil, s.getConversation)
	handle(a, "POST /v1/conversations/{id}/messages", "add-message", "Add a message of the merchant or of a member", messageBody{}, s.addMessage)
	handle(a, "POST /v1/conversations/{id}/read", "read-conversation", "Record what a member has read", readBody{}, s.readConversation)
	handle(a, "PUT /v1/conversations/{id}/messages/{message}/mark", "mark-message", "Put an emoji on a message", markBody{}, s.markMessage)
	handle(a, "DELETE /v1/conversations/{id}/messages/{message}/mark", "unmark-message", "Take the emoji off a message", unmarkBody{}, s.unmarkMessage)
	handle(a, "POST /v1/conversations/{id}/messages/{message}/undo", "undo-message", "Take back a member's own message while it waits to be sent", undoBody{}, s.undoMessage)
	handle(a, "DELETE /v1/conversations/{id}/messages/{message}", "delete-message", "Take a message out of the conversation and out of pending mail", nil, s.deleteMessage)
	handle(a, "GET /v1/conversations/{id}/team", "get-team", "Read what the team alone sees of a conversation: notes, tags, qualification, records", nil, s.getTeam)
	handle(a, "POST /v1/conversations/{id}/actions", "act", "Do what a member can do to a conversation: note, tag, qualify, decline, mute, block, delete, undo", actionBody{}, s.act)
	handle(a, "GET /v1/partners/{id}/counts", "get-counts", "Count the conversations of each list, up to 1000", nil, s.counts)
	handle(a, "GET /v1/partners/{id}/tags", "list-tags", "List a team's tags", nil, s.listTags)
	handle(a, "POST /v1/partners/{id}/tags", "add-tag", "Make a tag; there is one of a name", tagBody{}, s.addTag)
	handle(a, "PUT /v1/tags/{id}", "rename-tag", "Rename a tag on every conversation", tagBody{}, s.renameTag)
	handle(a, "DELETE /v1/tags/{id}", "delete-tag", "Take a tag off every conversation, and away", nil, s.deleteTag)
	handle(a, "GET /v1/conversations/{id}/why", "why", "Say how a member was told of a conversation's messages, or why not", nil, s.why)
	handle(a, "POST /v1/conversations/{id}/proposals", "add-proposal", "Write a proposal, as a draft", proposalBody{}, s.addProposal)
	handle(a, "GET /v1/proposals/{id}", "get-proposal", "Read a proposal", nil, s.getProposal)
	handle(a, "PUT /v1/proposals/{id}", "put-proposal", "Change what a draft says, as a whole", proposalBody{}, s.putProposal)
	handle(a, "PUT /v1/proposals/{id}/state", "set-proposal", "Send or withdraw a proposal as a member, accept or decline it as the merchant", proposalStateBody{}, s.setProposal)
	handle(a, "PUT /v1/jobs/{id}/state", "set-job", "Complete, decline or close a job", jobStateBody{}, s.setJob)
	handle(a, "POST /v1/jobs/{id}/invoices", "add-invoice", "Write an invoice for a job that is open or completed", invoiceBody{}, s.addInvoice)
	handle(a, "PUT /v1/invoices/{id}/state", "set-invoice", "Record that an invoice was paid, or close it", invoiceStateBody{}, s.setInvoice)
	handle(a, "GET /v1/members/{id}/settings", "get-settings", "Read when a member wants mail, and when the next digest is due", nil, s.getSettings)
	handle(a, "PUT /v1/members/{id}/settings", "put-settings", "Change when a member wants mail, as a whole", settingsBody{}, s.putSettings)
	handle(a, "GET /v1/attachments/{id}", "get-attachment", "Download an attachment", nil, s.getAttachment)
	handlePlatform(a, "GET /v1/keys", "list-keys", "List the API keys, revoked ones too, the newest first", nil, s.listKeys)
	handlePlatform(a, "POST /v1/keys", "add-key", "Make an API key; it is shown this once", keyBody{}, s.addKey)
	handlePlatform(a, "DELETE /v1/keys/{id}", "revoke-key", "Revoke an API key for good", nil, s.revokeKey)
	handleKeyed(a, "GET /v1/webhooks", "list-webhooks", "List where events are sent", nil, s.listWebhooks)
	handleKeyed(a, "POST /v1/webhooks", "add-webhook", "Have events sent somewhere; the secret is shown this once", addWebhookBody{}, s.addWebhook)
	handleKeyed(a, "GET /v1/webhooks/{id}", "get-webhook", "Read where events are sent, and how that goes", nil, s.getWebhook)
	handleKeyed(a, "PUT /v1/webhooks/{id}", "put-webhook", "Change where and which events are sent, as a whole, or stop it for a while", webhookBody{}, s.putWebhook)
	handleKeyed(a, "DELETE /v1/webhooks/{id}", "delete-webhook", "Send nothing there any more", nil, s.deleteWebhook)
	handleKeyed(a, "POST /v1/webhooks/{id}/secret", "rotate-webhook-secret", "Make another secret; it is shown this once", rotateBody{}, s.rotateWebhookSecret)
	handleKeyed(a, "GET /v1/webhooks/{id}/deliveries", "list-deliveries", "List what became of events, the newest first", nil, s.listDeliveries)
	handleKeyed(a, "POST /v1/webhooks/{id}/replays", "replay-webhook", "Send an event again, or all that were not taken", replayBody{}, s.replayWebhook)
	handleNarrowed(a, "GET /v1/session", "get-session", "Say who is signed in", nil, s.who)
	handleNarrowed(a, "DELETE /v1/session", "sign-out", "End the session that asks", nil, s.signOut)
	handle(a, "GET /v1/members/{id}/sessions", "list-sessions", "List where a member is signed in", nil, s.listSessions)
	handle(a, "DELETE /v1/members/{id}/sessions", "sign-out-everywhere", "End all sessions of a member", nil, s.signOutEverywhere)
	if s.live != nil {
		handleNarrowed(a, "GET /v1/events", "get-events", "Hear of changes as they happen (server-sent events)", nil, s.events)
		describeEvents(a.huma.OpenAPI().Paths["/v1/events"])
	}
	describeAttachment(a.huma.OpenAPI().Paths["/v1/attachments/{id}"])

	for name, schema := range a.huma.OpenAPI().Components.Schemas.Map() {
		if !requestSchema(name) {
			schema.AdditionalProperties = nil // answers may gain fields
		}
	}
	spec, err := json.MarshalIndent(a.huma.OpenAPI(), "", "  ")
	if err != nil {
		return fmt.Errorf("describe the API: %w", err)
	}
	mux.HandleFunc("GET /v1/openapi.json", serveSpec(spec))
	page, err := newReference(a.huma.OpenAPI())
	if err != nil {
		return fmt.Errorf("describe the API for people: %w", err)
	}
	mux.HandleFunc("GET /v1/{$}", serveReference(page))
	mux.HandleFunc("/v1/", s.noRoute(mux))

	mux.HandleFunc("GET /livez", s.livez)
	mux.HandleFunc("GET /readyz", s.readyz)

	if s.open {
		page := s.page
		mux.Handle("GET /{$}", page(s.showList))
		mux.Handle("GET /conversations/{id}", page(s.showConversation))
		mux.Handle("POST /conversations/{id}/messages", page(s.postMessage))
		mux.Handle("POST /conversations/{id}/read", page(s.postRead))
		mux.Handle("POST /conversations/{id}/mark", page(s.postMark))
		mux.Handle("POST /conversations/{id}/undo", page(s.postUndo))
		mux.Handle("GET /conversations/{id}/attachments/{attachment}", page(s.downloadAttachment))
	}
	if s.letters != nil {
		mux.Handle("GET /sign-in", s.signIn(s.showSignIn))
		mux.Handle("POST /sign-in", s.signIn(s.askSignIn))
		mux.Handle("GET "+tradepost.SignInPath+"{token}", s.signIn(s.showLink))
		mux.Handle("POST "+tradepost.SignInPath+"{token}", s.signIn(s.useLink))
		mux.Handle("GET /a/{token}", s.action(s.showAction))
		mux.Handle("POST /a/{token}", s.oneClick(s.action(s.doAction)))
	}
	mux.HandleFunc("GET /static/{file}", s.pages.static)
	return nil
}

// apiV1 is the described part of the routes.
type apiV1 struct {
	server *server
	huma   huma.API
}

func (s *server) newAPI(mux *http.ServeMux) apiV1 {
	// Not huma's DefaultConfig: it adds a $schema to every answer, and a page
	// that loads its script from a content delivery network. Its own route for
	// the description fills a cache without a lock.
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title:   "Tradepost",
				Version: "1",
				Description: "Conversations between merchants and partners. Ids are strings with a prefix that names their noun. " +
					"Errors are application/problem+json and list every fault with its place.",
			},
			Components: &huma.Components{
				Schemas:         huma.NewMapRegistry("#/components/schemas/", schemaName),
				SecuritySchemes: map[string]*huma.SecurityScheme{"key": {Type: "http", Scheme: "bearer"}},
			},
			Security: []map[string][]string{{"key": {}}},
		},
		Formats:       map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat: "application/json",
	}
	if s.baseURL != "" {
		config.Servers = []*huma.Server{{URL: s.baseURL}}
	}
	a := apiV1{server: s, huma: humago.New(mux, config)}
	a.huma.UseMiddleware(s.authenticate(a.huma), s.authorise(a.huma))
	return a
}

// handle registers one operation. body is a value of the type that the handler
// decodes from its payload, or nil; it serves the description only.
//
// Whoever calls sees what is their own only: an id in the path that belongs to
// another partner is answered with 404 before the handler is asked, see
// authorise.
func handle[I, O any](a apiV1, pattern, id, summary string, body any, handler func(context.Context, *I) (*O, error)) {
	register(a, huma.Operation{OperationID: id, Summary: summary}, pattern, body, handler)
}

// handlePlatform registers an operation that is the platform's alone.
func handlePlatform[I, O any](a apiV1, pattern, id, summary string, body any, handler func(context.Context, *I) (*O, error)) {
	register(a, huma.Operation{OperationID: id, Summary: summary, Metadata: map[string]any{platformOnly: true},
		Extensions: map[string]any{"x-platform-only": true}}, pattern, body, handler)
}

// handleOwners registers an operation that of those who are signed in only owners may
// do.
func handleOwners[I, O any](a apiV1, pattern, id, summary string, body any, handler func(context.Context, *I) (*O, error)) {
	register(a, huma.Operation{OperationID: id, Summary: summary, Metadata: map[string]any{ownersOnly: true}}, pattern, body, handler)
}

// handleNarrowed registers an operation whose path names nothing of a partner's:
// its handler answers with what is the caller's own.
func handleNarrowed[I, O any](a apiV1, pattern, id, summary string, body any, handler func(context.Context, *I) (*O, error)) {
	register(a, huma.Operation{OperationID: id, Summary: summary, Metadata: map[string]any{narrowed: true}}, pattern, body, handler)
}

// handleKeyed registers an operation for programs: it takes a key, the platform's or
// that partner's whose the id in the path is. Where the path names nothing its handler
// answers with what is the caller's own.
func handleKeyed[I, O any](a apiV1, pattern, id, summary string, body any, handler func(context.Context, *I) (*O, error)) {
	meta := map[string]any{keysOnly: true, narrowed: !strings.Contains(pattern, "{")}
	register(a, huma.Operation{OperationID: id, Summary: summary, Metadata: meta}, pattern, body, handler)
}

// The names in an operation's metadata; see authorise.
const (
	keysOnly     = "with a key only"
	platformOnly = "platform only"
	ownersOnly   = "owners only"
	narrowed     = "narrowed by its handler"
)

func register[I, O any](a apiV1, op huma.Operation, pattern string, body any, handler func(context.Context, *I) (*O, error)) {
	method, path, _ := strings.Cut(pattern, " ")
	op.Method, op.Path = method, path
	op.Errors = []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests}
	id := op.OperationID
	if strings.Contains(path, "{") {
		op.Errors = append(op.Errors, http.StatusNotFound)
	}
	if body != nil {
		op.Errors = append(op.Errors, http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge,
			http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity)
	}
	if _, conditional := reflect.TypeFor[I]().FieldByName("IfMatch"); conditional {
		op.Errors = append(op.Errors, http.StatusPreconditionFailed)
	}
	if method == http.MethodPost && id != "read-conversation" && id != "undo-message" && id != "act" && id != "replay-webhook" {
		op.DefaultStatus = http.StatusCreated
	}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handler(ctx, in)
		if err != nil {
			return nil, a.server.failed(ctx, err)
		}
		return out, nil
	})
	if body == nil {
		return
	}
	// After Register, which would read and check the body itself if it knew of
	// one; see payload.
	schema := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeOf(body), true, "")
	described := &huma.RequestBody{Required: method != http.MethodDelete, Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
	item := a.huma.OpenAPI().Paths[path]
	for _, o := range []*huma.Operation{item.Post, item.Put, item.Delete} {
		if o != nil && o.OperationID == id {
			o.RequestBody = described
		}
	}
}

// requestSchema reports whether a schema describes what clients send, where
// anything unknown is a fault.
func requestSchema(name string) bool {
	return strings.HasSuffix(name, "Body") && !strings.HasSuffix(name, "OutputBody")
}

// schemaName turns the name of a Go type into that of a schema.
func schemaName(t reflect.Type, hint string) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case reflect.TypeFor[huma.ErrorModel]():
		return "Problem"
	case reflect.TypeFor[huma.ErrorDetail]():
		return "Fault"
	}
	return huma.DefaultSchemaNamer(t, hint)
}

func serveSpec(spec []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json")
		w.Write(spec)
	}
}

// noRoute answers under /v1 where no route does, in the form of all errors:
// 405 where another method would be served, else 404.
func (s *server) noRoute(mux *http.ServeMux) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var allowed []string
		for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
			probe := r.Clone(r.Context())
			probe.Method = m
			if _, pattern := mux.Handler(probe); pattern != "/v1/" && pattern != "" {
				allowed = append(allowed, m)
			}
		}
		answer := problem(http.StatusNotFound, "There is no such address; /v1/openapi.json lists those there are.")
		if allowed != nil {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			answer = problem(http.StatusMethodNotAllowed, "This address takes "+strings.Join(allowed, ", ")+".")
		}
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(answer.Status)
		_ = json.NewEncoder(w).Encode(answer) // an error is a client that is gone
	}
}
