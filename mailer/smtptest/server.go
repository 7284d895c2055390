// Package smtptest is an SMTP server for tests that misbehaves as told: any
// answer at any stage, delays, dropped connections, mail accepted without an
// answer. Without a script it accepts every mail and keeps it. A script is what
// the next visits to a stage meet ([Server.On]), then the habits of a server
// ([Server.Behave]), then what always happens ([Server.Always]).
//
// It isn't for anything but tests: it trusts its clients, keeps all in memory,
// and checks of the protocol only what a sender's tests need.
//
// Goroutines: one accepts, one serves each connection; [Server.Close] ends
// all of them and waits.
package smtptest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
)

// Config says what a [Server] offers.
type Config struct {
	// Extensions are the lines of EHLO's answer beside STARTTLS and AUTH; nil
	// stands for PIPELINING, 8BITMIME, SMTPUTF8, ENHANCEDSTATUSCODES.
	Extensions []string
	StartTLS   bool // offer STARTTLS
	TLS        bool // TLS from the first octet
	// Auth lists the mechanisms offered: PLAIN, LOGIN, CRAM-MD5, XOAUTH2. If any
	// is, MAIL needs a login with User and Password (the token of XOAUTH2).
	Auth           []string
	User, Password string
}

// Received is a mail that the server has taken.
type Received struct {
	From    string   // of MAIL FROM, without brackets; "" for <>
	Options string   // parameters of MAIL FROM
	To      []string // of RCPT TO
	Raw     []byte   // as sent, dot-stuffing undone
	Conn    int      // number of the connection, from 1
	TLS     bool
	User    string // logged in as; "" for nobody
}

// Server is a running server.
type Server struct {
	config   Config
	listener net.Listener
	tls      *tls.Config
	roots    *x509.CertPool
	stop     chan struct{}
	serving  sync.WaitGroup

	mu       sync.Mutex
	script   map[Stage][]Action
	always   map[Stage]Action
	habits   []Habit
	visits   map[Stage]int
	mails    []Received
	arrived  chan struct{} // closed and replaced at each mail
	commands []string
	conns    map[net.Conn]bool
	accepted int
}

// Start runs a server on a free port of 127.0.0.1 until the test ends.
func Start(tb testing.TB, c Config) *Server {
	tb.Helper()
	s, err := New(c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return s
}

// New runs a server on a free port of 127.0.0.1. The caller closes it.
func New(c Config) (*Server, error) {
	if c.Extensions == nil {
		c.Extensions = []string{"PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"}
	}
	s := &Server{config: c, stop: make(chan struct{}), arrived: make(chan struct{}),
		script: map[Stage][]Action{}, always: map[Stage]Action{}, visits: map[Stage]int{}, conns: map[net.Conn]bool{}}
	if c.TLS || c.StartTLS {
		var err error
		if s.tls, s.roots, err = selfSigned(); err != nil {
			return nil, fmt.Errorf("smtptest certificate: %w", err)
		}
	}
	var err error
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("smtptest: %w", err)
	}
	s.serving.Go(s.accept)
	return s, nil
}

// Addr is host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Port is the port of Addr.
func (s *Server) Port() int { return s.listener.Addr().(*net.TCPAddr).Port }

// Roots verify the server's self-signed certificate, which is for 127.0.0.1
// and localhost; nil without TLS.
func (s *Server) Roots() *x509.CertPool { return s.roots }

// On appends actions to the script of a stage: the next visits, of whichever
// connection, use them up in order.
func (s *Server) On(at Stage, actions ...Action) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script[at] = append(s.script[at], actions...)
}

// Always sets what every visit to a stage does when its script is used up.
func (s *Server) Always(at Stage, a Action) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.always[at] = a
}

// Behave adds habits, of which the first that has something to say at a visit
// decides it, unless the script does.
func (s *Server) Behave(habits ...Habit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.habits = append(s.habits, habits...)
}

// Mails are the mails taken so far.
func (s *Server) Mails() []Received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

// Wait returns the mails once there are n, or the context's error with those
// that there are.
func (s *Server) Wait(ctx context.Context, n int) ([]Received, error) {
	for {
		s.mu.Lock()
		mails, arrived := slices.Clone(s.mails), s.arrived
		s.mu.Unlock()
		if len(mails) >= n {
			return mails, nil
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return mails, fmt.Errorf("wait for %d mails, have %d: %w", n, len(mails), context.Cause(ctx))
		}
	}
}

// Commands are the verbs of all connections so far, in upper case, in the order
// they were read.
func (s *Server) Commands() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.commands)
}

// Connections is how many connections have been accepted so far.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accepted
}

// CloseConnections closes those that are open, as a restart of the server would.
func (s *Server) CloseConnections() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.Close()
	}
}

// Close stops listening, closes all connections and waits for their goroutines.
func (s *Server) Close() {
	s.mu.Lock()
	select {
	case <-s.stop:
	default:
		close(s.stop)
	}
	s.mu.Unlock()
	_ = s.listener.Close()
	s.CloseConnections()
	s.serving.Wait()
}

func (s *Server) accept() {
	for {
		raw, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		select {
		case <-s.stop:
			s.mu.Unlock()
			_ = raw.Close()
			return
		default:
		}
		s.accepted++
		number := s.accepted
		s.conns[raw] = true
		s.mu.Unlock()
		s.serving.Go(func() {
			(&session{server: s, raw: raw, number: number}).serve()
			s.mu.Lock()
			delete(s.conns, raw)
			s.mu.Unlock()
			_ = raw.Close()
		})
	}
}

func (s *Server) next(v Visit) Action {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.visits[v.At]++
	v.N = s.visits[v.At]
	if q := s.script[v.At]; len(q) > 0 {
		s.script[v.At] = q[1:]
		return q[0]
	}
	for _, h := range s.habits {
		if a, ok := h(v); ok {
			return a
		}
	}
	return s.always[v.At]
}

func (s *Server) keep(m Received) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails = append(s.mails, m)
	close(s.arrived)
	s.arrived = make(chan struct{})
}

func (s *Server) note(command string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands = append(s.commands, command)
}
