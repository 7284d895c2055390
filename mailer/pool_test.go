package mailer_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tradepost-mail/tradepost/mailer"
	"github.com/tradepost-mail/tradepost/mailer/smtptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds what must not happen at all, or happens at once.
const patience = 20 * time.Second

func letter(id string) *mailer.Letter {
	return &mailer.Letter{
		From:         mailer.Address{Name: "MARKET", Addr: "alerts@market.example"},
		To:           mailer.Address{Name: "Maja Lind", Addr: "maja@studio.example"},
		EnvelopeFrom: "bounce+7@market.example",
		Subject:      "Nadia Rahman: Store migration",
		MessageID:    id + "@market.example",
		Date:         time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC),
		Text:         "Hello Maja\n.\n.a line with a dot\n",
	}
}

func pool(t testing.TB, s *smtptest.Server, change func(*mailer.Options)) *mailer.Pool {
	t.Helper()
	o := mailer.Options{Host: "127.0.0.1", Port: s.Port(), TLS: mailer.NoTLS, HELO: "test.example",
		DialTimeout: patience, CommandTimeout: patience, DataTimeout: patience, IdleTimeout: time.Hour}
	if change != nil {
		change(&o)
	}
	p, err := mailer.NewPool(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// TestVerdicts tells what each misbehaviour at each stage comes to, and that
// the next letter gets through all the same.
func TestVerdicts(t *testing.T) {
	for _, tt := range []struct {
		name     string
		at       smtptest.Stage
		action   smtptest.Action
		verdict  mailer.Verdict
		stage    string
		code     int
		enhanced string
		kept     int  // mails the server has afterwards
		again    bool // the connection serves the next letter too
	}{
		{"all well", smtptest.Dot, smtptest.Reply(250, "2.0.0 queued as ABC"), mailer.Delivered, "dot", 250, "2.0.0", 1, true},
		{"bare 250", smtptest.Dot, smtptest.Action{Raw: "250\r\n", Accept: true}, mailer.Delivered, "dot", 250, "", 1, true},
		{"250 then closed", smtptest.Dot, smtptest.ReplyAndClose(250, "2.0.0 queued"), mailer.Delivered, "dot", 250, "2.0.0", 1, false},

		{"greeting 421", smtptest.Connect, smtptest.ReplyAndClose(421, "4.3.2 busy"), mailer.Temporary, "dial", 421, "4.3.2", 0, false},
		{"greeting 554", smtptest.Connect, smtptest.ReplyAndClose(554, "5.7.1 go away"), mailer.Temporary, "dial", 554, "5.7.1", 0, false},
		{"no greeting", smtptest.Connect, smtptest.Drop(), mailer.Temporary, "dial", 0, "", 0, false},
		{"garbage greeting", smtptest.Connect, smtptest.Garbage("HTTP/1.1 400 Bad Request\r\n"), mailer.Temporary, "dial", 0, "", 0, false},
		{"dropped at EHLO", smtptest.EHLO, smtptest.Drop(), mailer.Temporary, "dial", 0, "", 0, false},

		{"MAIL 451", smtptest.Mail, smtptest.Reply(451, "4.7.1 later"), mailer.Temporary, "mail", 451, "4.7.1", 0, true},
		{"MAIL 550", smtptest.Mail, smtptest.Reply(550, "5.7.1 not you"), mailer.Permanent, "mail", 550, "5.7.1", 0, true},
		{"MAIL 421", smtptest.Mail, smtptest.ReplyAndClose(421, "4.4.2 bye"), mailer.Temporary, "mail", 421, "4.4.2", 0, false},
		{"MAIL 530", smtptest.Mail, smtptest.Reply(530, "5.7.0 log in first"), mailer.Temporary, "mail", 530, "5.7.0", 0, true},
		{"MAIL 503", smtptest.Mail, smtptest.Reply(503, "5.5.1 out of order"), mailer.Temporary, "mail", 503, "5.5.1", 0, false},
		{"MAIL 354", smtptest.Mail, smtptest.Reply(354, "what"), mailer.Temporary, "mail", 354, "", 0, false},
		{"dropped at MAIL", smtptest.Mail, smtptest.Drop(), mailer.Temporary, "mail", 0, "", 0, false},
		{"garbage at MAIL", smtptest.Mail, smtptest.Garbage("hello?\r\n"), mailer.Temporary, "mail", 0, "", 0, false},

		{"RCPT 450", smtptest.Rcpt, smtptest.Reply(450, "4.2.1 mailbox busy"), mailer.Temporary, "rcpt", 450, "4.2.1", 0, true},
		{"RCPT 550", smtptest.Rcpt, smtptest.Reply(550, "5.1.1 no such user"), mailer.Permanent, "rcpt", 550, "5.1.1", 0, true},
		{"RCPT 550 without status", smtptest.Rcpt, smtptest.Reply(550, "no such user"), mailer.Permanent, "rcpt", 550, "", 0, true},
		{"RCPT 450 with a wrong class", smtptest.Rcpt, smtptest.Reply(450, "5.1.1 hm"), mailer.Temporary, "rcpt", 450, "", 0, true},
		{"RCPT 421", smtptest.Rcpt, smtptest.ReplyAndClose(421, "4.7.0 enough"), mailer.Temporary, "rcpt", 421, "4.7.0", 0, false},
		{"dropped at RCPT", smtptest.Rcpt, smtptest.Drop(), mailer.Temporary, "rcpt", 0, "", 0, false},
		{"mixed codes at RCPT", smtptest.Rcpt, smtptest.Garbage("550-no\r\n250 yes\r\n"), mailer.Temporary, "rcpt", 0, "", 0, false},

		{"DATA 451", smtptest.Data, smtptest.Reply(451, "4.3.0 disk"), mailer.Temporary, "data", 451, "4.3.0", 0, true},
		{"DATA 554", smtptest.Data, smtptest.Reply(554, "5.7.1 no"), mailer.Permanent, "data", 554, "5.7.1", 0, true},
		{"DATA 421", smtptest.Data, smtptest.ReplyAndClose(421, "4.3.2 restart"), mailer.Temporary, "data", 421, "4.3.2", 0, false},
		{"DATA 250", smtptest.Data, smtptest.Reply(250, "fine"), mailer.Temporary, "data", 250, "", 0, false},
		{"dropped at DATA", smtptest.Data, smtptest.Drop(), mailer.Temporary, "data", 0, "", 0, false},

		{"dot 451", smtptest.Dot, smtptest.Reply(451, "4.3.0 queue full"), mailer.Temporary, "dot", 451, "4.3.0", 0, true},
		{"dot 554", smtptest.Dot, smtptest.Reply(554, "5.6.0 spam"), mailer.Permanent, "dot", 554, "5.6.0", 0, true},
		{"dot 421", smtptest.Dot, smtptest.ReplyAndClose(421, "4.3.2 restart"), mailer.Temporary, "dot", 421, "4.3.2", 0, false},
		{"taken without an answer", smtptest.Dot, smtptest.AcceptAndDrop(), mailer.Unknown, "dot", 0, "", 1, false},
		{"neither taken nor answered", smtptest.Dot, smtptest.Drop(), mailer.Unknown, "dot", 0, "", 0, false},
		{"garbage at the dot", smtptest.Dot, smtptest.Action{Raw: "ok\r\n", Accept: true}, mailer.Unknown, "dot", 0, "", 1, false},
		{"354 at the dot", smtptest.Dot, smtptest.Reply(354, "more"), mailer.Unknown, "dot", 354, "", 0, false},
	} {
		for _, extensions := range [][]string{{"PIPELINING"}, {}} {
			t.Run(tt.name+fmt.Sprint(extensions), func(t *testing.T) {
				s := smtptest.Start(t, smtptest.Config{Extensions: extensions})
				s.On(tt.at, tt.action)
				p := pool(t, s, nil)

				r := p.Send(t.Context(), letter("first"), mailer.SendOptions{})
				if r.Verdict != tt.verdict || r.Stage != tt.stage || r.Code != tt.code || r.EnhancedCode != tt.enhanced {
					t.Errorf("got %v at %q, %d %q (%v); want %v at %q, %d %q",
						r.Verdict, r.Stage, r.Code, r.EnhancedCode, r.Err, tt.verdict, tt.stage, tt.code, tt.enhanced)
				}
				if (r.Err == nil) != (r.Verdict == mailer.Delivered) {
					t.Errorf("Err is %v with verdict %v", r.Err, r.Verdict)
				}
				if n := len(s.Mails()); n != tt.kept {
					t.Errorf("the server has %d mails, want %d", n, tt.kept)
				}

				second := letter("second")
				second.To.Addr = "maja@elsewhere.example" // the first domain may have asked for a pause
				r = p.Send(t.Context(), second, mailer.SendOptions{})
				if r.Verdict != mailer.Delivered {
					t.Fatalf("the next letter: %v at %s: %v", r.Verdict, r.Stage, r.Err)
				}
				mails := s.Mails()
				if last := mails[len(mails)-1]; len(mails) != tt.kept+1 || !bytes.Contains(last.Raw, []byte("<second@")) || !slices.Equal(last.To, []string{"maja@elsewhere.example"}) {
					t.Errorf("the next letter arrived as %+v", last)
				}
				want := 2
				if tt.again {
					want = 1
				}
				if n := s.Connections(); n != want {
					t.Errorf("%d connections, want %d", n, want)
				}
			})
		}
	}
}

func TestDialogueIsShort(t *testing.T) {
	for _, tt := range []struct {
		extensions []string
		refuse     bool
		want       string
	}{
		{[]string{"PIPELINING"}, false, "EHLO MAIL RCPT DATA MAIL RCPT DATA QUIT"},
		{[]string{}, false, "EHLO MAIL RCPT DATA MAIL RCPT DATA QUIT"},
		{[]string{}, true, "EHLO MAIL RCPT RSET MAIL RCPT DATA QUIT"},
		{[]string{"PIPELINING"}, true, "EHLO MAIL RCPT DATA RSET MAIL RCPT DATA QUIT"},
	} {
		s := smtptest.Start(t, smtptest.Config{Extensions: tt.extensions})
		if tt.refuse {
			s.On(smtptest.Rcpt, smtptest.Reply(550, "5.1.1 no"))
		}
		p := pool(t, s, nil)
		p.Send(t.Context(), letter("a"), mailer.SendOptions{})
		p.Send(t.Context(), letter("b"), mailer.SendOptions{})
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		s.Close() // QUIT has been read then
		if got := strings.Join(s.Commands(), " "); got != tt.want {
			t.Errorf("%v, refuse %v:\ngot  %s\nwant %s", tt.extensions, tt.refuse, got, tt.want)
		}
	}
}

func TestEnvelopeAndBytes(t *testing.T) {
	s := smtptest.Start(t, smtptest.Config{})
	p := pool(t, s, nil)
	l := letter("x")
	l.EnvelopeFrom = ""
	if r := p.Send(t.Context(), l, mailer.SendOptions{}); r.Verdict != mailer.Delivered {
		t.Fatal(r.Err)
	}
	l.EnvelopeFrom = "bounce+123=a=x.test@market.example"
	l.Text = strings.Repeat(".\r\n..\r\n", 8000) // several chunks, dots at their edges
	if r := p.Send(t.Context(), l, mailer.SendOptions{}); r.Verdict != mailer.Delivered {
		t.Fatal(r.Err)
	}
	mails := s.Mails()
	if mails[0].From != "" || mails[1].From != l.EnvelopeFrom || mails[1].Options != "" {
		t.Errorf("envelopes: %q, %q with %q", mails[0].From, mails[1].From, mails[1].Options)
	}
	var want bytes.Buffer
	if _, err := l.WriteTo(&want); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(mails[1].Raw, want.Bytes()) {
		t.Error("what arrived isn't what WriteTo gives")
	}
}

func TestBeforeDot(t *testing.T) {
	no := errors.New("lease lost")
	for _, text := range []string{"short\n", strings.Repeat("many lines of text\n", 5000)} {
		s := smtptest.Start(t, smtptest.Config{})
		p := pool(t, s, nil)
		l := letter("x")
		l.Text = text
		r := p.Send(t.Context(), l, mailer.SendOptions{BeforeDot: func() error { return no }})
		if r.Verdict != mailer.NotSent || !errors.Is(r.Err, no) || !errors.Is(r.Err, mailer.ErrBeforeDot) {
			t.Errorf("refused: %v, %v", r.Verdict, r.Err)
		}
		asked := 0
		r = p.Send(t.Context(), l, mailer.SendOptions{BeforeDot: func() error { asked++; return nil }})
		if r.Verdict != mailer.Delivered || asked != 1 {
			t.Errorf("allowed: %v, asked %d times", r.Verdict, asked)
		}
		if n := len(s.Mails()); n != 1 || s.Connections() != 2 {
			t.Errorf("%d mails over %d connections, want 1 over 2", n, s.Connections())
		}
	}
}

// TestBeforeDotComesFirst shows that the dot isn't out yet when the
// question is asked: the server has nothing.
func TestBeforeDotComesFirst(t *testing.T) {
	s := smtptest.Start(t, smtptest.Config{})
	p := pool(t, s, nil)
	r := p.Send(t.Context(), letter("x"), mailer.SendOptions{BeforeDot: func() error {
		if n := len(s.Mails()); n != 0 {
			return fmt.Errorf("the server has %d mails already", n)
		}
		return nil
	}})
	if r.Verdict != mailer.Delivered {
		t.Error(r.Err)
	}
}

func TestContextInterrupts(t *testing.T) {
	for _, tt := range []struct {
		at      smtptest.Stage
		verdict mailer.Verdict
		stage   string
		kept    int
	}{
		{smtptest.Connect, mailer.Temporary, "dial", 0},
		{smtptest.EHLO, mailer.Temporary, "dial", 0},
		{smtptest.Auth, mailer.Temporary, "auth", 0},
		{smtptest.Mail, mailer.Temporary, "mail", 0},
		{smtptest.Rcpt, mailer.Temporary, "rcpt", 0},
		{smtptest.Data, mailer.Temporary, "data", 0},
		{smtptest.Body, mailer.Temporary, "data", 0},
		{smtptest.Dot, mailer.Unknown, "dot", 1},
	} {
		t.Run(string(tt.at), func(t *testing.T) {
			// Without PIPELINING the server can't be ahead of the client.
			s := smtptest.Start(t, smtptest.Config{Extensions: []string{}, Auth: []string{"PLAIN"}, User: "u", Password: "p"})
			reached, release := make(chan struct{}), make(chan struct{})
			s.On(tt.at, smtptest.Hold(reached, release))
			p := pool(t, s, auth("plain", "u", "p"))
			l := letter("x")
			if tt.at == smtptest.Body { // more than the sockets' buffers take
				l.Attachments = []mailer.Attachment{{Filename: "a.bin", Data: make([]byte, 12<<20)}}
			}
			ctx, cancel := context.WithCancelCause(t.Context())
			why := errors.New("shutting down")
			go func() { <-reached; cancel(why) }()
			r := p.Send(ctx, l, mailer.SendOptions{})
			if r.Verdict != tt.verdict || r.Stage != tt.stage || !errors.Is(r.Err, why) || r.Took > patience/2 {
				t.Errorf("got %v at %s after %v: %v", r.Verdict, r.Stage, r.Took, r.Err)
			}
			close(release)
			if tt.kept > 0 {
				ctx, stop := context.WithTimeout(t.Context(), patience)
				defer stop()
				if _, err := s.Wait(ctx, tt.kept); err != nil {
					t.Error(err)
				}
			}
			if r := p.Send(ctx, letter("y"), mailer.SendOptions{}); r.Verdict != mailer.Temporary || r.Stage != "wait" {
				t.Errorf("with an ended context: %v at %s", r.Verdict, r.Stage)
			}
			if r := p.Send(t.Context(), letter("z"), mailer.SendOptions{}); r.Verdict != mailer.Delivered {
				t.Errorf("afterwards: %v", r.Err)
			}
		})
	}
}

func TestTimeouts(t *testing.T) {
	for _, tt := range []struct {
		at      smtptest.Stage
		verdict mailer.Verdict
		stage   string
	}{
		{smtptest.Connect, mailer.Temporary, "dial"},
		{smtptest.Rcpt, mailer.Temporary, "rcpt"},
		{smtptest.Dot, mailer.Unknown, "dot"},
	} {
		t.Run(string(tt.at), func(t *testing.T) {
			s := smtptest.Start(t, smtptest.Config{})
			release := make(chan struct{})
			defer close(release)
			s.On(tt.at, smtptest.Action{Wait: release})
			p := pool(t, s, func(o *mailer.Options) {
				d := 50 * time.Millisecond
				switch tt.at {
				case smtptest.Connect:
					o.DialTimeout = d
				case smtptest.Dot:
					o.DataTimeout = d
				default:
					o.CommandTimeout = d
				}
			})
			r := p.Send(t.Context(), letter("x"), mailer.SendOptions{})
			if r.Verdict != tt.verdict || r.Stage != tt.stage || r.Took < 50*time.Millisecond || r.Took > patience/2 {
				t.Errorf("got %v at %s after %v: %v", r.Verdict, r.Stage, r.Took, r.Err)
			}
		})
	}
}

func TestDroppedWithinBody(t *testing.T) {
	s := smtptest.Start(t, smtptest.Config{})
	s.On(smtptest.Body, smtptest.Action{Drop: true})
	p := pool(t, s, nil)
	l := letter("x")
	l.Attachments = []mailer.Attachment{{Filename: "a.bin", Data: make([]byte, 12<<20)}}
	if r := p.Send(t.Context(), l, mailer.SendOptions{}); r.Verdict != mailer.Temporary || r.Stage != "data" || r.Code != 0 {
		t.Errorf("dropped within the body: %v at %s: %v", r.Verdict, r.Stage, r.Err)
	}
}

func TestStaleIdleConnection(t *testing.T) {
	for _, extensions := range [][]string{{"PIPELINING"}, {}} {
		s := smtptest.Start(t, smtptest.Config{Extensions: extensions})
		p := pool(t, s, nil)
		send := func(id string) mailer.Result { return p.Send(t.Context(), letter(id), mailer.SendOptions{}) }
		if r := send("a"); r.Verdict != mailer.Delivered {
			t.Fatal(r.Err)
		}
		s.CloseConnections()
		if r := send("b"); r.Verdict != mailer.Delivered {
			t.Errorf("closed while idle: %v", r.Err)
		}
		s.On(smtptest.Mail, smtptest.ReplyAndClose(421, "4.4.2 idle for too long"))
		if r := send("c"); r.Verdict != mailer.Delivered {
			t.Errorf("421 for idleness: %v", r.Err)
		}
		// A refused letter leaves RSET for the next one.
		s.On(smtptest.Rcpt, smtptest.Reply(550, "5.1.1 no"))
		if r := send("d"); r.Verdict != mailer.Permanent {
			t.Errorf("refused: %v", r.Verdict)
		}
		s.On(smtptest.Reset, smtptest.Drop())
		if r := send("e"); r.Verdict != mailer.Delivered {
			t.Errorf("dead at RSET: %v", r.Err)
		}
		// Once only: the second connection's failure counts.
		s.On(smtptest.Mail, smtptest.Drop(), smtptest.Drop())
		if r := send("f"); r.Verdict != mailer.Temporary || r.Stage != "mail" {
			t.Errorf("dead twice: %v at %s", r.Verdict, r.Stage)
		}
		if mails := s.Mails(); len(mails) != 4 {
			t.Errorf("%d mails, want a, b, c, e", len(mails))
		}
	}
}

func TestIdleTimeout(t *testing.T) {
	s := smtptest.Start(t, smtptest.Config{})
	quit := make(chan struct{})
	s.On(smtptest.Quit, smtptest.Action{Reached: quit})
	p := pool(t, s, func(o *mailer.Options) { o.IdleTimeout = 20 * time.Millisecond })
	if r := p.Send(t.Context(), letter("a"), mailer.SendOptions{}); r.Verdict != mailer.Delivered {
		t.Fatal(r.Err)
	}
	select {
	case <-quit:
	case <-time.After(patience):
		t.Fatal("an idle connection wasn't ended")
	}
	if r := p.Send(t.Context(), letter("b"), mailer.SendOptions{}); r.Verdict != mailer.Delivered || s.Connections() != 2 {
		t.Errorf("%v over %d connections", r.Verdict, s.Connections())
	}
}

func TestConcurrentSends(t *testing.T) {
	s := smtptest.Start(t, smtptest.Config{})
	p := pool(t, s, func(o *mailer.Options) { o.Connections = 4 })
	var wg sync.WaitGroup
	for g := range 50 {
		wg.Go(func() {
			for i := range 4 {
				l := letter(fmt.Sprintf("%d.%d", g, i))
				if r := p.Send(t.Context(), l, mailer.SendOptions{}); r.Verdict != mailer.Delivered {
					t.Errorf("%s: %v", l.MessageID, r.Err)
				}
			}
		})
	}
	wg.Wait()
	if n := s.Connections(); n > 4 {
		t.Errorf("%d connections, 4 allowed", n)
	}
	seen := map[string]bool{}
	for _, m := range s.Mails() {
		_, id, _ := strings.Cut(string(m.Raw), "Message-ID: <")
		id, _, _ = strings.Cut(id, "@")
		if seen[id] {
			t.Errorf("%s came twice", id)
		}
		seen[id] = true
	}
	if len(seen) != 200 {
		t.Errorf("%d different letters arrived, want 200", len(seen))
	}
}

func TestClose(t *testing.T) {
	s := smtptest.Start(t, smtptest.Config{})
	reached, release := make(chan struct{}), make(chan struct{})
	s.On(smtptest.Dot, smtptest.Hold(reached, release))
	p := pool(t, s, func(o *mailer.Options) { o.Connections = 1 })

	sent, waited, closed := make(chan mailer.Result, 1), make(chan mailer.Result, 1), make(chan struct{})
	go func() { sent <- p.Send(t.Context(), letter("flying"), mailer.SendOptions{}) }()
	<-reached
	go func() { waited <- p.Send(t.Context(), letter("waiting"), mailer.SendOptions{}) }()
	go func() { _ = p.Close(); close(closed) }()
	if r := <-waited; r.Verdict != mailer.Temporary || !errors.Is(r.Err, mailer.ErrClosed) {
		t.Errorf("the waiting letter: %v, %v", r.Verdict, r.Err)
	}
	select {
	case <-closed:
		t.Error("Close didn't wait for the letter in flight")
	default:
	}
	close(release)
	if r := <-sent; r.Verdict != mailer.Delivered {
		t.Errorf("the letter in flight: %v", r.Err)
	}
	<-closed
	if err := p.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if r := p.Send(t.Context(), letter("late"), mailer.SendOptions{}); !errors.Is(r.Err, mailer.ErrClosed) {
		t.Errorf("after Close: %v", r.Err)
	}
	if err := p.Check(t.Context()); !errors.Is(err, mailer.ErrClosed) {
		t.Errorf("Check after Close: %v", err)
	}
}

func auth(kind, user, password string) func(*mailer.Options) {
	return func(o *mailer.Options) {
		o.Auth, o.Username = kind, user
		o.Password = func(context.Context) (string, error) { return password, nil }
	}
}

func TestAuth(t *testing.T) {
	for _, kind := range []string{"plain", "login", "cram-md5", "xoauth2", "auto"} {
		offered := []string{strings.ToUpper(kind)}
		if kind == "auto" {
			offered = []string{"LOGIN", "PLAIN"}
		}
		t.Run(kind, func(t *testing.T) {
			s := smtptest.Start(t, smtptest.Config{Auth: offered, User: "mårten", Password: "hemligt"})
			r := pool(t, s, auth(kind, "mårten", "hemligt")).Send(t.Context(), letter("x"), mailer.SendOptions{})
			if r.Verdict != mailer.Delivered || s.Mails()[0].User != "mårten" {
				t.Errorf("right password: %v at %s: %v", r.Verdict, r.Stage, r.Err)
			}
			r = pool(t, s, auth(kind, "mårten", "falskt")).Send(t.Context(), letter("y"), mailer.SendOptions{})
			if r.Verdict != mailer.Temporary || r.Stage != "auth" || r.Code != 535 || r.EnhancedCode != "5.7.8" {
				t.Errorf("wrong password: %v at %s, %d %q: %v", r.Verdict, r.Stage, r.Code, r.EnhancedCode, r.Err)
			}
			if strings.Contains(fmt.Sprint(r), "falskt") {
				t.Errorf("the result shows the password: %+v", r)
			}
		})
	}
}

func TestAuthNotOffered(t *testing.T) {
	s := smtptest.Start(t, smtptest.Config{})
	r := pool(t, s, auth("auto", "u", "p")).Send(t.Context(), letter("x"), mailer.SendOptions{})
	if r.Verdict != mailer.Temporary || r.Stage != "auth" || len(s.Mails()) != 0 {
		t.Errorf("no AUTH: %v at %s: %v", r.Verdict, r.Stage, r.Err)
	}
	s = smtptest.Start(t, smtptest.Config{Auth: []string{"PLAIN"}, User: "u", Password: "p"})
	r = pool(t, s, auth("cram-md5", "u", "p")).Send(t.Context(), letter("x"), mailer.SendOptions{})
	if r.Verdict != mailer.Temporary || r.Stage != "auth" || slices.Contains(s.Commands(), "AUTH") {
		t.Errorf("another mechanism: %v at %s: %v", r.Verdict, r.Stage, r.Err)
	}
}

// TestPasswordIsAskedBeforeEachDial: an access token lives an hour, a pool for weeks.
func TestPasswordIsAskedBeforeEachDial(t *testing.T) {
	s := smtptest.Start(t, smtptest.Config{Auth: []string{"XOAUTH2"}, User: "u", Password: "token 2"})
	asked := 0
	p := pool(t, s, func(o *mailer.Options) {
		o.Auth, o.Username = "xoauth2", "u"
		o.Password = func(context.Context) (string, error) {
			if asked++; asked == 3 {
				return "", errors.New("token endpoint is down")
			}
			return fmt.Sprintf("token %d", asked), nil
		}
	})
	for i, want := range []mailer.Verdict{mailer.Temporary, mailer.Delivered, mailer.Delivered} {
		if r := p.Send(t.Context(), letter("x"), mailer.SendOptions{}); r.Verdict != want {
			t.Errorf("letter %d: %v: %v", i, r.Verdict, r.Err)
		}
	}
	if asked != 2 {
		t.Errorf("asked %d times for 2 dials", asked)
	}
	s.CloseConnections()
	if r := p.Send(t.Context(), letter("x"), mailer.SendOptions{}); r.Verdict != mailer.Temporary || r.Stage != "auth" {
		t.Errorf("no token: %v at %s: %v", r.Verdict, r.Stage, r.Err)
	}
}

func TestTLS(t *testing.T) {
	trusting := func(s *smtptest.Server) *tls.Config { return &tls.Config{RootCAs: s.Roots()} }
	for _, tt := range []struct {
		name    string
		server  smtptest.Config
		mode    mailer.TLSMode
		trust   bool
		verdict mailer.Verdict
		secure  bool
	}{
		{"mandatory, offered", smtptest.Config{StartTLS: true}, mailer.StartTLS, true, mailer.Delivered, true},
		{"mandatory, self-signed", smtptest.Config{StartTLS: true}, mailer.StartTLS, false, mailer.Temporary, false},
		{"mandatory, not offered", smtptest.Config{}, mailer.StartTLS, true, mailer.Temporary, false},
		{"opportunistic, offered", smtptest.Config{StartTLS: true}, mailer.Opportunistic, true, mailer.Delivered, true},
		{"opportunistic, self-signed", smtptest.Config{StartTLS: true}, mailer.Opportunistic, false, mailer.Temporary, false},
		{"opportunistic, not offered", smtptest.Config{}, mailer.Opportunistic, true, mailer.Delivered, false},
		{"implicit", smtptest.Config{TLS: true}, mailer.ImplicitTLS, true, mailer.Delivered, true},
		{"implicit, self-signed", smtptest.Config{TLS: true}, mailer.ImplicitTLS, false, mailer.Temporary, false},
		{"none, though offered", smtptest.Config{StartTLS: true}, mailer.NoTLS, true, mailer.Delivered, false},
		{"implicit, with PLAIN by auto", smtptest.Config{TLS: true, Auth: []string{"PLAIN"}, User: "u", Password: "p"}, mailer.ImplicitTLS, true, mailer.Delivered, true},
		{"mandatory, with PLAIN by auto", smtptest.Config{StartTLS: true, Auth: []string{"PLAIN"}, User: "u", Password: "p"}, mailer.StartTLS, true, mailer.Delivered, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := smtptest.Start(t, tt.server)
			p := pool(t, s, func(o *mailer.Options) {
				if tt.server.Auth != nil {
					auth("auto", "u", "p")(o)
				}
				o.TLS = tt.mode
				if tt.trust {
					o.TLSConfig = trusting(s)
				}
			})
			r := p.Send(t.Context(), letter("x"), mailer.SendOptions{})
			if r.Verdict != tt.verdict {
				t.Fatalf("%v at %s: %v", r.Verdict, r.Stage, r.Err)
			}
			if mails := s.Mails(); tt.verdict == mailer.Delivered && mails[0].TLS != tt.secure {
				t.Errorf("encrypted: %v, want %v", mails[0].TLS, tt.secure)
			} else if tt.verdict != mailer.Delivered && (len(mails) != 0 || r.Stage != "dial") {
				t.Errorf("%d mails, stage %s", len(mails), r.Stage)
			}
		})
	}
}

func TestSMTPUTF8(t *testing.T) {
	l := letter("x")
	l.To.Addr = "märta@studio.example"
	for _, tt := range []struct {
		extensions []string
		verdict    mailer.Verdict
		options    string
	}{
		{[]string{"SMTPUTF8", "8BITMIME"}, mailer.Delivered, "BODY=8BITMIME SMTPUTF8"},
		{[]string{"8BITMIME"}, mailer.Permanent, ""},
	} {
		s := smtptest.Start(t, smtptest.Config{Extensions: tt.extensions})
		p := pool(t, s, nil)
		r := p.Send(t.Context(), l, mailer.SendOptions{})
		if r.Verdict != tt.verdict {
			t.Errorf("%v: %v: %v", tt.extensions, r.Verdict, r.Err)
		}
		if r.Verdict == mailer.Permanent && (r.Code != 0 || r.EnhancedCode != "5.6.7" || !strings.Contains(r.Reply, "SMTPUTF8")) {
			t.Errorf("unclear refusal: %+v", r)
		}
		if mails := s.Mails(); r.Verdict == mailer.Delivered && (mails[0].Options != tt.options || mails[0].To[0] != l.To.Addr) {
			t.Errorf("got options %q to %q", mails[0].Options, mails[0].To)
		}
		// A domain in another script needs no extension.
		idn := letter("y")
		idn.To.Addr = "info@möbel.example"
		if r := p.Send(t.Context(), idn, mailer.SendOptions{}); r.Verdict != mailer.Delivered {
			t.Errorf("IDN: %v", r.Err)
		} else if mails := s.Mails(); mails[len(mails)-1].To[0] != "info@xn--mbel-5qa.example" || mails[len(mails)-1].Options != "" {
			t.Errorf("IDN arrived as %+v", mails[len(mails)-1])
		}
	}
}

func TestSize(t *testing.T) {
	s := smtptest.Start(t, smtptest.Config{Extensions: []string{"SIZE 5000"}})
	p := pool(t, s, nil)
	l := letter("x")
	if r := p.Send(t.Context(), l, mailer.SendOptions{}); r.Verdict != mailer.Delivered {
		t.Fatal(r.Err)
	}
	if m := s.Mails()[0]; m.Options != fmt.Sprintf("SIZE=%d", len(m.Raw)) {
		t.Errorf("%q for %d octets", m.Options, len(m.Raw))
	}
	l.Text = strings.Repeat("too long\n", 1000)
	if r := p.Send(t.Context(), l, mailer.SendOptions{}); r.Verdict != mailer.Permanent || r.EnhancedCode != "5.3.4" {
		t.Errorf("over the limit: %v: %v", r.Verdict, r.Err)
	}
}

func TestReplyIsTame(t *testing.T) {
	s := smtptest.Start(t, smtptest.Config{})
	s.On(smtptest.Rcpt, smtptest.Reply(550, "5.1.1 no\x1b[31m\tsuch \u202euser\nsecond \xff line "+strings.Repeat("x", 900)))
	r := pool(t, s, nil).Send(t.Context(), letter("x"), mailer.SendOptions{})
	if !strings.HasPrefix(r.Reply, "5.1.1 no [31m such user second \uFFFD line xxx") || len([]rune(r.Reply)) != 500 {
		t.Errorf("%d characters: %q", len([]rune(r.Reply)), r.Reply)
	}
	s.On(smtptest.Rcpt, smtptest.Garbage(strings.Repeat("550-on and on\r\n", 1000)))
	if r := pool(t, s, nil).Send(t.Context(), letter("x"), mailer.SendOptions{}); r.Verdict != mailer.Temporary || r.Code != 0 {
		t.Errorf("endless reply: %v %d: %v", r.Verdict, r.Code, r.Err)
	}
	s.On(smtptest.Rcpt, smtptest.Garbage("550 "+strings.Repeat("x", 9000)))
	if r := pool(t, s, nil).Send(t.Context(), letter("x"), mailer.SendOptions{}); r.Verdict != mailer.Temporary || r.Code != 0 {
		t.Errorf("endless line: %v %d: %v", r.Verdict, r.Code, r.Err)
	}
}

func TestInvalidLetterGoesNowhere(t *testing.T) {
	s := smtptest.Start(t, smtptest.Config{})
	l := letter("x")
	l.Subject = "a\r\nBcc: victim@example.org"
	r := pool(t, s, nil).Send(t.Context(), l, mailer.SendOptions{})
	if r.Verdict != mailer.NotSent || r.Stage != "letter" || !errors.Is(r.Err, mailer.ErrLetter) || !strings.Contains(r.Err.Error(), "Subject") {
		t.Errorf("%v at %s: %v", r.Verdict, r.Stage, r.Err)
	}
	if s.Connections() != 0 {
		t.Error("a connection was made for it")
	}
}

func TestCannotConnect(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := ln.Addr().(*net.TCPAddr).Port
	_ = ln.Close()
	p, err := mailer.NewPool(mailer.Options{Host: "127.0.0.1", Port: port, TLS: mailer.NoTLS})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	if r := p.Send(t.Context(), letter("x"), mailer.SendOptions{}); r.Verdict != mailer.Temporary || r.Stage != "dial" || r.Code != 0 {
		t.Errorf("%v at %s: %v", r.Verdict, r.Stage, r.Err)
	}
	if err := p.Check(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "dial: ") {
		t.Errorf("Check: %v", err)
	}
}

func TestCheck(t *testing.T) {
	s := smtptest.Start(t, smtptest.Config{Auth: []string{"PLAIN"}, User: "u", Password: "p"})
	if err := pool(t, s, auth("plain", "u", "p")).Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := pool(t, s, auth("plain", "u", "wrong")).Check(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "auth: ") {
		t.Errorf("wrong password: %v", err)
	}
	s.On(smtptest.Noop, smtptest.Reply(451, "4.3.0 ill"))
	if err := pool(t, s, auth("plain", "u", "p")).Check(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "noop: ") {
		t.Errorf("NOOP refused: %v", err)
	}
}

func TestOptionsNameEveryFault(t *testing.T) {
	_, err := mailer.NewPool(mailer.Options{Host: "mail.example:25", Port: 70000, TLS: 9, Auth: "magic",
		HELO: "not a name", Connections: -1, DialTimeout: -1, DKIM: &mailer.DKIM{}})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, word := range []string{"Host", "Port 70000", "TLSMode(9)", `Auth "magic"`, "Username", "Password", "HELO", "Connections", "DialTimeout", "DKIM"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("doesn't name %s: %v", word, err)
		}
	}
	o := mailer.Options{Host: "mail.example", TLS: mailer.NoTLS}
	auth("plain", "u", "p")(&o)
	if _, err := mailer.NewPool(o); err == nil || !strings.Contains(err.Error(), "without TLS") {
		t.Errorf("a password in plain text over the network: %v", err)
	}
}

func TestLogHoldsOneLineWithoutSecrets(t *testing.T) {
	s := smtptest.Start(t, smtptest.Config{Auth: []string{"PLAIN"}, User: "u", Password: "s3cret"})
	var out bytes.Buffer
	p := pool(t, s, func(o *mailer.Options) {
		auth("plain", "u", "s3cret")(o)
		o.Log = slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	p.Send(t.Context(), letter("x"), mailer.SendOptions{})
	line := out.String()
	if strings.Count(line, "\n") != 1 || !strings.Contains(line, `"message_id":"x@market.example"`) || !strings.Contains(line, `"verdict":"delivered"`) {
		t.Errorf("log: %s", line)
	}
	for _, secret := range []string{"s3cret", "maja@", "Hello", "Nadia"} {
		if strings.Contains(line, secret) {
			t.Errorf("log shows %q: %s", secret, line)
		}
	}
}
