package embedded

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// roleVariable makes this test binary start one server and wait, so that a
// test can kill it.
const roleVariable = "TRADEPOST_EMBEDDED_TEST_ROLE"

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		if err := playRole(role, os.Getenv("TRADEPOST_EMBEDDED_TEST_DIR")); err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// playRole starts a server, says "ready", and never ends by itself.
func playRole(role, dir string) error {
	var err error
	switch role {
	case "postgres":
		_, err = StartPostgres(context.Background(), PostgresOptions{Dir: dir, Settings: fastSettings})
	case "redis":
		_, err = StartRedis(context.Background(), RedisOptions{Dir: dir, RequireServer: true})
	case "dovecot":
		var d *Dovecot
		if d, err = StartDovecot(context.Background(), DovecotOptions{Dir: dir}); err == nil {
			fmt.Println("addr", d.Addr())
		}
	}
	if err != nil {
		return err
	}
	fmt.Println("ready")
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// startRole runs playRole in another process and returns what it said before
// "ready". kill ends it as kill -9 does.
func startRole(t *testing.T, role, dir string) (said string, kill func()) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), roleVariable+"="+role, "TRADEPOST_EMBEDDED_TEST_DIR="+dir)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	killed := false
	kill = func() {
		if killed {
			return
		}
		killed = true
		_ = cmd.Process.Kill()
		_ = stdin.Close()
		_ = cmd.Wait() // killed is what it says
	}
	t.Cleanup(kill)
	var before strings.Builder
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if lines.Text() == "ready" {
			return before.String(), kill
		}
		fmt.Fprintln(&before, lines.Text())
	}
	t.Fatalf("%s did not start in another process: %s", role, before.String())
	return "", nil
}

// serverDir is a folder for a server, removed after the test.
func serverDir(t *testing.T) string {
	t.Helper()
	dir, err := TempDir()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// need skips the test, or in CI fails it, when a server is not installed.
func need(t *testing.T, err error) {
	t.Helper()
	for _, missing := range []error{ErrNoPostgres, ErrNoRedis, ErrNoDovecot} {
		if !errors.Is(err, missing) {
			continue
		}
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// needFound is need for a server that another process will start.
func needFound(t *testing.T, name string, missing error) {
	t.Helper()
	if _, found := findBinary(name, "/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/usr/bin"); !found {
		need(t, missing)
	}
}
