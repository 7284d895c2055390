package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/hibiken/asynq"

	"github.com/tradepost-mail/tradepost/worker"
)

const (
	bareTask    = "bench:bare"
	warmAddress = "warm@partner.example"
)

// bare is a queue whose tasks each send one prepared mail over a connection that
// is open already: no book, nothing rendered, nothing recorded.
type bare struct {
	client *asynq.Client
	server *asynq.Server

	mu   sync.Mutex // one mail at a time
	conn net.Conn
	read *bufio.Reader
}

// startBare connects to the SMTP server at address, sends one mail to warm up, and
// starts the worker.
func startBare(redis asynq.RedisConnOpt, address string) (b *bare, err error) {
	b = &bare{client: asynq.NewClient(redis)}
	if b.conn, err = net.Dial("tcp", address); err != nil { //nolint:noctx // to this machine
		return nil, errors.Join(fmt.Errorf("bare task: %w", err), b.client.Close())
	}
	b.read = bufio.NewReader(b.conn)
	b.server = asynq.NewServer(redis, asynq.Config{
		Concurrency: 10, Queues: map[string]int{"bare": 1}, TaskCheckInterval: worker.TaskCheckInterval, LogLevel: asynq.FatalLevel,
	})
	mux := asynq.NewServeMux()
	mux.HandleFunc(bareTask, func(_ context.Context, t *asynq.Task) error { return b.send(string(t.Payload())) })
	err = b.dialogue("EHLO bench.example\r\n", 1)
	if err == nil {
		err = b.send(warmAddress)
	}
	if err == nil {
		err = b.server.Start(mux)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("bare task: %w", err), b.client.Close(), b.conn.Close())
	}
	return b, nil
}

func (b *bare) close() error {
	b.server.Shutdown()
	return errors.Join(b.client.Close(), b.conn.Close())
}

// enqueue asks for a mail to an address and returns when that was done.
func (b *bare) enqueue(ctx context.Context, to string) (time.Time, error) {
	_, err := b.client.EnqueueContext(ctx, asynq.NewTask(bareTask, []byte(to)), asynq.Queue("bare"), asynq.MaxRetry(0))
	if err != nil {
		return time.Time{}, fmt.Errorf("enqueue a bare task: %w", err)
	}
	return time.Now(), nil
}

// preparedMail is a small alert's worth of octets.
var preparedMail = "From: <inbox@kaimarkt.example>\r\nSubject: prepared\r\n\r\n" + strings.Repeat("A line of a letter that was written long ago.\r\n", 120) + ".\r\n"

// send speaks as the mailer does: two round trips.
func (b *bare) send(to string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.dialogue("MAIL FROM:<bounce@kaimarkt.example>\r\nRCPT TO:<"+to+">\r\nDATA\r\n", 3); err != nil {
		return err
	}
	return b.dialogue(preparedMail, 1)
}

// dialogue writes commands and reads their answers; all must agree.
func (b *bare) dialogue(commands string, answers int) error {
	if _, err := b.conn.Write([]byte(commands)); err != nil {
		return err
	}
	for answers > 0 {
		line, err := b.read.ReadString('\n')
		if err != nil {
			return err
		}
		switch {
		case strings.HasPrefix(line, "220"): // the greeting
		case len(line) < 4 || line[0] != '2' && line[0] != '3':
			return fmt.Errorf("the server says %q", line)
		case line[3] == ' ':
			answers--
		}
	}
	return nil
}
