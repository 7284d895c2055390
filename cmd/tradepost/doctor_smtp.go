package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tradepost-mail/tradepost/doctor"
	"github.com/tradepost-mail/tradepost/mailer"
)

// relays are the servers that take mail, as far as their settings can be read.
func (c *doctorCmd) relays() []mailer.Relay {
	var list []mailer.Relay
	if mode, err := mailer.ParseTLSMode(c.SMTPTLS); err == nil && c.SMTPHost != "" {
		first := mailer.Relay{Host: c.SMTPHost, Port: c.SMTPPort, TLS: mode, Auth: c.SMTPAuth, Username: c.SMTPUsername}
		if c.SMTPAuth != "" {
			first.Password = secret(c.SMTPPassword, c.SMTPPasswordFile)
		}
		list = append(list, first)
	}
	for _, s := range c.SMTPRelays {
		if r, err := parseRelay(s); err == nil {
			list = append(list, r)
		}
	}
	return list
}

// smtpChecks are one for the settings of all servers and one for each server.
func (c *doctorCmd) smtpChecks() []doctor.Check {
	checks := []doctor.Check{{Group: doctor.GroupSMTP, Name: "settings", Run: c.checkSMTPSettings}}
	for _, r := range c.relays() {
		checks = append(checks, doctor.Check{Group: doctor.GroupSMTP, Name: "server " + r.Host, Run: func(ctx context.Context) []doctor.Finding {
			return askSMTP(ctx, r).Findings(time.Now())
		}})
	}
	return checks
}

// checkSMTPSettings tells of values that the sender doesn't start with; those of
// DKIM are told where the keys are looked at.
func (c *doctorCmd) checkSMTPSettings(context.Context) []doctor.Finding {
	if c.SMTPHost == "" {
		return []doctor.Finding{doctor.Missing("server", "set TRADEPOST_SMTP_HOST to the server that takes your mail")}
	}
	unsigned := c.smtpConfig
	unsigned.dkimConfig = dkimConfig{}
	_, err := unsigned.options(nil)
	if err == nil {
		return nil
	}
	var findings []doctor.Finding
	for line := range strings.SplitSeq(err.Error(), "\n") {
		findings = append(findings, doctor.Finding{Check: "settings", Verdict: doctor.Fault, Found: line, Mend: "correct it: the sender doesn't start with it"})
	}
	return findings
}

// askSMTP signs in as the sender does, and looks at the certificate on a
// connection of its own. No mail is sent.
func askSMTP(ctx context.Context, r mailer.Relay) doctor.SMTP {
	if r.Port == 0 {
		r.Port = usualPort(r.TLS)
	}
	s := doctor.SMTP{Server: net.JoinHostPort(r.Host, strconv.Itoa(r.Port)), Stage: mailer.StageDial, Auth: r.Auth != "", Loopback: isLoopback(r.Host)}
	pool, err := mailer.NewPool(mailer.Options{Host: r.Host, Port: r.Port, TLS: r.TLS, Auth: r.Auth, Username: r.Username, Password: r.Password})
	if err != nil {
		s.Err = err
		return s
	}
	defer func() { _ = pool.Close() }() // always nil
	if err := pool.Check(ctx); err != nil {
		s.Err = err
		if strings.Contains(err.Error(), mailer.StageAuth+": ") {
			s.Stage = mailer.StageAuth
		}
		return s
	}
	var seen handshake
	if r.TLS != mailer.NoTLS {
		if err := seen.greet(ctx, s.Server, r.Host, r.TLS); err != nil {
			s.Err = fmt.Errorf("%s: look at the certificate: %w", mailer.StageDial, err)
			return s
		}
	}
	s.TLS, s.NotAfter = seen.told()
	return s
}

func usualPort(mode mailer.TLSMode) int {
	switch mode {
	case mailer.ImplicitTLS:
		return 465
	case mailer.NoTLS:
		return 25
	default:
		return 587
	}
}

// handshake keeps what TLS was agreed on; the zero value is plain text.
type handshake struct {
	mu    sync.Mutex // a library's reader may shake hands while we wait
	state tls.ConnectionState
}

// config is that of a client which verifies the server as usual.
func (h *handshake) config(host string) *tls.Config {
	return &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, VerifyConnection: func(s tls.ConnectionState) error {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.state = s
		return nil
	}}
}

// told returns the protocol's version and when the first certificate of the
// server's chain ends: its own or one of those above it.
func (h *handshake) told() (version string, notAfter time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.state.Version == 0 {
		return "", time.Time{}
	}
	for _, c := range h.state.PeerCertificates {
		if notAfter.IsZero() || c.NotAfter.Before(notAfter) {
			notAfter = c.NotAfter
		}
	}
	return tls.VersionName(h.state.Version), notAfter
}

// greet opens a session with an SMTP server, encrypts it and says goodbye.
func (h *handshake) greet(ctx context.Context, address, host string, mode mailer.TLSMode) error {
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer raw.Close()
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	defer stop()
	conn := raw
	if mode == mailer.ImplicitTLS {
		conn = tls.Client(raw, h.config(host))
	}
	client, err := smtp.NewClient(conn, host)
	if err != nil {
		return err
	}
	if err := client.Hello(heloName()); err != nil {
		return err
	}
	if ok, _ := client.Extension("STARTTLS"); ok && mode != mailer.ImplicitTLS {
		if err := client.StartTLS(h.config(host)); err != nil {
			return err
		}
	}
	if err := client.Quit(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}
