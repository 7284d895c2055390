package inbound

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tradepost-mail/tradepost/store"
)

// TestReplayOfLostMail: what is shredded is said to be, what is lost is an error.
func TestReplayOfLostMail(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	to := m.address(m.maja)
	for range 2 {
		raw, _ := bigReply(m, to, 300_000)
		m.server.deliver(t, to, raw)
	}
	m.send("Small")
	m.read(3)
	if n := len(m.kept()); n != 4 { // two mails, and the file of each
		t.Fatalf("blobs: %q", m.kept())
	}
	m.exec(`update inbound set state = 'held', message_period = null, message_id = null where id = (select min(id) from inbound)`)
	retention := Retention{Store: m.store, Days: 90, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	m.exec(`update inbound set created_at = created_at - interval '91 days'`)
	if err := retention.Shred(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(m.kept()); n != 3 {
		t.Errorf("blobs after shredding: %q", m.kept())
	}
	m.exec(`update inbound set blob_key = 'inbound/lost' where state = 'held'`)
	got := m.replay(store.ReplayFilter{})
	m.want(got, Failed, Skipped, Skipped)
	if !strings.Contains(got[0].Why, "inbound/lost") || !strings.Contains(got[1].Why, "shredded on ") {
		t.Errorf("replayed: %s", show(got))
	}
	if n := len(m.bodies()); n != 3 {
		t.Errorf("%d messages are left of 3", n)
	}
}

// TestRetentionRuns shreds at once, logs, and ends with its context.
func TestRetentionRuns(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	m.send("Old")
	m.read(1)
	m.exec(`update inbound set created_at = created_at - interval '91 days'`)
	m.exec(`insert into budgets values ('sender', 'maja@lind.example', now() - interval '3 hours', 1)`)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var shredded atomic.Bool
	log := slog.New(logs(func(message string) {
		if message == "raw mail shredded" {
			shredded.Store(true)
			cancel()
		}
	}))
	Retention{Store: m.store, Days: 90, Log: log}.Run(ctx)
	if n := m.count("inbound where raw is null and raw_shredded_at is not null"); n != "1" || !shredded.Load() {
		t.Errorf("%s mails are shredded, and that is logged: %v", n, shredded.Load())
	}
	if n := m.count("budgets where used = 1 and hour < now() - interval '2 hours'"); n != "0" {
		t.Errorf("%s budgets of hours that are over", n)
	}
}

// TestRetentionDeletes what a deleted conversation has left in the blob store, at once.
func TestRetentionDeletes(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	if _, _, err := m.store.Blobs().Put(t.Context(), "attachments/a/1", strings.NewReader("secret")); err != nil {
		t.Fatal(err)
	}
	m.exec(`insert into blobs_to_delete values ('attachments/a/')`)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	log := slog.New(logs(func(message string) {
		if message == "files of deleted conversations are gone" {
			cancel()
		}
	}))
	Retention{Store: m.store, Days: 90, Log: log}.Run(ctx)
	if left := m.kept(); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
}

// TestRetentionSweeps removes the part of a mail that a killed process left.
func TestRetentionSweeps(t *testing.T) {
	t.Parallel()
	m := newMarket(t, memoryServer(t))
	dir := filepath.Join(m.blobs, "inbound")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, age := range map[string]time.Duration{"1.18abcdef.tmp": 25 * time.Hour, "2.18abcdef.tmp": 23 * time.Hour} {
		at := time.Now().Add(-age)
		if err := errors.Join(os.WriteFile(filepath.Join(dir, name), nil, 0o600), os.Chtimes(filepath.Join(dir, name), at, at)); err != nil {
			t.Fatal(err)
		}
	}
	Retention{Store: m.store, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}.sweep(t.Context())
	if d := cmp.Diff([]string{"/inbound/2.18abcdef.tmp"}, m.kept()); d != "" {
		t.Errorf("kept (-want +got):\n%s", d)
	}
}

// logs is a slog.Handler that is told of each message.
type logs func(message string)

func (f logs) Enabled(context.Context, slog.Level) bool      { return true }
func (f logs) Handle(_ context.Context, r slog.Record) error { f(r.Message); return nil }
func (f logs) WithAttrs([]slog.Attr) slog.Handler            { return f }
func (f logs) WithGroup(string) slog.Handler                 { return f }
