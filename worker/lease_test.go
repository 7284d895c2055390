package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/mailer"
	"github.com/tradepost-mail/tradepost/mailer/smtptest"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/store/storetest"
	"github.com/tradepost-mail/tradepost/templates"
)

// sender is a Worker that doesn't run: its tests call what asynq would, at
// moments that no queue could be brought to.
type sender struct {
	*Worker
	t    *testing.T
	url  string
	smtp *smtptest.Server
	lind store.Partner
}

func newSender(t *testing.T) *sender {
	t.Helper()
	url := storetest.URL(t)
	s := &sender{t: t, url: url, smtp: smtptest.Start(t, smtptest.Config{})}
	letters, err := templates.New(templates.Options{Market: "Nordmarkt"})
	if err != nil {
		t.Fatal(err)
	}
	pool, err := mailer.NewPool(mailer.Options{Host: "127.0.0.1", Port: s.smtp.Port(), TLS: mailer.NoTLS})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pool.Close() })
	tokens, err := tradepost.NewTokens("reply.test", tradepost.TokenKey{Secret: bytes.Repeat([]byte{1}, 32)})
	if err != nil {
		t.Fatal(err)
	}
	s.Worker, err = New(Options{
		Store: storetest.OpenURL(t, url, storetest.Options(t)), Letters: letters, Pool: pool, Tokens: tokens,
		Clock: tradepost.Clock{Hour: time.Hour}, From: "inbox@market.test",
		Redis: asynq.RedisClientOpt{}, // never dialled
		Log:   slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.stopping, s.sending = t.Context(), t.Context()
	s.lind, err = s.o.Store.AddPartner(t.Context(), store.Partner{Name: "Studio Lind", Published: true,
		Services: []store.Service{{Name: "Store migration"}}, Members: []store.Member{{Name: "Maja Lind", Email: "maja@lind.example"}}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// alert has a merchant write to Maja and returns the alert that is due.
func (s *sender) alert(merchant string) []store.Ref {
	s.t.Helper()
	_, err := s.o.Store.OpenConversation(s.t.Context(), tradepost.Opening{
		PartnerID: s.lind.ID, Kind: tradepost.KindService, Service: "Store migration", Body: "Hello",
		Merchant: tradepost.Merchant{Name: merchant, Email: merchant + "@shop.example", Role: tradepost.MerchantNoStore},
	}, store.Request{})
	if err != nil {
		s.t.Fatal(err)
	}
	due, err := s.o.Store.Offer(s.t.Context(), tradepost.Alert, time.Hour, 10)
	if err != nil || len(due) != 1 {
		s.t.Fatal(due, err)
	}
	return refs(due)
}

// value is the one text that a query returns.
func (s *sender) value(sql string, args ...any) (text string) {
	s.t.Helper()
	if err := storetest.Pool(s.t, s.url).QueryRow(context.Background(), sql, args...).Scan(&text); err != nil {
		s.t.Fatal(err)
	}
	return text
}

// TestLostClaimLapses lets a claim commit whose answer never arrives: nobody
// sends that row, so nobody may keep it.
func TestLostClaimLapses(t *testing.T) {
	s := newSender(t)
	const short = leaseFor / 2 // so that a renewal shows
	lost, kept := s.alert("Nadia"), s.alert("Taro")
	connection := errors.New("the connection broke")
	err := sendBatch(t.Context(), s.Worker, func(ctx context.Context, l store.Lease) ([]store.MessageLetter, error) {
		_, err := s.o.Store.ClaimAlerts(ctx, store.Lease{Owner: l.Owner, For: short}, lost)
		return nil, errors.Join(err, connection)
	}, nil)
	if !errors.Is(err, connection) {
		t.Fatal(err)
	}
	b := s.leases.begin()
	defer s.leases.end(b)
	if _, err := s.o.Store.ClaimAlerts(t.Context(), store.Lease{Owner: b.owner, For: short}, kept); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var renewer sync.WaitGroup
	renewer.Go(func() { s.renew(ctx) })
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	renewed := `select exists (select from notifications n join leases on owner = lease_owner
		where id = $1 and state = 'sending' and until > now() + $2::interval)::text`
	for s.value(renewed, kept[0].ID, short) != "true" {
		<-look.C
	}
	stop()
	renewer.Wait()
	if s.value(renewed, lost[0].ID, short) == "true" {
		t.Error("the lease was renewed of a row that nobody sends")
	}
}

// TestSecondClaimDoesNotReviveTheFirst lets one process claim a row twice, after
// a time without the database in which the first lease lapsed.
func TestSecondClaimDoesNotReviveTheFirst(t *testing.T) {
	s := newSender(t)
	alert := s.alert("Nadia")
	first, second := make(chan struct{}), make(chan struct{})
	goOn, goOnToo := make(chan struct{}), make(chan struct{})
	s.smtp.On(smtptest.Rcpt, smtptest.Hold(first, goOn), smtptest.Hold(second, goOnToo))
	send := func() <-chan error {
		done := make(chan error, 1)
		go func() { done <- s.sendAlerts(t.Context(), alert) }()
		return done
	}
	slow := send()
	<-first
	s.lapse(alert)
	quick := send()
	<-second
	close(goOn)
	if err := <-slow; err != nil {
		t.Error(err)
	}
	if n := len(s.smtp.Mails()); n != 0 {
		t.Errorf("the letter of the lapsed claim was finished")
	}
	close(goOnToo)
	if err := <-quick; err != nil {
		t.Error(err)
	}
	if n := len(s.smtp.Mails()); n != 1 {
		t.Errorf("%d mails of one message", n)
	}
	if got := s.value(`select state || ' after ' || attempts from notifications`); got != "sent after 2" {
		t.Errorf("notification %s", got)
	}
}

// lapse ends the leases on rows, here and in the database, and offers them again.
func (s *sender) lapse(list []store.Ref) {
	s.t.Helper()
	s.leases.mu.Lock()
	for _, b := range s.leases.batches {
		b.hold(time.Now().Add(-leaseFor))
	}
	s.leases.mu.Unlock()
	if _, err := storetest.Pool(s.t, s.url).Exec(s.t.Context(), `update leases set until = now() - interval '1 second'`); err != nil {
		s.t.Fatal(err)
	}
	if n, err := s.o.Store.RecoverLapsed(s.t.Context(), 10); err != nil || n != len(list) {
		s.t.Fatalf("recovered %d, %v", n, err)
	}
}

// TestTaskContextCutsNoLetterShort hands a task over with a context that has
// ended, which asynq does when its own lease on the task lapses.
func TestTaskContextCutsNoLetterShort(t *testing.T) {
	s := newSender(t)
	data, err := json.Marshal(payload{Notifications: s.alert("Nadia")})
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.handle(s.sendAlerts)(ended, asynq.NewTask(taskType(tradepost.Alert), data)); err != nil {
		t.Error(err)
	}
	if n, state := len(s.smtp.Mails()), s.value(`select state from notifications`); n != 1 || state != "sent" {
		t.Errorf("%d mails, state %s", n, state)
	}
}
