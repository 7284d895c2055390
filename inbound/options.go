package inbound

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/authenticate"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/templates"
)

// TLSMode says how the connection is encrypted. A certificate that can't be
// verified is refused; no mode falls back to plain text.
type TLSMode string

// The modes.
const (
	// ImplicitTLS speaks TLS from the first octet (RFC 8314 3.2), port 993. The default.
	ImplicitTLS TLSMode = "implicit"
	// StartTLS upgrades by STARTTLS (RFC 9051 6.2.1), port 143, and refuses a server without it.
	StartTLS TLSMode = "starttls"
	// NoTLS is plain text, and only to this machine.
	NoTLS TLSMode = "none"
)

// Mailbox is a folder of an account at an IMAP server. Zero values stand for the
// defaults named beside the fields.
type Mailbox struct {
	Addr string // host:port
	TLS  TLSMode
	// TLSConfig adds roots or client certificates; nil for the system's roots.
	// It is cloned; an empty ServerName becomes the host of Addr.
	TLSConfig *tls.Config

	Username string
	// Password gives the password, or the access token of xoauth2. It is asked
	// before each connection, so that a token may be refreshed in it.
	Password func(context.Context) (string, error)
	// Auth is "login" (the command, default), "plain" (RFC 4616) or "xoauth2".
	Auth string

	// Folder is polled. Nothing but this package should take mail out of it.
	// Default "INBOX".
	Folder string
	// Processed takes what was posted, or needs nothing more: default
	// "Processed". Failed takes what was held, refused or couldn't be read:
	// default "Failed". Both are made when missing. A slash separates levels,
	// whatever the server's own delimiter is.
	Processed, Failed string

	// MaxSize is the size in octets above which only a mail's header is fetched
	// and its sender told. Default 40 MiB.
	MaxSize int64
	// PollEvery is the time between two rounds, with IDLE or without. Default 30 s.
	PollEvery time.Duration
	// IdleRestart bounds one IDLE command. NAT gateways forget silent
	// connections long before the 29 minutes of RFC 2177. Default 5 min.
	IdleRestart time.Duration
	// CommandTimeout bounds the wait for each answer of the server, and for each
	// further piece of a mail. Default 30 s.
	CommandTimeout time.Duration
	// Lease is how long the reader of the mailbox may be silent before another
	// Poller takes over. It is renewed three times as often. Default 10 s.
	Lease time.Duration
	// Retry is the pause after a first failure; it doubles up to a minute.
	// Default 1 s.
	Retry time.Duration
}

// Options are what a [Poller] needs; a [Replay] all but Mailbox and OnRound.
type Options struct {
	Store   *store.Store
	Mailbox Mailbox
	Tokens  *tradepost.Tokens
	// DeliveryHeaders name the fields in which the receiving server notes whom
	// a mail was delivered to. Default Delivered-To and X-Original-To.
	DeliveryHeaders []string
	// Separators are phrases of our letters that mark where they begin when
	// they are quoted.
	Separators []string
	// HopHeader names the field that all our own mail carries; "" = none.
	HopHeader string
	// Authentication says whom to believe about a mail's sender.
	Authentication authenticate.Options
	// HoldUnauthenticated holds mail of domains that publish nothing, instead of
	// posting it.
	HoldUnauthenticated bool
	// SentDigest renders a digest again as it was sent, so that an answer can be
	// compared with it.
	SentDigest func(store.DigestLetter) (templates.Rendered, error)
	// OnRound is told of each finished round, in Run's goroutine. It may be nil.
	OnRound func(Round)
	// Log gets a line per mail and per failure; nil discards them.
	Log *slog.Logger

	authenticator *authenticate.Authenticator // made of Authentication
}

// DefaultDeliveryHeaders are the fields in which Postfix, Dovecot, Exim and others
// note whom a mail was delivered to.
func DefaultDeliveryHeaders() []string { return []string{"Delivered-To", "X-Original-To"} }

// withReaderDefaults fills in the defaults of what reading a mail needs, and
// returns everything that is wrong, joined.
func (o Options) withReaderDefaults() (Options, error) {
	var wrong []error
	if o.Store == nil {
		wrong = append(wrong, errors.New("Store is missing"))
	}
	if o.Tokens == nil {
		wrong = append(wrong, errors.New("Tokens are missing"))
	}
	if o.SentDigest == nil {
		wrong = append(wrong, errors.New("SentDigest is missing"))
	}
	var err error
	if o.authenticator, err = authenticate.New(o.Authentication); err != nil {
		wrong = append(wrong, err)
	}
	if o.DeliveryHeaders == nil {
		o.DeliveryHeaders = DefaultDeliveryHeaders()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o, errors.Join(wrong...)
}

// withDefaults fills in the defaults and returns everything that is wrong, joined.
func (o Options) withDefaults() (Options, error) {
	o, readerErr := o.withReaderDefaults()
	wrong := []error{readerErr}
	fault := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	m := &o.Mailbox
	host, _, err := net.SplitHostPort(m.Addr)
	if err != nil || host == "" {
		fault("Mailbox.Addr %q is not host:port", m.Addr)
	}
	setDefault(&m.TLS, ImplicitTLS)
	switch m.TLS {
	case ImplicitTLS, StartTLS:
	case NoTLS:
		if err == nil && !isLoopback(host) {
			fault("Mailbox.TLS is none and %s another machine: use implicit or starttls, or the password crosses the network in the clear", host)
		}
	default:
		fault("Mailbox.TLS %q is unknown; use implicit, starttls or none", m.TLS)
	}
	if m.Username == "" {
		fault("Mailbox.Username is missing")
	}
	if m.Password == nil {
		fault("Mailbox.Password is missing")
	}
	setDefault(&m.Auth, authLogin)
	switch m.Auth {
	case authLogin, authPlain, authXOAUTH2:
	default:
		fault("Mailbox.Auth %q is unknown; use login, plain or xoauth2", m.Auth)
	}
	setDefault(&m.Folder, "INBOX")
	setDefault(&m.Processed, "Processed")
	setDefault(&m.Failed, "Failed")
	for _, f := range []struct{ field, name string }{{"Processed", m.Processed}, {"Failed", m.Failed}} {
		switch {
		case strings.EqualFold(f.name, m.Folder):
			fault("Mailbox.%s is the polled folder %s: name another", f.field, m.Folder)
		case strings.HasPrefix(f.name, "/") || strings.HasSuffix(f.name, "/") || strings.ContainsAny(f.name, "*%\x00\r\n"):
			fault("Mailbox.%s %q is not a folder's name", f.field, f.name)
		}
	}
	if m.MaxSize == 0 {
		m.MaxSize = 40 << 20
	}
	if m.MaxSize < 0 {
		fault("Mailbox.MaxSize %d is negative", m.MaxSize)
	}
	for _, d := range []struct {
		field string
		value *time.Duration
		is    time.Duration
	}{
		{"PollEvery", &m.PollEvery, 30 * time.Second},
		{"IdleRestart", &m.IdleRestart, 5 * time.Minute},
		{"CommandTimeout", &m.CommandTimeout, 30 * time.Second},
		{"Lease", &m.Lease, 10 * time.Second},
		{"Retry", &m.Retry, time.Second},
	} {
		setDefault(d.value, d.is)
		if *d.value < 0 {
			fault("Mailbox.%s %v is negative", d.field, *d.value)
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return Options{}, fmt.Errorf("inbound options: %w", err)
	}
	return o, nil
}

func setDefault[T comparable](v *T, is T) {
	var zero T
	if *v == zero {
		*v = is
	}
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && ip.IsLoopback())
}
