package dnstest

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"testing"

	"github.com/emersion/go-msgauth/dkim"
)

// NewKey makes an Ed25519 key to sign with.
func NewKey(t testing.TB) crypto.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatalf("make a key: %v", err)
	}
	return key
}

// KeyRecord returns what SELECTOR._domainkey.DOMAIN publishes for a key, RSA or
// Ed25519 (RFC 6376 3.6.1, RFC 8463 3).
func KeyRecord(t testing.TB, key crypto.Signer) string {
	t.Helper()
	switch public := key.Public().(type) {
	case ed25519.PublicKey:
		return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)
	case *rsa.PublicKey:
		der, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			t.Fatalf("write a public key: %v", err)
		}
		return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der)
	default:
		t.Fatalf("a key of type %T signs no mail", public)
		return ""
	}
}

// Sign returns raw with a DKIM-Signature above it, relaxed, over the fields that
// mail servers sign. It makes CRLF of the line ends of raw, as a mailbox has them.
func Sign(t testing.TB, domain, selector string, key crypto.Signer, raw []byte) []byte {
	t.Helper()
	return SignWith(t, &dkim.SignOptions{
		Domain: domain, Selector: selector, Signer: key,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
		HeaderKeys: []string{"From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
			"MIME-Version", "Content-Type"},
	}, raw)
}

// SignWith signs as [Sign] does, in the way told.
func SignWith(t testing.TB, options *dkim.SignOptions, raw []byte) []byte {
	t.Helper()
	raw = bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
	var signed bytes.Buffer
	if err := dkim.Sign(&signed, bytes.NewReader(raw), options); err != nil {
		t.Fatalf("sign for %s: %v", options.Domain, err)
	}
	return signed.Bytes()
}
