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
func (p *Pool) dial(ctx context.Context) (*conn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, p.opts.DialTimeout,
		fmt.Errorf("no session with %s within %v", p.opts.Host, p.opts.DialTimeout))
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
		mail.WithPort(p.opts.Port),
		mail.WithTimeout(p.opts.DialTimeout),
		mail.WithHELO(p.opts.HELO),
		mail.WithTLSConfig(p.opts.TLSConfig.Clone()),
		mail.WithTLSPolicy(p.opts.policy()),
		mail.WithDialContextFunc(func(ctx context.Context, network, _ string) (net.Conn, error) {
			var d net.Dialer
			// Not go-mail's address, which takes an IPv6 host only in brackets.
			c, err := d.DialContext(ctx, network, net.JoinHostPort(p.opts.Host, strconv.Itoa(p.opts.Port)))
			if err != nil {
				return nil, err
			}
			raw = c
			// go-mail minds its context up to here only. Closing interrupts
			// greeting, TLS and AUTH, and no later deadline undoes it.
			uninterrupted = context.AfterFunc(whole, func() { _ = c.Close() })
			if p.opts.TLS != ImplicitTLS {
				return raw, nil
			}
			// go-mail ignores WithSSL when it has a dial function.
			t := tls.Client(raw, p.opts.TLSConfig)
			err = t.HandshakeContext(ctx)
			return t, err
		}),
	}
	if p.opts.Auth != "" {
		secret, err := p.opts.Password(ctx)
		if err != nil {
			stage = StageAuth
			return fail(fmt.Errorf("ask for the password: %w", err))
		}
		allowed, _ := mechanisms(p.opts.Auth)
		opts = append(opts, mail.WithSMTPAuthCustom(&chosenAuth{
			host: p.opts.Host, allowed: allowed, username: p.opts.Username, secret: secret,
			started: func() { stage = StageAuth },
		}))
	}
	dialler, err := mail.NewClient(p.opts.Host, opts...)
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
	c := &conn{raw: raw, text: client.Text, timeouts: timeouts{p.opts.CommandTimeout, p.opts.DataTimeout}}
	c.pipelining, _ = client.Extension("PIPELINING")
	c.smtputf8, _ = client.Extension("SMTPUTF8")
	c.eightBit, _ = client.Extension("8BITMIME")
	var limit string
	if c.size, limit = client.Extension("SIZE"); c.size {
		c.limit, _ = strconv.ParseInt(limit, 10, 64) // absent or odd: no limit known (RFC 1870 3)
	}
	return c, nil
}

// policy is the STARTTLS part of the TLS mode, for go-mail.
func (o *Options) policy() mail.TLSPolicy {
	switch o.TLS {
	case StartTLS:
		return mail.TLSMandatory
	case Opportunistic:
		return mail.TLSOpportunistic
	default: // implicit TLS stands before go-mail speaks
		return mail.NoTLS
	}
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
