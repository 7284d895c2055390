package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrNoPostgres says that no PostgreSQL server program is installed, and which
// package brings it.
var ErrNoPostgres = errors.New("PostgreSQL is not installed: install the package postgresql (Debian, Ubuntu, Arch, Alpine, brew) or postgresql-server (Fedora, RHEL, SUSE)")

// PostgresOptions says where and how to run PostgreSQL.
type PostgresOptions struct {
	// Dir will hold the cluster (data/) and the socket. It is created if
	// missing; a cluster found in it is used. Required. As root, every parent
	// must be open to the user postgres; see [TempDir].
	Dir string
	// Log gets the server's output at level debug. Nil discards it.
	Log *slog.Logger
	// Settings are server settings as in postgresql.conf, for example
	// fsync=off for tests, which also spares initdb its syncing.
	Settings map[string]string
}

// Postgres is a running PostgreSQL server: a child process that listens on a
// unix socket only, which no other user can open.
type Postgres struct {
	child     *child
	url       string
	socketDir string
	temporary bool // socketDir is to be removed

	closeOnce sync.Once
	closeErr  error
}

const (
	postgresUser     = "tradepost" // superuser of the cluster
	postgresDatabase = "tradepost"
	postgresPort     = "5432" // only names the socket
	// startTimeout bounds the start including recovery after a crash.
	startTimeout = 60 * time.Second
	// stopGrace is how long a fast shutdown may take before an immediate one.
	stopGrace = 30 * time.Second
)

// StartPostgres starts PostgreSQL on the cluster in o.Dir, which it creates
// with initdb if there is none yet (about 0.5 s; later starts 30 ms), waits
// until it answers and creates the database if it is missing.
//
// Errors: [ErrNoPostgres]; a cluster that no installed version fits; a cluster
// in which another server runs; otherwise the server's own last words.
func StartPostgres(ctx context.Context, o PostgresOptions) (*Postgres, error) {
	if o.Dir == "" {
		return nil, errors.New("start PostgreSQL: Dir is empty: give a folder for its data")
	}
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	p, err := startPostgres(ctx, dir, o.Settings, log)
	if err != nil && !errors.Is(err, ErrNoPostgres) {
		return nil, fmt.Errorf("start PostgreSQL in %s: %w", dir, err)
	}
	return p, err
}

func startPostgres(ctx context.Context, dir string, settings map[string]string, log *slog.Logger) (*Postgres, error) {
	installed, err := postgresInstallations(ctx)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	install, fresh, err := chooseInstallation(data, installed)
	if err != nil {
		return nil, err
	}
	// A cluster belongs to one user for ever: the server refuses another's.
	owner := ownerOf(data)
	if owner == nil {
		if owner, err = dropRoot("postgres", "nobody"); err != nil {
			return nil, err
		}
	}
	if err := owner.makeDir(dir); err != nil {
		return nil, err
	}
	if fresh {
		if err := initCluster(dir, data, install, owner, settings["fsync"] == "off", log); err != nil {
			return nil, err
		}
	}
	if err := awaitPredecessor(ctx, data); err != nil {
		return nil, err
	}
	p := &Postgres{}
	p.socketDir, p.temporary, err = owner.socketDir(dir, ".s.PGSQL."+postgresPort+".lock")
	if err != nil {
		return nil, err
	}
	p.url = (&url.URL{
		Scheme: "postgres", User: url.User(postgresUser), Path: "/" + postgresDatabase,
		RawQuery: url.Values{"host": {p.socketDir}, "port": {postgresPort}, "sslmode": {"disable"}}.Encode(),
	}).String()

	args := []string{"-D", data, "-k", p.socketDir, "-p", postgresPort,
		"-c", "listen_addresses=", "-c", "unix_socket_permissions=0700",
		// The server's log must not quote what people wrote to each other.
		"-c", "log_min_error_statement=panic", "-c", "log_error_verbosity=terse"}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	cmd := exec.Command(filepath.Join(install.bin, "postgres"), args...)
	cmd.Dir, cmd.Env = dir, childEnv("PG")
	// SIGINT is PostgreSQL's fast shutdown.
	p.child, err = startChild(cmd, owner, syscall.SIGINT, log)
	if err != nil {
		_ = p.removeSocketDir() // the reason for the failed start matters more
		return nil, err
	}
	if err := p.awaitReady(ctx); err != nil {
		_ = p.Close() // the reason for the failed start matters more
		return nil, err
	}
	return p, nil
}

// chooseInstallation picks the newest installation that can run the cluster in
// data; fresh says that there is no cluster yet.
func chooseInstallation(data string, installed []postgresInstallation) (_ postgresInstallation, fresh bool, err error) {
	version, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		entries, err := os.ReadDir(data)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return postgresInstallation{}, false, err
		}
		if len(entries) > 0 {
			return postgresInstallation{}, false, fmt.Errorf("%s is not empty but holds no PostgreSQL cluster (no PG_VERSION): nothing was touched; move it away or choose another folder", data)
		}
		return installed[0], true, nil
	} else if err != nil {
		return postgresInstallation{}, false, err
	}
	want := strings.TrimSpace(string(version))
	var have []string
	for _, install := range installed {
		if install.version == want {
			return install, false, nil
		}
		have = append(have, install.version)
	}
	return postgresInstallation{}, false, fmt.Errorf("the cluster in %s was made by PostgreSQL %s, but only version %s is installed: nothing was touched; install PostgreSQL %s, or move the folder away", data, want, strings.Join(have, ", "), want)
}

// initCluster creates a cluster beside its final place and renames it, so that
// an interrupted initdb is never taken for a cluster. Syncing its thousand files
// to a busy disk can take longer than all the rest; noSync leaves it out.
func initCluster(dir, data string, install postgresInstallation, owner *owner, noSync bool, log *slog.Logger) error {
	unfinished := filepath.Join(dir, "data.unfinished")
	var err error
	// C.UTF-8 is missing on old systems and macOS; C sorts the same.
	for _, locale := range []string{"C.UTF-8", "C"} {
		if err := os.RemoveAll(unfinished); err != nil {
			return err
		}
		cmd := exec.Command(filepath.Join(install.bin, "initdb"), "-D", unfinished, "-U", postgresUser,
			"-A", "trust", "-E", "UTF8", "--locale="+locale)
		if noSync {
			cmd.Args = append(cmd.Args, "--no-sync")
		}
		cmd.Dir, cmd.Env = dir, childEnv("PG")
		if err = runChild(cmd, owner, log); err == nil {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("create the cluster: %w", err)
	}
	if err := os.Remove(data); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err // an empty folder may have been there
	}
	return os.Rename(unfinished, data)
}

// awaitPredecessor returns once no live server uses the cluster. A server
// whose parent was killed a moment ago is still shutting down; any other is an
// error.
func awaitPredecessor(ctx context.Context, data string) error {
	ctx, cancel := context.WithTimeout(ctx, stopGrace)
	defer cancel()
	patience := time.NewTimer(time.Second)
	defer patience.Stop()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for impatient := false; ; {
		pid, status := postmasterPID(data)
		if pid == 0 {
			return nil
		}
		if impatient && status != "stopping" {
			return fmt.Errorf("a PostgreSQL server (process %d) is already running on %s: stop it, or choose another folder", pid, data)
		}
		select {
		case <-poll.C:
		case <-patience.C:
			impatient = true
		case <-ctx.Done():
			return fmt.Errorf("the PostgreSQL server of an earlier run (process %d) is still shutting down: %w", pid, ctx.Err())
		}
	}
}

// postmasterPID reads postmaster.pid: line 1 is the process id, line 8 the
// status ("starting", "ready", "stopping", padded). The pid is 0 when there is
// no such process, or when the number now belongs to a program of another
// name; PostgreSQL cleans such a file up itself.
func postmasterPID(data string) (pid int, status string) {
	content, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return 0, ""
	}
	lines := strings.Split(string(content), "\n")
	pid, err = strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil || pid <= 1 || pid == os.Getpid() {
		return 0, ""
	}
	if err := syscall.Kill(pid, 0); errors.Is(err, syscall.ESRCH) {
		return 0, ""
	}
	if name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid)); err == nil && !strings.HasPrefix(string(name), "post") {
		return 0, ""
	}
	if len(lines) > 7 {
		status = strings.TrimSpace(lines[7])
	}
	return pid, status
}

func (p *Postgres) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	config, err := pgx.ParseConfig(p.url)
	if err != nil {
		return err
	}
	config.Database = "postgres"
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for {
		conn, err := pgx.ConnectConfig(ctx, config)
		if err == nil {
			err = createDatabase(ctx, conn)
			return errors.Join(err, conn.Close(ctx))
		}
		select {
		case <-poll.C:
		case <-p.child.done:
			return fmt.Errorf("the server ended at once: %w%s", errors.Join(p.child.err, errEnded), p.child.output.suffix())
		case <-ctx.Done():
			return fmt.Errorf("the server did not become ready: %w%s", errors.Join(ctx.Err(), err), p.child.output.suffix())
		}
	}
}

var errEnded = errors.New("process ended")

func createDatabase(ctx context.Context, conn *pgx.Conn) error {
	var exists bool
	err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, postgresDatabase).Scan(&exists)
	if err != nil {
		return fmt.Errorf("look for database %s: %w", postgresDatabase, err)
	}
	if exists {
		return nil
	}
	if _, err := conn.Exec(ctx, `CREATE DATABASE `+postgresDatabase); err != nil {
		return fmt.Errorf("create database %s: %w", postgresDatabase, err)
	}
	return nil
}

// URL is the connection string for pgx and libpq: a unix socket, the superuser
// and the database "tradepost", no password.
func (p *Postgres) URL() string { return p.url }

// Done is closed when the server has ended, by Close or by itself.
func (p *Postgres) Done() <-chan struct{} { return p.child.done }

// Close shuts the server down without waiting for its clients (fast shutdown)
// and returns when it has ended. Later calls return the same error.
func (p *Postgres) Close() error {
	p.closeOnce.Do(func() {
		err := p.child.stop(stopGrace, syscall.SIGINT, syscall.SIGQUIT)
		if err != nil {
			err = fmt.Errorf("stop PostgreSQL: %w", err)
		}
		p.closeErr = errors.Join(err, p.removeSocketDir())
	})
	return p.closeErr
}

func (p *Postgres) removeSocketDir() error {
	if !p.temporary {
		return nil
	}
	return os.RemoveAll(p.socketDir)
}
