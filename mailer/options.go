package mailer

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"
)

// TLSMode says how a connection is encrypted. A certificate that can't be
// verified is refused in every mode that encrypts; none falls back to plain
// text because of one.
type TLSMode int

const (
	// StartTLS upgrades by STARTTLS (RFC 3207) and refuses a server without it. The default.
	StartTLS TLSMode = iota
	// ImplicitTLS speaks TLS from the first octet (RFC 8314 3.3).
	ImplicitTLS
	// Opportunistic uses STARTTLS where it is offered, else plain text.
	Opportunistic
	// NoTLS is plain text, for a relay on the same machine.
	NoTLS
)

// ParseTLSMode reads "starttls", "implicit", "opportunistic" or "none".
func ParseTLSMode(s string) (TLSMode, error) {
	for m := StartTLS; m <= NoTLS; m++ {
		if strings.EqualFold(s, m.String()) {
			return m, nil
		}
	}
	return 0, fmt.Errorf("TLS mode %q is unknown; use starttls, implicit, opportunistic or none", s)
}

// String is the word that ParseTLSMode reads.
func (m TLSMode) String() string {
	switch m {
	case StartTLS:
		return "starttls"
	case ImplicitTLS:
		return "implicit"
	case Opportunistic:
		return "opportunistic"
	case NoTLS:
		return "none"
	}
	return fmt.Sprintf("TLSMode(%d)", int(m))
}

// Options describe the one server of a [Pool]. Zero durations and counts stand
// for the defaults named beside them.
type Options struct {
	Host string // name or IP address, without port
	Port int    // default 587 (StartTLS, Opportunistic), 465 (ImplicitTLS), 25 (NoTLS)

	TLS TLSMode
	// TLSConfig adds roots or client certificates; nil for the system's roots.
	// It is cloned; an empty ServerName becomes Host, MinVersion at least TLS 1.2.
	TLSConfig *tls.Config

	// Auth is "" (none), "plain", "login", "cram-md5", "xoauth2",
	// "scram-sha-1", "scram-sha-256" or "auto": the first the server offers of
	// scram-sha-256, scram-sha-1, cram-md5, plain, login. What would show the
	// secret (plain, login, xoauth2) is used only under TLS or to this machine.
	Auth     string
	Username string
	// Password gives the password, or the access token of xoauth2. It is asked
	// before each dial, so that a token may be refreshed in it.
	Password func(context.Context) (string, error)

	HELO string // name given in EHLO; default the machine's host name

	DKIM *DKIM // nil: letters aren't signed here

	Connections    int           // most at one time; default 8
	DialTimeout    time.Duration // connect, TLS and AUTH together; default 30s
	CommandTimeout time.Duration // each command and its answer; default 30s
	// DataTimeout bounds the wait for the answer to the final dot, and for the
	// server to take each 16 KiB of the body; default 2m. RFC 5321 4.5.3.2
	// would wait 10 minutes for the former; a timeout there is Unknown.
	DataTimeout time.Duration
	IdleTimeout time.Duration // an unused connection is ended after this; default 60s

	Log *slog.Logger // one line a letter; nil: none
}

// withDefaults returns a filled copy, or an error naming every bad option.
func (o Options) withDefaults() (Options, error) {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }

	if o.Host == "" || strings.ContainsAny(o.Host, "/ \t\r\n@<>") || strings.Contains(strings.Trim(o.Host, "[]"), "]") {
		bad("Host %q isn't a host name or IP address", o.Host)
	}
	if strings.HasPrefix(o.Host, "[") || (strings.Count(o.Host, ":") == 1) {
		bad("Host %q holds brackets or a port; put the port into Port", o.Host)
	}
	if o.TLS < StartTLS || o.TLS > NoTLS {
		bad("TLS %v is unknown; use StartTLS, ImplicitTLS, Opportunistic or NoTLS", o.TLS)
	}
	if o.Port == 0 {
		switch o.TLS {
		case ImplicitTLS:
			o.Port = 465
		case NoTLS:
			o.Port = 25
		default:
			o.Port = 587
		}
	}
	if o.Port < 0 || o.Port > 65535 {
		bad("Port %d isn't between 1 and 65535", o.Port)
	}
	if o.TLSConfig == nil {
		o.TLSConfig = &tls.Config{}
	} else {
		o.TLSConfig = o.TLSConfig.Clone()
	}
	if o.TLSConfig.ServerName == "" {
		o.TLSConfig.ServerName = o.Host
	}
	o.TLSConfig.MinVersion = max(o.TLSConfig.MinVersion, tls.VersionTLS12)

	if _, known := mechanisms(o.Auth); o.Auth != "" && !known {
		bad(`Auth %q is unknown; use plain, login, cram-md5, xoauth2, scram-sha-1, scram-sha-256, auto or ""`, o.Auth)
	}
	if o.Auth == "" && (o.Username != "" || o.Password != nil) {
		bad(`Auth is empty though a Username or Password is set; use "auto"`)
	}
	if o.Auth != "" && o.Username == "" {
		bad("Username is empty though Auth is %q", o.Auth)
	}
	if o.Auth != "" && o.Password == nil {
		bad("Password is missing though Auth is %q", o.Auth)
	}
	if err := checkText(o.Username); err != nil {
		bad("Username %w", err)
	}
	if o.TLS == NoTLS && showsSecret(o.Auth) && !isLoopback(o.Host) {
		bad("Auth %q without TLS would show the secret to the network; set TLS", o.Auth)
	}
	if o.HELO == "" {
		// "localhost" is what go-mail falls back to as well; servers that
		// insist on a real name say so, and doctor shows it.
		o.HELO = "localhost"
		if name, err := os.Hostname(); err == nil && checkHELO(name) == nil {
			o.HELO = name
		}
	} else if err := checkHELO(o.HELO); err != nil {
		bad("HELO %q %w", o.HELO, err)
	}
	if o.DKIM != nil {
		if err := o.DKIM.signer(time.Time{}).ValidateConfig(); err != nil {
			bad("DKIM: %w", err)
		}
		if d, err := asciiDomain(o.DKIM.Domain); err != nil || d != strings.ToLower(o.DKIM.Domain) {
			bad("DKIM.Domain %q isn't a domain name in ASCII", o.DKIM.Domain)
		}
		if d, err := asciiDomain(o.DKIM.Selector); err != nil || d != strings.ToLower(o.DKIM.Selector) {
			bad("DKIM.Selector %q isn't a name of dotted labels", o.DKIM.Selector)
		}
	}
	if o.Connections == 0 {
		o.Connections = 8
	}
	if o.Connections < 0 {
		bad("Connections %d is negative", o.Connections)
	}
	for _, d := range []struct {
		name     string
		value    *time.Duration
		standard time.Duration
	}{
		{"DialTimeout", &o.DialTimeout, 30 * time.Second},
		{"CommandTimeout", &o.CommandTimeout, 30 * time.Second},
		{"DataTimeout", &o.DataTimeout, 2 * time.Minute},
		{"IdleTimeout", &o.IdleTimeout, time.Minute},
	} {
		if *d.value == 0 {
			*d.value = d.standard
		}
		if *d.value < 0 {
			bad("%s %v is negative", d.name, *d.value)
		}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o, errors.Join(errs...)
}

func checkHELO(name string) error {
	_, err := asciiDomain(name)
	if err == nil && !isASCII(name) {
		err = errors.New("isn't ASCII")
	}
	return err
}
