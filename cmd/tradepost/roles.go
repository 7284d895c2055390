package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tradepost-mail/tradepost/inbound"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/templates"
	"github.com/tradepost-mail/tradepost/web"
	"github.com/tradepost-mail/tradepost/worker"
)

// role is one of the things a process can do until ctx ends.
type role func(ctx context.Context) error

// runRoles runs roles side by side; the first to fail ends the others.
func runRoles(ctx context.Context, roles ...role) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, r := range roles {
		g.Go(func() error { return r(ctx) })
	}
	return g.Wait()
}

type serveCmd struct {
	logConfig
	bookConfig
	keyConfig
	smtpConfig
	imapConfig
	retentionConfig
	letterConfig
	redisConfig
	webhookConfig
	httpConfig
	baseConfig
}

// Run runs all roles.
func (c *serveCmd) Run(ctx context.Context) error {
	log := c.logger()
	var f faults
	c.bookConfig.check(f.bad)
	c.letterConfig.check(f.bad)
	c.retentionConfig.check(f.bad)
	c.senderConfig.check(f.bad)
	c.webhookConfig.check(f.bad)
	c.baseConfig.check(f.bad)
	sender, err := newSender(log, &c.bookConfig, &c.keyConfig, &c.smtpConfig, &c.letterConfig, &c.redisConfig, &c.baseConfig, c.MaxMail)
	f.add(err)
	reader, err := newReader(log, &c.bookConfig, &c.keyConfig, &c.imapConfig, &c.letterConfig, &c.baseConfig)
	f.add(err)
	hooks, err := newWebhooks(log, &c.webhookConfig, &c.redisConfig)
	f.add(err)
	api, err := newAPI(log, &c.bookConfig, &c.keyConfig, &c.marketConfig, &c.webhookConfig, &c.httpConfig, &c.baseConfig)
	f.add(err)
	if err := f.err(); err != nil {
		return err
	}
	return c.with(ctx, func(st *store.Store) error {
		return runRoles(ctx, sender(st), hooks(st), reader(st), c.shredder(log, st), api(st))
	})
}

type webCmd struct {
	logConfig
	bookConfig
	keyConfig
	marketConfig
	webhookConfig
	httpConfig
	baseConfig
}

// Run runs the HTTP API.
func (c *webCmd) Run(ctx context.Context) error {
	log := c.logger()
	var f faults
	c.bookConfig.check(f.bad)
	c.webhookConfig.check(f.bad)
	c.baseConfig.check(f.bad)
	api, err := newAPI(log, &c.bookConfig, &c.keyConfig, &c.marketConfig, &c.webhookConfig, &c.httpConfig, &c.baseConfig)
	f.add(err)
	if err := f.err(); err != nil {
		return err
	}
	return c.with(ctx, func(st *store.Store) error { return api(st)(ctx) })
}

type workerCmd struct {
	logConfig
	bookConfig
	keyConfig
	smtpConfig
	letterConfig
	redisConfig
	webhookConfig
	baseConfig
	MaxMail int64 `help:"Largest mail that is read, in octets: what the answer to a larger one names." default:"41943040" env:"TRADEPOST_MAX_MAIL"`
}

// Run runs the sender of mail, and that of events.
func (c *workerCmd) Run(ctx context.Context) error {
	log := c.logger()
	var f faults
	c.bookConfig.check(f.bad)
	c.letterConfig.check(f.bad)
	c.webhookConfig.check(f.bad)
	c.baseConfig.check(f.bad)
	sender, err := newSender(log, &c.bookConfig, &c.keyConfig, &c.smtpConfig, &c.letterConfig, &c.redisConfig, &c.baseConfig, c.MaxMail)
	f.add(err)
	hooks, err := newWebhooks(log, &c.webhookConfig, &c.redisConfig)
	f.add(err)
	if err := f.err(); err != nil {
		return err
	}
	return c.with(ctx, func(st *store.Store) error { return runRoles(ctx, sender(st), hooks(st)) })
}

type pollCmd struct {
	logConfig
	bookConfig
	keyConfig
	imapConfig
	retentionConfig
	letterConfig
	baseConfig
}

// Run runs the reader of the reply mailbox.
func (c *pollCmd) Run(ctx context.Context) error {
	log := c.logger()
	var f faults
	c.bookConfig.check(f.bad)
	c.retentionConfig.check(f.bad)
	c.senderConfig.check(f.bad)
	c.baseConfig.check(f.bad)
	reader, err := newReader(log, &c.bookConfig, &c.keyConfig, &c.imapConfig, &c.letterConfig, &c.baseConfig)
	f.add(err)
	if err := f.err(); err != nil {
		return err
	}
	return c.with(ctx, func(st *store.Store) error { return runRoles(ctx, reader(st), c.shredder(log, st)) })
}

type migrateCmd struct {
	logConfig
	bookConfig
}

// Run migrates and ends.
func (c *migrateCmd) Run(ctx context.Context) error {
	var f faults
	c.bookConfig.check(f.bad)
	if err := f.err(); err != nil {
		return err
	}
	return c.with(ctx, func(*store.Store) error {
		fmt.Println("the schema is up to date")
		return nil
	})
}

// newSender checks what the worker needs and returns the role, given a store.
func newSender(log *slog.Logger, b *bookConfig, k *keyConfig, s *smtpConfig, l *letterConfig, r *redisConfig, base *baseConfig, maxMail int64) (func(*store.Store) role, error) {
	tokens, tokensErr := k.tokens(b.ReplyDomain)
	options, poolErr := s.options(log.With("part", "mailer"))
	redis, redisErr := r.options()
	letters, lettersErr := templates.New(templates.Options{Market: l.Market})
	if err := errors.Join(tokensErr, poolErr, redisErr, lettersErr); err != nil {
		return nil, err
	}
	return func(st *store.Store) role {
		return func(ctx context.Context) (err error) {
			pool, err := newPool(options, st)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, pool.Close()) }()
			w, err := worker.New(worker.Options{
				Store: st, Letters: letters, Pool: pool, Tokens: tokens, Redis: redis, Log: log.With("part", "worker"),
				Clock: b.clock(), From: l.From, ConversationURL: l.conversationURL(), SettingsURL: l.settingsURL(),
				BaseURL: base.origin(), MaxMailSize: maxMail,
			})
			if err != nil {
				return err
			}
			return w.Run(ctx)
		}
	}, nil
}

// newWebhooks checks what the sender of events needs and returns the role, given a
// store.
func newWebhooks(log *slog.Logger, w *webhookConfig, r *redisConfig) (func(*store.Store) role, error) {
	redis, err := r.options()
	if err != nil {
		return nil, err
	}
	return func(st *store.Store) role {
		return func(ctx context.Context) error {
			h, err := worker.NewWebhooks(worker.WebhookOptions{Store: st, Redis: redis, Policy: w.policy(), Log: log.With("part", "webhooks")})
			if err != nil {
				return err
			}
			return h.Run(ctx)
		}
	}, nil
}

// newReader checks what the poller needs and returns the role, given a store.
func newReader(log *slog.Logger, b *bookConfig, k *keyConfig, i *imapConfig, l *letterConfig, base *baseConfig) (func(*store.Store) role, error) {
	o, err := readerOptions(log.With("part", "poller"), b, k, &i.senderConfig, l, base)
	if err != nil {
		return nil, err
	}
	o.Mailbox = i.mailbox()
	return func(st *store.Store) role {
		return func(ctx context.Context) error {
			o := o
			o.Store = st
			p, err := inbound.New(o)
			if err != nil {
				return err
			}
			return p.Run(ctx)
		}
	}, nil
}

// shredder returns the role that forgets raw mail.
func (c *retentionConfig) shredder(log *slog.Logger, st *store.Store) role {
	return func(ctx context.Context) error {
		inbound.Retention{Store: st, Days: c.RawRetentionDays, Log: log.With("part", "retention")}.Run(ctx)
		return nil
	}
}

// addKeys lets the configured API clients in.
func addKeys(ctx context.Context, st *store.Store, keys []string) error {
	for _, k := range keys {
		name, key, ok := strings.Cut(k, ":")
		if !ok || name == "" || len(key) < 16 {
			return errors.New("TRADEPOST_API_KEYS: a key is written NAME:KEY, KEY of 16 characters or more")
		}
		if _, err := st.AddAPIKey(ctx, name, key); err != nil {
			return err
		}
	}
	return nil
}

// newAPI checks what the web role needs and returns it, given a store. It serves
// the API without the keys, too, but then no action links.
func newAPI(log *slog.Logger, b *bookConfig, k *keyConfig, m *marketConfig, w *webhookConfig, h *httpConfig, base *baseConfig) (func(*store.Store) role, error) {
	o := web.Options{Log: log, BaseURL: base.origin(), Webhooks: w.policy()}
	if len(k.ReplyKeys) > 0 {
		tokens, tokensErr := k.tokens(b.ReplyDomain)
		letters, lettersErr := templates.New(templates.Options{Market: m.Market})
		if err := errors.Join(tokensErr, lettersErr); err != nil {
			return nil, err
		}
		o.Tokens, o.Letters = tokens, letters
	}
	return func(st *store.Store) role {
		return func(ctx context.Context) error {
			if o.Letters == nil {
				log.Warn("TRADEPOST_REPLY_KEYS is missing: action links in letters are not answered")
			}
			if err := addKeys(ctx, st, h.APIKeys); err != nil {
				return err
			}
			o := o
			o.Store, o.Live = st, web.NewLive(st, log)
			handler, err := web.New(o)
			if err != nil {
				return err
			}
			l, err := net.Listen("tcp", h.HTTP)
			if err != nil {
				return fmt.Errorf("listen for HTTP: %w", err)
			}
			return runRoles(ctx, o.Live.Run, func(ctx context.Context) error { return serveHTTP(ctx, log, l, handler) })
		}
	}, nil
}

// streamGrace is how long requests in flight have to finish before those that
// never do by themselves, streams of events, are ended.
const streamGrace = time.Second

// serveHTTP serves until ctx ends, then lets requests in flight finish.
func serveHTTP(ctx context.Context, log *slog.Logger, l net.Listener, handler http.Handler) error {
	requests, endRequests := context.WithCancel(context.WithoutCancel(ctx))
	defer endRequests()
	srv := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       2 * time.Minute, // 40 MiB of attachments on a slow line
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return requests },
	}
	silent := newSilent()
	srv.ConnState = silent.note
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	log.Info("listening", "http", l.Addr())
	select {
	case err := <-done:
		return fmt.Errorf("serve HTTP: %w", err)
	case <-ctx.Done():
	}
	grace := time.AfterFunc(streamGrace, endRequests)
	defer grace.Stop()
	silent.close()
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := srv.Shutdown(stop); err != nil {
		return errors.Join(err, srv.Close())
	}
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve HTTP: %w", err)
	}
	return nil
}

// silent are the connections on which nothing was asked yet. Browsers open them
// in advance, and Shutdown would wait five seconds for each.
type silent struct {
	mu    sync.Mutex
	conns map[net.Conn]bool
}

func newSilent() *silent { return &silent{conns: make(map[net.Conn]bool)} }

// note is an http.Server's ConnState.
func (s *silent) note(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state == http.StateNew {
		s.conns[c] = true
	} else {
		delete(s.conns, c)
	}
}

func (s *silent) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.Close()
	}
}
