// Command tradepost is the mail engine behind a marketplace inbox: one binary,
// whose roles run together (serve) or one in a process (web, worker, poll).
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // where the machine has no time zones of its own, as in small containers

	"github.com/alecthomas/kong"

	"github.com/tradepost-mail/tradepost/embedded"
)

// Exit codes beside 0 and kong's 1 for a command line it can't read.
const (
	exitFailed  = 1
	exitMissing = 3 // a program that has to be installed first
)

type cli struct {
	Demo    demoCmd    `cmd:"" help:"Show everything on this machine: no set-up, sample data, a mail client page."`
	Serve   serveCmd   `cmd:"" help:"Run all roles in one process: web, worker and poll."`
	Web     webCmd     `cmd:"" help:"Run the HTTP API."`
	Worker  workerCmd  `cmd:"" help:"Run the sender: queue, digest schedule, sweeper."`
	Poll    pollCmd    `cmd:"" help:"Run the reader of the reply mailbox."`
	Migrate migrateCmd `cmd:"" help:"Bring the database's schema up to date."`
	Replay  replayCmd  `cmd:"" help:"Read mail of the ledger again, after the reader has improved or a fault was mended."`
	Inspect inspectCmd `cmd:"" help:"Show how a mail would be read, and why."`
	Doctor  doctorCmd  `cmd:"" help:"Check DNS records, servers and settings, and say how to mend each."`
	Preview previewCmd `cmd:"" help:"Show any letter in any language, with invented data."`

	Mail     mailCmd     `cmd:"" help:"Show the mail that came in and what became of it; release what is held."`
	Breakers breakersCmd `cmd:"" help:"Show and reset the breakers that end loops."`
	DKIM     dkimCmd     `cmd:"" name:"dkim" help:"Make keys that sign letters."`
	Key      keyCmd      `cmd:"" help:"Make, list and revoke keys of the HTTP API."`
	Revoke   revokeCmd   `cmd:"" help:"Make the reply addresses of a conversation that are out useless."`

	Seed  seedCmd  `cmd:"" help:"Fill an empty database with an invented marketplace of any size."`
	Bench benchCmd `cmd:"" help:"Measure the sender and the lists on this machine."`

	Suppressions suppressionsCmd `cmd:"" help:"Show and change which addresses get no mail."`
}

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	parser, err := kong.New(&cli{},
		kong.Name("tradepost"),
		kong.Description("The mail engine behind a marketplace inbox."),
		kong.UsageOnError(),
	)
	if err != nil {
		fmt.Fprintln(os.Stderr, "tradepost:", err)
		return exitFailed
	}
	command, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "tradepost:", err)
		fmt.Fprintln(os.Stderr, "tradepost --help lists the commands, tradepost COMMAND --help the flags of one.")
		return exitFailed
	}
	// The first signal asks for an orderly stop; a second one ends the process.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	command.BindTo(ctx, (*context.Context)(nil))
	err = command.Run()
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "tradepost: stopped before it had started")
		return exitFailed
	case errors.Is(err, embedded.ErrNoPostgres):
		fmt.Fprintln(os.Stderr, "tradepost:", err)
		return exitMissing
	default:
		fmt.Fprintln(os.Stderr, "tradepost:", err)
		return exitFailed
	}
}
