package worker_test

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/mailer/smtptest"
	"github.com/tradepost-mail/tradepost/store"
	"github.com/tradepost-mail/tradepost/store/storetest"
	"github.com/tradepost-mail/tradepost/worker"
)

// deadline is how long a test waits for something that must happen.
const deadline = 20 * time.Second

// exec changes the database beneath the worker.
func (p *post) exec(sql string) {
	p.t.Helper()
	if _, err := storetest.Pool(p.t, p.url).Exec(context.Background(), sql); err != nil {
		p.t.Fatal(err)
	}
}

// until waits until a query of one boolean says true.
func (p *post) until(what, sql string) {
	p.t.Helper()
	pool := storetest.Pool(p.t, p.url)
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	end := time.After(deadline)
	for {
		var yes bool
		if err := pool.QueryRow(p.t.Context(), sql).Scan(&yes); err != nil {
			p.t.Fatal(err)
		}
		if yes {
			return
		}
		select {
		case <-look.C:
		case <-end:
			p.t.Fatalf("it did not happen: %s", what)
		}
	}
}

// answers writes n messages of Maja's, all due in one batch.
func (p *post) answers(n int) {
	p.t.Helper()
	conv := p.contact("Nadia", "Hello") // its alerts are needless once it is answered
	for i := range n {
		p.write(conv, store.Author{Role: tradepost.AuthorMember, MemberID: p.maja.ID}, "Answer "+strconv.Itoa(i+1))
	}
}

// logged counts the log lines that have a text in them.
type logged struct {
	text string
	line chan struct{} // gets one for each
}

func watchLog(text string) *logged { return &logged{text: text, line: make(chan struct{}, 1000)} }

func (l *logged) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte(l.text)) {
		l.line <- struct{}{}
	}
	return len(line), nil
}

func (l *logged) option(o *worker.Options) { o.Log = slog.New(slog.NewTextHandler(l, nil)) }

func TestPanicInALetterLosesNoRow(t *testing.T) {
	p := newPost(t)
	p.answers(3)
	var once sync.Once
	p.start(func(o *worker.Options) {
		o.ConversationURL = func(int64, store.Correspondent) string {
			once.Do(func() { panic("this letter breaks its writer") })
			return ""
		}
	})
	p.wait(2) // the others of the batch
	p.until("the row waits for its next attempt", `select exists (
		select from notifications n join attempts a on (a.period, a.notification_id) = (n.period, n.id)
		where n.kind = 'relay' and n.state = 'pending' and n.attempts = 1 and a.smtp_reply like '%this letter breaks its writer%')`)
	p.exec(`update notifications set due_at = now() where state = 'pending'`)
	p.wait(3)
	p.until("all are sent", `select count(*) filter (where state = 'sent') = 3 from notifications where kind = 'relay'`)
	if n := len(p.smtp.Mails()); n != 3 {
		t.Errorf("%d mails of 3 messages", n)
	}
}

func TestOutcomesOutliveADatabaseOutage(t *testing.T) {
	p := newPost(t)
	dot, release := make(chan struct{}), make(chan struct{})
	p.smtp.On(smtptest.Dot, smtptest.Hold(dot, release))
	p.answers(1)
	failed := watchLog("outcomes could not be written")
	const patience = 500 * time.Millisecond // of a stop; nobody asks for one here
	p.start(failed.option, func(o *worker.Options) { o.StopWithin = patience })
	<-dot
	p.exec(`alter table attempts rename to away`)
	close(release)
	began := time.Now()
	for tries := 0; tries < 3 || time.Since(began) < 2*patience; tries++ {
		select {
		case <-failed.line:
		case <-time.After(deadline):
			t.Fatalf("it was not tried again after %d times", tries)
		}
	}
	p.exec(`alter table away rename to attempts`)
	p.until("the outcome is written", `select state = 'sent' from notifications where kind = 'relay'`)
	if n := len(p.smtp.Mails()); n != 1 {
		t.Errorf("%d mails of one message", n)
	}
}

func TestOutcomesAreWrittenWhileTheBatchGoesOn(t *testing.T) {
	p := newPost(t)
	dot, release := make(chan struct{}), make(chan struct{})
	p.smtp.On(smtptest.Dot, smtptest.Action{}, smtptest.Action{}, smtptest.Action{}, smtptest.Hold(dot, release))
	p.answers(4)
	p.start()
	<-dot
	p.until("three outcomes are written while the fourth letter takes its time", `
		select count(*) filter (where state = 'sent') = 3 and count(*) filter (where state = 'sending') = 1
		from notifications where kind = 'relay'`)
	close(release)
	p.wait(4)
}

func TestDeepDigestQueueDoesNotDelayAlerts(t *testing.T) {
	p := newPost(t)
	o := asynq.RedisClientOpt{Network: p.redis.Network(), Addr: p.redis.Addr()}
	client, inspect := asynq.NewClient(o), asynq.NewInspector(o)
	defer client.Close()
	defer inspect.Close()
	queue := string(tradepost.Digest)
	for i := range 2001 {
		task := asynq.NewTask("mail:digest", []byte(`{"notifications":[]}`), asynq.Queue(queue), asynq.TaskID(strconv.Itoa(i)))
		if _, err := client.Enqueue(task); err != nil {
			t.Fatal(err)
		}
	}
	if err := inspect.PauseQueue(queue); err != nil { // stands for digests that take their time
		t.Fatal(err)
	}
	p.start()
	p.contact("Nadia", "Hello")
	p.wait(2)
	if info, err := inspect.GetQueueInfo(queue); err != nil || info.Pending != 2001 {
		t.Errorf("the digests are not waiting any more: %+v, %v", info, err)
	}
}

func TestStopWaitsForHandlers(t *testing.T) {
	p := newPost(t)
	maja, oskar, never := make(chan struct{}), make(chan struct{}), make(chan struct{})
	p.smtp.On(smtptest.Rcpt, smtptest.Hold(maja, never), smtptest.Hold(oskar, never)) // a server that hangs
	ended := watchLog("msg=mail ")
	stop := p.start(ended.option, func(o *worker.Options) { o.StopWithin = 200 * time.Millisecond })
	p.contact("Nadia", "Hello")
	<-maja
	<-oskar
	stopped := make(chan struct{})
	go func() { defer close(stopped); stop() }()
	select {
	case <-stopped:
	case <-time.After(deadline):
		t.Fatal("Run did not return")
	}
	// Each handler logs its letter before it ends.
	if n := len(ended.line); n != 2 {
		t.Errorf("Run returned while %d of 2 letters were being sent", 2-n)
	}
	if n := len(p.smtp.Mails()); n != 0 {
		t.Errorf("%d mails from a server that hung", n)
	}
}

// What a stop cuts off is known all the same: the letter at its final dot met
// silence, those behind it were never tried.
func TestCutOffIsRecorded(t *testing.T) {
	p := newPost(t)
	for _, m := range p.lind.Members {
		if err := p.SetSettings(t.Context(), m.ID, tradepost.Settings{Alert: tradepost.AlertNever, Digest: tradepost.DigestHourly}); err != nil {
			t.Fatal(err)
		}
	}
	reached, never := make(chan struct{}), make(chan struct{})
	p.smtp.On(smtptest.Dot, smtptest.Hold(reached, never))
	conv := p.contact("Nadia", "Hello")
	for _, body := range []string{"one", "two", "three"} {
		p.write(conv, store.Author{Role: tradepost.AuthorMember, MemberID: p.maja.ID}, body)
	}
	stop := p.start(func(o *worker.Options) { o.StopWithin = 200 * time.Millisecond })
	<-reached
	stop()
	var got []string
	rows, err := storetest.Pool(t, p.url).Query(t.Context(),
		`select format('%s attempts=%s silences=%s lapses=%s', state, attempts, silences, lapses) from notifications order by id`)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		got = append(got, s)
	}
	want := []string{"unknown attempts=1 silences=1 lapses=0", "pending attempts=0 silences=0 lapses=0", "pending attempts=0 silences=0 lapses=0"}
	if err := rows.Err(); err != nil || !slices.Equal(got, want) {
		t.Errorf("after the stop: %q, want %q (%v)", got, want, err)
	}
}
