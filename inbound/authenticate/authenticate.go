package authenticate

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/message"
)

// defaultTimeout bounds the look-ups of one mail. RFC 7208 4.6.4 wants at least
// 20 s for SPF alone, of a server that has a client on the line; here a mail that
// wasn't answered in time is asked about again.
const defaultTimeout = 10 * time.Second

// Options say whom an [Authenticator] believes. The zero value believes nobody
// and asks the system's resolver.
type Options struct {
	// AuthservID is the authserv-id of the receiving server, whose
	// Authentication-Results are believed (RFC 8601 2.5), compared without regard
	// to case; "" is nobody's.
	AuthservID string
	// ReceivingHost is the host that the topmost Received must be "by", so that
	// SPF can be checked; "" means no SPF.
	ReceivingHost string
	// DNS is "" for the system's resolver, "off" for no check of our own, else
	// host:port of a server that answers recursive queries.
	DNS string
	// Timeout is for all look-ups of one mail together; 10 s if zero.
	Timeout time.Duration
}

// Authenticator checks mails one at a time, any number at once.
type Authenticator struct {
	authservID, receivingHost string
	dns                       *net.Resolver // nil: no check of our own
	timeout                   time.Duration
}

// New returns an Authenticator. Its errors, all at once, say what to write
// instead.
func New(o Options) (*Authenticator, error) {
	var faults []error
	if strings.ContainsAny(o.AuthservID, " \t\r\n;()\"") {
		faults = append(faults, fmt.Errorf("authserv-id %q: write what stands before the first semicolon of the "+
			"Authentication-Results that your mail server adds, without a version, such as mx.example.com", o.AuthservID))
	}
	host := strings.TrimSuffix(o.ReceivingHost, ".")
	if strings.ContainsAny(host, " \t\r\n;()\"[]@") {
		faults = append(faults, fmt.Errorf("receiving host %q: write the name behind \"by\" in the topmost Received "+
			"that your mail server adds, such as mx.example.com", o.ReceivingHost))
	}
	if o.Timeout < 0 {
		faults = append(faults, fmt.Errorf("timeout %v for look-ups: write a time above zero, such as 10s", o.Timeout))
	}
	if o.DNS != "" && o.DNS != "off" {
		server, port, err := net.SplitHostPort(o.DNS)
		if n, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || n == 0 || server == "" {
			faults = append(faults, fmt.Errorf("DNS server %q: write host:port such as 127.0.0.1:53, \"off\" for no check "+
				"of our own, or nothing for the system's resolver", o.DNS))
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	a := &Authenticator{authservID: o.AuthservID, receivingHost: host, timeout: o.Timeout}
	if a.timeout == 0 {
		a.timeout = defaultTimeout
	}
	if o.DNS != "off" {
		a.dns = resolver(o.DNS)
	}
	return a, nil
}

// Check says how the sender of a mail was authenticated. raw are the bytes that m
// was parsed from. from is the one address of From, "" if there is none that
// counts: then, and if its domain is none that the DNS can know, the result is
// none. Whatever fails is temporary or none; ended by ctx, it is temporary. The
// detail has at most 300 octets, all of them printable.
func (a *Authenticator) Check(ctx context.Context, raw []byte, m *message.Message, from string) tradepost.Authentication {
	domain, ok := domainOf(from)
	if !ok {
		return tradepost.Authentication{Result: tradepost.AuthenticationNone}
	}
	answer := func(by string, result tradepost.AuthenticationResult, detail string) tradepost.Authentication {
		return tradepost.Authentication{Result: result, By: by, Domain: domain, Detail: printable(detail)}
	}
	server, told := a.serverSays(m, domain)
	if told && server.result != tradepost.AuthenticationTemporary {
		return answer("authserv", server.result, server.detail)
	}
	if a.dns != nil {
		ctx, cancel := context.WithTimeout(ctx, a.timeout)
		defer cancel()
		c := check{authenticator: a, dns: &lookups{ctx: ctx, resolver: a.dns, left: maxLookups}, m: m, domain: domain}
		own := c.own(raw)
		// What the server could not find out we may.
		if !told || own.result == tradepost.AuthenticationPass || own.result == tradepost.AuthenticationFail {
			return answer("own", own.result, own.detail)
		}
	}
	if told {
		return answer("authserv", server.result, server.detail)
	}
	return answer("", tradepost.AuthenticationNone, "")
}

// finding is one party's answer, with its reasons for people.
type finding struct {
	result tradepost.AuthenticationResult
	detail string
}
