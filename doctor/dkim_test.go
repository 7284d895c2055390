package doctor

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"math/big"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost/inbound/authenticate/dnstest"
)

func newRSA(t *testing.T, bits int) crypto.Signer {
	t.Helper()
	if bits < 1024 {
		t.Setenv("GODEBUG", "rsa1024min=0")
	}
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestDKIM(t *testing.T) {
	key, other, long := dnstest.NewKey(t), dnstest.NewKey(t), newRSA(t, 2048)
	record := dnstest.KeyRecord(t, key)
	weak := newRSA(t, 1024)
	for name, c := range map[string]struct {
		key     crypto.Signer
		records []string
		want    expectation
	}{
		"good":             {key, []string{record}, expect(OK, "Ed25519")},
		"RSA in pieces":    {long, []string{dnstest.KeyRecord(t, long)}, expect(OK, "RSA of 2048 bits")},
		"spaces":           {key, []string{strings.ReplaceAll(strings.ReplaceAll(record, ";", " ; "), "p=", "p= ")}, expect(OK)},
		"no version":       {key, []string{strings.TrimPrefix(record, "v=DKIM1; ")}, expect(OK)},
		"end and services": {key, []string{record + "; s=email; h=sha256:sha1; t=s; n=a note;"}, expect(OK)},
		"nothing":          {key, nil, expect(Fault, "nothing is published", `k1._domainkey.market.example. TXT "`+record+`"`)},
		"nothing, long":    {long, nil, expect(Fault, `TXT "v=DKIM1; k=rsa; p=`, `" "`)},
		"two":              {key, []string{record, record + "; t=y"}, expect(Fault, "2 TXT records", record)},
		"another key":      {key, []string{dnstest.KeyRecord(t, other)}, expect(Fault, "another key", record)},
		"another kind":     {key, []string{dnstest.KeyRecord(t, long)}, expect(Fault, "k=rsa", record)},
		"kind left out":    {key, []string{strings.Replace(record, "k=ed25519; ", "", 1)}, expect(Fault, "k=rsa", record)},
		"revoked":          {key, []string{"v=DKIM1; k=ed25519; p="}, expect(Fault, "revoked")},
		"without p":        {key, []string{"v=DKIM1; k=ed25519"}, expect(Fault, "has no p=")},
		"version 2":        {key, []string{strings.Replace(record, "DKIM1", "DKIM2", 1)}, expect(Fault, "v= is not DKIM1")},
		"version late":     {key, []string{"k=ed25519; " + record[len("v=DKIM1; k=ed25519; "):] + "; v=DKIM1"}, expect(Fault, "at the beginning")},
		"backslashes":      {key, []string{strings.ReplaceAll(record, ";", `\;`)}, expect(Fault, "backslashes", record)},
		"no list":          {key, []string{"v=DKIM1 k=ed25519"}, expect(Fault)},
		"a word":           {key, []string{"hello"}, expect(Fault, "can't be read")},
		"twice":            {key, []string{record + "; p="}, expect(Fault, "stands twice")},
		"other hash":       {key, []string{record + "; h=sha1"}, expect(Fault, "h=sha1")},
		"other service":    {key, []string{record + "; s=tlsrpt"}, expect(Fault, "s=tlsrpt")},
		"tried out":        {key, []string{record + "; t=s:y"}, expect(Warning, "t=y", record)},
		"1024 bits":        {weak, []string{dnstest.KeyRecord(t, weak)}, expect(Warning, "1024 bits")},
	} {
		t.Run(name, func(t *testing.T) {
			m, dns := sender(t)
			dns.Set("k1._domainkey.market.example", c.records...)
			c.want.compare(t, m.key(t.Context(), Key{"market.example", "k1", c.key.Public()})[0])
		})
	}
	t.Run("512 bits", func(t *testing.T) {
		m, _ := sender(t)
		expect(Fault, "512 bits").compare(t, m.key(t.Context(), Key{"market.example", "k1", newRSA(t, 512).Public()})[0])
	})
	t.Run("no key of mail", func(t *testing.T) {
		m, _ := sender(t)
		curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		expect(Fault, "signs no mail").compare(t, m.key(t.Context(), Key{"market.example", "k1", curve.Public()})[0])
	})
}

func TestKeysTogether(t *testing.T) {
	ed, rsaKey := dnstest.NewKey(t).Public(), newRSA(t, 2048).Public()
	for name, c := range map[string]struct {
		keys []Key
		want Verdict
		part string
	}{
		"both":          {[]Key{{"market.example", "a", ed}, {"market.example", "b", rsaKey}}, OK, ""},
		"RSA alone":     {[]Key{{"mail.market.example", "b", rsaKey}}, OK, ""},
		"Ed25519 alone": {[]Key{{"market.example", "a", ed}}, Warning, "Ed25519"},
		"elsewhere":     {[]Key{{"provider.example", "b", rsaKey}}, Warning, "no key signs for market.example"},
	} {
		m := &Mail{From: "market.example", Keys: c.keys}
		f, odd := m.keySet()
		if odd != (c.want != OK) || f.Verdict != c.want || !strings.Contains(f.Found, c.part) {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// rsaOf is a public key that is the same in every run, for a golden file. Nobody
// has its other half.
func rsaOf(t *testing.T) *rsa.PublicKey {
	t.Helper()
	n, ok := new(big.Int).SetString("c"+strings.Repeat("0f", 255)+"1", 16)
	if !ok {
		t.Fatal("no number")
	}
	return &rsa.PublicKey{N: n, E: 65537}
}
