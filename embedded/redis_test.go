package embedded

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

func startTestRedis(t *testing.T, o RedisOptions) *Redis {
	t.Helper()
	r, err := StartRedis(t.Context(), o)
	need(t, err)
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func redisClient(t *testing.T, r *Redis) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{Network: r.Network(), Addr: r.Addr()})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestRedisServerKeepsDataOverRestart(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(serverDir(t), "redis")
	r := startTestRedis(t, RedisOptions{Dir: dir, RequireServer: true})
	if !r.Persistent() {
		t.Error("redis-server is not persistent")
	}
	c := redisClient(t, r)
	if err := c.Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"appendonly": "yes", "maxmemory-policy": "noeviction", "save": "", "port": "0"} {
		got, err := c.ConfigGet(t.Context(), name).Result()
		if err != nil || got[name] != want {
			t.Errorf("%s is %q, want %q (%v)", name, got[name], want, err)
		}
	}
	info, err := os.Stat(r.Addr())
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("socket: %v, %v", info, err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	r = startTestRedis(t, RedisOptions{Dir: dir, RequireServer: true})
	if got, err := redisClient(t, r).Get(t.Context(), "k").Result(); err != nil || got != "v" {
		t.Errorf("after restart: %q, %v", got, err)
	}
}

func TestRedisServerDiesWithItsParent(t *testing.T) {
	t.Parallel()
	needFound(t, "redis-server", ErrNoRedis)
	dir := filepath.Join(serverDir(t), "redis")
	_, kill := startRole(t, "redis", dir)
	conn, err := net.Dial("unix", filepath.Join(dir, redisSocket))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := fmt.Fprint(conn, "SET k survivor\r\n"); err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewReader(conn)
	if line, err := answers.ReadString('\n'); err != nil || line != "+OK\r\n" {
		t.Fatalf("SET: %q, %v", line, err)
	}
	kill()
	if _, err := answers.ReadByte(); err != io.EOF {
		t.Fatalf("connection ended with %v", err)
	}
	r := startTestRedis(t, RedisOptions{Dir: dir, RequireServer: true})
	if got, err := redisClient(t, r).Get(t.Context(), "k").Result(); err != nil || got != "survivor" {
		t.Errorf("after the parent was killed: %q, %v", got, err)
	}
}

func TestRedisServerRefusesUsedFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(serverDir(t), "redis")
	r := startTestRedis(t, RedisOptions{Dir: dir, RequireServer: true})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := StartRedis(ctx, RedisOptions{Dir: dir, RequireServer: true}); err == nil {
		t.Error("two servers on one folder")
	}
	if err := redisClient(t, r).Ping(t.Context()).Err(); err != nil {
		t.Errorf("first server: %v", err)
	}
}

func TestRedisServerLongPath(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(serverDir(t), strings.Repeat("long/", 20)+"redis")
	r := startTestRedis(t, RedisOptions{Dir: dir, RequireServer: true})
	if err := redisClient(t, r).Ping(t.Context()).Err(); err != nil {
		t.Error(err)
	}
}

func TestMiniredisLetsKeysAge(t *testing.T) {
	t.Parallel()
	r := startTestRedis(t, RedisOptions{Dir: t.TempDir(), InMemory: true})
	if r.Persistent() {
		t.Error("miniredis says it is persistent")
	}
	c := redisClient(t, r)
	if err := c.Set(t.Context(), "k", "v", 300*time.Millisecond).Err(); err != nil {
		t.Fatal(err)
	}
	// BLPOP gives up by the server's own clock and is the wait here.
	for range 20 {
		if err := c.BLPop(t.Context(), time.Second, "none").Err(); !errors.Is(err, redis.Nil) {
			t.Fatal(err)
		}
		if n, err := c.Exists(t.Context(), "k").Result(); err != nil {
			t.Fatal(err)
		} else if n == 0 {
			return
		}
	}
	t.Error("key with a TTL of 300 ms is still there")
}

func TestRedisWithoutServer(t *testing.T) {
	t.Parallel()
	if _, found := findBinary("redis-server", "/usr/bin", "/usr/local/bin", "/usr/sbin", "/opt/homebrew/bin"); found {
		t.Skip("redis-server is installed outside of PATH too")
	}
	if _, err := StartRedis(t.Context(), RedisOptions{Dir: t.TempDir(), RequireServer: true}); !errors.Is(err, ErrNoRedis) {
		t.Errorf("got %v", err)
	}
}
