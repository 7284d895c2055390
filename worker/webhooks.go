package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/hibiken/asynq"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

// WebhookOptions are what Webhooks are made of. Store and Redis are required.
type WebhookOptions struct {
	Store  *store.Store
	Redis  asynq.RedisConnOpt
	Log    *slog.Logger
	Policy tradepost.WebhookPolicy

	// Timeout bounds one request, from the look-up of the name to the end of the
	// answer; default 15 s.
	Timeout time.Duration
	// Concurrency is how many endpoints have their turn at once; default 20. They
	// mostly wait for others.
	Concurrency int
	// KeepFor is how long events are kept, for replays; default 30 days.
	KeepFor time.Duration
	// Poll is how often due events are looked for when nothing rings; default 1 s.
	Poll time.Duration
	// OfferAgain is how long after an offer an endpoint is offered once more, since
	// the task may be lost; default 5 s.
	OfferAgain time.Duration
}

// Webhooks sends events to endpoints until its context ends, any number of them
// beside each other. It has a queue and an asynq server of its own: a receiver that is
// slow must not keep an alert waiting.
//
// As with mail PostgreSQL is the book. A task names an endpoint; whoever takes its
// turn, by a lease, sends what is due there. At least once: of a process that dies
// between an answer and its record the receiver gets the event again, with the same
// webhook-id.
type Webhooks struct {
	o        WebhookOptions
	client   *asynq.Client
	http     *http.Client // for the platform's endpoints
	partners *http.Client // for theirs
	wake     chan struct{}
	stopping context.Context
	handling sync.WaitGroup
}

const (
	webhookQueue = "webhooks"
	webhookTask  = "webhook:turn"

	webhooksAtOnce   = 200 // endpoints of one offer
	deliveriesAtOnce = 40  // of one claim
	requestsAtOnce   = 4   // to one endpoint
	// turnFor is how long an endpoint may be sent to before others have their turn.
	turnFor = 10 * time.Second

	forgetEvery  = time.Minute
	forgetAtOnce = 1000
)

// NewWebhooks checks the options and connects to nothing yet.
func NewWebhooks(o WebhookOptions) (*Webhooks, error) {
	if o.Store == nil || o.Redis == nil {
		return nil, errors.New("worker: options Store and Redis of webhooks are required")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	for _, d := range []struct {
		of        *time.Duration
		otherwise time.Duration
	}{
		{&o.Timeout, 15 * time.Second}, {&o.KeepFor, 30 * 24 * time.Hour}, {&o.Poll, time.Second}, {&o.OfferAgain, 5 * time.Second},
	} {
		if *d.of == 0 {
			*d.of = d.otherwise
		}
	}
	if o.Concurrency == 0 {
		o.Concurrency = 20
	}
	return &Webhooks{o: o, client: asynq.NewClient(o.Redis), http: webhookClient(o.Policy, o.Timeout), partners: webhookClient(o.Policy.Of(1), o.Timeout), wake: make(chan struct{}, 1)}, nil
}

// Run sends until ctx ends, finishes the requests in flight and returns. The error is
// nil after a stop that was asked for.
func (h *Webhooks) Run(ctx context.Context) (err error) {
	h.stopping = ctx
	defer func() { err = errors.Join(err, h.client.Close()) }()
	defer h.http.CloseIdleConnections()
	defer h.partners.CloseIdleConnections()
	server := asynq.NewServer(h.o.Redis, asynq.Config{
		Concurrency: h.o.Concurrency, Queues: map[string]int{webhookQueue: 1}, TaskCheckInterval: 100 * time.Millisecond,
		ShutdownTimeout: h.o.Timeout + 5*time.Second, Logger: asynqLog{h.o.Log}, LogLevel: asynq.WarnLevel,
		// What is lost is offered again as a new task.
		RetryDelayFunc: func(int, error, *asynq.Task) time.Duration { return 0 },
	})
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var duties sync.WaitGroup
	for _, duty := range []func(context.Context){h.listen, h.dispatch, h.forget} {
		duties.Go(func() { duty(ctx) })
	}
	if err = h.start(ctx, server); err != nil {
		stop()
	}
	<-ctx.Done()
	duties.Wait()
	server.Shutdown()
	h.handling.Wait()
	return err
}

// start starts asynq, waiting for Redis if it isn't there yet.
func (h *Webhooks) start(ctx context.Context, server *asynq.Server) error {
	mux := asynq.NewServeMux()
	mux.HandleFunc(webhookTask, h.handle)
	for server.Ping() != nil {
		if !sleep(ctx, time.Second) {
			return nil
		}
	}
	if err := server.Start(mux); err != nil {
		return fmt.Errorf("start asynq for webhooks: %w", err)
	}
	return nil
}

func (h *Webhooks) listen(ctx context.Context) {
	for ctx.Err() == nil {
		if err := h.o.Store.ListenWebhooks(ctx, h.ring); err != nil && ctx.Err() == nil {
			h.o.Log.Warn("not notified of new events for now; polling goes on", "error", err)
			sleep(ctx, time.Second)
		}
	}
}

func (h *Webhooks) ring() {
	select {
	case h.wake <- struct{}{}:
	default: // it rings already
	}
}

// dispatch makes tasks of endpoints for which something is due: when it is woken, and
// every Poll, since what is due again rings no bell.
func (h *Webhooks) dispatch(ctx context.Context) {
	for ctx.Err() == nil {
		if err := h.offer(ctx); err != nil && ctx.Err() == nil {
			h.o.Log.Error("due events could not be put into the queue; it is tried again", "error", err)
		}
		timer := time.NewTimer(h.o.Poll)
		select {
		case <-ctx.Done():
		case <-h.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

func (h *Webhooks) offer(ctx context.Context) error {
	list, err := h.o.Store.OfferWebhooks(ctx, h.o.OfferAgain, webhooksAtOnce)
	if err != nil {
		return err
	}
	for _, w := range list {
		data, err := json.Marshal(webhookPayload{w.ID})
		if err != nil {
			return err
		}
		task := asynq.NewTask(webhookTask, data, asynq.Queue(webhookQueue), asynq.MaxRetry(3), asynq.Timeout(time.Hour),
			asynq.TaskID(webhookTask+":"+strconv.FormatInt(w.ID, 10)+":"+strconv.Itoa(w.Offers)))
		if _, err := h.client.EnqueueContext(ctx, task); err != nil && !errors.Is(err, asynq.ErrTaskIDConflict) {
			return fmt.Errorf("enqueue webhook %d: %w", w.ID, err) // it is offered again, as all after it
		}
	}
	return nil
}

// webhookPayload is what a task carries.
type webhookPayload struct {
	Webhook int64 `json:"webhook"`
}

// forget deletes old events.
func (h *Webhooks) forget(ctx context.Context) {
	ticker := time.NewTicker(forgetEvery)
	defer ticker.Stop()
	for {
		for n := forgetAtOnce; n == forgetAtOnce && ctx.Err() == nil; {
			var err error
			if n, err = h.o.Store.ForgetEvents(ctx, h.o.KeepFor, forgetAtOnce); err != nil && ctx.Err() == nil {
				h.o.Log.Error("old events could not be deleted; it is tried again", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// handle has an endpoint's turn. The task's own context isn't used: asynq ends it by
// its own ideas of time.
func (h *Webhooks) handle(_ context.Context, t *asynq.Task) error {
	h.handling.Add(1)
	defer h.handling.Done()
	var p webhookPayload
	if err := json.Unmarshal(t.Payload(), &p); err != nil {
		return fmt.Errorf("read task %s: %w: %w", t.Type(), err, asynq.SkipRetry)
	}
	return h.turn(context.WithoutCancel(h.stopping), p.Webhook)
}
