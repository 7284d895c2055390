package inbound

import (
	"context"
	"fmt"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-sasl"
)

// The words of Mailbox.Auth.
const (
	authLogin   = "login"
	authPlain   = "plain"
	authXOAUTH2 = "xoauth2"
)

// authenticate signs in. The password is asked for by the caller, as that may
// take longer than a command.
func (s *session) authenticate(box Mailbox, secret string) error {
	var err error
	switch box.Auth {
	case authPlain:
		err = s.client.Authenticate(sasl.NewPlainClient("", box.Username, secret))
	case authXOAUTH2:
		err = s.client.Authenticate(xoauth2{box.Username, secret})
	default:
		if s.client.Caps().Has(imap.CapLoginDisabled) {
			return fmt.Errorf("the server takes no LOGIN here; use starttls or implicit TLS, or another Auth")
		}
		err = s.client.Login(box.Username, secret).Wait()
	}
	if err != nil {
		return fmt.Errorf("sign in as %s: %w", box.Username, err)
	}
	return nil
}

// xoauth2 is the SASL mechanism XOAUTH2 of Google and Microsoft, which go-sasl
// lacks.
type xoauth2 struct{ username, token string }

// Start sends the token at once (sasl.Client).
func (a xoauth2) Start() (mech string, ir []byte, err error) {
	return "XOAUTH2", []byte("user=" + a.username + "\x01auth=Bearer " + a.token + "\x01\x01"), nil
}

// Next is called only when the token was refused; the challenge is JSON that
// says why, without the token.
func (a xoauth2) Next(challenge []byte) ([]byte, error) {
	return nil, fmt.Errorf("token refused: %.200q", challenge)
}

// secret asks for the password or token.
func (o *Mailbox) secret(ctx context.Context) (string, error) {
	secret, err := o.Password(ctx)
	if err != nil {
		return "", fmt.Errorf("ask for the password of %s: %w", o.Username, err)
	}
	return secret, nil
}
