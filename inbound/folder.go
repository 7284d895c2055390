package inbound

import (
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-imap/v2"
)

// prepareFolders finds out what Mailbox.Processed and Mailbox.Failed are called
// at this server, and makes them where they are missing.
func (s *session) prepareFolders(box Mailbox) error {
	delimiter, prefix, err := s.namespace()
	if err != nil {
		return fmt.Errorf("ask for the hierarchy delimiter: %w", err)
	}
	s.processed = folderName(box.Processed, delimiter, prefix)
	s.failed = folderName(box.Failed, delimiter, prefix)
	for _, name := range []string{s.processed, s.failed} {
		if err := s.makeFolder(name); err != nil {
			return err
		}
	}
	return nil
}

// namespace returns the server's hierarchy delimiter (0 = none) and what the
// names of personal folders must begin with (RFC 2342), as "INBOX." at some.
func (s *session) namespace() (delimiter rune, prefix string, err error) {
	err = s.within(func() error {
		if s.client.Caps().Has(imap.CapNamespace) {
			data, err := s.client.Namespace().Wait()
			if err != nil && !refused(err) {
				return err
			}
			if err == nil && len(data.Personal) > 0 {
				delimiter, prefix = data.Personal[0].Delim, data.Personal[0].Prefix
				return nil
			}
		}
		// An empty pattern asks for the delimiter (RFC 9051 6.3.9).
		list, err := s.client.List("", "", nil).Collect()
		if err == nil && len(list) > 0 {
			delimiter = list[0].Delim
		}
		return err
	})
	return delimiter, prefix, err
}

// folderName translates a name of the configuration, where a slash separates
// levels, to the server's terms.
func folderName(name string, delimiter rune, prefix string) string {
	if delimiter != 0 {
		name = strings.ReplaceAll(name, "/", string(delimiter))
	}
	if !strings.HasPrefix(name, prefix) {
		name = prefix + name
	}
	return name
}

// makeFolder creates a folder unless it exists. Servers differ in the code of
// "exists already", so it is looked for first.
func (s *session) makeFolder(name string) error {
	err := s.within(func() error {
		list, err := s.client.List("", name, nil).Collect()
		if err != nil {
			return err
		}
		for _, l := range list {
			if l.Mailbox == name {
				return nil
			}
		}
		return s.client.Create(name, nil).Wait()
	})
	var no *imap.Error
	if errors.As(err, &no) && no.Code == imap.ResponseCodeAlreadyExists {
		return nil // another Poller was quicker
	}
	if err != nil {
		return fmt.Errorf("make folder %s: %w", name, err)
	}
	return nil
}

// move takes mails out of the polled folder into another. held is asked before
// each command that changes the mailbox. Of mails that were gone before, nothing
// is said.
func (s *session) move(uids []uint32, folder string, held func() bool) error {
	step := s.steps(held)
	to := " to " + folder
	set := uidSet(uids)
	if s.client.Caps().Has(imap.CapMove) {
		err := step("move"+to, func() error { _, err := s.client.Move(set, folder).Wait(); return err })
		var no *imap.Error
		if !errors.As(err, &no) || no.Code != imap.ResponseCodeTryCreate {
			return err
		}
		if err := s.makeFolder(folder); err != nil { // somebody deleted it
			return err
		}
		return step("move"+to, func() error { _, err := s.client.Move(set, folder).Wait(); return err })
	}
	// Step by step: go-imap's own substitute for MOVE sends all three commands
	// at once, and deletes what it could not copy.
	deleted, err := s.search(&imap.SearchCriteria{Flag: []imap.Flag{imap.FlagDeleted}})
	if err != nil {
		return err
	}
	// What we have marked is copied already: a round was cut short after that.
	if fresh := without(uids, deleted); len(fresh) > 0 {
		set := uidSet(fresh)
		if err := step("copy"+to, func() error { _, err := s.client.Copy(set, folder).Wait(); return err }); err != nil {
			return err
		}
	}
	return s.remove(uids, held)
}

// steps returns a function that runs one command which changes the mailbox, if
// we are still its reader.
func (s *session) steps(held func() bool) func(name string, command func() error) error {
	return func(name string, command func() error) error {
		if !held() {
			return errLeaseLost
		}
		if err := s.within(command); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	}
}

// remove takes mails out of the open folder for good.
func (s *session) remove(uids []uint32, held func() bool) error {
	step := s.steps(held)
	set := uidSet(uids)
	mark := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}
	if err := step("mark as deleted", func() error { return s.client.Store(set, mark, nil).Close() }); err != nil {
		return err
	}
	if s.client.Caps().Has(imap.CapUIDPlus) {
		return step("expunge", func() error { return s.client.UIDExpunge(set).Close() })
	}
	// EXPUNGE takes everything that is marked, so nothing else may be.
	deleted, err := s.search(&imap.SearchCriteria{Flag: []imap.Flag{imap.FlagDeleted}})
	if err != nil {
		return err
	}
	if foreign := without(deleted, uids); len(foreign) > 0 {
		return errForeignDeleted
	}
	return step("expunge", func() error { return s.client.Expunge().Close() })
}

// errForeignDeleted keeps marked mail in the folder, where it does no harm, until
// others have expunged theirs.
var errForeignDeleted = errors.New("mail that others marked as deleted would be expunged too: the server has no UIDPLUS")

// without returns the UIDs of all that are not among gone.
func without(all, gone []uint32) []uint32 {
	is := make(map[uint32]bool, len(gone))
	for _, uid := range gone {
		is[uid] = true
	}
	var left []uint32
	for _, uid := range all {
		if !is[uid] {
			left = append(left, uid)
		}
	}
	return left
}
