package embedded

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// child is one server process. Its goroutine starts it, waits for it, and ends
// with it.
type child struct {
	cmd    *exec.Cmd
	output *outputTail
	done   chan struct{} // closed when the process has been reaped
	err    error         // of Wait; read it after done
}

// startChild starts cmd so that it gets onDeath when this process dies. The
// caller must call stop.
func startChild(cmd *exec.Cmd, owner *owner, onDeath syscall.Signal, log *slog.Logger) (*child, error) {
	c := &child{cmd: cmd, output: &outputTail{log: log}, done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = c.output, c.output
	cmd.SysProcAttr = childAttr(owner, onDeath)
	// A grandchild that outlives the server must not keep Wait waiting for
	// the end of the output.
	cmd.WaitDelay = 5 * time.Second
	started := make(chan error)
	go func() {
		// The death signal is tied to the thread that forked (prctl(2)), so
		// that thread must live as long as the child: a locked goroutine
		// keeps it, and it ends with the goroutine.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		c.err = cmd.Wait()
		c.output.flush()
		close(c.done)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	return c, nil
}

// runChild runs cmd to its end; the error carries its last output.
func runChild(cmd *exec.Cmd, owner *owner, log *slog.Logger) error {
	c, err := startChild(cmd, owner, syscall.SIGKILL, log)
	if err != nil {
		return err
	}
	<-c.done
	if c.err != nil {
		return fmt.Errorf("%s: %w%s", cmd.Path, c.err, c.output.suffix())
	}
	return nil
}

// stopGroup is stop for a server whose own children must be told too.
func (c *child) stopGroup(grace time.Duration, sig syscall.Signal) error {
	select {
	case <-c.done:
	default:
		// The child leads a process group of its own; see childAttr. An error
		// means that it has just ended.
		_ = syscall.Kill(-c.cmd.Process.Pid, sig)
	}
	return c.stop(grace, sig)
}

// stop sends the signals one after the other, giving the process grace to end
// after each, and then kills it. It returns once the process is gone.
func (c *child) stop(grace time.Duration, signals ...syscall.Signal) error {
	for _, sig := range append(signals, syscall.SIGKILL) {
		if err := c.cmd.Process.Signal(sig); err != nil {
			break // already gone
		}
		timer := time.NewTimer(grace)
		select {
		case <-c.done:
			timer.Stop()
			if sig == syscall.SIGKILL {
				return fmt.Errorf("%s did not stop and was killed%s", c.cmd.Path, c.output.suffix())
			}
			return c.exitError()
		case <-timer.C:
		}
	}
	<-c.done
	return c.exitError()
}

// exitError is nil for an orderly end.
func (c *child) exitError() error {
	if exit, ok := errors.AsType[*exec.ExitError](c.err); ok {
		return fmt.Errorf("%s ended: %w%s", c.cmd.Path, exit, c.output.suffix())
	}
	return nil
}

// outputTail keeps the last lines a child wrote, for the error that explains
// why it did not start, and hands each line to the log at level debug.
type outputTail struct {
	log *slog.Logger

	mu      sync.Mutex
	lines   []string
	partial []byte
}

const (
	tailLines    = 15
	tailLineSize = 4096
)

// Write takes a piece of output; it never fails.
func (t *outputTail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.partial = append(t.partial, p...)
	for {
		line, rest, found := bytes.Cut(t.partial, []byte("\n"))
		if !found {
			break
		}
		t.add(string(line))
		t.partial = rest
	}
	if len(t.partial) > tailLineSize {
		t.add(string(t.partial))
		t.partial = nil
	}
	return len(p), nil
}

func (t *outputTail) flush() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.partial) > 0 {
		t.add(string(t.partial))
		t.partial = nil
	}
}

func (t *outputTail) add(line string) {
	line = strings.TrimRight(line, "\r")
	if line == "" {
		return
	}
	t.log.Debug("server output", "line", line)
	t.lines = append(t.lines, line)
	if len(t.lines) > tailLines {
		t.lines = t.lines[1:]
	}
}

// suffix is the last lines, each on its own, to be put behind an error.
func (t *outputTail) suffix() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.lines) == 0 {
		return ""
	}
	return "; it said:\n\t" + strings.Join(t.lines, "\n\t")
}
