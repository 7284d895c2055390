package bench

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"time"
)

// Source is what Postfix's smtp-source needed for as many mails of the same size:
// constant ones, over as many connections that are kept open. It is the least
// that sending by SMTP costs.
type Source struct {
	Mails int
	Took  time.Duration
	Used  time.Duration // processor time
}

// PerSecond is the throughput in mails.
func (s Source) PerSecond() float64 { return float64(s.Mails) / s.Took.Seconds() }

// sourceRun sums over several runs, so that what it is compared with can stand
// between them.
type sourceRun struct {
	program, server string
	octets          int
	sum             Source
}

func (s *sourceRun) run(ctx context.Context, mails int) error {
	if s.program == "" || mails == 0 {
		return nil
	}
	// The length counts the lines of the header, which it makes itself.
	cmd := exec.CommandContext(ctx, s.program, "-s", strconv.Itoa(connections), "-d", //nolint:gosec // G204: the operator's own choice
		"-m", strconv.Itoa(mails), "-l", strconv.Itoa(s.octets), s.server)
	began := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("baseline %s: %w: %.200s", s.program, err, out)
	}
	s.sum.Mails += mails
	s.sum.Took += time.Since(began)
	s.sum.Used += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return nil
}

// result is nil where nothing was run.
func (s *sourceRun) result() *Source {
	if s.sum.Mails == 0 {
		return nil
	}
	return &s.sum
}
