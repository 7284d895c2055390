package store_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tradepost-mail/tradepost/store"
)

// TestLeftovers removes what a killed writer left, and nothing else: not what
// is being written, not a blob, not a file of somebody else's.
func TestLeftovers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b, err := store.OpenBlobs(t.Context(), "file://"+filepath.ToSlash(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	put := func(key string, r io.Reader) {
		if _, _, err := b.Put(t.Context(), key, r); err != nil {
			t.Error(err)
		}
	}
	stay := []string{"attachments/ab/0", "inbound/1/7/12", "inbound/1/7/14.tmp", "inbound/14.18abc.tmp.txt", "notes.tmp", "Report.1.tmp"}
	put(stay[0], strings.NewReader("x"))
	put(stay[1], strings.NewReader("x"))
	removed := []string{"inbound/1/7/12.18abcdef01234567.tmp", "attachments/ab/1.18abcdef01234567.tmp", "x.1.tmp"}
	for _, name := range slices.Concat(stay[2:], removed) {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-25 * time.Hour)
	for _, name := range slices.Concat(stay, removed) {
		if err := os.Chtimes(filepath.Join(dir, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("notes.tmp", filepath.Join(dir, "y.1.tmp")); err != nil {
		t.Fatal(err)
	}
	// One that is being written, as the driver names it.
	slow := &waits{asked: make(chan bool), Reader: strings.NewReader("late")}
	written := start(func() { put("inbound/1/7/13", slow) })
	<-slow.asked // it has opened its file
	names, err := filepath.Glob(filepath.Join(dir, "inbound", "1", "7", "13.*.tmp"))
	if err != nil || len(names) != 1 {
		t.Fatalf("the driver writes to %q, %v", names, err)
	}
	killed := filepath.Join(dir, "attachments", filepath.Base(names[0]))
	removed = append(removed, killed)
	if err := errors.Join(os.WriteFile(killed, nil, 0o600), os.Chtimes(killed, old, old)); err != nil {
		t.Fatal(err)
	}

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.RemoveLeftovers(ended, time.Time{}); !errors.Is(err, context.Canceled) {
		t.Errorf("it doesn't end with its context: %v", err)
	}
	for _, want := range []int{len(removed), 0} {
		if n, err := b.RemoveLeftovers(t.Context(), time.Now().Add(-24*time.Hour)); n != want || err != nil {
			t.Errorf("%d were removed of %d, %v", n, want, err)
		}
	}
	<-slow.asked
	<-written
	var got []string
	err = fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			got = append(got, path)
		}
		return err
	})
	want := slices.Concat(stay, []string{"inbound/1/7/13"})
	slices.Sort(want)
	slices.Sort(got)
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("files that are left (-want +got):\n%s%v", d, err)
	}
}

// waits says twice that it is read from before it gives anything.
type waits struct {
	io.Reader
	asked chan bool
	once  bool
}

func (w *waits) Read(p []byte) (int, error) {
	if !w.once {
		w.once = true
		w.asked <- true
		w.asked <- true
	}
	return w.Reader.Read(p)
}
