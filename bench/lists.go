package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/web"
)

// ListsOptions are what is measured.
type ListsOptions struct {
	Store       *store.Store // on a database with conversations, as seed makes
	Repetitions int          // of each page; 0 = 30
	Progress    func(string)
}

// List is what one page of a list took: the first 50 conversations.
type List struct {
	Partner string // how large
	Name    string
	// Medians: of the answer to a client, of the SQL that returns what it shows, and of
	// that which returns the ids alone.
	API, SQL, IDs time.Duration
	store.ListCost
}

// settled is how often a page is asked for before it counts: by then PostgreSQL has
// settled on a plan.
const settled = 8

// pageSize is that of the API where a request doesn't say.
const pageSize = 50

// listSizes are how many conversations the partners have whose lists are measured,
// beside the largest.
var listSizes = []int64{10_000, 1000, 100}

// Lists asks the API for pages of lists, over a connection of this machine, and the
// database for the same pages, in turn.
func Lists(ctx context.Context, o ListsOptions) (list []List, err error) {
	samples, err := o.Store.ListSamples(ctx, listSizes...)
	if err != nil {
		return nil, err
	}
	api, err := openAPI(ctx, o.Store)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, api.close()) }()
	pages := everywhere(samples)
	for _, s := range samples {
		pages = append(pages, pagesOf(s)...)
	}
	for _, p := range pages {
		o.Progress(p.partner + ": " + p.name)
		l, err := api.measure(ctx, p, cmp.Or(o.Repetitions, 30))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		list = append(list, l)
	}
	return list, nil
}

// page is one to be measured, as a client asks for it and as the store does.
type page struct {
	partner, name string
	query         url.Values
	filter        store.Filter
}

func pagesOf(s store.ListSample) []page {
	partner := fmt.Sprintf("%d conversations", s.Conversations)
	of := func(name string, change func(q url.Values, f *store.Filter)) page {
		q := url.Values{"partner": {tradepost.FormatID(tradepost.PartnerPrefix, s.PartnerID)}}
		f := store.Filter{PartnerID: s.PartnerID, Limit: pageSize + 1} // one more says that there is a next page
		if f.Member = s.Busy.ID; f.Member != 0 {
			q.Set("member", tradepost.FormatID(tradepost.MemberPrefix, f.Member))
		}
		change(q, &f)
		return page{partner, name, q, f}
	}
	search := func(name, words string) page {
		return of(fmt.Sprintf("search, %s: %q", name, words), func(q url.Values, f *store.Filter) { f.Search = words; q.Set("q", words) })
	}
	list := []page{of("all", func(url.Values, *store.Filter) {}),
		of("new", func(q url.Values, f *store.Filter) { f.New = true; q.Set("new", "true") })}
	for _, m := range []store.Extreme{s.Busy, s.Quiet} {
		if m.ID != 0 {
			list = append(list, of(fmt.Sprintf("unread by a member with %d", m.Conversations), func(q url.Values, f *store.Filter) {
				f.UnreadBy = m.ID
				q.Set("unread_by", tradepost.FormatID(tradepost.MemberPrefix, m.ID))
			}))
		}
	}
	for _, t := range []store.Extreme{s.Common, s.Rare} {
		if t.ID != 0 {
			list = append(list, of(fmt.Sprintf("tag on %d", t.Conversations), func(q url.Values, f *store.Filter) { f.Tag = t.Name; q.Set("tag", t.Name) }))
		}
	}
	list = append(list, search("common", "juniper"), search("seldom", "juniper kettle"))
	if s.Old != "" {
		list = append(list, search("one", s.Old))
	}
	return append(list, search("none", "zzqx zzqx"))
}

// everywhere are searches of all partners.
func everywhere(samples []store.ListSample) (list []page) {
	words := []string{"exa", "juniper", "juniper kettle", "zzqx zzqx"}
	if len(samples) > 0 && samples[0].Old != "" {
		words = append(words, samples[0].Old)
	}
	for _, w := range words {
		list = append(list, page{"all partners", fmt.Sprintf("search: %q", w), url.Values{"q": {w}}, store.Filter{Search: w, Limit: pageSize + 1}})
	}
	return list
}

// api is the HTTP API on an address of this machine, with a key that goes with it.
type api struct {
	store  *store.Store
	server *http.Server
	ended  chan error
	base   string
	key    string
	id     int64
}

func openAPI(ctx context.Context, st *store.Store) (*api, error) {
	k, secret, err := st.NewAPIKey(ctx, store.APIKey{Name: "bench lists", ReadOnly: true, Rate: 1_000_000})
	if err != nil {
		return nil, err
	}
	handler, err := web.New(web.Options{Store: st, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the API: %w", err)
	}
	a := &api{store: st, server: &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}, ended: make(chan error, 1),
		base: "http://" + listener.Addr().String(), key: secret, id: k.ID}
	go func() { a.ended <- a.server.Serve(listener) }()
	return a, nil
}

func (a *api) close() error {
	err := a.server.Close()
	if ended := <-a.ended; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	// The key ends even where the measuring was interrupted.
	return errors.Join(err, a.store.RevokeAPIKey(context.Background(), a.id))
}

func (a *api) get(ctx context.Context, q url.Values) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.base+"/v1/conversations?"+q.Encode(), http.NoBody)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+a.key)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = errors.New("the API answered " + strconv.Itoa(answer.StatusCode) + ": " + string(body))
	}
	return err
}

func (a *api) measure(ctx context.Context, p page, repetitions int) (l List, err error) {
	ways := []func() error{
		func() error { return a.get(ctx, p.query) },
		func() error { _, err := a.store.ListBare(ctx, p.filter, true); return err },
		func() error { _, err := a.store.ListBare(ctx, p.filter, false); return err },
	}
	took := make([][]time.Duration, len(ways))
	for i := range repetitions + settled {
		for w, do := range ways {
			began := time.Now()
			if err := do(); err != nil {
				return l, err
			}
			if i >= settled {
				took[w] = append(took[w], time.Since(began))
			}
		}
	}
	l = List{Partner: p.partner, Name: p.name, API: middle(took[0]), SQL: middle(took[1]), IDs: middle(took[2])}
	l.ListCost, err = a.store.ListCost(ctx, p.filter)
	return l, err
}

func middle(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}
