package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hibiken/asynq"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound"
	"github.com/tradepost-mail/tradepost/store"
)

// This file alone reads the environment: every flag has a variable, named beside
// it, and a fault in any of them is reported together with all others.

// logConfig is how the process speaks.
type logConfig struct {
	LogLevel  slog.Level `help:"Least severe log lines shown: DEBUG, INFO, WARN or ERROR." default:"INFO" env:"TRADEPOST_LOG_LEVEL"`
	LogFormat string     `help:"Shape of log lines." enum:"text,json" default:"text" env:"TRADEPOST_LOG_FORMAT"`
}

func (c logConfig) logger() *slog.Logger {
	o := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, o))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, o))
}

// bookConfig is where the truth is kept.
type bookConfig struct {
	DatabaseURL string `help:"PostgreSQL, as a URL or keywords." placeholder:"postgres://tradepost@db/tradepost" env:"TRADEPOST_DATABASE_URL"`
	BlobURL     string `help:"Where attachments and large mail are kept." placeholder:"file:///var/lib/tradepost/blobs" env:"TRADEPOST_BLOB_URL"`
	ReplyDomain string `help:"Domain of the reply addresses." placeholder:"reply.market.example" env:"TRADEPOST_REPLY_DOMAIN"`

	Hour                time.Duration `help:"How long an hour of the digest clock lasts." default:"1h" env:"TRADEPOST_HOUR"`
	Align               bool          `help:"Send all digests on the hour instead of at a minute of each member's own." env:"TRADEPOST_ALIGN"`
	RelayDelay          time.Duration `help:"How long a member's reply waits before it goes to the merchant." default:"30s" env:"TRADEPOST_RELAY_DELAY"`
	AlertsPerPartner    int           `help:"Messages alerted to one partner an hour; the rest join the digest. 0: no bound." default:"60" env:"TRADEPOST_ALERTS_PER_PARTNER"`
	PartnersPerMerchant int           `help:"Partners that one merchant's messages alert an hour. 0: no bound." default:"10" env:"TRADEPOST_PARTNERS_PER_MERCHANT"`

	budgetConfig
	remindConfig
	matchConfig
}

func (c *bookConfig) clock() tradepost.Clock { return tradepost.Clock{Hour: c.Hour, Align: c.Align} }

func (c *bookConfig) check(bad func(string, ...any)) {
	if c.DatabaseURL == "" {
		bad("TRADEPOST_DATABASE_URL is missing: name a PostgreSQL database, as in postgres://tradepost@db/tradepost")
	}
	if c.BlobURL == "" {
		bad("TRADEPOST_BLOB_URL is missing: name a folder, as in file:///var/lib/tradepost/blobs")
	}
	if tradepost.AddressProblem("reply@"+c.ReplyDomain) != "" {
		bad("TRADEPOST_REPLY_DOMAIN %q is not a domain: name the one whose mail reaches the reply mailbox", c.ReplyDomain)
	}
	if c.Hour < time.Second {
		bad("TRADEPOST_HOUR %s is shorter than a second", c.Hour)
	}
	if c.RelayDelay < 0 {
		bad("TRADEPOST_RELAY_DELAY %s is negative", c.RelayDelay)
	}
	if c.AlertsPerPartner < 0 || c.PartnersPerMerchant < 0 {
		bad("TRADEPOST_ALERTS_PER_PARTNER and TRADEPOST_PARTNERS_PER_MERCHANT must not be negative")
	}
	c.budgetConfig.check(bad)
	c.remindConfig.check(bad)
	c.matchConfig.check(bad)
}

// budgetConfig is how much mail is taken before somebody has to look. The
// defaults are those of tradepost.DefaultBudgets, which a test compares.
type budgetConfig struct {
	BudgetSender       int `help:"Mails posted an hour from one address; what is over is held. 0: no bound." default:"60" env:"TRADEPOST_BUDGET_SENDER"`
	BudgetConversation int `help:"Mails posted an hour to one conversation; what is over is held. 0: no bound." default:"30" env:"TRADEPOST_BUDGET_CONVERSATION"`
	BudgetDomain       int `help:"Mails posted an hour from the addresses of one domain; what is over is held. 0: no bound." default:"2000" env:"TRADEPOST_BUDGET_DOMAIN"`
	BudgetRepeat       int `help:"How often one side may send the same text to a conversation within a day; what is over is held. 0: no bound." default:"2" env:"TRADEPOST_BUDGET_REPEAT"`
	BudgetQuestions    int `help:"Questions that a person is asked by mail within a day; what is over is held without one. 0: no bound." default:"10" env:"TRADEPOST_BUDGET_QUESTIONS"`
}

func (c *budgetConfig) budgets() tradepost.Budgets {
	return tradepost.Budgets{Sender: c.BudgetSender, Conversation: c.BudgetConversation, Domain: c.BudgetDomain,
		Repeat: c.BudgetRepeat, Questions: c.BudgetQuestions}
}

// budgetsOf is budgets read the other way.
func budgetsOf(b tradepost.Budgets) budgetConfig {
	return budgetConfig{BudgetSender: b.Sender, BudgetConversation: b.Conversation, BudgetDomain: b.Domain,
		BudgetRepeat: b.Repeat, BudgetQuestions: b.Questions}
}

func (c *budgetConfig) check(bad func(string, ...any)) {
	for _, b := range []struct {
		name string
		n    int
	}{
		{"SENDER", c.BudgetSender}, {"CONVERSATION", c.BudgetConversation}, {"DOMAIN", c.BudgetDomain},
		{"REPEAT", c.BudgetRepeat}, {"QUESTIONS", c.BudgetQuestions},
	} {
		if b.n < 0 {
			bad("TRADEPOST_BUDGET_%s %d is negative; 0 sets no bound", b.name, b.n)
		}
	}
}

// with connects to the book, brings its schema up to date, runs f and closes it.
func (c *bookConfig) with(ctx context.Context, f func(*store.Store) error) error {
	return c.open(ctx, false, func(st *store.Store) error {
		if err := st.Migrate(ctx); err != nil {
			return err
		}
		return f(st)
	})
}

// withReadOnly connects to the book so that nothing can be written, runs f and
// closes it.
func (c *bookConfig) withReadOnly(ctx context.Context, f func(*store.Store) error) error {
	return c.open(ctx, true, func(st *store.Store) error {
		if err := st.Migrated(ctx); err != nil {
			return err
		}
		return f(st)
	})
}

func (c *bookConfig) open(ctx context.Context, readOnly bool, f func(*store.Store) error) (err error) {
	blobs, err := store.OpenBlobs(ctx, c.BlobURL)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, blobs.Close()) }()
	st, err := store.Open(ctx, c.DatabaseURL, store.Options{
		MailDomain: c.ReplyDomain, Blobs: blobs, Clock: c.clock(), RelayDelay: c.RelayDelay,
		Caps:    tradepost.Caps{AlertsPerPartner: c.AlertsPerPartner, PartnersPerMerchant: c.PartnersPerMerchant},
		Budgets: c.budgets(), RemindAfter: c.RemindAfter, MatchCount: c.MatchCount, ReadOnly: readOnly,
	})
	if err != nil {
		return err
	}
	defer st.Close()
	return f(st)
}

// keyConfig is what signs reply addresses.
type keyConfig struct {
	ReplyKeys []string `help:"Keys of the reply addresses as ID:HEX, ID from 0 to 7, HEX of 16 octets or more. The first signs, all verify." placeholder:"0:…" env:"TRADEPOST_REPLY_KEYS"`
}

func (c *keyConfig) tokens(domain string) (*tradepost.Tokens, error) {
	var keys []tradepost.TokenKey
	for _, s := range c.ReplyKeys {
		id, secret, _ := strings.Cut(s, ":")
		n, err := strconv.ParseUint(id, 10, 8)
		raw, hexErr := hex.DecodeString(secret)
		if err != nil || hexErr != nil {
			return nil, errors.New("TRADEPOST_REPLY_KEYS: a key is written ID:HEX, as openssl rand -hex 32 makes the second part")
		}
		keys = append(keys, tradepost.TokenKey{ID: byte(n), Secret: raw})
	}
	if len(keys) == 0 {
		return nil, errors.New("TRADEPOST_REPLY_KEYS is missing: write 0: and what openssl rand -hex 32 prints, and keep it secret")
	}
	tokens, err := tradepost.NewTokens(domain, keys...)
	if err != nil {
		return nil, fmt.Errorf("TRADEPOST_REPLY_KEYS: %w", err)
	}
	return tokens, nil
}

// imapConfig is the mailbox that replies arrive in.
type imapConfig struct {
	IMAPAddr         string        `name:"imap-addr" help:"IMAP server, host:port." env:"TRADEPOST_IMAP_ADDR"`
	IMAPTLS          string        `name:"imap-tls" help:"implicit, starttls or none." default:"implicit" env:"TRADEPOST_IMAP_TLS"`
	IMAPAuth         string        `name:"imap-auth" help:"login, plain or xoauth2." default:"login" env:"TRADEPOST_IMAP_AUTH"`
	IMAPUsername     string        `name:"imap-username" env:"TRADEPOST_IMAP_USERNAME"`
	IMAPPassword     string        `name:"imap-password" help:"Password, or access token of xoauth2." env:"TRADEPOST_IMAP_PASSWORD"`
	IMAPPasswordFile string        `name:"imap-password-file" help:"File that holds it instead; read at every connection." env:"TRADEPOST_IMAP_PASSWORD_FILE"`
	IMAPFolder       string        `name:"imap-folder" help:"Folder that is read." default:"INBOX" env:"TRADEPOST_IMAP_FOLDER"`
	IMAPProcessed    string        `name:"imap-processed" help:"Folder for mail that was dealt with." default:"Processed" env:"TRADEPOST_IMAP_PROCESSED"`
	IMAPFailed       string        `name:"imap-failed" help:"Folder for mail that needs a person." default:"Failed" env:"TRADEPOST_IMAP_FAILED"`
	PollEvery        time.Duration `help:"How often the mailbox is looked into when the server does not say." default:"30s" env:"TRADEPOST_POLL_EVERY"`
	MaxMail          int64         `help:"Largest mail that is read, in octets; larger ones are answered." default:"41943040" env:"TRADEPOST_MAX_MAIL"`

	senderConfig
}

// senderConfig is what is believed of a mail's sender.
type senderConfig struct {
	AuthservID    string `help:"authserv-id of the receiving server, whose Authentication-Results are believed." env:"TRADEPOST_AUTHSERV_ID"`
	ReceivingHost string `help:"Host whose topmost Received line is believed to name the address that a mail came from, for SPF; empty: SPF is not asked for." placeholder:"mx.market.example" env:"TRADEPOST_RECEIVING_HOST"`
	DNS           string `name:"dns" help:"Name server that DKIM keys and DMARC policies are asked of, host:port; empty: the system's; off: none is asked." placeholder:"127.0.0.1:53" env:"TRADEPOST_DNS"`

	HoldUnauthenticated bool `help:"Hold mail whose sender's domain publishes nothing to check it by, instead of posting it." env:"TRADEPOST_HOLD_UNAUTHENTICATED"`
}

// dnsOff is the value of TRADEPOST_DNS that asks no name server.
const dnsOff = "off"

func (c *senderConfig) check(bad func(string, ...any)) {
	if c.ReceivingHost != "" && tradepost.AddressProblem("postmaster@"+c.ReceivingHost) != "" {
		bad("TRADEPOST_RECEIVING_HOST %q is not a host's name: name the one that your mail server writes behind \"by\" in Received", c.ReceivingHost)
	}
	if c.DNS == "" || c.DNS == dnsOff {
		return
	}
	if host, port, err := net.SplitHostPort(c.DNS); err != nil || host == "" || port == "" {
		bad("TRADEPOST_DNS %q is neither host:port, as in 127.0.0.1:53, nor off", c.DNS)
	}
}

// retentionConfig is how long raw mail is kept.
type retentionConfig struct {
	RawRetentionDays int `help:"Days for which raw mail is kept, unless its partner has a number of their own. 0: for ever." default:"90" env:"TRADEPOST_RAW_RETENTION_DAYS"`
}

func (c *retentionConfig) check(bad func(string, ...any)) {
	if c.RawRetentionDays < 0 {
		bad("TRADEPOST_RAW_RETENTION_DAYS %d is negative; 0 keeps raw mail for ever", c.RawRetentionDays)
	}
}

// mailbox is checked where the poller is made.
func (c *imapConfig) mailbox() inbound.Mailbox {
	return inbound.Mailbox{Addr: c.IMAPAddr, TLS: inbound.TLSMode(c.IMAPTLS), Username: c.IMAPUsername,
		Password: secret(c.IMAPPassword, c.IMAPPasswordFile), Auth: c.IMAPAuth, Folder: c.IMAPFolder,
		Processed: c.IMAPProcessed, Failed: c.IMAPFailed, PollEvery: c.PollEvery, MaxSize: c.MaxMail}
}

// marketConfig is what letters and the pages of their links call the marketplace.
type marketConfig struct {
	Market string `help:"Name of the marketplace." default:"Tradepost" env:"TRADEPOST_MARKET"`
}

// letterConfig is what letters say about the marketplace.
type letterConfig struct {
	marketConfig
	settingsURLConfig

	From            string `help:"Address that all letters come from." placeholder:"inbox@market.example" env:"TRADEPOST_FROM"`
	ConversationURL string `help:"Page of a conversation, with {conversation} and {reader} for their ids; empty: letters link no page." env:"TRADEPOST_CONVERSATION_URL"`
}

func (c *letterConfig) check(bad func(string, ...any)) {
	if p := tradepost.AddressProblem(c.From); p != "" {
		bad("TRADEPOST_FROM %q %s", c.From, p)
	}
	if c.ConversationURL != "" {
		if p := tradepost.URLProblem(c.ConversationURL); p != "" {
			bad("TRADEPOST_CONVERSATION_URL %s", p)
		}
	}
	c.settingsURLConfig.check(bad)
}

// conversationURL returns the page of a conversation as its reader reaches it.
func (c *letterConfig) conversationURL() func(int64, store.Correspondent) string {
	if c.ConversationURL == "" {
		return nil
	}
	return func(conversation int64, reader store.Correspondent) string {
		as := string(tradepost.AuthorMerchant)
		if reader.Role == tradepost.AuthorMember {
			as = tradepost.FormatID(tradepost.MemberPrefix, reader.ID)
		}
		return strings.NewReplacer("{conversation}", tradepost.FormatID(tradepost.ConversationPrefix, conversation),
			"{reader}", as).Replace(c.ConversationURL)
	}
}

// redisConfig is where the queues are.
type redisConfig struct {
	RedisURL string `help:"Redis, as redis://, rediss://, redis-socket:// or redis-sentinel://." default:"redis://127.0.0.1:6379" env:"TRADEPOST_REDIS_URL"`
}

func (c *redisConfig) options() (asynq.RedisConnOpt, error) {
	o, err := asynq.ParseRedisURI(c.RedisURL)
	if err != nil {
		// asynq's words quote the URL, which may hold a password.
		return nil, errors.New("TRADEPOST_REDIS_URL is not like redis://HOST:6379, rediss://, redis-socket:// or redis-sentinel://")
	}
	return o, nil
}

// httpConfig is where the API listens.
type httpConfig struct {
	HTTP    string   `name:"http" help:"Address to listen on." default:"127.0.0.1:8080" env:"TRADEPOST_HTTP"`
	APIKeys []string `name:"api-keys" help:"Keys that let the platform in, as NAME:KEY, stored hashed." env:"TRADEPOST_API_KEYS"`
}

// baseConfig is how the outside reaches the web role: who sends letters has to
// know it, too.
type baseConfig struct {
	BaseURL string `help:"Where clients reach the API and readers of letters the action links; empty: letters have none." placeholder:"https://tradepost.example" env:"TRADEPOST_BASE_URL"`
}

// check refuses an address that links of letters can't be made of, and one that
// sends them in the clear: who reads a link on its way may do what it does.
func (c *baseConfig) check(bad func(string, ...any)) {
	if c.BaseURL == "" {
		return
	}
	u, err := url.Parse(c.BaseURL)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || strings.ContainsAny(c.BaseURL, "?#"):
		// Not the value: a URL may hold a password.
		bad("TRADEPOST_BASE_URL is not like https://tradepost.example: a scheme and a host, without path, query or user")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		bad("TRADEPOST_BASE_URL begins with http and %s is another machine: use https, or the links in letters cross the network in the clear", u.Hostname())
	}
}

// origin is the base URL without a slash at its end; "" = none.
func (c *baseConfig) origin() string { return strings.TrimRight(c.BaseURL, "/") }

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && ip.IsLoopback()
}

// faults gathers what is wrong with a configuration.
type faults []string

func (f *faults) bad(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

// add takes the faults of a joined error, a line each; one that several roles
// find is told once.
func (f *faults) add(err error) {
	if err == nil {
		return
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		if !slices.Contains(*f, line) {
			*f = append(*f, line)
		}
	}
}

// err lists all faults, a line each.
func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return errors.New("the configuration has faults:\n  " + strings.Join(f, "\n  "))
}
