package mailer

import (
	"bytes"
	"crypto"
	"fmt"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// DKIM signs every letter of a [Pool] (RFC 6376). Domain is the d= tag,
// Selector the s= tag, Key an *rsa.PrivateKey (2048 bits or more) or an
// ed25519.PrivateKey (RFC 8463); [DKIMKey] reads one from PEM. The signature's
// time is the letter's Date, so that a second attempt sends the same bytes.
type DKIM struct {
	Domain   string
	Selector string
	Key      crypto.Signer
}

// DKIMKey reads a private key from PEM: "RSA PRIVATE KEY" (PKCS #1) or
// "PRIVATE KEY" (PKCS #8, RSA or Ed25519).
func DKIMKey(pem []byte) (crypto.Signer, error) {
	key, err := mail.PrivKeyFromPEM(pem)
	if err != nil {
		return nil, fmt.Errorf("read DKIM key: %w", err)
	}
	return key, nil
}

// signedFields replaces go-mail's default list, which lacks the two fields that
// RFC 8058 4 wants covered and those that decide where an answer goes. Listing
// an absent field keeps others from adding it (RFC 6376 5.4.2); From stands
// twice for that reason.
func signedFields() []string {
	return []string{
		"From", "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
		"MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Auto-Submitted",
		"List-ID", "List-Unsubscribe", "List-Unsubscribe-Post",
	}
}

// signer is made anew for each letter: go-mail's writes to itself in Sign.
func (d *DKIM) signer(t time.Time) *mail.DKIMSigner {
	s := mail.NewDKIMSigner(d.Domain, d.Selector, d.Key)
	s.NowFunc = func() time.Time { return t }
	s.SignHeaders(signedFields()...)
	return s
}

// sign puts the signature in front of a composed message.
func (d *DKIM) sign(b []byte, t time.Time) ([]byte, error) {
	header, body, _ := bytes.Cut(b, []byte("\r\n\r\n"))
	signature, err := d.signer(t).Sign(append(bytes.Clone(header), "\r\n"...), body)
	if err != nil {
		return nil, fmt.Errorf("sign for %s._domainkey.%s: %w", d.Selector, d.Domain, err)
	}
	return append([]byte(refold(signature)), b...), nil
}

// refold moves the line breaks of go-mail's signature field. It breaks a tag
// longer than a line anywhere, even within a name of h=, but has signed the
// unbroken text, so that the list above makes every signature wrong. Here a
// line ends only after a tag, where a space was signed, and within b=, which
// isn't signed (RFC 6376 3.7).
func refold(field string) string {
	field = strings.ReplaceAll(strings.TrimSuffix(field, "\r\n"), "\r\n ", "")
	at := strings.LastIndex(field, "; b=") + len("; b=")
	var out strings.Builder
	out.WriteString(strings.ReplaceAll(field[:at], "; ", ";\r\n "))
	for rest := field[at:]; rest != ""; {
		n := min(72, len(rest))
		out.WriteString("\r\n " + rest[:n])
		rest = rest[n:]
	}
	out.WriteString("\r\n")
	return out.String()
}
