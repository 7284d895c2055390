package worker_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/embedded"
	"github.com/tradepost-mail/tradepost/mailer"
	"github.com/tradepost-mail/tradepost/mailer/smtptest"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/store/storetest"
	"github.com/tradepost-mail/tradepost/templates"
	"github.com/tradepost-mail/tradepost/worker"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// post is a post office: a worker's surroundings, all real but the SMTP server,
// which does as it is told.
type post struct {
	*store.Store
	t      *testing.T
	url    string
	smtp   *smtptest.Server
	redis  *embedded.Redis
	tokens *tradepost.Tokens
	clock  tradepost.Clock
	maja   store.Member
	oskar  store.Member
	lind   store.Partner
}

func newPost(t *testing.T, change ...func(*store.Options)) *post {
	t.Helper()
	o := storetest.Options(t)
	for _, f := range change {
		f(&o)
	}
	url := storetest.URL(t)
	p := &post{t: t, url: url, Store: storetest.OpenURL(t, url, o), smtp: smtptest.Start(t, smtptest.Config{}), redis: startRedis(t), clock: o.Clock}
	var err error
	p.tokens, err = tradepost.NewTokens("reply.test", tradepost.TokenKey{Secret: bytes.Repeat([]byte{1}, 32)})
	if err != nil {
		t.Fatal(err)
	}
	p.lind, err = p.AddPartner(t.Context(), store.Partner{Name: "Studio Lind", Published: true,
		Services: []store.Service{{Name: "Store migration"}},
		Members: []store.Member{{Name: "Maja Lind", Email: "maja@lind.example", Role: "owner", Zone: "Europe/Stockholm"},
			{Name: "Oskar Åberg", Email: "oskar@lind.example"}}})
	if err != nil {
		t.Fatal(err)
	}
	p.maja, p.oskar = p.lind.Members[0], p.lind.Members[1]
	return p
}

func startRedis(t *testing.T) *embedded.Redis {
	t.Helper()
	dir, err := embedded.TempDir()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	r, err := embedded.StartRedis(t.Context(), embedded.RedisOptions{Dir: filepath.Join(dir, "redis"), RequireServer: true})
	if errors.Is(err, embedded.ErrNoRedis) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// start runs a worker; stop ends it and waits.
func (p *post) start(change ...func(*worker.Options)) (stop func()) {
	p.t.Helper()
	letters, err := templates.New(templates.Options{Market: "Nordmarkt"})
	if err != nil {
		p.t.Fatal(err)
	}
	pool, err := mailer.NewPool(mailer.Options{Host: "127.0.0.1", Port: p.smtp.Port(), TLS: mailer.NoTLS})
	if err != nil {
		p.t.Fatal(err)
	}
	o := worker.Options{
		Store: p.Store, Letters: letters, Pool: pool, Tokens: p.tokens, Clock: p.clock, From: "inbox@market.test",
		Redis:      asynq.RedisClientOpt{Network: p.redis.Network(), Addr: p.redis.Addr()},
		OfferAgain: time.Second, Poll: 100 * time.Millisecond, Log: slog.New(slog.NewTextHandler(p.t.Output(), nil)),
	}
	for _, f := range change {
		f(&o)
	}
	w, err := worker.New(o)
	if err != nil {
		p.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			p.t.Error(err)
		}
	}
	p.t.Cleanup(func() { pool.Close() })
	p.t.Cleanup(stop)
	return stop
}

func (p *post) contact(name, body string, files ...tradepost.Attachment) int64 {
	p.t.Helper()
	id, err := p.OpenConversation(p.t.Context(), tradepost.Opening{
		PartnerID: p.lind.ID, Kind: tradepost.KindService, Service: "Store migration", Body: body, Attachments: files,
		Merchant: tradepost.Merchant{Name: name, Email: "merchant@shop.example", Role: tradepost.MerchantOwner, StoreName: "Atelier Nord", StoreURL: "https://nord.example"},
	}, store.Request{})
	if err != nil {
		p.t.Fatal(err)
	}
	return id
}

func (p *post) write(conversation int64, by store.Author, body string) int64 {
	p.t.Helper()
	id, err := p.AddMessage(p.t.Context(), conversation, by, tradepost.ViaAPI, body, nil, store.Request{})
	if err != nil {
		p.t.Fatal(err)
	}
	return id
}

// wait returns the first n mails, to whom each went and its header and body.
func (p *post) wait(n int) []letter {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 20*time.Second)
	defer cancel()
	got, err := p.smtp.Wait(ctx, n)
	if err != nil {
		p.t.Fatalf("waiting for %d mails: %v", n, err)
	}
	var list []letter
	for _, m := range got {
		parsed, err := mail.ReadMessage(bytes.NewReader(m.Raw))
		if err != nil {
			p.t.Fatal(err)
		}
		body, err := io.ReadAll(parsed.Body)
		if err != nil {
			p.t.Fatal(err)
		}
		list = append(list, letter{from: m.From, to: m.To[0], header: parsed.Header, body: string(body)})
	}
	return list
}

type letter struct {
	from, to string
	header   mail.Header
	body     string
}

func TestAlertAndRelay(t *testing.T) {
	p := newPost(t)
	p.start()
	conv := p.contact("山田 太郎", "Hello there", tradepost.NewAttachment("products.csv", "", []byte("a;b")))
	alerts := p.wait(2)
	for _, l := range alerts {
		if !strings.HasPrefix(l.from, "bounce+") || l.header.Get("Auto-Submitted") != "auto-generated" ||
			!strings.Contains(l.body, "products.csv") || strings.Contains(l.body, "merchant@shop.example") {
			t.Errorf("alert from %s: %v\n%s", l.from, l.header, l.body)
		}
	}
	reply, err := mail.ParseAddress(alerts[0].header.Get("Reply-To"))
	if err != nil {
		t.Fatal(err)
	}
	tok, err := p.tokens.Parse(reply.Address, time.Now())
	if err != nil || tok.Purpose != tradepost.ReplyToken || tok.Subject != conv {
		t.Fatalf("reply token %+v, %v", tok, err)
	}

	p.write(conv, store.Author{Role: tradepost.AuthorMember, MemberID: p.maja.ID}, "We can do that")
	p.wait(3)
	p.write(conv, store.Author{Role: tradepost.AuthorMember, MemberID: p.oskar.ID}, "On Monday")
	relays := p.wait(4)[2:]
	for _, l := range relays {
		if l.to != "merchant@shop.example" || l.header.Get("Auto-Submitted") != "" || l.header.Get("X-Tradepost-Hop") == "" {
			t.Errorf("relay to %s: %v", l.to, l.header)
		}
		if all := l.body + l.header.Get("From") + l.header.Get("Reply-To"); strings.Contains(all, "lind.example") {
			t.Error("the relay carries the member's address")
		}
	}
	if from := relays[0].header.Get("From"); !strings.Contains(from, "Maja Lind, Studio Lind") {
		t.Errorf("relay from %s", from)
	}
	first, second := relays[0].header, relays[1].header
	if second.Get("In-Reply-To") != first.Get("Message-Id") {
		t.Errorf("the second relay answers %q, want %q", second.Get("In-Reply-To"), first.Get("Message-Id"))
	}
}

func TestFlushedRedisLosesNothing(t *testing.T) {
	p := newPost(t)
	client := redis.NewClient(&redis.Options{Network: p.redis.Network(), Addr: p.redis.Addr()})
	defer client.Close()
	reached, release := make(chan struct{}), make(chan struct{})
	p.smtp.On(smtptest.Dot, smtptest.Hold(reached, release))
	p.start()
	for range 20 {
		p.contact("Nadia", "Hello")
	}
	<-reached
	if err := client.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	close(release)
	p.wait(2)
	p.write(p.contact("Nadia", "Hello again"), store.Author{Role: tradepost.AuthorMember, MemberID: p.maja.ID}, "Yes")
	if err := client.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	for _, l := range p.wait(3)[2:] {
		if l.to != "merchant@shop.example" {
			t.Errorf("a mail too many, to %s", l.to)
		}
	}
}

func TestStopFinishesTheLetterInFlight(t *testing.T) {
	p := newPost(t)
	maja, oskar, release := make(chan struct{}), make(chan struct{}), make(chan struct{})
	p.smtp.On(smtptest.Dot, smtptest.Hold(maja, release), smtptest.Hold(oskar, release))
	stop := p.start()
	conv := p.contact("Nadia", "Hello")
	<-maja
	<-oskar
	stopped := make(chan struct{})
	go func() { defer close(stopped); stop() }()
	p.write(conv, store.Author{Role: tradepost.AuthorMember, MemberID: p.maja.ID}, "waits for the next worker")
	close(release)
	<-stopped
	if n := len(p.smtp.Mails()); n != 2 {
		t.Fatalf("%d mails after the stop, want the two in flight", n)
	}
	p.start()
	if l := p.wait(3)[2]; l.to != "merchant@shop.example" {
		t.Fatalf("after the restart a mail to %s: one in flight was sent twice", l.to)
	}
}

func TestRefusedForNowGoesAgain(t *testing.T) {
	p := newPost(t)
	p.smtp.On(smtptest.Rcpt, smtptest.Reply(451, "4.3.0 later"))
	p.start()
	p.contact("Nadia", "Hello")
	seen := map[string]int{}
	for _, l := range p.wait(2) {
		seen[l.to]++
	}
	if seen["maja@lind.example"] != 1 || seen["oskar@lind.example"] != 1 {
		t.Fatalf("mails to %v, want one each", seen)
	}
}

func TestDigestOfTwoConversations(t *testing.T) {
	p := newPost(t, func(o *store.Options) { o.Clock = tradepost.Clock{Hour: 4 * time.Second} })
	first := p.contact("Nadia", "Hello")
	second := p.contact("Nadia", "Another matter")
	p.write(first, store.Author{Role: tradepost.AuthorMerchant}, "Are you there?")
	p.write(second, store.Author{Role: tradepost.AuthorMerchant}, "What does it cost?")
	p.start()
	list := p.wait(4)
	told := map[string][]letter{}
	for _, l := range list {
		told[l.to] = append(told[l.to], l)
	}
	for _, to := range []string{"maja@lind.example", "oskar@lind.example"} {
		if len(told[to]) != 2 {
			t.Fatalf("%d mails to %s, want an alert and a digest", len(told[to]), to)
		}
		alert, digest := told[to][0], told[to][1]
		if alert.header.Get("List-Id") != "" {
			alert, digest = digest, alert
		}
		if h := digest.header; h.Get("Auto-Submitted") != "auto-generated" || h.Get("List-Id") == "" || h.Get("References") != "" {
			t.Errorf("digest header %v", h)
		}
		reply, err := mail.ParseAddress(digest.header.Get("Reply-To"))
		if err != nil {
			t.Fatal(err)
		}
		if tok, err := p.tokens.Parse(reply.Address, time.Now()); err != nil || tok.Purpose != tradepost.DigestToken {
			t.Errorf("Reply-To of a digest of two conversations: %+v, %v", tok, err)
		}
		for _, body := range []string{"Another matter", "Are you there?", "What does it cost?"} {
			if !strings.Contains(digest.body, body) {
				t.Errorf("the digest lacks %q", body)
			}
		}
		if strings.Contains(digest.body, "Hello") || !strings.Contains(alert.body, "Hello") {
			t.Error("what was alerted is in the digest, or not in the alert")
		}
	}
	// The next hour has nothing to tell: the mail that comes next is another one.
	<-time.After(p.clock.Hour)
	p.write(first, store.Author{Role: tradepost.AuthorMember, MemberID: p.maja.ID}, "Yes")
	if l := p.wait(5)[4]; l.to != "merchant@shop.example" {
		t.Errorf("a mail to %s in an hour with nothing unread", l.to)
	}
}

func TestOptionsAreNamed(t *testing.T) {
	_, err := worker.New(worker.Options{})
	for _, name := range []string{"Store", "Letters", "Pool", "Tokens", "Redis", "From", "Clock.Hour"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("the error does not name %s: %v", name, err)
		}
	}
}
