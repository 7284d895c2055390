package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/embedded"
	"github.com/tradepost-mail/tradepost/mailer/smtptest"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/store/storetest"
)

const (
	townDomain  = "reply.market.example"
	townReplies = "replies@market.example"
	townAPIKey  = "a-key-of-sixteen-or-more"
)

// town is what surrounds the program: PostgreSQL, redis-server, Dovecot, and an
// SMTP server that brings what it takes into Dovecot's mailboxes.
type town struct {
	t       *testing.T
	st      *store.Store // on the same database as the program's
	smtp    *smtptest.Server
	redis   *embedded.Redis
	dovecot *embedded.Dovecot
	env     []string
	lind    store.Partner
}

func newTown(t *testing.T, settings map[string]string) *town {
	t.Helper()
	url := storetest.URL(t)
	w := &town{t: t, smtp: smtptest.Start(t, smtptest.Config{})}
	dir, err := embedded.TempDir()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	w.redis, err = embedded.StartRedis(t.Context(), embedded.RedisOptions{Dir: filepath.Join(dir, "redis"), RequireServer: true})
	w.installed(err, embedded.ErrNoRedis)
	t.Cleanup(func() { w.redis.Close() })
	w.dovecot, err = embedded.StartDovecot(t.Context(), embedded.DovecotOptions{Dir: filepath.Join(dir, "dovecot"), Password: "secret"})
	w.installed(err, embedded.ErrNoDovecot)
	t.Cleanup(func() { w.dovecot.Close() })

	blobs := "file://" + filepath.ToSlash(filepath.Join(dir, "blobs"))
	for name, value := range map[string]string{
		runAsProgram: "1", "TRADEPOST_DATABASE_URL": url, "TRADEPOST_BLOB_URL": blobs, "TRADEPOST_REPLY_DOMAIN": townDomain,
		"TRADEPOST_REPLY_KEYS": "0:" + strings.Repeat("5a", 32), "TRADEPOST_REDIS_URL": "redis-socket://" + w.redis.Addr(),
		"TRADEPOST_SMTP_HOST": "127.0.0.1", "TRADEPOST_SMTP_PORT": strconv.Itoa(w.smtp.Port()), "TRADEPOST_SMTP_TLS": "none",
		"TRADEPOST_IMAP_ADDR": w.dovecot.Addr(), "TRADEPOST_IMAP_TLS": "none", "TRADEPOST_IMAP_USERNAME": townReplies, "TRADEPOST_IMAP_PASSWORD": "secret",
		"TRADEPOST_POLL_EVERY": "1s", "TRADEPOST_FROM": "inbox@market.example", "TRADEPOST_MARKET": "Nordmarkt",
		"TRADEPOST_API_KEYS": "platform:" + townAPIKey, "TRADEPOST_ALERTS_PER_PARTNER": "0", "TRADEPOST_PARTNERS_PER_MERCHANT": "0",
		"TRADEPOST_LOG_LEVEL": "WARN", "TRADEPOST_DNS": "off",
		// Loads are made of few people's mails.
		"TRADEPOST_BUDGET_SENDER": "0", "TRADEPOST_BUDGET_CONVERSATION": "0", "TRADEPOST_BUDGET_DOMAIN": "0", "TRADEPOST_BUDGET_REPEAT": "0",
	} {
		if v, ok := settings[name]; ok {
			value = v
		}
		w.env = append(w.env, name+"="+value)
	}
	for name, value := range settings {
		w.env = append(w.env, name+"="+value)
	}
	o := storetest.Options(t)
	o.MailDomain = townDomain
	if o.Blobs, err = store.OpenBlobs(t.Context(), blobs); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.Blobs.Close() })
	w.st = storetest.OpenURL(t, url, o)
	w.lind, err = w.st.AddPartner(t.Context(), store.Partner{Name: "Studio Lind", Published: true,
		Services: []store.Service{{Name: "Store migration"}, {Name: "Theme design"}},
		Members: []store.Member{{Name: "Maja Lind", Email: "maja@lind.example", Role: "owner", Zone: "Europe/Stockholm"},
			{Name: "山田 太郎", Email: "taro@lind.example", Zone: "Asia/Tokyo"}}})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// installed skips the test where a server is missing, and fails it in CI.
func (w *town) installed(err, missing error) {
	w.t.Helper()
	switch {
	case err == nil:
	case errors.Is(err, missing) && os.Getenv("CI") == "":
		w.t.Skip(err)
	default:
		w.t.Fatal(err)
	}
}

// deliver brings what the SMTP server takes into Dovecot, as an MTA would, until
// the test ends.
func (w *town) deliver() {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := 0; ; {
			got, err := w.smtp.Wait(ctx, n+1)
			if err != nil {
				return
			}
			for ; n < len(got); n++ {
				to := got[n].To[0]
				box := to
				if strings.HasSuffix(strings.ToLower(to), "@"+townDomain) {
					box = townReplies
				}
				raw := append([]byte("Delivered-To: "+to+"\r\n"), got[n].Raw...)
				if err := w.dovecot.Deliver(box, raw); err != nil {
					w.t.Errorf("deliver to %s: %v", box, err)
				}
			}
		}
	})
	w.t.Cleanup(func() { cancel(); wg.Wait() })
}

// process is a running role of the program.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	done chan error
}

// start runs the program with the given arguments until the test ends.
func (w *town) start(args ...string) *process {
	w.t.Helper()
	p := &process{t: w.t, cmd: exec.Command(os.Args[0], args...), done: make(chan error, 1)}
	p.cmd.Env = append(os.Environ(), w.env...)
	p.cmd.Stderr = prefixed{w.t, strings.Join(args, " ")}
	p.cmd.Stdout = p.cmd.Stderr
	if err := p.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	go func() { p.done <- p.cmd.Wait() }()
	w.t.Cleanup(p.kill)
	return p
}

// prefixed passes a process's lines to the test's log.
type prefixed struct {
	t    *testing.T
	name string
}

func (p prefixed) Write(b []byte) (int, error) {
	for line := range bytes.Lines(b) {
		if _, err := fmt.Fprintf(p.t.Output(), "%s: %s", p.name, line); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

// kill ends the process without asking, and waits.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // an error means that it has ended
	_ = p.wait()             // says that it was killed
}

// stop asks the process to end and waits for it to do so in order.
func (p *process) stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	if err := p.wait(); err != nil {
		p.t.Errorf("%s ended with %v", p.cmd.Args[1:], err)
	}
}

func (p *process) wait() error {
	err := <-p.done
	p.done <- err
	return err
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// eventually asks again and again until ok, for things that ring no bell outside
// of the program.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		case <-tick.C:
		}
	}
}

func (w *town) contact(merchant string) int64 {
	w.t.Helper()
	id, err := w.st.OpenConversation(w.t.Context(), tradepost.Opening{
		PartnerID: w.lind.ID, Kind: tradepost.KindService, Service: "Store migration", Body: "Hello from " + merchant,
		Merchant: tradepost.Merchant{Name: merchant, Email: merchant + "@shop.example", Role: tradepost.MerchantOwner,
			StoreName: "Atelier " + merchant, StoreURL: "https://" + merchant + ".example"},
	}, store.Request{})
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}
