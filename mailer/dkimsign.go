package mailer

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// signedFields are the fields under a signature. RFC 8058 4 wants the two of
// unsubscribing covered; those that decide where an answer goes matter as much.
// Listing an absent field keeps others from adding it (RFC 6376 5.4.2); From stands
// twice for that reason.
var signedFields = []string{
	"From", "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
	"MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Auto-Submitted",
	"List-ID", "List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-ID",
}

// sign puts the signatures in front of a composed message, relaxed/relaxed.
//
// go-mail's signer breaks its field within the names of h= after it has signed them
// whole; go-msgauth's signs at the time of the clock, so that a second attempt would
// send other bytes. Both hash the body once more for each key.
func (d *DKIM) sign(b []byte, t time.Time) ([]byte, error) {
	header, body := b, []byte(nil)
	if i := bytes.Index(b, []byte("\r\n\r\n")); i >= 0 {
		header, body = b[:i+2], b[i+4:]
	}
	bodyHash := base64.StdEncoding.EncodeToString(hashBody(body))
	signed := canonicalFields(header)
	at := strconv.FormatInt(max(t.Unix(), 0), 10)

	keys := d.at(t)
	out := make([]byte, 0, len(b)+1024*len(keys))
	for _, k := range keys {
		algorithm := "rsa-sha256"
		if _, ok := k.Key.(ed25519.PrivateKey); ok {
			algorithm = "ed25519-sha256"
		}
		start := len(out)
		out = append(out, "DKIM-Signature: v=1; a="+algorithm+"; c=relaxed/relaxed;\r\n d="+d.Domain+"; s="+k.Selector+"; t="+at+";\r\n "+
			signedList+"\r\n bh="+bodyHash+";\r\n b="...)

		sum := sha256.New()
		_, _ = sum.Write(signed)                                                          // a hash never fails
		_, _ = sum.Write(bytes.TrimSuffix(appendField(nil, out[start:]), []byte("\r\n"))) // RFC 6376 3.7
		var o crypto.SignerOpts = crypto.SHA256
		if algorithm == "ed25519-sha256" {
			o = crypto.Hash(0) // it signs the digest as a message (RFC 8463 3)
		}
		signature, err := k.Key.Sign(rand.Reader, sum.Sum(nil), o)
		if err != nil {
			return nil, fmt.Errorf("sign for %s._domainkey.%s: %w", k.Selector, d.Domain, err)
		}
		encoded := base64.StdEncoding.EncodeToString(signature)
		for n := 72 - len("b="); len(encoded) > n; n = 72 { // b= may be broken anywhere (RFC 6376 3.5)
			out = append(out, encoded[:n]+"\r\n "...)
			encoded = encoded[n:]
		}
		out = append(out, encoded+"\r\n"...)
	}
	return append(out, b...), nil
}

// signedList is the tag h=, broken between names.
var signedList = func() string {
	var out strings.Builder
	out.WriteString("h=")
	column := 3
	for i, name := range signedFields {
		end := ":"
		if i == len(signedFields)-1 {
			end = ";"
		}
		if column+len(name)+1 > 76 {
			out.WriteString("\r\n ")
			column = 1
		}
		out.WriteString(name + end)
		column += len(name) + 1
	}
	return out.String()
}()

// canonicalFields gives the signed fields of a header in the order of signedFields,
// each the lowest that isn't taken yet (RFC 6376 5.4.2).
func canonicalFields(header []byte) []byte {
	type field struct {
		name string
		text []byte
	}
	var fields []field
	for rest := header; len(rest) > 0; {
		end := 0
		for { // a field goes on while lines begin with white space
			i := bytes.Index(rest[end:], []byte("\r\n"))
			if i < 0 {
				end = len(rest)
				break
			}
			if end += i + 2; end == len(rest) || rest[end] != ' ' && rest[end] != '\t' {
				break
			}
		}
		name, _, _ := bytes.Cut(rest[:end], []byte(":"))
		fields = append(fields, field{strings.TrimRight(string(name), " \t"), rest[:end]})
		rest = rest[end:]
	}
	out := make([]byte, 0, len(header))
	for _, name := range signedFields {
		for i := len(fields) - 1; i >= 0; i-- {
			if strings.EqualFold(fields[i].name, name) {
				out = appendField(out, fields[i].text)
				fields[i].name = ""
				break
			}
		}
	}
	return out
}

// appendField adds a field in relaxed form (RFC 6376 3.4.2).
func appendField(out, field []byte) []byte {
	name, value, _ := bytes.Cut(field, []byte(":"))
	out = append(out, bytes.ToLower(bytes.TrimRight(name, " \t"))...)
	out = append(out, ':')
	start := len(out)
	space := false
	for _, c := range value {
		switch c {
		case ' ', '\t':
			space = true
		case '\r', '\n':
		default:
			if space && len(out) > start {
				out = append(out, ' ')
			}
			space = false
			out = append(out, c)
		}
	}
	return append(out, "\r\n"...)
}

// hashBody is the hash of a body in relaxed form (RFC 6376 3.4.4).
func hashBody(body []byte) []byte {
	body = trimEmptyLines(body)
	sum := sha256.New()
	// Most letters have nothing to relax.
	if bytes.IndexByte(body, '\t') < 0 && !bytes.Contains(body, []byte("  ")) && !bytes.Contains(body, []byte(" \r\n")) {
		_, _ = sum.Write(body) // a hash never fails
		return sum.Sum(nil)
	}
	out := make([]byte, 0, len(body))
	for line := range bytes.SplitSeq(body, []byte("\r\n")) {
		space := false
		for _, c := range line {
			if c == ' ' || c == '\t' {
				space = true
				continue
			}
			if space {
				out = append(out, ' ')
				space = false
			}
			out = append(out, c)
		}
		out = append(out, "\r\n"...)
	}
	out = trimEmptyLines(out) // the piece behind the last CRLF, and lines of white space
	_, _ = sum.Write(out)
	return sum.Sum(nil)
}

// trimEmptyLines leaves one CRLF at the end of a body, and nothing of one that has
// nothing else (RFC 6376 3.4.4 b).
func trimEmptyLines(body []byte) []byte {
	for bytes.HasSuffix(body, []byte("\r\n\r\n")) {
		body = body[:len(body)-2]
	}
	if bytes.Equal(body, []byte("\r\n")) {
		return nil
	}
	return body
}
