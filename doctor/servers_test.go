package doctor

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

var noon = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)

func find(t *testing.T, list []Finding, check string) Finding {
	t.Helper()
	for _, f := range list {
		if strings.HasPrefix(f.Check, check) {
			return f
		}
	}
	t.Fatalf("no finding %q in %+v", check, list)
	return Finding{}
}

func TestPostgres(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Postgres)
		check  string
		want   expectation
	}{
		"good":          {func(*Postgres) {}, "connection", expect(OK, "PostgreSQL 16.4")},
		"refused":       {func(p *Postgres) { p.Err = dialError(syscall.ECONNREFUSED) }, "connection", expect(Fault, "nothing listens", "TRADEPOST_DATABASE_URL")},
		"password":      {func(p *Postgres) { p.Err, p.Code = errors.New("no"), "28P01" }, "connection", expect(Fault, "user and password")},
		"no database":   {func(p *Postgres) { p.Err, p.Code = errors.New("no"), "3D000" }, "connection", expect(Fault, "createdb")},
		"full":          {func(p *Postgres) { p.Err, p.Code = errors.New("no"), "53300" }, "connection", expect(Fault, "max_connections")},
		"old":           {func(p *Postgres) { p.Version = 130014 }, "connection", expect(Fault, "older than 14")},
		"replica":       {func(p *Postgres) { p.ReadOnly = true }, "connection", expect(Fault, "primary")},
		"latin1":        {func(p *Postgres) { p.Encoding = "LATIN1" }, "connection", expect(Fault, "LATIN1")},
		"schema":        {func(*Postgres) {}, "schema", expect(OK)},
		"schema behind": {func(p *Postgres) { p.Schema = errors.New("version 2") }, "schema", expect(Fault, "version 2", "tradepost migrate")},
		"no rights": {func(p *Postgres) { p.Schema, p.MayCreate = errors.New("version 2"), false }, "schema",
			expect(Fault, "grant")},
		"clock":        {func(*Postgres) {}, "clock", expect(OK)},
		"clock ahead":  {func(p *Postgres) { p.Clock = noon.Add(5 * time.Second) }, "clock", expect(Warning, "differ by 5s", "NTP")},
		"clock behind": {func(p *Postgres) { p.Clock = noon.Add(-2 * time.Minute) }, "clock", expect(Fault, "differ by 2m0s")},
		"slow answer": {func(p *Postgres) { p.Clock, p.After = noon.Add(8*time.Second), noon.Add(9*time.Second) }, "clock",
			expect(OK)},
		"listen": {func(*Postgres) {}, "LISTEN", expect(OK)},
		"pooler": {func(p *Postgres) { p.Listen = errors.New("no notification") }, "LISTEN", expect(Fault, "session mode")},
	} {
		p := Postgres{Version: 160004, Encoding: "UTF8", MayCreate: true, Clock: noon, Before: noon, After: noon}
		c.change(&p)
		t.Run(name, func(t *testing.T) { c.want.compare(t, find(t, p.Findings(), c.check)) })
	}
}

func TestRedis(t *testing.T) {
	const good = "# Server\r\nredis_version:7.2.4\r\nredis_mode:standalone\r\n\r\n# Memory\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n" +
		"aof_enabled:1\r\naof_last_write_status:ok\r\nrdb_last_bgsave_status:ok\r\nrole:master\r\n"
	for name, c := range map[string]struct {
		old, now string
		check    string
		want     expectation
	}{
		"good":        {"", "", "connection", expect(OK, "Redis 7.2.4")},
		"old":         {"7.2.4", "3.2.1", "connection", expect(Fault, "too old")},
		"silent":      {"redis_version:7.2.4", "", "connection", expect(Warning)},
		"replica":     {"role:master", "role:slave", "connection", expect(Fault, "replica")},
		"cluster":     {"standalone", "cluster", "connection", expect(Fault, "cluster")},
		"memory":      {"", "", "memory", expect(OK, "no limit")},
		"limit":       {"maxmemory:0", "maxmemory:100\nmaxmemory_human:100B", "memory", expect(OK, "100B")},
		"evicting":    {"noeviction", "allkeys-lru", "memory", expect(Warning, "allkeys-lru", "noeviction")},
		"no policy":   {"maxmemory_policy:noeviction", "", "memory", expect(Warning, "doesn't say")},
		"persistence": {"", "", "persistence", expect(OK, "append-only")},
		"none":        {"aof_enabled:1", "aof_enabled:0", "persistence", expect(OK, "none is lost")},
		"disk full":   {"bgsave_status:ok", "bgsave_status:err", "persistence", expect(Fault, "disk")},
	} {
		t.Run(name, func(t *testing.T) {
			r := Redis{Info: ParseInfo(strings.Replace(good, c.old, c.now, 1))}
			f := find(t, r.Findings(), c.check)
			if name == "silent" {
				f.Mend = "(nothing is to be done)"
			}
			c.want.compare(t, f)
		})
	}
	expect(Fault, "nothing listens", "TRADEPOST_REDIS_URL").compare(t, Redis{Err: dialError(syscall.ECONNREFUSED)}.Findings()[0])
	expect(Fault, "redis://USER:PASSWORD@").compare(t, Redis{Err: errors.New("NOAUTH Authentication required.")}.Findings()[0])
}

func TestSMTP(t *testing.T) {
	for name, c := range map[string]struct {
		said SMTP
		want expectation
	}{
		"good":     {SMTP{TLS: "TLS 1.3", NotAfter: noon.AddDate(0, 2, 0), Auth: true}, expect(OK, "TLS 1.3", "until 2027-05-01", "signed in")},
		"ends":     {SMTP{TLS: "TLS 1.3", NotAfter: noon.AddDate(0, 0, 3)}, expect(Warning, "2027-03-04, in 3 days")},
		"here":     {SMTP{Loopback: true}, expect(OK, "plain text, to this machine", "without signing in")},
		"plain":    {SMTP{}, expect(Warning, "in the clear")},
		"refused":  {SMTP{Stage: "dial", Err: dialError(syscall.ECONNREFUSED)}, expect(Fault, "nothing listens", "TRADEPOST_SMTP_HOST")},
		"no host":  {SMTP{Stage: "dial", Err: dialError(&net.DNSError{IsNotFound: true})}, expect(Fault, "no such host")},
		"no DNS":   {SMTP{Stage: "dial", Err: dialError(&net.DNSError{IsTemporary: true})}, expect(Fault, "name servers")},
		"silent":   {SMTP{Stage: "dial", Err: dialError(os.ErrDeadlineExceeded)}, expect(Fault, "firewall")},
		"password": {SMTP{Stage: "auth", Err: errors.New("auth: 535")}, expect(Fault, "TRADEPOST_SMTP_PASSWORD")},
		"no TLS":   {SMTP{Stage: "dial", Err: errors.New("dial: no STARTTLS")}, expect(Fault, "587")},
		"not TLS":  {SMTP{Stage: "dial", Err: dialError(tls.RecordHeaderError{})}, expect(Fault, "starttls")},
		"name":     {SMTP{Stage: "dial", Err: dialError(x509.HostnameError{Certificate: &x509.Certificate{}})}, expect(Fault, "as its certificate does")},
		"unknown":  {SMTP{Stage: "dial", Err: dialError(x509.UnknownAuthorityError{})}, expect(Fault, "intermediate")},
		"expired":  {SMTP{Stage: "dial", Err: dialError(x509.CertificateInvalidError{Reason: x509.Expired})}, expect(Fault, "renew")},
		"odd":      {SMTP{Stage: "dial", Err: errors.New("554 go away")}, expect(Fault, "see what it says")},
	} {
		t.Run(name, func(t *testing.T) { c.want.compare(t, c.said.Findings(noon)[0]) })
	}
}

func TestIMAP(t *testing.T) {
	good := IMAP{TLS: "TLS 1.3", NotAfter: noon.AddDate(1, 0, 0), Folder: "INBOX", Mails: 3, UIDs: true, Idle: true, Move: true, UIDPlus: true}
	for name, c := range map[string]struct {
		change func(*IMAP)
		check  string
		want   expectation
	}{
		"good":        {func(*IMAP) {}, "server", expect(OK, "TLS 1.3")},
		"plain":       {func(m *IMAP) { m.TLS, m.NotAfter = "", time.Time{} }, "server", expect(OK, "this machine")},
		"certificate": {func(m *IMAP) { m.NotAfter = noon }, "server", expect(Warning, "in 0 days")},
		"refused":     {func(m *IMAP) { m.Stage, m.Err = "dial", dialError(syscall.ECONNREFUSED) }, "server", expect(Fault, "TRADEPOST_IMAP_ADDR")},
		"password":    {func(m *IMAP) { m.Stage, m.Err = "auth", errors.New("NO") }, "server", expect(Fault, "TRADEPOST_IMAP_PASSWORD")},
		"no folder":   {func(m *IMAP) { m.Stage, m.Err = "folder", errors.New("NO") }, "server", expect(Fault, "TRADEPOST_IMAP_FOLDER")},
		"folder":      {func(*IMAP) {}, "folder INBOX", expect(OK, "mails in it: 3")},
		"to be made":  {func(m *IMAP) { m.Missing = []string{"Processed"} }, "folder", expect(OK, "Processed: not there yet")},
		"no UIDs":     {func(m *IMAP) { m.UIDs = false }, "folder", expect(Fault, "UIDVALIDITY")},
		"all":         {func(*IMAP) {}, "capabilities", expect(OK, "IDLE; MOVE; UIDPLUS")},
		"few":         {func(m *IMAP) { m.Idle, m.UIDPlus = false, false }, "capabilities", expect(Warning, "no IDLE", "no UIDPLUS")},
	} {
		m := good
		c.change(&m)
		t.Run(name, func(t *testing.T) { c.want.compare(t, find(t, m.Findings(noon), c.check)) })
	}
}

// dialError is an error as it comes out of a dial.
func dialError(err error) error {
	return fmt.Errorf("dial: %w", &net.OpError{Op: "dial", Net: "tcp", Err: err})
}
