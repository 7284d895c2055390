package embedded

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/emersion/go-imap/v2"
)

// spool keeps mail in files, if it has a folder:
//
//	lock           held while a Mail uses the folder
//	uidvalidity    the first UIDVALIDITY the next start may use
//	mailboxes/ADDRESS/FOLDER/TIME.eml
//
// ADDRESS and FOLDER are URL-escaped, TIME is that of the delivery in
// nanoseconds since 1970. A mail that is moved has its file renamed, one that
// is expunged loses it, so at the next start each is where it was; only UIDs
// and flags are forgotten, and the new UIDVALIDITY says so. Files survive a
// killed process; nothing is synced to disk for the case of a power cut.
type spool struct {
	dir  string // empty: in memory
	lock *os.File

	mu           sync.Mutex
	nextValidity uint32
	lastName     int64
}

// validityBlock is how many folders one run may create before it would reuse
// the UIDVALIDITYs of the next.
const validityBlock = 1 << 16

// openSpool returns the spool and all the accounts in it.
func openSpool(dir string) (*spool, map[string]*account, error) {
	accounts := make(map[string]*account)
	if dir == "" {
		// Runs in memory know nothing of each other, so chance must keep
		// their UIDVALIDITYs apart.
		return &spool{nextValidity: 1 + rand.Uint32N(1<<31)}, accounts, nil //nolint:gosec // G404: to guess a UIDVALIDITY gains nothing
	}
	s := &spool{dir: dir}
	if err := os.MkdirAll(filepath.Join(dir, "mailboxes"), 0o700); err != nil {
		return nil, nil, err
	}
	if err := s.takeLock(); err != nil {
		return nil, nil, err
	}
	err := s.reserveValidity()
	if err == nil {
		err = s.load(accounts)
	}
	if err != nil {
		return nil, nil, errors.Join(err, s.close())
	}
	return s, accounts, nil
}

func (s *spool) takeLock() error {
	f, err := os.OpenFile(filepath.Join(s.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return errors.Join(fmt.Errorf("another process uses the mail in %s: stop it, or choose another folder: %w", s.dir, err), f.Close())
	}
	s.lock = f
	return nil
}

// reserveValidity takes the next block of UIDVALIDITYs. They must grow
// (RFC 9051 2.3.1.1), so they begin at the time in seconds, as is usual, or
// above all of earlier runs.
func (s *spool) reserveValidity() error {
	file := filepath.Join(s.dir, "uidvalidity")
	s.nextValidity = uint32(time.Now().Unix())
	content, err := os.ReadFile(file)
	if err == nil {
		free, err := strconv.ParseUint(strings.TrimSpace(string(content)), 10, 32)
		if err != nil {
			return fmt.Errorf("read %s: %w", file, err)
		}
		s.nextValidity = max(s.nextValidity, uint32(free))
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return writeFile(file, fmt.Appendf(nil, "%d\n", s.nextValidity+validityBlock))
}

func (s *spool) load(accounts map[string]*account) error {
	root := filepath.Join(s.dir, "mailboxes")
	addresses, err := os.ReadDir(root)
	if err != nil {
		return err
	}
	for _, entry := range addresses {
		address, err := url.PathUnescape(entry.Name())
		if err != nil || !entry.IsDir() {
			continue // not ours
		}
		a, err := s.newAccount(address)
		if err != nil {
			return err
		}
		folders, err := os.ReadDir(filepath.Join(root, entry.Name()))
		if err != nil {
			return err
		}
		for _, entry := range folders {
			name, err := url.PathUnescape(entry.Name())
			if err != nil || !entry.IsDir() {
				continue
			}
			f := a.folders[name]
			if f == nil {
				f = a.newFolder(name)
			}
			if err := loadFolder(f); err != nil {
				return err
			}
		}
		accounts[address] = a
	}
	return nil
}

// loadFolder reads the mails of a folder; ReadDir sorts by name, that is, by
// time.
func loadFolder(f *folder) error {
	files, err := os.ReadDir(f.dir)
	if err != nil {
		return err
	}
	for _, file := range files {
		name, ok := strings.CutSuffix(file.Name(), ".eml")
		nanos, err := strconv.ParseInt(name, 10, 64)
		if !ok || err != nil {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(f.dir, file.Name()))
		if err != nil {
			return err
		}
		f.append(&message{name: name, raw: raw, received: time.Unix(0, nanos), flags: make(map[string]imap.Flag)})
	}
	return nil
}

// newAccount makes an account with an empty INBOX.
func (s *spool) newAccount(address string) (*account, error) {
	a := &account{address: address, spool: s, folders: make(map[string]*folder)}
	if s.dir != "" {
		a.dir = filepath.Join(s.dir, "mailboxes", escapeName(address))
	}
	f := a.newFolder("INBOX")
	if f.dir != "" {
		if err := os.MkdirAll(f.dir, 0o700); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// escapeName makes a file name of an address or a folder's name; url.PathUnescape
// undoes it. A dot in front is escaped too, so that ".." is no way out.
func escapeName(name string) string {
	escaped := url.PathEscape(name)
	if rest, ok := strings.CutPrefix(escaped, "."); ok {
		return "%2E" + rest
	}
	return escaped
}

func (s *spool) uidValidity() uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.nextValidity
	s.nextValidity++
	return v
}

// nextName returns the time, and a file name made of it that was not given out
// before.
func (s *spool) nextName() (string, time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastName = max(s.lastName+1, time.Now().UnixNano())
	return strconv.FormatInt(s.lastName, 10), time.Unix(0, s.lastName)
}

func (s *spool) close() error {
	if s.lock == nil {
		return nil
	}
	return s.lock.Close()
}

// writeFile writes a file so that nobody sees half of it.
func writeFile(name string, content []byte) error {
	if err := os.WriteFile(name+".tmp", content, 0o600); err != nil {
		return err
	}
	return os.Rename(name+".tmp", name)
}
