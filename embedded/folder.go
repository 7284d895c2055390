package embedded

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
)

// account is what belongs to one address. Its mutex guards all of its folders
// and their messages; nothing is written to a client under it.
//
// go-imap's imapmemserver would have been the shorter way. It isn't used
// because it rebuilds BODY[] from a parsed header, so that a mail with one
// broken header line comes out empty; its UIDVALIDITY begins at 1 in every
// process; MOVE announces wrong sequence numbers; a mail that arrives just
// before IDLE isn't announced; and a client that hangs up during FETCH leaves
// a goroutine waiting for ever.
type account struct {
	address string
	dir     string // empty: in memory
	spool   *spool

	mu      sync.Mutex
	folders map[string]*folder
}

// folder is what IMAP calls a mailbox.
type folder struct {
	name       string
	dir        string // empty: in memory
	validity   uint32
	tracker    *imapserver.MailboxTracker
	views      map[*view]struct{}
	messages   []*message // by ascending UID
	nextUID    imap.UID
	subscribed bool
}

// message is a mail in a folder. Only its flags change.
type message struct {
	uid      imap.UID
	name     string // of its file, without .eml
	raw      []byte
	received time.Time
	flags    map[string]imap.Flag // by lower-case name, as first spelt
}

const (
	seenFlag    = `\seen`
	deletedFlag = `\deleted`
)

func (m *message) has(flag string) bool {
	_, ok := m.flags[flag]
	return ok
}

func (m *message) set(flag imap.Flag) {
	if key := strings.ToLower(string(flag)); !m.has(key) {
		m.flags[key] = flag
	}
}

func (m *message) flagList() []imap.Flag {
	list := make([]imap.Flag, 0, len(m.flags))
	for _, flag := range m.flags {
		list = append(list, flag)
	}
	return list
}

func imapNo(code imap.ResponseCode, text string) error {
	return &imap.Error{Type: imap.StatusResponseTypeNo, Code: code, Text: text}
}

// newFolder adds an empty folder; the caller makes its directory.
func (a *account) newFolder(name string) *folder {
	f := &folder{
		name: name, validity: a.spool.uidValidity(), nextUID: 1,
		tracker: imapserver.NewMailboxTracker(0), views: make(map[*view]struct{}),
	}
	if a.dir != "" {
		f.dir = a.folderDir(name)
	}
	a.folders[name] = f
	return f
}

func (a *account) folderDir(name string) string { return filepath.Join(a.dir, escapeName(name)) }

// folder returns the folder, or a NO with the given code.
func (a *account) folder(name string, code imap.ResponseCode) (*folder, error) {
	if f := a.folders[name]; f != nil {
		return f, nil
	}
	return nil, imapNo(code, "No such mailbox")
}

// add puts a mail into a folder.
func (a *account) add(folder, name string, received time.Time, raw []byte, flags []imap.Flag) (imap.UID, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f, err := a.folder(folder, imap.ResponseCodeTryCreate)
	if err != nil {
		return 0, err
	}
	m := &message{name: name, raw: raw, received: received, flags: make(map[string]imap.Flag)}
	for _, flag := range flags {
		m.set(flag)
	}
	if err := f.save(m); err != nil {
		return 0, err
	}
	f.append(m)
	return m.uid, nil
}

func (f *folder) file(m *message) string { return filepath.Join(f.dir, m.name+".eml") }

func (f *folder) save(m *message) error {
	if f.dir == "" {
		return nil
	}
	return writeFile(f.file(m), m.raw)
}

func (f *folder) append(m *message) {
	m.uid = f.nextUID
	f.nextUID++
	f.messages = append(f.messages, m)
	f.tracker.QueueNumMessages(uint32(len(f.messages)))
	f.notify()
}

// copyTo copies a message into another folder.
func (a *account) copyTo(dest *folder, m *message) (imap.UID, error) {
	c := &message{raw: m.raw, received: m.received, flags: make(map[string]imap.Flag)}
	c.name, _ = a.spool.nextName()
	for _, flag := range m.flags {
		c.set(flag)
	}
	if err := dest.save(c); err != nil {
		return 0, err
	}
	dest.append(c)
	return c.uid, nil
}

// moveTo copies a message into another folder, taking its file along; the
// caller removes it from f.
func (f *folder) moveTo(dest *folder, m *message) (imap.UID, error) {
	c := &message{name: m.name, raw: m.raw, received: m.received, flags: m.flags}
	var err error
	if f.dir != "" {
		err = os.Rename(f.file(m), dest.file(c))
	} else {
		err = dest.save(c) // from a ghost, or nothing at all to do
	}
	if err != nil {
		return 0, err
	}
	dest.append(c)
	return c.uid, nil
}

// remove takes messages out of the list and tells all clients.
func (f *folder) remove(gone map[*message]bool) {
	kept := make([]*message, 0, len(f.messages))
	// From the end, so that the numbers of those still to go stay right.
	for i, m := range slices.Backward(f.messages) {
		if gone[m] {
			f.tracker.QueueExpunge(uint32(i + 1))
		}
	}
	for _, m := range f.messages {
		if !gone[m] {
			kept = append(kept, m)
		}
	}
	f.messages = kept
	f.notify()
}

// expunge removes the messages for good.
func (f *folder) expunge(gone map[*message]bool) error {
	for m := range gone {
		if f.dir == "" {
			break
		}
		if err := os.Remove(f.file(m)); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	f.remove(gone)
	return nil
}

// flagsChanged tells all clients but the one that did it.
func (f *folder) flagsChanged(i int, by *view) {
	var source *imapserver.SessionTracker
	if by != nil {
		source = by.tracker
	}
	m := f.messages[i]
	f.tracker.QueueMessageFlags(uint32(i+1), m.uid, m.flagList(), source)
	f.notify()
}

// notify wakes the clients that idle.
func (f *folder) notify() {
	for v := range f.views {
		select {
		case v.changed <- struct{}{}:
		default: // it has not looked since the last time
		}
	}
}

// inbox lists the INBOX for [Mail.Messages].
func (a *account) inbox() []StoredMail {
	a.mu.Lock()
	defer a.mu.Unlock()
	var list []StoredMail
	for _, m := range a.folders["INBOX"].messages {
		list = append(list, StoredMail{UID: uint32(m.uid), Received: m.received, Raw: m.raw, Seen: m.has(seenFlag)})
	}
	return list
}

const delimiter = '/'

// create makes a folder.
func (a *account) create(name string) error {
	name = strings.TrimRight(name, string(delimiter))
	if name == "" || strings.ContainsFunc(name, unicode.IsControl) {
		return imapNo(imap.ResponseCodeCannot, "Bad mailbox name")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.folders[name] != nil {
		return imapNo(imap.ResponseCodeAlreadyExists, "Mailbox already exists")
	}
	if a.dir != "" {
		if err := os.MkdirAll(a.folderDir(name), 0o700); err != nil {
			return imapNo("", "Mailbox can't be created")
		}
	}
	a.newFolder(name)
	return nil
}

// drop deletes a folder; clients that have it selected go on with a ghost.
func (a *account) drop(name string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	f, err := a.folder(name, imap.ResponseCodeNonExistent)
	if err != nil {
		return err
	}
	if name == "INBOX" {
		return imapNo(imap.ResponseCodeCannot, "INBOX can't be deleted")
	}
	if f.dir != "" {
		if err := os.RemoveAll(f.dir); err != nil {
			return fmt.Errorf("delete mailbox: %w", err)
		}
		f.dir = "" // the ghost has no files
	}
	delete(a.folders, name)
	return nil
}

// rename renames a folder and those below it (RFC 9051 6.3.6).
func (a *account) rename(from, to string) error {
	to = strings.TrimRight(to, string(delimiter))
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, err := a.folder(from, imap.ResponseCodeNonExistent); err != nil {
		return err
	}
	if from == "INBOX" || to == "" || strings.ContainsFunc(to, unicode.IsControl) || strings.HasPrefix(to, from+string(delimiter)) {
		return imapNo(imap.ResponseCodeCannot, "Mailbox can't be renamed so")
	}
	moved := map[string]*folder{}
	for name, f := range a.folders {
		rest, below := strings.CutPrefix(name, from+string(delimiter))
		switch {
		case name == from:
			moved[to] = f
		case below:
			moved[to+string(delimiter)+rest] = f
		}
	}
	for name := range moved {
		if a.folders[name] != nil {
			return imapNo(imap.ResponseCodeAlreadyExists, "Mailbox already exists")
		}
	}
	for name, f := range moved {
		if f.dir != "" {
			dir := a.folderDir(name)
			if err := os.Rename(f.dir, dir); err != nil {
				return fmt.Errorf("rename mailbox: %w", err)
			}
			f.dir = dir
		}
		delete(a.folders, f.name)
		f.name = name
		a.folders[name] = f
	}
	return nil
}
