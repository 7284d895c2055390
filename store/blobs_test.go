package store_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/tradepost-mail/tradepost"
	"github.com/tradepost-mail/tradepost/store"
)

func openBlobs(t *testing.T) (b *store.Blobs, files func() int) {
	t.Helper()
	dir := t.TempDir()
	b, err := store.OpenBlobs(t.Context(), "file://"+filepath.ToSlash(dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b, func() (n int) {
		t.Helper()
		err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				n++
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
}

func TestBlobs(t *testing.T) {
	t.Parallel()
	b, files := openBlobs(t)
	var got []byte
	for _, size := range []int{3 << 20, 0, 1, 511, 512, 32<<10 + 1} { // each in place of the one before
		want := bytes.Repeat([]byte("0123456789abcdef!"), size/17+1)[:size]
		n, sum, err := b.Put(t.Context(), "a/b", iotest.HalfReader(bytes.NewReader(want)))
		if err != nil || n != int64(size) || sum != sha256.Sum256(want) {
			t.Fatalf("put %d octets: %d, %v", size, n, err)
		}
		if got, err = b.Get(t.Context(), "a/b"); err != nil || !bytes.Equal(got, want) {
			t.Errorf("get: %d octets of %d, %v", len(got), size, err)
		}
		r, n, err := b.Open(t.Context(), "a/b")
		if err != nil || n != int64(size) {
			t.Fatalf("open: %d octets of %d, %v", n, size, err)
		}
		streamed, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil || !bytes.Equal(streamed, want) {
			t.Errorf("read: %d octets of %d, %v", len(streamed), size, err)
		}
	}
	if _, _, err := b.Open(t.Context(), "a/c"); !errors.Is(err, tradepost.ErrNotFound) {
		t.Errorf("open nothing: %v", err)
	}
	if _, err := b.Get(t.Context(), "a/c"); !errors.Is(err, tradepost.ErrNotFound) {
		t.Errorf("get nothing: %v", err)
	}

	// What fails leaves the old one, and nothing beside it.
	broken := errors.New("broken")
	half := func() io.Reader {
		return io.MultiReader(bytes.NewReader(make([]byte, 100_000)), iotest.ErrReader(broken))
	}
	for _, key := range []string{"a/b", "a/d"} {
		if _, _, err := b.Put(t.Context(), key, half()); !errors.Is(err, broken) {
			t.Errorf("put what breaks: %v", err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := b.Put(ended, "a/b", bytes.NewReader([]byte("late"))); !errors.Is(err, context.Canceled) {
		t.Errorf("put too late: %v", err)
	}
	if again, err := b.Get(t.Context(), "a/b"); err != nil || !bytes.Equal(again, got) {
		t.Errorf("what was there has %d octets, not %d, %v", len(again), len(got), err)
	}
	if n := files(); n != 1 {
		t.Errorf("the folder has %d files", n)
	}
}

// TestBlobsAtOnce has many write the same key: one of them is there in the end,
// whole.
func TestBlobsAtOnce(t *testing.T) {
	t.Parallel()
	b, files := openBlobs(t)
	var work sync.WaitGroup
	for i := range 8 {
		work.Go(func() {
			if _, _, err := b.Put(t.Context(), "k", bytes.NewReader(bytes.Repeat([]byte{byte(i)}, 200_000+i))); err != nil {
				t.Error(err)
			}
		})
	}
	work.Wait()
	got, err := b.Get(t.Context(), "k")
	if err != nil || len(got) < 200_000 || len(got) != 200_000+int(got[0]) || !bytes.Equal(got, bytes.Repeat(got[:1], len(got))) {
		t.Errorf("%d octets, %v", len(got), err)
	}
	if n := files(); n != 1 {
		t.Errorf("the folder has %d files", n)
	}
}
