package main

import (
	"crypto/ed25519"
	"crypto/rsa"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost/mailer"
)

func TestRelayURLs(t *testing.T) {
	for _, c := range []struct {
		url  string
		want mailer.Relay
		pass string
	}{
		{"smtps://u:p%2Fw@b.example:4465", mailer.Relay{Host: "b.example", Port: 4465, TLS: mailer.ImplicitTLS, Auth: "auto", Username: "u"}, "p/w"},
		{"smtp+starttls://b.example", mailer.Relay{Host: "b.example", TLS: mailer.StartTLS}, ""},
		{"smtp+opportunistic://b.example/", mailer.Relay{Host: "b.example", TLS: mailer.Opportunistic}, ""},
		{"smtp://[::1]:2525?connections=3", mailer.Relay{Host: "::1", Port: 2525, TLS: mailer.NoTLS, Connections: 3}, ""},
		{"smtps://u%40x.example:p@b.example?auth=plain", mailer.Relay{Host: "b.example", TLS: mailer.ImplicitTLS, Auth: "plain", Username: "u@x.example"}, "p"},
	} {
		got, err := parseRelay(c.url)
		if err != nil {
			t.Errorf("%s: %v", c.url, err)
			continue
		}
		pass := ""
		if got.Password != nil {
			pass, err = got.Password(t.Context())
		}
		if err != nil || pass != c.pass {
			t.Errorf("%s: password %q, %v", c.url, pass, err)
		}
		got.Password = nil
		if got.Host != c.want.Host || got.Port != c.want.Port || got.TLS != c.want.TLS || got.Auth != c.want.Auth ||
			got.Username != c.want.Username || got.Connections != c.want.Connections {
			t.Errorf("%s: %+v", c.url, got)
		}
	}
	for url, want := range map[string]string{
		"b.example:25": "begin with", "https://b.example": "begin with", "smtps:b.example": "begin with",
		"smtps://u:s3cret@b.example:99x": "isn't a URL", "smtps://u:s3c%ret@b.example": "isn't a URL",
		"smtps://u:s3cret@b.example/mail": "path", "smtps://u@b.example": "password", "smtps://u:s3cret@b.example?password-file=s3cret": "not both",
		"smtps://b.example?password-file=s3cret": "no user", "smtps://b.example?token=s3cret": "setting", "smtps://b.example?connections=0": "connections",
		"smtps://b.example?auth=s3cret;%": "settings", "smtps://u:s3cret@b.example:0": "port",
	} {
		if _, err := parseRelay(url); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v, want %s", url, err, want)
		}
	}
}

func TestRelayPasswordFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := parseRelay("smtps://u@b.example?password-file=" + file)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := r.Password(t.Context()); p != "s3cret" || err != nil {
		t.Errorf("%q, %v", p, err)
	}
}

// TestSMTPFaultsAreToldTogether, and none of them shows a secret.
func TestSMTPFaultsAreToldTogether(t *testing.T) {
	c := smtpConfig{SMTPHost: "a b", SMTPTLS: "ssl", SMTPAuth: "magic", SMTPUsername: "u", SMTPPassword: "s3cret",
		SMTPRelays: []string{"ftp://u:s3cret@x", "smtp://u:s3cret@b.example?auth=plain"}, DomainLimits: "gmail.com=fast", Warmup: "soon",
		dkimConfig: dkimConfig{DKIMDomain: "market.example", DKIMKeys: []string{"s1", "s2:/nowhere.pem", "s3:/nowhere.pem@then..now"}}}
	_, err := c.options(nil)
	if err == nil {
		t.Fatal("accepted")
	}
	var f faults
	f.add(err)
	for _, want := range []string{
		"TRADEPOST_SMTP_TLS: TLS mode \"ssl\"", "Host \"a b\"", "Auth \"magic\"", "TRADEPOST_SMTP_RELAYS: server 1: doesn't begin",
		"Relays[0]: Auth \"plain\" without TLS", "TRADEPOST_DOMAIN_LIMITS: \"gmail.com=fast\"", "TRADEPOST_WARMUP: \"soon\"",
		"TRADEPOST_DKIM_KEYS: key 1: isn't written SELECTOR:FILE", "key 2: \"s2\": open /nowhere.pem", "key 3: \"s3\" has a time",
	} {
		if !strings.Contains(strings.Join(f, "\n"), want) {
			t.Errorf("doesn't say %s:\n%s", want, strings.Join(f, "\n"))
		}
	}
	if strings.Contains(err.Error(), "s3cret") {
		t.Errorf("shows the password: %v", err)
	}
}

func TestSMTPSettings(t *testing.T) {
	c := smtpConfig{SMTPHost: "a.example", SMTPTLS: "starttls", SMTPConnections: 8, SMTPRelays: []string{"smtps://b.example"},
		DomainLimits: "gmail.com=20/s,4;*=0", Warmup: "2026-12-01,50,1.5"}
	o, err := c.options(nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Relays) != 1 || o.Limits["gmail.com"] != (mailer.Limit{Rate: 20, AtOnce: 4}) || o.Warmup.First != 50 || o.DKIM != nil {
		t.Errorf("%+v", o)
	}
}

func TestDKIMNew(t *testing.T) {
	dir := t.TempDir()
	for _, kind := range []string{"rsa", "ed25519"} {
		file := filepath.Join(dir, kind+".pem")
		cmd := dkimNewCmd{Selector: kind[:2] + "1", Type: kind, Domain: "market.example", Out: file}
		if err := cmd.Run(); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
		if err := cmd.Run(); err == nil || !strings.Contains(err.Error(), "there already") {
			t.Errorf("overwrites a key: %v", err)
		}
	}
	c := dkimConfig{DKIMDomain: "market.example", DKIMKeys: []string{
		"rs1:" + filepath.Join(dir, "rsa.pem") + "@..2027-03-01", "ed1:" + filepath.Join(dir, "ed25519.pem") + "@2026-12-01.."}}
	d, err := c.dkim()
	if err != nil {
		t.Fatal(err)
	}
	_, isRSA := d.Keys[0].Key.(*rsa.PrivateKey)
	_, isEd := d.Keys[1].Key.(ed25519.PrivateKey)
	if !isRSA || !isEd || !d.Keys[0].NotAfter.Equal(time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)) || !d.Keys[0].NotBefore.IsZero() ||
		!d.Keys[1].NotBefore.Equal(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)) || !d.Keys[1].NotAfter.IsZero() {
		t.Errorf("%+v", d)
	}
	for _, c := range []dkimNewCmd{{Selector: "a b", Type: "rsa", Domain: "market.example"}, {Selector: "a", Type: "rsa", Domain: "no domain"}} {
		if err := c.Run(); err == nil {
			t.Errorf("%+v: made", c)
		}
	}
}

func TestQuotedTXT(t *testing.T) {
	long := strings.Repeat("x", 255) + "y"
	if got := quotedTXT(long); got != `( "`+long[:255]+`" "y" )` {
		t.Error(got)
	}
	if got := quotedTXT("v=DKIM1"); got != `( "v=DKIM1" )` {
		t.Error(got)
	}
}
