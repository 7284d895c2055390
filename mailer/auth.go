package mailer

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/wneessen/go-mail/smtp"
)

// mechanisms gives the SASL names that an Options.Auth allows, best first, and
// whether the word is known.
func mechanisms(auth string) ([]string, bool) {
	switch auth {
	case "plain", "login", "cram-md5", "xoauth2", "scram-sha-1", "scram-sha-256":
		return []string{strings.ToUpper(auth)}, true
	case "auto":
		return []string{"SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN"}, true
	}
	return nil, false
}

// showsSecret reports whether a mechanism sends the secret itself.
func showsSecret(mechanism string) bool {
	return slices.Contains([]string{"PLAIN", "LOGIN", "XOAUTH2"}, strings.ToUpper(mechanism))
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && ip.IsLoopback())
}

// chosenAuth is a smtp.Auth that picks the mechanism when the server has said
// what it offers. go-mail's own choice sends an XOAUTH2 token in plain text,
// and takes implicit TLS through a custom dialler for plain text.
type chosenAuth struct {
	host             string
	allowed          []string
	username, secret string
	started          func()
	smtp.Auth        // set by Start
}

// Start picks and starts a mechanism (smtp.Auth).
func (a *chosenAuth) Start(server *smtp.ServerInfo) (string, []byte, error) {
	a.started()
	if len(server.Auth) == 0 {
		return "", nil, errors.New("the server offers no AUTH here; set Auth to none, or another port or TLS mode")
	}
	safe := server.TLS || isLoopback(a.host)
	hidden := false
	for _, mechanism := range a.allowed {
		offered := slices.ContainsFunc(server.Auth, func(s string) bool { return strings.EqualFold(s, mechanism) })
		if !offered {
			continue
		}
		if showsSecret(mechanism) && !safe {
			hidden = true
			continue
		}
		switch mechanism {
		case "PLAIN":
			a.Auth = smtp.PlainAuth("", a.username, a.secret, a.host, safe)
		case "LOGIN":
			a.Auth = smtp.LoginAuth(a.username, a.secret, a.host, safe)
		case "CRAM-MD5":
			a.Auth = smtp.CRAMMD5Auth(a.username, a.secret)
		case "XOAUTH2":
			a.Auth = smtp.XOAuth2Auth(a.username, a.secret)
		case "SCRAM-SHA-1":
			a.Auth = smtp.ScramSHA1Auth(a.username, a.secret)
		case "SCRAM-SHA-256":
			a.Auth = smtp.ScramSHA256Auth(a.username, a.secret)
		}
		return a.Auth.Start(server)
	}
	if hidden {
		return "", nil, errors.New("without TLS only mechanisms that hide the secret are used, and the server offers none of them")
	}
	return "", nil, fmt.Errorf("the server offers %s; wanted one of %s",
		strings.Join(server.Auth, " "), strings.Join(a.allowed, " "))
}
