package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// ErrNoRedis says that redis-server is not installed, and which package brings
// it.
var ErrNoRedis = errors.New("redis-server is not installed: install the package redis-server (Debian, Ubuntu) or redis (Fedora, Arch, Alpine, SUSE, brew)")

// RedisOptions says where and how to run Redis.
type RedisOptions struct {
	// Dir will hold the append-only file and the socket; created if missing.
	// Required. Not used by miniredis.
	Dir string
	// RequireServer makes a missing redis-server an error, [ErrNoRedis],
	// instead of falling back to miniredis.
	RequireServer bool
	// InMemory takes miniredis even where redis-server is installed.
	InMemory bool
	// Log gets the server's output at level debug. Nil discards it.
	Log *slog.Logger
}

// Redis is a running Redis: redis-server as a child process on a unix socket,
// or miniredis in this process on a TCP port of the loopback interface.
type Redis struct {
	network, addr string

	// redis-server
	child     *child
	lock      *os.File
	socketDir string
	temporary bool // socketDir is to be removed

	// miniredis
	mini     *miniredis.Miniredis
	stopTick context.CancelFunc
	ticked   chan struct{} // closed when the ticker has ended

	closeOnce sync.Once
	closeErr  error
}

const redisSocket = "redis.sock"

// StartRedis starts redis-server with an append-only file in o.Dir and waits
// until it has loaded it. Without redis-server it starts miniredis, which
// keeps nothing; see [Redis.Persistent].
func StartRedis(ctx context.Context, o RedisOptions) (*Redis, error) {
	if o.Dir == "" {
		return nil, errors.New("start Redis: Dir is empty: give a folder for its data")
	}
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if o.InMemory && o.RequireServer {
		return nil, errors.New("start Redis: InMemory and RequireServer exclude each other")
	}
	path, found := findBinary("redis-server", "/usr/bin", "/usr/local/bin", "/usr/sbin", "/opt/homebrew/bin")
	switch {
	case o.InMemory:
		return startMiniredis()
	case found:
	case o.RequireServer:
		return nil, ErrNoRedis
	default:
		log.Warn("redis-server is not installed: running on miniredis, which keeps nothing")
		return startMiniredis()
	}
	dir, err := filepath.Abs(o.Dir)
	if err == nil {
		var r *Redis
		if r, err = startRedisServer(ctx, path, dir, log); err == nil {
			return r, nil
		}
	}
	return nil, fmt.Errorf("start Redis in %s: %w", o.Dir, err)
}

func startRedisServer(ctx context.Context, path, dir string, log *slog.Logger) (*Redis, error) {
	var self *owner // redis-server has nothing against root
	if err := self.makeDir(dir); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	r := &Redis{network: "unix"}
	var err error
	if r.lock, err = lockDir(ctx, dir); err != nil {
		return nil, err
	}
	if r.socketDir, r.temporary, err = self.socketDir(dir, redisSocket); err != nil {
		return nil, errors.Join(err, r.lock.Close())
	}
	r.addr = filepath.Join(r.socketDir, redisSocket)
	cmd := exec.Command(path, "--port", "0", "--unixsocket", r.addr, "--unixsocketperm", "700",
		"--dir", dir, "--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction",
		"--daemonize", "no", "--logfile", "")
	cmd.Dir, cmd.Env = dir, childEnv()
	// The child inherits the lock, so that it is held until the last of us
	// two is gone: redis-server itself would take over a living server's
	// socket and write into the same file.
	cmd.ExtraFiles = []*os.File{r.lock}
	if r.child, err = startChild(cmd, nil, syscall.SIGTERM, log); err != nil {
		return nil, errors.Join(err, r.release())
	}
	if err := r.awaitReady(ctx); err != nil {
		_ = r.Close() // the reason for the failed start matters more
		return nil, err
	}
	return r, nil
}

// lockDir takes the lock of dir, waiting for a server whose parent was killed
// a moment ago to end.
func lockDir(ctx context.Context, dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	patience := time.NewTimer(5 * time.Second)
	defer patience.Stop()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return nil, errors.Join(fmt.Errorf("lock %s: %w", f.Name(), err), f.Close())
		}
		select {
		case <-poll.C:
		case <-patience.C:
			return nil, errors.Join(fmt.Errorf("a redis-server is already running on %s: stop it, or choose another folder", dir), f.Close())
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), f.Close())
		}
	}
}

func (r *Redis) awaitReady(ctx context.Context) error {
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for {
		err := r.ping(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-poll.C:
		case <-r.child.done:
			return fmt.Errorf("the server ended at once: %w%s", errors.Join(r.child.err, errEnded), r.child.output.suffix())
		case <-ctx.Done():
			return fmt.Errorf("the server did not become ready: %w%s", errors.Join(ctx.Err(), err), r.child.output.suffix())
		}
	}
}

// ping is an error while the server is still reading its file (-LOADING).
func (r *Redis) ping(ctx context.Context) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, r.network, r.addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return err
	}
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return err
	}
	answer := make([]byte, 128)
	n, err := conn.Read(answer)
	if err != nil {
		return err
	}
	if got := strings.TrimSpace(string(answer[:n])); got != "+PONG" {
		return fmt.Errorf("PING was answered with %q", got)
	}
	return nil
}

// tick is the time by which keys on miniredis may outlive their TTL.
const tick = 250 * time.Millisecond

func startMiniredis() (*Redis, error) {
	m := miniredis.NewMiniRedis()
	if err := m.StartAddr("127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("start miniredis: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &Redis{network: "tcp", addr: m.Addr(), mini: m, stopTick: cancel, ticked: make(chan struct{})}
	// miniredis never ages keys by itself, and its ClockTTL sorts all keys at
	// each command.
	go func() {
		defer close(r.ticked)
		ticker := time.NewTicker(tick)
		defer ticker.Stop()
		for last := time.Now(); ; {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				now := time.Now()
				m.FastForward(now.Sub(last))
				last = now
			}
		}
	}()
	return r, nil
}

// Network is "unix" for redis-server, "tcp" for miniredis.
func (r *Redis) Network() string { return r.network }

// Addr is the socket's path, or host:port, fit for go-redis's and asynq's Addr.
func (r *Redis) Addr() string { return r.addr }

// Persistent says whether this is redis-server, which remembers its data from
// one start to the next, and not miniredis.
func (r *Redis) Persistent() bool { return r.child != nil }

// Done is closed when redis-server has ended, for whatever reason. It is nil,
// which is never closed, for miniredis.
func (r *Redis) Done() <-chan struct{} {
	if r.child == nil {
		return nil
	}
	return r.child.done
}

// Close stops the server, which first writes what it has, and returns when it
// has ended. Later calls return the same error.
func (r *Redis) Close() error {
	r.closeOnce.Do(func() {
		if r.mini != nil {
			r.stopTick()
			<-r.ticked
			r.mini.Close()
			return
		}
		err := r.child.stop(10*time.Second, syscall.SIGTERM)
		if err != nil {
			err = fmt.Errorf("stop redis-server: %w", err)
		}
		r.closeErr = errors.Join(err, r.release())
	})
	return r.closeErr
}

// release frees what the server held in the file system.
func (r *Redis) release() error {
	err := r.lock.Close()
	if r.temporary {
		err = errors.Join(err, os.RemoveAll(r.socketDir))
	}
	return err
}
