// Package worker sends the mail. PostgreSQL is the book: what is to be sent is a
// notification row, and what became of it is written there. Redis is the bell:
// asynq tasks carry ids of rows and nothing else, and losing all of them costs
// seconds.
//
// A Worker runs these goroutines until its context ends, any number of Workers
// beside each other:
//
//   - dispatch puts rows that are due into the queue, woken by LISTEN/NOTIFY,
//     with a poll behind it;
//   - listen holds the connection that is notified;
//   - schedule opens digest windows;
//   - remind writes the reminders of first contacts that nobody has answered;
//   - sweep takes rows back from owners that vanished;
//   - renew keeps the leases of this process alive;
//   - asynq's own, which call the handlers: one file for each kind of mail.
//
// It does not decide who is told of what (package tradepost), nor word the
// letters (templates), nor speak SMTP (mailer).
package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/hibiken/asynq"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/mailer"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/templates"
)

// Options are what a Worker is made of.
type Options struct {
	Store   *store.Store
	Letters *templates.Letters
	Pool    *mailer.Pool
	Tokens  *tradepost.Tokens
	Redis   asynq.RedisConnOpt
	Log     *slog.Logger
	Clock   tradepost.Clock

	// From is the address that all letters come from; replies go elsewhere.
	From string
	// TokenLife is how long a reply address is good; default 180 days.
	TokenLife time.Duration
	// ConversationURL returns the page of a conversation for a reader, or "".
	// Nil: letters link no pages.
	ConversationURL func(conversation int64, reader store.Correspondent) string
	// BaseURL is where action links lead, as in "https://tradepost.example":
	// "/a/" and the token follow. Empty: letters have none.
	BaseURL string
	// SettingsURL returns the page of a member's settings, or "". Nil: letters link
	// none.
	SettingsURL func(member store.Correspondent) string
	// MaxMailSize is the largest mail that is read, in octets: what the answer
	// to a larger one names.
	MaxMailSize int64

	// Concurrency is how many tasks are handled at once; default 10.
	Concurrency int
	// StopWithin is how long a stop waits for letters in flight; default 30 s.
	StopWithin time.Duration
	// Poll is how often due rows are looked for when nothing rings; default 1 s.
	Poll time.Duration
	// OfferAgain is how long after an offer a row that is still due is offered
	// once more, since the task may be lost; default 5 s.
	OfferAgain time.Duration

	zones *zones
}

// Lease is how long a claim on a row lasts unless renewed, renewEvery how often
// it is, and dotMargin how much of it must be left for the final dot of a letter
// to be sent.
const (
	leaseFor   = 10 * time.Second
	renewEvery = 3 * time.Second
	dotMargin  = 2 * time.Second
)

// TaskCheckInterval is how often an idle worker looks into Redis for tasks. asynq's
// default of a second would be most of an alert's way.
const TaskCheckInterval = 20 * time.Millisecond

// Worker sends mail until its context ends.
type Worker struct {
	o        Options
	client   *asynq.Client
	inspect  *asynq.Inspector
	server   *asynq.Server
	leases   *leases
	wake     chan struct{}
	stopping context.Context                      // ends when Run is asked to stop
	sending  context.Context                      // ends StopWithin later, for what is in flight
	handling sync.WaitGroup                       // the handlers that run
	depths   map[tradepost.NotificationKind]depth // dispatch's
}

// New checks the options and connects to nothing yet.
func New(o Options) (*Worker, error) {
	var missing []error
	for name, absent := range map[string]bool{
		"Store": o.Store == nil, "Letters": o.Letters == nil, "Pool": o.Pool == nil, "Tokens": o.Tokens == nil,
		"Redis": o.Redis == nil, "From": o.From == "", "Clock.Hour": o.Clock.Hour <= 0,
	} {
		if absent {
			missing = append(missing, fmt.Errorf("worker: option %s is missing", name))
		}
	}
	if err := errors.Join(missing...); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	return &Worker{o: o, client: asynq.NewClient(o.Redis), leases: &leases{batches: make(map[uuid.UUID]*batch)}, wake: make(chan struct{}, 1),
		depths: make(map[tradepost.NotificationKind]depth)}, nil
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.TokenLife == 0 {
		o.TokenLife = 180 * 24 * time.Hour
	}
	if o.Concurrency == 0 {
		o.Concurrency = 10
	}
	if o.StopWithin == 0 {
		o.StopWithin = 30 * time.Second
	}
	if o.Poll == 0 {
		o.Poll = time.Second
	}
	if o.OfferAgain == 0 {
		o.OfferAgain = 5 * time.Second
	}
	if o.zones == nil {
		o.zones = &zones{}
	}
	return o
}

// Run sends mail until ctx ends, then finishes the letters in flight, gives the
// rest back and returns. The error is nil after a stop that was asked for.
func (w *Worker) Run(ctx context.Context) (err error) {
	w.stopping = ctx
	sending, cutOff := context.WithCancel(context.WithoutCancel(ctx))
	defer cutOff()
	w.sending = sending
	w.inspect = asynq.NewInspector(w.o.Redis)
	defer func() { err = errors.Join(err, w.client.Close(), w.inspect.Close()) }()
	w.server = asynq.NewServer(w.o.Redis, asynq.Config{
		Concurrency:       w.o.Concurrency,
		Queues:            queues,
		TaskCheckInterval: TaskCheckInterval,
		ShutdownTimeout:   w.o.StopWithin + 5*time.Second, // cutOff comes first
		Logger:            asynqLog{w.o.Log},
		LogLevel:          asynq.WarnLevel,
		// A lost task is offered again as a new one; asynq need not repeat it.
		RetryDelayFunc: func(int, error, *asynq.Task) time.Duration { return 0 },
	})
	// Leases are renewed until the last handler is done: a letter in flight
	// needs its own to the end.
	renewing, stopRenewing := context.WithCancel(context.WithoutCancel(ctx))
	var renewer sync.WaitGroup
	renewer.Go(func() { w.renew(renewing) })
	defer renewer.Wait()
	defer stopRenewing()

	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var duties sync.WaitGroup
	for _, duty := range []func(context.Context){w.listen, w.dispatch, w.schedule, w.remind, w.sweep} {
		duties.Go(func() { duty(ctx) })
	}
	err = w.startServer(ctx)
	if err != nil {
		stop()
	}
	<-ctx.Done()
	bound := time.AfterFunc(w.o.StopWithin, cutOff)
	defer bound.Stop()
	duties.Wait()
	w.server.Shutdown()
	w.handling.Wait()
	return err
}

// startServer starts asynq, waiting for Redis if it is not there yet: windows
// open and mail waits in PostgreSQL meanwhile.
func (w *Worker) startServer(ctx context.Context) error {
	mux := asynq.NewServeMux()
	mux.HandleFunc(taskType(tradepost.Alert), w.handle(w.sendAlerts))
	mux.HandleFunc(taskType(tradepost.Relay), w.handle(w.sendRelays))
	mux.HandleFunc(taskType(tradepost.Reminder), w.handle(w.sendReminders))
	mux.HandleFunc(taskType(tradepost.Digest), w.handle(w.sendDigests))
	mux.HandleFunc(taskType(tradepost.Answer), w.handle(w.sendAnswers))
	for {
		err := w.server.Ping()
		if err == nil {
			break
		}
		w.o.Log.Warn("Redis does not answer; mail waits in PostgreSQL", "error", err)
		if !sleep(ctx, time.Second) {
			return nil
		}
	}
	if err := w.server.Start(mux); err != nil {
		return fmt.Errorf("start asynq: %w", err)
	}
	return nil
}

// every calls f at once and then every d until ctx ends; errors are logged.
func (w *Worker) every(ctx context.Context, d time.Duration, what string, f func(context.Context) error) {
	ticker := time.NewTicker(d)
	defer ticker.Stop()
	for {
		if err := f(ctx); err != nil && ctx.Err() == nil {
			w.o.Log.Error("a duty failed; it is tried again", "duty", what, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// sleep waits for d and reports whether ctx is still good.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// asynqLog passes asynq's lines on. Its Fatal does not end the process here.
type asynqLog struct{ log *slog.Logger }

func (l asynqLog) Debug(args ...any) { l.log.Debug("asynq", "message", fmt.Sprint(args...)) }
func (l asynqLog) Info(args ...any)  { l.log.Info("asynq", "message", fmt.Sprint(args...)) }
func (l asynqLog) Warn(args ...any)  { l.log.Warn("asynq", "message", fmt.Sprint(args...)) }
func (l asynqLog) Error(args ...any) { l.log.Error("asynq", "message", fmt.Sprint(args...)) }
func (l asynqLog) Fatal(args ...any) { l.log.Error("asynq", "message", fmt.Sprint(args...)) }
