package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"github.com/tradepost-mail/tradepost/embedded"
)

// TestBenchSend runs the benchmark as a program, small: what it prints last is
// one JSON object of the fields promised, and every digest was sent exactly once,
// which it checks itself.
func TestBenchSend(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip(embedded.ErrNoRedis)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "bench", "send", "--mails", "200", "--dkim", "ed25519", "--json")
	cmd.Env = append(os.Environ(), runAsProgram+"=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == exitMissing {
		t.Skip(embedded.ErrNoPostgres)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	d := json.NewDecoder(bytes.NewReader(lines[len(lines)-1]))
	d.DisallowUnknownFields()
	var got sentJSON
	if err := d.Decode(&got); err != nil {
		t.Fatalf("last line %s: %v", lines[len(lines)-1], err)
	}
	if got.Mails != 200 || got.Seconds <= 0 || got.MailsPerSecond <= 0 || got.CPU.Own <= 0 || got.CPU.Postgres <= 0 || got.PeakRSS <= 1 {
		t.Errorf("measured %+v", got)
	}
}
