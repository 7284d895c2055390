package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/tradepost-mail/tradepost/embedded"
)

// TestSeedAndBenchLists makes a market and measures its lists, as programs, small.
func TestSeedAndBenchLists(t *testing.T) {
	t.Parallel()
	dir, err := embedded.TempDir()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	pg, err := embedded.StartPostgres(t.Context(), embedded.PostgresOptions{Dir: dir + "/postgres", Settings: map[string]string{"fsync": "off"}})
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { pg.Close() })
	run := func(args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
		cmd.Env = append(os.Environ(), runAsProgram+"=1", "TRADEPOST_DATABASE_URL="+pg.URL())
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	sizes := []string{"seed", "--partners", "5", "--conversations", "300", "--messages", "1500", "--now", "2026-11-20T09:30:00Z"}
	if out, err := run(sizes...); err != nil || !strings.Contains(out, "300 conversations and 1500 messages were made") {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := run(sizes...); err == nil || !strings.Contains(out, "the database holds partners already") {
		t.Errorf("%v\n%s", err, out)
	}
	out, err := run("bench", "lists", "--repetitions", "2")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"all partners", "unread by a member", "tag on", "search, none", "RATIO"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	for _, bad := range [][]string{{"seed", "--now", "today"}, {"seed", "--conversations", "10", "--messages", "5"}, {"bench", "lists", "--repetitions", "0"}} {
		if out, err := run(bad...); err == nil || strings.Contains(out, "panic") {
			t.Errorf("%v: %v\n%s", bad, err, out)
		}
	}
}
