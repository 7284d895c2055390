package mailer

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strconv"

	"github.com/wneessen/go-mail"
)

// dialError says how far a dial came.
type dialError struct {
	stage string
	err   error
}

func (e *dialError) Error() string { return e.stage + ": " + e.err.Error() }
func (e *dialError) Unwrap() error { return e.err }

// dial connects, negotiates TLS and authenticates by go-mail. A go-mail client
// is made for each dial: it keeps one password, and its choice of mechanism, for
// its lifetime.
func (r *relay) dial(ctx context.Context) (*conn, error) {
	o := &r.pool.opts
	ctx, cancel := context.WithTimeoutCause(ctx, o.DialTimeout,
		fmt.Errorf("no session with %s within %v", r.Host, o.DialTimeout))
	defer cancel()

	whole := ctx // go-mail derives shorter-lived ones

	stage := StageDial
	var raw net.Conn // closed here, since go-mail leaves it open on errors
	uninterrupted := func() bool { return true }
	fail := func(err error) (*conn, error) {
		if raw != nil {
			_ = raw.Close() // the error that led here is the one that counts
		}
		if ctx.Err() != nil {
			err = fmt.Errorf("%w (%w)", context.Cause(ctx), err)
		}
		return nil, &dialError{stage, err}
	}

	opts := []mail.Option{
		mail.WithPort(r.Port),
		mail.WithTimeout(o.DialTimeout),
		mail.WithHELO(o.HELO),
		mail.WithTLSConfig(r.TLSConfig.Clone()),
		mail.WithTLSPolicy(r.policy()),
		mail.WithDialContextFunc(func(ctx context.Context, network, _ string) (net.Conn, error) {
			var d net.Dialer
			// Not go-mail's address, which takes an IPv6 host only in brackets.
			c, err := d.DialContext(ctx, network, net.JoinHostPort(r.Host, strconv.Itoa(r.Port)))
			if err != nil {
				return nil, err
			}
			raw = c
			// go-mail minds its context up to here only. Closing interrupts
			// greeting, TLS and AUTH, and no later deadline undoes it.
			uninterrupted = context.AfterFunc(whole, func() { _ = c.Close() })
			if r.TLS != ImplicitTLS {
				return raw, nil
			}
			// go-mail ignores WithSSL when it has a dial function.
			t := tls.Client(raw, r.TLSConfig)
			err = t.HandshakeContext(ctx)
			return t, err
		}),
	}
	if r.Auth != "" {
		secret, err := r.Password(ctx)
		if err != nil {
			stage = StageAuth
			return fail(fmt.Errorf("ask for the password: %w", err))
		}
		allowed, _ := mechanisms(r.Auth)
		opts = append(opts, mail.WithSMTPAuthCustom(&chosenAuth{
			host: r.Host, allowed: allowed, username: r.Username, secret: secret,
			started: func() { stage = StageAuth },
		}))
	}
	dialler, err := mail.NewClient(r.Host, opts...)
	if err != nil {
		return fail(err)
	}

	client, err := dialler.DialToSMTPClientWithContext(ctx)
	if !uninterrupted() && err == nil {
		err = errors.New("interrupted")
	}
	if err != nil {
		return fail(err)
	}
	c := &conn{raw: raw, text: client.Text, timeouts: timeouts{o.CommandTimeout, o.DataTimeout}}
	c.pipelining, _ = client.Extension("PIPELINING")
	c.smtputf8, _ = client.Extension("SMTPUTF8")
	c.eightBit, _ = client.Extension("8BITMIME")
	var limit string
	if c.size, limit = client.Extension("SIZE"); c.size {
		c.limit, _ = strconv.ParseInt(limit, 10, 64) // absent or odd: no limit known (RFC 1870 3)
	}
	return c, nil
}

// failedDial is the Result of a dial that gave err: always Temporary.
func failedDial(err error) Result {
	r := Result{Verdict: Temporary, Stage: StageDial, Err: err}
	if d, ok := errors.AsType[*dialError](err); ok {
		r.Stage = d.stage
	}
	if answer, ok := errors.AsType[*textproto.Error](err); ok {
		said := reply{answer.Code, answer.Msg}
		r.Code, r.EnhancedCode, r.Reply = said.code, said.enhanced(), said.line()
	}
	return r
}
