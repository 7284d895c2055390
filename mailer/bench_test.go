package mailer_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/tradepost-mail/tradepost/mailer"
	"github.com/tradepost-mail/tradepost/mailer/smtptest"
)

// BenchmarkSend sends the same letter by the pool and by go-mail's own loop,
// alternately over one connection each, and reports their quotient: the machine
// is noisy, so only the ratio says something. The server's share is in both.
func BenchmarkSend(b *testing.B) {
	for _, tt := range []struct {
		name       string
		extensions []string
	}{{"pipelining", []string{"PIPELINING"}}, {"plain", []string{}}} {
		b.Run(tt.name, func(b *testing.B) {
			s := smtptest.Start(b, smtptest.Config{Extensions: tt.extensions})
			p := pool(b, s, nil)
			l := full()
			l.Attachments = nil

			client, err := mail.NewClient("127.0.0.1", mail.WithPort(s.Port()), mail.WithTLSPolicy(mail.NoTLS), mail.WithHELO("test.example"))
			if err != nil {
				b.Fatal(err)
			}
			if err := client.DialWithContext(b.Context()); err != nil {
				b.Fatal(err)
			}
			defer func() { _ = client.Close() }()

			var ours, theirs time.Duration
			for b.Loop() {
				began := time.Now()
				if r := p.Send(b.Context(), l, mailer.SendOptions{}); r.Verdict != mailer.Delivered {
					b.Fatal(r.Err)
				}
				between := time.Now()
				if err := client.Send(message(b, l)); err != nil {
					b.Fatal(err)
				}
				ours += between.Sub(began)
				theirs += time.Since(between)
			}
			n := time.Duration(b.N)
			b.ReportMetric(float64((ours / n).Nanoseconds()), "ns/pool-send")
			b.ReportMetric(float64((theirs / n).Nanoseconds()), "ns/go-mail-send")
			b.ReportMetric(float64(ours)/float64(theirs), "pool/go-mail")
		})
	}
}

// message is the letter as go-mail's users would build it.
func message(b *testing.B, l *mailer.Letter) *mail.Msg {
	b.Helper()
	m := mail.NewMsg()
	for _, err := range []error{
		m.FromFormat(l.From.Name, l.From.Addr), m.AddToFormat(l.To.Name, l.To.Addr),
		m.ReplyToFormat(l.ReplyTo.Name, l.ReplyTo.Addr), m.EnvelopeFrom(l.EnvelopeFrom),
	} {
		if err != nil {
			b.Fatal(fmt.Errorf("compose: %w", err))
		}
	}
	m.Subject(l.Subject)
	m.SetBodyString(mail.TypeTextPlain, l.Text)
	m.AddAlternativeString(mail.TypeTextHTML, l.HTML)
	return m
}
