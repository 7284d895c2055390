package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/demo"
	"github.com/tradepost-mail/tradepost/embedded"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/templates"
	"github.com/tradepost-mail/tradepost/web"
)

type demoCmd struct {
	HTTP       string        `name:"http" help:"Address of the pages and the API." default:"127.0.0.1:8080"`
	SMTP       string        `name:"smtp" help:"Address of the mail server that takes any mail." default:"127.0.0.1:1025"`
	IMAP       string        `name:"imap" help:"Address to read it at; any address logs in with the password demo." default:"127.0.0.1:1143"`
	Hour       time.Duration `help:"How long an hour of the digest clock lasts." default:"1m"`
	RelayDelay time.Duration `help:"How long a member's reply waits before it goes to the merchant." default:"5s"`
	Keep       string        `help:"Folder to keep the data in; without it nothing is kept." placeholder:"DIR" type:"path"`
	Verbose    bool          `short:"v" help:"Log everything."`
}

// The demo's marketplace.
const (
	demoMarket      = "Nordmarkt"
	demoReplyDomain = "reply.nordmarkt.example"
	demoFrom        = "inbox@nordmarkt.example"
	demoReplies     = "replies@nordmarkt.example" // the mailbox that is polled
	demoPassword    = "demo"
	demoAPIKey      = "demo"
	// A demo is where people send a hundred first contacts by script; the cap
	// of a real marketplace would look like lost mail.
	demoAlertsPerPartner = 1000
)

// Run starts everything, says what to open and runs until ctx ends.
func (c *demoCmd) Run(ctx context.Context) (err error) {
	log := logConfig{LogLevel: slog.LevelWarn}.logger()
	if c.Verbose {
		log = logConfig{LogLevel: slog.LevelDebug}.logger()
	}
	if c.Hour < time.Second || c.RelayDelay < 0 {
		return errors.New("--hour must be a second or more and --relay-delay not negative")
	}
	listener, err := net.Listen("tcp", c.HTTP)
	if err != nil {
		return fmt.Errorf("listen for HTTP: %w: choose another address with --http", err)
	}
	defer listener.Close()

	dir, cleanUp, err := c.dir()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cleanUp()) }()

	servers, err := c.startServers(ctx, log, dir)
	if servers != nil {
		defer func() { err = errors.Join(err, servers.close()) }()
	}
	if err != nil {
		return err
	}
	key, err := demoKey(filepath.Join(dir, "reply.key"))
	if err != nil {
		return err
	}
	base := "http://" + listener.Addr().String()
	here := baseConfig{BaseURL: base}
	book := bookConfig{DatabaseURL: servers.postgres.URL(), BlobURL: "file://" + filepath.ToSlash(filepath.Join(dir, "blobs")),
		ReplyDomain: demoReplyDomain, Hour: c.Hour, RelayDelay: c.RelayDelay, AlertsPerPartner: demoAlertsPerPartner,
		budgetConfig: budgetsOf(tradepost.DefaultBudgets)}
	keys := keyConfig{ReplyKeys: []string{"0:" + key}}
	letter := letterConfig{marketConfig: marketConfig{Market: demoMarket}, From: demoFrom,
		ConversationURL: base + "/conversations/{conversation}?as={reader}"}
	imap := imapConfig{IMAPAddr: servers.mail.IMAPAddr(), IMAPTLS: "none", IMAPAuth: "login", IMAPUsername: demoReplies, IMAPPassword: demoPassword,
		IMAPFolder: "INBOX", IMAPProcessed: "Processed", IMAPFailed: "Failed", PollEvery: 2 * time.Second, MaxMail: 40 << 20,
		senderConfig: senderConfig{DNS: dnsOff}} // the sample people's domains don't exist
	smtp, err := servers.smtpConfig()
	if err != nil {
		return err
	}
	redis := servers.redisConfig()

	sender, senderErr := newSender(log, &book, &keys, &smtp, &letter, &redis, &here, imap.MaxMail)
	// A receiver on this machine can be tried out.
	hook := webhookConfig{WebhookAllowNetworks: []string{"127.0.0.0/8", "::1/128"}, WebhookAllowHTTP: true}
	hooks, hooksErr := newWebhooks(log, &hook, &redis)
	reader, readerErr := newReader(log, &book, &keys, &imap, &letter, &here)
	if err := errors.Join(senderErr, hooksErr, readerErr); err != nil {
		return err
	}
	err = book.with(ctx, func(st *store.Store) error {
		if _, err := st.AddAPIKey(ctx, "demo", demoAPIKey); err != nil {
			return err
		}
		if err := demo.Seed(ctx, st); err != nil {
			return err
		}
		live := web.NewLive(st, log)
		pages, err := c.pages(log, st, live, servers.mail, &keys, &hook, base)
		if err != nil {
			return err
		}
		c.announce(servers, base)
		return runRoles(ctx, sender(st), hooks(st), reader(st), servers.watch, live.Run,
			func(ctx context.Context) error { return serveHTTP(ctx, log, listener, pages) })
	})
	fmt.Println("stopped")
	return err
}

// pages are the product's, without sign-in, and the demo's beside them.
func (c *demoCmd) pages(log *slog.Logger, st *store.Store, live *web.Live, mail *embedded.Mail, keys *keyConfig, hook *webhookConfig, base string) (http.Handler, error) {
	tokens, tokensErr := keys.tokens(demoReplyDomain)
	letters, lettersErr := templates.New(templates.Options{Market: demoMarket})
	if err := errors.Join(tokensErr, lettersErr); err != nil {
		return nil, err
	}
	api, err := web.New(web.Options{Store: st, Log: log, BaseURL: base, PublicReads: true, Pages: true, Tokens: tokens, Letters: letters,
		Webhooks: hook.policy(), Live: live})
	if err != nil {
		return nil, err
	}
	extra, err := demo.New(demo.Options{Store: st, Mail: mail, Log: log, BaseURL: base, APIKey: demoAPIKey})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/", api)
	mux.Handle("/demo", extra)
	mux.Handle("/demo/", extra)
	mux.Handle("/mail/", extra)
	return mux, nil
}

// announce says what to open, and last of all that it may be opened.
func (c *demoCmd) announce(s *demoServers, base string) {
	fmt.Printf(`Tradepost demo: a marketplace called %s, with sample partners and merchants.

  Start here     %s/demo
  Mail client    %s/mail/
  Conversations  %s/
  API            %s/v1/partners   (Authorization: Bearer %s)
  SMTP %s and IMAP %s: any address, password %s

An hour of the digest clock lasts %s; a reply goes to the merchant after %s.
`, demoMarket, base, base, base, base, demoAPIKey, s.mail.SMTPAddr(), s.mail.IMAPAddr(), demoPassword, c.Hour, c.RelayDelay)
	if !s.redis.Persistent() {
		fmt.Println("redis-server is not installed; the queue is kept in memory, which is enough for a demo.")
	}
	if c.Keep != "" {
		fmt.Printf("The data is kept in %s.\n", c.Keep)
	}
	fmt.Println("\nready: Ctrl-C stops it and leaves nothing running")
}

// dir returns the folder for the data, and what to do with it in the end.
func (c *demoCmd) dir() (dir string, cleanUp func() error, err error) {
	if c.Keep != "" {
		// Others only pass through: as root PostgreSQL runs as another user.
		if err := os.MkdirAll(c.Keep, 0o711); err != nil { //nolint:gosec // G301: see above
			return "", nil, fmt.Errorf("make the folder to keep the data in: %w", err)
		}
		return c.Keep, func() error { return nil }, nil
	}
	dir, err = embedded.TempDir()
	return dir, func() error { return os.RemoveAll(dir) }, err
}

// demoKey reads the key of the reply addresses, or makes it: mails of an earlier
// run must be answerable in the next.
func demoKey(file string) (string, error) {
	key, err := os.ReadFile(file)
	if err == nil {
		return string(key), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the key of the reply addresses: %w", err)
	}
	var secret [32]byte
	rand.Read(secret[:]) // never fails (crypto/rand)
	fresh := hex.EncodeToString(secret[:])
	if err := os.WriteFile(file, []byte(fresh), 0o600); err != nil {
		return "", fmt.Errorf("write the key of the reply addresses: %w", err)
	}
	return fresh, nil
}

// demoServers are the servers that a real marketplace has elsewhere.
type demoServers struct {
	postgres *embedded.Postgres
	redis    *embedded.Redis
	mail     *embedded.Mail
}

// startServers starts them side by side. Whatever did start is returned also
// with an error, to be closed.
func (c *demoCmd) startServers(ctx context.Context, log *slog.Logger, dir string) (*demoServers, error) {
	s := &demoServers{}
	var g errgroup.Group
	g.Go(func() (err error) {
		s.postgres, err = embedded.StartPostgres(ctx, embedded.PostgresOptions{Dir: filepath.Join(dir, "postgres"), Log: log.With("part", "postgres")})
		return err
	})
	g.Go(func() (err error) {
		s.redis, err = embedded.StartRedis(ctx, embedded.RedisOptions{Dir: filepath.Join(dir, "redis"), Log: log.With("part", "redis")})
		return err
	})
	g.Go(func() (err error) {
		o := embedded.MailOptions{SMTPAddr: c.SMTP, IMAPAddr: c.IMAP, Hostname: "mx.nordmarkt.example", Domain: demoReplyDomain,
			ReplyMailbox: demoReplies, Password: demoPassword, Log: log.With("part", "mail")}
		if c.Keep != "" {
			o.Dir = filepath.Join(dir, "mail")
		}
		s.mail, err = embedded.StartMail(o)
		return err
	})
	return s, g.Wait()
}

// close stops the servers in the order that loses nothing.
func (s *demoServers) close() error {
	var errs []error
	if s.mail != nil {
		errs = append(errs, s.mail.Close())
	}
	if s.redis != nil {
		errs = append(errs, s.redis.Close())
	}
	if s.postgres != nil {
		errs = append(errs, s.postgres.Close())
	}
	return errors.Join(errs...)
}

// watch ends the demo when one of its servers does, as by an operator's hand:
// nobody is there to start it again.
func (s *demoServers) watch(ctx context.Context) error {
	select {
	case <-s.postgres.Done():
		return errors.New("PostgreSQL stopped")
	case <-s.redis.Done():
		return errors.New("redis-server stopped: start the demo again, with --keep nothing is lost")
	case <-ctx.Done():
		return nil
	}
}

func (s *demoServers) smtpConfig() (smtpConfig, error) {
	host, port, err := net.SplitHostPort(s.mail.SMTPAddr())
	if err != nil {
		return smtpConfig{}, err
	}
	n, err := strconv.Atoi(port)
	return smtpConfig{SMTPHost: host, SMTPPort: n, SMTPTLS: "none", SMTPConnections: 8}, err
}

func (s *demoServers) redisConfig() redisConfig {
	if s.redis.Network() == "unix" {
		return redisConfig{RedisURL: "redis-socket://" + s.redis.Addr()}
	}
	return redisConfig{RedisURL: "redis://" + s.redis.Addr()}
}
