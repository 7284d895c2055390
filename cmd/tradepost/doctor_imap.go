package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"

	"github.com/tradepost-mail/tradepost/doctor"
	"github.com/tradepost-mail/tradepost/inbound"
)

func (c *doctorCmd) checkIMAP(ctx context.Context) []doctor.Finding {
	if c.IMAPAddr == "" {
		return []doctor.Finding{doctor.Missing("server", "set TRADEPOST_IMAP_ADDR to the server of the reply mailbox, host:port")}
	}
	a := imapAsk{box: c.mailbox(), said: doctor.IMAP{Server: c.IMAPAddr, Folder: c.IMAPFolder, Stage: "dial"}}
	err := a.ask(ctx)
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w (%w)", context.Cause(ctx), err)
	}
	a.said.Err = err
	a.said.TLS, a.said.NotAfter = a.seen.told()
	return a.said.Findings(time.Now())
}

// imapAsk is one session, in which folders are looked for and one is opened to
// read only. Nothing is marked, moved or made.
type imapAsk struct {
	box    inbound.Mailbox
	said   doctor.IMAP
	seen   handshake
	client *imapclient.Client
}

func (a *imapAsk) ask(ctx context.Context) error {
	host, _, err := net.SplitHostPort(a.box.Addr)
	if err != nil || host == "" {
		return fmt.Errorf("%q is not host:port", a.box.Addr)
	}
	if a.box.TLS == inbound.NoTLS && !isLoopback(host) {
		return fmt.Errorf("%s is another machine, and the password would cross the network in the clear: set TRADEPOST_IMAP_TLS to implicit or starttls", host)
	}
	password, err := a.box.Password(ctx)
	if err != nil {
		return err
	}
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", a.box.Addr)
	if err != nil {
		return err
	}
	defer raw.Close()
	// go-imap knows no contexts; it gives up when the connection is gone.
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	defer stop()
	if err := a.greet(ctx, raw, host); err != nil {
		return err
	}
	defer func() { _ = a.client.Close() }() // says that the connection is gone
	if err := a.client.WaitGreeting(); err != nil {
		return err
	}
	a.said.Stage = "auth"
	if err := a.signIn(password); err != nil {
		return err
	}
	caps := a.client.Caps()
	a.said.Idle, a.said.Move, a.said.UIDPlus = caps.Has(imap.CapIdle), caps.Has(imap.CapMove), caps.Has(imap.CapUIDPlus)
	a.said.Stage = "list"
	if err := a.look(); err != nil {
		return err
	}
	a.said.Stage = "folder"
	opened, err := a.client.Select(a.box.Folder, &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil {
		return fmt.Errorf("open %s: %w", a.box.Folder, err)
	}
	a.said.Mails, a.said.UIDs = opened.NumMessages, opened.UIDValidity != 0
	// A goodbye that isn't heard is no fault: everything has been asked.
	_ = a.client.Logout().Wait()
	return nil
}

func (a *imapAsk) greet(ctx context.Context, raw net.Conn, host string) (err error) {
	config := a.seen.config(host)
	options := &imapclient.Options{TLSConfig: config}
	switch a.box.TLS {
	case inbound.ImplicitTLS:
		config.NextProtos = []string{"imap"}
		conn := tls.Client(raw, config)
		if err := conn.HandshakeContext(ctx); err != nil {
			return err
		}
		a.client = imapclient.New(conn, options)
	case inbound.StartTLS:
		if a.client, err = imapclient.NewStartTLS(raw, options); err != nil {
			return fmt.Errorf("STARTTLS: %w", err)
		}
	case inbound.NoTLS:
		a.client = imapclient.New(raw, options)
	default:
		return fmt.Errorf("TRADEPOST_IMAP_TLS %q is unknown; use implicit, starttls or none", a.box.TLS)
	}
	return nil
}

func (a *imapAsk) signIn(password string) error {
	switch a.box.Auth {
	case "login":
		return a.client.Login(a.box.Username, password).Wait()
	case "plain":
		return a.client.Authenticate(sasl.NewPlainClient("", a.box.Username, password))
	case "xoauth2":
		return a.client.Authenticate(bearer{a.box.Username, password})
	}
	return fmt.Errorf("TRADEPOST_IMAP_AUTH %q is unknown; use login, plain or xoauth2", a.box.Auth)
}

// bearer is the SASL mechanism XOAUTH2 of Google and Microsoft.
type bearer struct{ username, token string }

// Start sends the token (sasl.Client).
func (b bearer) Start() (mech string, ir []byte, err error) {
	return "XOAUTH2", []byte("user=" + b.username + "\x01auth=Bearer " + b.token + "\x01\x01"), nil
}

// Next hears why the token was refused.
func (b bearer) Next(challenge []byte) ([]byte, error) {
	return nil, fmt.Errorf("token refused: %.200q", challenge)
}

// look notes which of the folders that the poller files into are missing, under
// their names at this server (RFC 2342, RFC 9051 6.3.9).
func (a *imapAsk) look() error {
	delimiter, prefix := "", ""
	if a.client.Caps().Has(imap.CapNamespace) {
		if data, err := a.client.Namespace().Wait(); err == nil && len(data.Personal) > 0 {
			delimiter, prefix = string(data.Personal[0].Delim), data.Personal[0].Prefix
		}
	}
	if delimiter == "" {
		list, err := a.client.List("", "", nil).Collect()
		if err != nil {
			return fmt.Errorf("ask for the hierarchy delimiter: %w", err)
		}
		if len(list) > 0 {
			delimiter = string(list[0].Delim)
		}
	}
	for _, name := range []string{a.box.Processed, a.box.Failed} {
		if delimiter != "" && delimiter != "\x00" {
			name = strings.ReplaceAll(name, "/", delimiter)
		}
		if !strings.HasPrefix(name, prefix) {
			name = prefix + name
		}
		list, err := a.client.List("", name, nil).Collect()
		if err != nil {
			return fmt.Errorf("look for folder %s: %w", name, err)
		}
		if len(list) == 0 {
			a.said.Missing = append(a.said.Missing, name)
		}
	}
	return nil
}
