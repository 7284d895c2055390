package authenticate

import (
	"context"
	"errors"
	"net"
	"strings"
)

const (
	// maxLookups is for one mail: five keys, two policies, two to see whether a
	// domain exists, and what RFC 7208 4.6.4 allows SPF.
	maxLookups = 20
	// maxTXT is the longest record read, in octets: a key of 16,384 bits.
	maxTXT = 4096
)

var errTooMany = errors.New("too many look-ups for one mail")

// resolver asks the server at address, the system's if it is "".
func resolver(address string) *net.Resolver {
	r := &net.Resolver{
		PreferGo: true,
		// Half an answer about a host isn't taken for "no such host".
		StrictErrors: true,
	}
	if address != "" {
		r.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		}
	}
	return r
}

// lookups are the questions asked for one mail. A name without a record of the
// type is a [net.DNSError] that says IsNotFound; errTooMany is final; every other
// error is one that says IsTemporary.
type lookups struct {
	ctx      context.Context // lives as long as one Check
	resolver *net.Resolver
	left     int
	over     bool // more was asked for than there is left
}

// text returns the TXT records of a name, each with its strings joined.
func (l *lookups) text(name string) ([]string, error) { return l.LookupTXT(l.ctx, name) }

// exists reports whether a name has an address or takes mail (RFC 9091 2.7).
func (l *lookups) exists(name string) (bool, error) {
	_, err := l.LookupIPAddr(l.ctx, name)
	if isNotFound(err) {
		_, err = l.LookupMX(l.ctx, name)
	}
	if isNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

// LookupTXT, with the three below, is what package spf wants.
func (l *lookups) LookupTXT(ctx context.Context, name string) ([]string, error) {
	return ask(l, name, func(name string) ([]string, error) {
		all, err := l.resolver.LookupTXT(ctx, name)
		var short []string
		for _, txt := range all {
			if len(txt) <= maxTXT {
				short = append(short, txt)
			}
		}
		return short, err
	})
}

func (l *lookups) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	return ask(l, name, func(name string) ([]*net.MX, error) { return l.resolver.LookupMX(ctx, name) })
}

func (l *lookups) LookupIPAddr(ctx context.Context, name string) ([]net.IPAddr, error) {
	return ask(l, name, func(name string) ([]net.IPAddr, error) { return l.resolver.LookupIPAddr(ctx, name) })
}

func (l *lookups) LookupAddr(ctx context.Context, address string) ([]string, error) {
	return ask(l, "", func(string) ([]string, error) { return l.resolver.LookupAddr(ctx, address) })
}

// ask asks for a name and sorts the errors. The name is made a full one: the
// system's search list is none of a stranger's.
func ask[T any](l *lookups, name string, question func(name string) ([]T, error)) ([]T, error) {
	if l.left == 0 {
		l.over = true
		return nil, errTooMany
	}
	l.left--
	if name != "" {
		name = strings.TrimSuffix(name, ".") + "."
	}
	answer, err := question(name)
	switch {
	case err == nil, isNotFound(err):
		return answer, err
	case len(answer) > 0: // some of the names in it are invalid
		return answer, nil
	default:
		return nil, &net.DNSError{Err: "no answer", Name: name, IsTemporary: true}
	}
}

func isNotFound(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns) && dns.IsNotFound
}
