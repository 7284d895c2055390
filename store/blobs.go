package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

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

// Put writes data under key and returns once it would survive a power cut.
// Writing the same key again replaces it.
func (b *Blobs) Put(ctx context.Context, key string, data []byte) error {
	if err := b.bucket.WriteAll(ctx, key, data, nil); err != nil {
		return fmt.Errorf("write blob %s: %w", key, err)
	}
	if b.dir == "" {
		return nil
	}
	// fileblob renames into place without syncing (read in its source).
	path := filepath.Join(b.dir, filepath.FromSlash(key))
	for ; len(path) >= len(b.dir); path = filepath.Dir(path) {
		if err := syncPath(path); err != nil {
			return fmt.Errorf("sync blob %s: %w", key, err)
		}
	}
	return nil
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Get reads what is under key; tradepost.ErrNotFound where nothing is.
func (b *Blobs) Get(ctx context.Context, key string) ([]byte, error) {
	data, err := b.bucket.ReadAll(ctx, key)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, fmt.Errorf("blob %s: %w", key, tradepost.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("read blob %s: %w", key, err)
	}
	return data, nil
}
