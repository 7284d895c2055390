package embedded

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-smtp"
)

// MailOptions says how to run the mail server.
type MailOptions struct {
	// SMTPAddr and IMAPAddr are the addresses to listen on, host:port; port 0
	// takes a free one. Empty means 127.0.0.1:0.
	SMTPAddr, IMAPAddr string
	// Hostname is the authserv-id of Authentication-Results and the name in
	// greeting and Received. Default "localhost".
	Hostname string
	// Domain is the reply domain: mail for reply+…@Domain and bounce+…@Domain
	// goes to ReplyMailbox. Empty: to the mailbox of its own address like all
	// other mail.
	Domain string
	// ReplyMailbox is the login, usually an address, of that mailbox; it
	// exists from the start.
	ReplyMailbox string
	// Password lets everybody in at the IMAP port. Default "demo".
	Password string
	// Dir keeps every mail also as a file, and brings it back at the next
	// start. Empty: in memory only.
	Dir string
	// MaxMessage is the size in bytes from which a mail is refused with 552
	// 5.3.4. Default 50 MiB.
	MaxMessage int64
	// Log gets a line per delivery at level debug. Nil discards it.
	Log *slog.Logger
}

// Mail is a mail server with one INBOX per address that was ever written to or
// logged in as. What SMTP takes in, IMAP shows.
//
// Every folder keeps the bytes it got: FETCH BODY[] gives the mail exactly as
// it came, below the trace fields that delivery puts on top, however broken it
// is.
type Mail struct {
	options    MailOptions
	log        *slog.Logger
	smtp, imap *trackedListener
	accepting  sync.WaitGroup
	spool      *spool

	mu       sync.Mutex
	accounts map[string]*account // by lower-case address
	watchers map[chan string]struct{}
	closed   bool
}

// StoredMail is a mail in an INBOX.
type StoredMail struct {
	// UID is its IMAP unique identifier.
	UID uint32
	// Received is when it was delivered.
	Received time.Time
	// Raw is the mail with its trace fields. Do not change it.
	Raw []byte
	// Seen says whether it has the flag \Seen.
	Seen bool
}

// errMailClosed is what deliveries get during and after Close.
var errMailClosed = errors.New("mail server is closed")

// StartMail starts the mail server. Errors: an address that can't be listened
// on, a folder that can't be read or written.
func StartMail(o MailOptions) (*Mail, error) {
	m, err := newMail(o)
	if err != nil {
		return nil, fmt.Errorf("start mail server: %w", err)
	}
	return m, nil
}

func newMail(o MailOptions) (*Mail, error) {
	if o.SMTPAddr == "" {
		o.SMTPAddr = "127.0.0.1:0"
	}
	if o.IMAPAddr == "" {
		o.IMAPAddr = "127.0.0.1:0"
	}
	if o.Hostname == "" {
		o.Hostname = "localhost"
	}
	if o.Password == "" {
		o.Password = "demo"
	}
	if o.MaxMessage <= 0 {
		o.MaxMessage = 50 << 20
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if (o.Domain == "") != (o.ReplyMailbox == "") {
		return nil, errors.New("Domain and ReplyMailbox are needed together or not at all")
	}
	m := &Mail{options: o, log: o.Log, watchers: make(map[chan string]struct{})}
	var err error
	if m.spool, m.accounts, err = openSpool(o.Dir); err != nil {
		return nil, err
	}
	if o.ReplyMailbox != "" {
		if _, err := m.account(o.ReplyMailbox); err != nil {
			return nil, errors.Join(err, m.spool.close())
		}
	}
	if m.smtp, err = listen(o.SMTPAddr); err != nil {
		return nil, errors.Join(err, m.spool.close())
	}
	if m.imap, err = listen(o.IMAPAddr); err != nil {
		return nil, errors.Join(err, m.smtp.Listener.Close(), m.spool.close())
	}
	m.accepting.Go(func() { m.serveSMTP() })
	m.accepting.Go(func() { m.serveIMAP() })
	return m, nil
}

func (m *Mail) serveSMTP() {
	server := smtp.NewServer(smtp.BackendFunc(m.newSMTPSession))
	server.Domain = m.options.Hostname
	server.MaxMessageBytes = m.options.MaxMessage
	server.MaxRecipients = 1000
	// The limit of 1000 (RFC 5321 4.5.3.1.6) is broken by real mail, and a
	// server that hangs up at such a line helps nobody to find out why.
	server.MaxLineLength = 1 << 20
	server.ReadTimeout = 5 * time.Minute // RFC 5321 4.5.3.2.7
	server.WriteTimeout = time.Minute
	server.AllowInsecureAuth = true
	server.EnableSMTPUTF8 = true
	server.ErrorLog = slog.NewLogLogger(m.log.Handler(), slog.LevelDebug)
	// The error is that of the closed listener, or of one that broke, which
	// clients will notice first.
	if err := server.Serve(m.smtp); err != nil && !m.isClosed() {
		m.log.Error("SMTP port is closed", "error", err)
	}
}

func (m *Mail) serveIMAP() {
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return &imapSession{mail: m}, nil, nil
		},
		Caps:         imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapIMAP4rev2: {}},
		InsecureAuth: true,
		Logger:       slog.NewLogLogger(m.log.Handler(), slog.LevelDebug),
	})
	if err := server.Serve(m.imap); err != nil && !m.isClosed() {
		m.log.Error("IMAP port is closed", "error", err)
	}
}

func (m *Mail) isClosed() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.closed
}

// SMTPAddr is the host:port of the SMTP port.
func (m *Mail) SMTPAddr() string { return m.smtp.Addr().String() }

// IMAPAddr is the host:port of the IMAP port.
func (m *Mail) IMAPAddr() string { return m.imap.Addr().String() }

// Close ends all connections, waits for their goroutines and closes the
// channels of all watchers. A mail whose transfer isn't complete is dropped; its sender got no
// 250. Later calls do nothing.
func (m *Mail) Close() error {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return nil
	}
	m.closed = true
	m.mu.Unlock()
	err := errors.Join(m.smtp.shutdown(), m.imap.shutdown())
	m.accepting.Wait()
	m.mu.Lock()
	defer m.mu.Unlock()
	for ch := range m.watchers {
		close(ch)
	}
	clear(m.watchers)
	if err = errors.Join(err, m.spool.close()); err != nil {
		return fmt.Errorf("stop mail server: %w", err)
	}
	return nil
}

// Deliver does what the SMTP port does with a mail: it puts the trace fields on
// top and stores one copy for each recipient. from may be empty (a bounce).
// Errors: a bad address, a mail that is too large, a closed server, a full
// disk; some recipients may have got it then.
func (m *Mail) Deliver(from string, to []string, raw []byte) error {
	if from != "" {
		if err := checkAddress(from); err != nil {
			return fmt.Errorf("deliver mail: sender %q: %w", from, err)
		}
	}
	for _, rcpt := range to {
		if err := checkAddress(rcpt); err != nil {
			return fmt.Errorf("deliver mail: recipient %q: %w", rcpt, err)
		}
	}
	if int64(len(raw)) >= m.options.MaxMessage {
		return fmt.Errorf("deliver mail: %d bytes are too large, the limit is %d", len(raw), m.options.MaxMessage)
	}
	return m.deliver(envelope{from: from, to: to, client: "localhost (in process)", protocol: "ESMTP"}, raw)
}

// envelope is what is known of a mail besides its content.
type envelope struct {
	from     string
	to       []string
	client   string // for Received: the name it gave, and its address
	protocol string // for Received: RFC 5321 4.4, RFC 6531 3.7.3
}

func (m *Mail) deliver(env envelope, raw []byte) error {
	raw = dropOwnResults(raw, m.options.Hostname)
	done := make(map[string]bool)
	for _, rcpt := range env.to {
		// Whoever is named twice gets it once.
		if done[strings.ToLower(rcpt)] {
			continue
		}
		done[strings.ToLower(rcpt)] = true
		a, err := m.account(m.mailboxFor(rcpt))
		if err != nil {
			return fmt.Errorf("deliver mail to %s: %w", rcpt, err)
		}
		name, received := m.spool.nextName()
		copied := append(m.trace(env, rcpt, name, received), raw...)
		uid, err := a.add("INBOX", name, received, copied, nil)
		if err != nil {
			return fmt.Errorf("deliver mail to %s: %w", rcpt, err)
		}
		m.log.Debug("mail delivered", "mailbox", a.address, "uid", uid, "bytes", len(copied))
		m.announce(a.address)
	}
	return nil
}

// trace returns the fields that final delivery adds on top (RFC 5321 4.4,
// RFC 9228, RFC 8601).
func (m *Mail) trace(env envelope, rcpt, id string, received time.Time) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "Return-Path: %s\r\n", path(env.from))
	fmt.Fprintf(&b, "Delivered-To: %s\r\n", strings.Trim(path(rcpt), "<>"))
	fmt.Fprintf(&b, "Received: from %s\r\n\tby %s with %s id %s\r\n\tfor %s;\r\n\t%s\r\n",
		env.client, m.options.Hostname, env.protocol, id, path(rcpt), received.Format(time.RFC1123Z))
	// Nothing was checked, whatever the client said in AUTH.
	fmt.Fprintf(&b, "Authentication-Results: %s; auth=none\r\n", m.options.Hostname)
	return b.Bytes()
}

// mailboxFor says whose INBOX takes the mail for an address.
func (m *Mail) mailboxFor(rcpt string) string {
	at := strings.LastIndexByte(rcpt, '@')
	if m.options.Domain == "" || !strings.EqualFold(rcpt[at+1:], m.options.Domain) {
		return rcpt
	}
	local := strings.ToLower(rcpt[:at])
	if strings.HasPrefix(local, "reply+") || strings.HasPrefix(local, "bounce+") {
		return m.options.ReplyMailbox
	}
	return rcpt
}

// account returns the account of an address, which it creates at first use.
func (m *Mail) account(address string) (*account, error) {
	address = foldAddress(address)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, errMailClosed
	}
	if a := m.accounts[address]; a != nil {
		return a, nil
	}
	a, err := m.spool.newAccount(address)
	if err != nil {
		return nil, err
	}
	m.accounts[address] = a
	return a, nil
}

// Mailboxes returns the addresses that exist, sorted.
func (m *Mail) Mailboxes() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.accounts))
}

// Messages returns what is in the INBOX of an address now, the newest last;
// nothing if there is no such mailbox.
func (m *Mail) Messages(address string) []StoredMail {
	m.mu.Lock()
	a := m.accounts[foldAddress(address)]
	m.mu.Unlock()
	if a == nil {
		return nil
	}
	return a.inbox()
}

// watchBuffer is how many deliveries a watcher may lag behind.
const watchBuffer = 4096

// Watch returns a channel that gets the mailbox's address after each delivery.
// Deliveries never wait: a watcher that is 4096 behind misses some, so look at
// [Mail.Messages] rather than count. stop, and Close, close the channel.
func (m *Mail) Watch() (deliveries <-chan string, stop func()) {
	ch := make(chan string, watchBuffer)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		close(ch)
		return ch, func() {}
	}
	m.watchers[ch] = struct{}{}
	return ch, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if _, ok := m.watchers[ch]; ok {
			delete(m.watchers, ch)
			close(ch)
		}
	}
}

func (m *Mail) announce(address string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for ch := range m.watchers {
		select {
		case ch <- address:
		default:
		}
	}
}
