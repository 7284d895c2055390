package mailer

import (
	"context"
	"crypto/tls"
	"fmt"
	"strings"

	"github.com/wneessen/go-mail"
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

// Relay is one server that takes mail: a submission host or a smart host. Zero
// numbers stand for the defaults named beside them.
type Relay struct {
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

	Connections int // most at one time; default that of the Options
}

// withDefaults returns a filled copy and tells bad of every bad field.
func (r Relay) withDefaults(bad func(string, ...any)) Relay {
	if r.Host == "" || strings.ContainsAny(r.Host, "/ \t\r\n@<>") || strings.Contains(strings.Trim(r.Host, "[]"), "]") {
		bad("Host %q isn't a host name or IP address", r.Host)
	}
	if strings.HasPrefix(r.Host, "[") || (strings.Count(r.Host, ":") == 1) {
		bad("Host %q holds brackets or a port; put the port into Port", r.Host)
	}
	if r.TLS < StartTLS || r.TLS > NoTLS {
		bad("TLS %v is unknown; use StartTLS, ImplicitTLS, Opportunistic or NoTLS", r.TLS)
	}
	if r.Port == 0 {
		switch r.TLS {
		case ImplicitTLS:
			r.Port = 465
		case NoTLS:
			r.Port = 25
		default:
			r.Port = 587
		}
	}
	if r.Port < 0 || r.Port > 65535 {
		bad("Port %d isn't between 1 and 65535", r.Port)
	}
	if r.TLSConfig == nil {
		r.TLSConfig = &tls.Config{}
	} else {
		r.TLSConfig = r.TLSConfig.Clone()
	}
	if r.TLSConfig.ServerName == "" {
		r.TLSConfig.ServerName = r.Host
	}
	r.TLSConfig.MinVersion = max(r.TLSConfig.MinVersion, tls.VersionTLS12)
	if r.Connections < 0 {
		bad("Connections %d is negative", r.Connections)
	}
	r.checkAuth(bad)
	return r
}

func (r Relay) checkAuth(bad func(string, ...any)) {
	if _, known := mechanisms(r.Auth); r.Auth != "" && !known {
		bad(`Auth %q is unknown; use plain, login, cram-md5, xoauth2, scram-sha-1, scram-sha-256, auto or ""`, r.Auth)
	}
	if r.Auth == "" && (r.Username != "" || r.Password != nil) {
		bad(`Auth is empty though a Username or Password is set; use "auto"`)
	}
	if r.Auth != "" && r.Username == "" {
		bad("Username is empty though Auth is %q", r.Auth)
	}
	if r.Auth != "" && r.Password == nil {
		bad("Password is missing though Auth is %q", r.Auth)
	}
	if err := checkText(r.Username); err != nil {
		bad("Username %w", err)
	}
	if r.TLS == NoTLS && showsSecret(r.Auth) && !isLoopback(r.Host) {
		bad("Auth %q without TLS would show the secret to the network; set TLS", r.Auth)
	}
}

// policy is the STARTTLS part of the TLS mode, for go-mail.
func (r Relay) policy() mail.TLSPolicy {
	switch r.TLS {
	case StartTLS:
		return mail.TLSMandatory
	case Opportunistic:
		return mail.TLSOpportunistic
	default: // implicit TLS stands before go-mail speaks
		return mail.NoTLS
	}
}
