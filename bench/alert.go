package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/web"
	"github.com/tradepost-mail/tradepost/worker"
)

// AlertOptions say what [Alert] measures.
type AlertOptions struct {
	Rate     int // alerts a second, and as many bare tasks between them
	Seconds  int
	Progress func(line string) // gets one for each step
	Log      *slog.Logger      // the worker's and the API's, for warnings; nil: none
}

// Alerts is what [Alert] measured, by the clock of one process.
type Alerts struct {
	// Alert is from the API's 201 to the SMTP server's 250.
	Alert Latency
	// Bare is from the return of asynq's Enqueue to the 250 of the mail that the
	// task sends: the least that a queue on Redis can do.
	Bare Latency
}

// Latency is a middle and a bad case.
type Latency struct {
	Count       int
	Median, P95 time.Duration
}

const (
	apiKey     = "the key of the benchmark"
	mailWithin = 30 * time.Second // a mail that takes longer counts as lost
)

// Alert measures how long the alert of a first contact takes, against a bare task
// on the same Redis whose worker looks as often. Both run at the same rate in the
// same seconds, half an interval apart.
func Alert(ctx context.Context, o AlertOptions) (a Alerts, err error) {
	n := o.Rate * o.Seconds
	if o.Rate < 1 || o.Seconds < 1 {
		return a, fmt.Errorf("%d a second for %d seconds is no measurement", o.Rate, o.Seconds)
	}
	r, err := start(ctx, o.Log)
	if err != nil {
		return a, err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	arrivals := &arrivals{at: make(map[string]time.Time), all: make(chan struct{}), want: 2 * n}
	sink, err := StartSink(arrivals.note)
	if err != nil {
		return a, err
	}
	defer func() { err = errors.Join(err, sink.Close()) }()
	pool, err := r.pool(sink.Addr(), nil)
	if err != nil {
		return a, err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()

	o.Progress(fmt.Sprintf("writing %d partners with a member each", n))
	partners, err := r.seedPartners(ctx, n)
	if err != nil {
		return a, err
	}
	api, err := r.serve(ctx)
	if err != nil {
		return a, err
	}
	defer func() { err = errors.Join(err, api.close()) }()
	bare, err := startBare(r.queue(), sink.Addr())
	if err != nil {
		return a, err
	}
	defer func() { err = errors.Join(err, bare.close()) }()

	o.Progress(fmt.Sprintf("%d first contacts and %d bare tasks in %d s", n, n, o.Seconds))
	alerts, tasks := make([]time.Time, n), make([]time.Time, n)
	err = r.work(ctx, pool, func(ctx context.Context, _ *worker.Worker) error {
		if err := r.paced(ctx, o.Rate, n, func(i int) (err error) {
			alerts[i], err = api.contact(ctx, partners[i], i)
			return err
		}, func(i int) (err error) {
			tasks[i], err = bare.enqueue(ctx, bareAddress(i))
			return err
		}); err != nil {
			return err
		}
		return arrivals.wait(ctx)
	})
	if err != nil {
		return a, err
	}
	a.Alert, err = arrivals.latency(alerts, address)
	if err == nil {
		a.Bare, err = arrivals.latency(tasks, bareAddress)
	}
	return a, err
}

func bareAddress(i int) string { return fmt.Sprintf("bare-%d@partner.example", i) }

// seedPartners makes partners whose member wants an alert of every first contact.
func (r *rig) seedPartners(ctx context.Context, n int) ([]int64, error) {
	partners := make([]int64, n)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(seedAtOnce)
	for i := range n {
		g.Go(func() (err error) {
			partners[i], err = r.addMember(ctx, i, tradepost.AlertFirstContact)
			return err
		})
	}
	return partners, g.Wait()
}

// paced calls f and g rate times a second each, half an interval apart, and waits
// for all that it called. One that is slow doesn't hold up the next.
func (r *rig) paced(ctx context.Context, rate, n int, f, g func(i int) error) error {
	calls, ctx := errgroup.WithContext(ctx)
	ticker := time.NewTicker(time.Second / time.Duration(2*rate))
	defer ticker.Stop()
	for k := range 2 * n {
		select {
		case <-ctx.Done():
			return calls.Wait()
		case <-ticker.C:
		}
		call := f
		if k%2 == 1 {
			call = g
		}
		calls.Go(func() error { return call(k / 2) })
	}
	return calls.Wait()
}

// arrivals remembers when the mail to each address was taken first.
type arrivals struct {
	want int
	all  chan struct{} // closed once so many addresses have one

	mu sync.Mutex
	at map[string]time.Time
}

func (a *arrivals) note(t Taken) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, ok := a.at[t.To]; ok || t.To == warmAddress {
		return
	}
	if a.at[t.To] = t.At; len(a.at) == a.want {
		close(a.all)
	}
}

func (a *arrivals) wait(ctx context.Context) error {
	select {
	case <-a.all:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(mailWithin):
		a.mu.Lock()
		defer a.mu.Unlock()
		return fmt.Errorf("%d of %d mails have arrived", len(a.at), a.want)
	}
}

// latency is that of the mails to the addresses to(0), to(1) and so on, which
// were asked for at those times.
func (a *arrivals) latency(asked []time.Time, to func(int) string) (Latency, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := make([]time.Duration, len(asked))
	for i, at := range asked {
		taken, ok := a.at[to(i)]
		if !ok {
			return Latency{}, fmt.Errorf("no mail to %s has arrived", to(i))
		}
		all[i] = taken.Sub(at)
	}
	slices.Sort(all)
	return Latency{Count: len(all), Median: all[len(all)/2], P95: all[len(all)*95/100]}, nil
}

// apiServer is the product's API on a port of the loopback interface.
type apiServer struct {
	url    string
	server *http.Server
	client *http.Client
	ended  chan error
}

func (r *rig) serve(ctx context.Context) (*apiServer, error) {
	if _, err := r.store.AddAPIKey(ctx, "bench", apiKey); err != nil {
		return nil, err
	}
	handler, err := web.New(web.Options{Store: r.store, Log: r.log, BaseURL: baseURL, Tokens: r.tokens, Letters: r.letters})
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for HTTP: %w", err)
	}
	s := &apiServer{url: "http://" + l.Addr().String(), server: &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute},
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}, Timeout: mailWithin}, ended: make(chan error, 1)}
	go func() { s.ended <- s.server.Serve(l) }()
	return s, nil
}

func (s *apiServer) close() error {
	s.client.CloseIdleConnections()
	err := s.server.Close()
	if ended := <-s.ended; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	return err
}

// contact has the i-th merchant write to a partner for the first time, and
// returns when the API had answered 201.
func (s *apiServer) contact(ctx context.Context, partner int64, i int) (answered time.Time, err error) {
	body, err := json.Marshal(map[string]any{
		"partner": tradepost.FormatID(tradepost.PartnerPrefix, partner), "kind": "service", "service": "Wholesale", "body": text(i, 400),
		"merchant": map[string]string{"external_id": "merchant-" + strconv.Itoa(i), "name": person(i + 5), "email": fmt.Sprintf("merchant-%d@shop.example", i),
			"role": "owner", "store_name": shops[i%len(shops)], "store_url": fmt.Sprintf("https://shop-%d.example", i), "locale": "en"},
	})
	if err != nil {
		return time.Time{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/v1/conversations", bytes.NewReader(body))
	if err != nil {
		return time.Time{}, err
	}
	req.Header.Set("Authorization", "Bearer "+apiKey)
	req.Header.Set("Content-Type", "application/json")
	res, err := s.client.Do(req)
	if err != nil {
		return time.Time{}, fmt.Errorf("open a conversation: %w", err)
	}
	answered = time.Now()
	said, err := io.ReadAll(io.LimitReader(res.Body, 1<<16))
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return time.Time{}, fmt.Errorf("open a conversation: %w", err)
	}
	if res.StatusCode != http.StatusCreated {
		return time.Time{}, fmt.Errorf("open a conversation: %s: %.300s", res.Status, said)
	}
	return answered, nil
}
