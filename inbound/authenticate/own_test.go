package authenticate_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"maps"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/inbound/authenticate"
	"github.com/tradepost-mail/tradepost/inbound/authenticate/dnstest"
	"github.com/tradepost-mail/tradepost/inbound/message"
)

const plain = "From: Mia Holm <mia@studio.example>\r\nTo: reply@tradepost.example\r\nSubject: Re: Shelf\r\n" +
	"Date: Mon, 02 Mar 2026 09:00:00 +0000\r\nMessage-ID: <a1@studio.example>\r\n\r\nTuesday works for us.\r\n"

type zone = map[string][]string

const (
	pass      = tradepost.AuthenticationPass
	fail      = tradepost.AuthenticationFail
	none      = tradepost.AuthenticationNone
	temporary = tradepost.AuthenticationTemporary
)

// asking returns an authenticator of its own check that asks dns, and waits no
// longer for it than a test can.
func asking(t *testing.T, dns *dnstest.Server, o authenticate.Options) *authenticate.Authenticator {
	t.Helper()
	if o.DNS == "" {
		o.DNS = dns.Addr()
	}
	a, err := authenticate.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func checked(t *testing.T, a *authenticate.Authenticator, raw []byte, from string) tradepost.Authentication {
	t.Helper()
	return a.Check(t.Context(), raw, message.Parse(raw, message.Limits{}), from)
}

func policyOf(record string) zone { return zone{"_dmarc.studio.example": {record}} }

func TestOwnCheck(t *testing.T) {
	t.Parallel()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	key, other := dnstest.NewKey(t), dnstest.NewKey(t)
	modulus := func(bits int) string {
		n := new(big.Int).SetBit(big.NewInt(1), bits-1, 1)
		der, err := x509.MarshalPKIXPublicKey(&rsa.PublicKey{N: n, E: 65537})
		if err != nil {
			t.Fatal(err)
		}
		return "v=DKIM1; p=" + base64.StdEncoding.EncodeToString(der)
	}
	keys := zone{
		"k1._domainkey.studio.example":      {dnstest.KeyRecord(t, key)},
		"rsa._domainkey.studio.example":     {dnstest.KeyRecord(t, rsaKey)},
		"k1._domainkey.news.studio.example": {dnstest.KeyRecord(t, key)},
		"k1._domainkey.market.example":      {dnstest.KeyRecord(t, other)},
		"gone._domainkey.studio.example":    {"v=DKIM1; k=ed25519; p="},
		"two._domainkey.studio.example":     {dnstest.KeyRecord(t, key), dnstest.KeyRecord(t, other)},
		// Nobody has their private keys; only their lengths matter.
		"short._domainkey.studio.example":  {modulus(1016)},
		"enough._domainkey.studio.example": {modulus(1024)},
	}
	sign := func(domain string, raw string) string {
		return string(dnstest.Sign(t, domain, "k1", key, []byte(raw)))
	}
	signed := sign("studio.example", plain)
	signedRSA := string(dnstest.Sign(t, "studio.example", "rsa", rsaKey, []byte(plain)))
	fromNews := strings.Replace(plain, "mia@studio", "mia@news.studio", 1)
	with := func(o dkim.SignOptions) string {
		if o.Domain == "" {
			o.Domain, o.Selector, o.Signer = "studio.example", "k1", key
		}
		return string(dnstest.SignWith(t, &o, []byte(plain)))
	}
	edit := func(old, replacement string) string {
		if !strings.Contains(signed, old) {
			t.Fatalf("nothing to edit: %q", old)
		}
		return strings.Replace(signed, old, replacement, 1)
	}
	reject, quarantine, nothing := policyOf("v=DMARC1; p=reject"), policyOf("v=DMARC1; p=quarantine; pct=5"), policyOf("v=DMARC1; p=none")

	cases := []struct {
		name   string
		raw    string
		from   string // mia@studio.example unless said
		zone   zone
		broken []string // names that give SERVFAIL
		want   tradepost.AuthenticationResult
		detail string // part of it
	}{
		{name: "signed", raw: signed, want: pass, detail: "dkim=pass d=studio.example s=k1; dmarc=pass no policy"},
		{name: "signed, reject", raw: signed, zone: reject, want: pass, detail: "dmarc=pass p=reject"},
		{name: "signed with RSA", raw: signedRSA, zone: reject, want: pass},
		{name: "simple and simple", raw: with(dkim.SignOptions{}), zone: reject, want: pass},
		{name: "not signed, no policy", raw: plain, want: none, detail: "no policy"},
		{name: "not signed, p=none", raw: plain, zone: nothing, want: none},
		{name: "not signed, quarantine of few", raw: plain, zone: quarantine, want: fail, detail: "p=quarantine"},
		{name: "not signed, reject", raw: plain, zone: reject, want: fail, detail: "dmarc=fail p=reject"},

		{name: "body changed", raw: edit("Tuesday", "Friday"), zone: reject, want: fail, detail: "dkim=fail"},
		{name: "body changed, no policy", raw: edit("Tuesday", "Friday"), want: none, detail: "dkim=fail"},
		{name: "subject changed", raw: edit("Re: Shelf", "Re: Chair"), zone: reject, want: fail},
		{name: "another From above", raw: "From: boss@studio.example\r\n" + signed, zone: reject, want: fail, detail: "two ways"},
		{name: "another From below", raw: edit("To: reply", "From: boss@studio.example\r\nTo: reply"), zone: reject, want: fail, detail: "two ways"},
		{name: "the same From twice", raw: "From: Mia Holm <mia@studio.example>\r\n" + signed, want: none, detail: "two ways"},
		{name: "From in the body", raw: strings.Replace(signed, "\r\n\r\n", "\r\n\r\nContent-Type: text/plain\r\nFrom: boss@studio.example\r\n\r\n", 1),
			from: "boss@studio.example", zone: reject, want: fail},
		{name: "from differs from From", raw: signed, from: "mia@market.example", want: none, detail: "two ways"},
		{name: "a name that is another's address", raw: sign("studio.example", strings.Replace(plain, "Mia Holm", "boss@studio.example", 1)),
			zone: reject, want: fail, detail: "two ways"},
		{name: "From not in h=", raw: edit("h=From:", "h="), zone: reject, want: fail, detail: "dkim=permerror"},
		{name: "h= names DKIM-Signature", raw: edit("h=From:", "h=DKIM-Signature:From:"), zone: reject, want: fail, detail: "dkim=policy"},
		{name: "h= names thousands", raw: edit("h=From:", "h=From:"+strings.Repeat("A:", 5000)), zone: reject, want: fail, detail: "dkim=policy"},
		{name: "expired", raw: with(dkim.SignOptions{Expiration: time.Now().Add(-time.Hour)}), zone: reject, want: fail},
		{name: "not yet expired", raw: with(dkim.SignOptions{Expiration: time.Now().Add(time.Hour)}), zone: reject, want: pass},
		{name: "RSA of 1016 bits", raw: strings.Replace(signedRSA, "s=rsa", "s=short", 1), zone: reject, want: fail, detail: "dkim=permerror"},
		{name: "RSA of 1024 bits, another's", raw: strings.Replace(signedRSA, "s=rsa", "s=enough", 1), zone: reject, want: fail, detail: "dkim=fail"},
		{name: "key revoked", raw: edit("s=k1", "s=gone"), zone: reject, want: fail, detail: "dkim=permerror"},
		{name: "no such key", raw: edit("s=k1", "s=k9"), zone: reject, want: fail, detail: "dkim=permerror"},
		{name: "two keys at a name", raw: edit("s=k1", "s=two"), zone: reject, want: fail, detail: "dkim=permerror"},
		{name: "a long record", raw: plain, zone: policyOf("v=DMARC1; p=reject; n=" + strings.Repeat("a", 4000)), want: fail},
		{name: "a record longer than is read", raw: plain, zone: policyOf("v=DMARC1; p=reject; n=" + strings.Repeat("a", 4096)), want: none, detail: "no policy"},

		{name: "somebody else's signature", raw: string(dnstest.Sign(t, "market.example", "k1", other, []byte(plain))), zone: reject,
			want: fail, detail: "dkim=unchecked d=market.example"},
		{name: "somebody else's, no policy", raw: string(dnstest.Sign(t, "market.example", "k1", other, []byte(plain))), want: none},
		{name: "another's key, our d=", raw: string(dnstest.Sign(t, "studio.example", "k1", other, []byte(plain))), zone: reject, want: fail},
		{name: "several, one good", raw: string(dnstest.Sign(t, "market.example", "k1", other,
			dnstest.Sign(t, "studio.example", "k1", other, []byte(signed)))), zone: reject, want: pass, detail: "dkim=fail"},
		{name: "six before the good one", raw: strings.Repeat("DKIM-Signature: v=1; d=studio.example; s=k9; h=from; bh=; b=; a=rsa-sha256\r\n", 6) + signed,
			zone: reject, want: fail},
		{name: "sixty of others before the good one", raw: strings.Repeat("DKIM-Signature: v=1; d=market.example; s=k9; h=from; bh=; b=; a=rsa-sha256\r\n", 60) + signed,
			zone: reject, want: pass},

		{name: "signed by the parent", raw: sign("studio.example", fromNews), from: "mia@news.studio.example", zone: reject, want: pass},
		{name: "signed by the parent, no policy", raw: sign("studio.example", fromNews), from: "mia@news.studio.example", want: pass},
		{name: "signed by a child", raw: sign("news.studio.example", plain), zone: reject, want: pass},
		{name: "signed by the parent, strict", raw: sign("studio.example", fromNews), from: "mia@news.studio.example",
			zone: policyOf("v=DMARC1; p=reject; adkim=s"), want: fail, detail: "dkim=pass"},
		{name: "signed by itself, strict", raw: sign("news.studio.example", fromNews), from: "mia@news.studio.example",
			zone: policyOf("v=DMARC1; p=reject; adkim=s"), want: pass},
		{name: "aspf=s is not for DKIM", raw: sign("studio.example", fromNews), from: "mia@news.studio.example",
			zone: policyOf("v=DMARC1; p=reject; aspf=s"), want: pass},
		{name: "a public suffix is nobody's parent", raw: strings.ReplaceAll(sign("studio.example", strings.ReplaceAll(plain, "mia@studio", "mia@shop")), "d=studio.example", "d=example"),
			from: "mia@shop.example", zone: zone{"k1._domainkey.example": {dnstest.KeyRecord(t, key)}}, want: none},

		{name: "sp= for a subdomain", raw: fromNews, from: "mia@news.studio.example", zone: policyOf("v=DMARC1; p=none; sp=reject"), want: fail},
		{name: "sp= is softer", raw: fromNews, from: "mia@news.studio.example", zone: policyOf("v=DMARC1; p=reject; sp=none"), want: none},
		{name: "sp= is not for the domain", raw: plain, zone: policyOf("v=DMARC1; p=none; sp=reject"), want: none},
		{name: "p= for a subdomain", raw: fromNews, from: "mia@news.studio.example", zone: reject, want: fail},
		{name: "a record of its own", raw: fromNews, from: "mia@news.studio.example",
			zone: zone{"_dmarc.studio.example": {"v=DMARC1; p=reject"}, "_dmarc.news.studio.example": {"v=DMARC1; p=none"}}, want: none},
		{name: "np= for one that isn't there", raw: strings.ReplaceAll(fromNews, "@news", "@fake"), from: "mia@fake.studio.example",
			zone: policyOf("v=DMARC1; p=none; np=reject"), want: fail},
		{name: "np= for one that is", raw: fromNews, from: "mia@news.studio.example", zone: policyOf("v=DMARC1; p=none; np=reject"), want: none},
		{name: "np= for one that can't be asked", raw: fromNews, from: "mia@news.studio.example", zone: policyOf("v=DMARC1; p=none; np=reject"),
			broken: []string{"news.studio.example"}, want: temporary},

		{name: "two records", raw: plain, zone: zone{"_dmarc.studio.example": {"v=DMARC1; p=reject", "v=DMARC1; p=none"}}, want: none},
		{name: "two records, and one of the parent", raw: fromNews, from: "mia@news.studio.example", want: none,
			zone: zone{"_dmarc.news.studio.example": {"v=DMARC1; p=none", "v=DMARC1; p=none; adkim=s"}, "_dmarc.studio.example": {"v=DMARC1; p=reject"}}},
		{name: "other records beside it", raw: plain, zone: zone{"_dmarc.studio.example": {"verify=1", "v=DMARC1; p=reject", "v=DMARC10; p=none"}}, want: fail},
		{name: "written oddly", raw: plain, zone: policyOf(" v = DMARC1 ;P=Reject ; rua=mailto:d@studio.example;;"), want: fail},
		{name: "a policy nobody knows", raw: plain, zone: policyOf("v=DMARC1; p=destroy"), want: none},
		{name: "no policy in it", raw: plain, zone: policyOf("v=DMARC1"), want: none},

		{name: "policy SERVFAIL", raw: plain, broken: []string{"_dmarc.studio.example"}, want: temporary, detail: "p=temperror"},
		{name: "policy SERVFAIL, signed", raw: signed, broken: []string{"_dmarc.studio.example"}, want: pass},
		{name: "policy SERVFAIL, signed by the parent", raw: sign("studio.example", fromNews), from: "mia@news.studio.example",
			broken: []string{"_dmarc.studio.example"}, want: temporary},
		{name: "key SERVFAIL", raw: signed, zone: reject, broken: []string{"k1._domainkey.studio.example"}, want: temporary, detail: "dkim=temperror"},
		{name: "key SERVFAIL, no policy", raw: signed, broken: []string{"k1._domainkey.studio.example"}, want: temporary},
		{name: "another's key SERVFAIL", raw: string(dnstest.Sign(t, "market.example", "k1", other, []byte(plain))), zone: reject,
			broken: []string{"k1._domainkey.market.example"}, want: fail},
		{name: "key SERVFAIL, could not be aligned", raw: sign("studio.example", fromNews), from: "mia@news.studio.example",
			zone: policyOf("v=DMARC1; p=reject; adkim=s"), broken: []string{"k1._domainkey.studio.example"}, want: fail},

		{name: "IDN", raw: sign("xn--bcher-kva.example", strings.ReplaceAll(plain, "mia@studio", "mia@bücher")), from: "mia@bücher.example",
			zone: zone{"k1._domainkey.xn--bcher-kva.example": {dnstest.KeyRecord(t, key)}, "_dmarc.xn--bcher-kva.example": {"v=DMARC1; p=reject"}},
			want: pass},
		{name: "IDN, forged", raw: strings.ReplaceAll(plain, "mia@studio", "mia@bücher"), from: "mia@bücher.example",
			zone: zone{"_dmarc.xn--bcher-kva.example": {"v=DMARC1; p=reject"}}, want: fail},
		{name: "From in capitals", raw: strings.Replace(plain, "mia@studio", "MIA@Studio", 1), from: "MIA@Studio.Example", zone: reject, want: fail},
		{name: "a header without end", raw: "Subject: Re: Shelf\r\nFrom: mia@studio.example", zone: reject, want: fail, detail: "dmarc=fail p=reject"},
		{name: "a header too long", raw: "X-Long: " + strings.Repeat("a\r\n ", 100_000) + "\r\n" + signed, zone: reject, want: fail, detail: "header too long"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			records := maps.Clone(keys)
			maps.Copy(records, c.zone)
			dns := dnstest.Start(t, records)
			dns.Add(t, "news.studio.example. A 192.0.2.7")
			if len(c.broken) > 0 {
				dns.Break(c.broken...)
			}
			from := c.from
			if from == "" {
				from = "mia@studio.example"
			}
			got := checked(t, asking(t, dns, authenticate.Options{Timeout: 20 * time.Second}), []byte(c.raw), from)
			if got.Result != c.want || got.By != "own" || !strings.Contains(got.Detail, c.detail) {
				t.Errorf("got %+v, want %s with %q", got, c.want, c.detail)
			}
		})
	}
}

// signedByHand signs From and so many octets of the body, as the signer of the
// library doesn't; with all of them and without a tag where octets is -1.
func signedByHand(key crypto.Signer, from, body string, octets int) (string, error) {
	length := ""
	if octets >= 0 {
		length = fmt.Sprintf(" l=%d;", octets)
	} else {
		octets = len(body)
	}
	hash := sha256.Sum256([]byte(body[:octets]))
	signature := "DKIM-Signature: v=1; a=ed25519-sha256; d=studio.example; s=k1; h=From;" + length +
		" bh=" + base64.StdEncoding.EncodeToString(hash[:]) + "; b="
	hash = sha256.Sum256([]byte(from + signature))
	b, err := key.Sign(nil, hash[:], crypto.Hash(0))
	return signature + base64.StdEncoding.EncodeToString(b) + "\r\n" + from + "\r\n" + body, err
}

func TestBodyLengthIsRefused(t *testing.T) {
	t.Parallel()
	const from, body = "From: Mia Holm <mia@studio.example>\r\n", "Tuesday works for us.\r\n"
	key := dnstest.NewKey(t)
	dns := dnstest.Start(t, zone{"k1._domainkey.studio.example": {dnstest.KeyRecord(t, key)}, "_dmarc.studio.example": {"v=DMARC1; p=reject"}})
	a := asking(t, dns, authenticate.Options{})
	for _, c := range []struct {
		octets int
		behind string
		want   tradepost.AuthenticationResult
	}{
		{-1, "", pass},
		{-1, "And pay here.\r\n", fail},
		{len(body), "And pay here.\r\n", fail},
		{len(body), "", fail},
		{7, "", fail},
		{0, "", fail},
	} {
		raw, err := signedByHand(key, from, body, c.octets)
		if err != nil {
			t.Fatal(err)
		}
		if got := checked(t, a, []byte(raw+c.behind), "mia@studio.example"); got.Result != c.want {
			t.Errorf("l=%d and %q behind: %+v", c.octets, c.behind, got)
		}
	}
}

func TestNoAnswer(t *testing.T) {
	t.Parallel()
	key := dnstest.NewKey(t)
	dns := dnstest.Start(t, zone{"k1._domainkey.studio.example": {dnstest.KeyRecord(t, key)}, "_dmarc.studio.example": {"v=DMARC1; p=reject"}})
	a := asking(t, dns, authenticate.Options{Timeout: 200 * time.Millisecond})
	signed := dnstest.Sign(t, "studio.example", "k1", key, []byte(plain))
	dns.Silence()
	for _, raw := range [][]byte{signed, []byte(plain)} {
		start := time.Now()
		if got := checked(t, a, raw, "mia@studio.example"); got.Result != temporary {
			t.Errorf("silence: %+v", got)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("took %v, though told to wait 200 ms", took)
		}
	}
	dns.Mend()
	ended, end := context.WithCancel(t.Context())
	end()
	if got := a.Check(ended, signed, message.Parse(signed, message.Limits{}), "mia@studio.example"); got.Result != temporary {
		t.Errorf("ended: %+v", got)
	}
	if got := checked(t, asking(t, dns, authenticate.Options{}), signed, "mia@studio.example"); got.Result != pass {
		t.Errorf("mended: %+v", got)
	}
}

func TestAddressesThatAreNobodys(t *testing.T) {
	t.Parallel()
	dns := dnstest.Start(t, policyOf("v=DMARC1; p=reject"))
	a := asking(t, dns, authenticate.Options{})
	for _, from := range []string{
		"", "mia", "@studio.example", "mia@", "mia@studio.example.", "mia@.studio.example", "mia@studio..example", "mia@[192.0.2.1]",
		"mia@192.0.2.1", "mia@[IPv6:2001:db8::1]", "mia@studio example", "mia@studio.example\r\nX: y", "mia@\xff\xfe.example",
		"mia@" + strings.Repeat("a", 64) + ".example", "mia@" + strings.Repeat("a.", 200) + "example", "mia@" + strings.Repeat("ü", 2000),
	} {
		if got := checked(t, a, []byte(plain), from); got != (tradepost.Authentication{Result: none}) {
			t.Errorf("%q: %+v", from, got)
		}
	}
	if asked := dns.Asked(); len(asked) > 0 {
		t.Errorf("asked for %q", asked)
	}
}

// A mail can't have us ask more than so often, whatever is in it.
func TestLookupsAreBounded(t *testing.T) {
	t.Parallel()
	key := dnstest.NewKey(t)
	records := zone{
		"_dmarc.studio.example": {"v=DMARC1; p=none; np=reject"},
		"a.studio.example":      {"v=spf1 mx:x1.example mx:x2.example mx:x3.example mx:x4.example mx:x5.example a:y1.example a:y2.example -all"},
	}
	dns := dnstest.Start(t, records)
	for _, x := range []string{"x1", "x2", "x3", "x4", "x5"} {
		for _, n := range []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"} {
			dns.Add(t, x+".example. MX 1 m"+n+x+".example.", "m"+n+x+".example. A 198.51.100.1")
		}
	}
	raw := "Return-Path: <mia@a.studio.example>\r\nReceived: from h.example (h.example [192.0.2.1]) by mx.tradepost.example; now\r\n" +
		strings.ReplaceAll(plain, "mia@studio", "mia@a.studio")
	signed := []byte(raw)
	for _, s := range []string{"s1", "s2", "s3", "s4", "s5", "s6", "s7"} {
		signed = dnstest.Sign(t, "studio.example", s, key, signed)
	}
	a := asking(t, dns, authenticate.Options{ReceivingHost: "mx.tradepost.example"})
	if got := checked(t, a, signed, "mia@a.studio.example"); got.Result != fail || !strings.Contains(got.Detail, "spf=permerror") {
		t.Errorf("%+v", got)
	}
	// One look-up for addresses is two questions, A and AAAA.
	if n := len(dns.Asked()); n < 20 || n > 40 {
		t.Errorf("%d questions: %q", n, dns.Asked())
	}
}

func TestOff(t *testing.T) {
	t.Parallel()
	a, err := authenticate.New(authenticate.Options{DNS: "off"})
	if err != nil {
		t.Fatal(err)
	}
	if got := checked(t, a, []byte(plain), "mia@studio.example"); got != (tradepost.Authentication{Result: none, Domain: "studio.example"}) {
		t.Errorf("%+v", got)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		options authenticate.Options
		faults  []string // none: it is taken
	}{
		{options: authenticate.Options{}},
		{options: authenticate.Options{AuthservID: "mx.tradepost.example", ReceivingHost: "mx.tradepost.example.", DNS: "[::1]:53", Timeout: time.Second}},
		{authenticate.Options{DNS: "127.0.0.1"}, []string{"127.0.0.1:53"}},
		{authenticate.Options{DNS: "127.0.0.1:0"}, []string{"DNS server"}},
		{authenticate.Options{DNS: ":53"}, []string{"DNS server"}},
		{authenticate.Options{AuthservID: "mx.example 1", ReceivingHost: "by mx", Timeout: -1, DNS: "nowhere"},
			[]string{"authserv-id", "receiving host", "timeout", "DNS server"}},
	} {
		_, err := authenticate.New(c.options)
		if (err != nil) != (len(c.faults) > 0) {
			t.Errorf("%+v: %v", c.options, err)
		}
		for _, want := range c.faults {
			if err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%+v: %v says nothing of %q", c.options, err, want)
			}
		}
	}
}

// Time stays linear where the verifier alone needs the square: for a long run of
// line ends in a body, a header of many folds or many fields.
func TestHostileMailsEnd(t *testing.T) {
	t.Parallel()
	key := dnstest.NewKey(t)
	dns := dnstest.Start(t, zone{"k1._domainkey.studio.example": {dnstest.KeyRecord(t, key)}})
	a := asking(t, dns, authenticate.Options{Timeout: time.Minute})
	signed := func(raw string) string {
		return string(dnstest.SignWith(t, &dkim.SignOptions{Domain: "studio.example", Selector: "k1", Signer: key,
			HeaderKeys: []string{"From", "To", "X-Long"}}, []byte(raw)))
	}
	for _, c := range []struct{ name, raw, detail string }{
		{"line ends", signed(plain) + strings.Repeat("\r\n", 2<<20) + "end\r\n", "dkim=fail"},
		{"line ends at the end", signed(plain) + strings.Repeat("\r\n", 2<<20), "dkim=pass"},
		{"carriage returns", signed(plain) + strings.Repeat("\r", 4<<20), "dkim="},
		{"folds", signed("X-Long:" + strings.Repeat("\r\n a", 4900) + "\r\n" + plain), "dkim=pass"},
		{"fields", signed(strings.Repeat("X-Long: a\r\n", 4900) + plain), "dkim=pass"},
		{"signatures", strings.Repeat("DKIM-Signature: d=studio.example\r\n", 4900) + plain, "dkim=permerror"},
	} {
		start := time.Now()
		got := checked(t, a, []byte(c.raw), "mia@studio.example")
		if took := time.Since(start); took > 30*time.Second {
			t.Errorf("%s: took %v", c.name, took)
		}
		if !strings.Contains(got.Detail, c.detail) {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}
