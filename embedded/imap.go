package embedded

import (
	"crypto/subtle"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
)

// imapSession is one client at the IMAP port. go-imap calls its methods one at
// a time, and only in the states in which they are allowed.
type imapSession struct {
	mail    *Mail
	account *account // nil before LOGIN
	view    *view    // nil unless a folder is selected

	// go-imap calls Idle on a goroutine of its own, which it forgets when the
	// connection breaks: it may begin after Close.
	mu     sync.Mutex
	closed bool
	idling sync.WaitGroup
}

var _ imapserver.SessionIMAP4rev2 = (*imapSession)(nil)

// view is a folder as one client knows it: it lags behind until the client
// has been told of what is new and what is gone.
type view struct {
	*folder
	account  *account
	tracker  *imapserver.SessionTracker
	readOnly bool
	changed  chan struct{} // capacity 1
	saved    imap.UIDSet   // SEARCHRES, RFC 5182
}

// Login lets any address in that has the password. The reply mailbox may have
// a name that is no address.
func (s *imapSession) Login(username, password string) error {
	if subtle.ConstantTimeCompare([]byte(password), []byte(s.mail.options.Password)) != 1 {
		return imapserver.ErrAuthFailed
	}
	if !strings.EqualFold(username, s.mail.options.ReplyMailbox) && checkAddress(username) != nil {
		return imapserver.ErrAuthFailed
	}
	a, err := s.mail.account(username)
	if err != nil {
		s.mail.log.Error("mailbox not opened", "error", err)
		return imapNo(imap.ResponseCodeUnavailable, "Mailbox can't be opened")
	}
	s.account = a
	return nil
}

// Close is the end of the connection.
func (s *imapSession) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.idling.Wait()
	if s.view != nil {
		return s.Unselect()
	}
	return nil
}

// AppendLimit is that of SMTP.
func (s *imapSession) AppendLimit() uint32 {
	return uint32(min(s.mail.options.MaxMessage, 1<<32-1))
}

// Select opens a folder, for EXAMINE read-only.
func (s *imapSession) Select(name string, options *imap.SelectOptions) (*imap.SelectData, error) {
	a := s.account
	a.mu.Lock()
	defer a.mu.Unlock()
	f, err := a.folder(name, imap.ResponseCodeNonExistent)
	if err != nil {
		return nil, err
	}
	s.view = &view{folder: f, account: a, tracker: f.tracker.NewSession(), readOnly: options.ReadOnly, changed: make(chan struct{}, 1)}
	f.views[s.view] = struct{}{}
	data := &imap.SelectData{NumMessages: uint32(len(f.messages)), UIDNext: f.nextUID, UIDValidity: f.validity}
	flags := map[string]imap.Flag{}
	for _, flag := range []imap.Flag{imap.FlagSeen, imap.FlagAnswered, imap.FlagFlagged, imap.FlagDeleted, imap.FlagDraft} {
		flags[strings.ToLower(string(flag))] = flag
	}
	for i, m := range f.messages {
		maps.Copy(flags, m.flags)
		if data.FirstUnseenSeqNum == 0 && !m.has(seenFlag) {
			data.FirstUnseenSeqNum = uint32(i + 1)
		}
	}
	data.Flags = slices.Sorted(maps.Values(flags))
	if !options.ReadOnly {
		data.PermanentFlags = append(slices.Clone(data.Flags), imap.FlagWildcard)
	}
	return data, nil
}

// Unselect closes the folder.
func (s *imapSession) Unselect() error {
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	delete(s.view.views, s.view)
	s.view.tracker.Close()
	s.view = nil
	return nil
}

// Create makes a folder.
func (s *imapSession) Create(name string, _ *imap.CreateOptions) error { return s.account.create(name) }

// Delete deletes a folder and its mail.
func (s *imapSession) Delete(name string) error { return s.account.drop(name) }

// Rename renames a folder and those below it.
func (s *imapSession) Rename(name, newName string, _ *imap.RenameOptions) error {
	return s.account.rename(name, newName)
}

// Subscribe marks a folder for LSUB.
func (s *imapSession) Subscribe(name string) error { return s.setSubscribed(name, true) }

// Unsubscribe takes the mark away.
func (s *imapSession) Unsubscribe(name string) error { return s.setSubscribed(name, false) }

func (s *imapSession) setSubscribed(name string, subscribed bool) error {
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	f, err := s.account.folder(name, imap.ResponseCodeNonExistent)
	if err == nil {
		f.subscribed = subscribed
	}
	return err
}

// Namespace is one personal one.
func (s *imapSession) Namespace() (*imap.NamespaceData, error) {
	return &imap.NamespaceData{Personal: []imap.NamespaceDescriptor{{Delim: delimiter}}}, nil
}

// List lists the folders whose names match one of the patterns.
func (s *imapSession) List(w *imapserver.ListWriter, ref string, patterns []string, options *imap.ListOptions) error {
	if len(patterns) == 0 {
		return w.WriteList(&imap.ListData{Attrs: []imap.MailboxAttr{imap.MailboxAttrNoSelect}, Delim: delimiter})
	}
	s.account.mu.Lock()
	var found []*imap.ListData
	for _, name := range slices.Sorted(maps.Keys(s.account.folders)) {
		f := s.account.folders[name]
		match := slices.ContainsFunc(patterns, func(p string) bool { return imapserver.MatchList(name, delimiter, ref, p) })
		if !match || options.SelectSubscribed && !f.subscribed || options.SelectSpecialUse {
			continue
		}
		data := &imap.ListData{Mailbox: name, Delim: delimiter}
		if f.subscribed {
			data.Attrs = append(data.Attrs, imap.MailboxAttrSubscribed)
		}
		if options.ReturnStatus != nil {
			data.Status = f.status()
		}
		found = append(found, data)
	}
	s.account.mu.Unlock()
	for _, data := range found {
		if err := w.WriteList(data); err != nil {
			return err
		}
	}
	return nil
}

// Status describes a folder without selecting it.
func (s *imapSession) Status(name string, _ *imap.StatusOptions) (*imap.StatusData, error) {
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	f, err := s.account.folder(name, imap.ResponseCodeNonExistent)
	if err != nil {
		return nil, err
	}
	return f.status(), nil
}

// status has all there is; go-imap writes what was asked for.
func (f *folder) status() *imap.StatusData {
	var unseen, deleted, recent uint32
	var size int64
	for _, m := range f.messages {
		size += int64(len(m.raw))
		if !m.has(seenFlag) {
			unseen++
		}
		if m.has(deletedFlag) {
			deleted++
		}
	}
	count := uint32(len(f.messages))
	return &imap.StatusData{
		Mailbox: f.name, NumMessages: &count, NumRecent: &recent, UIDNext: f.nextUID, UIDValidity: f.validity,
		NumUnseen: &unseen, NumDeleted: &deleted, Size: &size,
	}
}

// Append stores a mail as the client sent it, without trace fields.
func (s *imapSession) Append(name string, r imap.LiteralReader, options *imap.AppendOptions) (*imap.AppendData, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	file, received := s.mail.spool.nextName()
	if !options.Time.IsZero() {
		received = options.Time
	}
	uid, err := s.account.add(name, file, received, raw, options.Flags)
	if err != nil {
		return nil, err
	}
	if name == "INBOX" {
		s.mail.announce(s.account.address)
	}
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	f, err := s.account.folder(name, imap.ResponseCodeNonExistent)
	if err != nil {
		return nil, err
	}
	return &imap.AppendData{UIDValidity: f.validity, UID: uid}, nil
}

// Poll tells the client what has changed.
func (s *imapSession) Poll(w *imapserver.UpdateWriter, allowExpunge bool) error {
	if s.view == nil {
		return nil
	}
	return s.view.tracker.Poll(w, allowExpunge)
}

// Idle tells the client of changes as they come. go-imap's own
// SessionTracker.Idle overlooks what was queued just before it.
func (s *imapSession) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	v := s.view
	s.idling.Add(1)
	s.mu.Unlock()
	defer s.idling.Done()
	if v == nil {
		<-stop
		return nil
	}
	for {
		if err := v.tracker.Poll(w, true); err != nil {
			return err
		}
		select {
		case <-v.changed:
		case <-stop:
			return nil
		}
	}
}

// Expunge removes what has the flag \Deleted, of uids only if that isn't nil.
// CLOSE calls it too, which must leave a read-only folder as it is without an
// error (RFC 9051 6.4.1).
func (s *imapSession) Expunge(_ *imapserver.ExpungeWriter, uids *imap.UIDSet) error {
	v := s.view
	if v.readOnly {
		return nil
	}
	v.account.mu.Lock()
	defer v.account.mu.Unlock()
	var in selection
	if uids != nil {
		in = v.selection(*uids)
	}
	gone := make(map[*message]bool)
	for _, m := range v.messages {
		if m.has(deletedFlag) && (uids == nil || in(0, m.uid)) {
			gone[m] = true
		}
	}
	return v.expunge(gone)
}

// Store changes flags.
func (s *imapSession) Store(w *imapserver.FetchWriter, set imap.NumSet, flags *imap.StoreFlags, _ *imap.StoreOptions) error {
	v := s.view
	if v.readOnly {
		return imapNo("", "Mailbox is read-only")
	}
	v.account.mu.Lock()
	for i, m := range v.selected(set) {
		if flags.Op == imap.StoreFlagsSet {
			clear(m.flags)
		}
		for _, flag := range flags.Flags {
			if flags.Op == imap.StoreFlagsDel {
				delete(m.flags, strings.ToLower(string(flag)))
			} else {
				m.set(flag)
			}
		}
		v.flagsChanged(i, v)
	}
	v.account.mu.Unlock()
	if flags.Silent {
		return nil
	}
	_, byUID := set.(imap.UIDSet)
	return s.Fetch(w, set, &imap.FetchOptions{Flags: true, UID: byUID})
}

// Copy copies messages into another folder.
func (s *imapSession) Copy(set imap.NumSet, dest string) (*imap.CopyData, error) {
	v := s.view
	v.account.mu.Lock()
	defer v.account.mu.Unlock()
	f, err := v.destination(dest)
	if err != nil {
		return nil, err
	}
	data := &imap.CopyData{UIDValidity: f.validity}
	for _, m := range v.selected(set) {
		uid, err := v.account.copyTo(f, m)
		if err != nil {
			return nil, err
		}
		data.SourceUIDs.AddNum(m.uid)
		data.DestUIDs.AddNum(uid)
	}
	if len(data.SourceUIDs) == 0 {
		return nil, nil //nolint:nilnil // go-imap: OK without COPYUID, which can't be empty
	}
	return data, nil
}

// Move moves messages into another folder. The client is told that they are
// gone by the Poll that go-imap does at the end of the command.
func (s *imapSession) Move(w *imapserver.MoveWriter, set imap.NumSet, dest string) error {
	v := s.view
	if v.readOnly {
		return imapNo("", "Mailbox is read-only")
	}
	data, err := v.move(set, dest)
	if err != nil || len(data.SourceUIDs) == 0 {
		return err
	}
	return w.WriteCopyData(data)
}

func (v *view) move(set imap.NumSet, dest string) (*imap.CopyData, error) {
	v.account.mu.Lock()
	defer v.account.mu.Unlock()
	f, err := v.destination(dest)
	if err != nil {
		return nil, err
	}
	data := &imap.CopyData{UIDValidity: f.validity}
	gone := make(map[*message]bool)
	for _, m := range v.selected(set) {
		var uid imap.UID
		if uid, err = v.moveTo(f, m); err != nil {
			break // what has been moved so far stays moved
		}
		gone[m] = true
		data.SourceUIDs.AddNum(m.uid)
		data.DestUIDs.AddNum(uid)
	}
	v.remove(gone)
	return data, err
}

func (v *view) destination(name string) (*folder, error) {
	f, err := v.account.folder(name, imap.ResponseCodeTryCreate)
	if err == nil && f == v.folder {
		return nil, imapNo(imap.ResponseCodeCannot, "Source and destination are the same mailbox")
	}
	return f, err
}
