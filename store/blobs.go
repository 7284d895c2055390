package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"gocloud.dev/blob"
	_ "gocloud.dev/blob/fileblob" // the file:// scheme
	"gocloud.dev/gcerrors"

	"github.com/tradepost-mail/tradepost"
)

// Blobs keeps what is too large for a row: attachments, and raw mail over 256 KB.
type Blobs struct {
	bucket *blob.Bucket
	dir    string // of a file:// bucket, whose writes are synced here
}

// OpenBlobs opens the blob store at rawURL; file:///path is a folder, made when
// missing.
func OpenBlobs(ctx context.Context, rawURL string) (*Blobs, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, fmt.Errorf("blob store address: %w", err)
	}
	b := &Blobs{}
	if u.Scheme == "file" {
		if u.Host != "" || !filepath.IsAbs(u.Path) || filepath.Clean(u.Path) == string(filepath.Separator) {
			return nil, fmt.Errorf("blob store address %q must be file:// and an absolute path, as in file:///var/lib/tradepost/blobs", rawURL)
		}
		b.dir = filepath.Clean(filepath.FromSlash(u.Path))
		if err := os.MkdirAll(b.dir, 0o700); err != nil {
			return nil, fmt.Errorf("make the blob folder: %w", err)
		}
		// Without these, writes go through the system's temporary folder, which
		// may be another file system, and leave a second file beside each blob.
		q := u.Query()
		q.Set("no_tmp_dir", "true")
		q.Set("metadata", "skip")
		u.RawQuery = q.Encode()
	}
	b.bucket, err = blob.OpenBucket(ctx, u.String())
	if err != nil {
		return nil, fmt.Errorf("open blob store: %w", err)
	}
	return b, nil
}

// Close releases the bucket.
func (b *Blobs) Close() error { return b.bucket.Close() }

// NewBlobKey makes an unguessable key under folder. Keys hold nothing but
// a-z, 0-9, dashes and slashes, which every blob store keeps as they are.
func NewBlobKey(folder string) string {
	var r [16]byte
	rand.Read(r[:]) // never fails (crypto/rand)
	h := hex.EncodeToString(r[:])
	return folder + "/" + h[:2] + "/" + h[2:]
}

// Put writes all that r gives under key and returns once it would survive a
// power cut. size is in octets, sum the SHA-256. Writing the same key again
// replaces it. Where r fails, nothing is written: what was under key before is
// still there, and errors.Is finds r's error.
func (b *Blobs) Put(ctx context.Context, key string, r io.Reader) (size int64, sum [sha256.Size]byte, err error) {
	if size, sum, err = b.write(ctx, key, r); err != nil {
		return 0, sum, fmt.Errorf("write blob %s: %w", key, err)
	}
	if b.dir == "" {
		return size, sum, nil
	}
	// fileblob renames into place without syncing (read in its source).
	path := filepath.Join(b.dir, filepath.FromSlash(key))
	for ; len(path) >= len(b.dir); path = filepath.Dir(path) {
		if err := syncPath(path); err != nil {
			return 0, sum, fmt.Errorf("sync blob %s: %w", key, err)
		}
	}
	return size, sum, nil
}

func (b *Blobs) write(ctx context.Context, key string, r io.Reader) (size int64, sum [sha256.Size]byte, err error) {
	// To Close a writer is to publish what it has; its context is what says no.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// Without a type the driver would hold back the first bytes to guess one.
	w, err := b.bucket.NewWriter(ctx, key, &blob.WriterOptions{ContentType: "application/octet-stream"})
	if err != nil {
		return 0, sum, err
	}
	h := sha256.New()
	size, err = io.Copy(io.MultiWriter(w, h), r)
	if err != nil {
		cancel()
		_ = w.Close() // says that it was cancelled
		return 0, sum, err
	}
	return size, [sha256.Size]byte(h.Sum(nil)), w.Close()
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Open returns a reader of what is under key, to be closed, and its size in
// octets; tradepost.ErrNotFound where nothing is.
func (b *Blobs) Open(ctx context.Context, key string) (content io.ReadCloser, size int64, err error) {
	r, err := b.bucket.NewReader(ctx, key, nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, 0, fmt.Errorf("blob %s: %w", key, tradepost.ErrNotFound)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("open blob %s: %w", key, err)
	}
	size = r.Size()
	return r, size, nil
}

// largeBlob is the size in octets from which Get returns unused memory to the
// system before it allocates. By itself the collector lets the heap double, and
// what it has freed is kept for a while, in pieces that small things have begun
// to use: the large mail read last would still count beside the next (measured:
// up to 34 MB more). It takes some milliseconds, reading such a mail hundreds.
const largeBlob = 4 << 20

// Get reads what is under key into memory; tradepost.ErrNotFound where nothing is.
func (b *Blobs) Get(ctx context.Context, key string) ([]byte, error) {
	r, size, err := b.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	if size >= largeBlob {
		debug.FreeOSMemory()
	}
	// Of the size it needs: a slice that grows is there twice, and in pieces.
	data := make([]byte, size)
	_, err = io.ReadFull(r, data)
	if err := errors.Join(err, r.Close()); err != nil {
		return nil, fmt.Errorf("read blob %s: %w", key, err)
	}
	return data, nil
}

// under lists the keys in a folder, whose name ends in a slash; of any other key
// it is that alone.
func (b *Blobs) under(ctx context.Context, folder string) (keys []string, err error) {
	if !strings.HasSuffix(folder, "/") {
		return []string{folder}, nil
	}
	for list := b.bucket.List(&blob.ListOptions{Prefix: folder}); ; {
		o, err := list.Next(ctx)
		if errors.Is(err, io.EOF) {
			return keys, nil
		}
		if err != nil {
			return nil, fmt.Errorf("list blobs in %s: %w", folder, err)
		}
		keys = append(keys, o.Key)
	}
}
