package mailer_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tradepost-mail/tradepost/mailer"
	"github.com/tradepost-mail/tradepost/mailer/smtptest"
)

// two is a pool whose second relay speaks TLS and wants a password.
func two(t *testing.T, first *smtptest.Server, change func(*mailer.Options)) (*mailer.Pool, *smtptest.Server) {
	t.Helper()
	second := smtptest.Start(t, smtptest.Config{TLS: true, Auth: []string{"PLAIN"}, User: "u", Password: "p"})
	var o mailer.Options
	auth("plain", "u", "p")(&o)
	return pool(t, first, func(p *mailer.Options) {
		p.Relays = []mailer.Relay{{Host: "127.0.0.1", Port: second.Port(), TLS: mailer.ImplicitTLS,
			TLSConfig: &tls.Config{RootCAs: second.Roots()}, Auth: o.Auth, Username: o.Username, Password: o.Password}}
		p.SetAside = time.Hour
		if change != nil {
			change(p)
		}
	}), second
}

func TestFailover(t *testing.T) {
	for _, tt := range []struct {
		name   string
		at     smtptest.Stage
		action smtptest.Action
		over   bool // the second relay gets the letter
		want   mailer.Verdict
	}{
		{"greeting 421", smtptest.Connect, smtptest.ReplyAndClose(421, "4.3.2 busy"), true, mailer.Delivered},
		{"no greeting", smtptest.Connect, smtptest.Drop(), true, mailer.Delivered},
		{"dropped at MAIL", smtptest.Mail, smtptest.Drop(), true, mailer.Delivered},
		{"not let in", smtptest.Mail, smtptest.Reply(530, "5.7.0 log in"), true, mailer.Delivered},
		{"disk full", smtptest.Mail, smtptest.Reply(452, "4.3.1 disk"), true, mailer.Delivered},
		{"dropped at RCPT", smtptest.Rcpt, smtptest.Drop(), true, mailer.Delivered},
		{"recipient unknown", smtptest.Rcpt, smtptest.Reply(550, "5.1.1 no"), false, mailer.Permanent},
		{"recipient later", smtptest.Rcpt, smtptest.Reply(450, "4.2.1 busy"), false, mailer.Temporary},
		{"throttled", smtptest.Rcpt, smtptest.ReplyAndClose(421, "4.7.0 too many"), false, mailer.Temporary},
		{"refused at the dot", smtptest.Dot, smtptest.Reply(451, "4.3.0 no"), false, mailer.Temporary},
		{"dropped in the body", smtptest.Body, smtptest.Drop(), false, mailer.Unknown},
		{"taken without an answer", smtptest.Dot, smtptest.AcceptAndDrop(), false, mailer.Unknown},
		{"neither taken nor answered", smtptest.Dot, smtptest.Drop(), false, mailer.Unknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			first := smtptest.Start(t, smtptest.Config{Extensions: []string{}})
			first.Always(tt.at, tt.action)
			p, second := two(t, first, nil)
			r := p.Send(t.Context(), letter("x"), mailer.SendOptions{})
			if r.Verdict != tt.want || (len(second.Mails()) == 1) != tt.over {
				t.Errorf("%v at %s, %d mails at the second: %v", r.Verdict, r.Stage, len(second.Mails()), r.Err)
			}
			if want := map[bool]string{true: second.Addr(), false: first.Addr()}[tt.over]; r.Relay != want {
				t.Errorf("decided by %s", r.Relay)
			}
		})
	}
}

// TestSetAsideAndBack: an ill relay is left alone, and gets letters again once a
// connection of nobody's letter has found it well.
func TestSetAsideAndBack(t *testing.T) {
	first := smtptest.Start(t, smtptest.Config{})
	first.On(smtptest.Connect, smtptest.ReplyAndClose(421, "4.3.2 busy"))
	p, second := two(t, first, func(o *mailer.Options) { o.SetAside = 50 * time.Millisecond })
	greeted := make(chan struct{})
	first.On(smtptest.EHLO, smtptest.Action{Reached: greeted})
	for i := 0; ; i++ {
		if r := p.Send(t.Context(), letter(fmt.Sprint("a", i)), mailer.SendOptions{}); r.Verdict != mailer.Delivered {
			t.Fatal(r.Err)
		}
		if len(first.Mails()) > 0 {
			break
		}
	}
	select {
	case <-greeted:
	default:
		t.Error("no probe")
	}
	if n := len(second.Mails()); n < 1 || first.Connections() != 2 {
		t.Errorf("%d mails at the second, %d connections to the first", n, first.Connections())
	}
}

func TestAllRelaysDown(t *testing.T) {
	first := smtptest.Start(t, smtptest.Config{})
	first.Always(smtptest.Connect, smtptest.ReplyAndClose(421, "4.3.2 first is ill"))
	p, second := two(t, first, nil)
	second.Always(smtptest.Auth, smtptest.Reply(454, "4.7.0 second is ill"))
	for i := range 2 {
		r := p.Send(t.Context(), letter("x"), mailer.SendOptions{})
		if r.Verdict != mailer.Temporary || !strings.Contains(r.Err.Error(), "first is ill") || !strings.Contains(r.Err.Error(), "second is ill") {
			t.Errorf("%v: %v", r.Verdict, r.Err)
		}
		if i == 1 && (r.RetryAfter <= 0 || r.RetryAfter > time.Hour || r.Relay != "") {
			t.Errorf("come again after %v, by %q", r.RetryAfter, r.Relay)
		}
	}
	if first.Connections() != 1 || second.Connections() != 1 {
		t.Errorf("%d and %d connections: those set aside were asked again", first.Connections(), second.Connections())
	}
}

func TestDeferredSaysNothing(t *testing.T) {
	s := smtptest.Start(t, smtptest.Config{})
	s.Behave(smtptest.ToDomain("studio.example", smtptest.Rcpt, smtptest.ReplyAndClose(421, "4.7.0 rate limit")))
	p := pool(t, s, nil)
	if r := p.Send(t.Context(), letter("a"), mailer.SendOptions{}); r.Verdict != mailer.Temporary {
		t.Fatal(r.Verdict)
	}
	commands := len(s.Commands())
	r := p.Send(t.Context(), letter("b"), mailer.SendOptions{})
	if r.Verdict != mailer.Deferred || r.RetryAfter <= 0 || r.Stage != mailer.StageWait || r.Err == nil || len(s.Commands()) != commands {
		t.Errorf("%v, %v at %s: %v", r.Verdict, r.RetryAfter, r.Stage, r.Err)
	}
	other := letter("c")
	other.To.Addr = "maja@elsewhere.example"
	if r := p.Send(t.Context(), other, mailer.SendOptions{}); r.Verdict != mailer.Delivered {
		t.Errorf("another domain: %v", r.Err)
	}
}

func TestGreylistingIsOneLettersMatter(t *testing.T) {
	s := smtptest.Start(t, smtptest.Config{})
	s.Behave(smtptest.Greylist(50 * time.Millisecond))
	p := pool(t, s, nil)
	for i := range 6 {
		l := letter(fmt.Sprint(i))
		l.To.Addr = fmt.Sprintf("m%d@studio.example", i)
		if r := p.Send(t.Context(), l, mailer.SendOptions{}); r.Verdict != mailer.Temporary || r.Code != 450 || r.RetryAfter != time.Second {
			t.Errorf("letter %d: %v, %v: %v", i, r.Verdict, r.RetryAfter, r.Err)
		}
	}
}

// TestRoughServer: refuses one in ten, says 421 in mid-batch and closes after ten
// mails. Nothing is lost, nothing comes twice.
func TestRoughServer(t *testing.T) {
	s := smtptest.Start(t, smtptest.Config{})
	s.Behave(smtptest.After(10, smtptest.Mail, smtptest.ReplyAndClose(421, "4.4.2 enough for one connection")),
		smtptest.Every(10, smtptest.Rcpt, smtptest.Reply(550, "5.1.1 no")), smtptest.Every(37, smtptest.Data, smtptest.ReplyAndClose(421, "4.3.2 restarting")),
		smtptest.Every(3, smtptest.Dot, smtptest.Action{Delay: time.Millisecond}))
	p := pool(t, s, func(o *mailer.Options) { o.Connections = 4; o.SetAside = time.Millisecond })
	var mu sync.Mutex
	counts := map[mailer.Verdict]int{}
	delivered := map[string]bool{}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 40 {
				id := fmt.Sprintf("%d.%d", g, i)
				for {
					l := letter(id)
					r := p.Send(t.Context(), l, mailer.SendOptions{})
					mu.Lock()
					counts[r.Verdict]++
					if r.Verdict == mailer.Delivered {
						delivered[id] = true
					}
					mu.Unlock()
					if r.Verdict == mailer.Delivered || r.Verdict == mailer.Permanent {
						break
					}
					if r.Verdict != mailer.Temporary {
						t.Errorf("%s: %v: %v", id, r.Verdict, r.Err)
						break
					}
				}
			}
		})
	}
	wg.Wait()
	mails := s.Mails()
	if len(mails) != len(delivered) || counts[mailer.Delivered]+counts[mailer.Permanent] != 320 || counts[mailer.Permanent] == 0 || counts[mailer.Temporary] == 0 {
		t.Errorf("%d mails arrived, %d delivered, %v", len(mails), len(delivered), counts)
	}
	for _, m := range mails {
		_, id, _ := bytes.Cut(m.Raw, []byte("Message-ID: <"))
		id, _, _ = bytes.Cut(id, []byte("@"))
		if !delivered[string(id)] {
			t.Errorf("%s arrived and is not known to have", id)
		}
	}
}
