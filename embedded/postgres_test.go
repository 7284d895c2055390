package embedded

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

var fastSettings = map[string]string{"fsync": "off", "shared_buffers": "16MB"}

func startTestPostgres(t *testing.T, dir string) *Postgres {
	t.Helper()
	p, err := StartPostgres(t.Context(), PostgresOptions{Dir: dir, Settings: fastSettings})
	need(t, err)
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		//nolint:usetesting // t.Context() has ended by now
		_ = conn.Close(context.Background()) // the server may be gone
	})
	return conn
}

func queryString(t *testing.T, conn *pgx.Conn, sql string) string {
	t.Helper()
	var s string
	if err := conn.QueryRow(t.Context(), sql).Scan(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPostgresKeepsDataOverRestart(t *testing.T) {
	t.Parallel()
	dir := serverDir(t)
	p := startTestPostgres(t, filepath.Join(dir, "pg"))
	conn := connect(t, p.URL())
	if got := queryString(t, conn, `SELECT current_database() || ' ' || current_setting('server_encoding') || ' ' || current_setting('fsync') || ' [' || current_setting('listen_addresses') || ']'`); got != "tradepost UTF8 off []" {
		t.Errorf("got %q", got)
	}
	if _, err := conn.Exec(t.Context(), `CREATE TABLE kept (word text); INSERT INTO kept VALUES ('smörgås')`); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	select {
	case <-p.Done():
	default:
		t.Error("Done is open after Close")
	}
	if _, err := pgx.Connect(t.Context(), p.URL()); err == nil {
		t.Error("server still answers after Close")
	}
	p = startTestPostgres(t, filepath.Join(dir, "pg"))
	if got := queryString(t, connect(t, p.URL()), `SELECT word FROM kept`); got != "smörgås" {
		t.Errorf("after restart: %q", got)
	}
}

func TestPostgresSocketIsPrivate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(serverDir(t), "pg")
	startTestPostgres(t, dir)
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o700 {
		t.Errorf("mode of the folder is %o", info.Mode().Perm())
	}
	info, err = os.Stat(filepath.Join(dir, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o700 {
		t.Errorf("mode of the socket is %o", info.Mode().Perm())
	}
}

func TestPostgresDiesWithItsParent(t *testing.T) {
	t.Parallel()
	_, err := postgresInstallations(t.Context())
	need(t, err)
	dir := filepath.Join(serverDir(t), "pg")
	_, kill := startRole(t, "postgres", dir)
	url := "postgres://tradepost@/tradepost?host=" + dir
	conn := connect(t, url)
	if _, err := conn.Exec(t.Context(), `CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)`); err != nil {
		t.Fatal(err)
	}
	kill()
	// The server hangs up on its clients when it shuts down.
	if _, err := conn.WaitForNotification(t.Context()); err == nil {
		t.Fatal("got a notification instead of the end of the connection")
	}
	p := startTestPostgres(t, dir)
	if got := queryString(t, connect(t, p.URL()), `SELECT n::text FROM kept`); got != "7" {
		t.Errorf("after the parent was killed: %q", got)
	}
}

func TestPostgresRefusesRunningCluster(t *testing.T) {
	t.Parallel()
	dir := serverDir(t)
	p := startTestPostgres(t, filepath.Join(dir, "pg"))
	_, err := StartPostgres(t.Context(), PostgresOptions{Dir: filepath.Join(dir, "pg")})
	if err == nil || !strings.Contains(err.Error(), "already running") {
		t.Errorf("second start on the same folder: %v", err)
	}
	if got := queryString(t, connect(t, p.URL()), `SELECT 'alive'`); got != "alive" {
		t.Errorf("first server: %q", got)
	}
}

func TestPostgresNeverTouchesForeignData(t *testing.T) {
	t.Parallel()
	_, err := postgresInstallations(t.Context())
	need(t, err)
	for name, content := range map[string]string{"PG_VERSION": "9.1\n", "diary.txt": "dear diary"} {
		dir := serverDir(t)
		file := filepath.Join(dir, "data", name)
		if err := os.Mkdir(filepath.Join(dir, "data"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := StartPostgres(t.Context(), PostgresOptions{Dir: dir})
		if err == nil || !strings.Contains(err.Error(), "nothing was touched") {
			t.Errorf("%s: %v", name, err)
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != content {
			t.Errorf("%s is now %q, %v", name, got, err)
		}
	}
}

func TestPostgresStartsOverAfterInterruptedInitdb(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(serverDir(t), "pg")
	half := filepath.Join(dir, "data.unfinished")
	if err := os.MkdirAll(half, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(half, "PG_VERSION"), []byte("15\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	startTestPostgres(t, dir)
}

func TestPostgresErrorHasItsLastWords(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(serverDir(t), "pg")
	_, err := StartPostgres(t.Context(), PostgresOptions{Dir: dir, Settings: map[string]string{"no_such_setting": "1"}})
	if errors.Is(err, ErrNoPostgres) {
		need(t, err)
	}
	if err == nil || !strings.Contains(err.Error(), `unrecognized configuration parameter "no_such_setting"`) {
		t.Errorf("got %v", err)
	}
}

func TestPostgresLongPath(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(serverDir(t), strings.Repeat("long/", 20)+"pg")
	p := startTestPostgres(t, dir)
	if got := queryString(t, connect(t, p.URL()), `SELECT 'reached'`); got != "reached" {
		t.Errorf("got %q", got)
	}
	socketDir := p.socketDir
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(socketDir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("socket folder is left behind: %v", err)
	}
}

func TestPostgresNamesTheFolderInTheWay(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root runs the server as somebody else")
	}
	_, err := postgresInstallations(t.Context())
	need(t, err)
	closed := filepath.Join(serverDir(t), "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err = StartPostgres(t.Context(), PostgresOptions{Dir: filepath.Join(closed, "pg")})
	if err == nil || !strings.Contains(err.Error(), "may not enter "+closed+" ") {
		t.Errorf("got %v", err)
	}
}

func TestErrorsNameOnePackageInOneLine(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, found := findBinary("redis-server"); found {
		t.Error("found a program in an empty folder")
	}
	for err, want := range map[error]string{ErrNoPostgres: "package postgresql ", ErrNoRedis: "package redis-server ", ErrNoDovecot: "package dovecot-imapd "} {
		if msg := err.Error(); strings.Contains(msg, "\n") || !strings.Contains(msg, want) {
			t.Errorf("%q lacks %q or has more than one line", msg, want)
		}
	}
}
