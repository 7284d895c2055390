package mailer

import (
	"errors"
	"fmt"
	"net/mail"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Address is one mailbox (RFC 5322 3.4).
//
// Name is the display name in any script, "" for none; it may hold quotes,
// backslashes and commas, and is encoded so that the reader sees exactly it.
// Addr is the bare address `local@domain`: at most 254 octets, at most 64 of
// them local (RFC 5321 4.5.3.1, erratum 1690). The local part is a dot-atom, or
// a quoted string of atom characters and dots. A domain in another script is
// sent in its ASCII form (RFC 5891), so that only a local part outside ASCII
// needs a server with SMTPUTF8 (RFC 6531).
type Address struct {
	Name string
	Addr string
}

// IsZero reports whether both fields are empty: no such mailbox.
func (a Address) IsZero() bool { return a == Address{} }

// The limits of RFC 5321 4.5.3.1 as corrected by erratum 1690: a path is 256
// octets with its angle brackets.
const (
	maxAddr  = 254
	maxLocal = 64
)

// NormalizeAddr checks a bare address by the grammar of [Address] and returns
// it as it will stand in the envelope and the header: the domain in ASCII and
// lower case, the local part untouched. The error says what is wrong.
//
// The grammar is narrower than RFC 5321's on purpose: a quoted local part with
// a space or an angle bracket can carry ESMTP parameters into the dialogue
// (CVE-2025-59937).
func NormalizeAddr(addr string) (string, error) {
	if err := checkText(addr); err != nil {
		return "", err
	}
	if len(addr) > maxAddr {
		return "", fmt.Errorf("has %d octets; at most %d are allowed (RFC 5321 4.5.3.1)", len(addr), maxAddr)
	}
	at := strings.LastIndexByte(addr, '@')
	if at < 0 {
		return "", errors.New("has no @; give local@domain")
	}
	local, domain := addr[:at], addr[at+1:]
	if err := checkLocal(local); err != nil {
		return "", err
	}
	ascii, err := asciiDomain(domain)
	if err != nil {
		return "", err
	}
	out := local + "@" + ascii
	if len(out) > maxAddr {
		return "", fmt.Errorf("has %d octets with its domain in ASCII; at most %d are allowed", len(out), maxAddr)
	}
	// A second opinion: what readers parse with must see one bare mailbox.
	parsed, err := mail.ParseAddress("<" + out + ">")
	if err != nil {
		return "", fmt.Errorf("isn't an address by RFC 5322: %w", err)
	}
	if parsed.Name != "" {
		return "", errors.New("holds a display name; give the bare address")
	}
	return out, nil
}

func checkLocal(local string) error {
	if local == "" {
		return errors.New("has nothing before the @")
	}
	if len(local) > maxLocal {
		return fmt.Errorf("has %d octets before the @; at most %d are allowed (RFC 5321 4.5.3.1.1)", len(local), maxLocal)
	}
	if inner, ok := strings.CutPrefix(local, `"`); ok {
		// QUIRK: Japanese carriers issued addresses such as "a..b"@domain and
		// "a."@domain; quoting is then needed and harmless.
		inner, ok = strings.CutSuffix(inner, `"`)
		if !ok || inner == "" {
			return errors.New("has an unfinished quote before the @")
		}
		for _, r := range inner {
			if r != '.' && !isAtom(r) {
				return fmt.Errorf("has %q in a quoted local part; only letters, digits, dots and !#$%%&'*+-/=?^_`{|}~ are accepted there", r)
			}
		}
		return nil
	}
	for atom := range strings.SplitSeq(local, ".") {
		if atom == "" {
			return errors.New("has a dot at the edge of its local part, or two in a row")
		}
		for _, r := range atom {
			if !isAtom(r) {
				return fmt.Errorf("has %q before the @, which isn't allowed there", r)
			}
		}
	}
	return nil
}

// isAtom tells atext (RFC 5322 3.2.3), extended by the visible characters
// outside ASCII (RFC 6532 3.2).
func isAtom(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return true
	case r < utf8.RuneSelf:
		return strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
	}
	return r != utf8.RuneError && unicode.IsGraphic(r) && !unicode.IsSpace(r)
}

// asciiDomain gives the domain as A-labels and in lower case, or the address
// literal as it is (RFC 5321 4.1.3).
func asciiDomain(domain string) (string, error) {
	if lit, ok := strings.CutPrefix(domain, "["); ok {
		lit, ok = strings.CutSuffix(lit, "]")
		ip := strings.TrimPrefix(lit, "IPv6:")
		a, err := netip.ParseAddr(ip)
		if !ok || err != nil || a.Zone() != "" || a.Is4() != (ip == lit) {
			return "", errors.New("has a malformed address literal after the @; write [192.0.2.1] or [IPv6:2001:db8::1]")
		}
		return domain, nil
	}
	ascii := strings.ToLower(domain)
	if !isASCII(domain) {
		var err error
		if ascii, err = idna.Lookup.ToASCII(domain); err != nil {
			return "", fmt.Errorf("has a domain that no DNS name can stand for: %w", err)
		}
	}
	if len(ascii) > 253 {
		return "", errors.New("has a domain of more than 253 octets")
	}
	for label := range strings.SplitSeq(ascii, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return "", fmt.Errorf("has the malformed label %q in its domain", label)
		}
		for i := range len(label) {
			c := label[i]
			if c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
				return "", fmt.Errorf("has %q in its domain; only letters, digits and hyphens stand there", c)
			}
		}
	}
	return ascii, nil
}

// format renders a checked mailbox for a header field: every run of spaces is
// a single one, so that folding at spaces loses nothing.
func (a Address) format() string {
	switch {
	case a.Name == "":
		return "<" + a.Addr + ">"
	case !isPlain(a.Name):
		return encodeWords(a.Name) + " <" + a.Addr + ">"
	case strings.ContainsFunc(a.Name, func(r rune) bool { return r != ' ' && !isAtom(r) }):
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(a.Name) + `" <` + a.Addr + ">"
	}
	return a.Name + " <" + a.Addr + ">"
}
