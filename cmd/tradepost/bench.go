package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/tradepost-mail/tradepost/bench"
)

type benchCmd struct {
	Send  benchSendCmd  `cmd:"" help:"Send digests through everything and say what each costs."`
	Alert benchAlertCmd `cmd:"" help:"Measure how long the alert of a first contact takes."`
	Lists benchListsCmd `cmd:"" help:"Measure what pages of lists take on a database with conversations, as seed makes it."`
}

type benchSendCmd struct {
	Mails    int    `help:"How many digests." default:"20000"`
	SMTP     string `name:"smtp" help:"Server that takes and forgets them, as smtp-sink does; default: one in this process, whose processor time then counts as ours." placeholder:"HOST:PORT"`
	DKIM     string `name:"dkim" help:"Signature of each mail: none, ed25519 or rsa." enum:"none,ed25519,rsa" default:"none"`
	Baseline string `help:"Postfix's smtp-source, to be measured against the same server in the same run." placeholder:"PROGRAM"`
	JSON     bool   `name:"json" help:"End with one line of JSON."`
	Profile  string `help:"Write a processor profile of the sending to this file (go tool pprof)." type:"path"`
}

// say shows how far a benchmark is.
func say(line string) { fmt.Fprintln(os.Stderr, line) }

// warnings are what a worker that is measured may say: a line for each mail would
// be most of what it does.
func warnings() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// sentJSON is the last line of `bench send --json`.
type sentJSON struct {
	Mails          int     `json:"mails"`
	Seconds        float64 `json:"seconds"`
	MailsPerSecond float64 `json:"mails_per_second"`
	CPU            struct {
		Own      float64 `json:"own"`
		Postgres float64 `json:"postgres"`
		Redis    float64 `json:"redis"`
	} `json:"cpu_seconds_per_1000"`
	PeakRSS float64 `json:"peak_rss_mb"`
}

// Run measures and prints.
func (c *benchSendCmd) Run(ctx context.Context) error {
	o := bench.SendOptions{Mails: c.Mails, SMTP: c.SMTP, DKIM: c.DKIM, Baseline: c.Baseline, Progress: say, Log: warnings()}
	if c.Profile != "" {
		o.Measured = c.profiled
	}
	sent, err := bench.Send(ctx, o)
	if err != nil {
		return err
	}
	fmt.Fprint(os.Stdout, sentLines(sent))
	if !c.JSON {
		return nil
	}
	j := sentJSON{Mails: sent.Mails, Seconds: sent.Took.Seconds(), MailsPerSecond: sent.PerSecond(), PeakRSS: float64(sent.PeakRSS) / 1e6}
	per := 1000 / float64(sent.Mails)
	j.CPU.Own, j.CPU.Postgres, j.CPU.Redis = sent.Used.Own.Seconds()*per, sent.Used.Postgres.Seconds()*per, sent.Used.Redis.Seconds()*per
	return json.NewEncoder(os.Stdout).Encode(j)
}

// profiled takes a profile of what send does.
func (c *benchSendCmd) profiled(ctx context.Context, send func(context.Context) error) (err error) {
	f, err := os.Create(c.Profile)
	if err != nil {
		return fmt.Errorf("write the profile: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := pprof.StartCPUProfile(f); err != nil {
		return fmt.Errorf("write the profile: %w", err)
	}
	defer pprof.StopCPUProfile()
	return send(ctx)
}

func sentLines(s bench.Sent) string {
	var w strings.Builder
	n := float64(s.Mails)
	micro := func(seconds float64) float64 { return seconds / n * 1e6 }
	total := s.Used.Total().Seconds()
	fmt.Fprintf(&w, "%d digests in %.2f s: %.0f a second\n", s.Mails, s.Took.Seconds(), s.PerSecond())
	fmt.Fprintf(&w, "processor time a mail: %.0f µs: own %.0f, PostgreSQL %.0f, Redis %.0f\n",
		micro(total), micro(s.Used.Own.Seconds()), micro(s.Used.Postgres.Seconds()), micro(s.Used.Redis.Seconds()))
	fmt.Fprintf(&w, "peak memory %.1f MB; %.0f allocations and %.1f kB a mail\n",
		float64(s.PeakRSS)/1e6, float64(s.Allocations)/n, float64(s.Allocated)/n/1e3)
	fmt.Fprintf(&w, "on the wire %d to %d octets, the middle one %d\n", s.Octets[0], s.Octets[2], s.Octets[1])
	if b := s.Source; b != nil {
		each := b.Used.Seconds() / float64(b.Mails)
		fmt.Fprintf(&w, "smtp-source: %.0f a second, %.0f µs a mail; ours costs %.2f times that, at %.2f of its speed\n",
			b.PerSecond(), each*1e6, total/n/each, s.PerSecond()/b.PerSecond())
	}
	return w.String()
}

type benchAlertCmd struct {
	Rate    int `help:"First contacts a second." default:"20"`
	Seconds int `help:"For how long." default:"30"`
}

// Run measures and prints.
func (c *benchAlertCmd) Run(ctx context.Context) error {
	a, err := bench.Alert(ctx, bench.AlertOptions{Rate: c.Rate, Seconds: c.Seconds, Progress: say, Log: warnings()})
	if err != nil {
		return err
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	fmt.Printf("alerts: %d, from the API's 201 to the server's 250: median %.1f ms, p95 %.1f ms\n", a.Alert.Count, ms(a.Alert.Median), ms(a.Alert.P95))
	fmt.Printf("bare tasks: %d, from enqueued to the server's 250: median %.1f ms, p95 %.1f ms\n", a.Bare.Count, ms(a.Bare.Median), ms(a.Bare.P95))
	fmt.Printf("ratio of the medians: %.2f\n", float64(a.Alert.Median)/float64(a.Bare.Median))
	return nil
}
