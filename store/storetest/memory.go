package storetest

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/tradepost-mail/tradepost/embedded"
)

// memory is where Linux keeps files in memory. A database is 500 small files, and
// a disk's file system takes far longer to make them than the server to fill them.
const memory = "/dev/shm"

// memoryWanted is the room below which the server goes to the disk: two packages'
// tests run at a time and need 200 MB each. Containers often have 64 MB.
const memoryWanted = 2 << 30

// serverDir makes a folder for the server, in memory where there is room for it;
// remove takes it away. TRADEPOST_TEST_DISK=1 keeps it on the disk.
func serverDir() (dir string, remove func(), err error) {
	if os.Getenv("TRADEPOST_TEST_DISK") == "" && roomIn(memory) >= memoryWanted {
		if dir, remove, err = memoryDir(); err == nil {
			return dir, remove, nil
		}
	}
	dir, err = embedded.TempDir()
	return dir, func() { os.RemoveAll(dir) }, err
}

// memoryDir makes a folder in memory, locked for as long as this process lives.
// Before that it removes those whose process was killed: no restart of the machine
// may be needed to have the memory back.
func memoryDir() (dir string, remove func(), err error) {
	left, err := filepath.Glob(filepath.Join(memory, prefix+"*"+lockSuffix))
	if err != nil {
		return "", nil, err
	}
	for _, path := range left {
		if lock, err := lockFile(path); err == nil {
			// Its server may still be writing its last words; then the next run tries again.
			if err := os.RemoveAll(strings.TrimSuffix(path, lockSuffix)); err == nil {
				_ = os.Remove(path) // alone it takes no room
			}
			lock.Close()
		}
	}
	dir, err = os.MkdirTemp(memory, prefix)
	if err != nil {
		return "", nil, err
	}
	lock, err := lockFile(dir + lockSuffix)
	if err == nil {
		// As embedded.TempDir: the user that the server runs as passes through.
		err = os.Chmod(dir, 0o711) //nolint:gosec // it holds nothing but the server's own folder, which is 0700
	}
	remove = func() {
		os.RemoveAll(dir)
		_ = os.Remove(dir + lockSuffix) // alone it takes no room
		lock.Close()
	}
	if err != nil {
		remove()
		return "", nil, err
	}
	return dir, remove, nil
}

const (
	prefix     = "tradepost-test-"
	lockSuffix = ".lock"
)

// lockFile opens a file and locks it, or fails where another process has.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// roomIn gives the free bytes of the file system that dir is on, 0 if there is none.
func roomIn(dir string) uint64 {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0
	}
	return uint64(s.Bavail) * uint64(s.Bsize) //nolint:unconvert // signs and sizes differ between systems
}
