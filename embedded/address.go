package embedded

import (
	"errors"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// addressMax is the longest address in bytes: a path has 256, two of which are
// the angle brackets (RFC 5321 4.5.3.1.3). The limit of 64 for the local part
// isn't held: VERP senders break it daily.
const addressMax = 254

// checkAddress says what is wrong with an address whose local part has already
// been unquoted; nil if it could stand in an envelope (RFC 5321 4.1.2, with
// UTF-8 as RFC 6531 3.3 allows).
func checkAddress(address string) error {
	at := strings.LastIndexByte(address, '@')
	switch {
	case at < 0:
		return errors.New("no @ in the address")
	case at == 0:
		return errors.New("nothing before the @")
	case len(address) > addressMax:
		return errors.New("address longer than 254 bytes")
	case !utf8.ValidString(address):
		return errors.New("address is not UTF-8")
	case strings.ContainsFunc(address[:at], unicode.IsControl):
		return errors.New("control character in the local part")
	}
	return checkDomain(address[at+1:])
}

func checkDomain(domain string) error {
	if literal, ok := strings.CutPrefix(domain, "["); ok {
		literal, ok = strings.CutSuffix(literal, "]")
		if literal, found := strings.CutPrefix(literal, "IPv6:"); found {
			ip, err := netip.ParseAddr(literal)
			ok = ok && err == nil && ip.Is6() && ip.Zone() == ""
		} else {
			ip, err := netip.ParseAddr(literal)
			ok = ok && err == nil && ip.Is4()
		}
		if !ok {
			return errors.New("bad address literal")
		}
		return nil
	}
	for label := range strings.SplitSeq(domain, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return errors.New("bad domain")
		}
		for _, r := range label {
			// The underscore is no host name, but mail domains with it exist.
			if r < utf8.RuneSelf && r != '-' && r != '_' && !isLetterOrDigit(byte(r)) || unicode.IsControl(r) || unicode.IsSpace(r) {
				return errors.New("bad character in the domain")
			}
		}
	}
	return nil
}

func isLetterOrDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// path writes a checked address as a path, "<local@domain>", with the local
// part quoted where it must be (RFC 5321 4.1.2); "<>" for the empty one.
func path(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return "<" + address + ">"
	}
	local := address[:at]
	if !isDotString(local) {
		local = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(local) + `"`
	}
	return "<" + local + address[at:] + ">"
}

func isDotString(local string) bool {
	for atom := range strings.SplitSeq(local, ".") {
		if atom == "" {
			return false
		}
		for i := range len(atom) {
			if c := atom[i]; c < utf8.RuneSelf && !isLetterOrDigit(c) && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", rune(c)) {
				return false
			}
		}
	}
	return true
}

// foldAddress is the form in which addresses are compared: lower case, the
// domain in A-labels, since senders write either (RFC 5890 2.3.2.1).
func foldAddress(address string) string {
	address = strings.ToLower(address)
	at := strings.LastIndexByte(address, '@')
	if ascii, err := idna.ToASCII(address[at+1:]); err == nil {
		return address[:at+1] + ascii
	}
	return address
}
