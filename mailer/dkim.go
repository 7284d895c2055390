package mailer

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// DKIM signs every letter of a [Pool] (RFC 6376) by each of its keys whose time
// it is: an RSA and an Ed25519 key make two signatures (RFC 8463 3), of which a
// receiver needs to understand one. The signatures' time is the letter's Date, and
// it is that time which chooses the keys, so that a second attempt sends the same
// bytes.
type DKIM struct {
	Domain string // d=, in ASCII
	// Selector and Key are a first key that always signs; both may be left out.
	Selector string
	Key      crypto.Signer
	Keys     []SigningKey
}

// whole is a copy whose Keys are all keys.
func (d *DKIM) whole() *DKIM {
	c := &DKIM{Domain: d.Domain}
	if d.Selector != "" || d.Key != nil {
		c.Keys = append(c.Keys, SigningKey{Selector: d.Selector, Key: d.Key})
	}
	c.Keys = append(c.Keys, d.Keys...)
	return c
}

// SigningKey is one key. Between NotBefore and NotAfter it signs; its record
// has to be published before the former and a week beyond the latter.
type SigningKey struct {
	Selector string        // s=
	Key      crypto.Signer // *rsa.PrivateKey of 2048 bits or more, or ed25519.PrivateKey

	NotBefore time.Time // zero: always
	NotAfter  time.Time // the first moment at which it doesn't sign; zero: never
}

// signsAt reports whether it is the key's time.
func (k SigningKey) signsAt(t time.Time) bool {
	return !t.Before(k.NotBefore) && (k.NotAfter.IsZero() || t.Before(k.NotAfter))
}

// at are the keys that sign a letter of a time. A letter from before the first
// key's time is signed by the first: signed late is better than not at all.
func (d *DKIM) at(t time.Time) []SigningKey {
	var keys []SigningKey
	for _, k := range d.Keys {
		if k.signsAt(t) {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return d.Keys[:1]
	}
	return keys
}

func (d *DKIM) check(now time.Time, bad func(string, ...any)) {
	if ascii, err := asciiDomain(d.Domain); err != nil || ascii != strings.ToLower(d.Domain) {
		bad("DKIM.Domain %q isn't a domain name in ASCII", d.Domain)
	}
	if len(d.Keys) == 0 {
		bad("DKIM.Keys is empty")
		return
	}
	seen := map[string]bool{}
	for _, k := range d.Keys {
		if ascii, err := asciiDomain(k.Selector); err != nil || ascii != strings.ToLower(k.Selector) {
			bad("DKIM selector %q isn't a name of dotted labels", k.Selector)
		}
		if seen[k.Selector] {
			bad("DKIM selector %q stands there twice", k.Selector)
		}
		seen[k.Selector] = true
		if !k.NotAfter.IsZero() && !k.NotBefore.Before(k.NotAfter) {
			bad("DKIM key %q ends before it begins", k.Selector)
		}
		if err := checkSigner(k.Key); err != nil {
			bad("DKIM key %q %w", k.Selector, err)
		}
	}
	if gap, ok := d.gap(now); ok {
		bad("DKIM: no key signs from %s on; give one a longer time", gap.UTC().Format("2006-01-02 15:04 MST"))
	}
}

// gap finds the first time from now on at which no key signs.
func (d *DKIM) gap(now time.Time) (time.Time, bool) {
	for t := now; ; {
		var until time.Time
		covered := false
		for _, k := range d.Keys {
			switch {
			case !k.signsAt(t):
			case k.NotAfter.IsZero():
				return time.Time{}, false
			default:
				covered = true
				if k.NotAfter.After(until) {
					until = k.NotAfter
				}
			}
		}
		if !covered {
			return t, true
		}
		t = until
	}
}

func checkSigner(key crypto.Signer) error {
	switch key := key.(type) {
	case ed25519.PrivateKey:
		if len(key) != ed25519.PrivateKeySize {
			return errors.New("isn't a whole Ed25519 key")
		}
	case *rsa.PrivateKey:
		if key == nil || key.N.BitLen() < 2048 {
			return errors.New("is an RSA key of fewer than 2048 bits, which receivers distrust (RFC 8301 3.2)")
		}
	default:
		return fmt.Errorf("is %T; use RSA or Ed25519", key)
	}
	return nil
}

// DKIMKey reads a private key from PEM: "RSA PRIVATE KEY" (PKCS #1) or
// "PRIVATE KEY" (PKCS #8, RSA or Ed25519).
func DKIMKey(text []byte) (crypto.Signer, error) {
	key, err := mail.PrivKeyFromPEM(text)
	if err != nil {
		return nil, fmt.Errorf("read DKIM key: %w", err)
	}
	return key, nil
}

// NewDKIMKey makes a key of a type, "rsa" (2048 bits, as longer ones don't fit
// every DNS server's answer) or "ed25519", and writes it as PEM (PKCS #8).
func NewDKIMKey(kind string) (crypto.Signer, []byte, error) {
	var key crypto.Signer
	var err error
	switch kind {
	case "rsa":
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	case "ed25519":
		_, key, err = ed25519.GenerateKey(rand.Reader)
	default:
		return nil, nil, fmt.Errorf("key type %q is unknown; use rsa or ed25519", kind)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("make DKIM key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, fmt.Errorf("write DKIM key: %w", err)
	}
	return key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// DKIMRecord is the TXT record that publishes a key at SELECTOR._domainkey.DOMAIN
// (RFC 6376 3.6.1, RFC 8463 4). A string of a TXT record holds 255 octets, so an RSA
// key's has to be split where it is published.
func DKIMRecord(public crypto.PublicKey) (string, error) {
	switch key := public.(type) {
	case ed25519.PublicKey:
		return "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(key), nil
	case *rsa.PublicKey:
		der, err := x509.MarshalPKIXPublicKey(key)
		if err != nil {
			return "", fmt.Errorf("write DKIM record: %w", err)
		}
		return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der), nil
	}
	return "", fmt.Errorf("write DKIM record: %T isn't an RSA or Ed25519 key", public)
}
