package bench

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/hibiken/asynq"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/embedded"
	"github.com/tradepost-mail/tradepost/mailer"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/templates"
	"github.com/tradepost-mail/tradepost/worker"
)

const (
	market     = "Kaimarkt"
	mailDomain = "reply.kaimarkt.example"
	mailFrom   = "inbox@kaimarkt.example"
	baseURL    = "https://kaimarkt.example"

	// connections is how many SMTP sessions run side by side, here and in the
	// baseline.
	connections = 8
)

// rig is what both benchmarks run on: PostgreSQL and Redis of their own, in a
// folder that goes with them.
type rig struct {
	dir      string
	postgres *embedded.Postgres
	redis    *embedded.Redis
	store    *store.Store
	clock    tradepost.Clock
	letters  *templates.Letters
	tokens   *tradepost.Tokens
	log      *slog.Logger // of the worker and the API
}

// start starts everything. PostgreSQL has the durability that it has by default.
func start(ctx context.Context, log *slog.Logger) (r *rig, err error) {
	r = &rig{clock: tradepost.Clock{Hour: time.Hour, Align: true}, log: log}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.close())
		}
	}()
	if r.dir, err = embedded.TempDir(); err != nil {
		return r, err
	}
	if r.postgres, err = embedded.StartPostgres(ctx, embedded.PostgresOptions{Dir: filepath.Join(r.dir, "postgres")}); err != nil {
		return r, err
	}
	if r.redis, err = embedded.StartRedis(ctx, embedded.RedisOptions{Dir: filepath.Join(r.dir, "redis"), RequireServer: true}); err != nil {
		return r, err
	}
	if r.store, err = store.Open(ctx, r.postgres.URL(), store.Options{MailDomain: mailDomain, Clock: r.clock}); err != nil {
		return r, err
	}
	if err := r.store.Migrate(ctx); err != nil {
		return r, err
	}
	if r.letters, err = templates.New(templates.Options{Market: market}); err != nil {
		return r, err
	}
	var secret [32]byte
	rand.Read(secret[:]) // never fails (crypto/rand)
	r.tokens, err = tradepost.NewTokens(mailDomain, tradepost.TokenKey{Secret: secret[:]})
	return r, err
}

// close stops everything and removes the folder.
func (r *rig) close() error {
	var errs []error
	if r.store != nil {
		r.store.Close()
	}
	if r.redis != nil {
		errs = append(errs, r.redis.Close())
	}
	if r.postgres != nil {
		errs = append(errs, r.postgres.Close())
	}
	if r.dir != "" {
		errs = append(errs, os.RemoveAll(r.dir))
	}
	return errors.Join(errs...)
}

// queue is how asynq reaches Redis.
func (r *rig) queue() asynq.RedisConnOpt {
	return asynq.RedisClientOpt{Network: r.redis.Network(), Addr: r.redis.Addr()}
}

// pool connects to the SMTP server at address, in plain text and without
// signing in.
func (r *rig) pool(address string, dkim *mailer.DKIM) (*mailer.Pool, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("SMTP server %q: %w", address, err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, fmt.Errorf("SMTP server %q: %w", address, err)
	}
	return mailer.NewPool(mailer.Options{Host: host, Port: n, TLS: mailer.NoTLS, Connections: connections, DKIM: dkim})
}

// work runs f with a worker beside it that sends by way of pool.
func (r *rig) work(ctx context.Context, pool *mailer.Pool, f func(context.Context, *worker.Worker) error) (err error) {
	w, err := worker.New(worker.Options{
		Store: r.store, Letters: r.letters, Pool: pool, Tokens: r.tokens, Redis: r.queue(), Clock: r.clock, Log: r.log,
		From: mailFrom, StopWithin: 5 * time.Second,
	})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() {
		defer stop()
		ended <- w.Run(ctx)
	}()
	err = f(ctx, w)
	stop()
	return errors.Join(<-ended, err)
}

// signer makes the key that letters are signed with: "none", "ed25519" or "rsa",
// of 2048 bits.
func signer(kind string) (*mailer.DKIM, error) {
	var key crypto.Signer
	var err error
	switch kind {
	case "", "none":
		return nil, nil //nolint:nilnil // none is what was asked for
	case "ed25519":
		_, key, err = ed25519.GenerateKey(rand.Reader)
	case "rsa":
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	default:
		return nil, fmt.Errorf("DKIM %q is none of none, ed25519 and rsa", kind)
	}
	if err != nil {
		return nil, fmt.Errorf("make a DKIM key: %w", err)
	}
	return &mailer.DKIM{Domain: "kaimarkt.example", Selector: "bench", Key: key}, nil
}
