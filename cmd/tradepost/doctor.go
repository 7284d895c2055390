package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost/doctor"
)

type doctorCmd struct {
	Only     []string      `help:"Groups to check: dns, postgres, redis, smtp, imap, machine, web; empty: all." placeholder:"GROUP"`
	JSON     bool          `name:"json" help:"Write one JSON document (docs/doctor.md)."`
	Timeout  time.Duration `help:"How long each check may take." default:"10s"`
	SendFrom []netip.Addr  `help:"Addresses that receivers see mail come from: the SMTP server's outer ones. SPF is tried with them and their names are looked at." placeholder:"IP" env:"TRADEPOST_SEND_FROM"`
	Net      bool          `help:"Ask the base URL, too, as a reader of letters would."`

	bookConfig
	keyConfig
	smtpConfig
	imapConfig
	letterConfig
	redisConfig
	baseConfig
}

// errUnwell ends the command where something is faulty: the report has said what.
var errUnwell = errors.New("doctor found faults")

// Run checks the configuration and what it names, and tells how to mend what is
// wrong. It sends no mail and writes nothing.
func (c *doctorCmd) Run(ctx context.Context) error {
	for _, g := range c.Only {
		if !slices.Contains(doctor.Groups(), g) {
			return fmt.Errorf("--only %q is no group of checks: use %s", g, strings.Join(doctor.Groups(), ", "))
		}
	}
	if c.Timeout <= 0 {
		return fmt.Errorf("--timeout %s leaves no time", c.Timeout)
	}
	var checks []doctor.Check
	for _, check := range c.checks() {
		if len(c.Only) == 0 || slices.Contains(c.Only, check.Group) {
			checks = append(checks, check)
		}
	}
	report := doctor.Run(ctx, checks, c.Timeout)
	if err := ctx.Err(); err != nil {
		return err
	}
	report = report.Redact(c.secrets()...)
	write := report.WriteText
	if c.JSON {
		write = report.WriteJSON
	}
	if err := write(os.Stdout); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	if report.Worst() == doctor.Fault {
		return errUnwell
	}
	return nil
}

func (c *doctorCmd) checks() []doctor.Check {
	return slices.Concat(c.dnsChecks(), c.smtpChecks(), []doctor.Check{
		{Group: doctor.GroupPostgres, Name: "connection", Run: c.checkPostgres},
		{Group: doctor.GroupRedis, Name: "connection", Run: c.checkRedis},
		{Group: doctor.GroupIMAP, Name: "server", Run: c.checkIMAP},
		{Group: doctor.GroupMachine, Name: "settings", Run: c.checkSettings},
		{Group: doctor.GroupMachine, Name: "blob folder", Run: c.checkBlobs},
		{Group: doctor.GroupMachine, Name: "files with secrets", Run: c.checkFiles},
		{Group: doctor.GroupMachine, Name: "DKIM keys", Run: c.checkDKIMFiles},
		{Group: doctor.GroupMachine, Name: "time zones", Run: checkZones},
		{Group: doctor.GroupWeb, Name: "base URL", Run: c.checkBase},
	})
}

// dnsChecks are those of deliverability.
func (c *doctorCmd) dnsChecks() []doctor.Check {
	one := func(f doctor.Finding) []doctor.Check {
		return []doctor.Check{{Group: doctor.GroupDNS, Name: f.Check, Run: func(context.Context) []doctor.Finding { return []doctor.Finding{f} }}}
	}
	if c.DNS == dnsOff {
		return one(doctor.Missing("DNS", "TRADEPOST_DNS is off: run doctor with --dns '', or with a name server as --dns 192.0.2.53:53"))
	}
	m := doctor.Mail{Resolver: resolver(c.DNS), HELO: heloName(), SendFrom: c.SendFrom}
	for i := range m.SendFrom {
		m.SendFrom[i] = m.SendFrom[i].Unmap()
	}
	for _, r := range c.relays() {
		m.Relays = append(m.Relays, r.Host)
	}
	var bad []doctor.Check
	set := func(domain *string, value, check string) {
		if value == "" {
			return
		}
		var err error
		if *domain, err = doctor.Domain(value); err != nil {
			bad = append(bad, one(doctor.Finding{Check: check, Verdict: doctor.Fault, Found: err.Error(), Mend: "correct it"})...)
		}
	}
	set(&m.Envelope, c.ReplyDomain, "TRADEPOST_REPLY_DOMAIN")
	set(&m.From, c.From[strings.LastIndexByte(c.From, '@')+1:], "TRADEPOST_FROM")
	m.Keys = c.dkimKeys(time.Now())
	return append(bad, m.Checks()...)
}

// resolver asks the name server at address, the system's where it is "".
func resolver(address string) *net.Resolver {
	// Half an answer about a host isn't taken for "no such host".
	r := &net.Resolver{PreferGo: true, StrictErrors: true}
	if address != "" {
		r.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		}
	}
	return r
}

// heloName is what the mailer calls this machine in EHLO, where nothing else is
// set.
func heloName() string {
	if name, err := os.Hostname(); err == nil {
		if name, err := doctor.Domain(name); err == nil {
			return name
		}
	}
	return "localhost"
}

// secrets are what no report may show.
func (c *doctorCmd) secrets() []string {
	list := []string{c.SMTPPassword, c.IMAPPassword}
	for _, file := range []string{c.SMTPPasswordFile, c.IMAPPasswordFile} {
		if s, err := secret("", file)(context.Background()); err == nil {
			list = append(list, s)
		}
	}
	for _, key := range c.ReplyKeys {
		_, s, _ := strings.Cut(key, ":")
		list = append(list, s)
	}
	for _, r := range c.relays() {
		if r.Password != nil {
			if s, err := r.Password(context.Background()); err == nil {
				list = append(list, s)
			}
		}
	}
	for _, raw := range append([]string{c.DatabaseURL, c.RedisURL}, c.SMTPRelays...) {
		list = append(list, secretsOfURL(raw)...)
	}
	return list
}

// secretsOfURL are the password of a URL, or of PostgreSQL's keywords, as it is
// written and as it is meant; the whole where it can't be read.
func secretsOfURL(raw string) (list []string) {
	if !strings.Contains(raw, "://") {
		for field := range strings.FieldsSeq(raw) {
			if value, ok := strings.CutPrefix(field, "password="); ok {
				list = append(list, value, strings.Trim(value, "'"))
			}
		}
		return list
	}
	u, err := url.Parse(raw)
	if err != nil {
		return []string{raw}
	}
	add := func(s string) { list = append(list, s, url.QueryEscape(s), url.PathEscape(s)) }
	if p, ok := u.User.Password(); ok {
		add(p)
		if _, written, ok := strings.Cut(u.User.String(), ":"); ok {
			list = append(list, written)
		}
	}
	if p := u.Query().Get("password"); p != "" {
		add(p)
	}
	return list
}
