package inbound

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-sasl"
)

// tokenSession is a session that also takes XOAUTH2.
type tokenSession struct {
	imapserver.Session
}

func (s tokenSession) AuthenticateMechanisms() []string { return []string{"PLAIN", "XOAUTH2"} }

func (s tokenSession) Authenticate(mechanism string) (sasl.Server, error) {
	if mechanism == "PLAIN" {
		return sasl.NewPlainServer(func(_, username, password string) error { return s.Login(username, password) }), nil
	}
	return &xoauth2Server{session: s}, nil
}

// xoauth2Server checks the exchange as Google and Microsoft describe it.
type xoauth2Server struct {
	session tokenSession
	failed  bool
}

func (x *xoauth2Server) Next(response []byte) (challenge []byte, done bool, err error) {
	user, rest, ok := strings.Cut(strings.TrimPrefix(string(response), "user="), "\x01auth=Bearer ")
	token, isWhole := strings.CutSuffix(rest, "\x01\x01")
	switch {
	case len(response) == 0 && !x.failed:
		return []byte{}, false, nil // no SASL-IR: ask for the response
	case x.failed || !ok || !isWhole:
		return nil, false, imapserver.ErrAuthFailed
	}
	if x.failed = x.session.Login(user, token) != nil; x.failed {
		return []byte(`{"status":"401"}`), false, nil
	}
	return nil, true, nil
}

// tlsServer starts a server with a certificate for 127.0.0.1.
func tlsServer(t *testing.T, implicit bool) (addr string, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	roots.AddCert(parsed)
	config := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}

	memory := imapmemserver.New()
	user := imapmemserver.NewUser(mailUser, mailSecret)
	if err := user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	memory.AddUser(user)
	s := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return tokenSession{memory.NewSession()}, nil, nil
		},
		Caps:      imap.CapSet{imap.CapIMAP4rev1: {}},
		TLSConfig: config,
		Logger:    slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr = ln.Addr().String()
	if implicit {
		ln = tls.NewListener(ln, config)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(ln) }() // ends with the listener
	t.Cleanup(func() {
		_ = s.Close()
		<-done
	})
	return addr, roots
}

func TestConnect(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		implicit bool // the server
		mode     TLSMode
		auth     string
		secret   string
		noRoots  bool
		problem  string // in the error; "" = it connects
	}{
		{"STARTTLS, LOGIN", false, StartTLS, "login", mailSecret, false, ""},
		{"STARTTLS, PLAIN", false, StartTLS, "plain", mailSecret, false, ""},
		{"STARTTLS, XOAUTH2", false, StartTLS, "xoauth2", mailSecret, false, ""},
		{"implicit TLS, LOGIN", true, ImplicitTLS, "login", mailSecret, false, ""},
		{"implicit TLS, PLAIN", true, ImplicitTLS, "plain", mailSecret, false, ""},
		{"implicit TLS, XOAUTH2", true, ImplicitTLS, "xoauth2", mailSecret, false, ""},
		{"wrong password", false, StartTLS, "login", "wrong", false, "sign in"},
		{"wrong password, PLAIN", false, StartTLS, "plain", "wrong", false, "sign in"},
		{"wrong token", false, StartTLS, "xoauth2", "wrong", false, "401"},
		{"STARTTLS, unknown certificate", false, StartTLS, "login", mailSecret, true, "certificate"},
		{"implicit TLS, unknown certificate", true, ImplicitTLS, "login", mailSecret, true, "certificate"},
		{"plain text at a server that wants TLS", false, NoTLS, "login", mailSecret, false, "no LOGIN here"},
		{"STARTTLS at a TLS port", true, StartTLS, "login", mailSecret, false, "STARTTLS"},
		{"TLS at a STARTTLS port", false, ImplicitTLS, "login", mailSecret, false, "TLS"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			addr, roots := tlsServer(t, tt.implicit)
			box := Mailbox{
				Addr: addr, TLS: tt.mode, Username: mailUser, Auth: tt.auth, Folder: "INBOX", Processed: "Done/Processed", Failed: "Done/Failed",
				CommandTimeout: 5 * time.Second,
				Password:       func(context.Context) (string, error) { return tt.secret, nil },
			}
			if !tt.noRoots {
				box.TLSConfig = &tls.Config{RootCAs: roots}
			}
			s, err := connect(t.Context(), box)
			if tt.problem != "" {
				if err == nil {
					s.close()
					t.Fatal("it connects")
				}
				if !strings.Contains(err.Error(), tt.problem) {
					t.Errorf("error %q does not say %q", err, tt.problem)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer s.close()
			if _, err := s.open("Done/Failed"); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestPasswordThatCannotBeGot(t *testing.T) {
	t.Parallel()
	broken := errors.New("token endpoint is down")
	_, err := connect(t.Context(), Mailbox{Username: "u", Password: func(context.Context) (string, error) { return "", broken }})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// TestFetchBounds takes a mail that is larger than the limit, as from a server
// that announced less, and goes on with the connection.
func TestFetchBounds(t *testing.T) {
	t.Parallel()
	onEachServer(t, func(t *testing.T, srv server) {
		raw := "Subject: long\r\n\r\n" + strings.Repeat("0123456789abcdef\r\n", 40_000)
		srv.deliver(t, "reply+x@"+replyDomain, raw)
		srv.deliver(t, "reply+x@"+replyDomain, "Subject: short\r\n\r\nHello\r\n")
		s, err := connect(t.Context(), Mailbox{
			Addr: srv.addr, TLS: NoTLS, Username: srv.user, Processed: "P", Failed: "F", CommandTimeout: 5 * time.Second,
			Password: func(context.Context) (string, error) { return mailSecret, nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		defer s.close()
		if _, err := s.open("INBOX"); err != nil {
			t.Fatal(err)
		}
		uids, err := s.search(&imap.SearchCriteria{})
		if err != nil || len(uids) != 2 {
			t.Fatalf("UIDs %v, %v", uids, err)
		}
		var sizes []int64
		var got [][]byte
		take := func(f fetched) error {
			raw, err := io.ReadAll(f.content)
			if int64(len(raw)) != f.length {
				t.Errorf("mail %d has %d octets, not %d", f.uid, len(raw), f.length)
			}
			sizes, got = append(sizes, f.size), append(got, raw)
			return err
		}
		if err := s.fetch(t.Context(), uids, imap.FetchItemBodySection{}, 1000, take); err != nil {
			t.Fatal(err)
		}
		if len(got) != 2 || sizes[0] < int64(len(raw)) || len(got[0]) != headerMax {
			t.Fatalf("got %d mails", len(got))
		}
		if !bytes.HasSuffix(got[1], []byte("Hello\r\n")) || int64(len(got[1])) != sizes[1] {
			t.Errorf("second mail: %q", got[1])
		}
		// What a caller doesn't want of a mail is read for it.
		if err := s.fetch(t.Context(), uids, imap.FetchItemBodySection{}, 10<<20, func(fetched) error { return nil }); err != nil {
			t.Fatal(err)
		}
		// A caller that fails ends the session, and nothing hangs.
		enough := errors.New("enough")
		err = s.fetch(t.Context(), uids, imap.FetchItemBodySection{}, 10<<20, func(fetched) error { return enough })
		if !errors.Is(err, enough) {
			t.Errorf("got %v", err)
		}
		if _, err := s.search(&imap.SearchCriteria{}); err == nil {
			t.Error("the session goes on after that")
		}
	})
}

func TestFolderName(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		delimiter rune
		prefix    string
		want      string
	}{
		{"Processed", '/', "", "Processed"},
		{"Tradepost/Processed", '/', "", "Tradepost/Processed"},
		{"Tradepost/Processed", '.', "", "Tradepost.Processed"},
		{"Tradepost/Processed", '.', "INBOX.", "INBOX.Tradepost.Processed"},
		{"INBOX/Processed", '.', "INBOX.", "INBOX.Processed"},
		{"Tradepost/Processed", 0, "", "Tradepost/Processed"},
	}
	for _, tt := range tests {
		if got := folderName(tt.name, tt.delimiter, tt.prefix); got != tt.want {
			t.Errorf("folderName(%q, %q, %q) = %q, want %q", tt.name, tt.delimiter, tt.prefix, got, tt.want)
		}
	}
}

func TestOptionsNameAllFaults(t *testing.T) {
	t.Parallel()
	_, err := New(Options{Mailbox: Mailbox{
		Addr: "mail.example.com", TLS: "ssl", Auth: "ntlm", Folder: "Replies", Processed: "replies", Failed: "a*", MaxSize: -1, PollEvery: -1,
	}})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"Store", "Tokens", "Addr", "TLS", "Username", "Password", "Auth", "Processed", "Failed", "MaxSize", "PollEvery"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s isn't named in: %v", want, err)
		}
	}
	_, err = New(Options{Mailbox: Mailbox{Addr: "mail.example.com:143", TLS: NoTLS}})
	if err == nil || !strings.Contains(err.Error(), "in the clear") {
		t.Errorf("a password in the clear is allowed: %v", err)
	}
}
