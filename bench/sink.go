package bench

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

// Taken is a mail that a [Sink] took.
type Taken struct {
	To     string
	Octets int       // as they came: dots stuffed, the final one left out
	At     time.Time // just before the 250 is written
}

// Sink is an SMTP server on the loopback interface that takes every mail and
// forgets it, with PIPELINING (RFC 2920). It is no judge of clients.
type Sink struct {
	listener net.Listener
	took     func(Taken)
	wg       sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool // nil once closed
}

// StartSink starts one on a free port. took is called for each mail, by many
// goroutines at once; nil: nobody is told.
func StartSink(took func(Taken)) (*Sink, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the SMTP sink: %w", err)
	}
	if took == nil {
		took = func(Taken) {}
	}
	s := &Sink{listener: l, took: took, conns: make(map[net.Conn]bool)}
	s.wg.Go(s.accept)
	return s, nil
}

// Addr is its host and port.
func (s *Sink) Addr() string { return s.listener.Addr().String() }

// Close ends all sessions and waits for them.
func (s *Sink) Close() error {
	err := s.listener.Close()
	s.mu.Lock()
	for c := range s.conns {
		err = errors.Join(err, c.Close())
	}
	s.conns = nil
	s.mu.Unlock()
	s.wg.Wait()
	return err
}

func (s *Sink) accept() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		if s.conns == nil {
			_ = c.Close()
		} else {
			s.conns[c] = true
			s.wg.Go(func() { s.serve(c) })
		}
		s.mu.Unlock()
	}
}

func (s *Sink) serve(c net.Conn) {
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.conns[c] {
			delete(s.conns, c)
			_ = c.Close()
		}
	}()
	r, w := bufio.NewReaderSize(c, 16<<10), bufio.NewWriter(c)
	_, _ = w.WriteString("220 sink.example ESMTP\r\n") // a write that fails shows at Flush
	to := ""
	for {
		if r.Buffered() == 0 { // answers to pipelined commands go together
			if w.Flush() != nil {
				return
			}
		}
		line, err := r.ReadSlice('\n')
		if err != nil {
			return
		}
		answer := "250 2.0.0 Ok\r\n"
		verb, rest, _ := strings.Cut(strings.TrimRight(string(line), "\r\n"), " ")
		switch strings.ToUpper(verb) {
		case "EHLO":
			answer = "250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n"
		case "RCPT":
			_, to, _ = strings.Cut(rest, "<")
			to, _, _ = strings.Cut(to, ">")
		case "DATA":
			_, _ = w.WriteString("354 End data with <CR><LF>.<CR><LF>\r\n")
			if w.Flush() != nil {
				return
			}
			octets, err := swallow(r)
			if err != nil {
				return
			}
			s.took(Taken{To: to, Octets: octets, At: time.Now()})
			answer = "250 2.0.0 Ok: taken\r\n"
		case "QUIT":
			_, _ = w.WriteString("221 2.0.0 Bye\r\n")
			_ = w.Flush()
			return
		}
		_, _ = w.WriteString(answer)
	}
}

// swallow reads a body up to the final dot and returns its octets.
func swallow(r *bufio.Reader) (octets int, err error) {
	for begins := true; ; {
		line, err := r.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return octets, err
		}
		if begins && bytes.Equal(line, []byte(".\r\n")) {
			return octets, nil
		}
		octets += len(line)
		begins = err == nil
	}
}
