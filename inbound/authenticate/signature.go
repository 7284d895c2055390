package authenticate

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/tradepost-mail/tradepost/inbound/message"
)

// Bounds of what is verified. Mail with more is not refused, it is unsigned.
const (
	maxSignatures  = 5       // of those that can be aligned
	maxHeader      = 1 << 18 // octets
	maxHeaderLines = 5000    // the verifier needs time of lines × octets
	maxSignedNames = 200     // in h=; the verifier needs time of names × fields
)

// identifier is a domain that may stand for the mail, and what came of checking
// it, by the names of RFC 8601 2.7.
type identifier struct {
	method   string // "dkim" or "spf"
	domain   string // d=, or of the envelope sender
	selector string // s=, of "dkim"
	result   string
}

// signedMail is a mail as a verifier sees it: no tolerance, one field after
// another up to the first empty line.
type signedMail struct {
	fields []headerField
	body   []byte
}

// headerField is one field: its name as compared, and all of it with its folds,
// each line ended by CRLF.
type headerField struct{ name, text string }

func (f headerField) value() string {
	_, value, _ := strings.Cut(f.text, ":")
	return value
}

var errHeaderTooLong = errors.New("header too long")

// splitHeader takes a mail apart.
func splitHeader(raw []byte) (signedMail, error) {
	var m signedMail
	var field strings.Builder
	endField := func() {
		if field.Len() > 0 {
			name, _, _ := strings.Cut(field.String(), ":")
			m.fields = append(m.fields, headerField{strings.ToLower(strings.TrimSpace(name)), field.String()})
			field.Reset()
		}
	}
	head := raw[:min(len(raw), maxHeader)]
	pos, ended := 0, false
	for lines := 0; pos < len(head) && !ended; lines++ {
		if lines == maxHeaderLines {
			return signedMail{}, errHeaderTooLong
		}
		line, _, _ := bytes.Cut(head[pos:], []byte("\n"))
		pos = min(pos+len(line)+1, len(head))
		line = bytes.TrimSuffix(line, []byte("\r"))
		ended = len(line) == 0
		if ended || line[0] != ' ' && line[0] != '\t' {
			endField()
		}
		if !ended {
			field.Write(line)
			field.WriteString("\r\n")
		}
	}
	if !ended && len(raw) > len(head) {
		return signedMail{}, errHeaderTooLong
	}
	endField()
	m.body = raw[pos:]
	return m, nil
}

// oneFrom reports whether From stands in the header once, names one address, of
// that domain, and whether the tolerant reader saw the same. Where not, what was
// signed may not be what is shown (RFC 6376 8.15).
func (s signedMail) oneFrom(m *message.Message, domain string) bool {
	var from []string
	for _, f := range s.fields {
		if f.name == "from" {
			from = append(from, f.value())
		}
	}
	read := 0
	for name := range m.Header.All() {
		if strings.EqualFold(name, "From") {
			read++
		}
	}
	if len(from) != 1 || read != 1 {
		return false
	}
	list, bad := message.ParseAddresses(strings.NewReplacer("\r", "", "\n", "").Replace(from[0]), 2)
	if len(list) != 1 || len(bad) > 0 {
		return false
	}
	got, ok := domainOf(list[0].Addr)
	return ok && got == domain
}

// signatures verifies those whose d= can be aligned with From. A name of others
// is kept for the detail.
func (c *check) signatures(s signedMail) []identifier {
	var ids []identifier
	verified, others := 0, 0
	for i, f := range s.fields {
		if f.name != "dkim-signature" {
			continue
		}
		t := tags(f.value())
		id := identifier{method: "dkim", selector: t["s"]}
		var ok bool
		if id.domain, ok = asciiDomain(t["d"]); !ok {
			continue
		}
		switch {
		case related(id.domain, c.domain) && verified < maxSignatures:
			verified++
			id.result = c.verify(s, i, t, id.domain)
		case others == 0:
			others++
			id.result = "unchecked"
		default:
			continue
		}
		ids = append(ids, id)
	}
	return ids
}

// verify checks the signature in field i. The verifier is given a mail that has
// this signature only, and of the header only what it names: of several it would
// take the first ones, whoever's, and with many fields its time isn't linear.
func (c *check) verify(s signedMail, i int, t map[string]string, domain string) string {
	signed := make(map[string]bool)
	for name := range strings.SplitSeq(strings.ToLower(t["h"]), ":") {
		signed[name] = true
	}
	if strings.Count(t["h"], ":") >= maxSignedNames || signed["dkim-signature"] {
		return "policy"
	}
	var header strings.Builder
	for j, f := range s.fields {
		if j == i || signed[f.name] {
			header.WriteString(f.text)
		}
	}
	header.WriteString("\r\n")
	mail := io.MultiReader(strings.NewReader(header.String()), &bodyReader{rest: s.body})
	found, err := dkim.VerifyWithOptions(mail, &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
		ascii, ok := asciiDomain(name)
		if !ok {
			return nil, errors.New("no name for a key")
		}
		return c.dns.text(ascii)
	}})
	switch {
	case err != nil || len(found) != 1:
		return "permerror"
	case dkim.IsTempFail(found[0].Err):
		return "temperror"
	case dkim.IsPermFail(found[0].Err):
		return "permerror"
	case found[0].Err != nil:
		return "fail"
	}
	if d, ok := asciiDomain(found[0].Domain); !ok || d != domain {
		return "permerror"
	}
	return "pass"
}

// tags reads a tag list (RFC 6376 3.2) without the space in it; of a tag that
// stands twice the first counts here, and the verifier refuses.
func tags(list string) map[string]string {
	t := make(map[string]string)
	for item := range strings.SplitSeq(list, ";") {
		name, value, ok := strings.Cut(item, "=")
		if name = strings.TrimSpace(name); ok && name != "" {
			if _, twice := t[name]; !twice {
				t[name] = strings.Join(strings.Fields(value), "")
			}
		}
	}
	return t
}

// bodyReader gives a body out in pieces that don't end within a run of line ends,
// which the verifier would hold back and copy again for each piece.
type bodyReader struct{ rest []byte }

func (b *bodyReader) Read(p []byte) (int, error) {
	if len(b.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

func (b *bodyReader) WriteTo(w io.Writer) (written int64, err error) {
	const piece = 32 << 10
	for len(b.rest) > 0 && err == nil {
		n := min(len(b.rest), piece)
		for n < len(b.rest) && (b.rest[n-1] == '\r' || b.rest[n-1] == '\n') {
			n++
		}
		n, err = w.Write(b.rest[:n])
		written += int64(n)
		b.rest = b.rest[n:]
	}
	return written, err
}
