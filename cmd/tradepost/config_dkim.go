package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost/mailer"
)

// dkimConfig is what signs letters.
type dkimConfig struct {
	DKIMDomain string   `name:"dkim-domain" help:"Domain that letters are signed for: that of the sender's address, or one above it." placeholder:"market.example" env:"TRADEPOST_DKIM_DOMAIN"`
	DKIMKeys   []string `name:"dkim-keys" help:"Keys that sign, as SELECTOR:FILE or SELECTOR:FILE@FROM..UNTIL, days in UTC, either of which may be left out." placeholder:"s1:/etc/tradepost/s1.pem" env:"TRADEPOST_DKIM_KEYS"`
}

// dkim reads the keys; nil: letters aren't signed here. The error has a line for
// each fault.
func (c *dkimConfig) dkim() (*mailer.DKIM, error) {
	switch {
	case c.DKIMDomain == "" && len(c.DKIMKeys) == 0:
		return nil, nil //nolint:nilnil // not signing is a choice, and nil is how the mailer has it
	case c.DKIMDomain == "":
		return nil, errors.New("TRADEPOST_DKIM_DOMAIN is missing though TRADEPOST_DKIM_KEYS has keys")
	case len(c.DKIMKeys) == 0:
		return nil, errors.New("TRADEPOST_DKIM_KEYS is missing though TRADEPOST_DKIM_DOMAIN is set: make a key by tradepost dkim new")
	}
	d := &mailer.DKIM{Domain: c.DKIMDomain}
	var errs []error
	for i, s := range c.DKIMKeys {
		k, err := parseSigningKey(s)
		if err != nil {
			errs = append(errs, fmt.Errorf("TRADEPOST_DKIM_KEYS: key %d: %w", i+1, err))
			continue
		}
		d.Keys = append(d.Keys, k)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return d, nil
}

// parseSigningKey reads SELECTOR:FILE@FROM..UNTIL and the file.
func parseSigningKey(s string) (mailer.SigningKey, error) {
	selector, file, ok := strings.Cut(s, ":")
	if !ok || selector == "" || file == "" {
		return mailer.SigningKey{}, errors.New("isn't written SELECTOR:FILE")
	}
	k := mailer.SigningKey{Selector: selector}
	if at := strings.LastIndexByte(file, '@'); at >= 0 && strings.Contains(file[at:], "..") {
		from, until, _ := strings.Cut(file[at+1:], "..")
		file = file[:at]
		var fromErr, untilErr error
		k.NotBefore, fromErr = keyDay(from)
		k.NotAfter, untilErr = keyDay(until)
		if err := errors.Join(fromErr, untilErr); err != nil {
			return k, fmt.Errorf("%q has a time that isn't like 2026-12-01..2027-06-01", selector)
		}
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return k, fmt.Errorf("%q: %w", selector, err)
	}
	if k.Key, err = mailer.DKIMKey(b); err != nil {
		return k, fmt.Errorf("%q: %s holds no RSA or Ed25519 key in PEM: %w", selector, file, err)
	}
	return k, nil
}

// keyDay reads midnight UTC of a day; "" is the zero time.
func keyDay(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.DateOnly, s)
}
