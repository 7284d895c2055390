package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost/doctor"
	"github.com/tradepost-mail/tradepost/inbound/authenticate/dnstest"
	"github.com/tradepost-mail/tradepost/mailer/smtptest"
)

// doctor runs the program's doctor with settings that replace the town's.
func (w *town) doctor(settings map[string]string, args ...string) (stdout, stderr string, code int) {
	w.t.Helper()
	env := slices.Concat(os.Environ(), w.env)
	for name, value := range settings {
		env = append(env, name+"="+value) // the last of a name counts
	}
	var out, errs bytes.Buffer
	c := exec.CommandContext(w.t.Context(), os.Args[0], append([]string{"doctor"}, args...)...)
	c.Env, c.Stdout, c.Stderr = env, &out, &errs
	if err := c.Run(); err != nil && c.ProcessState == nil {
		w.t.Fatal(err)
	}
	return out.String(), errs.String(), c.ProcessState.ExitCode()
}

// townDNS are the records of a town whose mail comes from 203.0.113.25.
func townDNS(t *testing.T) *dnstest.Server {
	t.Helper()
	dns := dnstest.Start(t, map[string][]string{
		townDomain: {"v=spf1 ip4:203.0.113.25 -all"}, "market.example": {"v=spf1 ip4:203.0.113.25 -all"},
		"_dmarc.market.example": {"v=DMARC1; p=reject; rua=mailto:dmarc@market.example"},
	})
	dns.Add(t, townDomain+". MX 10 mx.market.example.", "market.example. MX 10 mx.market.example.", "mx.market.example. A 203.0.113.10",
		"out.market.example. A 203.0.113.25", "25.113.0.203.in-addr.arpa. PTR out.market.example.")
	return dns
}

// TestDoctorFindsAllWell looks at a whole town, and leaves it as it was.
func TestDoctorFindsAllWell(t *testing.T) {
	w := newTown(t, nil)
	dns := townDNS(t)
	web := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Path != "/livez" {
			http.NotFound(rw, r)
		}
	}))
	defer web.Close()
	keyFile := filepath.Join(t.TempDir(), "k1.pem")
	key := dnstest.NewKey(t)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	dns.Set("k1._domainkey.market.example", dnstest.KeyRecord(t, key))
	settings := map[string]string{"TRADEPOST_DNS": dns.Addr(), "TRADEPOST_SEND_FROM": "203.0.113.25", "TRADEPOST_BASE_URL": web.URL,
		"TRADEPOST_DKIM_DOMAIN": "market.example", "TRADEPOST_DKIM_KEYS": "k1:" + keyFile, "TRADEPOST_BLOB_URL": "file://" + filepath.ToSlash(filepath.Join(t.TempDir(), "a", "blobs"))}

	out, errs, code := w.doctor(settings, "--net")
	if code != 0 || errs != "" {
		t.Fatalf("exit %d: %s\n%s", code, errs, out)
	}
	for _, want := range []string{
		"ok              SPF of " + townDomain, "ok              MX of " + townDomain, "ok              DMARC of market.example",
		"ok              DKIM key k1._domainkey.market.example", "ok              PTR of 203.0.113.25", "warning         DKIM keys: all keys are Ed25519",
		"ok              schema: up to date", "ok              clock: ", "ok              LISTEN: ", "ok              connection: Redis ",
		"ok              persistence: append-only file", "ok              server " + w.smtp.Addr(), "ok              server " + w.dovecot.Addr(),
		"ok              folder INBOX: mails in it: 0; Processed, Failed: not there yet", "ok              capabilities: IDLE; MOVE; UIDPLUS",
		"ok              settings: ", "is made at the first start", "ok              time zones: ", web.URL + " is for this machine only answers",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	if n := len(w.smtp.Mails()); n != 0 {
		t.Errorf("%d mails were sent", n)
	}
	if folder := strings.TrimPrefix(settings["TRADEPOST_BLOB_URL"], "file://"); func() bool { _, err := os.Stat(filepath.Dir(folder)); return err == nil }() {
		t.Errorf("%s was made", folder)
	}
	again, _, _ := w.doctor(settings, "--only", "imap")
	if !strings.Contains(again, "Processed, Failed: not there yet") || strings.Contains(again, "SPF") || strings.Contains(again, "Redis") {
		t.Errorf("a second time, IMAP alone:\n%s", again)
	}
}

// TestDoctorFindsFaults breaks one thing after the other. Whatever is wrong, no
// secret is shown, the rest is looked at, too, and the exit code tells.
func TestDoctorFindsFaults(t *testing.T) {
	w := newTown(t, nil)
	guarded := smtptest.Start(t, smtptest.Config{Auth: []string{"PLAIN"}, User: "market", Password: "right-one"})
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	_, silentPort, _ := net.SplitHostPort(silent.Addr().String())
	open := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(open, []byte("from-a-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	database := ""
	for _, e := range w.env {
		if v, ok := strings.CutPrefix(e, "TRADEPOST_DATABASE_URL="); ok {
			database = v
		}
	}
	_, name, _ := strings.Cut(database, "dbname=")
	name, _, _ = strings.Cut("dbname="+name, " ")

	for title, c := range map[string]struct {
		settings map[string]string
		args     []string
		want     []string
		never    string // a secret
	}{
		"IMAP password": {map[string]string{"TRADEPOST_IMAP_PASSWORD": "wrong-secret"}, nil,
			[]string{"fault           server " + w.dovecot.Addr(), "TRADEPOST_IMAP_PASSWORD", "1 fault,"}, "wrong-secret"},
		"IMAP folder": {map[string]string{"TRADEPOST_IMAP_FOLDER": "Elsewhere"}, nil, []string{"TRADEPOST_IMAP_FOLDER", "1 fault,"}, ""},
		"IMAP is no IMAP": {map[string]string{"TRADEPOST_IMAP_ADDR": w.smtp.Addr()}, []string{"--only", "imap", "--timeout", "5s"},
			[]string{"fault           server "}, ""},
		"IMAP is silent": {map[string]string{"TRADEPOST_IMAP_ADDR": silent.Addr().String()}, []string{"--only", "imap", "--timeout", "300ms"},
			[]string{"no answer within 300ms", "firewall"}, ""},
		"IMAP in the clear": {map[string]string{"TRADEPOST_IMAP_ADDR": "192.0.2.1:143"}, []string{"--only", "imap"}, []string{"in the clear"}, ""},
		"SMTP password": {map[string]string{"TRADEPOST_SMTP_PORT": strconv.Itoa(guarded.Port()), "TRADEPOST_SMTP_AUTH": "plain",
			"TRADEPOST_SMTP_USERNAME": "market", "TRADEPOST_SMTP_PASSWORD": "wrong-one"}, nil, []string{"auth", "TRADEPOST_SMTP_USERNAME", "1 fault,"}, "wrong-one"},
		"second SMTP server": {map[string]string{"TRADEPOST_SMTP_RELAYS": "smtp://me:relay-secret@127.0.0.1:" + strconv.Itoa(guarded.Port())}, []string{"--only", "smtp"},
			[]string{"ok              server " + w.smtp.Addr(), "fault           server " + guarded.Addr(), "TRADEPOST_SMTP_RELAYS"}, "relay-secret"},
		"SMTP is silent": {map[string]string{"TRADEPOST_SMTP_PORT": silentPort}, []string{"--only", "smtp", "--timeout", "300ms"},
			[]string{"no answer within 300ms"}, ""},
		"SMTP settings": {map[string]string{"TRADEPOST_SMTP_TLS": "yes"}, []string{"--only", "smtp"}, []string{`"yes" is unknown`}, ""},
		"Redis is gone": {map[string]string{"TRADEPOST_REDIS_URL": "redis://user:r3dis-secret@127.0.0.1:1"}, nil,
			[]string{"fault           connection: ", "nothing listens", "TRADEPOST_REDIS_URL", "1 fault,"}, "r3dis-secret"},
		"Redis URL": {map[string]string{"TRADEPOST_REDIS_URL": "redis://user:r3dis-secret%zz@127.0.0.1:1"}, []string{"--only", "redis"},
			[]string{"fault           connection: "}, "r3dis-secret"},
		"PostgreSQL is gone": {map[string]string{"TRADEPOST_DATABASE_URL": "postgres://u:pg-secret@127.0.0.1:1/x"}, nil,
			[]string{"nothing listens", "TRADEPOST_DATABASE_URL", "1 fault,"}, "pg-secret"},
		"PostgreSQL URL": {map[string]string{"TRADEPOST_DATABASE_URL": "postgres://u:pg-secret@127.0.0.1:1x/x"}, []string{"--only", "postgres"},
			[]string{"fault           connection: "}, "pg-secret"},
		"no database": {map[string]string{"TRADEPOST_DATABASE_URL": strings.Replace(database, name, "dbname=nowhere", 1)}, []string{"--only", "postgres"},
			[]string{"createdb"}, ""},
		"empty database": {map[string]string{"TRADEPOST_DATABASE_URL": strings.Replace(database, name, "dbname=postgres", 1)}, []string{"--only", "postgres"},
			[]string{"fault           schema: ", "tradepost migrate", "ok              LISTEN"}, ""},
		"open file": {map[string]string{"TRADEPOST_SMTP_PASSWORD_FILE": open}, []string{"--only", "machine"}, []string{"chmod 600 " + open}, "from-a-file"},
		"no file":   {map[string]string{"TRADEPOST_IMAP_PASSWORD_FILE": open + "x"}, []string{"--only", "machine"}, []string{"TRADEPOST_IMAP_PASSWORD_FILE: open"}, ""},
		"no key": {map[string]string{"TRADEPOST_DNS": "127.0.0.1:1", "TRADEPOST_DKIM_DOMAIN": "market.example", "TRADEPOST_DKIM_KEYS": "k1:" + open}, []string{"--only", "machine"},
			[]string{"holds no RSA or Ed25519 key", "tradepost dkim new", "chmod 600"}, "from-a-file"},
		"settings": {map[string]string{"TRADEPOST_HOUR": "1ms", "TRADEPOST_REPLY_KEYS": "0:5a"}, []string{"--only", "machine"},
			[]string{"TRADEPOST_HOUR 1ms", "TRADEPOST_REPLY_KEYS"}, ""},
		"blobs in a file": {map[string]string{"TRADEPOST_BLOB_URL": "file://" + open}, []string{"--only", "machine"}, []string{"is not a folder"}, ""},
		"blobs elsewhere": {map[string]string{"TRADEPOST_BLOB_URL": "s3://bucket"}, []string{"--only", "machine"}, []string{"file:// and an absolute path"}, ""},
		"web is gone": {map[string]string{"TRADEPOST_BASE_URL": "http://127.0.0.1:1"}, []string{"--only", "web", "--net"},
			[]string{"start the web role"}, ""},
		"web is not ours": {map[string]string{"TRADEPOST_BASE_URL": "http://127.0.0.1:8/x"}, []string{"--only", "web", "--net"},
			[]string{"correct TRADEPOST_BASE_URL"}, ""},
	} {
		t.Run(title, func(t *testing.T) {
			out, errs, code := w.doctor(c.settings, c.args...)
			if code != exitFailed || !strings.Contains(errs, "doctor found faults") {
				t.Errorf("exit %d: %s", code, errs)
			}
			for _, want := range c.want {
				if !strings.Contains(out, want) {
					t.Errorf("%q is missing in\n%s", want, out)
				}
			}
			if c.never != "" && strings.Contains(out+errs, c.never) {
				t.Errorf("the secret %q is shown:\n%s%s", c.never, out, errs)
			}
		})
	}
}

// TestDoctorLooksAtCertificates: that of the tests' server ends tomorrow.
func TestDoctorLooksAtCertificates(t *testing.T) {
	for mode, config := range map[string]smtptest.Config{"starttls": {StartTLS: true}, "implicit": {TLS: true}, "opportunistic": {StartTLS: true}} {
		t.Run(mode, func(t *testing.T) {
			server := smtptest.Start(t, config)
			c := archiveless(t)
			env := map[string]string{"TRADEPOST_SMTP_HOST": "127.0.0.1", "TRADEPOST_SMTP_PORT": strconv.Itoa(server.Port()), "TRADEPOST_SMTP_TLS": mode}
			out, _, code := c.doctor(env, "--only", "smtp")
			if code != exitFailed || !strings.Contains(out, "intermediate certificates") {
				t.Errorf("a certificate that nobody has signed: exit %d\n%s", code, out)
			}
			env["SSL_CERT_FILE"] = certificateOf(t, server, config.TLS)
			out, _, code = c.doctor(env, "--only", "smtp")
			if code != 0 || !strings.Contains(out, "TLS 1.3; the certificate ends on ") || !strings.Contains(out, "renew the server's certificate") {
				t.Errorf("exit %d\n%s", code, out)
			}
		})
	}
}

// archiveless is a program without anything around it.
func archiveless(t *testing.T) *town {
	t.Helper()
	return &town{t: t, env: []string{runAsProgram + "=1"}}
}

// certificateOf writes a server's certificate where a program may trust it.
func certificateOf(t *testing.T, s *smtptest.Server, implicit bool) string {
	t.Helper()
	config := &tls.Config{RootCAs: s.Roots(), ServerName: "127.0.0.1"}
	var state tls.ConnectionState
	if implicit {
		conn, err := tls.Dial("tcp", s.Addr(), config)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		state = conn.ConnectionState()
	} else {
		client, err := smtp.Dial(s.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		if err := client.StartTLS(config); err != nil {
			t.Fatal(err)
		}
		state, _ = client.TLSConnectionState()
	}
	path := filepath.Join(t.TempDir(), "root.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: state.PeerCertificates[0].Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestDoctorWithoutSettings: nothing is configured, which is no fault.
func TestDoctorWithoutSettings(t *testing.T) {
	w := archiveless(t)
	out, errs, code := w.doctor(map[string]string{"TRADEPOST_DNS": "127.0.0.1:1"}, "--json", "--only", "dns,postgres,smtp,imap,machine,web")
	if code != 0 || errs != "" {
		t.Errorf("exit %d: %s", code, errs)
	}
	var document struct {
		Verdict  doctor.Verdict
		Findings []doctor.Finding
	}
	if err := json.Unmarshal([]byte(out), &document); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	missing := 0
	for _, f := range document.Findings {
		if f.Verdict == doctor.NotConfigured {
			missing++
			if f.Mend == "" {
				t.Errorf("%+v does not say how to configure it", f)
			}
		}
	}
	// The reply domain, From, DKIM, sending addresses; PostgreSQL, SMTP, IMAP;
	// reply keys and blobs; the base URL.
	if missing != 10 {
		t.Errorf("%d are not configured:\n%s", missing, out)
	}
	for _, args := range [][]string{{"--only", "weather"}, {"--timeout", "0s"}, {"--send-from", "mail.example"}} {
		if out, errs, code := w.doctor(nil, args...); code != exitFailed || out != "" || errs == "" {
			t.Errorf("%q: exit %d %s%s", args, code, out, errs)
		}
	}
}

func TestSecretsOfURLs(t *testing.T) {
	for raw, want := range map[string][]string{
		"":                                   nil,
		"postgres://db/x":                    nil,
		"postgres://u:p%40ss@db/x":           {"p@ss", "p%40ss"},
		"postgres://u@db/x?password=p%2Fass": {"p/ass", "p%2Fass"},
		"redis://:only@host":                 {"only"},
		"host=db password=word user=x":       {"word"},
		"host=db password='word' user=x":     {"word"},
		"redis://u:p%zz@h":                   {"redis://u:p%zz@h"},
	} {
		got := secretsOfURL(raw)
		for _, w := range want {
			if !slices.Contains(got, w) {
				t.Errorf("%s: %q is missing in %q", raw, w, got)
			}
		}
		if len(want) == 0 && len(got) > 0 {
			t.Errorf("%s: %q", raw, got)
		}
	}
}
