package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/tradepost-mail/tradepost/mailer"
	"github.com/tradepost-mail/tradepost/store"
)

// smtpConfig is the servers that take our mail, and what they are asked to take.
type smtpConfig struct {
	SMTPHost         string   `name:"smtp-host" help:"Server that takes outgoing mail." env:"TRADEPOST_SMTP_HOST"`
	SMTPPort         int      `name:"smtp-port" help:"Its port; 0 is the usual one of the TLS mode." env:"TRADEPOST_SMTP_PORT"`
	SMTPTLS          string   `name:"smtp-tls" help:"starttls, implicit, opportunistic or none." default:"starttls" env:"TRADEPOST_SMTP_TLS"`
	SMTPAuth         string   `name:"smtp-auth" help:"plain, login, cram-md5, xoauth2, scram-sha-1, scram-sha-256 or auto; empty: none." env:"TRADEPOST_SMTP_AUTH"`
	SMTPUsername     string   `name:"smtp-username" env:"TRADEPOST_SMTP_USERNAME"`
	SMTPPassword     string   `name:"smtp-password" help:"Password, or access token of xoauth2." env:"TRADEPOST_SMTP_PASSWORD"`
	SMTPPasswordFile string   `name:"smtp-password-file" help:"File that holds it instead; read at every connection, so that a token may be renewed there." env:"TRADEPOST_SMTP_PASSWORD_FILE"`
	SMTPConnections  int      `name:"smtp-connections" help:"Most connections to a server at a time." default:"8" env:"TRADEPOST_SMTP_CONNECTIONS"`
	SMTPRelays       []string `name:"smtp-relays" help:"Further servers, tried in this order while those before them are down, as URLs: smtps, smtp+starttls, smtp+opportunistic or smtp (no TLS)." placeholder:"smtps://USER@HOST?password-file=FILE" env:"TRADEPOST_SMTP_RELAYS"`

	DomainLimits string `name:"domain-limits" help:"What goes to a recipient domain: a rate (/s, /m, /h), how many at once, or 0 for no bound; * is every other." placeholder:"gmail.com=20/s,4;*=0" env:"TRADEPOST_DOMAIN_LIMITS"`
	Warmup       string `name:"warmup" help:"Letters of a day while a sender is new: the first day, its volume, the daily growth, the volume that ends it." placeholder:"2026-12-01,50,1.5" env:"TRADEPOST_WARMUP"`

	dkimConfig
}

// options checks all settings and returns those of the pool, but for what needs a
// store. The error has a line for each fault, and no secret.
func (c *smtpConfig) options(log *slog.Logger) (mailer.Options, error) {
	var errs []error
	bad := func(name string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	o := mailer.Options{Host: c.SMTPHost, Port: c.SMTPPort, Auth: c.SMTPAuth, Username: c.SMTPUsername,
		Connections: c.SMTPConnections, Events: log}
	var err error
	o.TLS, err = mailer.ParseTLSMode(c.SMTPTLS)
	bad("TRADEPOST_SMTP_TLS", err)
	if c.SMTPAuth != "" {
		o.Password = secret(c.SMTPPassword, c.SMTPPasswordFile)
	}
	for i, s := range c.SMTPRelays {
		r, err := parseRelay(s)
		bad(fmt.Sprintf("TRADEPOST_SMTP_RELAYS: server %d", i+1), err)
		if err == nil {
			o.Relays = append(o.Relays, r)
		}
	}
	o.Limits, err = mailer.ParseLimits(c.DomainLimits)
	bad("TRADEPOST_DOMAIN_LIMITS", err)
	if c.Warmup != "" {
		o.Warmup, err = mailer.ParseWarmup(c.Warmup)
		bad("TRADEPOST_WARMUP", err)
		o.Reserve = (*store.Store)(nil).ReserveWarmup // stands in for that of the store which is opened later
	}
	o.DKIM, err = c.dkim()
	errs = append(errs, err)
	if err := o.Check(); err != nil {
		for line := range strings.SplitSeq(strings.TrimPrefix(err.Error(), "mailer options: "), "\n") {
			errs = append(errs, errors.New("TRADEPOST_SMTP_…: "+line))
		}
	}
	return o, errors.Join(errs...)
}

// newPool makes the pool of checked options.
func newPool(o mailer.Options, st *store.Store) (*mailer.Pool, error) {
	if o.Warmup != nil {
		o.Reserve = st.ReserveWarmup
	}
	return mailer.NewPool(o)
}

var relaySchemes = map[string]mailer.TLSMode{
	"smtps": mailer.ImplicitTLS, "smtp+starttls": mailer.StartTLS, "smtp+opportunistic": mailer.Opportunistic, "smtp": mailer.NoTLS,
}

// parseRelay reads smtps://USER:PASSWORD@HOST:PORT?auth=plain&password-file=FILE&connections=4,
// of which only the scheme and the host need be there. Its errors quote nothing
// that may be a secret.
func parseRelay(s string) (mailer.Relay, error) {
	u, err := url.Parse(s)
	if err != nil {
		return mailer.Relay{}, errors.New("isn't a URL; in a user name or password write special characters as %XX")
	}
	mode, known := relaySchemes[u.Scheme]
	if !known || u.Opaque != "" {
		return mailer.Relay{}, errors.New("doesn't begin with smtps://, smtp+starttls://, smtp+opportunistic:// or smtp://")
	}
	r := mailer.Relay{Host: u.Hostname(), TLS: mode}
	if p := u.Port(); p != "" {
		if r.Port, err = strconv.Atoi(p); err != nil || r.Port == 0 {
			return r, errors.New("has a port that isn't one")
		}
	}
	if strings.Trim(u.Path, "/") != "" || u.Fragment != "" {
		return r, errors.New("has a path; a server is a scheme, a host and a port")
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return r, errors.New("has settings behind ? that can't be read")
	}
	var file string
	for key, values := range query {
		switch value := values[len(values)-1]; key {
		case "auth":
			r.Auth = value
		case "password-file":
			file = value
		case "connections":
			if r.Connections, err = strconv.Atoi(value); err != nil || r.Connections < 1 {
				return r, errors.New("has connections that aren't a number from 1")
			}
		default:
			return r, errors.New("has a setting behind ? other than auth, password-file and connections")
		}
	}
	if u.User != nil {
		r.Username = u.User.Username()
		password, inline := u.User.Password()
		switch {
		case inline == (file != ""):
			return r, errors.New("needs a password behind the user name or a password-file, and not both")
		case r.Auth == "":
			r.Auth = "auto"
		}
		r.Password = secret(password, file)
	} else if file != "" {
		return r, errors.New("has a password-file and no user name")
	}
	return r, nil
}

// secret gives a password as it stands, or what its file holds at the time.
func secret(value, file string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) {
		if file == "" {
			return value, nil
		}
		b, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		return strings.TrimSpace(string(b)), nil
	}
}
