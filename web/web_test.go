package web_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/store/storetest"
	"github.com/tradepost-mail/tradepost/web"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

const key = "test-key-1"

// site is a running server with a published partner of two members, an
// unpublished one, and a look at the database.
type site struct {
	*httptest.Server
	t           testing.TB
	store       *store.Store
	log         *lockedBuffer
	partner     store.Partner
	unpublished store.Partner

	// What the database holds, beneath the store.
	exec  func(sql string, args ...any)
	count func(query string, args ...any) int
	// snapshot is the content of every table.
	snapshot func() string
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func newSite(t testing.TB, change func(*web.Options)) *site {
	t.Helper()
	url := storetest.URL(t)
	s := &site{t: t, store: storetest.OpenURL(t, url, storetest.Options(t)), log: &lockedBuffer{}}
	ctx := t.Context()
	pool := storetest.Pool(t, url)
	s.exec = func(sql string, args ...any) {
		t.Helper()
		if _, err := pool.Exec(ctx, sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	s.count = func(query string, args ...any) (n int) {
		t.Helper()
		if err := pool.QueryRow(ctx, query, args...).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	s.snapshot = func() string {
		t.Helper()
		ask := func(query string) (text string) {
			if err := pool.QueryRow(ctx, query).Scan(&text); err != nil {
				t.Fatal(err)
			}
			return text
		}
		var all strings.Builder
		tables := ask(`select string_agg(quote_ident(table_name), ' ' order by table_name)
			from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`)
		for table := range strings.FieldsSeq(tables) {
			all.WriteString(table + "\n" + ask(`select coalesce(string_agg(x::text, E'\n' order by x::text), '') from `+table+` x`) + "\n")
		}
		return all.String()
	}
	var err error
	s.partner, err = s.store.AddPartner(ctx, store.Partner{
		Name: "Studio Lind", Published: true, Services: []store.Service{{Name: "Store migration"}, {Name: "Theme design"}},
		Members: []store.Member{{Name: "Maja Lind", Email: "maja@lind.example", Zone: "Europe/Stockholm"}, {Name: "Olu Adé", Email: "olu@lind.example"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.unpublished, err = s.store.AddPartner(ctx, store.Partner{
		Name: "Draft Works", Services: []store.Service{{Name: "Audit"}}, Members: []store.Member{{Name: "Sam Roe", Email: "sam@draft.example"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.store.AddAPIKey(ctx, "test", key); err != nil {
		t.Fatal(err)
	}
	o := web.Options{Store: s.store, Log: slog.New(slog.NewJSONHandler(s.log, nil)), Rate: 10_000}
	if change != nil {
		change(&o)
	}
	h, err := web.New(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Server = httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func (s *site) par() string { return tradepost.FormatID("par", s.partner.ID) }
func (s *site) mbr(i int) string {
	return tradepost.FormatID("mbr", s.partner.Members[i].ID)
}

// opening is a request body that is right in everything; tests change it.
func (s *site) opening() map[string]any {
	return map[string]any{
		"partner": s.par(), "kind": "service", "service": "Store migration", "body": "Hello, we would like to move 4,200 products.",
		"merchant": map[string]any{
			"name": "Nadia Rahman", "email": "nadia@atelier.example", "role": "owner",
			"store_name": "Atelier Nord", "store_url": "https://atelier.example",
		},
	}
}

// answer is a response, read to its end.
type answer struct {
	status int
	header http.Header
	raw    []byte
}

// do sends body (a string as it is, anything else as JSON) with the key and any
// further headers, given as name, value, name, value.
func (s *site) do(method, path string, body any, headers ...string) answer {
	s.t.Helper()
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		r = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			s.t.Fatal(err)
		}
		r = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, s.URL+path, r)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	if r != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i+1] == "" {
			req.Header.Del(headers[i])
		} else {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	return s.send(req)
}

func (s *site) send(req *http.Request) answer {
	s.t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		s.t.Error(err) // not Fatal: some tests send from goroutines
		return answer{}
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Error(err)
	}
	return answer{res.StatusCode, res.Header, raw}
}

// into decodes an answer that must have the given status.
func (a answer) into(t testing.TB, status int, dst any) {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %.600s", a.status, status, a.raw)
	}
	if dst != nil {
		if err := json.Unmarshal(a.raw, dst); err != nil {
			t.Fatalf("%v: %.600s", err, a.raw)
		}
	}
}

type problemJSON struct {
	Title, Detail string
	Status        int
	Errors        []struct {
		Location, Message string
		Value             any
	}
}

// problem checks the form of an error answer and returns its locations.
func (a answer) problem(t testing.TB, status int) map[string]string {
	t.Helper()
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		t.Fatalf("status %d with Content-Type %q: %.600s", a.status, got, a.raw)
	}
	var p problemJSON
	a.into(t, status, &p)
	if p.Status != status || p.Title != http.StatusText(status) || p.Detail == "" {
		t.Errorf("incomplete problem: %s", a.raw)
	}
	at := make(map[string]string)
	for _, e := range p.Errors {
		if e.Location == "" || e.Message == "" {
			t.Errorf("a fault without a place or a text: %s", a.raw)
		}
		at[e.Location] = e.Message
	}
	return at
}

type conversationJSON struct {
	ID, Partner, Kind, Service string
	Merchant                   map[string]string
	Messages                   []messageJSON
}

type messageJSON struct {
	ID     string
	Author struct{ Role, ID, Name string }
	Body   string
	FoldAt int `json:"fold_at"`
	Via    string
	Mark   string
	Files  []struct {
		ID, Filename, URL string
		ContentType       string `json:"content_type"`
		Size              int
	} `json:"attachments"`
}

// open opens a conversation that must succeed and returns its id.
func (s *site) open(body any, headers ...string) string {
	s.t.Helper()
	var got struct{ ID string }
	s.do("POST", "/v1/conversations", body, headers...).into(s.t, http.StatusCreated, &got)
	return got.ID
}

func (s *site) get(id string) (c conversationJSON) {
	s.t.Helper()
	s.do("GET", "/v1/conversations/"+id, nil).into(s.t, http.StatusOK, &c)
	return c
}
