package doctor

import (
	"strings"
	"time"
)

// SMTP is what came of a session with a server that takes mail, in which none was
// sent.
type SMTP struct {
	Server string // host:port
	// Stage is how far the session came when Err ended it: "dial" (connection,
	// greeting and TLS) or "auth".
	Stage string
	Err   error
	// TLS is the protocol's version, as "TLS 1.3"; "" in plain text.
	TLS      string
	NotAfter time.Time // of the server's certificate; zero in plain text
	Loopback bool      // the server is this machine
	Auth     bool      // we have signed in
}

// Findings judges; now is the time that certificates are held against.
func (s SMTP) Findings(now time.Time) []Finding {
	j := judge("server %s", s.Server)
	switch {
	case s.Err != nil && s.Stage == "auth":
		j.notice(Fault, s.Err.Error(), "correct TRADEPOST_SMTP_USERNAME, TRADEPOST_SMTP_PASSWORD (or its file) and TRADEPOST_SMTP_AUTH; of a further server, its URL in TRADEPOST_SMTP_RELAYS")
		return j.findings()
	case s.Err != nil && strings.Contains(s.Err.Error(), "STARTTLS"):
		j.notice(Fault, s.Err.Error(), "use the port where the server offers STARTTLS (587), or set TRADEPOST_SMTP_TLS to implicit (465)")
		return j.findings()
	case s.Err != nil:
		j.notice(Fault, s.Err.Error(), unreachable(s.Err, "TRADEPOST_SMTP_HOST and TRADEPOST_SMTP_PORT"))
		return j.findings()
	}
	switch {
	case s.TLS != "":
		j.note("%s", s.TLS)
	case s.Loopback:
		j.note("plain text, to this machine")
	default:
		j.notice(Warning, "plain text: letters cross the network in the clear", "set TRADEPOST_SMTP_TLS to starttls or implicit")
	}
	j.certificate(s.NotAfter, now)
	if s.Auth {
		j.note("signed in")
	} else {
		j.note("takes us without signing in")
	}
	return j.findings()
}
