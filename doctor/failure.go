package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"
)

// unreachable is what to do about an error of a dial; where names the settings
// that say whom was dialled.
func unreachable(err error, where string) string {
	var dns *net.DNSError
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	var otherHost x509.HostnameError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &otherHost):
		return "name the server in " + where + " as its certificate does, or give it a certificate for this name"
	case errors.As(err, &unknown):
		return "have the server send its intermediate certificates, or add its authority to those this machine trusts"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "renew the server's certificate (and see to this machine's clock)"
	case errors.As(err, &dns) && dns.IsNotFound:
		return "there is no such host: correct " + where
	case errors.As(err, &dns):
		return "see why this machine's name servers don't answer"
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ENOENT):
		return "nothing listens there: start the server, or correct " + where
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "see whether a firewall stands between, and whether " + where + " is right"
	case errors.As(err, &record):
		return "the server doesn't speak TLS from the first octet there: use starttls, or another port"
	}
	return "see what it says, and correct " + where
}

func isTimeout(err error) bool {
	var n interface{ Timeout() bool }
	return errors.As(err, &n) && n.Timeout()
}

// soon is how long before its end a certificate is spoken of: what renews by
// itself has done so 30 days before (Let's Encrypt), and people need some days.
const soon = 14 * 24 * time.Hour

// certificate judges the end of a certificate that is valid now; the zero time is
// a connection without TLS.
func (j *judgement) certificate(notAfter, now time.Time) {
	if notAfter.IsZero() {
		return
	}
	left := notAfter.Sub(now)
	day := notAfter.UTC().Format("2006-01-02")
	if left < soon {
		j.notice(Warning, fmt.Sprintf("the certificate ends on %s, in %d days", day, max(0, int(left.Hours()/24))), "renew the server's certificate: from that day on nothing connects")
		return
	}
	j.note("certificate until %s", day)
}
