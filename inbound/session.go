package inbound

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// session is one connection to the server. go-imap knows no contexts and waits
// for answers without limit, so every exchange runs under a timer that closes
// the connection, which makes go-imap give up at once (measured).
type session struct {
	raw     net.Conn // below TLS: closing it never waits
	client  *imapclient.Client
	timeout time.Duration
	// changed gets a token when the server tells of more mail.
	changed  chan struct{}
	noIdle   bool
	timedOut atomic.Bool
	detach   func() bool // from the context
	// processed and failed are the folders' names at this server.
	processed, failed string
}

// connect dials, encrypts, signs in and makes sure of the folders. The session
// ends with ctx.
func connect(ctx context.Context, box Mailbox) (*session, error) {
	secret, err := box.secret(ctx)
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{Timeout: box.CommandTimeout}
	raw, err := dialer.DialContext(ctx, "tcp", box.Addr)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	s := &session{raw: raw, timeout: box.CommandTimeout, changed: make(chan struct{}, 1)}
	s.detach = context.AfterFunc(ctx, s.cut)
	err = s.within(func() error { return s.greet(ctx, box) })
	if err == nil {
		err = s.within(func() error { return s.authenticate(box, secret) })
	}
	if err == nil {
		err = s.prepareFolders(box)
	}
	if err != nil {
		s.close()
		return nil, fmt.Errorf("connect to %s: %w", box.Addr, err)
	}
	return s, nil
}

// greet encrypts the connection as asked and reads the greeting.
func (s *session) greet(ctx context.Context, box Mailbox) error {
	config := &tls.Config{}
	if box.TLSConfig != nil {
		config = box.TLSConfig.Clone()
	}
	if config.ServerName == "" {
		config.ServerName, _, _ = net.SplitHostPort(box.Addr) // New has checked it
	}
	options := &imapclient.Options{
		TLSConfig: config,
		// Called by go-imap's reader: nothing here may wait.
		UnilateralDataHandler: &imapclient.UnilateralDataHandler{
			Mailbox: func(data *imapclient.UnilateralDataMailbox) {
				if data.NumMessages != nil {
					signal(s.changed)
				}
			},
		},
	}
	switch box.TLS {
	case StartTLS:
		client, err := imapclient.NewStartTLS(s.raw, options)
		if err != nil {
			return fmt.Errorf("STARTTLS: %w", err)
		}
		s.client = client
	case ImplicitTLS:
		config.NextProtos = []string{"imap"} // RFC 7301, as IANA registered it
		conn := tls.Client(s.raw, config)
		if err := conn.HandshakeContext(ctx); err != nil {
			return fmt.Errorf("TLS: %w", err)
		}
		s.client = imapclient.New(conn, options)
	default:
		s.client = imapclient.New(s.raw, options)
	}
	if err := s.client.WaitGreeting(); err != nil {
		return err
	}
	if s.client.State() != imap.ConnStateNotAuthenticated {
		return errors.New("the server takes us for somebody without asking (PREAUTH)")
	}
	return nil
}

// cut closes the connection under whatever waits for it.
func (s *session) cut() { _ = s.raw.Close() } // twice is harmless, and there is nobody to tell

// close ends the session and waits for go-imap's reader.
func (s *session) close() {
	s.detach()
	s.cut()
	if s.client != nil {
		_ = s.client.Close() // the error is that of the closed connection
	}
}

// within runs one exchange with the server under the time limit.
func (s *session) within(exchange func() error) error {
	w := s.watch()
	defer w.Stop()
	return s.explain(exchange())
}

// watch starts a timer that cuts the connection. Reset grants more time.
func (s *session) watch() *time.Timer {
	return time.AfterFunc(s.timeout, func() {
		s.timedOut.Store(true)
		s.cut()
	})
}

// explain names the time limit where it is what ended an exchange: go-imap
// reports only that the connection was closed.
func (s *session) explain(err error) error {
	if err != nil && s.timedOut.Load() {
		return fmt.Errorf("the server was silent for %v (%w)", s.timeout, err)
	}
	return err
}

// refused reports whether the server answered NO or BAD: the command failed, the
// connection is fine.
func refused(err error) bool {
	var e *imap.Error
	return errors.As(err, &e)
}

// open selects the folder and returns its UIDVALIDITY (RFC 9051 2.3.1.1).
func (s *session) open(folder string) (uidValidity uint32, err error) {
	err = s.within(func() error {
		data, err := s.client.Select(folder, nil).Wait()
		if err == nil {
			uidValidity = data.UIDValidity
		}
		return err
	})
	if err == nil && uidValidity == 0 {
		err = errors.New("the server gives no UIDVALIDITY, so its mail can't be told apart")
	}
	if err != nil {
		return 0, fmt.Errorf("select %s: %w", folder, err)
	}
	return uidValidity, nil
}

// maxListed is the number of mails from which a folder is taken for a mistake,
// as by a server that lists a range instead of mails. Filing keeps it near zero.
const maxListed = 1_000_000

// search returns the UIDs that match, in ascending order.
func (s *session) search(criteria *imap.SearchCriteria) (uids []uint32, err error) {
	err = s.within(func() error {
		data, err := s.client.UIDSearch(criteria, nil).Wait()
		if err != nil {
			return err
		}
		set, _ := data.All.(imap.UIDSet)
		if set.Dynamic() { // which AllUIDs would panic on
			return errors.New("the server's list of mail has no end")
		}
		for _, r := range set {
			if uint64(len(uids))+uint64(r.Stop-r.Start) >= maxListed {
				return fmt.Errorf("the folder holds more than %d mails: give this package a folder of its own", maxListed)
			}
			for uid := uint64(r.Start); uid <= uint64(r.Stop); uid++ {
				uids = append(uids, uint32(uid))
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	return uids, nil
}

// wait returns after d, at once when woken or told of mail, and with an error
// when the connection is gone. Where the server has IDLE it is used to be told.
func (s *session) wait(ctx context.Context, d time.Duration, wake <-chan struct{}) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	var idle *imapclient.IdleCommand
	if !s.noIdle && s.client.Caps().Has(imap.CapIdle) {
		err := s.within(func() (err error) {
			idle, err = s.client.Idle()
			return err
		})
		if refused(err) {
			s.noIdle = true // polling does without
		} else if err != nil {
			return fmt.Errorf("idle: %w", err)
		}
	}
	var gone error
	select {
	case <-timer.C:
	case <-s.changed:
	case <-wake:
	case <-ctx.Done():
		gone = context.Cause(ctx)
	case <-s.client.Closed():
		gone = errors.New("the server closed the connection")
	}
	if idle != nil {
		err := s.within(func() error { return errors.Join(idle.Close(), idle.Wait()) })
		if err != nil && gone == nil {
			return fmt.Errorf("end idle: %w", err)
		}
	}
	return gone
}

func uidSet(uids []uint32) imap.UIDSet {
	var set imap.UIDSet
	for _, uid := range uids {
		set.AddNum(imap.UID(uid))
	}
	return set
}

// signal puts a token into a channel of capacity one, unless there is one.
func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}
