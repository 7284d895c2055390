package embedded

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// ErrNoDovecot says that Dovecot is not installed, and which package brings it.
var ErrNoDovecot = errors.New("Dovecot 2.3 is not installed: install the package dovecot-imapd (Debian, Ubuntu) or dovecot (Fedora, Arch, Alpine, brew)")

// DovecotOptions says where and how to run Dovecot.
type DovecotOptions struct {
	// Dir will hold configuration, mail and run-time files; created if
	// missing. Required. Its path may have up to 60 bytes, since Dovecot keeps
	// sockets in it; as root, every parent must be open to the user nobody.
	// See [TempDir].
	Dir string
	// Password lets everybody in. Default "demo".
	Password string
	// Without names capabilities that the server is to hide, for example
	// IDLE, MOVE, UIDPLUS. It goes on to understand the commands.
	Without []string
	// Log gets the server's output at level debug. Nil discards it.
	Log *slog.Logger
}

// Dovecot is a running Dovecot: IMAP without TLS on a port of the loopback
// interface. Any name logs in; each has a Maildir. It is there for tests
// against an IMAP server that isn't our own.
type Dovecot struct {
	child *child
	dir   string
	addr  string
	owner *owner
	count atomic.Uint64

	closeOnce sync.Once
	closeErr  error
}

// dovecotCapabilities is what Dovecot 2.3 offers after login by default.
const dovecotCapabilities = "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE SORT SORT=DISPLAY THREAD=REFERENCES THREAD=REFS THREAD=ORDEREDSUBJECT " +
	"MULTIAPPEND URL-PARTIAL CATENATE UNSELECT CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED I18NLEVEL=1 CONDSTORE QRESYNC ESEARCH ESORT SEARCHRES " +
	"WITHIN CONTEXT=SEARCH LIST-STATUS BINARY MOVE SNIPPET=FUZZY PREVIEW=FUZZY PREVIEW STATUS=SIZE SAVEDATE LITERAL+ NOTIFY SPECIAL-USE"

// StartDovecot starts Dovecot and waits until it greets. As root it runs as
// nobody, else as ourselves, the master process and login included, so that
// both cases use one configuration. Errors: [ErrNoDovecot]; otherwise the
// server's last words.
func StartDovecot(ctx context.Context, o DovecotOptions) (*Dovecot, error) {
	path, found := findBinary("dovecot", "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")
	if !found {
		return nil, ErrNoDovecot
	}
	if o.Dir == "" || len(o.Dir) > 60 {
		return nil, fmt.Errorf("start Dovecot: Dir %q: give a folder whose path has at most 60 bytes", o.Dir)
	}
	if o.Password == "" {
		o.Password = "demo"
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	version, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("start Dovecot: %s --version: %w", path, err)
	}
	if !bytes.HasPrefix(version, []byte("2.3.")) {
		return nil, fmt.Errorf("%w (%s is version %.10s, whose configuration has another form)", ErrNoDovecot, path, version)
	}
	d, err := startDovecot(ctx, path, o)
	if err != nil {
		return nil, fmt.Errorf("start Dovecot in %s: %w", o.Dir, err)
	}
	return d, nil
}

func startDovecot(ctx context.Context, path string, o DovecotOptions) (*Dovecot, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	d := &Dovecot{}
	var err error
	if d.dir, err = filepath.Abs(o.Dir); err != nil {
		return nil, err
	}
	if d.owner, err = dropRoot("nobody", "dovecot"); err != nil {
		return nil, err
	}
	for _, dir := range []string{d.dir, filepath.Join(d.dir, "run"), filepath.Join(d.dir, "mail")} {
		if err := d.owner.makeDir(dir); err != nil {
			return nil, err
		}
	}
	// Dovecot can't tell which port it got for 0, so one is found for it; if
	// another process is quicker to take it, another one is tried.
	for range 5 {
		if err = d.start(ctx, path, o); err == nil || !strings.Contains(err.Error(), "Address already in use") {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

func (d *Dovecot) start(ctx context.Context, path string, o DovecotOptions) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	d.addr = ln.Addr().String()
	if err := ln.Close(); err != nil {
		return err
	}
	config, err := d.config(o)
	if err != nil {
		return err
	}
	file := filepath.Join(d.dir, "dovecot.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return err
	}
	if d.owner != nil {
		if err := os.Chown(file, int(d.owner.uid), int(d.owner.gid)); err != nil {
			return err
		}
	}
	cmd := exec.Command(path, "-F", "-c", file)
	cmd.Dir, cmd.Env = d.dir, childEnv("DOVECOT")
	if d.child, err = startChild(cmd, d.owner, syscall.SIGTERM, o.Log); err != nil {
		return err
	}
	if err := d.awaitReady(ctx); err != nil {
		_ = d.child.stopGroup(5*time.Second, syscall.SIGTERM) // the reason for the failed start matters more
		return err
	}
	return nil
}

// config writes the configuration. Whatever Dovecot would do as root or as one
// of its own users, it is told to do as the user it runs as.
func (d *Dovecot) config(o DovecotOptions) (string, error) {
	uid, gid := os.Getuid(), os.Getgid()
	if d.owner != nil {
		uid, gid = int(d.owner.uid), int(d.owner.gid)
	}
	name, group := strconv.Itoa(uid), strconv.Itoa(gid)
	if u, err := user.LookupId(name); err == nil {
		name = u.Username
	}
	if g, err := user.LookupGroupId(group); err == nil {
		group = g.Name
	}
	if strings.ContainsAny(o.Password, " \t\r\n\"'\\{}#%$") {
		return "", errors.New("Password has a character that Dovecot's configuration would take for syntax")
	}
	_, port, err := net.SplitHostPort(d.addr)
	if err != nil {
		return "", err
	}
	var offered []string
	for capability := range strings.FieldsSeq(dovecotCapabilities) {
		if !slices.ContainsFunc(o.Without, func(w string) bool { return strings.EqualFold(w, capability) }) {
			offered = append(offered, capability)
		}
	}
	return strings.NewReplacer(
		"DIR", d.dir, "PORT", port, "USER", name, "GROUP", group, "UID", strconv.Itoa(uid), "GID", strconv.Itoa(gid),
		"PASSWORD", o.Password, "CAPABILITIES", strings.Join(offered, " "),
	).Replace(dovecotConfig), nil
}

const dovecotConfig = `protocols = imap
listen = 127.0.0.1
base_dir = DIR/run
state_dir = DIR/run
log_path = /dev/stderr
default_internal_user = USER
default_internal_group = GROUP
default_login_user = USER
first_valid_uid = 0
first_valid_gid = 0
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_username_format = %Lu
mail_location = maildir:~/Maildir
mailbox_idle_check_interval = 1 secs
mail_max_userip_connections = 1000
imap_capability = CAPABILITIES
passdb {
  driver = static
  args = password=PASSWORD
}
userdb {
  driver = static
  args = uid=UID gid=GID home=DIR/mail/%u
}
service imap-login {
  chroot =
  inet_listener imap {
    port = PORT
  }
  inet_listener imaps {
    port = 0
  }
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
`

// awaitReady waits for the greeting and not just for the port, which the
// master opens before it can serve.
func (d *Dovecot) awaitReady(ctx context.Context) error {
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for {
		err := d.greeting(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-poll.C:
		case <-d.child.done:
			return fmt.Errorf("the server ended at once: %w%s", errors.Join(d.child.err, errEnded), d.child.output.suffix())
		case <-ctx.Done():
			return fmt.Errorf("the server did not become ready: %w%s", errors.Join(ctx.Err(), err), d.child.output.suffix())
		}
	}
}

func (d *Dovecot) greeting(ctx context.Context) error {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", d.addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	line := make([]byte, 512)
	n, err := conn.Read(line)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(line[:n], []byte("* OK")) {
		return fmt.Errorf("greeting is %q", line[:n])
	}
	return nil
}

// Addr is the host:port of the IMAP port.
func (d *Dovecot) Addr() string { return d.addr }

// Deliver puts a mail as it is into the INBOX of an address, as a Maildir
// delivery agent does: written to tmp, renamed into new.
func (d *Dovecot) Deliver(address string, raw []byte) error {
	if err := checkAddress(address); err != nil || strings.ContainsRune(address, '/') {
		return fmt.Errorf("deliver mail to %q: bad address", address)
	}
	home := filepath.Join(d.dir, "mail", strings.ToLower(address))
	maildir := filepath.Join(home, "Maildir")
	for _, dir := range []string{home, maildir, filepath.Join(maildir, "tmp"), filepath.Join(maildir, "new"), filepath.Join(maildir, "cur")} {
		if err := d.owner.makeDir(dir); err != nil {
			return fmt.Errorf("deliver mail to %s: %w", address, err)
		}
	}
	// Unique by time, process and number, as the Maildir convention wants.
	now := time.Now()
	name := fmt.Sprintf("%d.M%dP%dQ%d.localhost", now.Unix(), now.Nanosecond()/1000, os.Getpid(), d.count.Add(1))
	tmp := filepath.Join(maildir, "tmp", name)
	err := os.WriteFile(tmp, raw, 0o600)
	if err == nil && d.owner != nil {
		err = os.Chown(tmp, int(d.owner.uid), int(d.owner.gid))
	}
	if err == nil {
		err = os.Rename(tmp, filepath.Join(maildir, "new", name))
	}
	if err != nil {
		return fmt.Errorf("deliver mail to %s: %w", address, err)
	}
	return nil
}

// Mails returns what is in the INBOX of an address, in the order of delivery.
// An address that nothing was delivered to has none.
func (d *Dovecot) Mails(address string) ([][]byte, error) {
	maildir := filepath.Join(d.dir, "mail", strings.ToLower(address), "Maildir")
	files, err := filepath.Glob(filepath.Join(maildir, "[cn][ue][rw]", "*"))
	if err != nil {
		return nil, fmt.Errorf("read mail of %s: %w", address, err)
	}
	slices.SortFunc(files, func(a, b string) int { return cmp.Compare(deliveryNumber(a), deliveryNumber(b)) })
	var mails [][]byte
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if errors.Is(err, fs.ErrNotExist) {
			continue // it was moved on while we read
		}
		if err != nil {
			return nil, fmt.Errorf("read mail of %s: %w", address, err)
		}
		mails = append(mails, raw)
	}
	return mails, nil
}

// deliveryNumber is the count that Deliver wrote into the name of a file.
func deliveryNumber(file string) int {
	var n int
	if _, count, ok := strings.Cut(filepath.Base(file), "Q"); ok {
		_, _ = fmt.Sscanf(count, "%d", &n) // else 0: not delivered by us
	}
	return n
}

// Close stops the server and returns when it has ended. Later calls return the
// same error.
func (d *Dovecot) Close() error {
	d.closeOnce.Do(func() {
		if err := d.child.stopGroup(10*time.Second, syscall.SIGTERM); err != nil {
			d.closeErr = fmt.Errorf("stop Dovecot: %w", err)
		}
	})
	return d.closeErr
}
