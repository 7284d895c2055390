package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// leftover is the name of a file that the driver of file:// is writing: the
// blob's, the time in hexadecimal, tmp (read in its source). No key has a dot.
var leftover = regexp.MustCompile(`^[a-z0-9-]+\.[0-9a-f]{1,16}\.tmp$`)

// RemoveLeftovers removes what writers that were killed have left in a file://
// store: parts of blobs that nobody has written to since before, which may be of
// mail that was to be forgotten. It returns how many. Stores of other kinds show
// nothing that isn't whole. Folders are read piece by piece, as one may hold a
// file for each mail there ever was.
func (b *Blobs) RemoveLeftovers(ctx context.Context, before time.Time) (removed int, err error) {
	if b.dir == "" {
		return 0, nil
	}
	for folders := []string{b.dir}; len(folders) > 0; {
		last := len(folders) - 1
		folder := folders[last]
		inside, n, err := removeLeftovers(ctx, folder, before)
		if removed += n; err != nil {
			return removed, fmt.Errorf("look for leftovers in %s: %w", folder, err)
		}
		folders = append(folders[:last], inside...)
	}
	return removed, nil
}

// removeLeftovers does one folder, and returns those inside it.
func removeLeftovers(ctx context.Context, folder string, before time.Time) (folders []string, removed int, err error) {
	f, err := os.Open(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil // gone meanwhile
	}
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	for {
		entries, err := f.ReadDir(1000)
		for _, e := range entries {
			path := filepath.Join(folder, e.Name())
			if e.IsDir() {
				folders = append(folders, path)
			}
			if !e.Type().IsRegular() || !leftover.MatchString(e.Name()) {
				continue
			}
			info, err := e.Info()
			if err == nil && info.ModTime().Before(before) {
				if err = os.Remove(path); err == nil {
					removed++
				}
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, removed, err
			}
		}
		if errors.Is(err, io.EOF) {
			return folders, removed, nil
		}
		if err := errors.Join(err, ctx.Err()); err != nil {
			return nil, removed, err
		}
	}
}
