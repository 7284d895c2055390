package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/mailer"
)

type dkimCmd struct {
	New dkimNewCmd `cmd:"" help:"Make a key, and show the record that publishes it."`
}

type dkimNewCmd struct {
	Selector string `help:"Name under which the key is published." required:"" placeholder:"s1"`
	Type     string `help:"rsa (2048 bits) or ed25519." enum:"rsa,ed25519" default:"rsa"`
	Domain   string `help:"Domain that letters are signed for." required:"" placeholder:"market.example" env:"TRADEPOST_DKIM_DOMAIN"`
	Out      string `help:"File that gets the key; it must not exist. Empty: SELECTOR.pem." placeholder:"FILE"`
}

// Run makes the key.
func (c *dkimNewCmd) Run() (err error) {
	name := c.Selector + "._domainkey." + c.Domain
	if tradepost.AddressProblem("x@"+c.Domain) != "" || tradepost.AddressProblem("x@"+c.Selector+"."+c.Domain) != "" {
		return fmt.Errorf("%q is not a name that a key can be published under: both --selector and --domain are letters, digits, hyphens and dots", name)
	}
	key, pem, err := mailer.NewDKIMKey(c.Type)
	if err != nil {
		return err
	}
	record, err := mailer.DKIMRecord(key.Public())
	if err != nil {
		return err
	}
	file := c.Out
	if file == "" {
		file = c.Selector + ".pem"
	}
	// A key that is there already may be the one that signs.
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s is there already: name another file by --out, or another selector", file)
	}
	if err != nil {
		return fmt.Errorf("write the key: %w", err)
	}
	_, err = f.Write(pem)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write the key: %w", err)
	}
	fmt.Printf("%s holds the key: keep it secret\n\nPublish this TXT record of %s:\n\n  %s\n\nThe same as a line of a zone file:\n\n  %s. IN TXT %s\n\n",
		file, name, record, name, quotedTXT(record))
	fmt.Printf("When name servers answer with it, let it sign:\n\n  TRADEPOST_DKIM_DOMAIN=%s\n  TRADEPOST_DKIM_KEYS=%s:%s\n", c.Domain, c.Selector, file)
	return nil
}

// quotedTXT writes a TXT record's value as strings of at most 255 octets (RFC 1035
// 3.3.14).
func quotedTXT(s string) string {
	var parts []string
	for len(s) > 255 {
		parts = append(parts, `"`+s[:255]+`"`)
		s = s[255:]
	}
	return "( " + strings.Join(append(parts, `"`+s+`"`), " ") + " )"
}
