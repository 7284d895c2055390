package mailer_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost/mailer"
	"github.com/tradepost-mail/tradepost/mailer/smtptest"
)

// TestDKIM verifies signatures by its own reading of RFC 6376 3.7, and that
// what matters is under them.
func TestDKIM(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []crypto.Signer{rsaKey, edKey} {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		read, err := mailer.DKIMKey(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
		if err != nil {
			t.Fatal(err)
		}
		s := smtptest.Start(t, smtptest.Config{})
		p := pool(t, s, func(o *mailer.Options) {
			o.DKIM = &mailer.DKIM{Domain: "market.example", Selector: "k1", Key: read}
		})
		for range 2 {
			if r := p.Send(t.Context(), full(), mailer.SendOptions{}); r.Verdict != mailer.Delivered {
				t.Fatal(r.Err)
			}
		}
		mails := s.Mails()
		if !bytes.Equal(mails[0].Raw, mails[1].Raw) {
			t.Error("a second attempt sent other bytes")
		}
		raw := string(mails[0].Raw)
		if err := verify(raw, key.Public()); err != "" {
			t.Errorf("%T: %s", key, err)
		}
		for _, change := range [][2]string{
			{"List-Unsubscribe: <https://market", "List-Unsubscribe: <https://evil"}, {"\r\nReply-To: Nadia", "\r\nReply-To: Nadja"},
			{"List-Unsubscribe=One-Click", "List-Unsubscribe=No"}, {"flytta", "flyga"}, {"In-Reply-To: <first", "In-Reply-To: <fourth"},
		} {
			forged := strings.Replace(raw, change[0], change[1], 1)
			if forged == raw || verify(forged, key.Public()) == "" {
				t.Errorf("%q may be changed unnoticed", change[0])
			}
		}
		if verify(strings.Replace(raw, "\r\nFrom:", "\r\nFrom: evil@x.example\r\nFrom:", 1), key.Public()) == "" {
			t.Error("a second From may be added unnoticed")
		}
	}
}

// verify checks the one relaxed/relaxed signature of a message.
func verify(raw string, public crypto.PublicKey) string {
	header, body, _ := strings.Cut(raw, "\r\n\r\n")
	fields := strings.Split(regexp.MustCompile(`\r\n[ \t]+`).ReplaceAllString(header, " "), "\r\n")
	blank := regexp.MustCompile(`[ \t]+`)
	relaxed := func(field string) string {
		name, value, _ := strings.Cut(field, ":")
		return strings.ToLower(strings.TrimSpace(name)) + ":" + strings.TrimSpace(blank.ReplaceAllString(value, " "))
	}
	tags := map[string]string{}
	for tag := range strings.SplitSeq(strings.TrimPrefix(fields[0], "DKIM-Signature:"), ";") {
		name, value, _ := strings.Cut(tag, "=")
		tags[strings.TrimSpace(name)] = strings.ReplaceAll(strings.TrimSpace(value), " ", "")
	}

	lines := strings.Split(body, "\r\n")
	for i := range lines {
		lines[i] = strings.TrimRight(blank.ReplaceAllString(lines[i], " "), " ")
	}
	sum := sha256.Sum256([]byte(strings.TrimRight(strings.Join(lines, "\r\n"), "\r\n") + "\r\n"))
	if base64.StdEncoding.EncodeToString(sum[:]) != tags["bh"] {
		return "body hash differs"
	}
	var signed strings.Builder
	rest := fields[1:]
	for name := range strings.SplitSeq(tags["h"], ":") {
		for i, f := range slices.Backward(rest) {
			if strings.HasPrefix(strings.ToLower(f), strings.ToLower(name)+":") {
				signed.WriteString(relaxed(f) + "\r\n")
				rest = append(rest[:i:i], rest[i+1:]...)
				break
			}
		}
	}
	signed.WriteString(relaxed(regexp.MustCompile(`\bb=[^;]*$`).ReplaceAllString(fields[0], "b=")))
	digest := sha256.Sum256([]byte(signed.String()))
	signature, err := base64.StdEncoding.DecodeString(tags["b"])
	if err != nil {
		return err.Error()
	}
	switch key := public.(type) {
	case *rsa.PublicKey:
		if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature); err != nil {
			return err.Error()
		}
	case ed25519.PublicKey:
		if !ed25519.Verify(key, digest[:], signature) {
			return "signature is wrong"
		}
	}
	return ""
}
