package embedded

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// owner is the user a child runs as when this process is root. A nil *owner
// means: as ourselves.
type owner struct {
	name     string
	uid, gid uint32
}

// dropRoot returns the first of the named users that exists, or nil if this
// process isn't root.
func dropRoot(names ...string) (*owner, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // a nil *owner is a value: as ourselves
	}
	for _, name := range names {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil || uid == 0 {
			continue
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			continue
		}
		return &owner{name: name, uid: uint32(uid), gid: uint32(gid)}, nil
	}
	return nil, fmt.Errorf("running as root, and none of the users %q exists to run the server as: create one, or run as an ordinary user", names)
}

// ownerOf returns the user to whom path belongs, or nil if that is root, path
// does not exist, or this process isn't root and so can't choose.
func ownerOf(path string) *owner {
	info, err := os.Stat(path)
	if err != nil || os.Geteuid() != 0 {
		return nil
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || stat.Uid == 0 {
		return nil
	}
	return &owner{name: "uid " + strconv.Itoa(int(stat.Uid)), uid: stat.Uid, gid: stat.Gid}
}

// makeDir creates dir with mode 0700 if it is missing, gives it to the owner,
// and checks that the owner can reach it through all its parents.
func (o *owner) makeDir(dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !os.IsExist(err) {
		return err
	}
	if o == nil {
		return nil
	}
	for parent := filepath.Dir(dir); ; parent = filepath.Dir(parent) {
		if err := o.canEnter(parent); err != nil {
			return fmt.Errorf("%s can't be used: %w", dir, err)
		}
		if parent == filepath.Dir(parent) {
			break
		}
	}
	return os.Chown(dir, int(o.uid), int(o.gid))
}

// canEnter judges by mode bits, as the kernel does without ACLs.
func (o *owner) canEnter(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	bit := os.FileMode(0o001)
	switch {
	case stat.Uid == o.uid:
		bit = 0o100
	case stat.Gid == o.gid:
		bit = 0o010
	}
	if info.Mode().Perm()&bit == 0 {
		return fmt.Errorf("as root the server runs as user %s, who may not enter %s (mode %04o): chmod o+x it, or choose a folder elsewhere, e.g. under /tmp or /var/lib", o.name, dir, info.Mode().Perm())
	}
	return nil
}

// TempDir creates a fresh folder for the servers of this package: with a path
// short enough for unix sockets, and, unlike os.MkdirTemp's and testing's,
// open to be passed through by the user that a server runs as when we are
// root. The caller removes it, after the servers have been closed.
func TempDir() (string, error) {
	var lastErr error
	for _, base := range []string{os.TempDir(), "/tmp"} {
		if len(base) > 60 {
			continue
		}
		dir, err := os.MkdirTemp(base, "tradepost-")
		if err != nil {
			lastErr = err
			continue
		}
		if err := os.Chmod(dir, 0o711); err != nil {
			return "", fmt.Errorf("open the folder %s: %w", dir, err)
		}
		return dir, nil
	}
	return "", fmt.Errorf("create a temporary folder: %w", lastErr)
}

// socketPathMax is the longest path of a unix socket in bytes: sun_path is 108
// on Linux with its NUL, 104 on the BSDs and macOS.
const socketPathMax = 103

// socketDir returns the folder for a socket called name: dir itself, or, where
// the path would be too long, a fresh short one, which the caller removes.
func (o *owner) socketDir(dir, name string) (path string, temporary bool, err error) {
	if len(dir)+1+len(name) <= socketPathMax {
		return dir, false, nil
	}
	path, err = TempDir()
	if err != nil {
		return "", false, err
	}
	if o != nil {
		err = os.Chown(path, int(o.uid), int(o.gid))
	}
	if err == nil {
		err = os.Chmod(path, 0o700)
	}
	return path, true, err
}
